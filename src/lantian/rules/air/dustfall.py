"""Dustfall (降尘): from the net mass in a jar to tonnes per square kilometre and 30 days, and held against the limit.

References
----------
HJ 1221-2021 (method, unit; report of it: R). 国发〔2018〕22号 (limit of the city mean in the key regions: R).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from typing import Any

from lantian.rules.air.books import Default
from lantian.rules.air.errors import BookError
from lantian.rules.air.evaluation import Reason
from lantian.rules.air.evaluation_books import UNSET
from lantian.rules.air.library import shipped
from lantian.rules.air.reading import Reader
from lantian.rules.air.statistics import Number, exact, mean, rounded

#: π to 50 decimals: no reported figure of a jar lies as near to a half of its last place
_PI = Fraction(Decimal("3.14159265358979323846264338327950288419716939937511"))
#: g/cm² of 30 days → t/km²
_PER_AREA = 10_000
_DAYS = 30


@dataclass(frozen=True, slots=True)
class DustLimit:
    """A limit of the city mean with its source and days."""

    document: str
    value: Decimal
    valid_from: date
    #: to which day the document sets aims; what holds later is not known
    aims_to: date | None
    scope: str
    mark: str


@dataclass(frozen=True, slots=True)
class DustBook:
    """What is known of dustfall."""

    id: str
    method: str
    limits: tuple[DustLimit, ...]
    entries: Mapping[str, Default]

    @property
    def digits(self) -> int:
        """Decimals of what is reported."""
        return int(self.entries["digits"].value)

    @property
    def local_limit(self) -> Decimal | None:
        """The limit that the office has set, if any."""
        value = str(self.entries["local_limit"].value)
        return None if value == UNSET else Decimal(value)

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> DustBook:
        """The book with entries set otherwise by an office: ``{"book": "dustfall", "entry", "value", "grounds"}`` each.

        Raises
        ------
        BookError
            The entry is unknown or settled, grounds are missing, or the value is out of range.
        """
        book = self
        for number, override in enumerate(overrides, 1):
            place, name = f"override {number}", str(override.get("entry"))
            entry, grounds = book.entries.get(name), override.get("grounds")
            if entry is None or override.get("book") != self.id:
                raise BookError(self.id, place, f"there is no entry {name!r} of {override.get('book')!r}")
            if entry.settled:
                raise BookError(self.id, place, f"{name} is settled and cannot be overridden")
            if not isinstance(grounds, str) or not grounds.strip():
                raise BookError(self.id, place, "it has no grounds")
            changed = replace(entry, value=override.get("value", ""), override=grounds.strip())
            book = replace(book, entries={**book.entries, name: changed})
            _check(book)
        return book


@dataclass(frozen=True, slots=True)
class DustVerdict:
    """A city mean held against the limit.

    Attributes
    ----------
    value
        As it is reported; None of no jar.
    attains
        None where no limit is known.
    """

    value: Decimal | None
    jars: int
    limit: Decimal | None
    source: str
    attains: bool | None
    reasons: tuple[Reason, ...] = ()


def read_dust_book(record: Mapping[str, Any]) -> DustBook:
    """The book of dustfall, proved sound.

    Raises
    ------
    BookError
        A value is of the wrong kind or out of range; it says where.
    """
    read = Reader(str(record.get("id") or "?"))
    limits = []
    for number, row in enumerate(read.get(record, "limits", list, "book"), 1):
        place = f"limits[{number}]"
        value, first = _number(read.get(row, "value", str, place)), read.day(row, "valid_from", place)
        if value is None or first is None:
            raise read.fail(place, "a limit above 0 and the first day of it are wanted")
        limits.append(
            DustLimit(
                read.get(row, "document", str, place),
                value,
                first,
                read.day(row, "aims_to", place),
                read.get(row, "scope", str, place),
                read.mark(row, place),
            )
        )
    entries = {}
    for name, given in read.get(record, "entries", dict, "book").items():
        place = f"entries.{name}"
        entries[name] = Default(
            given["value"],
            read.mark(given, place),
            read.get(given, "note", str, place),
            str(given.get("clause", "")),
        )
    book = DustBook(
        read.get(record, "id", str, "book"), read.get(record, "method", str, "book"), tuple(limits), entries
    )
    _check(book)
    return book


def _check(book: DustBook) -> None:
    for name, least, most in (("digits", 0, 3), ("least_diameters", 1, 12)):
        entry = book.entries.get(name)
        if entry is None or type(entry.value) is not int or not least <= entry.value <= most:
            raise BookError(book.id, f"entries.{name}", f"a whole number from {least} to {most} is wanted")
    local = book.entries.get("local_limit")
    if local is None or (local.value != UNSET and _number(str(local.value)) is None):
        raise BookError(book.id, "entries.local_limit", "a number above 0 is wanted, as text, or 'unset'")
    unknown = set(book.entries) - {"digits", "least_diameters", "local_limit"}
    if unknown:
        raise BookError(book.id, f"entries.{min(unknown)}", "nothing of this name is known")


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 < value < 1000 else None


@lru_cache(maxsize=1)
def dust_book() -> DustBook:
    """The book of dustfall that comes with LanTian."""
    return read_dust_book(shipped("dustfall.json"))


def dustfall(net_mass_g: Number, diameters_cm: Sequence[Number], days: Number) -> Fraction:
    """What fell into a jar [t/(km²·30 d)], unrounded.

    Parameters
    ----------
    diameters_cm
        Inner diameter of the jar, measured in several directions; their mean counts.
    days
        Days that it stood, to a tenth.

    >>> rounded(dustfall(Decimal("0.1000"), [15, 15, 15], 30), 1)
    Decimal('5.7')
    """
    diameter, mass, stood = mean(diameters_cm), exact(net_mass_g), exact(days)
    if diameter is None or diameter <= 0 or stood <= 0:
        raise ValueError("A jar needs a diameter and days above 0.")
    if mass < 0:
        raise ValueError("A net mass is not below 0.")
    return mass * _DAYS * _PER_AREA / (_PI * diameter**2 / 4 * stood)


def city_dustfall(
    jars: Sequence[Number | None], month_end: date, *, in_scope: bool = True, book: DustBook | None = None
) -> DustVerdict:
    """The mean of the jars of a city, unrounded values in, held against the limit of the month.

    Parameters
    ----------
    jars
        Values of the jars; None of one that is lost or invalid, which is said.
    in_scope
        Whether the city lies in the regions for which the state has set the limit.
    """
    book = book or dust_book()
    known = [value for value in jars if value is not None]
    middle = mean(known)
    reasons: list[Reason] = []
    if len(known) < len(jars):
        reasons.append(Reason("dust_lost", {"count": len(jars) - len(known)}))
    value = None if middle is None else rounded(middle, book.digits)
    limit, source = book.local_limit, book.entries["local_limit"].override
    if limit is None and in_scope:
        for one in book.limits:
            if one.valid_from <= month_end:
                limit, source = one.value, one.document
                if one.aims_to is not None and month_end > one.aims_to:
                    said = {"document": one.document, "day": one.aims_to.isoformat()}
                    reasons.append(Reason("dust_after", said))
    if limit is None:
        reasons.append(Reason("dust_no_limit"))
    if value is None:
        reasons.append(Reason("dust_no_value"))
    attains = None if value is None or limit is None else value <= limit
    return DustVerdict(value, len(known), limit, source if limit is not None else "", attains, tuple(reasons))
