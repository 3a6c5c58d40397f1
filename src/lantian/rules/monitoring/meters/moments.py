"""What values of single moments say of quarter hours: mean power while it holds, counters near the end.

A logger of HJ 212 sends power every half minute to every hour, at moments of its own choice. A value holds until the next
one, and no longer than the book says; a quarter hour has a mean where values hold in enough of it. A counter that was read
next to the end of a quarter hour is its counter.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.exact import exact, half_even

QUARTER = timedelta(minutes=15)
_MICRO = timedelta(microseconds=1)
_PLACES = 6


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a quarter hour.

    Attributes
    ----------
    value
        In the unit of the values; None where they do not hold in enough of it.
    covered_percent
        In how much of it they hold [%].
    """

    start: datetime
    value: Decimal | None
    covered_percent: Decimal


def quarter_of(moment: datetime) -> datetime:
    """The beginning of the quarter hour that holds a moment, in UTC.

    >>> quarter_of(datetime(2026, 3, 1, 8, 14, 59, tzinfo=UTC)).minute
    0
    """
    utc = moment.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)


def means(
    points: Mapping[datetime, Decimal | None], known_to: datetime | None = None, rules: Book | None = None
) -> list[Mean]:
    """The mean of each quarter hour in which a value holds.

    Parameters
    ----------
    points
        Moment → value; None is a value that is no evidence, which ends the one before and holds for nothing itself.
    known_to
        The latest moment of which a value is known, by default the last of the points. A quarter hour is told only when it
        had ended by then, so that what is still coming does not change it.

    References
    ----------
    HJ 212-2017, annex D: three quarters of the values of a period make its mean. That is of concentrations; here it is the
    house's own choice.
    """
    rules = rules or book("meters")
    holds = timedelta(minutes=rules.whole("moment_holds_minutes"))
    least = Fraction(exact(rules.number("moments_covered_percent")))
    moments = sorted(points)
    if not moments:
        return []
    last = max(known_to or moments[-1], moments[-1])
    sums: dict[datetime, Fraction] = {}
    covered: dict[datetime, timedelta] = {}
    for at, after in zip(moments, [*moments[1:], last], strict=True):
        value = points[at]
        if value is None:
            covered.setdefault(quarter_of(at), timedelta(0))
            continue
        for start, part in _parts(at, min(after, at + holds)):
            sums[start] = sums.get(start, Fraction(0)) + exact(value) * (part // _MICRO)
            covered[start] = covered.get(start, timedelta(0)) + part
    found = []
    for start, part in sorted(covered.items()):
        if start + QUARTER > last:
            continue
        percent = Fraction(100 * (part // _MICRO), QUARTER // _MICRO)
        mean = half_even(sums[start] / (part // _MICRO), _PLACES) if part and percent >= least else None
        found.append(Mean(start, mean, half_even(percent, 1)))
    return found


def _parts(begin: datetime, end: datetime) -> Iterator[tuple[datetime, timedelta]]:
    """A span by quarter hours."""
    while begin < end:
        start = quarter_of(begin)
        last = min(end, start + QUARTER)
        yield start, last - begin
        begin = last


def boundaries(
    points: Mapping[datetime, Decimal], known_to: datetime | None = None, rules: Book | None = None
) -> dict[datetime, tuple[datetime, Decimal]]:
    """The counter at each end of a quarter hour: that which was read nearest to it, the earlier one of two.

    Parameters
    ----------
    points
        Moment → counter.
    known_to
        As for :func:`means`.

    Returns
    -------
    dict
        End of a quarter hour → moment at which the counter was read, and counter. An end is told only when no later
        moment can come nearer.
    """
    rules = rules or book("meters")
    off = timedelta(minutes=rules.whole("counter_off_minutes"))
    moments = sorted(points)
    last = max([*moments[-1:], *([known_to] if known_to is not None else [])], default=None)
    found: dict[datetime, tuple[datetime, Decimal]] = {}
    for at in moments:
        start = quarter_of(at)
        for end in (start, start + QUARTER):
            away = abs(at - end)
            if away > off or last is None or (away and last < end + away):
                continue
            known = found.get(end)
            if known is None or away < abs(known[0] - end):
                found[end] = at, points[at]
    return found


def apparent_kw(voltages: Sequence[Decimal], currents: Sequence[Decimal], power_factor: Decimal) -> Decimal:
    """Power from phase voltages [V] and currents [A] [kW]: their products added, times the power factor that was stated.

    Parameters
    ----------
    currents
        One for all phases, or one for each.

    >>> apparent_kw([Decimal(220)] * 3, [Decimal(10)], Decimal("0.9"))
    Decimal('5.940000')
    """
    of_each = list(currents) * len(voltages) if len(currents) == 1 else list(currents)
    watts = sum((exact(volt) * exact(ampere) for volt, ampere in zip(voltages, of_each, strict=True)), Fraction(0))
    return half_even(watts * exact(power_factor) / 1000, _PLACES)
