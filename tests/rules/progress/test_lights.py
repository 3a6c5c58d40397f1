"""Lights: both sides of every day on which a colour changes, and properties that always hold."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.progress.lights import (
    Light,
    Milestone,
    Reason,
    State,
    behind_from,
    expected,
    light,
    shares,
    standing,
)

ISSUED = date(2017, 1, 1)
DUE = date(2017, 1, 31)
ONE = [Milestone(DUE)]


def colour(
    state: State, percent: int, day: date, milestones: list[Milestone] = ONE, **extra: object
) -> Light:
    return light(standing(state, Decimal(percent), milestones, line_start=ISSUED, **extra), day)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "percent", "day", "found"),
    [
        (State.NOT_STARTED, 0, date(2017, 1, 23), Light("grey", Reason.NOT_STARTED)),
        (State.NOT_STARTED, 0, date(2017, 1, 24), Light("yellow", Reason.DUE_SOON)),
        (State.NOT_STARTED, 0, DUE, Light("yellow", Reason.DUE_SOON)),
        (State.NOT_STARTED, 0, date(2017, 2, 1), Light("red", Reason.OVERDUE)),
        (State.IN_PROGRESS, 50, date(2017, 1, 16), Light("blue", Reason.ON_COURSE)),
        (State.IN_PROGRESS, 50, date(2017, 1, 17), Light("yellow", Reason.BEHIND)),
        (State.IN_PROGRESS, 99, date(2017, 1, 24), Light("yellow", Reason.DUE_SOON)),
        (State.IN_PROGRESS, 100, date(2017, 1, 23), Light("blue", Reason.ON_COURSE)),
        (State.IN_PROGRESS, 100, date(2017, 2, 1), Light("red", Reason.OVERDUE)),
        (State.RETURNED, 100, date(2017, 2, 1), Light("red", Reason.OVERDUE)),
        (State.ACCEPTED, 100, date(2017, 2, 1), Light("green", Reason.ACCEPTED)),
        (State.SUSPENDED, 10, date(2017, 2, 1), Light("grey", Reason.SUSPENDED)),
    ],
)
def test_a_light_changes_on_its_day_and_not_before(
    state: State, percent: int, day: date, found: Light
) -> None:
    assert found == colour(state, percent, day)


def test_handing_in_on_the_last_day_stops_the_clock_and_a_day_later_does_not() -> None:
    assert Light("blue", Reason.WAITING) == colour(State.SUBMITTED, 100, date(2017, 3, 1), submitted_on=DUE)
    late = colour(State.SUBMITTED, 100, date(2017, 3, 1), submitted_on=DUE + timedelta(1))
    assert Light("red", Reason.OVERDUE) == late


def test_the_light_follows_the_earliest_milestone_that_is_not_met() -> None:
    two = [Milestone(date(2017, 12, 31)), Milestone(date(2017, 6, 30))]
    assert "red" == colour(State.IN_PROGRESS, 60, date(2017, 7, 1), two).code
    met = [Milestone(date(2017, 12, 31)), Milestone(date(2017, 6, 30), met_on=date(2017, 6, 20))]
    assert "blue" == colour(State.IN_PROGRESS, 60, date(2017, 7, 1), met).code
    assert date(2017, 12, 31) == standing(State.IN_PROGRESS, Decimal(60), met).due_on


def test_between_two_milestones_the_line_goes_from_one_to_the_next() -> None:
    met = [Milestone(date(2017, 1, 11), Decimal(50), date(2017, 1, 9)), Milestone(date(2017, 3, 2))]
    found = standing(State.IN_PROGRESS, Decimal(60), met, line_start=ISSUED)
    # 50 days for the other half: 60 % is reached on the tenth, and the eleventh lies below the line.
    assert date(2017, 1, 22) == found.behind_from


def test_a_task_without_deadline_is_never_late() -> None:
    assert Light("blue", Reason.NO_DEADLINE) == colour(State.IN_PROGRESS, 1, date(2099, 1, 1), [])
    assert Light("grey", Reason.NOT_STARTED) == colour(State.NOT_STARTED, 0, date(2099, 1, 1), [])


def test_without_a_day_of_issue_nothing_is_behind_the_line() -> None:
    assert None is standing(State.IN_PROGRESS, Decimal(0), ONE).behind_from


def test_shares_that_are_given_hold_and_the_others_are_spread() -> None:
    days = [date(2017, month, 1) for month in (3, 6, 9, 12)]
    listed = [Milestone(days[0]), Milestone(days[1], Decimal(60)), Milestone(days[2]), Milestone(days[3])]
    assert [Decimal(30), Decimal(60), Decimal(80), Decimal(100)] == shares(listed)


@given(
    percent=st.decimals(0, 100, places=2),
    days=st.integers(1, 700),
    base=st.decimals(0, 99, places=2),
    more=st.decimals("0.01", 100, places=2),
)
def test_the_day_before_is_not_below_the_line_and_the_day_itself_is(
    percent: Decimal, days: int, base: Decimal, more: Decimal
) -> None:
    share = base + more
    end = ISSUED + timedelta(days)
    found = behind_from(percent, ISSUED, base, end, share)
    # In whole numbers: percent·days against base·days + (share − base)·elapsed.
    below = [day for day in range(days + 1) if percent * days < base * days + (share - base) * day]
    assert (ISSUED + timedelta(below[0]) if below else None) == found


@given(
    state=st.sampled_from(State),
    percent=st.decimals(0, 100, places=2),
    offsets=st.lists(st.integers(1, 400), min_size=1, max_size=4, unique=True),
    day=st.integers(-5, 500),
)
def test_a_light_never_gets_better_by_waiting(
    state: State, percent: Decimal, offsets: list[int], day: int
) -> None:
    rank = {"green": 0, "grey": 1, "blue": 1, "yellow": 2, "red": 3}
    found = standing(
        state,
        percent,
        [Milestone(ISSUED + timedelta(n)) for n in offsets],
        line_start=ISSUED,
        submitted_on=ISSUED,
    )
    today = light(found, ISSUED + timedelta(day))
    tomorrow = light(found, ISSUED + timedelta(day + 1))
    assert rank[today.code] <= rank[tomorrow.code]


def test_what_should_be_done_by_a_day_lies_on_the_line_to_the_next_open_milestone() -> None:
    two = [Milestone(date(2017, 1, 11)), Milestone(DUE)]
    assert expected(two, ISSUED, ISSUED) == 0
    assert expected(two, ISSUED, date(2017, 1, 4)) == 15
    assert expected(two, ISSUED, date(2017, 1, 11)) == 50
    # The first is open, so that the line ends there.
    assert expected(two, ISSUED, date(2017, 1, 20)) == 50
    met = [Milestone(date(2017, 1, 11), met_on=date(2017, 1, 9)), Milestone(DUE)]
    assert expected(met, ISSUED, date(2017, 1, 21)) == 75
    assert expected([Milestone(DUE)], ISSUED, date(2017, 1, 2)) == Decimal("3.34")
    assert expected([Milestone(DUE, met_on=ISSUED)], ISSUED, DUE) is None
    assert expected([Milestone(DUE)], None, DUE) is None
    assert expected([], ISSUED, DUE) is None


@given(
    percent=st.decimals(0, 100, places=2),
    offsets=st.lists(st.integers(1, 400), min_size=1, max_size=4, unique=True),
    day=st.integers(0, 400),
)
def test_behind_is_exactly_who_has_done_less_than_should_be_done(
    percent: Decimal, offsets: list[int], day: int
) -> None:
    known = [Milestone(ISSUED + timedelta(n)) for n in offsets]
    on = ISSUED + timedelta(min(day, min(offsets)))
    found = standing(State.IN_PROGRESS, percent, known, line_start=ISSUED)
    asked = expected(known, ISSUED, on)
    assert asked is not None
    assert (found.behind_from is not None and found.behind_from <= on) == (percent < asked)
