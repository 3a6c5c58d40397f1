"""The web API of the work on tasks: where they stand, what has happened, and every step of their life."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as __
from ninja import Field, Query, Router, Schema, Status

from lantian.apps.core.api_base import Paging, Results, actor_of, need, one, paged
from lantian.apps.core.display import campaign_today
from lantian.apps.core.exceptions import Invalid, NotFound
from lantian.apps.core.models import Organisation
from lantian.apps.plans import actions, standing
from lantian.apps.plans.access import TASK_ADJUST, TASK_APPROVE, TASK_COSIGN, TASK_HAND_DOWN, TASK_VIEW
from lantian.apps.plans.light_words import reason_in_words
from lantian.apps.plans.models import Task, TaskAdjustment, TaskCosign, TaskEvent
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.transitions import TRANSITIONS

router = Router()


class MilestoneOut(Schema):
    """A milestone of a task."""

    on: date
    share: str | None
    met_on: date | None


class CountedOut(Schema):
    """An amount that counts, with what is done of it; numbers as texts, so that nothing is rounded on the way."""

    id: int
    what: str
    unit: str
    value: str
    done: str | None
    part_of: int | None


class CosignOut(Schema):
    """A co-signature."""

    id: int
    organisation: int = Field(alias="organisation_id")
    status: str
    note: str
    decided_at: datetime | None


class AdjustmentOut(Schema):
    """A wish to change dates or amounts."""

    id: int
    status: str
    before: dict[str, Any]
    proposal: dict[str, Any]
    reason: str
    note: str
    asked_at: datetime
    decided_at: datetime | None


class WorkOut(Schema):
    """Where a task stands today."""

    id: int
    version: int
    state: str
    percent: str
    due_on: date | None
    light: str
    light_reason: str
    light_words: str
    parent: int | None
    parts: list[int]
    steps: list[str]
    milestones: list[MilestoneOut]
    counted: list[CountedOut]
    cosigns: list[CosignOut]
    adjustments: list[AdjustmentOut]


def _task(request: HttpRequest, key: int, permission: str = TASK_VIEW) -> Task:
    found: Task = one(request, Task.objects.select_related("plan"), permission, key)
    return found


def _work(request: HttpRequest, key: int) -> dict[str, Any]:
    task = _task(request, key)
    actor = actor_of(request)
    day = campaign_today()
    light = standing.light_of(task, day)
    return {
        "id": task.pk,
        "version": task.version,
        "state": task.state,
        "percent": plain(task.percent) or "0",
        "due_on": task.due_on,
        "light": light.code,
        "light_reason": str(light.reason),
        "light_words": reason_in_words(task, light, day),
        "parent": task.parent_id,
        "parts": list(actor.rows(Task.objects.filter(parent=task), TASK_VIEW).values_list("pk", flat=True)),
        "steps": [row.step for row in actions.possible_steps(actor, task)],
        "milestones": [
            {"on": one.on, "share": plain(one.share) or None, "met_on": one.met_on}
            for one in standing.milestones(task)
        ],
        "counted": [
            {
                "id": row.pk,
                "what": row.what,
                "unit": row.unit,
                "value": plain(row.value),
                "done": plain(row.done) if row.done is not None else None,
                "part_of": row.part_of_id,
            }
            for row in standing.counted(task)
        ],
        "cosigns": list(task.cosigns.all()),
        "adjustments": list(task.adjustments.all()),
    }


@router.get("/{int:key}", response=WorkOut, summary="Where a task stands")
def work(request: HttpRequest, key: int) -> dict[str, Any]:
    """State, light with its reason, share done, and the steps that the caller may take now."""
    return _work(request, key)


class EventOut(Schema):
    """Something that happened to a task."""

    id: int
    kind: str
    on: date
    recorded_at: datetime
    state: str
    percent: str
    note: str
    organisation: int | None = Field(None, alias="organisation_id")
    files: list[int]

    @staticmethod
    def resolve_percent(row: TaskEvent) -> str:
        """Without the zeros of the column."""
        return plain(row.percent) or "0"

    @staticmethod
    def resolve_files(row: TaskEvent) -> list[int]:
        """Keys of the files that came with it."""
        return list((row.data or {}).get("files", ()))


@router.get("/{int:key}/events", response=Results[EventOut], summary="What has happened to a task")
def events(request: HttpRequest, key: int, query: Query[Paging]) -> dict[str, Any]:
    """The newest first."""
    return paged(_task(request, key).events.order_by("-on", "-pk"), query)


class StepIn(Schema):
    """A step. What it does not ask for must be left out."""

    on: date | None = Field(None, description="the day on which it happened; today by default")
    note: str = ""
    reason: str = Field("", description="asked by return, suspend and reopen")
    version: int | None = Field(None, description="the version that was seen; a newer one answers 409")
    percent: Decimal | None = Field(None, description="report and submit, where nothing is counted [%]")
    quantities: dict[int, Decimal] | None = Field(
        None, description="report and submit: amount that counts → done so far"
    )
    cosign: list[int] | None = Field(None, description="submit: organisations that are asked to co-sign")
    override: bool | None = Field(None, description="accept: although something is open; asks for a reason")


@router.post("/{int:key}/steps/{step}", response={201: WorkOut}, summary="Take a step with a task")
def take_step(request: HttpRequest, key: int, step: str, body: StepIn) -> Any:
    """One of start, report, submit, recall, accept, milestone, return, suspend, resume, reopen; each has its own right."""
    need(request, TASK_VIEW)
    if step not in TRANSITIONS:
        raise NotFound
    need(request, TRANSITIONS[step].permission)
    task = _task(request, key, TRANSITIONS[step].permission)
    values = {name: value for name, value in body.dict(exclude_unset=True).items() if value is not None}
    allowed = {"on", "note", "reason", "version"}
    if step in {"report", "submit"}:
        allowed |= {"percent", "quantities"}
    if step == "submit":
        allowed |= {"cosign"}
    if step == "accept":
        allowed |= {"override"}
    refuse_others(values, allowed)
    if "cosign" in values:
        found = Organisation.objects.filter(pk__in=values["cosign"], task_units__task=task).distinct()
        values["cosign"] = list(found)
    actions.STEPS[step](actor_of(request), task, **values).execute()
    return Status(201, _work(request, key))


def refuse_others(values: dict[str, Any], allowed: set[str]) -> None:
    """Refuse values that would be ignored."""
    others = set(values) - allowed
    if others:
        raise Invalid(fields=dict.fromkeys(sorted(others), __("There is no such field.")))


class CosignIn(Schema):
    """A co-signature, or an objection with its reason."""

    agree: bool
    note: str = ""
    version: int | None = None


@router.post("/{int:key}/cosigns/{int:entry}", response=WorkOut, summary="Co-sign, or object")
def cosign(request: HttpRequest, key: int, entry: int, body: CosignIn) -> dict[str, Any]:
    """Needs ``plans.task.cosign`` and to be of the unit that is asked."""
    task = _task(request, key, TASK_COSIGN)
    row = TaskCosign.objects.filter(task=task, pk=entry).select_related("organisation", "task__plan").first()
    if row is None:
        raise NotFound
    actions.Cosign(actor_of(request), row, agree=body.agree, note=body.note, version=body.version).execute()
    return _work(request, key)


class PartIn(Schema):
    """What one organisation is given."""

    organisation: int
    title: str = ""
    deadline: date | None = None
    amounts: dict[int, Decimal] = {}


class HandDownIn(Schema):
    """Parts that, with what is kept, make up the whole."""

    parts: list[PartIn]
    kept: dict[int, Decimal] = {}
    version: int | None = None
    reason: str = ""


@router.post("/{int:key}/parts", response={201: WorkOut}, summary="Hand a task down in parts")
def hand_down(request: HttpRequest, key: int, body: HandDownIn) -> Any:
    """Needs ``plans.task.hand_down``; the parts become tasks of their own."""
    task = _task(request, key, TASK_HAND_DOWN)
    known = Organisation.objects.in_bulk([part.organisation for part in body.parts])
    wrong = {
        f"organisation_{number}": __("There is no such open organisation. Choose one from the suggestions.")
        for number, part in enumerate(body.parts)
        if part.organisation not in known
    }
    if wrong:
        raise Invalid(fields=wrong)
    parts = [
        actions.Part(known[part.organisation], part.title, part.deadline, part.amounts) for part in body.parts
    ]
    actions.HandDown(
        actor_of(request), task, parts, body.kept, version=body.version, reason=body.reason
    ).execute()
    return Status(201, _work(request, key))


class AdjustIn(Schema):
    """Dates and amounts in the shape of those of a task; what is named replaces what is there."""

    proposal: dict[str, Any]
    reason: str
    version: int | None = None


@router.post("/{int:key}/adjustments", response={201: WorkOut}, summary="Ask for an adjustment")
def adjust(request: HttpRequest, key: int, body: AdjustIn) -> Any:
    """Needs ``plans.task.adjust`` and a reason."""
    task = _task(request, key, TASK_ADJUST)
    actions.AskAdjustment(
        actor_of(request), task, body.proposal, version=body.version, reason=body.reason
    ).execute()
    return Status(201, _work(request, key))


class DecisionIn(Schema):
    """What is decided, and words to it; refusing asks for a reason."""

    decision: str = Field(description="approve, refuse or withdraw")
    note: str = ""
    reason: str = ""
    version: int | None = None


DECISIONS: dict[str, tuple[Any, str]] = {
    "approve": (actions.ApproveAdjustment, TASK_APPROVE),
    "refuse": (actions.RefuseAdjustment, TASK_APPROVE),
    "withdraw": (actions.WithdrawAdjustment, TASK_ADJUST),
}


@router.post("/{int:key}/adjustments/{int:entry}", response=WorkOut, summary="Decide an adjustment")
def decide(request: HttpRequest, key: int, entry: int, body: DecisionIn) -> dict[str, Any]:
    """Approving and refusing need ``plans.task.approve``, taking back ``plans.task.adjust``."""
    need(request, TASK_VIEW)
    if body.decision not in DECISIONS:
        raise NotFound
    action, permission = DECISIONS[body.decision]
    task = _task(request, key, permission)
    rows = TaskAdjustment.objects.filter(task=task, pk=entry)
    row = rows.select_related("asked_by", "organisation", "task__plan").first()
    if row is None:
        raise NotFound
    action(actor_of(request), row, note=body.note, version=body.version, reason=body.reason).execute()
    return _work(request, key)
