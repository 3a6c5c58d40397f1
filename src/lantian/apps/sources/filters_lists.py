"""Filters of the entries of a list, and of all sources."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, StrIndex
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import DayInput, LedgerFilter, SearchFilter
from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.models.organisations import OrganisationKind
from lantian.apps.sources.access import INVENTORY_VIEW
from lantian.apps.sources.choices import EntryState, SourceStatus
from lantian.apps.sources.facts import SOURCE_COLUMN
from lantian.apps.sources.models import ListEntry, Source, SourceKey, SourceList, Unit
from lantian.rules.names import normalised
from lantian.rules.sources.books import POLLUTANTS
from lantian.rules.sources.fields import FieldKind, ListField, Scope
from lantian.rules.sources.lists import ListType

#: parameter of the address that chooses the field, and the one with its value
FIELD, VALUE = "field", "value"


class PlaceChoice(forms.ModelChoiceField):
    """Places below each other, indented."""

    def label_from_instance(self, obj: Any) -> str:
        """The name, one step in for each level."""
        return f"{'　' * obj.depth}{obj.name}"


class PlaceFilter(django_filters.ModelChoiceFilter):
    """Rows of a place and of the places below it."""

    field_class = PlaceChoice

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Region"),
            queryset=Region.objects.filter(valid_to__isnull=True).order_by("path"),
            **kwargs,
        )

    def filter(self, qs: Any, value: Any) -> Any:
        """By keys, so that the index of the list serves."""
        if not value:
            return qs
        below = Region.objects.filter(path__startswith=value.path).values_list("pk", flat=True)
        return qs.filter(region__in=list(below))


class TownFilter(django_filters.ModelChoiceFilter):
    """Rows of a town or street office."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Town or street"),
            queryset=Organisation.objects.filter(
                kind=OrganisationKind.TOWN, merged_into__isnull=True
            ).order_by("path"),
            **kwargs,
        )


class TradeFilter(django_filters.CharFilter):
    """Codes of trades by their first signs: C30 finds C3011."""

    def filter(self, qs: Any, value: str) -> Any:
        """From the code to the one behind all that begin so, which an index answers."""
        text = (value or "").strip().upper()
        if not text:
            return qs
        return qs.filter(trade__gte=text, trade__lt=text + "\uffff")


class SinceFilter(django_filters.DateFilter):
    """Changed on a day or later, in campaign time."""

    def filter(self, qs: Any, value: Any) -> Any:
        """From the first moment of the day on."""
        if not value:
            return qs
        return qs.filter(changed_at__gte=datetime.combine(value, time.min, display.CAMPAIGN_TIME))


def choosable(type_: ListType) -> list[ListField]:
    """Fields whose values can be chosen in the filter."""
    return [
        one
        for one in type_.fields
        if one.kind in {FieldKind.CHOICE, FieldKind.CHOICES, FieldKind.FLAG}
        and one.key not in {"state", "datum"}
    ]


def choices_of(field: ListField) -> list[tuple[str, str]]:
    """What can be chosen of a field, and that nothing is filled in."""
    if field.kind is FieldKind.FLAG:
        return [("yes", "是"), ("no", "否"), ("none", str(_("Not filled in")))]
    return [*((one.code, one.label) for one in field.options), ("none", str(_("Not filled in")))]


def where_fact(
    rows: Any, field: ListField, value: str, prefix: dict[Scope, str], units: Any = None
) -> Any:
    """The rows whose fact has a value; all of them where there is no such value.

    Facts are looked for in the text of the JSON, which every database writes alike; to take each of hundreds of
    thousands of values apart would take several times as long. `units` are those that can stand there; all if not given.
    """
    if value not in dict(choices_of(field)):
        return rows
    column = SOURCE_COLUMN.get(field.key)
    if column:
        return rows.filter(**{f"{prefix[field.scope]}{column}": "" if value == "none" else value})
    if field.scope is Scope.SOURCE and prefix[Scope.SOURCE]:
        # One pass over the sources is quicker than to look each of them up from its entry.
        return rows.filter(
            source__in=where_fact(Source.objects.order_by(), field, value, {Scope.SOURCE: ""}).values("pk")
        )
    if field.scope is Scope.UNIT and prefix[Scope.UNIT]:
        return rows.filter(
            unit__in=where_fact(
                Unit.objects.order_by() if units is None else units, field, value, {Scope.UNIT: ""}
            ).values("pk")
        )
    values = f"{prefix[field.scope]}values"
    if value == "none":
        return _with_text(rows, values, f'"{field.key}": ', there=False)
    if field.kind is FieldKind.FLAG:
        return _with_text(rows, values, f'"{field.key}": {"true" if value == "yes" else "false"}')
    if not value.isascii():
        # SQLite keeps such signs escaped, PostgreSQL does not.
        if field.kind is FieldKind.CHOICES:
            held = _with_text(rows, values, f'"{field.key}": ').values_list("pk", f"{values}__{field.key}")
            return rows.filter(pk__in=[key for key, chosen in held if value in (chosen or ())])
        return rows.filter(**{f"{values}__{field.key}": value})
    if field.kind is FieldKind.CHOICES:
        # The codes stand as a list; a code within quotes is one whole code. The text rules out most rows first.
        rows = _with_text(rows, values, f'"{value}"')
        return rows.filter(**{f"{values}__{field.key}__icontains": f'"{value}"'})
    return _with_text(rows, values, f'"{field.key}": "{value}"')


def _with_text(rows: Any, values: str, text: str, *, there: bool = True) -> Any:
    """Rows in whose JSON a text stands, or does not."""
    place = StrIndex(Cast(F(values), TextField()), Value(text))
    return rows.alias(text_at=place).filter(**{"text_at__gt" if there else "text_at": 0})


class EntryFilter(LedgerFilter):
    """Filters of the entries of a list. With a kind of list, one of its choices can be filtered by, too."""

    shown: ClassVar[int] = 4

    search = SearchFilter(
        ["name", "unit_name", "number"],
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "inputmode": "search",
                "placeholder": _("Name, unit or number"),
            }
        ),
    )
    state = django_filters.ChoiceFilter(
        label=_("State on the list"),
        choices=EntryState.choices,
        empty_label=_("All that have not been taken off"),
    )
    status = django_filters.ChoiceFilter(label=_("Running or stopped"), choices=SourceStatus.choices)
    region = PlaceFilter()
    town = TownFilter()
    trade = TradeFilter(label=_("Trade code"))
    since = SinceFilter(label=_("Changed since"), widget=DayInput())
    field = django_filters.ChoiceFilter(
        label=_("Field"), choices=(), method="by_field", empty_label=_("No further field")
    )
    value = django_filters.ChoiceFilter(
        label=_("Value of the field"), choices=(), method="by_field", empty_label=_("Any value")
    )

    class Meta:
        model = ListEntry
        fields = ("search", "state", "status", "region", "town", "trade", "since", "field", "value")

    def __init__(self, *args: Any, type_: ListType | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.type = type_
        self.chosen: ListField | None = None
        if type_ is None:
            for name in (FIELD, VALUE):
                self.filters.pop(name)
            return
        fields = choosable(type_)
        self.filters[FIELD].extra["choices"] = [(one.key, one.label) for one in fields]
        wanted = (self.data or {}).get(FIELD)
        self.chosen = next((one for one in fields if one.key == wanted), None)
        if self.chosen is None:
            self.filters.pop(VALUE)
        else:
            self.filters[VALUE].extra["choices"] = choices_of(self.chosen)
            self.filters[VALUE].label = self.chosen.label

    @property
    def heavy(self) -> bool:
        """Whether the filter has to look into every row of the list."""
        values = self.form.cleaned_data if self.form.is_valid() else {}
        return bool(values.get("search") or (self.chosen is not None and values.get(VALUE)))

    def by_field(self, queryset: Any, name: str, value: str) -> Any:
        """Narrow by the chosen field once its value is chosen."""
        if name != VALUE or self.chosen is None:
            return queryset
        prefix = {Scope.SOURCE: "source__", Scope.UNIT: "unit__", Scope.ENTRY: ""}
        assert self.type is not None
        units = Unit.objects.filter(kind=self.type.subject).order_by()
        return where_fact(queryset, self.chosen, value, prefix, units)

    def filter_queryset(self, queryset: Any) -> Any:
        """What has been taken off is shown on request only."""
        rows = super().filter_queryset(queryset)
        if not self.form.cleaned_data.get("state"):
            rows = rows.exclude(state=EntryState.REMOVED)
        return rows


#: choices of the filter "on a list"
ON_NONE, ON_ANY = "none", "any"


class SourceFilter(LedgerFilter):
    """Filters of all sources."""

    shown: ClassVar[int] = 4

    search = django_filters.CharFilter(
        label=_("Search"),
        method="by_words",
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "inputmode": "search",
                "placeholder": _("Name, former name or key"),
            }
        ),
    )
    kind = django_filters.ChoiceFilter(label=_("Kind of source"), choices=())
    region = PlaceFilter()
    status = django_filters.ChoiceFilter(label=_("Running or stopped"), choices=SourceStatus.choices)
    town = TownFilter()
    trade = TradeFilter(label=_("Trade code"))
    on = django_filters.ChoiceFilter(
        label=_("On the list"), choices=(), method="by_list", empty_label=_("Whatever the lists")
    )
    since = SinceFilter(label=_("Changed since"), widget=DayInput())
    #: takes no row away: the list shows what its sources emit of it
    pollutant = django_filters.ChoiceFilter(
        label=_("Emission of"),
        choices=[(name, name) for name in POLLUTANTS],
        method="as_it_is",
        empty_label=None,
    )

    class Meta:
        model = Source
        fields = ("search", "kind", "region", "status", "town", "trade", "on", "since", "pollutant")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        from lantian.apps.sources.kinds import source_kinds

        super().__init__(*args, **kwargs)
        self.filters["kind"].extra["choices"] = source_kinds()
        self.filters["on"].extra["choices"] = [
            (ON_NONE, _("On no list")),
            (ON_ANY, _("On any list")),
            *((str(one.pk), str(one)) for one in SourceList.objects.order_by("type", "-term", "pk")),
        ]

        if self.request is None or not self.request.user.may(INVENTORY_VIEW):
            self.filters.pop("pollutant")

    def as_it_is(self, queryset: Any, name: str, value: str) -> Any:
        """The table looks for it."""
        return queryset

    @property
    def heavy(self) -> bool:
        """Whether the filter has to look into every row."""
        return self.form.is_valid() and bool(self.form.cleaned_data.get("search"))

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        """Each word in the name, or the whole as a key or a former name."""
        words = (value or "").split()
        if not words:
            return queryset
        named = Q()
        for word in words:
            named &= Q(name_key__contains=normalised(word))
        key = normalised("".join(words)).upper()
        if len(key) >= 4:
            held = SourceKey.objects.filter(value__gte=key, value__lt=key + "\uffff").values_list(
                "source_id", flat=True
            )
            named |= Q(pk__in=list(held[:500]))
        return queryset.filter(named)

    def by_list(self, queryset: Any, name: str, value: str) -> Any:
        """On a list, on any, or on none."""
        entries = ListEntry.objects.exclude(state=EntryState.REMOVED).order_by()
        if value in {ON_NONE, ON_ANY}:
            there = Exists(entries.filter(source=OuterRef("pk")))
            return queryset.filter(there if value == ON_ANY else ~there)
        # Made once, and not for each source anew through the index of the list.
        return queryset.filter(pk__in=entries.filter(list=int(value)).values("source"))
