"""Minimum data from hours to days, from points to a city and from days to periods: both sides of each number."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.evaluation_books import EvaluationBook, evaluation_library
from lantian.rules.air.periods import PeriodUnreadable, period_of
from lantian.rules.air.validity import (
    city_days,
    daily_max_8h,
    daily_mean,
    days_needed,
    points_needed,
    total_needed,
)

BOOKS = evaluation_library().books
LIMIT = 160
both = pytest.mark.parametrize("book", BOOKS, ids=[book.edition for book in BOOKS])


@both
@pytest.mark.parametrize(("hours", "expected"), [(19, None), (20, Fraction(50)), (24, Fraction(50))])
def test_a_day_needs_twenty_hours(book: EvaluationBook, hours: int, expected: Fraction | None) -> None:
    assert expected == daily_mean([50] * hours + [None] * (24 - hours), book)


@both
@pytest.mark.parametrize(
    ("missing", "value", "expected"),
    [
        (0, 150, 150),
        # windows ending at 08:00 to 12:00 hold fewer than 6 hours: 12 are left
        (7, 150, None),
        (7, 160, None),
        (7, 161, 161),
        # windows ending at 08:00 to 10:00 fall: 14 are left
        (5, 150, 150),
        # those up to 11:00 fall: 13 are left
        (6, 150, None),
        (6, 165, 165),
        (24, 150, None),
    ],
)
def test_the_daily_maximum_of_ozone_needs_fourteen_windows_or_an_exceedance(
    book: EvaluationBook, missing: int, value: int, expected: int | None
) -> None:
    assert expected == daily_max_8h([None] * missing + [value] * (24 - missing), LIMIT, book)


def test_five_hours_make_no_window_and_six_do() -> None:
    book = BOOKS[0]
    six, five = ([None] * 16 + [200] * count + [None] * (8 - count) for count in (6, 5))
    assert (200, None) == (daily_max_8h(six, LIMIT, book), daily_max_8h(five, LIMIT, book))


def test_only_windows_within_the_day_count() -> None:
    # 300 in the first seven hours: the first window that counts ends at 08:00 and holds the eighth hour, too.
    assert Fraction(7 * 300 + 20, 8) == daily_max_8h([300] * 7 + [20] * 17, LIMIT, BOOKS[0])


@given(
    st.lists(st.one_of(st.none(), st.integers(0, 400)), min_size=24, max_size=24),
)
def test_the_daily_maximum_equals_the_one_told_window_by_window(hours: list[int | None]) -> None:
    windows = []
    for end in range(8, 25):
        valid = [value for value in hours[end - 8 : end] if value is not None]
        if len(valid) >= 6:
            windows.append(Fraction(sum(valid), len(valid)))
    expected = max(windows, default=None)
    if expected is not None and len(windows) < 14 and expected <= LIMIT:
        expected = None
    assert expected == daily_max_8h(hours, LIMIT, BOOKS[0])


def test_a_day_of_other_than_24_hours_is_refused() -> None:
    with pytest.raises(ValueError, match="24 hours"):
        daily_max_8h([1] * 23, LIMIT, BOOKS[0])


def test_the_ozone_of_a_city_is_the_mean_of_its_points_own_maxima() -> None:
    early = [180 if 12 <= hour <= 19 else 60 for hour in range(1, 25)]
    late = [180 if 15 <= hour <= 22 else 60 for hour in range(1, 25)]
    day, book = date(2020, 7, 1), BOOKS[0]
    points = [{day: {"o3": daily_max_8h(hours, LIMIT, book) or Fraction(0)}} for hours in (early, late)]
    assert ({day: {"o3": 180}}, 0) == city_days(points, ["o3"], book)


@pytest.mark.parametrize(("points", "needed"), list(enumerate([1, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 9], 1)))
def test_a_city_needs_three_quarters_of_its_points_and_half_of_few(points: int, needed: int) -> None:
    book, day = BOOKS[0], date(2020, 1, 1)
    assert needed == points_needed(points, book)
    valid = [{day: {"no2": 40}}] * needed + [{}] * (points - needed)
    assert ({day: {"no2": 40}}, 0) == city_days(valid, ["no2"], book)
    if needed > 1:
        fewer = [*valid[1:], {}]
        assert ({}, 1) == city_days(fewer, ["no2"], book)
        assert ({day: {"no2": 40}}, 1) == city_days(fewer, ["no2"], book, available=True)


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("2015-07", 27),
        ("2015-02", 25),
        ("2015", 324),
        ("2016", 324),
        ("2015-01-01:2015-12-31", 324),
        ("2015Q1", 27 + 25 + 27),
        ("2015H2", 6 * 27),
        ("2015-winter", 27 + 27 + 25),
        ("2015-07-01:2015-07-31", 27),
        ("2015-07-01:2015-07-10", 9),
        ("2015-06-21:2015-07-31", 9 + 27),
    ],
)
def test_the_days_that_a_period_needs(text: str, needed: int) -> None:
    for book in BOOKS:
        assert needed == total_needed(period_of(text), book)


def test_the_months_of_a_period_cover_its_days() -> None:
    parts = period_of("2015-12-15:2016-03-02").parts()
    assert [(2015, 12, 17, False), (2016, 1, 31, True), (2016, 2, 29, True), (2016, 3, 2, False)] == [
        (part.year, part.month, part.days, part.whole) for part in parts
    ]
    assert [15, 27, 25, 2] == [days_needed(part, BOOKS[0]) for part in parts]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2015-13",
        "2015Q5",
        "2015H3",
        "15-07",
        "2015-07-10:2015-07-01",
        "2015-02-30:2015-03-01",
        "2015-fall",
        "9999-winter",
    ],
)
def test_what_names_no_period_is_refused(text: str) -> None:
    with pytest.raises(PeriodUnreadable):
        period_of(text)
