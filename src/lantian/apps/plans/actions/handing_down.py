"""Handing a task down in parts (分解下达): whose amounts make the whole, and none of which is due later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import F, Max
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotAllowed
from lantian.apps.core.models import Organisation
from lantian.apps.plans import access, ledger, standing
from lantian.apps.plans.actions.people import accounts_of, belongs_to, doing
from lantian.apps.plans.actions.steps import OnTask
from lantian.apps.plans.choices import DeadlineKind, EventKind, UnitRole
from lantian.apps.plans.models import Task, TaskDeadline, TaskQuantity, TaskUnit
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.transitions import OPEN_STATES
from lantian.rules.progress.amounts import Split

MANY_PARTS = 100


@dataclass(frozen=True, slots=True)
class Part:
    """What one organisation is given.

    Attributes
    ----------
    deadline
        Its own last day; None takes over the dates of the whole.
    amounts
        Amount of the whole → how much of it.
    """

    organisation: Organisation
    title: str = ""
    deadline: date | None = None
    amounts: Mapping[int, Decimal] = field(default_factory=dict)


def split_of(row: TaskQuantity, new: Sequence[Decimal] = (), kept: Decimal = Decimal(0)) -> Split:
    """How an amount is handed down, with further parts."""
    there = TaskQuantity.objects.filter(part_of=row, task__dropped_on__isnull=True).values_list(
        "value", flat=True
    )
    return Split(row.value, (*there, *new), kept)


class HandDown(OnTask):
    """Give parts of a task to other organisations, as tasks of their own below it.

    Parameters
    ----------
    parts
        Who is given what.
    kept
        Amount of the task → what the unit above does itself.
    """

    code = "plans.task.hand_down"
    permission = access.TASK_HAND_DOWN
    states = OPEN_STATES

    def __init__(
        self,
        actor: Actor,
        task: Task,
        parts: Sequence[Part],
        kept: Mapping[int, Decimal] | None = None,
        *,
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, task, version=version, reason=reason)
        self.parts, self.kept = list(parts), dict(kept or {})

    def check_doer(self) -> None:
        """Only who answers for the task, or the office for them."""
        every, principal = doing(self.task)
        asked = principal or every
        if self.actor.is_system or not asked or belongs_to(self.actor, asked):
            return
        if not self.actor.may(access.TASK_REPORT_FOR):
            raise NotAllowed(
                __("Only these units can do this with this task: %(units)s.")
                % {"units": "、".join(one.name for one in asked)[:300]}
            )

    def validate(self) -> None:
        """Some parts, each of another organisation, with amounts that are numbers."""
        super().validate()
        if not self.parts:
            raise Invalid(fields={"parts": __("Name at least one unit that is given a part.")})
        if len(self.parts) > MANY_PARTS:
            raise Invalid(fields={"parts": __("At most %(count)s parts at once.") % {"count": MANY_PARTS}})
        seen: set[int] = set()
        wrong: dict[str, Any] = {}
        for number, part in enumerate(self.parts):
            if part.organisation.pk in seen:
                wrong[f"organisation_{number}"] = __("“%(unit)s” is given two parts; put them together.") % {
                    "unit": part.organisation.name
                }
            seen.add(part.organisation.pk)
            if part.organisation.merged_into_id is not None:
                wrong[f"organisation_{number}"] = __("“%(name)s” has been merged into another.") % {
                    "name": part.organisation.name
                }
            if len(part.title) > 400:
                wrong[f"title_{number}"] = __("At most %(count)s characters.") % {"count": 400}
            for key, value in part.amounts.items():
                if not value.is_finite() or value < 0 or value >= Decimal(10) ** 15:
                    wrong[f"amount_{number}_{key}"] = __("Enter a number that is not negative.")
        for key, value in self.kept.items():
            if not value.is_finite() or value < 0:
                wrong[f"kept_{key}"] = __("Enter a number that is not negative.")
        if wrong:
            raise Invalid(fields=wrong)

    def check_amounts(self, task: Task, counted: Sequence[TaskQuantity]) -> None:
        """The parts, with what is kept, make the whole of each amount.

        Raises
        ------
        Invalid
            With what is left, or too much, of each amount.
        """
        wrong: dict[str, Any] = {}
        known = {row.pk for row in counted}
        for key in {key for part in self.parts for key in part.amounts} | set(self.kept):
            if key not in known:
                wrong[f"kept_{key}"] = __("This amount does not count for the progress of this task.")
        for row in counted:
            given = [part.amounts.get(row.pk, Decimal(0)) for part in self.parts]
            split = split_of(row, given, self.kept.get(row.pk, Decimal(0)))
            if split.adds_up:
                continue
            values = {"what": row.what or row.unit, "whole": f"{plain(row.value)}{row.unit}"}
            if split.left > 0:
                wrong[f"kept_{row.pk}"] = __(
                    "%(what)s: of %(whole)s, %(left)s are given to nobody. Give them to a unit, or keep them here."
                ) % {**values, "left": f"{plain(split.left)}{row.unit}"}
            else:
                wrong[f"kept_{row.pk}"] = __(
                    "%(what)s: %(over)s more than the %(whole)s of the task are handed down. Lower the parts."
                ) % {**values, "over": f"{plain(-split.left)}{row.unit}"}
        if wrong:
            raise Invalid(" ".join(str(text) for text in wrong.values()), fields=wrong)

    def check_days(self, task: Task) -> None:
        """No part is due later than the whole."""
        wrong: dict[str, Any] = {}
        for number, part in enumerate(self.parts):
            if (
                part.deadline is not None
                and task.last_deadline is not None
                and part.deadline > task.last_deadline
            ):
                wrong[f"deadline_{number}"] = __(
                    "The whole task is due on %(day)s; a part cannot be due later."
                ) % {"day": task.last_deadline.isoformat()}
        if wrong:
            raise Invalid(fields=wrong)

    def perform(self) -> list[Task]:
        """Make the parts, behind the whole in the ledger."""
        task = self.lock()
        counted = [row for row in task.quantities.all() if row.counts]
        self.check_amounts(task, counted)
        self.check_days(task)
        present = task.parts.count()
        last = self._last_below(task)
        # Room for the parts behind the whole and what hangs below it already.
        Task._base_manager.filter(plan_id=task.plan_id, order__gt=last).update(
            order=F("order") + len(self.parts)
        )
        _every, principal = doing(task)
        made = [
            self._make(task, part, present + number, last + number, counted, principal)
            for number, part in enumerate(self.parts, 1)
        ]
        # The plan is read once for all of them.
        for row in made:
            row.plan = task.plan
        standing.open_many(made)
        for row in made:
            row.refresh_from_db()
        ledger.refresh_parties([task.plan_id])
        standing.record(
            task,
            EventKind.HAND_DOWN,
            on=campaign_today(),
            actor=self.actor,
            note=self.reason,
            data={
                "parts": [row.pk for row in made],
                "kept": {str(key): plain(value) for key, value in self.kept.items()},
            },
        )
        self.log(
            task,
            after={
                row.label: f"{part.organisation.name} {self._words(part, counted)}".strip()
                for row, part in zip(made, self.parts, strict=True)
            },
        )
        for row, part in zip(made, self.parts, strict=True):
            self.tell(
                accounts_of([part.organisation], access.TASK_REPORT, row),
                __("Handed down to you: %(task)s"),
                row,
            )
        return made

    @staticmethod
    def _last_below(task: Task) -> int:
        """The place of the last task at or below a task."""
        last, level = task.order, [task.pk]
        while level:
            rows = Task._base_manager.filter(parent__in=level)
            level = list(rows.values_list("pk", flat=True))
            last = max(last, rows.aggregate(last=Max("order"))["last"] or 0)
        return last

    @staticmethod
    def _words(part: Part, counted: Sequence[TaskQuantity]) -> str:
        return "、".join(
            f"{plain(part.amounts[row.pk])}{row.unit}" for row in counted if part.amounts.get(row.pk)
        )

    @staticmethod
    def _make(
        task: Task,
        part: Part,
        number: int,
        order: int,
        counted: Sequence[TaskQuantity],
        principal: Sequence[Organisation],
    ) -> Task:
        row = Task.objects.create(
            plan_id=task.plan_id,
            section_id=task.section_id,
            chapter_id=task.chapter_id,
            parent=task,
            order=order,
            number=ledger.cut(f"{task.label}-{number}", 40),
            title=part.title.strip() or task.title,
            text=task.text,
            recurrence=task.recurrence,
        )
        units = [
            TaskUnit(
                task=row,
                role=UnitRole.RESPONSIBLE,
                organisation=part.organisation,
                name=part.organisation.name,
                principal=True,
            )
        ]
        # Who answers for the whole sees its parts.
        units += [
            TaskUnit(task=row, role=UnitRole.SUPERVISING, organisation=one, name=one.name, order=at)
            for at, one in enumerate(dict.fromkeys(principal), 1)
            if one.pk != part.organisation.pk
        ]
        TaskUnit.objects.bulk_create(units)
        if part.deadline is not None:
            dates = [TaskDeadline(task=row, kind=DeadlineKind.DEADLINE, end=part.deadline)]
        else:
            dates = [
                TaskDeadline(
                    task=row,
                    kind=old.kind,
                    start=old.start,
                    end=old.end,
                    text=old.text,
                    share=old.share,
                    order=old.order,
                )
                for old in task.deadlines.all()
            ]
        TaskDeadline.objects.bulk_create(dates)
        TaskQuantity.objects.bulk_create(
            TaskQuantity(
                task=row,
                order=old.order,
                what=old.what,
                comparator=old.comparator,
                value=part.amounts[old.pk],
                unit=old.unit,
                counts=True,
                part_of=old,
            )
            for old in counted
            if part.amounts.get(old.pk)
        )
        ledger.refresh_task(row)
        row.save()
        return row
