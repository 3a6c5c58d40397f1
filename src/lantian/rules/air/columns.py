"""The AQI of many rows at once: arrays in; AQI, level and primary pollutants out.

A concentration enters an index rounded to a finite grid, so the index of every possible concentration is computed once, by
the exact arithmetic of `aqi`, into a table. A row then costs one look-up for each item. Nothing is computed in floating
point; where concentrations come as floats, they are first read as the decimal numbers that they stand for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from lantian.rules.air.aqi import Absent, Note, Scheme, index_of
from lantian.rules.air.books import POLLUTANTS, WITHHOLD, AqiBook

Grid = npt.NDArray[np.uint16]
Index = npt.NDArray[np.int16]

#: in a grid: no value, or one that cannot be used
MISSING = 65_535
#: in a grid: the item is not in the monitoring programme
OUTSIDE = 65_534
#: in a grid: this much or more
MOST = 65_533

#: rows that are worked on at a time, so that all of their columns stay in the processor's cache
_ROWS = 32_768
#: A float within this distance of a half stands for the half: ten times what a float can be off at the highest node, a
#: hundredth of the ninth decimal.
_HALF = 1e-11
_WITHHELD_BIT = 62


@dataclass(frozen=True, slots=True)
class Columns:
    """Results for many rows.

    Attributes
    ----------
    aqi
        int16; -1 where there is none.
    level
        uint8, 1 to 6; 0 where there is no AQI.
    primary
        uint8, a bit for each pollutant in the order of ``POLLUTANTS`` (PM2.5 is 1, PM10 is 2 …).
    iaqi
        Column → int16; a negative value is one of ``Absent``. Empty unless asked for.
    notes
        int64, for `notes_of`; None unless asked for.
    """

    aqi: Index
    level: npt.NDArray[np.uint8]
    primary: npt.NDArray[np.uint8]
    iaqi: Mapping[str, Index]
    notes: npt.NDArray[np.int64] | None


@dataclass(frozen=True, slots=True)
class _Part:
    """An item with the index of every possible concentration."""

    column: str
    prefer: str | None
    supplement: bool
    digits: int
    table: Index
    #: the first value whose index is held at the highest; beyond the grid where there is none
    capped_from: int
    bit: int
    #: for values above the last node: the column that counts in its place, whether it is an item of its own, its table
    by: str | None
    by_counts: bool
    by_table: Index | None


@dataclass(frozen=True, slots=True)
class Compiled:
    """A scheme with its tables."""

    scheme: Scheme
    parts: tuple[_Part, ...]
    levels: npt.NDArray[np.uint8]

    @property
    def digits(self) -> dict[str, int]:
        """Column → decimals of its grid, for every column that the scheme reads."""
        found: dict[str, int] = {}
        for part in self.parts:
            for column in (part.column, part.prefer, part.by):
                if column is not None:
                    found[column] = part.digits
        return found


def table_of(book: AqiBook, name: str) -> Index:
    """The index of every possible concentration of a breakpoint table, by its whole number of last places."""
    table = book.tables[name]
    digits = book.digits(table.unit)
    last = table.top * 10**digits + 1
    indices = [int(index_of(book, table, Decimal(grid).scaleb(-digits))[0]) for grid in range(last + 1)]
    found = np.full(MISSING + 1, indices[-1], dtype=np.int16)
    found[: last + 1] = indices
    found[MISSING], found[OUTSIDE] = Absent.MISSING, Absent.OUTSIDE
    found.setflags(write=False)
    return found


def compiled(scheme: Scheme) -> Compiled:
    """The tables of a scheme; about a quarter of a second the first time."""
    # A book holds mappings and so has no hash; it does not change, and it is kept with its tables.
    key = (id(scheme.book), scheme.layout)
    found = _kept.get(key)
    if found is None or found.scheme.book is not scheme.book:
        found = _compile(scheme)
        if len(_kept) >= 64:
            _kept.clear()
        _kept[key] = found
    return found


_kept: dict[tuple[int, object], Compiled] = {}


def _compile(scheme: Scheme) -> Compiled:
    book, layout = scheme.book, scheme.layout
    made: dict[str, Index] = {}

    def index_table(name: str) -> Index:
        if name not in made:
            made[name] = table_of(book, name)
        return made[name]

    parts = []
    for item in layout.items:
        table, beyond = scheme.table(item.table), book.beyond.get(item.table)
        digits = book.digits(table.unit)
        other = beyond if beyond is not None and beyond.by is not None else None
        counts = other is not None and any(part.column == other.by for part in layout.items)
        parts.append(
            _Part(
                item.column,
                item.prefer,
                item.supplement,
                digits,
                index_table(item.table),
                table.top * 10**digits + 1 if beyond is None else OUTSIDE,
                1 << POLLUTANTS.index(table.pollutant),
                other.by if other is not None else None,
                counts,
                None if other is None or counts else index_table(str(other.by_table)),
            )
        )
    highest = max(int(part.table.max()) for part in parts)
    levels = np.array([0] + [book.level_of(index).level for index in range(highest + 1)], dtype=np.uint8)
    return Compiled(scheme, tuple(parts), levels)


class _Room:
    """Arrays that a block of rows is worked on in: none is made for each block."""

    __slots__ = ("byte", "flag", "lacking", "nearest", "off", "scaled", "short", "whole")

    def __init__(self, rows: int) -> None:
        self.scaled, self.nearest, self.off = (np.empty(rows, dtype=np.float64) for _array in range(3))
        self.whole = np.empty(rows, dtype=np.int32)
        self.short = np.empty(rows, dtype=np.int16)
        self.byte = np.empty(rows, dtype=np.uint8)
        self.flag, self.lacking = (np.empty(rows, dtype=np.bool_) for _array in range(2))


def grid_of_floats(values: npt.ArrayLike, digits: int) -> Grid:
    """Concentrations in floats as whole numbers of their last place, rounded half to even.

    A float is read as the decimal number that it stands for (4.05 is 4.05, though the float lies below it); numbers of up to
    nine decimals are rounded exactly.

    Parameters
    ----------
    values
        NaN where there is none. What is negative or infinite counts as missing.
    """
    given = np.asarray(values, dtype=np.float64)
    found = np.empty(given.shape, dtype=np.uint16)
    flat, into = given.reshape(-1), found.reshape(-1)
    room = _Room(min(flat.size, _ROWS))
    for start in range(0, flat.size, _ROWS):
        _to_grid(flat[start : start + _ROWS], digits, into[start : start + _ROWS], room)
    return found


def _to_grid(given: npt.NDArray[np.float64], digits: int, found: Grid, room: _Room) -> None:
    rows = given.size
    scaled, nearest, off = room.scaled[:rows], room.nearest[:rows], room.off[:rows]
    # NaN and everything far below zero become -1, which ends as MISSING.
    if digits:
        np.multiply(given, float(10**digits), out=scaled)
        np.fmax(scaled, -1.0, out=scaled)
    else:
        np.fmax(given, -1.0, out=scaled)
    if scaled.max() > MOST:
        scaled[np.isinf(given)] = -1.0
        np.minimum(scaled, MOST, out=scaled)
    np.rint(scaled, out=nearest)
    np.subtract(scaled, nearest, out=off)
    np.abs(off, out=off)
    if off.max() > _HALF:
        # What stands for a half goes to the even side, whichever side of it the float lies on.
        half = np.flatnonzero(off > 0.5 - _HALF)
        lower = np.floor(scaled[half])
        nearest[half] = lower + np.mod(lower, 2.0)
        np.copyto(nearest, -1.0, where=scaled < 0)
    whole = room.whole[:rows]
    np.copyto(whole, nearest, casting="unsafe")
    # -1 and 65535 are the same sixteen bits.
    np.copyto(found, whole, casting="unsafe")


def evaluate_floats(
    columns: Mapping[str, npt.ArrayLike],
    scheme: Scheme,
    *,
    outside: Collection[str] = (),
    details: bool = False,
) -> Columns:
    """The AQI of many rows from concentrations in floats [µg/m³; CO in mg/m³].

    Parameters
    ----------
    columns
        Column → array, all of one length; NaN where a value is missing. A column that is not there is missing in each row.
    outside
        Columns whose items are not in the monitoring programme.
    details
        Give ``iaqi`` and ``notes``, too.
    """
    ready = compiled(scheme)
    arrays = {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}
    rows = _rows(arrays)
    block = min(rows, _ROWS)
    room = _Room(block)
    grids = {
        name: np.empty(block, dtype=np.uint16)
        for name in ready.digits
        if name in arrays and name not in outside
    }
    fixed = {name: np.full(block, OUTSIDE, dtype=np.uint16) for name in outside}

    def part(start: int, stop: int) -> dict[str, Grid]:
        for name, grid in grids.items():
            _to_grid(arrays[name][start:stop], ready.digits[name], grid[: stop - start], room)
        return {name: grid[: stop - start] for name, grid in (grids | fixed).items()}

    return _in_blocks(part, ready, rows, room, details)


def evaluate_grids(grids: Mapping[str, Grid], scheme: Scheme, *, details: bool = False) -> Columns:
    """The AQI of many rows from concentrations on the grid of the scheme.

    Parameters
    ----------
    grids
        Column → uint16: whole numbers of the last place (`Compiled.digits`), ``MISSING`` or ``OUTSIDE``.
    details
        Give ``iaqi`` and ``notes``, too.
    """
    ready = compiled(scheme)
    rows = _rows(grids)
    wanted = {name: grids[name] for name in ready.digits if name in grids}

    def part(start: int, stop: int) -> dict[str, Grid]:
        return {name: grid[start:stop] for name, grid in wanted.items()}

    return _in_blocks(part, ready, rows, _Room(min(rows, _ROWS)), details)


def _in_blocks(
    part: Callable[[int, int], dict[str, Grid]], ready: Compiled, rows: int, room: _Room, details: bool
) -> Columns:
    """The results of all rows, block by block."""
    found = Columns(
        np.empty(rows, dtype=np.int16),
        np.empty(rows, dtype=np.uint8),
        np.empty(rows, dtype=np.uint8),
        {one.column: np.empty(rows, dtype=np.int16) for one in ready.parts} if details else {},
        np.empty(rows, dtype=np.int64) if details else None,
    )
    indices = [np.empty(min(rows, _ROWS), dtype=np.int16) for _part in ready.parts]
    for start in range(0, rows, _ROWS):
        stop = min(start + _ROWS, rows)
        if details:
            indices = [found.iaqi[one.column][start:stop] for one in ready.parts]
        block = Columns(
            found.aqi[start:stop],
            found.level[start:stop],
            found.primary[start:stop],
            {one.column: index[: stop - start] for one, index in zip(ready.parts, indices, strict=True)},
            None if found.notes is None else found.notes[start:stop],
        )
        _evaluate_block(part(start, stop), ready, block, room)
    return found


def _rows(arrays: Mapping[str, npt.NDArray[np.generic]]) -> int:
    lengths = {array.shape for array in arrays.values()}
    if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
        raise ValueError(f"The columns have to be one-dimensional and of one length, not {sorted(lengths)}.")
    return next(iter(lengths))[0] if lengths else 0


def _evaluate_block(grids: Mapping[str, Grid], ready: Compiled, found: Columns, room: _Room) -> None:
    """Fill in the results of a block; every array of `found` has its rows."""
    layout, rows = ready.scheme.layout, found.aqi.size
    aqi, flag, byte, short = found.aqi, room.flag[:rows], room.byte[:rows], room.short[:rows]
    indices = list(found.iaqi.values())
    beyond: dict[int, tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]] = {}
    aqi.fill(-1)
    for place, (part, index) in enumerate(zip(ready.parts, indices, strict=True)):
        grid = _grid_of(grids, part)
        if grid is None:
            index.fill(Absent.MISSING)
            continue
        # The table has an entry for each of the sixteen bits; with "clip" numpy does not look whether it has.
        np.take(part.table, grid, out=index, mode="clip")
        if part.by is not None:
            np.equal(index, Absent.BEYOND, out=flag)
            if flag.any():
                at = np.flatnonzero(flag)
                other = grids.get(part.by)
                values = np.full(at.size, MISSING, dtype=np.uint16) if other is None else other[at]
                there = values < OUTSIDE
                if part.by_table is not None:
                    index[at[there]] = part.by_table[values[there]]
                beyond[place] = (at, there)
        np.maximum(aqi, index, out=aqi)
    withheld = None
    if layout.missing == WITHHOLD:
        withheld = room.lacking[:rows]
        withheld.fill(False)
        for part, index in zip(ready.parts, indices, strict=True):
            if not part.supplement:
                np.equal(index, Absent.MISSING, out=flag)
                np.logical_or(withheld, flag, out=withheld)
        np.less_equal(aqi, layout.withhold_up_to, out=flag)
        np.logical_and(withheld, flag, out=withheld)
        np.greater_equal(aqi, 0, out=flag)
        np.logical_and(withheld, flag, out=withheld)
        np.copyto(aqi, -1, where=withheld)
    primary = found.primary
    primary.fill(0)
    for part, index in zip(ready.parts, indices, strict=True):
        np.equal(index, aqi, out=flag)
        np.multiply(flag.view(np.uint8), np.uint8(part.bit), out=byte)
        np.bitwise_or(primary, byte, out=primary)
    np.greater(aqi, ready.scheme.book.primary_above, out=flag)
    np.multiply(primary, flag.view(np.uint8), out=primary)
    # The first entry of the levels is that of -1.
    np.add(aqi, 1, out=short)
    np.take(ready.levels, short, out=found.level, mode="clip")
    if found.notes is not None:
        _note(grids, ready, found, beyond, withheld)


def _note(
    grids: Mapping[str, Grid],
    ready: Compiled,
    found: Columns,
    beyond: Mapping[int, tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]],
    withheld: npt.NDArray[np.bool_] | None,
) -> None:
    notes = found.notes
    if notes is None:
        return
    notes.fill(0)
    for place, part in enumerate(ready.parts):
        if not part.supplement:
            missing = found.iaqi[part.column] == Absent.MISSING
            notes |= missing.astype(np.int64) << _bit(Note.MISSING, place)
        grid = _grid_of(grids, part)
        if grid is not None and part.capped_from < OUTSIDE:
            capped = (grid >= part.capped_from) & (grid < OUTSIDE)
            notes |= capped.astype(np.int64) << _bit(Note.CAPPED, place)
        if place in beyond:
            at, there = beyond[place]
            notes[at[there]] |= 1 << _bit(Note.BEYOND, place)
            notes[at[~there]] |= 1 << _bit(Note.BEYOND_ALONE, place)
    if withheld is not None:
        notes |= withheld.astype(np.int64) << _WITHHELD_BIT


def _grid_of(grids: Mapping[str, Grid], part: _Part) -> Grid | None:
    if part.prefer is not None and part.prefer in grids:
        return grids[part.prefer]
    return grids.get(part.column)


def _bit(note: Note, place: int) -> int:
    return int(note) * 15 + place


def notes_of(code: int, scheme: Scheme) -> tuple[bool, frozenset[tuple[Note, str]]]:
    """What the notes of a row say: whether its AQI is withheld, and what there is about which column."""
    items = scheme.layout.items
    said = {
        (note, item.column)
        for note in Note
        for place, item in enumerate(items)
        if code >> _bit(note, place) & 1
    }
    return bool(code >> _WITHHELD_BIT & 1), frozenset(said)


@lru_cache(maxsize=256)
def pollutants_of(mask: int) -> tuple[str, ...]:
    """The pollutants of a bit mask, sorted.

    >>> pollutants_of(3)
    ('PM10', 'PM2.5')
    """
    return tuple(sorted(name for bit, name in enumerate(POLLUTANTS) if mask >> bit & 1))
