"""Forms of suspected duplicates: where to search, and the decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.forms.registry import RegionField, RegistryForm
from lantian.apps.sources.kinds import source_kind
from lantian.apps.sources.merging.finding import LEAST, LIKENESS, MOST, kinds_searched
from lantian.apps.sources.merging.sides import FIRST, SECOND, Fact
from lantian.apps.sources.models import SourceList


class SearchForm(RegistryForm):
    """Among which sources, and how much alike."""

    kind = forms.ChoiceField(label=_("Kind of source"), required=False)
    region = RegionField(label=_("Region"), required=False)
    list = forms.ModelChoiceField(
        label=_("Only those on the list"),
        queryset=SourceList.objects.order_by("name"),
        required=False,
        empty_label=_("Whatever the lists"),
    )
    likeness = forms.IntegerField(
        label=_("Likeness from [%]"),
        min_value=LEAST,
        max_value=MOST,
        initial=LIKENESS,
        help_text=_(
            "Lower finds more pairs, most of which are two sources. 70 is a good beginning; pairs with two different credit"
            " codes stay below it."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind: Any = self.fields["kind"]
        kind.choices = [("", _("All kinds")), *((code, source_kind(code)) for code in kinds_searched())]


class MergeForm(forms.Form):
    """Which one stays, whose value of each fact that differs, and why.

    Parameters
    ----------
    facts
        All facts of both.
    stays
        The side that is offered to stay.
    years
        Years for which the inventory has activities of both.
    """

    stays = forms.ChoiceField(
        label=_("Which one stays"), choices=((FIRST, _("The left one")), (SECOND, _("The right one")))
    )
    years = forms.ChoiceField(
        label=_("Activities of years that both have"),
        choices=(("kept", _("Those of the one that stays count")), ("both", _("Both count: they are two parts"))),
        required=False,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("How you know that the two are one. Kept in the log together with your name."),
    )
    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, facts: list[Fact], stays: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.differing = [fact for fact in facts if not fact.same]
        self.fields["stays"].initial = stays
        for fact in self.differing:
            self.fields[f"fact_{fact.key}"] = forms.ChoiceField(
                label=fact.label, choices=((FIRST, ""), (SECOND, "")), initial=fact.filled or stays
            )

    def taken(self) -> list[str]:
        """The facts whose value is that of the source that does not stay."""
        stays = self.cleaned_data["stays"]
        return [fact.key for fact in self.differing if self.cleaned_data[f"fact_{fact.key}"] != stays]
