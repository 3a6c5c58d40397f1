"""Readings of meters on a grid of quarter hours in campaign time: whole watt-hours, one row per day.

Energy is whole watt-hours, so that sums and comparisons with shares are exact. A missing reading is -1, never 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

import numpy as np

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.errors import InputError, Message, Reason, _
from lantian.rules.monitoring.exact import half_even

SLOTS = 96
SLOT_MINUTES = 15
MISSING = -1
#: 10 GWh in a quarter of an hour: no works takes as much [Wh]
MOST_WH = 10_000_000_000
#: quarter hours that a reading may go over
PARTS = (1, 2, 4)
#: ten years
_MOST_DAYS = 3_660


class Role(StrEnum):
    """What a meter measures."""

    PRODUCTION = "production"
    TREATMENT = "treatment"
    #: the whole works: with lighting, heating, treatment
    WHOLE = "whole"
    OTHER = "other"


def kw(wh: int | Decimal) -> str:
    """Energy of a quarter hour [Wh] as its mean power [kW], exact.

    >>> kw(2501), kw(100_000)
    ('10.004', '400')
    """
    return f"{(Decimal(wh) * 60 / SLOT_MINUTES / 1000).normalize():f}"


@dataclass(frozen=True, slots=True)
class Line:
    """A metered line.

    Attributes
    ----------
    holding_wh
        What was accepted to stay on while it is stopped, in a quarter of an hour [Wh]: holding heat, security, cold.
    holding_grounds
        Why that was accepted.
    stop_minutes
        Time that the process needs to stop in order [min].
    treats
        Of a treatment line, the production lines that it serves.
    """

    id: str
    role: Role
    name: str = ""
    holding_wh: int = 0
    holding_grounds: str = ""
    stop_minutes: int = 0
    treats: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.holding_wh < 0 or self.stop_minutes < 0:
            raise InputError("line", Message(_("A holding load or a time to stop is not below zero.")))
        if self.holding_wh and not self.holding_grounds.strip():
            raise InputError(
                "holding_grounds", Message(_("A holding load needs grounds: who accepted it, and for what."))
            )


@dataclass(frozen=True, eq=False)
class Series:
    """The energy of a line.

    Attributes
    ----------
    first
        Day of the first row, in campaign time.
    wh
        int64, shape (days, 96) [Wh]; -1 is missing.
    parts
        Over how many quarter hours the reading goes that each is a part of: 1, 2 or 4; None where all are 1. The parts of
        a longer reading are equal, but for a watt-hour.
    """

    line: str
    first: date
    wh: np.ndarray[Any, Any]
    parts: np.ndarray[Any, Any] | None = None

    def __post_init__(self) -> None:
        wh = self.wh
        if self.parts is not None and (self.parts.shape != wh.shape or not np.isin(self.parts, PARTS).all()):
            raise InputError("shape", Message(_("A reading goes over 15, 30 or 60 minutes.")))
        if wh.ndim != 2 or wh.shape[1] != SLOTS or wh.dtype != np.int64 or not 0 < wh.shape[0] <= _MOST_DAYS:
            raise InputError(
                "shape", Message(_("Readings are whole watt-hours: rows of 96 quarter hours, at most ten years."))
            )
        if wh.min() < MISSING or wh.max() > MOST_WH:
            raise InputError(
                "out_of_range", Message(_("A reading is below zero or beyond all measure (%(most)s Wh)."), most=MOST_WH)
            )

    @property
    def days(self) -> int:
        """Rows."""
        return int(self.wh.shape[0])

    @property
    def last(self) -> date:
        """Day of the last row."""
        return self.first + timedelta(days=self.days - 1)

    def day(self, day: date) -> np.ndarray[Any, Any]:
        """The quarter hours of a day; all missing where the series does not reach."""
        at = (day - self.first).days
        if 0 <= at < self.days:
            row: np.ndarray[Any, Any] = self.wh[at]
            return row
        return np.full(SLOTS, MISSING, np.int64)

    def parts_on(self, day: date) -> np.ndarray[Any, Any]:
        """Over how many quarter hours each reading of a day goes."""
        at = (day - self.first).days
        if self.parts is None or not 0 <= at < self.days:
            return np.ones(SLOTS, np.int64)
        row: np.ndarray[Any, Any] = self.parts[at]
        return row

    def parts_of(self, day: date, slot: int) -> int:
        """Over how many quarter hours the reading of a quarter hour goes."""
        return int(self.parts_on(day)[slot])

    def between(self, start: datetime, end: datetime) -> Window:
        """The whole quarter hours from `start` to before `end`."""
        return window(self, start, end)


@dataclass(frozen=True, eq=False)
class Window:
    """Quarter hours of a period: number of the slot of each (see :func:`slot_number`), energy [Wh], and parts of a reading."""

    slots: np.ndarray[Any, Any]
    wh: np.ndarray[Any, Any]
    parts: np.ndarray[Any, Any]

    @property
    def present(self) -> np.ndarray[Any, Any]:
        """Where there is a reading."""
        found: np.ndarray[Any, Any] = self.wh != MISSING
        return found


def slot_number(moment: datetime, *, up: bool = False) -> int:
    """The number of the quarter hour that holds a moment, counted from day 1 of the calendar; `up`: the next that begins.

    Raises
    ------
    InputError
        ``naive_time``: the moment has no offset.
    """
    if moment.tzinfo is None:
        raise InputError("naive_time", Message(_("A time needs its offset from UTC.")))
    local = moment.astimezone(BEIJING)
    seconds = local.hour * 3600 + local.minute * 60 + local.second
    slot, rest = divmod(seconds, SLOT_MINUTES * 60)
    return local.toordinal() * SLOTS + slot + (1 if up and (rest or local.microsecond) else 0)


def slot_start(number: int) -> datetime:
    """The moment at which a quarter hour begins, in campaign time."""
    day, slot = divmod(number, SLOTS)
    hour, quarter = divmod(slot, 4)
    return datetime.combine(date.fromordinal(day), time(hour, quarter * SLOT_MINUTES), BEIJING)


def window(series: Series, start: datetime, end: datetime) -> Window:
    """The whole quarter hours from `start` to before `end`.

    Raises
    ------
    InputError
        ``period``: it ends before it begins, or is longer than ten years.
    """
    low, high = slot_number(start, up=True), slot_number(end)
    if end <= start or high - low > _MOST_DAYS * SLOTS:
        raise InputError("period", Message(_("A period must end after it begins, and within ten years.")))
    slots = np.arange(low, max(low, high), dtype=np.int64)
    at = slots - series.first.toordinal() * SLOTS
    flat = series.wh.ravel()
    inside = (at >= 0) & (at < flat.size)
    wh = np.full(slots.size, MISSING, np.int64)
    wh[inside] = flat[at[inside]]
    parts = np.ones(slots.size, np.int64)
    if series.parts is not None:
        parts[inside] = series.parts.ravel()[at[inside]]
    return Window(slots, wh, parts)


def from_energy(line: str, readings: Iterable[tuple[datetime, Decimal | None]]) -> Series:
    """A series from the energy of quarter hours.

    Parameters
    ----------
    readings
        Beginning of each quarter hour, and energy [kWh]; None is missing. The later of two readings of one quarter hour
        counts.

    Raises
    ------
    InputError
        ``empty``; ``not_a_quarter``: a reading does not begin with a quarter hour; ``out_of_range``; ``period``.
    """
    found: dict[int, int] = {}
    for start, kwh in readings:
        number = slot_number(start)
        if slot_start(number) != start:
            said = Message(_("%(start)s is not the beginning of a quarter hour."), start=start.isoformat())
            raise InputError("not_a_quarter", said)
        found[number] = _wh(kwh)
    return _series(line, found)


def from_registers(line: str, registers: Iterable[tuple[datetime, Decimal]]) -> tuple[Series, tuple[Reason, ...]]:
    """A series from the counter of a meter that was read at quarter hours.

    The counter of the end less that of the beginning is the energy of a quarter hour. Where it falls (a meter changed or
    turned over) or a reading is missing, the energy is missing: it is never spread.

    Returns
    -------
    tuple
        The series, and reasons that count what fell.
    """
    counters: dict[int, Decimal] = {}
    for moment, counter in registers:
        number = slot_number(moment)
        if slot_start(number) != moment:
            said = Message(_("%(start)s is not the beginning of a quarter hour."), start=moment.isoformat())
            raise InputError("not_a_quarter", said)
        counters[number] = counter
    found, fell = {}, 0
    for number, counter in counters.items():
        after = counters.get(number + 1)
        if after is None:
            continue
        if after < counter:
            fell += 1
            found[number] = MISSING
        else:
            found[number] = _wh(after - counter)
    reasons: tuple[Reason, ...] = ()
    if fell:
        said = Message(
            _("the counter fell %(count)s times: a meter was changed or turned over; those quarter hours are missing"),
            count=fell,
        )
        reasons = (Reason("counter_fell", said),)
    return _series(line, found), reasons


def _wh(kwh: Decimal | None) -> int:
    if kwh is None:
        return MISSING
    if not kwh.is_finite() or kwh < 0 or kwh * 1000 > MOST_WH:
        raise InputError(
            "out_of_range", Message(_("A reading is below zero or beyond all measure (%(most)s Wh)."), most=MOST_WH)
        )
    return int(half_even(kwh * 1000, 0))


def _series(line: str, found: dict[int, int]) -> Series:
    if not found:
        raise InputError("empty", Message(_("There are no readings of %(line)s."), line=line))
    first, last = min(found) // SLOTS, max(found) // SLOTS
    if last - first >= _MOST_DAYS:
        raise InputError("period", Message(_("A period must end after it begins, and within ten years.")))
    flat = np.full((last - first + 1) * SLOTS, MISSING, np.int64)
    flat[np.fromiter(found, np.int64) - first * SLOTS] = np.fromiter(found.values(), np.int64)
    return Series(line, date.fromordinal(first), flat.reshape(-1, SLOTS))


class OwnGeneration(StrEnum):
    """How it is known what a works generates itself."""

    NONE = "none"
    METERED = "metered"
    #: as total energy over purchased energy
    RATIO = "ratio"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Generation:
    """What a works generates and uses itself (E2).

    Attributes
    ----------
    metered
        Own energy that it used, where it is metered.
    ratio
        Total over purchased, from 1 upwards, where that is known.
    """

    kind: OwnGeneration = OwnGeneration.NONE
    metered: Series | None = None
    ratio: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """The energy that was used; None where own generation is not known (E2: cannot be judged)."""

    series: Series | None
    reasons: tuple[Reason, ...] = ()


def used(purchased: Series, own: Generation) -> Used:
    """The energy that was used, from what was purchased and generated (E2).

    Raises
    ------
    InputError
        ``own_generation``: the metered series or the ratio is missing or cannot be.
    """
    if own.kind is OwnGeneration.NONE:
        return Used(purchased)
    if own.kind is OwnGeneration.UNKNOWN:
        said = Message(_("the works generates electricity itself, and how much is not known: it cannot be judged (E2)"))
        return Used(None, (Reason("own_generation_unknown", said),))
    if own.kind is OwnGeneration.RATIO:
        if own.ratio is None or own.ratio < 1:
            said = Message(_("Total over purchased energy is a number from 1 upwards."))
            raise InputError("own_generation", said)
        ratio = Fraction(own.ratio)
        known = purchased.wh != MISSING
        wh = np.where(known, _scaled(np.where(known, purchased.wh, 0), ratio), MISSING)
        said = Message(_("purchased energy times %(ratio)s for own generation (E2)"), ratio=str(own.ratio))
        return Used(Series(purchased.line, purchased.first, wh, purchased.parts), (Reason("own_generation_ratio", said),))
    if own.metered is None:
        raise InputError("own_generation", Message(_("The meter of own generation is missing.")))
    added = np.stack([own.metered.day(purchased.first + timedelta(days=at)) for at in range(purchased.days)])
    known = (purchased.wh != MISSING) & (added != MISSING)
    wh = np.where(known, purchased.wh + added, MISSING)
    said = Message(_("purchased and generated energy together (E2)"))
    parts = [purchased.parts] if purchased.parts is not None else []
    if own.metered.parts is not None:
        days = [own.metered.parts_on(purchased.first + timedelta(days=at)) for at in range(purchased.days)]
        parts.append(np.stack(days))
    longest = np.maximum.reduce(parts) if parts else None
    return Used(Series(purchased.line, purchased.first, wh, longest), (Reason("own_generation_metered", said),))


def _scaled(wh: np.ndarray[Any, Any], ratio: Fraction) -> np.ndarray[Any, Any]:
    """Whole watt-hours times a ratio, half to even."""
    if int(wh.max(initial=0)) * ratio.numerator * 2 >= 2**63:
        return np.array([int(half_even(int(one) * ratio, 0)) for one in wh.ravel()], np.int64).reshape(wh.shape)
    whole, rest = np.divmod(wh * ratio.numerator, ratio.denominator)
    twice = rest * 2
    up = (twice > ratio.denominator) | ((twice == ratio.denominator) & (whole % 2 == 1))
    result: np.ndarray[Any, Any] = whole + up
    return result
