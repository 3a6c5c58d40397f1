"""What is known of sources, units and entries, and how it was before, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.core.log import snapshot
from lantian.apps.core.models import Organisation, Region
from lantian.apps.sources.choices import EntryState, SourceStatus, Subject
from lantian.apps.sources.facts import ENTRY_COLUMN, SOURCE_COLUMN
from lantian.apps.sources.keeping import ENTRY_COLUMNS, SOURCE_COLUMNS, UNIT_COLUMNS
from lantian.apps.sources.models import ListEntry, Revision, Source, Unit
from lantian.apps.sources.showing import shown
from lantian.rules.sources.fields import FieldKind, ListField, Scope
from lantian.rules.sources.lists import ListType, list_book

#: column → key of the dictionary
_KEY_OF_COLUMN = {column: key for key, column in {**SOURCE_COLUMN, **ENTRY_COLUMN}.items()}
#: columns that the dictionary does not know
_COLUMN_LABELS = {
    "town": _("Town or street"),
    "operator": _("Operator's account"),
    "listed_on": _("Listed on"),
    "removed_on": _("Taken off on"),
    "department_name": _("Responsible department"),
    "merged_into": _("Merged into"),
    "source": _("Of the source"),
    "confirmed_on": _("Confirmed by the enterprise on"),
}
_COLUMNS: dict[str, tuple[str, ...]] = {
    Subject.SOURCE: SOURCE_COLUMNS,
    Subject.UNIT: UNIT_COLUMNS,
    Subject.ENTRY: ENTRY_COLUMNS,
}
SCOPES = (
    (Scope.SOURCE, _("The source")),
    (Scope.UNIT, _("The unit")),
    (Scope.ENTRY, _("In this list")),
)


def field_for(key: str, type_: ListType | None = None) -> ListField | None:
    """The field of a fact or column, of a list where one is given."""
    name = _KEY_OF_COLUMN.get(key, key)
    if type_ is not None:
        for field in type_.fields:
            if field.key == name:
                return field
    return list_book().fields.get(name)


def label_for(key: str, subject: str = Subject.SOURCE, type_: ListType | None = None) -> str:
    """What a fact or a column is called."""
    if key in _COLUMN_LABELS:
        return str(_COLUMN_LABELS[key])
    if subject == Subject.ENTRY and key == "state":
        return __("State")
    if subject == Subject.UNIT and key in UNIT_COLUMNS:
        return {"number": __("Number of the unit"), "name": __("Name of the unit")}.get(key, __("Status"))
    field = field_for(key, type_)
    return field.label if field is not None else key


def with_unit(field: ListField, words: str) -> str:
    """A fact with its unit of measure."""
    if not field.unit or words == display.ABSENT:
        return words
    return f"{words}{display.unit_gap(field.unit)}{field.unit}"


class Names:
    """Names of places and organisations by key, looked up once for all of them."""

    def __init__(self) -> None:
        self._regions: dict[int, str] | None = None
        self._organisations: dict[int, str] | None = None
        self._sources: dict[Any, str] = {}

    def region(self, key: Any) -> str:
        """A place."""
        if self._regions is None:
            self._regions = {row.pk: row.name for row in Region.objects.only("pk", "name")}
        return self._regions.get(int(key), f"#{key}")

    def organisation(self, key: Any) -> str:
        """An organisation."""
        if self._organisations is None:
            self._organisations = {row.pk: row.name for row in Organisation.objects.only("pk", "name")}
        return self._organisations.get(int(key), f"#{key}")

    def source(self, key: Any) -> str:
        """A source, such as one that has become part of another."""
        if key not in self._sources:
            found = Source.objects.filter(pk=key).values_list("name", flat=True).first()
            self._sources[key] = found or f"#{key}"
        return self._sources[key]

    def words(self, key: str, value: Any, subject: str, type_: ListType | None = None) -> str:
        """A fact or column as people read it."""
        if value in (None, "", [], ()):
            return display.ABSENT
        if subject == Subject.ENTRY and key == "state":
            return str(dict(EntryState.choices).get(value, value))
        if key == "status":
            return str(dict(SourceStatus.choices).get(value, value))
        if key in {"region", "region_id"}:
            return self.region(value)
        if key in {"source", "merged_into"}:
            return self.source(value)
        if key in {"department", "town", "operator"} and isinstance(value, int):
            return self.organisation(value)
        field = field_for(key, type_)
        return with_unit(field, shown(field, value)) if field is not None else str(value)


@dataclass(frozen=True, slots=True)
class Group:
    """Facts of one scope."""

    label: str
    pairs: Sequence[tuple[str, str]]
    #: how many of them nobody has filled in
    absent: int = 0


def groups(type_: ListType, facts: Mapping[str, Any], region: Region | None = None) -> list[Group]:
    """All facts of an entry by what they are facts of; those that must be there are shown even where they lack."""
    found = []
    for scope, label in SCOPES:
        fields = type_.of_scope(scope)
        if not fields:
            continue
        pairs, absent = [], 0
        for field in fields:
            value = facts.get(field.key)
            if value in (None, "", [], ()) and not field.required:
                absent += 1
                continue
            words = with_unit(field, shown(field, value))
            if field.kind is FieldKind.REGION and region is not None and value:
                words = f"{value} {region.name}"
            pairs.append((field.label, words))
        found.append(Group(str(label), pairs, absent))
    return found


def source_pairs(source: Source) -> list[tuple[str, str]]:
    """All facts of a source, those with columns first."""
    book = list_book().fields
    names: dict[str, str] = {
        "region": source.region.name if source.region is not None else "",
        "department": source.department.name
        if source.department is not None
        else str(source.values.get("department_name", "")),
        "town": source.town.name if source.town is not None else "",
        "operator": source.operator.name if source.operator is not None else "",
    }
    pairs = []
    for column in SOURCE_COLUMNS:
        value = names[column] if column in names else getattr(source, column)
        if column == "status":
            value = source.get_status_display()
        if value not in (None, ""):
            pairs.append((label_for(column), str(value)))
    for key, value in source.values.items():
        if key == "department_name":
            continue
        field = book.get(key)
        if field is None:
            pairs.append((key, str(value)))
        else:
            pairs.append((field.label, with_unit(field, shown(field, value))))
    return pairs


@dataclass(frozen=True, slots=True)
class Past:
    """A change: who, when, why, and each fact before and after."""

    at: datetime
    actor: str
    reason: str
    subject: str
    label: str
    lines: Sequence[tuple[str, str, str]]


#: parts of earlier states that say nothing to people
_UNTOLD = frozenset({"department_name", "key", "unit"})


def _elsewhere(row: Source | Unit | ListEntry) -> dict[str, Any]:
    """What is no fact of a row, but changes where sources are merged."""
    if isinstance(row, Source):
        return {"merged_into": row.merged_into_id}
    return {"source": row.source_id} if isinstance(row, ListEntry) else {}


def past(
    rows: Iterable[Source | Unit | ListEntry],
    type_: ListType | None = None,
    limit: int = 100,
    names: Names | None = None,
) -> list[Past]:
    """Changes of rows, the latest first. What a fact became stands in the next later state, or in the row itself."""
    names = names or Names()
    found: list[Past] = []
    by_subject: dict[str, dict[int, Any]] = {}
    kinds: dict[type[Any], str] = {
        Source: Subject.SOURCE,
        Unit: Subject.UNIT,
        ListEntry: Subject.ENTRY,
    }
    for row in rows:
        by_subject.setdefault(kinds[type(row)], {})[row.pk] = row
    for subject, objects in by_subject.items():
        revisions = Revision.objects.filter(subject=subject, object_id__in=list(objects)).order_by(
            "-until", "-pk"
        )[: limit * 2]
        now: dict[int, dict[str, Any]] = {}
        for revision in revisions:
            row = objects[revision.object_id]
            if row.pk not in now:
                now[row.pk] = {**row.values, **snapshot(row, _COLUMNS[subject]), **_elsewhere(row)}
            present = now[row.pk]
            before = {key: value for key, value in revision.before.items() if key != "values"}
            before.update(revision.before.get("values", {}))
            lines = []
            for key, old in before.items():
                if key not in _UNTOLD:
                    lines.append(
                        (
                            label_for(key, subject, type_),
                            names.words(key, old, subject, type_),
                            names.words(key, present.get(key), subject, type_),
                        )
                    )
                present[key] = old
            what = str(row) if subject == Subject.UNIT else Subject(subject).label
            if subject == Subject.SOURCE:
                what = __("The source")
            if isinstance(row, ListEntry) and type_ is None:
                what = row.list.name
            found.append(Past(revision.until, revision.actor, revision.reason, subject, str(what), lines))
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]
