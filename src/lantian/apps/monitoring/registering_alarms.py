"""What the desk of alarms makes known when the room is loaded."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import dashboard, files, merging, navigation
from lantian.apps.core.models import Region
from lantian.apps.monitoring import access, cards_alarms, judges, words_alarms
from lantian.apps.monitoring.clocks_off import clocks_off
from lantian.apps.monitoring.exceedances import hours_above, late_marks
from lantian.apps.monitoring.furnaces import furnaces_cold, furnaces_cold_again
from lantian.apps.monitoring.models import Alarm
from lantian.apps.monitoring.past_hours import days_above, hours_again
from lantian.apps.monitoring.sites_and_senders import dust_above, refused, units_confused
from lantian.apps.monitoring.suspicions import signs_of_suspicion
from lantian.apps.sources.merging import ports


def register() -> None:
    """Page, card, words for the log, files, judges, and what follows when places merge."""
    navigation.register(
        "monitoring", _("Alarms"), "monitoring:alarms", "bell-ringing", access.MONITORING_VIEW, 5
    )
    dashboard.register(cards_alarms.alarms, 15)
    words_alarms.register()
    files.register_target(Alarm, access.MONITORING_VIEW)
    judges.register("exceedance", hours_above)
    # A little after the hour and its first supplements; what came late is looked at again for two days.
    judges.register("past_hours", hours_again, every=30)
    judges.register("days", days_above, every=30)
    judges.register("dust", dust_above)
    judges.register("furnaces", furnaces_cold, every=5)
    judges.register("furnaces_again", furnaces_cold_again, every=60)
    judges.register("units", units_confused, every=60)
    judges.register("refused", refused, every=5)
    judges.register("clocks", clocks_off, every=15)
    judges.register("late_marks", late_marks, every=10)
    # Once an hour: it reads a day of all stacks.
    judges.register("suspicion", signs_of_suspicion, every=60)
    merging.register_field(Region, "monitoring.Alarm", "region")
    ports.register("monitoring.Alarm", source="source", unit="unit")
