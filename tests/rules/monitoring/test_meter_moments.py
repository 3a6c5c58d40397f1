"""Values of single moments as quarter hours: how long they hold, and which counter stands at an end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.monitoring.meters.moments import QUARTER, Mean, apparent_kw, boundaries, means, quarter_of

#: 08:00, campaign time
EIGHT = datetime(2026, 3, 1, 0, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def at(minutes: float) -> datetime:
    return EIGHT + timedelta(minutes=minutes)


def told(found: list[Mean]) -> list[tuple[int, Decimal | None, Decimal]]:
    return [((one.start - EIGHT) // MINUTE, one.value, one.covered_percent) for one in found]


def test_a_value_holds_until_the_next_one_and_its_part_of_the_quarter_counts() -> None:
    points = {at(0): Decimal(100), at(5): Decimal(40), at(15): Decimal(0), at(30): Decimal(7)}

    assert [(0, Decimal("60"), Decimal(100)), (15, Decimal("0"), Decimal(100))] == told(means(points))


def test_a_value_that_crosses_the_end_of_a_quarter_counts_in_both() -> None:
    points = {at(0): Decimal(10), at(10): Decimal(40), at(20): Decimal(0), at(30): Decimal(1)}

    # Ten minutes of 10 and five of 40; five of 40 and ten of nothing.
    assert [(0, Decimal("20"), Decimal(100)), (15, Decimal("13.333333"), Decimal(100))] == told(means(points))


@pytest.mark.parametrize(("gap", "mean"), [(18.75, Decimal(8)), (18.7, Decimal(8)), (19, None)])
def test_a_quarter_has_a_mean_only_where_values_hold_in_three_quarters_of_it(gap: float, mean: Decimal | None) -> None:
    points: dict[datetime, Decimal | None] = {at(15): None, at(gap): Decimal(8), at(30): Decimal(8)}

    (_before, found) = (None, next(one for one in means(points) if one.start == at(15)))

    assert mean == found.value


def test_no_value_holds_longer_than_the_book_says_and_one_that_is_no_evidence_ends_the_one_before() -> None:
    silent = means({at(0): Decimal(5), at(60): Decimal(5)})
    assert [(0, Decimal(5), Decimal(100))] == told(silent)

    ended = means({at(0): Decimal(5), at(3): None, at(15): Decimal(5)})
    assert [(0, None, Decimal(20))] == told(ended)


def test_a_quarter_is_told_only_when_it_is_over() -> None:
    points = {at(0): Decimal(5), at(14): Decimal(5)}
    assert [] == means(points)
    assert [(0, Decimal(5), Decimal(100))] == told(means(points, known_to=at(15)))


#: seconds after eight → power
logged = st.dictionaries(
    st.integers(0, 4 * 3600), st.none() | st.decimals(0, 10_000, places=3), min_size=1, max_size=60
).map(lambda found: {EIGHT + timedelta(seconds=second): value for second, value in found.items()})


@given(logged)
def test_a_mean_lies_between_the_values_that_hold_in_its_quarter_and_covers_no_more_than_it(points: dict) -> None:  # type: ignore[type-arg]
    values = [value for value in points.values() if value is not None]
    for one in means(points):
        assert 0 <= one.covered_percent <= 100
        if one.value is not None:
            assert min(values) <= one.value <= max(values)


@given(logged, st.decimals(0, 5_000, places=3))
def test_a_constant_load_is_its_own_mean(points: dict, load: Decimal) -> None:  # type: ignore[type-arg]
    for one in means(dict.fromkeys(points, load)):
        assert one.value is None or one.value == load


@given(logged)
def test_later_values_change_no_quarter_that_was_told(points: dict) -> None:  # type: ignore[type-arg]
    moments = sorted(points)
    early = {moment: points[moment] for moment in moments[: len(moments) // 2 + 1]}
    later = {one.start: one for one in means(points)}
    for one in means(early):
        assert later[one.start] == one


def test_the_counter_of_an_end_is_the_one_read_nearest_to_it() -> None:
    counters = {at(-2): Decimal(100), at(1): Decimal(101), at(13): Decimal(104), at(16.5): Decimal(105), at(40): Decimal(109)}

    found = boundaries(counters)

    assert {at(0): (at(1), Decimal(101)), at(15): (at(16.5), Decimal(105))} == found


def test_an_end_waits_for_a_counter_that_may_come_nearer() -> None:
    assert {} == boundaries({at(13): Decimal(104)})
    assert {at(15): (at(13), Decimal(104))} == boundaries({at(13): Decimal(104)}, known_to=at(18))
    assert {at(15): (at(15), Decimal(104))} == boundaries({at(15): Decimal(104)})
    # As far before as after: the earlier one.
    assert {at(15): (at(14), Decimal(1))} == boundaries({at(14): Decimal(1), at(16): Decimal(2)})


@given(st.integers(-(10**9), 10**9))
def test_a_moment_lies_in_its_quarter(seconds: int) -> None:
    moment = EIGHT + timedelta(seconds=seconds)
    start = quarter_of(moment)
    assert start <= moment < start + QUARTER
    assert start.minute % 15 == start.second == start.microsecond == 0


def test_phases_are_their_products_times_the_power_factor() -> None:
    volts = [Decimal("220.2"), Decimal("221.0"), Decimal("219.8")]
    assert Decimal("142.776") == apparent_kw(volts, [Decimal(240)], Decimal("0.9"))
    each = apparent_kw(volts, [Decimal(100), Decimal(0), Decimal(10)], Decimal(1))
    assert Fraction("24.218") == Fraction(each)
    with pytest.raises(ValueError, match="zip"):
        apparent_kw(volts, [Decimal(1), Decimal(2)], Decimal(1))
