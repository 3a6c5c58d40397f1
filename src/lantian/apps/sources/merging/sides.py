"""Two sources side by side: each fact of both, what hangs on them, and how both stand."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import display
from lantian.apps.sources import told
from lantian.apps.sources.choices import EntryState, ProposalState
from lantian.apps.sources.keeping import SOURCE_COLUMNS
from lantian.apps.sources.models import Activity, Grade, ListEntry, Proposal, Source, SourceKey, Subsidy, Unit
from lantian.rules.sources.lists import list_book

#: facts that are one fact: they go together
TOGETHER: dict[str, tuple[str, ...]] = {
    "position": ("lon", "lat"),
    "department": ("department", "department_name"),
    "street": ("street", "town"),
}
_PART_OF = {key: name for name, keys in TOGETHER.items() for key in keys}
_LABELS = {"position": _("Position (WGS-84)")}
FIRST, SECOND = "first", "second"


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of two sources.

    Attributes
    ----------
    key
        Its name in the form; several columns may be one fact.
    first, second
        In words.
    same
        Whether both say the same.
    filled
        ``first`` or ``second`` where only one of them says something; else empty.
    """

    key: str
    label: str
    first: str
    second: str
    same: bool
    filled: str = ""


def value_of(source: Source, key: str) -> Any:
    """A column or a fact of a source as it is kept; None where there is none."""
    value = getattr(source, key) if key in SOURCE_COLUMNS else source.values.get(key)
    return None if value in ("", [], ()) else value


def keys_of_fact(name: str) -> tuple[str, ...]:
    """The columns and keys that make a fact."""
    return TOGETHER.get(name, (name,))


def fact_names(*sources: Source) -> list[str]:
    """The facts that sources have, columns first, then in the order of the book."""
    order = {key: at for at, key in enumerate(list_book().fields)}
    given = {key for source in sources for key in source.values}
    rest = sorted(given, key=lambda key: (order.get(key, len(order)), key))
    names = [_PART_OF.get(key, key) for key in (*SOURCE_COLUMNS, *rest)]
    return [
        name
        for name in dict.fromkeys(names)
        if any(value_of(source, key) is not None for source in sources for key in keys_of_fact(name))
    ]


def facts_beside(first: Source, second: Source) -> list[Fact]:
    """All facts of two sources."""
    names = told.Names()
    found = []
    for name in fact_names(first, second):
        keys = keys_of_fact(name)
        a, b = ([value_of(source, key) for key in keys] for source in (first, second))
        # A street that the register knows as an office and one that it does not are still one street.
        same = a == b or (name == "street" and a[0] == b[0] is not None)
        full = [any(value is not None for value in side) for side in (a, b)]
        label = str(_LABELS[name]) if name in _LABELS else told.label_for(keys[0])
        said = [_words(source, name, names) for source in (first, second)]
        filled = FIRST if full == [True, False] else SECOND if full == [False, True] else ""
        found.append(Fact(name, label, said[0], said[1], same, filled))
    return found


def _words(source: Source, name: str, names: told.Names) -> str:
    if name == "position":
        return display.ABSENT if source.lon is None else f"{source.lon:.6f}, {source.lat:.6f}"
    if name == "department":
        held = source.department.name if source.department is not None else source.values.get("department_name")
        return str(held or display.ABSENT)
    if name == "street":
        return str(source.values.get("street") or source.town or display.ABSENT)
    if name in {"region", "operator"}:
        return str(getattr(source, name) or display.ABSENT)
    return names.words(name, value_of(source, name), "source")


# --- what hangs on them ---


def better(first: Source, second: Source) -> Source:
    """The one that is offered to stay: on more lists, with more facts; of two alike the older one."""

    def weight(source: Source) -> tuple[int, int, int]:
        entries = ListEntry.objects.filter(source=source)
        return (
            entries.filter(state=EntryState.LISTED).count(),
            entries.exclude(state=EntryState.REMOVED).count(),
            len(fact_names(source)),
        )

    return second if weight(second) > weight(first) else first


def activity_years(source: Source) -> set[int]:
    """Years for which the inventory has activities of a source."""
    rows = Activity.objects.filter(source=source, year__isnull=False).order_by()
    return {year for year in rows.values_list("year", flat=True).distinct() if year is not None}


def waiting_proposals(*sources: int) -> list[Proposal]:
    """Changes of sources that wait to be decided."""
    rows = Proposal.objects.filter(source__in=sources, state=ProposalState.WAITING)
    return list(rows.select_related("entry__list", "source").order_by("pk"))


def same_units(kept: Source, absorbed: Source) -> list[tuple[Unit, Unit]]:
    """Units of both of one kind and number: they are one unit."""
    known = {(unit.kind, unit.number): unit for unit in Unit.objects.filter(source=kept)}
    return [
        (known[unit.kind, unit.number], unit)
        for unit in Unit.objects.filter(source=absorbed).order_by("pk")
        if (unit.kind, unit.number) in known
    ]


@dataclass(frozen=True, slots=True)
class Clash:
    """Two entries of one list that would be of one source (and unit): one stays, the other is closed."""

    stays: ListEntry
    closed: ListEntry


_RANK = {EntryState.PROPOSED: 1, EntryState.CHECKED: 2, EntryState.LISTED: 3}


def clash_of(own: ListEntry, other: ListEntry) -> Clash:
    """Which of two entries stays: the one further in its life; of two alike that of the source that stays."""
    if _RANK[EntryState(other.state)] > _RANK[EntryState(own.state)]:
        return Clash(other, own)
    return Clash(own, other)


def clashes(kept: Source, absorbed: Source) -> list[Clash]:
    """Entries of both in the same list."""
    units = {other.pk: own.pk for own, other in same_units(kept, absorbed)}
    live = ListEntry.objects.exclude(state=EntryState.REMOVED).select_related("list", "unit").order_by("pk")
    own = {(entry.list_id, entry.unit_id): entry for entry in live.filter(source=kept)}
    found = []
    for entry in live.filter(source=absorbed):
        unit = units.get(entry.unit_id, entry.unit_id) if entry.unit_id is not None else None
        if (entry.list_id, unit) in own:
            found.append(clash_of(own[entry.list_id, unit], entry))
    return found


# --- how they stand ---


def _rows_of(keys: Sequence[int]) -> Iterable[tuple[str, Any]]:
    yield "sources", Source.objects.filter(pk__in=keys).values_list("pk", "changed_at", "merged_into")
    yield "units", Unit.objects.filter(source__in=keys).values_list("pk", "source", "changed_at")
    yield "entries", ListEntry.objects.filter(source__in=keys).values_list("pk", "source", "key", "changed_at")
    yield "grades", Grade.objects.filter(source__in=keys).values_list("pk", "source", "ended_by", "annulled_at")
    yield "subsidies", Subsidy.objects.filter(source__in=keys).values_list("pk", "source", "updated_at")
    yield "proposals", Proposal.objects.filter(source__in=keys).values_list("pk", "source", "state")
    yield "activities", Activity.objects.filter(source__in=keys).values_list("pk", "source", "changed_at")
    yield "keys", SourceKey.objects.filter(source__in=keys).values_list("pk", "source", "until", "merge")


def parts_as_they_stand(*sources: int) -> dict[str, str]:
    """A hash for each kind of rows of sources; the same as long as none of them has changed."""
    found = {}
    for name, rows in _rows_of(sources):
        text = json.dumps(sorted(rows.order_by("pk")), cls=DjangoJSONEncoder, default=str)
        found[name] = hashlib.sha256(text.encode()).hexdigest()[:16]
    return found


def as_they_stand(*sources: int) -> str:
    """One hash over all of :func:`parts_as_they_stand`."""
    text = json.dumps(parts_as_they_stand(*sorted(sources)), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def counts_of(source: Source) -> Mapping[str, int]:
    """How much hangs on a source, in words."""
    return {
        __("Entries of lists"): ListEntry.objects.filter(source=source).exclude(state=EntryState.REMOVED).count(),
        __("Units of sources"): Unit.objects.filter(source=source).count(),
        __("Performance grades"): Grade.objects.filter(source=source, annulled_at__isnull=True).count(),
        __("Subsidies"): Subsidy.objects.filter(source=source).count(),
        __("Activities of the inventory"): Activity.objects.filter(source=source).count(),
    }
