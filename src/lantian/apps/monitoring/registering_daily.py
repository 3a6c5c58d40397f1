"""What warnings and daily reports make known when the room is loaded."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring import access

#: label, URL name, icon, permission, order
PAGES = (
    (_("Warnings of heavy pollution"), "monitoring:warnings", "urgent", access.WARNING_VIEW, 16),
    (_("Daily reports of key enterprises"), "monitoring:daily_reports", "send", access.DAILY_VIEW, 17),
)


def register() -> None:
    """Pages, the card, words of the log, the answer to who asks for warnings, rows that follow a place or source that ends."""
    from lantian.apps.core import dashboard, history, merging, navigation, warning_port
    from lantian.apps.core.models import Organisation, Region
    from lantian.apps.monitoring import cards_daily, warnings, words_daily
    from lantian.apps.sources.merging import ports

    for label, url_name, icon, permission, order in PAGES:
        navigation.register("monitoring", label, url_name, icon, permission, order)
    dashboard.register(cards_daily.reports, 14)
    history.register(words_daily.ACTIONS, words_daily.VALUES)
    warning_port.register(warnings.held_between)
    for holder in ("monitoring.PollutionWarning", "monitoring.DailyReport", "monitoring.DailySetting"):
        merging.register_field(Region, holder, "region")
        merging.register_field(Organisation, holder, "organisation")
    ports.register("monitoring.DailyReportRow", source="source")
