"""Data of many outlets as columns, sorted by outlet and time, so that a rule is a few operations on arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lantian.rules.monitoring.errors import InputError, Message, _

Array = np.ndarray[Any, Any]
#: no mark
NO_MARK = 0
NORMAL = ord("N")
STOPPED = ord("F")
#: seconds that campaign time is ahead of UTC
AHEAD = 8 * 3600
DAY_S, HOUR_S = 86_400, 3_600


@dataclass(frozen=True, eq=False)
class Observations:
    """What outlets reported.

    Attributes
    ----------
    outlets
        Names, in ascending order of their number.
    outlet
        Number of the outlet of each row; ascending.
    time
        Moment, or beginning of the period, of each row [s since 1970, UTC]; ascending within an outlet.
    values
        Column (``so2``, ``so2.zs``, ``o2.min`` …) → float64, NaN where missing.
    marks
        Factor → uint8, the character of the mark; 0 where there is none.
    received
        When each row came [s since 1970]; None where that is not known.
    """

    outlets: tuple[str, ...]
    outlet: Array
    time: Array
    values: Mapping[str, Array]
    marks: Mapping[str, Array] = field(default_factory=dict)
    received: Array | None = None

    def __post_init__(self) -> None:
        rows = len(self.outlet)
        columns = [self.time, *self.values.values(), *self.marks.values()]
        if self.received is not None:
            columns.append(self.received)
        if any(len(column) != rows for column in columns):
            raise InputError("columns", Message(_("Columns of observations must be of one length.")))
        if rows and (self.outlet.min() < 0 or self.outlet.max() >= len(self.outlets)):
            raise InputError("outlet", Message(_("A row belongs to no outlet.")))
        later = np.diff(self.outlet) > 0
        if not (later | ((np.diff(self.outlet) == 0) & (np.diff(self.time) >= 0))).all():
            raise InputError("order", Message(_("Observations must be sorted by outlet and time.")))

    @property
    def rows(self) -> int:
        """How many."""
        return len(self.outlet)

    def column(self, name: str) -> Array | None:
        """A column; None where there is none."""
        return self.values.get(name)

    def mark(self, factor: str) -> Array:
        """The marks of a factor; none where it has none."""
        found = self.marks.get(factor)
        return np.zeros(self.rows, np.uint8) if found is None else found

    def normal(self, factor: str) -> Array:
        """Where a factor is marked normal or not marked at all."""
        mark = self.mark(factor)
        found: Array = (mark == NORMAL) | (mark == NO_MARK)
        return found

    def groups(self) -> Iterator[tuple[int, int, int]]:
        """Number of each outlet that has rows, with its first row and the one behind its last."""
        yield from groups_of(self.outlet)

    def days(self) -> Array:
        """Number of the campaign day of each row."""
        found: Array = (self.time + AHEAD) // DAY_S
        return found

    def outlet_days(self) -> Iterator[tuple[int, int, int]]:
        """Number of the outlet of each day of an outlet, with its first row and the one behind its last."""
        if self.rows:
            days = self.days()
            key = self.outlet.astype(np.int64) * (int(days.max()) - int(days.min()) + 2) + (days - days.min())
            for _key, begin, end in groups_of(key):
                yield int(self.outlet[begin]), begin, end


def groups_of(keys: Array) -> Iterator[tuple[int, int, int]]:
    """Values of a sorted column, with their first row and the one behind the last."""
    if not len(keys):
        return
    edges = np.flatnonzero(np.diff(keys)) + 1
    begins = np.concatenate(([0], edges)).tolist()
    ends = np.concatenate((edges, [len(keys)])).tolist()
    for begin, end in zip(begins, ends, strict=True):
        yield int(keys[begin]), begin, end


def observations(
    outlets: Sequence[str],
    time: Array,
    values: Mapping[str, Array],
    *,
    marks: Mapping[str, Array] | None = None,
    received: Array | None = None,
) -> Observations:
    """Observations from rows in any order.

    Parameters
    ----------
    outlets
        Name of the outlet of each row.
    """
    names, numbers = np.unique(np.asarray(outlets, object).astype(str), return_inverse=True)
    order = np.lexsort((time, numbers))
    return Observations(
        tuple(names.tolist()),
        numbers[order].astype(np.int32),
        np.asarray(time, np.int64)[order],
        {name: np.asarray(column, float)[order] for name, column in values.items()},
        {name: np.asarray(column, np.uint8)[order] for name, column in (marks or {}).items()},
        None if received is None else np.asarray(received, np.int64)[order],
    )


def runs_of(flags: Array, breaks: Array) -> Iterator[tuple[int, int]]:
    """Stretches of true flags that are not parted by a break; `breaks[i]` parts row i from the one before."""
    if not len(flags):
        return
    key = np.cumsum(breaks | ~flags | np.concatenate(([True], ~flags[:-1])))
    for _key, begin, end in groups_of(key):
        if flags[begin]:
            yield begin, end


def outlet_breaks(data: Observations, gap_s: float | None = None) -> Array:
    """Where another outlet begins, or a gap is longer than so many seconds."""
    breaks = np.ones(data.rows, bool)
    if data.rows:
        breaks[1:] = np.diff(data.outlet) != 0
        if gap_s is not None:
            breaks[1:] |= np.diff(data.time) > gap_s
    return breaks
