"""Rule books read from plain values and proved sound: no gap, no overlap, no unknown unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from lantian.rules.air.books import (
    COLUMNS,
    EXTRA_COLUMNS,
    INTERVALS,
    MARKS,
    POLLUTANTS,
    SKIP,
    UNITS,
    WITHHOLD,
    AqiBook,
    Beyond,
    Default,
    Item,
    Layout,
    Level,
    Segment,
    Table,
)
from lantian.rules.air.errors import BookError


class Reader:
    """Takes values out of a book and says where one is not what it should be."""

    def __init__(self, book: str) -> None:
        self.book = book

    def fail(self, place: str, problem: str) -> BookError:
        return BookError(self.book, place, problem)

    def get(self, record: Mapping[str, Any], name: str, kind: type, place: str) -> Any:
        value = record.get(name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self.fail(f"{place}.{name}", f"a {kind.__name__} is wanted, not {value!r}")
        return value

    def day(self, record: Mapping[str, Any], name: str, place: str) -> date | None:
        value = record.get(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError):
            raise self.fail(f"{place}.{name}", f"{value!r} is no date") from None

    def mark(self, record: Mapping[str, Any], place: str) -> str:
        value = record.get("mark")
        if not isinstance(value, str) or value not in MARKS:
            raise self.fail(f"{place}.mark", f"{value!r} is none of {', '.join(sorted(MARKS))}")
        return value

    def unit(self, record: Mapping[str, Any], place: str) -> str:
        value = record.get("unit")
        if value not in UNITS:
            raise self.fail(f"{place}.unit", f"{value!r} is none of {', '.join(sorted(UNITS))}")
        return str(value)

    def table(self, name: str, record: Mapping[str, Any]) -> Table:
        place = f"tables.{name}"
        if self.get(record, "pollutant", str, place) not in POLLUTANTS:
            raise self.fail(f"{place}.pollutant", f"{record['pollutant']!r} is unknown")
        rows = self.get(record, "segments", list, place)
        segments = []
        for number, row in enumerate(rows, 1):
            if not (
                isinstance(row, list)
                and len(row) == 4
                and all(isinstance(x, int) and not isinstance(x, bool) for x in row)
            ):
                raise self.fail(f"{place}.segments[{number}]", "four whole numbers are wanted")
            segment = Segment(*row)
            if segment.low >= segment.high or segment.index_low >= segment.index_high:
                raise self.fail(f"{place}.segments[{number}]", f"{row} does not rise")
            segments.append(segment)
        if not segments or (segments[0].low, segments[0].index_low) != (0, 0):
            raise self.fail(f"{place}.segments", "the first segment does not start at 0")
        for number, (left, right) in enumerate(pairwise(segments), 2):
            where = f"{place}.segments[{number}]"
            if right.low > left.high or right.index_low > left.index_high:
                raise self.fail(where, f"there is a gap after {left.high} (index {left.index_high})")
            if right.low < left.high or right.index_low < left.index_high:
                raise self.fail(where, f"it overlaps the segment up to {left.high} (index {left.index_high})")
        return Table(
            name,
            record["pollutant"],
            self.get(record, "averaging", str, place),
            self.unit(record, place),
            self.get(record, "clause", str, place),
            self.mark(record, place),
            tuple(segments),
        )

    def beyond(self, name: str, record: Mapping[str, Any], tables: Mapping[str, Table]) -> Beyond:
        place = f"beyond.{name}"
        if name not in tables:
            raise self.fail(place, "there is no such table")
        above = self.get(record, "above", int, place)
        if above != tables[name].top:
            raise self.fail(f"{place}.above", f"{above} is not the last node of the table")
        index, by, by_table = record.get("index"), record.get("by"), record.get("by_table")
        if (index is None) == (by is None):
            raise self.fail(place, "either an index or another column is wanted")
        if index is not None and not isinstance(index, int):
            raise self.fail(f"{place}.index", f"{index!r} is no whole number")
        if by is not None and (by not in (*COLUMNS, *EXTRA_COLUMNS) or by_table not in tables):
            raise self.fail(place, f"column {by!r} or table {by_table!r} is unknown")
        clause = self.get(record, "clause", str, place)
        return Beyond(above, index, by, by_table, clause, self.mark(record, place))

    def layout(
        self, interval: str, variant: str, record: Mapping[str, Any], tables: Mapping[str, Table]
    ) -> Layout:
        place = f"schemes.{interval}" + (f".{variant}" if variant else "")
        items = []
        for number, row in enumerate(self.get(record, "items", list, place), 1):
            where = f"{place}.items[{number}]"
            if row.get("table") not in tables:
                raise self.fail(where, f"there is no table {row.get('table')!r}")
            if row.get("column") not in COLUMNS or row.get("prefer", EXTRA_COLUMNS[0]) not in EXTRA_COLUMNS:
                raise self.fail(where, f"column {row.get('column')!r} or {row.get('prefer')!r} is unknown")
            items.append(Item(row["column"], row["table"], row.get("prefer"), bool(row.get("supplement"))))
        if len({item.column for item in items}) != len(items):
            raise self.fail(f"{place}.items", "a column stands twice")
        missing = self.get(record, "missing", str, place)
        if missing not in (SKIP, WITHHOLD):
            raise self.fail(f"{place}.missing", f"{missing!r} is neither {SKIP!r} nor {WITHHOLD!r}")
        most = self.get(record, "withhold_up_to", int, place) if missing == WITHHOLD else 0
        return Layout(
            interval,
            variant,
            tuple(items),
            missing,
            most,
            str(record.get("clause", "")),
            self.mark(record, place),
            self.get(record, "note", str, place),
        )

    def levels(self, rows: Sequence[Mapping[str, Any]]) -> tuple[Level, ...]:
        levels: list[Level] = []
        for number, row in enumerate(rows, 1):
            place = f"levels[{number}]"
            if row.get("level") != number:
                raise self.fail(f"{place}.level", f"{row.get('level')!r} is out of order")
            last = row.get("to")
            first = self.get(row, "from", int, place)
            if levels and first != (levels[-1].last or 0) + 1:
                raise self.fail(
                    f"{place}.from", f"{first} does not follow on {levels[-1].last}: a gap or an overlap"
                )
            if last is not None and (not isinstance(last, int) or last < first):
                raise self.fail(f"{place}.to", f"{last!r} does not lie above {first}")
            texts = [self.get(row, name, str, place) for name in ("name", "class", "colour", "hex")]
            levels.append(Level(number, first, last, *texts))
        if not levels or levels[-1].last is not None:
            raise self.fail("levels", "the last class has to be open")
        if any(level.last is None for level in levels[:-1]):
            raise self.fail("levels", "only the last class may be open")
        return tuple(levels)


def read_aqi_book(record: Mapping[str, Any]) -> AqiBook:
    """A book of the AQI, proved sound.

    Raises
    ------
    BookError
        A gap or overlap in a table, an unknown unit, a value of the wrong kind; it says where.
    """
    read = Reader(str(record.get("id") or "?"))
    read.get(record, "id", str, "book")
    valid_from = read.day(record, "valid_from", "book")
    valid_to = read.day(record, "valid_to", "book")
    if valid_from is None or (valid_to is not None and valid_to < valid_from):
        raise read.fail("book.valid_from", "the days of validity are missing or in the wrong order")
    early = read.day(record, "early_from", "book") or valid_from
    tables = {
        name: read.table(name, value) for name, value in read.get(record, "tables", dict, "book").items()
    }
    beyond = {
        name: read.beyond(name, value, tables)
        for name, value in read.get(record, "beyond", dict, "book").items()
    }
    layouts: list[Layout] = []
    schemes = read.get(record, "schemes", dict, "book")
    for interval in INTERVALS:
        scheme = read.get(schemes, interval, dict, "schemes")
        variants = scheme.get("variants") or {"": scheme}
        layouts += [read.layout(interval, name, value, tables) for name, value in variants.items()]
    defaults: dict[str, Default] = {}
    for name, value in read.get(record, "defaults", dict, "book").items():
        place = f"defaults.{name}"
        if not isinstance(value.get("value"), int | str) or isinstance(value.get("value"), bool):
            raise read.fail(f"{place}.value", f"{value.get('value')!r} is neither a whole number nor a word")
        defaults[name] = Default(
            value["value"],
            read.mark(value, place),
            read.get(value, "note", str, place),
            str(value.get("clause", "")),
        )
    sensitive = record.get("sensitive") or {"above": 0, "groups": {}}
    review = record.get("review") or {}
    book = AqiBook(
        id=record["id"],
        edition=read.get(record, "edition", str, "book"),
        valid_from=valid_from,
        valid_to=valid_to,
        early_from=early,
        formula_clause=read.get(read.get(record, "formula", dict, "book"), "clause", str, "formula"),
        tables=tables,
        beyond=beyond,
        layouts=tuple(layouts),
        defaults=defaults,
        primary_above=read.get(read.get(record, "primary", dict, "book"), "above", int, "primary"),
        levels=read.levels(read.get(record, "levels", list, "book")),
        sensitive={name: tuple(groups) for name, groups in sensitive["groups"].items()},
        sensitive_above=int(sensitive["above"]),
        review_from=read.day(review, "from", "review"),
        review_note=str(review.get("note", "")),
    )
    check_defaults(book)
    return book


#: What each default may be; the span keeps the tables of all possible values small.
_NUMBERS = {
    "digits_µg/m³": (0, 1),
    "digits_mg/m³": (0, 2),
    "highest_index": (500, 2000),
    "lowest_index": (0, 1),
}


def check_defaults(book: AqiBook) -> None:
    """Refuse a default that is missing, unknown or out of range."""
    for name, (least, most) in _NUMBERS.items():
        default = book.defaults.get(name)
        if default is None or not isinstance(default.value, int) or not least <= default.value <= most:
            value = None if default is None else default.value
            raise BookError(
                book.id,
                f"defaults.{name}",
                f"a whole number from {least} to {most} is wanted, not {value!r}",
            )
    for interval in INTERVALS:
        layouts = [layout for layout in book.layouts if layout.interval == interval]
        if len(layouts) > 1:
            if f"{interval}_variant" not in book.defaults:
                raise BookError(
                    book.id, f"defaults.{interval}_variant", "several variants, and none is named"
                )
            book.layout(interval)
    unknown = set(book.defaults) - set(_NUMBERS) - {f"{interval}_variant" for interval in INTERVALS}
    if unknown:
        raise BookError(book.id, f"defaults.{min(unknown)}", "nothing of this name is known")
