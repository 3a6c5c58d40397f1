"""Files of one plant, one furnace, one mine (一厂一档、一炉一策、一矿一策): which fact stands in which section.

The sections are a book; the printing is done elsewhere. Nothing that is known of a source is lost: what no section asks for,
fields of the office among it, stands in a last section of its own, and entries of lists that no section names do, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any

from lantian.rules.sources.book_reading import names_of, read_head, rows_of, text_of
from lantian.rules.sources.books import shipped
from lantian.rules.sources.errors import BookError, _
from lantian.rules.sources.fields import ListField, Scope, Value
from lantian.rules.sources.lists import SOURCE_KINDS, UNIT_KINDS, ListBook, list_book

#: what other rooms put into a section: the database, or a page, asks them
PORTS = ("grades", "subsidies", "emissions", "issues", "history", "documents")
OTHER = "other"
#: heading of the section for what no other section asks for
OTHER_LABEL = _("Other")


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a file.

    Attributes
    ----------
    fields
        Facts of the source or unit, in order.
    units
        Kinds of units that are told here.
    lists
        Lists whose entries are told here.
    ports
        What other rooms add.
    """

    id: str
    label: str
    english: str
    fields: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """A kind of file: of which source or unit, and its sections."""

    id: str
    label: str
    english: str
    subject: str
    sections: tuple[Section, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """A section with what is known.

    Attributes
    ----------
    facts
        Fields with their values, None where nothing is known.
    units
        Units by kind, each as it was given.
    entries
        Entries by list, each as it was given.
    """

    section: Section
    facts: tuple[tuple[ListField, Value], ...]
    units: Mapping[str, Sequence[Any]]
    entries: Mapping[str, Sequence[Any]]

    @property
    def known(self) -> int:
        """How many of its facts are known."""
        return sum(value not in (None, "", ()) for _field, value in self.facts)

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is known here."""
        return not (self.known or any(self.units.values()) or any(self.entries.values()))


def fill(
    dossier: Dossier,
    facts: Mapping[str, Value],
    *,
    units: Mapping[str, Sequence[Any]] | None = None,
    entries: Mapping[str, Sequence[Any]] | None = None,
    own_fields: Iterable[ListField] = (),
    book: ListBook | None = None,
) -> list[Filled]:
    """A file with what is known of a source or a unit.

    Parameters
    ----------
    facts
        Key of a field → value.
    units, entries
        Units by kind, entries by list.
    own_fields
        Fields that the office has added.

    Raises
    ------
    KeyError
        A fact belongs to no field of the book or of the office.
    """
    dictionary = {**(book or list_book()).fields, **{field.key: field for field in own_fields}}
    units, entries = dict(units or {}), dict(entries or {})
    found = [
        Filled(
            section,
            tuple((dictionary[key], facts.get(key)) for key in section.fields),
            {kind: units.pop(kind) for kind in section.units if kind in units},
            {code: entries.pop(code) for code in section.lists if code in entries},
        )
        for section in dossier.sections
    ]
    placed = set(chain.from_iterable(section.fields for section in dossier.sections))
    left = tuple((dictionary[key], value) for key, value in facts.items() if key not in placed)
    if left or units or entries:
        other = Section(
            OTHER, "", OTHER_LABEL, tuple(field.key for field, _value in left), tuple(units), tuple(entries)
        )
        found.append(Filled(other, left, units, entries))
    return found


def unplaced(dossier: Dossier, book: ListBook | None = None) -> tuple[str, ...]:
    """Facts that the lists of its subject have, and that no section asks for."""
    placed = set(chain.from_iterable(section.fields for section in dossier.sections))
    keys = dict.fromkeys(
        field.key
        for one in (book or list_book()).of_subject(dossier.subject)
        for field in one.fields
        if field.scope is not Scope.ENTRY
    )
    return tuple(key for key in keys if key not in placed)


# --- reading ---


def read_dossiers(record: Mapping[str, Any], book: ListBook) -> dict[str, Dossier]:
    """The kinds of files of a book.

    Raises
    ------
    BookError
        A section names a field, kind of unit, list or port that is not there, or one that another section has.
    """
    head = read_head(record, "dossiers", local=False)
    found = {}
    for place, row in rows_of(record, "dossiers", head.id):
        sections = tuple(
            _section(one, head.id, f"{place}.{at}", book) for at, one in rows_of(row, "sections", head.id)
        )
        subject = text_of(row, "subject", head.id, place)
        if subject not in (*SOURCE_KINDS, *UNIT_KINDS):
            raise BookError(head.id, f"{place}.subject", f"{subject!r} is no kind of source or unit")
        for kind in ("fields", "units", "lists"):
            names = list(chain.from_iterable(getattr(section, kind) for section in sections))
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise BookError(head.id, place, f"two sections have {', '.join(twice)}")
        name = text_of(row, "id", head.id, place)
        found[name] = Dossier(
            name,
            text_of(row, "label", head.id, place),
            text_of(row, "english", head.id, place),
            subject,
            sections,
        )
    return found


def _section(row: Mapping[str, Any], book: str, place: str, known: ListBook) -> Section:
    def names(key: str, allowed: Iterable[str]) -> tuple[str, ...]:
        given = names_of(row, key, book, place, empty=True)
        unknown = sorted(set(given) - set(allowed))
        if unknown:
            raise BookError(book, f"{place}.{key}", f"{', '.join(unknown)} is not known")
        return given

    facts = (field.key for field in known.fields.values() if field.scope is not Scope.ENTRY)
    return Section(
        text_of(row, "id", book, place),
        text_of(row, "label", book, place),
        text_of(row, "english", book, place),
        names("fields", facts),
        names("units", UNIT_KINDS),
        names("lists", known.lists),
        names("ports", PORTS),
    )


@lru_cache(maxsize=1)
def dossiers() -> dict[str, Dossier]:
    """The kinds of files that come with LanTian: ``enterprise``, ``kiln``, ``mine``."""
    return read_dossiers(shipped("dossiers"), list_book())
