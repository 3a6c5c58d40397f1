"""Amounts against the permit: the list by enterprise, an enterprise, a point with its hours, and what permits allow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air import exporting
from lantian.apps.core import display, lists, pages
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import access, curves
from lantian.apps.monitoring.actions.permitted import CorrectPermitted, SetPermitted
from lantian.apps.monitoring.alarm_words import told
from lantian.apps.monitoring.amount_sums import KINDS, Worked, begin_of, quarter_of, today_of
from lantian.apps.monitoring.amounts_permit import days_of, months_of, permitted, year_begin
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_amounts import LABELS
from lantian.apps.monitoring.forms_amounts import PermittedChangeForm, PermittedForm
from lantian.apps.monitoring.importers_amounts import cells_of, headings
from lantian.apps.monitoring.models import AmountDay, AmountQuarter, Device, PermittedAmount
from lantian.apps.monitoring.showing_amounts import (
    KG_DIGITS,
    T_DIGITS,
    Row,
    of_device,
    of_source,
    of_sources,
    tonnes,
)
from lantian.apps.monitoring.tables_amounts import (
    AmountFilter,
    AmountTable,
    PermittedFilter,
    PermittedTable,
    year_of,
    years,
    years_words,
)
from lantian.apps.sources.models import Source
from lantian.lake.errors import LakeError
from lantian.rules.monitoring.amounts import RULE
from lantian.rules.monitoring.exact import exact, half_even

AMOUNTS = (_("Amounts against the permit"), "monitoring:amounts")
#: reasons of an hour → its tone
HOUR_TONES = {"measured": "green", "stopped": "grey", "substitute": "yellow", "by_hand": "yellow"}
#: decimals of an hour [kg]
_HOUR_DIGITS = 3
_HOUR = timedelta(hours=1)


class AmountList(lists.ListView):
    """What enterprises emitted in a year, against what their permits allow."""

    model = Source
    permission = access.MONITORING_VIEW
    table_class = AmountTable
    filterset_class = AmountFilter
    template_name = "monitoring/amounts.html"
    title = _("Amounts against the permit")
    subtitle = _("What monitored outlets emitted in the year, by ended days, against the permitted amount.")
    empty_title = _("No amounts have been worked out yet.")
    empty_hint = _("Each night the ended days of monitored outlets are added up; outlets need a concentration and a flow.")

    def get_queryset(self) -> Any:
        """Enterprises with an amount or a permitted one."""
        rows = super().get_queryset().select_related("region")
        has = Exists(AmountQuarter.objects.filter(device__source=OuterRef("pk")))
        return rows.filter(Q(has) | Q(Exists(PermittedAmount.objects.filter(source=OuterRef("pk")))))

    def get_table(self, rows: Any) -> Any:
        """A row for each enterprise and pollutant, those that have used most of their permit first."""
        given = self.filterset.form.cleaned_data if self.filterset is not None and self.filterset.form.is_valid() else {}
        factors = [given["factor"]] if given.get("factor") else []
        found = of_sources(list(rows), year_of(given.get("year")), display.campaign_today(), factors)
        if given.get("standing"):
            found = [row for row in found if row.standing.value == given["standing"]]
        found.sort(key=lambda row: (-(row.share if row.share is not None else Decimal(-1)), row.source.name, row.factor))
        return super().get_table(found)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Permitted amounts."""
        return [
            {"label": __("Permitted amounts"), "url": reverse("monitoring:permitted"), "icon": "certificate"},
            {
                "label": __("Import"),
                "url": reverse("core:import", args=["monitoring-permitted"]),
                "icon": "file-import",
                "permission": access.DEVICE_EDIT,
            },
        ]


class PermittedList(lists.ListView):
    """What permits allow in a year."""

    model = PermittedAmount
    permission = access.MONITORING_VIEW
    table_class = PermittedTable
    filterset_class = PermittedFilter
    title = _("Permitted amounts")
    subtitle = _("What discharge permits allow enterprises and outlets in each year.")
    breadcrumbs = (AMOUNTS,)
    empty_title = _("No permitted amount is entered yet.")
    empty_hint = _("Import them from Excel, or enter them on the page of an enterprise.")

    def get_queryset(self) -> Any:
        """With what the lines show."""
        return super().get_queryset().select_related("source__region", "unit")

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Import."""
        url = reverse("core:import", args=["monitoring-permitted"])
        return [{"label": __("Import"), "url": url, "icon": "file-import", "permission": access.DEVICE_EDIT}]

    def export_columns(self) -> list[str]:
        """As an import reads them."""
        return headings()

    def export_rows(self) -> Iterator[list[Any]]:
        """Every row of the filter."""
        for row in self.table.data.data.iterator(chunk_size=1000):
            yield cells_of(row)


class EnterpriseAmounts(pages.DetailView):
    """An enterprise: each pollutant as a whole and by outlet, the months, and what its permit allows."""

    model = Source
    permission = access.MONITORING_VIEW
    breadcrumbs = (AMOUNTS,)
    template_name = "monitoring/enterprise_amounts.html"

    def get_title(self) -> str:
        """Whose."""
        return __("Amounts of %(name)s") % {"name": self.object.name}

    def get_queryset(self) -> Any:
        """With its place."""
        return super().get_queryset().select_related("region")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or its days in Excel."""
        self.now = timezone.now()
        self.year = year_of(request.GET.get("year"))
        if request.GET.get("export") == "xlsx":
            return self._excel()
        return super().get(request, *args, **kwargs)

    @cached_property
    def devices(self) -> list[Device]:
        """Its points, those out of use included: what they sent in the year counts."""
        rows = Device.objects.visible_to(self.user, access.MONITORING_VIEW).filter(source=self.object, kind__in=KINDS)
        return list(rows.exclude(state=DeviceState.PARKED).select_related("source", "unit").order_by("mn"))

    @cached_property
    def rows(self) -> list[Row]:
        """Pollutants of the enterprise, then of its outlets."""
        return of_source(self.object, self.devices, self.year, self.now)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """Its monitoring, and a new permitted amount."""
        source: Source = self.object
        found: list[dict[str, Any]] = [
            {"label": __("Monitoring"), "url": reverse("monitoring:enterprise", args=[source.pk]), "icon": "timeline"}
        ]
        if self.may_set:
            url = reverse("monitoring:permitted_new", args=[source.pk])
            found.append({"label": __("Set a permitted amount"), "url": url, "icon": "plus", "tone": "primary"})
        return found

    @cached_property
    def may_set(self) -> bool:
        """Whether the account keeps the permit of this source."""
        return self.actor.rows(Source.objects.filter(pk=self.object.pk), access.DEVICE_EDIT).exists()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rows, months, curves, permits."""
        source: Source = self.object
        whole = [row for row in self.rows if row.unit is None]
        days = {row.factor: days_of((source.pk, None, row.factor), self.year) for row in whole}
        allowed = PermittedAmount.objects.filter(source=source).select_related("unit")
        holding = {row.pk for row in permitted(self.year, PermittedAmount.objects.filter(source=source)).values()}
        months = {factor: months_of(rows) for factor, rows in days.items()}
        return super().get_context_data(
            year=self.year,
            live=self.year == self.now.astimezone(CAMPAIGN_TIME).year,
            years=years(),
            rows=whole,
            outlets=[row for row in self.rows if row.unit is not None],
            points=[device for device in self.devices if device.state != DeviceState.RETIRED],
            months=[
                {"month": month, "cells": [_month_cell(months[row.factor].get(month)) for row in whole]}
                for month in sorted({month for found in months.values() for month in found})
            ],
            chart=self._chart(whole, days),
            permits=[
                {
                    "row": row,
                    "pollutant": LABELS.get(row.factor, row.factor),
                    "years": years_words(row),
                    "holds": row.pk in holding,
                }
                for row in allowed
            ],
            may_set=self.may_set,
            rule=RULE,
            **kwargs,
        )

    def _chart(self, rows: list[Row], days: dict[str, Any]) -> dict[str, Any] | None:
        """The sum of the year day by day, pollutant by pollutant, with the permitted amount as a line [t]."""
        strips = []
        for row in rows:
            total, points = Decimal(0), []
            for day, one in days[row.factor]:
                total += one.kg
                points.append((begin_of(day), half_even(exact(total) / 1000, T_DIGITS)))
            if points:
                line = curves.Line(row.pollutant, points, limit=row.permitted_t, bound=__("permitted %(value)s t"))
                strips.append(curves.Strip(row.pollutant, [line], unit=f"{row.pollutant} t", judged=True))
        if not strips:
            return None
        last = begin_of(date(self.year, 12, 31))
        return curves.option(strips[:4], year_begin(self.year), last, [], f"{self.object.name} {self.year}")

    def _excel(self) -> HttpResponse:
        """Days of the year of each point."""
        rows = AmountDay.objects.filter(
            quarter__device__in=self.devices, day__gte=date(self.year, 1, 1), day__lte=date(self.year, 12, 31)
        )
        return _days_excel(self.actor, self.get_title(), self.year, rows)


def _month_cell(found: Any) -> dict[str, Any]:
    if found is None or found.open == found.hours:
        return {"t": None, "open": 0 if found is None else found.open, "substituted": 0}
    return {"t": tonnes(found.kg), "open": found.open, "substituted": found.substituted}


def _days_excel(actor: Any, title: str, year: int, rows: Any) -> HttpResponse:
    columns = [
        __("Day"), __("Monitored point"), __("Outlet"), __("Pollutant"), __("Measured (kg)"), __("Substituted (kg)"),
        __("Hours measured"), __("Hours substituted"), __("Hours stopped"), __("Hours missing"), __("Rule"), __("Worked out at"),
    ]  # fmt: skip
    listed = rows.select_related("quarter__device__unit").order_by("day", "quarter__device__mn", "quarter__factor")
    cells = (
        [
            row.day, row.quarter.device.name or row.quarter.device.mn,
            str(row.quarter.device.unit) if row.quarter.device.unit is not None else "",
            str(LABELS.get(row.quarter.factor, row.quarter.factor)), row.measured_kg.normalize(), row.substituted_kg.normalize(),
            row.measured, row.substituted, row.stopped, row.open, f"{row.quarter.rule} / {row.quarter.version}",
            row.quarter.computed_at.astimezone(CAMPAIGN_TIME).replace(tzinfo=None),
        ]
        for row in listed.iterator(chunk_size=1000)
    )  # fmt: skip
    return exporting.excel(actor, f"{title} {year}", columns, cells)


class PointAmounts(pages.DetailView):
    """A point: the last hour, today, month and year, and each hour of a day with what it counts and why."""

    model = Device
    permission = access.MONITORING_VIEW
    breadcrumbs = (AMOUNTS,)
    template_name = "monitoring/point_amounts.html"

    def get_queryset(self) -> Any:
        """Points of stacks that belong to a source."""
        rows = super().get_queryset().filter(kind__in=KINDS, source__isnull=False)
        return rows.exclude(state=DeviceState.PARKED).select_related("source__region", "unit")

    def get_title(self) -> str:
        """Which point."""
        return __("Amounts of %(name)s") % {"name": f"{self.object.source} · {self.object}"}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page, or the days of the year in Excel."""
        self.now = timezone.now()
        self.today = self.now.astimezone(CAMPAIGN_TIME).date()
        try:
            self.day = min(date.fromisoformat(request.GET.get("day", "")), self.today)
        except ValueError:
            self.day = self.today
        if request.GET.get("export") == "xlsx":
            rows = AmountDay.objects.filter(
                quarter__device=self.object, day__gte=date(self.day.year, 1, 1), day__lte=date(self.day.year, 12, 31)
            )
            return _days_excel(self.actor, self.get_title(), self.day.year, rows)
        return super().get(request, *args, **kwargs)

    def get_page_actions(self) -> list[dict[str, Any]]:
        """The point, and its enterprise."""
        device: Device = self.object
        point, source = reverse("monitoring:point", args=[device.pk]), device.source_id
        return [
            {"label": __("Values"), "url": point, "icon": "chart-line"},
            {
                "label": __("Amounts of the enterprise"),
                "url": reverse("monitoring:enterprise_amounts", args=[source]),
                "icon": "scale",
            },
        ]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Sums, and the hours of the day."""
        device: Device = self.object
        worked: dict[str, Worked] | None
        try:
            worked = today_of(device, self.now, self.day)
        except (LakeError, OSError):
            worked = None
        factors = sorted(worked or {})
        hours: dict[datetime, dict[str, Any]] = {}
        for factor in factors:
            for moment, one in (worked or {})[factor].hours_of(self.day):
                hours.setdefault(moment, {})[factor] = {
                    "kg": None if one.kg is None else half_even(one.kg, _HOUR_DIGITS),
                    "tone": HOUR_TONES.get(one.reason.code, "red"),
                    "word": _hour_word(one),
                    "why": one.reason.text(__),
                }
        kept = AmountQuarter.objects.filter(device=device, first=quarter_of(self.day))
        return super().get_context_data(
            day=self.day,
            today=self.today,
            before=self.day - timedelta(days=1),
            after=self.day + timedelta(days=1) if self.day < self.today else None,
            rows=of_device(device, self.day.year, self.now),
            live=self.day.year == self.today.year,
            unreadable=worked is None,
            heads=[LABELS.get(factor, factor) for factor in factors],
            hours=[
                {"at": moment, "end": moment + _HOUR, "cells": [cells.get(factor) for factor in factors]}
                for moment, cells in sorted(hours.items())
            ],
            quarters=[
                {
                    "row": row,
                    "pollutant": LABELS.get(row.factor, row.factor),
                    "reasons": [told(reason) for reason in row.reasons],
                    "kg": half_even(row.measured_kg + row.substituted_kg, KG_DIGITS),
                    "overrides": [f"{one['entry']} = {one['value']} ({one['override']})" for one in row.overrides],
                }
                for row in kept.order_by("factor")
            ],
            **kwargs,
        )


def _hour_word(one: Any) -> str:
    if one.kg is None:
        return __("missing")
    if one.reason.code == "by_hand":
        return __("entered by hand")
    if one.substituted:
        return __("substituted")
    return __("stopped") if one.reason.code == "stopped" else __("measured")


class PermittedNew(pages.RowActionView):
    """A permitted amount from a year on."""

    model: Any = Source
    permission = access.DEVICE_EDIT
    title = _("Set a permitted amount")
    form_class = PermittedForm

    def get_subtitle(self) -> str:
        """Whose."""
        return str(self.object.name)

    def get_breadcrumbs(self) -> list[Any]:
        """Below the amounts of the enterprise."""
        return [(AMOUNTS[0], reverse(AMOUNTS[1])), (self.object.name, self.get_cancel_url())]

    def get_cancel_url(self) -> str:
        """Back to the amounts of the enterprise."""
        return reverse("monitoring:enterprise_amounts", args=[self.object.pk])

    def get_form_kwargs(self) -> dict[str, Any]:
        """With its outlets."""
        return {**super().get_form_kwargs(), "source": self.object}

    def run(self, form: Any) -> PermittedAmount:
        """Set it."""
        return SetPermitted(self.actor, self.object, **form.cleaned_data).execute()


class PermittedEdit(pages.RowActionView):
    """A correction of a permitted amount, or its last year."""

    model: Any = PermittedAmount
    permission = access.DEVICE_EDIT
    title = _("Correct a permitted amount")
    form_class = PermittedChangeForm

    def get_subtitle(self) -> str:
        """Which."""
        row: PermittedAmount = self.object
        words = [row.source.name, str(row.unit or ""), str(LABELS.get(row.factor, row.factor)), years_words(row)]
        return " · ".join(word for word in words if word)

    def get_breadcrumbs(self) -> list[Any]:
        """Below the amounts of the enterprise."""
        return [(AMOUNTS[0], reverse(AMOUNTS[1])), (self.object.source.name, self.get_cancel_url())]

    def get_cancel_url(self) -> str:
        """Back to the amounts of the enterprise."""
        return reverse("monitoring:enterprise_amounts", args=[self.object.source_id])

    def get_initial(self) -> dict[str, Any]:
        """As it stands."""
        row: PermittedAmount = self.object
        return {
            **super().get_initial(), "tonnes": row.tonnes.normalize(), "last_year": row.last_year, "basis": row.basis,
        }  # fmt: skip

    def run(self, form: Any) -> PermittedAmount:
        """Correct it."""
        return CorrectPermitted(self.actor, self.object, **form.cleaned_data).execute()
