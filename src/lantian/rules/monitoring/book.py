"""Books of monitoring: entries with document, clause, unit and how sure they are; what an office sets otherwise.

Marks say how a figure is known: H read in the text or measured on data, M told alike by several sources, L told by one
or from general knowledge, D the house's own starting value. L and D may be set otherwise, with grounds; every result that
rests on one of them says so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib import resources
from typing import Any

from lantian.rules.monitoring.errors import BookError, Message, Reason, _

GRADES = ("H", "M", "L", "D")
#: what is not the house's to change
SETTLED = frozenset("HM")
#: what an entry holds until an office has set it
UNSET = "unset"


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure or choice of a book.

    Attributes
    ----------
    value
        A number, one of ``choices``, or None where nobody has set it.
    least, most
        Bounds within which an office may set it.
    override
        On what grounds an office has set it otherwise; empty where it has not.
    """

    book: str
    name: str
    label: str
    value: Decimal | str | None
    unit: str
    document: str
    clause: str
    grade: str
    note: str = ""
    least: Decimal | None = None
    most: Decimal | None = None
    choices: tuple[str, ...] = ()
    override: str = ""

    @property
    def settled(self) -> bool:
        """Whether a document says so, and nobody may change it."""
        return self.grade in SETTLED

    @property
    def is_default(self) -> bool:
        """Whether it is the house's starting value that nobody has confirmed."""
        return not self.settled and not self.override

    def told(self) -> Mapping[str, str]:
        """What a result keeps of it."""
        return {
            "book": self.book,
            "entry": self.name,
            "label": self.label,
            "value": "" if self.value is None else str(self.value),
            "unit": self.unit,
            "document": self.document,
            "clause": self.clause,
            "grade": self.grade,
            "override": self.override,
        }


_SET = _("%(label)s: %(value)s, set by the office (%(grounds)s)")
_SET_UNIT = _("%(label)s: %(value)s %(unit)s, set by the office (%(grounds)s)")
_STARTING = _("%(label)s: %(value)s is a starting value that no document settles; the office may set it otherwise")
_STARTING_UNIT = _(
    "%(label)s: %(value)s %(unit)s is a starting value that no document settles; the office may set it otherwise"
)
#: values of entries that are words → how people call them
_LEVELS: Mapping[str, str] = {"high": _("High"), "medium": _("Medium"), "low": _("Low")}


@dataclass(frozen=True, slots=True)
class Book:
    """A book: its entries by name, and its rows of whatever kind it has."""

    id: str
    title: str
    entries: Mapping[str, Entry]
    rows: tuple[Mapping[str, Any], ...] = ()

    def entry(self, name: str) -> Entry:
        """An entry.

        Raises
        ------
        BookError
            There is none of the name.
        """
        found = self.entries.get(name)
        if found is None:
            raise BookError(self.id, f"entries.{name}", "there is no such entry")
        return found

    def number(self, name: str) -> Decimal:
        """An entry that is a number.

        Raises
        ------
        BookError
            It is none, or not set.
        """
        value = self.entry(name).value
        if not isinstance(value, Decimal):
            raise BookError(self.id, f"entries.{name}", "a number is wanted")
        return value

    def whole(self, name: str) -> int:
        """An entry that is a whole number.

        Raises
        ------
        BookError
            It is none.
        """
        value = self.number(name)
        if value != value.to_integral_value():
            raise BookError(self.id, f"entries.{name}", "a whole number is wanted")
        return int(value)

    def choice(self, name: str) -> str:
        """An entry that is a choice.

        Raises
        ------
        BookError
            It is none, or not set.
        """
        value = self.entry(name).value
        if not isinstance(value, str):
            raise BookError(self.id, f"entries.{name}", "a choice is wanted")
        return value

    def defaults(self, *names: str) -> tuple[Reason, ...]:
        """For each of the entries that is the house's starting value, or set by the office, the words that say so."""
        found: list[Reason] = []
        for name in names:
            entry = self.entry(name)
            text = str(entry.value)
            places: dict[str, Any] = {"label": entry.label, "value": Message(_LEVELS[text]) if text in _LEVELS else text}
            if entry.unit:
                places["unit"] = entry.unit
            if entry.override:
                said = _SET_UNIT if entry.unit else _SET
                found.append(Reason("set_by_office", Message(said, **places, grounds=entry.override)))
            elif entry.is_default:
                found.append(Reason("starting_value", Message(_STARTING_UNIT if entry.unit else _STARTING, **places)))
        return tuple(found)

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> Book:
        """The book with entries set otherwise: ``{"book", "entry", "value", "grounds"}`` each; those of other books pass.

        Raises
        ------
        BookError
            The entry is unknown or settled, grounds are missing, or the value is out of bounds.
        """
        entries = dict(self.entries)
        for number, override in enumerate(overrides, 1):
            place = f"override {number}"
            if not isinstance(override, Mapping):
                raise BookError(self.id, place, "an object is wanted")
            if override.get("book") != self.id:
                continue
            name, grounds = str(override.get("entry")), override.get("grounds")
            entry = entries.get(name)
            if entry is None:
                raise BookError(self.id, place, f"there is no entry {name!r}")
            if entry.settled:
                raise BookError(self.id, place, f"{name} is settled by {entry.document} and cannot be overridden")
            if not isinstance(grounds, str) or not grounds.strip():
                raise BookError(self.id, place, "it has no grounds")
            value = _value(override.get("value"), entry.choices, self.id, place)
            changed = replace(entry, value=value, override=grounds.strip())
            _check_bounds(changed, place)
            entries[name] = changed
        return replace(self, entries=entries)


def _value(given: object, choices: tuple[str, ...], book: str, place: str) -> Decimal | str | None:
    if choices:
        if given not in choices:
            raise BookError(book, place, f"{given!r} is none of {', '.join(choices)}")
        return str(given)
    if given == UNSET:
        return None
    if isinstance(given, bool | float):
        raise BookError(book, place, "write the number as a text, so that it stays exact")
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        raise BookError(book, place, f"{given!r} is no number") from None
    if not number.is_finite():
        raise BookError(book, place, f"{given!r} is no number")
    return number


def _check_bounds(entry: Entry, place: str) -> None:
    value = entry.value
    if not isinstance(value, Decimal):
        return
    if (entry.least is not None and value < entry.least) or (entry.most is not None and value > entry.most):
        raise BookError(entry.book, place, f"{value} is not from {entry.least} to {entry.most}")


def read_book(record: Any) -> Book:
    """A book, proved sound.

    Raises
    ------
    BookError
        A value is of the wrong kind or out of bounds, a mark is unknown, or something is missing; it says where.
    """
    head = record.get("book") if isinstance(record, Mapping) else None
    if not isinstance(head, Mapping) or not head.get("id"):
        raise BookError("?", "book", "id is wanted")
    book = str(head["id"])
    entries: dict[str, Entry] = {}
    for name, given in record.get("entries", {}).items():
        place = f"entries.{name}"
        if not isinstance(given, Mapping) or "value" not in given:
            raise BookError(book, place, "a value is wanted")
        for wanted in ("label", "document", "grade"):
            if not isinstance(given.get(wanted), str) or not given[wanted]:
                raise BookError(book, f"{place}.{wanted}", "a text is wanted")
        if given["grade"] not in GRADES:
            raise BookError(book, f"{place}.grade", f"{given['grade']!r} is none of {', '.join(GRADES)}")
        choices = tuple(given.get("choices", ()))
        least, most = (
            None if given.get(side) is None else Decimal(str(given[side])) for side in ("least", "most")
        )
        entry = Entry(
            book=book,
            name=name,
            label=given["label"],
            value=_value(given["value"], choices, book, place),
            unit=str(given.get("unit", "")),
            document=given["document"],
            clause=str(given.get("clause", "")),
            grade=given["grade"],
            note=str(given.get("note", "")),
            least=least,
            most=most,
            choices=choices,
        )
        _check_bounds(entry, place)
        entries[name] = entry
    rows = record.get("rows", [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise BookError(book, "rows", "a list of objects is wanted")
    return Book(book, str(head.get("title", book)), entries, tuple(rows))


def shipped(name: str) -> dict[str, Any]:
    """A book that comes with LanTian, as it stands in its file."""
    text = resources.files("lantian.rules.books").joinpath("monitoring", f"{name}.json").read_text("utf-8")
    record: dict[str, Any] = json.loads(text)
    return record


@cache
def book(name: str) -> Book:
    """A book that comes with LanTian, read once."""
    return read_book(shipped(name))
