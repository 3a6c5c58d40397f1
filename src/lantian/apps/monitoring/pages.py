"""The pages of this room in the navigation."""

from __future__ import annotations

from lantian.apps.core import navigation


def register() -> None:
    """Pages of devices, points, marks and the gateway, and their cards on the home page."""
    from django.utils.translation import gettext_lazy as _

    from lantian.apps.core import dashboard
    from lantian.apps.monitoring import access, cards_devices

    for label, url_name, icon, permission, order in (
        (_("Monitored points"), "monitoring:points", "building-broadcast-tower", access.MONITORING_VIEW, 10),
        (_("Map of monitored points"), "monitoring:points_map", "map-2", access.MONITORING_VIEW, 15),
        (_("Monitored enterprises day by day"), "monitoring:daily", "report", access.MONITORING_VIEW, 18),
        (_("On-line, transmission and valid rates"), "monitoring:rates", "percentage", access.MONITORING_VIEW, 20),
        (_("Marks of data"), "monitoring:marks", "flag", access.MONITORING_VIEW, 30),
        (_("Devices"), "monitoring:devices", "cpu", access.MONITORING_VIEW, 80),
        (_("Passwords and keys"), "monitoring:device_keys", "key", access.DEVICE_KEY, 85),
        (_("Gateway"), "monitoring:gateway", "server-bolt", access.GATEWAY_VIEW, 90),
    ):
        navigation.register("monitoring", label, url_name, icon, permission, order)
    dashboard.register(cards_devices.cards, 23)
