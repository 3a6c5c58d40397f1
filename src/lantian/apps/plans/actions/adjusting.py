"""Adjustments of tasks (调整): asked for with a reason, decided by somebody else, counted from the day of approval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotAllowed
from lantian.apps.plans import access, drafts, ledger, standing, values
from lantian.apps.plans.actions.handing_down import split_of
from lantian.apps.plans.actions.people import accounts_of, accounts_with, answers_for, belongs_to, doing
from lantian.apps.plans.actions.steps import OnTask
from lantian.apps.plans.choices import AdjustmentStatus, EventKind
from lantian.apps.plans.exceptions import EditConflict, OwnWork, WrongStep
from lantian.apps.plans.models import Task, TaskAdjustment
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.transitions import OPEN_STATES

ADJUSTABLE = ("deadlines", "quantities")


def stored_values(task: Task) -> dict[str, Any]:
    """Dates and amounts of a task with what is known of them, as an adjustment keeps them."""
    found = ledger.task_values(task)
    dates = [
        {
            **item,
            "share": plain(row.share) or None,
            "met_on": row.met_on.isoformat() if row.met_on else None,
        }
        for item, row in zip(found["deadlines"], task.deadlines.all(), strict=True)
    ]
    return {"deadlines": dates, "quantities": found["quantities"]}


class AskAdjustment(OnTask):
    """Ask that dates or amounts of a task be changed.

    Parameters
    ----------
    proposal
        ``deadlines`` and ``quantities`` in the shape of the values of a task; whatever is named replaces what is there.
    """

    code = "plans.task.adjust"
    permission = access.TASK_ADJUST
    needs_reason = True
    states = OPEN_STATES

    def __init__(
        self,
        actor: Actor,
        task: Task,
        proposal: Mapping[str, Any],
        *,
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, task, version=version, reason=reason)
        self.proposal = dict(proposal)

    def check_doer(self) -> None:
        """Only units that do the work."""
        every, _principal = doing(self.task)
        if self.actor.is_system or not every or belongs_to(self.actor, every):
            return
        raise NotAllowed(
            __("Only these units can do this with this task: %(units)s.")
            % {"units": "、".join(dict.fromkeys(one.name for one in every))[:300]}
        )

    def validate(self) -> None:
        """Only dates and amounts."""
        super().validate()
        unknown = set(self.proposal) - set(ADJUSTABLE)
        if unknown:
            raise Invalid(fields=dict.fromkeys(unknown, __("Only dates and amounts can be adjusted.")))
        if len(self.reason) > 500:
            raise Invalid(fields={"reason": __("At most %(count)s characters.") % {"count": 500}})
        self.clean = values.clean("task", self.proposal)

    def perform(self) -> TaskAdjustment:
        """Keep the wish beside what it would replace, and tell who decides."""
        task = self.lock()
        if task.adjustments.filter(status=AdjustmentStatus.ASKED).exists():
            raise WrongStep(__("An adjustment of this task is waiting for its decision already."))
        stored = stored_values(task)
        before, after = values.difference(stored, self.clean)
        if not after:
            raise Invalid(__("This changes nothing."))
        check_splits(task, self.clean.get("quantities"))
        row = TaskAdjustment.objects.create(
            task=task,
            before={name: stored[name] for name in self.clean},
            proposal=self.clean,
            reason=self.reason,
            asked_by=self.actor.user,
            organisation=self.actor.user.organisation if self.actor.user is not None else None,
        )
        self.log(task, before=before, after=after)
        self.tell(
            accounts_with(access.TASK_APPROVE, task), __("Adjustment asked for: %(task)s"), task, self.reason
        )
        return row


def check_splits(task: Task, amounts: Sequence[Mapping[str, Any]] | None) -> None:
    """What was handed down must stay within the whole, above and below.

    Raises
    ------
    Invalid
        With the amount that the parts would go beyond.
    """
    if amounts is None:
        return
    # The rows are matched as they would be written, without writing them.
    old, new = list(task.quantities.all()), ledger.quantity_rows(task.pk, amounts)
    ledger.match_amounts(old, new)
    by_key = {row.pk: row for row in new if row.pk is not None}
    for row in old:
        given = split_of(row)
        if given.parts:
            left = row.value - given.left
            now = by_key.get(row.pk)
            if now is None or now.value < left:
                raise Invalid(
                    fields={
                        "quantities": __(
                            "%(given)s%(unit)s of this amount are handed down already; it cannot be less."
                        )
                        % {"given": plain(left), "unit": row.unit}
                    }
                )
        if row.part_of is not None:
            above = split_of(row.part_of)
            now = by_key.get(row.pk)
            more = (now.value if now is not None else 0) - row.value
            if above.left - more < 0:
                raise Invalid(
                    fields={
                        "quantities": __(
                            "With this, the parts would be %(over)s%(unit)s more than the task above; "
                            "have that adjusted first."
                        )
                        % {"over": plain(more - above.left), "unit": row.unit}
                    }
                )


class _OnAdjustment(OnTask):
    """What is done with an adjustment that waits."""

    def __init__(
        self,
        actor: Actor,
        row: TaskAdjustment,
        *,
        note: str = "",
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, row.task, version=version, reason=reason)
        self.row, self.note = row, note.strip()

    def validate(self) -> None:
        """The note fits its column."""
        super().validate()
        for name, text in (("note", self.note), ("reason", self.reason)):
            if len(text) > 500:
                raise Invalid(fields={name: __("At most %(count)s characters.") % {"count": 500}})

    def take(self) -> tuple[Task, TaskAdjustment]:
        """Task and adjustment, held, while it still waits."""
        task = self.lock()
        row = TaskAdjustment.objects.select_for_update().get(pk=self.row.pk)
        if row.status != AdjustmentStatus.ASKED:
            raise WrongStep(__("This adjustment has been decided already; load the page again."))
        return task, row

    def decide(self, row: TaskAdjustment, status: str) -> None:
        """Note the decision."""
        row.status, row.decided_by, row.decided_at = status, self.actor.user, timezone.now()
        row.note = self.note or self.reason
        row.save()

    def words(self, row: TaskAdjustment) -> tuple[dict[str, str], dict[str, str]]:
        """Before and after in words."""
        return values.difference(row.before, row.proposal)


class _Decide(_OnAdjustment):
    permission = access.TASK_APPROVE

    def check_state(self, task: Task) -> None:
        """Whoever asked, or answers for the task, does not decide."""
        super().check_state(task)
        user = self.actor.user
        if user is None:
            return
        if self.row.asked_by_id == user.pk:
            raise OwnWork(
                __("You have asked for this adjustment yourself, so that somebody else has to decide it.")
            )
        _every, principal = doing(task)
        if answers_for(self.actor, task, principal):
            raise OwnWork(
                __("Your organisation answers for this task, so that somebody else has to decide this.")
            )

    def answer(self, task: Task, row: TaskAdjustment, title: str) -> None:
        """Tell who asked and the doers."""
        every, principal = doing(task)
        users = {user.pk: user for user in accounts_of(principal or every, access.TASK_VIEW, task)}
        if row.asked_by is not None:
            users[row.asked_by.pk] = row.asked_by
        self.tell(users.values(), title, task, self.note or self.reason)


class ApproveAdjustment(_Decide):
    """Approve it: dates and amounts are changed from today on."""

    code = "plans.task.approve"
    states = OPEN_STATES

    def perform(self) -> TaskAdjustment:
        """Change the rows, keep before and after with the event, let the task stand anew."""
        task, row = self.take()
        stored = stored_values(task)
        was, now = values.difference(row.before, {name: stored[name] for name in row.before})
        if now:
            raise EditConflict({name: (was[name], now[name]) for name in now}, task.version)
        check_splits(task, row.proposal.get("quantities"))
        before, after = self.words(row)
        state = {"state": task.state, "percent": plain(task.percent)}
        if "deadlines" in row.proposal:
            self._late_parts(task, row.proposal["deadlines"])
            ledger.replace_dates(task, row.proposal["deadlines"])
        if "quantities" in row.proposal:
            ledger.replace_amounts(task, row.proposal["quantities"])
        getattr(task, "_prefetched_objects_cache", {}).clear()
        ledger.refresh_task(task)
        percent = standing.percent_from_amounts(task) if "quantities" in row.proposal else None
        data: dict[str, Any] = {"adjustment": row.pk, "before": row.before, "after": row.proposal}
        if percent is not None and percent != task.percent:
            data["percent_changed"] = True
        standing.record(
            task,
            EventKind.ADJUST,
            on=campaign_today(),
            actor=self.actor,
            percent=percent,
            note=row.reason,
            data=data,
        )
        self.decide(row, AdjustmentStatus.APPROVED)
        self.log(
            task,
            before={**before, "percent": state["percent"]},
            after={**after, "percent": plain(task.percent), "note": self.note},
        )
        self.answer(task, row, __("Adjustment approved: %(task)s"))
        return row

    @staticmethod
    def _late_parts(task: Task, dates: Sequence[Mapping[str, Any]]) -> None:
        """A whole is not due before its parts, and a part not after its whole."""
        _first, last = ledger.first_and_last(dates)
        latest = max((day for day in task.parts.values_list("last_deadline", flat=True) if day), default=None)
        if last is not None and latest is not None and latest > last:
            raise Invalid(
                fields={
                    "deadlines": __("A part that was handed down is due on %(day)s; have it adjusted first.")
                    % {"day": latest.isoformat()}
                }
            )
        above = task.parent.last_deadline if task.parent is not None else None
        if above is not None and (last is None or last > above):
            raise Invalid(
                fields={
                    "deadlines": __("The whole task is due on %(day)s; a part cannot be due later.")
                    % {"day": above.isoformat()}
                }
            )


class RefuseAdjustment(_Decide):
    """Refuse it, with the reason."""

    code = "plans.task.refuse"
    needs_reason = True

    def perform(self) -> TaskAdjustment:
        """Note the decision; nothing else changes."""
        task, row = self.take()
        self.decide(row, AdjustmentStatus.REFUSED)
        before, after = self.words(row)
        self.log(task, before=after, after=before)
        self.answer(task, row, __("Adjustment refused: %(task)s"))
        return row


class WithdrawAdjustment(_OnAdjustment):
    """Take the wish back before it is decided."""

    code = "plans.task.adjust_withdraw"
    permission = access.TASK_ADJUST

    def check_doer(self) -> None:
        """Only who asked, or somebody of the same organisation."""
        user = self.actor.user
        if self.actor.is_system or (user is not None and self.row.asked_by_id == user.pk):
            return
        if self.row.organisation is None or not belongs_to(self.actor, [self.row.organisation]):
            raise NotAllowed(__("Only who asked for the adjustment can take it back."))

    def perform(self) -> TaskAdjustment:
        """Close it."""
        task, row = self.take()
        self.decide(row, AdjustmentStatus.WITHDRAWN)
        self.log(task, after={"status": row.get_status_display()})
        return row


def moved(task: Task, day: str) -> list[dict[str, Any]]:
    """The dates of a task with its last deadline on another day; for the form that asks for a new deadline."""
    found: list[dict[str, Any]] = ledger.task_values(task)["deadlines"]
    rows = standing.milestone_rows(task.deadlines.all())
    if not rows:
        return [*found, {"kind": "deadline", "start": None, "end": day, "text": "", "span": None}]
    last = rows[-1]
    for item in found:
        if item["kind"] == last.kind and drafts.day(item["end"]) == last.end:
            item["end"], item["text"] = day, ""
    return found
