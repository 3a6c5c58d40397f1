"""The editions of the AQI side by side, and what an office sets otherwise."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

from lantian.rules.air.books import AqiBook
from lantian.rules.air.errors import BookError, NoEdition
from lantian.rules.air.reading import check_defaults, read_aqi_book


@dataclass(frozen=True, slots=True)
class Library:
    """The editions side by side; chosen by the day of the data, never by today."""

    books: tuple[AqiBook, ...]

    def of_edition(self, edition: str) -> AqiBook:
        """The book of an edition, for whatever day: two years can be compared on one edition only."""
        for book in self.books:
            if book.edition == edition:
                return book
        raise BookError(
            "AQI", "edition", f"{edition!r} is none of {', '.join(b.edition for b in self.books)}"
        )

    def on(self, day: date) -> AqiBook:
        """The book that holds on a day.

        Raises
        ------
        NoEdition
            No edition holds on the day.
        """
        for book in self.books:
            if book.early_from <= day and (book.valid_to is None or day <= book.valid_to):
                return book
        raise NoEdition(day)

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> Library:
        """The library with entries set otherwise by an office.

        Parameters
        ----------
        overrides
            Each ``{"book": id, "entry": name, "value": …, "grounds": text}``.

        Raises
        ------
        BookError
            The entry is unknown or settled by the standard, grounds are missing, or the value is out of range.
        """
        books = {book.id: book for book in self.books}
        for number, override in enumerate(overrides, 1):
            place = f"override {number}"
            if not isinstance(override, Mapping):
                raise BookError("AQI", place, "an object is wanted")
            book = books.get(str(override.get("book")))
            if book is None:
                raise BookError("AQI", place, f"there is no book {override.get('book')!r}")
            name = str(override.get("entry"))
            default = book.defaults.get(name)
            if default is None:
                raise BookError(book.id, place, f"there is no entry {name!r}")
            if default.settled:
                raise BookError(book.id, place, f"{name} is settled by the standard and cannot be overridden")
            grounds = override.get("grounds")
            if not isinstance(grounds, str) or not grounds.strip():
                raise BookError(book.id, place, "it has no grounds")
            value = override.get("value")
            if not isinstance(value, type(default.value)) or isinstance(value, bool):
                raise BookError(book.id, place, f"{value!r} is not of the kind of {default.value!r}")
            changed = replace(
                book,
                defaults={**book.defaults, name: replace(default, value=value, override=grounds.strip())},
            )
            check_defaults(changed)
            books[book.id] = changed
        return Library(tuple(books[book.id] for book in self.books))


def library_of(records: Iterable[Mapping[str, Any]]) -> Library:
    """Books by their days.

    Raises
    ------
    BookError
        Two editions overlap, or there are days between them.
    """
    books = sorted((read_aqi_book(record) for record in records), key=lambda book: book.valid_from)
    for left, right in pairwise(books):
        following = None if left.valid_to is None else left.valid_to + timedelta(days=1)
        if following is None or right.early_from < following:
            raise BookError(right.id, "book.valid_from", f"it overlaps {left.id}")
        if right.early_from > following:
            raise BookError(right.id, "book.valid_from", f"there is a gap after {left.id}")
    return Library(tuple(books))


def shipped(name: str) -> dict[str, Any]:
    """A book that comes with LanTian, as it stands in its file."""
    text = resources.files("lantian.rules.books").joinpath("air").joinpath(name).read_text("utf-8")
    record: dict[str, Any] = json.loads(text)
    return record


@lru_cache(maxsize=1)
def library() -> Library:
    """The editions of HJ 633 that come with LanTian."""
    return library_of([shipped("hj633-2012.json"), shipped("hj633-2026.json")])
