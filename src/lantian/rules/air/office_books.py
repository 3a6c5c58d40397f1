"""All books of the air, with the unsure entries that an office sets otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from lantian.rules.air.dustfall import DustBook, dust_book
from lantian.rules.air.evaluation_books import EvaluationLibrary, evaluation_library
from lantian.rules.air.library import Library, library
from lantian.rules.air.ranking_lists import RankingLists, ranking_lists


class Books(NamedTuple):
    """The books of the AQI, of evaluation, of rankings and of dustfall."""

    aqi: Library
    evaluation: EvaluationLibrary
    lists: RankingLists
    dust: DustBook


def shipped_books() -> Books:
    """The books as they are."""
    return Books(library(), evaluation_library(), ranking_lists(), dust_book())


def books_with(entries: Sequence[Mapping[str, Any]]) -> Books:
    """The books with entries set otherwise: ``{"book", "entry", "value", "grounds"}`` each.

    Raises
    ------
    BookError
        A book or entry is unknown or settled by its standard, grounds are missing, or the value is out of range.
    """
    books = shipped_books()
    part_of = {
        **dict.fromkeys((book.id for book in books.evaluation.books), "evaluation"),
        **dict.fromkeys((one.id for one in books.lists.lists), "lists"),
        books.dust.id: "dust",
    }
    parts: dict[str, list[Mapping[str, Any]]] = {name: [] for name in Books._fields}
    for entry in entries:
        name = entry.get("book") if isinstance(entry, Mapping) else None
        parts[part_of.get(str(name), "aqi")].append(entry)
    return Books(*(getattr(books, name).overridden(parts[name]) for name in Books._fields))
