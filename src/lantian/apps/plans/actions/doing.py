"""Steps of those who do the work: begin, report, hand in, take back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as __

from lantian.apps.core import files
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed
from lantian.apps.core.models import Organisation
from lantian.apps.plans import access, standing
from lantian.apps.plans.actions.people import accounts_of, accounts_with, belongs_to, doing
from lantian.apps.plans.actions.steps import Step, lapse
from lantian.apps.plans.choices import EventKind, UnitRole
from lantian.apps.plans.models import Task, TaskCosign, TaskEvent, TaskQuantity, TaskUnit
from lantian.apps.plans.models.tasks import plain
from lantian.rules.progress import amounts

#: events that say how much is done
_SAYING = (EventKind.REPORT, EventKind.SUBMIT)
MANY_FILES = 20


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
        every, principal = self.doers(self.task)
        asked = (principal or every) if self.principal_only else every
        if not asked or belongs_to(self.actor, asked):
            return
        if not self.principal_only and self.actor.may(access.TASK_REPORT_FOR):
            return
        names = "、".join(dict.fromkeys(one.name for one in asked))
        raise NotAllowed(
            __("Only these units can do this with this task: %(units)s.") % {"units": names[:300]},
        )

    def doers(self, task: Task) -> tuple[list[Organisation], list[Organisation]]:
        """Who does the work, and who of them answers for it."""
        return doing(task)

    def for_whom(self, task: Task) -> dict[str, Any]:
        """The organisation that it is recorded for, where somebody else writes it down for them."""
        every, principal = self.doers(task)
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
                label = row.what or row.unit or __("Quantity")
                found[label] = (
                    f"{plain(self.amounts[row.pk])}{row.unit}",
                    f"{plain(row.done) or '—'}{row.unit}",
                )
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
        parted = self.done_by_parts(counted)
        has_parts = bool(parted) or task.parts.exists()
        wrong: dict[str, Any] = {}
        known = {row.pk for row in counted}
        for key in self.amounts:
            if key not in known:
                wrong[f"quantity_{key}"] = __("This amount does not count for the progress of this task.")
        # What was reported for a later day holds; a report that comes late only fills the past.
        said = [event for event in standing.in_order(task.events.all()) if event.kind in _SAYING]
        newest = not any(event.on > self.on for event in said)
        earlier = next((event for event in reversed(said) if event.on <= self.on), None)
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
        self.keep_done([row for row in counted if row.pk in changed])
        if words:
            data["quantities"] = words
        self._percent = from_amounts if from_amounts is not None else self.given
        return changed

    def done_by_parts(self, rows: Sequence[TaskQuantity]) -> dict[int, Decimal]:
        """What the parts that were handed down have done of each amount."""
        return dict(_done_by_parts(rows))

    def keep_done(self, rows: Sequence[TaskQuantity]) -> None:
        """Write what is done of the amounts."""
        TaskQuantity.objects.bulk_update(rows, ["done"])

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

    def __init__(
        self, actor: Actor, task: Task, *, cosign: Sequence[Organisation] = (), **values: Any
    ) -> None:
        super().__init__(actor, task, **values)
        self.cosign = list(dict.fromkeys(cosign))

    def prepare(self, task: Task) -> dict[str, Any]:
        """Ask for the signatures as well; those of the last time have lapsed."""
        found = super().prepare(task)
        may = set(
            TaskUnit.objects.filter(task=task, role=UnitRole.COOPERATING).values_list(
                "organisation", flat=True
            )
        )
        strangers = [one.name for one in self.cosign if one.pk not in may]
        if strangers:
            raise Invalid(
                fields={
                    "cosign": __("These do not cooperate in this task: %(units)s.")
                    % {"units": "、".join(strangers)}
                }
            )
        lapse(task)
        TaskCosign.objects.bulk_create(TaskCosign(task=task, organisation=one) for one in self.cosign)
        if self.cosign:
            found["data"]["cosign"] = [one.pk for one in self.cosign]
        return found

    def follow(self, task: Task, event: TaskEvent) -> None:
        """Tell who accepts and who is asked to sign."""
        self.tell(
            accounts_with(access.TASK_ACCEPT, task), __("Handed in for close-out: %(task)s"), task, self.said
        )
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
