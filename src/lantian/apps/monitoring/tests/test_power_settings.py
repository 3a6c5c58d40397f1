"""Figures of electricity that the office sets otherwise: bounds, rights, what they change, and that they can be taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

import lantian
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import DataScope, LogEntry, User
from lantian.apps.monitoring import power_books
from lantian.apps.monitoring.actions.power import AddPeriod
from lantian.apps.monitoring.actions.power_settings import SetFigure, TakeFigureBack
from lantian.apps.monitoring.models import PowerFinding, PowerSetting
from lantian.apps.monitoring.power_judging import judge_site
from lantian.apps.monitoring.power_series import sites
from lantian.apps.monitoring.showing_power import notes_of
from lantian.apps.monitoring.tests.power_city import NOW, Works
from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.book import book
from tests.fixtures.accounts import City, make_account

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
GROUNDS = "市攻坚办〔2026〕12号"


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """What one test has set does not reach the next."""
    power_books.forget()
    yield
    power_books.forget()


@pytest.fixture
def after_commit(django_capture_on_commit_callbacks: Any) -> Any:
    """What happens after a commit happens."""
    with django_capture_on_commit_callbacks(execute=True) as found:
        yield found


def put(entry: str, value: str, name: str = "power", actor: Actor = SYSTEM, grounds: str = GROUNDS) -> PowerSetting:
    found = SetFigure(actor, name, entry, value=value, grounds=grounds).execute()
    power_books.forget()
    return found


def back(entry: str, name: str = "power", actor: Actor = SYSTEM) -> PowerSetting:
    found = TakeFigureBack(actor, name, entry, reason="恢复默认").execute()
    power_books.forget()
    return found


def test_an_own_value_holds_says_where_it_is_from_and_goes_when_it_is_taken_back(db: None) -> None:
    assert Decimal(25) == power_books.office_book("power").number("stop_percent")
    put("stop_percent", "30.50")

    entry = power_books.office_book("power").entry("stop_percent")
    assert (Decimal("30.5"), GROUNDS) == (entry.value, entry.override)
    assert any(GROUNDS in str(note) for note in power_books.office_book("power").defaults("stop_percent"))
    assert Decimal(25) == book("power").number("stop_percent")

    back("stop_percent")
    assert Decimal(25) == power_books.office_book("power").number("stop_percent")
    with pytest.raises(Conflict):
        back("stop_percent")


@pytest.mark.parametrize(
    ("entry", "value", "grounds", "where"),
    [
        ("stop_percent", "0.99", GROUNDS, "value"),
        ("stop_percent", "50.01", GROUNDS, "value"),
        ("stop_percent", "很多", GROUNDS, "value"),
        ("stop_percent", "", GROUNDS, "value"),
        ("stop_percent", "NaN", GROUNDS, "value"),
        ("stop_percent", "12.345678901234567890123", GROUNDS, "value"),
        ("stop_minutes", "30.5", GROUNDS, "value"),
        ("stop_percent", "30", " ", "grounds"),
        ("baseline_days_least", "31", GROUNDS, "value"),
        ("baseline_days_most", "13", GROUNDS, "value"),
    ],
)
def test_a_value_out_of_bounds_or_without_grounds_is_refused_where_it_stands(
    entry: str, value: str, grounds: str, where: str
) -> None:
    with pytest.raises(Invalid) as refused:
        put(entry, value, grounds=grounds)
    assert [where] == list(refused.value.fields)
    assert not PowerSetting.objects.exists()


def test_what_a_document_settles_stays_and_what_no_book_knows_is_not_found() -> None:
    with pytest.raises(Conflict):
        put("night_ratio", "1.6")
    for name, entry in (("power", "nothing"), ("alarms", "stop_percent")):
        with pytest.raises(NotFound):
            put(entry, "1", name)


def test_figures_stay_in_order_when_they_are_set_and_when_they_are_taken_back() -> None:
    with pytest.raises(Invalid):
        put("night_from", "18")
    put("evening_from", "16")
    put("night_from", "18")
    with pytest.raises(Conflict):
        back("evening_from")
    back("night_from")
    back("evening_from")


def test_every_figure_may_stand_at_its_bounds_and_what_is_counted_is_whole() -> None:
    ordered = {entry for _book, low, high, _equal in power_books.IN_ORDER for entry in (low, high)}
    for name in power_books.BOOKS:
        for entry in book(name).entries.values():
            if entry.settled:
                continue
            assert entry.least is not None and entry.most is not None, entry.name
            for bound in (entry.least, entry.most):
                if entry.name not in ordered:
                    put(entry.name, str(bound), name)
                    assert bound == power_books.office_book(name).number(entry.name)
    # What the code reads as a whole number must be one that is counted.
    text = "".join(
        path.read_text("utf-8")
        for room in ("rules/monitoring/power", "rules/monitoring/meters", "apps/monitoring")
        for path in (Path(lantian.__file__).parent / room).rglob("*.py")
    )
    read = set(re.findall(r"\.whole\(\s*\"(\w+)\"", text))
    for name in power_books.BOOKS:
        for entry in book(name).entries.values():
            if entry.name in read:
                assert power_books.counted(entry), entry.name


def test_only_whoever_works_for_all_places_sets_figures_and_it_is_logged(
    staff: dict[str, User], small_city: City
) -> None:
    for role in ("department_officer", "leader", "system_admin"):
        with pytest.raises(NotAllowed):
            put("stop_percent", "30", actor=Actor(staff[role]))
    of_a_district = make_account(
        "quban", small_city.office, "campaign_office", DataScope.ALL, region=small_city.districts[0]
    )
    below = make_account("fenju", small_city.branches[0], "campaign_office", DataScope.DEPARTMENT_AND_BELOW)
    for user in (of_a_district, below):
        with pytest.raises(NotAllowed):
            put("stop_percent", "30", actor=Actor(user))

    office = Actor(staff["campaign_office"])
    assert staff["campaign_office"] == put("stop_percent", "30", actor=office).set_by
    put("stop_percent", "35", actor=office)
    put("stop_percent", "35.0", actor=office)
    changes = LogEntry.objects.filter(action="monitoring.power_setting.set", result="done").order_by("pk")
    assert 2 == changes.count()
    assert ("30", "35") == (changes[1].before["value"], changes[1].after["value"])
    with pytest.raises(ReasonMissing):
        TakeFigureBack(office, "power", "stop_percent").execute()


def test_a_row_that_fits_the_book_no_more_is_shown_and_passed_over() -> None:
    PowerSetting.objects.create(book="power", entry="stop_percent", value="99", grounds=GROUNDS)
    put("stop_minutes", "45")

    found = power_books.office_book("power")
    assert (Decimal(25), 45) == (found.number("stop_percent"), found.whole("stop_minutes"))
    shown = {one.entry.name: one.holds for one in power_books.figures("power") if one.own is not None}
    assert {"stop_percent": False, "stop_minutes": True} == shown


def test_it_decides_when_a_line_has_stopped_and_the_result_names_it(running: Works) -> None:
    day = date(2026, 11, 24)

    def at(hour: int, more: int = 0) -> datetime:
        return datetime(2026, 11, 24 + more, hour, tzinfo=BEIJING)

    running.change("P1", day, lambda slot: 120 if slot >= 48 else None)
    running.change("P2", day, lambda slot: 10 if slot >= 48 else None)
    AddPeriod(
        SYSTEM, name="橙色预警", kind="warning", document="", start=at(12), end=at(0, 1), demand="stop", percent=None,
        grace_minutes=0, region=running.source.region, sources=[running.source],
    ).execute()  # fmt: skip
    site = sites([running.source.pk])[0]
    judge_site(site, NOW, day)
    (found,) = PowerFinding.objects.filter(rule="E3")
    assert running.load("P1") == found.load

    put("stop_percent", "35")
    judge_site(site, NOW, day)
    assert not PowerFinding.objects.filter(rule="E3").exists()

    put("stop_percent", "28")
    judge_site(site, NOW, day)
    assert any(GROUNDS in note for note in notes_of(PowerFinding.objects.get(rule="E3").why))


def test_the_page_sets_and_takes_back(
    staff: dict[str, User], client_of: Callable[[User], Client], after_commit: Any
) -> None:
    office, officer = client_of(staff["campaign_office"]), client_of(staff["department_officer"])
    url = "/monitoring/power/books/power/stop_percent/"

    shown = office.get("/monitoring/power/books/").content.decode()
    assert "停产判定负荷占比" in shown and url in shown and "/power/books/power/night_ratio/" not in shown
    assert url not in officer.get("/monitoring/power/books/").content.decode()
    assert 403 == officer.get(url).status_code
    assert 404 == office.get("/monitoring/power/books/power/nothing/").status_code
    refused = office.post(url, {"value": "80", "grounds": GROUNDS})
    assert 422 == refused.status_code and "50" in refused.content.decode()

    assert 302 == office.post(url, {"value": "30", "grounds": GROUNDS}).status_code
    shown = office.get("/monitoring/power/books/").content.decode()
    assert GROUNDS in shown and str(staff["campaign_office"]) in shown
    assert GROUNDS in office.get(url + "back/").content.decode()
    assert 422 == office.post(url + "back/", {"reason": ""}).status_code
    assert 302 == office.post(url + "back/", {"reason": "恢复默认"}).status_code
    assert not PowerSetting.objects.exists()


def test_another_process_sees_it_after_a_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr("lantian.apps.monitoring.power_books.time.monotonic", lambda: clock[0])
    assert Decimal(25) == power_books.office_book("power").number("stop_percent")
    PowerSetting.objects.create(book="power", entry="stop_percent", value="30", grounds=GROUNDS)
    assert Decimal(25) == power_books.office_book("power").number("stop_percent")
    clock[0] += power_books.TRUSTED_FOR + 1
    assert Decimal(30) == power_books.office_book("power").number("stop_percent")
