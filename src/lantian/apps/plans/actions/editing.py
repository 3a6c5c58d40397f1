"""Changes of what is in the ledger: plans, tasks, targets, duties, sanctions; and withdrawing a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.plans import drafts, ledger, mapping, standing, values, work
from lantian.apps.plans.access import PLAN_EDIT, PLAN_WITHDRAW, TARGET_EDIT, TASK_EDIT
from lantian.apps.plans.actions.imports import _refuse_stale, clean_head
from lantian.apps.plans.choices import ImportStatus, PlanStatus
from lantian.apps.plans.exceptions import WorkHangsOnIt, WrongStep
from lantian.apps.plans.models import (
    Plan,
    PlanImport,
    ReportingDuty,
    Sanction,
    Target,
    Task,
    TaskDeadline,
    TaskQuantity,
    TaskUnit,
)

PLAIN_TASK_FIELDS = ("number", "part", "title", "subtitle", "text", "covers", "persons", "recurrence")


class _Edit(Action[Any]):
    """What all changes share: a row under the right, a reason, and the version that the person saw."""

    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        row: Any,
        changes: Mapping[str, Any],
        *,
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.row, self.changes, self.version = row, changes, version

    def subject(self) -> Any:
        """The row."""
        return self.row

    def check(self) -> None:
        """Refuse rows of others."""
        super().check()
        self.check_row(self.row)

    def lock(self) -> Any:
        """The row as it is now, held until the end of the transaction; a withdrawn plan is closed."""
        rows = type(self.row)._base_manager.select_for_update(of=("self",))
        if not isinstance(self.row, Plan):
            rows = rows.select_related("plan")
        row = rows.get(pk=self.row.pk)
        self.refuse_withdrawn(row if isinstance(row, Plan) else row.plan)
        return row

    @staticmethod
    def refuse_withdrawn(plan: Plan) -> None:
        """Leave what was withdrawn as it is."""
        if plan.status == PlanStatus.WITHDRAWN:
            raise WrongStep(__("This plan has been withdrawn; nothing in it can be changed any more."))


class EditTask(_Edit):
    """Change a task: its words, units, dates and amounts."""

    code = "plans.task.edit"
    permission = TASK_EDIT

    def validate(self) -> None:
        """Check the values."""
        super().validate()
        if "section" in self.changes:
            raise Invalid(fields={"section": __("A task stays where the plan has it.")})
        self.clean = values.clean("task", self.changes)

    def perform(self) -> Task:
        """Change the task, its rows and its repeated columns; log the difference."""
        task: Task = self.lock()
        stored = ledger.task_values(task, self.clean)
        before, after = values.difference(stored, self.clean)
        _refuse_stale(self.version, task.version, before, after)
        if not after:
            self.unchanged = True
            return task
        for name in PLAIN_TASK_FIELDS:
            if name in self.clean:
                setattr(task, name, self.clean[name])
        if "units" in self.clean:
            self._units(task, self.clean["units"])
        if "deadlines" in self.clean:
            ledger.refresh_dates(task, self.replace_dates(task, self.clean["deadlines"]))
        if "quantities" in self.clean:
            self.replace_amounts(task, self.clean["quantities"])
        task.version += 1
        if "units" in self.clean:
            ledger.refresh_lead(task)
        if self.clean.keys() & {"deadlines", "quantities"}:
            self.stand(task)
        else:
            # Words and units move no lights.
            self.keep(task)
        if "units" in self.clean:
            self.open_to_units(task)
        self.log(task, before=before, after=after)
        return task

    def replace_dates(self, task: Task, values: list[dict[str, Any]]) -> list[TaskDeadline]:
        """Write other dates."""
        return ledger.replace_dates(task, values)

    def replace_amounts(self, task: Task, values: list[dict[str, Any]]) -> list[TaskQuantity]:
        """Write other amounts."""
        return ledger.replace_amounts(task, values)

    def keep(self, task: Task) -> None:
        """Save the task."""
        task.save()

    def open_to_units(self, task: Task) -> None:
        """Open the plan to the units."""
        ledger.refresh_parties([task.plan_id])

    def stand(self, task: Task) -> None:
        """Reckon how the task stands by its new dates and amounts, and save it."""
        standing.refresh(task)

    def meaning(self, names: Sequence[str], task: Task) -> ledger.Known:
        """Which organisations names mean that the plan does not have yet."""
        return mapping.known(mapping.automatic(names, task.plan.region))

    def _units(self, task: Task, units: list[dict[str, Any]]) -> None:
        """Replace the units; a name that the plan already has means what it means there."""
        names = {unit["name"] for unit in units}
        known: dict[str, tuple[list[int], bool]] = {}
        present = TaskUnit.objects.filter(
            task__plan_id=task.plan_id, name__in=names, organisation__isnull=False
        )
        for name, key, collective in (
            present.order_by("name", "order").values_list("name", "organisation", "collective").distinct()
        ):
            keys, _ = known.setdefault(name, ([], collective))
            if key not in keys:
                keys.append(key)
        known.update(self.meaning([name for name in names if name not in known], task))
        literal = {(unit.role, unit.name): unit.literal for unit in task.units.all()}
        for unit in units:
            unit["literal"] = unit["literal"] or literal.get((unit["role"], unit["name"]), "")
        task.units.all().delete()
        TaskUnit.objects.bulk_create(ledger.unit_rows(task.pk, units, known), batch_size=ledger.BATCH)


class LinkUnit(_Edit):
    """Say which organisation a name in a task means."""

    code = "plans.task.link_unit"
    permission = TASK_EDIT

    def __init__(
        self,
        actor: Actor,
        row: Task,
        unit: TaskUnit,
        organisation: Any,
        *,
        version: int | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, row, {}, version=version, reason=reason)
        self.unit, self.organisation = unit, organisation

    def perform(self) -> TaskUnit:
        """Link it, and open the task to that organisation."""
        task = self.lock()
        unit = task.units.filter(pk=self.unit.pk).first()
        if unit is None:
            raise NotFound
        before = {unit.name: str(unit.organisation or "")}
        unit.organisation = self.organisation
        unit.save(update_fields=["organisation"])
        task.version += 1
        task.save()
        ledger.refresh_parties([task.plan_id])
        self.log(task, before=before, after={unit.name: str(self.organisation or "")})
        return unit


class _EditRow(_Edit):
    """Targets, duties and sanctions have one row each."""

    kind: ClassVar[str]

    def validate(self) -> None:
        """Check the values."""
        super().validate()
        self.clean = values.clean(self.kind, self.changes)

    def fields(self, row: Any, new: dict[str, Any]) -> dict[str, Any]:
        """Columns from values."""
        raise NotImplementedError

    def perform(self) -> Any:
        """Change the row and log the difference."""
        row = self.lock()
        stored = ledger.row_values(row)
        before, after = values.difference(stored, self.clean)
        _refuse_stale(self.version, row.version, before, after)
        if not after:
            self.unchanged = True
            return row
        for name, value in self.fields(row, {**stored, **self.clean}).items():
            setattr(row, name, value)
        row.version += 1
        row.save()
        self.log(row, before=before, after=after)
        return row


class EditTarget(_EditRow):
    """Change a target."""

    code = "plans.target.edit"
    permission = TARGET_EDIT
    kind = "target"

    def fields(self, row: Target, new: dict[str, Any]) -> dict[str, Any]:
        """Columns from values."""
        found = ledger.target_fields(new, ledger.known_regions([new["region"]], row.plan.region))
        if (found["indicator"], found["unit"], found["kind"]) == (row.indicator, row.unit, row.kind):
            # What it is measured as may have been chosen by a person.
            del found["measure"]
        return found


class EditDuty(_EditRow):
    """Change a reporting duty."""

    code = "plans.duty.edit"
    permission = PLAN_EDIT
    kind = "duty"

    def fields(self, row: ReportingDuty, new: dict[str, Any]) -> dict[str, Any]:
        """Columns from values."""
        return ledger.duty_fields(new)


class EditSanction(_EditRow):
    """Change a sanction."""

    code = "plans.sanction.edit"
    permission = PLAN_EDIT
    kind = "sanction"

    def fields(self, row: Sanction, new: dict[str, Any]) -> dict[str, Any]:
        """Columns from values."""
        return ledger.sanction_fields(new)


class EditPlan(_Edit):
    """Change the head of a plan; ``year`` may stand among the changes."""

    code = "plans.plan.edit"
    permission = PLAN_EDIT

    def validate(self) -> None:
        """Check the values."""
        super().validate()
        changes = dict(self.changes)
        self.year = changes.pop("year", None)
        if self.year is not None and not 1990 <= int(self.year) <= 2100:
            raise Invalid(fields={"year": __("Enter a year between 1990 and 2100.")})
        self.clean = clean_head(changes)

    def perform(self) -> Plan:
        """Change the plan and log the difference."""
        plan: Plan = self.lock()
        stored = {
            "title": plan.title,
            "issuer": plan.issuer,
            "document_number": plan.document_number,
            "issued_on": plan.issued_on.isoformat() if plan.issued_on else None,
            "filing_deadline": plan.filing_deadline,
            "copied_to": plan.copied_to,
            "starts_on": plan.starts_on.isoformat() if plan.starts_on else None,
            "ends_on": plan.ends_on.isoformat() if plan.ends_on else None,
            "year": plan.year,
        }
        new = {**self.clean, **({"year": int(self.year)} if self.year is not None else {})}
        before, after = values.difference(stored, new)
        _refuse_stale(self.version, plan.version, before, after)
        if not after:
            self.unchanged = True
            return plan
        for name, value in new.items():
            setattr(plan, name, drafts.day(value) if name.endswith("_on") else value)
        if "issuer" in after:
            plan.issuer_organisation_id = mapping.one(plan.issuer, plan.region)
        plan.version += 1
        plan.save()
        if "issuer" in after:
            ledger.refresh_parties([plan.pk])
        self.log(plan, before=before, after=after)
        return plan


class WithdrawPlan(_Edit):
    """Take a plan out of the ledger while no work hangs on it; its rows and its log stay."""

    code = "plans.plan.withdraw"
    permission = PLAN_WITHDRAW

    def __init__(self, actor: Actor, row: Plan, *, reason: str = "") -> None:
        super().__init__(actor, row, {}, reason=reason)

    def perform(self) -> Plan:
        """Withdraw the plan and its import."""
        plan: Plan = self.lock()
        hanging = work.hanging_on(plan)
        if hanging:
            raise WorkHangsOnIt(
                __("This plan cannot be withdrawn, because work already hangs on it: %(what)s")
                % {"what": " ".join(hanging)}
            )
        before = plan.status
        plan.status = PlanStatus.WITHDRAWN
        plan.version += 1
        plan.save()
        PlanImport.objects.filter(plan=plan).update(status=ImportStatus.WITHDRAWN)
        self.log(plan, before={"status": before}, after={"status": plan.status})
        return plan
