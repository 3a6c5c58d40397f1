"""What is wrong with the lists of a workbook: keys, places, duplicates, references between sheets, and what could not be
computed from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from lantian.rules.geo import Box
from lantian.rules.sources.books import Books
from lantian.rules.sources.classification import parse_region, parse_trade
from lantian.rules.sources.coordinates import Area, parse_datum, parse_degrees, place
from lantian.rules.sources.datums import Datum
from lantian.rules.sources.devices import parse_mn
from lantian.rules.sources.duplicates import candidates_of, suspected
from lantian.rules.sources.errors import IdentifierError, Message, SourcesError, _
from lantian.rules.sources.inventory import run, source_unknown
from lantian.rules.sources.layout import BY_KEY, SHEETS
from lantian.rules.sources.permits import parse_permit
from lantian.rules.sources.placing import own_shares, stack_of
from lantian.rules.sources.plates import parse_plate
from lantian.rules.sources.rows import Problem, Row
from lantian.rules.sources.uscc import parse_uscc

_ORDER = {sheet.name: at for at, sheet in enumerate(SHEETS)}
_SHEET = BY_KEY["sources"].name


def default_area(books: Books) -> Area:
    """The box of Henan, which an office sets otherwise or replaces by its outline."""
    west, south, east, north = (
        float(books.value(f"place.{side}")) for side in ("west", "south", "east", "north")
    )
    return Area("河南省", Box(west, south, east, north))


def check(
    rows: Sequence[Row],
    problems: Sequence[Problem],
    books: Books,
    *,
    area: Area | None = None,
    within: str = "",
) -> list[Problem]:
    """Everything that is wrong, in the order of the workbook.

    Parameters
    ----------
    rows, problems
        What a reader found.
    area
        Where the sources must lie; by default the box of Henan.
    within
        Figures that administrative codes must begin with.
    """
    place_of_office = area or default_area(books)
    found = list(problems)
    sources = [row for row in rows if row.sheet == "sources"]
    for row in sources:
        found += _keys(row, place_of_office, within)
    found += _twice(sources)
    found += _suspected(sources)
    found += _same_activity(rows)
    found += _placing(rows, place_of_office)
    known = {(entry.sheet, entry.row) for entry in problems}
    for gap in run(rows, problems, books, 0).gaps:
        if (gap.sheet, gap.row) not in known:
            message = gap.why[0]
            if gap.pollutant:
                message = Message(_("%(pollutant)s: %(message)s"), pollutant=gap.pollutant, message=message)
            found.append(Problem(gap.sheet, gap.row, gap.column, gap.code, message, gap.source_id))
    return sorted(found, key=lambda entry: (_ORDER.get(entry.sheet, len(_ORDER)), entry.row, entry.column))


def _keys(row: Row, area: Area, within: str) -> Iterator[Problem]:
    def tried(key: str, parse: Callable[[str], object]) -> Iterator[Problem]:
        if row.text(key):
            try:
                parse(row.text(key))
            except IdentifierError as error:
                yield Problem.of(error, row, _SHEET, key)

    yield from tried("uscc", parse_uscc)
    yield from tried("permit", parse_permit)
    yield from tried("trade", parse_trade)
    yield from tried("region", lambda text: parse_region(text, within=within))
    yield from tried("plate", lambda text: parse_plate(text, row.text("plate_colour")))
    for number in row.text("mn").replace("，", "、").replace(",", "、").split("、"):
        if number.strip():
            try:
                parse_mn(number)
            except IdentifierError as error:
                yield Problem.of(error, row, _SHEET, "mn")
    yield from _agreement(row)
    yield from _position(row, area)


def _agreement(row: Row) -> Iterator[Problem]:
    """The permit must be of the unit whose credit code stands beside it."""
    try:
        uscc, permit = parse_uscc(row.text("uscc")), parse_permit(row.text("permit"))
    except IdentifierError:
        return
    if permit.has_uscc and permit.unit != uscc.code:
        message = Message(
            _("The permit is of the unit %(unit)s, the credit code beside it is %(code)s. One of them is another's."),
            unit=permit.unit, code=uscc.code,
        )  # fmt: skip
        yield Problem(
            _SHEET, row.number, row.columns.get("permit", 0), "permit_of_another", message, row.source_id
        )


def _position(row: Row, area: Area) -> Iterator[Problem]:
    longitude, latitude = row.text("longitude"), row.text("latitude")
    if not longitude and not latitude:
        return
    key = "longitude"
    try:
        if not longitude or not latitude:
            key = "latitude" if longitude else "longitude"
            raise IdentifierError(
                "coordinate_half",
                Message(_("A position needs longitude and latitude; one of them is empty.")),
            )
        key = "datum"
        datum = parse_datum(row.text("datum")) if row.text("datum") else Datum.CGCS2000
        key = "longitude"
        lon = parse_degrees(longitude)
        key = "latitude"
        lat = parse_degrees(latitude)
        key = "longitude"
        place(lon, lat, area, datum)
    except IdentifierError as error:
        yield Problem.of(error, row, _SHEET, key)


def _placing(rows: Sequence[Row], area: Area) -> Iterator[Problem]:
    """What is wrong with stacks and with shares of one's own."""
    known = {row.source_id for row in rows if row.sheet == "sources"}
    for row in rows:
        if row.sheet not in ("stacks", "shares"):
            continue
        name = BY_KEY[row.sheet].name
        try:
            if row.source_id not in known:
                raise source_unknown(row)
            if row.sheet == "stacks":
                stack_of(row, area)
            else:
                own_shares(row)
        except SourcesError as error:
            yield Problem.of(error, row, name, getattr(error, "field", "") or "longitude")


def _same_activity(rows: Sequence[Row]) -> Iterator[Problem]:
    """Rows of activities that say the same in every cell: the emission counts twice."""
    seen: dict[tuple[object, ...], int] = {}
    for row in rows:
        if row.sheet == "activities":
            key = tuple(row.values.get(field.key) for field in BY_KEY["activities"].fields)
            first = seen.setdefault(key, row.number)
            if first != row.number:
                message = Message(
                    _("The same as row %(row)s in every cell, so it counts twice. Remove one, or name the units apart."),
                    row=first,
                )  # fmt: skip
                yield Problem(BY_KEY["activities"].name, row.number, 0, "activity_twice", message, row.source_id)


def _suspected(rows: Sequence[Row]) -> Iterator[Problem]:
    """Sources that may be one; what has the same number is told already."""
    keys = ("name", "uscc", "permit", "mn", "longitude", "latitude", "trade", "region")
    # known by their row: a number may stand twice
    texts = [{"source_id": str(row.number), **{key: row.text(key) for key in keys}} for row in rows]
    by_row = {row.number: row for row in rows}
    for pair in suspected(candidates_of(texts)):
        codes = {reason.code for reason in pair.reasons}
        if codes & {"permit", "mn"}:
            continue
        first, row = by_row[int(pair.left)], by_row[int(pair.right)]
        why = pair.reasons[0].message
        for reason in pair.reasons[1:]:
            why = Message("%(left)s；%(right)s", left=why, right=reason.message)
        message = Message(
            _("May be the same as %(name)s (%(source)s, row %(row)s), likeness %(score)s: %(why)s. Check whether it is one"
              " source; nothing is merged."),
            name=first.text("name"), source=first.source_id, row=first.number, score=f"{pair.score:.2f}", why=why,
        )  # fmt: skip
        yield Problem(_SHEET, row.number, row.columns.get("name", 0), "source_suspected", message, row.source_id)


def _twice(rows: Sequence[Row]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], int] = {}
    checks: dict[str, tuple[str, Callable[[str], Any]]] = {
        "source_id": ("source_twice", str),
        "permit": ("permit_twice", lambda text: parse_permit(text).number),
        "mn": ("mn_twice", lambda text: parse_mn(text).number),
    }
    for row in rows:
        for key, (code, parse) in checks.items():
            parts = (
                row.text(key).replace("，", "、").replace(",", "、").split("、")
                if key == "mn"
                else [row.text(key)]
            )
            for part in filter(None, (part.strip() for part in parts)):
                try:
                    value = parse(part)
                except SourcesError:
                    continue
                first = seen.setdefault((key, value), row.number)
                if first != row.number:
                    message = Message(
                        _("“%(value)s” stands in row %(row)s already. One of the two is wrong, or both are one source."),
                        value=value, row=first,
                    )  # fmt: skip
                    yield Problem(_SHEET, row.number, row.columns.get(key, 0), code, message, row.source_id)
