"""The air of the last hour: stations, places, and what moved since the hour before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from lantian.apps.air import indices, queries, readings
from lantian.apps.air.books import scheme_for
from lantian.apps.air.choices import StationKind
from lantian.apps.air.indices import NOTHING, Index, Value
from lantian.apps.air.models import Station
from lantian.apps.core.models import Region
from lantian.lake.schema import POLLUTANTS
from lantian.rules.air.periods import period_of
from lantian.rules.air.validity import points_needed

#: stations that moved most, of each direction
MOVERS = 5


@dataclass(frozen=True, slots=True)
class StationNow:
    """A station in the last hour."""

    station: Station
    values: Mapping[str, Value]
    index: Index
    before: Index

    @property
    def change(self) -> int | None:
        """By how much the AQI has changed since the hour before."""
        if self.index.aqi is None or self.before.aqi is None:
            return None
        return self.index.aqi - self.before.aqi


@dataclass(frozen=True, slots=True)
class PlaceNow:
    """A place in the last hour: the mean of its points."""

    place: queries.Place
    values: Mapping[str, Value]
    index: Index
    #: points with a value, and how many are needed
    valid: int
    needed: int


@dataclass(frozen=True, slots=True)
class Now:
    """What is known of an hour.

    Attributes
    ----------
    hour
        The end of the hour; None where there is no hour at all.
    """

    hour: datetime | None
    stations: Sequence[StationNow]
    places: Sequence[PlaceNow]

    @property
    def movers(self) -> tuple[list[StationNow], list[StationNow]]:
        """Those that became worse most, and those that became better."""
        moved = [row for row in self.stations if row.change]
        worse = sorted((row for row in moved if (row.change or 0) > 0), key=lambda row: -(row.change or 0))
        better = sorted((row for row in moved if (row.change or 0) < 0), key=lambda row: row.change or 0)
        return worse[:MOVERS], better[:MOVERS]

    def of(self, region: Region) -> PlaceNow | None:
        """A place."""
        return next((row for row in self.places if row.place.pk == region.pk), None)


def look(region: Region | None, now: datetime) -> Now:
    """The last hour of the stations in a place, and of the place and those straight below it; of everywhere without one."""
    hour = readings.last_hour(now)
    rows = Station.objects.select_related("region").order_by("code")
    rows = rows.within(region) if region is not None else rows.filter(region__isnull=False)
    if hour is None:
        return Now(None, [], [])
    day = (hour - timedelta(microseconds=1)).date()
    open_rows = list(rows.open_on(day))
    read = readings.hours([row.code for row in open_rows], hour - timedelta(hours=1), hour)
    at: dict[tuple[str, datetime], dict[str, Value]] = {
        (code, end): {name: read.values[name][number] for name in POLLUTANTS}
        for number, (code, end) in enumerate(zip(read.station, read.end, strict=True))
    }
    asked = [(row.code, end) for row in open_rows for end in (hour, hour - timedelta(hours=1))]
    found = dict(zip(asked, indices.of_rows([(day, at.get(key, {})) for key in asked], "hour"), strict=True))
    stations = [
        StationNow(
            row,
            at.get((row.code, hour), {}),
            found.get((row.code, hour), NOTHING),
            found.get((row.code, hour - timedelta(hours=1)), NOTHING),
        )
        for row in open_rows
    ]
    stations.sort(key=lambda row: (-(row.index.aqi or -1), row.station.code))
    return Now(hour, stations, _places(region, hour, at))


def _places(
    region: Region | None, hour: datetime, at: Mapping[tuple[str, datetime], Mapping[str, Value]]
) -> list[PlaceNow]:
    day = (hour - timedelta(microseconds=1)).date()
    book = scheme_for(period_of(f"{day}:{day}")).book
    regions = queries.measured_regions()
    if region is not None:
        regions = [one for one in regions if one.pk == region.pk or one.parent_id == region.pk]
    else:
        regions = [one for one in regions if one.level == "prefecture"]
    known = [place for place in queries.places(regions, day, day) if place.points]
    means = []
    for place in known:
        needed = points_needed(len(place.points), book)
        columns: dict[str, Value] = {}
        valid = 0
        for name in POLLUTANTS:
            given = [at.get((code, hour), {}).get(name) for code in place.codes]
            there = [value for value in given if value is not None]
            valid = max(valid, len(there))
            columns[name] = Fraction(sum(there), len(there)) if len(there) >= needed else None
        means.append((place, columns, valid, needed))
    found = indices.of_rows([(day, columns) for _place, columns, *_rest in means], "hour")
    return [
        PlaceNow(place, columns, index, valid, needed)
        for (place, columns, valid, needed), index in zip(means, found, strict=True)
    ]


#: kinds of stations that a map shows with a sign of their own
SIGNS: dict[str, str] = {
    StationKind.CITY: "circle",
    StationKind.TRAFFIC: "square",
    StationKind.BACKGROUND: "diamond",
}
