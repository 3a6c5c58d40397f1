"""Which alarm a finding belongs to: one outlet, cause, rule and factor, and periods that overlap or adjoin, are one alarm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Outcome = Literal["new", "grown", "same", "closed"]


@dataclass(frozen=True, slots=True)
class Standing:
    """An alarm as it stands: `end` is None while it lasts; a closed one takes nothing more."""

    key: int
    begin: datetime
    end: datetime | None
    count: int
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a finding goes.

    Attributes
    ----------
    outcome
        ``new``: an alarm of its own. ``grown``: `into` grows. ``same``: nothing that is not known. ``closed``: the period
        has been decided already.
    into
        Key of the alarm.
    absorbed
        Keys of further alarms that the finding joins with it.
    begin, end, count
        Of the alarm afterwards.
    """

    outcome: Outcome
    begin: datetime
    end: datetime | None
    count: int
    into: int | None = None
    absorbed: tuple[int, ...] = ()


def place(
    standing: Sequence[Standing], begin: datetime, end: datetime | None, count: int, gap: timedelta
) -> Placed:
    """Find the alarm that a finding belongs to.

    A finding that lies within an alarm changes nothing, so that a judge may run again. One that overlaps counts what is
    more, one that adjoins counts both. What a closed alarm has covered is not asked a second time: only what lies behind
    its end becomes a new alarm.
    """
    for one in standing:
        if one.closed and one.begin <= begin and _covers(one.end, end):
            return Placed("closed", one.begin, one.end, one.count, one.key)
    for one in standing:
        if one.closed and one.end is not None and one.begin <= begin < one.end:
            begin = one.end
    near = sorted(
        (one for one in standing if not one.closed and _near(one, begin, end, gap)),
        key=lambda one: (one.begin, one.key),
    )
    if not near:
        return Placed("new", begin, end, count)
    first, *others = near
    if not others and first.begin <= begin and _covers(first.end, end) and not _ends(first.end, end):
        return Placed("same", first.begin, first.end, first.count, first.key)
    whole_begin = min(begin, *(one.begin for one in near))
    # A finding that says when it ended ends what lasted; two that last both last.
    ends = [one.end for one in near if one.end is not None]
    whole_end = None if end is None else max([end, *ends])
    overlapping = [one for one in near if _overlap(one, begin, end)]
    apart = sum(one.count for one in near if one not in overlapping)
    total = apart + max(count, sum(one.count for one in overlapping))
    return Placed(
        "grown", whole_begin, whole_end, total, first.key, tuple(one.key for one in others)
    )


def _covers(outer: datetime | None, inner: datetime | None) -> bool:
    return outer is None or (inner is not None and inner <= outer)


def _ends(known: datetime | None, end: datetime | None) -> bool:
    return known is None and end is not None


def _near(one: Standing, begin: datetime, end: datetime | None, gap: timedelta) -> bool:
    return (one.end is None or begin <= one.end + gap) and (end is None or one.begin <= end + gap)


def _overlap(one: Standing, begin: datetime, end: datetime | None) -> bool:
    return (one.end is None or begin < one.end) and (end is None or one.begin < end)
