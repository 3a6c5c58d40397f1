"""The state of a line and of a pair of production and treatment in each quarter hour; each says why it is so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import IntEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.power.baseline import Baseline, Baselines, Calendar, DayKind, Usual
from lantian.rules.monitoring.power.readings import (
    MISSING,
    SLOT_MINUTES,
    SLOTS,
    Line,
    Role,
    Series,
    kw,
    slot_start,
)


class State(IntEnum):
    """What a quarter hour is; the numbers stand in arrays and in the store, and never change."""

    #: no reading
    LOST = 0
    #: a reading, but no baseline to hold it against
    UNKNOWN = 1
    STOPPED = 2
    LIMITED = 3
    NORMAL = 4
    #: production runs and its treatment does not
    IDLE_TREATMENT = 5


#: state → its name
STATE_NAMES: Mapping[State, str] = {
    State.LOST: _("no reading"),
    State.UNKNOWN: _("no baseline"),
    State.STOPPED: _("stopped"),
    State.LIMITED: _("limited"),
    State.NORMAL: _("normal"),
    State.IDLE_TREATMENT: _("treatment idle"),
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Quarter hours in a row that are in one state, from `first` to before `last`."""

    state: State
    first: datetime
    last: datetime


@dataclass(frozen=True, eq=False)
class Track:
    """The states of a line.

    Attributes
    ----------
    states
        uint8, shape (days, 96), of :class:`State`.
    """

    line: Line
    series: Series
    usual: Baselines
    states: np.ndarray[Any, Any]
    rules: Book

    @property
    def first(self) -> date:
        """Day of the first row."""
        return self.series.first

    @property
    def baselines(self) -> Mapping[DayKind, Baseline]:
        """Its usual days by kind."""
        return self.usual.by_kind

    @property
    def calendar(self) -> Calendar:
        """The calendar that its days are told apart by."""
        return self.usual.calendar

    def baseline_of(self, day: date) -> Baseline | None:
        """What a day is held against; None where there is none that can be used."""
        return self.usual.of_day(day)

    def state(self, day: date, slot: int) -> State:
        """The state of a quarter hour (0 to 95) of a day."""
        at = (day - self.first).days
        return State(int(self.states[at, slot])) if 0 <= at < self.series.days else State.LOST

    def stretches(self) -> list[Stretch]:
        """The states one after the other."""
        return stretches_of(self.states, self.first)

    def why(self, day: date, slot: int) -> Reason:
        """Why a quarter hour is in its state; of a reading of half an hour or an hour with that."""
        found = self._why(day, slot)
        parts = self.series.parts_of(day, slot)
        if parts == 1 or self.state(day, slot) is State.LOST:
            return found
        said = Message(
            _("%(why)s (one reading for %(minutes)s min: what is shorter cannot be told)"),
            why=found.message, minutes=parts * SLOT_MINUTES,
        )  # fmt: skip
        return Reason(found.code, said)

    def _why(self, day: date, slot: int) -> Reason:
        state = self.state(day, slot)
        if state is State.LOST:
            return Reason("lost", Message(_("the meter sent nothing for this quarter hour")))
        wh, found = int(self.series.day(day)[slot]), self.baseline_of(day)
        if found is None or state is State.UNKNOWN:
            return Reason("unknown", Message(_("%(load)s kW; there is no baseline to hold it against"), load=kw(wh)))
        level = stop_level(self.line, self.usual, self.rules)
        usual = int(found.medians()[slot])
        if state is State.STOPPED:
            said = Message(
                _("stopped: %(load)s kW are not above %(level)s kW (%(of)s); usual at this time:"
                  " %(usual)s kW, median of %(days)s days"),
                load=kw(wh), level=kw(level.wh), of=level.said, usual=kw(usual), days=len(found.days),
            )  # fmt: skip
            return Reason("stopped", said)
        if state is State.LIMITED:
            low = int(limit_levels(found, self.rules)[slot])
            said = Message(
                _("limited: %(load)s kW lie below the usual range from %(low)s kW (median %(usual)s kW of"
                  " %(days)s days) and above the %(level)s kW of a stop (%(of)s)"),
                load=kw(wh), low=kw(low), usual=kw(usual), days=len(found.days), level=kw(level.wh), of=level.said,
            )  # fmt: skip
            return Reason("limited", said)
        said = Message(
            _("normal: %(load)s kW; usual at this time: %(usual)s kW, median of %(days)s days"),
            load=kw(wh), usual=kw(usual), days=len(found.days),
        )  # fmt: skip
        return Reason("normal", said)


@dataclass(frozen=True, slots=True)
class Level:
    """A load up to which a line counts as stopped [Wh in a quarter hour], and which of its three sources decided."""

    wh: int
    said: Message


def stop_level(line: Line, found: Usual, rules: Book) -> Level:
    """max(25 % of the running load, base load of rest days, accepted holding load) (E3); of treatment see R21."""
    if line.role is Role.TREATMENT:
        return _treatment_level(found, rules)
    percent = rules.number("stop_percent")
    share = int(found.running_wh * Fraction(percent) / 100)
    choices = [(share, Message(_("%(percent)s %% of the running load"), percent=str(percent)))]
    if found.rest_base_wh is not None:
        choices.append((found.rest_base_wh, Message(_("base load of rest days"))))
    if line.holding_wh:
        choices.append((line.holding_wh, Message(_("accepted holding load: %(grounds)s"), grounds=line.holding_grounds)))
    wh, said = max(choices, key=lambda choice: choice[0])
    return Level(wh, said)


def limit_levels(found: Baseline, rules: Book) -> np.ndarray[Any, Any]:
    """Load of each quarter hour below which a line counts as limited [Wh].

    Below the usual range, and below the median by more than the tolerance of E4: a tenth of all usual quarter hours lie below
    their 10th centile, and a line that only varies is not limited.
    """
    kept = 100 - Fraction(rules.number("limit_tolerance_percent"))
    share = found.medians() * kept.numerator // (100 * kept.denominator)
    low = share if found.p10 is None else np.minimum(found.p10, share)
    return np.asarray(low, np.int64)


def track(
    line: Line,
    series: Series,
    baselines: Mapping[DayKind, Baseline],
    calendar: Calendar,
    *,
    rules: Book | None = None,
) -> Track:
    """The states of a line in each quarter hour of a series.

    A treatment line counts as stopped below a share of its running load of its own (10 %, R21).

    Parameters
    ----------
    baselines
        By kind of day, as :func:`~lantian.rules.monitoring.power.baseline.baseline` gives them.
    """
    rules = rules or book("power")
    usual = Baselines(baselines, calendar)
    states = np.full(series.wh.shape, State.UNKNOWN, np.uint8)
    level = stop_level(line, usual, rules).wh
    for at in range(series.days):
        found = usual.of_day(series.first + timedelta(days=at))
        if found is None or found.p10 is None or (line.role is Role.TREATMENT and not usual.running_wh):
            continue
        row = series.wh[at]
        states[at] = np.where(
            row <= level, State.STOPPED, np.where(row < limit_levels(found, rules), State.LIMITED, State.NORMAL)
        )
    states[series.wh == MISSING] = State.LOST
    return Track(line, series, usual, states, rules)


def _treatment_level(found: Usual, rules: Book) -> Level:
    """The largest whole load below the share at which treatment counts as off."""
    percent = rules.number("treatment_off_percent")
    share = found.running_wh * Fraction(percent) / 100
    wh = -(-share.numerator // share.denominator) - 1
    return Level(wh, Message(_("below %(percent)s %% of the running load"), percent=str(percent)))


@dataclass(frozen=True, eq=False)
class Pair:
    """Production lines and the treatment that serves them, in each quarter hour.

    Attributes
    ----------
    states
        uint8, shape (days, 96), of :class:`State`: that of production, or treatment idle.
    production_on, treatment_off
        bool: production above its share (30 %), treatment below its own (10 %); both False where a reading is missing.
    """

    production: tuple[Track, ...]
    treatment: tuple[Track, ...]
    first: date
    states: np.ndarray[Any, Any]
    production_on: np.ndarray[Any, Any]
    treatment_off: np.ndarray[Any, Any]
    rules: Book
    #: over how many quarter hours the longest reading goes that each of them is a part of
    parts: np.ndarray[Any, Any]

    def stretches(self) -> list[Stretch]:
        """The states one after the other."""
        return stretches_of(self.states, self.first)

    def why(self, day: date, slot: int) -> Reason:
        """Why a quarter hour is in its state."""
        at = (day - self.first).days
        state = State(int(self.states[at, slot])) if 0 <= at < self.states.shape[0] else State.LOST
        if state is State.IDLE_TREATMENT:
            runs, idle = (
                [one for one in tracks if one.state(day, slot) not in (State.LOST, State.UNKNOWN)]
                for tracks in (self.production, self.treatment)
            )
            said = Message(
                _("treatment idle: production takes %(production)s kW (on above %(on)s %% of its"
                  " running load), treatment %(treatment)s kW (off below %(off)s %% of its own), for at least"
                  " %(minutes)s min"),
                production=kw(sum(int(one.series.day(day)[slot]) for one in runs)),
                treatment=kw(sum(int(one.series.day(day)[slot]) for one in idle)),
                on=str(self.rules.number("production_on_percent")),
                off=str(self.rules.number("treatment_off_percent")),
                minutes=self.rules.whole("treatment_minutes"),
            )  # fmt: skip
            return Reason("idle_treatment", said)
        for one in self.production:
            if one.state(day, slot) is state:
                return one.why(day, slot)
        return Reason("lost", Message(_("the meter sent nothing for this quarter hour")))


def pair(production: Sequence[Track], treatment: Sequence[Track], *, rules: Book | None = None) -> Pair:
    """Production and its treatment side by side (E6, R21).

    Production is on where any of its lines is; treatment is off where all of its lines are. A quarter hour is "treatment
    idle" in a stretch of at least 30 minutes of both.
    """
    rules = rules or book("power")
    firsts = [one.first for one in (*production, *treatment)]
    lasts = [one.series.last for one in (*production, *treatment)]
    first, days = min(firsts), (max(lasts) - min(firsts)).days + 1
    on = np.zeros((days, SLOTS), bool)
    for one in production:
        on |= _placed(one, first, days, _on(one, rules), fill=False)
    off = np.ones((days, SLOTS), bool) if treatment else np.zeros((days, SLOTS), bool)
    for one in treatment:
        off &= _placed(one, first, days, one.states == State.STOPPED, fill=False)
    placed = [_placed(one, first, days, one.states, fill=State.LOST) for one in production]
    states: np.ndarray[Any, Any] = np.full((days, SLOTS), State.LOST, np.uint8)
    if placed:
        # The line that runs most tells; but nothing is stopped while one of the lines cannot be told.
        states = np.stack(placed).max(axis=0)
        states = np.where(states == State.STOPPED, np.stack(placed).min(axis=0), states)
    both = (on & off).ravel()
    least = -(-rules.whole("treatment_minutes") // SLOT_MINUTES)
    parts = np.ones(days * SLOTS, np.int64)
    for one in (*production, *treatment):
        if one.series.parts is not None:
            parts = np.maximum(parts, _placed(one, first, days, one.series.parts, fill=1).ravel())
    flat = states.ravel()
    for begin, end in runs(both):
        if sure(begin, end, parts) >= least:
            flat[begin:end] = State.IDLE_TREATMENT
    return Pair(tuple(production), tuple(treatment), first, flat.reshape(days, SLOTS), on, off, rules, parts)


def _on(one: Track, rules: Book) -> np.ndarray[Any, Any]:
    """Where a line takes more than the share at which it counts as producing."""
    percent = Fraction(rules.number("production_on_percent")) / 100
    found: np.ndarray[Any, Any] = (
        one.series.wh * percent.denominator > one.usual.running_wh * percent.numerator
    )
    return found & (one.states > State.UNKNOWN)


def _placed(
    one: Track, first: date, days: int, values: np.ndarray[Any, Any], *, fill: int | bool
) -> np.ndarray[Any, Any]:
    whole = np.full((days, SLOTS), fill, values.dtype)
    at = (one.first - first).days
    whole[at : at + one.series.days] = values
    return whole


def sure(begin: int, end: int, parts: np.ndarray[Any, Any]) -> int:
    """How many quarter hours a stretch surely lasts: of readings that go over several, it may begin or end within one.

    Quarter hours count as they are; of half hours one is taken off, of hours three.
    """
    return end - begin - (int(parts[begin:end].max(initial=1)) - 1)


def runs(flags: np.ndarray[Any, Any]) -> Iterator[tuple[int, int]]:
    """Beginnings and ends (exclusive) of the stretches that are true."""
    edges = np.diff(np.concatenate(([False], flags, [False])).astype(np.int8))
    yield from zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True)


def stretches_of(states: np.ndarray[Any, Any], first: date) -> list[Stretch]:
    """States of quarter hours as stretches."""
    flat = states.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    bounds = [0, *edges.tolist(), flat.size]
    origin = first.toordinal() * SLOTS
    return [
        Stretch(State(int(flat[begin])), slot_start(origin + begin), slot_start(origin + end))
        for begin, end in pairwise(bounds)
        if end > begin
    ]
