"""One reading: power, energy or counter of a meter, and whether it may be stored.

Power is the mean of its period. Energy and power are multiplied by CT and PT where they arrive as the meter shows them; a
counter is kept as it is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction

from lantian.rules.air.labels import BEIJING, moment_of
from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.exact import exact, half_even

#: no meter takes as much in a period [Wh]: 10 GWh
MOST_WH = 10_000_000_000
#: no counter shows as much [Wh]: twelve figures of kWh
MOST_COUNTER_WH = 10**15
_EMPTY = frozenset({"", "-", "--", "—", "/", "null", "none", "nan", "n/a", "#n/a", "无"})


class Kind(StrEnum):
    """What a value is."""

    POWER = "power"
    ENERGY = "energy"
    REGISTER = "register"


#: unit as it is written → what it is of, and how many kW or kWh it is
UNITS: dict[str, tuple[Kind | None, Decimal]] = {
    "kw": (Kind.POWER, Decimal(1)),
    "千瓦": (Kind.POWER, Decimal(1)),
    "w": (Kind.POWER, Decimal("0.001")),
    "瓦": (Kind.POWER, Decimal("0.001")),
    "mw": (Kind.POWER, Decimal(1000)),
    "兆瓦": (Kind.POWER, Decimal(1000)),
    "kwh": (None, Decimal(1)),
    "kw·h": (None, Decimal(1)),
    "kw.h": (None, Decimal(1)),
    "千瓦时": (None, Decimal(1)),
    "度": (None, Decimal(1)),
    "mwh": (None, Decimal(1000)),
    "兆瓦时": (None, Decimal(1000)),
    "万kwh": (None, Decimal(10000)),
    "万千瓦时": (None, Decimal(10000)),
    "万度": (None, Decimal(10000)),
}


@dataclass(frozen=True, slots=True)
class Meter:
    """What the register knows of a meter.

    Attributes
    ----------
    multiplier
        CT times PT, or 1 where values arrive multiplied.
    capacity_kw
        What can pass at most [kW]; None where nobody has said.
    digits
        Figures of its counter before the point; None where nobody has said.
    """

    number: str
    multiplier: Decimal = Decimal(1)
    capacity_kw: Decimal | None = None
    digits: int | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A value as it was sent: kW, or kWh; a counter has no beginning."""

    meter: str
    start: datetime | None
    end: datetime
    kind: Kind
    value: Decimal


@dataclass(frozen=True, slots=True)
class Good:
    """A reading that may be stored.

    Attributes
    ----------
    energy_wh
        Energy of the period on the primary side [Wh]; None for a counter.
    register_wh
        The counter as it is shown [Wh]; None for power and energy.
    """

    meter: str
    start: datetime | None
    end: datetime
    energy_wh: int | None
    register_wh: int | None


def number_of(text: str) -> Decimal | None:
    """A number as it is written; None for a missing one.

    Raises
    ------
    ValueError
        The text is neither.

    >>> number_of("1,234.50"), number_of(" — "), number_of("12.5")
    (Decimal('1234.50'), None, Decimal('12.5'))
    """
    plain = text.strip().replace(",", "").replace("，", "")
    if plain.lower() in _EMPTY:
        return None
    try:
        found = Decimal(plain)
    except InvalidOperation:
        raise ValueError(text) from None
    if not found.is_finite() or abs(found.adjusted()) > 18:
        raise ValueError(text)
    return found


def moment(text: str) -> datetime | None:
    """A time with its time of day, in UTC; without an offset it is campaign time. None where it is none.

    A second before or after a minute is that minute: spreadsheets keep times as parts of a day.
    """
    found = moment_of(text)
    if found is None or not found[1]:
        return None
    local = found[0]
    if local.second in (59, 1):
        local += timedelta(seconds=1 if local.second == 59 else -1)
    try:
        return local.replace(tzinfo=BEIJING).astimezone(UTC)
    except OverflowError:
        return None


def check(reading: Reading, meter: Meter, now: datetime, rules: Book | None = None) -> Good | Reason:
    """The reading as it is stored, or why it is not.

    Parameters
    ----------
    now
        The clock of the receiver.
    """
    rules = rules or book("meters")
    wrong = _time(reading, now, rules)
    if wrong is not None:
        return wrong
    if reading.value < 0:
        said = _("%(value)s is below zero: look at the direction of the current transformer")
        return Reason("negative", Message(said, value=str(reading.value)))
    if reading.kind is Kind.REGISTER:
        shown = half_even(reading.value * 1000, 0)
        if shown > MOST_COUNTER_WH:
            return Reason("too_much", Message(_("no counter shows %(value)s kWh"), value=str(reading.value)))
        return Good(reading.meter, None, reading.end, None, int(shown))
    assert reading.start is not None
    energy = _energy(reading, meter)
    limit = _limit(reading, meter, rules)
    if energy > limit:
        said = _(
            "%(value)s %(unit)s are %(load)s kW, more than can pass (%(limit)s kW): look at the multiplier (%(multiplier)s)"
        )
        hours = _hours(reading)
        return Reason(
            "too_much",
            Message(
                said,
                value=str(reading.value),
                unit="kW" if reading.kind is Kind.POWER else "kWh",
                load=str(half_even(energy / hours / 1000, 1)),
                limit=str(half_even(limit / hours / 1000, 1)),
                multiplier=f"{meter.multiplier.normalize():f}",
            ),
        )
    return Good(reading.meter, reading.start, reading.end, int(half_even(energy, 0)), None)


def _time(reading: Reading, now: datetime, rules: Book) -> Reason | None:
    start = reading.start
    if reading.kind is not Kind.REGISTER:
        if start is None or start >= reading.end:
            return Reason("time_order", Message(_("the period ends before it begins")))
        if reading.end - start > timedelta(hours=rules.whole("period_hours_most")):
            said = _("the period is longer than %(hours)s hours")
            return Reason("period_long", Message(said, hours=rules.whole("period_hours_most")))
        if reading.end - start < timedelta(minutes=1):
            return Reason("period_short", Message(_("the period is shorter than a minute")))
    if reading.end > now + timedelta(minutes=rules.whole("future_minutes")):
        return Reason("future", Message(_("the period has not ended yet: look at the clock of the sender")))
    if reading.end.year < rules.whole("first_year"):
        return Reason("too_old", Message(_("before %(year)s nothing was sent"), year=rules.whole("first_year")))
    return None


def _hours(reading: Reading) -> Fraction:
    assert reading.start is not None
    return Fraction((reading.end - reading.start) // timedelta(microseconds=1), 3_600_000_000)


def _energy(reading: Reading, meter: Meter) -> Fraction:
    """Energy of the period on the primary side [Wh]."""
    found = exact(reading.value) * exact(meter.multiplier) * 1000
    return found * _hours(reading) if reading.kind is Kind.POWER else found


def _limit(reading: Reading, meter: Meter, rules: Book) -> Fraction:
    """Most energy of the period [Wh]."""
    if meter.capacity_kw is None:
        return Fraction(MOST_WH)
    share = Fraction(rules.number("capacity_percent")) / 100
    return min(Fraction(MOST_WH), exact(meter.capacity_kw) * 1000 * share * _hours(reading))
