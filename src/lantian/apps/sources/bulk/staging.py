"""A workbook read into staged rows: every cell checked, every row told what it would do, nothing changed yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Actor
from lantian.apps.sources.access import ENTRY_APPROVE, LIST_IMPORT
from lantian.apps.sources.actions.lists import is_closed
from lantian.apps.sources.bulk.headings import SEARCHED, Heading, find_heading, list_for
from lantian.apps.sources.bulk.rights import Maker
from lantian.apps.sources.choices import EntryState, RowOutcome
from lantian.apps.sources.doors import read
from lantian.apps.sources.exceptions import ListFrozen, NeedsApproval
from lantian.apps.sources.facts import Places, facts_of, key_of, kind_of, plain, source_keys, split
from lantian.apps.sources.fields import type_of
from lantian.apps.sources.identity import held_by, lacking, led_on, listed_under
from lantian.apps.sources.inserting import insert_values
from lantian.apps.sources.models import ListEntry, Source, SourceList, StagedImport, StagedRow, StagedSheet
from lantian.apps.sources.positions import Areas
from lantian.office.row_stream import SheetRow, SheetStart, open_rows
from lantian.rules.sources.errors import IdentifierError, SourcesError
from lantian.rules.sources.list_rows import conflicts
from lantian.rules.sources.lists import ListType

CHUNK = 1000
#: problems that a sheet keeps to show; all of them stand with their rows
SHOWN = 200
Progress = Callable[[int, int], None]


@dataclass
class _Reading:
    """A sheet on its way in."""

    row: StagedSheet
    listing: SourceList
    type: ListType
    heading: Heading
    counts: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    problems: list[dict[str, Any]] = field(default_factory=list)
    #: natural key → first row that has it
    keys: dict[str, int] = field(default_factory=dict)


class Staging:
    """Reads a workbook for an import.

    Parameters
    ----------
    staged
        The row of the import; its sheets and rows are written anew.
    chosen
        The list for a sheet that is not named after one.
    """

    def __init__(self, actor: Actor, staged: StagedImport, chosen: SourceList | None = None) -> None:
        self.actor, self.staged, self.chosen = actor, staged, chosen
        self.maker = Maker(actor, LIST_IMPORT)
        self.places = Places()
        self.areas = Areas(exact=False)
        self.lists = list(SourceList.objects.select_related("region"))
        self.unused: list[str] = []

    def run(self, path: Path, progress: Progress) -> None:
        """Read all of it; what an earlier run has read is thrown away.

        Raises
        ------
        OfficeError
        """
        StagedRow.objects.filter(sheet__staged=self.staged)._raw_delete("default")
        self.staged.sheets.all().delete()
        with open_rows(path, self.staged.name) as lines:
            for order, (start, rows) in enumerate(_sheets(lines)):
                self._sheet(order, start, rows, progress)

    def _sheet(self, order: int, start: SheetStart, rows: Iterator[SheetRow], progress: Progress) -> None:
        first: list[SheetRow] = []
        for row in rows:
            first.append(row)
            if len(first) >= SEARCHED:
                break
        if not first:
            return
        head = [(row.number, row.cells) for row in first]
        listing = list_for(start.name, head, self.lists, self.chosen)
        heading = find_heading(head, type_of(listing)) if listing is not None else None
        made = StagedSheet(staged=self.staged, name=start.name[:100] or "1", order=order)
        if listing is None or heading is None:
            for _row in rows:
                pass
            made.problems = [
                {
                    "code": "no_list" if listing is None else "no_heading",
                    "row": 0,
                    "column": "",
                    "message": (
                        __(
                            "No list is named like this sheet. Name the sheet after its list, or open the list first."
                        )
                        if listing is None
                        else __("The headings of this list were not found in the first rows of the sheet.")
                    ),
                }
            ]
            made.save()
            return
        made.list = listing
        made.columns = {str(place): one.key for place, one in heading.columns.items()}
        made.save()
        reading = _Reading(made, listing, type_of(listing), heading)
        if heading.unknown:
            reading.problems.append(
                {
                    "code": "unknown_columns",
                    "row": heading.row,
                    "column": "、".join(heading.unknown)[:200],
                    "message": __("These columns are not of this list and are left out."),
                }
            )
        chunk: list[SheetRow] = []
        done = 0

        def flush() -> None:
            nonlocal done
            if chunk:
                self._chunk(reading, chunk)
                done += len(chunk)
                chunk.clear()
                progress(done, start.height)

        for row in (*first, *rows):
            if row.number <= heading.row:
                continue
            chunk.append(row)
            if len(chunk) >= CHUNK:
                flush()
        flush()
        made.rows = sum(reading.counts.values())
        made.counts = {**reading.counts, "codes": dict(reading.codes)}
        made.problems = reading.problems
        made.save()

    def _chunk(self, reading: _Reading, rows: Sequence[SheetRow]) -> None:
        read = [self._row(reading, row) for row in rows]
        keys = [one[2] for one in read if one[2]]
        known = listed_under(reading.listing, keys)
        # Rows that speak of an absorbed source are told as what they are: rows of the one that stays.
        led = led_on(
            reading.type,
            reading.listing,
            {key: values for _number, values, key, _problems in read if key and key not in known},
        )
        known |= {key: entry for key, (_source, _own, entry) in led.items() if entry is not None}
        seen = set(
            self.actor.rows(
                Source.objects.filter(pk__in={source.pk for source, _own, _entry in led.values()}), LIST_IMPORT
            ).values_list("pk", flat=True)
        )
        mine = {key for key, (source, _own, _entry) in led.items() if source.pk in seen}
        own = set(
            self.actor.rows(
                ListEntry.objects.filter(pk__in=[entry.pk for entry in known.values()]), LIST_IMPORT
            ).values_list("pk", flat=True)
        )
        foreign = self._of_others(
            reading.type,
            {key: values for _number, values, key, _said in read if key and key not in known and key not in led},
        )
        frozen = is_closed(reading.listing)
        approves = self.actor.may(ENTRY_APPROVE)
        made = []
        for number, values, key, problems in read:
            entry = known.get(key) if key else None
            if entry is not None and entry.pk not in own:
                problems.append(
                    {
                        "code": "not_yours",
                        "column": "",
                        "message": __("This entry is outside of your data scope. Ask whoever keeps it."),
                    }
                )
            facts = split(reading.type, values, self.places)
            if key in led:
                unit = entry.unit if entry is not None else None
                facts = lacking(facts, reading.type, led[key][0], unit, entry)
            may = key in mine if key in led else self.maker.may(facts.source)
            if entry is None and not problems and not may:
                problems.append(
                    {
                        "code": "not_yours",
                        "column": "",
                        "message": __("A source of this place or department is outside of your data scope."),
                    }
                )
            if entry is None and not problems and key in foreign:
                problems.append(
                    {
                        "code": "not_yours",
                        "column": "",
                        "message": __(
                            "This row names a source outside of your data scope. Take it out, or ask whoever keeps the source."
                        ),
                    }
                )
            if problems:
                outcome = RowOutcome.INVALID
            elif entry is None:
                outcome = RowOutcome.NEW
            else:
                adds = any((facts.source, facts.unit, facts.entry)) if key in led else self._differs(entry, facts)
                outcome = RowOutcome.CHANGED if adds else RowOutcome.SAME
            if outcome == RowOutcome.CHANGED and not approves and entry is not None and entry.state == EntryState.LISTED:
                problems.append({"code": "approval", "column": "", "message": str(NeedsApproval.message)})
                outcome = RowOutcome.INVALID
            if frozen and outcome in (RowOutcome.NEW, RowOutcome.CHANGED):
                problems.append({"code": "frozen", "column": "", "message": str(ListFrozen.message)})
                outcome = RowOutcome.INVALID
            reading.counts[outcome] += 1
            for problem in problems:
                reading.codes[problem["code"]] += 1
                if len(reading.problems) < SHOWN:
                    reading.problems.append({"row": number, **problem})
            made.append(
                {
                    "sheet_id": reading.row.pk,
                    "row": number,
                    "outcome": outcome,
                    "values": values,
                    "problems": problems,
                }
            )
        with transaction.atomic():
            insert_values(StagedRow, made)

    def _of_others(self, type_: ListType, rows: dict[str, dict[str, Any]]) -> set[str]:
        """Natural keys of new rows whose source is known and kept by others."""
        if self.maker.everywhere or not rows:
            return set()
        kind = kind_of(type_)
        texts = {key: source_keys(kind, values) for key, values in rows.items()}
        held = held_by(kind, {text for some in texts.values() for text in some})
        named = {
            key: source.pk
            for key, some in texts.items()
            if (source := next((held[text] for text in some if text in held), None)) is not None
        }
        mine = self.actor.rows(Source.objects.filter(pk__in=set(named.values())), LIST_IMPORT)
        own = set(mine.order_by().values_list("pk", flat=True))
        return {key for key, source in named.items() if source not in own}

    def _row(self, reading: _Reading, row: SheetRow) -> tuple[int, dict[str, Any], str, list[dict[str, Any]]]:
        values: dict[str, Any] = {}
        found: dict[str, Any] = {}
        problems: list[dict[str, Any]] = []
        cells = row.cells
        for place, one in reading.heading.columns.items():
            text = cells[place] if place < len(cells) else ""
            if not text:
                continue
            try:
                value = read(one, text, self.places)
            except SourcesError as error:
                problems.append({"code": error.code, "column": one.label, "message": error.message.text(__)})
                continue
            kept = plain(value)
            if kept is not None:
                found[one.key], values[one.key] = value, kept
        problems.extend(self._conflicts(reading, found))
        key = key_of(reading.type, values)
        if not key:
            problems.append(
                {
                    "code": "without_key",
                    "column": "、".join(reading.type.field(name).label for name in reading.type.natural_key),
                    "message": __("Nothing identifies this row. Fill in the fields of its key."),
                }
            )
        elif key in reading.keys:
            problems.append(
                {
                    "code": "twice",
                    "column": "",
                    "message": __("Row %(row)s has the same key. Keep one of the two.")
                    % {"row": reading.keys[key]},
                }
            )
            key = ""
        else:
            reading.keys[key] = row.number
        return row.number, values, key, problems

    def _conflicts(self, reading: _Reading, found: dict[str, Any]) -> list[dict[str, Any]]:
        """What does not go together in a row, and a position that cannot be that of its place."""
        problems = [
            {"code": one.code, "column": self._label(reading, one.field), "message": one.message.text(__)}
            for one in conflicts(found)
            if one.level == "error"
        ]
        region = self.places.region_for(str(found["region_code"])) if found.get("region_code") else None
        try:
            self.areas.refuse_outside(found, region or reading.listing.region)
        except IdentifierError as error:
            column = self._label(reading, "longitude")
            problems.append({"code": error.code, "column": column, "message": error.message.text(__)})
        return problems

    @staticmethod
    def _label(reading: _Reading, key: str) -> str:
        return next((one.label for one in reading.type.fields if one.key == key), key)

    @staticmethod
    def _differs(entry: ListEntry, facts: Any) -> bool:
        known = facts_of(entry.source, entry.unit, entry)
        for name, value in facts.given.items():
            if name in ("longitude", "latitude"):
                column = "lon" if name == "longitude" else "lat"
                if getattr(entry.source, column) != facts.source.get(column):
                    return True
                continue
            if name == "datum":
                continue
            if name == "region_code":
                if facts.source["region"] != entry.source.region:
                    return True
                continue
            if plain(known.get(name)) != value:
                return True
        return False


def _sheets(
    lines: Iterator[SheetStart | SheetRow],
) -> Iterator[tuple[SheetStart, Iterator[SheetRow]]]:
    """The sheets, each with an iterator over its own rows, which must be read to the end before the next."""
    waiting: list[SheetStart] = []
    first = next(lines, None)
    if isinstance(first, SheetStart):
        waiting.append(first)

    def rows() -> Iterator[SheetRow]:
        for line in lines:
            if isinstance(line, SheetStart):
                waiting.append(line)
                return
            yield line

    while waiting:
        start = waiting.pop()
        inner = rows()
        yield start, inner
        for _left in inner:
            pass


def missing_columns(sheet: StagedSheet) -> list[str]:
    """Columns that the list needs before entries can be listed, and that the sheet does not have."""
    if sheet.list is None:
        return []
    given = set(sheet.columns.values())
    type_ = type_of(sheet.list)
    keys = (type_.natural_key, *type_.other_keys)
    identified = any(given.issuperset(key) for key in keys)
    return [
        one.label
        for one in type_.required
        if one.key not in given and not (identified and one.key in type_.natural_key)
    ]
