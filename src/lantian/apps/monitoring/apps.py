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
        from lantian.apps.monitoring import access, pages
        from lantian.apps.sources.merging import ports

        access.register()
        pages.register()
        from lantian.apps.monitoring import registering_devices

        registering_devices.register()
        ports.register("monitoring.Device", source="source", unit="unit")
        from lantian.apps.monitoring import setup_power

        setup_power.register()
        from lantian.apps.monitoring import registering_alarms

        registering_alarms.register()
