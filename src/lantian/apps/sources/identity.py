"""Which source facts speak of: found by keys, the surest first; never by a name alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from lantian.apps.sources.choices import EntryState, KeyKind
from lantian.apps.sources.exceptions import SourceMerged
from lantian.apps.sources.facts import Facts, facts_of, key_of, kind_of, source_keys
from lantian.apps.sources.models import ListEntry, Merge, Source, SourceKey, SourceList
from lantian.apps.sources.models.lists import EntryQuerySet
from lantian.rules.sources.fields import Scope
from lantian.rules.sources.lists import ListType, key_fields


def by_keys(type_: ListType, facts: Facts) -> Source | None:
    """The one live source that holds the first key which any source holds; None for a new one."""
    return find(kind_of(type_), facts.whole())


def find(kind: str, known: Mapping[str, Any]) -> Source | None:
    """The live source of a kind that facts under the keys of the dictionary speak of."""
    keys = source_keys(kind, known)
    if not keys:
        return None
    held: dict[str, list[Source]] = {}
    for key in (
        SourceKey.objects.filter(kind=KeyKind.CODE, value__in=keys, until__isnull=True, source__kind=kind)
        .select_related("source__merged_into", "source__region", "source__department")
        .order_by("pk")
    ):
        held.setdefault(key.value, []).append(live(key.source))
    for key_text in keys:
        found = held.get(key_text)
        if found:
            return found[0]
    return None


def held_by(kind: str, texts: set[str]) -> dict[str, Source]:
    """The live sources of a kind that are known by one of these keys; the first known where there are several."""
    if not texts:
        return {}
    keys = list(
        SourceKey.objects.filter(
            kind=KeyKind.CODE, value__in=texts, until__isnull=True, source__kind=kind
        )
        .order_by("pk")
        .values_list("value", "source")
    )
    sources = {
        source.pk: live(source)
        for source in Source.objects.filter(pk__in={key for _text, key in keys}).select_related(
            "merged_into", "region", "department"
        )
    }
    held: dict[str, Source] = {}
    for text, key in keys:
        held.setdefault(text, sources[key])
    return held


def under_keys(listing: SourceList, keys: Iterable[str]) -> EntryQuerySet:
    """The entries of a list that stand under these natural keys today, in no order.

    An order would let the database walk the whole list instead of looking the keys up.
    """
    rows: EntryQuerySet = ListEntry.objects.filter(list=listing, key__in=list(keys)).exclude(
        state=EntryState.REMOVED
    )
    return rows.order_by()


def listed_under(listing: SourceList, keys: Iterable[str]) -> dict[str, ListEntry]:
    """The entries of :func:`under_keys` by their keys, with what is known of them."""
    rows = under_keys(listing, keys).select_related("source__region", "source__department", "unit")
    return {entry.key: entry for entry in rows}


def live(source: Source) -> Source:
    """The source that another has become part of."""
    seen: set[int] = set()
    while source.merged_into is not None and source.pk not in seen:
        seen.add(source.pk)
        source = source.merged_into
    return source


#: facts that say nothing
_NOTHING: tuple[Any, ...] = (None, "", [], ())


class Held(NamedTuple):
    """How a source stood when it was locked."""

    changed_at: datetime
    merged_into: int | None


def hold(keys: Iterable[int]) -> dict[int, Held]:
    """Lock sources until the end of the transaction, in the order of their keys; gives how they stand now.

    Whoever hangs something on a source holds it first: a merge holds both of its sources, so that what is hung on one
    of them at the same moment is there before the merge looks, or sees that the source has become part of another.
    """
    rows = Source.objects.filter(pk__in=set(keys)).order_by("pk").select_for_update()
    return {key: Held(at, into) for key, at, into in rows.values_list("pk", "changed_at", "merged_into")}


def refuse_merged(*keys: int) -> dict[int, Held]:
    """Lock sources, and refuse those that have become part of another.

    Raises
    ------
    SourceMerged
    """
    found = hold(keys)
    if any(one.merged_into is not None for one in found.values()):
        raise SourceMerged
    return found


def inherited(kind: str, texts: Iterable[str]) -> dict[str, Source]:
    """Keys that came from absorbed sources, with the sources that stayed."""
    wanted = set(texts)
    if not wanted or not Merge.objects.standing().exists():
        return {}
    keys = SourceKey.objects.filter(
        kind=KeyKind.CODE, value__in=wanted, until__isnull=True, merge__isnull=False, source__kind=kind
    ).select_related("source__merged_into", "source__region", "source__department")
    return {key.value: live(key.source) for key in keys}


def own_key(type_: ListType, source: Source, given: Mapping[str, Any]) -> str:
    """The natural key under which a source stands in a list, whatever a row says of what identifies it."""
    known = facts_of(source)
    of_source = {
        field.key for field in type_.of_scope(Scope.SOURCE) if field.key in key_fields(type_) or field.key == "name"
    }
    return key_of(type_, {**given, **{key: known.get(key) for key in of_source}})


def is_led(type_: ListType, source: Source, given: Mapping[str, Any], key: str) -> str:
    """The key of the list for a row that speaks of an absorbed source; empty where the row names the source itself."""
    own = own_key(type_, source, given)
    return own if own and own != key else ""


def led_on(
    type_: ListType, listing: SourceList, rows: Mapping[str, Mapping[str, Any]]
) -> dict[str, tuple[Source, str, ListEntry | None]]:
    """Rows that speak of an absorbed source: the source that stays, its own key, and its entry where it has one.

    Parameters
    ----------
    rows
        Natural key of a row → its facts; keys under which no entry stands.
    """
    kind = kind_of(type_)
    texts = {key: source_keys(kind, given) for key, given in rows.items()} if rows else {}
    held = inherited(kind, (text for some in texts.values() for text in some))
    if not held:
        return {}
    found: dict[str, tuple[Source, str]] = {}
    for key, some in texts.items():
        source = next((held[text] for text in some if text in held), None)
        own = is_led(type_, source, rows[key], key) if source is not None else ""
        if source is not None and own:
            found[key] = source, own
    entries = listed_under(listing, {own for _source, own in found.values()})
    return {key: (source, own, entries.get(own)) for key, (source, own) in found.items()}


def lacking(facts: Facts, type_: ListType, source: Source, unit: Any = None, entry: Any = None) -> Facts:
    """What a row of an absorbed source may add to the one that stays: facts that it has none of, and no key.

    Somebody has decided which facts hold; an old table does not decide otherwise.
    """
    kept = key_fields(type_) | {"name"}

    def missing(row: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        if row is None:
            return {key: value for key, value in given.items() if value not in _NOTHING}
        columns = {field.name for field in row._meta.concrete_fields}
        return {
            key: value
            for key, value in given.items()
            if value not in _NOTHING
            and (getattr(row, key) if key in columns and key != "values" else row.values.get(key)) in _NOTHING
        }

    own = {key: value for key, value in facts.source.items() if key not in kept and key != "permit"}
    if source.department is not None:
        own.pop("department_name", None)
    if source.lon is not None:
        own = {key: value for key, value in own.items() if key not in ("lon", "lat")}
    return Facts(missing(source, own), missing(unit, facts.unit), missing(entry, facts.entry), facts.given)
