"""Source monitoring."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MonitoringConfig(AppConfig):
    """Devices at stacks, kitchens, pumps and meters, what they report, how it is judged, and the alarms it raises."""

    name = "lantian.apps.monitoring"
    label = "monitoring"
    verbose_name = _("Source monitoring")

    def ready(self) -> None:
        """Make the permissions and the pages of this room known."""
        from lantian.apps.monitoring import (
            access,
            registering_alarms,
            registering_amounts,
            registering_daily,
            registering_devices,
            setup_power,
        )

        access.register()
        registering_devices.register()
        registering_alarms.register()
        registering_amounts.register()
        setup_power.register()
        registering_daily.register()
