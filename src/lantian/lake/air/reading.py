"""The daily values of some stations or cities in the form that `rules.air.evaluation` takes, for pages and commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING

import ibis.expr.types as ir

from lantian.lake.air.evaluation import stored_days
from lantian.lake.air.scales import VALUES, Scales
from lantian.lake.air.values import city_values, station_values
from lantian.lake.engines import duck
from lantian.lake.store import Lake
from lantian.rules.air.evaluation import Scheme, scheme_for
from lantian.rules.air.periods import period_of

if TYPE_CHECKING:
    from lantian.lake.engines import Engine

Days = dict[date, dict[str, int | Fraction]]


def station_days(
    lake: Lake | Engine, stations: Collection[str], first: date, last: date, scheme: Scheme | None = None
) -> dict[str, Days]:
    """The daily values of stations, whole numbers or fractions of thousandths: what `evaluate_days` takes.

    Parameters
    ----------
    lake
        A lake, or an engine that is open already.
    scheme
        Whose minimum of hours holds; by default that of the days as one period.

    Returns
    -------
    dict
        Each station that was asked for → day → column → value; ``o3`` is the greatest mean of 8 hours, ``o3_1h`` that of one
        hour. What is missing or has too few hours is not there.
    """
    scheme = scheme or _scheme(first, last)
    with _engine(lake) as engine:
        days = stored_days(engine, first, last)
        values = station_values(days.filter(days.station.isin(sorted(set(stations)))), scheme)
        found, _few = _gathered(values, scheme)
    return {station: found.get(station, {}) for station in stations}


def city_days(
    lake: Lake | Engine,
    cities: Mapping[str, Collection[str]],
    first: date,
    last: date,
    scheme: Scheme | None = None,
    *,
    available: bool = False,
) -> dict[str, tuple[Days, int]]:
    """The daily values of cities or other regions from those of their points, as `rules.air.validity.city_days` gives them.

    Parameters
    ----------
    cities
        City → its points.
    available
        Use the points there are, however few.

    Returns
    -------
    dict
        Each city → its daily values, as `station_days`, and how many of them had fewer points than needed.
    """
    scheme = scheme or _scheme(first, last)
    if not cities:
        return {}
    with _engine(lake) as engine:
        days = stored_days(engine, first, last)
        points = sorted({point for of_city in cities.values() for point in of_city})
        stations = station_values(days.filter(days.station.isin(points)), scheme)
        found, few = _gathered(city_values(stations, cities, scheme, available=available), scheme)
    return {city: (found.get(city, {}), few.get(city, 0)) for city in cities}


@contextmanager
def _engine(lake: Lake | Engine) -> Iterator[Engine]:
    if isinstance(lake, Lake):
        with duck(lake) as engine:
            yield engine
    else:
        yield lake


def _scheme(first: date, last: date) -> Scheme:
    return scheme_for(period_of(f"{first}:{last}"))


def _gathered(values: ir.Table, scheme: Scheme) -> tuple[dict[str, Days], dict[str, int]]:
    scales = Scales.of(scheme.book)
    found: defaultdict[str, Days] = defaultdict(dict)
    few: defaultdict[str, int] = defaultdict(int)
    table = values.order_by("day").to_pyarrow()
    entities, days = table["entity"].to_pylist(), table["day"].to_pylist()
    for entity, count in zip(entities, table["few"].to_pylist(), strict=True):
        few[entity] += count
    for column in VALUES:
        scale = scales.of_column(column)
        points = table[f"{column}_points"].to_pylist()
        for entity, day, value, of_points in zip(
            entities, days, table[column].to_pylist(), points, strict=True
        ):
            if value is not None:
                parts = scale * of_points
                whole = value if parts == 1 else Fraction(value, parts)
                found[entity].setdefault(day, {})[column] = whole
    return found, few
