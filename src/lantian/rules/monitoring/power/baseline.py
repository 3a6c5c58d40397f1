"""What a line takes on a usual day (E1): per quarter hour, of the days of one kind, without those that are not usual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import numpy as np

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.power.readings import MISSING, SLOTS, Series, kw

#: share of the profile above which a line is at its running load
_RUNNING_QUANTILE = 90


class DayKind(StrEnum):
    """Kinds of days that are compared with each other."""

    WORKDAY = "workday"
    REST_DAY = "rest_day"
    #: public holiday: enters no baseline
    HOLIDAY = "holiday"


class Exclusion(StrEnum):
    """Why a day is not usual."""

    WARNING = "warning"
    SEASON = "season"
    HOLIDAY = "holiday"
    REPAIR = "repair"
    OUTAGE = "outage"
    #: too few readings
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Calendar:
    """Public holidays, and weekend days that are worked instead."""

    holidays: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()

    def kind(self, day: date) -> DayKind:
        """The kind of a day."""
        if day in self.holidays:
            return DayKind.HOLIDAY
        if day in self.worked or day.weekday() < 5:
            return DayKind.WORKDAY
        return DayKind.REST_DAY


@dataclass(frozen=True, eq=False)
class Baseline:
    """A usual day of a line.

    Attributes
    ----------
    days
        The usual days that it rests on.
    p10, p50, p90
        int64, 96 quarter hours [Wh]; None where there are too few usual days.
    running_wh
        Load of a quarter hour while it runs: the 90th centile of the medians [Wh].
    day_p10, day_p50, day_p90
        Energy of a day [Wh].
    rest_base_wh
        What stays on on rest days, in a quarter hour [Wh]; None where that is not known.
    excluded
        Days of this kind that do not count, and why.
    reasons
        What it rests on, or why there is none.
    """

    line: str
    kind: DayKind
    on: date
    days: tuple[date, ...]
    p10: np.ndarray[Any, Any] | None
    p50: np.ndarray[Any, Any] | None
    p90: np.ndarray[Any, Any] | None
    running_wh: int
    day_p10: int
    day_p50: int
    day_p90: int
    rest_base_wh: int | None
    excluded: Mapping[date, Exclusion] = field(default_factory=dict)
    reasons: tuple[Reason, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether there are enough usual days."""
        return self.p50 is not None

    def medians(self) -> np.ndarray[Any, Any]:
        """The medians, which a usable baseline has."""
        if self.p50 is None:
            raise ValueError("this baseline has no medians: it is not usable")
        return self.p50

    def at(self, slots: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Usual energy of quarter hours, given by their numbers [Wh]."""
        found: np.ndarray[Any, Any] = self.medians()[slots % SLOTS]
        return found


@dataclass(frozen=True, eq=False)
class Baselines:
    """The usual days of a line by kind of day, for periods that hold days of several kinds.

    Attributes
    ----------
    running_wh
        Load of a quarter hour while it runs, the highest of its kinds of days: on a rest day its base load is no running [Wh].
    """

    by_kind: Mapping[DayKind, Baseline]
    calendar: Calendar

    def of_day(self, day: date) -> Baseline | None:
        """What a day is held against; None where there is none that can be used."""
        kind = self.calendar.kind(day)
        found = self.by_kind.get(DayKind.REST_DAY if kind is DayKind.HOLIDAY else kind)
        return found if found is not None and found.usable else None

    @property
    def usable(self) -> bool:
        """Whether there is any that can be used."""
        return any(one.usable for one in self.by_kind.values())

    @property
    def running_wh(self) -> int:
        """See the class."""
        return max((one.running_wh for one in self.by_kind.values() if one.usable), default=0)

    @property
    def rest_base_wh(self) -> int | None:
        """What stays on on rest days, in a quarter hour [Wh]; None where that is not known."""
        known = [one.rest_base_wh for one in self.by_kind.values() if one.rest_base_wh is not None]
        return max(known, default=None)

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """What they rest on."""
        return tuple(reason for one in self.by_kind.values() for reason in one.reasons)

    def at(self, slots: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """Usual energy of quarter hours, given by their numbers [Wh]; -1 of days without a baseline that can be used."""
        found = np.full(slots.size, MISSING, np.int64)
        days = slots // SLOTS
        for number in np.unique(days).tolist():
            one = self.of_day(date.fromordinal(number))
            if one is not None:
                here = days == number
                found[here] = one.at(slots[here])
        return found


#: what a period is held against: the baseline of its only kind of days, or those of several
Usual = Baseline | Baselines


def baseline(
    series: Series,
    on: date,
    calendar: Calendar,
    *,
    excluded: Mapping[date, Exclusion] | None = None,
    kind: DayKind | None = None,
    rules: Book | None = None,
) -> Baseline:
    """The usual day of a line before a day (E1).

    Parameters
    ----------
    on
        Days before it count.
    excluded
        Days of warnings, staggered production, repair, outages.
    kind
        Kind of days; by default that of `on`. A holiday is held against rest days.
    """
    rules = rules or book("power")
    wanted = kind or calendar.kind(on)
    compared = DayKind.REST_DAY if wanted is DayKind.HOLIDAY else wanted
    reasons: list[Reason] = []
    if wanted is DayKind.HOLIDAY:
        reasons.append(Reason("holiday", Message(_("a holiday is held against rest days"))))
    usual, dropped = _usual_days(series, on, calendar, excluded or {}, rules)
    least, most = rules.whole("baseline_days_least"), rules.whole("baseline_days_most")
    days = tuple(sorted(usual[compared][:most]))
    left_out = {day: why for day, why in dropped.items() if calendar.kind(day) in (compared, DayKind.HOLIDAY)}
    if len(days) < least:
        said = Message(
            _("%(count)s usual days of this kind within %(reach)s days; %(least)s are needed for a baseline (E1)"),
            count=len(days), least=least, reach=rules.whole("baseline_reach_days"),
        )  # fmt: skip
        reasons.append(Reason("too_few_days", said))
        return Baseline(
            series.line, compared, on, days, None, None, None, 0, 0, 0, 0, None, left_out, tuple(reasons)
        )
    loads = _rows(series, days)
    p10, p50, p90 = (_centile(loads, q) for q in (10, 50, 90))
    totals = np.where(np.isnan(loads), p50, loads).sum(axis=1)
    day_p10, day_p50, day_p90 = (int(np.rint(np.percentile(totals, q))) for q in (10, 50, 90))
    rest, why = _rest_base(series, usual, rules)
    reasons.append(
        Reason(
            "baseline",
            Message(
                _("median of %(count)s usual days from %(first)s to %(last)s; %(excluded)s days left out (E1)"),
                count=len(days), first=days[0].isoformat(), last=days[-1].isoformat(), excluded=len(left_out),
            ),
        )
    )  # fmt: skip
    reasons.append(why)
    return Baseline(
        line=series.line,
        kind=compared,
        on=on,
        days=days,
        p10=p10,
        p50=p50,
        p90=p90,
        running_wh=int(np.rint(np.percentile(p50, _RUNNING_QUANTILE))),
        day_p10=day_p10,
        day_p50=day_p50,
        day_p90=day_p90,
        rest_base_wh=rest,
        excluded=left_out,
        reasons=tuple(reasons),
    )


def _usual_days(
    series: Series, on: date, calendar: Calendar, excluded: Mapping[date, Exclusion], rules: Book
) -> tuple[dict[DayKind, list[date]], dict[date, Exclusion]]:
    """Usual days by kind, the latest first, and those that are not usual."""
    complete = rules.number("complete_percent")
    usual: dict[DayKind, list[date]] = {kind: [] for kind in DayKind}
    dropped: dict[date, Exclusion] = {}
    for back in range(1, rules.whole("baseline_reach_days") + 1):
        day = on - timedelta(days=back)
        if day < series.first:
            break
        kind = calendar.kind(day)
        if day in excluded:
            dropped[day] = excluded[day]
        elif kind is DayKind.HOLIDAY:
            dropped[day] = Exclusion.HOLIDAY
        elif int((series.day(day) != MISSING).sum()) * 100 < complete * SLOTS:
            dropped[day] = Exclusion.INCOMPLETE
        else:
            usual[kind].append(day)
    return usual, dropped


def _rows(series: Series, days: tuple[date, ...]) -> np.ndarray[Any, Any]:
    rows = np.stack([series.day(day) for day in days]).astype(float)
    rows[rows == MISSING] = np.nan
    return rows


def _centile(loads: np.ndarray[Any, Any], q: int) -> np.ndarray[Any, Any]:
    """Whole watt-hours, half to even; a quarter hour that no day has takes the middle of the others."""
    known = ~np.isnan(loads).all(axis=0)
    found = np.full(SLOTS, np.nan)
    found[known] = np.nanpercentile(loads[:, known], q, axis=0)
    found[~known] = np.nanmedian(found)
    whole: np.ndarray[Any, Any] = np.rint(found).astype(np.int64)
    return whole


def _rest_base(
    series: Series, usual: Mapping[DayKind, list[date]], rules: Book
) -> tuple[int | None, Reason]:
    """What stays on on rest days, unless the line works on them, too."""
    least, most = rules.whole("rest_days_least"), rules.whole("baseline_days_most")
    rest_days = tuple(usual[DayKind.REST_DAY][:most])
    if len(rest_days) < least:
        said = Message(_("too few rest days (%(count)s) to know the base load"), count=len(rest_days))
        return None, Reason("rest_unknown", said)
    means = np.nanmean(_rows(series, rest_days), axis=1)
    base = int(np.rint(np.median(means)))
    work_days = tuple(usual[DayKind.WORKDAY][:most])
    if not work_days:
        return None, Reason("rest_unknown", Message(_("no usual working days to hold rest days against")))
    work = float(np.median(np.nanmean(_rows(series, work_days), axis=1)))
    share = rules.number("rest_base_percent_most")
    if base * 100 > float(share) * work:
        said = Message(
            _("rest days take more than %(share)s %% of working days: the line works on them, and their load is no base load"),
            share=str(share),
        )
        return None, Reason("works_on_rest_days", said)
    said = Message(
        _("base load of %(base)s kW, from %(count)s rest days"), base=kw(base), count=len(rest_days)
    )
    return base, Reason("rest_base", said)
