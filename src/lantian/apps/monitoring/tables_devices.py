"""Ledgers of devices, monitored points, commands and marks, with their filters."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import (
    BadgeColumn,
    DateColumn,
    DayFromFilter,
    DayToFilter,
    LedgerFilter,
    LedgerTable,
    SearchFilter,
)
from lantian.apps.core.models import Region
from lantian.apps.monitoring.choices import DeviceKind, DeviceState, Protocol
from lantian.apps.monitoring.choices_devices import (
    DEVICE_TONES,
    MARK_TONES,
    POINT_TONES,
    MarkKind,
    MarkState,
    PointState,
)
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.points import KINDS, standing_label, thresholds
from lantian.apps.monitoring.secret_words import change_words
from lantian.apps.sources.filters_lists import PlaceChoice


class SourcePlaceFilter(django_filters.ModelChoiceFilter):
    """Rows whose source lies in a place or below it.

    Parameters
    ----------
    lookup
        From the row to its source.
    """

    field_class = PlaceChoice

    def __init__(self, lookup: str = "source", **kwargs: Any) -> None:
        super().__init__(
            label=_("Region"),
            queryset=Region.objects.filter(valid_to__isnull=True).order_by("path"),
            **kwargs,
        )
        self.lookup = lookup

    def filter(self, qs: Any, value: Any) -> Any:
        """The place and those below."""
        return qs.filter(**{f"{self.lookup}__region__path__startswith": value.path}) if value else qs


# The register --------------------------------------------------------------------------------------------------------


class DeviceTable(LedgerTable):
    """The register."""

    name = tables.Column(verbose_name=_("Device"), empty_values=(), order_by=("name", "mn"))
    kind = tables.Column(verbose_name=_("Kind of device"))
    source = tables.Column(verbose_name=_("Source and unit"), empty_values=(), order_by=("source__name", "mn"))
    protocol = tables.Column(verbose_name=_("Protocol"))
    state = BadgeColumn(tones=DEVICE_TONES, verbose_name=_("State"))
    seen_at = DateColumn(verbose_name=_("Last heard of"))

    phone = "cards"

    class Meta:
        model = Device
        fields = ("name", "kind", "source", "protocol", "state", "seen_at")

    def render_name(self, record: Device) -> SafeString:
        """The name with the number below it."""
        return format_html(
            '<a href="{}">{}</a><span class="mo-sub mo-mn">{}</span>',
            record.get_absolute_url(),
            record.name or __("Without a name"),
            record.mn,
        )

    def render_source(self, record: Device) -> SafeString | str:
        """Whose it is and what it watches."""
        if record.source is None:
            return display.ABSENT
        place = record.source.region.name if record.source.region is not None else ""
        unit = str(record.unit) if record.unit is not None else ""
        below = " · ".join(part for part in (place, unit) if part)
        return format_html(
            '<a href="{}">{}</a><span class="mo-sub">{}</span>',
            record.source.get_absolute_url(),
            record.source.name,
            below,
        )


class DeviceFilter(LedgerFilter):
    """Filters of the register."""

    q = SearchFilter(
        ["mn", "name", "source__name", "source__uscc"],
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("MN, name or source")}
        ),
    )
    region = SourcePlaceFilter()
    kind = django_filters.ChoiceFilter(label=_("Kind of device"), choices=DeviceKind.choices)
    state = django_filters.ChoiceFilter(label=_("State"), choices=DeviceState.choices)
    protocol = django_filters.ChoiceFilter(label=_("Protocol"), choices=Protocol.choices)
    heard = django_filters.ChoiceFilter(
        label=_("Last heard of"),
        choices=(("online", _("Of late")), ("offline", _("Offline")), ("never", _("Never"))),
        method="by_heard",
    )

    class Meta:
        model = Device
        fields: ClassVar[list[str]] = []

    def by_heard(self, qs: Any, _name: str, value: str) -> Any:
        """By when it was heard of."""
        if value == "never":
            return qs.filter(seen_at__isnull=True)
        _late, offline = thresholds(timezone.now())
        return qs.filter(seen_at__gte=offline) if value == "online" else qs.filter(seen_at__lt=offline)

    def filter_queryset(self, queryset: Any) -> Any:
        """What is out of use is shown on request only."""
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            rows = rows.exclude(state=DeviceState.RETIRED)
        return rows


class KeyTable(LedgerTable):
    """Devices and which secrets they have; never the secrets."""

    name = tables.Column(verbose_name=_("Device"), empty_values=(), order_by=("name", "mn"))
    source = tables.Column(verbose_name=_("Pollution source"), accessor="source__name", default=display.ABSENT)
    protocol = tables.Column(verbose_name=_("Protocol"))
    pw = tables.Column(verbose_name=_("Password (PW)"), empty_values=(), orderable=False)
    sm4 = tables.Column(verbose_name=_("SM4 key (HJ 212-2025)"), empty_values=(), orderable=False)

    phone = "cards"

    def render_name(self, record: Device) -> SafeString:
        """To the form."""
        return format_html(
            '<a href="{}">{}</a><span class="mo-sub mo-mn">{}</span>',
            reverse("monitoring:device_key", args=[record.pk]),
            record.name or __("Without a name"),
            record.mn,
        )

    def _set(self, record: Device, kind: str) -> str:
        found = next((one for one in record.secrets.all() if one.kind == kind), None)
        if found is None:
            return __("not set")
        return __("set %(day)s") % {"day": display.campaign_date(found.set_at)}

    def render_pw(self, record: Device) -> Any:
        """Since when, and whether another one is on its way."""
        said = self._set(record, "pw")
        if not hasattr(record, "new_password"):
            return said
        return format_html(
            '{}<a class="mo-sub" href="{}">{}</a>',
            said,
            reverse("monitoring:device_new_password", args=[record.pk]),
            change_words(record.new_password),
        )

    def render_sm4(self, record: Device) -> str:
        """Since when."""
        return self._set(record, "sm4")


# Monitored points --------------------------------------------------------------------------------------------------------


class PointTable(LedgerTable):
    """Monitored points with what they said last."""

    name = tables.Column(verbose_name=_("Monitored point"), empty_values=(), order_by=("source__name", "name"))
    standing = tables.Column(verbose_name=_("State"))
    kind = tables.Column(verbose_name=_("Kind of device"))
    region = tables.Column(verbose_name=_("Region"), accessor="source__region__name", default=display.ABSENT)
    latest = tables.Column(verbose_name=_("Last hourly means"), empty_values=(), orderable=False)
    seen_at = DateColumn(verbose_name=_("Last heard of"))

    phone = "cards"

    def __init__(self, *args: Any, said: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said = said or {}

    def render_name(self, record: Device) -> SafeString:
        """The source and what is watched there."""
        return format_html(
            '<a href="{}">{}</a><span class="mo-sub">{}</span>',
            reverse("monitoring:point", args=[record.pk]),
            record.source.name if record.source is not None else record.mn,
            record.name or (str(record.unit) if record.unit is not None else record.mn),
        )

    def value_name(self, record: Device) -> str:
        """Both for Excel."""
        source = record.source.name if record.source is not None else ""
        return f"{source} {record.name or record.mn}".strip()

    def render_standing(self, value: str) -> SafeString:
        """Its word."""
        tone = POINT_TONES.get(value, "neutral")
        return format_html('<span class="badge lt-badge lt-badge-{}">{}</span>', tone, standing_label(value))

    def value_standing(self, value: str) -> str:
        """Its word for Excel."""
        return standing_label(value)

    def _said(self, record: Device) -> list[Any]:
        return list(self.said.get(record.pk, ()))

    def render_latest(self, record: Device) -> SafeString | str:
        """Factor by factor; those above their limit stand out."""
        said = self._said(record)
        if not said:
            return display.ABSENT
        return format_html_join(
            " ",
            '<span class="mo-said{}">{} <b>{}</b></span>',
            ((" mo-over" if one["over"] else "", one["label"], one["words"]) for one in said),
        )

    def value_latest(self, record: Device) -> str:
        """As text."""
        return "；".join(f"{one['label']} {one['words']}" for one in self._said(record))


class PointFilter(LedgerFilter):
    """Filters of the points."""

    q = SearchFilter(
        ["source__name", "name", "mn"],
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("MN, name or source")}
        ),
    )
    region = SourcePlaceFilter()
    kind = django_filters.ChoiceFilter(
        label=_("Kind of device"), choices=[(kind.value, kind.label) for kind in KINDS]
    )
    standing = django_filters.ChoiceFilter(label=_("State"), choices=PointState.choices)

    class Meta:
        model = Device
        fields: ClassVar[list[str]] = []


# Marks -----------------------------------------------------------------------------------------------------------------


class MarkTable(LedgerTable):
    """Marks of enterprises."""

    start = DateColumn(verbose_name=_("Start time"))
    end = DateColumn(verbose_name=_("End time"))
    device = tables.Column(
        verbose_name=_("Monitored point"), empty_values=(), order_by=("device__source__name", "device__name")
    )
    kind = tables.Column(verbose_name=_("Kind of mark"))
    cause = tables.Column(verbose_name=_("Reason"))
    state = BadgeColumn(tones=MARK_TONES, verbose_name=_("State"))
    made_at = tables.Column(verbose_name=_("Marked at"), empty_values=())

    phone = "cards"

    class Meta:
        model = DataMark
        fields = ("start", "end", "device", "kind", "cause", "state", "made_at")
        sequence = ("device", "kind", "start", "end", "cause", "made_at", "state")

    def render_device(self, record: DataMark) -> SafeString:
        """To the mark."""
        device = record.device
        return format_html(
            '<a href="{}">{}</a><span class="mo-sub">{}</span>',
            record.get_absolute_url(),
            device.source.name if device.source is not None else device.mn,
            device.name or device.mn,
        )

    def value_device(self, record: DataMark) -> str:
        """Both for Excel."""
        source = record.device.source
        return f"{source.name if source is not None else ''} {record.device.name or record.device.mn}".strip()

    def render_made_at(self, record: DataMark) -> SafeString | str:
        """When, and whether that was too late."""
        words = display.campaign_date(record.made_at)
        if not record.late:
            return words
        return format_html('{} <span class="badge lt-badge lt-badge-orange">{}</span>', words, __("Late"))

    def value_made_at(self, record: DataMark) -> str:
        """As text."""
        words = display.campaign_date(record.made_at)
        return f"{words} {__('Late')}" if record.late else words


class MarkFilter(LedgerFilter):
    """Filters of the marks."""

    q = SearchFilter(["device__source__name", "device__name", "device__mn", "cause"])
    region = SourcePlaceFilter("device__source")
    state = django_filters.ChoiceFilter(label=_("State"), choices=MarkState.choices)
    kind = django_filters.ChoiceFilter(label=_("Kind of mark"), choices=MarkKind.choices)
    late = django_filters.ChoiceFilter(
        label=_("Marked in time"), choices=(("yes", _("In time")), ("no", _("Late"))), method="by_late"
    )
    since = DayFromFilter("end__date", label=_("From"))
    until = DayToFilter("start__date", label=_("To"))

    class Meta:
        model = DataMark
        fields: ClassVar[list[str]] = []

    def by_late(self, qs: Any, _name: str, value: str) -> Any:
        """In time or not."""
        return qs.filter(made_at__lte=F("due_at")) if value == "yes" else qs.filter(made_at__gt=F("due_at"))

