"""The rule books of evaluation (HJ 663): items and their statistics, minimum data, rounding; each with clause and mark."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any

from lantian.rules.air.books import POLLUTANTS, Default
from lantian.rules.air.errors import BookError, NoEdition
from lantian.rules.air.library import shipped
from lantian.rules.air.limits import AVERAGINGS
from lantian.rules.air.reading import Reader

MEAN, PERCENTILE = "mean", "percentile"
ROUNDED, UNROUNDED = "rounded", "unrounded"
STATISTIC, JUDGED = "statistic", "judged"
UNSET = "unset"

#: What each entry may be.
_NUMBERS = {
    "day_hours": (1, 24),
    "window_hours": (1, 8),
    "first_window": (1, 24),
    "windows": (1, 24),
    "month_days": (1, 28),
    "february_days": (1, 28),
    "year_days": (1, 365),
    "part_of_31_days": (0, 31),
    "points_percent": (0, 100),
    "few_points": (0, 100),
    "few_points_percent": (0, 100),
    "index_digits": (0, 6),
    "composite_digits": (0, 6),
    "removed_days_count": (0, 1),
    "trend_years": (3, 14),
    "trend_percent": (1, 20),
    **{f"weight_{pollutant}": (0, 10) for pollutant in POLLUTANTS},
}
#: What each entry that is a word may be.
_WORDS = {
    "index_from": (ROUNDED, UNROUNDED),
    "attainment_from": (UNROUNDED, STATISTIC),
    "multiple_from": (JUDGED, UNROUNDED),
}
#: Words of what not every edition knows.
_WORDS_OF_SOME = {"three_year": (UNSET, MEAN)}


@dataclass(frozen=True, slots=True)
class Judged:
    """A pollutant with its statistics.

    Attributes
    ----------
    percentile
        The percentile of the daily values that belongs to it.
    index_of
        Whether the single index is made of the mean or of the percentile.
    averaging
        Averaging time of the limit that the single index is held against.
    digits
        Decimals of its statistics.
    attainment_digits
        Decimals of the value that is held against a limit.
    """

    pollutant: str
    column: str
    percentile: int
    index_of: str
    averaging: str
    digits: int
    attainment_digits: int
    clause: str
    mark: str


@dataclass(frozen=True, slots=True)
class EvaluationBook:
    """An edition of the technical regulation on evaluation."""

    id: str
    edition: str
    valid_from: date
    valid_to: date | None
    early_from: date
    items: tuple[Judged, ...]
    entries: Mapping[str, Default]

    def number(self, name: str) -> int:
        """An entry that is a number."""
        return int(self.entries[name].value)

    def word(self, name: str) -> str:
        """An entry that is a word; empty where the edition has none of this name."""
        return str(self.entries[name].value) if name in self.entries else ""

    def clause(self, name: str) -> str:
        """Where an entry stands, for people; the book alone where no clause is known."""
        clause = self.entries[name].clause
        return clause if clause.startswith("GB") else f"{self.id} {clause}".strip()


@dataclass(frozen=True, slots=True)
class EvaluationLibrary:
    """The editions side by side; chosen by the day of the data, or one of them for all days that are compared."""

    books: tuple[EvaluationBook, ...]

    def of_edition(self, edition: str) -> EvaluationBook:
        """The book of an edition, for whatever day."""
        for book in self.books:
            if book.edition == edition:
                return book
        raise BookError("HJ 663", "edition", f"there is no edition {edition!r}")

    def on(self, day: date) -> EvaluationBook:
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

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> EvaluationLibrary:
        """The library with entries set otherwise by an office: ``{"book", "entry", "value", "grounds"}`` each.

        Raises
        ------
        BookError
            The book or entry is unknown or settled by the standard, grounds are missing, or the value is out of range.
        """
        books = {book.id: book for book in self.books}
        for number, override in enumerate(overrides, 1):
            place = f"override {number}"
            book = books.get(str(override.get("book")))
            if book is None:
                raise BookError("HJ 663", place, f"there is no book {override.get('book')!r}")
            name, grounds = str(override.get("entry")), override.get("grounds")
            default = book.entries.get(name)
            if default is None:
                raise BookError(book.id, place, f"there is no entry {name!r}")
            if default.settled:
                raise BookError(book.id, place, f"{name} is settled by the standard and cannot be overridden")
            if not isinstance(grounds, str) or not grounds.strip():
                raise BookError(book.id, place, "it has no grounds")
            value = override.get("value")
            if not isinstance(value, int | str) or isinstance(value, bool):
                raise BookError(book.id, place, f"{value!r} is neither a whole number nor a word")
            changed = replace(default, value=value, override=grounds.strip())
            books[book.id] = replace(book, entries={**book.entries, name: changed})
            check_entries(books[book.id])
        return EvaluationLibrary(tuple(books[book.id] for book in self.books))


def read_evaluation_book(record: Mapping[str, Any]) -> EvaluationBook:
    """A book of evaluation, proved sound.

    Raises
    ------
    BookError
        An item stands twice or is missing, a value is of the wrong kind or out of range; it says where.
    """
    read = Reader(str(record.get("id") or "?"))
    valid_from = read.day(record, "valid_from", "book")
    valid_to = read.day(record, "valid_to", "book")
    if valid_from is None or (valid_to is not None and valid_to < valid_from):
        raise read.fail("book.valid_from", "the days of validity are missing or in the wrong order")
    items = []
    for number, row in enumerate(read.get(record, "items", list, "book"), 1):
        place = f"items[{number}]"
        read.unit(row, place)
        item = Judged(
            read.get(row, "pollutant", str, place),
            read.get(row, "column", str, place),
            read.get(row, "percentile", int, place),
            read.get(row, "index_of", str, place),
            read.get(row, "averaging", str, place),
            read.get(row, "digits", int, place),
            read.get(row, "attainment_digits", int, place),
            read.get(row, "clause", str, place),
            read.mark(row, place),
        )
        if item.index_of not in (MEAN, PERCENTILE) or item.averaging not in AVERAGINGS:
            raise read.fail(place, "the statistic of the index or its averaging is unknown")
        if not 0 < item.percentile < 100 or not 0 <= item.attainment_digits <= item.digits <= 3:
            raise read.fail(place, "the percentile or the decimals are out of range")
        items.append(item)
    if sorted(item.pollutant for item in items) != sorted(POLLUTANTS):
        raise read.fail("items", "each of the six pollutants has to stand there once")
    entries = {}
    for name, value in read.get(record, "entries", dict, "book").items():
        place = f"entries.{name}"
        if not isinstance(value.get("value"), int | str) or isinstance(value.get("value"), bool):
            raise read.fail(f"{place}.value", "a whole number or a word is wanted")
        note, clause = read.get(value, "note", str, place), str(value.get("clause", ""))
        entries[name] = Default(value["value"], read.mark(value, place), note, clause)
    book = EvaluationBook(
        read.get(record, "id", str, "book"),
        read.get(record, "edition", str, "book"),
        valid_from,
        valid_to,
        read.day(record, "early_from", "book") or valid_from,
        tuple(items),
        entries,
    )
    check_entries(book)
    return book


def check_entries(book: EvaluationBook) -> None:
    """Refuse an entry that is missing, unknown or out of range."""
    for name, (least, most) in _NUMBERS.items():
        entry = book.entries.get(name)
        if entry is None or not isinstance(entry.value, int) or not least <= entry.value <= most:
            value = None if entry is None else entry.value
            problem = f"a whole number from {least} to {most} is wanted, not {value!r}"
            raise BookError(book.id, f"entries.{name}", problem)
    for name, words in {**_WORDS, **_WORDS_OF_SOME}.items():
        entry = book.entries.get(name)
        if (entry is None and name in _WORDS) or (entry is not None and entry.value not in words):
            either = " or ".join(map(repr, words))
            raise BookError(book.id, f"entries.{name}", f"either {either} is wanted")
    unknown = set(book.entries) - set(_NUMBERS) - set(_WORDS) - set(_WORDS_OF_SOME)
    if unknown:
        raise BookError(book.id, f"entries.{min(unknown)}", "nothing of this name is known")


def evaluation_library_of(records: Iterable[Mapping[str, Any]]) -> EvaluationLibrary:
    """Books by their days.

    Raises
    ------
    BookError
        There is a gap or an overlap between two editions.
    """
    books = sorted((read_evaluation_book(record) for record in records), key=lambda book: book.valid_from)
    for left, right in pairwise(books):
        if left.valid_to is None or right.early_from != left.valid_to + timedelta(days=1):
            raise BookError(right.id, "book.valid_from", f"a gap or an overlap after {left.id}")
    return EvaluationLibrary(tuple(books))


@lru_cache(maxsize=1)
def evaluation_library() -> EvaluationLibrary:
    """The editions of HJ 663 that come with LanTian."""
    return evaluation_library_of([shipped("hj663-2013.json"), shipped("hj663-2026.json")])
