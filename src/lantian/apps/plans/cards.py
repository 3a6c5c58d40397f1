"""Cards of the home page."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core.actions import Actor
from lantian.apps.core.dashboard import DashboardCard
from lantian.apps.core.display import campaign_today
from lantian.apps.core.models import Organisation
from lantian.apps.plans import boards, queries, standing
from lantian.apps.plans.access import PLAN_IMPORT, PLAN_VIEW, TARGET_VIEW, TASK_ACCEPT, TASK_VIEW
from lantian.apps.plans.choices import IN_PROGRESS, CosignStatus, TaskState, UnitRole
from lantian.apps.plans.marks import bar, chips, in_words
from lantian.apps.plans.models import PlanImport, TaskCosign

DAYS_AHEAD = 30
#: lines of a card
UNITS = 8
NEXT = 5
STYLES = ("plans/plans.css", "plans/boards.css")


def numbers(request: HttpRequest) -> DashboardCard | None:
    """Plans, tasks and targets in numbers, what is late and what comes; the way in for who may import."""
    actor = Actor.of(request)
    if not actor.may(PLAN_VIEW) or not actor.may(TASK_VIEW):
        return None
    today = campaign_today()
    tasks = queries.tasks(actor)
    lights = boards.counts_by_light(tasks)
    context: dict[str, Any] = {
        "plans": queries.plans_in_force(actor).count(),
        "tasks": sum(lights.values()),
        "overdue": lights.get("red", 0),
        "targets": queries.targets(actor).count() if actor.may(TARGET_VIEW) else None,
        "ahead": boards.due_within(tasks, today, DAYS_AHEAD).count(),
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


def my_unit(request: HttpRequest) -> list[DashboardCard]:
    """How the tasks of the account's own organisation stand; for who watches over others, how the units stand."""
    actor = Actor.of(request)
    if not actor.may(TASK_VIEW) or actor.user is None:
        return []
    found: list[DashboardCard] = []
    home = actor.user.organisation
    if home is not None:
        mine = queries.with_unit(queries.tasks(actor), home.pk, queries.DOING)
        lights = boards.counts_by_light(mine)
        counted = {} if lights else queries.tasks_of_organisation(actor, home)
        if lights:
            found.append(own_tasks(actor, home, mine, lights))
        elif counted:
            found.append(other_roles(home, counted))
    if not found or actor.may(TASK_ACCEPT):
        units = boards.by_unit(queries.tasks(actor), UNITS)
        known = Organisation.objects.filter(pk__in=[unit.pk for unit, _lights in units])
        seen = set(actor.rows(known, "core.organisation.view").values_list("pk", flat=True))
        ledger = reverse("plans:tasks")
        listed = [
            (
                unit.name,
                chips(lights),
                in_words(lights),
                # A unit outside of one's own area has no page that one may open; its tasks are in the ledger.
                reverse("plans:unit_month", args=[unit.pk])
                if unit.pk in seen
                else f"{ledger}?unit={unit.pk}&role={queries.PRINCIPAL}",
            )
            for unit, lights in units
        ]
        if listed:
            found.append(
                DashboardCard(
                    __("Units by overdue tasks"),
                    "plans/cards/units.html",
                    {"units": listed, "codes": list(display.LIGHTS)},
                    icon="building-community",
                    styles=STYLES,
                )
            )
    return found


def own_tasks(actor: Actor, home: Organisation, mine: Any, lights: dict[str, int]) -> DashboardCard:
    """The tasks that the organisation does: their lights, what waits for it, the next milestones."""
    ledger = f"{reverse('plans:tasks')}?unit={home.pk}&role={queries.DOING}"
    month = reverse("plans:unit_month", args=[home.pk])
    cosigns = TaskCosign.objects.filter(
        organisation=home,
        status=CosignStatus.ASKED,
        task__in=queries.tasks(actor).order_by().values("pk"),
    ).count()
    returned = mine.filter(state=TaskState.RETURNED).count()
    ahead = standing.with_light(mine.filter(due_on__gte=campaign_today()).exclude(state=TaskState.SUSPENDED))
    waiting = [
        (__("Sent back"), returned, f"{month}#returned"),
        (__("To co-sign"), cosigns, f"{month}#cosign"),
    ]
    return DashboardCard(
        __("Tasks of %(unit)s") % {"unit": home.name},
        "plans/cards/my_unit.html",
        {
            "lights": [
                (light, lights.get(code, 0), f"{ledger}&light={code}")
                for code, light in display.LIGHTS.items()
            ],
            "bar": bar(lights),
            "waiting": [item for item in waiting if item[1]],
            "next": ahead.order_by("due_on", "pk")[:NEXT],
            "month": month,
        },
        icon="building",
        url=reverse("plans:unit_tasks", args=[home.pk]),
        styles=STYLES,
    )


def other_roles(home: Organisation, counted: dict[str, int]) -> DashboardCard:
    """In which roles an organisation stands that does no task itself."""
    labels = dict(UnitRole.choices)
    url = reverse("plans:unit_tasks", args=[home.pk])
    return DashboardCard(
        __("Tasks of %(unit)s") % {"unit": home.name},
        "plans/cards/roles.html",
        {
            "roles": [
                (labels[role], number, f"{url}?role={role}&unit={home.pk}")
                for role, number in counted.items()
            ]
        },
        icon="building",
        url=url,
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
