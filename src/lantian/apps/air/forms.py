"""Forms of stations and exclusions."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.choices import ControlLevel, StationKind
from lantian.apps.core.forms.registry import RegionField, RegistryForm
from lantian.apps.core.lists import DayInput


class StationForm(RegistryForm):
    """A station."""

    code = forms.CharField(label=_("Station code"), max_length=30, help_text=_("Such as 1001A; unique."))
    name = forms.CharField(label=_("Name"), max_length=60)
    region = RegionField(label=_("Region"), required=False)
    city = forms.CharField(
        label=_("City"),
        max_length=60,
        required=False,
        help_text=_("For stations of places that the register does not have."),
    )
    kind = forms.ChoiceField(
        label=_("Kind of station"),
        choices=StationKind.choices,
        help_text=_("Only city points count for the air of a place."),
    )
    control = forms.ChoiceField(label=_("Controlled by"), choices=ControlLevel.choices)
    lon = forms.FloatField(label=_("Longitude"), required=False, min_value=-180, max_value=180)
    lat = forms.FloatField(
        label=_("Latitude"), required=False, min_value=-90, max_value=90, help_text=_("WGS-84, in degrees.")
    )
    opened = forms.DateField(label=_("In use since"), required=False, widget=DayInput())
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def clean(self) -> dict[str, object]:
        """Both coordinates or none."""
        found: dict[str, object] = super().clean() or {}
        if (found.get("lon") is None) != (found.get("lat") is None):
            self.add_error("lat", _("Longitude and latitude belong together. Fill in both or none."))
        return found


class StationEditForm(StationForm):
    """A correction, which may open a closed station again."""

    closed = forms.DateField(label=_("In use until (last day)"), required=False, widget=DayInput())
    in_use = forms.BooleanField(
        label=_("In use"),
        required=False,
        help_text=_("Without a tick and without a last day: stopped, nobody knows since when."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )


class StationCloseForm(forms.Form):
    """The last day of a station."""

    on = forms.DateField(label=_("In use until (last day)"), widget=DayInput())
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )
