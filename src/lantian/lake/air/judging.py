"""Periods of many places evaluated from grids of daily values, with the results of `rules.air.evaluation`, figure by figure.

What is counted, summed and sorted is whole numbers; what is judged of them is judged by the rule itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lantian.lake.air.grids import Bools, Grid, Ints
from lantian.lake.air.results import finished
from lantian.lake.air.scales import JUDGED
from lantian.rules.air.evaluation import (
    AVAILABLE,
    GOOD,
    NOT_HEAVY,
    STRICT,
    THOUSAND,
    Counted,
    Evaluation,
    Scheme,
    evaluate_days,
    judged,
)
from lantian.rules.air.evaluation_books import Judged
from lantian.rules.air.periods import Period
from lantian.rules.air.validity import days_needed

#: whole numbers stay below it, so that they fit into 64 bits
_ROOM = 2**62
#: numbers are added in two halves of so many bits, so that no sum is too large
_HALF = 31


def removed_of(raw: Grid, left: Grid) -> dict[str, Bools]:
    """Of which days there was a value before something was taken out, and is none after."""
    return {column: (raw.points[column] > 0) & (left.points[column] == 0) for column in JUDGED}


def evaluations(
    grid: Grid,
    names: Sequence[str],
    period: Period,
    scheme: Scheme,
    *,
    validity: str = STRICT,
    removed: dict[str, Bools] | None = None,
) -> list[Evaluation]:
    """The evaluation of each entity of a grid that holds the days of a period.

    Parameters
    ----------
    names
        What the entities are called in their evaluations.
    removed
        Column → entities × days: which values were taken out, for sand or an exceptional event.
    """
    gone = removed or {column: np.zeros(grid.few.shape, dtype=np.bool_) for column in JUDGED}
    denominators = _denominators(grid)
    parts = _part_of(grid, period)
    counted = {
        item.pollutant: _counted(grid, item, gone[item.column], denominators, parts, period, scheme)
        for item in scheme.book.items
    }
    by_aqi = _days_by_aqi(grid, gone, validity == AVAILABLE)
    few = grid.few.sum(axis=1, dtype=np.int64).tolist()
    found = []
    for row, name in enumerate(names):
        of_entity = {pollutant: rows[row] for pollutant, rows in counted.items()}
        if all(one is not None for one in of_entity.values()):
            whole = {pollutant: one for pollutant, one in of_entity.items() if one is not None}
            found.append(
                judged(name, whole, by_aqi[row], period, scheme, validity=validity, few_points=few[row])
            )
        else:
            # So many different numbers of points that they have no common denominator of 64 bits.
            found.append(
                evaluate_days(
                    name,
                    grid.values(row),
                    period,
                    scheme,
                    validity=validity,
                    few_points=few[row],
                    removed=_removed(grid, gone, row),
                )
            )
    return found


def _removed(grid: Grid, gone: dict[str, Bools], row: int) -> dict[date, frozenset[str]]:
    return {
        day: frozenset(column for column in JUDGED if gone[column][row, number])
        for number, day in enumerate(grid.dates())
        if any(gone[column][row, number] for column in JUDGED)
    }


@dataclass(frozen=True, slots=True)
class _Denominators:
    """For each entity a number that all its numbers of points divide, 0 where it has none of 64 bits."""

    common: Ints
    #: entity, number of points → by what a total is multiplied
    factors: Ints


def _denominators(grid: Grid) -> _Denominators:
    most = max((int(points.max(initial=0)) for points in grid.points.values()), default=0)
    there = np.zeros((grid.entities, most + 1), dtype=np.bool_)
    rows = np.arange(grid.entities)[:, None]
    for column in JUDGED:
        there[np.broadcast_to(rows, grid.points[column].shape), grid.points[column]] = True
    there[:, 0] = False
    common = np.zeros(grid.entities, dtype=np.int64)
    known: dict[bytes, int] = {}
    for row in range(grid.entities):
        key = there[row].tobytes()
        if key not in known:
            known[key] = lcm(*np.flatnonzero(there[row]).tolist())
        if known[key] < _ROOM:
            common[row] = known[key]
    points = np.maximum(np.arange(most + 1), 1)
    return _Denominators(common, common[:, None] // points[None, :])


def _counted(
    grid: Grid,
    item: Judged,
    gone: Bools,
    denominators: _Denominators,
    parts: npt.NDArray[np.intp],
    period: Period,
    scheme: Scheme,
) -> list[Counted | None]:
    """What was counted of a pollutant, for each entity; None where its numbers do not fit into 64 bits."""
    column = item.column
    totals, points = grid.totals[column], grid.points[column]
    there = points > 0
    valid = there.sum(axis=1).tolist()
    removed = gone.sum(axis=1).tolist()
    counting = there | gone if scheme.book.number("removed_days_count") else there
    per_part = np.zeros((grid.entities, len(period.parts())), dtype=np.int64)
    for part in np.unique(parts).tolist():
        per_part[:, part] = counting[:, parts == part].sum(axis=1)
    of_parts = per_part.tolist()
    attaining = _attaining(grid, item, scheme).tolist()
    means = totals.astype(np.float64) / np.maximum(points, 1) * denominators.common[:, None]
    fits = ((denominators.common > 0) & (means.max(axis=1, initial=0.0) < _ROOM)).tolist()
    rows = np.arange(grid.entities)[:, None]
    whole = np.where(there, totals * denominators.factors[rows, points], -1)
    high = (np.where(there, whole, 0) >> _HALF).sum(axis=1).tolist()
    low = (np.where(there, whole, 0) & (2**_HALF - 1)).sum(axis=1).tolist()
    # What is not there is -1 and stands before the others.
    ordered = np.sort(whole, axis=1)
    length = ordered.shape[1]
    scale = grid.scales.of_column(column)
    common = denominators.common.tolist()
    found: list[Counted | None] = []
    for row in range(grid.entities):
        if not fits[row] and valid[row]:
            found.append(None)
            continue
        middle = upper = None
        if valid[row]:
            by = common[row] * scale
            middle = Fraction((high[row] << _HALF) + low[row], by * valid[row])
            below, hundredths = divmod((valid[row] - 1) * item.percentile, 100)
            first = length - valid[row] + below
            at = int(ordered[row, first])
            over = int(ordered[row, first + 1]) if hundredths else at
            upper = Fraction(100 * at + (over - at) * hundredths, 100 * by)
        found.append(Counted(middle, upper, valid[row], removed[row], of_parts[row], attaining[row]))
    return found


def _part_of(grid: Grid, period: Period) -> npt.NDArray[np.intp]:
    """For each day the number of the part of the period in which it lies."""
    ends = np.cumsum([part.days for part in period.parts()])
    start = (period.first - date(1970, 1, 1)).days
    return np.searchsorted(ends, grid.days - start, "right")


def _attaining(grid: Grid, item: Judged, scheme: Scheme) -> Ints:
    """How many daily values are, rounded, at or below the daily limit; see `rules.air.evaluation`."""
    limit = scheme.day_limits.get(item.pollutant)
    if limit is None:
        return np.zeros(grid.entities, dtype=np.int64)
    digits = item.attainment_digits
    most = int(limit.grade_2.scaleb(digits))
    points = grid.points[item.column]
    value = grid.totals[item.column] * (2 * 10**digits)
    bound = points.astype(np.int64) * (grid.scales.of_column(item.column) * (2 * most + 1) * THOUSAND)
    below = value <= bound if most % 2 == 0 else value < bound
    return (below & (points > 0)).sum(axis=1)


def _days_by_aqi(grid: Grid, gone: dict[str, Bools], available: bool) -> list[tuple[int, int, int]]:
    """Good days, heavy days and days whose AQI can be told, of each entity."""
    whole = np.ones(grid.few.shape, dtype=np.bool_)
    for column in JUDGED:
        whole &= (grid.points[column] > 0) | gone[column]
    told = (grid.aqi >= 0) & (available | whole | (grid.aqi > GOOD))
    columns = [
        (told & (grid.aqi <= GOOD)).sum(axis=1),
        (told & (grid.aqi > NOT_HEAVY)).sum(axis=1),
        told.sum(axis=1),
    ]
    return [(int(good), int(heavy), int(known)) for good, heavy, known in zip(*columns, strict=True)]


def table(
    grid: Grid,
    kinds: Sequence[str],
    names: Sequence[str],
    period: Period,
    scheme: Scheme,
    *,
    validity: str = STRICT,
) -> pa.Table:
    """The statistics, indices and ranks of a period as a table, for thousands of entities; see `results.finished`.

    Parameters
    ----------
    kinds, names
        Of each entity; ranks are among those of a kind.
    """
    parts = _part_of(grid, period)
    columns: dict[str, Any] = {
        "kind": pa.array(kinds, pa.string()),
        "entity": pa.array(names, pa.string()),
        "period": np.zeros(grid.entities, dtype=np.int32),
        "few": grid.few.sum(axis=1, dtype=np.int32),
    }
    needed = np.array([days_needed(part, scheme.book) for part in period.parts()])
    for item in scheme.book.items:
        points = grid.points[item.column]
        there = points > 0
        values = np.where(there, grid.totals[item.column] / np.maximum(points, 1), -1.0)
        valid = there.sum(axis=1)
        per_part = np.zeros((grid.entities, len(needed)), dtype=np.int64)
        for part in np.unique(parts).tolist():
            per_part[:, part] = there[:, parts == part].sum(axis=1)
        columns |= {
            f"{item.column}_valid": valid.astype(np.int32),
            f"{item.column}_total": np.where(there, values, 0.0).sum(axis=1),
            f"{item.column}_high": _percentiles(values, valid, item.percentile),
            f"{item.column}_peak": values.max(axis=1, initial=0.0),
            f"{item.column}_points": points.max(axis=1, initial=0).astype(np.int64),
            f"{item.column}_full": (per_part >= needed).sum(axis=1).astype(np.int32),
        }
    nothing = {column: np.zeros(grid.few.shape, dtype=np.bool_) for column in JUDGED}
    by_aqi = np.array(_days_by_aqi(grid, nothing, validity == AVAILABLE), dtype=np.int32).reshape(-1, 3)
    for number, name in enumerate(("good_days", "heavy_days", "told_days")):
        columns[name] = by_aqi[:, number]

    def fetch(cells: Sequence[tuple[int, str]]) -> dict[tuple[int, str], tuple[list[int], int]]:
        return {(row, column): _exactly(grid, row, column) for row, column in cells}

    return finished(pa.table(columns), [period], scheme, validity, fetch)


def _percentiles(values: npt.NDArray[np.float64], valid: Ints, percent: int) -> npt.NDArray[np.float64]:
    """The percentile of each row of rank ``1 + (n - 1) p``; 0 of nothing. What is not there is -1."""
    if not values.size:
        return np.zeros(len(values))
    ordered = np.sort(values, axis=1)
    below, hundredths = np.divmod(np.maximum(valid - 1, 0) * percent, 100)
    last = ordered.shape[1] - 1
    first = np.minimum(last + 1 - valid + below, last)
    rows = np.arange(len(values))
    at, over = ordered[rows, first], ordered[rows, np.minimum(first + 1, last)]
    found: npt.NDArray[np.float64] = np.where(valid > 0, at + (over - at) * (hundredths / 100), 0.0)
    return found


def _exactly(grid: Grid, row: int, column: str) -> tuple[list[int], int]:
    """The daily values of an entity over a common denominator, and that [thousandths]."""
    points = grid.points[column][row]
    there = np.flatnonzero(points)
    counts = points[there].tolist()
    common = lcm(*counts)
    totals = grid.totals[column][row][there].tolist()
    values = [total * (common // count) for total, count in zip(totals, counts, strict=True)]
    return values, common * grid.scales.of_column(column)
