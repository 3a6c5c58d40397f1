"""What moves when a source becomes part of another, and the way back. Called by actions, inside of theirs.

`Merge.moved` keeps what was before, by kinds of rows:

- ``facts``: patch that leads the source that stays back
- ``keys``: key, source, last day and merge of every key of both
- ``units``: units that moved; ``same_units``: unit of the absorbed, unit of the one that stays, patch of the latter
- ``entries``: entry and patch, with its source, unit and natural key
- ``grades``, ``proposals``, ``activities``, ``emissions``: row and unit; ``subsidies``: row
- ``elsewhere``: by table of another room and field, row and what it pointed to
- ``pairs``: pairs that were made so that open questions and decisions about the absorbed go on
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.sources import keeping
from lantian.apps.sources.actions.lists import is_closed
from lantian.apps.sources.choices import EntryState, KeyKind, PairState
from lantian.apps.sources.exceptions import ListFrozen
from lantian.apps.sources.facts import facts_of, key_of
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.merging import ports
from lantian.apps.sources.merging.sides import activity_years, clash_of, keys_of_fact, same_units
from lantian.apps.sources.models import (
    Activity,
    DuplicatePair,
    Emission,
    Grade,
    ListEntry,
    Merge,
    Proposal,
    Revision,
    SourceKey,
    SourceList,
    Subsidy,
    Unit,
)

#: rows that hang on a source and on a unit of it, and move as they are
_HANGING: dict[str, Any] = {
    "grades": Grade,
    "proposals": Proposal,
    "activities": Activity,
    "emissions": Emission,
}


class Moving:
    """One merge at work.

    Parameters
    ----------
    row
        The merge, saved; what moves is noted on it.
    both_years
        Move the activities of years for which both have some, so that both count; otherwise those of the absorbed stay
        behind and no longer count.
    """

    def __init__(self, actor: Actor, row: Merge, *, both_years: bool, now: datetime) -> None:
        self.actor, self.row, self.both_years, self.now = actor, row, both_years, now
        self.kept, self.absorbed = row.kept, row.absorbed
        self.moved: dict[str, Any] = {}
        self.patches: list[tuple[Any, dict[str, Any]]] = []
        self.closed: list[ListEntry] = []

    def run(self, taken: Iterable[str]) -> dict[str, Any]:
        """Do it; gives the facts of the one that stays that became others, as they were before."""
        kept, absorbed, row = self.kept, self.absorbed, self.row
        names = {kept.name, absorbed.name}
        self.moved["keys"] = [
            [key.pk, key.source_id, key.until.isoformat() if key.until else None, key.merge_id]
            for key in SourceKey.objects.filter(source__in=(kept.pk, absorbed.pk)).order_by("pk")
        ]
        before = keeping.put(kept, self._given(taken))
        self.moved["facts"] = before
        units = self._units()
        self._hanging(units)
        self._entries(units)
        self._keys(names - {kept.name})
        revisions = keeping.revise([(kept, before), *self.patches], self.actor, reason=row.reason, now=self.now)
        revisions += self._note_absorbed()
        Revision.objects.bulk_create(revisions)
        # Both count as changed, whether a fact differs or not: who holds them as they were learns of the merge.
        kept.changed_at = absorbed.changed_at = self.now
        absorbed.merged_into = kept
        kept.save()
        absorbed.save(update_fields=["merged_into", "changed_at"])
        for thing, _before in self.patches:
            if isinstance(thing, ListEntry):
                thing.source = kept
                keeping.copy(thing)
            thing.save()
        keeping.repeat([kept])
        keeping.keep_keys([kept])
        self._pairs()
        row.moved = self.moved
        return before

    def _given(self, taken: Iterable[str]) -> dict[str, Any]:
        """The facts that are taken from the absorbed."""
        found: dict[str, Any] = {}
        for name in taken:
            for key in keys_of_fact(name):
                in_columns = key in keeping.SOURCE_COLUMNS
                found[key] = getattr(self.absorbed, key) if in_columns else self.absorbed.values.get(key)
        return found

    def _units(self) -> dict[int, int]:
        """Move the units; those that both have are one, and get what they lack. Gives unit → unit that stands for it."""
        same = same_units(self.kept, self.absorbed)
        self.moved["same_units"] = []
        for own, other in same:
            given = {key: value for key, value in other.values.items() if own.values.get(key) in (None, "", [])}
            if not own.name and other.name:
                given["name"] = other.name
            patch = keeping.put(own, given)
            if patch:
                self.patches.append((own, patch))
            self.moved["same_units"].append([other.pk, own.pk, patch])
        moving = Unit.objects.filter(source=self.absorbed).exclude(pk__in=[other.pk for _own, other in same])
        self.moved["units"] = list(moving.values_list("pk", flat=True))
        Unit.objects.filter(pk__in=self.moved["units"]).update(source=self.kept)
        return {other.pk: own.pk for own, other in same}

    def _hanging(self, units: Mapping[int, int]) -> None:
        """Point grades, proposals, activities, emissions and subsidies to the one that stays."""
        for name, model in _HANGING.items():
            rows = model.objects.filter(source=self.absorbed)
            if name == "activities" and not self.both_years:
                rows = rows.exclude(year__in=activity_years(self.kept))
            found = list(rows.order_by("pk").values_list("pk", "unit"))
            self.moved[name] = [[key, unit] for key, unit in found]
            model.objects.filter(pk__in=[key for key, _unit in found]).update(source=self.kept)
            for old, new in units.items():
                keys = [key for key, unit in found if unit == old]
                if keys:
                    model.objects.filter(pk__in=keys).update(unit=new)
        subsidies = Subsidy.objects.filter(source=self.absorbed)
        self.moved["subsidies"] = list(subsidies.order_by("pk").values_list("pk", flat=True))
        subsidies.update(source=self.kept)
        self.moved["elsewhere"] = ports.move(self.absorbed.pk, self.kept.pk, units)

    def _entries(self, units: Mapping[int, int]) -> None:
        """Move the entries; of two in one list one stays and the other is closed."""
        rows = ListEntry.objects.filter(source__in=(self.kept.pk, self.absorbed.pk))
        lists = SourceList.objects.filter(pk__in=rows.values("list")).order_by("pk").select_for_update()
        by_key = {one.pk: one for one in lists}
        known = {unit.pk: unit for unit in Unit.objects.filter(source=self.kept)}
        own: dict[tuple[int, int | None], ListEntry] = {}
        others: list[ListEntry] = []
        for entry in rows.order_by("pk"):
            entry.list = by_key[entry.list_id]
            if entry.source_id == self.absorbed.pk:
                others.append(entry)
            elif entry.state != EntryState.REMOVED:
                own[entry.list_id, entry.unit_id] = entry
        before: dict[int, dict[str, Any]] = {}
        for entry in others:
            patch = before[entry.pk] = {"source": self.absorbed.pk, "key": entry.key}
            entry.source = self.kept
            if entry.unit_id is not None and units.get(entry.unit_id, entry.unit_id) != entry.unit_id:
                patch["unit"] = entry.unit_id
                entry.unit = known[units[entry.unit_id]]
            if entry.state == EntryState.REMOVED:
                continue
            self._refuse_frozen(entry.list)
            place = entry.list_id, entry.unit_id
            if place not in own:
                own[place] = entry
                continue
            clash = clash_of(own[place], entry)
            own[place] = clash.stays
            self._close(clash.closed, before)
            self._fill(clash.stays, clash.closed, before)
        # What is closed goes first: its natural key becomes free.
        ListEntry.objects.filter(pk__in=[entry.pk for entry in self.closed]).update(state=EntryState.REMOVED)
        for entry in own.values():
            self._key(entry, before)
        every = {entry.pk: entry for entry in (*others, *own.values(), *self.closed)}
        self.patches += [(every[key], patch) for key, patch in before.items()]
        self.moved["entries"] = [[key, patch] for key, patch in before.items()]

    def _refuse_frozen(self, listing: SourceList) -> None:
        if is_closed(listing):
            raise ListFrozen(
                __(
                    "“%(list)s” is confirmed and frozen, and the absorbed source stands on it. Announce the change of the list"
                    " and have it filed, then merge."
                )
                % {"list": listing}
            )

    def _close(self, entry: ListEntry, before: dict[int, dict[str, Any]]) -> None:
        self._refuse_frozen(entry.list)
        patch = keeping.put(entry, {"state": EntryState.REMOVED, "removed_on": timezone.localdate()})
        before[entry.pk] = {**before.get(entry.pk, {}), **patch}
        self.closed.append(entry)

    @staticmethod
    def _fill(stays: ListEntry, closed: ListEntry, before: dict[int, dict[str, Any]]) -> None:
        """What only the closed entry says of the list is not lost."""
        given = {key: value for key, value in closed.values.items() if stays.values.get(key) in (None, "", [])}
        if not stays.number and closed.number:
            given["number"] = closed.number
        patch = keeping.put(stays, given)
        if patch:
            before[stays.pk] = {**before.get(stays.pk, {}), **patch}

    def _key(self, entry: ListEntry, before: dict[int, dict[str, Any]]) -> None:
        """The natural key as the facts of the one that stays give it."""
        key = key_of(type_of(entry.list), facts_of(self.kept, entry.unit, entry)) or entry.key
        if key == entry.key:
            return
        taken = ListEntry.objects.filter(list=entry.list, key=key).exclude(state=EntryState.REMOVED)
        other = taken.exclude(pk=entry.pk).select_related("source").first()
        if other is not None:
            raise Conflict(
                __(
                    "“%(other)s” stands in “%(list)s” under the same key. Three records seem to be one: merge that one first,"
                    " or choose other facts."
                )
                % {"other": other, "list": entry.list}
            )
        before.setdefault(entry.pk, {}).setdefault("key", entry.key)
        entry.key = key
        ListEntry.objects.filter(pk=entry.pk).update(key=key)

    def _keys(self, names: Iterable[str]) -> None:
        """Everything that the absorbed is known by becomes known of the one that stays."""
        today = timezone.localdate()
        held = {(key.kind, key.value, key.where): key for key in SourceKey.objects.filter(source=self.kept)}
        for key in SourceKey.objects.filter(source=self.absorbed).order_by("pk"):
            same = held.get((key.kind, key.value, key.where))
            if same is None:
                key.source, key.merge = self.kept, self.row
                key.save(update_fields=["source", "merge"])
            elif key.until is None:
                key.until = today
                key.save(update_fields=["until"])
                if same.until is not None:
                    same.until, same.merge = None, self.row
                    same.save(update_fields=["until", "merge"])
        for name in names:
            SourceKey.objects.get_or_create(
                source=self.kept,
                kind=KeyKind.OLD_NAME,
                value=keeping.key_value(name),
                where="",
                defaults={"until": today, "merge": self.row},
            )

    def _note_absorbed(self) -> list[Revision]:
        """The end of the absorbed, among its earlier states."""
        return keeping.revise(
            [(self.absorbed, {"merged_into": None})], self.actor, reason=self.row.reason, now=self.now
        )

    def _pairs(self) -> None:
        """What was decided of the absorbed and a third, or is still open, holds of the one that stays."""
        made: list[int] = []
        rows = DuplicatePair.objects.filter(Q(first=self.absorbed) | Q(second=self.absorbed))
        for pair in rows.exclude(state=PairState.MERGED).exclude(pk=self.row.pair_id or 0):
            third = pair.second_id if pair.first_id == self.absorbed.pk else pair.first_id
            first, second = sorted((third, self.kept.pk))
            copy, new = DuplicatePair.objects.get_or_create(
                first_id=first,
                second_id=second,
                defaults={
                    name: getattr(pair, name)
                    for name in ("score", "reasons", "state", "named_by", "decided_by", "decided_at", "note")
                },
            )
            if new:
                made.append(copy.pk)
        self.moved["pairs"] = made


class Back:
    """A merge taken back: everything that moved goes home."""

    def __init__(self, actor: Actor, row: Merge, *, reason: str, now: datetime) -> None:
        self.actor, self.row, self.reason, self.now = actor, row, reason, now
        self.kept, self.absorbed = row.kept, row.absorbed
        self.moved: dict[str, Any] = row.moved

    def run(self) -> dict[str, Any]:
        """Do it; gives the facts of the one that stayed as they were until now."""
        patches: list[tuple[Any, dict[str, Any]]] = []
        Unit.objects.filter(pk__in=self.moved["units"]).update(source=self.absorbed)
        for _other, own, patch in self.moved["same_units"]:
            if patch:
                unit = Unit.objects.get(pk=own)
                patches.append((unit, keeping.put(unit, keeping.given_back(unit, patch))))
        for name, model in _HANGING.items():
            rows = self.moved[name]
            model.objects.filter(pk__in=[key for key, _unit in rows]).update(source=self.absorbed)
            by_unit: dict[int | None, list[int]] = {}
            for key, unit in rows:
                by_unit.setdefault(unit, []).append(key)
            for home, keys in by_unit.items():
                model.objects.filter(pk__in=keys).update(unit=home)
        Subsidy.objects.filter(pk__in=self.moved["subsidies"]).update(source=self.absorbed)
        ports.back(self.moved.get("elsewhere", {}))
        before = keeping.put(self.kept, keeping.given_back(self.kept, self.moved["facts"]))
        patches += self._entries()
        revisions = keeping.revise(
            [(self.kept, before), *patches, (self.absorbed, {"merged_into": self.kept.pk})],
            self.actor,
            reason=self.reason,
            now=self.now,
        )
        Revision.objects.bulk_create(revisions)
        self.kept.changed_at = self.absorbed.changed_at = self.now
        self.absorbed.merged_into = None
        self.kept.save()
        self.absorbed.save(update_fields=["merged_into", "changed_at"])
        for thing, _patch in patches:
            thing.save()
        self._keys()
        keeping.repeat([self.kept, self.absorbed])
        DuplicatePair.objects.filter(pk__in=self.moved["pairs"]).exclude(state=PairState.MERGED).delete()
        return before

    def _entries(self) -> list[tuple[Any, dict[str, Any]]]:
        """Entries under the source, unit, key and state that they had."""
        found: list[tuple[Any, dict[str, Any]]] = []
        patches = dict(self.moved["entries"])
        rows = list(ListEntry.objects.filter(pk__in=patches).select_related("list", "unit").order_by("pk"))
        # Keys that are about to change hands are out of the way meanwhile.
        for entry in rows:
            ListEntry.objects.filter(pk=entry.pk).update(key=f"#{entry.pk}")
        for entry in rows:
            patch = dict(patches[entry.pk])
            now: dict[str, Any] = {}
            source, unit, key = patch.pop("source", None), patch.pop("unit", None), patch.pop("key", None)
            if source is not None:
                now["source"], entry.source = entry.source_id, self.absorbed
            if unit is not None:
                now["unit"], entry.unit = entry.unit_id, Unit.objects.get(pk=unit)
            if key is not None and key != entry.key:
                now["key"] = entry.key
            entry.key = key if key is not None else entry.key
            now |= keeping.put(entry, keeping.given_back(entry, patch))
            if entry.source_id == self.kept.pk:
                entry.source = self.kept
            keeping.copy(entry)
            found.append((entry, now))
        return found

    def _keys(self) -> None:
        """All keys of both as they were."""
        both = (self.kept.pk, self.absorbed.pk)
        known = [row[0] for row in self.moved["keys"]]
        SourceKey.objects.filter(source__in=both).exclude(pk__in=known).delete()
        # No key is held twice on the way: first nobody holds any.
        SourceKey.objects.filter(pk__in=known).update(until=timezone.localdate())
        rows = SourceKey.objects.in_bulk(known)
        for key, source, until, merge in self.moved["keys"]:
            row = rows[key]
            row.source_id, row.merge_id = source, merge
            row.until = parse_date(until) if until else None
            row.save(update_fields=["source", "merge", "until"])

