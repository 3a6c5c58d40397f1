"""The web API of newer texts of plans; hangs on the router of imports."""

from __future__ import annotations

from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Schema

from lantian.apps.core.api_base import actor_of, need, one
from lantian.apps.core.exceptions import NotFound
from lantian.apps.plans import actions, queries, revisions
from lantian.apps.plans.access import PLAN_IMPORT, PLAN_VIEW
from lantian.apps.plans.actions.revising import choice_of, plans_to_revise
from lantian.apps.plans.api import ImportOut, PlanOut, _import, imports_router
from lantian.apps.plans.models import ImportContent
from lantian.apps.plans.revisions import Comparison, Mode

__all__ = ["imports_router"]


class RevisionIn(Schema):
    """What a text is to the plans in the ledger."""

    mode: Literal["", "corrected", "next"] = Field(description="empty for a plan of its own")
    plan: int | None = None


@imports_router.post(
    "/{int:key}/revision", response=ImportOut, summary="Say which plan a text is a newer text of"
)
def choose(request: HttpRequest, key: int, body: RevisionIn) -> Any:
    """Needs ``plans.plan.import`` and, over the plan, ``plans.task.edit``."""
    row, actor = _import(request, key), actor_of(request)
    plan = plans_to_revise(actor).filter(pk=body.plan).first() if body.plan is not None else None
    actions.ChooseRevision(actor, row, body.mode, plan).execute()
    return _import(request, key)


class ChangeOut(Schema):
    """A field that differs."""

    name: str
    before: str
    after: str
    kept: bool = Field(description="whether the ledger stays as it is")


class PairOut(Schema):
    """A task of the plan with the entry of the newer text that it is; one of them is absent where it is new or left."""

    status: str
    task: int | None
    version: int | None
    entry: str | None
    title: str
    changes: list[ChangeOut]


class ComparisonOut(Schema):
    """What a newer text changes, task by task."""

    mode: str
    plan: int
    counts: dict[str, int]
    seen: dict[str, int] = Field(description="to be sent back when the text is taken in")
    tasks: list[PairOut]


def _compared(key: int, request: HttpRequest) -> Comparison:
    row = _import(request, key)
    draft = ImportContent.objects.filter(pk=row.pk).values_list("draft", flat=True).first()
    choice = choice_of(draft) if draft else None
    plan = plans_to_revise(actor_of(request)).filter(pk=choice["plan"]).first() if choice else None
    if draft is None or choice is None or plan is None:
        raise NotFound
    return revisions.compare(plan, draft, choice)


@imports_router.get("/{int:key}/comparison", response=ComparisonOut, summary="What a newer text changes")
def comparison(request: HttpRequest, key: int) -> dict[str, Any]:
    """Needs ``plans.plan.import``; 404 until it is said which plan it is a newer text of."""
    need(request, PLAN_IMPORT)
    found = _compared(key, request)
    return {
        "mode": found.mode,
        "plan": found.plan.pk,
        "counts": found.counts(),
        "seen": found.versions,
        "tasks": [
            {
                "status": pair.status,
                "task": pair.row.pk if pair.row is not None else None,
                "version": pair.row.version if pair.row is not None else None,
                "entry": pair.key or None,
                "title": str(pair.row.title if pair.row is not None else (pair.entry or {})["title"]),
                "changes": pair.changes,
            }
            for pair in found.pairs["task"]
        ],
    }


class TakeIn(Schema):
    """The word to take a newer text in."""

    seen: dict[str, int] = Field(
        {}, description="from the comparison; tasks that moved since refuse it with 409"
    )
    with_open_warnings: bool = False
    with_excess: bool = False


@imports_router.post("/{int:key}/revise", response=PlanOut, summary="Take a newer text in")
def take_in(request: HttpRequest, key: int, body: TakeIn) -> Any:
    """A corrected text changes its plan; next year's text becomes a plan that goes on with this one."""
    row, actor = _import(request, key), actor_of(request)
    draft = ImportContent.objects.filter(pk=row.pk).values_list("draft", flat=True).first()
    choice = choice_of(draft) if draft else None
    if choice is not None and choice["mode"] == Mode.NEXT:
        plan = actions.ConfirmNextYear(actor, row, with_open_warnings=body.with_open_warnings).execute()
    else:
        plan = actions.RevisePlan(
            actor,
            row,
            seen=body.seen,
            with_open_warnings=body.with_open_warnings,
            with_excess=body.with_excess,
        ).execute()
    return one(request, queries.plans(actor), PLAN_VIEW, plan.pk)
