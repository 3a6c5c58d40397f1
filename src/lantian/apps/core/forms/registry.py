"""Forms of places, organisations, people and imports."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import files
from lantian.apps.core.actions import Actor
from lantian.apps.core.display import campaign_today
from lantian.apps.core.importers.registry import Importer
from lantian.apps.core.lists import DayInput
from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.models.organisations import AliasKind, OrganisationKind
from lantian.apps.core.models.regions import CodeKind, RegionLevel
from lantian.apps.core.queries import registry as queries
from lantian.rules import region_codes as codes


class LookupInput(forms.TextInput):
    """A text field with suggestions from the server; without scripts code or name is simply typed."""

    template_name = "core/widgets/lookup.html"

    def __init__(self, suggest_url_name: str, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "off", "spellcheck": "false", **(attrs or {})})
        self.suggest_url_name = suggest_url_name

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """Add the address of the suggestions."""
        context = super().get_context(name, value, attrs)
        context["widget"]["suggest_url"] = reverse(self.suggest_url_name)
        context["widget"]["list_id"] = f"{context['widget']['attrs'].get('id') or name}_list"
        return context


class RegionField(forms.CharField):
    """An open place by code, by name, or as it was suggested."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", LookupInput("core:region-suggest"))
        kwargs.setdefault("help_text", _("Type a code or a name and choose from the suggestions."))
        super().__init__(max_length=120, **kwargs)
        self.rows: Any = None

    def prepare_value(self, value: Any) -> Any:
        """Write a place as code and name."""
        if isinstance(value, Region):
            return queries.region_words(value)
        return value

    def clean(self, value: Any) -> Any:
        """Find the place."""
        text = super().clean(value)
        if not text:
            return None
        rows = self.rows if self.rows is not None else Region.objects.none()
        rows = rows.filter(valid_to__isnull=True)
        first = text.split()[0]
        wanted = {first, codes.canonical(first)}
        if first.isascii() and first.isdigit():
            wanted.add(codes.prefix(first))
        found = list(rows.filter(code__in=wanted)[:2])
        if not found:
            found = list(rows.filter(name=text)[:2]) or list(rows.filter(short_name=text)[:2])
        if len(found) == 1:
            return found[0]
        raise forms.ValidationError(
            __("Several places are called so. Write the code.")
            if found
            else __("There is no such open place. Choose one from the suggestions.")
        )


class OrganisationField(forms.CharField):
    """An open organisation by code, by name, or as it was suggested."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", LookupInput("core:organisation-suggest"))
        kwargs.setdefault("help_text", _("Type a part of the name and choose from the suggestions."))
        super().__init__(max_length=160, **kwargs)
        self.rows: Any = None

    def prepare_value(self, value: Any) -> Any:
        """Write an organisation with its number."""
        if isinstance(value, Organisation):
            return queries.organisation_words(value)
        return value

    def clean(self, value: Any) -> Any:
        """Find the organisation."""
        text = super().clean(value)
        if not text:
            return None
        rows = self.rows if self.rows is not None else Organisation.objects.none()
        rows = rows.filter(merged_into__isnull=True)
        numbered = re.search(r"#(\d{1,18})$", text)
        if numbered:
            found = list(rows.filter(pk=int(numbered[1]))[:1])
        else:
            found = (
                list(rows.filter(name=text)[:2])
                or list(rows.filter(short_name=text)[:2])
                or list(rows.filter(code=text)[:2])
            )
        if len(found) == 1:
            return found[0]
        raise forms.ValidationError(
            __("Several organisations are called so. Choose one from the suggestions.")
            if found
            else __("There is no such open organisation. Choose one from the suggestions.")
        )


class RegistryForm(forms.Form):
    """A form that looks up places and organisations as its actor sees them."""

    def __init__(self, *args: Any, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, RegionField):
                field.rows = actor.rows(Region.objects.all(), "core.region.view")
            elif isinstance(field, OrganisationField):
                field.rows = actor.rows(Organisation.objects.all(), "core.organisation.view")


def _day(label: Any, required: bool = True, **extra: Any) -> forms.DateField:
    return forms.DateField(label=label, required=required, widget=DayInput(), **extra)


def _reason(required: bool = True) -> forms.CharField:
    return forms.CharField(
        label=_("Reason"),
        required=required,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Kept in the log together with your name."),
    )


class RegionForm(RegistryForm):
    """A place."""

    name = forms.CharField(label=_("Name"), max_length=60)
    short_name = forms.CharField(label=_("Short name"), max_length=30, required=False)
    level = forms.ChoiceField(label=_("Level"), choices=RegionLevel.choices)
    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("The national code, or a local one for a development zone."),
    )
    code_kind = forms.ChoiceField(
        label=_("Kind of code"),
        choices=[("", _("By the code itself")), *CodeKind.choices],
        required=False,
    )
    parent = RegionField(label=_("Parent"), required=False)
    valid_from = _day(_("Valid from"), required=False)


class RegionCorrectionForm(RegionForm):
    """A correction of a place, with the reason."""

    reason = _reason()


class CloseForm(RegistryForm):
    """A last day."""

    on = _day(_("Last day"), initial=campaign_today)
    reason = _reason()


class RegionRenameForm(RegistryForm):
    """A new name, code or parent from a day on."""

    on = _day(_("First day of the new entry"), initial=campaign_today)
    name = forms.CharField(label=_("New name"), max_length=60)
    short_name = forms.CharField(label=_("New short name"), max_length=30, required=False)
    code = forms.CharField(label=_("New code"), max_length=20, required=False)
    parent = RegionField(label=_("New parent"), required=False)
    reason = _reason()


class RegionMergeForm(RegistryForm):
    """Places that become part of this one, or together with it a new one."""

    on = _day(_("First day after the merger"), initial=campaign_today)
    others = forms.CharField(
        label=_("Places that are merged with it"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One code in each line."),
    )
    into = forms.ChoiceField(
        label=_("What goes on"),
        choices=(("self", _("This place goes on and takes the others in")), ("new", _("A new place begins"))),
        widget=forms.RadioSelect,
        initial="self",
    )
    name = forms.CharField(label=_("Name of the new place"), max_length=60, required=False)
    code = forms.CharField(label=_("Code of the new place"), max_length=20, required=False)
    reason = _reason()

    def clean_others(self) -> list[Region]:
        """Find each place by its code."""
        found: list[Region] = []
        for text in re.split(r"[\s,，、;；]+", self.cleaned_data["others"].strip()):
            code = codes.canonical(text)
            rows = list(
                Region.objects.filter(code__in={text, code, codes.prefix(code)}, valid_to__isnull=True)[:2]
            )
            if len(rows) != 1:
                raise forms.ValidationError(
                    __("There is no open place with the code “%(code)s”.") % {"code": text[:40]}
                )
            found.append(rows[0])
        return found


class RegionSplitForm(RegistryForm):
    """Two or three new places and where each place below goes."""

    PARTS = 3
    on = _day(_("First day of the new places"), initial=campaign_today)

    def __init__(self, *args: Any, children: Sequence[Region], **kwargs: Any) -> None:
        self.children = list(children)
        super().__init__(*args, **kwargs)
        places = [(str(number), str(number)) for number in range(1, self.PARTS + 1)]
        self.fields["heir"] = forms.ChoiceField(
            label=_("New place that takes over the organisations"), choices=places
        )
        for number in range(1, self.PARTS + 1):
            optional = number > 2
            label = {"number": number}
            self.fields[f"name_{number}"] = forms.CharField(
                label=_("Name of new place %(number)d") % label, max_length=60, required=not optional
            )
            self.fields[f"code_{number}"] = forms.CharField(
                label=_("Code of new place %(number)d") % label, max_length=20, required=not optional
            )
        for child in self.children:
            self.fields[f"child_{child.pk}"] = forms.ChoiceField(
                label=__("%(name)s goes to new place") % {"name": child.name}, choices=places
            )
        self.fields["reason"] = _reason()

    def clean(self) -> dict[str, Any]:
        """Nothing goes to a place that is not there."""
        data: dict[str, Any] = super().clean() or {}
        count = self.PARTS if data.get(f"name_{self.PARTS}") else self.PARTS - 1
        for name, value in data.items():
            if (name.startswith("child_") or name == "heir") and value and int(value) > count:
                self.add_error(name, __("There is no such new place."))
        return data


class OrganisationForm(RegistryForm):
    """An organisation."""

    name = forms.CharField(label=_("Full name"), max_length=120)
    short_name = forms.CharField(label=_("Short name"), max_length=60, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=OrganisationKind.choices, initial="department")
    code = forms.CharField(label=_("Code"), max_length=32, required=False)
    parent = OrganisationField(label=_("Parent"), required=False)
    region = RegionField(label=_("Region"), required=False)
    valid_from = _day(_("Valid from"), required=False)
    order = forms.IntegerField(
        label=_("Order"), min_value=0, max_value=2_000_000_000, required=False, initial=0
    )

    def clean_order(self) -> int:
        """Empty is first."""
        return self.cleaned_data["order"] or 0


class OrganisationChangeForm(OrganisationForm):
    """A change of an organisation, with the reason."""

    keep_former_name = forms.BooleanField(
        label=_("Keep the present name as a former name"), required=False, initial=True
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = _reason()


class MoveForm(RegistryForm):
    """A new parent."""

    parent = OrganisationField(label=_("New parent"), required=False)
    reason = _reason()


class MergeForm(RegistryForm):
    """What an organisation is merged into."""

    target = OrganisationField(label=_("Organisation that goes on"))
    on = _day(_("Day of the merger"), initial=campaign_today)
    reason = _reason()


class AliasForm(forms.Form):
    """Another name."""

    name = forms.CharField(label=_("Name"), max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=AliasKind.choices, initial=AliasKind.OTHER)


class PersonForm(RegistryForm):
    """Somebody."""

    name = forms.CharField(label=_("Name"), max_length=60)
    organisation = OrganisationField(label=_("Organisation"), required=False)
    mobile = forms.RegexField(
        r"^\+?[\d -]{5,19}$",
        label=_("Mobile phone"),
        required=False,
        error_messages={"invalid": _("A telephone number has figures only.")},
    )
    email = forms.EmailField(label=_("E-mail"), required=False)

    def clean_mobile(self) -> str:
        """Figures only."""
        return re.sub(r"[ -]", "", self.cleaned_data["mobile"] or "")


class NewPersonForm(PersonForm):
    """Somebody new, with the first post."""

    post = forms.CharField(label=_("Post"), max_length=60, required=False)


class PersonChangeForm(PersonForm):
    """A change."""

    seen = forms.CharField(widget=forms.HiddenInput, required=False)
    reason = _reason(required=False)


class LeaveForm(RegistryForm):
    """A day of leaving."""

    on = _day(_("Left on"), initial=campaign_today)
    reason = _reason(required=False)


class PostForm(RegistryForm):
    """A post."""

    title = forms.CharField(label=_("Post"), max_length=60)
    organisation = OrganisationField(label=_("Organisation"))
    valid_from = _day(_("Since"), required=False)
    is_head = forms.BooleanField(label=_("Head of the organisation"), required=False)
    is_contact = forms.BooleanField(label=_("Contact for the campaign"), required=False)


class UploadForm(forms.Form):
    """A file for an importer, with its questions."""

    def __init__(self, *args: Any, importer: Importer, actor: Actor, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endings = sorted(importer.run.accepts)
        self.fields["file"] = forms.FileField(
            label=_("File"),
            widget=forms.FileInput(
                attrs={
                    "accept": ",".join(f".{end}" for end in endings),
                    "data-most": files.MAX_BYTES,
                    "data-most-said": __("The file is larger than %(limit)d MB.")
                    % {"limit": files.MAX_BYTES // files.MEGABYTE},
                }
            ),
            help_text=__("%(types)s, at most %(limit)d MB")
            % {"types": "、".join(endings), "limit": files.MAX_BYTES // files.MEGABYTE},
            allow_empty_file=True,
        )
        for option in importer.options:
            if option.choices:
                listed = list(option.offered(actor))
                # What depends on the account may be many.
                many = callable(option.choices)
                self.fields[option.key] = forms.ChoiceField(
                    label=option.label,
                    choices=[("", "—"), *listed] if many else listed,
                    widget=forms.Select if many else forms.RadioSelect,
                    required=option.required,
                    initial=option.default or None,
                    help_text=option.help,
                )
            else:
                self.fields[option.key] = forms.CharField(
                    label=option.label, max_length=200, required=option.required, help_text=option.help
                )
