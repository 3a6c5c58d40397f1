"""The AQI of many rows at once: arrays in; AQI, level and primary pollutants out.

A concentration enters an index rounded to a finite grid, so the index of every possible concentration is computed once, by
the exact arithmetic of `aqi`, into a table. A row then costs one look-up for each item. Nothing is computed in floating
point; where concentrations come as floats, they are first read as the decimal numbers that they stand for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    levels = np.array([book.level_of(index).level for index in range(highest + 1)] + [0], dtype=np.uint8)
    return Compiled(scheme, tuple(parts), levels)


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
    factor = float(10**digits)
    # NaN and everything far below zero become -1, which ends as MISSING.
    scaled = np.fmax(given * factor if digits else given, -1.0)
    np.minimum(scaled, MOST, out=scaled)
    nearest = np.rint(scaled)
    if digits:
        off = scaled - nearest
        between = bool(off.size) and max(float(off.max()), -float(off.min())) > _HALF
    else:
        between = bool((scaled != nearest).any())
    if between:
        # What stands for a half goes to the even side, whichever side of it the float lies on.
        half = np.flatnonzero(np.abs(scaled - nearest) > 0.5 - _HALF)
        lower = np.floor(scaled[half])
        nearest[half] = lower + np.mod(lower, 2.0)
        nearest[scaled < 0] = -1.0
    whole = nearest.astype(np.int32)
    if whole.size and whole.max() == MOST:
        whole[np.isinf(given)] = -1
    # -1 and 65535 are the same sixteen bits.
    return whole.astype(np.uint16)


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
    pieces = []
    for start in range(0, max(rows, 1), _ROWS):
        stop = min(start + _ROWS, rows)
        grids = {
            name: grid_of_floats(arrays[name][start:stop], digits)
            for name, digits in ready.digits.items()
            if name in arrays and name not in outside
        }
        grids |= {name: np.full(stop - start, OUTSIDE, dtype=np.uint16) for name in outside}
        pieces.append(_piece(grids, ready, stop - start, details))
    return _joined(pieces)


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
    pieces = []
    for start in range(0, max(rows, 1), _ROWS):
        stop = min(start + _ROWS, rows)
        pieces.append(
            _piece({name: grid[start:stop] for name, grid in wanted.items()}, ready, stop - start, details)
        )
    return _joined(pieces)


def _rows(arrays: Mapping[str, npt.NDArray[np.generic]]) -> int:
    lengths = {array.shape for array in arrays.values()}
    if len(lengths) > 1 or any(len(shape) != 1 for shape in lengths):
        raise ValueError(f"The columns have to be one-dimensional and of one length, not {sorted(lengths)}.")
    return next(iter(lengths))[0] if lengths else 0


def _piece(grids: Mapping[str, Grid], ready: Compiled, rows: int, details: bool) -> Columns:
    layout = ready.scheme.layout
    found: list[Index] = []
    beyond: dict[int, tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]] = {}
    for place, part in enumerate(ready.parts):
        grid = _grid_of(grids, part)
        if grid is None:
            found.append(np.full(rows, Absent.MISSING, dtype=np.int16))
            continue
        index = part.table[grid]
        if part.by is not None:
            at = np.flatnonzero(index == Absent.BEYOND)
            if at.size:
                other = grids.get(part.by)
                values = np.full(at.size, MISSING, dtype=np.uint16) if other is None else other[at]
                there = values < OUTSIDE
                if part.by_table is not None:
                    index[at[there]] = part.by_table[values[there]]
                beyond[place] = (at, there)
        found.append(index)

    aqi = found[0].copy()
    for index in found[1:]:
        np.maximum(aqi, index, out=aqi)
    aqi[aqi < 0] = -1
    withheld = None
    if layout.missing == WITHHOLD:
        lacking = np.zeros(rows, dtype=np.bool_)
        for part, index in zip(ready.parts, found, strict=True):
            if not part.supplement:
                lacking |= index == Absent.MISSING
        withheld = lacking & (aqi >= 0) & (aqi <= layout.withhold_up_to)
        aqi[withheld] = -1
    primary = np.zeros(rows, dtype=np.uint8)
    for part, index in zip(ready.parts, found, strict=True):
        primary |= (index == aqi).view(np.uint8) * np.uint8(part.bit)
    primary *= (aqi > ready.scheme.book.primary_above).view(np.uint8)
    # The last entry of the levels, that of -1, is 0.
    level = ready.levels[aqi]
    if not details:
        return Columns(aqi, level, primary, {}, None)

    notes = np.zeros(rows, dtype=np.int64)
    for place, (part, index) in enumerate(zip(ready.parts, found, strict=True)):
        if not part.supplement:
            notes |= (index == Absent.MISSING).astype(np.int64) << _bit(Note.MISSING, place)
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
    iaqi = {part.column: index for part, index in zip(ready.parts, found, strict=True)}
    return Columns(aqi, level, primary, iaqi, notes)


def _grid_of(grids: Mapping[str, Grid], part: _Part) -> Grid | None:
    if part.prefer is not None and part.prefer in grids:
        return grids[part.prefer]
    return grids.get(part.column)


def _bit(note: Note, place: int) -> int:
    return int(note) * 15 + place


def _joined(pieces: list[Columns]) -> Columns:
    if len(pieces) == 1:
        return pieces[0]
    notes = [piece.notes for piece in pieces if piece.notes is not None]
    return Columns(
        np.concatenate([piece.aqi for piece in pieces]),
        np.concatenate([piece.level for piece in pieces]),
        np.concatenate([piece.primary for piece in pieces]),
        {name: np.concatenate([piece.iaqi[name] for piece in pieces]) for name in pieces[0].iaqi},
        np.concatenate(notes) if notes else None,
    )


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
