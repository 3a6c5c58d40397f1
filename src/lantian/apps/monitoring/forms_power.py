"""Forms of electricity supervision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.actions import Actor
from lantian.apps.core.forms.registry import RegionField, RegistryForm
from lantian.apps.core.lists import DayInput
from lantian.apps.monitoring.access import POWER_EDIT
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import Period
from lantian.apps.monitoring.choices_power import (
    Demand,
    FeedMeasure,
    FeedUnit,
    MeterRole,
    OwnGeneration,
    PeriodKind,
)
from lantian.apps.monitoring.models import Device, Meter, MeterFeed
from lantian.apps.sources.models import Source, Unit
from lantian.rules.names import normalised

_MOMENT = "%Y-%m-%dT%H:%M"


def sources_of(actor: Actor, text: str) -> list[Source]:
    """The sources of an actor that are known by a name or code; at most two."""
    rows = actor.rows(Source.objects.filter(merged_into__isnull=True), POWER_EDIT)
    code = text.strip().upper()
    for wanted in ({"uscc": code}, {"permit": code}, {"name_key": normalised(text)}):
        found = list(rows.filter(**wanted)[:2])
        if found:
            return found
    return []


def listed(text: str) -> list[str]:
    """Words with commas or lines between them."""
    for sign in ("，", "、", ";", "；", "\n", "\r"):
        text = text.replace(sign, ",")
    return [word.strip() for word in text.split(",") if word.strip()]


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
    )


class MeterForm(forms.Form):
    """A meter."""

    number = forms.CharField(label=_("Number of the meter"), max_length=40)
    name = forms.CharField(label=_("Name"), max_length=80, required=False)
    source = forms.CharField(
        label=_("Enterprise"), max_length=160, help_text=_("Full name, credit code or permit number.")
    )
    role = forms.ChoiceField(label=_("What it measures"), choices=MeterRole.choices)
    unit = forms.CharField(
        label=_("Line or facility"),
        max_length=120,
        required=False,
        help_text=_("Its number or name; empty for the whole plant."),
    )
    serves = forms.CharField(
        label=_("Treats the lines"),
        max_length=500,
        required=False,
        help_text=_("Of treatment equipment: numbers of lines with commas between them; empty: all lines."),
    )
    ct = forms.DecimalField(label=_("Current ratio (CT)"), min_value=0, max_digits=9, decimal_places=3, initial=1)
    pt = forms.DecimalField(label=_("Voltage ratio (PT)"), min_value=0, max_digits=9, decimal_places=3, initial=1)
    multiplied = forms.BooleanField(label=_("Values arrive multiplied by CT and PT"), required=False)
    register_digits = forms.IntegerField(
        label=_("Figures of the counter before the point"), min_value=3, max_value=12, required=False
    )
    capacity_kw = forms.DecimalField(
        label=_("Capacity (kW)"), min_value=0, max_digits=10, decimal_places=1, required=False,
        help_text=_("Values far above it are refused: mostly the multiplier is wrong."),
    )  # fmt: skip
    holding_kw = forms.DecimalField(
        label=_("Holding load (kW)"), min_value=0, max_digits=10, decimal_places=1, required=False,
        help_text=_("What stays on while nothing is produced: furnaces kept warm, cold stores, lighting."),
    )  # fmt: skip
    holding_grounds = forms.CharField(
        label=_("Grounds of the holding load"), max_length=200, required=False,
        help_text=_("Who accepted it, and for what."),
    )  # fmt: skip
    stop_minutes = forms.IntegerField(
        label=_("Time that the process needs to stop (min)"), min_value=0, max_value=14 * 1440, initial=0
    )
    account = forms.CharField(label=_("Number of the account"), max_length=40, required=False)
    note = forms.CharField(label=_("Note"), max_length=200, required=False)

    def __init__(self, *args: Any, actor: Actor, meter: Meter | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor, self.meter = actor, meter
        if meter is not None:
            self.fields["number"].disabled = True

    def clean_source(self) -> Source:
        """Find it among those of the actor."""
        text = self.cleaned_data["source"]
        if self.meter is not None and text == self.meter.source.name:
            return self.meter.source
        found = sources_of(self.actor, text)
        if len(found) == 1:
            return found[0]
        raise forms.ValidationError(
            __("Several of your enterprises are known so. Write the credit code.")
            if found
            else __("None of your enterprises is known by this name or code.")
        )

    def clean(self) -> dict[str, Any]:
        """Look the lines up among those of the enterprise."""
        data: dict[str, Any] = super().clean() or {}
        source = data.get("source")
        if not isinstance(source, Source):
            return data
        units = list(Unit.objects.filter(source=source))
        role = data.get("role", "")
        data["unit"] = self._unit("unit", units, data.get("unit", ""), role == MeterRole.TREATMENT)
        data["serves"] = [
            line
            for text in listed(data.get("serves") or "")
            if (line := self._unit("serves", units, text, False)) is not None
        ]
        return data

    def _unit(self, name: str, units: list[Unit], text: str, facility: bool) -> Unit | None:
        wanted = text.strip()
        if not wanted:
            return None
        found = [one for one in units if one.number == wanted] or [one for one in units if one.name == wanted]
        if len(found) > 1:
            found = [one for one in found if (one.kind == "facility") == facility] or found
        if len(found) == 1:
            return found[0]
        known = "、".join(f"{one.number} {one.name}".strip() for one in units[:10]) or "—"
        said = (
            __("“%(text)s” is the number of several units. Write the name.")
            if found
            else __("“%(text)s” is no line or facility of this enterprise. Known are: %(names)s")
        )
        self.add_error(name, said % {"text": wanted[:40], "names": known})
        return None


class FeedForm(forms.Form):
    """The device that a meter is read from."""

    device = forms.ChoiceField(label=_("Device number (MN)"), help_text=_("Devices of the enterprise in operation."))
    measure = forms.ChoiceField(label=_("What the factor says"), choices=FeedMeasure.choices)
    factors = forms.CharField(
        label=_("Factor code"), max_length=80,
        help_text=_("As it stands in the frames; of phases those of the voltages, with commas between them."),
    )  # fmt: skip
    currents = forms.CharField(
        label=_("Codes of the currents"), max_length=80, required=False,
        help_text=_("Of phases only: one for all of them, or one for each voltage in the same order."),
    )  # fmt: skip
    unit = forms.ChoiceField(label=_("Unit that is sent"), choices=FeedUnit.choices, required=False)
    period = forms.ChoiceField(label=_("Kind of data"), choices=Period.choices)
    power_factor = forms.DecimalField(
        label=_("Power factor"), min_value=0, max_value=1, max_digits=4, decimal_places=3, required=False,
        help_text=_("Of phases only: by what their products are multiplied."),
    )  # fmt: skip
    grounds = forms.CharField(
        label=_("Grounds"), max_length=200,
        help_text=_("Where code and unit are from: a test report, the manual of the logger, the supplier."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, meter: Meter, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = actor.rows(Device.objects.filter(source=meter.source, state=DeviceState.ACTIVE), POWER_EDIT)
        self.devices = {str(row.pk): row for row in rows.order_by("mn")}
        feed = MeterFeed.objects.filter(meter=meter).select_related("device").first()
        listed = [(key, f"{row.mn} {row.name}".strip()) for key, row in self.devices.items()]
        if feed is not None and str(feed.device_id) not in self.devices:
            # What is set is shown, and the action says why it cannot stay so.
            self.devices[str(feed.device_id)] = feed.device
            listed.append((str(feed.device_id), feed.device.mn))
        self.fields["device"].choices = [("", "—"), *listed]  # type: ignore[attr-defined]

    def clean_device(self) -> Device:
        """The row."""
        return self.devices[self.cleaned_data["device"]]

    def clean_factors(self) -> list[str]:
        """Codes one by one."""
        return listed(self.cleaned_data["factors"])

    def clean_currents(self) -> list[str]:
        """Codes one by one."""
        return listed(self.cleaned_data["currents"])


class FigureForm(forms.Form):
    """An own value of an entry of a book."""

    value = forms.CharField(label=_("Value of the office"), max_length=20)
    grounds = forms.CharField(
        label=_("Grounds"), max_length=200, help_text=_("Which document or finding says so; every result names it.")
    )


class PowerSiteForm(forms.Form):
    """Own generation of an enterprise."""

    own_generation = forms.ChoiceField(label=_("Own generation"), choices=OwnGeneration.choices)
    ratio = forms.DecimalField(
        label=_("Used for each kWh bought"), min_value=1, max_digits=7, decimal_places=3, required=False,
        help_text=_("Total over bought energy, such as 1.25; for a known ratio only."),
    )  # fmt: skip
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class PeriodForm(RegistryForm):
    """An order or a special time."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind of time"), choices=PeriodKind.choices)
    document = forms.CharField(label=_("Document"), max_length=120, required=False)
    start = _moment(_("From"))
    end = _moment(_("To"))
    demand = forms.ChoiceField(label=_("Ordered"), choices=Demand.choices)
    percent = forms.IntegerField(
        label=_("Reduction (%)"), min_value=1, max_value=99, required=False, help_text=_("Of a limit only.")
    )
    grace_minutes = forms.IntegerField(
        label=_("Grace at the beginning (min)"), min_value=0, max_value=14 * 1440, initial=0,
        help_text=_("The longer one of this and of what a line needs to stop counts."),
    )  # fmt: skip
    region = RegionField(label=_("Region"))
    sources = forms.CharField(
        label=_("Enterprises"), required=False, max_length=8_000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Full names or credit codes, with commas or in lines; empty: all enterprises of the place."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        self.actor = actor

    def clean_sources(self) -> list[Source]:
        """Look them up among those of the actor."""
        found, wrong = [], []
        for text in listed(self.cleaned_data["sources"]):
            rows = sources_of(self.actor, text)
            if len(rows) == 1:
                found.append(rows[0])
            else:
                wrong.append(text)
        if wrong:
            said = __("Not found among your enterprises, or several are called so: %(names)s")
            raise forms.ValidationError(said % {"names": "、".join(wrong[:10])})
        return list(dict.fromkeys(found))


class MeterKeyForm(RegistryForm):
    """A key for a program that sends readings."""

    name = forms.CharField(label=_("Sender"), max_length=80, help_text=_("Whose machine will send with it."))
    region = RegionField(label=_("Region"))
    meters = forms.CharField(
        label=_("Meters"), required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Numbers with commas between them; empty: all meters of the place."),
    )  # fmt: skip
    until = forms.DateField(label=_("Valid until"), required=False, widget=DayInput())

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)
        self.actor = actor

    def clean_meters(self) -> list[Meter]:
        """Look the numbers up among those of the actor."""
        wanted = listed(self.cleaned_data["meters"])
        rows = self.actor.rows(Meter.objects.filter(number__in=wanted).select_related("source__region"), POWER_EDIT)
        found = {one.number: one for one in rows}
        missing = [number for number in wanted if number not in found]
        if missing:
            said = __("There are no such meters in your places: %(numbers)s")
            raise forms.ValidationError(said % {"numbers": "、".join(missing[:10])})
        return [found[number] for number in wanted]
