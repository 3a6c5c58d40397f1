"""Forms of the steps of a task; each names only what its step asks."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.forms.registry import OrganisationField
from lantian.apps.core.lists import DayInput
from lantian.apps.core.models import Organisation
from lantian.apps.plans import standing
from lantian.apps.plans.actions.doing import MANY_FILES
from lantian.apps.plans.actions.steps import NOTE_LENGTH
from lantian.apps.plans.choices import EventKind, UnitRole
from lantian.apps.plans.models import Task, TaskQuantity
from lantian.apps.plans.models.tasks import plain

#: pictures first, so that a phone offers its camera
EVIDENCE_ENDINGS = ("jpg", "jpeg", "png", "webp", "pdf", "doc", "docx", "wps", "xls", "xlsx", "et", "zip")
#: blank lines for parts, and how many more one press gives
PART_LINES = 4
#: the list of names that the lines suggest from
UNITS_LIST = "pl-units"


class ManyFilesInput(forms.FileInput):
    """A choice of several files."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Several files at once."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        """Each file by itself."""
        listed = data if isinstance(data, list | tuple) else [data] if data else []
        if len(listed) > MANY_FILES:
            raise forms.ValidationError(__("At most %(count)s files at once.") % {"count": MANY_FILES})
        return [super(ManyFilesField, self).clean(one, initial) for one in listed]


def amount_field(label: str, **kwargs: Any) -> forms.DecimalField:
    """A number that is not negative, as large as the ledger keeps it."""
    return forms.DecimalField(
        label=label,
        required=False,
        min_value=Decimal(0),
        max_digits=21,
        decimal_places=6,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
        **kwargs,
    )


def amount_name(row: TaskQuantity) -> str:
    """What an amount counts, for a label."""
    return row.what or row.text or __("Quantity")


class VersionForm(forms.Form):
    """A form that knows what the person saw."""

    version = forms.IntegerField(required=False, widget=forms.HiddenInput())

    def show_conflict(self, current_version: int) -> None:
        """Let the person save over the version that is there now."""
        data: Any = self.data
        data = data.copy()
        data[self.add_prefix("version")] = str(current_version)
        self.data = data


class StepForm(VersionForm):
    """Day and words; the reason where the step asks for one."""

    on = forms.DateField(label=_("Day"), widget=DayInput())

    def __init__(self, *args: Any, task: Task, needs_reason: bool = False, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "on": display.campaign_today(),
            "version": task.version,
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        self.task = task
        self.fields["on"].widget.attrs["max"] = display.campaign_today().isoformat()
        if needs_reason:
            self.fields["reason"] = self.words(_("Reason"), 500, True)
        else:
            self.fields["note"] = self.words(_("Note"), NOTE_LENGTH, False)

    @staticmethod
    def words(label: Any, length: int, required: bool, rows: int = 3) -> forms.CharField:
        """Some lines of text."""
        return forms.CharField(
            label=label, max_length=length, required=required, widget=forms.Textarea(attrs={"rows": rows})
        )

    def values(self) -> dict[str, Any]:
        """What the action takes."""
        return dict(self.cleaned_data)


class ProgressForm(StepForm):
    """How much is done: of each amount that counts, or as a share; with files that prove it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        task = self.task
        self.counted = standing.counted(task)
        by_parts: dict[int, Decimal] = {}
        parts = TaskQuantity.objects.filter(part_of__in=[row.pk for row in self.counted])
        for whole, done in parts.values_list("part_of", "done"):
            if whole is not None:
                by_parts[whole] = by_parts.get(whole, Decimal(0)) + (done or Decimal(0))
        note = self.fields.pop("note")
        note.label = _("What has been done")
        for row in self.counted:
            parted = by_parts.get(row.pk)
            field = amount_field(
                __("%(what)s done so far") % {"what": amount_name(row)},
                help_text=__("Of %(value)s%(unit)s.") % {"value": row.number, "unit": row.unit}
                if parted is None
                else __("Of %(value)s%(unit)s; %(parts)s%(unit)s more come from the parts handed down.")
                % {"value": row.number, "unit": row.unit, "parts": plain(parted) or "0"},
            )
            if row.done is not None:
                field.initial = plain(row.done - (parted or Decimal(0)))
            self.fields[f"quantity_{row.pk}"] = field
        if not self.counted and not task.parts.exists():
            self.fields["percent"] = forms.DecimalField(
                label=_("Share done [%]"),
                required=False,
                min_value=Decimal(0),
                max_value=Decimal(100),
                decimal_places=2,
                initial=plain(task.percent) or "0",
                widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
            )
        self.fields["note"] = note
        self.fields["evidence"] = ManyFilesField(
            label=_("Evidence"),
            required=False,
            help_text=_("Photos, documents, tables; up to 50 MB each."),
            widget=ManyFilesInput(
                attrs={"multiple": True, "accept": ",".join(f".{end}" for end in EVIDENCE_ENDINGS)}
            ),
        )

    def values(self) -> dict[str, Any]:
        """Amounts by their keys, files with their names."""
        data = dict(self.cleaned_data)
        quantities = {
            row.pk: done for row in self.counted if (done := data.pop(f"quantity_{row.pk}", None)) is not None
        }
        evidence = [(one, one.name or "file") for one in data.pop("evidence")]
        return {**data, "quantities": quantities, "evidence": evidence}


class SubmitForm(ProgressForm):
    """How much is done, and who is asked to co-sign."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = self.task.units.filter(role=UnitRole.COOPERATING, organisation__isnull=False)
        asked = Organisation.objects.filter(pk__in=units.values("organisation"))
        if asked:
            self.fields["cosign"] = forms.ModelMultipleChoiceField(
                label=_("Ask to co-sign"),
                queryset=asked,
                required=False,
                widget=forms.CheckboxSelectMultiple(),
                help_text=_("Cooperating units that sign before the close-out is accepted."),
            )

    def values(self) -> dict[str, Any]:
        """With the units that are asked."""
        data = super().values()
        data["cosign"] = list(data.get("cosign") or ())
        return data


class AcceptForm(StepForm):
    """Words, and the reason where something is still open."""

    def __init__(self, *args: Any, open_points: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if open_points:
            self.fields["override"] = forms.BooleanField(
                label=_("Accept all the same"),
                required=False,
                help_text=__("Still open: %(what)s.") % {"what": "；".join(open_points)},
            )
            self.fields["reason"] = self.words(_("Reason"), 500, False)


STEP_FORMS: dict[str, type[StepForm]] = {
    EventKind.REPORT: ProgressForm,
    EventKind.SUBMIT: SubmitForm,
    EventKind.ACCEPT: AcceptForm,
}


class CountedForm(VersionForm):
    """Which amounts count."""

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        rows = list(task.quantities.all())
        kwargs["initial"] = {
            "version": task.version,
            "keys": [row.pk for row in rows if row.counts],
            **(kwargs.get("initial") or {}),
        }
        super().__init__(*args, **kwargs)
        self.fields["keys"] = forms.TypedMultipleChoiceField(
            label=_("Amounts that count for progress"),
            choices=[(row.pk, f"{row.what} {row.number}{row.unit}".strip()) for row in rows],
            coerce=int,
            required=False,
            widget=forms.CheckboxSelectMultiple(),
            help_text=_("The share done follows from these; with none chosen, it is reported as a share."),
        )


class CosignForm(VersionForm):
    """Sign or object."""

    agree = forms.TypedChoiceField(
        label=_("Co-signature"),
        choices=[("yes", _("Sign")), ("no", _("Object"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect(),
        initial="yes",
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Who objects says why."),
    )


class AdjustForm(VersionForm):
    """A new last deadline, new amounts, and why."""

    def __init__(self, *args: Any, task: Task, **kwargs: Any) -> None:
        kwargs["initial"] = {"version": task.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.rows = list(task.quantities.all())
        last = standing.milestone_rows(task.deadlines.all())[-1:]
        self.last = last[0].end if last else None
        self.fields["deadline"] = forms.DateField(
            label=_("New deadline"),
            required=False,
            widget=DayInput(),
            initial=self.last,
            help_text=__("Now %(day)s.") % {"day": self.last.isoformat()} if self.last else "",
        )
        for row in self.rows:
            if row.value_max is not None:
                continue
            self.fields[f"amount_{row.pk}"] = amount_field(
                amount_name(row),
                initial=plain(row.value),
                help_text=__("Now %(value)s%(unit)s.") % {"value": row.number, "unit": row.unit},
            )
        self.fields["reason"] = StepForm.words(_("Reason"), 500, True)


class DecideForm(VersionForm):
    """What is said to a wish."""

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        name = "reason" if needs_reason else "note"
        label = _("Reason") if needs_reason else _("Note")
        self.fields[name] = StepForm.words(label, 500, needs_reason)


class PartForm(forms.Form):
    """One part that is handed down."""

    organisation = OrganisationField(
        label=_("Unit"),
        required=False,
        help_text="",
        widget=forms.TextInput(attrs={"list": UNITS_LIST, "autocomplete": "off"}),
    )
    deadline = forms.DateField(label=_("Deadline"), required=False, widget=DayInput())

    def __init__(self, *args: Any, counted: list[TaskQuantity], rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        organisation: Any = self.fields["organisation"]
        organisation.rows = rows
        self.counted = counted
        for row in counted:
            self.fields[f"amount_{row.pk}"] = amount_field(f"{amount_name(row)} [{row.unit}]")

    def clean(self) -> dict[str, Any]:
        """What is given belongs to somebody."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("organisation") and "organisation" not in self.errors and self.amounts(data):
            self.add_error("organisation", __("Name the unit that is given this part."))
        return data

    def amounts(self, data: Mapping[str, Any]) -> dict[int, Decimal]:
        """What is given of each amount."""
        found = {row.pk: data.get(f"amount_{row.pk}") for row in self.counted}
        return {key: value for key, value in found.items() if value}


class HandDownForm(VersionForm):
    """What the unit above keeps of each amount."""

    def __init__(self, *args: Any, task: Task, counted: list[TaskQuantity], **kwargs: Any) -> None:
        kwargs["initial"] = {"version": task.version, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        self.counted = counted
        for row in counted:
            self.fields[f"kept_{row.pk}"] = amount_field(
                __("Kept here of %(what)s [%(unit)s]") % {"what": amount_name(row), "unit": row.unit}
            )

    def kept(self) -> dict[int, Decimal]:
        """What is kept of each amount."""
        found = {row.pk: self.cleaned_data.get(f"kept_{row.pk}") for row in self.counted}
        return {key: value for key, value in found.items() if value}
