"""Control values of today, the week, the month, the quarter and the period, from what is left (以日保周、以周保月、以月保季、以季保年).

The days to come get whole numbers of the last place that make up what is left, rounded down; each span is the sum of its
days, so the spans make each other up exactly. A span ends where the next greater one ends: the week in its month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from lantian.rules.air.decomposition import Weight, largest_remainder, running
from lantian.rules.air.periods import Period, period_of
from lantian.rules.air.remaining import down

DAY, WEEK, MONTH, QUARTER, PERIOD = "day", "week", "month", "quarter", "period"


@dataclass(frozen=True, slots=True)
class Span:
    """The rest of a day, week, month, quarter or period, and what it may have.

    Attributes
    ----------
    total
        The sum of its days in units of the last place; of counts how many bad days.
    """

    level: str
    first: date
    last: date
    total: int
    digits: int
    counts: bool = False

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def value(self) -> Decimal:
        """The mean that its days may have, rounded down to one decimal more than the days have; of counts the count."""
        if self.counts:
            return Decimal(self.total)
        return down(Fraction(self.total, self.days * 10**self.digits), self.digits + (self.days > 1))


@dataclass(frozen=True, slots=True)
class Control:
    """The control values of the days to come.

    Attributes
    ----------
    days
        Each day to come with its value, in units of the last place.
    spans
        From today to the whole period.
    unused
        What rounding down leaves over, in the unit of the target.
    """

    days: tuple[tuple[date, int], ...]
    spans: tuple[Span, ...]
    digits: int
    unused: Fraction = Fraction(0)

    def value_of(self, day: date) -> Decimal | None:
        """The control value of a day to come."""
        return next((Decimal(units).scaleb(-self.digits) for one, units in self.days if one == day), None)


def spans_from(first: date, period: Period) -> list[tuple[str, date, date]]:
    """The rest of the week, month, quarter and period from a day on, each within the next."""
    quarter = min(period_of(f"{first.year:04}Q{(first.month + 2) // 3}").last, period.last)
    month = min(period_of(f"{first.year:04}-{first.month:02}").last, quarter)
    week = min(first + timedelta(days=6 - first.weekday()), month)
    ends = {DAY: first, WEEK: week, MONTH: month, QUARTER: quarter, PERIOD: period.last}
    return [(level, first, last) for level, last in ends.items()]


def control_of_mean(
    allowance: Fraction,
    days: Sequence[date],
    weights: Sequence[Weight],
    period: Period,
    digits: int,
    *,
    excluded: bool = False,
) -> Control:
    """Control values from the highest mean that the rest may have.

    Parameters
    ----------
    days, weights
        The days to come, and the usual value of each.
    digits
        Decimals of the value of a day.
    excluded
        Whether the allowance itself is already too much.
    """
    whole = allowance * len(days) * 10**digits
    total = max(0, ceil(whole) - 1 if excluded else floor(whole))
    units = largest_remainder(total, weights)
    unused = (whole - total) / 10**digits if whole > 0 else Fraction(0)
    return _control(days, units, period, digits, False, unused)


def control_of_count(left: int, days: Sequence[date], weights: Sequence[Weight], period: Period) -> Control:
    """Budgets of bad days from how many may still come, running with the shape."""
    return _control(days, running(left, weights), period, 0, True, Fraction(0))


def control_of_each_day(limit: Fraction, days: Sequence[date], period: Period, digits: int) -> Control:
    """Control values of a quantity that no day may exceed."""
    unit = floor(limit * 10**digits)
    unused = (limit * 10**digits - unit) * len(days) / 10**digits
    return _control(days, [unit] * len(days), period, digits, False, unused)


def _control(
    days: Sequence[date], units: Sequence[int], period: Period, digits: int, counts: bool, unused: Fraction
) -> Control:
    if not days:
        return Control((), (), digits, unused)
    spans = []
    for level, first, last in spans_from(days[0], period):
        total = sum(units[: (last - first).days + 1])
        spans.append(Span(level, first, last, total, digits, counts))
    return Control(tuple(zip(days, units, strict=True)), tuple(spans), digits, unused)
