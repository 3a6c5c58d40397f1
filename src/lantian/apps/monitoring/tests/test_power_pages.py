"""Pages of electricity: they open with what was judged, say why, and show nobody what is not theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from io import BytesIO

import pytest
from django.test import Client
from huey.contrib.djhuey import HUEY
from openpyxl import load_workbook

from lantian.apps.core.models import User
from lantian.apps.monitoring.models import PowerCheck, PowerFinding, PowerPeriod
from lantian.apps.monitoring.power_judging import judge_due
from lantian.apps.monitoring.tests.power_city import NOW, Works
from lantian.apps.sources.models import Source
from lantian.rules.air.labels import BEIJING

pytestmark = pytest.mark.django_db
DAY, NEXT = date(2026, 11, 24), date(2026, 11, 25)


@pytest.fixture
def judged(running: Works) -> Works:
    """The works with idle treatment last night, judged."""
    running.change("T1", NEXT, lambda slot: 2 if 80 <= slot < 88 else None)
    judge_due(NOW)
    return running


@pytest.fixture
def office(staff: dict[str, User], client_of: Callable[[User], Client]) -> Client:
    """The campaign office."""
    return client_of(staff["campaign_office"])


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert 200 == answer.status_code
    return answer.content.decode()


def sheet(client: Client, url: str) -> list[list[object]]:
    answer = client.get(url)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows(values_only=True)]


def test_the_list_shows_what_each_line_does_now_and_why(judged: Works, office: Client) -> None:
    found = text(office, "/monitoring/power/")

    assert judged.source.name in found
    assert 'class="pw-i"' in found  # the strip of the facility has its red piece
    assert "疑似治理设施停运" in found
    assert "千瓦" in found
    assert judged.source.name not in text(office, "/monitoring/power/?state=lost")
    assert judged.source.name in text(office, "/monitoring/power/?within=990102")
    assert judged.source.name not in text(office, "/monitoring/power/?within=990103")
    rows = sheet(office, "/monitoring/power/?export=xlsx")
    assert any(judged.source.name in row for row in rows)


def test_the_page_of_an_enterprise_has_curves_band_states_and_reasons(judged: Works, office: Client) -> None:
    url = f"/monitoring/power/enterprises/{judged.source.pk}/"
    found = text(office, url)

    assert "疑似生产时治理设施停运" in found
    assert "用电监管 (power)" in found
    assert "heatmap" in found and "基线范围" in found
    assert "2026-11" in found or "11-25" in found
    assert "没有读数" in text(office, f"{url}?until=2025-01-31&days=1")
    assert 200 == office.get(f"{url}?until=nonsense&days=9999&load=x&state=y").status_code


def test_a_suspicion_tells_what_it_rests_on_and_that_it_is_no_verdict(judged: Works, office: Client) -> None:
    row = PowerFinding.objects.get(rule="E6")
    found = text(office, f"/monitoring/power/findings/{row.pk}/")

    assert "仅作检查线索" in found and "判定依据" in found
    assert judged.source.name in text(office, "/monitoring/power/findings/?rule=E6")
    assert any(judged.source.name in line for line in sheet(office, "/monitoring/power/findings/?export=xlsx"))


def test_figures_by_region_add_up(judged: Works, office: Client) -> None:
    assert "云山区" in text(office, "/monitoring/power/regions/")
    rows = sheet(office, "/monitoring/power/regions/?export=xlsx")
    (district,) = [row for row in rows if row[0] == "云山区"]
    (together,) = [row for row in rows if row[0] == "合计"]
    assert district[1:] == together[1:]
    assert (1, 4, 1) == (district[1], district[2], district[-1])


def test_an_order_is_entered_and_its_results_can_be_taken_along(judged: Works, office: Client) -> None:
    values = {
        "name": "橙色预警", "kind": "warning", "start": "2026-11-24T12:00", "end": "2026-11-25T12:00", "demand": "stop",
        "grace_minutes": "0", "region": "990102", "sources": judged.source.name,
    }  # fmt: skip
    assert 422 == office.post("/monitoring/power/orders/new/", {**values, "end": "2026-11-23T12:00"}).status_code
    assert 422 == office.post("/monitoring/power/orders/new/", {**values, "demand": "limit"}).status_code
    assert 422 == office.post("/monitoring/power/orders/new/", {**values, "sources": "没有这家"}).status_code
    assert 302 == office.post("/monitoring/power/orders/new/", values).status_code
    period = PowerPeriod.objects.get()
    judge_due(NOW)

    url = f"/monitoring/power/orders/{period.pk}/"
    assert "疑似未停产" in text(office, url)
    assert 2 == PowerCheck.objects.filter(outcome="suspected").count()
    rows = sheet(office, f"{url}?export=xlsx")
    assert 2 == sum(judged.source.name in row for row in rows)
    assert "2" in text(office, "/monitoring/power/orders/")

    assert 302 == office.post(f"{url}edit/", {**values, "name": "红色预警"}).status_code
    assert 302 == office.post(f"{url}withdraw/", {"reason": "误发"}).status_code
    assert "已撤回" in text(office, url)


def test_who_answers_for_no_enterprise_sees_none(
    judged: Works, staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    Source.objects.filter(pk=judged.source.pk).update(department=None)
    officer = client_of(staff["department_officer"])
    row = PowerFinding.objects.get(rule="E6")

    assert judged.source.name not in text(officer, "/monitoring/power/")
    assert judged.source.name not in text(officer, "/monitoring/power/findings/")
    assert 404 == officer.get(f"/monitoring/power/enterprises/{judged.source.pk}/").status_code
    assert 404 == officer.get(f"/monitoring/power/findings/{row.pk}/").status_code
    assert 404 == officer.post(f"/monitoring/power/enterprises/{judged.source.pk}/judge/").status_code


def test_the_enterprise_sees_its_own(judged: Works, staff: dict[str, User], client_of: Callable[[User], Client]) -> None:
    enterprise = client_of(staff["enterprise"])
    url = f"/monitoring/power/enterprises/{judged.source.pk}/"
    assert 404 == enterprise.get(url).status_code

    Source.objects.filter(pk=judged.source.pk).update(operator=staff["enterprise"].organisation)

    assert "疑似生产时治理设施停运" in text(enterprise, url)
    assert 403 == enterprise.get("/monitoring/power/meters/").status_code


@pytest.fixture
def at_once() -> Iterator[None]:
    """Jobs run where they are started."""
    before, HUEY.immediate = HUEY.immediate, True
    yield
    HUEY.immediate = before


def test_an_enterprise_is_judged_anew_on_demand(
    running: Works, office: Client, at_once: None, django_capture_on_commit_callbacks: Callable[..., object]
) -> None:
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        answer = office.post(f"/monitoring/power/enterprises/{running.source.pk}/judge/")

    assert 302 == answer.status_code
    assert datetime(2026, 11, 26, 9, 15, tzinfo=BEIJING) == running.load("P1").judged_to


def test_keys_are_shown_once_and_refused_readings_can_be_listed(mill: Works, office: Client) -> None:
    answer = office.post("/monitoring/power/keys/new/", {"name": "采集", "region": "990102", "meters": "P1，P2"})
    assert "ltm_" in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "采集" in text(office, "/monitoring/power/keys/")
    assert 422 == office.post("/monitoring/power/keys/new/", {"name": "x", "region": "990102", "meters": "P9"}).status_code
    assert 200 == office.get("/monitoring/power/refused/").status_code
    assert 302 == office.post("/monitoring/power/refused/take/").status_code


def test_an_order_names_to_an_account_only_the_enterprises_that_it_may_see(
    running: Works, staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    from lantian.apps.core.actions import Actor
    from lantian.apps.core.models import Organisation
    from lantian.apps.monitoring.actions.power import AddPeriod
    from tests.fixtures.accounts import make_account

    source = running.source
    other = Source.objects.create(kind="enterprise", name="别家机密厂", name_key="别家机密厂", region=source.region)
    period = AddPeriod(
        Actor.system("test"), name="橙色预警", kind="warning", percent=None, grace_minutes=0, demand="stop", region=source.region, document="一号",
        start=datetime(2026, 11, 24, tzinfo=BEIJING), end=datetime(2026, 11, 26, tzinfo=BEIJING), sources=[source, other],
    ).execute()  # fmt: skip
    address = f"/monitoring/power/orders/{period.pk}/"
    assert f"{source.name}" in text(client_of(staff["campaign_office"]), address)
    home = Organisation.objects.create(name="自家", kind="enterprise", region=source.region)
    Source.objects.filter(pk=source.pk).update(operator=home)
    found = text(client_of(make_account("own", home, "enterprise", "self")), address)
    assert f"{source.name}等，共2家企业" in found and "别家机密厂" not in found
    stranger = Organisation.objects.create(name="外家", kind="enterprise", region=source.region)
    found = text(client_of(make_account("foreign", stranger, "enterprise", "self")), address)
    assert "2家企业" in found and "别家机密厂" not in found and source.name not in found
