"""Permissions of ambient air, and what they add to the built-in roles."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import permissions, roles

STATION_VIEW = "air.station.view"
STATION_MANAGE = "air.station.manage"
EXCLUSION_MANAGE = "air.exclusion.manage"
DATA_IMPORT = "air.data.import"
DATA_REVIEW = "air.data.review"
KEY_MANAGE = "air.key.manage"

#: Role → what it may do here. Who watches over the work reviews values that somebody else has brought in.
_OF_ROLES: dict[str, tuple[str, ...]] = {
    "campaign_office": (
        STATION_VIEW,
        STATION_MANAGE,
        EXCLUSION_MANAGE,
        DATA_IMPORT,
        DATA_REVIEW,
        KEY_MANAGE,
    ),
    "supervision": (STATION_VIEW, DATA_REVIEW),
    "leader": (STATION_VIEW,),
    "department_officer": (STATION_VIEW,),
    "town_officer": (STATION_VIEW,),
}


def register() -> None:
    """Make the permissions known and add them to the roles."""
    permissions.register(
        _("Air quality"),
        [
            (STATION_VIEW, _("See stations and air quality")),
            (STATION_MANAGE, _("Change and import stations")),
            (EXCLUSION_MANAGE, _("Exclude sand and exceptional events")),
            (DATA_IMPORT, _("Import air data")),
            (DATA_REVIEW, _("Review air data")),
            (KEY_MANAGE, _("Keys of stations that send data")),
        ],
    )
    known = {role.code: role for role in roles.built_in()}
    roles.register(*(replace(known[code], permissions=added) for code, added in _OF_ROLES.items()))
