"""Tasks that a file changes, held together: read and locked at once, changed by the actions one by one, written at once.

A task stands beside the others only where its change reaches no other task: neither is it a part nor has it parts. The
others are changed by their actions as on the page.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Prefetch

from lantian.apps.core.exceptions import NotFound
from lantian.apps.core.models import Organisation
from lantian.apps.plans import ledger, standing
from lantian.apps.plans.actions import EditTask, ReportProgress
from lantian.apps.plans.actions.editing import PLAIN_TASK_FIELDS
from lantian.apps.plans.actions.people import doing_among
from lantian.apps.plans.models import Task, TaskDeadline, TaskEvent, TaskQuantity, TaskUnit
from lantian.rules.progress import lights

#: columns of a task that an edit or a report moves
_MOVED = (
    *PLAIN_TASK_FIELDS,
    "lead_name",
    "next_deadline",
    "last_deadline",
    *standing.TAKEN,
    "version",
    "updated_at",
)


@dataclass
class Pending:
    """What waits to be written of one task."""

    task: Task
    changed: bool = False
    dates: tuple[list[TaskDeadline], list[TaskDeadline]] | None = None
    done: list[TaskQuantity] = field(default_factory=list)
    events: list[TaskEvent] = field(default_factory=list)
    stood: list[tuple[date, lights.Standing]] | None = None


class Held:
    """The tasks of some lines, locked until the end of the transaction.

    Parameters
    ----------
    keys
        Keys of tasks; those that are parts or have parts are left out.
    """

    def __init__(self, keys: Iterable[int]) -> None:
        units = TaskUnit.objects.select_related("organisation")
        rows = (
            Task._base_manager.select_for_update(of=("self",))
            .filter(pk__in=list(keys), parent__isnull=True)
            .order_by("pk")
            .select_related("plan__region")
            .prefetch_related(
                Prefetch("units", queryset=units),
                Prefetch("parts", queryset=Task._base_manager.only("parent")),
                "deadlines",
                "quantities",
                "events",
            )
        )
        self.pending = {task.pk: Pending(task) for task in rows if not task.parts.all()}

    def __contains__(self, key: int) -> bool:
        return key in self.pending

    def __getitem__(self, key: int) -> Pending:
        return self.pending[key]

    def forget(self, key: int) -> None:
        """Write nothing of a task: its line was refused."""
        self.pending.pop(key, None)

    def stand(self, task: Task) -> None:
        """Reckon how a task stands by what waits to be written."""
        self[task.pk].changed = True
        self[task.pk].stood = standing.reckon(task, list(task.events.all()))

    def write(self) -> None:
        """Write all that waits; a fixed number of statements."""
        changed = [one for one in self.pending.values() if one.changed]
        dates = [one.dates for one in changed if one.dates is not None]
        kept = [row for _old, new in dates for row in new if row.pk is not None]
        gone = {row.pk for old, _new in dates for row in old} - {row.pk for row in kept}
        if gone:
            TaskDeadline.objects.filter(pk__in=gone).delete()
        _overwrite(kept, [one.name for one in TaskDeadline._meta.concrete_fields if not one.primary_key])
        added = [row for _old, new in dates for row in new if row.pk is None]
        TaskDeadline.objects.bulk_create(added, batch_size=standing.BATCH)
        _overwrite([row for one in changed for row in one.done], ["done"])
        TaskEvent.objects.bulk_create(
            [event for one in changed for event in one.events], batch_size=standing.BATCH
        )
        _overwrite([one.task for one in changed], _MOVED)
        stood = [(one.task, one.stood) for one in changed if one.stood is not None]
        if stood:
            standing.write_standings(stood)
        self.pending.clear()


def _overwrite(rows: Sequence[models.Model], columns: Sequence[str]) -> None:
    """Write columns of rows that are there, whole in memory and locked with their task."""
    if rows:
        # One INSERT … ON CONFLICT DO UPDATE: an UPDATE with a CASE for each cell takes ten times as long.
        type(rows[0])._base_manager.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=list(columns),
            batch_size=standing.BATCH,
        )


def _remember(task: Task, name: str, rows: Iterable[Any]) -> None:
    """Let what was fetched with a task say what waits to be written."""
    fetched: Any = task._prefetched_objects_cache  # type: ignore[attr-defined]
    fetched[name]._result_cache = list(rows)


class EditFromFile(EditTask):
    """An edit whose names have been looked up for the whole file, of a task that is held where one is given."""

    known: ledger.Known = {}
    held: Held | None = None
    #: tasks whose standing is reckoned for the whole file at once, and plans that are opened to their units
    waiting: set[int]
    plans: set[int]

    def lock(self) -> Task:
        """The task that is held."""
        if self.held is None or self.row.pk not in self.held:
            task: Task = super().lock()
            return task
        self.refuse_withdrawn(self.held[self.row.pk].task.plan)
        return self.held[self.row.pk].task

    def stand(self, task: Task) -> None:
        """At once where it is held; else later, with the others."""
        if self.held is not None and task.pk in self.held:
            self.held.stand(task)
        else:
            task.save()
            self.waiting.add(task.pk)

    def keep(self, task: Task) -> None:
        """With the others."""
        if self.held is not None and task.pk in self.held:
            self.held[task.pk].changed = True
        else:
            super().keep(task)

    def open_to_units(self, task: Task) -> None:
        """Once for each plan, in the end."""
        self.plans.add(task.plan_id)

    def replace_dates(self, task: Task, values: list[dict[str, Any]]) -> list[TaskDeadline]:
        """With the others."""
        if self.held is None or task.pk not in self.held:
            return super().replace_dates(task, values)
        old, new = ledger.other_dates(task, values)
        self.held[task.pk].dates = old, new
        _remember(task, "deadlines", new)
        return new

    def replace_amounts(self, task: Task, values: list[dict[str, Any]]) -> list[TaskQuantity]:
        """At once, because a report of the same line names the new rows."""
        rows = super().replace_amounts(task, values)
        if self.held is not None and task.pk in self.held:
            _remember(task, "quantities", rows)
        return rows

    def meaning(self, names: Sequence[str], task: Task) -> ledger.Known:
        """As looked up."""
        found = {name: self.known[name] for name in names if name in self.known}
        missing = [name for name in names if name not in found]
        return {**found, **(super().meaning(missing, task) if missing else {})}


class ReportFromFile(ReportProgress):
    """A report of a task that is held, where one is given, under rights that have been asked for the whole file."""

    held: Held | None = None
    #: tasks that the account may report of; None asks for each
    reach: frozenset[int] | None = None

    def check_row(self, row: models.Model, permission: str | None = None) -> None:
        """As found for the whole file."""
        if self.reach is None or permission is not None or row.pk != self.task.pk:
            super().check_row(row, permission)
        elif row.pk not in self.reach:
            raise NotFound(model=row._meta.label_lower)

    def doers(self, task: Task) -> tuple[list[Organisation], list[Organisation]]:
        """From the units that were fetched with the task."""
        return doing_among(task.units.all()) if self.fetched(task) else super().doers(task)

    @staticmethod
    def fetched(task: Task) -> bool:
        """Whether the units were fetched with the task."""
        return "units" in getattr(task, "_prefetched_objects_cache", {})

    def lock(self) -> Task:
        """The task that is held."""
        if self.held is None or self.task.pk not in self.held:
            return super().lock()
        task = self.held[self.task.pk].task
        self.refuse_stale(task)
        self.check_state(task)
        return task

    def done_by_parts(self, rows: Sequence[TaskQuantity]) -> Any:
        """A task that is held has no parts."""
        return {} if self.held is not None and self.task.pk in self.held else super().done_by_parts(rows)

    def keep_done(self, rows: Sequence[TaskQuantity]) -> None:
        """With the others."""
        if self.held is not None and self.task.pk in self.held:
            self.held[self.task.pk].done = list(rows)
        else:
            super().keep_done(rows)

    def record(self, task: Task, **values: Any) -> TaskEvent:
        """With the others."""
        if self.held is None or task.pk not in self.held:
            return super().record(task, **values)
        event = standing.event_of(task, self.step, on=self.on, actor=self.actor, note=self.said, **values)
        self.held[task.pk].events.append(event)
        _remember(task, "events", [*task.events.all(), event])
        task.version += 1
        self.held.stand(task)
        return event
