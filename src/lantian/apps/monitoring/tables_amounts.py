"""Lists of amounts by enterprise and of permitted amounts, with their filters."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django import forms
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import LedgerFilter, LedgerTable, NumberColumn, SearchFilter
from lantian.apps.monitoring.choices_amounts import LABELS, POLLUTANTS, AmountStanding
from lantian.apps.monitoring.models import PermittedAmount
from lantian.apps.monitoring.showing_amounts import Row
from lantian.apps.monitoring.tables_alarms import badge
from lantian.apps.monitoring.tables_devices import SourcePlaceFilter
from lantian.apps.sources.filters_lists import PlaceFilter
from lantian.apps.sources.models import Source


def years() -> list[tuple[int, str]]:
    """Years to choose from, the running one first."""
    this = display.campaign_today().year
    return [(year, str(year)) for year in range(this, this - 6, -1)]


def year_of(given: Any) -> int:
    """The year that was asked for; the running one if none, or none that can be."""
    text = str(given or "")
    return int(text) if text in {str(year) for year, _words in years()} else display.campaign_today().year


class AmountFilter(LedgerFilter):
    """Filters of the list by enterprise; year, pollutant and state concern what is added up, not the enterprises."""

    shown: ClassVar[int] = 5
    q = SearchFilter(
        ["name", "uscc"],
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("Name or credit code")}
        ),
    )
    year = django_filters.ChoiceFilter(label=_("Year"), choices=(), method="later", empty_label=_("This year"))
    factor = django_filters.ChoiceFilter(label=_("Pollutant"), choices=POLLUTANTS, method="later")
    standing = django_filters.ChoiceFilter(label=_("Against the permit"), choices=AmountStanding.choices, method="later")
    region = PlaceFilter()

    class Meta:
        model = Source
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = years()

    def later(self, qs: Any, _name: str, _value: Any) -> Any:
        """The page looks at it once the amounts are added up."""
        return qs


class AmountTable(LedgerTable):
    """A row for each enterprise and pollutant."""

    phone: ClassVar[str] = "cards"
    name = tables.Column(
        verbose_name=_("Pollution source"), accessor="source__name", order_by=("source__name", "factor"),
        attrs={"td": {"class": "lt-col-title"}},
    )  # fmt: skip
    region = tables.Column(verbose_name=_("Region"), accessor="source__region__name", default=display.ABSENT)
    pollutant = tables.Column(verbose_name=_("Pollutant"), order_by=("factor",))
    standing = tables.Column(verbose_name=_("Against the permit"), orderable=False)
    year_t = NumberColumn("t", verbose_name=_("Year so far"))
    permitted_t = NumberColumn("t/a", verbose_name=_("Permitted amount"))
    share = NumberColumn("%", verbose_name=_("Share of the permit used"))
    pace = NumberColumn(verbose_name=_("Pace"))
    month_t = NumberColumn("t", verbose_name=_("Month so far"))
    yesterday_kg = NumberColumn("kg", verbose_name=_("Yesterday"))
    measured = NumberColumn(verbose_name=_("Hours measured"))
    substituted = NumberColumn(verbose_name=_("Hours substituted"))
    open = NumberColumn(verbose_name=_("Hours missing"))
    first = tables.Column(verbose_name=_("Counted from"))
    last = tables.Column(verbose_name=_("Counted to"))

    def render_name(self, value: str, record: Row) -> SafeString:
        """The way to its amounts."""
        return format_html('<a href="{}">{}</a>', reverse("monitoring:enterprise_amounts", args=[record.source.pk]), value)

    def render_standing(self, record: Row) -> SafeString:
        """Its word."""
        return badge(record.standing.label, record.tone)

    def value_standing(self, record: Row) -> str:
        """The same for Excel."""
        return str(record.standing.label)

    def render_first(self, value: date) -> str:
        """A day."""
        return f"{value:%Y-%m-%d}"

    def value_first(self, value: date) -> date:
        """Excel gets a date."""
        return value

    def render_last(self, value: date) -> str:
        """A day."""
        return f"{value:%Y-%m-%d}"

    def value_last(self, value: date) -> date:
        """Excel gets a date."""
        return value


class PermittedFilter(LedgerFilter):
    """Filters of the list of permitted amounts."""

    q = SearchFilter(
        ["source__name", "source__uscc", "unit__number", "basis"],
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "placeholder": _("Source, outlet or permit")}
        ),
    )
    year = django_filters.ChoiceFilter(label=_("Holds in"), choices=(), method="by_year", empty_label=_("All years"))
    factor = django_filters.ChoiceFilter(label=_("Pollutant"), choices=POLLUTANTS)
    region = SourcePlaceFilter()

    class Meta:
        model = PermittedAmount
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = years()

    def by_year(self, qs: Any, _name: str, value: str) -> Any:
        """Those that hold in the year."""
        return qs.filter(first_year__lte=int(value)).filter(Q(last_year__isnull=True) | Q(last_year__gte=int(value)))


class PermittedTable(LedgerTable):
    """Permitted amounts."""

    phone: ClassVar[str] = "cards"
    source = tables.Column(
        verbose_name=_("Pollution source"), accessor="source__name", order_by=("source__name", "factor", "first_year"),
        attrs={"td": {"class": "lt-col-title"}},
    )  # fmt: skip
    unit = tables.Column(verbose_name=_("Outlet"), empty_values=(), order_by=("unit__number", "pk"))
    factor = tables.Column(verbose_name=_("Pollutant"))
    tonnes = NumberColumn("t/a", verbose_name=_("Permitted amount"))
    years = tables.Column(verbose_name=_("Holds for years"), empty_values=(), order_by=("first_year", "pk"))
    basis = tables.Column(verbose_name=_("Document and clause"))

    def render_source(self, value: str, record: PermittedAmount) -> SafeString:
        """The way to its amounts."""
        return format_html(
            '<a href="{}">{}</a>', reverse("monitoring:enterprise_amounts", args=[record.source_id]), value
        )

    def render_unit(self, record: PermittedAmount) -> str:
        """The outlet, or that it is the whole enterprise."""
        return str(record.unit) if record.unit is not None else __("Whole enterprise")

    def render_factor(self, record: PermittedAmount) -> str:
        """Its name."""
        return str(LABELS.get(record.factor, record.factor))

    def render_years(self, record: PermittedAmount) -> str:
        """From and to."""
        return years_words(record)


def years_words(row: PermittedAmount) -> str:
    """Years of a permitted amount."""
    if row.last_year is None:
        return __("from %(year)s on") % {"year": row.first_year}
    return f"{row.first_year}–{row.last_year}" if row.last_year != row.first_year else str(row.first_year)
