"""The first page of a plan: what it asks, how it stands, what comes next."""

from __future__ import annotations

from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core import history as core_history
from lantian.apps.core.pages import Page
from lantian.apps.plans import queries
from lantian.apps.plans.access import PLAN_EDIT, PLAN_IMPORT, PLAN_WITHDRAW, TARGET_VIEW, TASK_VIEW
from lantian.apps.plans.choices import Decision, PlanStatus
from lantian.apps.plans.models import Plan, ReportingDuty, Section, Target, Task
from lantian.apps.plans.tables import target_value
from lantian.apps.plans.views.of_plan import OfPlan


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

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Numbers, charts, next dates."""
        plan = self.object
        today = display.campaign_today()
        overview = queries.overview(self.actor, plan, today)
        tasks = self.actor.rows(Task.objects.filter(plan=plan), TASK_VIEW)
        targets = self.actor.rows(Target.objects.filter(plan=plan), TARGET_VIEW).order_by("order")[:8]
        duties = list(ReportingDuty.objects.filter(plan=plan).select_related("plan"))
        ledger_url = f"{reverse('plans:tasks')}?plan={plan.pk}"
        warnings = plan.warnings.filter(decision=Decision.OPEN).order_by("order")[:20]
        return super().get_context_data(
            overview=overview,
            ledger_url=ledger_url,
            plan_key=str(plan.pk),
            chapter_chart=bars([(short(section), number) for section, number in overview.chapters]),
            lead_chart=bars(overview.leads),
            month_chart=months_chart(overview.months),
            chapters=[
                (section, number, f"{ledger_url}&chapter={section.pk}" if section else ledger_url)
                for section, number in overview.chapters
            ],
            next_deadlines=queries.next_deadlines(tasks, today),
            last_deadline=overview.months[-1][0] if overview.months else None,
            targets=[(target, target_value(target)) for target in targets],
            duties=queries.due_duties(duties, today)[:6],
            blocks=plan.blocks.all(),
            documents=plan.documents.all(),
            warnings=warnings if self.user.may(PLAN_IMPORT) else [],
            decisions=[choice for choice in Decision.choices if choice[0] != Decision.OPEN],
            history=core_history.of_object(plan, 10),
            **kwargs,
        )


def short(section: Section | None) -> str:
    """A heading as a chart writes it."""
    if section is None:
        return __("Without chapter")
    text = section.title
    return text if len(text) <= 18 else f"{text[:17]}…"


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
