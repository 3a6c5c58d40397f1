"""When the report of key enterprises is due, what it covers, and how two versions differ."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.daily_report import DAY, SECOND, Difference, Span, asks_for, clock, differences
from lantian.rules.monitoring.errors import BookError

FRIDAY = date(2026, 11, 20)
HOUR = timedelta(hours=1)


def at(day: int, hour: float) -> datetime:
    return datetime(2026, 11, day, tzinfo=BEIJING) + timedelta(hours=hour)


def ours(**values: str) -> Book:
    """The book with entries set otherwise; a dot is written as two underscores."""
    return book("daily_report").overridden(
        {"book": "daily_report", "entry": name.replace("__", "."), "value": value, "grounds": "晴环〔2026〕9号"}
        for name, value in values.items()
    )


def test_the_form_of_a_whole_day_is_due_before_nine_of_the_next_morning_on_a_saturday_too() -> None:
    found = clock(book("daily_report"), FRIDAY, DAY)
    assert (at(20, 0), at(21, 0)) == (found.first, found.last)
    assert (at(21, 7), at(21, 8.5), at(21, 9)) == (found.draft, found.reminder, found.due)
    assert 5 == found.due.weekday()


def test_the_hour_of_the_clause_is_settled_and_the_hours_of_the_house_are_not() -> None:
    with pytest.raises(BookError, match="settled"):
        ours(day__due="10")
    with pytest.raises(BookError, match="settled"):
        ours(least_level="yellow")
    assert at(21, 6.25) == clock(ours(day__draft="6.25"), FRIDAY, DAY).draft


@pytest.mark.parametrize(
    "values", [{"day__draft": "8.75"}, {"day__reminder": "9.5"}, {"second__to": "17"}, {"day__draft": "7.001"}]
)
def test_hours_that_do_not_follow_each_other_are_refused(values: dict[str, str]) -> None:
    part = SECOND if "second__to" in values else DAY
    with pytest.raises(BookError):
        clock(ours(**values), FRIDAY, part)


@pytest.mark.parametrize(
    ("span", "due"),
    [
        (Span("orange", at(18, 12)), True),
        (Span("red", at(20, 23.5), at(20, 23.75)), True),
        (Span("yellow", at(18, 12)), False),
        # The day before the first day: it holds in the morning on which the form is due.
        (Span("orange", at(21, 8)), True),
        (Span("orange", at(21, 9)), False),
        # The last day: lifted before the morning.
        (Span("orange", at(18, 0), at(20, 6)), True),
        (Span("orange", at(18, 0), at(20, 0)), False),
    ],
)
def test_which_days_are_meant_is_read_widely_until_an_office_sets_it(span: Span, due: bool) -> None:
    assert due == (asks_for(book("daily_report"), FRIDAY, DAY, [span]) is not None)


def test_an_office_may_read_it_narrowly() -> None:
    before, last = Span("orange", at(21, 8)), Span("orange", at(18, 0), at(20, 6))
    assert asks_for(ours(day__counts="day"), FRIDAY, DAY, [before]) is None
    assert last == asks_for(ours(day__counts="day"), FRIDAY, DAY, [last])
    assert before == asks_for(ours(day__counts="morning"), FRIDAY, DAY, [before])
    assert asks_for(ours(day__counts="morning"), FRIDAY, DAY, [last]) is None


def test_the_highest_warning_is_the_one_by_which_it_is_due() -> None:
    orange, red = Span("orange", at(19, 0), at(20, 12)), Span("red", at(20, 12))
    assert red == asks_for(book("daily_report"), FRIDAY, DAY, [red, orange])


def test_the_second_form_is_off_until_an_office_turns_it_on() -> None:
    span = Span("orange", at(20, 3))
    assert asks_for(book("daily_report"), FRIDAY, SECOND, [span]) is None
    own = ours(second="on")
    assert span == asks_for(own, FRIDAY, SECOND, [span])
    found = clock(own, FRIDAY, SECOND)
    assert (at(20, 0), at(20, 16), at(20, 17)) == (found.first, found.last, found.due)
    # It is about the day itself: what holds only on the next morning asks for nothing.
    assert asks_for(own, FRIDAY, SECOND, [Span("orange", at(21, 3))]) is None


@given(begin=st.integers(-60, 60), length=st.one_of(st.none(), st.integers(1, 90)))
def test_a_form_is_asked_for_exactly_where_the_warning_meets_the_day_or_the_hour_it_is_due(
    begin: int, length: int | None
) -> None:
    start = at(20, begin)
    span = Span("red", start, None if length is None else start + length * HOUR)
    minutes = [at(20, 0) + n * timedelta(minutes=30) for n in range(48)] + [at(21, 9) - timedelta(minutes=1)]
    holds = any(span.begin <= one and (span.end is None or one < span.end) for one in minutes)
    assert holds == (asks_for(book("daily_report"), FRIDAY, DAY, [span]) is not None)


FIGURES = st.dictionaries(
    st.integers(1, 5),
    st.fixed_dictionaries({"kg": st.one_of(st.none(), st.decimals(0, 9, places=2)), "verified": st.sampled_from(["", "running"])}),
    max_size=5,
)


@given(before=FIGURES, after=FIGURES)
def test_differences_are_all_that_differs_and_nothing_else(before: dict[int, dict[str, object]], after: dict[int, dict[str, object]]) -> None:
    found = differences(before, after)
    assert [] == differences(after, after)
    told = {(one.key, one.field) for one in found}
    expected = {(key, "added") for key in after.keys() - before.keys()} | {(key, "left_out") for key in before.keys() - after.keys()}
    expected |= {(key, name) for key in before.keys() & after.keys() for name in ("kg", "verified") if before[key][name] != after[key][name]}
    assert expected == told
    assert len(told) == len(found)


def test_nothing_is_not_zero_and_a_number_is_the_same_however_it_is_written() -> None:
    assert [Difference(1, "kg", "", "0.00")] == differences({1: {"kg": None}}, {1: {"kg": Decimal("0.00")}})
    assert [] == differences({1: {"kg": Decimal("1.50")}}, {1: {"kg": Decimal("1.5")}})
