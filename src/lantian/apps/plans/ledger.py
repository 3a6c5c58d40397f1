"""From values to rows of the ledger and back, and the columns that repeat what other rows say."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from lantian.apps.core.models import Organisation, Region
from lantian.apps.plans import drafts, standing
from lantian.apps.plans.choices import ROLE_ORDER, CosignStatus, DeadlineKind, UnitRole
from lantian.apps.plans.models import (
    Plan,
    PlanDocument,
    PlanParty,
    ReportingDuty,
    Sanction,
    Section,
    Target,
    Task,
    TaskAdjustment,
    TaskCosign,
    TaskDeadline,
    TaskQuantity,
    TaskUnit,
    TextBlock,
)
from lantian.apps.plans.models.tasks import plain
from lantian.rules.progress.amounts import is_counted
from lantian.rules.progress.targets import measure_of

#: rows of one INSERT; SQLite takes 32,766 values at most in one statement
BATCH = 500

#: name in the plan → organisations that it means, and whether it is a collective name
Known = Mapping[str, tuple[list[int], bool]]


def cut(value: Any, length: int) -> str:
    """A text that fits its column; the whole of it stays in the text of the plan."""
    text = str(value or "")
    return text if len(text) <= length else f"{text[: length - 1]}…"


def lead_name(units: Iterable[Mapping[str, Any]]) -> str:
    """Whom the ledger names first: the leads, else those who share, else the responsible ones."""
    listed = list(units)
    for role in (UnitRole.LEAD, UnitRole.SHARED, UnitRole.RESPONSIBLE):
        names = list(dict.fromkeys(str(unit["name"]) for unit in listed if unit["role"] == role))
        if names:
            return cut("、".join(names), 200)
    return ""


def first_and_last(dates: Iterable[Mapping[str, Any]]) -> tuple[date | None, date | None]:
    """First and last day on which something is due; periods count with their end where there is no deadline."""
    listed = list(dates)
    for kind in (DeadlineKind.DEADLINE, DeadlineKind.PERIOD):
        ends = [day for item in listed if item["kind"] == kind and (day := drafts.day(item.get("end")))]
        if ends:
            return min(ends), max(ends)
    return None, None


def principal_role(roles: Iterable[str]) -> str | None:
    """The role that answers for a task: the leads, else those who share it, else the responsible ones."""
    named = set(roles)
    return next((role for role in (UnitRole.LEAD, UnitRole.SHARED, UnitRole.RESPONSIBLE) if role in named), None)


def unit_rows(task_id: int | None, units: Iterable[Mapping[str, Any]], known: Known) -> list[TaskUnit]:
    """Rows for the units of a task; a collective name becomes one row for each organisation that it means."""
    rows: list[TaskUnit] = []
    seen: set[tuple[str, str]] = set()
    units = list(units)
    answering = principal_role(unit["role"] for unit in units)
    for unit in sorted(units, key=lambda unit: ROLE_ORDER.index(unit["role"])):
        name = str(unit["name"])
        if (unit["role"], name) in seen:
            continue
        seen.add((unit["role"], name))
        organisations, collective = known.get(name, ([], False))
        chosen: list[int | None] = [*organisations] or [None]
        rows.extend(
            TaskUnit(
                task_id=task_id,
                role=unit["role"],
                organisation_id=organisation,
                name=cut(name, 200),
                collective=collective,
                literal=cut(unit.get("literal"), 1000),
                from_default=bool(unit.get("from_default")),
                person=cut(unit.get("person"), 60),
                principal=unit["role"] == answering,
                order=len(rows) + number,
            )
            for number, organisation in enumerate(chosen)
        )
    return rows


def deadline_rows(task_id: int | None, dates: Iterable[Mapping[str, Any]]) -> list[TaskDeadline]:
    """Rows for the dates of a task."""
    return [
        TaskDeadline(
            task_id=task_id,
            kind=item["kind"],
            start=drafts.day(item.get("start")),
            end=drafts.day(item.get("end")),
            text=cut(item.get("text"), 200),
            order=order,
            span_start=(item.get("span") or [None, None])[0],
            span_end=(item.get("span") or [None, None])[1],
        )
        for order, item in enumerate(dates)
    ]


def quantity_rows(task_id: int | None, amounts: Iterable[Mapping[str, Any]]) -> list[TaskQuantity]:
    """Rows for the amounts of a task; an entry without a number has none."""
    return [
        TaskQuantity(
            task_id=task_id,
            order=order,
            what=cut(item.get("what"), 200),
            comparator=item.get("comparator") or "=",
            value=value,
            value_max=drafts.decimal(item.get("value_max")),
            unit=cut(item.get("unit"), 40),
            text=cut(item.get("text"), 300),
            counts=is_counted(
                str(item.get("unit") or ""),
                item.get("comparator") or "=",
                str(item.get("what") or ""),
                str(item.get("text") or ""),
            ),
            span_start=(item.get("span") or [None, None])[0],
            span_end=(item.get("span") or [None, None])[1],
        )
        for order, item in enumerate(amounts)
        if (value := drafts.decimal(item.get("value"))) is not None
    ]


def _place(entry: Mapping[str, Any]) -> dict[str, int | None]:
    start, end = entry.get("span") or (None, None)
    return {"span_start": start, "span_end": end}


def target_fields(entry: Mapping[str, Any], regions: Mapping[str, int]) -> dict[str, Any]:
    """Columns of a target from its values."""
    return {
        "indicator": cut(entry["indicator"], 120),
        "region_name": cut(entry["region"], 120),
        "region_id": regions.get(str(entry["region"])),
        "kind": entry["kind"],
        "comparator": entry["comparator"] or "=",
        "value": drafts.decimal(entry["value"]),
        "unit": cut(entry["unit"], 40),
        "period": cut(entry["period"], 60),
        "base": cut(entry["base"], 120),
        "strength": entry["strength"],
        "from_end": bool(entry["from_end"]),
        "measure": measure_of(str(entry["indicator"]), str(entry["unit"] or ""), str(entry["kind"])),
        "text": entry["text"],
    }


def duty_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a reporting duty from its values."""
    return {
        "who": cut(entry["who"], 300),
        "what": cut(entry["what"], 400),
        "to": cut(entry["to"], 200),
        "when": cut(entry["when"], 200),
        "text": entry["text"],
    }


def sanction_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a sanction from its values."""
    return {
        "problem": cut(entry["problem"], 600),
        "amount": drafts.decimal(entry["amount"]),
        "unit": cut(entry["unit"], 40),
        "text": entry["text"],
    }


def known_regions(names: Iterable[str], region: Region) -> dict[str, int]:
    """Regions that bear exactly one of the names, at or below the place of the plan."""
    wanted = {name for name in names if name}
    found: dict[str, set[int]] = {}
    rows = Region.objects.filter(path__startswith=region.path).values_list("pk", "name", "short_name")
    for key, name, short in rows:
        for word in {name, short} & wanted:
            found.setdefault(word, set()).add(key)
    return {name: next(iter(keys)) for name, keys in found.items() if len(keys) == 1}


_AT_THE_END = 2**31


def _printed(heading: Mapping[str, Any]) -> str:
    """A heading on one line: 一、工作目标 and （一）治理燃煤污染."""
    number, title = str(heading["number"]), str(heading["title"])
    if not number or number.endswith(("）", ")")):
        return f"{number}{title}"
    return f"{number}{'.' if number.isascii() else '、'}{title}"


def _inside_tasks(draft: drafts.Draft) -> Callable[[int, int], bool]:
    """Whether a heading is (part of) a task: an item of its own, or a sub-item inside of one."""
    titles = sorted(
        tuple(task["spans"]["title"]) for task in draft["tasks"] if task.get("spans", {}).get("title")
    )
    bodies = sorted(tuple(task["span"]) for task in draft["tasks"] if task.get("span"))

    def inside(start: int, end: int) -> bool:
        at = bisect_left(titles, (start, 0))
        if at < len(titles) and titles[at][0] < end:
            return True
        before = bisect_right(bodies, (start, _AT_THE_END)) - 1
        return before >= 0 and start < bodies[before][1]

    return inside


class _Tree:
    """The headings of a plan while it is written: nodes by document and path of folded headings."""

    def __init__(self, plan: Plan, documents: list[PlanDocument], draft: drafts.Draft) -> None:
        self.plan, self.documents = plan, documents
        self.nodes: dict[tuple[str, ...], Section] = {}
        self.titles = {drafts.fold(document.title) for document in documents}
        self.rows: list[tuple[int, Section]] = []
        stack: list[tuple[int, tuple[str, ...]]] = []
        current: PlanDocument | None = None
        inside = _inside_tasks(draft)
        for heading in sorted(draft["headings"], key=lambda heading: heading["span"][0]):
            start, end = heading["span"]
            document = self.document_at(start)
            if document is not current:
                stack, current = [], document
            while stack and stack[-1][0] >= heading["level"]:
                stack.pop()
            if inside(start, end):
                continue
            path = (*(stack[-1][1] if stack else (self._root(document),)), drafts.fold(_printed(heading)))
            stack.append((heading["level"], path))
            self._node(path, document, (start, end), _printed(heading))

    @staticmethod
    def _root(document: PlanDocument | None) -> str:
        return f"\0{document.order if document is not None else 0}"

    def document_at(self, offset: int | None) -> PlanDocument | None:
        """The document that a place in the text belongs to."""
        if offset is not None:
            for document in self.documents:
                if document.span_start <= offset < document.span_end:
                    return document
        return self.documents[0] if self.documents else None

    def _node(
        self,
        path: tuple[str, ...],
        document: PlanDocument | None,
        span: tuple[int, int] | None,
        title: str = "",
    ) -> Section:
        known = self.nodes.get(path)
        if known is not None:
            return known
        parent = self._node(path[:-1], document, None) if len(path) > 2 else None
        row = Section(
            plan=self.plan,
            document=document,
            level=len(path) - 1,
            title=cut(title or path[-1], 300),
            span_start=span[0] if span else None,
            span_end=span[1] if span else None,
        )
        row.parent = parent
        self.nodes[path] = row
        self.rows.append((span[0] if span else -1, row))
        return row

    def of_task(self, task: Mapping[str, Any]) -> Section | None:
        """The section that a task stands in; made where no heading was found for it."""
        start = (task.get("span") or [None])[0]
        document = self.document_at(start)
        names = list(task["section"])
        if names and len(self.documents) > 1 and drafts.fold(names[0]) in self.titles:
            names = names[1:]
        if not names:
            return None
        path = (self._root(document), *(drafts.fold(name) for name in names))
        if path in self.nodes:
            return self.nodes[path]
        # The reader may leave out a level of the tree; the last heading before the task with this name is meant.
        meant = [
            row
            for known, row in self.nodes.items()
            if known[0] == path[0]
            and known[-1] == path[-1]
            and (row.span_start is None or start is None or row.span_start <= start)
        ]
        if meant:
            return meant[-1]
        for depth in range(2, len(path) + 1):
            row = self._node(path[:depth], document, None, names[depth - 2])
        at = start if start is not None else _AT_THE_END
        for index, (position, made) in enumerate(self.rows):
            if position == -1:
                self.rows[index] = (at, made)
        return row

    def save(self) -> None:
        """Write the headings, outermost first, in the order of the text."""
        ordered = [row for _, row in sorted(self.rows, key=lambda pair: pair[0])]
        for order, row in enumerate(ordered):
            row.order = order
        for level in sorted({row.level for row in ordered}):
            batch = [row for row in ordered if row.level == level]
            for row in batch:
                row.parent = row.parent  # takes over the key that the parent has been given
            Section.objects.bulk_create(batch, batch_size=BATCH)


def _path(section: Section | None) -> list[Section]:
    path: list[Section] = []
    while section is not None:
        path.insert(0, section)
        section = section.parent
    return path


def chapters_of(sections: list[Section | None]) -> list[Section | None]:
    """The chapter of each task: its outermost heading, unless that heading holds more than half of all tasks.

    Most plans have one heading “重点任务” with nearly everything below it; its parts are then the chapters.
    """
    paths = [_path(section) for section in sections]
    held: dict[int, int] = {}
    for path in paths:
        for section in path:
            held[id(section)] = held.get(id(section), 0) + 1
    found: list[Section | None] = []
    for path in paths:
        depth = 0
        while depth + 1 < len(path) and 2 * held[id(path[depth])] > len(sections):
            depth += 1
        found.append(path[depth] if path else None)
    return found


def task_columns(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Columns of a task from its values, those that repeat its units and dates included; not where it stands."""
    first, last = first_and_last(entry["deadlines"])
    return {
        "number": cut(entry["number"], 40),
        "part": entry["part"],
        "title": cut(entry["title"], 400),
        "subtitle": cut(entry["subtitle"], 400),
        "text": entry["text"],
        "covers": entry["covers"],
        "persons": entry["persons"],
        "recurrence": entry["recurrence"],
        "spans": entry["spans"],
        "lead_name": lead_name(entry["units"]),
        "next_deadline": first,
        "last_deadline": last,
        **_place(entry),
    }


#: an entry, its section, its chapter and its order
Placed = tuple[Mapping[str, Any], Section | None, Section | None, int]


def write_tasks(plan: Plan, placed: Sequence[Placed], known: Known) -> list[Task]:
    """Write new tasks with their rows and let them stand; a fixed number of statements for each batch."""
    tasks: list[Task] = []
    now = timezone.now()
    for entry, section, chapter, order in placed:
        task = Task(
            plan=plan, section=section, chapter=chapter, order=order, created_at=now, **task_columns(entry)
        )
        # Before it is written, because to update many rows takes longer than everything else.
        standing.begin(task, deadline_rows(None, entry["deadlines"]))
        tasks.append(task)
    Task.objects.bulk_create(tasks, batch_size=BATCH)
    units: list[TaskUnit] = []
    dates: list[TaskDeadline] = []
    amounts: list[TaskQuantity] = []
    for task, (entry, _section, _chapter, _order) in zip(tasks, placed, strict=True):
        units.extend(unit_rows(task.pk, entry["units"], known))
        dates.extend(deadline_rows(task.pk, entry["deadlines"]))
        amounts.extend(quantity_rows(task.pk, entry["quantities"]))
    TaskUnit.objects.bulk_create(units, batch_size=BATCH)
    TaskDeadline.objects.bulk_create(dates, batch_size=BATCH)
    TaskQuantity.objects.bulk_create(amounts, batch_size=BATCH)
    standing.open_begun(tasks)
    return tasks


def write_headings(
    plan: Plan, draft: drafts.Draft, entries: Sequence[Mapping[str, Any]]
) -> list[Section | None]:
    """Write documents, headings and text blocks; returns the heading that each task stands under."""
    documents = PlanDocument.objects.bulk_create(
        PlanDocument(
            plan=plan,
            order=order,
            title=cut(item["title"], 300),
            issuer=cut(item["issuer"], 120),
            document_number=cut(item["document_number"], 80),
            issued_on=drafts.day(item["issued_on"]),
            span_start=item["span"][0],
            span_end=item["span"][1],
        )
        for order, item in enumerate(draft["documents"])
    )
    tree = _Tree(plan, documents, draft)
    sections = [tree.of_task(entry) for entry in entries]
    tree.save()
    TextBlock.objects.bulk_create(
        TextBlock(plan=plan, kind=item["kind"], title=cut(item["title"], 300), **_place(item))
        for item in draft["blocks"]
    )
    return sections


def write(plan: Plan, draft: drafts.Draft, known: Known) -> dict[str, int]:
    """Write everything that a draft holds under a saved plan; returns how many rows of each kind.

    Parameters
    ----------
    known
        What each unit name means; names that are not in it are kept as names only.
    """
    entries = drafts.kept(draft, "task")
    sections = write_headings(plan, draft, entries)
    placed = zip(entries, sections, chapters_of(sections), range(1, len(entries) + 1), strict=True)
    tasks = write_tasks(plan, list(placed), known)

    targets = drafts.kept(draft, "target")
    regions = known_regions((entry["region"] for entry in targets), plan.region)
    Target.objects.bulk_create(
        (
            Target(plan=plan, order=order, **target_fields(entry, regions), **_place(entry))
            for order, entry in enumerate(targets, 1)
        ),
        batch_size=BATCH,
    )
    duties = drafts.kept(draft, "duty")
    ReportingDuty.objects.bulk_create(
        (
            ReportingDuty(plan=plan, order=order, **duty_fields(entry), **_place(entry))
            for order, entry in enumerate(duties, 1)
        ),
        batch_size=BATCH,
    )
    sanctions = drafts.kept(draft, "sanction")
    Sanction.objects.bulk_create(
        (
            Sanction(plan=plan, order=order, **sanction_fields(entry), **_place(entry))
            for order, entry in enumerate(sanctions, 1)
        ),
        batch_size=BATCH,
    )
    refresh_parties([plan.pk])
    return {
        "tasks": len(tasks),
        "targets": len(targets),
        "duties": len(duties),
        "sanctions": len(sanctions),
        "units": TaskUnit.objects.filter(task__plan=plan).count(),
    }


def task_values(task: Task, only: Collection[str] | None = None) -> dict[str, Any]:
    """The values of a task in the shape of a draft's entry.

    Parameters
    ----------
    only
        The fields that are wanted; rows below the task are not fetched for others.
    """
    words = ("number", "part", "title", "subtitle", "text", "covers", "persons", "recurrence")
    found: dict[str, Any] = {name: getattr(task, name) for name in words if only is None or name in only}
    below = {"units": _unit_values, "deadlines": _date_values, "quantities": _amount_values}
    found.update({name: read(task) for name, read in below.items() if only is None or name in only})
    return found


def _span_of(row: TaskDeadline | TaskQuantity) -> list[int | None] | None:
    return [row.span_start, row.span_end] if row.span_start is not None else None


def _unit_values(task: Task) -> list[dict[str, Any]]:
    units: dict[tuple[str, str], dict[str, Any]] = {}
    for unit in task.units.all():
        units.setdefault(
            (unit.role, unit.name),
            {
                "role": unit.role,
                "name": unit.name,
                "literal": unit.literal,
                "from_default": unit.from_default,
                "person": unit.person,
            },
        )
    return list(units.values())


def _date_values(task: Task) -> list[dict[str, Any]]:
    return [
        {
            "kind": item.kind,
            "start": item.start.isoformat() if item.start else None,
            "end": item.end.isoformat() if item.end else None,
            "text": item.text,
            "span": _span_of(item),
        }
        for item in task.deadlines.all()
    ]


def _amount_values(task: Task) -> list[dict[str, Any]]:
    return [
        {
            "what": item.what,
            "comparator": item.comparator,
            "value": plain(item.value),
            "value_max": plain(item.value_max) or None,
            "unit": item.unit,
            "text": item.text,
            "span": _span_of(item),
        }
        for item in task.quantities.all()
    ]


def row_values(row: Target | ReportingDuty | Sanction) -> dict[str, Any]:
    """The values of a target, duty or sanction in the shape of a draft's entry."""
    if isinstance(row, Target):
        return {
            "indicator": row.indicator,
            "region": row.region_name,
            "kind": row.kind,
            "comparator": row.comparator,
            "value": row.number or None,
            "unit": row.unit,
            "period": row.period,
            "base": row.base,
            "strength": row.strength,
            "from_end": row.from_end,
            "text": row.text,
        }
    if isinstance(row, ReportingDuty):
        return {"who": row.who, "what": row.what, "to": row.to, "when": row.when, "text": row.text}
    return {"problem": row.problem, "amount": row.number or None, "unit": row.unit, "text": row.text}


def refresh_task(task: Task) -> None:
    """Bring the repeated columns of a task in line with its units and dates; does not save."""
    refresh_lead(task)
    refresh_dates(task)


def refresh_lead(task: Task) -> None:
    """Bring the name of whoever leads in line with the units; does not save."""
    task.lead_name = lead_name([{"role": unit.role, "name": unit.name} for unit in task.units.all()])


def refresh_dates(task: Task, rows: Iterable[TaskDeadline] | None = None) -> None:
    """Bring first and last deadline in line with the dates (as given, else as written); does not save."""
    ends: dict[str, list[date]] = {}
    for row in TaskDeadline.objects.filter(task=task) if rows is None else rows:
        if row.end is not None:
            ends.setdefault(row.kind, []).append(row.end)
    found = ends.get(DeadlineKind.DEADLINE) or ends.get(DeadlineKind.PERIOD) or []
    task.next_deadline, task.last_deadline = min(found, default=None), max(found, default=None)


def match_rows(
    old: Iterable[Any], new: Iterable[Any], *keys: Callable[[Any], Any]
) -> list[tuple[Any, Any]]:
    """Let new rows take the place of old ones that mean the same, by the first key that agrees; one for one.

    Returns
    -------
    list[tuple[Any, Any]]
        Pairs of the new row and the old one whose key it has now.
    """
    pairs: list[tuple[Any, Any]] = []
    left = list(old)
    waiting = list(new)
    for key in keys:
        known: dict[Any, list[Any]] = {}
        for row in left:
            known.setdefault(key(row), []).append(row)
        for row in list(waiting):
            same = known.get(key(row))
            if same:
                before = same.pop(0)
                row.pk = before.pk
                pairs.append((row, before))
                left.remove(before)
                waiting = [other for other in waiting if other is not row]
    return pairs


def _replace(model: Any, old: Sequence[Any], new: Sequence[Any]) -> None:
    """Write rows over those whose place they take, add the others, remove what is left."""
    # Rows keep their keys, because events and the parts that were handed down refer to them.
    model.objects.filter(pk__in={row.pk for row in old} - {row.pk for row in new if row.pk}).delete()
    for row in new:
        row.save(force_update=row.pk is not None, force_insert=row.pk is None)


def other_dates(
    task: Task, values: Iterable[Mapping[str, Any]]
) -> tuple[list[TaskDeadline], list[TaskDeadline]]:
    """The dates of a task and those that replace them; of those that stay is kept: share due, day they were met."""
    old, new = list(task.deadlines.all()), deadline_rows(task.pk, values)
    for row, before in match_rows(
        old, new, lambda row: (row.kind, row.start, row.end, row.text), lambda row: (row.kind, row.end)
    ):
        row.share, row.met_on = before.share, before.met_on
    return old, new


def replace_dates(task: Task, values: Iterable[Mapping[str, Any]]) -> list[TaskDeadline]:
    """Give a task other dates, as :func:`other_dates` says, and give their rows."""
    old, new = other_dates(task, values)
    _replace(TaskDeadline, old, new)
    return new


def match_amounts(
    old: Iterable[TaskQuantity], new: Iterable[TaskQuantity]
) -> list[tuple[TaskQuantity, TaskQuantity]]:
    """Give new amounts the keys of those that they replace; others have none."""
    return match_rows(
        old,
        new,
        lambda row: (row.what, row.unit, row.value, row.comparator),
        lambda row: (row.what, row.unit),
    )


def replace_amounts(task: Task, values: Iterable[Mapping[str, Any]]) -> list[TaskQuantity]:
    """Give a task other amounts; what is known of those that stay is kept: what is done, and whose part they are."""
    old, new = list(task.quantities.all()), quantity_rows(task.pk, values)
    for row, before in match_amounts(old, new):
        row.done, row.part_of_id = before.done, before.part_of_id
        if row.comparator == before.comparator:
            row.counts = before.counts
    _replace(TaskQuantity, old, new)
    return new


def refresh_parties(plans: Iterable[int]) -> None:
    """Bring the parties of plans in line with their units, issuers and the organisation that imported them."""
    for key in plans:
        plan = Plan.objects.select_related("created_by").get(pk=key)
        wanted = set(
            TaskUnit.objects.filter(task__plan_id=key, organisation__isnull=False)
            .order_by()
            .values_list("organisation_id", flat=True)
            .distinct()
        )
        if plan.issuer_organisation_id:
            wanted.add(plan.issuer_organisation_id)
        if plan.created_by is not None and plan.created_by.organisation_id:
            wanted.add(plan.created_by.organisation_id)
        present = set(PlanParty.objects.filter(plan_id=key).values_list("organisation_id", flat=True))
        PlanParty.objects.filter(plan_id=key, organisation_id__in=present - wanted).delete()
        PlanParty.objects.bulk_create(
            (PlanParty(plan_id=key, organisation_id=organisation) for organisation in wanted - present),
            batch_size=BATCH,
        )


def move_units(rows: Any, target: Organisation) -> int:
    """Link units of tasks to another organisation; where a collective name means it already, one row is enough."""
    there = TaskUnit.objects.filter(
        task=OuterRef("task"), role=OuterRef("role"), name=OuterRef("name"), organisation=target
    )
    doubled = list(rows.filter(Exists(there), collective=True).values_list("pk", flat=True))
    moved: int = TaskUnit.objects.filter(pk__in=doubled).delete()[0]
    return moved + int(rows.update(organisation=target))


def move_cosigns(tasks: Iterable[int] | None, source: Organisation, target: Organisation) -> int:
    """Let another organisation sign; where it was asked itself, its own signature is enough.

    Parameters
    ----------
    tasks
        Keys of tasks, of which what is still asked moves; None moves all that there ever was.
    """
    rows = TaskCosign.objects.filter(organisation=source)
    if tasks is not None:
        rows = rows.filter(task__in=list(tasks), status=CosignStatus.ASKED)
    own = TaskCosign.objects.filter(task=OuterRef("task"), organisation=target, status=CosignStatus.ASKED)
    asked = list(rows.filter(Exists(own), status=CosignStatus.ASKED).values_list("pk", flat=True))
    TaskCosign.objects.filter(pk__in=asked).update(status=CosignStatus.LAPSED)
    return int(rows.update(organisation=target))


def repoint(source: Organisation, target: Organisation) -> int:
    """Move the units of an organisation that was merged into another; a task that has both keeps one row a role."""
    rows = TaskUnit.objects.filter(organisation=source)
    plans = set(rows.values_list("task__plan_id", flat=True)) | set(
        Plan.objects.filter(issuer_organisation=source).values_list("pk", flat=True)
    )
    moved = move_units(rows, target)
    moved += move_cosigns(None, source, target)
    moved += TaskAdjustment.objects.filter(organisation=source).update(organisation=target)
    moved += Plan.objects.filter(issuer_organisation=source).update(issuer_organisation=target)
    refresh_parties(plans)
    return moved
