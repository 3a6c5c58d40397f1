"""Tables that lost their rows: a header of column names, one a line, and below it one cell a line."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lantian.rules.documents.model import Span
from lantian.rules.documents.numbering import read_number

Cell = tuple[str, int, int]

_SERIAL = re.compile(r"\d{1,3}")
_COLUMN = re.compile(
    r"序号|编号|(?:重点|主要|工作|目标|年度|具体)?(?:任务|措施|工作|目标|项目|内容)(?:名称|内容|要求)?|工作任务|任务措施"
    r"|(?:完成|时间|整改|工作)?(?:时限|期限|时间)(?:要求)?|备注|类别|领域|指标|单位|区域|辖区|地区|城市|县区|区县|县（市、区）"
    r"|(?:市级)?(?:牵头|责任|配合|主责|协办|督导|落实|主办|实施|参与|督促指导)(?:单位|部门|领导|人)(?:及责任人)?"
    r"|PM\d.{0,20}|优良天数.{0,10}|.{0,6}(?:浓度|天数|比例|目标值?|控制值)(?:（.{1,12}）)?"
)
_END = re.compile(r"附件|抄送|主办：|督办：|注：|备注：|.{2,30}\d{4}年\d{1,2}月\d{1,2}日印发")
_SECTION = re.compile(r"[一二三四五六七八九十]{1,3}(?:、|$)|（[一二三四五六七八九十]{1,3}）")


def flat_rows(clean: str, lines: Sequence[Span]) -> dict[int, tuple[int, list[list[Cell]]]]:
    """Find tables of one cell a line.

    Returns
    -------
    dict
        Index of the first line of each table → (index after its last line, rows of cells).
    """
    tables: dict[int, tuple[int, list[list[Cell]]]] = {}
    at = 0
    while at < len(lines):
        columns = _by_column(clean, lines, at)
        if columns:
            tables[at] = columns
            at = columns[0]
            continue
        header, after = _header(clean, lines, at)
        if len(header) >= 2:
            stop, rows = _read_rows(clean, lines, after, header)
            if len(rows) > 1:
                tables[at] = (stop, rows)
                at = stop
                continue
        at += 1
    return tables


_HALF_NAME = re.compile(r"完成|责任|牵头|主责|协办|配合|重点|工作|主要|时间|督导")


def _header(clean: str, lines: Sequence[Span], at: int) -> tuple[list[Cell], int]:
    """The names of the columns from line `at` on, and the index of the line after them; a name may fill two lines."""
    names: list[Cell] = []
    n = at
    while n < len(lines):
        a, b = lines[n]
        if n + 1 < len(lines) and _HALF_NAME.fullmatch(clean, a, b):
            end = lines[n + 1][1]
            if end - a <= 24 and _COLUMN.fullmatch(clean[a:b] + clean[lines[n + 1][0] : end]):
                names.append((clean[a:end], a, end))
                n += 2
                continue
        if b - a > 24 or not _COLUMN.fullmatch(clean, a, b):
            break
        names.append((clean[a:b], a, b))
        n += 1
    return names, n


def _by_column(clean: str, lines: Sequence[Span], at: int) -> tuple[int, list[list[Cell]]] | None:
    """A table written column by column: its serial numbers 1…k, then k titles, k terms …

    The names of the columns may stand all in front or each in front of its column; where a cell was broken over
    lines the columns have no common length, and nothing is decided.
    """
    if clean[lines[at][0] : lines[at][1]] not in ("序号", "编号"):
        return None
    header, first = _header(clean, lines, at)
    width = len(header)
    k = 0
    while first + k < len(lines) and clean[lines[first + k][0] : lines[first + k][1]] == str(k + 1):
        k += 1
    if k < 2:
        return None
    columns: list[list[Cell]] = []
    i = first
    while i + k <= len(lines):
        if width == 1 and columns:
            names, after = _header(clean, lines, i)
            if len(names) != 1 or after + k > len(lines):
                break
            header += names
            i = after
        column = [_cell(clean, x) for x in lines[i : i + k]]
        if any(_END.match(c[0]) or "\t" in c[0] or (width == 1 and _COLUMN.fullmatch(c[0])) for c in column):
            return None
        columns.append(column)
        i += k
        if width > 1 and len(columns) == width:
            break
    if len(columns) < 3 or len(columns) != len(header):
        return None
    return i, [header, *([column[row] for column in columns] for row in range(k))]


def _cell(clean: str, span: Span) -> Cell:
    return clean[span[0] : span[1]], span[0], span[1]


def _read_rows(
    clean: str, lines: Sequence[Span], at: int, header: list[Cell]
) -> tuple[int, list[list[Cell]]]:
    width = len(header)
    rows = [header]
    i = at
    if header[0][0] in ("序号", "编号"):
        return _by_serial(clean, lines, i, header)
    # a table of figures: a name, then one figure a line
    while i + width <= len(lines):
        cells = [_cell(clean, x) for x in lines[i : i + width]]
        if any("\t" in c[0] or len(c[0]) > 60 for c in cells):
            break
        if not re.search(r"[\u4e00-\u9fff]", cells[0][0]) or not all(
            re.search(r"\d|^[-—/]+$", c[0]) for c in cells[1:]
        ):
            break
        rows.append(cells)
        i += width
    return i, rows


def _by_serial(
    clean: str, lines: Sequence[Span], at: int, header: list[Cell]
) -> tuple[int, list[list[Cell]]]:
    """Rows that begin with their serial number; a longer cell may stand in several lines."""
    rows: list[list[Cell]] = [header]
    width = len(header)
    block: list[Cell] = []
    expected = 1
    i = at

    def close() -> None:
        if block:
            rows.append(_fit(clean, block, width))
            block.clear()

    while i < len(lines):
        cell = _cell(clean, lines[i])
        text = cell[0]
        if _END.match(text) or "\t" in text:
            break
        if text == header[0][0]:
            again, after = _header(clean, lines, i)
            if len(again) == width:  # the head of the table on the next page
                i = after
                continue
        if _SERIAL.fullmatch(text) and (int(text) == expected or (not block and int(text) == 1)):
            close()
            block.append(cell)
            expected = int(text) + 1
        elif _SECTION.match(text) and len(text) <= 40 and (not block or len(block) >= width - 1):
            close()
            if text in "一二三四五六七八九十" and i + 1 < len(lines):
                i += 1
                rows.append([cell, _cell(clean, lines[i])])
            else:
                rows.append([cell])
        elif block:
            block.append(cell)
        else:
            number = read_number(text)
            if number or len(text) > 60:
                break
            rows.append([cell])
        i += 1
    close()
    return i, rows


def _fit(clean: str, block: list[Cell], width: int) -> list[Cell]:
    """Bring a row to the width of its table: join the lines that one cell was broken into."""
    cells = list(block)
    while len(cells) > width:
        best = None
        for i in range(1, len(cells) - 1):
            left, right = cells[i][0], cells[i + 1][0]
            score = (
                3 * (left[-1:] in "、，（；")
                + 3 * (right[:1] in "、，）；")
                + 2 * (left.count("（") > left.count("）"))
            )
            score += left[-1:] not in "。局委厅办府会处区县市位业门司前底年时" and len(left) > 8
            score += len(left) > 20 and len(right) > 12
            if best is None or score > best[0]:
                best = (score, i)
        if best is None:
            break
        i = best[1]
        start, end = cells[i][1], cells[i + 1][2]
        cells[i : i + 2] = [(clean[start:end], start, end)]
    return cells
