"""What the page of a task says of the work: its light, the steps that are possible, progress, parts, what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from lantian.apps.core import display
from lantian.apps.core.actions import Actor
from lantian.apps.plans import actions, sources, standing
from lantian.apps.plans.access import TASK_VIEW
from lantian.apps.plans.choices import AdjustmentStatus, CosignStatus, EventKind, TaskState
from lantian.apps.plans.light_words import reason_in_words
from lantian.apps.plans.models import Task, TaskEvent
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.views.links import span_url
from lantian.apps.plans.views.steps import adjustment_lines
from lantian.rules.progress.lights import shares

STATE_TONES: dict[str, str] = {
    TaskState.NOT_STARTED: "neutral",
    TaskState.IN_PROGRESS: "blue",
    TaskState.SUBMITTED: "brand",
    TaskState.RETURNED: "orange",
    TaskState.ACCEPTED: "green",
    TaskState.SUSPENDED: "neutral",
}
COSIGN_TONES: dict[str, str] = {
    CosignStatus.ASKED: "yellow",
    CosignStatus.SIGNED: "green",
    CosignStatus.OBJECTED: "red",
    CosignStatus.LAPSED: "neutral",
}
ADJUSTMENT_TONES: dict[str, str] = {
    AdjustmentStatus.ASKED: "yellow",
    AdjustmentStatus.APPROVED: "green",
    AdjustmentStatus.REFUSED: "red",
    AdjustmentStatus.WITHDRAWN: "neutral",
}
EVENT_ICONS: dict[str, str] = {
    EventKind.START: "player-play",
    EventKind.REPORT: "pencil",
    EventKind.SUBMIT: "send",
    EventKind.RECALL: "arrow-back-up",
    EventKind.ACCEPT: "circle-check",
    EventKind.MILESTONE: "flag",
    EventKind.RETURN: "arrow-back",
    EventKind.SUSPEND: "player-pause",
    EventKind.RESUME: "player-play",
    EventKind.REOPEN: "lock-open",
    EventKind.ADJUST: "adjustments",
    EventKind.COSIGN: "signature",
    EventKind.HAND_DOWN: "arrow-fork",
}
#: events and parts on the page; the log and the ledger have them all
EVENTS_SHOWN = 100
FEW_EVENTS = 8
PARTS_SHOWN = 100


def dates(task: Task, text: str) -> list[dict[str, Any]]:
    """The dates of a task with their place in the text; milestones with the share that is due by then."""
    rows = standing.milestone_rows(task.deadlines.all())
    due = dict(zip([row.pk for row in rows], shares(standing.milestones(task)), strict=True))
    return [
        {
            "row": row,
            "share": due[row.pk].quantize(standing.HUNDREDTH) if len(rows) > 1 and row.pk in due else None,
            "source": sources.excerpt(text, row.span_start, row.span_end),
            "url": span_url(task, (row.span_start, row.span_end)),
        }
        for row in task.deadlines.all()
    ]


def amounts(task: Task, text: str) -> list[dict[str, Any]]:
    """The amounts of a task with their place in the text."""
    return [
        {
            "row": row,
            "done": plain(row.done) or "0",
            "source": sources.excerpt(text, row.span_start, row.span_end),
            "url": span_url(task, (row.span_start, row.span_end)),
        }
        for row in task.quantities.all()
    ]


def work(actor: Actor, task: Task) -> dict[str, Any]:
    """Everything about the work."""
    day = display.campaign_today()
    light = standing.light_of(task, day)
    events = list(
        task.events.select_related("user__person", "organisation", "deadline").order_by("-on", "-pk")[
            :EVENTS_SHOWN
        ]
    )
    files = actions.evidence_of(task)
    wishes = list(
        task.adjustments.select_related("asked_by__person", "organisation", "decided_by__person")[:20]
    )
    parent = task.parent
    shown = [told(event, files) for event in events]
    return {
        "light_code": light.code,
        "light_reason": reason_in_words(task, light, day),
        "state_tone": STATE_TONES[task.state],
        "steps": steps(actor, task),
        "percent": task.percent,
        "may_count": actions.ChooseCounted(actor, task, []).is_possible(),
        "counted": [
            (f"{row.what}［{row.unit}］", plain(row.done) or "0", plain(row.value))
            for row in standing.counted(task)
        ],
        "events": shown[:FEW_EVENTS],
        "earlier": shown[FEW_EVENTS:],
        "other_files": [
            row for key, row in files.items() if key not in {k for event in events for k in _files(event)}
        ],
        "chart": chart(task, events, day),
        "cosigns": [
            (row, COSIGN_TONES[row.status])
            for row in task.cosigns.select_related("organisation", "user__person").order_by("-pk")
        ],
        "signing": actions.open_cosigns(actor, task),
        "wishes": [wish(actor, row, task) for row in wishes],
        "parent": parent if parent is not None and _sees(actor, parent) else None,
        "parts": parts(actor, task),
    }


def _sees(actor: Actor, task: Task) -> bool:
    found: bool = actor.rows(Task.objects.filter(pk=task.pk), TASK_VIEW).exists()
    return found


def parts(actor: Actor, task: Task) -> list[Task]:
    """The parts of a task that the actor may see, each with its light."""
    rows = actor.rows(Task.objects.filter(parent=task), TASK_VIEW)
    return list(standing.with_light(rows).order_by("order")[:PARTS_SHOWN])


def steps(actor: Actor, task: Task) -> list[dict[str, Any]]:
    """Buttons for what the actor may do with the task now, the most likely first."""
    found: list[dict[str, Any]] = [
        {
            "label": row.label,
            "url": reverse(f"plans:task_{row.step}", args=[task.pk]),
            "icon": row.icon,
            "tone": row.tone,
        }
        for row in actions.possible_steps(actor, task)
    ]
    found.sort(key=lambda item: item["tone"] != "primary")
    for action, name, label, icon in (
        (actions.HandDown(actor, task, []), "task_hand_down", _("Hand down in parts"), "arrow-fork"),
        (actions.AskAdjustment(actor, task, {}), "task_adjust", _("Ask for an adjustment"), "adjustments"),
    ):
        if action.is_possible():
            url = reverse(f"plans:{name}", args=[task.pk])
            found.append({"label": label, "url": url, "icon": icon, "tone": ""})
    return found


def _files(event: TaskEvent) -> list[int]:
    return list((event.data or {}).get("files", ()))


def told(event: TaskEvent, files: dict[int, Any]) -> dict[str, Any]:
    """An event as the page tells it."""
    data = event.data or {}
    return {
        "event": event,
        "icon": EVENT_ICONS.get(event.kind, "point"),
        "late": event.recorded_at.astimezone(display.CAMPAIGN_TIME).date() > event.on,
        "share": plain(event.percent)
        if event.kind in standing.WITH_PERCENT or data.get("percent_changed")
        else "",
        "on_behalf": data.get("on_behalf", False),
        "from_part": data.get("from_part"),
        "overridden": data.get("overridden", ()),
        "cosign": CosignStatus(data["status"]).label if data.get("status") in CosignStatus.values else "",
        "files": [files[key] for key in _files(event) if key in files],
    }


def wish(actor: Actor, row: Any, task: Task) -> dict[str, Any]:
    """An adjustment with what it changes and what the actor may do with it."""
    row.task = task
    buttons = []
    if row.status == AdjustmentStatus.ASKED:
        for cls, name, label, tone in (
            (actions.ApproveAdjustment, "adjustment_approve", _("Approve"), "primary"),
            (actions.RefuseAdjustment, "adjustment_refuse", _("Refuse"), ""),
            (actions.WithdrawAdjustment, "adjustment_withdraw", _("Take back"), "ghost"),
        ):
            if cls(actor, row).is_possible():
                url = reverse(f"plans:{name}", args=[task.pk, row.pk])
                buttons.append({"label": label, "url": url, "tone": tone})
    return {
        "row": row,
        "tone": ADJUSTMENT_TONES[row.status],
        "lines": adjustment_lines(row),
        "buttons": buttons,
    }


def chart(task: Task, events: Sequence[TaskEvent], day: date) -> dict[str, Any] | None:
    """Share done through time beside the straight line; None where nothing has been reported or nothing is due."""
    said = sorted(
        (event for event in events if event.kind in standing.WITH_PERCENT),
        key=lambda event: (event.on, event.pk),
    )
    known = sorted(standing.milestones(task), key=lambda one: one.on)
    if not said or not known:
        return None
    start = min(standing.line_start(task), said[0].on)
    done = [[start.isoformat(), 0.0], *([event.on.isoformat(), float(event.percent)] for event in said)]
    end = task.accepted_on or day
    if said[-1].on < end:
        done.append([end.isoformat(), float(task.percent)])
    line = [[start.isoformat(), 0.0]]
    line += [[one.on.isoformat(), float(share)] for one, share in zip(known, shares(known), strict=True)]
    return {
        "grid": {"left": 8, "right": 24, "top": 36, "bottom": 8, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "time"},
        "yAxis": {"type": "value", "min": 0, "max": 100, "axisLabel": {"formatter": "{value}%"}},
        "series": [
            {
                "type": "line",
                "name": _("Done"),
                "step": "end",
                "data": done,
                "symbolSize": 6,
                "areaStyle": {"opacity": 0.12},
            },
            {
                "type": "line",
                "name": _("Straight line"),
                "data": line,
                "symbolSize": 6,
                "lineStyle": {"type": "dashed"},
            },
        ],
    }
