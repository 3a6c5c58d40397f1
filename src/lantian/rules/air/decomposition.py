"""A target decomposed to months and days, in whole numbers that make up the whole again, exactly.

A mean over days is a sum: the target times the days of the period. Months get whole numbers of the last place (tenths, say)
such that their values times their days are that sum and nothing is left; the days of a month get whole numbers whose sum is
the month's. Counts of days are shared out by the largest remainder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import gcd

from lantian.rules.air.errors import AirError
from lantian.rules.air.periods import Part, Period

Weight = int | Fraction

#: how finely an ideal value is told when two ways to share out are compared
_FINE = 1000
#: decimals that months may get beside those that were asked for
_MORE = 3


class NotDivisible(AirError):
    """A whole cannot be shared out so that nothing is left."""

    code = "not_divisible"


def largest_remainder(total: int, weights: Sequence[Weight], caps: Sequence[int] | None = None) -> list[int]:
    """A whole number shared out by weights; the parts add up to it.

    Each gets its share rounded down; what is left goes one by one to the largest remainders, of equal ones to the first.

    Parameters
    ----------
    weights
        Not negative; where all are 0, each counts alike.
    caps
        What a part can hold; what does not fit goes to the others.

    Raises
    ------
    NotDivisible
        The parts cannot hold the whole.

    >>> largest_remainder(10, [1, 1, 1]), largest_remainder(10, [8, 1, 1], [4, 9, 9])
    ([4, 3, 3], [4, 3, 3])
    """
    if total < 0 or any(weight < 0 for weight in weights):
        raise ValueError("Neither the whole nor a weight may be negative.")
    limits: list[int | None] = [None] * len(weights) if caps is None else list(caps)
    if (not weights and total) or (caps is not None and sum(caps) < total):
        raise NotDivisible(f"{total} do not fit")
    found = [0] * len(weights)
    active, left = list(range(len(weights))), total
    while active:
        whole = sum(weights[place] for place in active)
        shares = {
            place: Fraction(left) * weights[place] / whole if whole else Fraction(left, len(active))
            for place in active
        }
        full = [place for place in active if (cap := limits[place]) is not None and shares[place] >= cap]
        if full:
            for place in full:
                found[place] = limits[place] or 0
                left -= found[place]
            active = [place for place in active if place not in full]
            continue
        for place in active:
            found[place] = int(shares[place])
        rest = left - sum(found[place] for place in active)
        for place in sorted(active, key=lambda place: (int(shares[place]) - shares[place], place))[:rest]:
            found[place] += 1
        break
    return found


def whole_values(total: int, days: Sequence[int], ideals: Sequence[Fraction]) -> list[int]:
    """Whole values that, times their days, make up a total exactly, and lie as near to ideal values as can be.

    Least is the sum of the squared distances, each times its days.

    Raises
    ------
    NotDivisible
        No whole values make it up.

    >>> whole_values(59 * 10, [31, 28], [Fraction(21, 2), Fraction(19, 2)])
    [10, 10]
    """
    common = gcd(*days)
    if total < 0 or total % common:
        raise NotDivisible(f"{total} is no multiple of {common}")
    floors = [int(ideal) for ideal in ideals]
    fine = [round(ideal * _FINE) for ideal in ideals]
    reach = 1
    while True:
        found = _nearest(total, days, floors, fine, reach)
        if found is not None:
            return found
        if reach > total + max(floors, default=0) + 2:
            raise NotDivisible(f"no whole values times {list(days)} make up {total}")
        reach *= 2


def _nearest(
    total: int, days: Sequence[int], floors: Sequence[int], fine: Sequence[int], reach: int
) -> list[int] | None:
    """The best values not farther from the floors than `reach`; None where there are none."""
    #: what is left after the values so far → cost and the values, of the cheapest way
    ways: dict[int, tuple[int, tuple[int, ...]]] = {total: (0, ())}
    rest_low = [0] * (len(days) + 1)
    rest_high = [0] * (len(days) + 1)
    for place in range(len(days) - 1, -1, -1):
        rest_low[place] = rest_low[place + 1] + days[place] * max(0, floors[place] - reach)
        rest_high[place] = rest_high[place + 1] + days[place] * (floors[place] + reach + 1)
    for place, number in enumerate(days):
        following: dict[int, tuple[int, tuple[int, ...]]] = {}
        for left, (cost, values) in ways.items():
            for value in range(max(0, floors[place] - reach), floors[place] + reach + 2):
                after = left - value * number
                if not rest_low[place + 1] <= after <= rest_high[place + 1]:
                    continue
                way = (cost + number * (_FINE * value - fine[place]) ** 2, (*values, value))
                if after not in following or way < following[after]:
                    following[after] = way
        ways = following
    return list(ways[0][1]) if 0 in ways else None


# --- a mean ---


@dataclass(frozen=True, slots=True)
class MonthShare:
    """What a month gets of a target.

    Attributes
    ----------
    units
        The value of the month in units of the last place; of counts the count itself.
    total
        What its days hold together: `units` times the days, of counts the count.
    """

    year: int
    month: int
    first: date
    days: int
    units: int
    total: int
    digits: int

    @property
    def value(self) -> Decimal:
        """The value of the month."""
        return Decimal(self.units).scaleb(-self.digits)

    @property
    def last(self) -> date:
        """The last day."""
        return self.first + timedelta(days=self.days - 1)


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A target of a period by months and days.

    Attributes
    ----------
    total
        What all days hold together, in units of the last place; of counts the count.
    per_day
        What each day holds, in units of the last place; of counts how many it adds, by which a budget runs through the year.
    """

    period: Period
    digits: int
    total: int
    months: tuple[MonthShare, ...]
    per_day: tuple[int, ...]

    @property
    def recombines(self) -> bool:
        """Whether the months and the days make up the whole."""
        starts = [(month.first - self.period.first).days for month in self.months]
        return sum(month.total for month in self.months) == self.total and all(
            sum(self.per_day[start : start + month.days]) == month.total
            for start, month in zip(starts, self.months, strict=True)
        )


def _firsts(period: Period) -> list[tuple[Part, date]]:
    found, first = [], period.first
    for part in period.parts():
        found.append((part, first))
        first += timedelta(days=part.days)
    return found


def decompose_mean(
    value: Decimal, period: Period, months: Sequence[Weight], days: Sequence[Weight], digits: int
) -> Decomposition:
    """A mean by months and days.

    Parameters
    ----------
    value
        With at most `digits` decimals; more are cut off, so that the parts never promise more than the target allows.
    months
        The shape: the usual value of each month of the period, in any unit.
    days
        The usual value of each day.
    digits
        Decimals of the parts.
    """
    parts = _firsts(period)
    total = int(Fraction(value) * 10**digits) * period.days
    ideals = [ideal * 10**digits for ideal in ideals_of(Fraction(total, 10**digits), period, months)]
    values = whole_values(total, [part.days for part, _first in parts], ideals)
    shares, per_day = [], []
    for unit, (part, first) in zip(values, parts, strict=True):
        share = MonthShare(part.year, part.month, first, part.days, unit, unit * part.days, digits)
        start = (first - period.first).days
        per_day += largest_remainder(share.total, days[start : start + part.days])
        shares.append(share)
    return Decomposition(period, digits, total, tuple(shares), tuple(per_day))


def ideals_of(total: Fraction, period: Period, months: Sequence[Weight]) -> list[Fraction]:
    """The values of the months in proportion to the shape, not rounded, whose days make up a total."""
    parts = period.parts()
    shape = list(months) if any(months) else [1] * len(parts)
    whole = sum(weight * part.days for weight, part in zip(shape, parts, strict=True))
    return [total * weight / whole for weight in shape]


def decompose_closely(
    value: Decimal,
    period: Period,
    months: Sequence[Weight],
    days: Sequence[Weight],
    digits: int,
    within: Fraction,
) -> Decomposition:
    """A mean by months and days, with as few decimals as keep each month close to the shape.

    Whole numbers of tenths whose days make up the total exactly may lie off the shape, the farther the fewer months there
    are: of a June and July alone, each could only move by 31 tenths. Then the months get more decimals.

    Parameters
    ----------
    digits
        Decimals to begin with; at most three more are taken.
    within
        How far a month may lie from its share of the shape.
    """
    ideals = ideals_of(Fraction(value) * period.days, period, months)
    found = decompose_mean(value, period, months, days, digits)
    for more in range(digits + 1, digits + _MORE + 1):
        off = (abs(Fraction(month.value) - ideal) for month, ideal in zip(found.months, ideals, strict=True))
        if max(off) <= within:
            break
        found = decompose_mean(value, period, months, days, more)
    return found


# --- counts ---


def decompose_count(
    total: int, period: Period, months: Sequence[Weight], days: Sequence[Weight]
) -> Decomposition:
    """A number of days by months, the parts by the largest remainder and none above the days of its month.

    Parameters
    ----------
    months, days
        The shape: how many of such days a month, and how much of one a day, usually has.
    """
    parts = _firsts(period)
    counts = largest_remainder(total, months, [part.days for part, _first in parts])
    shares, per_day = [], []
    for count, (part, first) in zip(counts, parts, strict=True):
        shares.append(MonthShare(part.year, part.month, first, part.days, count, count, 0))
        start = (first - period.first).days
        per_day += running(count, days[start : start + part.days])
    return Decomposition(period, 0, total, tuple(shares), tuple(per_day))


def running(total: int, weights: Sequence[Weight]) -> list[int]:
    """What each place adds to a count that runs with the weights; the additions make up the count.

    >>> running(2, [1, 1, 1, 1])
    [0, 1, 0, 1]
    """
    shape = list(weights) if any(weights) else [1] * len(weights)
    whole, so_far, before, found = sum(shape), Fraction(0), 0, []
    for weight in shape:
        so_far += weight
        reached = int(total * so_far / whole)
        found.append(reached - before)
        before = reached
    return found
