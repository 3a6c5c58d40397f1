"""Comparing a plan with the plan above it, and what a person says of each finding."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.plans import access, comparing
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.exceptions import EditConflict, WrongStep
from lantian.apps.plans.models import ComparisonFinding, Plan, PlanComparison, Target, Task

_DECIDED = ("status", "deadline", "quantity", "lower_tasks", "lower_targets")


class ComparePlans(Action[PlanComparison]):
    """Hold a plan against the plan above it; made again, what people have decided stays where it still fits."""

    code = permission = access.PLAN_COMPARE

    def __init__(self, actor: Actor, lower: Plan, upper: Plan) -> None:
        super().__init__(actor)
        self.lower, self.upper = lower, upper

    def subject(self) -> Plan:
        """The lower plan."""
        return self.lower

    def check(self) -> None:
        """The lower plan is the actor's to work on, the upper one is theirs to see."""
        super().check()
        self.check_row(self.lower)
        if not self.actor.rows(Plan.objects.filter(pk=self.upper.pk), access.PLAN_VIEW).exists():
            raise NotFound

    def validate(self) -> None:
        """Two different plans in force."""
        super().validate()
        if self.lower.pk == self.upper.pk:
            raise Invalid(fields={"upper": __("Choose another plan than this one.")})
        if PlanStatus.WITHDRAWN in {self.lower.status, self.upper.status}:
            raise WrongStep(__("This plan has been withdrawn; nothing in it can be changed any more."))

    def perform(self) -> PlanComparison:
        """Find, and keep what still fits of what was decided."""
        comparison, new = PlanComparison.objects.get_or_create(
            upper=self.upper, lower=self.lower, defaults={"made_by": self.actor.user}
        )
        old = {(row.task_id, row.target_id): row for row in comparison.findings.all()}
        rows = []
        for order, finding in enumerate(comparing.find(self.upper, self.lower)):
            row = comparing.row_of(finding, order)
            row.comparison = comparison
            before = old.get((row.task_id, row.target_id))
            if before is not None:
                _keep(row, before)
            rows.append(row)
        comparison.findings.all().delete()
        ComparisonFinding.objects.bulk_create(rows, batch_size=500)
        if not new:
            comparison.version += 1
            comparison.made_by = self.actor.user
            comparison.save()
        if self.lower.upper_id is None and comparing.is_above(self.lower, self.upper):
            Plan.objects.filter(pk=self.lower.pk, upper__isnull=True).update(upper=self.upper)
        counts = Counter(row.status for row in rows)
        self.log(
            self.lower, after={"upper": self.upper.title, **{key: counts[key] for key in sorted(counts)}}
        )
        return comparison


def _keep(row: ComparisonFinding, before: ComparisonFinding) -> None:
    """Take over a decision: a correction always, a confirmation where the program finds the same again."""
    same = all(before.found.get(name) == row.found[name] for name in _DECIDED)
    if before.decision == "corrected":
        lower = set(Task.objects.filter(pk__in=before.lower_tasks).values_list("pk", flat=True))
        row.status, row.deadline, row.quantity = before.status, before.deadline, before.quantity
        row.lower_tasks = [key for key in before.lower_tasks if key in lower]
        row.lower_targets = before.lower_targets
    elif before.decision != "confirmed" or not same:
        return
    row.decision, row.note = before.decision, before.note
    row.decided_by_id, row.decided_at = before.decided_by_id, before.decided_at


class DecideFinding(Action[ComparisonFinding]):
    """Confirm a finding, correct it, or open it again.

    Parameters
    ----------
    values
        ``status``, ``deadline``, ``quantity``, ``lower_tasks`` and ``lower_targets`` (keys); none confirms what the
        program found.
    seen
        The mark of what the person saw, from :func:`mark_of`.
    """

    code = "plans.plan.compare_decide"
    permission = access.PLAN_COMPARE

    def __init__(
        self,
        actor: Actor,
        finding: ComparisonFinding,
        values: dict[str, Any] | None = None,
        *,
        reopen: bool = False,
        note: str = "",
        seen: str = "",
    ) -> None:
        super().__init__(actor)
        self.finding, self.values, self.reopen = finding, values, reopen
        self.note, self.seen = note.strip(), seen

    def subject(self) -> Plan:
        """The lower plan."""
        return self.finding.comparison.lower

    def check(self) -> None:
        """The lower plan is the actor's to work on, the upper one is theirs to see."""
        super().check()
        self.check_row(self.finding.comparison.lower)
        if not comparing.visible(self.actor).filter(pk=self.finding.comparison_id).exists():
            raise NotFound

    def validate(self) -> None:
        """Known words, and what carries it where it is carried."""
        super().validate()
        wrong: dict[str, Any] = {}
        if len(self.note) > 500:
            wrong["note"] = __("At most %(count)s characters.") % {"count": 500}
        if self.values is not None:
            for name, known in (
                ("status", comparing.STATUS),
                ("deadline", comparing.DEADLINE),
                ("quantity", comparing.QUANTITY),
            ):
                if self.values.get(name) not in known:
                    wrong[name] = __("“%(value)s” is not one of the choices.") % {
                        "value": self.values.get(name)
                    }
            named = bool(self.values.get("lower_tasks") or self.values.get("lower_targets"))
            if self.values.get("status") in {"carried", "partly"} and not named and not self.note:
                wrong["lower_tasks"] = __("Name the task that carries it, or say in the note what does.")
            if self.values.get("status") in {"missing", "not_applicable"} and (
                self.values.get("deadline") != "none" or self.values.get("quantity") != "none"
            ):
                wrong["deadline"] = __(
                    "Without a task below there are no two deadlines or amounts to compare."
                )
        if wrong:
            raise Invalid(fields=wrong)

    def perform(self) -> ComparisonFinding:
        """Record it."""
        row = (
            ComparisonFinding.objects.select_for_update().select_related("comparison").get(pk=self.finding.pk)
        )
        if self.seen and self.seen != mark_of(row):
            difference = {
                "status": (str(comparing.STATUS[row.status]), str(comparing.DECISION[row.decision]))
            }
            raise EditConflict(difference, row.comparison.version)
        before = self._words(row)
        if self.reopen:
            for name in _DECIDED:
                setattr(row, name, row.found[name])
            row.decision, row.note, row.decided_by, row.decided_at = "open", "", None, None
        else:
            if self.values is not None:
                self._take(row, self.values)
            changed = any(getattr(row, name) != row.found[name] for name in _DECIDED)
            row.decision = "corrected" if changed else "confirmed"
            row.note, row.decided_by, row.decided_at = self.note, self.actor.user, timezone.now()
        row.save()
        if row.target_id is not None and row.decision != "open":
            # What was confirmed here links the targets as well, where nobody has linked them.
            Target.objects.filter(pk__in=row.lower_targets, upper__isnull=True).update(upper=row.target_id)
        self.log(self.finding.comparison.lower, before=before, after=self._words(row))
        return row

    @staticmethod
    def _take(row: ComparisonFinding, values: dict[str, Any]) -> None:
        lower = row.comparison.lower_id
        for name, model in (("lower_tasks", Task), ("lower_targets", Target)):
            keys: Sequence[int] = values.get(name) or []
            known = set(model._base_manager.filter(plan_id=lower, pk__in=keys).values_list("pk", flat=True))
            if set(keys) - known:
                raise Invalid(fields={name: __("There is no such task in the lower plan.")})
            setattr(row, name, list(keys))
        row.status, row.deadline, row.quantity = values["status"], values["deadline"], values["quantity"]

    def _words(self, row: ComparisonFinding) -> dict[str, str]:
        subject = row.task or row.target
        return {
            "task": str(subject),
            "status": str(comparing.STATUS[row.status]),
            "deadline": str(comparing.DEADLINE[row.deadline]),
            "amount": str(comparing.QUANTITY[row.quantity]),
            "decision": str(comparing.DECISION[row.decision]),
            "note": row.note,
        }


def mark_of(row: ComparisonFinding) -> str:
    """What tells whether a finding is still as somebody saw it."""
    decided = row.decided_at.isoformat() if row.decided_at else ""
    return f"{row.comparison.version}:{row.decision}:{row.status}:{decided}"
