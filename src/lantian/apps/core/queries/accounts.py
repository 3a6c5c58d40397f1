"""Reads of accounts, grants, sessions and tokens."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, Max, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from lantian.apps.core.models import ApiToken, Grant, LoginSession, Organisation, Person, Region, Role, User


def accounts(rows: Any) -> Any:
    """Accounts with what the list shows of them, in a fixed number of queries."""
    return rows.select_related("person", "organisation").prefetch_related(
        Prefetch(
            "grants",
            queryset=Grant.objects.filter(
                Q(valid_to__isnull=True) | Q(valid_to__gte=timezone.localdate()), revoked_at__isnull=True
            ).select_related("role", "region"),
            to_attr="open_grants",
        )
    ).annotate(last_login_at=Max("login_sessions__started_at"))


def with_role(rows: Any, role: Role) -> Any:
    """Accounts that hold a role now or later."""
    held = Grant.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=timezone.localdate()),
        user=OuterRef("pk"),
        role=role,
        revoked_at__isnull=True,
    )
    return rows.filter(Exists(held))


def grants_of(user: User) -> QuerySet[Grant]:
    """All grants of an account, those that hold first, then the history."""
    return (
        Grant.objects.filter(user=user)
        .select_related("role", "region", "granted_by", "granted_by__person")
        .prefetch_related("organisations")
        .order_by("revoked_at", "-granted_at")
    )


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """Tokens of an account."""
    return ApiToken.objects.filter(user=user).order_by("revoked_at", "-created_at")


def sessions_of(user: User) -> QuerySet[LoginSession]:
    """Open sessions of an account."""
    from lantian.apps.core.account_actions.sessions import alive

    return alive(user).order_by("-last_seen_at")


def organisations_for(user: User, permission: str) -> Any:
    """Organisations that an account may choose under a permission, in the order of the tree."""
    return Organisation.objects.all().visible_to(user, permission).valid_on(timezone.localdate())


def people_without_account(user: User, permission: str) -> Any:
    """People who may be given an account."""
    return (
        Person.objects.all()
        .visible_to(user, permission)
        .filter(user__isnull=True, left_on__isnull=True)
        .select_related("organisation")
    )


def regions() -> Any:
    """Regions that hold today, villages left out: nobody picks one of thousands from a list."""
    return Region.objects.valid_on(timezone.localdate()).exclude(level="village").order_by("path")
