"""The books by which pages judge: as they are, with the unsure entries that the office sets otherwise.

An office writes ``books/air-overrides.json`` in its data folder; commands read the same file.
"""

from __future__ import annotations

import json
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as __

from lantian.apps.core.exceptions import CoreError
from lantian.rules.air import comparison, evaluation
from lantian.rules.air.comparison import Footing
from lantian.rules.air.errors import BookError
from lantian.rules.air.evaluation import AUTO, Scheme
from lantian.rules.air.office_books import Books, books_with, shipped_books
from lantian.rules.air.periods import Period


class BooksUnusable(CoreError):
    """What the office sets otherwise cannot be read; nothing is judged by other figures than it means."""

    code = "books_unusable"
    status = 503
    permanent = False


#: the file as it was seen, and the books with it: the same objects as long as the file is the same
_seen: tuple[tuple[str, int, int], Books] | None = None


def office() -> Books:
    """The books that hold in this office.

    Raises
    ------
    BooksUnusable
        If the file of the office is there and cannot be used.
    """
    global _seen
    path = Path(settings.DATA) / "books" / "air-overrides.json"
    try:
        state = path.stat()
    except FileNotFoundError:
        return shipped_books()
    key = str(path), state.st_mtime_ns, state.st_size
    seen = _seen
    if seen is None or seen[0] != key:
        try:
            given = json.loads(path.read_text("utf-8-sig"))
            if not isinstance(given, list):
                raise ValueError("a list of objects is wanted")
            seen = key, books_with(given)
        except (OSError, ValueError, BookError) as error:
            said = __("%(path)s cannot be used: %(error)s")
            raise BooksUnusable(said % {"path": path, "error": error}) from error
        _seen = seen
    return seen[1]


def scheme_for(period: Period, standard: str = AUTO) -> Scheme:
    """By what a period is evaluated; see `lantian.rules.air.evaluation.scheme_for`."""
    books = office()
    return evaluation.scheme_for(period, standard, books.evaluation, books.aqi)


def footing(this: Period, base: Period | None) -> Footing:
    """Two periods by one edition; see `lantian.rules.air.comparison.footing`."""
    books = office()
    return comparison.footing(this, base, AUTO, books.evaluation, books.aqi)
