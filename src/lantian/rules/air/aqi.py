"""The AQI of one row, in exact arithmetic: what the tables of `columns` are proved against.

References
----------
HJ 633-2012, 6.2 and table 1; HJ 633-2026, 4.2 and table 3, 5.3.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from lantian.rules.air.books import WITHHOLD, AqiBook, Layout, Table
from lantian.rules.air.exact import ceil_div, grid_of


class Absent(IntEnum):
    """Why there is no index; the values stand in arrays in the place of an index."""

    #: no value, or one that cannot be used
    MISSING = -1
    #: not in the monitoring programme
    OUTSIDE = -2
    #: above the last node, where the index of another value counts
    BEYOND = -3


class Note(IntEnum):
    """What is to be said about an item of a row."""

    MISSING = 0
    #: above the last node and the value that counts in its place is missing
    BEYOND_ALONE = 1
    #: above the last node, the index of another value counts
    BEYOND = 2
    #: above the last node, the index is held at its highest
    CAPPED = 3


Value = Decimal | None


class _Outside:
    """A value outside the monitoring programme (“/”)."""

    def __repr__(self) -> str:
        return "OUTSIDE"


OUTSIDE = _Outside()


@dataclass(frozen=True, slots=True)
class Scheme:
    """A book with the items of an interval: all that an AQI depends on beside the concentrations."""

    book: AqiBook
    layout: Layout

    def table(self, name: str) -> Table:
        """A breakpoint table."""
        return self.book.tables[name]


def scheme_of(book: AqiBook, interval: str, variant: str | None = None) -> Scheme:
    """The scheme of a book for an interval (``hour`` or ``day``); of several variants that of the default."""
    return Scheme(book, book.layout(interval, variant))


@dataclass(frozen=True, slots=True)
class AqiResult:
    """The AQI of a row.

    Attributes
    ----------
    iaqi
        Column → index, or why there is none.
    aqi, level
        None where there is no result; `withheld` and `notes` say why.
    primary
        The primary pollutants, sorted; none at 50 and below.
    withheld
        An item is missing and the others do not lie above what 5.3 asks for.
    notes
        What is to be said: kind and column.
    """

    edition: str
    iaqi: Mapping[str, int | Absent]
    aqi: int | None
    level: int | None
    primary: tuple[str, ...]
    withheld: bool
    notes: frozenset[tuple[Note, str]]


def index_of(book: AqiBook, table: Table, value: Decimal) -> tuple[int | Absent, bool]:
    """The individual index of a concentration, and whether it is held at the highest.

    Parameters
    ----------
    value
        Concentration in the unit of the table, not yet rounded, not negative.
    """
    digits = book.digits(table.unit)
    grid, step = grid_of(value, digits), 10**digits
    if grid > table.top * step:
        beyond = book.beyond.get(table.name)
        if beyond is None:
            return book.number("highest_index"), True
        return (Absent.BEYOND if beyond.index is None else beyond.index), False
    for segment in table.segments:
        if grid <= segment.high * step:
            index = segment.index_low + ceil_div(
                (segment.index_high - segment.index_low) * (grid - segment.low * step),
                (segment.high - segment.low) * step,
            )
            return max(index, book.number("lowest_index")), False
    raise AssertionError("the segments reach the last node")


def evaluate(values: Mapping[str, Value | _Outside], scheme: Scheme) -> AqiResult:
    """The AQI of a row.

    Parameters
    ----------
    values
        Column → concentration [µg/m³; CO in mg/m³]; None or no entry where it is missing, ``OUTSIDE`` where the item is
        not in the monitoring programme.
    """
    book, layout = scheme.book, scheme.layout
    iaqi: dict[str, int | Absent] = {}
    notes: set[tuple[Note, str]] = set()
    for item in layout.items:
        table = scheme.table(item.table)
        value = values.get(item.prefer if item.prefer and item.prefer in values else item.column)
        index: int | Absent
        if isinstance(value, _Outside):
            index = Absent.OUTSIDE
        elif value is None:
            index = Absent.MISSING
            if not item.supplement:
                notes.add((Note.MISSING, item.column))
        else:
            index, capped = index_of(book, table, value)
            if capped:
                notes.add((Note.CAPPED, item.column))
            if index is Absent.BEYOND:
                index = _by_other(values, scheme, item.column, item.table, notes)
        iaqi[item.column] = index
    present = {column: index for column, index in iaqi.items() if index >= 0}
    aqi = max(present.values(), default=None)
    lacking = any(iaqi[item.column] is Absent.MISSING and not item.supplement for item in layout.items)
    withheld = aqi is not None and layout.missing == WITHHOLD and lacking and aqi <= layout.withhold_up_to
    if aqi is None or withheld:
        return AqiResult(book.edition, iaqi, None, None, (), withheld, frozenset(notes))
    primary: tuple[str, ...] = ()
    if aqi > book.primary_above:
        pollutants = {scheme.table(item.table).pollutant for item in layout.items if iaqi[item.column] == aqi}
        primary = tuple(sorted(pollutants))
    return AqiResult(book.edition, iaqi, aqi, book.level_of(aqi).level, primary, False, frozenset(notes))


def _by_other(
    values: Mapping[str, Value | _Outside],
    scheme: Scheme,
    column: str,
    table: str,
    notes: set[tuple[Note, str]],
) -> int | Absent:
    """The index that counts for a value above its last node.

    Where the other value is an item of its own, its index counts there already.
    """
    beyond = scheme.book.beyond[table]
    other = values.get(str(beyond.by))
    if not isinstance(other, Decimal):
        notes.add((Note.BEYOND_ALONE, column))
        return Absent.BEYOND
    notes.add((Note.BEYOND, column))
    if any(item.column == beyond.by for item in scheme.layout.items):
        return Absent.BEYOND
    index, _capped = index_of(scheme.book, scheme.table(str(beyond.by_table)), other)
    return index
