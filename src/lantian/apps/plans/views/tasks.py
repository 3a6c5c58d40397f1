"""One task: where it stands, what is asked, who does it, what has happened."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history as core_history
from lantian.apps.core.pages import Page, RowMixin
from lantian.apps.plans import queries, sources
from lantian.apps.plans.access import TASK_EDIT, TASK_VIEW
from lantian.apps.plans.choices import PlanStatus
from lantian.apps.plans.models import PlanText, Section, Task
from lantian.apps.plans.views import work_panel
from lantian.apps.plans.views.ledger import PLANS
from lantian.apps.plans.views.links import span_url, text_url


class TaskView(RowMixin, Page):
    """One task: words, units, dates, amounts, each with its place in the text, and its history."""

    model = Task
    permission = TASK_VIEW
    template_name = "plans/task.html"
    breadcrumbs = (PLANS, (_("Task ledger"), "plans:tasks"))

    def get_queryset(self) -> Any:
        """With plan and chapter."""
        return (
            super()
            .get_queryset()
            .select_related("plan", "section", "chapter", "parent", "continues__plan")
            .prefetch_related("deadlines", "quantities")
        )

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below its plan."""
        return [
            *super().get_breadcrumbs()[:1],
            (self.object.plan.title, reverse("plans:plan", args=[self.object.plan_id])),
        ]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Change it, see it in the text."""
        task = self.object
        found: list[dict[str, Any]] = []
        if task.span_start is not None:
            found.append(
                {
                    "label": __("In the text"),
                    "url": text_url(task, task.span_start, task.span_end),
                    "icon": "file-text",
                }
            )
        if (
            task.plan.status != PlanStatus.WITHDRAWN
            and self.actor.rows(Task.objects.filter(pk=task.pk), TASK_EDIT).exists()
        ):
            found.append(
                {
                    "label": __("Edit"),
                    "url": reverse("plans:task_edit", args=[task.pk]),
                    "icon": "edit",
                    "permission": TASK_EDIT,
                }
            )
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Everything with its place."""
        task = self.object
        # The text of a plan is for whoever may see the plan; the excerpt stands in the task itself.
        row = PlanText.objects.filter(plan_id=task.plan_id).first()
        text = row.content if row is not None else ""
        path: list[Section] = []
        section = task.section
        while section is not None:
            path.insert(0, section)
            section = section.parent
        around = task.plan.tasks.order_by("order")
        mine = self.actor.rows(around, TASK_VIEW)
        return super().get_context_data(
            roles=[
                {
                    "line": line,
                    "source": sources.excerpt(text, *(task.spans.get(line.role) or (None, None))),
                    "url": span_url(task, task.spans.get(line.role)),
                }
                for line in queries.units_by_role(task)
            ],
            dates=work_panel.dates(task, text),
            amounts=work_panel.amounts(task, text),
            path=path,
            original=text[task.span_start : task.span_end] if task.span_start is not None else "",
            previous=mine.filter(order__lt=task.order).order_by("-order").first(),
            following=mine.filter(order__gt=task.order).order_by("order").first(),
            history=core_history.of_object(task, 50),
            years_before=queries.earlier(self.actor, task),
            years_after=list(queries.later(self.actor, task)),
            **work_panel.work(self.actor, task),
            **kwargs,
        )
