"""The card of daily reports on the home page: what waits to be verified or sent."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.dashboard import DashboardCard
from lantian.apps.monitoring.access import DAILY_SEND, DAILY_VERIFY
from lantian.apps.monitoring.cards_devices import any_devices
from lantian.apps.monitoring.choices_daily import ReportState
from lantian.apps.monitoring.models import DailyReport, DailyReportRow

STYLES = ("monitoring/monitoring.css",)
#: lines of the card
LINES = 5


def reports(request: HttpRequest) -> DashboardCard | None:
    """Drafts in which the account verifies enterprises, or which it sends; nothing where none waits."""
    actor = Actor.of(request)
    if actor.user is None or not (actor.may(DAILY_VERIFY) or actor.may(DAILY_SEND)):
        return None
    if not any_devices(request):
        return None
    mine = DailyReportRow.objects.visible_to(actor.user, DAILY_VERIFY).order_by().values("pk")
    sends = DailyReport.objects.all().whole_to(actor.user, DAILY_SEND).order_by().values("pk")
    rows = DailyReport.objects.filter(state=ReportState.DRAFT).annotate(
        left=Count("rows", filter=Q(rows__verified="", rows__in=mine))
    )
    found = list(rows.filter(Q(left__gt=0) | Q(pk__in=sends)).select_related("region").order_by("due_at", "pk")[:LINES])
    if not found:
        return None
    return DashboardCard(
        __("Daily reports that wait"),
        "monitoring/card_daily.html",
        {"rows": found},
        icon="send",
        url=reverse("monitoring:daily_reports"),
        styles=STYLES,
    )
