"""Readings of meters on the grid of quarter hours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.errors import InputError
from lantian.rules.monitoring.exact import half_even
from lantian.rules.monitoring.power.readings import (
    MISSING,
    SLOTS,
    Generation,
    Line,
    OwnGeneration,
    Role,
    Series,
    from_energy,
    from_registers,
    slot_number,
    slot_start,
    used,
    window,
)
from tests.rules.monitoring.power.power_helpers import MONDAY, at, series


def test_energy_stands_in_whole_watt_hours_in_its_quarter_hour_of_campaign_time():
    utc = datetime(2026, 3, 1, 16, 15, tzinfo=UTC)
    found = from_energy("L1", [(utc, Decimal("1.2345")), (utc + timedelta(minutes=15), None)])
    assert found.first == MONDAY
    assert found.wh[0, :4].tolist() == [MISSING, 1234, MISSING, MISSING]


def test_the_later_of_two_readings_of_a_quarter_hour_counts():
    assert from_energy("L1", [(at(MONDAY), Decimal(1)), (at(MONDAY), Decimal(2))]).wh[0, 0] == 2000


@pytest.mark.parametrize("minute, second", [(1, 0), (14, 59), (15, 1)])
def test_a_reading_off_the_grid_is_refused(minute, second):
    with pytest.raises(InputError, match="quarter hour"):
        from_energy("L1", [(datetime(2026, 3, 2, 0, minute, second, tzinfo=BEIJING), Decimal(1))])


@pytest.mark.parametrize("kwh", ["-0.001", "10000000.001", "NaN", "Infinity"])
def test_energy_that_cannot_be_is_refused(kwh):
    with pytest.raises(InputError):
        from_energy("L1", [(at(MONDAY), Decimal(kwh))])


def test_the_greatest_energy_that_can_be_is_taken():
    assert from_energy("L1", [(at(MONDAY), Decimal(10_000_000))]).wh[0, 0] == 10_000_000_000


def test_a_time_without_offset_and_no_readings_at_all_are_refused():
    with pytest.raises(InputError, match="offset"):
        from_energy("L1", [(datetime(2026, 3, 2), Decimal(1))])
    with pytest.raises(InputError, match="no readings"):
        from_energy("L1", [])


def test_two_readings_eleven_years_apart_make_no_huge_array():
    with pytest.raises(InputError, match="ten years"):
        from_energy("L1", [(at(MONDAY), Decimal(1)), (at(date(2037, 3, 2)), Decimal(1))])


def test_energy_is_the_difference_of_the_counter_and_a_fall_is_missing_and_told():
    start = at(MONDAY)
    counters = [100, 101, Decimal("103.5"), 2, 3]
    found, reasons = from_registers(
        "L1", [(start + timedelta(minutes=15 * n), Decimal(c)) for n, c in enumerate(counters)]
    )
    assert found.wh[0, :5].tolist() == [1000, 2500, MISSING, 1000, MISSING]
    assert [reason.code for reason in reasons] == ["counter_fell"]


def test_a_missing_counter_makes_both_quarter_hours_beside_it_missing():
    start = at(MONDAY)
    found, reasons = from_registers(
        "L1", [(start, Decimal(1)), (start + timedelta(minutes=30), Decimal(5)), (start + timedelta(minutes=45), Decimal(6))]
    )
    assert found.wh[0, :4].tolist() == [MISSING, MISSING, 1000, MISSING]
    assert not reasons


@given(st.integers(0, 3 * SLOTS - 1))
def test_a_quarter_hour_and_its_number_go_both_ways(offset):
    number = slot_number(at(MONDAY)) + offset
    assert slot_number(slot_start(number)) == number
    assert slot_number(slot_start(number) + timedelta(minutes=14, seconds=59)) == number
    assert slot_number(slot_start(number) + timedelta(seconds=1), up=True) == number + 1


def test_a_window_takes_whole_quarter_hours_and_knows_what_lies_outside_of_the_series():
    wh = np.arange(SLOTS, dtype=np.int64).reshape(1, -1)
    found = window(series(wh), at(MONDAY, 23, 20), at(MONDAY + timedelta(days=1), 0, 20))
    assert found.wh.tolist() == [94, 95, MISSING]


def test_a_period_that_ends_before_it_begins_is_refused():
    with pytest.raises(InputError):
        window(series(np.zeros((1, SLOTS))), at(MONDAY, 2), at(MONDAY, 2))


@pytest.mark.parametrize("bad", [np.zeros((1, 95), np.int64), np.zeros((1, 96)), np.full((1, 96), -2, np.int64)])
def test_an_array_that_is_no_series_is_refused(bad):
    with pytest.raises(InputError):
        Series("L1", MONDAY, bad)


def test_a_holding_load_needs_grounds():
    with pytest.raises(InputError, match="grounds"):
        Line("L1", Role.PRODUCTION, holding_wh=100)


def test_own_generation_that_is_not_known_leaves_nothing_to_judge():
    found = used(series(np.zeros((1, SLOTS))), Generation(OwnGeneration.UNKNOWN))
    assert found.series is None and found.reasons[0].code == "own_generation_unknown"


def test_metered_own_generation_is_added_and_what_is_missing_stays_missing():
    bought, own = np.full((2, SLOTS), 10), np.full((1, SLOTS), 5)
    bought[0, 0] = own[0, 1] = MISSING
    found = used(series(bought), Generation(OwnGeneration.METERED, metered=series(own, "G"))).series
    assert found.wh[0, :3].tolist() == [MISSING, MISSING, 15]
    assert (found.wh[1] == MISSING).all()


@given(
    st.lists(st.integers(-1, 10_000_000), min_size=SLOTS, max_size=SLOTS),
    st.decimals(1, 20, places=3),
)
def test_a_ratio_scales_each_reading_half_to_even(row, ratio):
    found = used(series([row]), Generation(OwnGeneration.RATIO, ratio=ratio)).series
    wanted = [MISSING if wh == MISSING else int(half_even(wh * Fraction(ratio), 0)) for wh in row]
    assert found.wh[0].tolist() == wanted


@pytest.mark.parametrize(
    "own",
    [Generation(OwnGeneration.RATIO), Generation(OwnGeneration.RATIO, ratio=Decimal("0.99")), Generation(OwnGeneration.METERED)],
)
def test_own_generation_without_its_figures_is_refused(own):
    with pytest.raises(InputError):
        used(series(np.zeros((1, SLOTS))), own)
