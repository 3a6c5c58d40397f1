"""The AQI of rows of text cells, as they stand in a table: many rows at a time, each answered.

A cell that cannot be used is answered in the row's reason and remembered with its place; nothing stops at it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lantian.rules.air.aqi import Scheme, scheme_of
from lantian.rules.air.books import COLUMNS, EXTRA_COLUMNS, AqiBook
from lantian.rules.air.columns import (
    MISSING,
    MOST,
    OUTSIDE,
    Columns,
    compiled,
    evaluate_grids,
    notes_of,
    pollutants_of,
)
from lantian.rules.air.errors import AirError, NoEdition, ValueUnusable
from lantian.rules.air.exact import OUTSIDE_MARK, concentration, grid_of
from lantian.rules.air.labels import day_of_day, day_of_hour
from lantian.rules.air.library import Library
from lantian.rules.air.words import BETWEEN_REASONS, REASONS, column_name, reasons_of

#: the edition is chosen by the day of each row
AUTO = "auto"
#: columns that are added to a table, in their order
ADDED = (*(f"iaqi_{column}" for column in COLUMNS), "aqi", "level", "primary", "standard", "reason")
TIME = "time"

_ALIASES = {
    "pm2.5": "pm25",
    "pm2_5": "pm25",
    "pm2.5_24h": "pm25_24h",
    "pm2_5_24h": "pm25_24h",
    "date": TIME,
    "datetime": TIME,
    "时间": TIME,
    "日期": TIME,
}
#: texts of cells that are remembered with their meaning, for each column
_REMEMBERED = 200_000
#: in the place of a grid: a cell that cannot be used
_UNUSABLE = 65_536
_NO_TIME, _NO_EDITION = -1, -2
_TEXTS = [*map(str, range(2001)), "", "", ""]


class HeaderError(AirError):
    """A table whose columns do not serve; ``code`` is ``twice``, ``no_time`` or ``no_concentration``."""

    def __init__(self, code: str, column: str = "") -> None:
        super().__init__(f"{code} {column}".strip())
        self.code = code
        self.column = column


class RowTooLong(AirError):
    """A row with more cells than the header."""

    code = "long_row"

    def __init__(self, row: int, found: int, wanted: int) -> None:
        super().__init__(f"row {row}: {found} cells instead of {wanted}")
        self.row, self.found, self.wanted = row, found, wanted


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that could not be used."""

    row: int
    column: str
    text: str
    code: str


class _Cells(dict[str, int]):
    """Text of a cell → whole number of the last place, or what stands for one."""

    def __init__(self, digits: int) -> None:
        super().__init__()
        self.digits = digits

    def __missing__(self, text: str) -> int:
        if text.strip() == OUTSIDE_MARK:
            number = OUTSIDE
        else:
            try:
                value = concentration(text)
                number = MISSING if value is None else min(grid_of(value, self.digits), MOST)
            except ValueUnusable:
                number = _UNUSABLE
        if len(self) >= _REMEMBERED:
            self.clear()
        self[text] = number
        return number


class TableAqi:
    """Adds the AQI to the rows of a table.

    Parameters
    ----------
    header
        Names of the columns: ``time`` (or ``date``), ``pm25`` … ``o3_8h``; others are left as they are.
    library
        The editions.
    standard
        ``auto`` or an edition.
    interval
        ``hour`` or ``day``.
    variant
        Variant of hourly work under HJ 633-2012; None for the default of the book.
    translate
        Gives a reason in the language of the reader.

    Attributes
    ----------
    given, header
        Names of the columns of the table, and with the results added.
    absent
        Columns that the schemes read and the table lacks.
    bad_cells
        The first cells that could not be used; `bad_count` counts them all.
    rows_of
        Edition → rows that it was applied to; the empty one stands for none.

    Raises
    ------
    HeaderError
        A column stands twice, the time is wanted and not there, or there is no concentration at all.
    """

    def __init__(
        self,
        header: Sequence[str],
        library: Library,
        standard: str,
        interval: str,
        variant: str | None,
        translate: Callable[[str], str] = str,
    ) -> None:
        self.places = _places(header)
        self.width = len(header)
        self.interval, self.library, self.auto = interval, library, standard == AUTO
        self._translate = translate
        books = library.books if self.auto else (library.of_edition(standard),)
        self.schemes: list[Scheme] = [
            scheme_of(book, interval, variant if len(_variants(book, interval)) > 1 else None)
            for book in books
        ]
        if self.auto and TIME not in self.places:
            raise HeaderError("no_time")
        if not any(column in self.places for column in COLUMNS):
            raise HeaderError("no_concentration")
        self.given = tuple(header)
        self.header = _with_added(header)
        wanted = {
            item.column for scheme in self.schemes for item in scheme.layout.items if not item.supplement
        }
        self.absent = tuple(column for column in COLUMNS if column in wanted and column not in self.places)
        self.bad_cells: list[BadCell] = []
        self.bad_count = 0
        self.rows_of: dict[str, int] = {}
        self._cells: dict[tuple[str, int], _Cells] = {}
        self._editions: dict[str, int] = {}
        self._reasons: dict[tuple[int, int, bool], str] = {}

    def evaluate(self, rows: Sequence[Sequence[str]], first_row: int) -> list[tuple[str, ...]]:
        """The rows with their results; an empty row is left out.

        Parameters
        ----------
        rows
            Cells of each row.
        first_row
            Number of the first one in its file.

        Raises
        ------
        RowTooLong
            A row has more cells than the header.
        """
        numbers, full, short = self._completed(rows, first_row)
        if not full:
            return []
        table = list(zip(*full, strict=True))
        editions = self._edition_of_rows(table, len(full))
        results: list[tuple[str, ...]] = [()] * len(full)
        for code in np.unique(editions).tolist():
            if code < 0:
                at = np.flatnonzero(editions == code).tolist()
                reason = "no_edition" if code == _NO_EDITION else f"no_{self.interval}"
                empty = (*[""] * (len(ADDED) - 1), self._translate(REASONS[reason]))
                for place in at:
                    results[place] = empty
                self.rows_of[""] = self.rows_of.get("", 0) + len(at)
                continue
            whole = bool((editions == code).all())
            chosen = None if whole else np.flatnonzero(editions == code)
            found = self._of_scheme(code, table, chosen, numbers)
            if chosen is None:
                results = found
            else:
                for place, result in zip(chosen.tolist(), found, strict=True):
                    results[place] = result
        for place, cells in short.items():
            said = self._translate(REASONS["short_row"]) % {"found": cells, "wanted": self.width}
            results[place] = (*results[place][:-1], self._joined([results[place][-1], said]))
        return [(*row, *result) for row, result in zip(full, results, strict=True)]

    def _completed(
        self, rows: Sequence[Sequence[str]], first_row: int
    ) -> tuple[Sequence[int], list[Sequence[str]], dict[int, int]]:
        """Numbers of the rows, the rows with as many cells as the header, and which of them were short."""
        if {self.width} == set(map(len, rows)):
            return range(first_row, first_row + len(rows)), list(rows), {}
        numbers: list[int] = []
        full: list[Sequence[str]] = []
        short: dict[int, int] = {}
        for number, row in enumerate(rows, first_row):
            cells = len(row)
            if not cells:
                continue
            if cells > self.width:
                if any(cell.strip() for cell in row[self.width :]):
                    raise RowTooLong(number, cells, self.width)
                row = row[: self.width]
            elif cells < self.width:
                short[len(full)] = cells
                row = [*row, *[""] * (self.width - cells)]
            numbers.append(number)
            full.append(row)
        return numbers, full, short

    def _edition_of_rows(self, table: Sequence[Sequence[str]], rows: int) -> npt.NDArray[np.int8]:
        if not self.auto:
            return np.zeros(rows, dtype=np.int8)
        known = self._editions
        times = table[self.places[TIME]]
        for text in set(times):
            if text not in known:
                if len(known) >= _REMEMBERED:
                    known.clear()
                known[text] = self._edition(text)
        try:
            return np.fromiter(map(known.__getitem__, times), dtype=np.int8, count=rows)
        except KeyError:
            # What was remembered has been cleared on the way.
            return np.fromiter(map(self._edition, times), dtype=np.int8, count=rows)

    def _edition(self, text: str) -> int:
        day = day_of_hour(text) if self.interval == "hour" else day_of_day(text)
        if day is None:
            return _NO_TIME
        try:
            return self.library.books.index(self.library.on(day))
        except NoEdition:
            return _NO_EDITION

    def _of_scheme(
        self,
        code: int,
        table: Sequence[Sequence[str]],
        chosen: npt.NDArray[np.intp] | None,
        numbers: Sequence[int],
    ) -> list[tuple[str, ...]]:
        scheme = self.schemes[code]
        rows = len(table[0]) if chosen is None else len(chosen)
        grids: dict[str, npt.NDArray[np.uint16]] = {}
        bad: dict[int, list[str]] = {}
        for column, digits in compiled(scheme).digits.items():
            if column not in self.places:
                continue
            texts = table[self.places[column]]
            if chosen is not None:
                texts = [texts[place] for place in chosen.tolist()]
            cells = self._cells.setdefault((column, digits), _Cells(digits))
            grid = np.fromiter(map(cells.__getitem__, texts), dtype=np.int32, count=rows)
            unusable = np.flatnonzero(grid == _UNUSABLE)
            if unusable.size:
                grid[unusable] = MISSING
                for place in unusable.tolist():
                    row = place if chosen is None else int(chosen[place])
                    bad.setdefault(place, []).append(self._bad(numbers[row], column, texts[place]))
            grids[column] = grid.astype(np.uint16)
        if not grids:
            # No column that this edition reads: each row is without a concentration.
            grids[scheme.layout.items[0].column] = np.full(rows, MISSING, dtype=np.uint16)
        found = evaluate_grids(grids, scheme, details=True)
        self.rows_of[scheme.book.edition] = self.rows_of.get(scheme.book.edition, 0) + rows
        reasons = self._reasons_of(code, scheme, found)
        for place, said in bad.items():
            reasons[place] = self._joined([*said, reasons[place]])
        return self._as_text(scheme, found, reasons, rows)

    def _bad(self, row: int, column: str, text: str) -> str:
        code = "not_a_number"
        try:
            concentration(text)
        except ValueUnusable as error:
            code = error.code
        self.bad_count += 1
        shown = text.strip() if len(text.strip()) <= 30 else text.strip()[:29] + "…"
        if len(self.bad_cells) < 20:
            self.bad_cells.append(BadCell(row, column, shown, code))
        name = column_name(column, self._translate)
        return self._translate(REASONS[code]) % {"column": name, "text": shown}

    def _reasons_of(self, code: int, scheme: Scheme, found: Columns) -> list[str]:
        assert found.notes is not None
        absent = found.aqi < 0
        if not found.notes.any() and not absent.any():
            return [""] * len(absent)
        known = self._reasons
        keys = list(zip([code] * len(absent), found.notes.tolist(), absent.tolist(), strict=True))
        for key in set(keys):
            if key not in known:
                withheld, notes = notes_of(key[1], scheme)
                known[key] = self._joined(reasons_of(withheld, notes, not key[2], scheme, self._translate))
        return [known[key] for key in keys]

    def _joined(self, parts: Sequence[str]) -> str:
        return self._translate(BETWEEN_REASONS).join(part for part in parts if part)

    @staticmethod
    def _as_text(scheme: Scheme, found: Columns, reasons: list[str], rows: int) -> list[tuple[str, ...]]:
        blank = [""] * rows
        columns: list[Sequence[str]] = []
        for column in COLUMNS:
            index = found.iaqi.get(column)
            columns.append(blank if index is None else [_TEXTS[number] for number in index.tolist()])
        columns.append([_TEXTS[number] for number in found.aqi.tolist()])
        columns.append([_TEXTS[number] if number else "" for number in found.level.tolist()])
        columns.append(["|".join(pollutants_of(mask)) for mask in found.primary.tolist()])
        columns.append([scheme.book.edition] * rows)
        columns.append(reasons)
        return list(zip(*columns, strict=True))


def _variants(book: AqiBook, interval: str) -> list[str]:
    return [layout.variant for layout in book.layouts if layout.interval == interval]


def _places(header: Sequence[str]) -> dict[str, int]:
    """Where the columns stand that are read."""
    known = {TIME, *COLUMNS, *EXTRA_COLUMNS}
    places: dict[str, int] = {}
    exact = [name.strip().lower() for name in header]
    for place, name in enumerate(exact):
        if name in known:
            if name in places:
                raise HeaderError("twice", name)
            places[name] = place
    for place, name in enumerate(exact):
        meant = _ALIASES.get(name)
        if meant is not None and meant not in places:
            places[meant] = place
    return places


def _with_added(header: Sequence[str]) -> list[str]:
    """The header with the new columns; a column of the table that is called like one of them gets another name."""
    taken = {name.strip().lower() for name in header} | set(ADDED)
    names = []
    for name in header:
        if name.strip().lower() in ADDED:
            other, number = f"{name.strip()}_given", 1
            while other.lower() in taken:
                number += 1
                other = f"{name.strip()}_given{number}"
            taken.add(other.lower())
            name = other
        names.append(name)
    return [*names, *ADDED]
