"""Separation of duties: who makes accounts does not grant rights, and who grants rights does not audit.

Built-in roles say it by their exclusive group. Roles that an office makes itself are judged by what they carry, so
that a role of one's own is no way around.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import parameters

if TYPE_CHECKING:
    from lantian.apps.core.models.access import Grant, Role, User

#: What makes a duty, by the code of the built-in role that exists for it.
DUTIES: dict[str, frozenset[str]] = {
    "system_admin": frozenset({"core.user.create", "core.user.disable", "core.user.reset_password"}),
    "security_admin": frozenset({"core.role.manage", "core.role.grant", "core.parameter.change"}),
    "auditor": frozenset({"core.log.export"}),
}
LABELS: dict[str, Any] = {
    "system_admin": _("accounts"),
    "security_admin": _("rights and security policy"),
    "auditor": _("audit"),
}


def duties_of(permissions: Iterable[str]) -> frozenset[str]:
    """The duties that a set of permissions touches."""
    held = frozenset(permissions)
    return frozenset(duty for duty, codes in DUTIES.items() if held & codes)


def labels(found: Iterable[str]) -> str:
    """Duties in words."""
    return "、".join(str(LABELS[duty]) for duty in DUTIES if duty in set(found))


def is_strict() -> bool:
    """Whether one account may hold one duty only; asked from the database, not from memory."""
    return bool(parameters.fresh("account.separation") == parameters.STRICT)


def open_grants(user: User, start: date | None = None, end: date | None = None) -> list[Grant]:
    """Grants of an account that hold, or will hold, on some day between two days (from today on without them)."""
    start = max(start or timezone.localdate(), timezone.localdate())
    rows = user.grants.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=start), revoked_at__isnull=True)
    if end is not None:
        rows = rows.filter(Q(valid_from__isnull=True) | Q(valid_from__lte=end))
    return list(rows.select_related("role"))


def excludes(one: Role, other: Role) -> bool:
    """Whether two roles may not be held by one account."""
    if one.pk is not None and one.pk == other.pk:
        return False
    if one.exclusive_group and one.exclusive_group == other.exclusive_group:
        return True
    return len(duties_of([*one.permissions, *other.permissions])) > 1 and bool(
        duties_of(one.permissions) and duties_of(other.permissions)
    )


def offenders() -> list[User]:
    """Accounts that hold more than one duty, now or later."""
    from lantian.apps.core.models.access import Grant

    held: dict[int, list[Grant]] = {}
    for grant in (
        Grant.objects.filter(
            Q(valid_to__isnull=True) | Q(valid_to__gte=timezone.localdate()),
            revoked_at__isnull=True,
            user__is_active=True,
        )
        .select_related("role", "user", "user__person")
        .order_by("user__username")
    ):
        held.setdefault(grant.user_id, []).append(grant)
    return [
        grants[0].user
        for grants in held.values()
        if any(excludes(one.role, other.role) for at, one in enumerate(grants) for other in grants[at + 1 :])
    ]


def holders(permission: str, *, without: User | None = None) -> list[User]:
    """Active accounts of people that carry a permission today."""
    from lantian.apps.core.models.access import Grant

    found: dict[int, User] = {}
    rows = Grant.objects.holding_on(timezone.localdate()).filter(user__is_active=True, user__is_machine=False)
    if without is not None:
        rows = rows.exclude(user=without)
    for grant in rows.select_related("role", "user"):
        if permission in grant.role.permissions:
            found[grant.user_id] = grant.user
    return list(found.values())


#: Without somebody who carries these, an office has locked itself out.
INDISPENSABLE = ("core.user.create", "core.role.grant")


def would_be_lost(user: User, losing: Iterable[str]) -> str | None:
    """The indispensable permission that nobody but this account carries, out of those it is about to lose."""
    for permission in INDISPENSABLE:
        if permission in set(losing) and not holders(permission, without=user):
            return permission
    return None
