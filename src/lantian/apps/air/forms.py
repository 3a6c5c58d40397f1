"""Forms of stations and exclusions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.choices import POLLUTANT_WORDS, ControlLevel, ExclusionKind, StationKind
from lantian.apps.air.models import Station
from lantian.apps.core.forms.registry import RegionField, RegistryForm
from lantian.apps.core.lists import DayInput
from lantian.rules.air.labels import BEIJING


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


class ExclusionForm(RegistryForm):
    """Hours of a place or of a station that do not count."""

    region = RegionField(label=_("Region"), required=False)
    station = forms.CharField(
        label=_("Station (code)"),
        max_length=30,
        required=False,
        help_text=_("Empty: all stations of the place."),
    )
    first = forms.DateField(label=_("From the day"), widget=DayInput())
    first_hour = forms.TypedChoiceField(
        label=_("from hour"),
        coerce=int,
        initial=0,
        choices=[(hour, f"{hour:02}:00") for hour in range(24)],
        help_text=_("00:00 is the start of the day."),
    )
    last = forms.DateField(label=_("To the day"), widget=DayInput())
    last_hour = forms.TypedChoiceField(
        label=_("to hour"),
        coerce=int,
        initial=24,
        choices=[(hour, f"{hour:02}:00") for hour in range(1, 25)],
        help_text=_("24:00 is the end of the day."),
    )
    pollutants = forms.MultipleChoiceField(
        label=_("Pollutants"),
        choices=list(POLLUTANT_WORDS.items()),
        widget=forms.CheckboxSelectMultiple,
        initial=["pm10", "pm25"],
    )
    kind = forms.ChoiceField(label=_("Kind of exclusion"), choices=ExclusionKind.choices)
    source = forms.CharField(
        label=_("Source"),
        max_length=200,
        required=False,
        help_text=_("The document or message that confirms it."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Kept in the log together with your name."),
    )

    def clean_station(self) -> Station | None:
        """A station by its code."""
        code = self.cleaned_data["station"].strip()
        if not code:
            return None
        found = Station.objects.select_related("region").filter(code=code).first()
        if found is None:
            raise forms.ValidationError(_("There is no station with this code."))
        return found

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        return {
            "region": data["region"],
            "station": data["station"],
            "start": _moment(data["first"], data["first_hour"]),
            "end": _moment(data["last"], data["last_hour"]),
            "pollutants": [name for name in POLLUTANT_WORDS if name in data["pollutants"]],
            "kind": data["kind"],
            "source": data["source"],
            "reason": data["reason"],
        }


def _moment(day: Any, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING) + timedelta(hours=hour)
