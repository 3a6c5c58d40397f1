"""Words for what the log keeps of stations and exclusions."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history

ACTIONS: dict[str, Any] = {
    "air.station.add": _("Station added"),
    "air.station.change": _("Station corrected"),
    "air.station.close": _("Station taken out of use"),
    "air.station.import": _("Stations imported"),
    "air.exclusion.add": _("Exclusion entered"),
    "air.exclusion.withdraw": _("Exclusion withdrawn"),
}


def register() -> None:
    """Make them known."""
    history.register(ACTIONS)
