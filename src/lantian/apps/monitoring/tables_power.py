"""Lists of electricity supervision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, lists
from lantian.apps.core.models import Region
from lantian.apps.monitoring import power_feeds, showing_power
from lantian.apps.monitoring.choices_power import (
    OUTCOME_TONES,
    RULES,
    TONES,
    CheckOutcome,
    FeedMeasure,
    LoadState,
    MeterRole,
    PeriodKind,
    PowerDoor,
)
from lantian.apps.monitoring.models import (
    Load,
    Meter,
    MeterFeed,
    MeterKey,
    PowerCheck,
    PowerFinding,
    PowerPeriod,
    PowerReject,
)
from lantian.apps.monitoring.tables_alarms import badge
from lantian.apps.monitoring.words_power import told
from lantian.rules import region_codes as codes


def source_link(record: Any) -> str:
    """The page of the enterprise of a row."""
    source = record.source_id if hasattr(record, "source_id") else record.load.source_id
    return reverse("monitoring:power_source", args=[source])


class WithinFilter(django_filters.CharFilter):
    """Rows of a place, by code or name."""

    def __init__(self, lookup: str, **more: Any) -> None:
        super().__init__(
            label=_("Within (code or name)"), widget=forms.TextInput(attrs={"autocomplete": "off"}), **more
        )
        self.lookup = lookup

    def filter(self, qs: Any, value: str) -> Any:
        """Those below it; nothing where there is no such place."""
        text = (value or "").strip()
        if not text:
            return qs
        first = text.split()[0]
        wanted = Q(code__in={first, codes.canonical(first), codes.prefix(first) or first}) | Q(name=text)
        region = Region.objects.filter(wanted, valid_to__isnull=True).order_by("depth").first()
        return qs.none() if region is None else qs.filter(**{f"{self.lookup}__path__startswith": region.path})


class LoadTable(lists.LedgerTable):
    """Lines and facilities with what they do now."""

    phone = "cards"
    source = tables.Column(verbose_name=_("Enterprise"), order_by="source__name")
    unit = tables.Column(verbose_name=_("Line or facility"), empty_values=(), order_by="unit__number")
    role = tables.Column(verbose_name=_("What it measures"))
    state = lists.BadgeColumn(verbose_name=_("State"), tones=TONES)
    since = lists.DateColumn(verbose_name=_("Since"))
    strip = tables.Column(verbose_name=_("Last 24 hours"), orderable=False, empty_values=())
    kw = lists.NumberColumn(verbose_name=_("Power"), unit="kW")
    usual_kw = lists.NumberColumn(verbose_name=_("Usual power"), unit="kW")
    judged_to = lists.DateColumn(verbose_name=_("Judged up to"))
    why = tables.Column(verbose_name=_("Why"), orderable=False, empty_values=())

    class Meta(lists.LedgerTable.Meta):
        model = Load
        fields = ("source", "unit", "role", "state", "since", "strip", "kw", "usual_kw", "judged_to", "why")
        order_by = ("source",)

    def render_source(self, record: Load) -> SafeString:
        """Its page."""
        return format_html('<a href="{}">{}</a>', source_link(record), record.source.name)

    def value_source(self, record: Load) -> str:
        """The name."""
        return str(record.source.name)

    def render_unit(self, record: Load) -> str:
        """The unit, or the plant."""
        return str(record.unit) if record.unit is not None else __("Whole plant")

    def value_unit(self, record: Load) -> str:
        """The same in Excel."""
        return self.render_unit(record)

    def render_strip(self, record: Load) -> Any:
        """The states of a day."""
        return showing_power.strip_svg(record)

    def value_strip(self, record: Load) -> str:
        """States with their numbers of quarter hours in Excel."""
        return "；".join(
            f"{LoadState(showing_power.STATES.get(letter, LoadState.UNKNOWN)).label} {count / 4:g} h"
            for letter, _at, count in showing_power.runs_of(record.strip)
        )

    def render_why(self, record: Load) -> SafeString:
        """The sentence."""
        return format_html('<span class="pw-why">{}</span>', showing_power.why_words(record.why) or display.ABSENT)

    def value_why(self, record: Load) -> str:
        """The same in Excel."""
        return showing_power.why_words(record.why)


class LoadFilter(lists.LedgerFilter):
    """Filters of lines and facilities."""

    shown = 4
    q = lists.SearchFilter(["source__name", "source__uscc", "unit__name", "unit__number", "meters__number"])
    state = django_filters.ChoiceFilter(label=_("State"), choices=LoadState.choices)
    role = django_filters.ChoiceFilter(label=_("What it measures"), choices=MeterRole.choices)
    within = WithinFilter("source__region")


class RatioColumn(lists.NumberColumn):
    """A ratio without the zeros behind its point."""

    def render(self, value: Any, record: Any) -> str:
        """Write it."""
        return f"{value.normalize():f}"


class MeterTable(lists.LedgerTable):
    """Meters."""

    phone = "cards"
    number = tables.Column(verbose_name=_("Number of the meter"))
    name = tables.Column(verbose_name=_("Name"))
    source = tables.Column(verbose_name=_("Enterprise"), order_by="source__name")
    unit = tables.Column(verbose_name=_("Line or facility"), empty_values=(), order_by="unit__number")
    role = tables.Column(verbose_name=_("What it measures"))
    serves = tables.Column(verbose_name=_("Treats the lines"), orderable=False, empty_values=())
    ct = RatioColumn(verbose_name=_("CT"))
    pt = RatioColumn(verbose_name=_("PT"))
    holding_kw = lists.NumberColumn(verbose_name=_("Holding load"), unit="kW")
    seen_at = lists.DateColumn(verbose_name=_("Last reading"))
    in_use = tables.Column(verbose_name=_("State"))
    actions = lists.ActionsColumn(lambda record: meter_links(record))

    class Meta(lists.LedgerTable.Meta):
        model = Meter
        fields = (
            "number", "name", "source", "unit", "role", "serves", "ct", "pt", "holding_kw", "seen_at", "in_use", "actions",
        )  # fmt: skip
        order_by = ("source",)

    def render_source(self, record: Meter) -> SafeString:
        """Its page."""
        return format_html('<a href="{}">{}</a>', source_link(record), record.source.name)

    def value_source(self, record: Meter) -> str:
        """The name."""
        return str(record.source.name)

    def render_unit(self, record: Meter) -> str:
        """The unit, or the plant."""
        return str(record.unit) if record.unit is not None else __("Whole plant")

    def value_unit(self, record: Meter) -> str:
        """The number in Excel, as the import takes it."""
        return record.unit.number if record.unit is not None else ""

    def render_serves(self, record: Meter) -> str:
        """The lines."""
        found = [str(unit) for unit in record.serves.all()]
        if found:
            return "、".join(found)
        return __("All lines") if record.role == MeterRole.TREATMENT else display.ABSENT

    def value_serves(self, record: Meter) -> str:
        """The numbers in Excel."""
        return "、".join(unit.number for unit in record.serves.all())

    def render_in_use(self, value: bool) -> str:
        """In use or not."""
        return __("In use") if value else __("Out of use")

    def value_in_use(self, value: bool) -> str:
        """The same in Excel."""
        return __("Yes") if value else __("No")


def meter_links(record: Meter) -> list[dict[str, Any]]:
    """What can be done with a meter."""
    found: list[dict[str, Any]] = [
        {"label": _("Correct"), "url": reverse("monitoring:power_meter_edit", args=[record.pk]), "icon": "edit"}
    ]
    if record.in_use:
        url = reverse("monitoring:power_feed", args=[record.pk])
        found.append({"label": _("HJ 212 device"), "url": url, "icon": "antenna"})
        url = reverse("monitoring:power_meter_retire", args=[record.pk])
        found.append({"label": _("Take out of use"), "url": url, "icon": "circle-off"})
    return found


class MeterFilter(lists.LedgerFilter):
    """Filters of meters."""

    shown = 4
    q = lists.SearchFilter(["number", "name", "account", "source__name", "source__uscc"])
    role = django_filters.ChoiceFilter(label=_("What it measures"), choices=MeterRole.choices)
    within = WithinFilter("source__region")
    state = django_filters.ChoiceFilter(
        label=_("State"),
        choices=(("used", _("In use")), ("silent", _("Silent for a day")), ("out", _("Out of use"))),
        method="in_state",
    )

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """In use, silent or out of use."""
        if value == "out":
            return rows.filter(in_use=False)
        if value == "silent":
            day = timezone.now() - timedelta(days=1)
            return rows.filter(in_use=True).filter(Q(seen_at__isnull=True) | Q(seen_at__lt=day))
        return rows.filter(in_use=True)


class FeedTable(lists.LedgerTable):
    """Meters on HJ 212 devices."""

    phone = "cards"
    meter = tables.Column(verbose_name=_("Number of the meter"), order_by="meter__number")
    source = tables.Column(verbose_name=_("Enterprise"), accessor="meter__source", order_by="meter__source__name")
    device = tables.Column(verbose_name=_("Device number (MN)"), order_by="device__mn")
    codes = tables.Column(verbose_name=_("Factor codes"), orderable=False)
    measure = tables.Column(verbose_name=_("What the factor says"))
    last_at = lists.DateColumn(verbose_name=_("Last value"))
    seen_at = lists.DateColumn(verbose_name=_("Last reading"), accessor="meter__seen_at", order_by="meter__seen_at")
    state = tables.Column(verbose_name=_("State"), empty_values=(), orderable=False)
    actions = lists.ActionsColumn(lambda record: feed_links(record))

    class Meta(lists.LedgerTable.Meta):
        model = MeterFeed
        fields = (
            "meter", "source", "device", "codes", "measure", "last_at", "seen_at", "state", "actions",
        )  # fmt: skip
        order_by = ("meter",)

    def render_meter(self, record: MeterFeed) -> str:
        """Its number."""
        return str(record.meter.number)

    def render_source(self, record: MeterFeed) -> SafeString:
        """Its page."""
        url = reverse("monitoring:power_source", args=[record.meter.source_id])
        return format_html('<a href="{}">{}</a>', url, record.meter.source.name)

    def value_source(self, record: MeterFeed) -> str:
        """The name."""
        return str(record.meter.source.name)

    def render_device(self, record: MeterFeed) -> SafeString:
        """Its page."""
        return format_html('<a href="{}">{}</a>', record.device.get_absolute_url(), record.device.mn)

    def value_device(self, record: MeterFeed) -> str:
        """The number."""
        return str(record.device.mn)

    def render_codes(self, value: list[str]) -> str:
        """All codes."""
        return "、".join(value)

    def render_measure(self, record: MeterFeed) -> str:
        """What it says, in which unit, with which kind of data."""
        return f"{record.get_measure_display()} · {record.get_unit_display()} · {record.get_period_display()}"

    def render_state(self, record: MeterFeed) -> SafeString:
        """What it does, or why nothing comes."""
        standing = power_feeds.standing(record, timezone.now())
        return format_html("{} <span>{}</span>", badge(standing.label, standing.tone), standing.why)

    def value_state(self, record: MeterFeed) -> str:
        """The same in Excel."""
        standing = power_feeds.standing(record, timezone.now())
        return f"{standing.label}：{standing.why}" if standing.why else str(standing.label)


def feed_links(record: MeterFeed) -> list[dict[str, Any]]:
    """What can be done with a feed."""
    key = [record.meter_id]
    return [
        {"label": _("Correct"), "url": reverse("monitoring:power_feed", args=key), "icon": "edit"},
        {"label": _("Read it no more"), "url": reverse("monitoring:power_feed_remove", args=key), "icon": "circle-off"},
    ]


class FeedFilter(lists.LedgerFilter):
    """Filters of meters on devices."""

    q = lists.SearchFilter(["meter__number", "meter__name", "meter__source__name", "device__mn"])
    measure = django_filters.ChoiceFilter(label=_("What the factor says"), choices=FeedMeasure.choices)
    within = WithinFilter("meter__source__region")


class FindingTable(lists.LedgerTable):
    """Suspicions."""

    phone = "cards"
    rule = tables.Column(verbose_name=_("Suspicion"))
    source = tables.Column(verbose_name=_("Enterprise"), accessor="load__source", order_by="load__source__name")
    load = tables.Column(verbose_name=_("Line or facility"), order_by="load__unit__number")
    start = lists.DateColumn(verbose_name=_("From"))
    end = lists.DateColumn(verbose_name=_("To"))
    why = tables.Column(verbose_name=_("Why"), orderable=False)

    class Meta(lists.LedgerTable.Meta):
        model = PowerFinding
        sequence = ("rule", "source", "load", "start", "end", "why")
        fields = ("rule", "load", "start", "end", "why")
        order_by = ("-start",)

    def render_rule(self, value: str, record: PowerFinding) -> SafeString:
        """What is suspected."""
        url = reverse("monitoring:power_finding", args=[record.pk])
        return format_html('<a href="{}">{}</a>', url, RULES.get(value, value))

    def value_rule(self, value: str) -> str:
        """The same in Excel."""
        return f"{RULES.get(value, value)} ({value})"

    def render_source(self, record: PowerFinding) -> SafeString:
        """The page of the enterprise on that day."""
        day = timezone.localtime(record.start)
        url = f"{source_link(record)}?until={day:%Y-%m-%d}&days=1"
        return format_html('<a href="{}">{}</a>', url, record.load.source.name)

    def value_source(self, record: PowerFinding) -> str:
        """The name."""
        return str(record.load.source.name)

    def render_load(self, record: PowerFinding) -> str:
        """The line with what it measures."""
        return showing_power.label(record.load)

    def value_load(self, record: PowerFinding) -> str:
        """The same in Excel."""
        return showing_power.label(record.load)

    def render_why(self, value: Any) -> SafeString:
        """The sentence."""
        return format_html('<span class="pw-why">{}</span>', showing_power.why_words(value))

    def value_why(self, value: Any) -> str:
        """The same in Excel."""
        return showing_power.why_words(value)


class FindingFilter(lists.LedgerFilter):
    """Filters of suspicions."""

    shown = 4
    q = lists.SearchFilter(["load__source__name", "load__source__uscc", "load__unit__name", "load__unit__number"])
    rule = django_filters.ChoiceFilter(label=_("Suspicion"), choices=list(RULES.items()))
    since = lists.DayFromFilter("end__date", label=_("Since"))
    until = lists.DayToFilter("start__date", label=_("Until"))
    within = WithinFilter("load__source__region")


class PeriodTable(lists.LedgerTable):
    """Orders and special times."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Name"), linkify=True)
    kind = lists.BadgeColumn(
        verbose_name=_("Kind of time"), tones={PeriodKind.WARNING: "red", PeriodKind.SEASON: "yellow"}
    )
    demand = tables.Column(verbose_name=_("Ordered"))
    region = tables.Column(verbose_name=_("Region"), order_by="region__code")
    start = lists.DateColumn(verbose_name=_("From"))
    end = lists.DateColumn(verbose_name=_("To"))
    suspected = lists.NumberColumn(verbose_name=_("Suspected not kept"))
    withdrawn_at = lists.DateColumn(verbose_name=_("Withdrawn at"))

    class Meta(lists.LedgerTable.Meta):
        model = PowerPeriod
        fields = ("name", "kind", "demand", "region", "start", "end", "suspected", "withdrawn_at")
        order_by = ("-start",)

    def render_demand(self, record: PowerPeriod) -> str:
        """What is ordered, with its share."""
        return demand_words(record)

    def value_demand(self, record: PowerPeriod) -> str:
        """The same in Excel."""
        return demand_words(record)


def demand_words(record: PowerPeriod) -> str:
    """What is ordered for a time."""
    if record.demand == "limit":
        return __("Limit by %(percent)d %%") % {"percent": record.percent}
    return str(record.get_demand_display())


class PeriodFilter(lists.LedgerFilter):
    """Filters of orders and special times."""

    shown = 3
    q = lists.SearchFilter(["name", "document", "region__name"])
    kind = django_filters.ChoiceFilter(label=_("Kind of time"), choices=PeriodKind.choices)
    within = WithinFilter("region")


class CheckTable(lists.LedgerTable):
    """Results of an order."""

    phone = "cards"
    source = tables.Column(verbose_name=_("Enterprise"), accessor="load__source", order_by="load__source__name")
    load = tables.Column(verbose_name=_("Line or facility"), order_by="load__unit__number")
    outcome = lists.BadgeColumn(verbose_name=_("Result"), tones=OUTCOME_TONES)
    used_kwh = lists.NumberColumn(verbose_name=_("Used"), unit="kWh")
    usual_kwh = lists.NumberColumn(verbose_name=_("Usual"), unit="kWh")
    reduced_percent = lists.NumberColumn(verbose_name=_("Reduced by"), unit="%", orderable=False)
    present = tables.Column(verbose_name=_("Quarter hours with readings"))
    judged_to = lists.DateColumn(verbose_name=_("Judged up to"))
    why = tables.Column(verbose_name=_("Why"), orderable=False)

    class Meta(lists.LedgerTable.Meta):
        model = PowerCheck
        sequence = (
            "source", "load", "outcome", "used_kwh", "usual_kwh", "reduced_percent", "present", "judged_to", "why",
        )  # fmt: skip
        fields = ("load", "outcome", "used_kwh", "usual_kwh", "present", "judged_to", "why")
        # "suspected" comes last in the alphabet and first here.
        order_by = ("-outcome",)

    def render_source(self, record: PowerCheck) -> SafeString:
        """The page of the enterprise in the time of the order."""
        day = timezone.localtime(record.judged_to - timedelta(minutes=15))
        url = f"{source_link(record)}?until={day:%Y-%m-%d}&days=3"
        return format_html('<a href="{}">{}</a>', url, record.load.source.name)

    def value_source(self, record: PowerCheck) -> str:
        """The name."""
        return str(record.load.source.name)

    def render_load(self, record: PowerCheck) -> str:
        """The line with what it measures."""
        return showing_power.label(record.load)

    def value_load(self, record: PowerCheck) -> str:
        """The same in Excel."""
        return showing_power.label(record.load)

    def render_present(self, record: PowerCheck) -> str:
        """Of how many."""
        return f"{record.present}/{record.due}"

    def value_present(self, record: PowerCheck) -> str:
        """The same in Excel."""
        return f"{record.present}/{record.due}"

    def render_why(self, record: PowerCheck) -> SafeString:
        """The sentence, with what it rests on behind it."""
        notes = showing_power.notes_of(record.why)
        stretches = showing_power.evidence_of(record.why)
        words = [
            f"{timezone.localtime(one['first']):%m-%d %H:%M}–{timezone.localtime(one['last']):%m-%d %H:%M} {one['words']}"
            for one in stretches[:10]
        ]
        return format_html(
            '<details class="pw-why"><summary>{}</summary><p>{}</p><p>{}</p></details>',
            showing_power.why_words(record.why),
            "；".join(words),
            "；".join(notes),
        )

    def value_why(self, record: PowerCheck) -> str:
        """The sentence and what it rests on."""
        return "；".join([showing_power.why_words(record.why), *showing_power.notes_of(record.why)])


class CheckFilter(lists.LedgerFilter):
    """Filters of results of an order."""

    shown = 3
    q = lists.SearchFilter(["load__source__name", "load__source__uscc", "load__unit__name", "load__unit__number"])
    outcome = django_filters.ChoiceFilter(label=_("Result"), choices=CheckOutcome.choices)
    within = WithinFilter("load__source__region")


class RejectTable(lists.LedgerTable):
    """Refused readings."""

    phone = "cards"
    received_at = lists.DateColumn(verbose_name=_("Came at"))
    door = tables.Column(verbose_name=_("Door"))
    name = tables.Column(verbose_name=_("Came with"))
    row = tables.Column(verbose_name=_("Row"))
    number = tables.Column(verbose_name=_("Number of the meter"))
    reason = tables.Column(verbose_name=_("Reason"))
    text = lists.ClampColumn(verbose_name=_("Content"), orderable=False)
    taken_at = lists.DateColumn(verbose_name=_("Taken after all at"))

    class Meta(lists.LedgerTable.Meta):
        model = PowerReject
        fields = ("received_at", "door", "name", "row", "number", "reason", "text", "taken_at")
        order_by = ("-received_at",)

    def render_reason(self, record: PowerReject) -> str:
        """The sentence."""
        return told(record.places) or record.reason

    def value_reason(self, record: PowerReject) -> str:
        """The same in Excel."""
        return told(record.places) or record.reason


class RejectFilter(lists.LedgerFilter):
    """Filters of refused readings."""

    shown = 4
    q = lists.SearchFilter(["number", "name", "text"])
    door = django_filters.ChoiceFilter(label=_("Door"), choices=PowerDoor.choices)
    reason = django_filters.CharFilter(label=_("Code of the reason"))
    open = django_filters.ChoiceFilter(
        label=_("State"), choices=(("1", _("Open")), ("0", _("Taken after all"))), method="in_state"
    )

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        """Open or taken."""
        return rows.filter(taken_at__isnull=value == "1")


class MeterKeyTable(lists.LedgerTable):
    """Keys of senders."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Sender"))
    prefix = tables.Column(verbose_name=_("Begins with"))
    region = tables.Column(verbose_name=_("Region"))
    covers = tables.Column(verbose_name=_("Meters"), orderable=False, empty_values=())
    created_at = lists.DateColumn(verbose_name=_("Made at"))
    expires_at = lists.DateColumn(verbose_name=_("Valid until"))
    last_used_at = lists.DateColumn(verbose_name=_("Last used"))
    revoked_at = lists.DateColumn(verbose_name=_("Revoked at"))
    actions = lists.ActionsColumn(lambda record: key_links(record))

    class Meta(lists.LedgerTable.Meta):
        model = MeterKey
        fields = (
            "name", "prefix", "region", "covers", "created_at", "expires_at", "last_used_at", "revoked_at", "actions",
        )  # fmt: skip

    def render_prefix(self, value: str) -> str:
        """As it begins."""
        return f"ltm_{value}…"

    def render_covers(self, record: MeterKey) -> str:
        """The meters, or all of the place."""
        found = [meter.number for meter in record.meters.all()]
        return "、".join(found) if found else __("All of the place")

    def value_covers(self, record: MeterKey) -> str:
        """The same in Excel."""
        return self.render_covers(record)


def key_links(record: MeterKey) -> list[dict[str, Any]]:
    """What can be done with a key."""
    if record.revoked_at is not None:
        return []
    url = reverse("monitoring:power_key_revoke", args=[record.pk])
    return [{"label": _("Revoke"), "url": url, "icon": "key-off"}]
