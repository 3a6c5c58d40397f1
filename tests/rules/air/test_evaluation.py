"""Periods evaluated: strict and available, indices, days by AQI, editions, ranking, overrides."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.errors import BookError, NoEdition
from lantian.rules.air.evaluation import AVAILABLE, STRICT, Evaluation, evaluate_days, ranked, scheme_for
from lantian.rules.air.evaluation_books import evaluation_library, read_evaluation_book
from lantian.rules.air.evaluation_words import reason_in_words
from lantian.rules.air.library import shipped
from lantian.rules.air.periods import period_of

#: thousandths: the town of the published composite index of 3.14
TOWN = {"so2": 9_000, "no2": 14_000, "pm10": 77_000, "co": 1_100, "o3": 96_000, "pm25": 23_000}
Days = dict[date, dict[str, int]]


def days_of(first: date, count: int, values: dict[str, int] = TOWN) -> Days:
    return {first + timedelta(days=number): dict(values) for number in range(count)}


def evaluated(days: Days, period: str, validity: str = STRICT, standard: str = "auto") -> Evaluation:
    wanted = period_of(period)
    return evaluate_days("x", days, wanted, scheme_for(wanted, standard), validity=validity)


def codes(found: Evaluation) -> list[str]:
    return [reason.code for reason in found.reasons]


@pytest.mark.parametrize(
    ("period", "first", "enough"),
    [("2015-07", date(2015, 7, 1), 27), ("2015-02", date(2015, 2, 1), 25), ("2016-02", date(2016, 2, 1), 25)],
)
def test_a_month_needs_27_days_and_a_february_25(period: str, first: date, enough: int) -> None:
    valid, short = (evaluated(days_of(first, count), period) for count in (enough, enough - 1))
    assert (Decimal("3.14"), []) == (valid.composite_index, codes(valid))
    assert (None, ["few_days", "no_index"]) == (short.composite_index, codes(short))
    pm25 = short.statistics["PM2.5"]
    assert (None, None, None, enough - 1, enough) == (
        pm25.mean,
        pm25.percentile,
        pm25.single_index,
        pm25.valid,
        pm25.required,
    )


def without(days: Days, *gone: date) -> Days:
    return {day: values for day, values in days.items() if day not in gone}


def test_a_year_needs_324_days() -> None:
    # Four days less in eleven months leave 27 each (25 or more in February); the rest is missing in no month alone.
    def keep(per_month: int, extra: int) -> Days:
        kept: Days = {}
        for day, values in days_of(date(2015, 1, 1), 365).items():
            if day.day <= (25 if day.month == 2 else per_month) or (
                day.month == 1 and day.day <= per_month + extra
            ):
                kept[day] = values
        return kept

    assert 322 == len(keep(27, 0))
    enough, short = evaluated(keep(27, 2), "2015"), evaluated(keep(27, 1), "2015")
    assert (324, Decimal("3.14")) == (enough.statistics["O3"].valid, enough.composite_index)
    assert (323, None, ["few_days", "no_index"]) == (
        short.statistics["O3"].valid,
        short.composite_index,
        codes(short),
    )


def test_a_year_with_26_days_in_april_is_invalid_however_many_others_it_has() -> None:
    days = without(days_of(date(2015, 1, 1), 365), *(date(2015, 4, number) for number in range(1, 5)))
    found = evaluated(days, "2015")
    assert (361, None, ["few_in_month", "no_index"]) == (
        found.statistics["SO2"].valid,
        found.composite_index,
        codes(found),
    )
    assert "2015-04" == found.reasons[0].params["months"]
    assert Decimal("3.14") == evaluated({**days, date(2015, 4, 1): TOWN}, "2015").composite_index


def test_what_there_is_is_used_on_request_and_it_is_said() -> None:
    found = evaluated(days_of(date(2015, 7, 1), 3), "2015-07", AVAILABLE)
    assert (Decimal("3.14"), ["few_days", "used_anyway"]) == (found.composite_index, codes(found))
    assert Decimal("0.0968") == found.coverage
    assert (
        "PM2.5, PM10, SO2, NO2, CO, O3: 3 daily values, 27 are needed (GB 3095 table 4)"
        == reason_in_words(found.reasons[0])
    )


def test_of_no_data_nothing_is_told() -> None:
    for validity in (STRICT, AVAILABLE):
        found = evaluated({}, "2015-07", validity)
        assert (None, 0, 0, Decimal(0), ["no_value", "no_index"]) == (
            found.composite_index,
            found.good_days,
            found.aqi_days,
            found.coverage,
            codes(found),
        )


def test_without_one_of_six_there_is_no_composite_index() -> None:
    days = days_of(date(2015, 7, 1), 31)
    for values in days.values():
        del values["o3"]
    found = evaluated(days, "2015-07", AVAILABLE)
    assert (None, Decimal("0.66")) == (found.composite_index, found.statistics["PM2.5"].single_index)
    assert "O3" == found.reasons[-1].params["items"]


def test_a_day_with_a_missing_pollutant_is_told_only_by_what_makes_it_bad() -> None:
    days: Days = {
        date(2015, 7, 1): {"pm25": 20_000},
        date(2015, 7, 2): {"pm25": 80_000},
        date(2015, 7, 3): {"pm25": 151_000},
        date(2015, 7, 4): dict(TOWN),
    }
    strict, available = (evaluated(days, "2015-07", validity) for validity in (STRICT, AVAILABLE))
    assert (1, 1, 3) == (strict.good_days, strict.heavy_days, strict.aqi_days)
    assert (2, 1, 4) == (available.good_days, available.heavy_days, available.aqi_days)


def test_an_index_is_that_of_the_edition_of_the_data_and_one_edition_serves_for_both_sides() -> None:
    city = {"so2": 12_000, "no2": 28_000, "co": 1_300, "o3": 172_000, "pm10": 84_000, "pm25": 46_000}
    old, new = days_of(date(2025, 7, 1), 31, city), days_of(date(2026, 7, 1), 31, city)
    assert Decimal("4.81") == evaluated(old, "2025-07").composite_index
    assert Decimal("5.23") == evaluated(new, "2026-07").composite_index
    assert Decimal("5.23") == evaluated(old, "2025-07", standard="2026").composite_index
    assert Decimal("4.81") == evaluated(new, "2026-07", standard="2012").composite_index


def test_a_day_between_the_daily_limits_of_both_editions_was_good_only_before() -> None:
    between = {**TOWN, "pm25": 70_000}
    assert 31 == evaluated(days_of(date(2025, 7, 1), 31, between), "2025-07").good_days
    assert 0 == evaluated(days_of(date(2026, 7, 1), 31, between), "2026-07").good_days


def test_a_period_in_two_editions_is_judged_by_the_later_one_and_it_is_said() -> None:
    found = evaluated(days_of(date(2026, 1, 1), 365), "2026")
    assert ("HJ 663-2026", ["two_editions"]) == (found.book, codes(found))


def test_the_final_limits_hold_from_2031() -> None:
    pm25 = evaluated(days_of(date(2031, 7, 1), 31), "2031-07").statistics["PM2.5"]
    assert (Decimal(25), Decimal("0.92")) == (pm25.limit, pm25.single_index)


def test_pm25_has_a_decimal_in_2026_and_none_before() -> None:
    values = {**TOWN, "pm25": 30_460}
    assert Decimal(30) == evaluated(days_of(date(2025, 7, 1), 31, values), "2025-07").statistics["PM2.5"].mean
    found = evaluated(days_of(date(2026, 7, 1), 31, values), "2026-07").statistics["PM2.5"]
    assert (Decimal("30.5"), Decimal("30.46")) == (found.mean, found.mean_unrounded)


def test_before_any_edition_there_is_none() -> None:
    with pytest.raises(NoEdition):
        scheme_for(period_of("2010"))


day_values = st.fixed_dictionaries({}, optional={name: st.integers(0, 400_000) for name in TOWN})


@given(
    st.dictionaries(st.dates(date(2015, 7, 1), date(2015, 7, 31)), day_values, max_size=31),
    st.randoms(use_true_random=False),
)
def test_neither_order_nor_invalid_nor_foreign_days_change_anything(days: Days, random: Any) -> None:
    found = evaluated(days, "2015-07", AVAILABLE)
    shuffled = list(days.items())
    random.shuffle(shuffled)
    others: Days = {date(2015, 6, 30): dict(TOWN), date(2015, 8, 1): dict(TOWN)}
    empty: Days = {date(2015, 7, number): {} for number in range(1, 32)}
    assert found == evaluated({**others, **empty, **dict(shuffled)}, "2015-07", AVAILABLE)


@given(st.dictionaries(st.dates(date(2015, 7, 1), date(2015, 7, 31)), day_values, min_size=1, max_size=31))
def test_good_and_heavy_days_are_among_those_that_can_be_told(days: Days) -> None:
    strict, available = (evaluated(days, "2015-07", validity) for validity in (STRICT, AVAILABLE))
    assert strict.good_days + strict.heavy_days <= strict.aqi_days <= available.aqi_days <= len(days)
    assert strict.heavy_days == available.heavy_days
    assert 0 <= strict.coverage <= 1


def test_equal_indices_share_a_rank_and_those_without_stand_at_the_end() -> None:
    scheme, period = scheme_for(period_of("2015-07")), period_of("2015-07")
    worse = {**TOWN, "pm25": 60_000}
    tables = {"d": {}, "c": days_of(date(2015, 7, 1), 31, worse), "b": days_of(date(2015, 7, 1), 31)}
    tables["a"] = tables["b"]
    found = ranked([evaluate_days(name, days, period, scheme) for name, days in tables.items()])
    assert [("a", 1), ("b", 1), ("c", 3), ("d", None)] == [(one.entity, one.rank) for one in found]


# --- books ---


def test_an_unsure_entry_can_be_set_otherwise_with_grounds() -> None:
    books = evaluation_library().overridden(
        [
            {
                "book": "HJ 663-2026",
                "entry": f"weight_{name}",
                "value": weight,
                "grounds": "notice of the office",
            }
            for name, weight in {"PM2.5": 3, "NO2": 2, "O3": 2}.items()
        ]
    )
    period = period_of("2026-07")
    city = {"so2": 12_000, "no2": 28_000, "co": 1_300, "o3": 172_000, "pm10": 84_000, "pm25": 46_000}
    found = evaluate_days("x", days_of(date(2026, 7, 1), 31, city), period, scheme_for(period, books=books))
    singles = {name: one.single_index or Decimal(0) for name, one in found.statistics.items()}
    assert (
        sum(singles.values()) + 2 * singles["PM2.5"] + singles["NO2"] + singles["O3"] == found.composite_index
    )


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ({"book": "HJ 663-1999"}, "no book"),
        ({"entry": "nothing"}, "no entry"),
        ({"entry": "windows", "book": "HJ 663-2013"}, "settled"),
        ({"grounds": " "}, "no grounds"),
        ({"value": 200}, "from 0 to 100"),
        ({"value": None}, "neither"),
    ],
)
def test_an_override_that_does_not_serve_is_refused(override: dict[str, Any], problem: str) -> None:
    given_entry = {"book": "HJ 663-2026", "entry": "points_percent", "value": 60, "grounds": "x", **override}
    with pytest.raises(BookError, match=problem):
        evaluation_library().overridden([given_entry])


def _set(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        target: Any = record
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (_set("items", 0, "pollutant", value="PM10"), "items"),
        (_set("items", 0, "percentile", value=100), r"items\[1\]"),
        (_set("items", 0, "unit", value="ppm"), "unit"),
        (_set("items", 0, "index_of", value="median"), r"items\[1\]"),
        (_set("entries", "day_hours", "value", value=25), "entries.day_hours"),
        (_set("entries", "day_hours", "mark", value="X"), "mark"),
        (_set("entries", "more", value={"value": 1, "mark": "U", "note": "x"}), "entries.more"),
        (_set("entries", "index_from", "value", value="half"), "entries.index_from"),
        (_set("valid_from", value=None), "valid_from"),
    ],
)
def test_a_book_that_is_not_sound_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], None], place: str
) -> None:
    record = copy.deepcopy(shipped("hj663-2013.json"))
    change(record)
    with pytest.raises(BookError, match=place):
        read_evaluation_book(record)


def test_each_figure_of_the_books_has_its_mark_and_what_it_is() -> None:
    for book in evaluation_library().books:
        for name, entry in book.entries.items():
            assert entry.note, name
            assert entry.settled or entry.mark in "IKU", name
