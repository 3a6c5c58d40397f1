"""Ledgers of performance grades, subsidies and proposed projects, with their filters."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
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
    NumberColumn,
    SearchFilter,
)
from lantian.apps.core.models import Region
from lantian.apps.sources.choices import PaymentState
from lantian.apps.sources.filters_lists import PlaceChoice, PlaceFilter
from lantian.apps.sources.grading import GRADE_TONES, grade_words
from lantian.apps.sources.models import Grade, Project, Subsidy
from lantian.rules.sources.admission_words import VERDICTS

#: a grade that ends within so many days is told
SOON_DAYS = 60
PAYMENT_TONES = {
    PaymentState.DUE.value: "yellow",
    PaymentState.REQUESTED.value: "blue",
    PaymentState.APPROVED.value: "blue",
    PaymentState.PAID.value: "green",
    PaymentState.REFUSED.value: "red",
    PaymentState.RECOVERED.value: "grey",
}
VERDICT_TONES = {"allowed": "green", "conditional": "blue", "undecidable": "yellow", "refused": "red"}
STANDINGS = (
    ("holds", _("Valid today")),
    ("soon", _("Ends within 60 days")),
    ("ended", _("Expired")),
    ("replaced", _("Replaced by a later one")),
    ("annulled", _("Struck out")),
)
STANDING_TONES = {"holds": "green", "soon": "yellow", "ended": "grey", "replaced": "grey", "annulled": "grey"}


def standing_of(row: Grade) -> str:
    """Whether a grade holds today."""
    today = display.campaign_today()
    if row.annulled_at is not None:
        return "annulled"
    if row.ended_by_id is not None and row.ended_by is not None and row.ended_by.valid_from <= today:
        return "replaced"
    if row.valid_to is not None and row.valid_to < today:
        return "ended"
    if row.valid_to is not None and row.valid_to <= today + timedelta(days=SOON_DAYS):
        return "soon"
    return "holds"


class _OfSource(django_filters.ModelChoiceFilter):
    """Rows whose source lies in a place."""

    field_class = PlaceChoice

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            label=_("Region"),
            queryset=Region.objects.filter(valid_to__isnull=True).order_by("path"),
            **kwargs,
        )

    def filter(self, qs: Any, value: Any) -> Any:
        """The place and those below."""
        return qs.filter(source__region__path__startswith=value.path) if value else qs


class GradeFilter(LedgerFilter):
    """Filters of the ledger of grades."""

    q = SearchFilter(["source__name", "source__uscc", "approver", "notice"])
    grade = django_filters.ChoiceFilter(label=_("Performance grade"), choices=())
    standing = django_filters.ChoiceFilter(label=_("Standing"), choices=STANDINGS, method="by_standing")
    region = _OfSource()
    industry = django_filters.CharFilter(label=_("Trade of the grading"), lookup_expr="contains")
    ends_from = DayFromFilter("valid_to", label=_("Last day from"))
    ends_to = DayToFilter("valid_to", label=_("Last day to"))

    class Meta:
        model = Grade
        fields: ClassVar[list[str]] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        order = list(GRADE_TONES)
        found = Grade.objects.order_by().values_list("grade", flat=True).distinct()
        self.filters["grade"].extra["choices"] = [
            (grade, grade_words(grade))
            for grade in sorted((one for one in found if one), key=lambda one: (one not in order, one))
        ]

    def by_standing(self, qs: Any, _name: str, value: str) -> Any:
        """Rows that hold, end soon, or hold no more."""
        today = display.campaign_today()
        replaced = Q(ended_by__isnull=False, ended_by__valid_from__lte=today)
        if value == "annulled":
            return qs.filter(annulled_at__isnull=False)
        rows = qs.filter(annulled_at__isnull=True)
        if value == "replaced":
            return rows.filter(replaced)
        rows = rows.exclude(replaced)
        if value == "ended":
            return rows.filter(valid_to__lt=today)
        if value == "soon":
            return rows.filter(valid_to__gte=today, valid_to__lte=today + timedelta(days=SOON_DAYS))
        return rows.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=today))


class GradeTable(LedgerTable):
    """The ledger of grades."""

    phone: ClassVar[str] = "cards"
    name = tables.Column(
        verbose_name=_("Name of the source"),
        accessor="source__name",
        order_by=("source__name", "pk"),
        attrs={"td": {"class": "lt-col-title"}},
    )
    unit = tables.Column(verbose_name=_("Line or device"), orderable=False)
    region = tables.Column(
        verbose_name=_("Region"), accessor="source__region", order_by=("source__region", "pk")
    )
    industry = tables.Column(verbose_name=_("Trade of the grading"), order_by=("industry", "pk"))
    grade = tables.Column(verbose_name=_("Performance grade"), order_by=("grade", "pk"), empty_values=())
    kind = tables.Column(verbose_name=_("Event"), order_by=("kind", "pk"))
    valid_from = DateColumn(verbose_name=_("Valid from"), order_by=("valid_from", "pk"))
    valid_to = DateColumn(verbose_name=_("Valid to (last day)"), order_by=("valid_to", "pk"))
    standing = tables.Column(verbose_name=_("Standing"), accessor="pk", orderable=False)
    approver = tables.Column(verbose_name=_("Approved by"), order_by=("approver", "pk"))
    published_on = DateColumn(verbose_name=_("Made public on"), order_by=("published_on", "pk"))
    notice = tables.Column(verbose_name=_("Number of the notice"), orderable=False)

    class Meta(LedgerTable.Meta):
        model = Grade
        fields = (
            "name",
            "unit",
            "region",
            "industry",
            "grade",
            "kind",
            "valid_from",
            "valid_to",
            "standing",
            "approver",
            "published_on",
            "notice",
        )

    def render_name(self, value: str, record: Grade) -> SafeString:
        """The way to the history of the source."""
        return format_html(
            '<a href="{}">{}</a>', reverse("sources:source_grades", args=[record.source_id]), value
        )

    def render_grade(self, record: Grade) -> SafeString:
        """A badge."""
        return _badge(grade_words(record.grade), GRADE_TONES.get(record.grade, "grey"))

    def value_grade(self, record: Grade) -> str:
        """In words."""
        return grade_words(record.grade)

    def render_standing(self, record: Grade) -> SafeString:
        """A badge."""
        standing = standing_of(record)
        return _badge(dict(STANDINGS)[standing], STANDING_TONES[standing])

    def value_standing(self, record: Grade) -> str:
        """In words."""
        return str(dict(STANDINGS)[standing_of(record)])


def _badge(words: Any, tone: str) -> SafeString:
    from django.template.loader import render_to_string

    return render_to_string("lantian/components/badge.html", {"label": words, "tone": tone, "icon": ""})


class SubsidyFilter(LedgerFilter):
    """Filters of the ledger of subsidies."""

    q = SearchFilter(["source__name", "source__uscc", "clause", "voucher"])
    state = django_filters.ChoiceFilter(label=_("State"), choices=PaymentState.choices)
    region = _OfSource()
    due_from = DayFromFilter("due_on", label=_("Due from"))
    due_to = DayToFilter("due_on", label=_("Due to"))

    class Meta:
        model = Subsidy
        fields: ClassVar[list[str]] = []


class MoneyColumn(NumberColumn):
    """Yuan: without fen where there are none, a dash where nothing was given yet."""

    def render(self, value: Any, record: Any) -> str:
        """Write it."""
        if not value:
            return display.ABSENT
        return display.number(value if value % 1 else int(value))


class SubsidyTable(LedgerTable):
    """The ledger of subsidies."""

    phone: ClassVar[str] = "cards"
    name = tables.Column(
        verbose_name=_("Name of the source"),
        accessor="source__name",
        order_by=("source__name", "pk"),
        attrs={"td": {"class": "lt-col-title"}},
    )
    region = tables.Column(
        verbose_name=_("Region"), accessor="source__region", order_by=("source__region", "pk")
    )
    grade = tables.Column(verbose_name=_("Performance grade"), accessor="grade__grade", orderable=False)
    clause = tables.Column(
        verbose_name=_("Clause"), order_by=("clause", "pk"), attrs={"td": {"class": "so-clause"}}
    )
    due_on = DateColumn(verbose_name=_("Due since"), order_by=("due_on", "pk"))
    state = BadgeColumn(PAYMENT_TONES, verbose_name=_("State"), order_by=("state", "pk"))
    amount = MoneyColumn(verbose_name=_("Amount [yuan]"), order_by=("amount", "pk"))
    approved_amount = MoneyColumn(verbose_name=_("Approved [yuan]"), order_by=("approved_amount", "pk"))
    paid_amount = MoneyColumn(verbose_name=_("Paid [yuan]"), order_by=("paid_amount", "pk"))
    recovered_amount = MoneyColumn(verbose_name=_("Recovered [yuan]"), order_by=("recovered_amount", "pk"))
    paid_on = DateColumn(verbose_name=_("Paid on"), order_by=("paid_on", "pk"))
    voucher = tables.Column(verbose_name=_("Voucher"), orderable=False)

    class Meta(LedgerTable.Meta):
        model = Subsidy
        fields = (
            "name",
            "region",
            "grade",
            "clause",
            "due_on",
            "state",
            "amount",
            "approved_amount",
            "paid_amount",
            "recovered_amount",
            "paid_on",
            "voucher",
        )

    def render_name(self, value: str, record: Subsidy) -> SafeString:
        """The way to the payment."""
        return format_html('<a href="{}">{}</a>', record.get_absolute_url(), value)

    def render_grade(self, value: str) -> str:
        """In words."""
        return grade_words(value)

    def value_grade(self, value: str) -> str:
        """In words."""
        return grade_words(value)


class ProjectFilter(LedgerFilter):
    """Filters of the ledger of projects."""

    q = SearchFilter(["name", "note"])
    verdict = django_filters.ChoiceFilter(
        label=_("Verdict on the project"), choices=[(key, _(words)) for key, words in VERDICTS.items()]
    )
    decided = django_filters.ChoiceFilter(
        label=_("Decision on the project"),
        choices=(("open", _("Not decided yet")), ("decided", _("Decided"))),
        method="by_decision",
    )
    region = PlaceFilter()

    class Meta:
        model = Project
        fields: ClassVar[list[str]] = []

    def by_decision(self, qs: Any, _name: str, value: str) -> Any:
        """Those that wait, or the others."""
        return qs.filter(decision="") if value == "open" else qs.exclude(decision="")


class ProjectTable(LedgerTable):
    """The ledger of projects."""

    phone: ClassVar[str] = "cards"
    name = tables.Column(
        verbose_name=_("Name"), linkify=True, order_by=("name", "pk"), attrs={"td": {"class": "lt-col-title"}}
    )
    region = tables.Column(verbose_name=_("Region"), order_by=("region", "pk"))
    on = DateColumn(verbose_name=_("Judged by the rules of"), order_by=("on", "pk"))
    verdict = tables.Column(verbose_name=_("Verdict on the project"), order_by=("verdict", "pk"))
    decision = tables.Column(verbose_name=_("Decision on the project"), order_by=("decision", "pk"))
    decided_at = DateColumn(verbose_name=_("Decided at"), order_by=("decided_at", "pk"))
    note = tables.Column(verbose_name=_("Note"), orderable=False)

    class Meta(LedgerTable.Meta):
        model = Project
        fields = ("name", "region", "on", "verdict", "decision", "decided_at", "note")

    def render_verdict(self, value: str) -> SafeString:
        """A badge."""
        return _badge(__(VERDICTS.get(value, value)), VERDICT_TONES.get(value, "grey"))

    def value_verdict(self, value: str) -> str:
        """In words."""
        return __(VERDICTS.get(value, value))

    def render_decision(self, value: str) -> SafeString:
        """A badge."""
        return _badge(__(DECISIONS.get(value, value)), VERDICT_TONES.get(value, "grey"))

    def value_decision(self, value: str) -> str:
        """In words."""
        return __(DECISIONS.get(value, value))


#: what people decide in the end
DECISIONS = {
    "allowed": "may be allowed",
    "conditional": "may be allowed with conditions",
    "refused": "refused",
}
