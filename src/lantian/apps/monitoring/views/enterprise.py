"""A source with all that watches it on one time axis: production, treatment, outlets, electricity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import pages
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import access, axis, curves, readings
from lantian.apps.monitoring.amount_sums import KINDS as AMOUNT_KINDS
from lantian.apps.monitoring.choices import DeviceKind, DeviceState
from lantian.apps.monitoring.choices_devices import POINT_TONES, MarkState, Period
from lantian.apps.monitoring.forms_devices import factor_words
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.points import KINDS, exceeding, limits_of, standing_label, with_standing
from lantian.apps.monitoring.registry import unit_of_factor
from lantian.apps.monitoring.showing_amounts import of_source
from lantian.apps.monitoring.views.points import POINTS
from lantian.apps.sources.models import Source
from lantian.rules.hj212.factors import POLLUTANTS, factor_of, order_of

SPANS = ((24, _("24 hours")), (72, _("3 days")), (168, _("7 days")))
PLACES = {
    "production": _("Production"),
    "treatment": _("Treatment"),
    "outlets": _("Outlets"),
    "power": _("Electricity monitoring"),
}
#: kinds of units whose state tells of production; those of treatment are facilities
_TREATMENT = frozenset({"facility"})


def outlets(source: Source, first: datetime, last: datetime, user: Any) -> Iterator[curves.Strip]:
    """What the outlets of a source sent, one strip for each device."""
    devices = _devices(source, user).exclude(kind__in=[DeviceKind.METER, DeviceKind.STATE])
    listed = list(devices.select_related("unit"))
    read = readings.series(
        [device.mn for device in listed], Period.HOUR, first, last, by_hand=True, most=readings.MOST_ROWS
    )
    limits = limits_of([device.pk for device in listed], last.date())
    for device in listed:
        strip = curves.Strip(str(device), unit="mg/m³")
        for code in sorted(read[device.mn].factors, key=order_of):
            known = factor_of(code)
            if (known.code if known is not None else code) not in POLLUTANTS:
                continue
            if unit_of_factor(device, code) != "mg/m³":
                continue
            values = read[device.mn].factors[code]
            folded = any(one.folded is not None for one in values.values())
            line = curves.valid_points(values, timedelta(hours=1), folded=folded)
            line.name = f"{device} {factor_words(code)}"
            limit = limits.get((device.pk, code))
            if limit is not None and (folded or limit.reference_oxygen_percent is None):
                line.limit = limit.limit_mg_m3
            strip.lines.append(line)
        if strip.lines:
            yield strip


def equipment(source: Source, first: datetime, last: datetime, user: Any, place: str) -> Iterator[curves.Strip]:
    """States of equipment of production or of treatment, as loggers sent them (CN 2021)."""
    listed = list(_devices(source, user).select_related("unit"))
    states = readings.states([device.mn for device in listed], first, last)
    strip = curves.Strip(str(PLACES[place]), unit=__("state"))
    for device in listed:
        treats = device.unit is not None and device.unit.kind in _TREATMENT
        if treats != (place == "treatment"):
            continue
        for code, values in sorted(states.get(device.mn, {}).items()):
            line = curves.Line(f"{device} {code}", sorted(values.items()), step=True)
            strip.lines.append(line)
    if strip.lines:
        yield strip


def production(source: Source, first: datetime, last: datetime, user: Any) -> Iterator[curves.Strip]:
    """States of production."""
    return equipment(source, first, last, user, "production")


def treatment(source: Source, first: datetime, last: datetime, user: Any) -> Iterator[curves.Strip]:
    """States of treatment."""
    return equipment(source, first, last, user, "treatment")


def _devices(source: Source, user: Any) -> Any:
    rows = Device.objects.visible_to(user, access.MONITORING_VIEW)
    return rows.filter(source=source, state__in=[DeviceState.ACTIVE, DeviceState.SUSPENDED]).order_by("mn")


def register() -> None:
    """Put what this part of the room knows on the axis; electricity registers itself."""
    axis.register("production", production)
    axis.register("treatment", treatment)
    axis.register("outlets", outlets)


class EnterprisePage(pages.DetailView):
    """Everything that watches a source."""

    model = Source
    permission = access.MONITORING_VIEW
    breadcrumbs = (POINTS,)
    template_name = "monitoring/enterprise.html"

    def get_subtitle(self) -> str:
        """Place and trade."""
        source = self.object
        words = [source.region.name if source.region is not None else "", source.trade, source.uscc]
        return " · ".join(word for word in words if word)

    def get_queryset(self) -> Any:
        """With its place."""
        return super().get_queryset().select_related("region")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Its own page."""
        return [{"label": __("Pollution source"), "url": self.object.get_absolute_url(), "icon": "building-factory-2"}]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Strips, points and marks."""
        source: Source = self.object
        given = self.request.GET.get("hours", "")
        hours = int(given) if given in {"24", "72", "168"} else 72
        last = timezone.now().astimezone(CAMPAIGN_TIME)
        first = last - timedelta(hours=hours)
        placed = axis.strips_of(source, first, last, self.user)
        strips = [strip for place in axis.PLACES for strip in placed[place]]
        rows = _devices(source, self.user).filter(kind__in=KINDS)
        now = timezone.now()
        points = list(with_standing(rows, now, exceeding(now, rows)).select_related("unit"))
        for point in points:
            point.standing_label = standing_label(point.standing)
            point.standing_tone = POINT_TONES[point.standing]
        marks = list(
            DataMark.objects.visible_to(self.user, access.MONITORING_VIEW)
            .filter(
                device__source=source,
                state__in=[MarkState.WAITING, MarkState.ACCEPTED],
                start__lt=last,
                end__gt=first,
            )
            .select_related("device")
            .order_by("start")
        )
        name = f"{source.name} {last:%Y-%m-%d}"
        stacks = [point for point in points if point.kind in AMOUNT_KINDS]
        if stacks:
            kwargs["amounts"] = [row for row in of_source(source, stacks, last.year, now) if row.unit is None]
            kwargs["amounts_url"] = reverse("monitoring:enterprise_amounts", args=[source.pk])
        return super().get_context_data(
            hours=hours,
            spans=SPANS,
            chart=curves.option(strips, first, last, marks, name) if strips else None,
            tall=len(strips) > 2,
            parts=[
                {
                    "label": PLACES[place],
                    # A line of electricity names its equipment; the strip as a whole says nothing more.
                    "strips": [line.name for strip in placed[place] for line in strip.lines]
                    if place == "power"
                    else [strip.title for strip in placed[place]],
                    "by_power": place in {"production", "treatment"} and bool(placed["power"]),
                }
                for place in axis.PLACES
            ],
            points=points,
            marks=marks,
            here=reverse("monitoring:enterprise", args=[source.pk]),
            **kwargs,
        )
