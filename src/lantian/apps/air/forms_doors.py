"""Forms of the doors: files, choices, decisions, keys."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.access import KEY_MANAGE
from lantian.apps.air.models import Delivery, Station
from lantian.apps.core import files
from lantian.apps.core.actions import Actor
from lantian.apps.core.forms.registry import RegionField, RegistryForm
from lantian.apps.core.lists import DayInput
from lantian.rules.air.doors.items import HOUR_ITEMS, NAMES, unit_of, unit_text

_UNITS = (("", _("As the heading says")), ("ug", "µg/m³"), ("mg", "mg/m³"))


class UploadForm(forms.Form):
    """A file with observations."""

    file = forms.FileField(
        label=_("File"),
        widget=forms.ClearableFileInput(
            attrs={"accept": ",".join(f".{end}" for end in sorted(files.TABLES))}
        ),
        help_text=_("CSV (also packed as .gz) or Excel, up to 200 MB. Larger files: ./lantian air import."),
    )


class ChoicesForm(forms.Form):
    """What the table itself does not say, or says wrongly."""

    zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        choices=(("", _("As found")), ("beijing", _("Campaign time (UTC+8)")), ("utc", "UTC")),
    )
    label = forms.ChoiceField(
        label=_("Label of an hour"),
        required=False,
        choices=(("", _("As found")), ("end", _("End of the hour")), ("start", _("Start of the hour"))),
    )
    unknown = forms.ChoiceField(
        label=_("Unknown stations"),
        choices=(("hold", _("Hold their values for review")), ("skip", _("Leave them out"))),
    )

    def __init__(self, *args: Any, delivery: Delivery, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.delivery = delivery
        preview, chosen = delivery.preview, delivery.choices
        layout = preview.get("layout", {})
        self.items = [item["item"] for item in preview.get("items", [])]
        for item in self.items:
            self.fields[f"unit_{item}"] = forms.ChoiceField(
                label=__("Unit of %(item)s") % {"item": NAMES.get(item, item)},
                required=False,
                choices=_UNITS,
                initial=(chosen.get("units") or {}).get(item, ""),
            )
        if not layout.get("names_stations", True):
            self.fields["station"] = forms.CharField(
                label=_("Station of the table"),
                required=False,
                max_length=60,
                initial=chosen.get("station", "") or layout.get("station", ""),
                help_text=_("Its code, such as 1316A."),
            )
        if layout.get("has_o3_pairs") or chosen.get("swap_o3"):
            self.fields["swap_o3"] = forms.BooleanField(
                label=_("The columns of O3 are exchanged: put them back"),
                required=False,
                initial=bool(chosen.get("swap_o3")),
            )
        self.questions = preview.get("questions", [])
        for question in self.questions:
            if question["code"] != "station":
                self.fields[f"is_{question['name']}"] = forms.BooleanField(
                    label=__("It is right as it stands: %(item)s")
                    % {"item": NAMES.get(question["item"], "") or question["remedy"]},
                    required=False,
                )
        for name in ("zone", "label", "unknown"):
            self.fields[name].initial = chosen.get(name) or self.fields[name].initial
        # What the values look like is offered as the answer.
        for question in self.questions:
            if question["code"] in ("co_unit", "unit") and f"unit_{question['item']}" in self.fields:
                self.fields[f"unit_{question['item']}"].initial = question["answer"]
            if question["code"] == "o3_swapped" and "swap_o3" in self.fields:
                self.fields["swap_o3"].initial = True

    def choices(self) -> dict[str, Any]:
        """The choices as a delivery keeps them."""
        data = self.cleaned_data
        confirmed = set(self.delivery.choices.get("confirmed") or ())
        confirmed |= {question["name"] for question in self.questions if data.get(f"is_{question['name']}")}
        units = {item: data[f"unit_{item}"] for item in self.items if data.get(f"unit_{item}")}
        for question in self.questions:
            if question["name"] in confirmed:
                # Confirmed as it stands wins over the answer that was offered.
                units.pop(question["item"], None)
        return {
            "units": units,
            "zone": data.get("zone", ""),
            "label": data.get("label", ""),
            "station": data.get("station", ""),
            "swap_o3": bool(data.get("swap_o3")) and "o3_swapped" not in confirmed,
            "unknown": data.get("unknown") or "hold",
            "confirmed": sorted(confirmed),
        }


class ValuesForm(forms.Form):
    """Values of one hour, each with its unit; an empty field changes nothing.

    Parameters
    ----------
    items
        The values that are asked for.
    """

    def __init__(
        self, *args: Any, items: Mapping[str, int | None], erasable: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.value_items = list(items)
        for item, value in items.items():
            self.fields[item] = forms.DecimalField(
                label=f"{NAMES.get(item, item)} ({unit_text(unit_of(item))})",
                required=False,
                min_value=0,
                max_value=1_000_000,
                decimal_places=3,
                initial=None if value is None else Decimal(value) / 1000,
                localize=False,
            )
        if erasable:
            self.fields["erase"] = forms.MultipleChoiceField(
                label=_("Take out"),
                required=False,
                choices=[(item, NAMES.get(item, item)) for item in items],
                widget=forms.CheckboxSelectMultiple,
            )
        self.fields["reason"] = forms.CharField(
            label=_("Reason"),
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text=_("Kept in the log together with your name."),
        )

    def values(self) -> dict[str, int | None]:
        """Item → thousandths, or None for what is taken out; only what was filled in."""
        found: dict[str, int | None] = {
            item: int((self.cleaned_data[item] * 1000).to_integral_value())
            for item in self.value_items
            if self.cleaned_data.get(item) is not None
        }
        return {**found, **dict.fromkeys(self.cleaned_data.get("erase") or ())}


class HourForm(ValuesForm):
    """A stored hour of a station."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, items=dict.fromkeys(HOUR_ITEMS), erasable=True, **kwargs)
        self.fields["end"] = forms.DateTimeField(
            label=_("Hour (its end, campaign time)"),
            widget=forms.DateTimeInput(
                attrs={"type": "datetime-local", "step": 3600}, format="%Y-%m-%dT%H:%M"
            ),
        )
        self.order_fields(["end", *HOUR_ITEMS, "erase", "reason"])


class KeyForm(RegistryForm):
    """A key for a sender."""

    name = forms.CharField(label=_("Sender"), max_length=80, help_text=_("Whose machine will send with it."))
    region = RegionField(label=_("Region"))
    stations = forms.CharField(
        label=_("Stations"),
        required=False,
        max_length=2_000,
        help_text=_("Codes with commas between them; empty: all stations of the place."),
    )
    until = forms.DateField(label=_("Valid until"), required=False, widget=DayInput())

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        self.actor = actor

    def clean_stations(self) -> list[Station]:
        """Look the codes up among the stations that the actor may give keys for."""
        codes = [
            code
            for code in self.cleaned_data["stations"].replace("，", ",").replace("、", ",").split(",")
            if code.strip()
        ]
        wanted = [code.strip() for code in codes]
        rows = {one.code: one for one in self.actor.rows(Station.objects.filter(code__in=wanted), KEY_MANAGE)}
        missing = [code for code in wanted if code not in rows]
        if missing:
            said = __("There are no such stations in your places: %(codes)s")
            raise forms.ValidationError(said % {"codes": "、".join(missing[:10])})
        return [rows[code] for code in wanted]
