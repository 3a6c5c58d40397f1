"""Ways to tasks from the pages of other rooms."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Organisation
from lantian.apps.plans import queries
from lantian.apps.plans.access import TASK_VIEW


def of_organisation(request: HttpRequest, row: Organisation) -> list[dict[str, Any]]:
    """The ways from the page of an organisation to its tasks, where it has some that the account may see."""
    user: Any = request.user
    if not user.may(TASK_VIEW):
        return []
    if not queries.with_unit(queries.tasks(Actor.of(request)), row.pk).exists():
        return []
    return [
        {
            "label": __("Tasks of this month"),
            "url": reverse("plans:unit_month", args=[row.pk]),
            "icon": "calendar-check",
        },
        {"label": __("All tasks"), "url": reverse("plans:unit_tasks", args=[row.pk]), "icon": "list-check"},
    ]
