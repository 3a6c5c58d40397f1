"""Row rights: every list that a person sees comes from ``visible_to``, and what is not declared is not shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from lantian.apps.core.models.access import Grant, User


class ScopeNotDeclared(Exception):
    """A model was asked for visible rows without saying how its rows belong to organisations, regions or people."""


@dataclass(frozen=True, slots=True)
class RowScope:
    """How the rows of a model belong.

    Attributes
    ----------
    organisation, region
        Lookup from the model to an :class:`Organisation` / :class:`Region`; ``""`` means that the row itself is one;
        None means that the rows do not belong to any, and grants that are limited to organisations (regions) then
        show nothing.
    owner
        Lookup to the account whose own rows these are, for the scope 仅本人.
    public
        Rows that everybody with the permission may see, whatever the scope (regions, roles).
    many
        Set where a lookup crosses a to-many relation, so that a row is not listed twice.
    """

    organisation: str | None = None
    region: str | None = None
    owner: str | None = None
    public: bool = False
    many: bool = False


def _under(lookup: str, path: str) -> Q:
    return Q(**{f"{lookup}__path__startswith" if lookup else "path__startswith": path})


def _is(lookup: str, key: int) -> Q:
    return Q(**{lookup or "pk": key})


def grant_filter(scope: RowScope, user: User, grant: Grant) -> Q | None:
    """The rows that one grant opens, or None where it opens none."""
    from lantian.apps.core.models.access import DataScope

    if scope.public:
        return Q()
    home = user.organisation
    if grant.scope == DataScope.ALL:
        rows = Q()
    elif grant.scope == DataScope.SELF:
        if scope.owner is None:
            return None
        rows = Q(**{scope.owner: user.pk})
    elif scope.organisation is None:
        return None
    elif grant.scope == DataScope.CUSTOM:
        keys = [organisation.pk for organisation in grant.organisations.all()]
        if not keys:
            return None
        rows = Q(**{f"{scope.organisation or 'pk'}__in": keys})
    elif home is None:
        return None
    elif grant.scope == DataScope.DEPARTMENT:
        rows = _is(scope.organisation, home.pk)
    elif grant.scope == DataScope.DEPARTMENT_AND_BELOW:
        rows = _under(scope.organisation, home.path)
    else:
        return None
    if grant.region is not None:
        if scope.region is None:
            return None
        rows &= _under(scope.region, grant.region.path)
    return rows


class ScopedQuerySet(models.QuerySet[Any]):
    """A queryset that knows who may see its rows."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Rows that the account may use under a permission; none without it.

        Raises
        ------
        ScopeNotDeclared
            If the model has no ``row_scope``: showing everything by mistake is worse than failing.
        """
        scope = getattr(self.model, "row_scope", None)
        if not isinstance(scope, RowScope):
            raise ScopeNotDeclared(f"{self.model.__name__} does not declare row_scope")
        if not getattr(user, "is_active", False) or not hasattr(user, "active_grants"):
            return self.none()
        opened: Q | None = None
        for grant in user.active_grants:
            if permission not in grant.role.permissions:
                continue
            rows = grant_filter(scope, user, grant)
            if rows is None:
                continue
            if not rows:
                return self.all()
            opened = rows if opened is None else opened | rows
        if opened is None:
            return self.none()
        if scope.many:
            # A subquery, not DISTINCT: sorting and paging stay on the plain table.
            return self.filter(pk__in=self.model._base_manager.filter(opened).values("pk"))
        return self.filter(opened)

    def listed_to(self, user: User, permission: str) -> Self:
        """The same rows, asked for in the way that is quickest for long lists."""
        return self.visible_to(user, permission)

    def may_see(self, user: User, permission: str, key: Any) -> bool:
        """Whether one row is visible."""
        return self.filter(pk=key).visible_to(user, permission).exists()


class ValidityQuerySet(ScopedQuerySet):
    """Rows with ``valid_from`` and ``valid_to`` (both included; empty is open)."""

    def valid_on(self, day: date) -> Self:
        """Rows that hold on a day."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day), Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        )


ScopedManager = models.Manager.from_queryset(ScopedQuerySet)
