"""The air of places: which points stand for a place, its daily values, its evaluation with and without exclusions."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lantian.apps.air import excluding, readings
from lantian.apps.air.books import scheme_for
from lantian.apps.air.choices import CONTROL_ORDER, ControlLevel, StationKind
from lantian.apps.air.models import Station
from lantian.apps.air.readings import Days
from lantian.apps.core.models import Region
from lantian.lake.air.grids import Cells, values_key
from lantian.lake.air.judging import evaluations as of_grid
from lantian.lake.air.judging import removed_of
from lantian.lake.schema import AIR_HOUR
from lantian.rules.air.evaluation import AVAILABLE, STRICT, Evaluation, Scheme
from lantian.rules.air.exclusions import Both
from lantian.rules.air.periods import Period
from lantian.rules.air.ranking_lists import RAW

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
    below: dict[str, list[Point]] = {}
    for point in _points(first, last):
        path = "/"
        for key in point.path.strip("/").split("/"):
            path += f"{key}/"
            below.setdefault(path, []).append(point)
    return [_place(region, below.get(region.path, [])) for region in regions]


def _place(region: Region, inside: Sequence[Point]) -> Place:
    for wanted in _STANDS_FOR.get(region.level, ()):
        chosen = [point for point in inside if point.control in wanted]
        if chosen:
            inside = chosen
            break
    there = {point.control for point in inside}
    controls = tuple(level for level in CONTROL_ORDER if level in there)
    return Place(region.pk, region.code, region.name, region.level, region.path, tuple(inside), controls)


def measured_regions(level: str | None = None) -> list[Region]:
    """Open regions with a city point in them, by code."""
    paths = (
        Station.objects.filter(kind=StationKind.CITY, region__isnull=False)
        .order_by()
        .values_list("region__path", flat=True)
        .distinct()
    )
    above = {key for path in paths for key in path.strip("/").split("/")}
    rows = Region.objects.filter(valid_to__isnull=True).exclude(level__in=("town", "village"))
    if level is not None:
        rows = rows.filter(level=level)
    return [region for region in rows.order_by("code") if str(region.pk) in above]


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
    scheme: Scheme,
    *,
    excluding_events: bool = True,
    available: bool = False,
) -> PlaceDays:
    """The daily values of a place: the mean of those of its points.

    Parameters
    ----------
    excluding_events
        Leave out what is excluded, for sand or an exceptional event.
    available
        Use the points there are, however few.
    """
    raw = readings.days([place.codes], first, last, scheme, available=available)
    cells = _cells([place], first, last, scheme) if excluding_events else {}
    left = raw
    if cells:
        left = readings.days([place.codes], first, last, scheme, available=available, cells=cells)

    def make() -> PlaceDays:
        of_left = left.grid()
        if not cells:
            return PlaceDays(of_left.values(0), int(of_left.few.sum()), {})
        gone = removed_of(raw.grid(), of_left)
        removed = {}
        for number, day in enumerate(of_left.dates()):
            columns = frozenset(column for column, of in gone.items() if of[0, number])
            if columns:
                removed[day] = columns
        return PlaceDays(of_left.values(0), int(of_left.few.sum()), removed)

    return readings.kept(("place", raw.key, left.key), make)


def _cells(
    wanted: Sequence[Place],
    first: date,
    last: date,
    scheme: Scheme,
    ignoring: frozenset[int] = frozenset(),
) -> Cells:
    """What exclusions put in the place of daily values of the points of places."""
    spans = [span for span in excluding.spans_in(first, last) if span.pk not in ignoring]
    if not spans:
        return {}
    paths = {point.code: point.path for place in wanted for point in place.points}
    months = {f"{day:%Y-%m}" for span in spans for day in span.days() if not span.whole(day)}
    # Of days that are excluded in part the values are made of their hours.
    hours = readings.version(AIR_HOUR, months) if months else None
    key = ("cells", tuple(sorted(paths.items())), tuple(spans), first, last, values_key(scheme), hours)
    return readings.kept(key, lambda: excluding.cells(paths, spans, first, last, scheme))


def scheme_key(scheme: Scheme) -> Hashable:
    """What tells one scheme from another."""
    limits = tuple(
        (name, limit.book, limit.grade_2)
        for of in (scheme.limits, scheme.year_limits, scheme.day_limits)
        for name, limit in sorted(of.items())
    )
    return values_key(scheme), limits, scheme.two_editions


def evaluations(
    wanted: Sequence[Place],
    period: Period,
    *,
    scheme: Scheme | None = None,
    validity: str = STRICT,
    excluding_events: bool = True,
    ignoring: frozenset[int] = frozenset(),
    days: str = RAW,
) -> list[Evaluation]:
    """A period of places evaluated, of all of them at once, with the results of `lantian.rules.air.evaluation`.

    Parameters
    ----------
    wanted
        Places, each with a point.
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
    return known_evaluations(
        wanted,
        period,
        scheme or scheme_for(period),
        validity=validity,
        excluding_events=excluding_events,
        ignoring=ignoring,
        days=days,
    )[0]


def known_evaluations(
    wanted: Sequence[Place],
    period: Period,
    scheme: Scheme,
    *,
    validity: str = STRICT,
    excluding_events: bool = True,
    ignoring: frozenset[int] = frozenset(),
    days: str = RAW,
) -> tuple[list[Evaluation], Hashable]:
    """The same, and what tells them from others: with the same key all of them are the same."""
    raw, key = _evaluated(wanted, period, scheme, validity, {})
    cells = _cells(wanted, period.first, period.last, scheme, ignoring) if excluding_events else {}
    touched = [number for number, place in enumerate(wanted) if any(code in cells for code in place.codes)]
    if not touched:
        return raw, key
    found = list(raw)
    without, other = _evaluated([wanted[number] for number in touched], period, scheme, validity, cells)
    for number, one in zip(touched, without, strict=True):
        found[number] = Both(raw[number], one).shown(days=days)
    return found, (key, other, days)


def _evaluated(
    wanted: Sequence[Place], period: Period, scheme: Scheme, validity: str, cells: Cells
) -> tuple[list[Evaluation], Hashable]:
    """The evaluations of places with other values in some cells; what those took out counts as taken out."""
    codes, names = [place.codes for place in wanted], tuple(place.name for place in wanted)
    available = validity == AVAILABLE
    raw = readings.days(codes, period.first, period.last, scheme, available=available)
    left = raw
    if cells:
        left = readings.days(codes, period.first, period.last, scheme, available=available, cells=cells)

    def make() -> list[Evaluation]:
        of_left = left.grid()
        removed = removed_of(raw.grid(), of_left) if cells else None
        return of_grid(of_left, names, period, scheme, validity=validity, removed=removed)

    name = "evaluations", raw.key, left.key, names, period, scheme_key(scheme), validity
    found = readings.kept(name, make, size=readings.OF_EVALUATION * max(len(wanted), 1))
    return found, name


def evaluation(place: Place, period: Period, **options: Any) -> Evaluation:
    """A period of one place evaluated; see `evaluations`."""
    return evaluations([place], period, **options)[0]
