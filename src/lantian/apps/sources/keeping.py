"""Writing what is known of sources, units and entries, with what was known before. Called by actions, inside of theirs.

A fact has one place: a column of the source, or a key of `values` of the source, the unit or the entry. What it was before
goes into a `Revision`, so that each state of each day can be shown again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.log import snapshot
from lantian.apps.sources.choices import EXCLUSIVE_KEYS, KeyKind, Subject
from lantian.apps.sources.facts import facts_of, plain, source_keys
from lantian.apps.sources.identity import refuse_merged
from lantian.apps.sources.inserting import insert_values
from lantian.apps.sources.models import ListEntry, Revision, Source, SourceKey, Unit
from lantian.rules.names import normalised

#: columns of a source that are facts: the field dictionary knows them under the same keys
SOURCE_COLUMNS = (
    "name",
    "uscc",
    "permit",
    "trade",
    "region",
    "village",
    "address",
    "lon",
    "lat",
    "status",
    "department",
    "town",
    "operator",
    "person",
    "phone",
)
UNIT_COLUMNS = ("number", "name", "status")
#: columns of an entry that are facts of it
ENTRY_COLUMNS = ("number", "state", "listed_on", "removed_on")
#: what an entry repeats of its source
COPIED = ("name", "trade", "status", "region_id", "department_id", "town_id", "operator_id")
_COLUMNS: dict[type[Any], tuple[str, ...]] = {
    Source: SOURCE_COLUMNS,
    Unit: UNIT_COLUMNS,
    ListEntry: ENTRY_COLUMNS,
}
_SUBJECTS: dict[type[Any], str] = {
    Source: Subject.SOURCE,
    Unit: Subject.UNIT,
    ListEntry: Subject.ENTRY,
}
#: keys of facts that are keys of the source, besides the columns
KEY_FACTS: dict[str, str] = {
    "mn": KeyKind.MN,
    "meter_number": KeyKind.METER,
    "boiler_code": KeyKind.EQUIPMENT,
    "plate": KeyKind.PLATE,
    "machine_number": KeyKind.MACHINE,
    "food_licence": KeyKind.LICENCE,
    "grid": KeyKind.GRID,
}


def subject_of(row: Source | Unit | ListEntry) -> str:
    """The word under which earlier states of a row are kept."""
    return _SUBJECTS[type(row)]


def put(row: Source | Unit | ListEntry, given: Mapping[str, Any]) -> dict[str, Any]:
    """Set facts, without saving; gives what they were before, as a patch that leads back.

    Parameters
    ----------
    given
        Facts by their keys; None or an empty text takes a fact away.
    """
    columns = _COLUMNS[type(row)]
    before: dict[str, Any] = {}
    facts: dict[str, Any] = {}
    values = dict(row.values)
    for key, value in given.items():
        if key in columns:
            old = getattr(row, key)
            new = value if value is not None else _empty_of(row, key)
            if old != new:
                # A row that is not written yet has no state that could be led back to.
                former = snapshot(row, [key])[key] if row.pk is not None else None
                setattr(row, key, new)
                before[key] = former
            continue
        old = values.get(key)
        new = plain(value)
        if old == new:
            continue
        facts[key] = old
        if new is None:
            values.pop(key, None)
        else:
            values[key] = new
    if facts:
        before["values"] = facts
        row.values = values
    if isinstance(row, Source) and "name" in before:
        row.name_key = normalised(row.name)[:160]
    return before


def fresh(model: type[Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """What :func:`put` makes of facts where there is no row yet: columns, and the facts under ``values``."""
    columns = _COLUMNS[model]
    found: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for key, value in given.items():
        if key in columns:
            if value is not None:
                found[key] = value
        elif (fact := plain(value)) is not None:
            values[key] = fact
    return {**found, "values": values}


def _empty_of(row: Any, key: str) -> Any:
    field = row._meta.get_field(key)
    return None if field.null else ""


def revise(
    rows: Iterable[tuple[Source | Unit | ListEntry, Mapping[str, Any]]],
    actor: Actor,
    *,
    reason: str = "",
    now: datetime | None = None,
) -> list[Revision]:
    """The earlier states of rows that were changed, not yet saved; the rows get the moment of their change."""
    at = now or timezone.now()
    found = []
    for row, before in rows:
        if not before:
            continue
        found.append(
            Revision(
                subject=subject_of(row),
                object_id=row.pk,
                since=row.changed_at,
                until=at,
                before=dict(before),
                reason=reason[:500],
                actor=(actor.user.display_name if actor.user is not None else actor.name)[:80],
                user=actor.user,
            )
        )
        row.changed_at = at
    return found


def change(
    row: Source | Unit | ListEntry, given: Mapping[str, Any], actor: Actor, *, reason: str = ""
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Set facts of one row and save them with what was before; gives the difference as the log has it.

    Raises
    ------
    Conflict
        The source has become part of another, or somebody else has changed the row since it was read.
    """
    before = put(row, given)
    if not before:
        return {}, {}
    refuse_merged(row.pk if isinstance(row, Source) else row.source_id)
    if type(row)._default_manager.values_list("changed_at", flat=True).get(pk=row.pk) != row.changed_at:
        raise Conflict
    Revision.objects.bulk_create(revise([(row, before)], actor, reason=reason))
    if isinstance(row, ListEntry):
        copy(row)
    row.save()
    if isinstance(row, Source):
        keep_keys([row])
        repeat([row])
    elif isinstance(row, Unit):
        ListEntry.objects.filter(unit=row).update(unit_name=str(row)[:160])
        keep_keys([row.source])
    return flat(before), _now(row, before)


def given_back(row: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    """A patch as facts to be set again: keys of other rows become rows, days become days."""
    columns = {name: value for name, value in before.items() if name != "values"}
    found: dict[str, Any] = {}
    for name, value in columns.items():
        field = row._meta.get_field(name)
        if field.is_relation and value is not None:
            found[name] = field.related_model.objects.get(pk=value)
        else:
            found[name] = field.to_python(value) if value not in (None, "") else value
    return {**found, **before.get("values", {})}


def flat(before: Mapping[str, Any]) -> dict[str, Any]:
    """A patch with its facts beside its columns."""
    return {**{key: value for key, value in before.items() if key != "values"}, **before.get("values", {})}


def _now(row: Any, before: Mapping[str, Any]) -> dict[str, Any]:
    columns = [key for key in before if key != "values"]
    return {**snapshot(row, columns), **{key: row.values.get(key) for key in before.get("values", {})}}


def copy(entry: ListEntry) -> None:
    """Let an entry repeat what its source and its unit say, without saving."""
    for name in COPIED:
        setattr(entry, name, getattr(entry.source, name))
    entry.unit_name = str(entry.unit)[:160] if entry.unit_id else ""


def repeat(sources: Sequence[Source]) -> None:
    """Let the entries of sources repeat what they say now."""
    entries = list(ListEntry.objects.filter(source__in=sources).select_related("source", "unit"))
    for entry in entries:
        copy(entry)
    ListEntry.objects.bulk_update(entries, [*COPIED, "unit_name"], batch_size=500)


def key_value(text: str) -> str:
    """A key as it is compared."""
    return normalised(text).upper()[:160]


def keys_of(source: Source, units: Iterable[Unit] = ()) -> list[tuple[str, str]]:
    """What a source is known by, from its facts and those of its units: pairs of kind and value."""
    found: list[tuple[str, str]] = [(KeyKind.CODE, key) for key in source_keys(source.kind, facts_of(source))]
    if source.uscc:
        found.append((KeyKind.USCC, key_value(source.uscc)))
    if source.permit:
        found.append((KeyKind.PERMIT, key_value(source.permit)))
    for facts in (source.values, *(unit.values for unit in units)):
        for fact, kind in KEY_FACTS.items():
            value = facts.get(fact)
            if not value:
                continue
            for text in value if isinstance(value, list) else str(value).replace("，", "、").split("、"):
                if kind == KeyKind.PLATE and facts.get("plate_colour"):
                    text = f"{text}|{facts['plate_colour']}"
                if str(text).strip():
                    found.append((kind, key_value(str(text))))
    return list(dict.fromkeys(found))


def keep_keys(sources: Sequence[Source]) -> list[tuple[Source, str, str, Source]]:
    """Write the keys of sources; keys that are gone get a last day. A key that another source holds is not taken from it.

    Returns
    -------
    list
        What could not be taken: source, kind, value, holder. Whoever calls tells people.
    """
    today = timezone.localdate()
    units: dict[int, list[Unit]] = {}
    for unit in Unit.objects.filter(source__in=sources):
        units.setdefault(unit.source_id, []).append(unit)
    held: dict[int, dict[tuple[str, str], SourceKey]] = {}
    own = {KeyKind.OLD_NAME, KeyKind.LIST_NUMBER}
    for key in SourceKey.objects.filter(source__in=sources).exclude(kind__in=own):
        held.setdefault(key.source_id, {})[key.kind, key.value] = key
    wanted = {source.pk: keys_of(source, units.get(source.pk, ())) for source in sources}
    exclusive = {pair for pairs in wanted.values() for pair in pairs if pair[0] in EXCLUSIVE_KEYS}
    taken = {
        (key.kind, key.value): key
        for key in SourceKey.objects.filter(
            exclusive=True, until__isnull=True, value__in={value for _kind, value in exclusive}
        ).select_related("source")
    }
    new: list[dict[str, Any]] = []
    changed: list[SourceKey] = []
    here: dict[tuple[str, str], Source] = {}
    refused: list[tuple[Source, str, str, Source]] = []
    for source in sources:
        mine = held.get(source.pk, {})
        for pair in wanted[source.pk]:
            held_by = taken.get(pair)
            holder = held_by.source if held_by is not None else here.get(pair)
            if holder is not None and holder.pk != source.pk:
                refused.append((source, *pair, holder))
                continue
            known = mine.get(pair)
            if known is None:
                alone = pair[0] in EXCLUSIVE_KEYS
                new.append(
                    {
                        "source_id": source.pk,
                        "kind": pair[0],
                        "value": pair[1],
                        "exclusive": alone,
                        "since": today,
                    }
                )
                if alone:
                    here[pair] = source
            elif known.until is not None:
                known.until = None
                changed.append(known)
        for pair, known in mine.items():
            # A key that came with an absorbed source holds whatever the facts of the one that stays say.
            if pair not in wanted[source.pk] and known.until is None and known.merge_id is None:
                known.until = today
                changed.append(known)
    SourceKey.objects.bulk_update(changed, ["until"], batch_size=500)
    with transaction.atomic():
        insert_values(SourceKey, new)
    return refused


def old_name(source: Source, name: str) -> None:
    """Remember a name that a source no longer has."""
    SourceKey.objects.get_or_create(
        source=source,
        kind=KeyKind.OLD_NAME,
        value=key_value(name),
        where="",
        defaults={"until": timezone.localdate()},
    )
