"""Excel workbooks in the form that offices expect: a title, a bold header, borders, widths that fit, ready
to print.

Rows are streamed through a file: memory does not grow with their number.  Text that Excel would take for a
formula is stored as text and comes back from an import exactly as it was.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import re
import shutil
import tempfile
import unicodedata
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Literal
from xml.sax.saxutils import escape

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel

from lantian.office.limits import MEGABYTE

Target = str | Path | IO[bytes]
CellInput = str | int | float | Decimal | bool | date | datetime | time | None | Sequence[str]

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: Excel and the readers of its files take _x0041_ in a text for the sign with that code
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
#: first signs that a spreadsheet program may take for a formula
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_MAX_CELL = 32_767
#: of a line of the body, and of a row at most in Excel [pt]
_LINE_HEIGHT, _MAX_ROW_HEIGHT = 13.5, 409.5
_MIN_WIDTH, _MAX_WIDTH = 6.0, 60.0
#: texts of a column that are kept at most, and how long they may be [characters]
_KEPT, _OFTEN = 1_000, 80
#: columns together that are too wide for A4
_WIDE_SHEET = 260
#: rows that are looked at to find the width of a column
_WIDTH_SAMPLE = 200
_SHEET_NAME_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")

_THIN = Side(style="thin", color="FF8C8C8C")
_BORDER = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
_HEADER_FILL = PatternFill("solid", start_color="FFDCE6F1")


@dataclass(frozen=True, slots=True)
class LedgerColumn:
    """A column of a table that is written.

    Attributes
    ----------
    name
        Its heading.
    width
        Width in characters of Latin script (a Chinese one counts two); found from the contents where it is
        None.
    align
        ``left``, ``center`` or ``right``.
    number_format
        How Excel shows the numbers of the column.
    fills
        Text of a cell → its colour as ``RRGGBB``.
    """

    name: str
    width: float | None = None
    align: Literal["left", "center", "right"] = "left"
    number_format: str = "General"
    fills: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """One sheet: its name, title, columns and rows."""

    sheet: str
    title: str
    columns: Sequence[LedgerColumn | str]
    rows: Iterable[Sequence[CellInput]]
    #: a line under the title (source, state, unit); ``""`` for none
    subtitle: str = ""
    #: charts of openpyxl with the cell that their upper left corner stands in
    charts: Sequence[tuple[Any, str]] = ()


def write_table(
    columns: Sequence[LedgerColumn | str],
    rows: Iterable[Sequence[CellInput]],
    title: str,
    target: Target,
    *,
    subtitle: str = "",
    sheet: str = "",
) -> None:
    """Write one table as an .xlsx file.

    Parameters
    ----------
    columns
        Headings, or columns with width and alignment.
    rows
        Values row by row; may be a generator.  A list of strings in a cell is joined with 、.
    title
        Stands over the table, merged over all columns.
    target
        Path, or a binary stream that is open for writing.
    """
    write_tables([Table(sheet or title, title, columns, rows, subtitle)], target)


def write_tables(tables: Sequence[Table], target: Target) -> None:
    """Write several tables as the sheets of one .xlsx file.

    Raises
    ------
    ValueError
        There is no table, or one without columns.
    """
    if not tables or not all(table.columns for table in tables):
        raise ValueError("a workbook needs a table, and a table needs columns")
    workbook = Workbook(write_only=True)
    taken: set[str] = set()
    with contextlib.ExitStack() as stack:
        rows = [stack.enter_context(tempfile.TemporaryFile(prefix="lantian-ledger-")) for _table in tables]
        for table, file in zip(tables, rows, strict=True):
            _write_sheet(workbook, table, _sheet_name(table.sheet, taken), file)
        frame = io.BytesIO()
        workbook.save(frame)
        if isinstance(target, str | Path):
            _join(frame, rows, stack.enter_context(Path(target).open("wb")))
        else:
            # a zip writer seeks; a response or a pipe cannot
            whole = stack.enter_context(tempfile.SpooledTemporaryFile(max_size=MEGABYTE))
            _join(frame, rows, whole)
            whole.seek(0)
            shutil.copyfileobj(whole, target)


def _join(frame: IO[bytes], rows: Sequence[IO[bytes]], target: IO[bytes]) -> None:
    """Put the rows of each sheet into the workbook that so far holds headers and styles."""
    with zipfile.ZipFile(frame) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        places = {f"xl/worksheets/sheet{number}.xml": file for number, file in enumerate(rows, 1)}
        for name in source.namelist():
            content = source.read(name)
            if name not in places:
                archive.writestr(name, content)
                continue
            head, mark, tail = content.partition(b"</sheetData>")
            with archive.open(name, "w") as sheet:
                sheet.write(head)
                places[name].seek(0)
                shutil.copyfileobj(places[name], sheet)
                sheet.write(mark + tail)


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel accepts (31 characters, some signs forbidden) and that no other sheet has."""
    base = _ILLEGAL.sub("", _SHEET_NAME_FORBIDDEN.sub(" ", wanted)).strip(" '")[:31] or "Sheet"
    name, number = base, 1
    while name.lower() in taken:
        number += 1
        ending = f"({number})"
        name = base[: 31 - len(ending)] + ending
    taken.add(name.lower())
    return name


def _write_sheet(workbook: Workbook, table: Table, name: str, file: IO[bytes]) -> None:
    """Write title, header and settings into the workbook, and the rows as XML into a file."""
    columns = [
        column if isinstance(column, LedgerColumn) else LedgerColumn(column) for column in table.columns
    ]
    sheet = workbook.create_sheet(name)
    rows = iter(table.rows)
    sample = list(itertools.islice(rows, _WIDTH_SAMPLE))
    header_row = 3 if table.subtitle else 2
    last = get_column_letter(len(columns))

    widths: list[float] = []
    for place, column in enumerate(columns):
        texts = [_shown(row[place]) for row in sample if place < len(row)]
        widths.append(column.width or _fitting(column.name, texts))
        sheet.column_dimensions[get_column_letter(place + 1)].width = widths[-1]
    sheet.row_dimensions[1].height = 30
    heading_lines = max(
        _lines(column.name, width, 1.15) for column, width in zip(columns, widths, strict=True)
    )
    sheet.row_dimensions[header_row].height = 16 * heading_lines + 6
    sheet.freeze_panes = f"A{header_row + 1}"
    sheet.print_title_rows = f"1:{header_row}"
    sheet.sheet_properties.pageSetUpPr = _fit_to_width()
    sheet.page_setup.orientation = "landscape"
    # A4; a sheet so wide that nobody could read it there goes onto A3
    sheet.page_setup.paperSize = 8 if sum(widths) > _WIDE_SHEET else 9
    sheet.page_setup.fitToWidth = 1
    # a chart must not be cut by the end of a page
    sheet.page_setup.fitToHeight = 1 if table.charts else 0
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top = sheet.page_margins.bottom = 0.7
    sheet.oddFooter.center.text = "第 &P 页 共 &N 页"
    sheet.print_options.horizontalCentered = True

    title = _styled(sheet, table.title, Font(name="黑体", size=16, bold=True), Alignment("center", "center"))
    sheet.append([title])
    sheet.merged_cells.add(f"A1:{last}1")
    if table.subtitle:
        sheet.append(
            [_styled(sheet, table.subtitle, Font(name="宋体", size=10), Alignment("left", "center"))]
        )
        sheet.merged_cells.add(f"A2:{last}2")
    heading_font = Font(name="黑体", size=11, bold=True)
    headings = [
        _styled(sheet, column.name, heading_font, Alignment("center", "center", wrap_text=True))
        for column in columns
    ]
    for heading in headings:
        heading.border = _BORDER
        heading.fill = _HEADER_FILL
    sheet.append(headings)

    # the library takes longer for a cell than for anything else; rows are plain enough to be written
    # without it
    places = [
        _Place(sheet, get_column_letter(number), column, width)
        for number, (column, width) in enumerate(zip(columns, widths, strict=True), 1)
    ]
    blank: tuple[CellInput, ...] = (None,) * len(columns)
    count = 0
    for row in itertools.chain(sample, rows):
        count += 1
        number = header_row + count
        padded = (*row, *blank[len(row) :])[: len(columns)]
        cells = "".join([place.xml(number, value) for place, value in zip(places, padded, strict=True)])
        # not every program fits the height of a row to wrapped text by itself
        lines = max([place.lines for place in places])
        height = min(_LINE_HEIGHT * lines + 4, _MAX_ROW_HEIGHT)
        file.write(f'<row r="{number}" ht="{height:g}" customHeight="1">{cells}</row>'.encode())
    if count:
        sheet.auto_filter.ref = f"A{header_row}:{last}{header_row + count}"
    for chart, anchor in table.charts:
        sheet.add_chart(chart, anchor)
    sheet.close()


def _fit_to_width() -> Any:
    from openpyxl.worksheet.properties import PageSetupProperties

    return PageSetupProperties(fitToPage=True)


def _styled(sheet: Any, text: str, font: Font, alignment: Alignment) -> Any:
    cell = WriteOnlyCell(sheet)
    cell.value = _clean(text)
    cell.data_type = "s"
    cell.font = font
    cell.alignment = alignment
    return cell


class _Place:
    """A column: knows the styles of its cells and writes them as XML."""

    def __init__(self, sheet: Any, letter: str, column: LedgerColumn, width: float) -> None:
        align = column.align
        self._letter = letter
        self._width = width
        #: lines that the cell written last takes up
        self.lines = 1
        self._known: dict[str, tuple[str, int]] = {}
        self._text = self._style(sheet, align, "@")
        # what looks like a formula stays text also when somebody edits the cell
        self._quoted = self._style(sheet, align, "@", quoted=True)
        self._filled = {
            text: self._style(sheet, align, "@", fill=colour) for text, colour in column.fills.items()
        }
        self._number = self._style(sheet, align, column.number_format)
        self._date = self._style(sheet, align, "yyyy-mm-dd")
        self._datetime = self._style(sheet, align, "yyyy-mm-dd hh:mm")

    @staticmethod
    def _style(sheet: Any, align: str, number_format: str, *, quoted: bool = False, fill: str = "") -> int:
        cell = WriteOnlyCell(sheet)
        cell.font = Font(name="宋体", size=10)
        cell.border = _BORDER
        cell.alignment = Alignment(align, "center", wrap_text=True)
        cell.number_format = number_format
        if quoted:
            cell.quotePrefix = True
        if fill:
            cell.fill = PatternFill("solid", start_color=f"FF{fill}")
        return int(cell.style_id)

    def xml(self, row: int, value: CellInput) -> str:
        """The cell with a value in a row."""
        self.lines = 1
        if isinstance(value, str):
            return self._text_xml(row, value)
        if value is None:
            return f'<c r="{self._letter}{row}" s="{self._text}"/>'
        if isinstance(value, bool):
            return self._text_xml(row, "是" if value else "否")
        if isinstance(value, int | float | Decimal):
            number: Any = value
            # beyond 15 figures a number of Excel is rounded
            if abs(number) < 10**15:
                return f'<c r="{self._letter}{row}" s="{self._number}"><v>{number}</v></c>'
            return self._text_xml(row, str(value))
        if isinstance(value, datetime):
            # Excel knows no time zones
            serial = to_excel(value.replace(tzinfo=None))
            return f'<c r="{self._letter}{row}" s="{self._datetime}"><v>{serial}</v></c>'
        if isinstance(value, date):
            return f'<c r="{self._letter}{row}" s="{self._date}"><v>{to_excel(value)}</v></c>'
        if isinstance(value, time):
            return self._text_xml(row, value.isoformat(timespec="minutes"))
        return self._text_xml(row, "、".join(map(str, value)))

    def _text_xml(self, row: int, value: str) -> str:
        # Most columns say the same few things over and over: names of offices, states, chapters.
        known = self._known.get(value)
        if known is None:
            known = self._cell(value)
            if len(value) <= _OFTEN and len(self._known) < _KEPT:
                self._known[value] = known
        behind, self.lines = known
        return f'<c r="{self._letter}{row}"{behind}'

    def _cell(self, value: str) -> tuple[str, int]:
        """A cell behind its address, and the lines that it takes up."""
        text = _clean(value)
        if not text:
            return f' s="{self._text}"/>', 1
        style = self._quoted if text.startswith(_FORMULA_STARTS) else self._filled.get(text, self._text)
        inside = f'<is><t xml:space="preserve">{escape(text)}</t></is>'
        return f' s="{style}" t="inlineStr">{inside}</c>', _lines(text, self._width)


def storable(text: str) -> str:
    """Text without what an .xlsx file cannot hold; longer text than a cell takes ends with an ellipsis."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _ILLEGAL.sub("", text)
    return text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…"


def _clean(text: str) -> str:
    """The same as the file spells it."""
    text = storable(text)
    return storable(_ESCAPE.sub("_x005F_", text)) if "_x" in text else text


def _shown(value: CellInput) -> str:
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "、".join(map(str, value))
    if isinstance(value, datetime):
        return "0000-00-00 00:00"
    return "" if value is None else str(value)


def _lines(text: str, width: float, scale: float = 1.0) -> int:
    """Lines that a text takes up in a column; a Chinese character is as wide as its two bytes of GBK."""
    # the last character of a line does not always fit
    room = max(width - 1.5, 2.0) / scale
    return sum(max(1, math.ceil(len(line.encode("gbk", "replace")) / room)) for line in text.split("\n"))


def display_width(text: str) -> int:
    """Width of the longest line of a text in Latin characters; wide East Asian ones count two."""
    return max(
        (
            sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in line)
            for line in text.split("\n")
        ),
        default=0,
    )


def _fitting(heading: str, texts: Sequence[str]) -> float:
    """A width in which nearly all cells stand in a few lines and the heading in two."""
    widths = sorted(display_width(text[:200]) for text in texts)
    typical = widths[int(0.9 * (len(widths) - 1))] if widths else 0
    # long text wraps: four lines of it are easier to read than one
    wanted = typical if typical <= 24 else max(24, min(typical / 3, _MAX_WIDTH))
    return max(_MIN_WIDTH, min(max(wanted, display_width(heading) / 2 + 2) + 2, _MAX_WIDTH))


# --- the ledger of a plan ---

_COMPARATORS = {"<=": "≤", ">=": "≥", "=": "", "<": "<", ">": ">"}

TASK_COLUMNS = (
    LedgerColumn("序号", 5, "center"),
    LedgerColumn("章节", 14),
    LedgerColumn("任务编号", 7, "center"),
    LedgerColumn("任务名称", 20),
    LedgerColumn("工作内容", 64),
    LedgerColumn("牵头单位", 12),
    LedgerColumn("责任单位", 17),
    LedgerColumn("配合单位", 15),
    LedgerColumn("督导单位", 12),
    LedgerColumn("责任人", 8),
    LedgerColumn("完成时限", 12, "center"),
    LedgerColumn("量化指标", 18),
    LedgerColumn("频次", 8),
    LedgerColumn("验收单位", 10),
    LedgerColumn("备注（原文位置）", 14),
)


def write_task_ledger(plan: Mapping[str, Any] | Sequence[Mapping[str, Any]], target: Target) -> None:
    """Write the ledger of a plan that has been read: tasks, targets, reporting duties and warnings.

    Parameters
    ----------
    plan
        What ``lantian plan parse --json`` gives for a file, or a list of those; files that could not be
        read (with ``error``) are named in the sheet of warnings.
    """
    plans = [plan] if isinstance(plan, Mapping) else list(plan)
    several = len(plans) > 1
    title = next((_title(one) for one in plans if one.get("meta")), "")
    name = f"{title}任务台账" if title and not several else "大气污染防治任务台账"
    write_tables(
        [
            Table("任务台账", name, TASK_COLUMNS, _numbered(_task_rows(plans, several))),
            Table(
                "目标",
                "目标一览表",
                (
                    LedgerColumn("序号", 6, "center"),
                    LedgerColumn("地区", 18),
                    LedgerColumn("指标", 26),
                    LedgerColumn("要求", 8, "center"),
                    LedgerColumn("数值", 10, "right"),
                    LedgerColumn("单位", 14, "center"),
                    LedgerColumn("时期", 16, "center"),
                    LedgerColumn("类型", 12, "center"),
                    LedgerColumn("基准", 16),
                    LedgerColumn("力度", 8, "center"),
                    LedgerColumn("原文", 60),
                    LedgerColumn("备注（原文位置）", 22),
                ),
                _numbered(_target_rows(plans, several)),
            ),
            Table(
                "报送要求",
                "报送要求一览表",
                (
                    LedgerColumn("序号", 6, "center"),
                    LedgerColumn("报送单位", 24),
                    LedgerColumn("报送内容", 40),
                    LedgerColumn("报送对象", 24),
                    LedgerColumn("报送时间", 24),
                    LedgerColumn("原文", 60),
                    LedgerColumn("备注（原文位置）", 22),
                ),
                _numbered(_duty_rows(plans, several)),
            ),
            Table(
                "提示",
                "需人工核对的内容",
                (
                    LedgerColumn("序号", 6, "center"),
                    LedgerColumn("类别", 24),
                    LedgerColumn("说明", 70),
                    LedgerColumn("备注（原文位置）", 22),
                ),
                _numbered(_warning_rows(plans, several)),
            ),
        ],
        target,
    )


def _numbered(rows: Iterable[tuple[CellInput, ...]]) -> Iterable[tuple[CellInput, ...]]:
    return ((number, *row) for number, row in enumerate(rows, 1))


def _title(plan: Mapping[str, Any]) -> str:
    documents = plan.get("documents") or []
    # the notice comes first; the plan that it issues is the document whose title names a plan
    titles = [str(document.get("title") or "") for document in documents] + [
        str(plan["meta"].get("title") or "")
    ]
    return next((title for title in titles if title and not title.endswith("通知")), titles[-1])


def _place(plan: Mapping[str, Any], span: Any, several: bool) -> str:
    parts = [str(plan.get("file") or "")] if several else []
    if span:
        parts.append(f"原文第 {span[0]}—{span[1]} 字")
    return " ".join(part for part in parts if part)


def _task_rows(plans: Iterable[Mapping[str, Any]], several: bool) -> Iterable[tuple[CellInput, ...]]:
    for plan in plans:
        for task in plan.get("tasks") or ():
            number = str(task.get("number") or "")
            if task.get("part"):
                number += f"（第{task['part']}部分）"
            responsible = list(task.get("responsible") or ())
            remarks = [_place(plan, task.get("span"), several)]
            if task.get("shared"):
                remarks.append("按职责分工：" + "、".join(task["shared"]))
            yield (
                "／".join(map(str, task.get("section") or ())),
                number,
                task.get("title") or "",
                task.get("text") or "",
                task.get("leads") or (),
                responsible,
                task.get("cooperating") or (),
                task.get("supervising") or (),
                task.get("persons") or (),
                "\n".join(_times(task)),
                "；".join(_quantity(quantity) for quantity in task.get("quantities") or ()),
                "；".join(_said(entry) for entry in task.get("recurrence") or ()),
                task.get("accepted_by") or (),
                "\n".join(remark for remark in remarks if remark),
            )


def _times(task: Mapping[str, Any]) -> list[str]:
    """Deadlines, intervals and beginnings, one a line; a value is a date or an object with one."""
    lines = [_said(entry) for entry in task.get("deadlines") or ()]
    for period in task.get("periods") or ():
        start, end = period.get("start"), period.get("end")
        lines.append(f"{start or ''}至{end or ''}" if start or end else str(period.get("text") or ""))
    lines.extend(f"{_said(entry)}起" for entry in task.get("starts") or ())
    return [line for index, line in enumerate(lines) if line and line not in lines[:index]]


def _said(entry: Any) -> str:
    if isinstance(entry, Mapping):
        for key in ("on", "date", "text", "every"):
            if entry.get(key):
                return str(entry[key])
        return ""
    return str(entry)


def _quantity(quantity: Any) -> str:
    if not isinstance(quantity, Mapping):
        return str(quantity)
    what = str(quantity.get("what") or "")
    value = _number_text(quantity.get("value"))
    if quantity.get("value_max") not in (None, ""):
        value += f"—{_number_text(quantity['value_max'])}"
    comparator = _COMPARATORS.get(
        str(quantity.get("comparator") or ""), str(quantity.get("comparator") or "")
    )
    return (
        f"{what}{comparator}{value}{quantity.get('unit') or ''}" if value else str(quantity.get("text") or "")
    )


def _number_text(value: Any) -> str:
    if value in (None, ""):
        return ""
    return f"{value:.15g}" if isinstance(value, float) else str(value)


_KINDS = {
    "level": "数值", "reduction": "下降", "rank": "排名", "rank_gain": "排名提升", "reference": "参照",
}  # fmt: skip
_STRENGTHS = {"firm": "必须", "hoped": "力争"}


def _target_rows(plans: Iterable[Mapping[str, Any]], several: bool) -> Iterable[tuple[CellInput, ...]]:
    for plan in plans:
        for target in plan.get("targets") or ():
            kind = str(target.get("kind") or "")
            strength = str(target.get("strength") or "")
            comparator = str(target.get("comparator") or "")
            yield (
                target.get("region") or "",
                target.get("indicator") or "",
                _COMPARATORS.get(comparator, comparator) or "＝",
                _number(target.get("value")),
                target.get("unit") or "",
                target.get("period") or "",
                _KINDS.get(kind, kind),
                target.get("base") or "",
                _STRENGTHS.get(strength, strength),
                target.get("text") or "",
                _place(plan, target.get("span"), several),
            )


def _number(value: Any) -> CellInput:
    """A number as a number, whether it came as one or as text."""
    if isinstance(value, int | float | Decimal) or value is None:
        return value
    text = str(value)
    return Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) and len(text) <= 16 else text


def _duty_rows(plans: Iterable[Mapping[str, Any]], several: bool) -> Iterable[tuple[CellInput, ...]]:
    for plan in plans:
        for duty in plan.get("duties") or ():
            yield (
                duty.get("who") or "",
                duty.get("what") or "",
                duty.get("to") or "",
                duty.get("when") or "",
                duty.get("text") or "",
                _place(plan, duty.get("span"), several),
            )


def _warning_rows(plans: Iterable[Mapping[str, Any]], several: bool) -> Iterable[tuple[CellInput, ...]]:
    for plan in plans:
        if plan.get("error"):
            yield ("未能读取", f"{plan.get('file')}：{plan['error'].get('message')}", "")
        for warning in plan.get("warnings") or ():
            yield (
                warning.get("code") or "",
                warning.get("message") or "",
                _place(plan, warning.get("span"), several),
            )
