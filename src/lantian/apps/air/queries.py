"""The air of places: which points stand for a place, its daily values, its evaluation with and without exclusions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lantian.apps.air import excluding, readings
from lantian.apps.air.choices import CONTROL_ORDER, ControlLevel, StationKind
from lantian.apps.air.models import Station
from lantian.apps.air.readings import Days
from lantian.apps.core.models import Region
from lantian.rules.air.evaluation import (
    AVAILABLE,
    STRICT,
    Evaluation,
    Scheme,
    evaluate_days,
    scheme_for,
)
from lantian.rules.air.exclusions import Both
from lantian.rules.air.periods import Period
from lantian.rules.air.ranking_lists import RAW
from lantian.rules.air.validity import city_days

#: columns of daily values
COLUMNS = ("pm25", "pm10", "so2", "no2", "co", "o3", "o3_1h")
#: who runs the points that stand for a place of a level, the first that there are; then those of anybody
_STANDS_FOR: dict[str, tuple[frozenset[str], ...]] = {
    "province": (frozenset({ControlLevel.NATIONAL}),),
    "prefecture": (frozenset({ControlLevel.NATIONAL}),),
    "county": (frozenset({ControlLevel.NATIONAL, ControlLevel.PROVINCIAL}),),
}


@dataclass(frozen=True, slots=True)
class Point:
    """A station that counts for a place."""

    pk: int
    code: str
    name: str
    path: str
    control: str


@dataclass(frozen=True, slots=True)
class Place:
    """A region, and the points that stand for its air."""

    pk: int
    code: str
    name: str
    level: str
    path: str
    points: tuple[Point, ...]
    #: the levels of control that the points have
    controls: tuple[str, ...]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the points."""
        return tuple(point.code for point in self.points)


def _points(first: date, last: date) -> list[Point]:
    """City points that measured at some time between two days."""
    rows = (
        Station.objects.filter(kind=StationKind.CITY, region__isnull=False)
        .exclude(closed__lt=first)
        .exclude(opened__gt=last)
        .exclude(in_use=False, closed__isnull=True)
        .order_by("code")
        .values_list("pk", "code", "name", "region__path", "control")
    )
    return [Point(*row) for row in rows]


def places(regions: Iterable[Region], first: date, last: date) -> list[Place]:
    """Regions with their points, by two queries for all of them; those without a point have none."""
    points = _points(first, last)
    return [_place(region, points) for region in regions]


def _place(region: Region, points: Sequence[Point]) -> Place:
    inside = [point for point in points if point.path.startswith(region.path)]
    for wanted in _STANDS_FOR.get(region.level, ()):
        chosen = [point for point in inside if point.control in wanted]
        if chosen:
            inside = chosen
            break
    controls = tuple(level for level in CONTROL_ORDER if any(point.control == level for point in inside))
    return Place(region.pk, region.code, region.name, region.level, region.path, tuple(inside), controls)


def measured_regions(level: str | None = None) -> list[Region]:
    """Open regions with a city point in them, by code."""
    paths = set(
        Station.objects.filter(kind=StationKind.CITY, region__isnull=False).values_list(
            "region__path", flat=True
        )
    )
    above = {
        tuple(path.strip("/").split("/")[: depth + 1])
        for path in paths
        for depth in range(len(path.strip("/").split("/")))
    }
    rows = Region.objects.filter(valid_to__isnull=True).exclude(level__in=("town", "village"))
    if level is not None:
        rows = rows.filter(level=level)
    return [region for region in rows.order_by("code") if tuple(region.path.strip("/").split("/")) in above]


def home_region(user: Any) -> Region | None:
    """The place whose air an account looks at first: its own city, or else the first city with a point."""
    cities = measured_regions("prefecture")
    own = user.organisation.region if user.organisation is not None else None
    if own is not None:
        for city in cities:
            if own.path.startswith(city.path) or city.path.startswith(own.path):
                return city
    return cities[0] if cities else next(iter(measured_regions()), None)


# Days and periods ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlaceDays:
    """The daily values of a place [thousandths], and what was taken out of them."""

    days: Days
    #: daily values for which too few points were valid
    few: int
    removed: Mapping[date, frozenset[str]]


def place_days(
    place: Place,
    first: date,
    last: date,
    today: date,
    scheme: Scheme,
    *,
    excluding_events: bool = True,
    ignoring: frozenset[int] = frozenset(),
    available: bool = False,
) -> PlaceDays:
    """The daily values of a place: the mean of those of its points.

    Parameters
    ----------
    excluding_events
        Leave out what is excluded, for sand or an exceptional event.
    ignoring
        Exclusions that do not count this time.
    available
        Use the points there are, however few.
    """
    spans = excluding.spans_in(first, last) if excluding_events else []
    paths = {point.code: point.path for point in place.points}
    spans = [span for span in spans if span.pk not in ignoring]
    spans = [span for span in spans if any(span.covers(code, path) for code, path in paths.items())]

    stations = readings.station_days(place.codes, first, last, today, scheme)

    def make() -> PlaceDays:
        whole, few = city_days(list(stations.values()), COLUMNS, scheme.book, available=available)
        if not spans:
            return PlaceDays(whole, few, {})
        rest = excluding.without(stations, paths, spans, scheme)
        touched = {day for span in spans for day in span.days()}
        points = [{day: of[day] for day in touched if day in of} for of in rest.values()]
        left, few_left = city_days(points, COLUMNS, scheme.book, available=available)
        before = [{day: of[day] for day in touched if day in of} for of in stations.values()]
        _whole, few_before = city_days(before, COLUMNS, scheme.book, available=available)
        days = {day: values for day, values in whole.items() if day not in touched} | left
        removed = {
            day: frozenset(whole[day]) - frozenset(left.get(day, ()))
            for day in touched
            if day in whole and set(whole[day]) - set(left.get(day, ()))
        }
        return PlaceDays(dict(sorted(days.items())), few - few_before + few_left, removed)

    # Days that have not changed are the same objects; they are kept with the result, so that no other can take their
    # identity.
    key = (
        "place",
        place.codes,
        first,
        last,
        readings.scheme_key(scheme),
        tuple(spans),
        available,
        tuple(id(days) for days in stations.values()),
    )
    return readings.kept(key, lambda: (stations, make()))[1]


def prefetch(wanted: Iterable[Place], periods: Iterable[tuple[Period, Scheme | None]], today: date) -> None:
    """Read the days of many places with one query for each piece of time instead of one for each place."""
    codes = sorted({code for place in wanted for code in place.codes})
    for period, scheme in periods:
        if codes:
            readings.station_days(codes, period.first, period.last, today, scheme or scheme_for(period))


def scheme_key(scheme: Scheme) -> Hashable:
    """What tells one scheme from another."""
    limits = tuple(sorted((name, limit.book, limit.grade_2) for name, limit in scheme.limits.items()))
    return scheme.book.id, limits, scheme.aqi_edition, scheme.two_editions


def evaluation(
    place: Place,
    period: Period,
    today: date,
    *,
    scheme: Scheme | None = None,
    validity: str = STRICT,
    excluding_events: bool = True,
    ignoring: frozenset[int] = frozenset(),
    days: str = RAW,
) -> Evaluation:
    """A period of a place evaluated by the rules of `lantian.rules.air.evaluation`.

    Parameters
    ----------
    scheme
        By what it is judged; by default what holds in the period.
    excluding_events
        Give concentrations and the index without what is excluded; good and heavy days are those of all values, as
        bulletins give them.
    ignoring
        Exclusions that do not count this time.
    days
        ``raw``, or ``removed``: good and heavy days without what is excluded, too.
    """
    scheme = scheme or scheme_for(period)
    available = validity == AVAILABLE
    found = place_days(
        place,
        period.first,
        period.last,
        today,
        scheme,
        excluding_events=excluding_events,
        ignoring=ignoring,
        available=available,
    )

    def make() -> Evaluation:
        return evaluate_days(
            place.name,
            found.days,
            period,
            scheme,
            validity=validity,
            few_points=found.few,
            removed=found.removed,
        )

    # The daily values are kept with the result, so that no other object can come to have their identity.
    key = ("evaluation", id(found), period, scheme_key(scheme), validity)
    result = readings.kept(key, lambda: (found, make()))[1]
    if not found.removed:
        return result
    whole = evaluation(place, period, today, scheme=scheme, validity=validity, excluding_events=False)
    return Both(whole, result).shown(days=days)
