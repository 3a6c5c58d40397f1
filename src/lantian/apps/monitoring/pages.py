"""The pages of this room in the navigation."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import dashboard, navigation
from lantian.apps.monitoring import access

#: label, URL name, icon, permission, order
PAGES: tuple[tuple[str | Promise, str, str, str, int], ...] = (
    (_("Alarms"), "monitoring:alarms", "bell-ringing", access.MONITORING_VIEW, 10),
)


def register() -> None:
    """Make them known."""
    for label, url_name, icon, permission, order in PAGES:
        navigation.register("monitoring", label, url_name, icon, permission, order)
    from lantian.apps.monitoring import cards

    dashboard.register(cards.alarms, 15)
