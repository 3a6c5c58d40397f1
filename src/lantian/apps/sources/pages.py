"""The pages of this room in the navigation, and its cards on the home page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import dashboard, navigation
from lantian.apps.sources import access

#: label, URL name, icon, permission, order
PAGES = (
    (_("Own records"), "sources:own", "clipboard-check", access.OWN_CONFIRM, 5),
    (_("Lists"), "sources:lists", "list-check", access.SOURCE_VIEW, 10),
    (_("Proposed changes"), "sources:proposals", "file-diff", access.SOURCE_VIEW, 30),
    (_("Import of lists"), "sources:imports", "table-import", access.LIST_IMPORT, 90),
    (_("All sources"), "sources:sources", "building-factory-2", access.SOURCE_VIEW, 20),
    (_("Lists against each other"), "sources:checks", "arrows-diff", access.SOURCE_VIEW, 35),
    (_("Suspected duplicates"), "sources:duplicates", "copy", access.SOURCE_EDIT, 37),
    (_("Performance grades"), "sources:grades", "award", access.SOURCE_VIEW, 40),
    (_("Subsidies"), "sources:subsidies", "coin-yuan", access.SOURCE_VIEW, 45),
    (_("Admission of projects"), "sources:projects", "gavel", access.PROJECT_VIEW, 50),
    (_("Emission inventories"), "sources:inventories", "chart-bar", access.INVENTORY_VIEW, 60),
    (_("Map of sources"), "sources:sources_map", "map-2", access.SOURCE_VIEW, 25),
)


def register() -> None:
    """Make them known."""
    for label, url_name, icon, permission, order in PAGES:
        navigation.register("sources", label, url_name, icon, permission, order)
    from lantian.apps.sources import cards

    dashboard.register(cards.own_records, 5)
    dashboard.register(cards.proposals, 22)
    dashboard.register(cards.duplicates, 24)
    dashboard.register(cards.grades, 30)
