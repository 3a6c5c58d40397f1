"""Trends over years and dustfall."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.dustfall import city_dustfall, dust_book, dustfall
from lantian.rules.air.errors import BookError
from lantian.rules.air.evaluation_books import evaluation_library
from lantian.rules.air.statistics import rounded
from lantian.rules.air.trend import FALLING, RISING, STEADY, correlation, critical, trend

BOOK = evaluation_library().of_edition("2012")


def of(*values: int | None) -> dict[int, int | None]:
    return dict(enumerate(values, 2013))


@pytest.mark.parametrize(
    ("values", "r", "direction"),
    [
        ((108, 88, 96, 78, 72, 63), "-0.943", FALLING),
        ((1, 2, 3, 4, 5), "1.000", RISING),
        # 0.9 is what five years have to reach
        ((1, 2, 3, 5, 4), "0.900", RISING),
        ((1, 2, 4, 5, 3), "0.700", STEADY),
        ((5, 4, 3, 1, 2), "-0.900", FALLING),
        ((7, 7, 7, 7, 7), "0.500", STEADY),
    ],
)
def test_a_trend_is_significant_from_its_critical_value_on(
    values: tuple[int, ...], r: str, direction: str
) -> None:
    found = trend(of(*values), BOOK)
    assert (Decimal(r), direction, ()) == (found.r, found.direction, found.reasons)


def test_four_years_have_no_trend_and_a_year_without_a_value_is_said() -> None:
    few = trend(of(4, 3, 2, 1), BOOK)
    assert (None, None, ["trend_few"]) == (few.r, few.direction, [reason.code for reason in few.reasons])
    gap = trend(of(6, 5, None, 4, 3, 2), BOOK)
    assert (FALLING, "2015") == (gap.direction, gap.reasons[0].params["years"])
    many = trend({year: year for year in range(2000, 2015)}, BOOK)
    assert (None, ["trend_many"]) == (many.direction, [reason.code for reason in many.reasons])


@pytest.mark.parametrize(("count", "percent"), [(5, 5), (6, 5), (7, 5), (6, 1), (7, 10)])
def test_critical_values_are_those_of_all_orders_of_the_years(count: int, percent: int) -> None:
    found = sorted((correlation(list(order)) for order in itertools.permutations(range(count))), reverse=True)
    expected = None
    for value in dict.fromkeys(found):
        if 100 * sum(one >= value for one in found) > percent * len(found):
            break
        expected = value
    assert expected == critical(count, percent)


def test_the_critical_values_of_five_to_ten_years_are_the_customary_ones() -> None:
    expected = ["0.900", "0.829", "0.714", "0.643", "0.600", "0.564"]
    assert [Decimal(value) for value in expected] == [
        rounded(critical(count, 5) or Fraction(0), 3) for count in range(5, 11)
    ]
    assert None is critical(4, 1)


@given(st.lists(st.integers(0, 9), min_size=2, max_size=12))
def test_a_correlation_lies_between_minus_one_and_one_and_turns_with_the_years(values: list[int]) -> None:
    r = correlation(list(values))
    assert -1 <= r <= 1
    if len(set(values)) == len(values):
        assert -r == correlation(list(values[::-1]))


# --- dustfall ---


def test_dustfall_grows_with_the_mass_and_falls_with_area_and_days() -> None:
    one = dustfall(Decimal("0.1"), [15], 30)
    assert one * 2 == dustfall(Decimal("0.2"), [15], 30)
    assert one / 2 == dustfall(Decimal("0.1"), [15], 60)
    assert one / 4 == dustfall(Decimal("0.1"), [30], 30)
    assert one == dustfall(Decimal("0.1"), [Decimal("14.9"), 15, Decimal("15.1")], 30)


@pytest.mark.parametrize(
    ("mass", "diameters", "days"), [(1, [], 30), (1, [0], 30), (1, [15], 0), (-1, [15], 30)]
)
def test_an_impossible_jar_is_refused(mass: int, diameters: list[int], days: int) -> None:
    with pytest.raises(ValueError, match=r"jar|mass"):
        dustfall(mass, diameters, days)


@pytest.mark.parametrize(
    ("value", "attains"), [("9.05", True), ("9.0501", False), ("8.9", True), ("9.1", False)]
)
def test_a_city_attains_where_its_rounded_mean_is_at_most_nine(value: str, attains: bool) -> None:
    found = city_dustfall([Decimal(value)], date(2020, 10, 31))
    assert (attains, Decimal("9.0"), "国发〔2018〕22号", ()) == (
        found.attains,
        found.limit,
        found.source,
        found.reasons,
    )


def test_after_the_aims_of_the_plan_it_is_said_and_before_and_elsewhere_no_limit_is_known() -> None:
    later = city_dustfall([8], date(2026, 10, 31))
    assert (True, ["dust_after"]) == (later.attains, [reason.code for reason in later.reasons])
    for day, inside in ((date(2018, 5, 31), True), (date(2020, 10, 31), False)):
        found = city_dustfall([8], day, in_scope=inside)
        assert (None, ["dust_no_limit"]) == (found.attains, [reason.code for reason in found.reasons])


def test_the_mean_of_a_city_is_of_the_jars_that_have_a_value() -> None:
    found = city_dustfall([Decimal("6.2"), None, Decimal("7.4")], date(2020, 10, 31))
    assert (Decimal("6.8"), 2, ["dust_lost"]) == (
        found.value,
        found.jars,
        [reason.code for reason in found.reasons],
    )
    nothing = city_dustfall([None], date(2020, 10, 31))
    assert (None, None) == (nothing.value, nothing.attains)


def test_a_limit_of_the_office_counts_with_its_grounds() -> None:
    book = dust_book().overridden(
        [{"book": "dustfall", "entry": "local_limit", "value": "7.0", "grounds": "notice of the city"}]
    )
    found = city_dustfall([Decimal("7.1")], date(2026, 10, 31), book=book)
    assert (False, Decimal("7.0"), "notice of the city", ()) == (
        found.attains,
        found.limit,
        found.source,
        found.reasons,
    )


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ({"entry": "local_limit", "value": "-1"}, "above 0"),
        ({"entry": "local_limit", "value": "7", "grounds": ""}, "grounds"),
        ({"entry": "least_diameters", "value": 1}, "settled"),
        ({"entry": "nothing"}, "no entry"),
        ({"book": "other", "entry": "digits"}, "no entry"),
        ({"entry": "digits", "value": 9}, "from 0 to 3"),
    ],
)
def test_an_override_of_dustfall_that_does_not_serve_is_refused(
    override: dict[str, Any], problem: str
) -> None:
    with pytest.raises(BookError, match=problem):
        dust_book().overridden([{"book": "dustfall", "value": "7", "grounds": "x", **override}])
