"""Forms made of the columns of a list: a field for each kind of fact, read as cells of a table are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.forms.registry import LookupInput
from lantian.apps.core.lists import DayInput, LongSelect
from lantian.apps.core.models import Region
from lantian.apps.sources.facts import Places, plain
from lantian.apps.sources.positions import Areas
from lantian.apps.sources.showing import shown
from lantian.apps.sources.told import SCOPES
from lantian.rules.sources.cells import read_value
from lantian.rules.sources.datums import Datum
from lantian.rules.sources.errors import IdentifierError, SourcesError
from lantian.rules.sources.fields import NUMBERS, FieldKind, ListField, Scope
from lantian.rules.sources.list_rows import conflicts
from lantian.rules.sources.lists import ListType

#: a position is one fact in three fields
POSITION = ("longitude", "latitude", "datum")
#: as many places are offered as a choice; more are typed
_REGIONS = 400


def _hint(one: ListField) -> str:
    parts = []
    if one.kind in NUMBERS and one.least is not None and one.most is not None:
        parts.append(f"{one.least:f}–{one.most:f}{one.unit}")
    if one.note:
        parts.append(one.note)
    return "；".join(parts)


def _label(one: ListField) -> str:
    return f"{one.label}（{one.unit}）" if one.unit else one.label


class FactField(forms.CharField):
    """A fact; what is typed is read as a cell of the list would be."""

    def __init__(
        self, fact: ListField, *, required: bool, regions: Sequence[tuple[str, str]] = (), kept: Any = None
    ) -> None:
        self.fact, self.kept = fact, kept
        #: places that the office keeps, whatever their codes
        self.codes = {code for code, _name in regions} if fact.kind is FieldKind.REGION else set()
        super().__init__(
            label=_label(fact),
            required=required,
            help_text=_hint(fact),
            widget=_widget(fact, regions),
            strip=True,
        )

    def clean(self, value: Any) -> Any:
        """Read it; what cannot be is said in the words of the rules."""
        text = "、".join(value) if isinstance(value, list | tuple) else str(value or "").strip()
        if text and self.kept not in (None, "", [], ()) and text in self.words_of_kept():
            # What stands there already is not refused in a form in which it was not touched.
            return self.kept
        if self.fact.kind is FieldKind.REGION and text:
            text = text.split()[0]
            if text in self.codes or Region.objects.filter(code=text, valid_to__isnull=True).exists():
                return text
        if not text:
            if self.required:
                raise forms.ValidationError(__("The list needs this. Fill it in."), code="required")
            return None
        try:
            found = read_value(self.fact, text)
        except SourcesError as error:
            raise forms.ValidationError(error.message.text(__), code=error.code) from error
        if found is None and self.required:
            raise forms.ValidationError(__("The list needs this. Fill it in."), code="required")
        return found

    def words_of_kept(self) -> set[str]:
        """What the form sends for a fact that was left as it is."""
        if isinstance(self.kept, bool):
            return {"是" if self.kept else "否"}
        if isinstance(self.kept, list | tuple):
            return {"、".join(str(one) for one in self.kept)}
        return {str(self.kept)}

    def prepare_value(self, value: Any) -> Any:
        """A kept fact as it is shown for editing."""
        if self.fact.kind is FieldKind.FLAG and isinstance(value, bool):
            return "是" if value else "否"
        return value


def _widget(fact: ListField, regions: Sequence[tuple[str, str]]) -> forms.Widget:
    kind = fact.kind
    if kind is FieldKind.CHOICE:
        return forms.Select(choices=[("", "—"), *((one.code, one.label) for one in fact.options)])
    if kind is FieldKind.CHOICES:
        return forms.CheckboxSelectMultiple(choices=[(one.code, one.label) for one in fact.options])
    if kind is FieldKind.FLAG:
        return forms.Select(choices=[("", "—"), ("是", "是"), ("否", "否")])
    if kind is FieldKind.REGION and regions:
        widget = LongSelect()
        widget.choices = [("", "—"), *regions]
        return widget
    if kind is FieldKind.LONG_TEXT:
        return forms.Textarea(attrs={"rows": 2})
    if kind is FieldKind.DATE:
        return DayInput()
    if kind is FieldKind.ORGANISATION and fact.key == "department":
        return LookupInput("core:organisation-suggest")
    if kind in NUMBERS or kind in {FieldKind.LONGITUDE, FieldKind.LATITUDE, FieldKind.YEAR}:
        return forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    if kind is FieldKind.PHONE:
        return forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})
    return forms.TextInput(attrs={"autocomplete": "off"})


def region_choices() -> list[tuple[str, str]]:
    """Places by their codes, indented; none where there are too many to choose from."""
    rows = list(Region.objects.filter(valid_to__isnull=True).order_by("path")[: _REGIONS + 1])
    if len(rows) > _REGIONS:
        return []
    return [(row.code, f"{'　' * row.depth}{row.name}") for row in rows]


class FactForm(forms.Form):
    """Facts of a list.

    Parameters
    ----------
    type_
        The list.
    known
        What is known, under the keys of the dictionary; only what differs from it is given on.
    strict
        Whether what the list must have must be filled in.
    reason
        ``none``, ``optional`` or ``required``.
    keys
        Only these fields.
    """

    def __init__(
        self,
        *args: Any,
        type_: ListType,
        known: Mapping[str, Any] | None = None,
        strict: bool = True,
        reason: str = "none",
        keys: Iterable[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.type, self.known = type_, dict(known or {})
        if self.known.get("longitude") is not None:
            self.known["datum"] = Datum.WGS84.value
        kwargs["initial"] = {**self.known, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        regions = region_choices()
        wanted = None if keys is None else set(keys)
        self.parts: list[tuple[str, list[str]]] = []
        for scope, label in SCOPES:
            names = []
            for one in type_.of_scope(scope):
                if wanted is None or one.key in wanted:
                    self.fields[one.key] = FactField(
                        one,
                        required=strict and one.required,
                        regions=regions,
                        kept=self.known.get(one.key),
                    )
                    names.append(one.key)
            if names:
                self.parts.append((str(label), names))
        if reason != "none":
            self.fields["reason"] = forms.CharField(
                label=_("Reason"),
                max_length=500,
                required=reason == "required",
                widget=forms.Textarea(attrs={"rows": 2}),
                help_text=_("Kept in the log together with your name."),
            )

    def clean(self) -> dict[str, Any]:
        """What does not go together, and a position that cannot be right, are said beside their fields."""
        given = super().clean() or self.cleaned_data
        whole = {**self.known, **{key: value for key, value in given.items() if value is not None}}
        touched = {key for key, value in given.items() if plain(value) != plain(self.known.get(key))}
        if "state" in touched and given.get("state") is None and self.add_prefix("state") in self.data:
            # Every source runs or stands still; a form of a known one may not take that away.
            self.add_error("state", forms.ValidationError(__("The list needs this. Fill it in."), code="required"))
        for one in conflicts(whole):
            # What stood there before is not refused in a form in which it was not touched.
            if one.level == "error" and one.field in touched:
                self.add_error(one.field, forms.ValidationError(one.message.text(__), code=one.code))
        if touched.intersection(POSITION) and {"longitude", "latitude"} <= given.keys():
            code = str(whole.get("region_code") or "")
            try:
                Areas(exact=True).refuse_outside(given, Places().region_for(code) if code else None)
            except IdentifierError as error:
                self.add_error("longitude", forms.ValidationError(error.message.text(__), code=error.code))
        return given

    @property
    def sections(self) -> list[tuple[str, list[Any]]]:
        """Bound fields under the headings of their scopes."""
        return [(label, [self[name] for name in names]) for label, names in self.parts]

    @property
    def last_fields(self) -> list[Any]:
        """Fields that are no facts."""
        facts = {name for _label_, names in self.parts for name in names}
        return [self[name] for name in self.fields if name not in facts]

    def given(self) -> dict[str, Any]:
        """Facts that are filled in."""
        return {
            key: value
            for key, value in self.cleaned_data.items()
            if key != "reason" and value not in (None, "", ())
        }

    def changed(self) -> dict[str, Any]:
        """Facts that differ from what is known; a position is given on as a whole."""
        found: dict[str, Any] = {}
        for key, value in self.cleaned_data.items():
            field = self.fields[key]
            if not isinstance(field, FactField):
                continue
            old, new = plain(self.known.get(key)), plain(value)
            if old != new and shown(field.fact, old) != shown(field.fact, new):
                found[key] = value
        if set(POSITION) & set(found):
            for key in POSITION:
                if key in self.fields:
                    found[key] = self.cleaned_data.get(key)
        return found


def source_type(kind: str, facts: Mapping[str, Any]) -> ListType:
    """The facts of a source of a kind as a list of their own: those of its home list, and whatever it has besides."""
    from dataclasses import replace

    from lantian.apps.sources.facts import home_of
    from lantian.apps.sources.fields import type_named
    from lantian.rules.sources.lists import list_book

    home = home_of(kind) or next(iter(list_book().lists.values()))
    fields = {
        one.key: replace(one, required=one.key == "name")
        for one in type_named(home.code).of_scope(Scope.SOURCE)
    }
    for key in facts:
        field = list_book().fields.get(key)
        if field is not None and field.scope is Scope.SOURCE and key not in fields:
            fields[key] = replace(field, required=False)
    return replace(home, fields=tuple(fields.values()))
