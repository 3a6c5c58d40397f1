"""Whose a place is: the office of a place, and whether an actor may act for it."""

from __future__ import annotations

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import DataScope, Organisation, Region
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.core.querysets import RowScope, grant_filter


def office_of(region: Region) -> Organisation | None:
    """The campaign office of a place itself, not of one above it."""
    rows = Organisation.objects.filter(kind=OrganisationKind.OFFICE, region=region, merged_into__isnull=True)
    return rows.filter(valid_to__isnull=True).order_by("order", "pk").first()


def may_act_for(actor: Actor, permission: str, region: Region) -> bool:
    """Whether an actor may act for a place as a whole: by a grant over all data there, or one that takes in its office."""
    if not actor.may(permission):
        return False
    user = actor.user
    if user is None:
        return actor.is_system
    office = office_of(region)
    for grant in user.active_grants:
        if permission not in grant.role.permissions:
            continue
        if grant.region is not None and not region.path.startswith(grant.region.path):
            continue
        if grant.scope == DataScope.ALL:
            return True
        rows = grant_filter(RowScope(organisation="", region="region"), user, grant)
        if office is not None and rows is not None and Organisation.objects.filter(rows, pk=office.pk).exists():
            return True
    return False
