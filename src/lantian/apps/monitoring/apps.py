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
        from lantian.apps.core import files, merging
        from lantian.apps.core.models import Region
        from lantian.apps.monitoring import access, pages, words_alarms
        from lantian.apps.monitoring.models import Alarm

        access.register()
        pages.register()
        words_alarms.register()
        files.register_target(Alarm, access.MONITORING_VIEW)
        merging.register_field(Region, "monitoring.Alarm", "region")
