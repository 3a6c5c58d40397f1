"""Forms of devices, secrets, commands, marks and limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.forms.registry import LookupInput
from lantian.apps.core.lists import DayInput
from lantian.apps.monitoring import outlets, registry
from lantian.apps.monitoring.choices import DeviceKind, Protocol
from lantian.apps.monitoring.choices_devices import MarkKind, SecretKind
from lantian.apps.monitoring.command_words import command_words, offered_commands
from lantian.apps.monitoring.models import Device
from lantian.apps.plans.step_forms import ManyFilesField
from lantian.apps.sources.access import SOURCE_VIEW
from lantian.apps.sources.kinds import unit_kind
from lantian.apps.sources.models import Source, Unit
from lantian.rules.hj212.commands import TIME, Command
from lantian.rules.hj212.factors import factor_of, order_of
from lantian.rules.monitoring.folding import kinds
from lantian.rules.monitoring.limits import CLAIMS, FEATURES

#: sources that a field suggests
MOST_SUGGESTIONS = 20
LOCAL = "%Y-%m-%dT%H:%M"


def source_words(source: Source) -> str:
    """A source with its number, as a field writes it."""
    return f"{source.name} #{source.pk}"


def factor_words(code: str) -> str:
    """A factor in the language of the page; its code where no table has it."""
    known = factor_of(code)
    if known is None:
        return code
    return known.name if (get_language() or "zh").startswith("zh") or not known.english else known.english


class SourceField(forms.CharField):
    """A source by name, by credit code, or as it was suggested."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", LookupInput("monitoring:source_suggest"))
        kwargs.setdefault("help_text", _("Type a part of the name and choose from the suggestions."))
        super().__init__(max_length=200, **kwargs)
        self.rows: Any = Source.objects.none()

    def prepare_value(self, value: Any) -> Any:
        """Write a source with its number."""
        return source_words(value) if isinstance(value, Source) else value

    def clean(self, value: Any) -> Any:
        """Find it."""
        text = super().clean(value)
        if not text:
            return None
        numbered = re.search(r"#(\d{1,18})$", text)
        if numbered:
            found = list(self.rows.filter(pk=int(numbered[1]))[:1])
        else:
            found = list(self.rows.filter(name=text)[:2]) or list(self.rows.filter(uscc=text.upper())[:2])
        if len(found) == 1:
            return found[0]
        raise forms.ValidationError(
            __("Several sources are called so. Choose one from the suggestions.")
            if found
            else __("There is no such source that you may see.")
        )


def kind_choices() -> list[tuple[str, str]]:
    """Kinds of outlets in the language of the page."""
    name = "label" if (get_language() or "").startswith("zh") else "english"
    return [(code, str(row.get(name) or row["label"])) for code, row in kinds().items()]


class DeviceForm(forms.Form):
    """A device of the register."""

    mn = forms.CharField(
        label=_("Device number (MN)"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    name = forms.CharField(label=_("Name of the monitored point"), max_length=120, required=False)
    kind = forms.ChoiceField(label=_("Kind of device"), choices=DeviceKind.choices)
    source = SourceField(label=_("Pollution source"))
    unit = forms.CharField(
        label=_("Unit of the source"),
        max_length=60,
        required=False,
        help_text=_("Number of the outlet, line or facility that it watches, such as DA001; empty: the whole source."),
    )
    protocol = forms.ChoiceField(label=_("Protocol"), choices=Protocol.choices, initial=Protocol.V2017)
    st = forms.RegexField(
        r"^\d{2,3}$",
        label=_("System code (ST)"),
        required=False,
        help_text=_("31 stacks, 39 construction dust, 44 electricity; empty: whatever it sends."),
        error_messages={"invalid": _("A system code has two or three figures.")},
    )
    addresses = forms.CharField(
        label=_("Allowed addresses"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One address or network a line; empty: any."),
    )
    units = forms.CharField(
        label=_("Units of its factors"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only where it sends another unit than the standard's, one a line: a34013=mg/m³."),
    )
    outlet_kind = forms.ChoiceField(
        label=_("Kind of outlet"),
        required=False,
        help_text=_("Decides which limits of documents hold and to which oxygen values are folded; limits of the permit come besides."),
    )
    outlet_features = forms.MultipleChoiceField(
        label=_("Features on which limits depend"),
        required=False,
        choices=[(code, _(text)) for code, text in FEATURES.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    outlet_claims = forms.MultipleChoiceField(
        label=_("Exemptions that it enjoys"),
        required=False,
        choices=[(code, _(text)) for code, text in CLAIMS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    boiler_t_h = forms.DecimalField(
        label=_("Size of its boiler (t/h of steam)"), required=False, min_value=0, max_value=10_000, max_digits=7, decimal_places=2
    )
    minute_interval = forms.TypedChoiceField(
        label=_("Minutes between its minute data"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Not known")), *((n, str(n)) for n in (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30))],
    )
    encoding = forms.ChoiceField(
        label=_("Encoding of texts"),
        required=False,
        choices=(("", _("Try both")), ("utf-8", "UTF-8"), ("gb18030", "GB 18030")),
    )
    crc = forms.ChoiceField(
        label=_("Check of its frames"),
        required=False,
        choices=(
            ("", _("As the standard says")),
            ("modbus", "Modbus"),
            ("modbus_swapped", _("Modbus, halves exchanged")),
        ),
    )
    lenient_length = forms.BooleanField(
        label=_("Take frames whose length is wrong but whose check is right"), required=False
    )

    def __init__(self, *args: Any, actor: Actor, device: Device | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.actor, self.device = actor, device
        self.fields["outlet_kind"].choices = [("", _("Not known")), *kind_choices()]  # type: ignore[attr-defined]
        rows = actor.rows(Source.objects.filter(merged_into__isnull=True), SOURCE_VIEW)
        self.fields["source"].rows = rows  # type: ignore[attr-defined]
        if device is not None and device.state == "parked":
            self.fields["mn"].disabled = True

    @staticmethod
    def initial_of(device: Device) -> dict[str, Any]:
        """What stands in the register."""
        return {
            "mn": device.mn,
            "name": device.name,
            "kind": device.kind,
            "source": device.source,
            "unit": device.unit.number if device.unit is not None else "",
            "protocol": device.protocol,
            "st": device.st,
            "addresses": "\n".join(device.addresses),
            "units": "\n".join(f"{code}={unit}" for code, unit in sorted(device.units.items())),
            **{key: device.options.get(key) or "" for key in ("minute_interval", "encoding", "crc")},
            "lenient_length": bool(device.options.get("lenient_length")),
            **{key: device.options.get(key) or "" for key in (outlets.KIND, outlets.SIZE)},
            **{key: device.options.get(key) or [] for key in (outlets.FEATURES, outlets.CLAIMS)},
        }

    def clean_addresses(self) -> list[str]:
        """Networks."""
        return self._read("addresses", registry.networks_of)

    def clean_units(self) -> dict[str, str]:
        """Units by factor."""
        return self._read("units", registry.units_of)

    def _read(self, key: str, reader: Any) -> Any:
        try:
            return reader(re.split(r"[\n,，;；、]+", self.cleaned_data[key]))
        except Invalid as error:
            raise forms.ValidationError(str(error.fields[key])) from error

    def clean(self) -> dict[str, Any]:
        """Find the unit among those of the source."""
        data: dict[str, Any] = super().clean() or {}
        source, text = data.get("source"), (data.get("unit") or "").strip()
        data["unit"] = None
        if source is not None and text:
            rows = list(
                Unit.objects.filter(source=source, kind__in=registry.WATCHED, number__iexact=text)[:5]
            )
            if not rows:
                known = Unit.objects.filter(source=source, kind__in=registry.WATCHED).order_by("kind", "number")
                listed = "、".join(f"{one.number}（{unit_kind(one.kind)}）" for one in known[:12])
                said = __("This source has no such unit. It has: %(units)s") % {"units": listed or "—"}
                self.add_error("unit", said)
            else:
                order = list(registry.WATCHED)
                data["unit"] = min(rows, key=lambda one: order.index(one.kind))
        return data

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        options = {**(self.device.options if self.device is not None else {})}
        decisive = (outlets.KIND, outlets.FEATURES, outlets.CLAIMS, outlets.SIZE)
        for key in ("minute_interval", "encoding", "crc", "lenient_length", *decisive):
            options.pop(key, None)
            if data.get(key):
                options[key] = str(data[key]) if key == outlets.SIZE else data[key]
        keys = ("mn", "name", "kind", "source", "unit", "protocol", "st", "addresses", "units")
        return {**{key: data[key] for key in keys}, "options": options}


class DeviceChangeForm(DeviceForm):
    """A correction, which says why."""

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput())

    def clean_seen(self) -> datetime | None:
        """When the person opened the form."""
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"]) if self.cleaned_data["seen"] else None
        except ValueError:
            return None


def _secret(label: Any) -> forms.CharField:
    """A field whose value is never shown again."""
    typed = forms.PasswordInput(attrs={"autocomplete": "new-password"})
    return forms.CharField(label=label, max_length=64, strip=False, widget=typed)


class _TypedTwice(forms.Form):
    """A secret that is typed twice; what is there is never shown."""

    secret = _secret(_("New password or key"))
    again = _secret(_("Once more"))

    def clean(self) -> dict[str, Any]:
        """Typed twice the same."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("secret") and data.get("again") and data["secret"] != data["again"]:
            self.add_error("again", __("The two are not the same."))
        return data


class SecretForm(_TypedTwice):
    """A new password or key."""

    field_order = ("kind", "secret", "again", "reason")
    kind = forms.ChoiceField(label=_("Kind of secret"), choices=SecretKind.choices)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )


class NewPasswordForm(_TypedTwice):
    """A password that the device itself is to have."""

    secret = _secret(_("New password (six letters or figures)"))
    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("This does something at the station. Kept in the log together with your name."),
    )


_LABELS = {
    "PolId": _("Factor (PolId)"),
    "OverTime": _("Time-out (OverTime)"),
    "ReCount": _("Repeats (ReCount)"),
    "RtdInterval": _("Interval (RtdInterval)"),
    "MinInterval": _("Interval (MinInterval)"),
    "BeginTime": _("From (BeginTime)"),
    "EndTime": _("To (EndTime)"),
    "CstartTime": _("First sample at (CstartTime, hhmmss)"),
    "Ctime": _("Every (Ctime)"),
    "InfoId": _("Information (InfoId)"),
    "Info": _("Value to set (Info)"),
    "CalibrationType": _("Kind of calibration (CalibrationType)"),
}


class CommandChoiceForm(forms.Form):
    """Which command."""

    cn = forms.ChoiceField(label=_("Command"))

    def __init__(self, *args: Any, version: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = offered_commands(version)
        self.fields["cn"].choices = [(one.cn, command_words(one.cn)) for one in offered.values()]  # type: ignore[attr-defined]


class CommandForm(forms.Form):
    """The fields of one command.

    Parameters
    ----------
    codes
        Factors that the device sends, to choose from.
    """

    def __init__(
        self, *args: Any, command: Command, codes: Sequence[str] = (), version: str = "", **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.command = command
        self.command_fields = command.fields_of(version)
        chinese = (get_language() or "zh").startswith("zh")
        for one in self.command_fields:
            label = str(_LABELS.get(one.key, one.key)) + (f" [{one.unit}]" if one.unit else "")
            required = not one.optional
            made: forms.Field
            if one.kind == "now":
                continue
            if one.kind == "whole":
                made = forms.IntegerField(
                    label=label, required=required, min_value=one.least, max_value=one.most,
                    help_text=f"{one.least}–{one.most}",
                )  # fmt: skip
            elif one.kind == "choice":
                words = [f"{value} {pair[0 if chinese else 1]}" for value, pair in zip(one.choices, one.labels, strict=False)]
                listed = [("", "—")] if one.optional else []
                listed += list(zip(one.choices, words or one.choices, strict=True))
                made = forms.ChoiceField(label=label, required=required, choices=listed)
            elif one.kind == "time":
                now = timezone.now().astimezone(CAMPAIGN_TIME).replace(minute=0, second=0, microsecond=0)
                begin = now - timedelta(hours=6 if one.key == "BeginTime" else 0)
                made = forms.DateTimeField(
                    label=label,
                    required=required,
                    initial=begin.replace(tzinfo=None),
                    widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL),
                )
            elif one.kind == "factor" and codes:
                listed = [("", "—")] if one.optional else []
                listed += [(code, f"{factor_words(code)} {code}") for code in sorted(codes, key=order_of)]
                made = forms.ChoiceField(label=label, required=required, choices=listed)
            else:
                made = forms.CharField(label=label, required=required, max_length=20)
            self.fields[one.key] = made
        if command.confirm:
            self.fields["reason"] = forms.CharField(
                label=_("Reason"),
                max_length=500,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("This does something at the station. Kept in the log together with your name."),
            )

    def given(self) -> dict[str, str]:
        """Field → text as it goes into the frame."""
        found: dict[str, str] = {}
        for one in self.command_fields:
            value = self.cleaned_data.get(one.key)
            if value in (None, ""):
                continue
            if isinstance(value, datetime):
                value = value.astimezone(CAMPAIGN_TIME).strftime(TIME)
            found[one.key] = str(value)
        return found


class MarkForm(forms.Form):
    """A mark of the own data."""

    device = forms.ModelChoiceField(label=_("Monitored point"), queryset=Device.objects.none())
    kind = forms.ChoiceField(label=_("What happened"), choices=MarkKind.choices, widget=forms.RadioSelect)
    start = forms.DateTimeField(
        label=_("Start time"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)
    )
    end = forms.DateTimeField(
        label=_("End time"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL)
    )
    factors = forms.MultipleChoiceField(
        label=_("Monitored factors"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None: all of them.")
    )
    cause = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
    proofs = ManyFilesField(
        label=_("Proof"),
        help_text=_("Photos, records of work or sheets; up to five files."),
    )

    def __init__(self, *args: Any, devices: Any, codes: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["device"].queryset = devices  # type: ignore[attr-defined]
        self.fields["device"].label_from_instance = _point_words  # type: ignore[attr-defined]
        self.fields["factors"].choices = [  # type: ignore[attr-defined]
            (code, factor_words(code)) for code in sorted(codes, key=order_of)
        ]
        if not codes:
            del self.fields["factors"]


def _point_words(device: Device) -> str:
    source = device.source.name if device.source is not None else ""
    return f"{source} · {device.name or device.mn}"


class CheckForm(forms.Form):
    """The check of a mark."""

    accept = forms.TypedChoiceField(
        label=_("Verdict of the check"),
        choices=(("yes", _("Accept the mark")), ("no", _("Refuse the mark"))),
        coerce=lambda text: text == "yes",
        widget=forms.RadioSelect,
    )
    words = forms.CharField(
        label=_("Words of the check"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class LimitForm(forms.Form):
    """The limit of a factor."""

    factor = forms.ChoiceField(label=_("Monitored factor"))
    limit_mg_m3 = forms.DecimalField(
        label=_("Limit (mg/m³)"), min_value=Decimal("0.001"), max_digits=10, decimal_places=3
    )
    reference_oxygen_percent = forms.DecimalField(
        label=_("Reference oxygen (%)"),
        required=False,
        min_value=Decimal(0),
        max_value=Decimal(20),
        max_digits=4,
        decimal_places=2,
        help_text=_("Empty where the standard knows no folding."),
    )
    basis = forms.CharField(
        label=_("Document and clause"),
        max_length=200,
        help_text=_("The permit, the standard or the order that sets it."),
    )
    valid_from = forms.DateField(label=_("Valid from"), widget=DayInput())
    valid_to = forms.DateField(label=_("Valid to (last day)"), required=False, widget=DayInput())

    def __init__(self, *args: Any, codes: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["factor"].choices = [  # type: ignore[attr-defined]
            (code, f"{factor_words(code)} {code}") for code in sorted(codes, key=order_of)
        ]


class EndForm(forms.Form):
    """A last day, with the reason."""

    on = forms.DateField(label=_("Last day"), widget=DayInput())
    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )  # fmt: skip


#: signs of a packet that is pasted in: the longest frame as hexadecimal figures, and more
MOST_PASTED = 16_384


class PacketForm(forms.Form):
    """A packet as text or as hexadecimal figures."""

    packet = forms.CharField(
        label=_("Packet"),
        max_length=MOST_PASTED,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=_("As text from “##” on, or its bytes as hexadecimal figures."),
    )
