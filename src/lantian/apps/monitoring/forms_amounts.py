"""Forms of permitted amounts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.monitoring.actions.permitted import FIRST_YEAR, LAST_YEAR
from lantian.apps.monitoring.amount_sums import KINDS
from lantian.apps.monitoring.choices_amounts import POLLUTANTS
from lantian.apps.sources.models import Source, Unit

#: kinds of units that a permit names amounts of, whether a point watches them or not
OUTLETS = ("outlet", "cems")


class _AmountForm(forms.Form):
    tonnes = forms.DecimalField(
        label=_("Permitted amount (t/a)"), min_value=Decimal("0.0001"), max_digits=14, decimal_places=4
    )
    last_year = forms.IntegerField(
        label=_("Last year"), required=False, min_value=FIRST_YEAR, max_value=LAST_YEAR,
        help_text=_("Empty: until another amount is set."),
    )  # fmt: skip
    basis = forms.CharField(
        label=_("Document and clause"), max_length=200, help_text=_("Number of the permit, and where it stands in it.")
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )  # fmt: skip


class PermittedForm(_AmountForm):
    """An amount from a year on."""

    unit = forms.ModelChoiceField(
        label=_("Outlet"), required=False, queryset=Unit.objects.none(), empty_label=_("Whole enterprise")
    )
    factor = forms.ChoiceField(label=_("Pollutant"), choices=POLLUTANTS)
    first_year = forms.IntegerField(label=_("First year"), min_value=FIRST_YEAR, max_value=LAST_YEAR)
    field_order = ("unit", "factor", "tonnes", "first_year", "last_year", "basis", "reason")

    def __init__(self, *args: Any, source: Source, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Unit.objects.filter(source=source).filter(Q(kind__in=OUTLETS) | Q(devices__kind__in=KINDS)).distinct()
        rows = rows.order_by("kind", "number")
        self.fields["unit"].queryset = rows  # type: ignore[attr-defined]
        self.fields["first_year"].initial = display.campaign_today().year
        self.fields["basis"].initial = source.permit


class PermittedChangeForm(_AmountForm):
    """A correction of an amount that stands."""
