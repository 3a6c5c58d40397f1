"""Exact statistics: percentiles, means, rounding half to even, ratios, places."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.statistics import (
    change_percent,
    exceedance_multiple,
    mean,
    percentile,
    places,
    ratio_percent,
    rounded,
    share_needed,
)

values = st.lists(st.integers(0, 10**6), min_size=1, max_size=60)
ranks = st.integers(0, 100)


@given(values, ranks, st.randoms(use_true_random=False))
def test_the_order_of_the_days_changes_nothing(given_values: list[int], p: int, random: object) -> None:
    shuffled = list(given_values)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert (mean(given_values), percentile(given_values, p)) == (mean(shuffled), percentile(shuffled, p))


@given(values, ranks)
def test_mean_and_percentile_lie_between_the_least_and_the_greatest(given_values: list[int], p: int) -> None:
    for found in (mean(given_values), percentile(given_values, p)):
        assert found is not None
        assert min(given_values) <= found <= max(given_values)


@given(values, ranks, ranks)
def test_a_higher_percentile_is_not_lower(given_values: list[int], one: int, other: int) -> None:
    low, high = percentile(given_values, min(one, other)), percentile(given_values, max(one, other))
    assert low is not None and high is not None
    assert low <= high


@given(values, ranks)
def test_the_percentile_is_the_linear_one_of_numeric_libraries(given_values: list[int], p: int) -> None:
    found = percentile(given_values, p)
    assert found is not None
    assert float(found) == pytest.approx(float(np.percentile(given_values, p)), rel=1e-12, abs=1e-9)


@given(values, ranks, st.integers(1, 1000))
def test_a_change_of_unit_changes_the_statistics_alike(given_values: list[int], p: int, factor: int) -> None:
    scaled = [Fraction(value, factor) for value in given_values]
    for one, other in (
        (mean(given_values), mean(scaled)),
        (percentile(given_values, p), percentile(scaled, p)),
    ):
        assert one is not None
        assert one / factor == other


def test_of_nothing_there_is_no_statistic() -> None:
    assert (None, None, None) == (mean([]), percentile([], 90), ratio_percent(0, 0))


def test_a_percentile_above_a_hundred_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 100"):
        percentile([1], 101)


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        ("30.44", 0, "30"),
        ("30.45", 1, "30.4"),
        ("30.50", 0, "30"),
        ("30.51", 0, "31"),
        ("31.5", 0, "32"),
        ("0.275", 2, "0.28"),
        ("0.325", 2, "0.32"),
        ("4.05", 1, "4.0"),
    ],
)
def test_halves_go_to_the_even_side(value: str, digits: int, expected: str) -> None:
    assert Decimal(expected) == rounded(Decimal(value), digits)


def test_equal_values_share_a_place_and_the_next_one_is_skipped() -> None:
    given_values = [Decimal("3.20"), None, Decimal("3.2"), Decimal("3.19"), Decimal("4")]
    assert [2, None, 2, 1, 4] == places(given_values)


@given(st.lists(st.one_of(st.none(), st.integers(0, 5).map(Decimal)), max_size=20))
def test_a_place_is_one_more_than_the_number_of_better_ones(given_values: list[Decimal | None]) -> None:
    expected = [
        None if one is None else 1 + sum(1 for other in given_values if other is not None and other < one)
        for one in given_values
    ]
    assert expected == places(given_values)


def test_a_value_at_the_limit_exceeds_nothing() -> None:
    assert (None, Decimal("0.02")) == (exceedance_multiple(60, 60), exceedance_multiple(61, 60))


def test_no_change_can_be_told_against_nothing() -> None:
    assert change_percent(3, 0) is None


def test_the_points_that_have_to_be_valid_are_those_of_the_derived_table() -> None:
    expected = [1, 1, 2, 3, 4, 5, 6, 6, 7, 8, 9, 9]
    assert expected == [share_needed(n, 50 if n < 4 else 75) for n in range(1, 13)]
