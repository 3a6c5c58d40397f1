"""The energy of loads on the grid of quarter hours, out of the lake; and days that are not like others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import numpy as np
from django.db.models import Q

from lantian.apps.air import lake as office_lake
from lantian.apps.monitoring.choices_power import MeterRole, PeriodKind
from lantian.apps.monitoring.choices_power import OwnGeneration as Own
from lantian.apps.monitoring.models import Load, Meter, PowerPeriod, PowerSite
from lantian.apps.sources.models import Source
from lantian.lake.power.reading import readings
from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.errors import Reason
from lantian.rules.monitoring.power.baseline import Calendar, Exclusion
from lantian.rules.monitoring.power.readings import (
    MISSING,
    PARTS,
    SLOT_MINUTES,
    SLOTS,
    Generation,
    Line,
    OwnGeneration,
    Role,
    Series,
    used,
)

ROLES = {
    MeterRole.PRODUCTION: Role.PRODUCTION,
    MeterRole.TREATMENT: Role.TREATMENT,
    MeterRole.TOTAL: Role.WHOLE,
    MeterRole.GENERATION: Role.OTHER,
}
_EXCLUSIONS = {
    PeriodKind.WARNING: Exclusion.WARNING,
    PeriodKind.SEASON: Exclusion.SEASON,
    PeriodKind.REPAIR: Exclusion.REPAIR,
    PeriodKind.OUTAGE: Exclusion.OUTAGE,
}
_SLOT = SLOT_MINUTES * 60_000_000


def midnight(day: date) -> datetime:
    """The beginning of a day of the campaign."""
    return datetime.combine(day, time(), BEIJING)


def day_of(moment: datetime) -> date:
    """The day of the campaign that a moment lies in."""
    return moment.astimezone(BEIJING).date()


def quarter_before(moment: datetime) -> datetime:
    """The last moment at which a quarter hour ended."""
    local = moment.astimezone(BEIJING)
    return local.replace(minute=local.minute - local.minute % SLOT_MINUTES, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Days:
    """Days of an enterprise that are not like others, and its orders."""

    calendar: Calendar
    excluded: Mapping[date, Exclusion]
    periods: tuple[PowerPeriod, ...] = ()


@dataclass(slots=True)
class Site:
    """An enterprise with its loads and meters, read once.

    Attributes
    ----------
    meters
        Load → its meters, those out of use, too.
    """

    source: Source
    loads: list[Load]
    meters: dict[int, list[Meter]]
    own: PowerSite | None
    serves: dict[int, list[int]] = field(default_factory=dict)

    def line(self, load: Load) -> Line:
        """A load as the rules see it."""
        meters = [meter for meter in self.meters.get(load.pk, []) if meter.in_use]
        holding = sum(int((meter.holding_kw or 0) * 1000) for meter in meters) * SLOT_MINUTES // 60
        grounds = "；".join(dict.fromkeys(meter.holding_grounds for meter in meters if meter.holding_kw))
        return Line(
            str(load.pk),
            ROLES[MeterRole(load.role)],
            str(load),
            holding,
            grounds,
            max((meter.stop_minutes for meter in meters), default=0),
            tuple(str(pk) for pk in self.serves.get(load.pk, ())),
        )

    def of(self, *roles: str) -> list[Load]:
        """Loads in use of some roles."""
        return [load for load in self.loads if load.in_use and load.role in roles]

    @property
    def judged(self) -> list[Load]:
        """The loads on which orders are judged: production lines, else the whole plant."""
        return self.of(MeterRole.PRODUCTION) or self.of(MeterRole.TOTAL)


def sites(sources: Iterable[int]) -> list[Site]:
    """Enterprises with what stands on their meters."""
    wanted = list(sources)
    loads: dict[int, list[Load]] = defaultdict(list)
    for load in Load.objects.filter(source__in=wanted).select_related("source__region", "unit").order_by("pk"):
        loads[load.source_id].append(load)
    meters: dict[int, list[Meter]] = defaultdict(list)
    served: dict[int, set[int]] = defaultdict(set)
    rows = Meter.objects.filter(source__in=wanted).prefetch_related("serves").order_by("pk")
    for meter in rows:
        meters[meter.load_id].append(meter)
        if meter.in_use:
            served[meter.load_id] |= {unit.pk for unit in meter.serves.all()}
    own = {row.source_id: row for row in PowerSite.objects.filter(source__in=wanted).order_by("pk")}
    found = []
    for pk, of_source in loads.items():
        site = Site(of_source[0].source, of_source, {load.pk: meters[load.pk] for load in of_source}, own.get(pk))
        production = site.of(MeterRole.PRODUCTION)
        for load in site.of(MeterRole.TREATMENT):
            units = served[load.pk]
            # A facility of which nobody has said what it serves is taken to serve all lines.
            site.serves[load.pk] = [one.pk for one in production if not units or one.unit_id in units]
        found.append(site)
    return found


def series_of(site: Site, first: date, last: date) -> dict[int, Series]:
    """The energy of each load over whole days.

    A quarter hour counts where periods of at most that length fill it; else the half hour or the hour of the clock that
    periods fill counts as quarter hours of its mean, marked as parts of it. Longer periods are never spread. A meter out of
    use counts where it has readings, and stands in for those that came after it.
    """
    days = (last - first).days + 1
    begin = midnight(first)
    numbers = [meter.number for of_load in site.meters.values() for meter in of_load]
    table = readings(
        office_lake(), numbers, begin + timedelta(microseconds=1), midnight(last + timedelta(days=1)),
        ("meter", "start", "end", "energy_wh"),
    )  # fmt: skip
    by_meter = _grid(table, begin, days)
    empty = np.full(days * SLOTS, MISSING, np.int64), np.ones(days * SLOTS, np.int64)
    found: dict[int, Series] = {}
    for load in site.loads:
        total, lacking, old = np.zeros(days * SLOTS, np.int64), np.zeros(days * SLOTS, bool), np.zeros(days * SLOTS, bool)
        meters = site.meters[load.pk]
        parts = np.ones(days * SLOTS, np.int64)
        for meter in meters:
            wh, of_meter = by_meter.get(meter.number, empty)
            parts = np.maximum(parts, of_meter)
            there = wh != MISSING
            total += np.where(there, wh, 0)
            if meter.in_use:
                lacking |= ~there
            else:
                old |= there
        if not any(meter.in_use for meter in meters):
            lacking = ~old
        wh = np.where(lacking & ~old, MISSING, total)
        longer = parts.reshape(days, SLOTS) if (parts > 1).any() else None
        found[load.pk] = Series(str(load.pk), first, wh.reshape(days, SLOTS), longer)
    return found


def sent_any(site: Site, load: Load, first: datetime, last: datetime) -> bool:
    """Whether the meters of a load sent anything of a time, be it of periods that fit no quarter hour."""
    numbers = [meter.number for meter in site.meters.get(load.pk, []) if meter.in_use]
    return bool(readings(office_lake(), numbers, first + timedelta(microseconds=1), last, ("meter",)).num_rows)


_Grid = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]


def _grid(table: Any, begin: datetime, days: int) -> dict[str, _Grid]:
    """Meter → energy of each quarter hour of whole days, and over how many of them its reading goes."""
    if not table.num_rows:
        return {}
    origin = int(begin.astimezone(UTC).timestamp()) * 1_000_000
    table = table.filter(table["start"].is_valid()).filter(table.filter(table["start"].is_valid())["energy_wh"].is_valid())
    if not table.num_rows:
        return {}
    starts = table["start"].cast("int64").to_numpy() - origin
    ends = table["end"].cast("int64").to_numpy() - origin
    energy = table["energy_wh"].to_numpy()
    meters = table["meter"].combine_chunks().dictionary_encode()
    names, codes = meters.dictionary.to_pylist(), meters.indices.to_numpy()
    inside = (starts >= 0) & (starts // _SLOT < days * SLOTS)
    found: dict[str, _Grid] = {}
    for code, name in enumerate(names):
        here = inside & (codes == code)
        found[name] = _quarters(starts[here], ends[here], energy[here], days)
    return found


def _quarters(
    starts: np.ndarray[Any, Any], ends: np.ndarray[Any, Any], energy: np.ndarray[Any, Any], days: int
) -> _Grid:
    """Energy of quarter hours, and over how many of them the reading of each goes: what is finer is taken."""
    wh, parts = np.full(days * SLOTS, MISSING, np.int64), np.ones(days * SLOTS, np.int64)
    for count in PARTS:
        length = _SLOT * count
        slots = starts // length
        fits = (ends - 1) // length == slots
        covered = np.zeros(days * SLOTS // count, np.int64)
        total = np.zeros(days * SLOTS // count, np.int64)
        np.add.at(covered, slots[fits], (ends - starts)[fits])
        np.add.at(total, slots[fits], energy[fits])
        of_slot = wh.reshape(-1, count)
        # A span of which a part is known more finely is not spread: its rest would be a guess.
        taken = (covered == length) & (of_slot == MISSING).all(axis=1)
        whole, rest = np.divmod(total[taken], count)
        of_slot[taken] = whole[:, None] + (np.arange(count) < rest[:, None])
        parts.reshape(-1, count)[taken] = count
    return wh, parts


def generation(site: Site, series: Mapping[int, Series]) -> Generation:
    """What an enterprise generates itself (E2)."""
    kind = site.own.own_generation if site.own is not None else Own.NONE
    if kind == Own.METERED:
        meters = [series[load.pk] for load in site.of(MeterRole.GENERATION)]
        if not meters:
            return Generation(OwnGeneration.UNKNOWN)
        total = meters[0].wh.copy()
        for more in meters[1:]:
            total = np.where((total == MISSING) | (more.wh == MISSING), MISSING, total + more.wh)
        longer = [one.parts for one in meters if one.parts is not None]
        parts = np.maximum.reduce(longer) if longer else None
        return Generation(OwnGeneration.METERED, Series("own", meters[0].first, total, parts))
    ratio = site.own.ratio if site.own is not None else None
    return Generation(OwnGeneration(str(kind)), None, ratio)


def used_series(
    site: Site, load: Load, series: Mapping[int, Series]
) -> tuple[Series | None, tuple[Reason, ...]]:
    """What a load used: that of a whole plant with its own generation, that of a line as its meter says."""
    if load.role != MeterRole.TOTAL:
        return series[load.pk], ()
    found = used(series[load.pk], generation(site, series))
    return found.series, found.reasons


def periods_of(source: Source, first: date, last: date) -> list[PowerPeriod]:
    """Orders and special times of an enterprise that touch some days."""
    if source.region is None:
        places = Q(sources=source)
    else:
        parts = source.region.path
        # Places above and the place itself: their paths are the beginnings of its path.
        above = [parts[:at] for at in range(1, len(parts) + 1)]
        places = Q(sources=source) | Q(sources__isnull=True, region__path__in=above)
    rows = PowerPeriod.objects.filter(
        places, withdrawn_at__isnull=True, start__lt=midnight(last + timedelta(days=1)), end__gt=midnight(first)
    )
    return list(rows.distinct().order_by("start", "pk"))


def days_of(periods: Sequence[PowerPeriod]) -> Days:
    """What the days of periods are."""
    excluded: dict[date, Exclusion] = {}
    holidays: set[date] = set()
    for period in periods:
        day, last = day_of(period.start), day_of(period.end - timedelta(microseconds=1))
        while day <= last:
            if period.kind == PeriodKind.HOLIDAY:
                holidays.add(day)
            else:
                excluded[day] = _EXCLUSIONS[PeriodKind(period.kind)]
            day += timedelta(days=1)
    return Days(Calendar(frozenset(holidays)), excluded, tuple(periods))
