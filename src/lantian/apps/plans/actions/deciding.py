"""Steps of those who watch over the work: accept, send back, suspend, open again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, ReasonMissing
from lantian.apps.plans import access, standing
from lantian.apps.plans.actions.people import accounts_of, answers_for, doing
from lantian.apps.plans.actions.steps import DOING, Step, lapse
from lantian.apps.plans.choices import CosignStatus, EventKind, TaskState
from lantian.apps.plans.exceptions import OwnWork, WrongStep
from lantian.apps.plans.models import Task, TaskDeadline, TaskEvent


class _Deciding(Step):
    """Steps of those who watch over the work."""

    def refuse_own_work(self, task: Task) -> None:
        """Refuse who has done this work, or belongs to whoever answers for it.

        Raises
        ------
        OwnWork
            With the reason.
        """
        user = self.actor.user
        if user is None:
            return
        reopened = task.events.filter(kind=EventKind.REOPEN).order_by("-pk").first()
        mine = task.events.filter(user=user, kind__in=DOING)
        if reopened is not None:
            mine = mine.filter(pk__gt=reopened.pk)
        if mine.exists():
            raise OwnWork(
                __(
                    "You have begun, reported or handed in this work yourself, so that somebody else has to accept it."
                )
            )
        _every, principal = doing(task)
        if answers_for(self.actor, task, principal):
            names = "、".join(one.name for one in principal)
            raise OwnWork(
                __(
                    "Your organisation answers for this task (%(units)s), so that somebody else has to accept it."
                )
                % {"units": names[:200]}
            )

    def tell_doers(self, task: Task, title: str) -> None:
        """Tell the accounts of the units that answer for it."""
        every, principal = doing(task)
        self.tell(accounts_of(principal or every, access.TASK_VIEW, task), title, task, self.said)


class _Accepting(_Deciding):
    """Accepting, which the doer cannot."""

    def check_state(self, task: Task) -> None:
        """Refuse the doer, too."""
        super().check_state(task)
        self.refuse_own_work(task)


class AcceptTask(_Accepting):
    """Accept the close-out (销号).

    Parameters
    ----------
    override
        Accept although a co-signature is open or objected, or a part that was handed down is not closed out; asks
        for a reason.
    """

    step = EventKind.ACCEPT

    def __init__(self, actor: Actor, task: Task, *, override: bool = False, **values: Any) -> None:
        super().__init__(actor, task, **values)
        self.override = override

    def open_points(self, task: Task) -> list[str]:
        """What speaks against accepting it, one sentence each."""
        found = [
            __("%(unit)s: %(status)s") % {"unit": row.organisation.name, "status": row.get_status_display()}
            for row in task.cosigns.filter(
                status__in=[CosignStatus.ASKED, CosignStatus.OBJECTED]
            ).select_related("organisation")
        ]
        found += [
            __("Part %(part)s: %(status)s") % {"part": row.label, "status": row.get_state_display()}
            for row in task.parts.exclude(state=TaskState.ACCEPTED).filter(dropped_on__isnull=True)
        ]
        return found

    def prepare(self, task: Task) -> dict[str, Any]:
        """Nothing may be open, unless it is said why that does no harm."""
        points = self.open_points(task)
        if not points:
            return {}
        if not self.override:
            raise Invalid(
                __("This is still open: %(what)s. Wait for it, or accept all the same and give a reason.")
                % {"what": "；".join(points)[:600]},
                fields={"override": __("Still open: %(what)s.") % {"what": "；".join(points)[:600]}},
            )
        if not self.reason:
            raise ReasonMissing(fields={"reason": ReasonMissing.message})
        lapse(task)
        return {"data": {"overridden": points}}

    def percent(self, task: Task) -> Decimal | None:
        """What is counted stays as counted; everything else is done."""
        counted = standing.percent_from_amounts(task)
        return Decimal(100) if counted is None else counted

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell the doers, and let the tasks above follow."""
        self.pass_up(task)
        self.tell_doers(task, __("Close-out accepted: %(task)s"))


class AcceptMilestone(_Accepting):
    """Accept the earliest open milestone; the task goes on."""

    step = EventKind.MILESTONE

    @staticmethod
    def open_milestones(task: Task) -> list[TaskDeadline]:
        """Milestones that have not been met, in the order of their days."""
        return [row for row in standing.milestone_rows(task.deadlines.all()) if row.met_on is None]

    def check_state(self, task: Task) -> None:
        """The last milestone is the close-out itself."""
        super().check_state(task)
        if len(self.open_milestones(task)) < 2:
            raise WrongStep(
                __("This was the last milestone; accept the close-out of the whole task instead.")
            )

    def prepare(self, task: Task) -> dict[str, Any]:
        """Which milestone."""
        lapse(task)
        return {"deadline": self.open_milestones(task)[0]}

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell the doers."""
        self.tell_doers(task, __("Milestone accepted: %(task)s"))


class ReturnTask(_Deciding):
    """Send back what was handed in, with the reason."""

    step = EventKind.RETURN

    def prepare(self, task: Task) -> dict[str, Any]:
        """Nobody has to sign any more."""
        lapse(task)
        return {}

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell the doers."""
        self.tell_doers(task, __("Sent back: %(task)s"))


class SuspendTask(_Deciding):
    """Let the work rest, with the reason."""

    step = EventKind.SUSPEND

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell the doers."""
        self.tell_doers(task, __("Suspended: %(task)s"))


class ResumeTask(_Deciding):
    """Let the work go on."""

    step = EventKind.RESUME

    def target_state(self, task: Task) -> str:
        """Under way, or not started where nothing has ever been reported."""
        begun = task.events.filter(kind__in=DOING).exists()
        return TaskState.IN_PROGRESS if begun else TaskState.NOT_STARTED

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell the doers."""
        self.tell_doers(task, __("Resumed: %(task)s"))


class ReopenTask(_Deciding):
    """Open again what was closed out, with the reason."""

    step = EventKind.REOPEN

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell the doers."""
        self.tell_doers(task, __("Opened again: %(task)s"))
