"""Ambient air."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AirConfig(AppConfig):
    """Stations, their values in the lake, evaluation and rankings."""

    name = "lantian.apps.air"
    label = "air"
    verbose_name = _("Air quality")

    def ready(self) -> None:
        """Make the permissions, the importers and the pages of this room known."""
        from lantian.apps.air import access, aims, cards, importers, words
        from lantian.apps.air.doors import setup as doors
        from lantian.apps.core import dashboard, merging, navigation, target_source
        from lantian.apps.core.models import Region

        access.register()
        importers.register()
        words.register()
        target_source.register_values("air", aims.values_of)
        doors.register()
        dashboard.register(cards.air, 18)
        for holder in ("air.Station", "air.Exclusion"):
            merging.register_field(Region, holder, "region")
        for label, url_name, icon, permission, order in (
            (_("Air quality now"), "air:now", "cloud", access.STATION_VIEW, 10),
            (_("Comparison"), "air:compare", "chart-line", access.STATION_VIEW, 20),
            (_("Rankings"), "air:rankings", "trophy", access.STATION_VIEW, 30),
            (_("Targets of the air"), "air:targets", "target-arrow", access.STATION_VIEW, 40),
            (_("Exclusions"), "air:exclusions", "eraser", access.STATION_VIEW, 60),
            (_("Stations"), "air:stations", "access-point", access.STATION_VIEW, 80),
        ):
            navigation.register("air", label, url_name, icon, permission, order)
