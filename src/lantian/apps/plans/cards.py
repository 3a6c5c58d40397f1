"""Cards of the home page."""

from __future__ import annotations

from typing import Any

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.dashboard import DashboardCard
from lantian.apps.core.display import campaign_today
from lantian.apps.plans import boards, queries
from lantian.apps.plans.access import PLAN_IMPORT, PLAN_VIEW, TARGET_VIEW, TASK_VIEW
from lantian.apps.plans.choices import IN_PROGRESS, PlanStatus, UnitRole
from lantian.apps.plans.models import PlanImport, TaskUnit


def numbers(request: HttpRequest) -> DashboardCard | None:
    """Plans, tasks and targets in numbers; the way in for who may import."""
    actor = Actor.of(request)
    if not actor.may(PLAN_VIEW) or not actor.may(TASK_VIEW):
        return None
    today = campaign_today()
    tasks = queries.tasks(actor)
    context: dict[str, Any] = {
        "plans": queries.plans(actor).filter(status=PlanStatus.ACTIVE).count(),
        "tasks": tasks.count(),
        "targets": queries.targets(actor).count() if actor.may(TARGET_VIEW) else None,
        "ahead": boards.due_within(tasks, today, 30).count(),
        "imports": actor.rows(PlanImport.objects.filter(status__in=IN_PROGRESS), PLAN_IMPORT).count()
        if actor.may(PLAN_IMPORT)
        else None,
    }
    return DashboardCard("", "plans/cards/numbers.html", context, width=12)


def deadlines(request: HttpRequest) -> DashboardCard | None:
    """The next deadlines among the tasks that the account may see."""
    actor = Actor.of(request)
    if not actor.may(TASK_VIEW):
        return None
    found = queries.next_deadlines(queries.tasks(actor), campaign_today(), limit=8)
    return DashboardCard(
        __("Next deadlines"),
        "plans/cards/deadlines.html",
        {"items": found},
        icon="calendar-due",
        url=f"{reverse('plans:tasks')}?sort=next_deadline&due_from={campaign_today():%Y-%m-%d}",
    )


def my_unit(request: HttpRequest) -> DashboardCard | None:
    """What the account's own organisation has to do, by role; for offices without tasks, who has most."""
    actor = Actor.of(request)
    if not actor.may(TASK_VIEW) or actor.user is None:
        return None
    home = actor.user.organisation
    counted = queries.tasks_of_organisation(actor, home) if home is not None else {}
    if home is not None and counted:
        labels = dict(UnitRole.choices)
        url = reverse("plans:unit_tasks", args=[home.pk])
        return DashboardCard(
            __("Tasks of %(unit)s") % {"unit": home.name},
            "plans/cards/my_unit.html",
            {
                "roles": [
                    (labels[role], number, f"{url}?role={role}&unit={home.pk}")
                    for role, number in counted.items()
                ]
            },
            icon="building",
            url=url,
        )
    rows = (
        TaskUnit.objects.filter(
            role=UnitRole.LEAD,
            organisation__isnull=False,
            task__in=queries.tasks(actor).order_by().values("pk"),
        )
        .order_by()
        .values_list("organisation", "organisation__name")
        .annotate(number=Count("task", distinct=True))
        .order_by("-number", "organisation")[:8]
    )
    listed = [(name, number, reverse("plans:unit_tasks", args=[key])) for key, name, number in rows]
    if not listed:
        return None
    return DashboardCard(
        __("Lead units with most tasks"),
        "plans/cards/my_unit.html",
        {"roles": listed},
        icon="building-community",
    )


def duties(request: HttpRequest) -> DashboardCard | None:
    """Reporting duties that are due next."""
    actor = Actor.of(request)
    if not actor.may(PLAN_VIEW):
        return None
    found = [
        item
        for item in queries.due_duties(queries.duties(actor), campaign_today())
        if item.due.on is not None
    ]
    if not found:
        return None
    return DashboardCard(
        __("Reports due next"),
        "plans/cards/duties.html",
        {"items": found[:6]},
        icon="send",
        url=reverse("plans:duties"),
    )
