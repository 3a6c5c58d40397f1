"""What enters the ledger without a document: plans, tasks, targets, duties and sanctions that people type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import F, Max
from django.urls import reverse
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.core.models import Organisation, Region
from lantian.apps.plans import drafts, ledger, mapping, unit_names, values
from lantian.apps.plans.access import PLAN_EDIT, PLAN_IMPORT, TARGET_EDIT, TASK_EDIT, TASK_VIEW
from lantian.apps.plans.actions.imports import clean_head
from lantian.apps.plans.actions.people import accounts_of
from lantian.apps.plans.choices import PlanSource, PlanStatus, TargetKind, TargetMeasure
from lantian.apps.plans.exceptions import WrongStep
from lantian.apps.plans.models import (
    Plan,
    ReportingDuty,
    Sanction,
    Section,
    Target,
    Task,
)

#: the unit in which a target of a measure is written, unless another is given
UNIT_OF: dict[str, str] = {
    TargetMeasure.CONCENTRATION: "微克/立方米",
    TargetMeasure.DAYS: "天",
    TargetMeasure.RATIO: "%",
    TargetMeasure.RANK: "名",
    TargetMeasure.REDUCTION: "%",
    TargetMeasure.ELECTRICITY: "万千瓦时",
    TargetMeasure.EMISSION: "吨",
}
#: the kind of value that a measure is, where it is no value to reach
KIND_OF: dict[str, str] = {TargetMeasure.RANK: TargetKind.RANK, TargetMeasure.REDUCTION: TargetKind.REDUCTION}


class CreatePlan(Action[Plan]):
    """Open a plan that has no document here: its head is typed, its tasks follow by form or from an Excel ledger.

    Parameters
    ----------
    region
        The place that the plan is made for.
    head
        ``title``, ``issuer``, ``document_number``, ``issued_on``, ``filing_deadline``, ``copied_to``, ``starts_on``,
        ``ends_on``.
    year
        By default the year of the period or of the day of issue.
    source
        ``form`` or ``excel``.
    """

    code = "plans.plan.create"
    permission = PLAN_IMPORT

    def __init__(
        self,
        actor: Actor,
        *,
        region: Region | None,
        head: Mapping[str, Any],
        year: int | None = None,
        source: str = PlanSource.FORM,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.region, self.head, self.year, self.source = region, head, year, source

    def validate(self) -> None:
        """Check the head."""
        super().validate()
        if self.region is None:
            raise Invalid(fields={"region": __("Choose the place that the plan is made for.")})
        if self.year is not None and not 1990 <= int(self.year) <= 2100:
            raise Invalid(fields={"year": __("Enter a year between 1990 and 2100.")})
        self.clean = clean_head({"title": "", **self.head})

    def perform(self) -> Plan:
        """Write the plan."""
        assert self.region is not None
        clean = self.clean
        issued, starts = drafts.day(clean.get("issued_on")), drafts.day(clean.get("starts_on"))
        first = starts or issued
        plan = Plan(
            title=clean["title"],
            issuer=clean.get("issuer", ""),
            issuer_organisation_id=mapping.one(clean.get("issuer", ""), self.region),
            document_number=clean.get("document_number", ""),
            issued_on=issued,
            filing_deadline=clean.get("filing_deadline", ""),
            copied_to=clean.get("copied_to", []),
            region=self.region,
            year=self.year or (first.year if first else None),
            starts_on=starts,
            ends_on=drafts.day(clean.get("ends_on")),
            status=PlanStatus.ACTIVE,
            source=self.source,
            created_by=self.actor.user,
        )
        plan.save()
        ledger.refresh_parties([plan.pk])
        # A person whose rights do not reach this place would never see the plan again.
        if not self.actor.rows(Plan.objects.filter(pk=plan.pk), PLAN_IMPORT).exists():
            raise Invalid(fields={"region": __("Your rights do not reach this place.")})
        self.log(plan, after={**values.in_words(clean), "year": plan.year, "source": str(self.source)})
        return plan


class _InPlan(Action[Any]):
    """What enters an existing plan: the plan under the right, held, and in force."""

    def __init__(self, actor: Actor, plan: Plan, entry: Mapping[str, Any], *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.plan, self.entry = plan, entry

    kind: ClassVar[str]

    def subject(self) -> Plan:
        """The plan."""
        return self.plan

    def check(self) -> None:
        """Refuse plans of others."""
        super().check()
        self.check_row(self.plan)

    def validate(self) -> None:
        """Check the values."""
        super().validate()
        self.clean = values.clean(self.kind, {**dict.fromkeys(values.REQUIRED[self.kind], ""), **self.entry})

    def lock(self) -> Plan:
        """The plan as it is now, held until the end of the transaction; a withdrawn one is closed."""
        plan = Plan.objects.select_for_update().get(pk=self.plan.pk)
        if plan.status == PlanStatus.WITHDRAWN:
            raise WrongStep(__("This plan has been withdrawn; nothing in it can be changed any more."))
        return plan


class CreateTask(_InPlan):
    """Put a task into a plan.

    Parameters
    ----------
    entry
        Values in the shape of :func:`lantian.apps.plans.ledger.task_values`.
    section
        The heading that it stands under; or
    chapter
        a heading that is looked up in the plan, and made where the plan lacks it.
    choices
        Unit name → organisations, for names that a person decided; an empty list keeps a name as a name.
    """

    code = "plans.task.create"
    permission = TASK_EDIT
    kind = "task"

    def __init__(
        self,
        actor: Actor,
        plan: Plan,
        entry: Mapping[str, Any],
        *,
        section: Section | None = None,
        chapter: str = "",
        choices: Mapping[str, list[int]] | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, plan, entry, reason=reason)
        self.section, self.chapter, self.choices = section, chapter.strip(), dict(choices or {})

    def validate(self) -> None:
        """Check values, heading and organisations."""
        entry = dict(self.entry)
        if "section" in entry:
            raise Invalid(fields={"section": __("There is no such field.")})
        super().validate()
        if self.section is not None and self.section.plan_id != self.plan.pk:
            raise NotFound
        if len(self.chapter) > 300:
            raise Invalid(fields={"chapter": __("At most %(count)s characters.") % {"count": 300}})
        keys = {key for chosen in self.choices.values() for key in chosen}
        seen = self.actor.rows(Organisation.objects.filter(pk__in=keys), "core.organisation.view")
        if keys - set(seen.values_list("pk", flat=True)):
            raise Invalid(fields={"units": __("Choose organisations that exist and that you may see.")})

    def perform(self) -> Task:
        """Write the task with its rows at the end of its chapter, let it stand, tell who answers for it."""
        plan = self.lock()
        entry = {**drafts.blank("task"), **self.clean}
        section = self.section if self.section is not None else self._section(plan)
        names = [unit["name"] for unit in entry["units"]]
        known = unit_names.with_choices(unit_names.known_in(plan, names), self.choices)
        order = self._order(plan, section)
        [task] = ledger.write_tasks(plan, [(entry, section, chapter_over(section), order)], known)
        ledger.refresh_parties([plan.pk])
        if not self.actor.rows(Task.objects.filter(pk=task.pk), self.permission).exists():
            raise Invalid(fields={"lead": __("Your rights do not reach a task of these units only.")})
        said = {name: value for name, value in values.in_words(self.clean).items() if value}
        self.log(task, after={**said, **({"under": str(task.chapter)} if task.chapter else {})})
        self._tell(task)
        return task

    def _section(self, plan: Plan) -> Section | None:
        if not drafts.fold(self.chapter):
            return None
        rows = list(Section.objects.filter(plan=plan).order_by("order", "pk"))
        known = next((row for row in rows if drafts.fold(row.title) == drafts.fold(self.chapter)), None)
        if known is not None:
            return known
        order = max((row.order for row in rows), default=0) + 1
        made: Section = Section.objects.create(plan=plan, level=1, order=order, title=self.chapter)
        return made

    @staticmethod
    def _order(plan: Plan, section: Section | None) -> int:
        """After the last task under the same heading, else at the end; what follows moves on by one."""
        rows = Task._base_manager.filter(plan=plan)
        last: int | None = None
        if section is not None:
            last = rows.filter(section=section).aggregate(last=Max("order"))["last"]
        if last is None:
            last = rows.aggregate(last=Max("order"))["last"] or 0
        rows.filter(order__gt=last).update(order=F("order") + 1)
        return last + 1

    def _tell(self, task: Task) -> None:
        rows = task.units.filter(principal=True, organisation__isnull=False).select_related("organisation")
        answering = [row.organisation for row in rows if row.organisation is not None]
        users = [user for user in accounts_of(answering, TASK_VIEW, task) if user != self.actor.user]
        title = __("New task: %(title)s") % {"title": task.title}
        self.notify(
            users, "plans.task", title, body=task.plan.title, url=reverse("plans:task", args=[task.pk])
        )


def chapter_over(section: Section | None) -> Section | None:
    """The chapter of a task under a heading: the one that tasks nearby have, else the outermost heading."""
    at, outermost = section, section
    while at is not None:
        if Task._base_manager.filter(chapter=at).exists():
            return at
        outermost = at
        at = at.parent
    return outermost


class _CreateRow(_InPlan):
    """Targets, duties and sanctions have one row each."""

    model: ClassVar[Any]

    def fields(self, plan: Plan, entry: dict[str, Any]) -> dict[str, Any]:
        """Columns from values."""
        raise NotImplementedError

    def perform(self) -> Any:
        """Write it at the end."""
        plan = self.lock()
        last = self.model.objects.filter(plan=plan).aggregate(last=Max("order"))["last"] or 0
        entry = {**drafts.blank(self.kind), **self.clean}
        row = self.model(plan=plan, order=last + 1, **self.fields(plan, entry))
        row.save()
        self.log(row, after={name: value for name, value in values.in_words(self.clean).items() if value})
        return row


class CreateTarget(_CreateRow):
    """Put a target into a plan.

    Parameters
    ----------
    measure
        One of :class:`lantian.apps.plans.choices.TargetMeasure`; by default as indicator, unit and kind say.
    """

    code = "plans.target.create"
    permission = TARGET_EDIT
    kind = "target"
    model = Target

    def __init__(
        self, actor: Actor, plan: Plan, entry: Mapping[str, Any], *, measure: str = "", reason: str = ""
    ) -> None:
        super().__init__(actor, plan, entry, reason=reason)
        self.measure = measure

    def validate(self) -> None:
        """Check the values, and that measure, kind and value go together."""
        if self.measure and self.measure not in TargetMeasure.values:
            said = __("“%(value)s” is not one of the choices.") % {"value": self.measure}
            raise Invalid(fields={"measure": said})
        entry = dict(self.entry)
        if self.measure:
            entry.setdefault("kind", KIND_OF.get(self.measure, TargetKind.LEVEL))
            entry["unit"] = entry.get("unit") or UNIT_OF.get(self.measure, "")
        self.entry = entry
        super().validate()
        errors: dict[str, Any] = {}
        clean = self.clean
        if clean.get("value") is None and clean.get("kind") != TargetKind.REFERENCE:
            errors["value"] = __("A target needs a number, unless it only refers to another document.")
        if self.measure == TargetMeasure.DAYS and clean.get("unit") not in {"天", "日", "d"}:
            errors["unit"] = __("Days are counted in 天.")
        if self.measure == TargetMeasure.RATIO and clean.get("unit") not in {
            "%",
            "％",
            "‰",
            "百分点",
            "个百分点",
        }:
            errors["unit"] = __("A ratio is written in %.")
        if self.measure == TargetMeasure.RANK and clean.get("kind") not in {
            TargetKind.RANK,
            TargetKind.RANK_GAIN,
        }:
            errors["kind"] = __("A rank is a rank or a gain in rank.")
        if errors:
            raise Invalid(fields=errors)

    def fields(self, plan: Plan, entry: dict[str, Any]) -> dict[str, Any]:
        """Columns from values."""
        found = ledger.target_fields(entry, ledger.known_regions([entry["region"]], plan.region))
        return {**found, **({"measure": self.measure} if self.measure else {})}


class CreateDuty(_CreateRow):
    """Put a reporting duty into a plan."""

    code = "plans.duty.create"
    permission = PLAN_EDIT
    kind = "duty"
    model = ReportingDuty

    def fields(self, plan: Plan, entry: dict[str, Any]) -> dict[str, Any]:
        """Columns from values."""
        return ledger.duty_fields(entry)


class CreateSanction(_CreateRow):
    """Put a sanction into a plan."""

    code = "plans.sanction.create"
    permission = PLAN_EDIT
    kind = "sanction"
    model = Sanction

    def fields(self, plan: Plan, entry: dict[str, Any]) -> dict[str, Any]:
        """Columns from values."""
        return ledger.sanction_fields(entry)
