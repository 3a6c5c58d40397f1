"""The lines of a ledger in a file: found below titles, over merged cells, between the headings of chapters."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as __
from openpyxl.utils import get_column_letter

from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.importers.base import Report, said, unpacked
from lantian.apps.plans.excel.columns import BY_KEY, FIELDS
from lantian.office.cells import CellError, CellValue, plain, read_text
from lantian.office.errors import OfficeError
from lantian.office.formulas import formulas_without_value
from lantian.office.limits import DEFAULT_LIMITS
from lantian.office.sheets import Column, Header, Sheet, find_header, read_tables
from lantian.rules.progress.amounts import COUNTED_UNITS

#: a ledger of 20,000 rows takes seconds, more of them on a busy server; a job can wait
_LIMITS = replace(DEFAULT_LIMITS, seconds=60.0)
_COLUMNS = tuple(Column(one.key, one.all_names) for one in FIELDS)
#: an amount that stands in one cell over several lines is one amount, not one for each of them
_ONCE = frozenset({"amount", "unit", "done", "percent"})
_NUMBER = re.compile(r"T(\d{1,18})(?:-v(\d{1,9})(?:-([0-9a-z]{6}))?|@(\d{4}-\d{2}-\d{2}))")
_NOTE = re.compile(r"注[:：0-9]|备注[:：]|说明[:：]|填表|填报|制表|审核|联系人|单位负责人")
_SUMS = re.compile("合计|总计|小计")
_CHAPTER = re.compile(r"[一二三四五六七八九十]{1,3}、|第[一二三四五六七八九十]{1,3}[章部]")
_SECTION = re.compile(r"[（(][一二三四五六七八九十]{1,3}[）)]")


@dataclass(frozen=True, slots=True)
class SystemNumber:
    """What the last column says: which task, the version that the file shows, and how its line read then."""

    task: int
    version: int
    mark: str = ""
    #: the past day that the file shows, whose lines cannot come back
    day: str = ""


@dataclass(slots=True)
class Line:
    """A line of the ledger: the text of its cells by the keys of the columns; empty cells are empty texts."""

    row: int
    cells: dict[str, str]
    number: SystemNumber | None = None
    place: str = ""


@dataclass
class LedgerFile:
    """What was found.

    Attributes
    ----------
    headings
        Column → its heading as it stands in the file.
    addresses
        Column → the letters of the column.
    """

    lines: list[Line] = field(default_factory=list)
    headings: dict[str, str] = field(default_factory=dict)
    letters: dict[str, str] = field(default_factory=dict)

    def has(self, key: str) -> bool:
        """Whether the file has a column."""
        return key in self.headings


def parse_number(text: str) -> SystemNumber | None:
    """The number of a line; None where it is none."""
    found = _NUMBER.fullmatch(plain(text).replace(" ", ""))
    if found is None:
        return None
    return SystemNumber(int(found[1]), int(found[2] or 0), found[3] or "", found[4] or "")


def read(content: bytes, filename: str, report: Report) -> LedgerFile:
    """Read all visible sheets that hold a ledger; what is wrong with headings and cells goes into the report.

    Raises
    ------
    Invalid
        The file cannot be read, or no sheet has the headings of a ledger.
    """
    data, name = unpacked(content, filename)
    try:
        workbook = read_tables(data, name, limits=_LIMITS)
        broken = formulas_without_value(data) if workbook.format == "xlsx" else {}
    except OfficeError as error:
        raise Invalid(said(error), fields={"file": said(error)}) from error
    ledger = LedgerFile()
    sheets = [sheet for sheet in workbook.sheets if not sheet.hidden and sheet.rows]
    found = [(sheet, header) for sheet in sheets if (header := _header(sheet)) is not None]
    usable = [(sheet, header) for sheet, header in found if _refusal(sheet, header) == ""]
    if not usable:
        message = _refusal(*found[0]) if found else __(
            "No ledger was found in the file. It needs a row of headings with “任务” (or “工作任务”, “主要任务” …)"
            " and the other columns; the template shows them all."
        )
        raise Invalid(message, fields={"file": message})
    for sheet, header in usable:
        place = f"{sheet.name}!" if len(usable) > 1 else ""
        _take(sheet, header, place, ledger, report, broken.get(sheet.name, {}))
    report.rows = len(ledger.lines)
    return ledger


def _header(sheet: Sheet) -> Header | None:
    header = find_header(sheet, _COLUMNS)
    if header is None or header.columns.keys() <= {"no", "unit", "id", "plan"}:
        return None
    return header


def _near(header: Header, key: str) -> str:
    """The unused heading that most resembles a missing one."""
    unused = {header.headings[place]: place for place in header.unknown}
    close = difflib.get_close_matches(BY_KEY[key].heading, unused, n=1, cutoff=0.5)
    if close:
        return close[0]
    return next((text for text in unused if BY_KEY[key].heading in text), "")


def _refusal(sheet: Sheet, header: Header) -> str:
    """Why a sheet with some headings is no ledger; empty where it is one."""
    for place in header.unknown:
        values = [read_text(sheet.value(row, place), check=False) for row in range(header.last_row + 1, header.last_row + 21)]
        filled = [text for text in values if text]
        if "id" not in header.columns and filled and all(parse_number(text) for text in filled):
            return __("The column “%(found)s” holds the system numbers. Its heading must be “系统编号”.") % {
                "found": header.headings[place]
            }
    if "title" in header.columns or ("text" in header.columns and "id" not in header.columns):
        return ""
    message = __("The column “%(name)s” is missing.") % {"name": BY_KEY["title"].heading}
    near = _near(header, "title")
    if near:
        return f"{message} " + __("Is it “%(found)s”? Then give it the heading “%(name)s” again.") % {
            "found": near,
            "name": BY_KEY["title"].heading,
        }
    return f"{message} " + __("Every ledger needs it; copy it back from the file that was exported, or from the template.")


def _take(
    sheet: Sheet, header: Header, place: str, ledger: LedgerFile, report: Report, broken: Mapping[str, str]
) -> None:
    columns = dict(header.columns)
    _resolve_unit(sheet, header, columns)
    for key, column in columns.items():
        ledger.headings.setdefault(key, header.headings[column])
        ledger.letters.setdefault(key, get_column_letter(column))
    used = set(columns.values())
    for column, heading in header.headings.items():
        if column not in used:
            report.note("column_unknown", __("The column “%(name)s” is not used."), header.last_row, heading, name=heading)
    if "id" in columns:
        for one in FIELDS:
            if one.key not in columns and not one.rare and one.use in {"task", "progress"}:
                near = _near(header, one.key)
                text = __("The file has no column “%(name)s”; what stands there stays as it is.") % {"name": one.heading}
                if near:
                    text += " " + __("If “%(found)s” is meant, give it the heading “%(name)s” again.") % {
                        "found": near,
                        "name": one.heading,
                    }
                report.note("column_missing", text.replace("%", "%%"), header.last_row)
    units = {key: _unit_of_heading(header.headings[columns[key]]) for key in ("amount", "done") if key in columns}
    for line in _lines(sheet, header, columns, place, report, broken):
        if line.cells.get("amount") and "unit" not in columns and units.get("amount"):
            line.cells["unit"] = units["amount"]
        ledger.lines.append(line)


def _unit_of_heading(heading: str) -> str:
    """The unit in the brackets of a heading: 任务量（台）."""
    found = re.search(r"[（(](?:单位[:：])?\s*([^（()）]{1,8})[）)]\s*$", heading)
    return found[1] if found and found[1] in COUNTED_UNITS else ""


def _resolve_unit(sheet: Sheet, header: Header, columns: dict[str, int]) -> None:
    """A column 单位 without an amount beside it that holds names of offices is the responsible unit."""
    column = columns.get("unit")
    if column is None or "amount" in columns:
        return
    texts = [read_text(sheet.value(row, column), check=False) for row in range(header.last_row + 1, header.last_row + 31)]
    filled = [text for text in texts if text]
    if filled and "responsible" not in columns and sum(len(text) > 2 for text in filled) * 2 > len(filled):
        columns["responsible"] = columns.pop("unit")


def _lines(
    sheet: Sheet, header: Header, columns: Mapping[str, int], place: str, report: Report, broken: Mapping[str, str]
) -> Iterator[Line]:
    full = sheet.unmerged()
    head = full.rows[header.last_row - 1]
    places = [(key, column - 1, key in _ONCE) for key, column in columns.items()]
    chapter = section = ""

    def address(key: str, row: int) -> str:
        return f"{place}{get_column_letter(columns[key])}{row}"

    for row in range(header.last_row + 1, len(full.rows) + 1):
        raw, values = sheet.rows[row - 1], full.rows[row - 1]
        first = next((value for value in values if value is not None), None)
        if first is None:
            continue
        alone = len(raw) - raw.count(None) == 1 and len(set(values) - {None}) == 1
        if alone or values == head or isinstance(first, str):
            kind, text = _kind(first, values == head, alone, values.count(first) > 1)
            if kind == "note":
                report.note("row_skipped", __("This row is no entry: “%(text)s”."), row, text=text[:40])
                continue
            if kind == "section":
                section = text
                continue
            if kind == "chapter":
                chapter, section = text, ""
                continue
        line = Line(row, dict.fromkeys(columns, ""), place=place)
        wrong = False
        for key, column, once in places:
            source = raw if once else values
            value = source[column] if column < len(source) else None
            if value is None:
                continue
            try:
                line.cells[key] = value.strip() if type(value) is str and value.isascii() else read_text(value)
            except CellError as error:
                wrong = True
                message = (__(error.message_id) % error.params).replace("%", "%%")
                report.problem(error.code, message, row, header.headings[columns[key]], address(key, row))
        for key in columns if broken else ():
            said_there = broken.get(f"{get_column_letter(columns[key])}{row}")
            if said_there is not None and BY_KEY[key].use != "never":
                wrong = True
                report.problem(
                    "formula_without_value",
                    __("This formula has no usable value (%(value)s). Write the value itself into the cell."),
                    row,
                    header.headings[columns[key]],
                    address(key, row),
                    value=said_there or "—",
                )
        if chapter and not line.cells.get("chapter"):
            line.cells["chapter"] = chapter
        if section and not line.cells.get("section"):
            line.cells["section"] = section
        if line.cells.get("id"):
            line.number = parse_number(line.cells["id"])
            if line.number is None:
                wrong = True
                report.problem(
                    "not_a_number_of_the_system",
                    __("“%(value)s” is no system number. Copy it back from the export, or empty the cell for a new task."),
                    row,
                    header.headings[columns["id"]],
                    address("id", row),
                    value=line.cells["id"][:40],
                )
        if not wrong and any(line.cells.values()):
            yield line


def _kind(first: CellValue, repeated: bool, alone: bool, merged: bool) -> tuple[str, str]:
    """What a row is that may be no entry: ``note``, ``chapter``, ``section`` or an entry (empty), with its text."""
    text = plain(read_text(first, check=False))
    if repeated or _SUMS.fullmatch(re.sub(r"\s", "", text)) or (alone and _NOTE.match(text)):
        return "note", text
    if alone and _SECTION.match(text):
        return "section", text
    if alone and (merged or _CHAPTER.match(text)):
        return "chapter", text
    return "", text
