"""Tables of observations out of files: CSV of any length row by row, Excel sheet by sheet, each cell as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from lantian.office.cells import CellValue
from lantian.office.csv_stream import CsvReader, open_csv
from lantian.office.errors import EmptyFile
from lantian.office.limits import DEFAULT_LIMITS, MEGABYTE
from lantian.office.sheets import Sheet, read_tables

Rows = list[list[str]]
#: Excel cannot hold more rows; so many cells are a month of all national stations
_EXCEL = replace(
    DEFAULT_LIMITS,
    rows=1_048_576,
    columns=4_000,
    cells=12_000_000,
    seconds=120.0,
    file_bytes=200 * MEGABYTE,
    unpacked_bytes=1_024 * MEGABYTE,
    member_bytes=768 * MEGABYTE,
    worker_memory_bytes=4_096 * MEGABYTE,
)
_DELIMITERS = ",\t;|"
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PART = 20_000


class AirTable:
    """A table of a file.

    Attributes
    ----------
    head
        Its first rows.
    size
        Bytes of the file.
    """

    def __init__(
        self, path: Path, head: Rows, parts: Iterator[tuple[int, Rows]], at: Callable[[], int]
    ) -> None:
        self.head, self.size = head, path.stat().st_size
        self._parts, self._at = parts, at

    def parts(self) -> Iterator[tuple[int, Rows]]:
        """Number of the first row, from 1, and rows; they can be taken once."""
        yield from self._parts

    def position(self) -> int:
        """Bytes of the file that have been read."""
        return self._at()


@contextmanager
def open_air_table(
    path: Path,
    *,
    name: str = "",
    head_rows: int = 220,
    suits: Callable[[Rows], bool] | None = None,
) -> Iterator[AirTable]:
    """Open the table of a file, told by its content.

    Parameters
    ----------
    name
        What the file is called, where that is not the name of the path.
    head_rows
        Rows that are kept in ``head``.
    suits
        Of the sheets of a workbook the first one that suits is taken; without one that does, the first.

    Raises
    ------
    OfficeError
        The file is empty, damaged, too large, protected or no table.
    OSError
        It cannot be opened.
    """
    with path.open("rb") as stream:
        start = stream.read(4)
    if start in (_ZIP, _OLE):
        rows = _sheet_rows(path, name or path.name, suits, head_rows)
        size = path.stat().st_size
        yield AirTable(path, rows[:head_rows], _of_list(rows), lambda: size)
        return
    with open_csv(path, delimiters=_DELIMITERS) as reader:
        first = next(reader.chunks(head_rows), (2, []))[1]
        head = [reader.header, *first]
        yield AirTable(path, head, _of_reader(head, reader), reader.position)


def _of_reader(head: Rows, reader: CsvReader) -> Iterator[tuple[int, Rows]]:
    yield 1, head
    yield from reader.chunks(_PART)


def _of_list(rows: Rows) -> Iterator[tuple[int, Rows]]:
    for first in range(0, len(rows), _PART):
        yield first + 1, rows[first : first + _PART]


def _sheet_rows(path: Path, name: str, suits: Callable[[Rows], bool] | None, head_rows: int) -> Rows:
    workbook = read_tables(path.read_bytes(), name, limits=_EXCEL)
    shown = [sheet for sheet in workbook.sheets if not sheet.hidden and sheet.rows]
    if not shown:
        raise EmptyFile()
    chosen = shown[0]
    if suits is not None:
        chosen = next((sheet for sheet in shown if suits(_texts(sheet, head_rows))), chosen)
    return _texts(chosen, None)


def _texts(sheet: Sheet, most: int | None) -> Rows:
    width = sheet.width
    return [_row(row, width) for row in sheet.rows[:most]]


def _row(row: Sequence[CellValue], width: int) -> list[str]:
    return [*map(cell_text, row), *[""] * (width - len(row))]


def cell_text(value: object) -> str:
    """A value of a cell as text; a moment of Excel to the second.

    >>> cell_text(0.1 + 0.2), cell_text(35.0), cell_text(datetime(2026, 3, 1, 0, 59, 59, 999_999)), cell_text(None)
    ('0.3', '35', '2026-03-01 01:00:00', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return f"{value:.12g}"
    if isinstance(value, datetime):
        # Excel keeps a moment as a fraction of days, a millionth beside the full hour
        rounded = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return rounded.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)
