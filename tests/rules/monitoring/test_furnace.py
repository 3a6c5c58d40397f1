"""The temperature of furnaces by five-minute means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.furnace import FiveMinutes, five_minute_means, holds, judge_furnace, window_of
from lantian.rules.monitoring.marks import Claim, JudgedClaim

AT = datetime(2026, 11, 20, 8, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def means(*given_: object) -> list[FiveMinutes]:
    return [
        FiveMinutes(AT + 5 * MINUTE * n, None if one is None else Fraction(str(one)), 1) for n, one in enumerate(given_)
    ]


def test_exactly_as_much_is_enough_and_a_hair_below_is_not():
    assert judge_furnace(means(850, 900)) == []
    (cold,) = judge_furnace(means("849.99"))
    assert (cold.begin, cold.end, cold.count) == (AT, AT + 5 * MINUTE, 1)
    # It is never printed as what is asked for.
    assert "849.9 " in str(cold.reasons[0]) and "第10号" in str(cold.reasons[0])


def test_means_in_a_row_are_one_event_and_a_missing_or_warm_one_parts_two():
    found = judge_furnace(means(840, 830, 900, 820, None, 810))
    assert [(one.count, one.lowest) for one in found] == [(2, 830), (1, 820), (1, 810)]


def test_a_mean_is_of_five_minutes_by_the_clock():
    found = five_minute_means([(AT + n * MINUTE, 850 + n) for n in (0, 4, 5, 9, 12)])
    assert [(one.start, one.mean, one.count) for one in found] == [
        (AT, Fraction(852), 2), (AT + 5 * MINUTE, Fraction(857), 2), (AT + 10 * MINUTE, Fraction(862), 1),
    ]  # fmt: skip


def test_too_few_values_make_no_mean_where_an_office_asks_for_more():
    rules = book("furnace").overridden([{"book": "furnace", "entry": "least_values", "value": "3", "grounds": "地方要求"}])
    found = five_minute_means([(AT, 700), (AT + MINUTE, 700)], rules=rules)
    assert [one.mean for one in found] == [None]
    assert judge_furnace(found, rules=rules) == []


def test_a_mark_that_excepts_leaves_out_what_it_touches_and_one_that_is_late_does_not():
    def mark(excepts: bool) -> JudgedClaim:
        claim = Claim("1", "1", "stop", AT + 7 * MINUTE, AT + 12 * MINUTE, AT, "停炉", 1)
        return JudgedClaim(claim, "停运", excepts, False, AT, Fraction(0), (), ())

    found = judge_furnace(means(700, 700, 700, 700), [mark(True)])
    assert [one.begin for one in found] == [AT, AT + 15 * MINUTE]
    assert 1 == len(judge_furnace(means(700, 700, 700, 700), [mark(False)]))


def test_it_holds_for_household_waste_from_the_day_of_the_order_on():
    assert holds("waste_incinerator", date(2020, 1, 1)) and not holds("waste_incinerator", date(2019, 12, 31))
    assert not holds("cement_kiln", date(2026, 1, 1)) and not holds("", date(2026, 1, 1))


def test_the_figures_of_the_order_are_settled_and_the_house_marks_its_own():
    entries = book("furnace").entries
    assert (Decimal(850), True) == (entries["least_c"].value, entries["least_c"].settled)
    assert entries["least_values"].is_default


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(600, 1200)), max_size=80))
def test_every_value_is_in_one_mean_which_lies_between_its_values(values):
    given_ = [(AT + second * timedelta(seconds=7), value) for second, value in values]
    found = five_minute_means(given_)
    assert sum(one.count for one in found) == len(values)
    for one in found:
        inside = [value for moment, value in given_ if window_of(moment) == one.start]
        assert one.start <= min(moment for moment, _v in given_ if window_of(moment) == one.start)
        assert min(inside) <= one.mean <= max(inside)


@given(st.lists(st.one_of(st.none(), st.integers(840, 860)), max_size=60))
def test_events_hold_all_cold_means_and_no_other(listed):
    found = judge_furnace(means(*listed))
    cold = {AT + 5 * MINUTE * n for n, one in enumerate(listed) if one is not None and one < 850}
    told = {one.begin + 5 * MINUTE * n for one in found for n in range((one.end - one.begin) // (5 * MINUTE))}
    assert told == cold and sum(one.count for one in found) == len(cold)
    assert all(first.end < second.begin for first, second in pairwise(found))
