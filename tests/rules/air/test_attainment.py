"""Verdicts by statistic, pollutant and as a whole; both readings of rounding; annex C; the average of three years."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.attainment import attainment, held
from lantian.rules.air.evaluation import AVAILABLE, Evaluation, Scheme, evaluate_days, scheme_for
from lantian.rules.air.evaluation_books import EvaluationBook, evaluation_library
from lantian.rules.air.indices import annex_c, greatest, leading, three_year_average
from lantian.rules.air.limits import limit_on
from lantian.rules.air.periods import period_of
from lantian.rules.air.statistics import rounded

CLEAN = {"so2": 9_000, "no2": 14_000, "pm10": 40_000, "co": 1_100, "o3": 96_000, "pm25": 23_000}
Days = dict[date, dict[str, int]]


def year_of(values: dict[str, int], year: int = 2015) -> Days:
    first = date(year, 1, 1)
    return {first + timedelta(days=number): dict(values) for number in range(365)}


def evaluated(days: Days, period: str = "2015", validity: str = "strict") -> tuple[Evaluation, Scheme]:
    wanted = period_of(period)
    scheme = scheme_for(wanted)
    return evaluate_days("x", days, wanted, scheme, validity=validity), scheme


def book(edition: str, **words: str) -> EvaluationBook:
    of = evaluation_library().of_edition(edition)
    changes = [{"book": of.id, "entry": name, "value": word, "grounds": "x"} for name, word in words.items()]
    return evaluation_library().overridden(changes).of_edition(edition)


def pm25(value: str, used: EvaluationBook, day: date = date(2026, 7, 1)) -> tuple[bool, Decimal | None, bool]:
    item = next(one for one in used.items if one.pollutant == "PM2.5")
    limit = limit_on(day, "PM2.5", "year")
    assert limit is not None
    found = held(item, "mean", Fraction(Decimal(value)), limit, used)
    return found.attains, found.multiple, found.readings_differ


def test_a_clean_year_attains_with_two_statistics_of_each_but_co_and_o3() -> None:
    found = attainment(*evaluated(year_of(CLEAN)))
    assert (True, True, (), ()) == (found.attains, found.formal, found.exceeding, found.reasons)
    assert {"PM2.5": 2, "PM10": 2, "SO2": 2, "NO2": 2, "CO": 1, "O3": 1} == {
        name: len(item.verdicts) for name, item in found.items.items()
    }


@pytest.mark.parametrize(
    ("column", "at", "above"),
    [
        # the yearly limit, and the first value that is rounded above it
        ("pm25", 35_000, 35_500),
        ("pm10", 70_500, 70_501),
        ("so2", 60_500, 60_501),
        ("no2", 40_500, 40_501),
        # CO and O3 are held against the limit of a day
        ("co", 4_050, 4_051),
        ("o3", 160_500, 160_501),
    ],
)
def test_at_the_limit_a_pollutant_attains_and_above_it_the_whole_does_not(
    column: str, at: int, above: int
) -> None:
    attaining, exceeding = (
        attainment(*evaluated(year_of({**CLEAN, column: value}))) for value in (at, above)
    )
    assert (True, False) == (attaining.attains, exceeding.attains)
    assert 1 == len(exceeding.exceeding)


def test_a_year_whose_mean_attains_may_fail_by_its_percentile() -> None:
    days = year_of(CLEAN)
    for number in range(20):
        days[date(2015, 1, 1) + timedelta(days=number)]["pm25"] = 76_000
    item = attainment(*evaluated(days)).items["PM2.5"]
    mean, percentile = item.verdicts
    assert (True, False, False) == (mean.attains, percentile.attains, item.attains)
    assert (76, 75, Decimal("0.01")) == (percentile.value, percentile.limit, percentile.multiple)
    assert (345, 365, Decimal("94.5")) == (item.attaining, item.valid, item.ratio)


@pytest.mark.parametrize(
    ("column", "at", "above"),
    [("pm25", 75_499, 75_500), ("pm10", 150_500, 150_501), ("co", 4_050, 4_051), ("o3", 160_500, 160_501)],
)
def test_a_day_attains_where_its_rounded_value_is_not_above_the_daily_limit(
    column: str, at: int, above: int
) -> None:
    names = {"pm25": "PM2.5", "pm10": "PM10", "co": "CO", "o3": "O3"}
    days = {
        date(2015, 7, 1): {**CLEAN, column: at},
        date(2015, 7, 2): {**CLEAN, column: above},
        date(2015, 7, 3): dict(CLEAN),
    }
    found, _scheme = evaluated(days, "2015-07", AVAILABLE)
    assert 2 == found.statistics[names[column]].attaining


@given(st.lists(st.integers(74_000, 77_000), min_size=1, max_size=31))
def test_attaining_days_are_those_whose_rounded_value_is_at_or_below_the_limit(values: list[int]) -> None:
    days = {date(2015, 7, number): {"pm25": value} for number, value in enumerate(values, 1)}
    found, _scheme = evaluated(days, "2015-07", AVAILABLE)
    expected = sum(rounded(Fraction(value, 1000), 0) <= 75 for value in values)
    assert expected == found.statistics["PM2.5"].attaining


def test_what_is_missing_leaves_the_whole_untold_unless_something_exceeds() -> None:
    days = year_of(CLEAN)
    for values in days.values():
        del values["o3"]
    assert None is attainment(*evaluated(days)).attains
    for values in days.values():
        values["pm25"] = 36_000
    found = attainment(*evaluated(days))
    assert (False, None) == (found.attains, found.items["O3"].attains)


def test_the_verdict_of_a_month_is_a_comparison_only() -> None:
    days = {date(2015, 7, number): dict(CLEAN) for number in range(1, 32)}
    found = attainment(*evaluated(days, "2015-07"))
    assert (False, ["not_a_year"]) == (found.formal, [reason.code for reason in found.reasons])


# --- "Unsettled 3": once or twice rounded ---


@pytest.mark.parametrize(
    ("value", "once", "twice", "differ"),
    [
        ("30.44", True, True, False),
        ("30.45", True, True, False),
        ("30.50", True, True, False),
        ("30.51", False, True, True),
        ("30.54", False, True, True),
        ("30.56", False, False, False),
        ("31.00", False, False, False),
    ],
)
def test_a_mean_is_rounded_once_unless_the_book_says_twice(
    value: str, once: bool, twice: bool, differ: bool
) -> None:
    assert (once, differ) == pm25(value, book("2026"))[::2]
    assert (twice, differ) == pm25(value, book("2026", attainment_from="statistic"))[::2]


def test_the_multiple_is_of_what_was_judged_or_of_the_unrounded_value() -> None:
    assert Decimal("0.03") == pm25("30.51", book("2026"))[1]
    assert Decimal("0.02") == pm25("30.51", book("2026", multiple_from="unrounded"))[1]
    assert None is pm25("30.50", book("2026"))[1]


@given(st.decimals(0, 200, places=3))
def test_a_multiple_is_told_exactly_of_what_exceeds(value: Decimal) -> None:
    for used in (book("2026"), book("2026", attainment_from="statistic", multiple_from="unrounded")):
        attains, multiple, _differ = pm25(str(value), used)
        assert attains == (multiple is None)


# --- indices ---


def test_the_index_of_annex_c_takes_the_greater_of_mean_and_percentile() -> None:
    days = year_of(CLEAN)
    for number in range(20):
        days[date(2015, 1, 1) + timedelta(days=number)]["pm25"] = 90_000
    found, scheme = evaluated(days)
    annex = annex_c(found, scheme)
    # mean 27 / 35 = 0.77, 95th percentile 90 / 75 = 1.20
    assert (Decimal("0.77"), Decimal("1.20")) == (
        found.statistics["PM2.5"].single_index,
        annex.singles["PM2.5"],
    )
    assert sum(value or 0 for value in annex.singles.values()) == annex.index
    assert annex.greatest is not None
    assert (Decimal("1.20"), ("PM2.5",)) == (annex.greatest.index, annex.greatest.pollutants)


def test_without_one_of_six_there_is_neither_an_index_of_annex_c_nor_a_leading_pollutant() -> None:
    days = year_of(CLEAN)
    for values in days.values():
        del values["co"]
    found, scheme = evaluated(days)
    assert (None, None, None) == (
        annex_c(found, scheme).index,
        annex_c(found, scheme).greatest,
        leading(found),
    )


def test_equal_single_indices_lead_together() -> None:
    found = greatest({"PM2.5": Decimal("1.20"), "O3": Decimal("1.2"), "CO": Decimal("0.3")})
    assert found is not None
    assert ("PM2.5", "O3") == found.pollutants


def test_the_average_of_three_years_is_told_only_where_the_office_says_how() -> None:
    years = [Fraction(30), Fraction(31), Fraction(33)]
    for edition, code in (("2012", "three_year_unknown"), ("2026", "three_year_unset")):
        value, reason = three_year_average(years, book(edition))
        assert value is None
        assert reason is not None
        assert code == reason.code
    told = book("2026", three_year="mean")
    assert (Fraction(94, 3), None) == three_year_average(years, told)
    value, reason = three_year_average([Fraction(30), None, Fraction(33)], told)
    assert value is None
    assert reason is not None
    assert "three_year_lacking" == reason.code
    with pytest.raises(ValueError, match="Three years"):
        three_year_average(years[:2], told)
