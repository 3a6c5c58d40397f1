"""How sources and lists stood at any moment, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from lantian.apps.core.log import snapshot
from lantian.apps.sources.choices import EntryState, Subject
from lantian.apps.sources.keeping import ENTRY_COLUMNS, SOURCE_COLUMNS, UNIT_COLUMNS
from lantian.apps.sources.models import ListEntry, Revision, Source, SourceList

_COLUMNS = {Subject.SOURCE: SOURCE_COLUMNS, Subject.UNIT: UNIT_COLUMNS, Subject.ENTRY: ENTRY_COLUMNS}
#: parts of the states of entries and sources that are no facts
_NO_FACTS = frozenset({"listed_on", "source", "unit", "key", "merged_into"})
#: as many keys as one question of SQLite may hold, with room
_CHUNK = 5000


@dataclass(frozen=True, slots=True)
class State:
    """The facts of a row at a moment; `facts` holds columns and values side by side."""

    facts: Mapping[str, Any]
    #: of the change that ended this state, where there was one
    reason: str = ""
    actor: str = ""


def states_at(
    rows: Iterable[Any], subject: Subject, moments: Sequence[datetime]
) -> dict[int, list[State | None]]:
    """The facts of rows at moments, by the key of the row; None where the row did not exist yet.

    The present state is taken, and every earlier state that ended after the moment is laid over it, the latest first.
    """
    listed = list(rows)
    patches: dict[int, list[Revision]] = {}
    keys = [row.pk for row in listed]
    for at in range(0, len(keys), _CHUNK):
        for revision in Revision.objects.filter(
            subject=subject, object_id__in=keys[at : at + _CHUNK], until__gt=min(moments)
        ).order_by("-until", "-pk"):
            patches.setdefault(revision.object_id, []).append(revision)
    found: dict[int, list[State | None]] = {}
    for row in listed:
        present = {**row.values, **snapshot(row, _COLUMNS[subject])}
        of_row: list[State | None] = []
        for moment in moments:
            if row.created_at > moment:
                of_row.append(None)
                continue
            facts, reason, actor = dict(present), "", ""
            for revision in patches.get(row.pk, ()):
                if revision.until <= moment:
                    break
                before = dict(revision.before)
                for key, value in before.pop("values", {}).items():
                    if value is None:
                        facts.pop(key, None)
                    else:
                        facts[key] = value
                facts.update(before)
                reason, actor = revision.reason, revision.actor
            of_row.append(State(facts, reason, actor))
        found[row.pk] = of_row
    return found


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A fact that differs; `scope` is source, unit or entry."""

    scope: str
    key: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class EntryChange:
    """An entry that came, went or changed between two moments."""

    entry: ListEntry
    #: ``added``, ``removed`` or ``changed``
    kind: str
    fields: tuple[FieldChange, ...] = field(default=())
    reason: str = ""
    actor: str = ""


def _listed(state: State | None) -> bool:
    return state is not None and state.facts.get("state") == EntryState.LISTED


def difference(
    listing: SourceList, first: datetime, second: datetime, entries: Any = None
) -> list[EntryChange]:
    """What came onto a list, went from it, or changed on it between two moments.

    Parameters
    ----------
    entries
        Only these entries: those that the asking account may see.
    """
    early, late = min(first, second), max(first, second)
    rows = ListEntry.objects.filter(list=listing) if entries is None else entries.filter(list=listing)
    touched = list(
        rows.filter(
            Q(changed_at__gt=early)
            | Q(created_at__gt=early)
            | Q(source__changed_at__gt=early)
            | Q(unit__changed_at__gt=early)
        ).select_related("source", "unit")
    )
    if not touched:
        return []
    moments = [early, late]
    of_entries = states_at(touched, Subject.ENTRY, moments)
    # Before a merge an entry stood for the source that was absorbed.
    former = {
        state.facts["source"] for states in of_entries.values() for state in states if state and "source" in state.facts
    }
    sources = {row.source_id: row.source for row in touched}
    sources |= {one.pk: one for one in Source.objects.filter(pk__in=former)}
    of_sources = states_at(sources.values(), Subject.SOURCE, moments)
    of_units = states_at(
        {row.unit_id: row.unit for row in touched if row.unit}.values(), Subject.UNIT, moments
    )
    found: list[EntryChange] = []
    for row in touched:
        was, now = of_entries[row.pk]
        if not _listed(was) and not _listed(now):
            continue
        if not _listed(was):
            found.append(EntryChange(row, "added", reason=now.reason if now else ""))
            continue
        ended = was.reason if was else ""
        by = was.actor if was else ""
        if not _listed(now):
            found.append(EntryChange(row, "removed", reason=ended, actor=by))
            continue
        changed: list[FieldChange] = []
        whose = [(state.facts.get("source") if state else None) or row.source_id for state in (was, now)]
        for scope, pair in (
            ("source", [of_sources[key][at] for at, key in enumerate(whose)]),
            ("unit", of_units.get(row.unit_id or 0, [None, None])),
            ("entry", [was, now]),
        ):
            old, new = pair
            if old is None or new is None:
                continue
            if old.reason and old.facts != new.facts:
                ended, by = ended or old.reason, by or old.actor
            changed += [
                FieldChange(scope, key, old.facts.get(key), new.facts.get(key))
                for key in sorted({*old.facts, *new.facts} - _NO_FACTS)
                if old.facts.get(key) != new.facts.get(key)
            ]
        if changed:
            found.append(EntryChange(row, "changed", tuple(changed), ended, by))
    return sorted(found, key=lambda change: (change.kind, change.entry.name, change.entry.pk))
