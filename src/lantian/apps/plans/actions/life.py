"""The steps of a task: begin, report, hand in, accept or send back, suspend, open again; and co-signatures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, ClassVar

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import files
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import CoreError, Invalid, NotAllowed, NotFound, ReasonMissing
from lantian.apps.core.models import Attachment, Grant, Organisation, Role, User
from lantian.apps.plans import access, standing
from lantian.apps.plans.choices import CosignStatus, EventKind, PlanStatus, TaskState, UnitRole
from lantian.apps.plans.exceptions import EditConflict, OwnWork, WrongStep
from lantian.apps.plans.models import Task, TaskCosign, TaskDeadline, TaskEvent, TaskQuantity, TaskUnit
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.transitions import CHANGES_STATE, TRANSITIONS, Transition
from lantian.rules.progress import amounts

#: roles whose units do the work
DOERS = (UnitRole.LEAD, UnitRole.RESPONSIBLE, UnitRole.SHARED)
#: events that say who did the work
_DOING = (EventKind.START, EventKind.REPORT, EventKind.SUBMIT)
#: events that say how much is done
_SAYING = (EventKind.REPORT, EventKind.SUBMIT)
NOTE_LENGTH = 2000
MANY_FILES = 20


# Who stands where ----------------------------------------------------------------------------------------------------


def belongs_to(actor: Actor, organisations: Iterable[Organisation]) -> bool:
    """Whether the account's organisation is one of these or lies below one of them."""
    home = actor.user.organisation if actor.user is not None else None
    return home is not None and any(home.path.startswith(one.path) for one in organisations)


def doing(task: Task) -> tuple[list[Organisation], list[Organisation]]:
    """Known organisations that do the work of a task, and those of them that answer for it."""
    rows = TaskUnit.objects.filter(task=task, role__in=DOERS, organisation__isnull=False)
    listed = [row for row in rows.select_related("organisation") if row.organisation is not None]
    every = [row.organisation for row in listed if row.organisation is not None]
    principal = [row.organisation for row in listed if row.principal and row.organisation is not None]
    return every, principal


def accounts_with(permission: str, task: Task) -> list[User]:
    """Active accounts that may use a permission on a task."""
    roles = [role.pk for role in Role.objects.all() if permission in role.permissions]
    grants = Grant.objects.holding_on(timezone.localdate()).filter(role__in=roles)
    rows = Task.objects.filter(pk=task.pk)
    users = User.objects.filter(pk__in=grants.values("user"), is_active=True).order_by("pk")
    return [user for user in users if rows.visible_to(user, permission).exists()]


def accounts_of(organisations: Sequence[Organisation], permission: str, task: Task) -> list[User]:
    """Of these accounts, those of some organisations and of what lies below them."""
    return [user for user in accounts_with(permission, task) if belongs_to(Actor(user), organisations)]


# What every change of a task shares -----------------------------------------------------------------------------------


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
            raise WrongStep(__("A newer text of the plan has left this task out; nothing happens to it any more."))
        if self.states is not None and task.state not in self.states:
            raise WrongStep(
                __("This is not possible while the task is “%(state)s”. Load the page again to see where it stands.")
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
        task: Task | None = Task._base_manager.select_for_update().filter(pk=self.task.pk).first()
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
        last = task.events.filter(kind__in=kinds).order_by("-on", "-pk").first()
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

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell others, after it was recorded."""

    def perform(self) -> TaskEvent:
        """Record the event, let the task stand anew, log it."""
        task = self.lock()
        self.check_day(task)
        before = {"state": task.state, "percent": plain(task.percent)}
        extra = self.prepare(task)
        event = standing.record(
            task,
            self.step,
            on=self.on,
            actor=self.actor,
            state=self.target_state(task),
            percent=self.percent(task),
            note=self.said,
            **extra,
        )
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
            percent = standing.percent_from_amounts(above) if standing.counted(above) else share_of_parts(above)
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


class _Doing(Step):
    """Steps of those who do the work."""

    #: only units that answer for the task
    principal_only: ClassVar[bool] = False

    def check_doer(self) -> None:
        """Refuse accounts of units that do not do this work.

        Raises
        ------
        NotAllowed
            With who may do it.
        """
        if self.actor.is_system:
            return
        every, principal = doing(self.task)
        asked = (principal or every) if self.principal_only else every
        if not asked or belongs_to(self.actor, asked):
            return
        if not self.principal_only and self.actor.may(access.TASK_REPORT_FOR):
            return
        names = "、".join(dict.fromkeys(one.name for one in asked))
        raise NotAllowed(
            __("Only these units can do this with this task: %(units)s.") % {"units": names[:300]},
        )

    def for_whom(self, task: Task) -> dict[str, Any]:
        """The organisation that it is recorded for, where somebody else writes it down for them."""
        every, principal = doing(task)
        if self.actor.user is None or not every or belongs_to(self.actor, every):
            return {}
        return {"organisation": (principal or every)[0], "data": {"on_behalf": True}}


class StartTask(_Doing):
    """Say that the work has begun."""

    step = EventKind.START

    def prepare(self, task: Task) -> dict[str, Any]:
        """For whom."""
        return self.for_whom(task)


class _Saying(_Doing):
    """Steps that say how much is done, with files that prove it.

    Parameters
    ----------
    percent
        The share done [%]; only where nothing is counted.
    quantities
        Amount of the task → how much of it is done.
    evidence
        Files as pairs of content and name.
    """

    def __init__(
        self,
        actor: Actor,
        task: Task,
        *,
        on: date | None = None,
        percent: Decimal | None = None,
        quantities: Mapping[int, Decimal] | None = None,
        note: str = "",
        evidence: Sequence[tuple[Any, str]] = (),
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, task, on=on, note=note, version=version, reason=reason)
        self.given, self.amounts, self.evidence = percent, dict(quantities or {}), list(evidence)
        self._percent: Decimal | None = None

    def check(self) -> None:
        """Files need their own right."""
        super().check()
        if self.evidence and not self.actor.may("core.attachment.add"):
            raise NotAllowed(permission="core.attachment.add")

    def validate(self) -> None:
        """Shares between 0 and 100, amounts that are numbers."""
        super().validate()
        wrong: dict[str, Any] = {}
        if self.given is not None:
            if not self.given.is_finite() or not 0 <= self.given <= 100:
                wrong["percent"] = __("Enter a share between 0 and 100.")
            else:
                # Down, so that only what is wholly done is 100.
                self.given = self.given.quantize(Decimal("0.01"), ROUND_FLOOR)
        for key, done in self.amounts.items():
            if not done.is_finite() or done < 0 or done >= Decimal(10) ** 15:
                wrong[f"quantity_{key}"] = __("Enter a number that is not negative.")
        if len(self.evidence) > MANY_FILES:
            wrong["evidence"] = __("At most %(count)s files at once.") % {"count": MANY_FILES}
        if wrong:
            raise Invalid(fields=wrong)

    def entered(self, task: Task) -> dict[str, tuple[Any, Any]]:
        """Share and amounts as entered and as they are now."""
        found: dict[str, tuple[Any, Any]] = {}
        if self.given is not None:
            found["percent"] = (f"{plain(self.given)}%", f"{plain(task.percent)}%")
        for row in task.quantities.all():
            if row.pk in self.amounts:
                label = row.what or row.unit or __("Amount")
                found[label] = (f"{plain(self.amounts[row.pk])}{row.unit}", f"{plain(row.done) or '—'}{row.unit}")
        if self.note:
            found["note"] = (self.note, task.last_note)
        return found

    def percent(self, task: Task) -> Decimal | None:
        """As reported, or as the amounts say."""
        return self._percent

    def prepare(self, task: Task) -> dict[str, Any]:
        """Take the amounts and the files."""
        extra = self.for_whom(task)
        data = dict(extra.pop("data", {}))
        self._changed = self._take(task, data)
        kept = [
            files.store(content, name, actor=self.actor, target=task, max_bytes=files.MAX_BYTES)
            for content, name in self.evidence
        ]
        if kept:
            data["files"] = [row.pk for row in kept]
        return {**extra, "data": data}

    def _take(self, task: Task, data: dict[str, Any]) -> dict[int, Decimal]:
        """Take over what is done of the amounts; gives how much more it is than before."""
        rows = list(task.quantities.all())
        counted = [row for row in rows if row.counts]
        parted = dict(_done_by_parts(counted))
        has_parts = bool(parted) or task.parts.exists()
        wrong: dict[str, Any] = {}
        known = {row.pk for row in counted}
        for key in self.amounts:
            if key not in known:
                wrong[f"quantity_{key}"] = __("This amount does not count for the progress of this task.")
        # What was reported for a later day holds; a report that comes late only fills the past.
        said = task.events.filter(kind__in=_SAYING)
        newest = not said.filter(on__gt=self.on).exists()
        earlier = said.filter(on__lte=self.on).order_by("-on", "-pk").first()
        past = (earlier.data or {}).get("quantities", {}) if earlier is not None else {}
        changed: dict[int, Decimal] = {}
        now: list[amounts.Amount] = []
        words: dict[str, str] = {}
        for row in counted:
            if row.pk in self.amounts:
                done: Decimal | None = self.amounts[row.pk] + parted.get(row.pk, Decimal(0))
            elif newest:
                done = row.done
            else:
                done = Decimal(past[str(row.pk)]) if str(row.pk) in past else None
            if done is not None and row.pk in self.amounts and done > row.value and not self.said:
                wrong[f"quantity_{row.pk}"] = __(
                    "This is more than the %(value)s %(unit)s of the task. Say in the note how it comes about."
                ) % {"value": plain(row.value), "unit": row.unit}
            now.append(amounts.Amount(row.value, done))
            if done is None:
                continue
            words[str(row.pk)] = plain(done)
            if newest and done != row.done:
                changed[row.pk] = done - (row.done or Decimal(0))
                row.done = done
        from_amounts = amounts.percent_of(now) if words else None
        if self.given is not None and from_amounts is not None and self.given != from_amounts:
            wrong["percent"] = __("The share follows from the amounts here: %(share)s%%. Leave it empty.") % {
                "share": plain(from_amounts)
            }
        elif self.given is not None and has_parts and from_amounts is None:
            wrong["percent"] = __("The share follows from the parts that were handed down. Leave it empty.")
        if wrong:
            raise Invalid(fields=wrong)
        TaskQuantity.objects.bulk_update([row for row in counted if row.pk in changed], ["done"])
        if words:
            data["quantities"] = words
        self._percent = from_amounts if from_amounts is not None else self.given
        return changed

    def perform(self) -> TaskEvent:
        """Record it, and let the tasks above follow."""
        event = super().perform()
        self.pass_up(event.task, self._changed)
        return event


def _done_by_parts(rows: Sequence[TaskQuantity]) -> Iterable[tuple[int, Decimal]]:
    found: dict[int, Decimal] = {}
    parts = TaskQuantity.objects.filter(part_of__in=[row.pk for row in rows])
    for whole, done in parts.values_list("part_of", "done"):
        if whole is not None:
            found[whole] = found.get(whole, Decimal(0)) + (done or Decimal(0))
    return found.items()


class ReportProgress(_Saying):
    """Report how far the work has come."""

    step = EventKind.REPORT

    def validate(self) -> None:
        """A report says something."""
        super().validate()
        if self.given is None and not self.amounts and not self.note and not self.evidence:
            raise Invalid(__("Say how much is done, or write what has happened."))


class SubmitTask(_Saying):
    """Hand the task in for close-out, and ask cooperating units to co-sign.

    Parameters
    ----------
    cosign
        Cooperating organisations of the task that are asked.
    """

    step = EventKind.SUBMIT
    principal_only = True

    def __init__(self, actor: Actor, task: Task, *, cosign: Sequence[Organisation] = (), **values: Any) -> None:
        super().__init__(actor, task, **values)
        self.cosign = list(dict.fromkeys(cosign))

    def prepare(self, task: Task) -> dict[str, Any]:
        """Ask for the signatures as well; those of the last time have lapsed."""
        found = super().prepare(task)
        may = set(
            TaskUnit.objects.filter(task=task, role=UnitRole.COOPERATING).values_list("organisation", flat=True)
        )
        strangers = [one.name for one in self.cosign if one.pk not in may]
        if strangers:
            raise Invalid(
                fields={
                    "cosign": __("These do not cooperate in this task: %(units)s.") % {"units": "、".join(strangers)}
                }
            )
        lapse(task)
        TaskCosign.objects.bulk_create(TaskCosign(task=task, organisation=one) for one in self.cosign)
        if self.cosign:
            found["data"]["cosign"] = [one.pk for one in self.cosign]
        return found

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell who accepts and who is asked to sign."""
        self.tell(accounts_with(access.TASK_ACCEPT, task), __("Handed in for close-out: %(task)s"), task, self.said)
        if self.cosign:
            self.tell(
                accounts_of(self.cosign, access.TASK_COSIGN, task),
                __("Please co-sign: %(task)s"),
                task,
                self.said,
            )


class RecallTask(_Doing):
    """Take back what was handed in."""

    step = EventKind.RECALL
    principal_only = True

    def prepare(self, task: Task) -> dict[str, Any]:
        """Nobody has to sign any more."""
        lapse(task)
        return {}


def lapse(task: Task) -> None:
    """Close co-signatures that are still asked for or objected."""
    task.cosigns.filter(status__in=[CosignStatus.ASKED, CosignStatus.OBJECTED]).update(status=CosignStatus.LAPSED)


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
        mine = task.events.filter(user=user, kind__in=_DOING)
        if reopened is not None:
            mine = mine.filter(pk__gt=reopened.pk)
        if mine.exists():
            raise OwnWork(
                __("You have begun, reported or handed in this work yourself, so that somebody else has to accept it.")
            )
        _every, principal = doing(task)
        if belongs_to(self.actor, principal):
            names = "、".join(one.name for one in principal)
            raise OwnWork(
                __("Your organisation answers for this task (%(units)s), so that somebody else has to accept it.")
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
            raise WrongStep(__("This was the last milestone; accept the close-out of the whole task instead."))

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
        begun = task.events.filter(kind__in=_DOING).exists()
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


STEPS: dict[str, type[Step]] = {
    cls.step: cls
    for cls in (
        StartTask,
        ReportProgress,
        SubmitTask,
        RecallTask,
        AcceptTask,
        AcceptMilestone,
        ReturnTask,
        SuspendTask,
        ResumeTask,
        ReopenTask,
    )
}


class Cosign(OnTask):
    """Sign what was handed in for a cooperating unit, or object to it."""

    code = "plans.task.cosign"
    permission = access.TASK_COSIGN
    states = frozenset({TaskState.SUBMITTED})

    def __init__(
        self, actor: Actor, cosign: TaskCosign, *, agree: bool, note: str = "", version: int | None = None
    ) -> None:
        super().__init__(actor, cosign.task, version=version)
        self.cosign, self.agree, self.note = cosign, agree, note.strip()

    def check_doer(self) -> None:
        """Only the unit that was asked."""
        if not self.actor.is_system and not belongs_to(self.actor, [self.cosign.organisation]):
            raise NotAllowed(
                __("Only %(unit)s can sign here.") % {"unit": self.cosign.organisation.name},
            )

    def validate(self) -> None:
        """Who objects says why."""
        super().validate()
        if not self.agree and not self.note:
            raise ReasonMissing(fields={"note": ReasonMissing.message})
        if len(self.note) > 500:
            raise Invalid(fields={"note": __("At most %(count)s characters.") % {"count": 500}})

    def perform(self) -> TaskCosign:
        """Record it, and tell who handed it in."""
        task = self.lock()
        row = TaskCosign.objects.select_for_update().get(pk=self.cosign.pk)
        if row.status not in {CosignStatus.ASKED, CosignStatus.OBJECTED}:
            raise WrongStep(__("This signature is not asked for any more; load the page again."))
        before = row.status
        row.status = CosignStatus.SIGNED if self.agree else CosignStatus.OBJECTED
        row.user, row.decided_at, row.note = self.actor.user, timezone.now(), self.note
        row.save()
        standing.record(
            task,
            EventKind.COSIGN,
            on=campaign_today(),
            actor=self.actor,
            note=self.note,
            organisation=row.organisation,
            data={"cosign": row.pk, "status": row.status},
        )
        self.log(
            task,
            before={"cosign": CosignStatus(before).label},
            after={"cosign": row.get_status_display(), "unit": row.organisation.name, "note": self.note},
        )
        every, principal = doing(task)
        title = __("Co-signed: %(task)s") if self.agree else __("Co-signature refused: %(task)s")
        self.tell(accounts_of(principal or every, access.TASK_VIEW, task), title, task, self.note)
        return row


def possible_steps(actor: Actor, task: Task) -> list[Transition]:
    """The steps that an actor may take with a task as it stands now."""
    return [cls.transition for cls in STEPS.values() if cls(actor, task).is_possible()]


def evidence_of(task: Task) -> dict[int, Attachment]:
    """Files on a task by their keys."""
    return {row.pk: row for row in files.of(task)}


def open_cosigns(actor: Actor, task: Task) -> list[TaskCosign]:
    """Signatures that this account is asked for."""
    rows = task.cosigns.filter(Q(status=CosignStatus.ASKED) | Q(status=CosignStatus.OBJECTED))
    return [
        row
        for row in rows.select_related("organisation", "task__plan")
        if Cosign(actor, row, agree=True).is_possible()
    ]
