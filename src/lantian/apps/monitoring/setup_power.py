"""What electricity supervision adds to the house when it is loaded."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring import access

#: label, URL name, icon, permission, order
PAGES = (
    (_("Electricity supervision"), "monitoring:power", "bolt", access.MONITORING_VIEW, 40),
    (_("Suspicions by electricity"), "monitoring:power_findings", "alert-triangle", access.MONITORING_VIEW, 42),
    (_("Orders and special times"), "monitoring:power_periods", "calendar-time", access.MONITORING_VIEW, 44),
    (_("Electricity meters"), "monitoring:power_meters", "gauge", access.POWER_EDIT, 46),
    (_("Figures of electricity supervision"), "monitoring:power_books", "adjustments", access.POWER_EDIT, 47),
    (_("Keys of senders of readings"), "monitoring:power_keys", "key", access.POWER_EDIT, 48),
)


def register() -> None:
    """Pages, imports, the way in for programs, rows that follow a place or source that ends."""
    from lantian.apps.core import api_registry, merging, navigation
    from lantian.apps.core.models import Organisation, Region
    from lantian.apps.monitoring import axis, importers_power, power_axis
    from lantian.apps.sources.merging import ports

    for label, url_name, icon, permission, order in PAGES:
        navigation.register("monitoring", label, url_name, icon, permission, order)
    importers_power.register()
    api_registry.register("/power/readings", "lantian.apps.monitoring.api_power.router", order=62, tag="power")
    for holder in ("monitoring.PowerPeriod", "monitoring.MeterKey"):
        merging.register_field(Region, holder, "region")
    merging.register_field(Organisation, "monitoring.PowerPeriod", "organisation")
    for holder in ("monitoring.Load", "monitoring.Meter"):
        ports.register(holder, source="source", unit="unit")
    for holder in ("monitoring.PowerSite", "monitoring.PeriodSource"):
        ports.register(holder, source="source")
    ports.register("monitoring.MeterLine", unit="unit")
    axis.register("power", power_axis.strips)
