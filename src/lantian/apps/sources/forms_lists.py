"""Forms of lists themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.display import campaign_today
from lantian.apps.core.forms.registry import OrganisationField, RegionField, RegistryForm
from lantian.apps.core.lists import DayInput, LongSelect
from lantian.apps.sources.kinds import list_kinds
from lantian.rules.sources.fields import FieldKind, Scope


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


#: kinds that an office can ask for, in words
KIND_WORDS = {
    FieldKind.TEXT: _("Short text"),
    FieldKind.LONG_TEXT: _("Long text"),
    FieldKind.INTEGER: _("Whole number"),
    FieldKind.DECIMAL: _("Number"),
    FieldKind.PERCENT: _("Share in per cent"),
    FieldKind.MONEY: _("Amount of money"),
    FieldKind.DATE: _("Day"),
    FieldKind.YEAR: _("Year"),
    FieldKind.FLAG: _("Yes or no"),
    FieldKind.CHOICE: _("One of several"),
    FieldKind.CHOICES: _("Some of several"),
    FieldKind.ORGANISATION: _("Organisation"),
    FieldKind.PERSON: _("Person"),
    FieldKind.PHONE: _("Phone"),
    FieldKind.URL: _("Web address"),
}
SCOPE_WORDS = {Scope.ENTRY: _("This list only"), Scope.SOURCE: _("The source"), Scope.UNIT: _("The unit")}


def kind_words(code: str) -> str:
    """A kind of field in words."""
    return str({str(key): value for key, value in KIND_WORDS.items()}.get(code, code))


def scope_words(code: str) -> str:
    """What a field is a fact of, in words."""
    return str({str(key): value for key, value in SCOPE_WORDS.items()}.get(code, code))


class FieldForm(forms.Form):
    """A field that the office adds."""

    type = forms.ChoiceField(label=_("Kind of list"), choices=(), widget=LongSelect)
    label = forms.CharField(label=_("Label"), max_length=40, help_text=_("As it stands above the column."))
    kind = forms.ChoiceField(
        label=_("Kind of field"), choices=[(str(code), label) for code, label in KIND_WORDS.items()]
    )
    scope = forms.ChoiceField(
        label=_("Belongs to"),
        choices=[(str(code), label) for code, label in SCOPE_WORDS.items()],
        help_text=_("A fact of the source is the same in all lists; a decision belongs to one list only."),
    )
    unit = forms.CharField(label=_("Unit"), max_length=20, required=False, help_text=_("Of a number."))
    options = forms.CharField(
        label=_("Options"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Where something is chosen: one option a line."),
    )
    required = forms.BooleanField(label=_("Must be filled in"), required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type"].choices = [("", "—"), *list_kinds()]  # type: ignore[attr-defined]

    def clean_options(self) -> list[str]:
        """Lines, each once."""
        lines = (line.strip() for line in self.cleaned_data["options"].splitlines())
        return list(dict.fromkeys(line for line in lines if line))
