"""Amounts of points day by day, late hours, marks, the turn of the year, and the permit: pages, list, judge, Excel."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Conflict, Invalid, NotFound
from lantian.apps.monitoring import amount_sums
from lantian.apps.monitoring.actions.alarms import raise_alarms
from lantian.apps.monitoring.actions.permitted import CorrectPermitted, SetPermitted
from lantian.apps.monitoring.alarm_words import factor_words
from lantian.apps.monitoring.amount_sums import (
    Worked,
    keep,
    quarter_after,
    quarter_of,
    quarters_due,
    today_of,
)
from lantian.apps.monitoring.amounts_above import amounts_above
from lantian.apps.monitoring.amounts_permit import permitted, sums_of_year
from lantian.apps.monitoring.importers_amounts import ImportPermitted
from lantian.apps.monitoring.importers_hours import SupplyHours
from lantian.apps.monitoring.models import Alarm, AmountDay, AmountQuarter, DataMark, Device, PermittedAmount
from lantian.apps.monitoring.tests.conftest import SYSTEM
from lantian.rules.monitoring.amounts import FilledHour, Sum, sum_of
from lantian.rules.monitoring.errors import Message, Reason

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: the campaign's midnight is the afternoon before in UTC
FIRST = datetime(2026, 10, 1, tzinfo=CAMPAIGN_TIME)
NOW = datetime(2026, 10, 4, 2, tzinfo=CAMPAIGN_TIME)


@pytest.fixture
def stack(device: Device) -> Device:
    """A device that sends its flow in m³/h: 35 mg/m³ in 100,000 m³/h are 3.5 kg."""
    device.units = {"a00000": "m³/h"}
    device.save(update_fields=["units"])
    return device


def sent(put: Any, device: Device, start: datetime, nox: list[Any], flow: int = 100_000) -> None:
    put(device.mn, start, {"a21002": nox, "a00000": [None if one is None else flow for one in nox]})


def days() -> dict[date, AmountDay]:
    return {row.day: row for row in AmountDay.objects.select_related("quarter")}


def allow(device: Device, tonnes: str, **more: Any) -> PermittedAmount:
    values = {"factor": "nox", "tonnes": Decimal(tonnes), "first_year": 2026, "basis": "许可证 表3", **more}
    return SetPermitted(SYSTEM, device.source, **values).execute()


# --- days ---


def test_ended_days_are_kept_with_their_hours_and_the_running_day_is_not(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST, [35] * 24 * 3 + [35, 35])
    done = keep(NOW)
    assert (1, 3) == (done.worked, done.days)
    kept = days()
    assert [date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 3)] == sorted(kept)
    first = kept[date(2026, 10, 1)]
    # 24 · 3.5 kg
    assert (Decimal(84), Decimal(0), 24, 0, 0) == (
        first.measured_kg, first.substituted_kg, first.measured, first.substituted, first.open,
    )  # fmt: skip
    quarter = first.quarter
    assert (Decimal(252), 72, date(2026, 10, 3), Decimal(100)) == (
        quarter.measured_kg, quarter.measured, quarter.last, quarter.capture_percent,
    )  # fmt: skip
    assert ("HJ 75-2017", "1") == (quarter.rule, quarter.version)


def test_what_has_not_changed_is_not_worked_out_again_and_another_day_is(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST, [35] * 96)
    keep(NOW)
    again = keep(NOW + HOUR)
    assert (0, 0) == (again.worked, again.days) and again.looked
    later = keep(NOW + DAY)
    assert (1, 1) == (later.worked, later.days)


def test_an_hour_that_comes_late_or_again_changes_its_day_and_no_other(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST, [35] * 30 + [None] + [35] * 41)
    keep(NOW)
    second = days()[date(2026, 10, 2)]
    # Too few valid hours lie before the gap, so that it has no substitute.
    assert (23, 1, Decimal("80.5")) == (second.measured, second.open, second.measured_kg)
    assert "history_short" not in [one["code"] for one in second.quarter.reasons]
    sent(put, stack, FIRST + 30 * HOUR, [35])
    done = keep(NOW)
    assert (1, 1) == (done.worked, done.days)
    second = days()[date(2026, 10, 2)]
    assert (24, 0, Decimal(84)) == (second.measured, second.open, second.measured_kg)


def test_a_gap_is_filled_by_the_greatest_of_180_valid_hours_before_it_across_the_quarter(stack: Device, put: Any) -> None:
    begin = FIRST - 200 * HOUR
    # 200 hours before the quarter: one of 70 mg/m³ (7 kg) 181 valid hours before the gap, one of 50 (5 kg) 180 before.
    hours: list[Any] = [35] * 200
    hours[9 + 10], hours[10 + 10] = 70, 50
    sent(put, stack, begin, hours + [None] * 2 + [35] * 70)
    keep(NOW)
    first = days()[date(2026, 10, 1)]
    assert (22, 2, 0) == (first.measured, first.substituted, first.open)
    assert Decimal(10) == first.substituted_kg
    (worked,) = today_of(stack, NOW, date(2026, 10, 1)).values()
    at, one = worked.hours_of(date(2026, 10, 1))[0]
    assert (FIRST, True, "substitute") == (at, one.substituted, one.reason.code)


def test_stopped_hours_count_nothing_and_are_no_gap_and_marks_of_the_monitor_make_hours_invalid(
    stack: Device, put: Any
) -> None:
    sent(put, stack, FIRST, [35] * 24 + [(0, None, "F")] * 6 + [35] * 42)
    made = {"made_at": FIRST, "due_at": FIRST + 30 * DAY, "state": "accepted", "cause": "检修"}
    DataMark.objects.create(device=stack, kind="stop", start=FIRST + 30 * HOUR, end=FIRST + 34 * HOUR, **made)
    DataMark.objects.create(
        device=stack, kind="maintenance", start=FIRST + 40 * HOUR, end=FIRST + 42 * HOUR, factors=["a21002"], **made
    )
    keep(NOW)
    second = days()[date(2026, 10, 2)]
    assert (12, 10, 2, Decimal(42)) == (second.measured, second.stopped, second.open, second.measured_kg)
    # A mark that is taken back makes the hours count again.
    DataMark.objects.filter(kind="maintenance").update(state="withdrawn")
    keep(NOW)
    assert (14, 0) == ((second := days()[date(2026, 10, 2)]).measured, second.open)


def test_a_late_mark_counts_once_it_is_accepted(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST, [35] * 72)
    DataMark.objects.create(
        device=stack, kind="stop", start=FIRST, end=FIRST + 4 * HOUR, cause="停产", made_at=NOW, due_at=FIRST + 5 * HOUR
    )
    keep(NOW)
    assert 0 == days()[date(2026, 10, 1)].stopped
    DataMark.objects.update(state="accepted")
    keep(NOW)
    assert 4 == days()[date(2026, 10, 1)].stopped


def test_what_the_device_does_not_call_normal_is_missing_and_folded_values_never_count(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST, [(35, 90, "N"), (35, 90, "D")] + [35] * 70)
    keep(NOW)
    first = days()[date(2026, 10, 1)]
    assert (23, 1, Decimal("80.5")) == (first.measured, first.open, first.measured_kg)


def test_the_year_turns_at_midnight_of_the_campaign(stack: Device, put: Any) -> None:
    turn = datetime(2027, 1, 1, tzinfo=CAMPAIGN_TIME)
    assert datetime(2026, 12, 31, 16, tzinfo=UTC) == turn
    sent(put, stack, turn - 24 * HOUR, [10] * 24 + [20] * 24)
    keep(turn + DAY + HOUR)
    kept = days()
    assert [date(2026, 12, 31), date(2027, 1, 1)] == sorted(kept)
    assert [Decimal(24), Decimal(48)] == [kept[day].measured_kg for day in sorted(kept)]
    assert [date(2026, 10, 1), date(2027, 1, 1)] == list(AmountQuarter.objects.order_by("first").values_list("first", flat=True))
    place = (stack.source_id, None, "nox")
    assert Decimal(24) == sums_of_year(2026)[place].sum.kg
    assert Decimal(48) == sums_of_year(2027)[place].sum.kg


def test_hours_are_due_from_the_first_that_came_and_a_silent_point_owes_them(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST + 30 * HOUR, [35] * 10)
    keep(NOW)
    assert [date(2026, 10, 2), date(2026, 10, 3)] == sorted(days())
    assert (10, 8) == ((second := days()[date(2026, 10, 2)]).measured, second.open)
    assert 24 == days()[date(2026, 10, 3)].open
    Device.objects.filter(pk=stack.pk).update(state="retired")
    keep(NOW)
    # What is out of use owes nothing after its last hour.
    assert [date(2026, 10, 2)] == sorted(days()) and 0 == days()[date(2026, 10, 2)].open


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_quarters_follow_each_other_without_gap_or_overlap(day: date) -> None:
    first = quarter_of(day)
    assert first <= day < quarter_after(first) and quarter_of(quarter_after(first) - DAY) == first
    due = quarters_due(day)
    assert due == sorted(due) and due[-1] == first and due[1] == date(day.year, 1, 1)


_HOURS = st.lists(
    st.one_of(
        st.builds(
            lambda kg, filled: FilledHour(kg, filled, Reason("substitute" if filled else "measured", Message("x"))),
            st.fractions(0, 1000, max_denominator=10**6),
            st.booleans(),
        ),
        st.just(FilledHour(None, False, Reason("capture_low", Message("x")))),
    ),
    max_size=24 * 8,
)


@given(_HOURS)
@settings(deadline=None)
def test_days_add_up_to_the_whole_within_their_rounding_and_every_hour_counts_once(hours: list[FilledHour]) -> None:
    class Found:
        pass

    found: Any = Found()
    found.hours = tuple(hours)
    parts = Worked(FIRST + 5 * HOUR, found).days()
    total = sum(parts.values(), Sum())
    whole = sum_of(hours)
    assert len(hours) == total.hours == whole.hours
    assert (whole.measured, whole.substituted, whole.open) == (total.measured, total.substituted, total.open)
    # Each day is rounded once, by at most half a milligram.
    bound = Decimal("0.0000005") * (len(parts) + 1)
    assert abs(total.measured_kg - whole.measured_kg) <= bound
    assert abs(total.substituted_kg - whole.substituted_kg) <= bound


@given(st.lists(st.one_of(st.none(), st.integers(0, 500)), min_size=1, max_size=72), st.integers(0, 71))
@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_order_in_which_hours_come_does_not_matter(
    works: Any, put: Any, values: list[int | None], cut: int
) -> None:
    def kept(*parts: tuple[int, list[int | None]]) -> list[Any]:
        one = Device.objects.create(
            mn=uuid4().hex[:24], kind="cems", state="active", source=works.source, units={"a00000": "m³/h"}, st="31"
        )
        for offset, listed in parts:
            if any(value is not None for value in listed):
                sent(put, one, FIRST + offset * HOUR, listed)
            keep(NOW, [date(2026, 10, 1)])
        found = list(AmountDay.objects.order_by("day").values_list("day", "measured_kg", "measured", "open"))
        one.delete()
        return found

    at = min(cut, len(values))
    assert kept((0, values)) == kept((at, values[at:]), (0, values[:at]))


def test_hours_entered_by_hand_fill_amounts_and_are_no_evidence(stack: Device, put: Any, then: Any) -> None:
    sent(put, stack, FIRST, [35] * 30 + [None] * 2 + [35] * 40)
    text = "时间,a21002,a00000\n2026-10-02 06:00,20,100000\n"
    then(NOW)
    SupplyHours(SYSTEM, text.encode(), "x.csv", device=str(stack.pk), grounds="分析仪记录").execute()
    keep(NOW)
    second = days()[date(2026, 10, 2)]
    assert (22, 1, 1, Decimal(2)) == (second.measured, second.substituted, second.open, second.substituted_kg)
    # 70 hours measured: 245 kg; 2 kg by hand are no evidence.
    allow(stack, "0.246")
    assert {"amount_near"} == set(found := findings())
    assert "reckoned" == found["amount_near"].why[1].code
    # What the device sends later counts instead of it.
    sent(put, stack, FIRST + 30 * HOUR, [35])
    keep(NOW)
    assert (23, 0, 1) == ((second := days()[date(2026, 10, 2)]).measured, second.substituted, second.open)


# --- the permit ---


def test_a_permitted_amount_follows_the_one_before_and_is_refused_where_it_cannot_be(stack: Device, actors: Any) -> None:
    first = allow(stack, "85")
    second = allow(stack, "60.5", first_year=2028)
    first.refresh_from_db()
    assert (2027, None) == (first.last_year, second.last_year)
    assert Decimal(85) == permitted(2027)[stack.source_id, None, "nox"].tonnes
    assert Decimal("60.5") == permitted(2030)[stack.source_id, None, "nox"].tonnes
    assert permitted(2025) == {}
    with pytest.raises(Conflict):
        allow(stack, "1", first_year=2027)
    for wrong in ({"tonnes": "0"}, {"basis": " "}, {"factor": "o2"}, {"last_year": 2029, "first_year": 2031}):
        with pytest.raises(Invalid):
            allow(stack, **{"tonnes": "1", **wrong})
    with pytest.raises(Conflict):
        CorrectPermitted(SYSTEM, first, tonnes=Decimal(85), last_year=None, basis="x").execute()
    # Whoever does not answer for the source does not even see it.
    stack.source.department = stack.source.region = None
    stack.source.save()
    with pytest.raises(NotFound):
        CorrectPermitted(actors["department_officer"], second, tonnes=Decimal(1), last_year=None, basis="x").execute()


def findings(now: datetime = NOW) -> dict[str, Any]:
    return {one.cause: one for one in amounts_above(now)}


def test_measured_amounts_above_the_permit_are_an_alarm_of_the_year_and_raised_once(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST, [35] * 72)
    keep(NOW)
    # 84 kg a day: 0.2 t are passed on the third day, 90 % of it (180 kg) on the third, too.
    allow(stack, "0.2")
    found = findings()
    assert {"amount", "amount_near"} == set(found)
    one = found["amount"]
    assert datetime(2026, 1, 1, tzinfo=CAMPAIGN_TIME) == one.begin
    assert datetime(2026, 10, 3, 23, 59, tzinfo=CAMPAIGN_TIME) == one.end
    assert (stack.source_id, None, "nox") == (one.source, one.unit, one.factor)
    assert "126.0" in str(one.why[1]) and "许可证 表3" in str(one.why[0])
    assert 2 == len(raise_alarms(found.values(), at=NOW).new)
    again = raise_alarms(findings().values(), at=NOW + HOUR)
    assert (0, 2) == (len(again.new), again.same)
    alarm = Alarm.objects.get(cause="amount")
    assert (1, stack.source_id) == (alarm.severity, alarm.source_id)
    assert 3 == Alarm.objects.get(cause="amount_near").severity
    assert "NOx" == factor_words(alarm.factor)


def test_an_amount_equal_to_the_permit_is_no_alarm_and_a_milligram_more_is(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST, [35] * 72)
    keep(NOW)
    row = allow(stack, "0.252")
    assert {"amount_near"} == set(findings())
    day = AmountDay.objects.latest("day")
    AmountDay.objects.filter(pk=day.pk).update(measured_kg=day.measured_kg + Decimal("0.000001"))
    AmountQuarter.objects.update(measured_kg=Decimal("252.000001"))
    assert {"amount_near", "amount"} == set(findings())
    PermittedAmount.objects.filter(pk=row.pk).update(tonnes=Decimal("0.3"))
    assert {} == findings()


def test_substitutes_are_no_evidence_of_an_exceedance(stack: Device, put: Any) -> None:
    hours: list[Any] = [35] * 200 + [None] * 6 + [35] * 66
    hours[199] = 70
    sent(put, stack, FIRST - 200 * HOUR, hours)
    keep(NOW)
    first = days()[date(2026, 10, 1)]
    assert (18, 6, Decimal(42)) == (first.measured, first.substituted, first.substituted_kg)
    # Since 22 September: 199 · 3.5 + 7 + 66 · 3.5 = 934.5 kg measured, 6 · 7 = 42 kg substituted.
    total = sums_of_year(2026)[stack.source_id, None, "nox"].sum
    assert (Decimal("934.5"), Decimal(42)) == (total.measured_kg, total.substituted_kg)
    row = allow(stack, "0.95")
    assert {"amount_near"} == set(found := findings())
    assert "reckoned" == found["amount_near"].why[1].code
    PermittedAmount.objects.filter(pk=row.pk).update(tonnes=Decimal("0.9345"))
    assert "amount" not in findings()
    PermittedAmount.objects.filter(pk=row.pk).update(tonnes=Decimal("0.9344"))
    assert "amount" in findings()


def test_an_outlet_has_a_permit_of_its_own_beside_the_enterprise(stack: Device, works: Any, put: Any) -> None:
    second = Device.objects.create(
        mn="LT0777", kind="cems", state="active", source=works.source, units={"a00000": "m³/h"}, st="31"
    )
    sent(put, stack, FIRST, [35] * 72)
    sent(put, second, FIRST, [35] * 72)
    keep(NOW)
    allow(stack, "0.2", unit=works.outlet)
    allow(stack, "9")
    found = findings()
    assert works.outlet.pk == found["amount"].unit
    assert Decimal(504) == sums_of_year(2026)[works.source.pk, None, "nox"].sum.kg
    assert Decimal(252) == sums_of_year(2026)[works.source.pk, works.outlet.pk, "nox"].sum.kg


def test_the_last_day_of_a_year_and_the_next_year_are_alarms_of_their_own(stack: Device, put: Any) -> None:
    turn = datetime(2027, 1, 1, tzinfo=CAMPAIGN_TIME)
    sent(put, stack, turn - 24 * HOUR, [35] * 48)
    now = turn + DAY + HOUR
    keep(now)
    allow(stack, "0.05")
    found = [one for one in amounts_above(now) if one.cause == "amount"]
    assert [2026, 2027] == [one.begin.year for one in found]
    assert 2 == len(raise_alarms(found, at=now).new)


# --- pages ---


@pytest.fixture
def judged(stack: Device, put: Any) -> Device:
    """Three days, a gap, and a permit."""
    sent(put, stack, FIRST, [35] * 30 + [None] + [35] * 41)
    keep(NOW)
    allow(stack, "0.4")
    return stack


@pytest.fixture
def then(monkeypatch: Any) -> Callable[[datetime], None]:
    """Let pages believe that it is another moment."""

    def at(moment: datetime) -> None:
        from django.utils import timezone

        monkeypatch.setattr(timezone, "now", lambda: moment)

    return at


def test_the_list_shows_whom_the_account_may_see_filters_sorts_and_goes_to_excel(
    judged: Device, works: Any, put: Any, staff: Any, client_of: Any
) -> None:
    other = Device.objects.create(
        mn="LT0777", kind="cems", state="active", source=works.elsewhere, units={"a00000": "m³/h"}, st="31"
    )
    sent(put, other, FIRST, [70] * 72)
    keep(NOW)
    office = client_of(staff["campaign_office"])
    page = office.get("/monitoring/amounts/?year=2026").content.decode()
    assert works.source.name in page and works.elsewhere.name in page
    # 71 hours of 3.5 kg
    assert "0.248" in page and "0.504" in page and "62.1" in page
    assert "未录入许可排放量" in page
    only = office.get("/monitoring/amounts/?year=2026&standing=no_permit").content.decode()
    assert works.elsewhere.name in only and works.source.name not in only
    assert works.elsewhere.name not in office.get(f"/monitoring/amounts/?year=2026&q={works.source.name}").content.decode()
    owner = client_of(works.owner).get("/monitoring/amounts/?year=2026").content.decode()
    assert works.source.name in owner and works.elsewhere.name not in owner
    for order, first in (("year_t", works.source.name), ("-year_t", works.elsewhere.name)):
        book = load_workbook(BytesIO(office.get(f"/monitoring/amounts/?year=2026&sort={order}&export=xlsx").content))
        cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
        names = [cell for row in cells for cell in row if cell in (works.source.name, works.elsewhere.name)]
        assert first == names[0]


def test_enterprise_and_point_pages_say_how_much_on_what_and_why(
    judged: Device, works: Any, staff: Any, client_of: Any, then: Any
) -> None:
    office = client_of(staff["campaign_office"])
    then(NOW)
    page = office.get(f"/monitoring/enterprises/{works.source.pk}/amounts/?year=2026").content.decode()
    assert "0.248" in page and "71 / 0 / 0 / 1" in page and "62.1" in page
    point = office.get(f"/monitoring/points/{judged.pk}/amounts/?day=2026-10-02").content.decode()
    assert "缺失" in point and "3.500" in point and "HJ 75-2017" in point
    axis = office.get(f"/monitoring/enterprises/{works.source.pk}/").content.decode()
    assert f"/monitoring/enterprises/{works.source.pk}/amounts/" in axis
    aside = office.get(f"/monitoring/points/{judged.pk}/").content.decode()
    assert f"/monitoring/points/{judged.pk}/amounts/" in aside
    book = load_workbook(BytesIO(office.get(f"/monitoring/points/{judged.pk}/amounts/?day=2026-10-02&export=xlsx").content))
    cells = [[cell.value for cell in row] for row in book.active.iter_rows()]
    assert any(Decimal(str(row[4])) == Decimal("80.5") for row in cells if isinstance(row[4], int | float))
    stranger = client_of(works.owner)
    assert 404 == stranger.get(f"/monitoring/enterprises/{works.elsewhere.pk}/amounts/").status_code


def test_hours_of_today_that_have_not_come_yet_are_not_missing(stack: Device, put: Any) -> None:
    sent(put, stack, FIRST, [35] * 40)
    now = FIRST + 43 * HOUR
    (worked,) = today_of(stack, now).values()
    assert 16 == len(worked.hours_of(date(2026, 10, 2)))
    assert all(one.kg is not None for _at, one in worked.hours_of(date(2026, 10, 2)))


def test_a_permitted_amount_is_set_and_corrected_on_the_page_by_whom_the_source_belongs_to(
    stack: Device, works: Any, staff: Any, client_of: Any
) -> None:
    office = client_of(staff["campaign_office"])
    url = f"/monitoring/enterprises/{works.source.pk}/amounts/permitted/new/"
    assert 200 == office.get(url).status_code
    given = {"factor": "nox", "tonnes": "85.25", "first_year": "2026", "basis": "许可证 表3", "unit": works.outlet.pk}
    assert 302 == office.post(url, given).status_code
    row = PermittedAmount.objects.get()
    assert (Decimal("85.25"), works.outlet, "campaign_office") == (row.tonnes, row.unit, row.made_by.username)
    assert 422 == office.post(url, given).status_code
    change = f"/monitoring/amounts/permitted/{row.pk}/edit/"
    assert 302 == office.post(change, {"tonnes": "80", "last_year": "2027", "basis": "许可证 表4"}).status_code
    row.refresh_from_db()
    assert (Decimal(80), 2027, "许可证 表4") == (row.tonnes, row.last_year, row.basis)
    assert 404 == client_of(works.owner).get(change).status_code or 403 == client_of(works.owner).get(change).status_code


def test_permitted_amounts_go_to_excel_and_come_back_without_a_difference(
    stack: Device, works: Any, staff: Any, client_of: Any
) -> None:
    allow(stack, "85.25", unit=works.outlet, last_year=2030)
    allow(stack, "120", factor="so2")
    office = client_of(staff["campaign_office"])
    sheet = office.get("/monitoring/amounts/permitted/?export=xlsx").content
    report = ImportPermitted(Actor(staff["campaign_office"]), sheet, "x.xlsx").examine()
    assert (2, []) == (report.unchanged, report.changes)
    text = (
        "统一社会信用代码,排放口编号,污染物,许可年排放量(t/a),起始年度,依据\n"
        "91130200699229617X,DA001,NOx,80,2026,许可证 表4\n"
        "91130200699229617X,,颗粒物,12.5,2026,许可证 表4\n"
        "91130200699229617X,DA999,颗粒物,12.5,2026,许可证 表4\n"
    )
    action = ImportPermitted(Actor(staff["campaign_office"]), text.encode(), "x.csv", skip_errors=True)
    report = action.execute()
    assert ["unit_unknown"] == [problem.code for problem in report.left_out]
    assert (1, 1) == (report.count("create"), report.count("update"))
    assert Decimal(80) == PermittedAmount.objects.get(unit=works.outlet).tonnes
    assert Decimal("12.5") == PermittedAmount.objects.get(factor="dust", unit=None).tonnes


def test_a_lake_that_cannot_be_read_leaves_what_is_kept(judged: Device, monkeypatch: Any) -> None:
    from lantian.lake.errors import LakeError

    def broken(*_args: Any, **_kwargs: Any) -> Any:
        raise LakeError("x", "the lake is away")

    monkeypatch.setattr(amount_sums, "_came", broken)
    done = keep(NOW + DAY)
    assert done.failed and 3 == AmountDay.objects.count()
