"""The table of what a check of lists finds, and its filters."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import ActionsColumn, LedgerFilter, LedgerTable, SearchFilter
from lantian.apps.core.models import Organisation
from lantian.apps.sources.filters_lists import PlaceFilter, TownFilter, TradeFilter
from lantian.apps.sources.kinds import source_kind, unit_kind
from lantian.apps.sources.models import Source
from lantian.rules.sources.lists import list_book


class CheckFilter(LedgerFilter):
    """Filters of the sources that a check finds."""

    shown: ClassVar[int] = 4

    search = SearchFilter(
        ["name", "uscc"],
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "inputmode": "search"}),
    )
    region = PlaceFilter()
    department = django_filters.ModelChoiceFilter(
        label=_("Responsible department"), queryset=Organisation.objects.none()
    )
    kind = django_filters.ChoiceFilter(label=_("Kind of source"), choices=())
    town = TownFilter()
    trade = TradeFilter(label=_("Trade code"))

    class Meta:
        model = Source
        fields = ("search", "region", "department", "kind", "town", "trade")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from lantian.apps.sources.kinds import source_kinds

        super().__init__(*args, **kwargs)
        self.filters["kind"].extra["choices"] = source_kinds()
        self.filters["department"].queryset = Organisation.objects.filter(
            pk__in=Source.objects.order_by().values("department").distinct()
        ).order_by("path")


def lacking_words(keys: Any) -> str:
    """Facts that would decide, in words."""
    book = list_book().fields
    return "、".join(book[key].label if key in book else key for key in dict.fromkeys(keys))


class CheckTable(LedgerTable):
    """Sources that a check finds, each with what was found of it."""

    phone: ClassVar[str] = "cards"
    name = tables.Column(
        verbose_name=_("Name"), order_by=("name", "pk"), linkify=True, attrs={"td": {"class": "lt-col-title"}}
    )
    kind = tables.Column(verbose_name=_("Kind of source"), order_by=("kind", "name"))
    what = tables.Column(verbose_name=_("What it is about"), accessor="pk", orderable=False)
    region = tables.Column(verbose_name=_("Region"), order_by=("region_id", "name"))
    department = tables.Column(verbose_name=_("Responsible department"), order_by=("department_id", "name"))
    trade = tables.Column(verbose_name=_("Trade code"), order_by=("trade", "name"))
    industry = tables.Column(verbose_name=_("Industry of the document"), accessor="pk", orderable=False)
    basis = tables.Column(verbose_name=_("Document and item"), accessor="pk", orderable=False)
    verify = tables.Column(verbose_name=_("To be verified"), accessor="pk", orderable=False)
    steps = ActionsColumn(lambda record: record.steps)

    class Meta(LedgerTable.Meta):
        model = Source
        fields = (
            "name", "kind", "what", "region", "department", "trade", "industry", "basis", "verify", "steps"
        )  # fmt: skip

    def render_kind(self, value: str) -> str:
        """In words."""
        return source_kind(value)

    def value_kind(self, value: str) -> str:
        """In words."""
        return source_kind(value)

    def value_what(self, record: Any) -> str:
        """The units, or the source itself."""
        units = dict.fromkeys(one.unit for one in record.found if one.unit is not None)
        words = [f"{unit_kind(unit.kind)} {unit.number} {unit.name}".strip() for unit in units]
        if any(one.unit is None for one in record.found):
            words.insert(0, __("The source itself"))
        return "、".join(words) or display.ABSENT

    def render_what(self, record: Any) -> SafeString:
        """The units, three in sight."""
        words = self.value_what(record).split("、")
        shown = format_html_join("", "<div>{}</div>", ((word,) for word in words[:3]))
        if len(words) <= 3:
            return shown
        rest = format_html_join("", "<div>{}</div>", ((word,) for word in words[3:]))
        more = __("and %(count)s more") % {"count": len(words) - 3}
        return format_html("{}<details><summary>{}</summary>{}</details>", shown, more, rest)

    def value_industry(self, record: Any) -> str:
        """As the document names it."""
        words = dict.fromkeys(one.finding.industry for one in record.found if one.finding.industry)
        return "、".join(words) or display.ABSENT

    render_industry = value_industry

    def value_basis(self, record: Any) -> str:
        """The number of each document with the item."""
        return "；".join(record.basis)

    render_basis = value_basis

    def value_verify(self, record: Any) -> str:
        """The facts that would decide; empty where all that was found is certain."""
        if any(one.finding.certain for one in record.found):
            return display.ABSENT
        return lacking_words(key for one in record.found for key in one.finding.lacking)

    render_verify = value_verify
