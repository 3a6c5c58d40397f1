"""Which source facts speak of: found by keys, the surest first; never by a name alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lantian.apps.sources.choices import EntryState, KeyKind
from lantian.apps.sources.facts import Facts, kind_of, source_keys
from lantian.apps.sources.models import ListEntry, Source, SourceKey, SourceList
from lantian.apps.sources.models.lists import EntryQuerySet
from lantian.rules.sources.lists import ListType


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
