"""The form of a proposed project: only what the books of its place and day ask, in groups."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.display import campaign_today
from lantian.apps.core.forms.registry import RegionField, RegistryForm
from lantian.apps.core.lists import DayInput, LongSelect
from lantian.apps.sources.tables_grades import DECISIONS
from lantian.rules.sources.admission_books import AdmissionLibrary
from lantian.rules.sources.admission_facts import FLAG_GROUPS, REPLACEABLE, FactKind
from lantian.rules.sources.admission_words import VALUES

#: rows beyond those that are filled in, and the most that are read
_MORE, _MOST = 3, 60
#: group of the form → heading
GROUPS = {
    "project": _("The project"),
    "areas": _("Where it lies"),
    "activities": _("What it does"),
    "standing": _("How it stands"),
    "amounts": _("Amounts a year"),
    "capacity": _("Capacity"),
    "furnaces": _("furnaces, boilers and kilns"),
    "outlets": _("outlets"),
    "replacements": _("Reductions offered in return"),
    "approvals": _("Papers at hand"),
    "exceptions": _("Exceptions granted on paper"),
}
_ROWS = ("capacity", "furnaces", "outlets", "replacements", "exceptions")
_TEXT = FactKind("text", "")
_NUMBER = FactKind("number", "")


def _words(code: str) -> str:
    return __(VALUES[code]) if code in VALUES else code


def _row_kinds(library: AdmissionLibrary) -> dict[str, dict[str, tuple[Any, FactKind]]]:
    """Columns of the groups that are lists: label and kind of each."""
    pollutants = FactKind("choice", "", choices=REPLACEABLE)
    found: dict[str, dict[str, tuple[Any, FactKind]]] = {
        "capacity": {
            "product": (_("Product"), _TEXT),
            "unit": (_("Unit"), _TEXT),
            "added": (_("Capacity added"), _NUMBER),
            "replaced": (_("Capacity replaced"), _NUMBER),
        },
        "replacements": {
            "pollutant": (_("Pollutant"), pollutants),
            "source_id": (_("From which source"), _TEXT),
            "t": (_("Reduction [t/a]"), _NUMBER),
            "used_t": (_("Used by others [t/a]"), _NUMBER),
            "region": (_("Place (code)"), _TEXT),
            "what": (_("Kind of reduction"), _TEXT),
        },
        "exceptions": {
            "rule": (_("Rule"), _TEXT),
            "document": (_("Document"), _TEXT),
            "date": (_("Date"), FactKind("day", "")),
        },
    }
    for name in ("furnaces", "outlets"):
        fields = library.facts[name].fields or {}
        found[name] = {
            key: (__(kind.label) + (f" [{kind.unit}]" if kind.unit else ""), kind)
            for key, kind in fields.items()
        }
    return found


def _field(kind: FactKind, label: Any, **extra: Any) -> forms.Field:
    if kind.kind == "flag":
        return forms.ChoiceField(
            label=label, required=False, choices=[("", "—"), ("yes", _("Yes")), ("no", _("No"))], **extra
        )
    if kind.kind == "choice":
        choices = [("", "—"), *((code, _words(code)) for code in kind.choices)]
        return forms.ChoiceField(label=label, required=False, choices=choices, **extra)
    if kind.kind == "number":
        return forms.CharField(
            label=label,
            required=False,
            max_length=30,
            widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
            **extra,
        )
    if kind.kind == "day":
        return forms.DateField(label=label, required=False, widget=DayInput(), **extra)
    return forms.CharField(label=label, required=False, max_length=200, **extra)


def _shown(kind: FactKind, value: Any) -> Any:
    if kind.kind == "flag" and isinstance(value, bool):
        return "yes" if value else "no"
    return value


def _given(kind: FactKind, value: Any) -> Any:
    """What was typed, as the rules read it; None where nothing was."""
    if value in (None, ""):
        return None
    if kind.kind == "flag":
        return value == "yes"
    return value.isoformat() if isinstance(value, date) else value


class PlaceForm(RegistryForm):
    """Place and day of a project: they say which books ask."""

    region = RegionField(label=_("Region"))
    on = forms.DateField(label=_("Judged by the rules of"), widget=DayInput(), required=False)

    def clean_on(self) -> date:
        """Today where nothing is said."""
        return self.cleaned_data["on"] or campaign_today()


class ProjectForm(forms.Form):
    """A proposed project.

    Parameters
    ----------
    library
        The books.
    region
        Code of the place.
    on
        The day whose rules apply.
    known
        The project as it was told before.
    """

    def __init__(
        self,
        *args: Any,
        library: AdmissionLibrary,
        region: str,
        on: date,
        known: Mapping[str, Any] | None = None,
        name: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.library, self.known = library, dict(known or {})
        self.asked = library.asked(region, on)
        self._groups: dict[str, list[str]] = {group: [] for group in GROUPS}
        self._facts: dict[str, FactKind] = {}
        self._papers: list[str] = []
        self.row_kinds = _row_kinds(library)
        self._put("project", "name", forms.CharField(label=_("Name"), max_length=160, initial=name))
        self._put("project", "nature", self._fact("nature"))
        self._put(
            "project",
            "trade",
            forms.CharField(
                label=_("Trade code"), max_length=5, required=False, initial=self.known.get("trade")
            ),
        )
        if "industries" in self.asked:
            names = list(library.industries)
            self._put(
                "project",
                "industries",
                forms.MultipleChoiceField(
                    label=_("industry"),
                    required=False,
                    choices=[("-", __("None of these")), *((one, one) for one in names)],
                    widget=forms.CheckboxSelectMultiple,
                    initial=self._industries(),
                ),
            )
        for key in self.asked:
            self._ask(key)
        if {"eia_years"} & set(self.asked):
            self._paper("eia")
        if any(rule.strength == "principle" for book in library.on(region, on)[0] for rule in book.rules):
            self._rows("exceptions")

    def _industries(self) -> list[str]:
        if "industries" not in self.known or self.known["industries"] is None:
            return []
        return list(self.known["industries"]) or ["-"]

    def _put(self, group: str, name: str, field: forms.Field) -> None:
        if name not in self.fields:
            self.fields[name] = field
            self._groups[group].append(name)

    def _fact(self, key: str) -> forms.Field:
        kind = self.library.facts[key]
        group, _dot, name = key.partition(".")
        known = self.known.get(group)
        value = known.get(name) if isinstance(known, Mapping) else known
        self._facts[key] = kind
        label = __(kind.label)
        if group in ("emissions", "added"):
            label = f"{label} {name}"
        if kind.unit:
            label = f"{label} [{kind.unit}]"
        return _field(kind, label, initial=_shown(kind, value))

    def _ask(self, key: str) -> None:
        group, _dot, name = key.partition(".")
        if group == "approvals":
            self._paper(name)
        elif group in self.row_kinds:
            self._rows(group)
        elif group in FLAG_GROUPS:
            self._put(group, key, self._fact(key))
        elif group in ("emissions", "added") or key in ("coal_t", "transport_t"):
            self._put("amounts", key, self._fact(key))
        elif key in self.library.facts and key != "eia_years":
            self._put("project", key, self._fact(key))

    def _paper(self, kind: str) -> None:
        if kind in self._papers:
            return
        self._papers.append(kind)
        told = next((one for one in self.known.get("approvals", ()) if one.get("kind") == kind), None)
        state = "" if told is None else "no" if told.get("refused") else "yes"
        label = __(self.library.approvals.get(kind, kind))
        self._put(
            "approvals",
            f"approvals-{kind}-state",
            forms.ChoiceField(
                label=label,
                required=False,
                choices=[("", _("Not there")), ("yes", _("At hand")), ("no", _("It says no"))],
                initial=state,
            ),
        )
        self._put(
            "approvals",
            f"approvals-{kind}-document",
            _field(_TEXT, __("Document"), initial=(told or {}).get("document")),
        )
        self._put(
            "approvals",
            f"approvals-{kind}-date",
            _field(FactKind("day", ""), __("Date"), initial=(told or {}).get("date")),
        )

    def _rows(self, group: str) -> None:
        if self._groups[group]:
            return
        known = list(self.known.get(group) or ())
        sent = [
            int(found[1])
            for name in self.data
            if (found := re.fullmatch(rf"{group}-(\d{{1,2}})-\w+", name)) is not None
        ]
        count = min(max(len(known) + _MORE, max(sent, default=-1) + 1), _MOST)
        for at in range(count):
            row = known[at] if at < len(known) else {}
            for key, (label, kind) in self.row_kinds[group].items():
                self._put(
                    group, f"{group}-{at}-{key}", _field(kind, label, initial=_shown(kind, row.get(key)))
                )

    @property
    def sections(self) -> list[tuple[str, list[Any], list[list[Any]]]]:
        """Heading, single fields and rows of fields of each group that is asked."""
        found = []
        for group, names in self._groups.items():
            if not names:
                continue
            bound = [self[name] for name in names]
            width = len(self.row_kinds[group]) if group in _ROWS else 3 if group == "approvals" else 0
            rows = [bound[at : at + width] for at in range(0, len(bound), width)] if width else []
            found.append((str(GROUPS[group]), [] if width else bound, rows))
        return found

    def given(self) -> dict[str, Any]:
        """The project as the rules read it; what is not told is not there."""
        data = self.cleaned_data
        found: dict[str, Any] = {}
        if data.get("trade"):
            found["trade"] = data["trade"].strip()
        if data.get("industries"):
            found["industries"] = [one for one in data["industries"] if one != "-"]
        for key, kind in self._facts.items():
            value = _given(kind, data.get(key))
            if value is None:
                continue
            group, dot, name = key.partition(".")
            if dot:
                found.setdefault(group, {})[name] = value
            else:
                found[key] = value
        for group in _ROWS:
            rows = list(self._read_rows(group))
            if rows:
                found[group] = [row for _at, row in rows]
        self.places = {group: [at for at, _row in self._read_rows(group)] for group in _ROWS}
        papers = []
        for paper_kind in self._papers:
            if data.get(f"approvals-{paper_kind}-state"):
                day = data.get(f"approvals-{paper_kind}-date")
                paper: dict[str, Any] = {
                    "kind": paper_kind,
                    "document": data.get(f"approvals-{paper_kind}-document") or "",
                    "refused": data[f"approvals-{paper_kind}-state"] == "no",
                }
                if day:
                    paper["date"] = day.isoformat()
                papers.append(paper)
        if papers:
            found["approvals"] = papers
        return found

    def _read_rows(self, group: str) -> Iterable[tuple[int, dict[str, Any]]]:
        if not self._groups[group]:
            return
        kinds = self.row_kinds[group]
        for at in range(len(self._groups[group]) // len(kinds)):
            row = {
                key: value
                for key, (_label, kind) in kinds.items()
                if (value := _given(kind, self.cleaned_data.get(f"{group}-{at}-{key}"))) is not None
            }
            if row:
                yield at, row

    def field_of(self, name: str) -> str | None:
        """The field of the form for what the rules complain of; None for the whole form."""
        found = re.fullmatch(r"(\w+)\[(\d+)\](?:\.(\w+))?", name)
        if found is not None and found[1] in _ROWS:
            places = self.places.get(found[1], [])
            at = places[int(found[2]) - 1] if int(found[2]) <= len(places) else 0
            key = found[3] or next(iter(self.row_kinds[found[1]]))
            name = f"{found[1]}-{at}-{key}"
        return name if name in self.fields else None


class DecideForm(forms.Form):
    """What is decided on a project."""

    decision = forms.ChoiceField(label=_("Decision on the project"), widget=LongSelect)
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Needed where the decision is not what the books say."),
    )

    def __init__(self, *args: Any, verdict: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["decision"].choices = [  # type: ignore[attr-defined]
            (code, __(words)) for code, words in DECISIONS.items()
        ]
        self.fields["decision"].initial = verdict if verdict in DECISIONS else None
