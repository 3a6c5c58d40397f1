"""What every change of the work on a task shares, and the steps of the table of transitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import CoreError, Invalid, NotFound
from lantian.apps.core.models import User
from lantian.apps.plans import standing
from lantian.apps.plans.choices import CosignStatus, EventKind, PlanStatus, TaskState
from lantian.apps.plans.exceptions import EditConflict, WrongStep
from lantian.apps.plans.models import Task, TaskEvent
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.transitions import CHANGES_STATE, TRANSITIONS, Transition
from lantian.rules.progress import amounts

#: events that say who did the work
DOING = (EventKind.START, EventKind.REPORT, EventKind.SUBMIT)
NOTE_LENGTH = 2000


class OnTask(Action[Any]):
    """A change of the work on one task: its row under the right, still open, as the person saw it."""

    #: states in which it is possible; None does not ask
    states: ClassVar[frozenset[str] | None] = None

    def __init__(self, actor: Actor, task: Task, *, version: int | None = None, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.task, self.version = task, version

    def subject(self) -> Task:
        """The task."""
        return self.task

    def check(self) -> None:
        """Refuse tasks of others, and who does not stand where the step is taken."""
        super().check()
        self.check_row(self.task)
        self.check_doer()

    def check_doer(self) -> None:
        """Refuse who does not do (or watch over) this work."""

    def check_state(self, task: Task) -> None:
        """Refuse what is not possible where the task stands.

        Raises
        ------
        WrongStep
            With the state in which it is.
        """
        if task.plan.status == PlanStatus.WITHDRAWN:
            raise WrongStep(__("This plan has been withdrawn; nothing in it can be changed any more."))
        if task.dropped_on is not None:
            raise WrongStep(
                __("A newer text of the plan has left this task out; nothing happens to it any more.")
            )
        if self.states is not None and task.state not in self.states:
            raise WrongStep(
                __(
                    "This is not possible while the task is “%(state)s”. Load the page again to see where it stands."
                )
                % {"state": TaskState(task.state).label}
            )

    def is_possible(self) -> bool:
        """Whether the actor may do this now; for buttons, nothing is logged."""
        try:
            self.check_state(self.task)
            self.check()
        except CoreError:
            return False
        return True

    def entered(self, task: Task) -> dict[str, tuple[Any, Any]]:
        """What the person entered beside what it is now, for whoever was overtaken."""
        return {}

    def lock(self) -> Task:
        """The task as it is now, held until the end of the transaction.

        Raises
        ------
        EditConflict
            If somebody else has changed it since the person saw it.
        """
        rows = Task._base_manager.select_for_update(of=("self",)).select_related("plan")
        task: Task | None = rows.filter(pk=self.task.pk).first()
        if task is None:
            raise NotFound
        self.refuse_stale(task)
        self.check_state(task)
        return task

    def refuse_stale(self, task: Task) -> None:
        """Show the difference where somebody else was faster."""
        if self.version is None or self.version == task.version:
            return
        state = TaskState(task.state).label
        seen = TaskState(self.task.state).label if self.task.version == self.version else ""
        differences: dict[str, tuple[Any, Any]] = {__("State"): (seen, state)}
        last = task.events.order_by("-pk").first()
        if last is not None:
            differences[__("Last entry")] = ("", f"{last.on} {last.get_kind_display()} {last.note}".strip())
        raise EditConflict({**differences, **self.entered(task)}, task.version)

    def tell(self, users: Iterable[User], title: str, task: Task, body: str = "") -> None:
        """Tell accounts, but not the one that did it."""
        mine = self.actor.user.pk if self.actor.user is not None else None
        self.notify(
            [user for user in users if user.pk != mine],
            "plans.task",
            title % {"task": task.title[:80]},
            body=body[:500],
            url=reverse("plans:task", args=[task.pk]),
        )


class Step(OnTask):
    """One row of the table of transitions."""

    step: ClassVar[str]
    transition: ClassVar[Transition]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        step = cls.__dict__.get("step")
        if step is not None:
            cls.transition = TRANSITIONS[step]
            cls.code = cls.permission = cls.transition.permission
            cls.needs_reason = cls.transition.needs_reason
            cls.states = cls.transition.sources

    def __init__(
        self,
        actor: Actor,
        task: Task,
        *,
        on: date | None = None,
        note: str = "",
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, task, version=version, reason=reason)
        self.on = on or campaign_today()
        self.note = note.strip()

    def validate(self) -> None:
        """The day has come, and the note is not a book."""
        super().validate()
        wrong: dict[str, Any] = {}
        if self.on > campaign_today():
            wrong["on"] = __("This day has not come yet.")
        if len(self.note) > NOTE_LENGTH:
            wrong["note"] = __("At most %(count)s characters.") % {"count": NOTE_LENGTH}
        if wrong:
            raise Invalid(fields=wrong)

    def check_day(self, task: Task) -> None:
        """Nothing happens before what it follows on."""
        kinds = CHANGES_STATE if self.step == EventKind.REPORT else CHANGES_STATE | {EventKind.REPORT}
        last = next((one for one in reversed(standing.in_order(task.events.all())) if one.kind in kinds), None)
        if last is not None and self.on < last.on:
            raise Invalid(
                fields={
                    "on": __("This lies before %(day)s, when the last entry happened: %(what)s.")
                    % {"day": last.on.isoformat(), "what": last.get_kind_display()}
                }
            )

    @property
    def said(self) -> str:
        """The words of the event: the note, or the reason where one is asked."""
        return self.note or self.reason

    def percent(self, task: Task) -> Decimal | None:
        """The share done that the event names; None leaves it."""
        return None

    def target_state(self, task: Task) -> str:
        """Where it leads."""
        return self.transition.target

    def prepare(self, task: Task) -> dict[str, Any]:
        """What else changes with it; gives the further values of :func:`standing.record`."""
        return {}

    def record(self, task: Task, **values: Any) -> TaskEvent:
        """Write the event and let the task stand anew."""
        return standing.record(task, self.step, on=self.on, actor=self.actor, note=self.said, **values)

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell others, after it was recorded."""

    def perform(self) -> TaskEvent:
        """Record the event, let the task stand anew, log it."""
        task = self.lock()
        self.check_day(task)
        before = {"state": task.state, "percent": plain(task.percent)}
        extra = self.prepare(task)
        event = self.record(task, state=self.target_state(task), percent=self.percent(task), **extra)
        after = {"state": task.state, "percent": plain(task.percent), "on": self.on.isoformat()}
        if self.note:
            after["note"] = self.note
        self.log(task, before=before, after=after)
        self.follow(task, event)
        return event

    def pass_up(self, task: Task, changed: Mapping[int, Decimal] | None = None) -> None:
        """Let the tasks above follow: what a part has done is done of the whole.

        Parameters
        ----------
        changed
            Amount of the task → how much more of it is done than before.
        """
        changed = dict(changed or {})
        while task.parent_id is not None:
            above: Task = Task._base_manager.select_for_update().get(pk=task.parent_id)
            up: dict[int, Decimal] = {}
            for part, whole in task.quantities.filter(pk__in=changed).values_list("pk", "part_of"):
                if whole is not None:
                    up[whole] = up.get(whole, Decimal(0)) + changed[part]
            for row in above.quantities.filter(pk__in=up):
                row.done = max((row.done or Decimal(0)) + up[row.pk], Decimal(0))
                row.save(update_fields=["done"])
            getattr(above, "_prefetched_objects_cache", {}).clear()
            percent = (
                standing.percent_from_amounts(above) if standing.counted(above) else share_of_parts(above)
            )
            moved = any(up.values())
            if percent is None or (percent == above.percent and not moved):
                return
            last = above.events.filter(kind__in=standing.WITH_PERCENT).order_by("-on").first()
            standing.record(
                above,
                EventKind.REPORT,
                on=max(self.on, last.on) if last is not None else self.on,
                actor=self.actor,
                percent=percent,
                data={"from_part": task.pk, "quantities": _done(above)},
            )
            self.log(
                above,
                action="plans.task.report",
                after={"percent": plain(above.percent), "part": str(task)},
            )
            changed, task = up, above


def share_of_parts(task: Task) -> Decimal | None:
    """The share done of a task without amounts from its parts, each counting alike."""
    return amounts.weighted([(Decimal(1), share) for share in task.parts.values_list("percent", flat=True)])


def _done(task: Task) -> dict[str, str]:
    return {str(row.pk): plain(row.done) for row in task.quantities.all() if row.done is not None}


def lapse(task: Task) -> None:
    """Close co-signatures that are still asked for or objected."""
    task.cosigns.filter(status__in=[CosignStatus.ASKED, CosignStatus.OBJECTED]).update(
        status=CosignStatus.LAPSED
    )
