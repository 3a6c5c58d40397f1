"""Lines without a system number: tasks that are new."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as __

from lantian.apps.core.importers.base import Change
from lantian.apps.plans import drafts, ledger
from lantian.apps.plans.excel import compare, parse
from lantian.apps.plans.excel.columns import BY_KEY, ROLES
from lantian.apps.plans.excel.sheets import Line
from lantian.apps.plans.models import Plan, Section, Task
from lantian.office.cells import read_date

#: a task's name that is made from its text is at most this long
TITLE_LENGTH = 60
#: longer names are the text of the task, written into the column of the name
LONGEST_TITLE = 120


@dataclass
class Fresh:
    """A new task as its line has it.

    Attributes
    ----------
    entry
        Values in the shape of a draft's entry; the units once their names are known.
    units
        Role → names.
    """

    line: Line
    plan: Plan
    entry: dict[str, Any]
    units: dict[str, list[str]] = field(default_factory=dict)
    progress: compare.Progress = field(default_factory=compare.Progress)
    task: Task | None = None
    change: Change | None = None

    def after(self) -> dict[str, str]:
        """The cells that count, for the page."""
        shown = ("plan", "chapter", "section", "number", "title", "text", *ROLES, "persons", "dates", "amount", "unit",
                 "done", "percent", "limits", "recurrence", "note")  # fmt: skip
        found = {key: self.line.cells[key] for key in shown if self.line.cells.get(key)}
        return {**found, "plan": self.plan.title, "title": self.entry["title"]}

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same as another task of its plan."""
        return same_key(self.entry["number"], self.entry["title"], self.entry["text"])


def same_key(number: str, title: str, text: str) -> tuple[str, str, str]:
    """Number, name and text without signs and widths."""
    return drafts.fold(number), drafts.fold(title), drafts.fold(text)[:400]


def name_of(text: str) -> str:
    """A name for a task that only has a text: its first clause."""
    first = re.split(r"[。；;：:\n]", text.strip())[0].strip()
    bare = re.sub(r"^(?:\d{1,3}[.、．]|[（(]?[一二三四五六七八九十\d]{1,3}[）)、])\s*", "", first) or first
    if len(bare) > TITLE_LENGTH:
        clause = re.split("[，,]", bare)[0]
        bare = clause if 4 <= len(clause) <= TITLE_LENGTH else f"{bare[: TITLE_LENGTH - 1]}…"
    return bare


def entry_of(line: Line, plan: Plan) -> Fresh:
    """What a line says of a new task.

    Raises
    ------
    WrongCell
        A cell cannot be understood.
    """
    told = line.cells
    title, text = told.get("title", ""), told.get("text", "")
    if not title and text:
        title = name_of(text)
    elif len(title) > LONGEST_TITLE or "\n" in title:
        text = text or title
        title = name_of(title)
    if not title:
        raise compare.WrongCell("title", "cell_empty", __("“%(heading)s” must not be empty.") % {"heading": BY_KEY["title"].heading})
    entry = drafts.blank("task")
    entry.update(
        number=told.get("number", ""),
        title=title,
        subtitle=told.get("subtitle", ""),
        text=text,
        persons=parse.split(told.get("persons", ""), "、，,；;\n"),
        recurrence=parse.split(told.get("recurrence", "")),
    )
    year = compare.year_of(plan)
    entry["deadlines"] = cell("dates", parse.dates, told.get("dates", ""), {}, year)
    counted = cell("amount", parse.amounts, told.get("amount", ""), {}, told.get("unit", ""))
    limits = cell("limits", parse.amounts, told.get("limits", ""), {})
    entry["quantities"] = [*counted, *limits]
    fresh = Fresh(line, plan, entry)
    for role in ROLES:
        if told.get(role):
            fresh.units[role] = parse.names(told[role])
    units = [str(item["unit"]) for item in entry["quantities"] if compare.counts(item)]
    _progress(fresh, units, year)
    return fresh


def cell(key: str, call: Any, *arguments: Any) -> Any:
    """Read a cell; raises :class:`lantian.apps.plans.excel.compare.WrongCell`."""
    from lantian.office.cells import CellError

    try:
        return call(*arguments)
    except CellError as error:
        raise compare.told(key, error) from error


def _progress(fresh: Fresh, units: list[str], year: int | None) -> None:
    told, progress = fresh.line.cells, fresh.progress
    if told.get("done") and units:
        found = cell("done", parse.done, told["done"], units)
        progress.done = {place: said for place, said in enumerate(found) if said}
    if told.get("percent") and not units:
        share = cell("percent", parse.share, told["percent"])
        progress.percent = share or None
    progress.note = told.get("note", "")
    if told.get("reported"):
        day = cell("reported", lambda text: read_date(text, default_year=year), told["reported"])
        progress.on = day.on if day is not None else None


def sections_of(plan: Plan, wanted: list[Fresh]) -> dict[tuple[str, str], tuple[Section | None, Section | None]]:
    """Chapter and section for each pair of headings that the lines name; those that the plan lacks are made."""
    rows = list(Section.objects.filter(plan=plan).order_by("order", "pk"))
    order = max((row.order for row in rows), default=0)
    by_title: dict[tuple[int | None, str], Section] = {}
    anywhere: dict[str, Section] = {}
    for row in rows:
        by_title.setdefault((row.parent_id, drafts.fold(row.title)), row)
        anywhere.setdefault(drafts.fold(row.title), row)
    found: dict[tuple[str, str], tuple[Section | None, Section | None]] = {}

    def of(title: str, parent: Section | None) -> Section:
        nonlocal order
        folded = drafts.fold(title)
        known = by_title.get((parent.pk if parent else None, folded)) if parent else anywhere.get(folded)
        if known is None:
            order += 1
            known = Section.objects.create(
                plan=plan, parent=parent, level=parent.level + 1 if parent else 1, title=ledger.cut(title, 300), order=order
            )
            by_title[(known.parent_id, folded)] = known
            anywhere.setdefault(folded, known)
        return known

    for one in wanted:
        pair = (one.line.cells.get("chapter", ""), one.line.cells.get("section", ""))
        if pair not in found:
            chapter = of(pair[0], None) if drafts.fold(pair[0]) else None
            section = of(pair[1], chapter) if drafts.fold(pair[1]) else chapter
            found[pair] = (chapter or section, section)
    return found


def write(plan: Plan, wanted: list[Fresh], known: ledger.Known) -> list[Task]:
    """Write new tasks at the end of a plan; a fixed number of statements for each batch."""
    places = sections_of(plan, wanted)
    last = Task._base_manager.filter(plan=plan).aggregate(last=Max("order"))["last"] or 0
    placed: list[ledger.Placed] = []
    for order, one in enumerate(wanted, last + 1):
        chapter, section = places[(one.line.cells.get("chapter", ""), one.line.cells.get("section", ""))]
        placed.append((one.entry, section, chapter, order))
    tasks = ledger.write_tasks(plan, placed, known)
    for one, task in zip(wanted, tasks, strict=True):
        one.task = task
    return tasks
