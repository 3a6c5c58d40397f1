"""Who stands where in a task: who does the work, who answers for it, which accounts hear of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Grant, Organisation, Role, User
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.plans.choices import DOERS
from lantian.apps.plans.models import Task, TaskUnit


def belongs_to(actor: Actor, organisations: Iterable[Organisation]) -> bool:
    """Whether the account's organisation is one of these or lies below one of them."""
    home = actor.user.organisation if actor.user is not None else None
    return home is not None and any(home.path.startswith(one.path) for one in organisations)


def doing(task: Task) -> tuple[list[Organisation], list[Organisation]]:
    """Known organisations that do the work of a task, and those of them that answer for it."""
    rows = TaskUnit.objects.filter(task=task, role__in=DOERS, organisation__isnull=False)
    return doing_among(rows.select_related("organisation"))


def doing_among(units: Iterable[TaskUnit]) -> tuple[list[Organisation], list[Organisation]]:
    """The same from the units of a task, fetched with their organisations."""
    listed = [row for row in units if row.role in DOERS and row.organisation is not None]
    every = [row.organisation for row in listed if row.organisation is not None]
    principal = [row.organisation for row in listed if row.principal and row.organisation is not None]
    return every, principal


def answers_for(actor: Actor, task: Task, principal: Iterable[Organisation]) -> bool:
    """Whether the account's organisation answers for a task, so that it cannot judge the work.

    A government is the roof of its own offices: where its own plan names it, the offices below it still judge. Where
    the plan of a level above names it, they do not.
    """
    home = actor.user.organisation if actor.user is not None else None
    bound = [
        one
        for one in principal
        if home is not None
        and (
            one.pk == home.pk
            or one.kind != OrganisationKind.GOVERNMENT
            or one.region_id is None
            or one.region_id != task.plan.region_id
        )
    ]
    return belongs_to(actor, bound)


def accounts_with(permission: str, task: Task) -> list[User]:
    """Active accounts that may use a permission on a task."""
    roles = [role.pk for role in Role.objects.all() if permission in role.permissions]
    grants = Grant.objects.holding_on(timezone.localdate()).filter(role__in=roles)
    rows = Task.objects.filter(pk=task.pk)
    users = User.objects.filter(pk__in=grants.values("user"), is_active=True).order_by("pk")
    return [user for user in users if rows.visible_to(user, permission).exists()]


def accounts_of(organisations: Sequence[Organisation], permission: str, task: Task) -> list[User]:
    """Of these accounts, those of some organisations and of what lies below them."""
    return [user for user in accounts_with(permission, task) if belongs_to(Actor(user), organisations)]
