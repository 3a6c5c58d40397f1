"""Lists as tables that an import reads again."""

from __future__ import annotations

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lantian.apps.sources.facts import facts_of
from lantian.apps.sources.models import ListEntry
from lantian.apps.sources.showing import shown
from lantian.rules.sources.datums import Datum
from lantian.rules.sources.fields import NUMBERS, FieldKind, ListField
from lantian.rules.sources.lists import ListType


def headings(type_: ListType) -> list[str]:
    """The headings of all columns of a list."""
    return [field.label for field in type_.fields]


def cell_of(field: ListField, value: Any) -> Any:
    """A fact as a cell: numbers stay numbers, days days, everything else is in words.

    :func:`lantian.rules.sources.cells.read_value` reads from the cell what was kept.
    """
    if value in (None, "", [], ()):
        return ""
    if field.kind in NUMBERS or field.kind in {FieldKind.LONGITUDE, FieldKind.LATITUDE}:
        try:
            return Decimal(str(value))
        except InvalidOperation:
            return str(value)
    if field.kind is FieldKind.DATE:
        try:
            return date.fromisoformat(str(value))
        except ValueError:
            return str(value)
    if field.kind is FieldKind.FLAG:
        return "是" if value in (True, "true", "True", 1) else "否"
    return shown(field, value)


def cells_of(type_: ListType, entry: ListEntry) -> list[Any]:
    """A row: every column of the list. Positions are kept in WGS-84, and the table says so."""
    facts = facts_of(entry.source, entry.unit, entry)
    if facts.get("longitude") is not None:
        facts["datum"] = Datum.WGS84.value
    return [cell_of(field, facts.get(field.key)) for field in type_.fields]
