"""Lists of rankings: keys, ties, best and worst, who is left out; change on one footing; days taken out."""

from __future__ import annotations

import copy
import inspect
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air import attainment as attainment_module
from lantian.rules.air import comparison, dustfall, evaluation, indices, rankings, trend
from lantian.rules.air.attainment import attainment
from lantian.rules.air.comparison import footing
from lantian.rules.air.errors import BookError
from lantian.rules.air.evaluation import AVAILABLE, Evaluation, evaluate_days, scheme_for
from lantian.rules.air.exclusions import RAW, REMOVED, Excluded, evaluate_both, without
from lantian.rules.air.library import shipped
from lantian.rules.air.measures import (
    KEY_NAMES,
    UnknownMeasure,
    change_of,
    figure_of,
    key_by,
    key_of,
    value_of,
)
from lantian.rules.air.periods import period_of, same_period
from lantian.rules.air.ranking_lists import RankingList, plain_list, ranking_lists, read_lists
from lantian.rules.air.rankings import Candidate, Ranking, rank

TOWN = {"so2": 9_000, "no2": 14_000, "pm10": 77_000, "co": 1_100, "o3": 96_000, "pm25": 23_000}
PERIOD = period_of("2019-07")
SCHEME = scheme_for(PERIOD)
Days = dict[date, dict[str, int]]


def month(values: dict[str, int] | None = None, first: date = date(2019, 7, 1), days: int = 31) -> Days:
    return {first + timedelta(days=number): {**TOWN, **(values or {})} for number in range(days)}


def town(name: str, pm25: int = 23_000, **values: int) -> Evaluation:
    return evaluate_days(name, month({**values, "pm25": pm25}), PERIOD, SCHEME)


def of_list(name: str, **changes: Any) -> RankingList:
    entries = [{"book": name, "entry": key, "value": value, "grounds": "x"} for key, value in changes.items()]
    found = ranking_lists().overridden(entries).of(name)
    assert found is not None
    return found


def listed(name: str, **entries: str | int) -> RankingList:
    """A list with settings that its document does not let an office change."""
    found = of_list(name)
    changed = {key: replace(found.entries[key], value=value) for key, value in entries.items()}
    return replace(found, entries={**found.entries, **changed})


def places(found: Ranking) -> list[tuple[str, int | None]]:
    return [(row.entity, row.place) for row in found.rows]


def by_pm25(values: dict[str, int], by: RankingList, base: dict[str, int] | None = None) -> Ranking:
    candidates = []
    for name, value in values.items():
        this = town(name, value)
        before = town(name, base[name]) if base and name in base else None
        candidates.append(Candidate(name, this, before, attainment(this, SCHEME)))
    return rank(candidates, by)


# --- places ---


def test_equal_ones_share_a_place_and_the_next_is_skipped_or_not() -> None:
    values = {"甲": 30_000, "乙": 20_000, "丙": 30_400, "丁": 40_000}
    found = by_pm25(values, of_list("provincial-pm25"))
    assert [("乙", 1), ("丙", 2), ("甲", 2), ("丁", 4)] == places(found)
    row = found.of("甲")
    assert row is not None
    assert ("丙",) == row.tied
    dense = by_pm25(values, of_list("provincial-pm25", ties="dense"))
    assert [1, 2, 2, 3] == [place for _name, place in places(dense)]


def test_a_county_list_asks_for_good_days_first_and_pm25_decides_between_equal_ones() -> None:
    bad = month({"pm25": 20_000})
    bad[date(2019, 7, 1)]["o3"] = 161_000
    candidates = [
        Candidate("甲", town("甲", 30_000)),
        Candidate("乙", town("乙", 25_000)),
        Candidate("丙", evaluate_days("丙", bad, PERIOD, SCHEME)),
        Candidate("丁", town("丁", 25_400)),
    ]
    assert [("丁", 1), ("乙", 1), ("甲", 3), ("丙", 4)] == places(rank(candidates, of_list("county")))


def test_the_greatest_ratio_of_good_days_comes_first() -> None:
    bad = month()
    bad[date(2019, 7, 1)]["o3"] = 161_000
    candidates = [
        Candidate("甲", evaluate_days("甲", bad, PERIOD, SCHEME)),
        Candidate("乙", town("乙")),
    ]
    found = rank(candidates, of_list("provincial-good-days"))
    assert [("乙", 1), ("甲", 2)] == places(found)
    assert [Decimal("100.0"), Decimal("96.8")] == [row.steps[0].value for row in found.rows]


def test_who_has_no_index_or_is_left_out_has_no_place_and_the_reason_is_told() -> None:
    candidates = [
        Candidate("甲", town("甲")),
        Candidate("乙", evaluate_days("乙", month(days=26), PERIOD, SCHEME)),
        Candidate("丙", town("丙"), left_out="国控站点未能传输数据"),
    ]
    found = rank(candidates, of_list("national-level"))
    assert [("甲", 1), ("丙", None), ("乙", None)] == places(found)
    assert [[], ["left_out"], ["no_figure"]] == [[one.code for one in row.reasons] for row in found.rows]
    assert "国控站点未能传输数据" == found.rows[1].reasons[0].params["why"]


def test_a_list_names_its_best_and_worst_and_those_equal_to_the_last_of_them() -> None:
    values = {f"{number:02}": 20_000 + 1_000 * (number // 2) for number in range(30)}
    found = by_pm25(values, listed("national-pm25", best=3, worst=3))
    assert {"00", "01", "02", "03"} == {row.entity for row in found.rows if row.named == "best"}
    assert {"26", "27", "28", "29"} == {row.entity for row in found.rows if row.named == "worst"}


def test_in_a_list_shorter_than_those_it_names_nobody_is_both() -> None:
    values = {f"{number:02}": 20_000 + 1_000 * number for number in range(5)}
    found = by_pm25(values, listed("national-pm25", best=3, worst=3))
    assert ["best", "best", "", "worst", "worst"] == [row.named for row in found.rows]
    every = by_pm25(values, listed("national-pm25", best=5, worst=5))
    assert [""] * 5 == [row.named for row in every.rows]


@given(st.dictionaries(st.text("甲乙丙丁戊己", min_size=1, max_size=3), st.integers(20, 26), max_size=8))
def test_a_place_is_one_more_than_the_number_of_better_ones_whatever_the_order(
    values: dict[str, int],
) -> None:
    towns = {name: town(name, 1000 * value) for name, value in values.items()}
    by = of_list("provincial-pm25")
    found = rank([Candidate(name, one) for name, one in towns.items()], by)
    assert {
        name: 1 + sum(other < value for other in values.values()) for name, value in values.items()
    } == dict(places(found))
    backwards = rank([Candidate(name, one) for name, one in reversed(towns.items())], by)
    assert places(found) == places(backwards)


# --- change ---


def test_the_change_list_orders_by_the_rate_and_leaves_out_of_the_worst_who_attains() -> None:
    # only PM2.5 changes; PM10 at 77 exceeds, unless it is set lower
    this = {"甲": town("甲", 30_000), "乙": town("乙", 30_000, pm10=60_000), "丙": town("丙", 20_000)}
    base = {"甲": town("甲", 25_000), "乙": town("乙", 20_000, pm10=60_000), "丙": town("丙", 25_000)}
    candidates = [Candidate(name, this[name], base[name], attainment(this[name], SCHEME)) for name in this]
    found = rank(candidates, listed("national-change-2017", best=1, worst=1))
    assert [("丙", 1), ("甲", 2), ("乙", 3)] == places(found)
    # 3.05 against 3.19, 3.34 against 3.19, 3.11 against 2.82 (CO 0.275 → 0.28)
    assert ["best", "worst", ""] == [row.named for row in found.rows]
    assert ["not_among_worst"] == [reason.code for reason in found.rows[2].reasons]
    everybody = rank(candidates, listed("national-change-2017", best=1, worst=1, left_out_of_worst="none"))
    assert ["乙"] == [row.entity for row in everybody.rows if row.named == "worst"]


def test_of_the_readings_of_attaining_one_asks_for_all_statistics() -> None:
    days = month({"pm25": 20_000, "pm10": 60_000})
    for number in range(1, 4):
        days[date(2019, 7, number)]["pm25"] = 90_000
    this = evaluate_days("甲", days, PERIOD, SCHEME)
    one = Candidate("甲", this, town("甲"), attainment(this, SCHEME))
    named = {
        reading: rank([one], listed("national-change-2017", best=0, left_out_of_worst=reading)).rows[0].named
        for reading in ("grade_2_index", "grade_2_all")
    }
    assert {"grade_2_index": "", "grade_2_all": "worst"} == named


def test_a_change_needs_both_periods() -> None:
    found = by_pm25({"甲": 20_000, "乙": 30_000}, of_list("national-change"), {"甲": 25_000})
    assert [("甲", 1), ("乙", None)] == places(found)
    assert ["no_base"] == [reason.code for reason in found.rows[1].reasons]


@pytest.mark.parametrize(
    ("name", "this", "base", "expected"),
    [
        ("change-pm25", 23_000, 25_000, "-8.0"),
        ("change-pm25", 23_000, 23_000, "0.0"),
        ("change-pm25", 23_000, 20_400, "15.0"),
    ],
)
def test_a_change_is_in_per_cent_of_the_base(name: str, this: int, base: int, expected: str) -> None:
    assert Decimal(expected) == value_of(town("x", this), town("x", base), key_by(name))


def test_a_change_of_the_ratio_of_good_days_is_in_points_and_of_their_number_in_days() -> None:
    bad = month()
    for number in (1, 2):
        bad[date(2019, 7, number)]["o3"] = 161_000
    this, base = town("x"), evaluate_days("x", bad, PERIOD, SCHEME)
    # 100.0 − 93.5
    assert Decimal("6.5") == change_of(this, base, "good_ratio")
    assert Decimal(2) == change_of(this, base, "good_days")
    assert ("points", "days", "percent", "") == tuple(
        key_by(name).unit for name in ("change-good_ratio", "change-good_days", "change", "index")
    )


def test_a_change_is_made_of_printed_or_of_unrounded_figures() -> None:
    this, base = town("x", 23_400), town("x", 24_600)
    assert Decimal("-8.0") == change_of(this, base, "PM2.5")
    assert Decimal("-4.9") == change_of(this, base, "PM2.5", source="unrounded")


def test_against_nothing_there_is_no_change() -> None:
    assert None is change_of(town("x"), town("x", 0), "PM2.5")
    assert None is value_of(town("x"), None, key_by("change"))


@given(st.integers(1, 300_000), st.integers(1, 300_000))
def test_a_change_has_the_sign_of_the_difference(this: int, base: int) -> None:
    one, other = town("x", this), town("x", base)
    found, new, old = change_of(one, other, "PM2.5"), figure_of(one, "PM2.5"), figure_of(other, "PM2.5")
    assert new is not None
    assert old is not None
    if not old:
        assert found is None
    else:
        assert found is not None
        assert abs(Fraction(found) - (Fraction(new) - Fraction(old)) / Fraction(old) * 100) <= Fraction(1, 20)


def test_every_name_of_a_figure_is_a_key_and_others_are_refused() -> None:
    for name in KEY_NAMES:
        assert key_by(name) == key_of(key_by(name).text)
    for text in ("", "pm99", "change-", "change-change", "PM2.5"):
        if text == "change-":
            assert "change:composite_index ascending" == key_by(text).text
        else:
            with pytest.raises(UnknownMeasure):
                key_by(text)
    for text in ("PM2.5", "PM2.5 upwards", "pm25 ascending"):
        with pytest.raises(UnknownMeasure):
            key_of(text)


# --- one footing ---


def test_across_the_change_of_the_edition_both_sides_are_judged_by_the_later_one() -> None:
    this = period_of("2026-07")
    sides = footing(this, same_period(this))
    assert sides.base is not None
    assert ("HJ 663-2026", "HJ 663-2026") == (sides.this.book.id, sides.base.book.id)
    assert ["recomputed"] == [reason.code for reason in sides.reasons]
    city = {"so2": 12_000, "no2": 28_000, "co": 1_300, "o3": 172_000, "pm10": 84_000, "pm25": 70_000}
    days = month(city, date(2025, 7, 1))
    base = evaluate_days("x", days, same_period(this), sides.base)
    assert (0, Decimal("30")) == (base.good_days, base.statistics["PM2.5"].limit)
    alone = evaluate_days("x", days, same_period(this), scheme_for(same_period(this)))
    assert Decimal("35") == alone.statistics["PM2.5"].limit


@pytest.mark.parametrize(
    ("period", "recomputed"),
    [
        ("2026-02", False),
        ("2026-03", True),
        ("2027-02", True),
        ("2027-03", False),
        ("2031-01", True),
        ("2032", False),
    ],
)
def test_a_base_is_computed_anew_only_where_something_else_held_for_it(period: str, recomputed: bool) -> None:
    this = period_of(period)
    sides = footing(this, same_period(this))
    assert recomputed == bool(sides.reasons)
    assert sides.base is not None
    assert sides.this.limits == sides.base.limits
    assert sides.this.aqi_edition == sides.base.aqi_edition


def test_a_year_in_two_editions_is_compared_on_one_and_so_are_its_good_days() -> None:
    sides = footing(period_of("2026"), period_of("2025"))
    assert sides.base is not None
    assert ("2026", "2026", False) == (
        sides.this.aqi_edition,
        sides.base.aqi_edition,
        sides.this.two_editions,
    )


def test_an_edition_that_is_named_serves_for_both_sides() -> None:
    sides = footing(period_of("2026-07"), period_of("2025-07"), "2012")
    assert sides.base is not None
    assert ("HJ 663-2013", "HJ 663-2013") == (sides.this.book.id, sides.base.book.id)
    assert sides.this.limits == sides.base.limits
    assert None is footing(period_of("2026-07"), None).base


# --- Henan's list ---


def test_without_weights_nobody_has_a_place_in_henan_s_list_and_it_says_why() -> None:
    for name in ("henan-2018-cities", "henan-2018-districts", "henan-2018-counties"):
        found = by_pm25({"甲": 20_000, "乙": 30_000}, of_list(name), {"甲": 25_000, "乙": 60_000})
        assert [("乙", None), ("甲", None)] == places(found)
        assert ["weights_unset"] == [reason.code for reason in found.reasons]
        assert all(["weights_unset"] == [reason.code for reason in row.reasons] for row in found.rows)


def test_with_weights_of_the_office_places_or_figures_of_level_and_change_are_weighed() -> None:
    values, base = {"甲": 20_000, "乙": 30_000, "丙": 25_000}, {"甲": 20_000, "乙": 60_000, "丙": 20_000}
    by = of_list("henan-2018-cities", weight_level=60, weight_change=40, combine="places")
    found = by_pm25(values, by, base)
    # level: 甲 1, 丙 2, 乙 3; change: 乙 1, 甲 2, 丙 3
    assert {"甲": Fraction(7, 5), "乙": Fraction(11, 5), "丙": Fraction(12, 5)} == {
        row.entity: row.score for row in found.rows
    }
    assert [("甲", 1), ("乙", 2), ("丙", 3)] == places(found)
    figures = of_list("henan-2018-cities", weight_level=100, weight_change=0, combine="values")
    assert ["甲", "丙", "乙"] == [row.entity for row in by_pm25(values, figures, base).rows]


def test_who_lacks_last_year_has_no_place_in_henan_s_list() -> None:
    by = of_list("henan-2018-cities", weight_level=50, weight_change=50, combine="places")
    found = by_pm25({"甲": 20_000, "乙": 30_000}, by, {"甲": 25_000})
    assert [("甲", 1), ("乙", None)] == places(found)


# --- sand and exceptional events ---

SAND = Excluded("甲", date(2019, 7, 3), date(2019, 7, 5), ("pm25", "pm10"), "sand", "沙尘")


def sandy() -> Days:
    days = month()
    for number in (3, 4, 5):
        days[date(2019, 7, number)] = {**TOWN, "pm10": 900_000, "pm25": 120_000}
    return days


def test_sand_is_taken_out_of_concentrations_and_index_but_not_of_good_days() -> None:
    both = evaluate_both("甲", sandy(), PERIOD, SCHEME, [SAND], validity="strict")
    shown = both.shown()
    assert (Decimal(77), Decimal("3.14"), 28, 3) == (
        figure_of(shown, "PM10"),
        shown.composite_index,
        shown.good_days,
        shown.heavy_days,
    )
    assert (Decimal(157), 28) == (figure_of(both.raw, "PM10"), both.raw.good_days)
    everything = both.shown(REMOVED, REMOVED)
    assert (31, 0, Decimal("3.14")) == (
        everything.good_days,
        everything.heavy_days,
        everything.composite_index,
    )
    assert both.raw == both.shown(RAW, RAW)


def test_the_differences_name_figures_valid_days_and_both_values() -> None:
    both = evaluate_both("甲", sandy(), PERIOD, SCHEME, [SAND], validity="strict")
    found = both.differences()
    assert (Decimal(157), Decimal(77)) == found["PM10"]
    assert (Decimal(31), Decimal(28)) == found["valid:PM10"]
    assert (Decimal(28), Decimal(31)) == found["good_days"]
    assert {"SO2", "NO2", "CO", "O3", "valid:SO2"}.isdisjoint(found)


def test_places_with_and_without_what_is_taken_out_stand_side_by_side() -> None:
    both = evaluate_both("甲", sandy(), PERIOD, SCHEME, [SAND], validity="strict")
    candidates = [
        Candidate("甲", both.shown(), raw=both.raw),
        Candidate("乙", town("乙", 30_000)),
    ]
    found = rank(candidates, of_list("national-level"))
    assert [("甲", 1, 2), ("乙", 2, 1)] == [(row.entity, row.place, row.raw_place) for row in found.rows]
    untouched = rank([Candidate("乙", town("乙"))], of_list("national-level"))
    assert None is untouched.rows[0].raw_place


def test_what_was_taken_out_counts_towards_the_minimum_unless_the_office_says_otherwise() -> None:
    from lantian.rules.air.evaluation_books import evaluation_library

    long = replace(SAND, last=date(2019, 7, 10))
    found = evaluate_both("甲", sandy(), PERIOD, SCHEME, [long], validity="strict").removed
    assert (23, 8, True) == (
        found.statistics["PM10"].valid,
        found.statistics["PM10"].removed,
        found.composite_index is not None,
    )
    assert ["removed_count"] == [reason.code for reason in found.reasons]
    change = {"book": "HJ 663-2013", "entry": "removed_days_count", "value": 0, "grounds": "x"}
    scheme = scheme_for(PERIOD, books=evaluation_library().overridden([change]))
    strict = evaluate_both("甲", sandy(), PERIOD, scheme, [long], validity="strict").removed
    assert None is strict.composite_index
    assert "few_days" in [reason.code for reason in strict.reasons]


def test_only_the_place_the_days_and_the_pollutants_that_are_named_are_taken_out() -> None:
    days = sandy()
    left, removed = without("甲", days, [SAND])
    assert {date(2019, 7, number): frozenset({"pm25", "pm10"}) for number in (3, 4, 5)} == removed
    assert days == sandy()
    assert {"so2", "no2", "co", "o3"} == set(left[date(2019, 7, 3)])
    assert days[date(2019, 7, 2)] == left[date(2019, 7, 2)]
    assert (days, {}) == without("乙", days, [SAND])
    hours = replace(SAND, first_hour=8)
    assert not hours.whole
    assert {} == without("甲", days, [hours])[1]


def test_the_hours_of_an_event_run_from_its_first_to_its_last() -> None:
    event = replace(SAND, first_hour=8, last_hour=2)
    expected = {2: range(0), 3: range(8, 24), 4: range(24), 5: range(3), 6: range(0)}
    assert {number: list(hours) for number, hours in expected.items()} == {
        number: list(event.hours(date(2019, 7, number))) for number in expected
    }


@given(
    st.lists(
        st.tuples(st.integers(1, 31), st.integers(0, 30), st.sampled_from(["pm25", "pm10", "o3"])), max_size=5
    )
)
def test_taking_out_never_adds_anything_and_nothing_taken_out_changes_nothing(
    events: list[tuple[int, int, str]],
) -> None:
    excluded = [
        Excluded(
            "甲", date(2019, 7, first), date(2019, 7, first) + timedelta(days=more), (column,), "other", "x"
        )
        for first, more, column in events
    ]
    days = sandy()
    left, removed = without("甲", days, excluded)
    for day, values in days.items():
        gone = {name for name in values if name not in left[day]}
        assert gone == set(removed.get(day, ()))
        assert all(values[name] == value for name, value in left[day].items())
    both = evaluate_both("甲", days, PERIOD, SCHEME, excluded, validity=AVAILABLE)
    assert bool(removed) == (both.raw is not both.removed)


# --- the book ---


def _set(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        target: Any = record
        for step in path[:-1]:
            target = target[step]
        target[path[-1]] = value

    return change


HENAN = next(
    at for at, row in enumerate(shipped("rankings.json")["lists"]) if row["id"] == "henan-2018-cities"
)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (_set("lists", 0, "id", value="county"), "twice"),
        (_set("lists", 0, "mark", value="X"), "mark"),
        (_set("lists", 0, "kind", value="other"), "kind"),
        (_set("lists", 0, "entries", "key_1", "value", value="PM9 ascending"), "key_1"),
        (_set("lists", 0, "entries", "best", "value", value=-1), "best"),
        (_set("lists", 0, "entries", "ties", value={"value": "odd", "mark": "U", "note": "x"}), "ties"),
        (_set("lists", 0, "entries", "more", value={"value": 1, "mark": "U", "note": "x"}), "more"),
        (_set("defaults", "days", "value", value=True), "days"),
        (_set("lists", HENAN, "entries", "weight_level", "value", value=50), "both weights"),
        (_set("lists", HENAN, "entries", "combine", "value", value="sum"), "combine"),
        (_set("lists", HENAN, "entries", "change", "value", value="PM2.5 ascending"), "change"),
    ],
)
def test_a_book_of_lists_that_is_not_sound_is_refused_with_the_place(
    change: Callable[[dict[str, Any]], None], problem: str
) -> None:
    record = copy.deepcopy(shipped("rankings.json"))
    change(record)
    with pytest.raises(BookError, match=problem):
        read_lists(record)


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ({"book": "nothing"}, "no list"),
        ({"entry": "nothing"}, "no entry"),
        ({"entry": "worst", "value": 5}, "settled"),
        ({"grounds": ""}, "no grounds"),
        ({"value": None}, "neither"),
        ({"value": 101}, "both weights"),
    ],
)
def test_an_override_of_a_list_that_does_not_serve_is_refused(override: dict[str, Any], problem: str) -> None:
    given_entry = {
        "book": "henan-2018-cities",
        "entry": "weight_level",
        "value": 60,
        "grounds": "x",
        **override,
    }
    with pytest.raises(BookError, match=problem):
        ranking_lists().overridden([given_entry])


@pytest.mark.parametrize(("level", "change"), [(60, 41), (101, -1), (60, 39)])
def test_weights_make_a_hundred(level: int, change: int) -> None:
    with pytest.raises(BookError, match="100"):
        of_list("henan-2018-cities", weight_level=level, weight_change=change)


def test_each_setting_of_a_list_has_a_mark_and_says_what_it_is() -> None:
    for one in ranking_lists().lists:
        assert one.document
        assert one.title
        for name, entry in one.entries.items():
            assert entry.note, (one.id, name)
            assert entry.settled or entry.mark in "IKU", (one.id, name)


def test_a_list_of_one_figure_names_nobody_and_has_the_usual_settings() -> None:
    by = plain_list(key_by("good_ratio"))
    assert ("good_ratio descending", 0, 0, "competition") == (
        by.keys[0].text,
        by.number("best"),
        by.number("worst"),
        by.word("ties"),
    )


def test_a_candidate_stands_in_a_list_once() -> None:
    with pytest.raises(ValueError, match="twice"):
        rank([Candidate("甲", town("甲")), Candidate("甲", town("甲"))], of_list("county"))


def test_every_reason_and_figure_has_words() -> None:
    from lantian.rules.air.evaluation_words import FIGURE_WORDS, REASONS, figure_in_words, reason_in_words
    from lantian.rules.air.measures import FIGURES

    out = Candidate("甲", town("甲"), left_out="停电")
    without_data = Candidate("乙", evaluate_days("乙", {}, PERIOD, SCHEME))
    found = rank([out, without_data], of_list("national-level"))
    said = [reason_in_words(reason) for row in found.rows for reason in row.reasons]
    assert ["no place, as there is no composite index", "left out of the list: 停电"] == said
    this = period_of("2026-07")
    for reason in footing(this, same_period(this)).reasons:
        assert "2025-07" in reason_in_words(reason)
    assert all(figure_in_words(name) for name in FIGURES)
    assert {"composite_index", "max_index", "good_days", "good_ratio", "heavy_days"} <= set(FIGURE_WORDS)
    # Whatever a rule of evaluation or ranking says has words.
    codes = set()
    for module in (attainment_module, comparison, dustfall, evaluation, indices, rankings, trend):
        codes |= set(re.findall(r'Reason\(\s*"(\w+)"', inspect.getsource(module)))
    assert len(codes) > 15
    assert codes <= set(REASONS)
