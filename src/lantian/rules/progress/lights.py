"""The light of a task on any day.

Each deadline of a task is a milestone, and the light follows the earliest one that has not been met. Between two
events of a task its light depends on the day alone, so that two days say everything: the first one on which it is
yellow and the first one on which it is red. Ledgers keep these two days and ask by an index.

The colours are those of the wall-map board (green done, blue under way, yellow due within some days, red overdue, grey
not started). That a task behind the straight line from the day of issue to its deadline is yellow, too, is the house's
own rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

#: Days before a deadline from which a light is yellow; an office may set another number.
WARN_DAYS = 7
WHOLE = Decimal(100)


class State(StrEnum):
    """Where a task stands in its life. Overdue is no state: it follows from the day."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    SUSPENDED = "suspended"


class Reason(StrEnum):
    """Why a light has its colour."""

    ACCEPTED = "accepted"
    SUSPENDED = "suspended"
    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    BEHIND = "behind"
    NOT_STARTED = "not_started"
    WAITING = "waiting"
    ON_COURSE = "on_course"
    NO_DEADLINE = "no_deadline"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A deadline of a task.

    Attributes
    ----------
    on
        The last day on which it is in time.
    share
        What must be done of the whole by then [%]; None spreads the whole evenly over the milestones.
    met_on
        The day from which it counts as met; None while it is open.
    """

    on: date
    share: Decimal | None = None
    met_on: date | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What the light of a task follows from, until its next event.

    Attributes
    ----------
    due_on
        The earliest milestone that has not been met.
    yellow_from, red_from
        The first day of each colour; None if it does not come to that.
    behind_from
        The first day on which the share done lies below the straight line; part of ``yellow_from``.
    """

    state: State
    percent: Decimal = Decimal(0)
    due_on: date | None = None
    yellow_from: date | None = None
    red_from: date | None = None
    behind_from: date | None = None


@dataclass(frozen=True, slots=True)
class Light:
    """A colour (``grey``, ``blue``, ``yellow``, ``red``, ``green``) and why."""

    code: str
    reason: Reason


def shares(milestones: Sequence[Milestone]) -> list[Decimal]:
    """What must be done by each milestone, in the order of their days [%].

    Shares that are given hold; others are spread evenly between their neighbours, and the last is the whole.

    >>> [str(share) for share in shares([Milestone(date(2017, 6, 30)), Milestone(date(2017, 12, 31))])]
    ['50', '100']
    """
    ordered = sorted(milestones, key=lambda milestone: milestone.on)
    found: list[Decimal] = []
    for index, milestone in enumerate(ordered):
        if milestone.share is not None:
            found.append(milestone.share)
            continue
        later = next((n for n in range(index, len(ordered)) if ordered[n].share is not None), None)
        end, at = (ordered[later].share or WHOLE, later) if later is not None else (WHOLE, len(ordered) - 1)
        start = found[-1] if found else Decimal(0)
        found.append(start + (end - start) / (at - index + 1))
    return found


def behind_from(percent: Decimal, start: date, base: Decimal, end: date, share: Decimal) -> date | None:
    """The first day on which a share done lies strictly below the straight line from ``base`` to ``share``.

    None if that does not happen up to the end of the line.

    >>> behind_from(Decimal(50), date(2017, 1, 1), Decimal(0), date(2017, 1, 11), Decimal(100))
    datetime.date(2017, 1, 7)
    """
    days = (end - start).days
    if days <= 0 or percent >= share:
        return None
    ahead = Fraction(percent) - Fraction(base)
    if ahead < 0:
        return start
    slope = Fraction(share) - Fraction(base)
    whole_days = (ahead * days / slope).__floor__() + 1
    found = start + timedelta(whole_days)
    return found if found <= end else None


def expected(milestones: Sequence[Milestone], line_start: date | None, day: date) -> Decimal | None:
    """What must be done by the end of a day, by the straight line to the earliest open milestone [%].

    Rounded up to hundredths, so that whoever has done that much is not behind. None where there is no line: all
    milestones are met, or its start is not known or does not lie before its end.

    >>> expected([Milestone(date(2017, 1, 11))], date(2017, 1, 1), date(2017, 1, 6))
    Decimal('50.00')
    """
    ordered = sorted(milestones, key=lambda milestone: milestone.on)
    due = shares(ordered)
    at = next((index for index, milestone in enumerate(ordered) if milestone.met_on is None), None)
    if at is None:
        return None
    start, base = (ordered[at - 1].on, due[at - 1]) if at else (line_start, Decimal(0))
    end = ordered[at].on
    if start is None or start >= end:
        return None
    days = min(max((day - start).days, 0), (end - start).days)
    share = Fraction(base) + (Fraction(due[at]) - Fraction(base)) * days / (end - start).days
    return (Decimal((share * 100).__ceil__()) / 100).quantize(Decimal("0.01"))


def standing(
    state: State,
    percent: Decimal,
    milestones: Sequence[Milestone],
    *,
    line_start: date | None = None,
    submitted_on: date | None = None,
    warn_days: int = WARN_DAYS,
) -> Standing:
    """What the light of a task follows from, until its next event.

    Parameters
    ----------
    percent
        Share done [%].
    milestones
        Deadlines in any order; those with ``met_on`` are behind the task.
    line_start
        Where the straight line starts: the day of issue. Without it nothing is ever behind the line.
    submitted_on
        The day on which a submitted task was handed in. In time, it stops the clock until it is returned; late, the
        task stays overdue.
    warn_days
        Days before a deadline from which the light is yellow.
    """
    ordered = sorted(milestones, key=lambda milestone: milestone.on)
    due = shares(ordered)
    at = next((index for index, milestone in enumerate(ordered) if milestone.met_on is None), None)
    if at is None or state in {State.ACCEPTED, State.SUSPENDED}:
        on = ordered[at].on if at is not None and state is State.SUSPENDED else None
        return Standing(state, percent, on)
    on = ordered[at].on
    red = on + timedelta(1)
    if state is State.SUBMITTED:
        late = submitted_on is not None and submitted_on > on
        return Standing(state, percent, on, red_from=red if late else None)
    soon = on - timedelta(warn_days)
    behind = None
    if state is not State.NOT_STARTED:
        start, base = (ordered[at - 1].on, due[at - 1]) if at else (line_start, Decimal(0))
        if start is not None:
            behind = behind_from(percent, start, base, on, due[at])
    return Standing(state, percent, on, min(soon, behind) if behind else soon, red, behind)


def light(found: Standing, day: date) -> Light:
    """The light on a day.

    Finished comes first, then suspended, overdue, needs attention; a task that nobody has begun is grey until its
    deadline is near, and everything else is on course.
    """
    if found.state is State.ACCEPTED:
        return Light("green", Reason.ACCEPTED)
    if found.state is State.SUSPENDED:
        return Light("grey", Reason.SUSPENDED)
    if found.red_from is not None and day >= found.red_from:
        return Light("red", Reason.OVERDUE)
    if found.yellow_from is not None and day >= found.yellow_from:
        behind = found.behind_from is not None and day >= found.behind_from
        return Light("yellow", Reason.BEHIND if behind else Reason.DUE_SOON)
    if found.state is State.NOT_STARTED:
        return Light("grey", Reason.NOT_STARTED)
    if found.state is State.SUBMITTED:
        return Light("blue", Reason.WAITING)
    return Light("blue", Reason.ON_COURSE if found.due_on else Reason.NO_DEADLINE)
