"""The rows of a plan brought in line with a newer text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.models import User
from lantian.apps.plans import drafts, ledger, revisions, standing
from lantian.apps.plans.choices import AdjustmentStatus, CosignStatus, EventKind, TaskState
from lantian.apps.plans.models import (
    Plan,
    PlanDocument,
    ReportingDuty,
    Sanction,
    Section,
    Target,
    TargetReading,
    Task,
    TaskAdjustment,
    TaskCosign,
    TaskDeadline,
    TaskEvent,
    TaskQuantity,
    TaskUnit,
    TextBlock,
)
from lantian.apps.plans.revisions import Comparison, Pair

TASK_COLUMNS = (
    "number",
    "part",
    "title",
    "subtitle",
    "text",
    "covers",
    "persons",
    "recurrence",
    "spans",
    "span_start",
    "span_end",
    "lead_name",
    "next_deadline",
    "last_deadline",
    "section",
    "chapter",
    "order",
    "dropped_on",
    "version",
    "updated_at",
)


class Rewrite:
    """The rows of a plan brought in line with a comparison; a fixed number of statements for each batch."""

    kinds = {Target: "target", ReportingDuty: "duty", Sanction: "sanction"}

    def __init__(
        self,
        plan: Plan,
        draft: drafts.Draft,
        found: Comparison,
        known: ledger.Known,
        *,
        today: date,
        user: User | None,
    ) -> None:
        self.plan, self.draft, self.found, self.known = plan, draft, found, known
        self.today, self.user = today, user
        self.changed: list[Pair] = found.of("task", "changed")
        self.left: list[Task] = []
        self.made: list[Task] = []
        #: row, before, after in words; of targets, duties and sanctions
        self.rows: list[tuple[Any, dict[str, str] | None, dict[str, Any] | None]] = []
        self.counts: dict[str, int] = {}

    def tasks(self) -> None:
        """Headings first, then tasks that stay, go and come."""
        pairs = [pair for pair in self.found.pairs["task"] if pair.entry is not None]
        entries = [pair.entry for pair in pairs if pair.entry is not None]
        sections, old = self._headings(entries)
        chapters = ledger.chapters_of(sections)
        every = list(
            Task._base_manager.filter(plan=self.plan).select_related("section", "chapter").order_by("order")
        )
        rows = {task.pk: task for task in every}
        parts: dict[int, list[Task]] = {}
        for task in every:
            if task.parent_id:
                parts.setdefault(task.parent_id, []).append(task)
        order, written, fresh = 0, [], []
        #: tasks without a place in the newer text
        placeless: list[int] = []

        def whole(task: Task) -> list[Task]:
            return [task, *(below for part in parts.get(task.pk, []) for below in whole(part))]

        now = timezone.now()
        for pair, section, chapter in zip(pairs, sections, chapters, strict=True):
            order += 1
            assert pair.entry is not None
            if pair.row is None:
                fresh.append((pair.entry, section, chapter, order))
                continue
            task = rows[pair.row.pk]
            self._columns(task, pair)
            for at, one in enumerate(whole(task)):
                one.section, one.chapter, one.order, one.updated_at = section, chapter, order + at, now
                if pair.revived:
                    one.dropped_on = None
                written.append(one)
            order += len(whole(task)) - 1
        placed = _Headings(old, [section for section in [*sections, *chapters] if section is not None])
        for pair in self.found.pairs["task"]:
            if pair.entry is not None:
                continue
            for one in whole(rows[pair.row.pk]):
                order += 1
                one.section, one.chapter = placed.of(one.section), placed.of(one.chapter)
                one.order, one.updated_at = order, now
                one.spans, one.span_start, one.span_end = {}, None, None
                placeless.append(one.pk)
                if pair.status == "left":
                    one.dropped_on, one.version = self.today, one.version + 1
                    self.left.append(one)
                written.append(one)
        done = {task.pk for task in written}
        for task in every:  # what earlier texts had left out
            if task.pk not in done:
                order += 1
                task.section, task.chapter = placed.of(task.section), placed.of(task.chapter)
                task.order = order
                written.append(task)
        placed.close()
        _overwrite(Task, written, TASK_COLUMNS)
        self._units(rows)
        for model in (TaskDeadline, TaskQuantity):
            model.objects.filter(task__in=placeless).update(span_start=None, span_end=None)
        asked = self._dates(rows)
        asked |= self._amounts(rows)
        self.made = ledger.write_tasks(self.plan, fresh, self.known)
        gone = [task.pk for task in self.left]
        TaskCosign.objects.filter(task__in=gone, status=CosignStatus.ASKED).update(status=CosignStatus.LAPSED)
        TaskAdjustment.objects.filter(task__in=gone, status=AdjustmentStatus.ASKED).update(
            status=AdjustmentStatus.WITHDRAWN, note=__("A newer text of the plan has left the task out.")
        )
        standing.refresh_many(sorted(asked))
        self.counts = {
            "changed": len(self.changed),
            "new": len(self.made),
            "left": len(self.left),
            "same": len(self.found.of("task", "same")),
        }

    def _columns(self, task: Task, pair: Pair) -> None:
        """What the newer text says of a task; fields in which the ledger stays are not touched."""
        entry = pair.entry
        assert entry is not None
        columns = ledger.task_columns(entry)
        for name in ("number", "part", "title", "subtitle", "text", "covers", "persons", "recurrence"):
            if name in pair.values:
                setattr(task, name, columns[name])
        task.spans, task.span_start, task.span_end = (
            columns["spans"],
            columns["span_start"],
            columns["span_end"],
        )
        if "units" in pair.values:
            task.lead_name = columns["lead_name"]
        if "deadlines" in pair.values:
            task.next_deadline, task.last_deadline = columns["next_deadline"], columns["last_deadline"]
        if pair.status == "changed":
            task.version += 1

    def _headings(self, entries: list[drafts.Entry]) -> tuple[list[Section | None], list[Section]]:
        """Write documents, headings and blocks anew; returns the heading of each entry, and the old headings."""
        plan, draft = self.plan, self.draft
        old = list(Section.objects.filter(plan=plan).order_by("order", "pk"))
        Section.objects.filter(plan=plan).update(document=None)
        PlanDocument.objects.filter(plan=plan).delete()
        TextBlock.objects.filter(plan=plan).delete()
        sections = ledger.write_headings(plan, draft, entries)
        return sections, old

    def _meaning(self, pair: Pair) -> ledger.Known:
        """A name that the task had in the same role means what it meant; other names what the import says."""
        kept: dict[str, tuple[list[int], bool]] = {}
        for unit in pair.row.units.all():
            if unit.organisation_id is not None:
                keys, _collective = kept.setdefault(unit.name, ([], unit.collective))
                if unit.organisation_id not in keys:
                    keys.append(unit.organisation_id)
        return {**self.known, **kept}

    def _units(self, rows: Mapping[int, Task]) -> None:
        pairs = [pair for pair in self.changed if "units" in pair.values]
        TaskUnit.objects.filter(task__in=[pair.row.pk for pair in pairs]).delete()
        TaskUnit.objects.bulk_create(
            (
                unit
                for pair in pairs
                for unit in ledger.unit_rows(pair.row.pk, pair.values["units"], self._meaning(pair))
            ),
            batch_size=ledger.BATCH,
        )

    def _paired(self) -> Iterable[tuple[Pair, drafts.Entry]]:
        for pair in self.found.pairs["task"]:
            if pair.row is not None and pair.entry is not None:
                yield pair, pair.entry

    def _dates(self, rows: Mapping[int, Task]) -> set[int]:
        """Dates with their places; those that stay keep the share due and the day on which they were met."""
        writer = _Rows(TaskDeadline)
        asked: set[int] = set()
        for pair, entry in self._paired():
            old = list(pair.row.deadlines.all())
            kept = any(change.name == "deadlines" for change in pair.kept)
            if kept:
                writer.places(old, entry["deadlines"])
                continue
            new = ledger.deadline_rows(pair.row.pk, entry["deadlines"])
            same = len(old) == len(new)
            for row, before in ledger.match_rows(
                old,
                new,
                lambda one: (one.kind, one.start, one.end, one.text),
                lambda one: (one.kind, one.end),
                *([lambda one: (one.kind, one.order)] if same else []),
            ):
                row.share, row.met_on = before.share, before.met_on
            writer.add(old, new)
            if "deadlines" in pair.values:
                asked.add(pair.row.pk)
        writer.write(("kind", "start", "end", "text", "share", "met_on", "order", "span_start", "span_end"))
        return asked

    def _amounts(self, rows: Mapping[int, Task]) -> set[int]:
        """Amounts with their places; those that stay keep what is done and whose part they are."""
        writer = _Rows(TaskQuantity)
        asked: set[int] = set()
        told: list[TaskEvent] = []
        for pair, entry in self._paired():
            old = list(pair.row.quantities.all())
            if any(change.name == "quantities" for change in pair.kept):
                writer.places(old, entry["quantities"])
                continue
            new = ledger.quantity_rows(pair.row.pk, entry["quantities"])
            same = len(old) == len(new)
            for row, before in ledger.match_rows(
                old,
                new,
                lambda one: (one.what, one.unit, one.value, one.comparator),
                lambda one: (one.what, one.unit),
                *([lambda one: (one.unit, one.order)] if same else []),
            ):
                row.done, row.part_of_id = before.done, before.part_of_id
                if row.comparator == before.comparator:
                    row.counts = before.counts
            writer.add(old, new)
            task = rows[pair.row.pk]
            if "quantities" not in pair.values or task.state == TaskState.ACCEPTED:
                continue
            percent = standing.percent_of_amounts(new)
            if percent is not None and percent != task.percent:
                asked.add(task.pk)
                told.append(
                    TaskEvent(
                        task=task,
                        kind=EventKind.ADJUST,
                        on=self.today,
                        user=self.user,
                        organisation=self.user.organisation if self.user is not None else None,
                        state=task.state,
                        percent=percent,
                        note=__("A corrected text of the plan names another amount."),
                        data={"percent_changed": True},
                    )
                )
        writer.write(
            (
                "what",
                "comparator",
                "value",
                "value_max",
                "unit",
                "text",
                "counts",
                "done",
                "part_of",
                "order",
                "span_start",
                "span_end",
            )
        )
        TaskEvent.objects.bulk_create(told, batch_size=ledger.BATCH)
        return asked

    def others(self) -> dict[str, int]:
        """Targets, duties and sanctions; a target with values that people entered is not taken away."""
        regions = ledger.known_regions(
            (entry["region"] for entry in drafts.kept(self.draft, "target")), self.plan.region
        )
        columns: dict[str, tuple[Any, Callable[[Any], dict[str, Any]]]] = {
            "target": (Target, lambda entry: ledger.target_fields(entry, regions)),
            "duty": (ReportingDuty, ledger.duty_fields),
            "sanction": (Sanction, ledger.sanction_fields),
        }
        measured = set(TargetReading.objects.filter(target__plan=self.plan).values_list("target", flat=True))
        counts: dict[str, int] = {}
        for kind, (model, fields) in columns.items():
            written, fresh, gone, order = [], [], [], 0
            for pair in self.found.pairs[kind]:
                order += 1
                if pair.entry is None:
                    if pair.status == "left" and not (kind == "target" and pair.row.pk in measured):
                        gone.append(pair.row)
                        said = {name: text for name, text in _words(kind, pair.row).items() if text}
                        self.rows.append((pair.row, said, None))
                        continue
                    pair.row.order, pair.row.span_start, pair.row.span_end = order, None, None
                    written.append(pair.row)
                    continue
                span = pair.entry.get("span") or (None, None)
                if pair.row is None:
                    fresh.append(
                        model(
                            plan=self.plan,
                            order=order,
                            span_start=span[0],
                            span_end=span[1],
                            **fields(pair.entry),
                        )
                    )
                    continue
                row, changes = pair.row, [change for change in pair.changes if not change.kept]
                if changes:
                    merged = {**ledger.row_values(row), **pair.values}
                    wanted = fields(merged)
                    if kind == "target" and not {"indicator", "unit", "kind"} & set(pair.values):
                        # What it is measured as may have been chosen by a person.
                        del wanted["measure"]
                    for name, value in wanted.items():
                        setattr(row, name, value)
                    row.version += 1
                    self.rows.append(
                        (
                            row,
                            {_log_name(change.name): change.before for change in changes},
                            {_log_name(change.name): change.after for change in changes},
                        )
                    )
                row.order, row.span_start, row.span_end = order, span[0], span[1]
                written.append(row)
            names = tuple(name.removesuffix("_id") for name in fields(drafts.blank(kind)))
            for row in written:
                row.updated_at = timezone.now()
            _overwrite(model, written, (*names, "order", "span_start", "span_end", "version", "updated_at"))
            for row in model.objects.bulk_create(fresh, batch_size=ledger.BATCH):
                self.rows.append(
                    (row, None, {name: text for name, text in _words(kind, row).items() if text})
                )
            model.objects.filter(pk__in=[row.pk for row in gone]).delete()
            counts[drafts.KINDS[kind][0]] = (
                len(fresh) + len(gone) + sum(bool(one.values) for one in self.found.pairs[kind])
            )
        return counts


def _log_name(name: str) -> str:
    """Under a name of its own where rows have a foreign key of the same name, which the log would look up."""
    return "place" if name == "region" else name


def _words(kind: str, row: Any) -> dict[str, str]:
    return {
        _log_name(name): revisions.in_words(kind, name, value)
        for name, value in ledger.row_values(row).items()
    }


def _overwrite(model: Any, rows: Sequence[Any], names: Sequence[str]) -> None:
    """Write some columns of many rows at once."""
    model.objects.bulk_create(
        rows, batch_size=200, update_conflicts=True, unique_fields=["id"], update_fields=list(names)
    )


class _Rows:
    """Rows that hang on tasks, gathered and then written at once."""

    def __init__(self, model: Any) -> None:
        self.model = model
        self.fresh: list[Any] = []
        self.changed: list[Any] = []
        self.gone: list[int] = []

    def add(self, old: Sequence[Any], new: Sequence[Any]) -> None:
        """New rows with or without the key of an old one."""
        left = {row.pk for row in old} - {row.pk for row in new}
        self.gone.extend(left)
        for row in new:
            (self.changed if row.pk else self.fresh).append(row)

    def places(self, old: Sequence[Any], items: Iterable[Mapping[str, Any]]) -> None:
        """Rows that stay as they are: only their places in the text are looked up anew."""
        spans = {item.get("text"): item.get("span") for item in items}
        for row in old:
            row.span_start, row.span_end = spans.get(row.text) or (None, None)
            self.changed.append(row)

    def write(self, names: Sequence[str]) -> None:
        """All of them."""
        self.model.objects.filter(pk__in=self.gone).delete()
        _overwrite(self.model, self.changed, names)
        self.model.objects.bulk_create(self.fresh, batch_size=ledger.BATCH)


class _Headings:
    """Where rows that the newer text does not have stand from now on."""

    def __init__(self, old: Sequence[Section], new: Sequence[Section]) -> None:
        self.old = {section.pk: section for section in old}
        self.used: set[int] = set()
        self.by_title: dict[str, Section] = {}
        for section in new:
            self.by_title.setdefault(drafts.fold(section.title), section)

    def of(self, section: Section | None) -> Section | None:
        """The heading of the newer text with the same words, else the old one, which is kept then."""
        if section is None or section.pk not in self.old:
            return section
        found = self.by_title.get(drafts.fold(section.title))
        if found is not None:
            return found
        self.used.add(section.pk)
        return self.old[section.pk]

    def close(self) -> None:
        """Take old headings away that nothing stands under any more."""
        last = max((section.order for section in self.by_title.values()), default=0)
        rows = Section.objects.filter(pk__in=self.used)
        rows.update(parent=None, level=1, order=last + 1, span_start=None, span_end=None)
        # Tasks still point at them until they are written anew; setting them free is the database's work.
        Section.objects.filter(pk__in=set(self.old) - self.used).delete()
