"""Daily values of stations and of places as arrays, exact: whole numbers over a known denominator.

The same values as those of `values` and `rules.air.validity`, for places whose points differ from page to page.

References
----------
GB 3095 table 4; HJ 633 for the AQI; HJ 663 6.1.2 and table A.2.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt

from lantian.lake.air.scales import JUDGED, MEANS, VALUES, Scales, half_even, ozone_limit
from lantian.lake.air.standing import Month, Standing
from lantian.rules.air.aqi import scheme_of
from lantian.rules.air.columns import MISSING, MOST, compiled, evaluate_grids
from lantian.rules.air.evaluation import THOUSAND, Scheme
from lantian.rules.air.library import Library
from lantian.rules.air.validity import points_needed

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int16]
Bools = npt.NDArray[np.bool_]
Days = dict[date, dict[str, int | Fraction]]
#: station → day → column → the value that stands in the place of what was measured; None: there is none
Cells = Mapping[str, Mapping[date, Mapping[str, int | Fraction | None]]]

#: column of the AQI of a day → column of daily values
_OF_AQI = {"o3_8h": "o3", "o3": "o3_1h"}
_ORDINAL = date(1970, 1, 1).toordinal()
#: what a sum of a day may come to, so that no step leaves 64 bits
_ROOM = 2**58


@dataclass(frozen=True, slots=True)
class Grid:
    """Daily values of some entities on the days of a month, or of several.

    Attributes
    ----------
    days
        Days since 1970-01-01, rising.
    totals, points
        Column of `VALUES` → entities × days: the value is ``total / (scale × points)`` thousandths; none where the points
        are 0.
    few
        Entities × days: how many of the judged values had fewer points than needed.
    aqi
        Entities × days: the AQI by the edition of the day, or by the one of the scheme; -1 where there is none.
    """

    entities: int
    days: Ints
    totals: Mapping[str, Ints]
    points: Mapping[str, Small]
    few: Small
    aqi: Small
    scales: Scales

    @property
    def size(self) -> int:
        """The memory that it takes [bytes]."""
        arrays: list[npt.NDArray[Any]] = [*self.totals.values(), *self.points.values(), self.few, self.aqi]
        return sum(array.nbytes for array in arrays)

    def dates(self) -> list[date]:
        """The days."""
        return [date.fromordinal(int(day) + _ORDINAL) for day in self.days]

    def values(self, row: int) -> Days:
        """The daily values of an entity, as the rules take them."""
        found: Days = {}
        dates = self.dates()
        for column in VALUES:
            parts = self.scales.of_column(column)
            points = self.points[column][row]
            there = np.flatnonzero(points)
            for at, total, count in zip(
                there.tolist(), self.totals[column][row][there].tolist(), points[there].tolist(), strict=True
            ):
                by = parts * count
                found.setdefault(dates[at], {})[column] = total if by == 1 else Fraction(total, by)
        return dict(sorted(found.items()))


def joined(grids: Sequence[Grid], first: date, last: date, entities: int, scales: Scales) -> Grid:
    """Grids of months one behind the other, from one day to another."""
    low, high = first.toordinal() - _ORDINAL, last.toordinal() - _ORDINAL
    cut = [(grid, *np.searchsorted(grid.days, (low, high + 1))) for grid in grids]
    cut = [(grid, begin, end) for grid, begin, end in cut if begin < end]

    def together(arrays: Iterable[Any], kind: Any) -> Any:
        pieces = [array[..., begin:end] for array, (_grid, begin, end) in zip(arrays, cut, strict=True)]
        return np.concatenate(pieces, axis=-1) if pieces else np.zeros((entities, 0), dtype=kind)

    days = [grid.days[begin:end] for grid, begin, end in cut]
    return Grid(
        entities,
        np.concatenate(days) if days else np.zeros(0, dtype=np.int64),
        {column: together((grid.totals[column] for grid, *_cut in cut), np.int64) for column in VALUES},
        {column: together((grid.points[column] for grid, *_cut in cut), np.int16) for column in VALUES},
        together((grid.few for grid, *_cut in cut), np.int16),
        together((grid.aqi for grid, *_cut in cut), np.int16),
        scales,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """A library as a part of a key: the same only as itself, and kept with the key."""

    library: Library

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.library is self.library

    def __hash__(self) -> int:
        return id(self.library)


def values_key(scheme: Scheme) -> Hashable:
    """What of a scheme decides about daily values and their AQI."""
    entries = tuple((name, str(entry.value)) for name, entry in sorted(scheme.book.entries.items()))
    return scheme.book.id, entries, ozone_limit(scheme), scheme.aqi_edition, _Same(scheme.aqi)


def station_totals(month: Month, codes: Sequence[str], scheme: Scheme, cells: Cells) -> dict[str, Ints]:
    """The daily values of stations of a month in parts of a thousandth (`Scales`); -1 where there is none.

    Parameters
    ----------
    codes
        Which stations.
    cells
        What stands in the place of what was measured.
    """
    book, scales = scheme.book, Scales.of(scheme.book)
    hours, limit = book.number("day_hours"), ozone_limit(scheme)
    rows = np.array([month.rows.get(code, -1) for code in codes], dtype=np.intp)
    known = rows >= 0

    def column_of(name: str) -> Any:
        column = month.columns[name]
        if len(rows) == len(column) and known.all() and (np.diff(rows) == 1).all():
            return column
        taken = np.zeros((len(rows), month.days), dtype=column.dtype)
        taken[known] = column[rows[known]]
        return taken

    found: dict[str, Ints] = {}
    for name in MEANS:
        count = column_of(f"{name}_count")
        found[name] = np.where(count >= hours, column_of(f"{name}_sum") * _shares(scales.mean)[count], -1)
    total, count = column_of("o3_8h_sum").astype(np.int64), column_of("o3_8h_count")
    above = total * limit.denominator > count * np.int64(limit.numerator)
    counts = (count > 0) & ((column_of("o3_8h_windows") >= book.number("windows")) | above)
    found["o3"] = np.where(counts, total * _shares(scales.window)[count], -1)
    found["o3_1h"] = np.where(
        column_of("o3_count") >= hours, column_of("o3_max").astype(np.int64), np.int64(-1)
    )
    for row, code in enumerate(codes):
        for day, values in cells.get(code, {}).items():
            number = (day - month.first).days
            if not 0 <= number < month.days or all(found[name][row, number] < 0 for name in VALUES):
                continue
            for name, value in values.items():
                found[name][row, number] = -1 if value is None else _whole(value * scales.of_column(name))
    return found


def _whole(value: int | Fraction) -> int:
    if value != int(value):
        raise ValueError(
            f"{value} is no whole number: the mean of other numbers of hours than the book allows."
        )
    return int(value)


def _shares(scale: int) -> Ints:
    """By what a sum of so many hours is multiplied, so that it is the mean in parts of a thousandth."""
    found = np.zeros(128, dtype=np.int64)
    for count in range(1, 25):
        if scale % count == 0:
            found[count] = scale // count
    return found


def places_of_month(
    month: Month,
    places: Sequence[Sequence[str]],
    scheme: Scheme,
    *,
    available: bool = False,
    cells: Cells | None = None,
) -> Grid:
    """Daily values of places in a month from those of their points; a place with one point has the values of that.

    Parameters
    ----------
    places
        The points of each place, one at least; a station may stand for several.
    available
        Use the points there are, however few.
    """
    scales = Scales.of(scheme.book)
    codes_of_all = sorted({code for codes in places for code in codes})
    stations = station_totals(month, codes_of_all, scheme, cells or {})
    row_of = {code: row for row, code in enumerate(codes_of_all)}
    rows = np.array([row_of[code] for codes in places for code in codes], dtype=np.intp)
    lengths = np.array([len(codes) for codes in places], dtype=np.intp)
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])) if len(places) else np.zeros(0, dtype=np.intp)
    of_length = {length: points_needed(length, scheme.book) for length in set(lengths.tolist())}
    needed = np.array([of_length[len(codes)] for codes in places], dtype=np.int16)
    alone = bool((lengths == 1).all())
    totals: dict[str, Ints] = {}
    points: dict[str, Small] = {}
    few = np.zeros((len(places), month.days), dtype=np.int16)
    for column in VALUES:
        if stations[column].size and float(stations[column].max()) * max(lengths, default=0) >= _ROOM:
            raise ValueError(f"{month.month}: the values of {column} of a place cannot be added in 64 bits.")
        taken = stations[column][rows]
        there = taken >= 0
        if alone:
            total, count = np.where(there, taken, 0), there.astype(np.int16)
        else:
            total = np.add.reduceat(np.where(there, taken, 0), starts, axis=0)
            count = np.add.reduceat(there, starts, axis=0, dtype=np.int16)
        lacking = (count > 0) & (count < needed[:, None])
        if column in JUDGED:
            few += lacking
        if not available:
            total[lacking] = 0
            count[lacking] = 0
        totals[column], points[column] = total, count
    start = month.first.toordinal() - _ORDINAL
    days = np.arange(start, start + month.days, dtype=np.int64)
    found = Grid(len(places), days, totals, points, few, np.zeros(0, dtype=np.int16), scales)
    aqi = _aqi(found, scheme)
    return Grid(len(places), days, totals, points, few, aqi, scales)


def _aqi(grid: Grid, scheme: Scheme) -> Small:
    """The AQI of each day; by the edition of the day unless the scheme has one for all."""
    found = np.full(grid.few.shape, -1, dtype=np.int16)
    for edition, begin, end in _editions(grid, scheme):
        aqi_scheme = scheme_of(edition, "day")
        grids = {}
        for read, digits in compiled(aqi_scheme).digits.items():
            column = _OF_AQI.get(read, read)
            if column not in VALUES:
                continue
            total, points = grid.totals[column][:, begin:end], grid.points[column][:, begin:end]
            by = np.maximum(points, 1).astype(np.int64) * (grid.scales.of_column(column) * THOUSAND)
            number = np.minimum(half_even(total * 10**digits, by), MOST)
            grids[read] = np.where(points > 0, number, MISSING).astype(np.uint16).ravel()
        found[:, begin:end] = evaluate_grids(grids, aqi_scheme).aqi.reshape(len(found), end - begin)
    return found


def _editions(grid: Grid, scheme: Scheme) -> Iterator[tuple[Any, int, int]]:
    """The books of the AQI with the days, as numbers of columns, for which they hold."""
    if not len(grid.days):
        return
    if scheme.aqi_edition is not None:
        yield scheme.aqi.of_edition(scheme.aqi_edition), 0, len(grid.days)
        return
    taken = 0
    for book in scheme.aqi.books:
        begin = max(taken, int(np.searchsorted(grid.days, book.early_from.toordinal() - _ORDINAL)))
        taken = len(grid.days)
        if book.valid_to is not None:
            taken = int(np.searchsorted(grid.days, book.valid_to.toordinal() - _ORDINAL, "right"))
        if begin < taken:
            yield book, begin, taken


@dataclass(frozen=True, slots=True)
class Gathered:
    """Daily values of places, month by month, and what tells them from others: the same key, the same values."""

    months: tuple[Grid, ...]
    first: date
    last: date
    entities: int
    scales: Scales
    key: Hashable

    def grid(self) -> Grid:
        """All of them."""
        return joined(self.months, self.first, self.last, self.entities, self.scales)


def gathered(
    standing: Standing,
    places: tuple[tuple[str, ...], ...],
    first: date,
    last: date,
    scheme: Scheme,
    *,
    available: bool = False,
    cells: Cells | None = None,
) -> Gathered:
    """Daily values of places from one day to another.

    What was made of a month is kept until the month, the places or the scheme are other ones.
    """
    by_scheme = values_key(scheme)
    grids, seen = [], []
    for month in standing.months(first, last):
        of_month = _cells_of(month, cells or {})
        changed = tuple(
            (code, day, tuple(sorted(values.items(), key=lambda pair: pair[0])))
            for code, of_days in sorted(of_month.items())
            for day, values in sorted(of_days.items())
        )
        key = ("places", month.month, month.stamps, places, by_scheme, available, changed)

        def make(month: Month = month, of_month: Cells = of_month) -> Grid:
            return places_of_month(month, places, scheme, available=available, cells=of_month)

        grids.append(standing.made.made(key, make, lambda grid: grid.size))
        begin, end = max(0, (first - month.first).days), min(month.days, (last - month.first).days + 1)
        seen.append((month.month, month.stamps[begin:end], changed))
    told = places, first, last, by_scheme, available, tuple(seen)
    return Gathered(tuple(grids), first, last, len(places), Scales.of(scheme.book), told)


def _cells_of(month: Month, cells: Cells) -> Cells:
    """The cells of a month."""
    found = {
        code: {day: values for day, values in of_days.items() if f"{day:%Y-%m}" == month.month}
        for code, of_days in cells.items()
    }
    return {code: of_days for code, of_days in found.items() if of_days}
