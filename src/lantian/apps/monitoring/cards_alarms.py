"""Cards of source monitoring on the home page."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.dashboard import DashboardCard
from lantian.apps.monitoring.access import ALARM_EXPLAIN, ALARM_HANDLE
from lantian.apps.monitoring.choices_alarms import SEVERITY_TONES, AlarmState, Severity
from lantian.apps.monitoring.models import Alarm
from lantian.apps.monitoring.tables_alarms import ORDER, OVERDUE
from lantian.rules.monitoring.alarms import life

#: lines of a card
LINES = 5
STYLES = ("monitoring/alarms.css",)


def alarms(request: HttpRequest) -> DashboardCard | None:
    """Alarms that wait for who takes them up, or for the answer of the own enterprise; nothing where none waits."""
    actor = Actor.of(request)
    if actor.user is None:
        return None
    own = actor.may(ALARM_EXPLAIN)
    if not own and not actor.may(ALARM_HANDLE):
        return None
    seen = (
        Alarm.objects.run_by(actor.user, ALARM_EXPLAIN)
        if own
        else Alarm.objects.visible_to(actor.user, ALARM_HANDLE)
    ).filter(folded_into__isnull=True, state__in=sorted(life.PENDING))
    if own:
        seen = seen.filter(answered_at__isnull=True)
    late = Q(due_at__lt=timezone.now(), answered_at__isnull=True)
    counted: dict[str, int] = seen.order_by().aggregate(
        all=Count("pk"),
        fresh=Count("pk", filter=Q(state=AlarmState.OPEN)),
        high=Count("pk", filter=Q(severity=Severity.HIGH)),
        late=Count("pk", filter=late),
    )
    if not counted["all"]:
        return None
    order = ("due_at", "severity", "pk") if own else ORDER
    rows = list(seen.select_related("source", "device", "region").order_by(*order)[:LINES])
    for row in rows:
        row.tone = SEVERITY_TONES[row.severity]
    return DashboardCard(
        __("Alarms that wait for your answer") if own else __("Alarms that are not closed"),
        "monitoring/alarms_card.html",
        {"rows": rows, "numbers": _numbers(counted, own), "own": own},
        icon="bell-ringing",
        url=reverse("monitoring:alarms"),
        styles=STYLES,
    )


def _numbers(counted: dict[str, int], own: bool) -> list[dict[str, Any]]:
    address = reverse("monitoring:alarms")
    found = [
        {"n": counted["all"], "label": __("in all"), "url": address, "tone": ""},
        {
            "n": counted["high"],
            "label": __("high"),
            "url": f"{address}?severity={Severity.HIGH.value}",
            "tone": "red" if counted["high"] else "",
        },
        {
            "n": counted["late"],
            "label": __("answers overdue"),
            "url": f"{address}?state={OVERDUE}",
            "tone": "red" if counted["late"] else "",
        },
    ]
    if not own:
        fresh = {"n": counted["fresh"], "label": __("not taken up"), "url": f"{address}?state=open", "tone": ""}
        found.insert(1, fresh)
    return found
