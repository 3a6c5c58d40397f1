"""Targets decomposed: months and days that make up the whole again; the seasonal shape; control values."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.air.daily_control import control_of_count, control_of_mean, spans_from
from lantian.rules.air.decomposition import (
    NotDivisible,
    decompose_closely,
    decompose_count,
    decompose_mean,
    largest_remainder,
    running,
    whole_values,
)
from lantian.rules.air.periods import period_of
from lantian.rules.air.remaining import rest_days
from lantian.rules.air.seasonal import NoReference, shape_of

PERIODS = [
    "2026",
    "2024",
    "2026-11-15:2027-03-15",
    "2026Q3",
    "2026-04",
    "2026-02-10:2026-02-11",
    "2026-winter",
]
weights = st.lists(st.integers(0, 400), min_size=1, max_size=20)


@given(total=st.integers(0, 1000), shape=weights)
def test_shares_by_the_largest_remainder_make_up_the_whole(total: int, shape: list[int]) -> None:
    found = largest_remainder(total, shape)
    assert total == sum(found)
    whole = sum(shape)
    for part, weight in zip(found, shape, strict=True):
        ideal = Fraction(total * weight, whole) if whole else Fraction(total, len(shape))
        assert abs(part - ideal) < 1


@given(data=st.data(), shape=weights)
def test_no_share_is_more_than_it_can_hold(data: st.DataObject, shape: list[int]) -> None:
    caps = [data.draw(st.integers(0, 31)) for _weight in shape]
    total = data.draw(st.integers(0, sum(caps)))
    found = largest_remainder(total, shape, caps)
    assert total == sum(found)
    assert all(0 <= part <= cap for part, cap in zip(found, caps, strict=True))


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(NotDivisible):
        largest_remainder(5, [1, 1], [2, 2])


@pytest.mark.parametrize("digits", [0, 1, 2])
@pytest.mark.parametrize("text", PERIODS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_months_and_days_of_a_mean_make_up_the_target_exactly(
    text: str, digits: int, data: st.DataObject
) -> None:
    period = period_of(text)
    value = data.draw(st.decimals(min_value=0, max_value=200, places=digits))
    months = [data.draw(st.integers(1, 200)) for _part in period.parts()]
    days = data.draw(st.lists(st.integers(0, 200), min_size=period.days, max_size=period.days))
    found = decompose_mean(value, period, months, days, digits)
    assert found.recombines
    assert Fraction(value) * period.days == sum(Fraction(month.value) * month.days for month in found.months)
    assert Fraction(value) * period.days == Fraction(sum(found.per_day), 10**digits)


@pytest.mark.parametrize("text", PERIODS)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_months_get_the_decimals_that_keep_them_close_to_the_shape(text: str, data: st.DataObject) -> None:
    period = period_of(text)
    months = [data.draw(st.integers(20, 200)) for _part in period.parts()]
    found = decompose_closely(Decimal(52), period, months, [1] * period.days, 1, Fraction(1, 4))
    assert found.recombines
    assert Fraction(52) * period.days == sum(Fraction(month.value) * month.days for month in found.months)
    whole = sum(weight * part.days for weight, part in zip(months, period.parts(), strict=True))
    for month, weight in zip(found.months, months, strict=True):
        assert abs(Fraction(month.value) - Fraction(52 * period.days * weight, whole)) <= Fraction(1, 4)


def test_a_year_is_given_in_tenths_and_two_months_in_finer_parts() -> None:
    year = [90, 70, 60, 50, 40, 30, 25, 28, 35, 50, 65, 80]
    found = decompose_closely(Decimal(52), period_of("2026"), year, [1] * 365, 1, Fraction(1, 4))
    assert 1 == found.digits
    two = period_of("2026-06-01:2026-07-31")
    found = decompose_closely(Decimal(52), two, [30, 25], [1] * 61, 1, Fraction(1, 4))
    assert 2 == found.digits


def test_a_target_finer_than_the_parts_is_cut_and_not_exceeded() -> None:
    found = decompose_mean(Decimal("49.87"), period_of("2026Q3"), [1, 1, 1], [1] * 92, 1)
    assert 498 * 92 == found.total


def test_values_that_cannot_make_up_a_total_are_refused() -> None:
    with pytest.raises(NotDivisible):
        whole_values(31, [30, 30], [Fraction(1), Fraction(1)])


@given(total=st.integers(0, 365), shape=st.lists(st.integers(0, 31), min_size=12, max_size=12))
def test_counts_by_months_and_days_make_up_the_whole(total: int, shape: list[int]) -> None:
    period = period_of("2026")
    found = decompose_count(total, period, shape, [1] * 365)
    assert found.recombines
    assert total == sum(month.units for month in found.months) == sum(found.per_day)
    assert all(month.units <= month.days for month in found.months)


@given(
    total=st.integers(0, 400), shape=st.lists(st.fractions(0, 9, max_denominator=7), min_size=1, max_size=60)
)
def test_a_running_count_never_falls_behind_by_one(total: int, shape: list[Fraction]) -> None:
    found = running(total, shape)
    assert total == sum(found)
    whole, so_far, reached = sum(shape), Fraction(0), 0
    for place, part in enumerate(found):
        so_far += shape[place] if whole else 1
        reached += part
        assert 0 <= total * so_far / (whole or len(shape)) - reached < 1


# --- shape ---


def test_the_shape_is_the_mean_of_the_months_of_the_reference_years() -> None:
    series = {
        date(year, 1, 1) + timedelta(days=number): (level if number < 31 else 10)
        for year, level in ((2023, 90), (2025, 110))
        for number in range(365)
    }
    found = shape_of(period_of("2026"), series, [2023, 2025])
    assert [Fraction(100), *[Fraction(10)] * 11] == list(found.months)
    assert Fraction(100) == found.days[10]
    # 28 January: the days from the 13th to 12 February, 19 of January and 12 of February
    assert Fraction(19 * 100 + 12 * 10, 31) == found.days[27]
    assert (2023, 2025) == found.years
    assert ["few_years"] == [reason.code for reason in found.reasons]


def test_a_winter_takes_the_winters_that_begin_in_the_reference_years() -> None:
    series = {
        date(2024, 11, 1) + timedelta(days=number): (80 if number < 61 else 40) for number in range(151)
    }
    found = shape_of(period_of("2026-11-15:2027-03-15"), series, [2024])
    assert [80, 80, 40, 40, 40] == list(found.months)


def test_a_reference_year_without_enough_days_is_left_out_and_said() -> None:
    series = {date(2024, 1, 1) + timedelta(days=number): 5 for number in range(366)}
    series.update({date(2025, 1, 1) + timedelta(days=number): 500 for number in range(200)})
    found = shape_of(period_of("2026"), series, [2024, 2025, 2026])
    assert (2024,) == found.years
    assert {"reference_short", "reference_itself", "few_years"} == {one.code for one in found.reasons}
    assert {Fraction(5)} == set(found.months)


def test_without_a_reference_year_there_is_no_shape() -> None:
    with pytest.raises(NoReference):
        shape_of(period_of("2026"), {}, [2024])


# --- control values ---


@given(
    day=st.dates(date(2025, 12, 31), date(2026, 12, 30)),
    allowance=st.fractions(0, 200, max_denominator=500),
    digits=st.integers(0, 2),
    excluded=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_control_values_make_up_what_is_left_and_no_more(
    day: date, allowance: Fraction, digits: int, excluded: bool
) -> None:
    period = period_of("2026")
    days = rest_days(period, day)
    found = control_of_mean(
        allowance, days, [1 + number % 7 for number in range(len(days))], period, digits, excluded=excluded
    )
    total = sum(units for _day, units in found.days)
    assert [total] == [span.total for span in found.spans if span.level == "period"]
    assert Fraction(total, 10**digits) + found.unused == allowance * len(days)
    assert 0 <= found.unused <= Fraction(1, 10**digits)
    if excluded and allowance:
        assert found.unused > 0
    for span in found.spans:
        inside = [units for one, units in found.days if span.first <= one <= span.last]
        assert (span.days, span.total) == (len(inside), sum(inside))
        assert Fraction(span.value) * span.days <= Fraction(span.total, 10**digits)


@given(day=st.dates(date(2025, 12, 31), date(2026, 12, 30)), left=st.integers(0, 100))
def test_budgets_of_days_make_each_other_up(day: date, left: int) -> None:
    period = period_of("2026")
    days = rest_days(period, day)
    found = control_of_count(left, days, [1] * len(days), period)
    spans = [span.total for span in found.spans]
    assert spans == sorted(spans)
    assert left == spans[-1]


@given(day=st.dates(date(2026, 1, 1), date(2027, 3, 15)))
def test_the_day_lies_in_the_week_the_week_in_the_month_and_so_on(day: date) -> None:
    period = period_of("2026-01-01:2027-03-15")
    ends = [last for _level, _first, last in spans_from(day, period)]
    assert ends == sorted(ends)
    assert (day, period.last) == (ends[0], ends[-1])
    assert all(end.month == day.month for end in ends[:3])
