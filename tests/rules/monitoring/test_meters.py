"""Readings of meters at the door: tables, checks, counters."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.monitoring.errors import InputError, Reason
from lantian.rules.monitoring.meters.counters import steps
from lantian.rules.monitoring.meters.readings import Good, Kind, Meter, Reading, check, moment, number_of
from lantian.rules.monitoring.meters.tables import Choices, Layout, Shape, layout_of, readings

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
#: 00:00 of the 1st, campaign time
MIDNIGHT = datetime(2026, 2, 28, 16, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def power(value: str, start: datetime = MIDNIGHT, minutes: int = 15, kind: Kind = Kind.POWER) -> Reading:
    return Reading("M1", start, start + timedelta(minutes=minutes), kind, Decimal(value))


def read(rows: list[list[str]], known: tuple[str, ...] = (), **chosen: object) -> tuple[Layout, list[Reading]]:
    layout = layout_of(rows, known, Choices(**chosen))  # type: ignore[arg-type]
    found = list(readings(layout, rows))
    assert not [one.reason for one in found if one.reason is not None]
    return layout, [one.reading for one in found if one.reading is not None]


def test_a_kilowatt_over_a_quarter_is_a_quarter_of_a_kilowatt_hour_times_ct_and_pt() -> None:
    assert Good("M1", MIDNIGHT, MIDNIGHT + QUARTER, 250, None) == check(power("1"), Meter("M1"), NOW)
    assert Good("M1", MIDNIGHT, MIDNIGHT + QUARTER, 20_000, None) == check(power("1"), Meter("M1", Decimal(80)), NOW)
    assert Good("M1", MIDNIGHT, MIDNIGHT + QUARTER, 80_000, None) == check(
        power("1", kind=Kind.ENERGY), Meter("M1", Decimal(80)), NOW
    )


@pytest.mark.parametrize(
    ("reading", "code"),
    [
        (power("-1"), "negative"),
        (power("1", minutes=0), "time_order"),
        (power("1", minutes=1441), "period_long"),
        (power("1", NOW), "future"),
        (power("1", datetime(1999, 1, 1, tzinfo=UTC)), "too_old"),
        (power("121"), "too_much"),
    ],
)
def test_what_cannot_be_is_refused_with_its_reason(reading: Reading, code: str) -> None:
    found = check(reading, Meter("M1", capacity_kw=Decimal(100)), NOW)

    assert isinstance(found, Reason)
    assert code == found.code
    assert str(found)


def test_a_load_up_to_a_fifth_above_the_capacity_is_taken() -> None:
    assert isinstance(check(power("120"), Meter("M1", capacity_kw=Decimal(100)), NOW), Good)


@given(st.text(max_size=12))
def test_a_cell_is_a_number_or_missing_or_refused(text: str) -> None:
    try:
        found = number_of(text)
    except ValueError:
        return
    assert found is None or found.is_finite()


def test_a_time_of_a_spreadsheet_that_is_a_second_off_is_the_minute() -> None:
    assert MIDNIGHT + QUARTER == moment("2026-03-01T00:14:59") == moment("2026-03-01 00:15")
    assert MIDNIGHT == moment("2026-02-28 24:00") == moment("2026-02-28T16:00:00Z")
    assert moment("2026-03-01") is None


def test_counters_give_energy_between_them_and_none_for_the_first() -> None:
    points = [(MIDNIGHT + QUARTER * n, 1_000_000 + 2_500 * n) for n in range(3)]

    found = steps(None, points, Meter("M1", Decimal(40)))

    assert [None, 100_000, 100_000] == [one.energy_wh for one in found]
    assert [None, MIDNIGHT, MIDNIGHT + QUARTER] == [one.start for one in found]
    assert 60_000 == steps((MIDNIGHT - QUARTER, 998_500), points, Meter("M1", Decimal(40)))[0].energy_wh


def test_a_counter_that_fell_has_turned_over_near_its_end_and_was_set_back_elsewhere() -> None:
    meter = Meter("M1", Decimal(1), digits=6)
    over = steps((MIDNIGHT, 999_999_500), [(MIDNIGHT + QUARTER, 1_500)], meter)[0]
    back = steps((MIDNIGHT, 400_000_000), [(MIDNIGHT + QUARTER, 1_500)], meter)[0]
    unknown = steps((MIDNIGHT, 999_999_500), [(MIDNIGHT + QUARTER, 1_500)], Meter("M1"))[0]

    assert (2_000, "turned_over") == (over.energy_wh, over.note)
    assert (None, "reset") == (back.energy_wh, back.note) == (unknown.energy_wh, unknown.note)


def test_two_counters_far_apart_give_no_energy() -> None:
    assert "gap" == steps((MIDNIGHT, 0), [(MIDNIGHT + timedelta(days=32), 5_000)], Meter("M1"))[0].note


def test_a_row_for_each_reading_is_read_with_its_unit_and_its_step() -> None:
    rows = [
        ["用电监测数据"],
        ["电表号", "采集时间", "有功功率(kW)"],
        ["M1", "2026-03-01 00:15", "12.5"],
        ["M1", "2026-03-01 00:30", "--"],
        ["M1", "2026-03-01 00:45", "1,200"],
    ]
    layout, found = read(rows, minutes=15)

    assert (Shape.LONG, Kind.POWER, "end") == (layout.shape, layout.kind, layout.label)
    assert [Decimal("12.5"), Decimal(1200)] == [one.value for one in found]
    assert (MIDNIGHT, MIDNIGHT + QUARTER) == (found[0].start, found[0].end)
    assert MIDNIGHT + QUARTER == read(rows, minutes=15, label="start")[1][0].start


def test_the_step_is_told_from_the_times() -> None:
    rows = [["表号", "时间", "用电量/度"], *(["M1", f"2026-03-01 0{n}:00", "3"] for n in range(1, 5))]

    layout, found = read(rows)

    assert (60, Kind.ENERGY) == (layout.minutes, layout.kind)
    assert MIDNIGHT == found[0].start


def test_beginning_and_end_of_a_period_are_taken_as_they_stand() -> None:
    rows = [["表号", "开始时间", "结束时间", "电量（MWh）"], ["M1", "2026-03-01 00:00", "2026-03-01 00:15", "0.5"]]

    found = read(rows)[1][0]

    assert (MIDNIGHT, MIDNIGHT + QUARTER, Decimal(500)) == (found.start, found.end, found.value)


@pytest.mark.parametrize(
    ("names", "first", "label"),
    [
        ([f"{n // 4:02}:{n % 4 * 15:02}" for n in range(1, 97)], MIDNIGHT, "end"),
        ([f"{n // 4:02}:{n % 4 * 15:02}" for n in range(96)], MIDNIGHT, "start"),
        ([f"P{n}" for n in range(1, 97)], MIDNIGHT, "end"),
    ],
)
def test_a_row_of_96_points_is_a_day(names: list[str], first: datetime, label: str) -> None:
    rows = [["表号", "数据日期", *names], ["M1", "2026-03-01", *map(str, range(96))]]

    layout, found = read(rows)

    assert (Shape.DAYS, label, 15) == (layout.shape, layout.label, layout.minutes)
    assert first == found[0].start
    assert first + timedelta(days=1) == found[-1].end
    assert [Decimal(n) for n in range(96)] == [one.value for one in found]


def test_a_column_for_each_known_meter_is_recognised_by_the_register() -> None:
    rows = [["时间", "M1(kWh)", "M2(kWh)", "备注"], ["2026-03-01 00:15", "1", "2", "x"], ["2026-03-01 00:30", "3", "", ""]]

    layout, found = read(rows, ("M1", "M2"))

    assert (Shape.METERS, Kind.ENERGY, 15) == (layout.shape, layout.kind, layout.minutes)
    assert [("M1", 1), ("M2", 2), ("M1", 3)] == [(one.meter, int(one.value)) for one in found]


def test_counters_of_a_table_have_no_beginning() -> None:
    found = read([["表号", "抄表时间", "正向有功总(kWh)"], ["M1", "2026-03-01 00:00", "100.25"]])[1][0]

    assert (Kind.REGISTER, None, MIDNIGHT) == (found.kind, found.start, found.end)


def test_what_is_wrong_with_a_cell_is_told_with_its_place_and_the_rest_is_read() -> None:
    rows = [
        ["表号", "时间", "kW"],
        ["M1", "gestern", "1"],
        ["M1", "2026-03-01 00:15", "viel"],
        ["", "2026-03-01 00:15", "1"],
        ["M1", "2026-03-01 00:15", "1"],
    ]
    found = list(readings(layout_of(rows, ()), rows))

    assert [(2, 2, "time_bad"), (3, 3, "number_bad"), (4, 1, "no_meter")] == [
        (one.row, one.column, one.reason.code) for one in found if one.reason is not None
    ]
    assert 1 == sum(one.reading is not None for one in found)


@pytest.mark.parametrize("rows", [[], [["a", "b"]], [["表号", "时间"]], [["M9", "时间"], ["1", "2026-03-01 00:15"]]])
def test_a_table_without_readings_says_what_it_needs(rows: list[list[str]]) -> None:
    with pytest.raises(InputError) as refused:
        layout_of(rows, ("M1",))
    assert "no_layout" == refused.value.code


def test_a_unit_that_belongs_to_something_else_is_no_unit_of_the_column() -> None:
    with pytest.raises(InputError) as refused:
        layout_of([["表号", "时间", "功率(kWh)"]], ())
    assert "unit" == refused.value.code


@given(st.lists(st.lists(st.text(max_size=8), max_size=5), max_size=6))
def test_whatever_a_table_holds_is_read_or_refused(rows: list[list[str]]) -> None:
    try:
        layout = layout_of(rows, ("M1",))
        list(readings(layout, rows))
    except InputError as error:
        assert error.code
