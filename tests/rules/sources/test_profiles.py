"""Shares of time: whatever was printed, the parts of a year sum to the year exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.sources.books import books
from lantian.rules.sources.errors import FactorError, InputError
from lantian.rules.sources.profiles import accumulated, normalised, shape_of

BOOKS = books()
CLASSES = sorted({profile.source_class for profile in BOOKS.profiles if profile.kind == "hour"})
BURNING = "生物质开放燃烧源"


def test_the_classes_of_the_guide_are_there() -> None:
    assert {
        "工业源",
        "移动源",
        "生活源",
        "扬尘源",
        "农业源",
        "油品储运销",
        "废弃物处理源",
        BURNING,
        "电力热力源-电力生产",
        "电力热力源-其他",
    } == set(CLASSES)


def test_printed_months_of_open_burning_sum_to_098_and_count_as_weights() -> None:
    printed = next(profile.shares for profile in BOOKS.profiles if profile.kind == "month")
    assert D("0.98") == sum(printed)
    months = shape_of(BOOKS, BURNING, "410108").by_month(Fraction(98), 2025)
    assert (98, 18, 9) == (sum(months), months[0], months[2])


def test_months_of_henan_do_not_hold_elsewhere() -> None:
    assert shape_of(BOOKS, BURNING, "410108").months is not None
    assert shape_of(BOOKS, BURNING, "370100").months is None


def test_seven_times_0143_is_1001_and_counts_as_a_week() -> None:
    printed = next(
        profile.shares
        for profile in BOOKS.profiles
        if profile.kind == "weekday" and profile.source_class == "扬尘源"
    )
    assert D("1.001") == sum(printed)
    assert {Fraction(1, 7)} == set(shape_of(BOOKS, "扬尘源").weekdays)


def test_a_sunday_of_industry_has_its_share_of_a_monday() -> None:
    days = shape_of(BOOKS, "工业源").by_day(Fraction(1), 2025)
    assert Fraction(78, 162) == days[date(2025, 6, 1)] / days[date(2025, 6, 2)]


@given(
    st.sampled_from(CLASSES),
    st.integers(1950, 2198),
    st.fractions(0, 10**9),
    st.sampled_from(["410108", "110105", ""]),
)
def test_nothing_is_lost_from_year_to_hour(source_class: str, year: int, t: Fraction, region: str) -> None:
    shape = shape_of(BOOKS, source_class, region)
    days = shape.by_day(t, year)
    assert (t, t) == (sum(shape.by_month(t, year)), sum(days.values()))
    assert (date(year, 12, 31) - date(year, 1, 1)).days + 1 == len(days)
    first = days[date(year, 2, 28)]
    assert first == sum(shape.by_hour(first))
    assert 24 == len(shape.by_hour(first))


def test_a_leap_year_has_its_day() -> None:
    assert [366, 365, 365] == [
        len(shape_of(BOOKS, "工业源").by_day(Fraction(1), year)) for year in (2024, 2025, 2100)
    ]


def test_own_months_take_the_place_of_printed_ones() -> None:
    stopped = [0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    months = shape_of(BOOKS, "工业源", own={"month": stopped}).by_month(Fraction(8), 2025)
    assert (0, 1, 0) == (months[1], months[2], months[10])


@pytest.mark.parametrize(
    ("own", "code"),
    [({"month": [1] * 11}, "profile_length"), ({"day": [1]}, "profile_length"), ({"hour": [0] * 24}, "profile_weights"),
     ({"weekday": [1, 1, 1, 1, 1, 1, -1]}, "profile_weights")],
)  # fmt: skip
def test_shares_that_cannot_be_are_refused(own: dict[str, list[int]], code: str) -> None:
    with pytest.raises(InputError) as caught:
        shape_of(BOOKS, "工业源", own=own)
    assert code == caught.value.code


def test_a_class_without_shares_is_told() -> None:
    with pytest.raises(FactorError) as caught:
        shape_of(BOOKS, "工业")
    assert "profile_missing" == caught.value.code


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any), st.integers(0, 10**12))
def test_whole_grams_sum_to_the_whole(weights: list[int], grams: int) -> None:
    shares = normalised(weights, "part")
    parts = accumulated(shares, grams)
    assert grams == sum(parts)
    assert all(abs(part - share * grams) <= 1 for part, share in zip(parts, shares, strict=True))
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)
