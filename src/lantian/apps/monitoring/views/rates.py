"""Rates by region and kind: on line, transmitted, valid, effective."""

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
from lantian.apps.core.models import Region
from lantian.apps.monitoring import access, rates
from lantian.apps.monitoring.choices import DeviceKind
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.points import points

#: days that are counted at once
MOST_DAYS = 92
SPANS = (("yesterday", _("Yesterday")), ("week", _("Last 7 days")), ("month", _("This month")))


class RatesPage(pages.Page):
    """How much of what was due has come, and how much of it is valid."""

    permission = access.MONITORING_VIEW
    template_name = "monitoring/rates.html"
    title = _("On-line, transmission and valid rates")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the points one by one in Excel."""
        today = display.campaign_today()
        span = request.GET.get("span", "")
        self.span = span if span in dict(SPANS) else "yesterday"
        self.first = self.last = today - timedelta(days=1)
        if self.span == "week":
            self.first = today - timedelta(days=7)
        elif self.span == "month":
            self.first, self.last = today.replace(day=1), today
        begin, end = display.day_of(request.GET.get("from")), display.day_of(request.GET.get("to"))
        if begin is not None and end is not None and begin <= end <= today:
            self.first, self.last, self.span = max(begin, end - timedelta(days=MOST_DAYS - 1)), end, ""
        key = request.GET.get("region", "")
        self.region = None
        if key.isdecimal() and len(key) < 18:
            self.region = Region.objects.filter(pk=int(key), valid_to__isnull=True).first()
        if request.GET.get("export") == "xlsx":
            return self._excel()
        return super().get(request, *args, **kwargs)

    @cached_property
    def devices(self) -> list[Device]:
        """Points in operation that the account may see."""
        rows = points(Device.objects.visible_to(self.user, access.MONITORING_VIEW))
        if self.region is not None:
            rows = rows.filter(source__region__path__startswith=self.region.path)
        return list(rows.select_related("source__region", "unit"))

    @cached_property
    def counts(self) -> dict[int, rates.Counts]:
        """Of each of them."""
        return rates.of_devices(self.devices, self.first, self.last, timezone.now())

    def get_subtitle(self) -> str:
        """The days."""
        return f"{self.first} – {self.last}" if self.first != self.last else f"{self.first}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Tables by place and kind, and the worst points."""
        grouped = rates.grouped(self.devices, self.counts, self.region)
        kinds = dict(DeviceKind.choices)
        by_key = {device.pk: device for device in self.devices}
        worst = sorted(
            (key for key, row in self.counts.items() if row.due),
            key=lambda key: (self.counts[key].effective_percent or 0, key),
        )[:10]
        regions = Region.objects.filter(valid_to__isnull=True, level__in=["prefecture", "county"])
        return super().get_context_data(
            span=self.span,
            spans=SPANS,
            first=self.first,
            last=self.last,
            region=self.region,
            regions=regions.order_by("path"),
            total=grouped[0][2],
            by_region=[
                {"label": str(of) if of is not None else __("without a place"), "key": of.pk if of else None, "row": row}
                for what, of, row in grouped
                if what == "region"
            ],
            by_kind=[{"label": kinds.get(of, of), "row": row} for what, of, row in grouped if what == "kind"],
            worst=[{"device": by_key[key], "row": self.counts[key]} for key in worst],
            here=reverse("monitoring:rates"),
            **kwargs,
        )

    def _excel(self) -> HttpResponse:
        columns = [
            __("Region"),
            __("Pollution source"),
            __("Monitored point"),
            "MN",
            __("Kind of device"),
            __("On line"),
            __("Hours due"),
            __("Hours transmitted"),
            __("Hours stopped by marks"),
            __("Transmission rate (%)"),
            __("Valid rate (%)"),
            __("Effective transmission rate (%)"),
        ]
        rows = []
        for device in self.devices:
            row = self.counts[device.pk]
            source = device.source
            rows.append(
                [
                    source.region.name if source is not None and source.region is not None else "",
                    source.name if source is not None else "",
                    device.name,
                    device.mn,
                    str(device.get_kind_display()),
                    __("Yes") if row.online else __("No"),
                    row.due,
                    row.transmitted,
                    row.stopped,
                    row.transmission_percent,
                    row.valid_percent,
                    row.effective_percent,
                ]
            )
        title = __("Rates of monitored points %(first)s to %(last)s") % {"first": self.first, "last": self.last}
        return exporting.excel(self.actor, title, columns, rows)
