"""What counters say: the energy between two of them, across a turn-over, and not across a reset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.exact import exact, half_even
from lantian.rules.monitoring.meters.readings import MOST_WH, Meter

#: a moment and the counter then, as the meter shows it [Wh]
Point = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Step:
    """From one counter to the next.

    Attributes
    ----------
    start
        Moment of the counter before; None for the first of all.
    energy_wh
        On the primary side [Wh]; None where it is not known.
    note
        ``first``, ``turned_over``, ``reset``, ``gap`` or empty.
    """

    start: datetime | None
    end: datetime
    register_wh: int
    energy_wh: int | None
    note: str = ""


def steps(before: Point | None, points: Sequence[Point], meter: Meter, rules: Book | None = None) -> list[Step]:
    """The energy between counters, in order of time.

    Parameters
    ----------
    before
        The last counter before the first of the points, if there is one.
    """
    rules = rules or book("meters")
    found: list[Step] = []
    last = before
    for end, shown in sorted(points):
        if last is None:
            found.append(Step(None, end, shown, None, "first"))
        else:
            found.append(_step(last, (end, shown), meter, rules))
        last = (end, shown)
    return found


def _step(last: Point, here: Point, meter: Meter, rules: Book) -> Step:
    (start, old), (end, new) = last, here
    if end - start > timedelta(hours=rules.whole("counter_gap_hours_most")):
        return Step(start, end, new, None, "gap")
    note, difference = "", new - old
    if difference < 0:
        turned = _turned_over(old, new, meter, rules)
        if turned is None:
            return Step(start, end, new, None, "reset")
        note, difference = "turned_over", turned
    energy = exact(difference) * exact(meter.multiplier)
    if energy > MOST_WH * max(Fraction(1), Fraction((end - start) // timedelta(minutes=15))):
        return Step(start, end, new, None, "reset")
    return Step(start, end, new, int(half_even(energy, 0)), note)


def _turned_over(old: int, new: int, meter: Meter, rules: Book) -> int | None:
    """The difference across the end of the range; None where that is not what happened."""
    if meter.digits is None:
        return None
    whole: int = 10**meter.digits * 1000
    difference = new + whole - old
    percent = exact(rules.number("turned_over_percent"))
    if old * 100 < whole * percent or difference * 100 > whole * (100 - percent):
        return None
    return difference
