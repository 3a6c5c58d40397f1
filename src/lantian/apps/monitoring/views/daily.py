"""The report of nine o'clock on a page and in Excel."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import exporting
from lantian.apps.core import display, pages
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import access, daily
from lantian.apps.monitoring.choices import DeviceKind
from lantian.apps.monitoring.choices_daily import RUNNING_TONES, Running
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.points import points
from lantian.lake.errors import LakeError

STATES = {str(one): (one.label, RUNNING_TONES[one]) for one in Running}


class DailyPage(pages.Page):
    """What monitored enterprises emitted, exceeded, and whether they ran, on a day from midnight to midnight."""

    permission = access.MONITORING_VIEW
    template_name = "monitoring/daily.html"
    title = _("Monitored enterprises day by day")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or Excel."""
        self.newest = timezone.now().astimezone(CAMPAIGN_TIME).date() - timedelta(days=1)
        self.day = min(display.day_of(request.GET.get("day")) or self.newest, self.newest)
        if request.GET.get("export") == "xlsx" and self.rows is not None:
            return self._excel()
        return super().get(request, *args, **kwargs)

    @cached_property
    def rows(self) -> list[daily.Row] | None:
        """A row for each enterprise that the account may see; None where the values cannot be read."""
        seen = points(Device.objects.visible_to(self.user, access.MONITORING_VIEW))
        listed = seen.filter(kind__in=[DeviceKind.CEMS, DeviceKind.VOC]).select_related("source__region", "unit")
        try:
            return daily.report(list(listed.order_by("source", "mn")), self.day)
        except (LakeError, OSError):
            return None

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The forms that are sent."""
        url = reverse("monitoring:daily_reports")
        return [{"label": _("Forms that are sent"), "url": url, "icon": "send", "permission": access.DAILY_VIEW}]

    def get_subtitle(self) -> str:
        """From when to when."""
        first, last = daily.span_of(self.day)
        return __("%(day)s, 00:00 to 24:00; due %(due)s before 09:00") % {
            "day": first.date().isoformat(), "due": last.date().isoformat()
        }  # fmt: skip

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows with their states in words, and the sum."""
        rows = self.rows or []
        return super().get_context_data(
            day=self.day,
            newest=self.newest,
            before=self.day - timedelta(days=1),
            after=self.day + timedelta(days=1) if self.day < self.newest else None,
            unreadable=self.rows is None,
            listed=[_shown(row) for row in rows],
            total=_shown(daily.total(rows)) if rows else None,
            running=sum(row.state in ("running", "partly") for row in rows),
            exceeding=sum(row.exceeded > 0 for row in rows),
            silent=sum(row.state == "none" for row in rows),
            **kwargs,
        )

    def _excel(self) -> HttpResponse:
        columns = [
            __("Region"), __("Pollution source"), __("State"), __("Monitored points"), __("Hours due"), __("Hours transmitted"),
            __("Hours with normal values"), __("Hours stopped"), __("Hours above the limit"),
            *(f"{label} (kg)" for label in _labels()), *(__("%(factor)s: hours with an amount") % {"factor": one} for one in _labels()),
            __("Open alarms"),
        ]  # fmt: skip
        rows = [
            [
                row.source.region.name if row.source.region is not None else "", row.source.name, str(STATES[row.state][0]),
                row.points, row.due, row.came, row.normal, row.stopped, row.exceeded,
                *(row.amounts[name].shown for name in daily.POLLUTANTS), *(row.amounts[name].hours for name in daily.POLLUTANTS),
                row.alarms,
            ]
            for row in self.rows or []
        ]  # fmt: skip
        return exporting.excel(self.actor, __("Monitored enterprises day by day %(day)s") % {"day": self.day}, columns, rows)


def _labels() -> list[str]:
    return [__("Particles"), "SO2", "NOx", __("Non-methane hydrocarbons")]


def _shown(row: daily.Row) -> dict[str, Any]:
    words, tone = STATES[row.state]
    return {
        "row": row,
        "state": words,
        "tone": tone,
        "amounts": [
            {"kg": row.amounts[name].shown, "hours": row.amounts[name].hours} for name in daily.POLLUTANTS
        ],
    }
