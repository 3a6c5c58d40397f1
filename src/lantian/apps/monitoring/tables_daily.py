"""Lists of warnings, of daily reports, and of the enterprises in one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display, lists
from lantian.apps.core.models import Region
from lantian.apps.monitoring.choices_daily import (
    LEVEL_TONES,
    REPORT_TONES,
    RUNNING_TONES,
    VERIFIED,
    ReportPart,
    ReportState,
    Running,
    WarningLevel,
)
from lantian.apps.monitoring.models import DailyReport, DailyReportRow, PollutionWarning
from lantian.apps.monitoring.tables_devices import SourcePlaceFilter
from lantian.apps.sources.filters_lists import PlaceChoice

#: what nobody has verified, as a filter of the rows
OPEN = "open"


class PlaceFilter(django_filters.ModelChoiceFilter):
    """Rows of a place or below it."""

    field_class = PlaceChoice

    def __init__(self, **kwargs: Any) -> None:
        rows = Region.objects.filter(valid_to__isnull=True).order_by("path")
        super().__init__(label=_("Region"), queryset=rows, **kwargs)

    def filter(self, qs: Any, value: Any) -> Any:
        """The place and those below."""
        return qs.filter(region__path__startswith=value.path) if value else qs


def holds_words(row: PollutionWarning, now: datetime) -> tuple[Any, str]:
    """Whether a warning holds, in words and with a tone."""
    if row.begin > now:
        return _("Not yet in force"), "blue"
    if row.end is None or row.end > now:
        return _("Warning in force"), "red"
    if hasattr(row, "followed_by"):
        return _("Level changed"), "grey"
    return _("Warning over"), "grey"


class WarningTable(lists.LedgerTable):
    """Warnings."""

    phone = "cards"
    region = tables.Column(verbose_name=_("Region"), order_by="region__name")
    level = lists.BadgeColumn(verbose_name=_("Level of the warning"), tones=LEVEL_TONES)
    holds = tables.Column(verbose_name=_("State"), empty_values=(), orderable=False)
    begin = lists.DateColumn(verbose_name=_("Warning begins"))
    end = lists.DateColumn(verbose_name=_("Warning ends"))
    document = tables.Column(verbose_name=_("Document number"))
    end_document = tables.Column(verbose_name=_("Document of the lifting"))

    class Meta(lists.LedgerTable.Meta):
        model = PollutionWarning
        fields = ("region", "level", "holds", "begin", "end", "document", "end_document")
        order_by = ("-begin",)

    def render_region(self, record: PollutionWarning) -> SafeString:
        """Its page."""
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), record.region.name)

    def value_region(self, record: PollutionWarning) -> str:
        """The name."""
        return str(record.region.name)

    def render_holds(self, record: PollutionWarning) -> SafeString:
        """In a box."""
        label, tone = holds_words(record, timezone.now())
        return format_html('<span class="badge lt-badge lt-badge-{}">{}</span>', tone, label)

    def value_holds(self, record: PollutionWarning) -> str:
        """The words."""
        return str(holds_words(record, timezone.now())[0])


class WarningFilter(lists.LedgerFilter):
    """Filters of warnings."""

    q = lists.SearchFilter(["document", "end_document", "region__name"])
    region = PlaceFilter()
    level = django_filters.ChoiceFilter(label=_("Level of the warning"), choices=WarningLevel.choices)
    holds = django_filters.ChoiceFilter(
        label=_("State"), choices=(("now", _("Warning in force")), ("over", _("Warning over"))), method="by_holds"
    )
    begin_from = lists.DayFromFilter("begin__date", label=_("Begins on or after"))
    begin_to = lists.DayToFilter("begin__date", label=_("Begins on or before"))

    class Meta:
        model = PollutionWarning
        fields: ClassVar[list[str]] = []

    def by_holds(self, qs: Any, _name: str, value: str) -> Any:
        """Those that hold now, or are over."""
        now = timezone.now()
        holds = Q(end__isnull=True) | Q(end__gt=now)
        return qs.filter(holds, begin__lte=now) if value == "now" else qs.filter(end__lte=now)


def state_words(report: DailyReport) -> list[tuple[Any, str]]:
    """State of a report with what must be said beside it: late, sent by the house, a correction."""
    found: list[tuple[Any, str]] = [(report.get_state_display(), REPORT_TONES[report.state])]
    if report.late:
        found.append((_("Reported late"), "red") if report.sent_at else (_("Overdue"), "red"))
    if report.by_house:
        found.append((_("Reported by the house"), "orange"))
    if report.version > 1:
        found.append((_("Correction"), "blue"))
    return found


class ReportTable(lists.LedgerTable):
    """Reports."""

    phone = "cards"
    day = tables.Column(verbose_name=_("Day of the report"))
    region = tables.Column(verbose_name=_("Region"), order_by="region__name")
    part = tables.Column(verbose_name=_("Kind of form"))
    version = tables.Column(verbose_name=_("Version"))
    state = tables.Column(verbose_name=_("State"))
    enterprises = lists.NumberColumn(verbose_name=_("Enterprises"))
    unverified = lists.NumberColumn(verbose_name=_("Not verified"))
    exceeding = lists.NumberColumn(verbose_name=_("Above the limit"))
    due_at = lists.DateColumn(verbose_name=_("Due at"))
    sent_at = lists.DateColumn(verbose_name=_("Reported at"))

    class Meta(lists.LedgerTable.Meta):
        model = DailyReport
        fields = (
            "day", "region", "part", "version", "state", "enterprises", "unverified", "exceeding", "due_at", "sent_at",
        )  # fmt: skip
        order_by = ("-day",)

    def render_day(self, record: DailyReport) -> SafeString:
        """Its page."""
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), record.day.isoformat())

    def value_day(self, record: DailyReport) -> Any:
        """The day itself."""
        return record.day

    def render_state(self, record: DailyReport) -> SafeString:
        """In boxes."""
        boxes = "".join(
            format_html('<span class="badge lt-badge lt-badge-{}">{}</span> ', tone, label) for label, tone in state_words(record)
        )
        return format_html('<span class="dr-boxes">{}</span>', SafeString(boxes))

    def value_state(self, record: DailyReport) -> str:
        """The words."""
        return "、".join(str(label) for label, _tone in state_words(record))


class ReportFilter(lists.LedgerFilter):
    """Filters of reports."""

    shown = 5
    region = PlaceFilter()
    state = django_filters.ChoiceFilter(label=_("State"), choices=ReportState.choices)
    day_from = lists.DayFromFilter("day", label=_("From day"))
    day_to = lists.DayToFilter("day", label=_("To day"))
    late = django_filters.ChoiceFilter(
        label=_("Sending"),
        choices=(("late", _("Late or overdue")), ("house", _("Reported by the house")), ("corrected", _("With corrections"))),
        method="by_sending",
    )
    part = django_filters.ChoiceFilter(label=_("Kind of form"), choices=ReportPart.choices)

    class Meta:
        model = DailyReport
        fields: ClassVar[list[str]] = []

    def by_sending(self, qs: Any, _name: str, value: str) -> Any:
        """How it went out."""
        if value == "late":
            return qs.filter(Q(sent_at__gt=F("due_at")) | Q(sent_at__isnull=True, due_at__lt=timezone.now()))
        return qs.filter(by_house=True) if value == "house" else qs.filter(version__gt=1)


class AmountColumn(lists.NumberColumn):
    """Kilograms with the hours that they rest on."""

    def __init__(self, pollutant: str, **extra: Any) -> None:
        super().__init__(unit="kg", **extra)
        self.pollutant = pollutant

    def render(self, value: Any, record: DailyReportRow) -> SafeString:
        """Both."""
        hours = getattr(record, f"{self.pollutant}_hours")
        said = __("%(n)s h") % {"n": hours}
        return format_html('{}<small class="mo-sub">{}</small>', display.number(value), said)


class RowTable(lists.LedgerTable):
    """Enterprises in a report."""

    phone = "cards"
    name = tables.Column(verbose_name=_("Enterprise"))
    state = lists.BadgeColumn(verbose_name=_("By the data"), tones=RUNNING_TONES)
    verified = tables.Column(verbose_name=_("Verified"), empty_values=())
    exceeded = lists.NumberColumn(verbose_name=_("Hours above the limit"))
    dust_kg = AmountColumn("dust", verbose_name=_("Particles"))
    so2_kg = AmountColumn("so2", verbose_name="SO2")
    nox_kg = AmountColumn("nox", verbose_name="NOx")
    nmhc_kg = AmountColumn("nmhc", verbose_name=_("Non-methane hydrocarbons"))
    came = tables.Column(verbose_name=_("Hours transmitted"))
    alarms = lists.NumberColumn(verbose_name=_("Open alarms"))

    class Meta(lists.LedgerTable.Meta):
        model = DailyReportRow
        fields = (
            "name", "state", "verified", "exceeded", "dust_kg", "so2_kg", "nox_kg", "nmhc_kg", "came", "alarms",
        )  # fmt: skip

    def render_name(self, record: DailyReportRow) -> SafeString:
        """Its page, and where it is."""
        url = reverse("monitoring:enterprise", args=[record.source_id])
        return format_html('<a href="{}">{}</a><span class="mo-sub">{}</span>', url, record.name, record.place)

    def render_verified(self, record: DailyReportRow) -> SafeString:
        """State, who, when, remark; or that nobody has."""
        if not record.verified:
            return format_html('<span class="badge lt-badge lt-badge-orange">{}</span>', __("Not verified"))
        who = record.verified_by.display_name if record.verified_by is not None else __("The house")
        return format_html(
            '<span class="badge lt-badge lt-badge-{}">{}</span><span class="mo-sub">{} {}</span>{}',
            RUNNING_TONES[record.verified], record.get_verified_display(), who, display.campaign_date(record.verified_at),
            format_html('<span class="mo-sub">{}</span>', record.remark) if record.remark else "",
        )  # fmt: skip

    def render_exceeded(self, record: DailyReportRow) -> SafeString:
        """Hours, and daily means of points that are judged by the day."""
        css = "mo-over" if record.exceeded or record.exceeded_days else ""
        days = (
            format_html('<small class="mo-sub">{}</small>', __("%(n)s daily means") % {"n": record.exceeded_days})
            if record.exceeded_days
            else ""
        )
        return format_html('<span class="{}">{}</span>{}', css, record.exceeded, days)

    def render_came(self, record: DailyReportRow) -> SafeString:
        """Of those due, and how many it stood still."""
        still = (
            format_html('<small class="mo-sub">{}</small>', __("stopped %(n)s h") % {"n": record.stopped})
            if record.stopped
            else ""
        )
        return format_html("{} / {}{}", record.came, record.due, still)


class RowFilter(lists.LedgerFilter):
    """Filters of the enterprises in a report."""

    q = lists.SearchFilter(["name", "remark"])
    region = SourcePlaceFilter()
    state = django_filters.ChoiceFilter(label=_("By the data"), choices=Running.choices)
    verified = django_filters.ChoiceFilter(
        label=_("Verified"), choices=((OPEN, _("Not verified")), *VERIFIED), method="by_verified"
    )
    exceeding = django_filters.ChoiceFilter(
        label=_("Above the limit"), choices=(("yes", _("Yes")), ("no", _("No"))), method="by_exceeding"
    )

    class Meta:
        model = DailyReportRow
        fields: ClassVar[list[str]] = []

    def by_verified(self, qs: Any, _name: str, value: str) -> Any:
        """Those in a state, or open."""
        return qs.filter(verified="" if value == OPEN else value)

    def by_exceeding(self, qs: Any, _name: str, value: str) -> Any:
        """Those above a limit, or not."""
        above = Q(exceeded__gt=0) | Q(exceeded_days__gt=0)
        return qs.filter(above) if value == "yes" else qs.exclude(above)
