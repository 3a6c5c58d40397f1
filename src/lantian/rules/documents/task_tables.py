"""Tasks that stand in a table: one row each, columns named by their header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from lantian.rules.documents.labels import classify
from lantian.rules.documents.layout import Paragraph
from lantian.rules.documents.model import Span
from lantian.rules.documents.numbering import read_number
from lantian.rules.documents.roles import UNIT_KINDS, Clause, read_cell

_NUMBER = re.compile(r"序号|编号|序")
_TITLE = re.compile(
    r"(?:重点|主要|工作|目标|具体|年度)?(?:任务|工作|项目|事项)(?:名称|内容)?|类别|任务目标|领域|工作任务"
)
_MEASURE = re.compile(r".{0,4}(?:措施|内容|要求|目标|标准)(?:要求|内容)?")
_SECTION = re.compile(r"^(?:[一二三四五六七八九十]{1,3}(?:、|$)|（[一二三四五六七八九十]{1,3}）)")


@dataclass(slots=True)
class TableTask:
    """One row of a table of tasks."""

    number: str
    section: tuple[str, ...]
    title: Span
    span: Span
    clause: Clause | None
    subtitle: Span | None = None
    part: int | None = None
    #: the cells that say what is to be done
    body: list[Span] = field(default_factory=list)
    #: all cells of the row
    cells: list[Span] = field(default_factory=list)


Cell = tuple[str, int, int]


def read_task_tables(clean: str, paragraphs: Sequence[Paragraph]) -> list[TableTask]:
    """Read every table whose header names a task column and a column of units."""
    tasks: list[TableTask] = []
    columns: list[str] = []
    reader: _Rows | None = None
    for p in paragraphs:
        if p.kind != "table_row":
            if reader and p.kind == "heading" and p.number:
                reader.enter(p.text)
            elif p.kind in ("heading", "meta", "signature") or len(p.text) > 60:
                reader = None
            continue
        found = _columns(p.cells)
        if found:
            columns = found
            reader = reader if reader and reader.columns == columns else _Rows(columns, p.section, clean)
        elif reader:
            task = reader.row(p.cells)
            if task:
                tasks.append(task)
    return tasks


def _columns(cells: Sequence[Cell]) -> list[str]:
    """Return the kind of each column if `cells` are the header of a table of tasks, else []."""
    kinds: list[str] = []
    for text, _, _ in cells:
        name = re.sub(r"\s|（[^（）]*）", "", text)
        known = classify(name) if name else None
        if _NUMBER.fullmatch(name):
            kinds.append("number")
        elif known and (known[0] in UNIT_KINDS or known[0] == "persons") and not known[2]:
            kinds.append(f"{known[0]}+" if known[1] else known[0])
        elif known and known[0] in ("deadline", "period"):
            kinds.append("date")
        elif _TITLE.fullmatch(name):
            kinds.append("title")
        elif _MEASURE.fullmatch(name):
            kinds.append("measure")
        else:
            kinds.append("")
    roles = sum(k.rstrip("+") in UNIT_KINDS or k == "persons" for k in kinds)
    if roles and ("title" in kinds or "measure" in kinds):
        return kinds
    return []


class _Rows:
    """The rows of one table, with what merged cells hand down."""

    def __init__(self, columns: list[str], section: tuple[str, ...], clean: str) -> None:
        self.columns = columns
        self.clean = clean
        self.base = section
        self.section: tuple[str, ...] = ()
        self.count = 0
        self.number = ""
        self.part = 1
        self.title: Span | None = None
        self.kept: dict[int, Cell] = {}

    def enter(self, heading: str) -> None:
        """A line across the table, or between its rows, opens a section."""
        self.section = (heading,)
        self.title, self.number, self.kept = None, "", {}

    def row(self, cells: Sequence[Cell]) -> TableTask | None:
        filled = [c for c in cells if c[0].strip()]
        if not filled:
            return None
        if self._is_section(cells, filled):
            name = "、".join(re.sub(r"\s", "", c[0]).rstrip("、") for c in filled)
            self.enter(name)
            return None
        if len(cells) > len(self.columns) or len(filled) < 2:
            return None
        offset = len(self.columns) - len(cells)
        shift = (
            offset
            if offset and "number" in self.columns and not re.fullmatch(r"\d{1,3}", cells[0][0].strip())
            else 0
        )
        at = {i + shift: c for i, c in enumerate(cells) if c[0].strip()}
        return self._task(at)

    def _is_section(self, cells: Sequence[Cell], filled: Sequence[Cell]) -> bool:
        first = re.sub(r"\s", "", filled[0][0])
        if len(filled) == 1:
            return len(self.columns) > 2 and len(first) <= 60
        return len(filled) == 2 and _SECTION.match(first) is not None and len(first) <= 4

    def _task(self, at: dict[int, Cell]) -> TableTask | None:
        kinds = self.columns
        titles = [i for i, k in enumerate(kinds) if k == "title"]
        measures = [i for i, k in enumerate(kinds) if k == "measure"]
        body = [at[i] for i in (*titles, *measures) if i in at]
        if not body:
            return None
        number = next((at[i][0].strip() for i, k in enumerate(kinds) if k == "number" and i in at), "")
        new_title = next((at[i] for i in titles if i in at), None)
        measure = next((at[i] for i in measures if i in at), None)
        if number or new_title or not titles:
            self.kept = {}
            self.part = 1
            self.title = None
        else:
            self.part += 1
        if number:
            self.number = number
        elif "number" not in kinds or self.part == 1:
            self.count += 1
            self.number = self.number if "number" in kinds and self.number else str(self.count)
        if new_title:
            self.title = self._title(new_title)
        title = self.title or self._title(measure or body[0])
        clause = Clause(min(c[1] for c in at.values()), max(c[2] for c in at.values()))
        for i, kind in enumerate(kinds):
            role = kind.rstrip("+")
            if role not in UNIT_KINDS and role != "persons":
                continue
            cell = at.get(i) or self.kept.get(i)
            if cell:
                self.kept[i] = cell
                read_cell(self.clean, cell[1], cell[2], role, clause, persons=kind.endswith("+"))
        span = (clause.start, clause.end)
        subtitle = self._title(measure) if measure and new_title is None and titles else None
        return TableTask(
            self.number,
            (*self.base, *self.section),
            title,
            span,
            clause if clause.names_units or clause.persons else None,
            subtitle,
            self.part if self.part > 1 else None,
            [(c[1], c[2]) for c in body],
            [(c[1], c[2]) for _, c in sorted(at.items())],
        )

    def _title(self, cell: Cell) -> Span:
        start, end = cell[1], cell[2]
        number = read_number(cell[0])
        if number and number.length < end - start:
            start += number.length
        stop = self.clean.find("。", start, end)
        end = stop if stop > start else end
        while end > start and self.clean[end - 1] in "。；：\n ":
            end -= 1
        return start, end
