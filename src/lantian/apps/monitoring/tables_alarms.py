"""The list of alarms, with its filters."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import (
    BadgeColumn,
    DateColumn,
    DayInput,
    LedgerFilter,
    LedgerTable,
    LongSelect,
    NumberColumn,
    SearchFilter,
)
from lantian.apps.core.models import Organisation
from lantian.apps.monitoring.access import MONITORING_VIEW
from lantian.apps.monitoring.alarm_words import factor_words, rule_words
from lantian.apps.monitoring.choices_alarms import (
    SEVERITY_TONES,
    STATE_TONES,
    VERDICT_TONES,
    AlarmCause,
    AlarmState,
    Severity,
    Verdict,
)
from lantian.apps.monitoring.models import Alarm
from lantian.apps.sources.filters_lists import PlaceFilter
from lantian.apps.sources.models import Source
from lantian.rules.monitoring.alarms import life

#: what the filter of states offers besides the states themselves
ALL, OVERDUE, LASTING = "all", "overdue", "lasting"
STATES = (
    *AlarmState.choices,
    (OVERDUE, _("Answer overdue")),
    (LASTING, _("Still going on")),
    (ALL, _("All, closed ones included")),
)


def overdue(rows: Any) -> Any:
    """Alarms whose enterprise has not answered in time."""
    return rows.filter(
        due_at__lt=timezone.now(), answered_at__isnull=True, state__in=sorted(life.PENDING)
    )


class AlarmFilter(LedgerFilter):
    """Filters of the list of alarms."""

    shown: ClassVar[int] = 5
    q = SearchFilter(
        ["source__name", "device__mn", "device__name", "unit__name", "unit__number", "rule", "factor"],
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "inputmode": "search",
                "placeholder": _("Source, device, rule or factor"),
            }
        ),
    )
    state = django_filters.ChoiceFilter(
        label=_("State"), choices=STATES, method="by_state", empty_label=_("All that are not closed")
    )
    cause = django_filters.ChoiceFilter(label=_("Cause of the alarm"), choices=AlarmCause.choices)
    severity = django_filters.ChoiceFilter(label=_("Severity"), choices=Severity.choices)
    region = PlaceFilter()
    source = django_filters.ModelChoiceFilter(
        label=_("Source concerned"), queryset=Source.objects.none(), widget=LongSelect()
    )
    department = django_filters.ModelChoiceFilter(
        label=_("Responsible department"),
        field_name="source__department",
        queryset=Organisation.objects.none(),
    )
    rule = django_filters.CharFilter(label=_("Rule"), lookup_expr="iexact")
    verdict = django_filters.ChoiceFilter(label=_("Verdict of the alarm"), choices=Verdict.choices)
    since = django_filters.DateFilter(label=_("Raised from"), widget=DayInput(), method="by_since")
    until = django_filters.DateFilter(label=_("Raised to"), widget=DayInput(), method="by_until")

    class Meta:
        model = Alarm
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        user: Any = self.request.user if self.request is not None else None
        known = Alarm.objects.visible_to(user, MONITORING_VIEW).order_by()
        sources = Source.objects.filter(pk__in=known.values("source"))
        self.filters["source"].queryset = sources.order_by("name", "pk")
        units = sources.exclude(department=None).values("department")
        self.filters["department"].queryset = Organisation.objects.filter(pk__in=units).order_by("path")

    def by_state(self, qs: Any, _name: str, value: str) -> Any:
        """A state, or what its columns say besides."""
        if value == ALL:
            return qs
        if value == OVERDUE:
            return overdue(qs)
        if value == LASTING:
            return qs.filter(end__isnull=True)
        return qs.filter(state=value)

    def filter_queryset(self, queryset: Any) -> Any:
        """What is closed is shown on request only."""
        rows = super().filter_queryset(queryset)
        given = self.form.cleaned_data
        if not given.get("state") and not given.get("verdict"):
            rows = rows.exclude(state=AlarmState.CLOSED)
        return rows

    def by_since(self, qs: Any, _name: str, value: Any) -> Any:
        """What was raised on the day or later."""
        return qs.filter(opened_at__gte=display.begins(value))

    def by_until(self, qs: Any, _name: str, value: Any) -> Any:
        """What was raised on the day or before."""
        return qs.filter(opened_at__lt=display.ends(value))


def badge(words: Any, tone: str) -> SafeString:
    """A short word in a box."""
    return render_to_string("lantian/components/badge.html", {"label": words, "tone": tone, "icon": ""})


class AlarmTable(LedgerTable):
    """Alarms, the gravest and latest first."""

    phone: ClassVar[str] = "cards"
    place = tables.Column(
        verbose_name=_("Where"),
        accessor="place_words",
        order_by=("source__name", "-begin", "pk"),
        attrs={"td": {"class": "lt-col-title"}},
    )
    severity = BadgeColumn(
        SEVERITY_TONES, verbose_name=_("Severity"), order_by=("severity", "-begin", "pk")
    )
    cause = tables.Column(verbose_name=_("Cause of the alarm"), order_by=("cause", "rule", "-begin", "pk"))
    outlet = tables.Column(verbose_name=_("Outlet or device"), accessor="pk", orderable=False)
    region = tables.Column(
        verbose_name=_("Region"), order_by=("region_id", "-begin", "pk"), attrs={"td": {"class": "al-wide"}}
    )
    begin = DateColumn(verbose_name=_("Began at"), order_by=("begin", "pk"))
    end = DateColumn(verbose_name=_("Ended at"), order_by=("end", "pk"), empty_values=())
    count = NumberColumn(
        verbose_name=_("Times found"), order_by=("count", "pk"), attrs={"th": {"class": "lt-num"}, "td": {"class": "lt-num al-wide"}}
    )
    state = BadgeColumn(STATE_TONES, verbose_name=_("State"), order_by=("state", "-begin", "pk"))
    due_at = DateColumn(verbose_name=_("Answer due"), order_by=("due_at", "pk"))
    verdict = BadgeColumn(VERDICT_TONES, verbose_name=_("Verdict of the alarm"), order_by=("verdict", "pk"))

    class Meta(LedgerTable.Meta):
        model = Alarm
        fields = (
            "place",
            "severity",
            "cause",
            "outlet",
            "region",
            "begin",
            "end",
            "count",
            "state",
            "due_at",
            "verdict",
        )

    def render_place(self, value: str, record: Alarm) -> SafeString:
        """The way to the alarm."""
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), value)

    def render_cause(self, value: str, record: Alarm) -> SafeString:
        """Cause with rule and factor."""
        return format_html('{}<span class="al-sub">{}</span>', value, what_words(record))

    def value_cause(self, record: Alarm) -> str:
        """The same in one line."""
        return " ".join(filter(None, (record.get_cause_display(), what_words(record))))

    def render_outlet(self, record: Alarm) -> str:
        """The outlet, or the device."""
        return outlet_words(record)

    def value_outlet(self, record: Alarm) -> str:
        """The same."""
        return outlet_words(record)

    def render_end(self, value: Any, record: Alarm) -> Any:
        """A moment, or that it goes on."""
        return display.campaign_date(value) if value else badge(__("going on"), "red")

    def value_end(self, value: Any) -> Any:
        """Excel gets a date."""
        if value is None:
            return __("going on")
        return value.astimezone(display.CAMPAIGN_TIME).replace(tzinfo=None)

    def render_due_at(self, value: datetime, record: Alarm) -> SafeString | str:
        """Red where it has passed without an answer."""
        words = display.campaign_date(value)
        if record.answered_at is None and value < timezone.now() and record.state in life.PENDING:
            return format_html('<span class="al-late">{}</span>', words)
        return words


def what_words(row: Alarm) -> str:
    """Rule and factor of an alarm."""
    return " ".join(filter(None, (rule_words(row.rule) if row.rule else "", factor_words(row.factor))))


def outlet_words(row: Alarm) -> str:
    """The monitored point of an alarm, or its unit, or how many devices an outage has."""
    if row.storm:
        return __("%(n)s devices") % {"n": row.count}
    return str(row.device or row.unit or display.ABSENT)


#: the gravest first, then the latest
ORDER = (F("severity").asc(), F("begin").desc(), F("pk").desc())
