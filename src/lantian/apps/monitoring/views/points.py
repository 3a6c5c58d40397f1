"""Monitored points: list and map with their state, and the page of one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from django.views.generic import View

from lantian.apps.air import exporting
from lantian.apps.core import display, lists, pages, parameters
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import access, curves, readings
from lantian.apps.monitoring.above import above
from lantian.apps.monitoring.actions.marks import EndLimit, SetLimit
from lantian.apps.monitoring.amount_sums import KINDS as AMOUNT_KINDS
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_alarms import STATE_TONES, AlarmState
from lantian.apps.monitoring.choices_devices import COMMAND_OF, POINT_TONES, MarkState, Period, PointState
from lantian.apps.monitoring.forms_devices import EndForm, LimitForm, factor_words
from lantian.apps.monitoring.models import Alarm, Device, LatestValue, OutletLimit
from lantian.apps.monitoring.outlets import Point, name_of, points_of
from lantian.apps.monitoring.points import (
    KINDS,
    PER_MG,
    basis_of,
    exceeding,
    in_mg_m3,
    limits_of,
    points,
    standing_label,
    with_standing,
)
from lantian.apps.monitoring.registry import unit_of_factor
from lantian.apps.monitoring.showing_amounts import of_device
from lantian.apps.monitoring.tables_alarms import what_words
from lantian.apps.monitoring.tables_devices import PointFilter, PointTable
from lantian.lake.stacks.reading import read_values
from lantian.office.own_books import own_monitoring
from lantian.rules.hj212.commands import flag_words
from lantian.rules.hj212.factors import GAS, POLLUTANTS, factor_of, order_of
from lantian.rules.monitoring.factors import POLLUTANTS as RULED

POINTS = (_("Monitored points"), "monitoring:points")
#: factors of a line of the list
_SAID = 4
#: period → its length, spans to choose from [h], and the one that is shown first
SPANS: dict[Period, tuple[timedelta, tuple[int, ...], int]] = {
    Period.MOMENT: (timedelta(minutes=5), (6, 24, 72), 24),
    Period.MINUTES: (timedelta(minutes=10), (6, 24, 72), 24),
    Period.HOUR: (timedelta(hours=1), (24, 72, 168, 744), 72),
    Period.DAY: (timedelta(days=1), (744, 2208, 8784), 744),
}
#: rows of the table below the curves
_TABLE = 200


def number(value: Decimal | None) -> str:
    """A value as it was printed."""
    return display.ABSENT if value is None else f"{value:f}"


def said_of(devices: list[Device], over: Mapping[int, set[str]]) -> dict[int, list[dict[str, Any]]]:
    """The last hourly means of devices, pollutants first, in words."""
    by_key = {device.pk: device for device in devices}
    found: dict[int, list[dict[str, Any]]] = {}
    rows = LatestValue.objects.filter(device__in=by_key, period=Period.HOUR).order_by("device")
    for row in sorted(rows, key=lambda one: order_of(one.factor)):
        listed = found.setdefault(row.device_id, [])
        value = row.folded if row.folded is not None else row.value
        if len(listed) >= _SAID or value is None:
            continue
        listed.append(
            {
                "label": factor_words(row.factor),
                "words": f"{value.normalize():f} {unit_of_factor(by_key[row.device_id], row.factor)}",
                "over": row.factor in over.get(row.device_id, ()),
            }
        )
    return found


class _Standing:
    """Points with their state, for list and map alike."""

    user: Any

    @cached_property
    def now(self) -> datetime:
        """One moment for all of the page."""
        return timezone.now()

    @cached_property
    def above(self) -> Any:
        """Those above their limit, among what the account may see."""
        return above(self.now, Device.objects.visible_to(self.user, access.MONITORING_VIEW))

    def standing(self) -> Any:
        """Points with their state."""
        rows = points(Device.objects.visible_to(self.user, access.MONITORING_VIEW))
        return with_standing(rows, self.now, self.above)


class PointList(_Standing, lists.ListView):
    """All monitored points."""

    model = Device
    permission = access.MONITORING_VIEW
    table_class = PointTable
    filterset_class = PointFilter
    template_name = "monitoring/points.html"
    title = _("Monitored points")
    subtitle = _("Stacks, kitchens, pumps and sites with what they said last.")
    empty_title = _("No monitored point is in operation yet.")
    empty_hint = _("Enter devices in the register, or approve those that report.")
    empty_permission = access.DEVICE_EDIT
    empty_hint_elsewhere = _("The department enters it; then it appears here.")

    def get_queryset(self) -> Any:
        """With what the lines show."""
        return self.standing().select_related("source__region", "unit")

    def get_table_kwargs(self) -> dict[str, Any]:
        """With the last hourly means of the rows of the page."""
        return {"order_by": ("name",)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Numbers of states in the filter without the state."""
        query = self.request.GET.copy()
        for name in ("standing", "page", "sort", "size", "export"):
            query.pop(name, None)
        filterset = PointFilter(query, queryset=self.get_queryset(), request=self.request)
        counted = dict(
            filterset.qs.order_by().values_list("standing").annotate(count=Count("pk", distinct=True))
        )
        rest = query.urlencode()
        stats = [
            {
                "label": state.label,
                "count": counted.get(state.value, 0),
                "tone": POINT_TONES[state.value],
                "url": f"?{rest}{'&' if rest else ''}standing={state.value}",
            }
            for state in PointState
        ]
        devices = [row.record for row in self.table.page.object_list]
        self.table.said = said_of(devices, self.above)
        return super().get_context_data(
            stats=stats,
            map_url=f"{reverse('monitoring:points_map')}{'?' + rest if rest else ''}",
            **kwargs,
        )

    def export_rows(self) -> Iterator[list[Any]]:
        """With the hourly means of all rows."""
        self.table.said = said_of([row.record for row in self.table.rows], self.above)
        return super().export_rows()


class PointsMap(_Standing, pages.Page):
    """Monitored points on a map."""

    permission = access.MONITORING_VIEW
    template_name = "monitoring/points_map.html"
    title = _("Map of monitored points")
    breadcrumbs = (POINTS,)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The filter, and what the script needs."""
        rows = self.standing()
        filterset = PointFilter(self.request.GET, queryset=Device.objects.none(), request=self.request)
        found = rows.order_by().aggregate(
            w=Min("source__lon"), s=Min("source__lat"), e=Max("source__lon"), n=Max("source__lat")
        )
        extent = None
        if found["w"] is not None:
            extent = [found["w"] - 0.02, found["s"] - 0.02, found["e"] + 0.02, found["n"] + 0.02]
        home = self.user.organisation
        region = home.region if home is not None and self.user.may("core.region.view") else None
        given = {
            "points": reverse("monitoring:points_geo"),
            "extent": extent,
            "outlines": reverse("core:region-map", args=[region.pk]) if region is not None else "",
            "words": {
                "sources": __("points"),
                "failed": __("The map could not be loaded."),
                "in_sight": __("in sight:"),
            },
        }
        legend = [(state.value, state.label) for state in PointState]
        return super().get_context_data(
            filterset=filterset, tiles=settings.MAP_TILES, extent=extent, map=given, legend=legend, **kwargs
        )


class PointsGeo(_Standing, pages.PageMixin, View):
    """Points of the map as GeoJSON."""

    permission = access.MONITORING_VIEW
    #: more are not drawn; a filter narrows them
    MOST = 5000

    def get(self, request: HttpRequest) -> HttpResponse:
        """What lies in the box of the address."""
        from lantian.apps.sources.views.maps import box_of

        rows = PointFilter(request.GET, queryset=self.standing(), request=request).qs
        rows = rows.filter(source__lon__isnull=False)
        box = box_of(request.GET.get("box", ""))
        if box is not None:
            west, south, east, north = box
            rows = rows.filter(source__lon__range=(west, east), source__lat__range=(south, north))
        total = rows.count()
        found = []
        # Points of one source stand at one place: they are drawn around it, not above each other.
        at: dict[int, int] = {}
        for row in rows.select_related("source", "unit").order_by("source", "pk")[: self.MOST]:
            turn = at[row.source_id] = at.get(row.source_id, -1) + 1
            shift = 0.0012 * turn
            found.append(
                {
                    "type": "Feature",
                    "geometry": {
                        "type": "Point",
                        "coordinates": [row.source.lon + shift, row.source.lat],
                    },
                    "properties": {
                        "name": f"{row.source.name} · {row.name or row.mn}",
                        "kind": f"{row.get_kind_display()} · {standing_label(row.standing)}",
                        "status": row.standing,
                        "url": reverse("monitoring:point", args=[row.pk]),
                    },
                }
            )
        return JsonResponse({"type": "FeatureCollection", "total": total, "features": found})


class PointView(pages.DetailView):
    """One monitored point: curves, values, marks, limits."""

    model = Device
    permission = access.MONITORING_VIEW
    breadcrumbs = (POINTS,)
    template_name = "monitoring/point.html"

    def get_queryset(self) -> Any:
        """Devices that are or were in operation, with their state."""
        rows = super().get_queryset().filter(kind__in=KINDS).exclude(state=DeviceState.PARKED)
        now = timezone.now()
        key = self.kwargs["pk"]
        return with_standing(rows, now, exceeding(now, rows.filter(pk=key))).select_related(
            "source__region", "unit"
        )

    def get_title(self) -> str:
        """The source and the point."""
        device = self.object
        return f"{device.source} · {device.name or device.unit or device.mn}" if device.source else str(device)

    def get_subtitle(self) -> str:
        """Number, kind and place."""
        device = self.object
        region = device.source.region if device.source is not None else None
        words = [device.mn, str(device.get_kind_display()), region.name if region is not None else ""]
        return " · ".join(word for word in words if word)

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or its values in Excel."""
        given = request.GET.get("period", "")
        self.period = Period(given) if given in Period.values else Period.HOUR
        self.length, self.spans, first = SPANS[self.period]
        hours = request.GET.get("hours", "")
        self.hours = int(hours) if hours.isdecimal() and int(hours) in self.spans else first
        day = display.day_of(request.GET.get("until"))
        now = timezone.now().astimezone(CAMPAIGN_TIME)
        self.last = now if day is None else min(display.ends(day), now)
        self.until = "" if day is None else day.isoformat()
        self.first = self.last - timedelta(hours=self.hours)
        if request.GET.get("export") == "xlsx":
            return self._excel()
        return super().get(request, *args, **kwargs)

    @cached_property
    def read(self) -> readings.Series:
        """What it sent in the span."""
        device: Device = self.object
        read = readings.series(
            [device.mn], self.period, self.first, self.last, by_hand=True, most=readings.MOST_ROWS
        )
        return read[device.mn]

    @cached_property
    def codes(self) -> list[str]:
        """Factors, pollutants first."""
        return sorted(self.read.factors, key=order_of)

    @cached_property
    def limits(self) -> dict[str, OutletLimit]:
        """Limits of the last day of the span."""
        found = limits_of([self.object.pk], self.last.date())
        return {factor: row for (_device, factor), row in found.items()}

    @cached_property
    def point(self) -> Point:
        """With what decides its limits."""
        device: Device = self.object
        return points_of([device])[device.pk]

    def _applied(self) -> list[dict[str, Any]]:
        """For each pollutant that it sends, or that has a limit, the limit of the last day of the span, and why this one."""
        day = self.last.date()
        codes = dict.fromkeys([*self.codes, *(row.factor for rows in self.point.kept.values() for row in rows)])
        found = []
        for code in sorted(codes, key=order_of):
            name = name_of(code)
            if name not in RULED and name not in self.point.kept:
                continue
            limit = self.point.limit(code, day)
            others = [one for one in limit.candidates if not one.chosen]
            found.append(
                {
                    "code": code,
                    "value": limit.value,
                    "below": limit.strictly_below,
                    "chosen": limit.chosen,
                    "chosen_why": "" if limit.chosen is None else limit.chosen.reason.text(__),
                    "basis": basis_of(limit),
                    "others": [
                        {
                            "value": one.value,
                            "words": " ".join(filter(None, (one.document, one.clause, one.label))),
                            "why": one.reason.text(__),
                            "tone": "brand" if one.reason.code == "exemption" else "grey",
                        }
                        for one in others
                    ],
                    "reasons": [one.text(__) for one in limit.reasons],
                }
            )
        return found

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Mark, commands, register, enterprise."""
        device = self.object
        found: list[dict[str, Any]] = []
        if Device.objects.filter(pk=device.pk).run_by(self.user, access.MARK_OWN).exists():
            found.append(
                {
                    "label": __("Mark data"),
                    "url": f"{reverse('monitoring:mark_new')}?device={device.pk}",
                    "icon": "flag",
                    "tone": "primary",
                }
            )
            found.append(
                {
                    "label": __("Enter missing data"),
                    "url": f"{reverse('core:import', args=['monitoring-hours'])}?device={device.pk}",
                    "icon": "table-plus",
                }
            )
        if device.source_id is not None:
            found.append(
                {
                    "label": __("All of this source"),
                    "url": reverse("monitoring:enterprise", args=[device.source_id]),
                    "icon": "timeline",
                }
            )
        if device.state == DeviceState.ACTIVE:
            found.append(
                {
                    "label": __("Device commands"),
                    "url": reverse("monitoring:commands", args=[device.pk]),
                    "icon": "terminal-2",
                    "permission": access.DEVICE_COMMAND,
                }
            )
        found.append({"label": __("Register"), "url": device.get_absolute_url(), "icon": "cpu"})
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Curves, table, last values, marks, limits."""
        device: Device = self.object
        marks = list(
            device.marks.filter(
                state__in=[MarkState.WAITING, MarkState.ACCEPTED], start__lt=self.last, end__gt=self.first
            ).order_by("start")
        )
        name = f"{self.get_title()} {self.last:%Y-%m-%d}"
        times = self.read.times
        may_limit = self.actor.rows(Device.objects.filter(pk=device.pk), access.DEVICE_EDIT).exists()
        standing = device.standing  # type: ignore[attr-defined]
        applied = self._applied()
        holding = {row["code"]: row["value"] for row in applied if row["value"] is not None}
        strips = strips_of(device, self.read, self.length, self.limits, holding)
        if device.source_id is not None and device.kind in AMOUNT_KINDS:
            now = timezone.now()
            kwargs["amounts"] = of_device(device, now.astimezone(CAMPAIGN_TIME).year, now)
            kwargs["amounts_url"] = reverse("monitoring:point_amounts", args=[device.pk])
        return super().get_context_data(
            tall=len(strips) > _TALL,
            standing=standing,
            standing_label=standing_label(standing),
            standing_tone=POINT_TONES[standing],
            standing_why=self._why(standing),
            period=self.period,
            periods=Period.choices,
            spans=[(hours, _span_words(hours)) for hours in self.spans],
            hours=self.hours,
            until=self.until,
            chart=curves.option(strips, self.first, self.last, marks, name)
            if times
            else None,
            head=[
                {"label": factor_words(code), "unit": unit_of_factor(device, code), "folded": self._has_folded(code)}
                for code in self.codes
            ],
            rows=self._rows(times[::-1][:_TABLE]),
            more=max(0, len(times) - _TABLE),
            by_hand=sum(any(of[at].hand for of in self.read.factors.values() if at in of) for at in times),
            latest=self._latest(),
            apart=None if times else self._apart(),
            alarms=self._alarms(),
            marks=marks,
            limits=list(device.limits.all()),
            applied=applied,
            outlet_kind=self.point.outlet.kind,
            limit_words={code: factor_words(code) for code in {row.factor for row in device.limits.all()}},
            may_limit=may_limit,
            **kwargs,
        )

    def _why(self, standing: str) -> str:
        """Why a point is late or offline, and what to look at first; empty of other states."""
        limits = {PointState.LATE: "monitoring.late_minutes", PointState.OFFLINE: "monitoring.offline_minutes"}
        name = limits.get(PointState(standing))
        if name is None:
            return ""
        minutes = int(parameters.get(name))
        seen = self.object.seen_at
        if seen is None:
            return __("No packet has come yet. Check the address, the port and the device number (MN) at the device.")
        said = __("Nothing has come since %(since)s; it is told so from %(minutes)s minutes on. Check power, network and logger.")
        return said % {"since": f"{seen.astimezone(CAMPAIGN_TIME):%Y-%m-%d %H:%M}", "minutes": minutes}

    def _apart(self) -> int:
        """Real-time values whose clock is off, where nothing came in time: they are kept apart."""
        if self.period != Period.MOMENT:
            return 0
        found = read_values(
            readings.lake(), self.first, self.last + self.length, mns=[self.object.mn], cns=[COMMAND_OF[self.period]],
            off=True, columns=["start"],
        )  # fmt: skip
        return int(found.num_rows)

    def _alarms(self) -> list[dict[str, Any]]:
        """Alarms of this point that wait, newest first."""
        rows = Alarm.objects.visible_to(self.user, access.MONITORING_VIEW).filter(
            device=self.object, folded_into__isnull=True
        )
        return [
            {
                "url": row.get_absolute_url(),
                "label": row.get_cause_display(),
                "what": what_words(row),
                "begin": row.begin.astimezone(CAMPAIGN_TIME),
                "state": row.get_state_display(),
                "tone": STATE_TONES.get(row.state, "grey"),
            }
            for row in rows.exclude(state=AlarmState.CLOSED).order_by("-begin", "-pk")[:5]
        ]

    def _has_folded(self, code: str) -> bool:
        return any(one.folded is not None for one in self.read.factors[code].values())

    def _rows(self, times: list[datetime]) -> list[dict[str, Any]]:
        language = get_language() or "zh"
        found = []
        for moment in times:
            cells = []
            for code in self.codes:
                one = self.read.factors[code].get(moment)
                limit = self.limits.get(code)
                cells.append(
                    {
                        "value": number(one.value if one else None),
                        "folded": number(one.folded if one else None) if self._has_folded(code) else None,
                        "flag": _flag_words(one, language),
                        "over": one is not None and limit is not None and self._over(code, one, limit),
                    }
                )
            found.append({"at": moment, "cells": cells})
        return found

    def _over(self, code: str, one: readings.Reading, limit: OutletLimit) -> bool:
        value = one.folded if one.folded is not None else one.value
        if self.period not in {Period.HOUR, Period.DAY} or one.flag not in {"", "N"} or value is None:
            return False
        if limit.reference_oxygen_percent is not None and one.folded is None:
            return False
        amount = in_mg_m3(self.object, code, value)
        return amount is not None and amount > limit.limit_mg_m3

    def _latest(self) -> list[dict[str, Any]]:
        device: Device = self.object
        language = get_language() or "zh"
        rows = sorted(device.latest.filter(period=Period.MOMENT), key=lambda one: order_of(one.factor))
        most = timedelta(minutes=own_monitoring(Path(settings.DATA), "suspicion").whole("r16_minutes"))
        return [
            {
                "label": factor_words(row.factor),
                "value": number(readings._plain(row.value)),
                "folded": None if row.folded is None else number(readings._plain(row.folded)),
                "unit": unit_of_factor(device, row.factor),
                "flag": flag_words(row.flag, language) if row.flag not in {"", "N"} else "",
                "off": abs(row.received - row.time) > most,
                "time": row.time,
            }
            for row in rows[:16]
        ]

    def _excel(self) -> HttpResponse:
        """Every value of the span, with folded values and marks of the device."""
        device: Device = self.object
        columns = [__("Time")]
        for code in self.codes:
            words = f"{factor_words(code)} ({unit_of_factor(device, code)})"
            columns += [words]
            if self._has_folded(code):
                columns.append(__("%(factor)s folded") % {"factor": factor_words(code)})
            columns.append(__("%(factor)s mark") % {"factor": factor_words(code)})
        rows = []
        for moment in self.read.times:
            cells: list[Any] = [moment.replace(tzinfo=None)]
            for code in self.codes:
                one = self.read.factors[code].get(moment)
                cells.append(one.value if one else None)
                if self._has_folded(code):
                    cells.append(one.folded if one else None)
                cells.append(one.flag if one else None)
            rows.append(cells)
        title = __("Values of %(point)s") % {"point": self.get_title()}
        return exporting.excel(self.actor, title, columns, rows)


#: pollutants that have a strip of their own, and strips from which on the chart is taller
_OWN, _TALL = 4, 4


def _span_words(hours: int) -> str:
    if hours < 72:
        return __("%(n)s hours") % {"n": hours}
    return __("%(n)s days") % {"n": hours // 24}


def strips_of(
    device: Device,
    read: readings.Series,
    gap: timedelta,
    limits: Mapping[str, OutletLimit],
    holding: Mapping[str, Decimal] | None = None,
) -> list[curves.Strip]:
    """A strip for each pollutant with its limit, further concentrations together, then gas and load.

    Parameters
    ----------
    limits
        Kept ones, which tell whether values are folded.
    holding
        The limits that hold, by factor [mg/m³], where they are others than those kept.
    """
    own: list[curves.Strip] = []
    further = curves.Strip(__("Concentrations"), unit="mg/m³")
    other_units: dict[str, curves.Strip] = {}
    gas: dict[str, curves.Strip] = {}
    for code in sorted(read.factors, key=order_of):
        values = read.factors[code]
        known = factor_of(code)
        standard = known.code if known is not None else code
        unit = unit_of_factor(device, code)
        line = curves.valid_points(values, gap)
        line.name = factor_words(code)
        limit = limits.get(code)
        bound = (holding or {}).get(code) or (None if limit is None else limit.limit_mg_m3)
        if standard in GAS:
            gas.setdefault(unit, curves.Strip(line.name, unit=unit)).lines.append(line)
            continue
        strip = further
        if standard in POLLUTANTS and unit in PER_MG and len(own) < _OWN:
            # Each on an axis of its own: coarse and fine particles of a site differ as much as the pollutants of a stack.
            strip = curves.Strip(line.name, unit=f"{line.name} {unit}", judged=True)
            own.append(strip)
            bound = None if bound is None else bound * PER_MG[unit]
        elif unit != "mg/m³":
            strip = other_units.setdefault(unit, curves.Strip(line.name, unit=unit))
        folded = any(one.folded is not None for one in values.values())
        if folded:
            # What is judged is in sight; what was measured opens with a click on its name.
            second = curves.valid_points(values, gap, folded=True)
            second.name = __("%(factor)s folded") % {"factor": line.name}
            second.limit = bound
            strip.lines.append(second)
            line.hidden, line.doubtful = True, ()
        elif bound is not None and (limit is None or limit.reference_oxygen_percent is None) and unit in PER_MG:
            line.limit = bound
        line.hidden = line.hidden or strip is further
        strip.lines.append(line)
    wanted = ("m/s", "m³/s", "m³/h", "%", "℃")
    load = [gas[unit] for unit in wanted if unit in gas][: 2 if len(own) > 2 else 3]
    seen = [further] if further.lines and (not own or any(not line.hidden for line in further.lines)) else []
    return [*own, *seen, *list(other_units.values())[:2], *load]


def _flag_words(one: readings.Reading | None, language: str) -> str:
    if one is None or one.flag in {"", "N"}:
        return ""
    return __("entered by hand later") if one.hand else flag_words(one.flag, language)


class _LimitForm(pages.RowActionView):
    model: Any = Device
    permission = access.DEVICE_EDIT

    def get_subtitle(self) -> str:
        """Which point."""
        return str(self.device)

    @property
    def device(self) -> Device:
        """The point."""
        found: Device = self.object
        return found

    def get_breadcrumbs(self) -> list[Any]:
        """Below the point."""
        return [(POINTS[0], reverse(POINTS[1])), (str(self.device), self.get_cancel_url())]

    def get_cancel_url(self) -> str:
        """Back to the point."""
        return reverse("monitoring:point", args=[self.device.pk])


class LimitNew(_LimitForm):
    """A limit from a day on."""

    title = _("Set a limit")
    form_class = LimitForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Factors that it sends, and those that stacks are judged by."""
        codes = {*self.object.latest.values_list("factor", flat=True), *POLLUTANTS}
        return {**super().get_form_kwargs(), "codes": sorted(codes - set(GAS))}

    def get_initial(self) -> dict[str, Any]:
        """From today on."""
        return {**super().get_initial(), "valid_from": display.campaign_today()}

    def run(self, form: Any) -> OutletLimit:
        """Set it."""
        return SetLimit(self.actor, self.object, **form.cleaned_data).execute()


class LimitEnd(_LimitForm):
    """The last day of a limit."""

    model = OutletLimit
    title = _("End a limit")
    form_class = EndForm

    @property
    def device(self) -> Device:
        """The point."""
        found: Device = self.object.device
        return found

    def get_initial(self) -> dict[str, Any]:
        """Today."""
        return {**super().get_initial(), "on": display.campaign_today()}

    def run(self, form: Any) -> OutletLimit:
        """End it."""
        data = form.cleaned_data
        return EndLimit(self.actor, self.object, data["on"], reason=data["reason"]).execute()
