"""Open tasks go on with another person or another unit: one action for many tasks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import ngettext

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.core.models import Organisation, User
from lantian.apps.core.registry_actions import usable_organisation
from lantian.apps.plans import ledger
from lantian.apps.plans.access import TASK_EDIT
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.models import Task, TaskUnit

#: tasks that one action hands over
MOST = 2000


class HandOver(Action[int]):
    """Let the tasks of a person or of a unit go on with another.

    Parameters
    ----------
    tasks
        Keys of tasks.
    organisation
        The unit whose tasks they are.
    person
        The person who is replaced; empty replaces the person whoever it is.
    to
        The unit that takes over; None stays with the unit.
    to_person
        The person who takes over; may be empty where a unit takes over.
    """

    code = "plans.task.hand_over"
    permission = TASK_EDIT
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        tasks: Iterable[int],
        organisation: Organisation,
        *,
        person: str = "",
        to: Organisation | None = None,
        to_person: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.keys = list(dict.fromkeys(tasks))
        self.organisation, self.person = organisation, person.strip()
        self.to, self.to_person = to, to_person.strip()

    def validate(self) -> None:
        """Something must be handed over, to somebody who is there."""
        super().validate()
        if not self.keys:
            raise Invalid(fields={"tasks": __("Choose the tasks that are handed over.")})
        if len(self.keys) > MOST:
            raise Invalid(fields={"tasks": __("At most %(count)s entries.") % {"count": MOST}})
        if self.to is None and not self.to_person:
            raise Invalid(fields={"to_person": __("Say who takes over.")})
        if len(self.to_person) > 60:
            raise Invalid(fields={"to_person": __("At most %(count)s characters.") % {"count": 60}})
        if self.to is not None:
            usable_organisation(self.actor, self.to, "to")
            if self.to.pk == self.organisation.pk:
                raise Invalid(fields={"to": __("Choose another unit.")})
            if self.to.valid_to is not None and self.to.valid_to < campaign_today():
                raise Invalid(fields={"to": __("“%(name)s” is closed.") % {"name": self.to.name}})

    def perform(self) -> int:
        """Change the units of these tasks; each task keeps in its log who had it."""
        mine = self.actor.rows(Task.objects.filter(pk__in=self.keys), TASK_EDIT)
        tasks = list(
            Task._base_manager.select_for_update(of=("self",))
            .select_related("plan")
            .filter(pk__in=mine.values("pk"))
            .exclude(plan__status=PlanStatus.WITHDRAWN)
            .order_by("pk")
        )
        if len(tasks) != len(self.keys):
            raise NotFound
        rows = TaskUnit.objects.filter(task__in=tasks, organisation=self.organisation)
        if self.person:
            rows = rows.filter(person=self.person)
        had: dict[int, list[TaskUnit]] = {}
        for row in rows:
            had.setdefault(row.task_id, []).append(row)
        tasks = [task for task in tasks if task.pk in had]
        if not tasks:
            self.unchanged = True
            return 0
        values: dict[str, Any] = {}
        if self.to_person or self.person:
            values["person"] = self.to_person
        chosen = [row.pk for units in had.values() for row in units]
        if self.to is not None:
            ledger.move_units(TaskUnit.objects.filter(pk__in=chosen), self.to)
            ledger.move_cosigns([task.pk for task in tasks], self.organisation, self.to)
        if values:
            TaskUnit.objects.filter(pk__in=chosen).update(**values)
        Task._base_manager.filter(pk__in=[task.pk for task in tasks]).update(version=F("version") + 1)
        ledger.refresh_parties({task.plan_id for task in tasks})
        after = {
            **({"unit": str(self.to)} if self.to is not None else {}),
            **({"person": self.to_person} if values else {}),
        }
        for task in tasks:
            people = "、".join(dict.fromkeys(row.person for row in had[task.pk] if row.person))
            before = {"unit": str(self.organisation), "person": people}
            self.log(task, before={name: before[name] for name in after}, after=after)
        self._tell(tasks)
        return len(tasks)

    def _tell(self, tasks: list[Task]) -> None:
        home = self.to or self.organisation
        users = User.objects.filter(organisation=home, is_active=True)
        if self.actor.user is not None:
            users = users.exclude(pk=self.actor.user.pk)
        title = ngettext(
            "%(count)s task was handed over to %(who)s",
            "%(count)s tasks were handed over to %(who)s",
            len(tasks),
        ) % {"count": len(tasks), "who": self.to_person or home.name}
        body = "；".join(task.title for task in tasks[:5])
        self.notify(users, "plans.task", title, body=body, url=reverse("plans:unit_tasks", args=[home.pk]))
