"""Who sees a source: the department that answers for it, the town it lies in, and the enterprise that runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db.models import Q

from lantian.apps.core.models import DataScope
from lantian.apps.core.querysets import RowScope, ScopedQuerySet, grant_filter

if TYPE_CHECKING:
    from lantian.apps.core.models import Grant, User


def scopes(prefix: str = "") -> tuple[RowScope, ...]:
    """The three ways in which a row belongs to organisations; `prefix` leads to the row that names them."""
    return tuple(
        RowScope(organisation=f"{prefix}{name}", region=f"{prefix}region")
        for name in ("department", "town", "operator")
    )


class KeptQuerySet(ScopedQuerySet):
    """Rows that several organisations share; one of them is enough."""

    #: the ways in which rows belong; a queryset of rows that hang on others names its own
    ways: ClassVar[tuple[RowScope, ...]] = scopes()

    def visible_to(self, user: User, permission: str) -> Self:
        """Rows that the account may use under a permission; none without it."""
        opened = self.opened(user, permission)
        return self.none() if opened is None else self.filter(opened)

    def listed_to(self, user: User, permission: str) -> Self:
        """The same rows as a set of keys.

        What belongs to a department, a town or an operator is answered from their indexes only where that is a question
        of its own: beside other conditions a database walks along everything.
        """
        seen = type(self)(self.model).visible_to(user, permission)
        return self.filter(pk__in=seen.order_by().values("pk")) if seen.query.where else self.all()

    def through(self, ways: tuple[RowScope, ...], user: User, permission: str) -> Self:
        """Rows that belong to the account in one of other ways than those of the class."""
        opened = self.opened(user, permission, ways)
        return self.none() if opened is None else self.filter(opened)

    def opened(self, user: User, permission: str, ways: tuple[RowScope, ...] = ()) -> Q | None:
        """What the grants of the account open; None for nothing, an empty condition for everything."""
        if not getattr(user, "is_active", False) or not hasattr(user, "active_grants"):
            return None
        opened: Q | None = None
        for grant in user.active_grants:
            if permission not in grant.role.permissions:
                continue
            for way in ways or self.ways:
                rows = self._by(way, user, grant)
                if rows is None and grant.scope == DataScope.SELF and _is_operator(way):
                    # What an enterprise calls its own are the sources that it runs.
                    rows = _run_by(way, user, grant)
                if rows is None:
                    continue
                if not rows:
                    return rows
                opened = rows if opened is None else opened | rows
        return opened

    def _by(self, way: RowScope, user: User, grant: Grant) -> Q | None:
        """What one grant opens in one way."""
        return grant_filter(way, user, grant)

    def run_by(self, user: User, permission: str) -> Self:
        """Rows of sources that the account's own organisation runs, or one that its grant names; never all of them."""
        if not getattr(user, "is_active", False) or not hasattr(user, "active_grants"):
            return self.none()
        opened: Q | None = None
        for grant in user.active_grants:
            if permission not in grant.role.permissions:
                continue
            for way in self.ways:
                rows = _run_by(way, user, grant) if _is_operator(way) else None
                if rows is not None:
                    opened = rows if opened is None else opened | rows
        return self.none() if opened is None else self.filter(opened)


def _is_operator(way: RowScope) -> bool:
    return (way.organisation or "").rpartition("__")[2] == "operator"


def _run_by(way: RowScope, user: User, grant: Grant) -> Q | None:
    lookup, home = way.organisation, user.organisation
    if grant.scope == DataScope.CUSTOM:
        rows = Q(**{f"{lookup}__in": [organisation.pk for organisation in grant.organisations.all()]})
    elif home is None:
        return None
    elif grant.scope == DataScope.DEPARTMENT_AND_BELOW:
        rows = Q(**{f"{lookup}__path__startswith": home.path})
    else:
        rows = Q(**{f"{lookup}": home.pk})
    if grant.region is not None:
        rows &= Q(**{f"{way.region}__path__startswith": grant.region.path})
    return rows
