"""What the doors add to the house when it is loaded."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _


def register() -> None:
    """Files on deliveries, the way in for stations, and the pages."""
    from lantian.apps.air import access
    from lantian.apps.air.models import Delivery
    from lantian.apps.core import api_registry, files, merging, navigation
    from lantian.apps.core.models import Region

    files.register_target(Delivery, access.DATA_IMPORT)
    merging.register_field(Region, "air.StationKey", "region")
    merging.register_field(Region, "air.Doubt", "city")
    api_registry.register("/air/hours", "lantian.apps.air.api_doors.router", order=60, tag="air")
    for label, url_name, icon, permission, order in (
        (_("Import of air data"), "air:deliveries", "file-import", access.DATA_IMPORT, 84),
        (_("Review of air data"), "air:doubts", "checkup-list", access.DATA_REVIEW, 86),
        (_("Data quality"), "air:quality", "chart-grid-dots", access.STATION_VIEW, 88),
        (_("Keys of senders"), "air:keys", "key", access.KEY_MANAGE, 90),
    ):
        navigation.register("air", label, url_name, icon, permission, order)
