"""Rows of the inventory's workbook, from what the database keeps of sources and their activities, and back.

What a source is (name, keys, trade, place, position) stands in its own row and nowhere else. An activity keeps the other
cells of one row under the keys of the workbook's layout; numbers are text with all their figures.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext as __

from lantian.apps.core.exceptions import Conflict
from lantian.apps.core.models import Region
from lantian.apps.sources.choices import KeyKind
from lantian.apps.sources.models import Activity, Source, SourceKey
from lantian.office.inventory_workbook import FIRST_ROW
from lantian.rules.sources.books import Books, books
from lantian.rules.sources.errors import BookError
from lantian.rules.sources.layout import BY_KEY, SHEETS, Kind
from lantian.rules.sources.rows import Row, Value

#: where the numbers of the workbook stand among the keys of a source
WHERE = "inventory"
#: columns that a row of the database has in columns of its own
_OWN = frozenset({"source_id", "year"})
#: cells of the sheet of sources that the source itself has no place for
SOURCE_OWN = ("activity_grade", "proxy", "trade", "region")
_NUMBERS = frozenset({Kind.NUMBER, Kind.SHARE, Kind.PERCENT, Kind.SIGNED, Kind.YEAR})


@dataclass(frozen=True, slots=True)
class Built:
    """Rows as the rules get them.

    Attributes
    ----------
    activities
        Key of the sheet and number of the row → key of the activity.
    sources
        Number of the source in the rows → key of the source.
    digest
        The same for the same rows.
    """

    rows: tuple[Row, ...]
    activities: Mapping[tuple[str, int], int]
    sources: Mapping[str, int]
    digest: str


def stored(row: Row) -> dict[str, Any]:
    """The cells of a row as JSON keeps them; empty ones are left out."""
    return {
        key: _plain(value)
        for key, value in row.values.items()
        if key not in _OWN and value is not None and value != "" and value != ()
    }


def _plain(value: Value) -> Any:
    if isinstance(value, bool | str | int):
        return value
    return [str(number) for number in value] if isinstance(value, tuple) else str(value)


def cells(sheet: str, values: Mapping[str, Any]) -> dict[str, Value]:
    """The cells of a row from what is kept."""
    found: dict[str, Value] = {}
    for field in BY_KEY[sheet].fields:
        value = values.get(field.key)
        if value is None:
            found[field.key] = None
        elif field.kind is Kind.NUMBERS:
            found[field.key] = tuple(Decimal(number) for number in value)
        elif field.kind in _NUMBERS:
            found[field.key] = Decimal(value)
        else:
            found[field.key] = value
    return found


def source_cells(source: Source, number: str, own: Mapping[str, Any]) -> dict[str, Value]:
    """The row of a source on the sheet of sources."""
    mn = source.values.get("mn")
    placed = source.lon is not None and source.lat is not None
    given: dict[str, Any] = {
        "source_id": number,
        "name": source.name,
        "uscc": source.uscc,
        "permit": source.permit,
        "mn": "、".join(mn) if isinstance(mn, list) else mn,
        "trade": source.trade,
        "region": source.region.code if source.region is not None else "",
        "longitude": repr(source.lon) if placed else "",
        "latitude": repr(source.lat) if placed else "",
        "datum": "WGS-84" if placed else "",
        "plate": source.values.get("plate"),
        "plate_colour": source.values.get("plate_colour"),
        **{key: own[key] for key in SOURCE_OWN if own.get(key)},
    }
    return cells("sources", {key: value or None for key, value in given.items()})


def numbers_of(sources: Sequence[Source]) -> dict[int, str]:
    """The number of each source in the workbook: the one it came with, made different where several have it."""
    found: dict[int, str] = {}
    keys = SourceKey.objects.filter(
        source__in=[source.pk for source in sources],
        kind=KeyKind.LIST_NUMBER,
        where=WHERE,
        until__isnull=True,
    )
    # Its own number, rather than that of a source that has become part of it.
    for key in keys.order_by(F("merge").desc(nulls_last=True), "pk"):
        found[key.source_id] = key.value
    counted: dict[str, int] = {}
    for number in found.values():
        counted[number] = counted.get(number, 0) + 1
    return {
        source.pk: found[source.pk] if counted.get(found.get(source.pk, ""), 0) == 1
        else f"{found.get(source.pk, 'S')}-{source.pk}"
        for source in sources
    }  # fmt: skip


def build(activities: Any, year: int, region: Region | None = None) -> Built:
    """The rows of a year.

    Parameters
    ----------
    activities
        Queryset of what may be read.
    region
        Only sources of this place and the places below it, and totals of them.
    """
    kept = activities.filter(year=year).filter(
        Q(source__isnull=False, source__merged_into__isnull=True) | Q(source__isnull=True)
    )
    if region is not None:
        kept = kept.filter(Q(source__isnull=True) | Q(source__region__path__startswith=region.path))
    return built_of(list(kept.order_by("pk").select_related("source__region")), year, region)


def built_of(listed: Sequence[Activity], year: int, region: Region | None = None) -> Built:
    """The rows of activities, saved or not; each has a key of its own, if only for now."""
    sources = {row.source.pk: row.source for row in listed if row.source is not None}
    numbers = numbers_of(list(sources.values()))
    order = {key: (numbers[key], key) for key in sources}
    own = {row.source_id: row.values for row in listed if row.sheet == "sources"}
    drafts: list[tuple[str, dict[str, Value], int]] = [
        ("sources", source_cells(sources[key], numbers[key], own.get(key, {})), 0)
        for key in sorted(sources, key=order.__getitem__)
    ]
    rest = [row for row in listed if row.sheet != "sources" and _of_place(row, region)]
    for row in sorted(rest, key=lambda row: (*order.get(row.source_id or 0, ("", 0)), row.pk)):
        values = cells(row.sheet, row.values)
        if "year" in values:
            values["year"] = Decimal(year)
        if row.source_id is not None:
            values["source_id"] = numbers[row.source_id]
        drafts.append((row.sheet, values, row.pk))
    return _numbered(drafts, {numbers[key]: key for key in sources})


def _of_place(row: Activity, region: Region | None) -> bool:
    """Totals count where they are of the place or below it; one without a code is of all."""
    if row.source_id is not None or region is None or not row.values.get("region"):
        return True
    stem = region.code
    while len(stem) > 2 and stem.endswith("00"):
        stem = stem[:-2]
    return str(row.values["region"]).startswith(stem)


def _numbered(drafts: Iterable[tuple[str, dict[str, Value], int]], sources: Mapping[str, int]) -> Built:
    """Rows with the number that they have in the workbook which is written from them."""
    columns = {
        sheet.key: {field.key: place for place, field in enumerate(sheet.fields, 1)} for sheet in SHEETS
    }
    at: dict[str, int] = {}
    found: list[Row] = []
    activities: dict[tuple[str, int], int] = {}
    digest = hashlib.sha256()
    for sheet, values, key in drafts:
        number = at.get(sheet, FIRST_ROW)
        at[sheet] = number + 1
        row = Row(sheet, number, values, columns[sheet])
        found.append(row)
        if key:
            activities[sheet, number] = key
        # Empty cells say nothing: a column that the layout gains later changes no year.
        said = {name: value for name, value in values.items() if value is not None}
        digest.update(json.dumps([sheet, number, said], default=str, sort_keys=True).encode())
    return Built(tuple(found), activities, sources, digest.hexdigest())


def inventory_books() -> Books:
    """The books, with those of the office and what it sets otherwise.

    Raises
    ------
    Conflict
        A book of the office is not sound.
    """
    folder = Path(settings.DATA) / "books"
    found = books()
    path = folder
    try:
        for path in sorted((folder / "sources").glob("*.json")):
            found = found.extended([json.loads(path.read_text("utf-8-sig"))])
        path = folder / "sources-overrides.json"
        if not path.is_file():
            return found
        given = json.loads(path.read_text("utf-8-sig"))
        if not isinstance(given, list):
            raise ValueError(__("a list of entries is wanted"))
        return found.overridden(given)
    except (BookError, OSError, ValueError) as error:
        said = error.message.text(__) if isinstance(error, BookError) else str(error)
        raise Conflict(
            __("A book of the office cannot be used. Mend it or take it away: %(problem)s")
            % {"problem": f"{path.name}: {said}"}
        ) from error
