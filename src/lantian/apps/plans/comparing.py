"""Plans of the ledger held against each other: their sides for the rules, and findings for pages and reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_date, campaign_today
from lantian.apps.plans.access import PLAN_VIEW
from lantian.apps.plans.choices import DOERS, DeadlineKind, PlanStatus
from lantian.apps.plans.models import ComparisonFinding, Plan, PlanComparison, PlanText, Section, Target, Task
from lantian.apps.plans.tables import target_value
from lantian.office.conformity_report import Report, ReportRow
from lantian.rules.conformity.compare import compare
from lantian.rules.conformity.model import SECTION_SEPARATOR, Amount, Finding, Item, Measure, Reason, Side
from lantian.rules.conformity.reasons import say_all
from lantian.rules.conformity.sides import level_of, side_from_plan
from lantian.rules.documents.parse import parse_plan

STATUS: dict[str, Any] = {
    "carried": _("Carried"),
    "partly": _("Carried in part"),
    "missing": _("Missing"),
    "not_applicable": _("Does not apply"),
}
DEADLINE: dict[str, Any] = {
    "same": _("Same deadline"),
    "earlier": _("Earlier deadline"),
    "later": _("Later deadline"),
    "none": _("No two deadlines"),
}
QUANTITY: dict[str, Any] = {
    "same": _("Same amount"),
    "stricter": _("Stricter"),
    "looser": _("Looser"),
    "none": _("No two amounts"),
}
DECISION: dict[str, Any] = {
    "open": _("Not checked yet"),
    "confirmed": _("Confirmed"),
    "corrected": _("Corrected"),
}
TONES = {
    "carried": "green",
    "partly": "yellow",
    "missing": "red",
    "not_applicable": "neutral",
    "same": "green",
    "earlier": "blue",
    "later": "red",
    "stricter": "blue",
    "looser": "red",
    "open": "neutral",
    "confirmed": "green",
    "corrected": "brand",
}


# Sides ---------------------------------------------------------------------------------------------------------------


def side_of(plan: Plan) -> Side:
    """A plan of the ledger as a side of a comparison: its rows as they are now, the rest as its text says."""
    text = PlanText.objects.filter(plan=plan).values_list("content", flat=True).first() or ""
    read = side_from_plan(parse_plan(text), text) if text else Side(plan.title)
    regions = _chain(plan) or read.regions
    sections = _sections(plan)
    tasks = plan.tasks.filter(parent__isnull=True, dropped_on__isnull=True).order_by("order")
    targets = Target.objects.filter(plan=plan).order_by("order")
    return Side(
        title=plan.title,
        level=level_of(regions),
        regions=regions,
        issued_on=plan.issued_on,
        tasks=tuple(
            _task(row, sections.get(row.section_id or 0, ""))
            for row in tasks.prefetch_related("deadlines", "quantities", "units")
        ),
        targets=tuple(_target(row) for row in targets),
        passages=read.passages,
        groups=read.groups,
    )


def _chain(plan: Plan) -> tuple[str, ...]:
    found: list[str] = []
    region: Any = plan.region
    while region is not None:
        found.append(region.name)
        region = region.parent
    return tuple(found)


def _sections(plan: Plan) -> dict[int, str]:
    paths: dict[int, str] = {}
    for row in Section.objects.filter(plan=plan).order_by("order", "pk"):
        above = paths.get(row.parent_id or 0, "")
        paths[row.pk] = SECTION_SEPARATOR.join(part for part in (above, row.title) if part)
    return paths


def _task(row: Task, section: str) -> Item:
    # All who do the work, as the text names them: a duty of the districts may have a lead above.
    units = [unit.name for role in DOERS for unit in row.units.all() if unit.role == role]
    return Item(
        key=str(row.pk),
        number=row.label,
        section=section,
        title=row.title,
        text=row.text,
        deadlines=tuple(
            one.end for one in row.deadlines.all() if one.end and one.kind == DeadlineKind.DEADLINE
        ),
        quantities=tuple(
            Amount(amount.value, amount.unit, amount.what, amount.comparator, amount.value_max)
            for amount in row.quantities.all()
        ),
        leads=tuple(dict.fromkeys(units)),
        subtitle=row.subtitle,
    )


def _target(row: Target) -> Item:
    return Item(
        key=str(row.pk),
        number=None,
        section="",
        title=row.indicator,
        text=row.text,
        measure=Measure(
            row.indicator,
            row.region_name,
            row.comparator,
            row.value,
            row.unit,
            row.period,
            row.kind,
            row.base or None,
            row.strength,
            row.from_end,
        ),
    )


# Findings ------------------------------------------------------------------------------------------------------------


def find(upper: Plan, lower: Plan) -> list[Finding]:
    """What became of each task and target of the upper plan in the lower one."""
    return compare(side_of(upper), side_of(lower))


def row_of(finding: Finding, order: int) -> ComparisonFinding:
    """A finding as a row, not yet of a comparison."""
    tasks = [item for item in finding.lower if item.measure is None and item.key.isdecimal()]
    targets = [item for item in finding.lower if item.measure is not None]
    passages = [item for item in finding.lower if item.measure is None and not item.key.isdecimal()]
    return ComparisonFinding(
        order=order,
        task_id=None if finding.is_target else int(finding.upper.key),
        target_id=int(finding.upper.key) if finding.is_target else None,
        lower_tasks=[int(item.key) for item in tasks],
        lower_targets=[int(item.key) for item in targets],
        status=str(finding.status),
        deadline=str(finding.deadline),
        quantity=str(finding.quantity),
        reason=say_all(finding.reasons),
        found={
            "status": str(finding.status),
            "deadline": str(finding.deadline),
            "quantity": str(finding.quantity),
            "lower_tasks": [int(item.key) for item in tasks],
            "lower_targets": [int(item.key) for item in targets],
            "reasons": [[one.code, dict(one.params)] for one in finding.reasons],
            "passages": [
                {"number": item.number or "", "title": item.title, "text": item.text[:2000]}
                for item in passages
            ],
        },
    )


def reason_of(row: ComparisonFinding) -> str:
    """The grounds of the program, in the language of the reader."""
    return say_all([Reason(code, params) for code, params in row.found.get("reasons", ())], __)


def terms_of(row: ComparisonFinding) -> list[str]:
    """What both texts speak of, to be marked in them."""
    found = []
    for code, params in row.found.get("reasons", ()):
        if code == "shared":
            found += [term for term in str(params.get("terms", "")).split("、") if len(term) > 1]
    return found


def visible(actor: Actor) -> Any:
    """Comparisons of which the actor may see both plans, none of them withdrawn."""
    plans = actor.rows(Plan.objects.exclude(status=PlanStatus.WITHDRAWN), PLAN_VIEW)
    keys = plans.order_by().values("pk")
    return PlanComparison.objects.filter(upper__in=keys, lower__in=keys).select_related("upper", "lower")


def uppers_for(actor: Actor, plan: Plan) -> list[Plan]:
    """Plans that may stand above a plan: those of the places above it first, the newest first."""
    rows = actor.rows(Plan.objects.filter(status=PlanStatus.ACTIVE), PLAN_VIEW)
    listed = list(rows.exclude(pk=plan.pk).select_related("region").order_by("-issued_on", "-pk")[:500])
    path = plan.region.path if plan.region_id else ""
    return sorted(listed, key=lambda one: _rank(one, path))


def _rank(plan: Plan, path: str) -> int:
    above = plan.region.path
    if path.startswith(above) and path != above:
        return 0
    return 1 if path == above else 2


def is_above(plan: Plan, upper: Plan) -> bool:
    """Whether a plan is of a place above that of another."""
    return _rank(upper, plan.region.path) == 0


# For pages and reports -----------------------------------------------------------------------------------------------


def lower_rows(rows: Iterable[ComparisonFinding]) -> tuple[dict[int, Task], dict[int, Target]]:
    """The tasks and targets of lower plans that findings name, by their keys."""
    listed = list(rows)
    tasks = Task.objects.filter(pk__in={key for row in listed for key in row.lower_tasks})
    targets = Target.objects.filter(pk__in={key for row in listed for key in row.lower_targets})
    return {row.pk: row for row in tasks}, {row.pk: row for row in targets}


def target_text(row: Target) -> str:
    """A target on one line."""
    return f"{row} {target_value(row)}".strip()


def report(comparison: PlanComparison, rows: Sequence[ComparisonFinding]) -> Report:
    """Findings as a report."""
    tasks, targets = lower_rows(rows)
    sections = _sections(comparison.upper)
    return Report(
        upper=comparison.upper.title,
        lower=comparison.lower.title,
        rows=[_report_row(row, sections, tasks, targets) for row in rows],
        made_on=campaign_today(),
    )


def _report_row(
    row: ComparisonFinding, sections: dict[int, str], tasks: dict[int, Task], targets: dict[int, Target]
) -> ReportRow:
    mine = [tasks[key] for key in row.lower_tasks if key in tasks]
    aims = [targets[key] for key in row.lower_targets if key in targets]
    passages = row.found.get("passages", []) if row.decision != "corrected" else []
    names = [str(one) for one in mine] + [target_text(one) for one in aims]
    names += [f"{one['number']} {one['title']}".strip() for one in passages]
    texts = [one.text for one in mine] + [one.text for one in aims] + [one["text"] for one in passages]
    task, target = row.task, row.target
    return ReportRow(
        section=sections.get(task.section_id or 0, "") if task is not None else "",
        number=task.label if task is not None else "",
        title=task.title if task is not None else target_text(target) if target is not None else "",
        text=task.text if task is not None else target.text if target is not None else "",
        lower=tuple(names),
        lower_text="\n\n".join(texts),
        status=row.status,
        deadline=row.deadline,
        quantity=row.quantity,
        reason=reason_of(row),
        is_target=target is not None,
        decision=row.decision,
        note=row.note,
    )


def stale(comparison: PlanComparison) -> str:
    """When one of the plans has changed after the comparison was made, the day; empty otherwise."""
    last = max(comparison.upper.updated_at, comparison.lower.updated_at)
    return str(campaign_date(last)) if last > comparison.made_at else ""
