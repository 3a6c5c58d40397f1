"""Lists of deliveries, of values under review and of keys."""

from __future__ import annotations

from typing import Any

import django_filters
import django_tables2 as tables
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.doors import words
from lantian.apps.air.models import Delivery, DeliveryState, Door, Doubt, DoubtState, StationKey
from lantian.apps.core import display, lists

STATE_TONES = {
    DeliveryState.LOOKING: "blue", DeliveryState.ASKING: "yellow", DeliveryState.STORING: "blue",
    DeliveryState.DONE: "green", DeliveryState.FAILED: "red", DeliveryState.CANCELLED: "grey",
}  # fmt: skip
DOUBT_TONES = {
    DoubtState.OPEN: "yellow", DoubtState.ACCEPTED: "green", DoubtState.REJECTED: "grey", DoubtState.CORRECTED: "blue",
}  # fmt: skip
REASON_CHOICES = [(code, said[0]) for code, said in words.REASONS.items()]


class DeliveryTable(lists.LedgerTable):
    """Deliveries."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Name"), linkify=True)
    door = tables.Column(verbose_name=_("Door"))
    state = lists.BadgeColumn(verbose_name=_("State"), tones=STATE_TONES)
    created_at = lists.DateColumn(verbose_name=_("Came at"))
    rows = lists.NumberColumn(verbose_name=_("Rows"))
    added = lists.NumberColumn(verbose_name=_("New hours"))
    corrected = lists.NumberColumn(verbose_name=_("Changed hours"))
    held = lists.NumberColumn(verbose_name=_("Held"))
    flagged = lists.NumberColumn(verbose_name=_("Flagged"))
    user = tables.Column(verbose_name=_("By"), accessor="sender", orderable=False)

    class Meta(lists.LedgerTable.Meta):
        model = Delivery
        fields = (
            "name",
            "door",
            "state",
            "created_at",
            "rows",
            "added",
            "corrected",
            "held",
            "flagged",
            "user",
        )
        order_by = ("-created_at",)


class DeliveryFilter(lists.LedgerFilter):
    """Filters of the deliveries."""

    q = lists.SearchFilter(["name", "key__name"])
    state = django_filters.ChoiceFilter(label=_("State"), choices=DeliveryState.choices)
    door = django_filters.ChoiceFilter(
        label=_("Door"), choices=[c for c in Door.choices if c[0] != Door.REVIEW]
    )
    since = lists.DayFromFilter("created_at__date", label=_("Since"))


class PickColumn(tables.Column):
    """A tick that belongs to the form of decisions."""

    def __init__(self) -> None:
        super().__init__(
            verbose_name="", empty_values=(), orderable=False, exclude_from_export=True, accessor="pk",
            attrs={"th": {"class": "ad-pick"}, "td": {"class": "ad-pick"}},
        )  # fmt: skip

    def render(self, record: Doubt) -> SafeString | str:
        """A tick, where there is something to decide."""
        if record.state != DoubtState.OPEN:
            return ""
        return format_html(
            '<input class="form-check-input" type="checkbox" name="pick" value="{}" form="bulk" aria-label="{}">',
            record.pk,
            __("Choose %(what)s") % {"what": f"{record.who} {when(record)}"},
        )


class DoubtTable(lists.LedgerTable):
    """Values under review."""

    phone = "cards"
    station = tables.Column(
        verbose_name=_("Station"), accessor="who", order_by=("station__name", "source_name"), linkify=True
    )
    pick = PickColumn()
    first = tables.Column(verbose_name=_("Time"), empty_values=())
    values = tables.Column(verbose_name=_("Values"), orderable=False)
    reason = tables.Column(verbose_name=_("Reason"))
    held = tables.Column(verbose_name=_("Kind"))
    state = lists.BadgeColumn(verbose_name=_("State"), tones=DOUBT_TONES)
    delivery = tables.Column(verbose_name=_("Delivery"), linkify=True, order_by="delivery_id")
    row = lists.NumberColumn(verbose_name=_("Row"))

    class Meta(lists.LedgerTable.Meta):
        model = Doubt
        sequence = ("pick", "station", "first", "values", "reason", "held", "state", "delivery", "row")
        fields = ("station", "first", "values", "reason", "held", "state", "delivery", "row")
        order_by = ("-pk",)

    def render_first(self, record: Doubt) -> str:
        """The hour, or from when to when."""
        return when(record)

    def value_first(self, record: Doubt) -> str:
        """The same in Excel."""
        return when(record)

    def render_values(self, record: Doubt) -> str:
        """What was held or flagged."""
        return shown(record)

    def value_values(self, record: Doubt) -> str:
        """The same in Excel."""
        return shown(record)

    def render_row(self, value: int) -> str:
        """The row of the file; a flag over many hours has none."""
        return str(value) if value else display.ABSENT

    def render_reason(self, value: str) -> SafeString:
        """The short word; what to do on pointing at it."""
        return format_html('<span title="{}">{}</span>', words.reason_help(value), words.reason_word(value))

    def value_reason(self, value: str) -> str:
        """The short word."""
        return words.reason_word(value)

    def render_held(self, value: bool) -> str:
        """Held or flagged."""
        return __("Held") if value else __("Flagged")

    def value_held(self, value: bool) -> str:
        """The same in Excel."""
        return self.render_held(value)


class DoubtFilter(lists.LedgerFilter):
    """Filters of the values under review."""

    shown = 4
    q = lists.SearchFilter(["station__name", "station__code", "source_name", "delivery__name"])
    state = django_filters.ChoiceFilter(label=_("State"), choices=DoubtState.choices)
    reason = django_filters.ChoiceFilter(label=_("Reason"), choices=REASON_CHOICES)
    held = django_filters.ChoiceFilter(label=_("Kind"), choices=(("1", _("Held")), ("0", _("Flagged"))))
    since = lists.DayFromFilter("first__date", label=_("Since"))
    until = lists.DayToFilter("first__date", label=_("Until"))
    delivery = django_filters.NumberFilter(label=_("Number of the delivery"), field_name="delivery_id")


class KeyTable(lists.LedgerTable):
    """Keys of senders."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Sender"))
    prefix = tables.Column(verbose_name=_("Begins with"))
    region = tables.Column(verbose_name=_("Region"))
    covers = tables.Column(verbose_name=_("Stations"), orderable=False, empty_values=())
    created_at = lists.DateColumn(verbose_name=_("Made at"))
    expires_at = lists.DateColumn(verbose_name=_("Valid until"))
    last_used_at = lists.DateColumn(verbose_name=_("Last used"))
    revoked_at = lists.DateColumn(verbose_name=_("Revoked at"))
    actions = lists.ActionsColumn(lambda record: key_links(record))

    class Meta(lists.LedgerTable.Meta):
        model = StationKey
        fields = (
            "name",
            "prefix",
            "region",
            "covers",
            "created_at",
            "expires_at",
            "last_used_at",
            "revoked_at",
            "actions",
        )

    def render_prefix(self, value: str) -> str:
        """As it begins."""
        return f"lts_{value}…"

    def render_covers(self, record: StationKey) -> str:
        """The stations, or all of the place."""
        codes = [station.code for station in record.stations.all()]
        return "、".join(codes) if codes else __("All of the place")

    def value_covers(self, record: StationKey) -> str:
        """The same in Excel."""
        return self.render_covers(record)


def key_links(record: StationKey) -> list[dict[str, Any]]:
    """What can be done with a key."""
    from django.urls import reverse

    if record.revoked_at is not None:
        return []
    return [{"label": _("Revoke"), "url": reverse("air:key_revoke", args=[record.pk]), "icon": "key-off"}]


def when(record: Doubt) -> str:
    """The hour of a value under review, or from when to when."""
    if record.first is None:
        return record.time_text or display.ABSENT
    first = timezone.localtime(record.first)
    if record.interval == "day":
        return f"{first:%Y-%m-%d}"
    if record.hours > 1 and record.last is not None:
        last = timezone.localtime(record.last)
        return f"{first:%Y-%m-%d %H:%M} – {last:%m-%d %H:%M} ({__('%(count)s h') % {'count': record.hours}})"
    return f"{first:%Y-%m-%d %H:%M}"


def shown(record: Doubt) -> str:
    """Its values in one line."""
    values = {
        item: value for item, value in record.values.items() if value is not None or item in record.texts
    }
    if not values:
        return words.values_words(dict.fromkeys(record.values, None)).replace(" “”", "") or display.ABSENT
    return words.values_words(values, record.texts)
