"""What the pages of one plan share: the plan, its tabs, the way back."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.pages import RowMixin
from lantian.apps.plans.access import PLAN_VIEW
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.models import Plan

PLANS = (_("Action plans"), "plans:plans")


def plan_tabs(plan: Plan) -> list[tuple[Any, str]]:
    """Pages of one plan."""
    return [
        (__("Overview"), reverse("plans:plan", args=[plan.pk])),
        (__("Wall-map board"), reverse("plans:plan_board", args=[plan.pk])),
        (__("Tasks"), f"{reverse('plans:tasks')}?plan={plan.pk}"),
        (__("Calendar"), reverse("plans:plan_calendar", args=[plan.pk])),
        (__("Gantt chart"), reverse("plans:plan_gantt", args=[plan.pk])),
        (__("Plan above"), reverse("plans:plan_comparisons", args=[plan.pk])),
        (__("Text of the plan"), reverse("plans:plan_text", args=[plan.pk])),
        (__("Targets"), f"{reverse('plans:targets')}?plan={plan.pk}"),
        (__("Reporting duties"), f"{reverse('plans:duties')}?plan={plan.pk}"),
        (__("Sanctions"), f"{reverse('plans:sanctions')}?plan={plan.pk}"),
    ]


class OfPlan(RowMixin):
    """A page of one plan."""

    model = Plan
    permission = PLAN_VIEW
    breadcrumbs = (PLANS,)

    def get_queryset(self) -> Any:
        """With place and file."""
        return super().get_queryset().select_related("region", "attachment", "issuer_organisation")

    def below_plan(self) -> list[tuple[Any, str]]:
        """The way back through the plan."""
        return [
            (PLANS[0], reverse(PLANS[1])),
            (self.object.title, reverse("plans:plan", args=[self.object.pk])),
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Add the tabs."""
        return super().get_context_data(tabs=plan_tabs(self.object), **kwargs)

    def years(self) -> dict[str, Any]:
        """The plans before and after this one that the reader may see."""
        plan = self.object
        rows = self.actor.rows(Plan.objects.exclude(status=PlanStatus.WITHDRAWN), PLAN_VIEW)
        near = list(rows.filter(Q(pk=plan.previous_id) | Q(previous=plan)).order_by("year", "pk"))
        return {
            "plan_before": next((row for row in near if row.pk == plan.previous_id), None),
            "plans_after": [row for row in near if row.previous_id == plan.pk],
        }
