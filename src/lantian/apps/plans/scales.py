"""A stretch of time as a width: whole months, and where a day lies in it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from lantian.apps.plans.months import Month

#: as many labels stand side by side at most
LABELS = 14
STEPS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True, slots=True)
class Scale:
    """From the first day of a month to the last one of another.

    Attributes
    ----------
    first, last
        Both included.
    """

    first: date
    last: date

    @classmethod
    def over(cls, days: Iterable[date]) -> Scale | None:
        """The months that hold all days; None without a day.

        >>> Scale.over([date(2017, 2, 9), date(2017, 6, 30)])
        Scale(first=datetime.date(2017, 2, 1), last=datetime.date(2017, 6, 30))
        """
        listed = list(days)
        if not listed:
            return None
        return cls(Month.of(min(listed)).first, Month.of(max(listed)).last)

    def at(self, day: date) -> float:
        """Where a day begins, as a share of the width [%]; days outside lie at the ends.

        >>> Scale(date(2017, 1, 1), date(2017, 1, 10)).at(date(2017, 1, 6))
        50.0
        """
        whole = (self.last - self.first).days + 1
        return min(max((day - self.first).days / whole, 0.0), 1.0) * 100

    def span(self, start: date, end: date) -> tuple[float, float]:
        """Beginning and width of a stretch of days, both ends included [%]."""
        left = self.at(start)
        return left, max(self.at(end + timedelta(1)) - left, 0.0)

    def holds(self, day: date) -> bool:
        """Whether a day lies in it."""
        return self.first <= day <= self.last

    def months(self) -> list[tuple[Month, float, bool]]:
        """Each month with its beginning [%], and whether it bears a label: not more labels than there is room for."""
        found: list[Month] = []
        month = Month.of(self.first)
        while month.first <= self.last:
            found.append(month)
            month = month.after
        step = next((step for step in STEPS if len(found) / step <= LABELS), STEPS[-1])
        return [
            (month, self.at(month.first), (month.year * 12 + month.number - 1) % step == 0) for month in found
        ]
