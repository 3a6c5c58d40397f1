"""What books of decisions, grades and subsidies have in common: heads, entries, and entries that an office sets otherwise.

Marks say how a thing is known: H read in the text, M a settled reading or a second-hand report, L the house's default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from lantian.rules.region_codes import is_numeric, prefix
from lantian.rules.sources.errors import BookError

MARKS = ("H", "M", "L")


def text_of(record: Mapping[str, Any], name: str, book: str, place: str, *, empty: bool = False) -> str:
    """A text of a record.

    Raises
    ------
    BookError
        It is not sound.
    """
    value = record.get(name, "" if empty else None)
    if not isinstance(value, str) or not (empty or value.strip()):
        raise BookError(book, f"{place}.{name}", "a text is wanted")
    return value.strip()


def day_in(record: Mapping[str, Any], name: str, book: str, place: str) -> date | None:
    """A day of a record, or None.

    Raises
    ------
    BookError
        It is not sound.
    """
    value = record.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BookError(book, f"{place}.{name}", f"{value!r} is no day") from None


def choice_of(value: object, known: Sequence[str], book: str, place: str) -> str:
    """One of some known values.

    Raises
    ------
    BookError
        It is not sound.
    """
    if value not in known:
        raise BookError(book, place, f"{value!r} is none of {', '.join(known)}")
    return str(value)


def place_of(value: object, book: str, place: str) -> str:
    """An administrative code.

    Raises
    ------
    BookError
        It is not sound.
    """
    code = str(value)
    if not is_numeric(code):
        raise BookError(book, place, f"{code!r} is no administrative code")
    return code


def entries_of(record: Mapping[str, Any], book: str) -> Callable[[str, str], Any]:
    """The entries of a book, by name; a value is looked up with the place that asks for it.

    Raises
    ------
    BookError
        It is not sound.
    """
    entries = record.get("entries", {})
    if not isinstance(entries, Mapping):
        raise BookError(book, "entries", "an object is wanted")
    for name, entry in entries.items():
        if not isinstance(entry, Mapping) or "value" not in entry:
            raise BookError(book, f"entries.{name}", "a value is wanted")
        choice_of(entry.get("grade"), MARKS, book, f"entries.{name}.grade")
        if isinstance(entry["value"], float):
            raise BookError(book, f"entries.{name}", "write the number as a text, so that it stays exact")

    def value(name: str, place: str) -> Any:
        if name not in entries:
            raise BookError(book, place, f"there is no entry {name!r}")
        return entries[name]["value"]

    return value


def set_entry(records: Sequence[dict[str, Any]], override: Any, where: str) -> None:
    """Set an entry of one of some books otherwise, with grounds; what is read in the text (H) stays.

    Raises
    ------
    BookError
        It is not sound.
    """
    if not isinstance(override, Mapping):
        raise BookError("overrides", where, "an object is wanted")
    book, name = str(override.get("book", "")), str(override.get("entry", ""))
    record = next((one for one in records if one["book"]["id"] == book), None)
    if record is None:
        raise BookError(book or "overrides", where, "there is no such book")
    grounds = override.get("grounds")
    if not isinstance(grounds, str) or not grounds.strip():
        raise BookError(book, where, "it has no grounds")
    if "value" not in override:
        raise BookError(book, where, "a value is wanted")
    if name in ("valid_from", "valid_to"):
        grade, target, key = record["book"].get(f"{name}_grade", "H"), record["book"], name
    elif name in record.get("entries", {}):
        grade, target, key = record["entries"][name].get("grade"), record["entries"][name], "value"
    else:
        raise BookError(book, where, f"there is no entry {name!r}")
    if grade == "H":
        raise BookError(book, where, f"{name} is settled by the document and cannot be overridden")
    target[key] = override["value"]
    record.setdefault("_overrides", []).append(f"{name}: {grounds.strip()}")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a book: what it is, of which document, where and when it holds.

    Attributes
    ----------
    region
        Administrative code of the place; empty: everywhere.
    overrides
        Entries that the office set otherwise, with grounds.
    """

    id: str
    title: str
    document: str
    document_key: str
    region: str
    valid_from: date
    valid_from_mark: str
    valid_to: date | None
    valid_to_mark: str
    note: str
    local: bool
    overrides: tuple[str, ...] = ()

    def holds(self, region: str, day: date) -> bool:
        """Whether it holds at a place on a day."""
        here = not self.region or prefix(region).startswith(prefix(self.region))
        return here and self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def read_head(record: Any, kind: str, local: bool) -> Head:
    """The head of a book.

    Raises
    ------
    BookError
        It is not sound, or the book is of another kind.
    """
    head = record.get("book") if isinstance(record, Mapping) else None
    if not isinstance(head, Mapping) or not head.get("id"):
        raise BookError("?", "book", "id is wanted")
    book = str(head["id"])
    if head.get("kind") != kind:
        raise BookError(book, "book.kind", f"{head.get('kind')!r} is not {kind}")
    first, last = day_in(head, "valid_from", book, "book"), day_in(head, "valid_to", book, "book")
    if first is None:
        raise BookError(book, "book.valid_from", "a day is wanted")
    if last is not None and last < first:
        raise BookError(book, "book.valid_to", "it ends before it begins")
    region = head.get("region", "")
    return Head(
        id=book,
        title=text_of(head, "title", book, "book"),
        document=text_of(head, "document", book, "book"),
        document_key=text_of(head, "document_key", book, "book", empty=True),
        region=place_of(region, book, "book.region") if region else "",
        valid_from=first,
        valid_from_mark=choice_of(head.get("valid_from_grade", "H"), MARKS, book, "book.valid_from_grade"),
        valid_to=last,
        valid_to_mark=choice_of(head.get("valid_to_grade", "H"), MARKS, book, "book.valid_to_grade"),
        note=text_of(head, "note", book, "book", empty=True),
        local=local,
        overrides=tuple(record.get("_overrides", ())),
    )


def rows_of(record: Mapping[str, Any], name: str, book: str) -> list[tuple[str, Mapping[str, Any]]]:
    """The rows of a section with their places; each has an id of its own.

    Raises
    ------
    BookError
        It is no list of objects, or an id is missing or stands twice.
    """
    given = record.get(name, ())
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise BookError(book, name, "a list is wanted")
    found, seen = [], set()
    for at, row in enumerate(given, 1):
        place = f"{name}[{at}]"
        if not isinstance(row, Mapping):
            raise BookError(book, place, "an object is wanted")
        key = text_of(row, "id", book, place)
        if key in seen:
            raise BookError(book, place, f"there are two of the id {key!r}")
        seen.add(key)
        found.append((place, row))
    return found


def names_of(
    row: Mapping[str, Any], key: str, book: str, place: str, *, empty: bool = False
) -> tuple[str, ...]:
    """A list of texts.

    Raises
    ------
    BookError
        It is none, or empty where it must not be.
    """
    given = row.get(key, ())
    if (
        not isinstance(given, Sequence)
        or isinstance(given, str)
        or not all(isinstance(one, str) and one for one in given)
        or not (given or empty)
    ):
        raise BookError(book, f"{place}.{key}", "a list of texts is wanted")
    return tuple(given)
