"""The table of suspected duplicates, and its filters."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import F, Q, TextField, Value
from django.db.models.functions import Cast, StrIndex
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.lists import (
    ActionsColumn,
    BadgeColumn,
    DateColumn,
    LedgerFilter,
    LedgerTable,
    NumberColumn,
)
from lantian.apps.core.models import Region
from lantian.apps.sources.choices import PairState
from lantian.apps.sources.filters_lists import PlaceFilter
from lantian.apps.sources.kinds import source_kind
from lantian.apps.sources.merging.finding import kinds_searched, told
from lantian.apps.sources.models import DuplicatePair
from lantian.rules.names import normalised

PAIR_TONES = {PairState.OPEN: "yellow", PairState.MERGED: "green", PairState.DISTINCT: "grey"}
#: code of a reason of the rule → words
REASONS = {
    "permit": _("The same permit"),
    "mn": _("The same MN number"),
    "uscc": _("The same credit code"),
    "name": _("The same name"),
    "similar_name": _("Names alike"),
    "address": _("The same address"),
    "near": _("Near each other"),
    "other_uscc": _("But two credit codes"),
}
#: likeness from which on pairs are shown [%]
LEVELS = (95, 90, 80, 70, 60, 50)


class PairPlace(PlaceFilter):
    """Pairs of which one source lies in a place or below it."""

    def filter(self, qs: Any, value: Any) -> Any:
        """By keys of places."""
        if not value:
            return qs
        below = list(Region.objects.filter(path__startswith=value.path).values_list("pk", flat=True))
        return qs.filter(Q(first__region__in=below) | Q(second__region__in=below))


class PairFilter(LedgerFilter):
    """By words, state, likeness, kind, place and reason."""

    shown: ClassVar[int] = 4

    search = django_filters.CharFilter(label=_("Search"), method="by_words")
    state = django_filters.ChoiceFilter(label=_("State"), choices=PairState.choices, empty_label=_("All"))
    least = django_filters.ChoiceFilter(
        label=_("Likeness"),
        choices=[(str(level), f"≥ {level} %") for level in LEVELS],
        empty_label=_("All"),
        method="by_likeness",
    )
    kind = django_filters.ChoiceFilter(
        label=_("Kind of source"), choices=(), field_name="first__kind", empty_label=_("All")
    )
    region = PairPlace()
    why = django_filters.ChoiceFilter(
        label=_("What speaks for it"), choices=tuple(REASONS.items()), method="by_reason", empty_label=_("All")
    )

    class Meta:
        model = DuplicatePair
        fields = ("search", "state", "least", "kind", "region", "why")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["kind"].extra["choices"] = [(kind, source_kind(kind)) for kind in kinds_searched()]

    def by_words(self, queryset: Any, name: str, value: str) -> Any:
        """Each word in one of the two names."""
        for word in (value or "").split():
            part = normalised(word)
            queryset = queryset.filter(Q(first__name_key__contains=part) | Q(second__name_key__contains=part))
        return queryset

    def by_likeness(self, queryset: Any, name: str, value: str) -> Any:
        """From a likeness on."""
        return queryset.filter(score__gte=int(value) / 100)

    def by_reason(self, queryset: Any, name: str, value: str) -> Any:
        """The code of a reason in the text of the JSON, which every database writes alike."""
        place = StrIndex(Cast(F("reasons"), TextField()), Value(f'"code": "{value}"'))
        return queryset.alias(text_at=place).filter(text_at__gt=0)


class PairTable(LedgerTable):
    """Pairs of sources that may be one."""

    phone: ClassVar[str] = "cards"
    names = tables.Column(
        verbose_name=_("The two sources"),
        accessor="pk",
        order_by=("first__name", "pk"),
        exclude_from_export=True,
        attrs={"td": {"class": "lt-col-title"}},
    )
    first = tables.Column(verbose_name=_("One source"), visible=True, orderable=False)
    first_uscc = tables.Column(
        accessor="first__uscc", verbose_name=_("Unified social credit code"), orderable=False
    )
    second = tables.Column(verbose_name=_("The other source"), orderable=False)
    second_uscc = tables.Column(
        accessor="second__uscc", verbose_name=_("Unified social credit code"), orderable=False
    )
    score = NumberColumn(verbose_name=_("Likeness"), unit="%", order_by=("score", "pk"))
    reasons = tables.Column(verbose_name=_("What speaks for it"), orderable=False)
    kind = tables.Column(accessor="first__kind", verbose_name=_("Kind of source"), order_by=("first__kind", "pk"))
    region = tables.Column(
        accessor="first__region", verbose_name=_("Region"), order_by=("first__region__path", "pk")
    )
    state = BadgeColumn(PAIR_TONES, verbose_name=_("State"), order_by=("state", "-score", "pk"))
    note = tables.Column(verbose_name=_("Reason of the decision"), orderable=False)
    decided_at = DateColumn(verbose_name=_("Decided at"), order_by=("decided_at", "pk"))
    steps = ActionsColumn(
        lambda record: [{"label": __("Compare"), "url": record.get_absolute_url(), "icon": "arrows-diff"}]
    )
    #: columns of the Excel file that the page shows in one
    ONLY_EXPORTED = ("first", "first_uscc", "second", "second_uscc", "note")

    class Meta(LedgerTable.Meta):
        model = DuplicatePair
        fields = (
            "names", "first", "first_uscc", "second", "second_uscc", "score", "reasons", "kind", "region", "state", "note",
            "decided_at", "steps",
        )  # fmt: skip

    def render_names(self, record: DuplicatePair) -> SafeString:
        """Both, one below the other, with their codes."""
        sides = format_html_join(
            "",
            '<span class="so-two-name">{} <span class="so-sub">{}</span></span>',
            ((side.name, side.uscc) for side in (record.first, record.second)),
        )
        return format_html('<a class="so-two" href="{}">{}</a>', record.get_absolute_url(), sides)

    def render_score(self, value: float) -> str:
        """In percent; nothing where nobody has measured it."""
        return display.number(round(value * 100)) if value else display.ABSENT

    def value_score(self, value: float) -> Any:
        """In percent."""
        return round(value * 100)

    def render_reasons(self, value: Any) -> str:
        """In the language of the page."""
        return "；".join(told(value)) or display.ABSENT

    value_reasons = render_reasons

    def render_kind(self, value: str) -> str:
        """In words."""
        return source_kind(value)

    value_kind = render_kind
