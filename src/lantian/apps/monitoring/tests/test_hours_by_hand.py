"""Missing hours entered by hand: of the own enterprise only, whole or not at all, marked for good, and never in the way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Invalid, NotAllowed, NotFound
from lantian.apps.core.importers import registry
from lantian.apps.core.importers.base import ImportRefused
from lantian.apps.core.models import Job, LogEntry, User
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices_devices import Period
from lantian.apps.monitoring.importers_hours import FOLDED, SupplyHours, hour_at
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.outlets import points_of
from lantian.apps.monitoring.past_hours import exceeding_between
from lantian.apps.monitoring.tests.conftest import MN, Put, Works
from lantian.lake.stacks.reading import read_values
from tests.fixtures.accounts import make_account

pytestmark = pytest.mark.django_db

HEAD = ["小时起始时间", "烟尘(mg/m³)", "烟尘折算", "二氧化硫", "氧含量"]


def hour(back: int) -> datetime:
    """So many hours before the last full one."""
    now = datetime.now(CAMPAIGN_TIME).replace(minute=0, second=0, microsecond=0)
    return now - timedelta(hours=back)


def table(*rows: list[Any], head: list[str] = HEAD) -> bytes:
    book = Workbook()
    book.active.append(head)
    for row in rows:
        book.active.append([cell.replace(tzinfo=None) if isinstance(cell, datetime) else cell for cell in row])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def supply(user: User, point: Device | None, content: bytes, **more: Any) -> SupplyHours:
    options = {"grounds": "8时通信中断，取自分析仪存储记录。", **more}
    if point is not None:
        options["device"] = str(point.pk)
    return SupplyHours(Actor(user), content, "补录.xlsx", **options)


def codes(action: SupplyHours) -> list[str]:
    return [problem.code for problem in action.examine().problems]


def test_an_hour_is_its_beginning_however_it_is_written() -> None:
    wanted = datetime(2026, 11, 25, 8, tzinfo=CAMPAIGN_TIME)
    for text in ("2026-11-25 08:00", "2026/11/25 8:00", "2026年11月25日8时", "2026-11-25T08:00:00", "2026.11.25 8：00"):
        assert hour_at(text) == wanted, text
    assert hour_at("2026-11-25").hour == 0
    for text in ("", "8:00", "2026-11-25 08:30", "2026-13-01 08:00", "2026-11-25 25:00", "昨天", "45986.3"):
        with pytest.raises(ValueError):
            hour_at(text)


def test_hours_are_stored_with_their_mark_and_shown_with_it(
    works: Works, device: Device, put: Put, client_of: Any
) -> None:
    put(MN, hour(5), {"a34013": [5, None, 6]})
    action = supply(works.owner, device, table([hour(4), "5.2", 5.9, 18.1, 9.5]))
    report = action.examine()
    assert not report.problems and report.count("create") == 1
    assert read_values(readings.lake(), hour(9), hour(0), off=True).num_rows == 2
    action.execute()

    rows = read_values(readings.lake(), hour(4), hour(4), mns=[MN], off=True).to_pylist()
    assert {row["factor"]: (row["avg"], row["zs_avg"]) for row in rows} == {
        "a34013": (Decimal("5.2"), Decimal("5.9")),
        "a21026": (Decimal("18.1"), None),
        "a19001": (Decimal("9.5"), None),
    }
    assert {(row["flag"], row["clock"], row["cn"], row["st"]) for row in rows} == {("S", "hand", "2061", "31")}
    entry = LogEntry.objects.filter(action="monitoring.hours.supply").get()
    assert entry.reason.startswith("8时通信中断")

    page = client_of(works.owner).get(device_page(device)).content.decode()
    assert "其中 1 个小时含企业人工补录数据" in page and "人工补录</small>" in page
    axis = client_of(works.owner).get(reverse("monitoring:enterprise", args=[works.source.pk]))
    assert axis.status_code == 200 and "5.9" in axis.content.decode()


def device_page(device: Device) -> str:
    return reverse("monitoring:point", args=[device.pk])


def test_what_the_device_sent_is_not_replaced_and_what_it_sends_later_comes_first(
    works: Works, device: Device, put: Put
) -> None:
    put(MN, hour(6), {"a34013": [(7, None, "D"), None]})
    assert codes(supply(works.owner, device, table([hour(6), 1, None, None, None]))) == ["not_missing"]
    # Another factor of that hour is missing still.
    supply(works.owner, device, table([hour(6), None, None, 3, None], [hour(5), 4, 5, None, None])).execute()
    read = readings.series([MN], Period.HOUR, hour(9), hour(0), by_hand=True)[MN].factors
    assert read["a34013"][hour(6)].flag == "D" and not read["a34013"][hour(6)].hand
    assert read["a34013"][hour(5)].hand and read["a21026"][hour(6)].hand

    put(MN, hour(5), {"a34013": [(9, None, "")]})
    later = readings.series([MN], Period.HOUR, hour(9), hour(0), by_hand=True)[MN].factors["a34013"][hour(5)]
    assert (later.value, later.folded, later.flag, later.hand) == (Decimal(9), None, "", False)


def test_hours_by_hand_are_not_judged_not_counted_and_still_missing(
    works: Works, device: Device, lake: Any
) -> None:
    from lantian.apps.monitoring.actions.marks import SetLimit
    from lantian.lake.engines import duck
    from lantian.lake.stacks.reading import starts

    SetLimit(
        Actor.system("test"), device, valid_from=hour(9).date(), factor="a34013", limit_mg_m3=Decimal(10), basis="x"
    ).execute()
    supply(works.owner, device, table([hour(4), 500, 500, None, None])).execute()
    assert list(exceeding_between(points_of([device]), hour(9), hour(0))) == []
    assert readings.came([MN], hour(9), hour(0))[MN].hours == frozenset()
    with duck(lake) as engine:
        assert starts(engine, "2061", hour(9), hour(0), [MN]).count().to_pyarrow().as_py() == 0
    assert not readings.series([MN], Period.HOUR, hour(9), hour(0))[MN]


def test_a_later_file_corrects_and_the_same_file_changes_nothing(works: Works, device: Device, lake: Any) -> None:
    content = table([hour(4), 5, 6, None, None])
    supply(works.owner, device, content).execute()
    again = supply(works.owner, device, content).examine()
    assert (again.unchanged, again.changes) == (1, [])
    report = supply(works.owner, device, table([hour(4), 7, None, None, None])).execute()
    assert report.count("update") == 1
    row = read_values(readings.lake(), hour(4), hour(4), factors=["a34013"], off=True).to_pylist()[0]
    assert (row["avg"], row["zs_avg"]) == (7, 6)


def test_one_wrong_row_stops_the_file(works: Works, device: Device, lake: Any) -> None:
    wrong = supply(
        works.owner,
        device,
        table(
            [hour(4), 5, 6, None, None],
            [hour(4), 5, 6, None, None],
            [hour(-1), 5, 6, None, None],
            [hour(24 * 40), 5, 6, None, None],
            [hour(3) + timedelta(minutes=30), 5, 6, None, None],
            [hour(5), -1, 6, None, None],
            [hour(6), None, 6, None, None],
            [hour(7), None, None, None, 120],
            [hour(8), "约5", None, None, None],
            ["2026-02-30 08:00", 1, None, None, None],
        ),
    )
    with pytest.raises(ImportRefused):
        wrong.execute()
    assert [(one.row, one.code) for one in wrong.report.problems] == [
        (3, "row_twice"), (4, "hour_open"), (5, "hour_old"), (6, "hour_bad"), (7, "value_bad"), (8, "folded_alone"),
        (9, "value_bad"), (10, "not_a_number"), (11, "hour_bad"),
    ]  # fmt: skip
    assert read_values(readings.lake(), hour(900), hour(0), off=True).num_rows == 0


def test_a_heading_in_another_unit_is_refused_not_converted(works: Works, device: Device, lake: Any) -> None:
    content = table([hour(4), 5200], head=["时间", "烟尘（µg/m³）"])
    assert codes(supply(works.owner, device, content)) == ["unit_differs"]
    device.units = {"a34013": "µg/m³"}
    device.save()
    assert codes(supply(works.owner, device, content)) == []


def test_the_excel_of_a_point_is_read_back(works: Works, device: Device, put: Put, client_of: Any) -> None:
    put(MN, hour(4), {"a34013": [(5, 6, "N")], "a19001": [9]})
    found = client_of(works.owner).get(device_page(device), {"export": "xlsx"})
    content = b"".join(found.streaming_content) if found.streaming else found.content
    action = supply(works.owner, device, content)
    assert set(codes(action)) == {"not_missing"} and action.given == ["a34013", "a34013.zs", "a19001"]


def test_only_the_own_enterprise_enters_hours(
    works: Works, device: Device, actors: dict[str, Actor], staff: dict[str, User], lake: Any
) -> None:
    content = table([hour(4), 5, 6, None, None])
    for code in ("campaign_office", "department_officer", "leader", "supervision", "town_officer", "system_admin"):
        with pytest.raises(NotAllowed):
            supply(staff[code], device, content).examine()
    # However wide the grant of a stranger is.
    stranger = make_account("other", works.source.department, "enterprise", "all")
    for given in (device.pk, 987654, "9" * 40, "x", ""):
        with pytest.raises(NotFound):
            supply(stranger, None, content, device=str(given)).examine()
    with pytest.raises(Invalid):
        supply(works.owner, device, content, grounds=" ").examine()


def test_the_template_is_understood(works: Works, device: Device, lake: Any) -> None:
    importer = registry.get("monitoring-hours")
    assert importer is not None
    action = supply(works.owner, device, registry.template(importer))
    assert ([], 0) == (codes(action), action.report.rows)
    assert all(action.has(key) for key in ("start", "a34013", f"a34013{FOLDED}", "a00000"))


def test_upload_preview_and_confirmation_in_the_pages(
    works: Works, device: Device, lake: Any, client_of: Any, django_capture_on_commit_callbacks: Any
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client: Client = client_of(works.owner)
    address = reverse("core:import", args=["monitoring-hours"])
    form = client.get(address, {"device": device.pk}).content.decode()
    assert f'<option value="{device.pk}" selected>' in form
    assert client.get(reverse("core:import-template", args=["monitoring-hours"])).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(
            address,
            {
                "file": SimpleUploadedFile("补录.xlsx", table([hour(4), 5, 6, None, None])),
                "device": device.pk,
                "grounds": "分析仪存储记录",
            },
        )
    job = Job.objects.latest("pk")
    assert done["Location"] == reverse("core:import-job", args=[job.pk])
    page = client.get(done["Location"]).content.decode()
    assert "5 mg/m³" in page and "烟尘折算" in page and "确认导入" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("core:import-confirm", args=[job.pk]))
    rows = read_values(readings.lake(), hour(4).astimezone(UTC), hour(4).astimezone(UTC), off=True).to_pylist()
    assert [(row["avg"], row["flag"]) for row in rows] == [(5, "S")]
    # What it uploaded is seen by nobody of another enterprise.
    other = make_account("other", works.source.department, "enterprise", "self")
    assert client_of(other).get(done["Location"]).status_code == 404
