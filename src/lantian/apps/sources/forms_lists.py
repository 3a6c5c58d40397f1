"""Forms of lists themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.display import campaign_today
from lantian.apps.core.forms.registry import OrganisationField, RegionField, RegistryForm
from lantian.apps.core.lists import DayInput, LongSelect
from lantian.apps.sources.kinds import list_kinds


class ListForm(RegistryForm):
    """Name, place and keeper of a list."""

    name = forms.CharField(
        label=_("Name"), max_length=120, required=False, help_text=_("Empty: as the book names it.")
    )
    owner = OrganisationField(label=_("Kept by"), required=False)
    note = forms.CharField(label=_("Note"), max_length=300, required=False)


class NewListForm(ListForm):
    """A list that is begun."""

    type = forms.ChoiceField(label=_("Kind of list"), choices=(), widget=LongSelect)
    region = RegionField(label=_("Region"), required=False)
    term = forms.CharField(
        label=_("Year or season"),
        max_length=20,
        required=False,
        help_text=_("Only for lists that are made anew each year or season, such as 2025-2026."),
    )
    field_order = ("type", "region", "term", "name", "owner", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [("", "—"), *list_kinds()]  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    """A version that is published."""

    notice = forms.CharField(label=_("Number of the notice"), max_length=120, required=False)
    address = forms.URLField(label=_("Where it is published"), required=False, assume_scheme="https")
    note = forms.CharField(label=_("Note"), max_length=300, required=False)
    freeze = forms.BooleanField(
        label=_("Confirm and freeze the list"),
        required=False,
        help_text=_("A frozen list changes only after the change was announced and filed."),
    )


class AnnounceForm(forms.Form):
    """An announced change of a frozen list."""

    announced_on = forms.DateField(label=_("Announced on"), widget=DayInput(), initial=campaign_today)
    filing = forms.CharField(label=_("Number of the filing"), max_length=120)
    address = forms.URLField(label=_("Where it is published"), assume_scheme="https")
    until = forms.DateField(label=_("Holds until"), widget=DayInput(), required=False)
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
