"""Forms of plans. One form edits an entry of a draft and a row of the ledger: both have the same values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.lists import DayInput
from lantian.apps.core.models import Region
from lantian.apps.plans import reader
from lantian.apps.plans.choices import (
    ROLE_ORDER,
    Comparator,
    DeadlineKind,
    TargetKind,
    TargetStrength,
    UnitRole,
)

#: What people mostly write as the reason while they correct a reading; it can be overwritten.
CORRECTED = _("Corrected to match the text")


def region_choices(rows: Any) -> list[tuple[str, str]]:
    """Places down to towns, indented by level, for a select."""
    listed = rows.exclude(level="village").order_by("path").values_list("pk", "name", "depth")
    return [(str(key), f"{'　' * depth}{name}") for key, name, depth in listed[:3000]]


class UploadForm(forms.Form):
    """A file or a text, and the place that the plan is made for."""

    file = forms.FileField(
        label=_("File of the plan"),
        required=False,
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(f".{end}" for end in reader.ENDINGS)}),
        help_text=_("Word (.docx, .doc, .wps), PDF with text, or plain text; up to 50 MB."),
    )
    text = forms.CharField(
        label=_("Or paste the text"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_("For scanned documents: recognise the text with another program and paste it here."),
    )
    region = forms.ModelChoiceField(
        label=_("Place that the plan is made for"),
        queryset=Region.objects.none(),
        empty_label=_("Choose a place"),
    )
    year = forms.IntegerField(
        label=_("Year"),
        required=False,
        min_value=1990,
        max_value=2100,
        help_text=_("Only if the title of the plan does not name it."),
    )
    again = forms.BooleanField(label=_("Import it again"), required=False)

    def __init__(self, *args: Any, regions: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["region"]
        field.queryset = regions
        field.choices = [("", str(field.empty_label)), *region_choices(regions)]


def _span_text(span: Any) -> str:
    return f"{span[0]}-{span[1]}" if span else ""


def _span(text: str) -> list[int] | None:
    start, _dash, end = (text or "").partition("-")
    return [int(start), int(end)] if start.isdigit() and end.isdigit() else None


class DateRow(forms.Form):
    """One date of a task."""

    kind = forms.ChoiceField(label=_("Kind"), choices=DeadlineKind.choices, required=False)
    start = forms.DateField(label=_("From"), required=False, widget=DayInput())
    end = forms.DateField(label=_("Until"), required=False, widget=DayInput())
    text = forms.CharField(label=_("As printed"), required=False, max_length=200)
    span = forms.CharField(required=False, widget=forms.HiddenInput())


class AmountRow(forms.Form):
    """One amount of a task."""

    what = forms.CharField(label=_("What"), required=False, max_length=200)
    comparator = forms.ChoiceField(label=_("Comparator"), choices=Comparator.choices, required=False)
    value = forms.CharField(
        label=_("Value"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    value_max = forms.CharField(
        label=_("Up to"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    unit = forms.CharField(label=_("Unit"), required=False, max_length=40)
    text = forms.CharField(required=False, max_length=300, widget=forms.HiddenInput())
    span = forms.CharField(required=False, widget=forms.HiddenInput())


_Dates = forms.formset_factory(DateRow, extra=1, max_num=60, absolute_max=100, can_delete=True)
_Amounts = forms.formset_factory(AmountRow, extra=1, max_num=120, absolute_max=200, can_delete=True)


class _ReasonMixin(forms.Form):
    reason = forms.CharField(
        label=_("Reason"), max_length=500, help_text=_("Kept in the log together with your name.")
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput())


# A comma of lists parts units, but not inside brackets: 区住建局（建管、交通） is one.
_SEPARATOR = re.compile(r"[\r\n]+|、(?![^（(]*[）)])")


def _lines(items: Any) -> str:
    return "\n".join(str(item) for item in items or ())


def _units_text(units: Any, role: str) -> str:
    return "\n".join(
        f"{unit['name']} @{unit['person']}" if unit.get("person") else str(unit["name"])
        for unit in units
        if unit["role"] == role
    )


class TaskForm(_ReasonMixin):
    """A task: words and, for each role, one unit a line."""

    number = forms.CharField(label=_("Number"), required=False, max_length=40)
    part = forms.IntegerField(label=_("Part"), required=False, min_value=1, max_value=999)
    title = forms.CharField(label=_("Title"), max_length=400)
    subtitle = forms.CharField(label=_("Subtitle"), required=False, max_length=400)
    text = forms.CharField(label=_("Text"), required=False, widget=forms.Textarea(attrs={"rows": 5}))
    recurrence = forms.CharField(
        label=_("Recurrence"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 1}),
        help_text=_("One a line."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for role, label in UnitRole.choices:
            self.fields[role] = forms.CharField(
                label=label,
                required=False,
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("One unit a line; a person after @.") if role == UnitRole.LEAD else "",
            )


class TargetForm(_ReasonMixin):
    """A target."""

    indicator = forms.CharField(label=_("Indicator"), max_length=120)
    region = forms.CharField(label=_("Place"), required=False, max_length=120)
    kind = forms.ChoiceField(label=_("Kind"), choices=TargetKind.choices)
    comparator = forms.ChoiceField(label=_("Comparator"), choices=Comparator.choices)
    value = forms.CharField(
        label=_("Value"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    unit = forms.CharField(label=_("Unit"), required=False, max_length=40)
    period = forms.CharField(label=_("Period"), required=False, max_length=60)
    base = forms.CharField(label=_("Compared with"), required=False, max_length=120)
    strength = forms.ChoiceField(label=_("Strength"), choices=TargetStrength.choices)
    from_end = forms.BooleanField(label=_("Rank counted from the end"), required=False)
    text = forms.CharField(label=_("As printed"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class DutyForm(_ReasonMixin):
    """A reporting duty."""

    who = forms.CharField(label=_("Who"), required=False, max_length=300)
    what = forms.CharField(label=_("What"), max_length=400)
    to = forms.CharField(label=_("To whom"), required=False, max_length=200)
    when = forms.CharField(label=_("When"), required=False, max_length=200)
    text = forms.CharField(label=_("As printed"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class SanctionForm(_ReasonMixin):
    """A sanction."""

    problem = forms.CharField(label=_("Problem"), max_length=600, widget=forms.Textarea(attrs={"rows": 2}))
    amount = forms.CharField(
        label=_("Amount"),
        required=False,
        max_length=30,
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )
    unit = forms.CharField(label=_("Unit"), required=False, max_length=40)
    text = forms.CharField(label=_("As printed"), required=False, widget=forms.Textarea(attrs={"rows": 2}))


class HeadForm(_ReasonMixin):
    """The head of a plan; ``starts_on`` and ``ends_on`` once it is in the ledger."""

    title = forms.CharField(label=_("Title"), max_length=200)
    issuer = forms.CharField(label=_("Issued by"), required=False, max_length=120)
    document_number = forms.CharField(label=_("Document number"), required=False, max_length=80)
    issued_on = forms.DateField(label=_("Issued on"), required=False, widget=DayInput())
    year = forms.IntegerField(label=_("Year"), required=False, min_value=1990, max_value=2100)
    filing_deadline = forms.CharField(label=_("Filing deadline"), required=False, max_length=80)
    copied_to = forms.CharField(
        label=_("Copied to"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("One a line."),
    )
    starts_on = forms.DateField(label=_("In force from"), required=False, widget=DayInput())
    ends_on = forms.DateField(
        label=_("In force until"),
        required=False,
        widget=DayInput(),
        help_text=_("Without it, the end of the year of the plan."),
    )

    def __init__(self, *args: Any, in_ledger: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not in_ledger:
            del self.fields["starts_on"], self.fields["ends_on"]

    def changes(self) -> dict[str, Any]:
        """Values for the action, without year, reason and version."""
        data = dict(self.cleaned_data)
        for name in ("reason", "version", "year"):
            data.pop(name, None)
        data["copied_to"] = [line.strip() for line in data["copied_to"].splitlines() if line.strip()]
        return {
            name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in data.items()
        }


_FORMS: dict[str, type[_ReasonMixin]] = {
    "task": TaskForm,
    "target": TargetForm,
    "duty": DutyForm,
    "sanction": SanctionForm,
}


class EntryForm:
    """The form of an entry with, for tasks, its rows of dates and amounts.

    Parameters
    ----------
    kind
        ``task``, ``target``, ``duty`` or ``sanction``.
    entry
        Its values as they are now.
    data
        What was posted, or None.
    """

    def __init__(
        self,
        kind: str,
        entry: Mapping[str, Any],
        data: Any = None,
        *,
        version: int | None = None,
        reason: Any = "",
    ) -> None:
        self.kind, self.entry = kind, entry
        initial = {**self._initial(kind, entry), "version": version, "reason": reason}
        prefix = "entry"
        self.form: Any = _FORMS[kind](data, initial=initial, prefix=prefix)
        self.dates: Any = None
        self.amounts: Any = None
        if kind == "task":
            self.dates = _Dates(
                data,
                prefix="dates",
                initial=[{**item, "span": _span_text(item.get("span"))} for item in entry["deadlines"]],
            )
            self.amounts = _Amounts(
                data,
                prefix="amounts",
                initial=[{**item, "span": _span_text(item.get("span"))} for item in entry["quantities"]],
            )

    @staticmethod
    def _initial(kind: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        if kind != "task":
            return dict(entry)
        values = {name: entry[name] for name in ("number", "part", "title", "subtitle", "text")}
        values["recurrence"] = _lines(entry["recurrence"])
        for role in ROLE_ORDER:
            values[role] = _units_text(entry["units"], role)
        return values

    def is_valid(self) -> bool:
        """Whether form and rows can be read."""
        valid = True
        for part in (
            self.form,
            self.dates,
            self.amounts,
        ):  # each of them, so that all errors are shown at once
            valid = (part is None or part.is_valid()) and valid
        return valid

    @property
    def reason(self) -> str:
        """The reason that was given."""
        return str(self.form.cleaned_data["reason"])

    @property
    def version(self) -> int | None:
        """The version that the person saw."""
        version: int | None = self.form.cleaned_data["version"]
        return version

    def values(self) -> dict[str, Any]:
        """What was entered, in the shape of an entry."""
        data = dict(self.form.cleaned_data)
        data.pop("reason"), data.pop("version")
        if self.kind != "task":
            return data
        known = {(unit["role"], unit["name"]): unit for unit in self.entry["units"]}
        units: list[dict[str, Any]] = []
        for role in ROLE_ORDER:
            for line in _SEPARATOR.split(data.pop(role)):
                name, _at, person = (part.strip() for part in line.partition("@"))
                if not name:
                    continue
                old = known.get((role, name), {})
                units.append(
                    {
                        "role": role,
                        "name": name,
                        "person": person,
                        "literal": old.get("literal", ""),
                        "from_default": old.get("from_default", False),
                    }
                )
        data["units"] = units
        data["recurrence"] = [line.strip() for line in data["recurrence"].splitlines() if line.strip()]
        data["deadlines"] = [
            {
                "kind": row["kind"] or DeadlineKind.DEADLINE,
                "start": row["start"].isoformat() if row["start"] else None,
                "end": row["end"].isoformat() if row["end"] else None,
                "text": row["text"],
                "span": _span(row["span"]),
            }
            for row in self._rows(self.dates)
        ]
        data["quantities"] = [
            {
                **{name: row[name] for name in ("what", "comparator", "value", "value_max", "unit", "text")},
                "span": _span(row["span"]),
            }
            for row in self._rows(self.amounts)
        ]
        return data

    @staticmethod
    def _rows(formset: Any) -> list[dict[str, Any]]:
        return [
            form.cleaned_data for form in formset if form.cleaned_data and not form.cleaned_data.get("DELETE")
        ]

    def show_conflict(self, current_version: int) -> None:
        """Let the person save over the version that is there now."""
        data = self.form.data.copy()
        data[self.form.add_prefix("version")] = str(current_version)
        self.form.data = data
