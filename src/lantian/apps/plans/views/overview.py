"""The first page of a plan: what it asks, how it stands, what comes next."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core import history as core_history
from lantian.apps.core.pages import Page
from lantian.apps.plans import boards, queries, readings, standing
from lantian.apps.plans.access import PLAN_EDIT, PLAN_IMPORT, PLAN_WITHDRAW, TARGET_VIEW, TASK_VIEW
from lantian.apps.plans.choices import Clock, Decision, PlanStatus
from lantian.apps.plans.marks import Links, bar, chips, in_words
from lantian.apps.plans.models import Plan, ReportingDuty, Target, Task
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.tables import target_value
from lantian.apps.plans.views.entering import entry_actions
from lantian.apps.plans.views.of_plan import OfPlan

DAYS_AHEAD = 30
#: lines of a card before the way to all of them
LISTED = 8
AMOUNTS = 10


def bars(pairs: list[tuple[str, int]], colour_of: int = 0) -> dict[str, Any]:
    """A chart of lying bars, the first on top."""
    turned = list(reversed(pairs))
    return {
        "grid": {"left": 4, "right": 36, "top": 8, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "confine": True},
        "xAxis": {
            "type": "value",
            "minInterval": 1,
            "axisLabel": {"show": False},
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "category",
            "data": [label for label, _number in turned],
            "axisLabel": {"width": 150, "overflow": "truncate"},
        },
        "series": [
            {
                "type": "bar",
                "name": __("Tasks"),
                "data": [number for _label, number in turned],
                "barMaxWidth": 16,
                "label": {"show": True, "position": "right"},
                "itemStyle": {"borderRadius": [0, 3, 3, 0]},
            }
        ],
    }


class PlanView(OfPlan, Page):
    """The first page of a plan."""

    template_name = "plans/plan.html"

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Change, withdraw, file."""
        plan = self.object
        found: list[dict[str, Any]] = []
        if plan.status == PlanStatus.WITHDRAWN:
            return found
        if plan.attachment is not None:
            url = attachment_url(plan)
            if url:
                found.append({"label": __("Source file"), "url": url, "icon": "paperclip"})
        found += [
            *entry_actions(plan),
            {
                "label": __("Edit"),
                "url": reverse("plans:plan_edit", args=[plan.pk]),
                "icon": "edit",
                "permission": PLAN_EDIT,
            },
            {
                "label": __("Withdraw"),
                "url": reverse("plans:plan_withdraw", args=[plan.pk]),
                "icon": "file-off",
                "tone": "ghost",
                "permission": PLAN_WITHDRAW,
            },
        ]
        return found

    def targets(self, today: date) -> list[dict[str, Any]]:
        """The first targets of the plan with what they have come to."""
        rows = list(
            self.actor.rows(Target.objects.filter(plan=self.object), TARGET_VIEW).order_by("order")[:LISTED]
        )
        now = readings.latest_of(rows, today)
        end = queries.ends_on(self.object)
        over = end is not None and end < today
        return [
            {
                "row": row,
                "asked": target_value(row),
                "now": come_to(row, now[row.pk], over) if row.pk in now else None,
            }
            for row in rows
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How it stands, what comes next, what is done, what the targets have come to."""
        plan = self.object
        today = display.campaign_today()
        overview = queries.overview(self.actor, plan)
        tasks = self.actor.rows(Task.objects.filter(plan=plan, dropped_on__isnull=True), TASK_VIEW)
        links = Links(plan.pk, None, Clock.RECORDED)
        chapters = boards.chapters(tasks)
        lights: dict[str, int] = {}
        for chapter in chapters:
            for code, number in chapter.lights.items():
                lights[code] = lights.get(code, 0) + number
        ahead = boards.due_within(tasks, today, DAYS_AHEAD)
        amounts = boards.amounts_done(tasks)
        duties = list(ReportingDuty.objects.filter(plan=plan).select_related("plan"))
        warnings = plan.warnings.filter(decision=Decision.OPEN).order_by("order")[:20]
        return super().get_context_data(
            overview=overview,
            may_edit=plan.status != PlanStatus.WITHDRAWN and self.user.may(PLAN_EDIT),
            ledger_url=links(),
            plan_key=str(plan.pk),
            lights=[
                (light, lights.get(code, 0), links(light=code)) for code, light in display.LIGHTS.items()
            ],
            light_bar=bar(lights),
            finished=lights.get("green", 0),
            overdue=lights.get("red", 0),
            overdue_url=links(light="red"),
            finished_url=links(light="green"),
            chapters=[
                {
                    "title": chapter.section.title if chapter.section else __("Without chapter"),
                    "url": links(**links.of_chapter(chapter.section)),
                    "tasks": chapter.tasks,
                    "bar": bar(chapter.lights),
                    "chips": chips(chapter.lights),
                    "words": in_words(chapter.lights),
                }
                for chapter in chapters
            ],
            codes=list(display.LIGHTS),
            ahead_count=ahead.count(),
            ahead_url=links(due=DAYS_AHEAD),
            ahead=standing.with_light(ahead).order_by("due_on", "order")[:LISTED],
            amounts=amounts[:AMOUNTS],
            more_amounts=amounts[AMOUNTS:],
            lead_chart=bars(overview.leads),
            month_chart=months_chart(overview.months),
            last_deadline=overview.months[-1][0] if overview.months else None,
            targets=self.targets(today),
            duties=queries.due_duties(duties, today)[:6],
            blocks=plan.blocks.all(),
            documents=plan.documents.all(),
            warnings=warnings if self.user.may(PLAN_IMPORT) else [],
            decisions=[choice for choice in Decision.choices if choice[0] != Decision.OPEN],
            history=core_history.of_object(plan, 10),
            **self.years(),
            **kwargs,
        )


def come_to(target: Target, now: readings.Reading, over: bool) -> dict[str, Any]:
    """What a target has come to, as its line says it; before the end of the plan a miss may still be made good."""
    found: dict[str, Any] = {
        "text": display.quantity(Decimal(plain(now.value)), target.unit),
        "on": now.on,
        "light": "",
    }
    verdict = readings.verdict(target, now.value)
    if verdict is None:
        return found
    if verdict.met:
        return found | {"light": "green", "words": __("met so far")}
    return found | {
        "light": "red" if over else "yellow",
        "words": __("not met") if over else __("not met yet"),
    }


def months_chart(months: list[tuple[Any, int]]) -> dict[str, Any]:
    """Deadlines by month."""
    return {
        "grid": {"left": 4, "right": 8, "top": 16, "bottom": 4, "containLabel": True},
        "xAxis": {"type": "category", "data": [f"{month:%Y-%m}" for month, _number in months]},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "type": "bar",
                "name": __("Deadlines"),
                "data": [number for _month, number in months],
                "barMaxWidth": 28,
                "itemStyle": {"borderRadius": [3, 3, 0, 0]},
            }
        ],
    }


def attachment_url(plan: Plan) -> str:
    """Where the source file can be had; empty where the frame offers no downloads."""
    for name in ("core:attachment", "core:file", "core:attachment_download"):
        try:
            return reverse(name, args=[plan.attachment_id])
        except NoReverseMatch:
            continue
    return ""
