"""Reads: what pages, the API and other rooms ask of plans. Rows that the actor may not see are never in them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce, TruncMonth
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models import Organisation, Region
from lantian.apps.plans import due, orphans, standing
from lantian.apps.plans.access import PLAN_VIEW, TARGET_VIEW, TASK_VIEW
from lantian.apps.plans.choices import DOERS, ROLE_ORDER, DeadlineKind, Decision, PlanStatus
from lantian.apps.plans.models import (
    Plan,
    PlanParty,
    ReportingDuty,
    Sanction,
    Target,
    Task,
    TaskDeadline,
    TaskUnit,
)


def plans(actor: Actor) -> Any:
    """Plans that the actor may see, withdrawn ones included, with the number of their tasks and targets."""
    return (
        actor.rows(Plan.objects.all(), PLAN_VIEW)
        .select_related("region")
        .annotate(
            # Each by itself: to join tasks and targets gives as many rows as there are pairs of them.
            task_count=_number_of(Task.objects.filter(dropped_on__isnull=True)),
            target_count=_number_of(Target.objects.all()),
        )
    )


def _number_of(rows: Any) -> Coalesce:
    """How many rows of a model lie under a plan."""
    mine = rows.filter(plan=OuterRef("pk")).order_by().values("plan")
    return Coalesce(Subquery(mine.annotate(number=Count("pk")).values("number")), 0)


def plans_in_force(actor: Actor) -> Any:
    """Plans in force that the actor may see, to choose from: without numbers, which cost more than the choice."""
    return actor.rows(Plan.objects.all(), PLAN_VIEW).filter(status=PlanStatus.ACTIVE).only("title")


def tasks(actor: Actor) -> Any:
    """Tasks of plans in force that the actor may see, without those that a newer text has left out."""
    return tasks_ever(actor).filter(dropped_on__isnull=True)


def tasks_ever(actor: Actor) -> Any:
    """Tasks of plans in force that the actor may see, left out ones included: for lists that ask how it stood."""
    # A list of plans and no join: SQLite would begin with the plans and look at every one of them for each task.
    in_force = Plan.objects.filter(status=PlanStatus.ACTIVE).order_by().values("pk")
    return actor.rows(Task.objects.all(), TASK_VIEW).filter(plan__in=in_force)


#: years that are followed back along a task that goes on
YEARS_BACK = 10


def earlier(actor: Actor, task: Task) -> list[Task]:
    """The tasks of earlier years that a task goes on with and that the actor may see, the last year first."""
    keys: list[int] = []
    at = task.continues_id
    while at is not None and at not in keys and len(keys) < YEARS_BACK:
        keys.append(at)
        at = Task._base_manager.filter(pk=at).values_list("continues", flat=True).first()
    rows = actor.rows(Task.objects.filter(pk__in=keys), TASK_VIEW).select_related("plan")
    found = {row.pk: row for row in standing.with_light(rows, dropped=None)}
    return [found[key] for key in keys if key in found]


def later(actor: Actor, task: Task) -> Any:
    """The tasks of the next year's plan that go on with a task, as far as the actor may see them."""
    rows = actor.rows(Task.objects.filter(continues=task), TASK_VIEW).select_related("plan")
    return standing.with_light(rows, dropped=None).order_by("plan_id", "order")


#: where :func:`for_ledger` puts the units of a task, as ``(role, name)``
LISTED_UNITS = "listed_units"
#: what a line of the ledger shows of a task, its plan and its chapter
LISTED = (
    "number",
    "part",
    "title",
    "subtitle",
    "lead_name",
    "next_deadline",
    "last_deadline",
    "plan__title",
    "chapter__title",
)


def for_ledger(rows: Any, *, text: bool = True) -> list[Task]:
    """Tasks with what a line of the ledger shows, in any order: two queries for a page, however long it is.

    Parameters
    ----------
    text
        Whether the whole text is shown, too.
    """
    wanted = (*LISTED, "text") if text else LISTED
    found = list(rows.order_by().select_related("plan", "chapter").only(*wanted))
    # Pairs of words: to make an object for each of thousands of units takes longer than to fetch them.
    units: dict[int, list[tuple[str, str]]] = {task.pk: [] for task in found}
    listed = TaskUnit.objects.filter(task__in=list(units)).order_by("order")
    for key, role, name in listed.values_list("task", "role", "name"):
        units[key].append((role, name))
    for task in found:
        setattr(task, LISTED_UNITS, units[task.pk])
    return found


def for_export(rows: Any) -> Any:
    """Tasks with everything that the Excel ledger writes."""
    return rows.select_related("plan", "chapter", "section").prefetch_related(
        Prefetch("units", queryset=TaskUnit.objects.order_by("order")), "deadlines", "quantities"
    )


def targets(actor: Actor) -> Any:
    """Targets of plans in force that the actor may see."""
    return (
        actor.rows(Target.objects.all(), TARGET_VIEW)
        .filter(plan__status=PlanStatus.ACTIVE)
        .select_related("plan", "region")
    )


def duties(actor: Actor) -> Any:
    """Reporting duties of plans in force that the actor may see."""
    return (
        actor.rows(ReportingDuty.objects.all(), PLAN_VIEW)
        .filter(plan__status=PlanStatus.ACTIVE)
        .select_related("plan")
    )


def sanctions(actor: Actor) -> Any:
    """Sanctions of plans in force that the actor may see."""
    return (
        actor.rows(Sanction.objects.all(), PLAN_VIEW)
        .filter(plan__status=PlanStatus.ACTIVE)
        .select_related("plan")
    )


def units_in_plans(actor: Actor, chosen: int | None = None) -> Any:
    """Organisations that stand in some plan in force and that the actor may see, for the filter of the ledger.

    Parameters
    ----------
    chosen
        An organisation that is offered, too, where it stands in a task that the actor may see: the task names it.
    """
    parties = PlanParty.objects.filter(plan__status=PlanStatus.ACTIVE).values("organisation")
    seen = actor.rows(Organisation.objects.filter(pk__in=parties), "core.organisation.view")
    if chosen is not None:
        named = TaskUnit.objects.filter(organisation=chosen, task__in=tasks(actor).order_by().values("pk"))
        seen = Organisation.objects.filter(
            Q(pk__in=seen.order_by().values("pk")) | Q(pk=chosen) & Exists(named)
        )
    return seen.order_by("path")


def places_in_plans(actor: Actor) -> Any:
    """Places of the plans in force that the actor may see and of the units in them, for the filter of the ledger."""
    seen = plans_in_force(actor).order_by().values("pk")
    parties = PlanParty.objects.filter(plan__in=seen).order_by().values("organisation__region")
    own = Plan.objects.filter(pk__in=seen).order_by().values("region")
    return Region.objects.filter(Q(pk__in=own) | Q(pk__in=parties)).order_by("path")


def in_place(rows: Any, place: Region) -> Any:
    """Tasks of plans that are made for a place or below it, and those that units from there do."""
    plans_there = (
        Plan.objects.filter(region__path__startswith=place.path).order_by().values_list("pk", flat=True)
    )
    units_there = Organisation.objects.filter(region__path__startswith=place.path)
    done_there = TaskUnit.objects.filter(
        role__in=DOERS, organisation__in=list(units_there.order_by().values_list("pk", flat=True))
    )
    return rows.filter(Q(plan__in=list(plans_there)) | Q(pk__in=done_there.order_by().values("task")))


#: the role of the units that answer for a task: the leads, else those who share it, else the responsible ones
PRINCIPAL = "principal"
#: the roles of the units that do the work
DOING = "doing"


def with_unit(
    rows: Any,
    organisation: int | None = None,
    role: str | None = None,
    name: str = "",
    *,
    unlinked: bool = False,
) -> Any:
    """Tasks in which an organisation (or a name) stands, in a role if one is given.

    Parameters
    ----------
    role
        One of the roles, :data:`PRINCIPAL` or :data:`DOING`.
    name
        A part of the name in the plan; with ``=`` before it the whole name.
    unlinked
        Names that are linked to no organisation only.
    """
    units = TaskUnit.objects.order_by()
    if organisation is not None:
        units = units.filter(organisation_id=organisation)
    if unlinked:
        units = units.filter(organisation__isnull=True)
    if name.startswith("="):
        units = units.filter(name=name[1:])
    elif name:
        units = units.filter(name__icontains=name)
    if role == PRINCIPAL:
        units = units.filter(principal=True)
    elif role == DOING:
        units = units.filter(role__in=DOERS)
    elif role:
        units = units.filter(role=role)
    # One list of keys and not a question for each task: without statistics SQLite would walk all tasks of the unit then.
    return rows.filter(pk__in=units.values("task"))


def milestone_dates(first: date | None = None, last: date | None = None) -> Any:
    """The dates that are milestones, between two days, both included.

    Deadlines, or where a task has none the ends of its periods; as :func:`lantian.apps.plans.standing.milestone_rows`.
    """
    deadlines, periods = _milestones(first, last)
    return TaskDeadline.objects.filter(deadlines | periods)


def _milestones(first: date | None, last: date | None) -> tuple[Q, Q]:
    """Which deadlines are milestones, and which periods."""
    between = Q(end__isnull=False)
    if first is not None:
        between &= Q(end__gte=first)
    if last is not None:
        between &= Q(end__lte=last)
    other = TaskDeadline.objects.filter(task=OuterRef("task"), kind=DeadlineKind.DEADLINE, end__isnull=False)
    return Q(kind=DeadlineKind.DEADLINE) & between, Q(kind=DeadlineKind.PERIOD) & between & Q(~Exists(other))


def with_deadline(rows: Any, first: date | None, last: date | None) -> Any:
    """Tasks that have some milestone between two days, both included."""
    # One list after the other and not either-or, whose cost PostgreSQL takes for fifty times of what it is.
    deadlines, periods = (
        TaskDeadline.objects.filter(wanted).order_by().values("task") for wanted in _milestones(first, last)
    )
    return rows.filter(pk__in=deadlines.union(periods, all=True))


@dataclass(frozen=True, slots=True)
class DueTask:
    """A task with one of its deadlines."""

    task: Task
    on: date
    text: str


def next_deadlines(rows: Any, today: date, limit: int = 8, days: int | None = None) -> list[DueTask]:
    """The next deadlines among tasks that have not been met, soonest first.

    Parameters
    ----------
    rows
        Tasks to look in, already restricted to what the actor may see.
    days
        Look this many days ahead only.
    """
    dates = TaskDeadline.objects.filter(
        kind=DeadlineKind.DEADLINE,
        end__gte=today,
        met_on__isnull=True,
        task__in=rows.order_by().values("pk"),
    )
    if days is not None:
        dates = dates.filter(end__lte=today + timedelta(days))
    found = dates.select_related("task", "task__plan").order_by("end", "task_id", "order")[:limit]
    return [DueTask(item.task, item.end, item.text) for item in found if item.end is not None]


def ends_on(plan: Plan) -> date | None:
    """The last day of a plan: as entered, else the end of its year; None where neither is known."""
    if plan.ends_on is not None:
        return plan.ends_on
    return date(plan.year, 12, 31) if plan.year else None


@dataclass(frozen=True, slots=True)
class DueDuty:
    """A reporting duty with the day on which it is due next."""

    duty: ReportingDuty
    due: due.Due


def due_duties(rows: Iterable[ReportingDuty], today: date) -> list[DueDuty]:
    """Reporting duties with their next days; those with a day first, soonest first, then in the order of the plan."""
    listed = []
    for duty in rows:
        found = due.next_due(duty.when or duty.text, today, duty.plan.year)
        end = ends_on(duty.plan)
        if found.on is not None and end is not None and found.on > end:
            found = due.Due(None, found.rhythm)
        listed.append(DueDuty(duty, found))
    return sorted(listed, key=lambda item: (item.due.on is None, item.due.on or today, item.duty.order))


@dataclass(frozen=True, slots=True)
class Overview:
    """What the first page of a plan says in numbers."""

    tasks: int
    targets: int
    duties: int
    sanctions: int
    units: int
    without_unit: int
    without_date: int
    open_warnings: int
    leads: list[tuple[str, int]]
    months: list[tuple[date, int]]


def overview(actor: Actor, plan: Plan) -> Overview:
    """Count what the actor may see of a plan; a fixed number of queries."""
    rows = actor.rows(Task.objects.filter(plan=plan, dropped_on__isnull=True), TASK_VIEW)
    leads = list(
        rows.order_by()
        .exclude(lead_name="")
        .values_list("lead_name")
        .annotate(number=Count("pk"))
        .order_by("-number", "lead_name")[:10]
    )
    dates = TaskDeadline.objects.filter(
        kind=DeadlineKind.DEADLINE, end__isnull=False, task__in=rows.order_by().values("pk")
    )
    months = list(
        dates.order_by()
        .annotate(month=TruncMonth("end"))
        .values_list("month")
        .annotate(number=Count("pk"))
        .order_by("month")
    )
    counted = rows.aggregate(
        tasks=Count("pk"),
        without_date=Count("pk", filter=Q(next_deadline__isnull=True)),
    )
    units = TaskUnit.objects.filter(task__in=rows.order_by().values("pk"))
    return Overview(
        tasks=counted["tasks"],
        targets=plan.target_rows.count(),
        duties=plan.reportingduty_rows.count(),
        sanctions=plan.sanction_rows.count(),
        units=units.filter(organisation__isnull=False).values("organisation").distinct().count(),
        without_unit=units.filter(organisation__isnull=True, collective=False)
        .values("name")
        .distinct()
        .count(),
        without_date=counted["without_date"],
        open_warnings=plan.warnings.filter(decision=Decision.OPEN).count(),
        leads=leads,
        months=months,
    )


@dataclass(frozen=True, slots=True)
class RoleLine:
    """The units of one role of a task, for the page of the task.

    Each unit is ``(name, person, organisations, collective)``.
    """

    role: str
    label: Any
    units: list[tuple[str, str, list[Organisation], bool]]
    literal: str
    from_default: bool


def units_by_role(task: Task) -> list[RoleLine]:
    """Units of a task by role, in the order of officials; collective names with all that they stand for."""
    lines: list[RoleLine] = []
    rows = list(task.units.select_related("organisation").order_by("order"))
    gone = orphans.names_gone(task, campaign_today()) if any(row.person for row in rows) else set()
    for role in ROLE_ORDER:
        mine = [row for row in rows if row.role == role]
        if not mine:
            continue
        names: dict[str, list[TaskUnit]] = {}
        for row in mine:
            if (row.organisation_id, row.person) in gone:
                row.person = __("%(name)s (has left)") % {"name": row.person}
            names.setdefault(row.name, []).append(row)
        lines.append(
            RoleLine(
                role,
                mine[0].get_role_display(),
                [
                    (
                        name,
                        group[0].person,
                        [row.organisation for row in group if row.organisation is not None],
                        group[0].collective,
                    )
                    for name, group in names.items()
                ],
                mine[0].literal,
                any(row.from_default for row in mine),
            )
        )
    return lines


def tasks_of_organisation(actor: Actor, organisation: Organisation) -> dict[str, int]:
    """In how many visible tasks an organisation stands, by role."""
    rows = tasks(actor).order_by().values("pk")
    counted = (
        TaskUnit.objects.filter(organisation=organisation, task__in=rows)
        .order_by()
        .values_list("role")
        .annotate(number=Count("task", distinct=True))
    )
    found = dict(counted)
    return {role: found[role] for role in ROLE_ORDER if role in found}


def first_deadline(rows: Any) -> date | None:
    """The earliest deadline among tasks."""
    first: date | None = rows.order_by().aggregate(first=Min("next_deadline"))["first"]
    return first
