"""Forms of warnings and daily reports."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.actions import Actor
from lantian.apps.core.forms.registry import OrganisationField, RegionField, RegistryForm
from lantian.apps.core.lists import DayInput
from lantian.apps.core.models import User
from lantian.apps.monitoring.choices_daily import ReportPart, WarningLevel

_MOMENT = "%Y-%m-%dT%H:%M"


def _moment(label: Any, **extra: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT)
    return forms.DateTimeField(label=label, widget=widget, **extra)


def _document(label: Any, **extra: Any) -> forms.CharField:
    return forms.CharField(label=label, max_length=120, **extra)


class WarningForm(RegistryForm):
    """A warning."""

    region = RegionField(label=_("Region"))
    level = forms.ChoiceField(label=_("Level of the warning"), choices=WarningLevel.choices)
    begin = _moment(_("Warning begins"), initial=timezone.localtime)
    document = _document(_("Document number"))
    end = _moment(_("Warning ends"), required=False, help_text=_("Empty while it holds; give it for a past warning only."))
    end_document = _document(_("Document of the lifting"), required=False)


class LevelForm(forms.Form):
    """Another level from a moment on."""

    level = forms.ChoiceField(label=_("New level"), choices=WarningLevel.choices)
    at = _moment(_("Changed at"), initial=timezone.localtime)
    document = _document(_("Document number"))


class LiftForm(forms.Form):
    """The end of a warning."""

    at = _moment(_("Lifted at"), initial=timezone.localtime)
    document = _document(_("Document of the lifting"))


class MakeForm(RegistryForm):
    """A form that is made by hand."""

    region = RegionField(label=_("Region"))
    day = forms.DateField(label=_("Day of the report"), widget=DayInput())
    part = forms.ChoiceField(label=_("Kind of form"), choices=ReportPart.choices, initial=ReportPart.DAY)


class SettingForm(RegistryForm):
    """How the report of a place goes out."""

    organisation = OrganisationField(
        label=_("Reporting unit"), required=False, help_text=_("Stands under the form; empty: the campaign office of the place.")
    )
    addressee = forms.CharField(
        label=_("Addressed to"), required=False, max_length=120,
        help_text=_("The clause names the emergency office of the province's environment department and its monitoring centre."),
    )  # fmt: skip
    receivers = forms.CharField(
        label=_("Receivers in the house"), required=False, max_length=4_000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Names of accounts with commas between them; they get a message when the form is sent."),
    )  # fmt: skip
    auto_send = forms.BooleanField(
        label=_("Reported by the house when it is due, even unverified"), required=False,
        help_text=_("It is marked so, with the number of enterprises that nobody verified."),
    )  # fmt: skip

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, actor=actor, **kwargs)

    def clean_receivers(self) -> list[User]:
        """Look the accounts up."""
        text = self.cleaned_data["receivers"]
        for sign in ("，", "、", ";", "；", "\n", "\r"):
            text = text.replace(sign, ",")
        wanted = list(dict.fromkeys(User.normalize_username(word) for word in text.split(",") if word.strip()))
        found = {user.username: user for user in User.objects.filter(username__in=wanted, is_active=True)}
        missing = [name for name in wanted if name not in found]
        if missing:
            said = __("There are no such accounts: %(names)s")
            raise forms.ValidationError(said % {"names": "、".join(missing[:10])})
        return [found[name] for name in wanted]
