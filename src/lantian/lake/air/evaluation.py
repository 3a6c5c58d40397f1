"""Periods of all stations and cities evaluated at once, from the days of stations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from math import lcm
from typing import TYPE_CHECKING, Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from lantian.lake.air.arithmetic import kept
from lantian.lake.air.daily import with_aqi, with_flags
from lantian.lake.air.periods import by_period
from lantian.lake.air.results import finished
from lantian.lake.air.scales import Scales, ozone_limit
from lantian.lake.air.values import city_values, station_values
from lantian.lake.files import months_between
from lantian.lake.schema import AIR_STATION_DAY
from lantian.rules.air.evaluation import AUTO, AVAILABLE, STRICT, Scheme, scheme_for
from lantian.rules.air.evaluation_books import EvaluationLibrary
from lantian.rules.air.library import Library
from lantian.rules.air.periods import Period

if TYPE_CHECKING:
    from lantian.lake.engines import Engine

Cities = Mapping[str, Collection[str]]


def stored_days(engine: Engine, first: date, last: date) -> ir.Table:
    """The rows of `AIR_STATION_DAY` of some days."""
    return engine.table(AIR_STATION_DAY, months=months_between(first, last), span=(first, last))


def daily_values(
    days: ir.Table,
    cities: Cities,
    scheme: Scheme,
    *,
    stations: bool = True,
    available: bool = False,
    aqi: bool = True,
) -> ir.Table:
    """Daily values of stations and of cities by a scheme, one below the other.

    Parameters
    ----------
    aqi
        With AQI, level and primary pollutants (`with_aqi`); else only with what tells good and heavy days (`with_flags`).
    """
    values = station_values(days, scheme)
    pieces = [values] if stations else []
    if cities:
        pieces.append(city_values(values, cities, scheme, available=available))
    if not pieces:
        raise ValueError("There is nothing to evaluate: neither stations nor cities.")
    both = pieces[0] if len(pieces) == 1 else pieces[0].union(pieces[1].select(pieces[0].columns))
    return (with_aqi if aqi else with_flags)(both, scheme, available=available)


def evaluate_periods(
    days: ir.Table,
    periods: Sequence[Period],
    cities: Cities,
    *,
    standard: str = AUTO,
    validity: str = STRICT,
    stations: bool = True,
    books: EvaluationLibrary | None = None,
    aqi: Library | None = None,
) -> pa.Table:
    """Statistics, indices and ranks of stations and cities in several periods; see `results.finished`.

    Parameters
    ----------
    days
        Rows of `AIR_STATION_DAY`, on either engine.
    periods
        May overlap, and lie in different editions; each is judged by its own book, as by `rules.air.evaluation`.
    cities
        City → its points.
    stations
        Whether the stations themselves are evaluated, too.
    """
    groups: dict[Any, list[tuple[Period, Scheme]]] = defaultdict(list)
    for period in periods:
        scheme = scheme_for(period, standard, books, aqi)
        limits = tuple((name, limit.grade_2) for name, limit in sorted(scheme.limits.items()))
        groups[scheme.book.id, limits, ozone_limit(scheme)].append((period, scheme))
    found = []
    for of_group in groups.values():
        chosen, scheme = [period for period, _scheme in of_group], of_group[0][1]
        found.append(_evaluate(days, chosen, cities, scheme, validity, stations))
    return pa.concat_tables(found)


def _evaluate(
    days: ir.Table,
    periods: Sequence[Period],
    cities: Cities,
    scheme: Scheme,
    validity: str,
    stations: bool,
) -> pa.Table:
    first, last = min(period.first for period in periods), max(period.last for period in periods)
    inside = days.filter(days.day.between(ibis.literal(first), ibis.literal(last)))
    available = validity == AVAILABLE
    found = daily_values(inside, cities, scheme, stations=stations, available=available, aqi=False)
    with kept(found) as values:
        return evaluate_values(values, periods, scheme, validity=validity)


def evaluate_values(
    values: ir.Table, periods: Sequence[Period], scheme: Scheme, *, validity: str = STRICT
) -> pa.Table:
    """Statistics, indices and ranks from daily values that are kept (`daily_values`), by one scheme for all periods."""
    gathered = by_period(values, periods, scheme.book).to_pyarrow()

    def fetch(cells: Sequence[tuple[int, str]]) -> dict[tuple[int, str], tuple[list[int], int]]:
        return _cells(values, gathered, periods, cells, Scales.of(scheme.book))

    return finished(gathered, periods, scheme, validity, fetch)


def _cells(
    values: ir.Table,
    gathered: pa.Table,
    periods: Sequence[Period],
    cells: Sequence[tuple[int, str]],
    scales: Scales,
) -> dict[tuple[int, str], tuple[list[int], int]]:
    """The daily values of single rows and columns of `gathered` over a common denominator [thousandths]."""
    rows = sorted({row for row, _column in cells})
    columns = sorted({column for _row, column in cells})
    chosen = gathered.select(["kind", "entity", "period"]).take(pa.array(rows))
    spans = [periods[number] for number in chosen["period"].to_pylist()]
    wanted = ibis.memtable(
        pa.table(
            {
                "row": pa.array(rows, pa.int64()),
                "of_kind": chosen["kind"],
                "of_entity": chosen["entity"],
                "first": pa.array([span.first for span in spans], pa.date32()),
                "last": pa.array([span.last for span in spans], pa.date32()),
            }
        )
    )
    joined = values.join(
        wanted,
        [
            values.kind == wanted.of_kind,
            values.entity == wanted.of_entity,
            values.day >= wanted["first"],
            values.day <= wanted["last"],
        ],
    )
    points = [f"{column}_points" for column in columns]
    table = joined.select("row", *columns, *points).to_pyarrow()
    numbers = table["row"].to_pylist()
    asked = set(cells)
    found: defaultdict[tuple[int, str], list[tuple[int, int]]] = defaultdict(list)
    for column in columns:
        for row, value, of_points in zip(
            numbers, table[column].to_pylist(), table[f"{column}_points"].to_pylist(), strict=True
        ):
            if value is not None and (row, column) in asked:
                found[row, column].append((value, of_points))
    common = {cell: lcm(*{of_points for _value, of_points in values}) for cell, values in found.items()}
    return {
        cell: (
            [value * (common[cell] // of_points) for value, of_points in values],
            common[cell] * scales.of_column(cell[1]),
        )
        for cell, values in found.items()
    }
