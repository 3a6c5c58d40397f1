"""The daily report: made by the house while a warning holds, verified by the places, sent, corrected."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import docx
import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.models import LogEntry, Notification, User
from lantian.apps.monitoring import daily_reports
from lantian.apps.monitoring.actions.daily import (
    CorrectReport,
    MakeReport,
    RemakeReport,
    SendReport,
    SetDaily,
    VerifyAll,
    VerifyRows,
)
from lantian.apps.monitoring.actions.warnings import DeclareWarning
from lantian.apps.monitoring.models import DailyReport, DailyReportRow, Device
from lantian.apps.monitoring.tasks_daily import tick
from lantian.apps.monitoring.tests.conftest import SYSTEM
from lantian.lake.errors import LakeError
from tests.fixtures.accounts import City, make_account

pytestmark = pytest.mark.django_db
#: a Friday, whose form is due on Saturday
DAY = date(2026, 11, 20)
HOUR = timedelta(hours=1)


def at(day: int, hour: float = 0) -> datetime:
    return datetime(2026, 11, day, tzinfo=CAMPAIGN_TIME) + timedelta(hours=hour)


@dataclass
class Place:
    """The city with a works in each district, and who works there."""

    city: City
    here: Any
    there: Any
    office: User
    county: User
    town: User
    leader: User
    owner: User


@pytest.fixture
def place(works: Any, small_city: City, staff: dict[str, User], device: Device, put: Any) -> Place:
    """A day of hours of the first works; nothing came from the second."""
    device.units = {"a00000": "m³/h"}
    device.save(update_fields=["units"])
    Device.objects.create(mn="LT0777", kind="cems", source=works.elsewhere)
    put(device.mn, at(20), {"a21002": [35] * 24, "a00000": [100_000] * 24})
    county = make_account("yunshan", small_city.branches[0], "campaign_office", "all", region=small_city.districts[0])
    return Place(
        small_city, works.source, works.elsewhere, staff["campaign_office"], county, staff["town_officer"], staff["leader"],
        works.owner,
    )  # fmt: skip


def warn(place: Place, level: str = "orange", begin: datetime | None = None, end: datetime | None = None, region: Any = None) -> None:
    DeclareWarning(
        SYSTEM, region=region or place.city.prefecture, level=level, begin=begin or at(20, 12), end=end, document="晴环委〔2026〕8号"
    ).execute()


def made(place: Place, **more: Any) -> DailyReport:
    return MakeReport(SYSTEM, place.city.prefecture, DAY, at=at(21, 7), **more).execute()


def row(report: DailyReport, source: Any) -> DailyReportRow:
    return DailyReportRow.objects.get(report=report, source=source)


def told(kind: str = "monitoring.daily") -> list[tuple[str, str]]:
    rows = Notification.objects.filter(kind=kind).order_by("pk").select_related("recipient")
    return [(one.recipient.username, one.title) for one in rows]


# The house -----------------------------------------------------------------------------------------------------------


def test_while_orange_holds_the_house_makes_the_draft_reminds_and_says_that_it_is_overdue(
    place: Place, django_capture_on_commit_callbacks: Any
) -> None:
    warn(place)
    with django_capture_on_commit_callbacks(execute=True):
        tick(at(21, 6.9))
    assert 0 == DailyReport.objects.count()
    with django_capture_on_commit_callbacks(execute=True):
        tick(at(21, 7))
        tick(at(21, 7.1))
    report = DailyReport.objects.get()
    assert (DAY, "day", 1, "draft", at(21, 9), place.city.office) == (
        report.day, report.part, report.version, report.state, report.due_at, report.organisation
    )  # fmt: skip
    assert "orange" == report.facts["warning"]["level"]
    assert {"campaign_office", "yunshan"} <= {name for name, _title in told()}
    assert not {"leader", "qiye", "supervision"} & {name for name, _title in told()}
    count = len(told())
    with django_capture_on_commit_callbacks(execute=True):
        tick(at(21, 8.5))
        tick(at(21, 8.9))
    reminded = told()[count:]
    assert reminded and all("尚未报送" in title for _name, title in reminded)
    with django_capture_on_commit_callbacks(execute=True):
        tick(at(21, 9))
        tick(at(21, 12))
    overdue = told()[count + len(reminded) :]
    assert [("campaign_office", True)] == [(name, "逾时未报" in title) for name, title in overdue]
    report.refresh_from_db()
    assert ("draft", at(21, 8.5), at(21, 9)) == (report.state, report.reminded_at, report.missed_at)


def test_yellow_asks_for_nothing_and_a_lifted_warning_for_no_further_day(place: Place) -> None:
    warn(place, "yellow", at(18), at(19))
    warn(place, "orange", at(19), at(20, 1))
    tick(at(22, 12))
    assert [date(2026, 11, 18), date(2026, 11, 19), DAY] == [one.day for one in DailyReport.objects.order_by("day")]


def test_days_that_were_missed_while_the_house_stood_still_are_made_up_for_and_are_late(place: Place) -> None:
    warn(place, begin=at(19, 10))
    tick(at(23, 12))
    rows = list(DailyReport.objects.order_by("day"))
    assert [19, 20, 21, 22] == [one.day.day for one in rows]
    assert all(one.late and one.state == "draft" for one in rows)


def test_a_warning_of_a_district_makes_its_own_form_unless_one_of_the_city_takes_it_in(place: Place) -> None:
    here = place.city.districts[0]
    warn(place, begin=at(20, 10), end=at(21, 12), region=here)
    tick(at(21, 7))
    report = DailyReport.objects.get()
    assert (here, [place.here.name]) == (report.region, [one.name for one in report.rows.all()])
    warn(place, begin=at(21, 10))
    tick(at(22, 7))
    # On the 21st both ask; that of the city takes the district in.
    assert place.city.prefecture == DailyReport.objects.get(day=date(2026, 11, 21)).region


def test_where_the_office_set_it_so_the_house_sends_at_nine_and_says_that_nobody_verified(
    place: Place, django_capture_on_commit_callbacks: Any
) -> None:
    warn(place)
    SetDaily(
        Actor(place.office), place.city.prefecture, organisation=None, addressee="省厅应急办", receivers=[place.leader], auto_send=True
    ).execute()
    tick(at(21, 7))
    with django_capture_on_commit_callbacks(execute=True):
        tick(at(21, 9))
    report = DailyReport.objects.get()
    assert ("sent", True, None, at(21, 9), False, "省厅应急办") == (
        report.state, report.by_house, report.sent_by, report.sent_at, report.late, report.addressee
    )  # fmt: skip
    message = Notification.objects.get(recipient=place.leader)
    assert "2 家未核实" in message.body and "自动报送" in message.body
    assert 2 == report.rows.filter(verified="").count()
    tick(at(21, 9.5))
    assert 1 == DailyReport.objects.count()


def test_a_lake_that_cannot_be_read_is_tried_again_and_holds_up_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    warn(place)

    def broken(*_given: Any) -> Any:
        raise LakeError("the lake is away")

    with monkeypatch.context() as patch:
        patch.setattr(daily_reports, "figures_of", broken)
        tick(at(21, 7))
        with pytest.raises(Conflict):
            made(place)
    assert 0 == DailyReport.objects.count()
    tick(at(21, 7.1))
    assert 1 == DailyReport.objects.count()


@pytest.mark.parametrize(("entry", "value"), [("day.due", "10"), ("day.draft", "8.75")])
def test_a_book_that_is_not_sound_makes_nothing_and_says_so_on_the_page(
    entry: str, value: str, place: Place, client_of: Callable[[User], Client], settings: Any, tmp_path: Any
) -> None:
    warn(place)
    settings.DATA = tmp_path
    (tmp_path / "books").mkdir()
    path = tmp_path / "books" / "monitoring-overrides.json"
    path.write_text(json.dumps([{"book": "daily_report", "entry": entry, "value": value, "grounds": "x"}]), "utf-8")
    tick(at(21, 12))
    assert 0 == DailyReport.objects.count()
    values = {"region": place.city.prefecture.code, "day": "2026-11-20", "part": "day"}
    said = client_of(place.office).post("/monitoring/daily/reports/new/", values)
    assert 422 == said.status_code and "规则书" in said.content.decode()


def test_the_second_form_of_a_day_comes_when_the_office_turns_it_on(place: Place, settings: Any, tmp_path: Any) -> None:
    warn(place, begin=at(20, 3), end=at(20, 23))
    settings.DATA = tmp_path
    (tmp_path / "books").mkdir()
    path = tmp_path / "books" / "monitoring-overrides.json"
    path.write_text('[{"book": "daily_report", "entry": "second", "value": "on", "grounds": "晴环〔2026〕9号"}]', "utf-8")
    tick(at(20, 16.5))
    second = DailyReport.objects.get(part="second", day=DAY)
    found = row(second, place.here)
    assert (16, 16, at(20, 16), at(20, 17)) == (found.due, found.came, second.last, second.due_at)
    assert Decimal("56.00") == found.nox_kg
    tick(at(21, 7))
    assert 24 == row(DailyReport.objects.get(part="day", day=DAY), place.here).came


# Figures ---------------------------------------------------------------------------------------------------------------


def test_rows_are_frozen_facts_with_the_hours_that_they_rest_on(place: Place, put: Any) -> None:
    report = made(place)
    found = row(report, place.here)
    assert ("running", 24, 24, Decimal("84.00"), 24, None) == (
        found.state, found.due, found.came, found.nox_kg, found.nox_hours, found.dust_kg
    )  # fmt: skip
    assert ("none", 24, 0) == (row(report, place.there).state, row(report, place.there).due, row(report, place.there).came)
    put("LT0777", at(20), {"a21002": [10] * 24})
    assert 0 == row(report, place.there).came
    key = row(report, place.here).pk
    RemakeReport(Actor(place.office), report, at=at(21, 8)).execute()
    assert (24, key) == (row(report, place.there).came, row(report, place.here).pk)


def test_an_enterprise_whose_monitor_is_suspended_does_not_drop_out_of_the_form(place: Place) -> None:
    Device.objects.filter(mn="LT0777").update(state="suspended")
    assert 2 == made(place).rows.count()


def test_a_day_that_is_not_over_has_no_form(place: Place) -> None:
    with pytest.raises(Invalid):
        MakeReport(SYSTEM, place.city.prefecture, DAY, at=at(20, 23.9)).execute()
    with pytest.raises(Invalid):
        MakeReport(SYSTEM, place.city.prefecture, DAY, "third", at=at(21, 7)).execute()


# People ----------------------------------------------------------------------------------------------------------------


def test_each_place_verifies_its_own_enterprises_and_no_others(place: Place) -> None:
    report = made(place)
    here, there = row(report, place.here), row(report, place.there)
    VerifyRows(Actor(place.county), report, {here.pk: ("partly", "12时检修")}, at=at(21, 7.5)).execute()
    here.refresh_from_db()
    assert ("partly", "12时检修", place.county, at(21, 7.5)) == (here.verified, here.remark, here.verified_by, here.verified_at)
    for user in (place.county, place.town):
        with pytest.raises(NotFound):
            VerifyRows(Actor(user), report, {there.pk: ("running", "")}).execute()
    for user in (place.leader, place.owner):
        with pytest.raises(NotAllowed):
            VerifyRows(Actor(user), report, {here.pk: ("running", "")}).execute()
    for wrong in ("none", "idle"):
        with pytest.raises(Invalid):
            VerifyRows(Actor(place.office), report, {here.pk: (wrong, "")}).execute()
    with pytest.raises(Invalid):
        VerifyRows(Actor(place.office), report, {here.pk: ("running", "x" * 201)}).execute()
    # Taken back, and once more what it was: nothing is logged for nothing.
    VerifyRows(Actor(place.office), report, {here.pk: ("", "")}).execute()
    here.refresh_from_db()
    assert ("", None, None) == (here.verified, here.verified_by, here.verified_at)
    count = LogEntry.objects.filter(action="monitoring.daily.verify", result="done").count()
    VerifyRows(Actor(place.office), report, {here.pk: ("", "")}).execute()
    assert count == LogEntry.objects.filter(action="monitoring.daily.verify", result="done").count()


def test_all_at_once_takes_the_state_by_the_data_and_leaves_those_without_data_open(place: Place) -> None:
    report = made(place)
    VerifyAll(Actor(place.county), report, at=at(21, 8)).execute()
    assert ("running", "") == (row(report, place.here).verified, row(report, place.there).verified)
    VerifyAll(Actor(place.office), report, at=at(21, 8)).execute()
    assert "" == row(report, place.there).verified
    # What was verified stays when the draft is made anew.
    RemakeReport(Actor(place.office), report, at=at(21, 8.2)).execute()
    assert (place.county, "running") == (row(report, place.here).verified_by, row(report, place.here).verified)


def test_only_who_acts_for_the_place_makes_sends_and_sets(place: Place) -> None:
    report = made(place)
    for user in (place.county, place.town, place.leader, place.owner):
        with pytest.raises(NotAllowed):
            MakeReport(Actor(user), place.city.prefecture, DAY).execute()
        with pytest.raises((NotAllowed, NotFound)):
            SendReport(Actor(user), report).execute()
        with pytest.raises((NotAllowed, NotFound)):
            RemakeReport(Actor(user), report).execute()
        with pytest.raises(NotAllowed):
            SetDaily(
                Actor(user), place.city.prefecture, organisation=place.city.branches[0], addressee="", receivers=[], auto_send=True
            ).execute()
    assert "draft" == DailyReport.objects.get().state
    own = MakeReport(Actor(place.county), place.city.districts[0], DAY, at=at(21, 7)).execute()
    SendReport(Actor(place.county), own, at=at(21, 8)).execute()


def test_receivers_must_be_able_to_open_what_they_are_told_of(place: Place) -> None:
    with pytest.raises(Invalid):
        SetDaily(
            Actor(place.office), place.city.prefecture, organisation=None, addressee="", receivers=[place.owner], auto_send=False
        ).execute()


def test_a_sent_form_stays_and_what_comes_late_is_shown_as_late(place: Place) -> None:
    report = made(place)
    SendReport(Actor(place.office), report, at=at(21, 9.5)).execute()
    report.refresh_from_db()
    assert ("sent", place.office, True, False) == (report.state, report.sent_by, report.late, report.by_house)
    key = row(report, place.here).pk
    for action in (
        SendReport(Actor(place.office), report),
        RemakeReport(Actor(place.office), report),
        VerifyAll(Actor(place.office), report),
        VerifyRows(Actor(place.office), report, {key: ("stopped", "")}),
        MakeReport(Actor(place.office), place.city.prefecture, DAY),
    ):
        with pytest.raises(Conflict):
            action.execute()


def test_a_correction_keeps_the_first_version_and_tells_what_differs(
    place: Place, put: Any, django_capture_on_commit_callbacks: Any
) -> None:
    SetDaily(
        Actor(place.office), place.city.prefecture, organisation=None, addressee="", receivers=[place.leader], auto_send=False
    ).execute()
    first = made(place)
    with pytest.raises(Conflict):
        CorrectReport(Actor(place.office), first, reason="补传").execute()
    VerifyRows(Actor(place.office), first, {row(first, place.here).pk: ("running", "")}).execute()
    SendReport(Actor(place.office), first, at=at(21, 8)).execute()
    put("LT0777", at(20), {"a21002": [10] * 24})
    with pytest.raises(Invalid):
        CorrectReport(Actor(place.office), first, reason=" ").execute()
    second = CorrectReport(Actor(place.office), first, reason="河东玻璃厂补传数据", at=at(21, 10)).execute()
    with pytest.raises(Conflict):
        CorrectReport(Actor(place.office), first, reason="再次").execute()
    assert (2, "draft", "running") == (second.version, second.state, row(second, place.here).verified)
    # The house reminds of no correction and sends none.
    tick(at(21, 11))
    second.refresh_from_db()
    assert ("draft", None) == (second.state, second.missed_at)
    VerifyRows(Actor(place.office), second, {row(second, place.there).pk: ("running", "")}).execute()
    with django_capture_on_commit_callbacks(execute=True):
        SendReport(Actor(place.office), second, at=at(21, 11)).execute()
    first.refresh_from_db()
    second.refresh_from_db()
    assert ("corrected", "sent", "none") == (first.state, second.state, row(first, place.there).state)
    assert "第 1 版" in Notification.objects.get(recipient=place.leader).body
    found = {
        (one.field, one.before, one.after) for one in daily_reports.changes(second, list(second.rows.all()), first.rows.all())
    }
    assert {("state", "none", "running"), ("verified", "", "running"), ("came", "0", "24"), ("normal", "0", "24")} == found


# Pages -----------------------------------------------------------------------------------------------------------------

Browser = Callable[[User], Client]


def test_the_whole_way_through_the_pages(place: Place, client_of: Browser) -> None:
    warn(place)
    report = made(place)
    url = report.get_absolute_url()
    county = client_of(place.county)
    page = county.get(url).content.decode()
    assert place.here.name in page and place.there.name not in page and "仅显示您管辖范围内的企业" in page
    for name in ("send", "correct"):
        assert (404, 404) == (county.get(f"{url}{name}/").status_code, county.post(f"{url}{name}/", {"reason": "x"}).status_code)
    assert 403 == county.post(f"{url}remake/").status_code
    assert 404 == county.get(f"{url}word/").status_code
    cards = county.get(f"{url}verify/").content.decode()
    assert place.here.name in cards and place.there.name not in cards
    key = row(report, place.here).pk
    county.post(f"{url}verify/", {"row": [str(key)], f"state_{key}": "running", f"remark_{key}": "夜间巡查"})
    assert ("running", "夜间巡查") == (row(report, place.here).verified, row(report, place.here).remark)
    office = client_of(place.office)
    asked = office.get(f"{url}send/").content.decode()
    assert "2 家企业中有 1 家未核实" in asked
    assert 302 == office.post(f"{url}send/").status_code
    report.refresh_from_db()
    assert "sent" == report.state
    page = office.get(url).content.decode()
    assert "已报送" in page and "未核实" in page
    correct = office.post(f"{url}correct/", {"reason": "补充核实"})
    second = DailyReport.objects.get(version=2)
    assert second.get_absolute_url() == correct["Location"]
    assert "补充核实" in office.get(second.get_absolute_url()).content.decode()


def test_what_another_has_verified_meanwhile_is_not_taken_back_by_an_old_page(place: Place, client_of: Browser) -> None:
    report = made(place)
    key = row(report, place.here).pk
    VerifyAll(Actor(place.office), report).execute()
    # The page was opened before: its row shows nothing chosen, and nothing was chosen on it.
    client_of(place.county).post(
        f"{report.get_absolute_url()}verify/", {"row": [str(key)], f"was_state_{key}": "", f"was_remark_{key}": "", f"remark_{key}": ""}
    )
    assert "running" == row(report, place.here).verified


def test_lists_show_each_role_what_is_its_own(place: Place, client_of: Browser) -> None:
    report = made(place)
    here = made_of(place, place.city.districts[1])
    county = client_of(place.county).get("/monitoring/daily/reports/").content.decode()
    assert report.get_absolute_url() in county and here.get_absolute_url() not in county
    assert 404 == client_of(place.county).get(here.get_absolute_url()).status_code
    leader = client_of(place.leader)
    assert here.get_absolute_url() in leader.get("/monitoring/daily/reports/").content.decode()
    assert 403 == client_of(place.owner).get("/monitoring/daily/reports/").status_code
    book = load_workbook(BytesIO(leader.get("/monitoring/daily/reports/?export=xlsx&sort=-day").content))
    cells = [[cell.value for cell in line] for line in book.active.iter_rows()]
    assert any("晴川市" in line and 2 in line for line in cells)
    late = leader.get("/monitoring/daily/reports/?late=late").content.decode()
    assert report.get_absolute_url() in late
    assert report.get_absolute_url() not in leader.get("/monitoring/daily/reports/?late=house").content.decode()


def made_of(place: Place, region: Any) -> DailyReport:
    return MakeReport(SYSTEM, region, DAY, at=at(21, 7)).execute()


def test_excel_has_numbers_with_units_and_only_rows_that_may_be_seen(place: Place, client_of: Browser) -> None:
    report = made(place)

    def lines(user: User) -> list[list[Any]]:
        content = client_of(user).get(f"{report.get_absolute_url()}?export=xlsx").content
        return [[cell.value for cell in line] for line in load_workbook(BytesIO(content)).active.iter_rows()]

    found = lines(place.office)
    (head,) = [line for line in found if "企业" in line]
    (line,) = [line for line in found if place.here.name in line]
    values = dict(zip(head, line, strict=True))
    assert 84 == values["NOx (kg)"]
    assert 24 == values["NOx：有排放量的小时数 (h)"]
    assert values["SO2 (kg)"] in (None, "")
    assert "未核实" == values["核实状态"]
    assert any(place.there.name in line for line in found)
    assert not any(place.there.name in line for line in lines(place.county))


def test_word_says_plainly_what_is_not_verified_and_what_a_correction_changes(place: Place, client_of: Browser, put: Any) -> None:
    warn(place)
    report = made(place)
    office = client_of(place.office)

    def text(one: DailyReport) -> str:
        found = docx.Document(BytesIO(office.get(f"{one.get_absolute_url()}word/").content))
        cells = [cell.text for table in found.tables for line in table.rows for cell in line.cells]
        return "\n".join([*(one.text for one in found.paragraphs), *cells])

    draft = text(report)
    assert "未核实2家" in draft and "草稿，尚未报送" in draft and "橙色预警" in draft
    assert "84.00\n24时" in draft and place.there.name in draft
    SendReport(Actor(place.office), report, at=at(21, 9.5)).execute()
    report.refresh_from_db()
    assert "晚于报送时限2026年11月21日9时00分" in text(report)
    put("LT0777", at(20), {"a21002": [10] * 24})
    second = CorrectReport(Actor(place.office), report, reason="补传").execute()
    VerifyAll(Actor(place.office), second).execute()
    said = text(second)
    assert "更正原因：补传" in said and "均已核实" in said and "实传小时数" in said
    assert "未核实2家" in text(report)


def test_the_form_made_by_hand_and_the_setting(place: Place, client_of: Browser) -> None:
    office = client_of(place.office)
    assert 200 == office.get("/monitoring/daily/reports/new/").status_code
    code = place.city.prefecture.code
    sent = office.post("/monitoring/daily/reports/new/", {"region": code, "day": "2026-11-20", "part": "day"})
    if timezone.now() >= at(21):
        assert DailyReport.objects.get().get_absolute_url() == sent["Location"]
    else:
        assert 422 == sent.status_code
    said = office.post("/monitoring/daily/reports/setting/", {"addressee": "省厅", "receivers": "leader, nemo", "auto_send": "on"})
    assert 422 == said.status_code and "nemo" in said.content.decode()
    assert 302 == office.post("/monitoring/daily/reports/setting/", {"addressee": "省厅", "receivers": "leader"}).status_code
    assert [place.leader] == list(place.city.prefecture.daily_setting.receivers.all())
    assert "leader" in office.get("/monitoring/daily/reports/setting/").content.decode()
    url = f"/monitoring/daily/reports/setting/?region={place.city.prefecture.pk}"
    assert 403 == client_of(place.county).get(url).status_code


def test_the_card_of_the_home_page_names_what_waits(place: Place, client_of: Browser) -> None:
    report = made(place)
    assert report.get_absolute_url() in client_of(place.county).get("/").content.decode()
    assert report.get_absolute_url() not in client_of(place.leader).get("/").content.decode()
    VerifyAll(Actor(place.county), report).execute()
    assert report.get_absolute_url() not in client_of(place.county).get("/").content.decode()
    assert report.get_absolute_url() in client_of(place.office).get("/").content.decode()
