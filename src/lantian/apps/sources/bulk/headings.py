"""Which list a sheet is for, and which column holds what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lantian.apps.sources.fields import type_of
from lantian.apps.sources.models import SourceList
from lantian.rules.names import normalised
from lantian.rules.sources.fields import ListField
from lantian.rules.sources.lists import ListType

#: rows from the top among which the heading is looked for
SEARCHED = 20
#: columns that a heading must have in common with the list
LEAST = 2


@dataclass(frozen=True, slots=True)
class Heading:
    """The heading of a sheet: its row, its columns by place, and headings that nobody asked for."""

    row: int
    columns: Mapping[int, ListField]
    unknown: tuple[str, ...]


def word(text: str) -> str:
    """A heading as it is compared: without its unit, a star, and what stands in brackets."""
    plain = normalised(text).replace("[", "(").split("(")[0]
    return plain.strip("*＊")


def names_of(type_: ListType) -> dict[str, ListField]:
    """Everything that the columns of a list are called."""
    found: dict[str, ListField] = {}
    for field in type_.fields:
        for text in (field.label, field.english, field.key):
            found.setdefault(word(text), field)
            found.setdefault(normalised(text), field)
    return found


def find_heading(rows: Sequence[tuple[int, Sequence[str]]], type_: ListType) -> Heading | None:
    """The row among the first ones that names the most columns of a list; None where none names two."""
    names = names_of(type_)
    best: Heading | None = None
    for number, cells in rows:
        columns: dict[int, ListField] = {}
        unknown: list[str] = []
        for place, text in enumerate(cells):
            if not text.strip():
                continue
            field = names.get(normalised(text).strip("*＊")) or names.get(word(text))
            if field is not None and all(known.key != field.key for known in columns.values()):
                columns[place] = field
            elif text.strip() not in ("序号", "No."):
                unknown.append(text.strip())
        if len(columns) >= min(LEAST, len(type_.fields)) and (
            best is None or len(columns) > len(best.columns)
        ):
            best = Heading(number, columns, tuple(unknown))
    return best


def list_for(
    sheet: str,
    rows: Sequence[tuple[int, Sequence[str]]],
    lists: Iterable[SourceList],
    chosen: SourceList | None,
) -> SourceList | None:
    """The list that a sheet is for: the one that it is named after, else the one that was chosen for the file."""
    wanted = word(sheet)
    for listing in lists:
        type_ = type_of(listing)
        if wanted and wanted in {word(listing.name), word(type_.name), word(type_.code), word(type_.english)}:
            return listing
    if chosen is not None and find_heading(rows, type_of(chosen)) is not None:
        return chosen
    return None
