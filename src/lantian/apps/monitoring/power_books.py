"""The books by which electricity is received and judged, with what the office sets otherwise.

What stands in the data folder comes first, then what was set on the page. Rows are kept in memory for a few seconds; another
process sees a change after that time.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as __

from lantian.apps.core.exceptions import Conflict
from lantian.apps.monitoring.models import PowerSetting
from lantian.office.own_books import OwnBooksError, own_monitoring
from lantian.rules.monitoring.book import Book, Entry
from lantian.rules.monitoring.errors import BookError

logger = logging.getLogger(__name__)
#: the books that an office may change on the page
BOOKS = ("power", "meters")
#: units of figures that are counted: they take whole numbers
COUNTED = frozenset({"分钟", "小时", "时", "天", "年", "个"})
#: two entries of a book that must stand in this order, and whether they may be equal
IN_ORDER = (
    ("power", "baseline_days_least", "baseline_days_most", True),
    ("power", "baseline_days_most", "baseline_reach_days", True),
    ("power", "evening_from", "night_from", False),
)
#: seconds for which a process trusts what it has read
TRUSTED_FOR = 5.0

_Rows = dict[str, tuple[tuple[str, str, str], ...]]
_read: tuple[float, _Rows] | None = None
_made: dict[str, tuple[Book, tuple[tuple[str, str, str], ...], Book]] = {}


def office_book(name: str) -> Book:
    """A book of monitoring with what the office sets otherwise.

    Raises
    ------
    Conflict
        The file of the office is not sound.
    """
    found, rows = filed_book(name), _rows().get(name, ())
    if not rows:
        return found
    known = _made.get(name)
    if known is not None and known[0] is found and known[1] == rows:
        return known[2]
    made = found
    for entry, value, grounds in rows:
        try:
            made = made.overridden([{"book": name, "entry": entry, "value": value, "grounds": grounds}])
        except BookError as error:
            # A newer edition of the book may know the entry no more, or in other bounds: what it says holds then.
            logger.warning("the own figure %s.%s does not hold: %s", name, entry, error)
    _made[name] = found, rows, made
    return made


def filed_book(name: str) -> Book:
    """A book as it comes, with what stands in the data folder.

    Raises
    ------
    Conflict
        The file of the office is not sound.
    """
    try:
        return own_monitoring(Path(settings.DATA), name)
    except OwnBooksError as error:
        raise Conflict(
            __("A book of the office cannot be used. Mend it or take it away: %(problem)s")
            % {"problem": f"{error.path.name}: {error.text(__).partition(': ')[2]}"}
        ) from error


def _rows() -> _Rows:
    global _read
    now = time.monotonic()
    if _read is None or now - _read[0] > TRUSTED_FOR:
        found: _Rows = {}
        for book, *row in PowerSetting.objects.order_by("entry").values_list("book", "entry", "value", "grounds"):
            found[book] = (*found.get(book, ()), (row[0], row[1], row[2]))
        _read = now, found
    return _read[1]


def forget() -> None:
    """Read again at the next look."""
    global _read
    _read = None


@dataclass(frozen=True, slots=True)
class Figure:
    """An entry of a book as the page shows it.

    Attributes
    ----------
    entry
        As the book has it, with what the file of the office sets.
    own
        What was set on the page.
    holds
        Whether that fits the book, so that it is used.
    """

    entry: Entry
    own: PowerSetting | None
    holds: bool


def figures(name: str) -> list[Figure]:
    """All entries of a book with what was set."""
    book, used = filed_book(name), office_book(name)
    own = {row.entry: row for row in PowerSetting.objects.filter(book=name).select_related("set_by__person")}
    return [
        Figure(entry, own.get(key), key in own and used.entry(key).override == own[key].grounds)
        for key, entry in book.entries.items()
    ]


def counted(entry: Entry) -> bool:
    """Whether an entry takes whole numbers only."""
    return entry.unit in COUNTED


def out_of_order(name: str, entry: str, value: Decimal) -> tuple[Entry, bool] | None:
    """The entry beside which a value would stand in the wrong order, and whether it must lie above it; None if all is well."""
    book = office_book(name)
    for of_book, low, high, equal in IN_ORDER:
        if of_book != name or entry not in (low, high):
            continue
        first = value if entry == low else book.number(low)
        second = value if entry == high else book.number(high)
        if first > second or (first == second and not equal):
            return book.entry(high if entry == low else low), entry == high
    return None


def set_otherwise(entry: Entry, value: Decimal) -> Entry:
    """The entry with a value, as long as that lies in its bounds.

    Raises
    ------
    BookError
        It does not, or the entry is settled.
    """
    book = Book(entry.book, "", {entry.name: replace(entry, override="")})
    return book.overridden(
        [{"book": entry.book, "entry": entry.name, "value": f"{value:f}", "grounds": "—"}]
    ).entry(entry.name)
