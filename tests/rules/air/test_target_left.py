"""What is left of a target: exact, against brute force; states; validity ahead; what if."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.air.evaluation import scheme_for
from lantian.rules.air.periods import period_of
from lantian.rules.air.remaining import (
    ATTAINED,
    IMPOSSIBLE,
    MET,
    MISSED,
    OPEN,
    UNTOLD,
    above_allowed,
    down,
    validity_ahead,
    what_if,
    what_is_left,
)
from lantian.rules.air.statistics import percentile
from lantian.rules.air.targets import JUDGED, STRICT, AirTarget, bound

TEN = period_of("2026-06-01:2026-06-10")


def on(values: list[int | None], first: date = TEN.first) -> dict[date, int | Fraction]:
    return {first + timedelta(days=n): value for n, value in enumerate(values) if value is not None}


def until(days: int) -> date:
    return TEN.first + timedelta(days=days - 1)


def mean_target(value: str, sign: str = "<=") -> AirTarget:
    return AirTarget("mean", Decimal(value), sign, "PM2.5")


def test_the_rest_of_a_mean_is_what_the_days_so_far_leave() -> None:
    # 10 days of 50 are 500; four days had 40, 60, 60, 60, so the six others may have 280 in all
    values = on([40_000, 60_000, 60_000, 60_000])
    found = what_is_left(mean_target("50"), bound(mean_target("50")), values, TEN, until(4))
    assert (OPEN, Fraction(55), Fraction(280, 6)) == (found.state, found.to_date, found.allowance)
    assert Decimal("46.6") == down(found.allowance or 0, 1)


def test_missing_days_do_not_count_in_a_mean_and_lower_the_coverage() -> None:
    values = on([40_000, None, 60_000, 60_000])
    found = what_is_left(mean_target("50"), bound(mean_target("50")), values, TEN, until(4))
    # nine days with a value: 450 less 160
    assert (Fraction(290, 6), Decimal("0.75")) == (found.allowance, found.coverage)


@pytest.mark.parametrize(
    ("so_far", "sign", "state"),
    [
        ([125_000] * 4, "<=", OPEN),  # exactly 500: all the rest has to be 0
        ([125_000] * 4, "<", IMPOSSIBLE),
        ([125_001] * 4, "<=", IMPOSSIBLE),
        ([50_000] * 10, "<=", MET),
        ([50_000] * 10, "<", MISSED),
        ([None] * 10, "<=", MISSED),
    ],
)
def test_states_of_a_mean(so_far: list[int | None], sign: str, state: str) -> None:
    target = mean_target("50", sign)
    found = what_is_left(target, bound(target), on(so_far), TEN, until(len(so_far)))
    assert state == found.state


@given(
    so_far=st.lists(st.one_of(st.none(), st.integers(0, 300_000)), max_size=9),
    value=st.integers(1, 150),
    way=st.sampled_from([STRICT, JUDGED]),
)
def test_the_allowance_of_a_mean_attains_and_a_hair_more_does_not(
    so_far: list[int | None], value: int, way: str
) -> None:
    target = mean_target(str(value))
    limit = bound(target, way)
    values = on(so_far)
    found = what_is_left(target, limit, values, TEN, until(len(so_far)))
    assert found.allowance is not None
    if found.state == IMPOSSIBLE:
        best = what_if(target, values, TEN, until(len(so_far)), 0)
        assert best is not None and not limit.holds(best)
        return
    at = what_if(target, values, TEN, until(len(so_far)), found.allowance)
    above = what_if(target, values, TEN, until(len(so_far)), found.allowance + Fraction(1, 10**9))
    below = what_if(target, values, TEN, until(len(so_far)), found.allowance - Fraction(1, 10**9))
    assert at is not None and above is not None and below is not None
    assert found.excluded != limit.holds(at)
    assert not limit.holds(above)
    assert limit.holds(below)


@given(
    count=st.integers(1, 400),
    percent=st.sampled_from([90, 95, 98]),
)
def test_so_many_days_may_lie_above_whatever_they_are(count: int, percent: int) -> None:
    allowed = above_allowed(count, percent)
    far = 10**9
    within = percentile([100] * (count - allowed) + [far] * allowed, percent)
    assert within is not None and within <= 100
    if allowed < count:
        one_more = percentile([100] * (count - allowed - 1) + [far] * (allowed + 1), percent)
        assert one_more is not None and one_more > 100


@given(
    so_far=st.lists(st.one_of(st.none(), st.integers(0, 300_000)), max_size=10),
    value=st.integers(1, 200),
    percent=st.sampled_from([90, 95]),
)
@settings(deadline=None)
def test_states_of_a_percentile_are_those_of_the_best_and_the_worst_rest(
    so_far: list[int | None], value: int, percent: int
) -> None:
    target = AirTarget("percentile", Decimal(value), "<=", "O3", percent)
    limit = bound(target)
    values = on(so_far)
    found = what_is_left(target, limit, values, TEN, until(len(so_far)))
    best = what_if(target, values, TEN, until(len(so_far)), 0)
    worst = what_if(target, values, TEN, until(len(so_far)), 10**6)
    if best is None or worst is None:
        assert MISSED == found.state
        return
    wanted = (
        (MET if limit.holds(best) else MISSED)
        if not found.rest
        else ATTAINED
        if limit.holds(worst)
        else OPEN
        if limit.holds(best)
        else IMPOSSIBLE
    )
    assert wanted == found.state
    assert found.days_left is not None
    if found.rest and found.state == OPEN and found.used is not None and found.used <= (found.whole or 0):
        # as many days above as are left, the others at the value: it still holds
        coming = [10**9] * found.days_left + [value * 1000] * (found.rest - found.days_left)
        whole = percentile([*values.values(), *coming], percent)
        assert whole is not None and whole <= value * 1000


flags = st.lists(st.one_of(st.none(), st.integers(0, 1)), max_size=10)


@given(so_far=flags, value=st.integers(0, 10))
def test_days_left_of_good_days_are_the_most_bad_ones_that_still_attain(
    so_far: list[int | None], value: int
) -> None:
    target = AirTarget("good_days", Decimal(value), ">=")
    limit = bound(target)
    found = what_is_left(target, limit, on(so_far), TEN, until(len(so_far)))
    good = sum(flag for flag in so_far if flag)
    if not found.rest:
        assert (MET if good >= value and found.valid else MISSED) == found.state
        return
    assert {
        True: ATTAINED if good >= value else OPEN,
        False: IMPOSSIBLE,
    }[good + found.rest >= value] == found.state
    if found.state != IMPOSSIBLE:
        assert good + found.rest - (found.days_left or 0) >= value
        if found.state == OPEN:
            assert good + found.rest - (found.days_left or 0) - 1 < value
            assert found.days_needed == value - good


@given(so_far=flags, value=st.integers(0, 10))
def test_days_left_of_heavy_days_are_what_the_days_so_far_leave(so_far: list[int | None], value: int) -> None:
    target = AirTarget("heavy_days", Decimal(value), "<=")
    found = what_is_left(target, bound(target), on(so_far), TEN, until(len(so_far)))
    heavy = sum(flag for flag in so_far if flag)
    assert (heavy, value) == (found.used, found.whole)
    assert max(0, min(value - heavy, found.rest)) == found.days_left
    if found.rest:
        wanted = IMPOSSIBLE if heavy > value else ATTAINED if heavy + found.rest <= value else OPEN
        assert wanted == found.state


@given(so_far=flags, value=st.integers(0, 100), way=st.sampled_from([STRICT, JUDGED]))
def test_days_left_of_a_ratio_keep_it_and_one_more_does_not(
    so_far: list[int | None], value: int, way: str
) -> None:
    target = AirTarget("good_ratio", Decimal(value), ">=")
    limit = bound(target, way, 1)
    values = on(so_far)
    found = what_is_left(target, limit, values, TEN, until(len(so_far)))
    if not found.rest:
        return
    assert found.days_left is not None
    kept = what_if(target, values, TEN, until(len(so_far)), found.rest - found.days_left)
    assert kept is not None
    assert limit.holds(kept) == (found.state != IMPOSSIBLE)
    if found.state == OPEN:
        more = what_if(target, values, TEN, until(len(so_far)), found.rest - found.days_left - 1)
        assert more is not None and not limit.holds(more)


def test_what_one_day_saves_is_not_given_to_another_under_a_limit_of_each_day() -> None:
    target = AirTarget("electricity", Decimal(30_000), "<=", unit="千瓦时")
    found = what_is_left(target, bound(target), on([10_000, 29_000]), TEN, until(2))
    assert (OPEN, Fraction(30_000), 0) == (found.state, found.allowance, found.used)
    found = what_is_left(target, bound(target), on([10_000, 30_001]), TEN, until(2))
    assert (IMPOSSIBLE, 1) == (found.state, found.used)


def test_of_a_rank_nothing_is_told_from_one_place_alone() -> None:
    target = AirTarget("rank", Decimal(20), "<=")
    assert UNTOLD == what_is_left(target, bound(target), {}, TEN, until(2)).state


def test_days_after_the_last_known_one_and_outside_the_period_do_not_count() -> None:
    values = on([40_000] * 12, TEN.first - timedelta(days=1))
    found = what_is_left(mean_target("50"), bound(mean_target("50")), values, TEN, until(3))
    assert (3, 3, 7) == (found.elapsed, found.valid, found.rest)


def test_a_day_before_the_period_is_refused() -> None:
    with pytest.raises(ValueError, match="before the period"):
        what_is_left(mean_target("50"), bound(mean_target("50")), {}, TEN, date(2026, 1, 1))


def test_a_month_that_cannot_reach_its_minimum_any_more_is_said() -> None:
    period = period_of("2015")
    scheme = scheme_for(period)
    days = {period.first + timedelta(days=n): 50_000 for n in range(200)}
    target = mean_target("50")
    assert [] == validity_ahead(target, days, period, date(2015, 7, 19), scheme.book)
    for n in range(6):
        del days[date(2015, 3, 1) + timedelta(days=n)]
    found = validity_ahead(target, days, period, date(2015, 7, 19), scheme.book)
    assert [("months_out_of_reach", "2015-03")] == [(one.code, one.params["months"]) for one in found]
    lost = {day: 50_000 for day in days if day.month != 1}
    found = validity_ahead(target, lost, period, date(2015, 8, 1), scheme.book)
    assert ["days_out_of_reach", "months_out_of_reach"] == [one.code for one in found]
