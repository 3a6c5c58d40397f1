"""The pages of this room in the navigation."""

from __future__ import annotations

from django.utils.functional import Promise

from lantian.apps.core import navigation
from lantian.apps.monitoring import setup_power

#: label, URL name, icon, permission, order
PAGES: tuple[tuple[str | Promise, str, str, str, int], ...] = (*setup_power.PAGES,)


def register() -> None:
    """Make them known."""
    for label, url_name, icon, permission, order in PAGES:
        navigation.register("monitoring", label, url_name, icon, permission, order)
    setup_power.register()
