"""Lists of stations and exclusions."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.choices import ControlLevel, StationKind
from lantian.apps.air.models import Station
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
