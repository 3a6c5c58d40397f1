"""Targets of the air that plans set, with what is left of them: for the board of targets."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.air import queries, readings, statistics
from lantian.apps.air.books import BooksUnusable, office
from lantian.apps.air.queries import Place
from lantian.apps.core import target_source
from lantian.apps.core.models import Region
from lantian.apps.core.target_source import Measured, SetTarget
from lantian.rules.air.labels import BEIJING
from lantian.rules.air.outlook import Assumption, Material, Outlook, assume_cut, base_of, base_period, outlook
from lantian.rules.air.periods import Period, PeriodUnreadable, same_period
from lantian.rules.air.remaining import what_is_left
from lantian.rules.air.statistics import rounded
from lantian.rules.air.target_periods import period_of_target
from lantian.rules.air.targets import (
    CONCENTRATIONS,
    COUNTS,
    DAILY,
    RATIOS,
    AirTarget,
    TargetUnreadable,
    bound,
    typed,
)

logger = logging.getLogger(__name__)
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
    return _aims(target_source.visible_to(user))


def _aims(targets: Iterable[SetTarget]) -> list[Aim]:
    found = []
    for one in targets:
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


def look(aim: Aim, region: Region | None, day: date) -> Look:
    """The outlook of an aim after a day.

    Parameters
    ----------
    day
        The last day that is over.
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
    material = _material(aim, place, period, years, first, min(last, until))
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


def values_of(targets: Sequence[SetTarget], day: date) -> dict[int, Measured]:
    """What targets have come to by a day, from the days of stations: means, percentiles, days and ratios of them.

    A reduction is given in per cent of its base, a rank and an index not at all.
    """
    aims = [aim for aim in _aims(targets) if aim.period is not None and aim.set.region is not None]
    aims = [aim for aim in aims if aim.period is not None and aim.period.first <= day]
    if not aims:
        return {}
    regions = {region.pk: region for region in Region.objects.filter(pk__in={aim.set.region for aim in aims})}
    today = timezone.now().astimezone(BEIJING).date()
    # A day counts once it is over.
    day = min(day, today - timedelta(days=1))
    try:
        office()
    except BooksUnusable:
        logger.exception("values of targets could not be told")
        return {}
    found: dict[int, Measured] = {}
    for place in queries.places(regions.values(), min(_first(aim) for aim in aims), day):
        if not place.points:
            continue
        for aim in aims:
            if aim.set.region == place.pk:
                value = _value_of(aim, place, day)
                if value is not None:
                    found[aim.set.key] = Measured(value[0], value[1], __("Stations"))
    return found


def _first(aim: Aim) -> date:
    """The first day that the value of an aim needs."""
    assert aim.period is not None
    return (
        min(aim.period.first, base_period(aim.target, aim.period).first)
        if aim.target.reduction
        else aim.period.first
    )


def _value_of(aim: Aim, place: Place, day: date) -> tuple[date, Decimal] | None:
    period, target = aim.period, aim.target
    if period is None or target.measure not in (*CONCENTRATIONS, *COUNTS, *RATIOS):
        return None
    until = min(day, period.last)
    material = _material(aim, place, period, (), _first(aim), until)
    series = material.series(target)
    found = what_is_left(target, bound(target), series, period, until)
    if found.to_date is None or not found.valid:
        return None
    last = max(one for one in series if one in period and one <= until)
    value = found.to_date
    if target.reduction:
        base = base_of(material, target, base_period(target, period), [])
        if not base.value:
            return None
        value = (1 - value / base.value) * 100
    digits = 0 if target.measure in COUNTS else 2 if target.pollutant == "CO" and not target.reduction else 1
    return last, rounded(value, digits)


def what_if(aim: Aim, seen: Look, cut: Decimal) -> Assumption | None:
    """What comes out if the concentrations of the rest lie so many per cent below the reference years."""
    if seen.outlook is None or seen.place is None or aim.period is None:
        return None
    years = _years(aim.period)
    first, last = _span(aim, aim.period, years)
    material = _material(aim, seen.place, aim.period, years, first, min(last, seen.outlook.until))
    return assume_cut(material, seen.outlook, cut, draws=DRAWS)


def _years(period: Period) -> list[int]:
    return [period.first.year - number for number in range(YEARS, 0, -1)]


def _span(aim: Aim, period: Period, years: Sequence[int]) -> tuple[date, date]:
    spans = [period, *(same_period(period, year - period.first.year) for year in years)]
    if aim.target.reduction:
        spans.append(base_period(aim.target, period))
    return min(one.first for one in spans) - _AROUND, max(one.last for one in spans)


def _material(
    aim: Aim, place: Place, period: Period, years: Sequence[int], first: date, last: date
) -> Material:
    """The daily values of all years; reference years without a day are not asked for.

    Sand and exceptional events are left out of concentrations; good and heavy days are those of all values, as bulletins
    give them.
    """
    scheme = statistics.one_scheme(period)
    concentration = aim.target.measure in CONCENTRATIONS
    found = queries.place_days(place, first, last, scheme, excluding_events=concentration)
    there = []
    for year in years:
        other = same_period(period, year - period.first.year)
        if any(other.first <= day <= other.last for day in found.days):
            there.append(year)
    return Material(place.name, found.days, there, scheme, removed=found.removed)
