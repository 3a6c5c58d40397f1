"""The web API of what enters the ledger without a document; hangs on the router of plans."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest
from ninja import Field, Schema, Status

from lantian.apps.core.api_base import actor_of, need, one
from lantian.apps.plans import actions, queries
from lantian.apps.plans.access import PLAN_IMPORT, PLAN_VIEW, TARGET_EDIT, TARGET_VIEW, TASK_EDIT
from lantian.apps.plans.api import (
    AmountIn,
    DateIn,
    PlanOut,
    TargetOut,
    TaskOut,
    UnitIn,
    _changes,
    _region,
    _task,
    plans_router,
)
from lantian.apps.plans.models import Plan, Target

__all__ = ["plans_router"]


class PlanIn(Schema):
    """The head of a plan that has no document here."""

    title: str
    region: int = Field(description="key of the place that it is made for")
    issuer: str = ""
    document_number: str = ""
    issued_on: date | None = None
    year: int | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    filing_deadline: str = ""
    copied_to: list[str] = []
    reason: str = Field("", description="where it comes from; kept in the log")


@plans_router.post("", response={201: PlanOut}, summary="Open a plan without a document")
def create_plan(request: HttpRequest, body: PlanIn) -> Any:
    """Needs ``plans.plan.import``; tasks and targets follow one by one."""
    actor = need(request, PLAN_IMPORT)
    head = _changes(body)
    region, year = _region(request, head.pop("region")), head.pop("year", None)
    made = actions.CreatePlan(actor, region=region, head=head, year=year, reason=body.reason).execute()
    return Status(201, one(request, queries.plans(actor), PLAN_VIEW, made.pk))


class TaskIn(Schema):
    """A new task. Names of units mean what they mean elsewhere in the plan, or what the register knows."""

    title: str
    number: str = ""
    subtitle: str = ""
    text: str = ""
    chapter: str = Field("", description="heading in the plan; made where the plan lacks it")
    recurrence: list[str] = []
    units: list[UnitIn] = []
    deadlines: list[DateIn] = []
    quantities: list[AmountIn] = []
    reason: str = Field("", description="where it comes from; kept in the log")


@plans_router.post("/{int:key}/tasks", response={201: TaskOut}, summary="Put a task into a plan")
def create_task(request: HttpRequest, key: int, body: TaskIn) -> Any:
    """Needs ``plans.task.edit``."""
    plan = one(request, Plan.objects.all(), TASK_EDIT, key)
    entry = _changes(body)
    chapter = entry.pop("chapter", "")
    made = actions.CreateTask(actor_of(request), plan, entry, chapter=chapter, reason=body.reason).execute()
    return Status(201, _task(request, made.pk))


class TargetIn(Schema):
    """A new target; with a measure, kind and unit follow from it."""

    indicator: str
    value: str | None = None
    measure: str = Field("", description="concentration, days, ratio, rank, reduction, quantity, …")
    kind: str | None = None
    comparator: str = "<="
    unit: str = ""
    region: str = ""
    period: str = ""
    base: str = ""
    strength: str = "firm"
    from_end: bool = False
    text: str = Field("", description="clause of the plan")
    reason: str = Field("", description="where it comes from; kept in the log")


@plans_router.post("/{int:key}/targets", response={201: TargetOut}, summary="Put a target into a plan")
def create_target(request: HttpRequest, key: int, body: TargetIn) -> Any:
    """Needs ``plans.target.edit``."""
    plan = one(request, Plan.objects.all(), TARGET_EDIT, key)
    entry = _changes(body)
    measure = entry.pop("measure", "")
    made = actions.CreateTarget(actor_of(request), plan, entry, measure=measure, reason=body.reason).execute()
    return Status(201, one(request, Target.objects.select_related("plan"), TARGET_VIEW, made.pk))
