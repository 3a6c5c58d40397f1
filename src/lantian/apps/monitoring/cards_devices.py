"""Cards of the home page: how the monitored points stand, and marks that wait for the check."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.dashboard import DashboardCard
from lantian.apps.monitoring import access
from lantian.apps.monitoring.above import above
from lantian.apps.monitoring.choices_devices import POINT_TONES, MarkState, PointState
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.points import points as points_of
from lantian.apps.monitoring.points import with_standing

STYLES = ("monitoring/monitoring.css",)
#: lines of a card
LINES = 5


def any_devices(request: HttpRequest) -> bool:
    """Whether the account sees devices; asked once for all cards of a page."""
    known = request.__dict__.get("_any_devices")
    if known is None:
        actor = Actor.of(request)
        known = (
            actor.user is not None
            and actor.may(access.MONITORING_VIEW)
            and Device.objects.visible_to(actor.user, access.MONITORING_VIEW).exists()
        )
        request.__dict__["_any_devices"] = known
    return bool(known)


def cards(request: HttpRequest) -> list[DashboardCard]:
    """Both, where the office has devices; one without them is asked one question only."""
    if not any_devices(request):
        return []
    return [card for card in (marks(request), points(request)) if card is not None]


def points(request: HttpRequest) -> DashboardCard | None:
    """How many points stand how, and those above their limit."""
    actor = Actor.of(request)
    if actor.user is None or not actor.may(access.MONITORING_VIEW):
        return None
    rows = points_of(Device.objects.visible_to(actor.user, access.MONITORING_VIEW))
    now = timezone.now()
    over = above(now, rows)
    counted = dict(
        with_standing(rows, now, over).order_by().values_list("standing").annotate(count=Count("pk"))
    )
    url = reverse("monitoring:points")
    stats = [
        {
            "label": state.label,
            "count": counted.get(state.value, 0),
            "tone": POINT_TONES[state.value],
            "url": f"{url}?standing={state.value}",
        }
        for state in PointState
    ]
    first = list(Device.objects.filter(pk__in=sorted(over)[:LINES]).select_related("source")) if over else []
    return DashboardCard(
        __("Monitored points"),
        "monitoring/card_points.html",
        {"stats": stats, "over": first},
        icon="building-broadcast-tower",
        url=url,
        styles=STYLES,
    )


def marks(request: HttpRequest) -> DashboardCard | None:
    """Marks that wait for the account's check, the oldest first."""
    actor = Actor.of(request)
    if actor.user is None or not actor.may(access.MARK_CHECK):
        return None
    waiting = DataMark.objects.visible_to(actor.user, access.MARK_CHECK).filter(state=MarkState.WAITING)
    rows = list(waiting.select_related("device__source").order_by("made_at", "pk")[: LINES + 1])
    if not rows:
        return None
    return DashboardCard(
        __("Marks of data that wait for the check"),
        "monitoring/card_marks.html",
        {"rows": rows[:LINES], "more": len(rows) > LINES},
        icon="flag",
        url=f"{reverse('monitoring:marks')}?state={MarkState.WAITING.value}",
        styles=STYLES,
    )
