"""Tables out of Excel and CSV files, with the address of every cell, and the lists in them.

:func:`read_tables` gives the sheets as they are.  :func:`read_records` finds the header of a list (below a
title, over one to three rows, with merged cells), matches its columns by name, and reads each row into
values; what does not fit becomes a :class:`CellProblem` with row, column and how to mend it, and the other
rows are still read.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Literal

from openpyxl.utils import get_column_letter

from lantian.office.cells import (
    CellError,
    CellValue,
    plain,
    read_date,
    read_decimal,
    read_flag,
    read_integer,
    read_text,
    shown,
)
from lantian.office.errors import CorruptFile, EmptyFile, Parameter, TooLarge, UnsupportedType, _
from lantian.office.files import TABLE_SUFFIXES, check_size, detect_kind, open_container, suffix_of
from lantian.office.limits import DEFAULT_LIMITS, Deadline, Limits
from lantian.office.plain import decode_text, unify_lines
from lantian.office.worker import call

#: rows from the top among which a header is looked for
_HEADER_SEARCH_ROWS = 20
_HEADER_DEPTH = 3
_DELIMITERS = ",\t;|，"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell; rows and columns count from 1 as people count them."""

    value: CellValue
    row: int
    column: int

    @property
    def address(self) -> str:
        """Address as Excel shows it: ``B3``."""
        return f"{get_column_letter(self.column)}{self.row}"


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet.

    Attributes
    ----------
    rows
        Values, row by row from row 1; empty cells are None, rows may differ in length.
    merged
        Merged areas as first row, first column, last row, last column, from 1.
    """

    name: str
    rows: tuple[tuple[CellValue, ...], ...]
    merged: tuple[tuple[int, int, int, int], ...] = ()
    hidden: bool = False

    @property
    def width(self) -> int:
        """Number of columns."""
        return max(map(len, self.rows), default=0)

    def value(self, row: int, column: int) -> CellValue:
        """Value of a cell; None outside of the table."""
        if 1 <= row <= len(self.rows) and 1 <= column <= len(self.rows[row - 1]):
            return self.rows[row - 1][column - 1]
        return None

    def cells(self) -> Iterator[tuple[Cell, ...]]:
        """Rows of cells with their addresses."""
        for number, row in enumerate(self.rows, 1):
            yield tuple(Cell(value, number, column) for column, value in enumerate(row, 1))

    def unmerged(self) -> Sheet:
        """The same sheet with the value of each merged area in all of its cells."""
        if not self.merged:
            return self
        rows = [list(row) for row in self.rows]
        width = self.width
        for top, left, bottom, right in self.merged:
            value = self.value(top, left)
            if value is None:
                continue
            # an area may reach far below the table (whole merged columns): only rows that exist are filled
            for row in range(top, min(bottom, len(rows)) + 1):
                cells = rows[row - 1]
                last = min(right, max(width, left))
                cells.extend([None] * (last - len(cells)))
                cells[left - 1 : last] = [value] * (last - left + 1)
        return Sheet(self.name, tuple(map(tuple, rows)), (), self.hidden)


@dataclass(frozen=True, slots=True)
class Workbook:
    """All sheets of a file; ``format`` is ``xlsx``, ``xls``, ``ods`` or ``csv``."""

    sheets: tuple[Sheet, ...]
    format: str
    encoding: str = ""


def read_tables(data: bytes, filename: str, *, limits: Limits = DEFAULT_LIMITS) -> Workbook:
    """Read the tables of an .xlsx, .xls, .ods or .csv file; formulas give the values that were saved with them.

    Raises
    ------
    OfficeError
        One of its children, see :mod:`lantian.office.errors`; nothing else, whatever the bytes are.
    """
    check_size(data, limits)
    kind = detect_kind(data, filename, limits)
    if kind in ("xlsx", "xls", "ods"):
        if kind == "ods":
            data = _with_tabs(data, limits)
        answer = call("sheets", data, limits, Deadline(limits.seconds))
        sheets = tuple(_sheet(found) for found in answer["sheets"])
        workbook = Workbook(sheets, kind)
    elif kind == "text" and suffix_of(filename) in TABLE_SUFFIXES | {"txt"}:
        workbook = _read_csv(data, limits)
    else:
        raise UnsupportedType(_("This is not a table. Choose an .xlsx, .xls, .ods or .csv file."))
    if not any(sheet.rows for sheet in workbook.sheets):
        raise EmptyFile(_("There is no table in the file."))
    return workbook


def _with_tabs(data: bytes, limits: Limits) -> bytes:
    """An .ods file whose tabs stand as signs: the reader passes over the element that means one."""
    container = open_container(data, limits)
    content = container.read("content.xml")
    if b"<text:tab/>" not in content:
        return data
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for info in container.names.values():
            part = content.replace(b"<text:tab/>", b"\t") if info.filename == "content.xml" else None
            archive.writestr(info.filename, container.read(info.filename) if part is None else part)
    return target.getvalue()


def _sheet(found: Mapping[str, Any]) -> Sheet:
    rows = [_trimmed(tuple(map(_value, row))) for row in found["rows"]]
    while rows and not rows[-1]:
        rows.pop()
    merged = tuple((area[0] + 1, area[1] + 1, area[2] + 1, area[3] + 1) for area in found["merged"])
    return Sheet(str(found["name"]), tuple(rows), merged, bool(found["hidden"]))


def _value(value: Any) -> CellValue:
    if isinstance(value, list):
        kind, text = value
        if kind == "datetime":
            return datetime.fromisoformat(text)
        return date.fromisoformat(text) if kind == "date" else time.fromisoformat(text)
    if isinstance(value, str):
        # Excel writes line feeds inside of cells; old files have both signs
        return unify_lines(value) if value.strip() else None
    return value if isinstance(value, bool | int | float) else None


def _trimmed(row: tuple[CellValue, ...]) -> tuple[CellValue, ...]:
    length = len(row)
    while length and row[length - 1] is None:
        length -= 1
    return row[:length]


def _read_csv(data: bytes, limits: Limits) -> Workbook:
    decoded = decode_text(data)
    text = decoded.text
    rows: list[tuple[CellValue, ...]] = []
    cells = 0
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)):
            if len(rows) >= limits.rows or len(row) > limits.columns:
                raise TooLarge(
                    _("The table has more than %(rows)s rows or %(columns)s columns. Split it."),
                    rows=limits.rows, columns=limits.columns,
                )  # fmt: skip
            cells += len(row)
            if cells > limits.cells:
                raise TooLarge(_("The workbook has more than %(limit)s cells. Split it."), limit=limits.cells)
            rows.append(_trimmed(tuple(_value(cell) for cell in row)))
    except csv.Error as error:
        raise CorruptFile from error
    while rows and not rows[-1]:
        rows.pop()
    return Workbook((Sheet("", tuple(rows)),), "csv", decoded.encoding)


def _delimiter(text: str) -> str:
    """The sign that parts the most rows at the top of the file into the same number of cells, more than
    one.
    """
    best, best_rank = ",", (0, 0)
    sample = text[:20_000]
    for delimiter in _DELIMITERS:
        try:
            lines = itertools.islice(csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter), 50)
            widths = [len(row) for row in lines if row]
        except csv.Error:
            continue
        wide = [width for width in widths if width > 1]
        if wide:
            common = max(set(wide), key=lambda width: (wide.count(width), width))
            if (wide.count(common), common) > best_rank:
                best, best_rank = delimiter, (wide.count(common), common)
    return best


# --- lists ---


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list that is read.

    Attributes
    ----------
    key
        Name of the value in the records.
    names
        Headings under which people write it; compared without spaces, width of the signs, and what stands
        in brackets.
    kind
        What its cells hold; ``list`` is text parted by 、 ， ； or line ends.
    choices
        For ``choice``: what is written → what is meant.
    """

    key: str
    names: tuple[str, ...]
    kind: Literal["text", "integer", "decimal", "date", "flag", "choice", "list"] = "text"
    required: bool = False
    choices: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CellProblem:
    """What is wrong in a list, where, and how to mend it.

    Attributes
    ----------
    row, column
        Counted from 1; 0 where the whole row, column or sheet is meant.
    heading
        Heading of the column as it stands in the file.
    """

    code: str
    message_id: str
    params: Mapping[str, Parameter]
    row: int = 0
    column: int = 0
    heading: str = ""

    @property
    def address(self) -> str:
        """Address as Excel shows it; only the row or only the column where the other is not meant."""
        return (get_column_letter(self.column) if self.column else "") + (str(self.row) if self.row else "")

    def __str__(self) -> str:
        return self.message_id % self.params


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header of a list is and which column holds what; rows and columns from 1."""

    first_row: int
    last_row: int
    columns: Mapping[str, int]
    headings: Mapping[int, str]
    #: columns with a heading that no column of the list answers to
    unknown: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A row of a list: its number in the sheet and its values by column key; None for empty cells."""

    row: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Records:
    """A list that has been read; rows with a problem are not among ``rows``.

    Attributes
    ----------
    skipped
        Rows that are no records, with their text: notes, repeated headers, sums.
    """

    header: Header | None
    rows: tuple[Record, ...] = ()
    problems: tuple[CellProblem, ...] = ()
    skipped: tuple[tuple[int, str], ...] = ()


def heading_key(text: CellValue) -> str:
    """A heading in the form in which headings are compared: ``完成时限 （年/月）`` is ``完成时限``."""
    key = re.sub(r"[\s*＊:：、]+", "", plain(read_text(text, check=False))).lower()
    return re.sub(r"[(\[【（].*?[)\]】）]", "", key) or key


def find_header(sheet: Sheet, columns: Sequence[Column]) -> Header | None:
    """Find the header of a list among the first rows; None if fewer than two of the columns (or the only
    one) are there.
    """
    full = sheet.unmerged()
    wanted = {heading_key(name): column.key for column in columns for name in column.names}
    best: Header | None = None
    best_rank: tuple[int, int, int] = (0, 0, 0)
    for first in range(1, min(_HEADER_SEARCH_ROWS, len(full.rows)) + 1):
        for depth in range(1, _HEADER_DEPTH + 1):
            last = first + depth - 1
            if last > len(full.rows):
                break
            header = _header(full, first, last, wanted)
            rank = (len(header.columns), -depth, -first)
            if header.columns and (best is None or rank > best_rank):
                best, best_rank = header, rank
    if best is None or len(best.columns) < min(2, len(columns)):
        return None
    return best


def _header(sheet: Sheet, first: int, last: int, wanted: Mapping[str, str]) -> Header:
    columns: dict[str, int] = {}
    headings: dict[int, str] = {}
    unknown: list[int] = []
    for column in range(1, sheet.width + 1):
        parts: list[str] = []
        for row in range(first, last + 1):
            text = " ".join(read_text(sheet.value(row, column), check=False).split())
            if text and (not parts or parts[-1] != text):
                parts.append(text)
        if not parts:
            continue
        headings[column] = " ".join(parts)
        # the lowest heading first, then the whole stack: 责任单位 over 牵头 reads as 牵头, else as
        # 责任单位牵头
        keys = [heading_key(parts[-1]), heading_key("".join(parts)), heading_key("".join(reversed(parts)))]
        key = next((wanted[key] for key in keys if key in wanted and wanted[key] not in columns), None)
        if key is None:
            unknown.append(column)
        else:
            columns[key] = column
    return Header(first, last, columns, headings, tuple(unknown))


def read_records(
    sheet: Sheet, columns: Sequence[Column], *, default_year: int | None = None, epoch_1904: bool = False
) -> Records:
    """Read a list.

    Parameters
    ----------
    default_year
        Year of dates that name none.
    epoch_1904
        The workbook counts days from 1904.
    """
    header = find_header(sheet, columns)
    if header is None:
        names = "、".join(column.names[0] for column in columns)
        problem = CellProblem(
            "no_header",
            _("No header was found. The table needs a row with the headings %(names)s."),
            {"names": names},
        )
        return Records(None, problems=(problem,))
    problems = [
        CellProblem(
            "column_missing",
            _("The column “%(name)s” is missing. Add it to the header."),
            {"name": column.names[0]},
            row=header.last_row,
        )
        for column in columns
        if column.required and column.key not in header.columns
    ]
    records: list[Record] = []
    skipped: list[tuple[int, str]] = []
    full = sheet.unmerged()
    head = [plain(read_text(value, check=False)) for value in full.rows[header.last_row - 1]]
    for number in range(header.last_row + 1, len(full.rows) + 1):
        texts = [plain(read_text(value, check=False)) for value in full.rows[number - 1]]
        if not any(texts):
            continue
        if texts == head or _is_note(sheet.rows[number - 1], texts):
            skipped.append((number, next(text for text in texts if text)))
            continue
        values, wrong = _read_row(full, number, columns, header, default_year, epoch_1904)
        problems.extend(wrong)
        if not wrong:
            records.append(Record(number, values))
    return Records(header, tuple(records), tuple(problems), tuple(skipped))


def _is_note(row: Sequence[CellValue], texts: Sequence[str]) -> bool:
    """A note under a list (one text alone, beginning like one) or a row of sums."""
    filled = [text for text in texts if text]
    if re.fullmatch("合计|总计|小计", re.sub(r"\s", "", filled[0])):
        return True
    alone = sum(value is not None for value in row) == 1
    return (
        alone
        and re.match("注[:：0-9]|备注[:：]|说明[:：]|填表|填报|制表|审核|联系人|单位负责人", filled[0])
        is not None
    )


def _read_row(
    sheet: Sheet,
    number: int,
    columns: Sequence[Column],
    header: Header,
    default_year: int | None,
    epoch_1904: bool,
) -> tuple[dict[str, Any], list[CellProblem]]:
    values: dict[str, Any] = {}
    problems: list[CellProblem] = []
    for column in columns:
        place = header.columns.get(column.key)
        if place is None:
            values[column.key] = [] if column.kind == "list" else None
            continue
        raw = sheet.value(number, place)
        heading = header.headings[place]
        try:
            value = _read_cell(raw, column, default_year, epoch_1904)
        except CellError as error:
            problems.append(CellProblem(error.code, error.message_id, error.params, number, place, heading))
            continue
        if column.required and (value is None or value == []):
            problems.append(
                CellProblem(
                    "cell_empty",
                    _("“%(heading)s” must not be empty."),
                    {"heading": heading},
                    number,
                    place,
                    heading,
                )
            )
        values[column.key] = value
    return values, problems


def _read_cell(raw: CellValue, column: Column, default_year: int | None, epoch_1904: bool) -> Any:
    if column.kind == "integer":
        return read_integer(raw)
    if column.kind == "decimal":
        return read_decimal(raw)
    if column.kind == "date":
        return read_date(raw, default_year=default_year, epoch_1904=epoch_1904)
    if column.kind == "flag":
        return read_flag(raw)
    text = read_text(raw)
    if column.kind == "list":
        return [part.strip() for part in re.split(r"[、，,;；\n]", text) if part.strip()]
    if column.kind == "choice" and text:
        for written, meant in column.choices.items():
            if heading_key(written) == heading_key(text):
                return meant
        raise CellError(
            "not_a_choice",
            _("“%(value)s” is not one of %(choices)s."),
            value=shown(raw), choices="、".join(column.choices),
        )  # fmt: skip
    return text or None
