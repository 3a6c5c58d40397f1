"""A baseline over days of different kinds: an order that spans a weekend is held against what is usual on each of its days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

import numpy as np

from lantian.rules.monitoring.power.baseline import Baseline, Calendar, DayKind
from lantian.rules.monitoring.power.readings import SLOTS


@dataclass(frozen=True, eq=False)
class Mixed(Baseline):
    """A baseline whose usual energy depends on the kind of each day; the rest is that of working days.

    Attributes
    ----------
    by_kind
        Usable baselines of the kinds of days that occur.
    """

    calendar: Calendar = field(default_factory=Calendar)
    by_kind: Mapping[DayKind, Baseline] = field(default_factory=dict)

    def at(self, slots: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Usual energy of quarter hours, given by their numbers [Wh]."""
        found = np.zeros(slots.size, np.int64)
        days = slots // SLOTS
        for number in np.unique(days).tolist():
            kind = _compared(self.calendar.kind(date.fromordinal(number)))
            here = days == number
            found[here] = self.by_kind[kind].medians()[slots[here] % SLOTS]
        return found


def _compared(kind: DayKind) -> DayKind:
    return DayKind.REST_DAY if kind is DayKind.HOLIDAY else kind


def mixed(baselines: Mapping[DayKind, Baseline], calendar: Calendar, days: list[date]) -> Baseline:
    """The baseline for some days; that of the kind that lacks where one of them has none that can be used.

    Raises
    ------
    ValueError
        There are no days.
    """
    if not days:
        raise ValueError("a baseline is for days")
    kinds = {_compared(calendar.kind(day)) for day in days}
    lacking = [kind for kind in sorted(kinds) if kind not in baselines or not baselines[kind].usable]
    if lacking:
        kind = lacking[0]
        if kind in baselines:
            return baselines[kind]
        return Baseline("", kind, days[0], (), None, None, None, 0, 0, 0, 0, None)
    if len(kinds) == 1:
        return baselines[kinds.pop()]
    leading = baselines[DayKind.WORKDAY if DayKind.WORKDAY in kinds else sorted(kinds)[0]]
    values = {one.name: getattr(leading, one.name) for one in fields(Baseline)}
    return Mixed(**values, calendar=calendar, by_kind=dict(baselines))
