"""Rows of a table, read into numbers: some thousands at a time, so that a table of any length fits into memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import repeat

import numpy as np

from lantian.rules.air.doors.errors import LayoutError
from lantian.rules.air.doors.headings import CITY_CODE, CITY_NAME, CODE, NAME, TYPE, UNIT, VALUE, unit_in
from lantian.rules.air.doors.items import (
    ABSENT,
    CITY,
    LONG,
    MISSING,
    NEGATIVE,
    NOT_A_NUMBER,
    SITES,
    TOO_LARGE,
    Ints,
    Longs,
    shift_of,
)
from lantian.rules.air.doors.layout import Choices, Layout, item_of, units_of
from lantian.rules.air.doors.stations import Key
from lantian.rules.air.doors.times import Times
from lantian.rules.air.errors import ValueUnusable
from lantian.rules.air.exact import OUTSIDE_MARK, concentration, grid_of

_REMEMBERED = 200_000
_CODES = {"not_a_number": NOT_A_NUMBER, "negative": NEGATIVE, "too_large": TOO_LARGE}
Rows = Sequence[Sequence[str]]


@dataclass(slots=True)
class Chunk:
    """Rows of stations (or cities) and hours (or days).

    Attributes
    ----------
    rows
        Number of the row in the table, from 1, of each row and item.
    station
        Number of the key among those that the reader has met.
    time
        Number of the hour's end or of the day, or a mark.
    values
        Thousandths, or a mark; one column for each item that the layout reads.
    texts
        Row and item of the chunk → text of a cell that cannot be used.
    times
        Row of the chunk → its time as it stands there, where that cannot be used.
    """

    rows: Longs
    station: Ints
    time: Longs
    values: Ints
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    times: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.time)


class Cells(dict[str, int]):
    """Text of a cell → thousandths of the unit of the lake, or a mark."""

    def __init__(self, shift: int) -> None:
        super().__init__()
        self.digits = 3 + shift

    def __missing__(self, text: str) -> int:
        number = MISSING
        if text.strip() != OUTSIDE_MARK:
            try:
                value = concentration(text)
                if value is not None:
                    number = grid_of(value, self.digits)
                    if number > 1_000_000_000:
                        number = TOO_LARGE
            except ValueUnusable as error:
                number = _CODES[error.code]
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = number
        return number


class Reader:
    """Reads the rows of one table.

    Parameters
    ----------
    layout, choices
        How the table is laid out, and what a person says about it.

    Attributes
    ----------
    keys
        The stations or cities met so far, in their order.
    rows
        Rows read so far.
    not_items
        Rows of the shapes ``long`` and ``sites`` that are about something else (the AQI, means of 24 h).
    """

    def __init__(self, layout: Layout, choices: Choices | None = None) -> None:
        self.layout, self.choices = layout, choices or Choices()
        self.items = layout.read
        self.width = len(layout.header)
        self.keys: list[Key] = []
        self.rows = self.not_items = 0
        self._times = Times(layout, self.choices)
        self._units = units_of(layout, self.choices)
        self._numbers = _Numbers(self.keys)
        self._cells = [Cells(shift_of(item, self._units)) for item in self.items]
        self._of_unit: dict[tuple[int, str], Cells] = {}
        self._item_of: dict[str, int] = {}
        swapped = {"o3": "o3_24h", "o3_24h": "o3", "o3_8h": "o3_8h_24h", "o3_8h_24h": "o3_8h"}
        self._at = {
            item: self.items.index(swapped[item] if self.choices.swap_o3 and item in swapped else item)
            for item in self.items
        }

    def chunks(self, parts: Iterable[tuple[int, Rows]]) -> Iterator[Chunk]:
        """The rows of the table as numbers.

        Parameters
        ----------
        parts
            Number of the first row and the rows; the row of headings and those above it are passed over.

        Raises
        ------
        LayoutError
            ``long_row``: a row has more cells than there are headings.
        """
        read: Callable[[int, Rows], Iterator[Chunk]]
        if self.layout.shape == SITES:
            yield from self._sites(parts)
            return
        read = self._long if self.layout.shape == LONG else self._wide
        for first, rows in parts:
            skip = self.layout.header_row + 1 - first
            if skip > 0:
                first, rows = first + skip, rows[skip:]
            if rows:
                yield from read(first, rows)

    # --- shapes ---

    def _wide(self, first: int, rows: Rows) -> Iterator[Chunk]:
        numbers, full = self._completed(first, rows)
        if not full:
            return
        # Column by column: looking texts up in a dictionary is all the work that is left.
        columns = list(zip(*full, strict=True))
        time = self._times.of_columns(columns, len(full))
        station = self._stations(columns, len(full))
        values = np.full((len(full), len(self.items)), ABSENT, dtype=np.int32)
        texts: dict[tuple[int, int], str] = {}
        for column in self.layout.items:
            at = self._at[column.item]
            cells = columns[column.place]
            found = np.fromiter(map(self._cells[at].__getitem__, cells), dtype=np.int32, count=len(full))
            values[:, at] = found
            for place in np.flatnonzero(found <= NOT_A_NUMBER).tolist():
                texts[place, at] = cells[place].strip()[:40]
        lines = np.broadcast_to(np.array(numbers, dtype=np.int64)[:, None], values.shape)
        chunk = Chunk(lines, station, time, values, texts)
        self._keep_times(chunk, full)
        yield chunk

    def _long(self, first: int, rows: Rows) -> Iterator[Chunk]:
        numbers, full = self._completed(first, rows)
        roles = self.layout.roles
        at_type, at_value, at_unit = roles[TYPE], roles[VALUE], roles.get(UNIT)
        items = np.fromiter((self._item(row[at_type]) for row in full), dtype=np.int64, count=len(full))
        self.not_items += int((items < 0).sum())
        kept = np.flatnonzero(items >= 0).tolist()
        if not kept:
            return
        full, items = [full[place] for place in kept], items[kept]
        lines = np.array(numbers, dtype=np.int64)[kept]
        columns = list(zip(*full, strict=True))
        time = self._times.of_columns(columns, len(full))
        station = self._stations(columns, len(full))
        found = np.empty(len(full), dtype=np.int32)
        for place, row in enumerate(full):
            item = int(items[place])
            cells = self._cells[item]
            if at_unit is not None:
                cells = self._by_unit(item, row[at_unit])
            found[place] = cells[row[at_value]]
        # Cells of one station and time become one row; a second cell of the same item another one.
        order = np.lexsort((np.arange(len(full)), items, time, station))
        s, t, i = station[order], time[order], items[order]
        new_cell = np.ones(len(full), dtype=bool)
        new_cell[1:] = (s[1:] != s[:-1]) | (t[1:] != t[:-1]) | (i[1:] != i[:-1])
        starts = np.maximum.accumulate(np.where(new_cell, np.arange(len(full)), 0))
        again = np.arange(len(full)) - starts
        unreadable = t < -(2**39)
        again[unreadable] = np.arange(len(full))[unreadable]
        back = np.empty_like(again)
        back[order] = again
        rows_of = np.lexsort((back, time, station))
        s, t, a = station[rows_of], time[rows_of], back[rows_of]
        new_row = np.ones(len(full), dtype=bool)
        new_row[1:] = (s[1:] != s[:-1]) | (t[1:] != t[:-1]) | (a[1:] != a[:-1])
        target = np.cumsum(new_row) - 1
        count = int(target[-1]) + 1
        values = np.full((count, len(self.items)), ABSENT, dtype=np.int32)
        at_row = np.zeros((count, len(self.items)), dtype=np.int64)
        values[target, items[rows_of]] = found[rows_of]
        at_row[target, items[rows_of]] = lines[rows_of]
        first_of = np.flatnonzero(new_row)
        # an item that the row does not have stands where the row begins
        at_row = np.where(at_row == 0, lines[rows_of][first_of][:, None], at_row)
        texts = {}
        for place in np.flatnonzero(found[rows_of] <= NOT_A_NUMBER).tolist():
            source = int(rows_of[place])
            texts[int(target[place]), int(items[source])] = full[source][at_value].strip()[:40]
        chunk = Chunk(at_row, station[rows_of][first_of], time[rows_of][first_of], values, texts)
        self._keep_times(chunk, [full[int(rows_of[place])] for place in first_of])
        yield chunk

    def _sites(self, parts: Iterable[tuple[int, Rows]]) -> Iterator[Chunk]:
        layout = self.layout
        at_type = layout.roles[TYPE]
        places = [place for place, _name in layout.entities]
        city = layout.of == CITY
        entities = np.array(
            [self._number("", "", name) if city else self._number(name, "", "") for _place, name in layout.entities],
            dtype=np.int32,
        )  # fmt: skip
        block = _Block(len(places), len(self.items))
        for first, rows in parts:
            skip = layout.header_row + 1 - first
            if skip > 0:
                first, rows = first + skip, rows[skip:]
            numbers, full = self._completed(first, rows)
            for number, row in zip(numbers, full, strict=True):
                item = self._item(row[at_type])
                if item < 0:
                    self.not_items += 1
                    continue
                time = self._times.of(row)
                if block.used and (time != block.time or block.has[item]):
                    yield block.chunk(entities)
                    block = _Block(len(places), len(self.items))
                block.take(item, number, time, self._times.text(row))
                cells = self._cells[item]
                texts = [row[place] for place in places]
                found = np.fromiter(map(cells.__getitem__, texts), dtype=np.int32, count=len(texts))
                block.values[:, item] = found
                for place in np.flatnonzero(found <= NOT_A_NUMBER).tolist():
                    block.texts[place, item] = texts[place].strip()[:40]
        if block.used:
            yield block.chunk(entities)

    # --- parts of a row ---

    def _completed(self, first: int, rows: Rows) -> tuple[Sequence[int], Sequence[Sequence[str]]]:
        """Numbers of the rows and the rows with as many cells as there are headings; empty ones are left out."""
        self.rows += len(rows)
        if {self.width} == set(map(len, rows)):
            return range(first, first + len(rows)), rows
        numbers, full = [], []
        for number, row in enumerate(rows, first):
            if not any(cell.strip() for cell in row):
                self.rows -= 1
                continue
            if len(row) > self.width:
                if any(cell.strip() for cell in row[self.width :]):
                    raise LayoutError("long_row", str(len(row)), number)
                row = row[: self.width]
            elif len(row) < self.width:
                row = [*row, *[""] * (self.width - len(row))]
            numbers.append(number)
            full.append(row)
        return numbers, full

    def _keep_times(self, chunk: Chunk, full: Rows) -> None:
        for place in np.flatnonzero(chunk.time < -(2**39)).tolist():
            chunk.times[place] = self._times.text(full[place])[:40]

    def _item(self, text: str) -> int:
        found = self._item_of.get(text)
        if found is None:
            item = item_of(text, self.layout.interval)
            found = self._item_of[text] = -1 if item is None else self._at[item]
        return found

    def _by_unit(self, item: int, text: str) -> Cells:
        key = item, text
        found = self._of_unit.get(key)
        if found is None:
            name = self.items[item]
            unit = self.choices.units.get(name) or unit_in(text)
            if text.strip() and unit not in ("ug", "mg"):
                raise LayoutError("unit_unknown", text.strip()[:40])
            units = {**self._units, **({name: unit} if unit else {})}
            found = self._of_unit[key] = Cells(shift_of(name, units))
        return found

    def _stations(self, columns: Sequence[Sequence[str]], rows: int) -> Ints:
        roles = self.layout.roles
        code, name = roles.get(CODE), roles.get(NAME)
        city = roles.get(CITY_NAME)
        if self.layout.of == CITY:
            code, name = roles.get(CITY_CODE), None
        if code is None and name is None and (city is None or self.layout.of != CITY):
            key = self._number(self.choices.station or self.layout.station, "", "")
            return np.full(rows, key, dtype=np.int32)
        nothing = repeat("")
        parts = [nothing if place is None else columns[place] for place in (code, name, city)]
        return np.fromiter(
            map(self._numbers.__getitem__, zip(*parts, strict=False)), dtype=np.int32, count=rows
        )

    def _number(self, code: str, name: str, city: str) -> int:
        return self._numbers[code, name, city]


class _Numbers(dict[tuple[str, str, str], int]):
    """What rows call a station → its number, in the order in which they are met."""

    def __init__(self, keys: list[Key]) -> None:
        super().__init__()
        self.keys_met = keys

    def __missing__(self, key: tuple[str, str, str]) -> int:
        number = self[key] = len(self.keys_met)
        self.keys_met.append(Key(*(part.strip() for part in key)))
        return number


class _Block:
    """The rows of one hour of a table with a column for each station."""

    def __init__(self, stations: int, items: int) -> None:
        self.values = np.full((stations, items), ABSENT, dtype=np.int32)
        self.lines = np.zeros(items, dtype=np.int64)
        self.has = [False] * items
        self.texts: dict[tuple[int, int], str] = {}
        self.time, self.time_text, self.used = 0, "", False

    def take(self, item: int, line: int, time: int, text: str) -> None:
        self.lines[item], self.has[item] = line, True
        self.time, self.time_text, self.used = time, text, True

    def chunk(self, entities: Ints) -> Chunk:
        lines = np.where(self.lines == 0, self.lines[self.lines > 0].min(), self.lines)
        chunk = Chunk(
            np.broadcast_to(lines, self.values.shape),
            entities,
            np.full(len(entities), self.time, dtype=np.int64),
            self.values,
            self.texts,
        )
        if self.time < -(2**39):
            chunk.times = dict.fromkeys(range(len(entities)), self.time_text[:40])
        return chunk
