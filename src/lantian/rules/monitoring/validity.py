"""Means of minutes, hours, days and months with their marks and validity; capture, transmission and valid rates.

A mean that lacks too much is absent with its reason: invalid data are no evidence of anything, least of all of exceedance.

References
----------
HJ 212-2017, Annex D and the rule of marks; HJ 76-2017 (months, second-hand); HJ 75-2017 (capture rate, second-hand).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import InputError, Message, Reason, _
from lantian.rules.monitoring.exact import Number, exact, half_even

HOUR_MINUTES, DAY_HOURS = 60, 24
#: intervals of minute data that HJ 212-2017 allows [min]
INTERVALS = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30)


class Origin(StrEnum):
    """Where a value comes from; one that was not measured stays marked."""

    SENT = "sent"
    RECOMPUTED = "recomputed"
    BY_HAND = "by_hand"
    SUBSTITUTE = "substitute"


@dataclass(frozen=True, slots=True)
class Part:
    """A value that enters a mean, and whether it counts; None is missing."""

    value: Number | None
    valid: bool = True


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean of a period.

    Attributes
    ----------
    value
        Unrounded, of the valid parts; None where it is not valid.
    mark
        ``N`` where at least 75 % of the parts that are due are normal, else ``D``.
    valid
        Whether it counts (45 minutes, 20 hours, 25 days).
    count, due
        Valid parts, and parts that are due.
    """

    value: Fraction | None
    mark: str
    valid: bool
    count: int
    due: int
    reason: Reason


def _mean(parts: Sequence[Part], due: int, enough: bool, reason: Reason, rules: Book) -> Mean:
    if len(parts) > due:
        said = Message(_("%(count)s values for a period that has room for %(due)s."), count=len(parts), due=due)
        raise InputError("too_many", said)
    counted = [exact(part.value) for part in parts if part.valid and part.value is not None]
    normal = len(counted) * 100 >= rules.number("mark_percent") * due
    value = sum(counted, Fraction(0)) / len(counted) if counted and enough else None
    return Mean(value, "N" if normal else "D", value is not None, len(counted), due, reason)


def _count(parts: Iterable[Part]) -> int:
    return sum(part.valid and part.value is not None for part in parts)


def minute_mean(parts: Sequence[Part], *, due: int = 12, rules: Book | None = None) -> Mean:
    """The mean of a minute from its readings: at least 12 of them must be there and valid (5 s spacing).

    Parameters
    ----------
    due
        Readings that a minute has.
    """
    rules = rules or book("validity")
    least, count = rules.whole("minute_readings"), _count(parts)
    said = Message(_("%(count)s valid readings; a minute needs %(least)s"), count=count, least=least)
    return _mean(parts, max(due, least), count >= least, Reason("readings", said), rules)


def hour_mean(parts: Sequence[Part], *, interval: int = 1, rules: Book | None = None) -> Mean:
    """The mean of an hour from its minute data: at least 45 valid minutes.

    Parameters
    ----------
    interval
        Minutes that each value stands for, one of :data:`INTERVALS`.

    Raises
    ------
    InputError
        ``interval``, or ``too_many`` values.

    Examples
    --------
    Of twelve five-minute means nine must be valid:

    >>> five = [Part(Decimal(30))] * 9 + [Part(Decimal(900), valid=False)] * 3
    >>> hour_mean(five, interval=5).value, hour_mean(five[1:], interval=5).value
    (Fraction(30, 1), None)
    """
    rules = rules or book("validity")
    if interval not in INTERVALS:
        said = Message(_("Minute data of %(interval)s min are not known to HJ 212."), interval=interval)
        raise InputError("interval", said)
    least, minutes = rules.whole("hour_minutes"), _count(parts) * interval
    said = Message(_("%(count)s valid minutes; an hour needs %(least)s"), count=minutes, least=least)
    return _mean(parts, HOUR_MINUTES // interval, minutes >= least, Reason("minutes", said), rules)


def day_mean(parts: Sequence[Part], *, stopped_hours: int = 0, rules: Book | None = None) -> Mean:
    """The mean of a day from its hour means: at least 20 valid hours.

    Parameters
    ----------
    stopped_hours
        Hours in which the source stood still, by a mark that holds. They are said, and the need for 20 hours stays: whether
        a day of a source that ran only in part is judged by its day mean is not settled.
    """
    rules = rules or book("validity")
    least, count = rules.whole("day_hours"), _count(parts)
    if stopped_hours:
        said = Message(
            _("%(count)s valid hours, %(stopped)s h stopped; a day needs %(least)s"),
            count=count, stopped=stopped_hours, least=least,
        )  # fmt: skip
    else:
        said = Message(_("%(count)s valid hours; a day needs %(least)s"), count=count, least=least)
    return _mean(parts, DAY_HOURS, count >= least, Reason("hours", said), rules)


def month_mean(parts: Sequence[Part], *, month: int, days: int, rules: Book | None = None) -> Mean:
    """The mean of a month from its day means: at least 25 valid days, 23 in February.

    Parameters
    ----------
    month
        1 to 12.
    days
        Days that the month has.
    """
    rules = rules or book("validity")
    least, count = rules.whole("february_days" if month == 2 else "month_days"), _count(parts)
    said = Message(_("%(count)s valid days; this month needs %(least)s"), count=count, least=least)
    return _mean(parts, days, count >= least, Reason("days", said), rules)


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate with what it is made from; `value` is None where nothing was due."""

    value: Fraction | None
    reached: int
    due: int
    enough: bool | None = None
    reasons: tuple[Reason, ...] = ()

    def percent(self, digits: int = 2) -> Decimal | None:
        """In per cent, half to even."""
        return None if self.value is None else half_even(self.value * 100, digits)


def capture_rate(hours: int, stopped: int, invalid: int, *, rules: Book | None = None) -> Rate:
    """Valid capture of a quarter: (hours − stopped − invalid) / (hours − stopped).

    Examples
    --------
    >>> capture_rate(2184, 184, 150).percent(1), capture_rate(2184, 184, 520).percent(1)
    (Decimal('92.5'), Decimal('74.0'))

    Raises
    ------
    InputError
        ``hours``: more hours are stopped or invalid than there are.
    """
    rules = rules or book("validity")
    if min(hours, stopped, invalid) < 0 or stopped + invalid > hours:
        raise InputError("hours", Message(_("More hours are stopped or invalid than the period has.")))
    due = hours - stopped
    if not due:
        said = Message(_("stopped for the whole period: nothing was due"))
        return Rate(None, 0, 0, None, (Reason("stopped", said),))
    value = Fraction(due - invalid, due)
    enough = value * 100 >= exact(rules.number("quarter_percent"))
    reasons = rules.defaults("quarter_percent")
    if not enough:
        said = Message(
            _("below %(least)s %%: the monitor itself fails, and amounts need another method"),
            least=str(rules.number("quarter_percent")),
        )
        reasons = (Reason("capture_low", said), *reasons)
    return Rate(value, due - invalid, due, enough, reasons)


def rate(reached: int, due: int) -> Rate:
    """Reached over due, for transmission (values received of those due) and validity (valid ones of those received).

    Raises
    ------
    InputError
        ``rate``: more was reached than was due.
    """
    if reached < 0 or due < reached:
        raise InputError("rate", Message(_("More was reached than was due.")))
    return Rate(Fraction(reached, due) if due else None, reached, due)


@dataclass(frozen=True, slots=True)
class Transmission:
    """How well an outlet transmits: effective = transmission × validity; stopped hours that were marked in time are not due."""

    transmission: Rate
    validity: Rate
    effective: Fraction | None


def transmission(due: int, received: int, valid: int, *, stopped: int = 0) -> Transmission:
    """Transmission, valid and effective rate of a period, in hours (or minutes) alike.

    Parameters
    ----------
    due
        Values that the period has.
    received, valid
        Values that came and that count, without those of stopped hours.
    stopped
        Hours that a mark excepts, filed before its deadline.

    Raises
    ------
    InputError
        ``rate``: more came or counts than can be.
    """
    if stopped < 0 or stopped > due:
        raise InputError("rate", Message(_("More was reached than was due.")))
    sent, counted = rate(received, due - stopped), rate(valid, received)
    whole = None if sent.value is None else sent.value * (counted.value or Fraction(0))
    return Transmission(sent, counted, whole)
