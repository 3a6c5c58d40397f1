"""Lists of stations and exclusions."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.choices import ControlLevel, ExclusionKind, StationKind
from lantian.apps.air.models import Exclusion, Station
from lantian.apps.core import lists
from lantian.apps.core.display import campaign_date, campaign_today
from lantian.apps.core.models import Region
from lantian.rules import region_codes as codes


class StationTable(lists.LedgerTable):
    """Stations."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Name"), linkify=True)
    code = tables.Column(verbose_name=_("Station code"))
    region = tables.Column(verbose_name=_("Region"), order_by="region__code")
    city = tables.Column(verbose_name=_("City"))
    kind = lists.BadgeColumn(verbose_name=_("Kind of station"), tones={StationKind.CITY: "blue"})
    control = lists.BadgeColumn(verbose_name=_("Controlled by"), tones={ControlLevel.NATIONAL: "brand"})
    opened = lists.DateColumn(verbose_name=_("In use since"))
    closed = tables.Column(verbose_name=_("State"), empty_values=())

    class Meta(lists.LedgerTable.Meta):
        model = Station
        fields = ("name", "code", "region", "city", "kind", "control", "opened", "closed")
        order_by = ("code",)

    def render_closed(self, record: Station) -> str:
        """In use or since when not."""
        return self.value_closed(record)

    def value_closed(self, record: Station) -> str:
        """The same in Excel."""
        if record.is_open(campaign_today()):
            return __("In use")
        if record.closed is None:
            return __("Not in use") if not record.in_use else __("Not yet in use")
        return __("Until %(day)s") % {"day": campaign_date(record.closed)}


class StationFilter(lists.LedgerFilter):
    """Filters of the stations."""

    shown = 4
    q = lists.SearchFilter(["code", "name", "city", "region__name"])
    within = django_filters.CharFilter(
        label=_("Within (code or name)"),
        method="inside",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = django_filters.ChoiceFilter(label=_("Kind of station"), choices=StationKind.choices)
    control = django_filters.ChoiceFilter(label=_("Controlled by"), choices=ControlLevel.choices)
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(("open", _("In use")), ("closed", _("Not in use"))),
        method="in_state",
    )

    def inside(self, rows: Any, name: str, value: str) -> Any:
        """Stations of a place, or of a city that the register does not have."""
        text = value.strip().split()[0] if value.strip() else ""
        wanted = Q(code__in={text, codes.canonical(text), codes.prefix(text) or text}) | Q(
            name__in={value.strip(), f"{value.strip()}市"}
        )
        region = Region.objects.filter(wanted, valid_to__isnull=True).order_by("depth").first()
        if region is None:
            return rows.filter(city=value.strip())
        return rows.within(region)

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """Measuring today, or not."""
        now = Station.objects.open_on(campaign_today()).values("pk")
        return rows.filter(pk__in=now) if value == "open" else rows.exclude(pk__in=now)


class ExclusionTable(lists.LedgerTable):
    """Hours that do not count."""

    phone = "cards"
    start = lists.DateColumn(verbose_name=_("From"), linkify=("air:exclusion", [tables.A("pk")]))
    end = lists.DateColumn(verbose_name=_("To"))
    place = tables.Column(
        verbose_name=_("Region or station"), empty_values=(), order_by=("region__code", "station__code")
    )
    pollutants = tables.Column(verbose_name=_("Pollutants"), accessor="words", orderable=False)
    kind = lists.BadgeColumn(verbose_name=_("Kind of exclusion"), tones={ExclusionKind.SAND: "yellow"})
    reason = lists.ClampColumn(verbose_name=_("Reason"), orderable=False)
    source = lists.ClampColumn(verbose_name=_("Source"), orderable=False)
    state = lists.BadgeColumn(
        verbose_name=_("State"), accessor="withdrawn_at", empty_values=(), tones={None: "green"}
    )

    class Meta(lists.LedgerTable.Meta):
        model = Exclusion
        fields = ("start", "end", "place", "pollutants", "kind", "reason", "source", "state")
        order_by = ("-start",)

    def render_place(self, record: Exclusion) -> str:
        """The station, or else the place."""
        return str(record.station or record.region)

    def value_place(self, record: Exclusion) -> str:
        """The same in Excel."""
        return self.render_place(record)

    def render_pollutants(self, value: list[str]) -> str:
        """As they are written."""
        return "、".join(value)

    def value_pollutants(self, value: list[str]) -> str:
        """The same in Excel."""
        return "、".join(value)

    def render_state(self, record: Exclusion, bound_column: Any) -> Any:
        """In force or not."""
        label = __("In force") if record.withdrawn_at is None else __("Withdrawn")
        return self.base_columns["state"].render(label, record, bound_column)

    def value_state(self, record: Exclusion) -> str:
        """The same in Excel."""
        return __("In force") if record.withdrawn_at is None else __("Withdrawn")


class ExclusionFilter(lists.LedgerFilter):
    """Filters of the exclusions."""

    shown = 4
    q = lists.SearchFilter(["reason", "source", "region__name", "station__name", "station__code"])
    kind = django_filters.ChoiceFilter(label=_("Kind of exclusion"), choices=ExclusionKind.choices)
    first = django_filters.DateFilter(
        label=_("From"), widget=lists.DayInput(), field_name="end", lookup_expr="date__gte"
    )
    last = django_filters.DateFilter(
        label=_("To"), widget=lists.DayInput(), field_name="start", lookup_expr="date__lte"
    )
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(("open", _("In force")), ("withdrawn", _("Withdrawn"))),
        method="in_state",
    )

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """In force or not."""
        return rows.filter(withdrawn_at__isnull=value == "open")
