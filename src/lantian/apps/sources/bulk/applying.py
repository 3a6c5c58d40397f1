"""Staged rows become sources, units and entries: at most a thousand in one transaction, each part an action of its own."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from json import dumps
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.sources import keeping
from lantian.apps.sources.access import ENTRY_APPROVE, LIST_IMPORT
from lantian.apps.sources.actions.lists import is_closed
from lantian.apps.sources.bulk.rights import Maker
from lantian.apps.sources.choices import EntryState, RowOutcome, SourceStatus
from lantian.apps.sources.exceptions import ListFrozen, NeedsApproval
from lantian.apps.sources.facts import Facts, Places, key_of, kind_of, plain, source_keys, split
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.identity import held_by, hold, lacking, led_on, listed_under
from lantian.apps.sources.inserting import insert, insert_values
from lantian.apps.sources.models import (
    ListEntry,
    Revision,
    Source,
    StagedImport,
    StagedRow,
    StagedSheet,
    Unit,
)

#: rows of one transaction
PART = 1000
#: times that the rows are looked up again where others have changed their sources meanwhile
_ATTEMPTS = 5
#: what is new or other than before; rows that are as before are not touched
WORK = (RowOutcome.NEW, RowOutcome.CHANGED)
_SOURCE_FIELDS = (*keeping.SOURCE_COLUMNS, "name_key", "values", "changed_at")


class Waiting(NamedTuple):
    """A staged row that is to be applied."""

    pk: int
    row: int
    values: dict[str, Any]


class Placed(NamedTuple):
    """The unit that a row is about."""

    pk: int
    label: str


class ApplyPart(Action[int]):
    """Apply some rows of a staged sheet.

    Parameters
    ----------
    part
        Number of this part within the import; rows that carry one are done.
    """

    code = "sources.list.import"
    permission = LIST_IMPORT

    def __init__(
        self,
        actor: Actor,
        sheet: StagedSheet,
        rows: Sequence[Waiting],
        part: int,
        *,
        places: Places | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.sheet, self.rows, self.part = sheet, list(rows), part
        self.places = places or Places()
        assert sheet.list is not None
        self.listing = sheet.list
        self.type = type_of(self.listing)

    def subject(self) -> Any:
        """The list."""
        return self.listing

    def validate(self) -> None:
        """A list may have been frozen since the rows were staged."""
        super().validate()
        self.listing.refresh_from_db()
        if is_closed(self.listing):
            raise ListFrozen

    def perform(self) -> int:
        """Write them; returns how many."""
        now = timezone.now()
        facts = [split(self.type, row.values, self.places) for row in self.rows]
        keys = [key_of(self.type, row.values) for row in self.rows]
        entries, held = self._look_up(facts, keys)
        self._lead_on(facts, keys, entries)
        self._rights(entries, facts, keys, held)
        new, before_sources = self._sources(facts, keys, entries, held, now)
        units, new_units, before_units = self._units(facts, keys, entries, now)
        new_entries, before_entries = self._list_entries(facts, keys, entries, units, now)
        revisions = keeping.revise(
            [*before_sources.items(), *before_units.items(), *before_entries.items()],
            self.actor,
            reason=self.reason,
            now=now,
        )
        if before_sources:
            Source.objects.bulk_update(list(before_sources), _SOURCE_FIELDS, batch_size=200)
        if before_units:
            Unit.objects.bulk_update(
                list(before_units), [*keeping.UNIT_COLUMNS, "values", "changed_at"], batch_size=200
            )
        if before_entries:
            ListEntry.objects.bulk_update(
                list(before_entries), [*keeping.ENTRY_COLUMNS, "values", "changed_at"], batch_size=200
            )
        Revision.objects.bulk_create(revisions, batch_size=1000)
        if before_sources:
            keeping.repeat(list(before_sources))
        changed = {source.pk for source in before_sources}
        with_keys = {
            source.pk: source
            for number, source in sorted(self._source_of.items())
            if source.pk in new
            or source.pk in changed
            or not keeping.KEY_FACTS.keys().isdisjoint(facts[number].unit)
        }
        refused = keeping.keep_keys(list(with_keys.values()))
        self._note(facts, keys, entries, new, new_units, new_entries,
                   (before_sources, before_units, before_entries), units, now)  # fmt: skip
        self.log(
            self.listing,
            label=f"{self.listing} {self.part}",
            after={
                "import": self.sheet.staged_id,
                "part": self.part,
                "rows": [self.rows[0].row, self.rows[-1].row],
                "sources": len(new),
                "units": len(new_units),
                "entries": len(new_entries),
                "changed": len(revisions),
                "keys_of_others": [[source.pk, kind, value] for source, kind, value, _holder in refused][:50],
            },
        )
        return len(self.rows)

    def _look_up(
        self, facts: list[Facts], keys: list[str]
    ) -> tuple[dict[str, ListEntry], dict[str, Source]]:
        """The entries and sources that the rows speak of, held so that no merge moves them meanwhile."""
        kind = kind_of(self.type)
        for _attempt in range(_ATTEMPTS):
            entries = listed_under(self.listing, keys)
            self._texts = [
                [] if key in entries else source_keys(kind, one.given)
                for one, key in zip(facts, keys, strict=True)
            ]
            held = held_by(kind, {text for texts in self._texts for text in texts})
            found = {source.pk: source for source in held.values()}
            found |= {entry.source_id: entry.source for entry in entries.values()}
            stand = hold(found)
            if all(
                stand.get(key) == (source.changed_at, source.merged_into_id) for key, source in found.items()
            ):
                return entries, held
        raise Conflict

    def _lead_on(self, facts: list[Facts], keys: list[str], entries: dict[str, ListEntry]) -> None:
        """Rows that speak of an absorbed source lead to the one that stays, and only add what it lacks."""
        self._led: dict[int, Source] = {}
        at = {key: number for number, key in enumerate(keys)}
        rows = {key: facts[number].given for key, number in at.items() if key not in entries}
        for key, (source, own, entry) in led_on(self.type, self.listing, rows).items():
            number = at[key]
            self._led[number] = source
            number_of_unit = str(facts[number].unit.get("number") or "")
            unit = Unit.objects.filter(source=source, kind=self.type.subject, number=number_of_unit).first()
            facts[number] = lacking(facts[number], self.type, source, unit, entry)
            if self.type.is_of_units and number_of_unit:
                facts[number].unit["number"] = number_of_unit
            keys[number] = own
            if entry is not None:
                entries[own] = entry

    def _rights(
        self, entries: dict[str, ListEntry], facts: list[Facts], keys: list[str], held: dict[str, Source]
    ) -> None:
        """Refuse rows that are no longer the actor's since they were staged, or whose source is kept by others."""
        if self.actor.is_system:
            return
        if not self.actor.may(ENTRY_APPROVE) and any(
            entry.state == EntryState.LISTED for entry in entries.values()
        ):
            raise NeedsApproval
        own = self.actor.rows(
            ListEntry.objects.filter(pk__in=[entry.pk for entry in entries.values()]), LIST_IMPORT
        ).count()
        maker = Maker(self.actor, LIST_IMPORT)
        strange = [
            key
            for number, (one, key) in enumerate(zip(facts, keys, strict=True))
            if key not in entries and number not in self._led and not maker.may(one.source)
        ]
        led = {source.pk for source in self._led.values()}
        mine = self.actor.rows(Source.objects.filter(pk__in=led), LIST_IMPORT).count()
        if own != len({entry.pk for entry in entries.values()}) or strange or mine != len(led):
            raise Conflict(
                __(
                    "Some of these rows are no longer within your data scope. Upload the file again to see which."
                )
            )
        named = {
            number: source.pk
            for number, (key, texts) in enumerate(zip(keys, self._texts, strict=True))
            if key not in entries
            and (source := next((held[text] for text in texts if text in held), None)) is not None
        }
        known = self.actor.rows(Source.objects.filter(pk__in=set(named.values())), LIST_IMPORT)
        own_sources = set(known.order_by().values_list("pk", flat=True))
        foreign = [self.rows[number].row for number, source in named.items() if source not in own_sources]
        if foreign:
            raise Conflict(
                __(
                    "Rows %(rows)s name sources outside of your data scope. Take these rows out, or ask whoever keeps the sources."
                )
                % {"rows": "、".join(map(str, foreign[:20]))}
            )

    def _sources(
        self,
        facts: list[Facts],
        keys: list[str],
        entries: dict[str, ListEntry],
        held: dict[str, Source],
        now: datetime,
    ) -> tuple[set[int], dict[Source, dict[str, Any]]]:
        """Take, make and change sources; gives the keys of the new ones, and what was changed."""
        kind = kind_of(self.type)
        found: dict[int, Source] = {
            number: entries[key].source for number, key in enumerate(keys) if key in entries
        }
        new: list[Source] = []
        for number, texts_of_row in enumerate(self._texts):
            if number in found:
                continue
            source = next((held[text] for text in texts_of_row if text in held), None)
            if source is None:
                source = Source(kind=kind, created_at=now, changed_at=now)
                keeping.put(source, facts[number].source)
                new.append(source)
            for text in texts_of_row:
                held.setdefault(text, source)
            found[number] = source
        insert(Source, new)
        self._source_of: dict[int, Source] = {}
        before: dict[Source, dict[str, Any]] = {}
        made = {source.pk for source in new}
        by_key: dict[int, Source] = {}
        for number, source in found.items():
            # One object per source, whichever row or question it came from.
            source = by_key.setdefault(source.pk, source)
            self._source_of[number] = source
            if source.pk in made:
                keeping.put(source, facts[number].source)
                continue
            patch = keeping.put(source, facts[number].source)
            if patch:
                before[source] = _joined(before.get(source, {}), patch)
        return made, before

    def _units(
        self, facts: list[Facts], keys: list[str], entries: dict[str, ListEntry], now: datetime
    ) -> tuple[dict[int, Placed], set[int], dict[Unit, dict[str, Any]]]:
        """Make and change units; gives the unit of each row, the keys of the new ones, and what was changed."""
        if not self.type.is_of_units:
            return {}, set(), {}
        kind = self.type.subject
        known: dict[tuple[int, str], Unit | dict[str, Any]] = {
            (unit.source_id, unit.number): unit
            for unit in Unit.objects.filter(
                source__in={source.pk for source in self._source_of.values()}, kind=kind
            )
        }
        of_row: dict[int, Unit | dict[str, Any]] = {}
        new: list[dict[str, Any]] = []
        before: dict[Unit, dict[str, Any]] = {}
        for number, one in enumerate(facts):
            source = self._source_of[number]
            entry = entries.get(keys[number])
            name = str(
                one.unit.get("number") or (entry.unit.number if entry is not None and entry.unit else "")
            )
            unit = known.get((source.pk, name))
            if isinstance(unit, Unit):
                patch = keeping.put(unit, one.unit)
                if patch:
                    before[unit] = _joined(before.get(unit, {}), patch)
            else:
                given = keeping.fresh(Unit, one.unit)
                if unit is None:
                    unit = {
                        "source_id": source.pk,
                        "kind": kind,
                        "number": name or str(number),
                        "name": "",
                        "status": SourceStatus.RUNNING.value,
                        "created_at": now,
                        "changed_at": now,
                        **given,
                    }
                    new.append(unit)
                    known[source.pk, name] = unit
                else:
                    unit.update({**given, "values": {**unit["values"], **given["values"]}})
            of_row[number] = unit
        made = {id(row): key for row, key in zip(new, insert_values(Unit, new), strict=True)}
        placed = {
            number: Placed(unit.pk, str(unit))
            if isinstance(unit, Unit)
            else Placed(made[id(unit)], unit["name"] or unit["number"])
            for number, unit in of_row.items()
        }
        return placed, set(made.values()), before

    def _list_entries(
        self,
        facts: list[Facts],
        keys: list[str],
        entries: dict[str, ListEntry],
        units: dict[int, Placed],
        now: datetime,
    ) -> tuple[dict[int, int], dict[ListEntry, dict[str, Any]]]:
        """Make and change entries; gives the keys of the new ones by the number of the row."""
        state = EntryState.LISTED.value if self.sheet.staged.listed else EntryState.PROPOSED.value
        today = timezone.localdate() if self.sheet.staged.listed else None
        user = self.actor.user.pk if self.actor.user is not None else None
        new: dict[int, dict[str, Any]] = {}
        before: dict[ListEntry, dict[str, Any]] = {}
        first: dict[str, int] = {}
        for number, one in enumerate(facts):
            entry = entries.get(keys[number])
            if entry is None and first.setdefault(keys[number], number) != number:
                # The source that stays and an absorbed one, both in the table: they have one entry.
                made = new[first[keys[number]]]["values"]
                more = {key: plain(value) for key, value in one.entry.items() if key not in keeping.ENTRY_COLUMNS}
                made.update({key: value for key, value in more.items() if value is not None and key not in made})
                continue
            if entry is None:
                source, unit = self._source_of[number], units.get(number)
                facts_of_entry = {
                    name: plain(value)
                    for name, value in one.entry.items()
                    if name not in keeping.ENTRY_COLUMNS and plain(value) is not None
                }
                new[number] = {
                    "list_id": self.listing.pk,
                    "source_id": source.pk,
                    "unit_id": unit.pk if unit is not None else None,
                    "number": str(one.entry.get("number") or "")[:40],
                    "key": keys[number],
                    "state": state,
                    "values": facts_of_entry,
                    "listed_on": today,
                    "proposed_by_id": user,
                    "unit_name": unit.label[:160] if unit is not None else "",
                    "created_at": now,
                    "changed_at": now,
                    **{name: source.__dict__[name] for name in keeping.COPIED},
                }
                continue
            patch = keeping.put(entry, one.entry)
            if patch:
                before[entry] = _joined(before.get(entry, {}), patch)
        written = dict(zip(new, insert_values(ListEntry, list(new.values())), strict=True))
        return {number: written[first.get(keys[number], number)] for number in range(len(facts))
                if keys[number] not in entries}, before  # fmt: skip

    def _note(
        self,
        facts: list[Facts],
        keys: list[str],
        entries: dict[str, ListEntry],
        new: set[int],
        new_units: set[int],
        new_entries: dict[int, int],
        before: tuple[dict[Source, Any], dict[Unit, Any], dict[ListEntry, Any]],
        units: dict[int, Placed],
        now: datetime,
    ) -> None:
        """Write on the staged rows what became of them, for undoing."""
        patches = [{row.pk: patch for row, patch in rows.items()} for rows in before]  # type: ignore[attr-defined]
        moment = now.isoformat()
        told: set[tuple[str, int]] = set()
        of_new: dict[tuple[str, ...], str] = {}
        rows = []
        for number, row in enumerate(self.rows):
            source, unit = self._source_of[number].pk, units.get(number)
            entry = entries.get(keys[number])
            entry_key = entry.pk if entry is not None else new_entries[number]
            made: dict[str, Any] = {"at": moment}
            for word, key, is_new, changed in (
                ("source", source, source in new, patches[0]),
                ("unit", unit.pk if unit else 0, unit is not None and unit.pk in new_units, patches[1]),
                ("entry", entry_key, number in new_entries, patches[2]),
            ):
                if (is_new or key in changed) and (word, key) not in told:
                    made[word] = "new" if is_new else changed[key]
                    told.add((word, key))
            words = tuple(made)
            if all(made[word] == "new" for word in words[1:]):
                text = of_new.get(words)
                if text is None:
                    text = of_new[words] = dumps(made)
            else:
                text = dumps(made, ensure_ascii=False)
            rows.append((self.part, source, unit.pk if unit else None, entry_key, text, row.pk))
        table = StagedRow._meta.db_table
        cast = "%s::jsonb" if connection.vendor == "postgresql" else "%s"
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET part = %s, source_id_applied = %s, unit_id_applied = %s,"
                f" entry_id_applied = %s, made = {cast} WHERE id = %s",
                rows,
            )


@contextmanager
def collector_at_rest() -> Iterator[None]:
    """While a thousand rows are made, nothing is thrown away: looking for waste among them again and again is waste."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _joined(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """One patch that leads back over two: what the first says of a fact counts."""
    values = {**second.get("values", {}), **first.get("values", {})}
    found = {**second, **first}
    if values:
        found["values"] = values
    return found


def apply(
    actor: Actor, staged: StagedImport, progress: Callable[[int, int], None], *, part_size: int = PART
) -> int:
    """Apply what is left of an import, part after part; a run that broke off goes on where it stopped."""
    places = Places()
    if connection.vendor == "sqlite":
        # The indexes of hundreds of thousands of rows are written all over: what was touched stays in memory.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA cache_size=-256000")
    total = StagedRow.objects.filter(sheet__staged=staged, outcome__in=WORK).count()
    done = StagedRow.objects.filter(sheet__staged=staged, outcome__in=WORK, part__isnull=False).count()
    part = (
        StagedRow.objects.filter(sheet__staged=staged, part__isnull=False)
        .order_by("-part")
        .values_list("part", flat=True)
        .first()
        or 0
    )
    progress(done, total)
    for sheet in staged.sheets.select_related("list", "staged").order_by("order"):
        if sheet.list is None:
            continue
        last = 0
        while True:
            waiting = StagedRow.objects.filter(sheet=sheet, outcome__in=WORK, part__isnull=True, row__gt=last)
            rows = [
                Waiting(*row)
                for row in waiting.order_by("row").values_list("pk", "row", "values")[:part_size]
            ]
            if not rows:
                break
            part += 1
            with collector_at_rest(), transaction.atomic():
                done += ApplyPart(
                    actor, sheet, rows, part, places=places, reason=staged.reason or staged.name
                ).execute()
            last = rows[-1].row
            progress(done, total)
    return done
