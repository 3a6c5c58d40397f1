"""Targets of the air that plans set, with what is left of them: for the board of targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.air import queries, readings, statistics
from lantian.apps.air.queries import Place
from lantian.apps.core import target_source
from lantian.apps.core.models import Region
from lantian.apps.core.target_source import SetTarget
from lantian.rules.air.outlook import Assumption, Material, Outlook, assume_cut, base_period, outlook
from lantian.rules.air.periods import Period, PeriodUnreadable, same_period
from lantian.rules.air.target_periods import period_of_target
from lantian.rules.air.targets import CONCENTRATIONS, DAILY, AirTarget, TargetUnreadable, typed

#: reference years before the period, and draws for a page
YEARS, DRAWS = 3, 500
#: days around a period that the shape and the draws reach for
_AROUND = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Aim:
    """A target of the ledger that the air can be held against.

    Attributes
    ----------
    set
        As the ledger has it.
    period
        None where the text of the period cannot be told.
    """

    set: SetTarget
    target: AirTarget
    period: Period | None


@dataclass(frozen=True, slots=True)
class Look:
    """An aim with its outlook, or why it has none."""

    aim: Aim
    place: Place | None
    outlook: Outlook | None
    why: str = ""


def aims_of(user: Any) -> list[Aim]:
    """The targets of the air that an account may see: those whose measure stations give."""
    found = []
    for one in target_source.visible_to(user):
        try:
            target = typed(
                one.indicator,
                one.comparator,
                one.value,
                one.unit,
                one.kind,
                base=one.base,
                from_end=one.from_end,
                text=f"{one.indicator} {one.asked}",
            )
        except TargetUnreadable:
            continue
        if target.measure in DAILY:
            # What is emitted and used is measured by other rooms.
            continue
        found.append(Aim(one, target, _period(one.period)))
    return found


def _period(text: str) -> Period | None:
    try:
        return period_of_target(text)
    except PeriodUnreadable:
        return None


def regions_of(aims: Iterable[Aim]) -> list[Region]:
    """The places of targets that stations measure, by code."""
    keys = {aim.set.region for aim in aims if aim.set.region is not None}
    return [region for region in queries.measured_regions() if region.pk in keys]


def look(aim: Aim, region: Region | None, day: date, today: date) -> Look:
    """The outlook of an aim after a day.

    Parameters
    ----------
    day
        The last day that is over.
    today
        For days that are still to be made.
    """
    if region is None:
        return Look(aim, None, None, __("The place of the target is not known."))
    period = aim.period
    if period is None:
        return Look(aim, None, None, __("The period “%(text)s” cannot be told.") % {"text": aim.set.period})
    years = _years(period)
    first, last = _span(aim, period, years)
    place = queries.places([region], first, max(day, period.first))[0]
    if not place.points:
        return Look(aim, place, None, __("No point stands for this place."))
    until = max(min(day, period.last), period.first - timedelta(days=1))
    material = _material(aim, place, period, years, first, min(last, until), today)
    if not any(in_period in period for in_period in material.days) and until >= period.first:
        return Look(aim, place, None, __("There are no days of this period."))
    key = (
        "outlook",
        readings.lake().root,
        place.codes,
        aim.target,
        period,
        until,
        id(material.days),
        queries.scheme_key(material.scheme),
    )
    found: Outlook = readings.kept(
        key, lambda: (material, outlook(material, aim.target, period, until, draws=DRAWS))
    )[1]
    return Look(aim, place, found)


def what_if(aim: Aim, seen: Look, cut: Decimal, today: date) -> Assumption | None:
    """What comes out if the concentrations of the rest lie so many per cent below the reference years."""
    if seen.outlook is None or seen.place is None or aim.period is None:
        return None
    years = _years(aim.period)
    first, last = _span(aim, aim.period, years)
    material = _material(aim, seen.place, aim.period, years, first, min(last, seen.outlook.until), today)
    return assume_cut(material, seen.outlook, cut, draws=DRAWS)


def _years(period: Period) -> list[int]:
    return [period.first.year - number for number in range(YEARS, 0, -1)]


def _span(aim: Aim, period: Period, years: Sequence[int]) -> tuple[date, date]:
    spans = [period, *(same_period(period, year - period.first.year) for year in years)]
    if aim.target.reduction:
        spans.append(base_period(aim.target, period))
    return min(one.first for one in spans) - _AROUND, max(one.last for one in spans)


def _material(
    aim: Aim, place: Place, period: Period, years: Sequence[int], first: date, last: date, today: date
) -> Material:
    """The daily values of all years; reference years without a day are not asked for.

    Sand and exceptional events are left out of concentrations; good and heavy days are those of all values, as bulletins
    give them.
    """
    scheme = statistics.one_scheme(period)
    concentration = aim.target.measure in CONCENTRATIONS
    found = queries.place_days(place, first, last, today, scheme, excluding_events=concentration)
    there = []
    for year in years:
        other = same_period(period, year - period.first.year)
        if any(other.first <= day <= other.last for day in found.days):
            there.append(year)
    return Material(place.name, found.days, there, scheme, removed=found.removed)
