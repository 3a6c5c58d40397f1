"""Forms of what enters the ledger without a document."""

from __future__ import annotations

from typing import Any
from zlib import crc32

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.forms.registry import OrganisationField
from lantian.apps.plans import drafts
from lantian.apps.plans.actions.entering import KIND_OF
from lantian.apps.plans.choices import TargetKind, TargetMeasure
from lantian.apps.plans.forms import EntryForm, HeadForm, region_choices
from lantian.apps.plans.models import Plan, Section
from lantian.apps.plans.unit_names import Unknown

#: empty rows of dates and of amounts in the form of a new task
ROWS = {"dates": 3, "amounts": 2}


class NewPlanForm(HeadForm):
    """The head of a plan that has no document here."""

    field_order = (
        "title",
        "document_number",
        "issuer",
        "region",
        "issued_on",
        "year",
        "starts_on",
        "ends_on",
        "filing_deadline",
        "copied_to",
    )

    def __init__(self, *args: Any, regions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["reason"], self.fields["version"]
        place = forms.ModelChoiceField(label=_("Place that the plan is made for"), queryset=regions)
        place.empty_label = _("Choose a place")
        self.fields["region"] = place
        choices: Any = [("", str(place.empty_label)), *region_choices(regions)]
        place.choices = choices
        self.fields["year"].help_text = _("Empty: the year of the period or of the day of issue.")
        self.order_fields(self.field_order)

    def head(self) -> dict[str, Any]:
        """Values for the action."""
        found = self.changes()
        del found["region"]
        return found


class _NewMixin:
    """A new entry needs no reason; where it comes from may be said."""

    form: Any

    def _without_reason(self) -> None:
        field = self.form.fields["reason"]
        field.required = False
        field.label = _("Basis")
        field.help_text = _("The order, decision or meeting that it comes from; kept in the log.")


class PlaceForm(forms.Form):
    """Under which heading of the plan a task stands."""

    section = forms.ModelChoiceField(
        label=_("Chapter"), queryset=Section.objects.none(), required=False, empty_label=_("Without chapter")
    )
    chapter = forms.CharField(
        label=_("Or a new chapter"),
        required=False,
        max_length=300,
        help_text=_("Its heading as the plan has it; a heading that is there already is used again."),
    )

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, prefix="place", **kwargs)
        field: Any = self.fields["section"]
        rows = Section.objects.filter(plan=plan).order_by("order", "pk")
        field.queryset = rows
        listed = [(str(row.pk), f"{'　' * (row.level - 1)}{row.title}") for row in rows]
        field.choices = [("", str(field.empty_label)), *listed]
        if not listed:
            del self.fields["section"]
            self.fields["chapter"].label = _("Chapter")

    def clean(self) -> dict[str, Any]:
        """A chapter is chosen or new, not both."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("section") and data.get("chapter"):
            self.add_error("chapter", _("Choose a chapter or write a new one, not both."))
        return data


class MeaningForm(forms.Form):
    """What one name means that the register does not know for sure."""

    name = forms.CharField(widget=forms.HiddenInput(), max_length=200)
    meant = forms.ChoiceField(required=False)
    other = OrganisationField(label=_("Another organisation"), required=False, help_text="")

    #: keeps the name without an organisation
    NAME = "name"

    def __init__(self, *args: Any, unknown: Unknown, rows: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unknown = unknown
        meant: Any = self.fields["meant"]
        meant.label = unknown.name
        meant.choices = [
            ("", _("Not decided yet")),
            *((str(item.organisation.pk), item.organisation.name) for item in unknown.candidates),
            (self.NAME, _("Keep as a name only")),
        ]
        other: Any = self.fields["other"]
        other.rows = rows
        self.initial = {
            "name": unknown.name,
            "meant": str(unknown.candidates[0].organisation.pk) if unknown.sure else "",
        }

    def clean(self) -> dict[str, Any]:
        """A decision is needed: one of the candidates, another organisation, or the name alone."""
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and not data.get("meant") and data.get("other") is None:
            self.add_error("meant", _("Choose an organisation, or keep the name."))
        return data

    @property
    def chosen(self) -> list[int]:
        """Keys of organisations; none for a name that stays a name."""
        other = self.cleaned_data.get("other")
        if other is not None:
            return [other.pk]
        meant = self.cleaned_data["meant"]
        return [] if meant == self.NAME else [int(meant)]


class NewTaskForm(EntryForm, _NewMixin):
    """The form of an entry for a new task, with its heading."""

    def __init__(self, plan: Plan, data: Any = None, *, section: int | None = None) -> None:
        super().__init__("task", drafts.blank("task"), data)
        self.plan = plan
        self._without_reason()
        for name, number in ROWS.items():
            getattr(self, name).extra = number
        self.place = PlaceForm(data, plan=plan, initial={"section": section})
        del self.form.fields["part"]

    def is_valid(self) -> bool:
        """Whether form, rows and heading can be read."""
        valid = super().is_valid()
        return self.place.is_valid() and valid

    def names(self) -> list[str]:
        """Unit names in the order of the roles."""
        return list(dict.fromkeys(unit["name"] for unit in self.values()["units"]))


class NewRowForm(EntryForm, _NewMixin):
    """The form of an entry for a new target, duty or sanction."""

    def __init__(self, kind: str, data: Any = None, *, place: str = "") -> None:
        entry = drafts.blank(kind)
        if kind == "target":
            entry["region"] = place
        super().__init__(kind, entry, data)
        self._without_reason()
        del self.form.fields["version"]
        if kind == "target":
            self.form.fields["measure"] = forms.ChoiceField(
                label=_("Measured as"),
                required=False,
                choices=[("", _("As indicator and unit say")), *TargetMeasure.choices],
            )
            self.form.fields["unit"].help_text = _("Empty: the usual unit of the measure.")
            self.form.fields["period"].help_text = _("For instance 2025年 or 2025年10月至2026年3月.")
            self.form.fields["text"].label = _("Clause of the plan")
            self.form.order_fields(
                (
                    "indicator",
                    "measure",
                    "region",
                    "period",
                    "comparator",
                    "value",
                    "unit",
                    "kind",
                    "from_end",
                    "base",
                    "strength",
                    "text",
                    "reason",
                )
            )

    def values(self) -> dict[str, Any]:
        """What was entered, in the shape of an entry, without the measure."""
        found = dict(self.form.cleaned_data)
        for name in ("reason", "measure"):
            found.pop(name, None)
        if self.kind == "target" and self.measure in KIND_OF and found["kind"] == TargetKind.LEVEL:
            # The first choice of the list says nothing where the measure says it all.
            del found["kind"]
        return found

    @property
    def measure(self) -> str:
        """The measure that was chosen; empty where none was."""
        return str(self.form.cleaned_data.get("measure") or "")


def meaning_forms(unknown: list[Unknown], rows: Any, data: Any = None) -> list[MeaningForm]:
    """One form for each name that has to be decided; bound where it was shown before."""
    found = []
    for item in unknown:
        # A name is found again by itself and not by its place, because the list may have changed.
        prefix = f"meaning-{crc32(item.name.encode()):08x}"
        bound = data if data is not None and f"{prefix}-name" in data else None
        found.append(MeaningForm(bound, prefix=prefix, unknown=item, rows=rows))
    return found
