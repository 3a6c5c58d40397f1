"""Tables of the entries of a list, and of all sources."""

from __future__ import annotations

from typing import Any, ClassVar

import django_tables2 as tables
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import BadgeColumn, DateColumn, LedgerTable
from lantian.apps.sources.choices import TONES, EntryState
from lantian.apps.sources.facts import SOURCE_COLUMN
from lantian.apps.sources.kinds import source_kind
from lantian.apps.sources.models import ListEntry, Source
from lantian.apps.sources.showing import shown
from lantian.rules.sources.fields import NUMBERS, ListField, Scope
from lantian.rules.sources.lists import ListType

STATE_TONES = {**{str(key): tone for key, tone in TONES.items()}, EntryState.REMOVED.value: "grey"}
#: facts that have a column of their own in every list
FIXED = frozenset(
    {"name", "list_number", "trade", "region_code", "state", "uscc", "site_number", "permit_number", "street"}
)


class FactColumn(tables.Column):
    """A fact out of the values of the source, the unit or the entry."""

    def __init__(self, fact: ListField, **extra: Any) -> None:
        number = fact.kind in NUMBERS
        attrs = {"th": {"class": "lt-num"}, "td": {"class": "lt-num"}} if number else {}
        head = f"{fact.label} ({fact.unit})" if fact.unit else fact.label
        super().__init__(verbose_name=head, empty_values=(), orderable=False, attrs=attrs, **extra)
        self.fact = fact

    def words(self, record: ListEntry) -> str:
        """The fact of a row."""
        fact = self.fact
        if fact.scope is Scope.SOURCE:
            column = SOURCE_COLUMN.get(fact.key)
            value = getattr(record.source, column) if column else record.source.values.get(fact.key)
        elif fact.scope is Scope.UNIT:
            value = record.unit.values.get(fact.key) if record.unit is not None else None
        else:
            value = record.values.get(fact.key)
        return shown(fact, value)

    def render(self, record: ListEntry) -> SafeString | str:
        """Write it; long texts are cut after two lines."""
        words = self.words(record)
        if len(words) > 24:
            return format_html('<span class="lt-clamp" title="{}">{}</span>', words, words)
        return words

    def value(self, record: ListEntry) -> str:
        """Excel gets the words."""
        return self.words(record)


def fact_columns(type_: ListType, more: ListField | None = None) -> list[tuple[str, tables.Column]]:
    """Columns for what a list must have and the fixed ones do not show, and for the field that is filtered by."""
    fields = [one for one in type_.required if one.key not in FIXED and one.key != "name"]
    if more is not None and more not in fields:
        fields.append(more)
    return [(f"fact_{one.key}", FactColumn(one)) for one in fields]


class EntryTable(LedgerTable):
    """The ledger of a list."""

    phone: ClassVar[str] = "cards"
    choose = tables.Column(
        verbose_name="",
        accessor="pk",
        orderable=False,
        exclude_from_export=True,
        attrs={"th": {"class": "so-choose"}, "td": {"class": "so-choose"}},
    )
    number = tables.Column(verbose_name=_("No."), order_by=("number", "pk"))
    name = tables.Column(
        verbose_name=_("Name"), order_by=("name", "pk"), attrs={"td": {"class": "lt-col-title"}}
    )
    unit_name = tables.Column(verbose_name=_("Unit"), order_by=("unit_name", "pk"))
    region = tables.Column(verbose_name=_("Region"), order_by=("region_id", "name"))
    town = tables.Column(verbose_name=_("Town or street"), order_by=("town_id", "name"))
    trade = tables.Column(verbose_name=_("Trade code"), order_by=("trade", "name"))
    status = BadgeColumn(STATE_TONES, verbose_name=_("Running or stopped"), order_by=("status", "name"))
    state = BadgeColumn(STATE_TONES, verbose_name=_("State on the list"), order_by=("state", "source_id", "unit_id", "pk"))
    changed_at = DateColumn(verbose_name=_("Changed"), order_by=("changed_at", "pk"))

    class Meta(LedgerTable.Meta):
        model = ListEntry
        fields = (
            "choose",
            "number",
            "name",
            "unit_name",
            "region",
            "town",
            "trade",
            "status",
            "state",
            "changed_at",
        )
        sequence = (
            "choose",
            "number",
            "name",
            "unit_name",
            "region",
            "town",
            "trade",
            "status",
            "...",
            "state",
            "changed_at",
        )

    def render_choose(self, value: Any, record: ListEntry) -> SafeString:
        """A box to choose the row by."""
        return format_html(
            '<input class="form-check-input" type="checkbox" name="row" value="{}" form="so-bulk" aria-label="{}">',
            value,
            record.name,
        )

    def render_name(self, value: str, record: ListEntry) -> SafeString:
        """The way to the entry."""
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), value)

    def render_town(self, record: ListEntry) -> str:
        """The office, or the word of the record where none is known."""
        if record.town is not None:
            return record.town.name
        return str(record.source.values.get("street") or display.ABSENT)


class SourceTable(LedgerTable):
    """All sources."""

    phone: ClassVar[str] = "cards"
    name = tables.Column(
        verbose_name=_("Name"),
        order_by=("name", "pk"),
        linkify=True,
        attrs={"td": {"class": "lt-col-title"}},
    )
    kind = tables.Column(verbose_name=_("Kind of source"), order_by=("kind", "name"))
    uscc = tables.Column(verbose_name=_("Unified social credit code"), order_by=("uscc", "pk"))
    region = tables.Column(verbose_name=_("Region"), order_by=("region_id", "kind", "pk"))
    town = tables.Column(verbose_name=_("Town or street"), orderable=False)
    trade = tables.Column(verbose_name=_("Trade code"), orderable=False)
    status = BadgeColumn(STATE_TONES, verbose_name=_("Running or stopped"), orderable=False)
    lists = tables.Column(
        verbose_name=_("On the lists"), accessor="pk", orderable=False, attrs={"td": {"class": "so-lists"}}
    )
    changed_at = DateColumn(verbose_name=_("Changed"), order_by=("changed_at", "pk"))

    class Meta(LedgerTable.Meta):
        model = Source
        fields = ("name", "kind", "uscc", "region", "town", "trade", "status", "lists", "changed_at")

    def render_kind(self, value: str) -> str:
        """In words."""
        return source_kind(value)

    def value_kind(self, value: str) -> str:
        """In words."""
        return source_kind(value)

    def value_lists(self, record: Source) -> str:
        """The names of the lists, each once."""
        names = dict.fromkeys(entry.list.name for entry in getattr(record, "listed", ()))
        return "、".join(names) or display.ABSENT

    def render_lists(self, record: Source) -> SafeString:
        """The same on the page, cut after two lines."""
        words = self.value_lists(record)
        return format_html('<span class="lt-clamp" title="{}">{}</span>', words, words)
