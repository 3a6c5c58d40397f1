"""The workbook of an emission inventory: read into rows for the rules, and written as a template.

Sheets, columns and what their cells hold stand in :mod:`lantian.rules.sources.layout`. A cell that cannot be used takes
its row out and is told with its address; the other rows are read.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import IO

from openpyxl.utils import column_index_from_string, get_column_letter

from lantian.office.cells import CellError, CellValue, plain, read_decimal, read_flag, read_text
from lantian.office.formulas import formulas_without_value
from lantian.office.ledger import CellInput, LedgerColumn, Table, write_tables
from lantian.office.limits import DEFAULT_LIMITS, MEGABYTE
from lantian.office.sheets import Column, Sheet, find_header, read_tables
from lantian.rules.sources.books import Books
from lantian.rules.sources.errors import InputError, Message, SourcesError, _
from lantian.rules.sources.layout import BY_NAME, NOTE_SHEETS, SHEETS, Field, Kind, SheetLayout
from lantian.rules.sources.quantities import not_negative, percent, share
from lantian.rules.sources.rows import Problem, Row, Value
from lantian.rules.sources.units import parse_unit

Target = str | Path | IO[bytes]
Translate = Callable[[str], str]
#: a province's list with several lines for each source
_LIMITS = replace(
    DEFAULT_LIMITS,
    rows=1_048_576,
    cells=12_000_000,
    seconds=120.0,
    file_bytes=200 * MEGABYTE,
    unpacked_bytes=1_024 * MEGABYTE,
    member_bytes=768 * MEGABYTE,
    worker_memory_bytes=4_096 * MEGABYTE,
)
_UNIT_FIELDS = frozenset({"activity_unit", "own_unit", "concentration_unit", "flow_unit", "used_unit", "total_unit"})
#: powers of ten beyond which nothing is believed: a million million of any unit is more than there is
_MAGNITUDE = 15
_NUMBERS = frozenset({Kind.NUMBER, Kind.SHARE, Kind.PERCENT, Kind.SIGNED, Kind.YEAR})


@dataclass(frozen=True, slots=True)
class InventoryBook:
    """A workbook that has been read: good rows, and what is wrong with the others."""

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]


def read_inventory(data: bytes, filename: str) -> InventoryBook:
    """Read a workbook.

    Raises
    ------
    OfficeError
        The file is no workbook.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    workbook = read_tables(data, filename, limits=_LIMITS)
    formulas = formulas_without_value(data, limits=_LIMITS) if workbook.format == "xlsx" else {}
    for sheet in workbook.sheets:
        name = plain(sheet.name)
        layout = BY_NAME.get(name)
        if layout is None:
            if re.sub(r"\(\d+\)$", "", name) not in NOTE_SHEETS and sheet.rows and not sheet.hidden:
                problems.append(_unknown_sheet(sheet))
            continue
        seen.add(name)
        _read_sheet(sheet, layout, rows, problems, formulas.get(sheet.name, {}))
    if not rows and not any(problem.row for problem in problems):
        names = "、".join(layout.name for layout in SHEETS)
        message = Message(
            _("There is no row in any sheet that an inventory has. Its sheets are: %(names)s."), names=names
        )
        problems.append(Problem("", 0, 0, "nothing_to_read", message))
    elif "排放源" not in seen:
        message = Message(
            _("The sheet “%(sheet)s” is missing. Add it: it says which sources there are."), sheet="排放源"
        )
        problems.append(Problem("排放源", 0, 0, "sheet_missing", message))
    return InventoryBook(tuple(rows), tuple(problems))


def input_tables(data: bytes, filename: str) -> tuple[list[Table], dict[tuple[str, int], int]]:
    """The sheets of a workbook as they are, to be written again; and where each row (sheet, number) stands then.

    Cells are not judged: what is wrong stays wrong, and can be mended in the copy.

    Raises
    ------
    OfficeError
        The file is no workbook.
    """
    tables: list[Table] = []
    places: dict[tuple[str, int], int] = {}
    for sheet in read_tables(data, filename, limits=_LIMITS).sheets:
        layout = BY_NAME.get(plain(sheet.name))
        if layout is None or not sheet.rows:
            continue
        columns = [Column(field.key, (field.heading,), required=field.required) for field in layout.fields]
        header = find_header(sheet, columns)
        if header is None:
            continue
        full = sheet.unmerged()
        rows: list[Sequence[CellInput]] = []
        for number in range(header.last_row + 1, len(full.rows) + 1):
            if any(read_text(value, check=False) for value in full.rows[number - 1]):
                # title, note and heading stand above
                places[layout.name, number] = len(rows) + 4
                at = [header.columns.get(field.key) for field in layout.fields]
                rows.append([full.value(number, column) if column else None for column in at])
        if rows:
            heads = [LedgerColumn(field.heading, _WIDTHS.get(field.key)) for field in layout.fields]
            tables.append(Table(layout.name, layout.name, heads, rows, layout.note))
    return tables, places


#: where the first row of a written sheet stands: below title, note and heading
FIRST_ROW = 4


def row_tables(rows: Iterable[Row]) -> list[Table]:
    """Sheets for rows, in the order of the layout, to be read again by :func:`read_inventory`."""
    of_sheet: dict[str, list[Row]] = {}
    for row in rows:
        of_sheet.setdefault(row.sheet, []).append(row)
    return [
        Table(
            layout.name,
            layout.name,
            [LedgerColumn(field.heading, _WIDTHS.get(field.key)) for field in layout.fields],
            [[_written(row.values.get(field.key)) for field in layout.fields] for row in of_sheet[layout.key]],
            layout.note,
        )
        for layout in SHEETS
        if layout.key in of_sheet
    ]


def _written(value: Value) -> CellInput:
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, tuple):
        return "、".join(format(number, "f") for number in value)
    # A float of Excel would lose figures: what it cannot hold is written as text, which is read as a number again.
    if isinstance(value, Decimal) and Decimal(repr(float(value))) != value:
        return format(value, "f")
    return value


def _unknown_sheet(sheet: Sheet) -> Problem:
    message = Message(
        _("The sheet “%(sheet)s” is not one of an inventory and was not read. Sheets are: %(names)s."),
        sheet=sheet.name[:40], names="、".join(layout.name for layout in SHEETS),
    )  # fmt: skip
    return Problem(sheet.name, 0, 0, "sheet_unknown", message)


def _read_sheet(
    sheet: Sheet, layout: SheetLayout, rows: list[Row], problems: list[Problem], formulas: Mapping[str, str]
) -> None:
    """Read a sheet; `formulas`: cells whose formula carries no value, with the error that stands in its place."""
    if not sheet.rows:
        return
    columns = [Column(field.key, (field.heading,), required=field.required) for field in layout.fields]
    header = find_header(sheet, columns)
    if header is None:
        names = "、".join(field.heading for field in layout.fields if field.required)
        message = Message(
            _("No header was found. The table needs a row with the headings %(names)s."), names=names
        )
        problems.append(Problem(sheet.name, 0, 0, "no_header", message, sheet_key=layout.key))
        return
    missing = [field for field in layout.fields if field.required and field.key not in header.columns]
    for field in missing:
        message = Message(_("The column “%(name)s” is missing. Add it to the header."), name=field.heading)
        problems.append(
            Problem(sheet.name, header.last_row, 0, "column_missing", message, sheet_key=layout.key)
        )
    for column in header.unknown:
        message = Message(
            _("The column “%(name)s” is not one of this sheet and was not read."),
            name=header.headings[column][:40],
        )
        problems.append(
            Problem(sheet.name, header.last_row, column, "column_unknown", message, sheet_key=layout.key)
        )
    if missing:
        return
    full = sheet.unmerged()
    read = set(header.columns.values())
    broken: dict[int, dict[int, str]] = {}
    for address, error in formulas.items():
        letters = address.rstrip("0123456789")
        column = column_index_from_string(letters)
        if column in read:
            broken.setdefault(int(address[len(letters) :]), {})[column] = error
    for number in range(header.last_row + 1, max(len(full.rows), *broken, 0) + 1):
        held = full.rows[number - 1] if number <= len(full.rows) else ()
        if number not in broken and not any(read_text(value, check=False) for value in held):
            continue
        row, wrong = _read_row(full, number, layout, header.columns, broken.get(number, {}))
        if wrong:
            problems += wrong
        else:
            rows.append(row)


def read_fields(layout: SheetLayout, texts: Mapping[str, str]) -> tuple[dict[str, Value], dict[str, Message]]:
    """Fields of a form as the cells of a row, by the rules of the workbook; and what is wrong, by field."""
    values: dict[str, Value] = {}
    wrong: dict[str, Message] = {}
    for field in layout.fields:
        if field.key == "source_id":
            continue
        value, _code, message = _judged(texts.get(field.key, ""), field)
        values[field.key] = value
        if message is not None:
            wrong[field.key] = message
    return values, wrong


def _judged(raw: CellValue, field: Field) -> tuple[Value, str, Message | None]:
    """The value of a cell, or code and message of what is wrong with it."""
    try:
        value = _cell(raw, field)
    except CellError as error:
        return None, error.code, Message(error.message_id, **error.params)
    except SourcesError as error:
        return None, error.code, error.message
    if field.required and (value is None or value == ""):
        return None, "cell_empty", Message(_("“%(heading)s” must not be empty."), heading=field.heading)
    return value, "", None


def _formula(sheet: str, number: int, column: int, error: str) -> Message:
    cell = f"{get_column_letter(column)}{number}"
    if error:
        return Message(
            _("The formula in the cell %(cell)s of the sheet “%(sheet)s” gives the error %(error)s. Mend the formula, or"
              " write the value into the cell."),
            cell=cell, sheet=sheet, error=error,
        )  # fmt: skip
    return Message(
        _("The cell %(cell)s of the sheet “%(sheet)s” holds a formula without a saved value. Nothing of a file is computed"
          " here: open it in Excel or WPS, save it again, or write the value into the cell."),
        cell=cell, sheet=sheet,
    )  # fmt: skip


def _read_row(
    sheet: Sheet, number: int, layout: SheetLayout, columns: Mapping[str, int], formulas: Mapping[int, str]
) -> tuple[Row, list[Problem]]:
    values: dict[str, Value] = {}
    wrong: list[Problem] = []
    texts = {
        key: read_text(sheet.value(number, columns[key]), check=False)
        for key in ("source_id", "unit", "pollutant")
        if key in columns
    }
    targets = (texts["pollutant"],) if layout.key == "facilities" and texts.get("pollutant") else ()
    for field in layout.fields:
        place = columns.get(field.key)
        raw = sheet.value(number, place) if place else None
        value, code, message = _judged(raw, field)
        if place in formulas:
            value, code = None, "cell_formula"
            message = _formula(sheet.name, number, place or 0, formulas[place or 0])
        if message is not None:
            wrong.append(
                Problem(
                    sheet.name, number, place or 0, code, message, texts.get("source_id", ""), layout.key,
                    texts.get("unit", ""), targets,
                )
            )  # fmt: skip
        values[field.key] = value
    return Row(layout.key, number, values, columns), wrong


def _cell(raw: CellValue, field: Field) -> Value:
    if field.kind is Kind.FLAG:
        return read_flag(raw)
    if field.kind is Kind.NUMBERS:
        parts = [part for part in re.split("[、,，;；\\s]+", plain(read_text(raw))) if part]
        return tuple(_number(part, field) for part in parts)
    if field.kind in _NUMBERS:
        # 0.5% in a column that is in per cent already means 0.5
        text = plain(raw) if isinstance(raw, str) else ""
        value = read_decimal(text[:-1] if field.kind is Kind.PERCENT and text.endswith("%") else raw)
        return None if value is None else _number(value, field)
    text = read_text(raw)
    if field.key in _UNIT_FIELDS and text:
        parse_unit(text)
    return text or None


def _number(value: str | Decimal, field: Field) -> Decimal:
    number = value if isinstance(value, Decimal) else read_decimal(value)
    if number is None:
        raise InputError("not_a_number", Message(_("“%(value)s” is not a number."), value=str(value)[:40]))
    if number and not -_MAGNITUDE <= number.adjusted() <= _MAGNITUDE:
        raise InputError(
            "too_large",
            Message(
                _("“%(value)s” is beyond all measure. Correct the number or its unit."),
                value=str(number)[:40],
            ),
        )
    if field.kind is Kind.SHARE:
        share(number, field.heading)
    elif field.kind is Kind.PERCENT:
        percent(number, field.heading, field.least or 0)
    elif field.kind is not Kind.SIGNED:
        not_negative(number, field.heading)
    if field.kind is Kind.YEAR and not 1949 <= number <= 2199:
        raise InputError(
            "year_unlikely",
            Message(_("“%(value)s” is no year. Write four figures."), value=str(number)),
            field.key,
        )
    return number


# --- the template ---

#: of columns whose examples say little about what people write there [characters]
_WIDTHS = {
    "name": 24.0, "uscc": 22.0, "permit": 26.0, "mn": 28.0, "source_class": 24.0, "trade": 20.0, "technology": 22.0,
    "own_grounds": 26.0, "grounds": 20.0, "gusts": 18.0, "plate": 12.0,
}  # fmt: skip


def write_template(target: Target, books: Books) -> None:
    """Write an example workbook: every sheet with its header, some with an example row, and the names in use."""
    tables = [_notes()]
    for layout in SHEETS:
        columns = [LedgerColumn(field.heading, _WIDTHS.get(field.key)) for field in layout.fields]
        rows = [_padded(row, layout) for row in layout.examples]
        tables.append(Table(layout.name, layout.name, columns, rows, layout.note))
    tables += [_catalogue(books), _technologies(books)]
    write_tables(tables, target)


def template_bytes(books: Books) -> bytes:
    """The example workbook as bytes."""
    stream = io.BytesIO()
    write_template(stream, books)
    return stream.getvalue()


def _padded(row: Sequence[CellInput], layout: SheetLayout) -> list[CellInput]:
    return [*row, *[None] * (len(layout.fields) - len(row))]


def _notes() -> Table:
    rows: list[Sequence[CellInput]] = []
    for layout in SHEETS:
        for field in layout.fields:
            rows.append(
                (layout.name, field.heading, "是" if field.required else "", _KINDS[field.kind], field.note)
            )
    columns = [
        LedgerColumn("工作表", 14),
        LedgerColumn("列", 20),
        LedgerColumn("必填", 6, "center"),
        LedgerColumn("填写内容", 24),
        LedgerColumn("说明", 44),
    ]
    subtitle = "示例数据为虚构，正式使用时删除。工作表和列可以删去不用的，名称不能改；必填列见下表；一行有错只影响这一行。"
    return Table("说明", "大气污染物排放清单填报表 说明", columns, rows, subtitle)


_KINDS = {
    Kind.TEXT: "文字",
    Kind.NUMBER: "数值，不小于 0",
    Kind.SHARE: "份额，0-1 或百分数",
    Kind.PERCENT: "百分数的数值，5 即 5%",
    Kind.SIGNED: "数值",
    Kind.FLAG: "是、否",
    Kind.YEAR: "四位年份",
    Kind.NUMBERS: "数值，用顿号分开",
}


def _catalogue(books: Books) -> Table:
    """What can be written into the sheet of activities so that a factor is found."""
    entries: dict[tuple[str, str, str, str], dict[str, None]] = {}
    for factor in books.factors:
        if not factor.abroad:
            key = factor.source_class, factor.trade, factor.item, factor.technology
            entries.setdefault(key, {}).setdefault(factor.pollutant)
    rows = [(*key, "、".join(pollutants)) for key, pollutants in entries.items()]
    columns = [
        LedgerColumn(name, width)
        for name, width in (
            ("源类", 26.0),
            ("行业或子类", 34.0),
            ("燃料或产品", 22.0),
            ("工艺技术", 26.0),
            ("有系数的污染物", 46.0),
        )
    ]
    subtitle = "“活动水平”表照此填写，移动源填入“道路移动源”表。燃煤 SO2、颗粒物按物料衡算，不在此列；境外补缺系数不列。"
    return Table("系数目录", "有排放系数的组合", columns, rows, subtitle)


def _technologies(books: Books) -> Table:
    families = {
        "SO2": "脱硫",
        "NOx": "脱硝",
        "PM": "除尘",
        "VOCs": "VOCs 治理",
        "collection": "废气收集",
        "none": "无",
    }
    rows = [
        (
            technology.name,
            families[technology.family],
            "、".join(f"{name} {value * 100:.4g}%" for name, value in technology.efficiency.items()),
        )
        for technology in books.technologies.values()
    ]
    columns = [LedgerColumn("治理技术"), LedgerColumn("类别", 12), LedgerColumn("平均去除效率", 44)]
    subtitle = "T/CSES 144-2024 表 A.1；PM2.5-10 是 2.5-10 µm 部分。超低排放机组须填自己的实测效率。"
    return Table("治理技术目录", "治理技术和平均去除效率", columns, rows, subtitle)
