"""Classes of sources: the guide's eight with four levels, the older ten with 37 sub-sectors, and the way to these.

An emission belongs to one class of each system, so the totals of both are the same to the last gram. Where the way is
not one to one, the entry of the book says so and an office decides otherwise; an emission carries the name of the entry
that put it there.

References
----------
T/CSES 144-2024: eight classes in four levels. The ten classes and their sub-sectors are those of public software; which
of one belongs to which of the other was not read anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from lantian.rules.sources.errors import BookError


@dataclass(frozen=True, slots=True)
class Category:
    """Where an emission stands in the guide: class, part of an industry, and four levels.

    Attributes
    ----------
    part
        What the guide keeps apart within a class: 化石燃料固定燃烧, 工艺过程, 道路移动源 …
    level1, level2, level3, level4
        Trade or kind; fuel, product or material; process; control. Empty where the guide leaves the level out.
    """

    name: str
    part: str = ""
    level1: str = ""
    level2: str = ""
    level3: str = ""
    level4: str = ""

    @property
    def levels(self) -> tuple[str, str, str, str]:
        """The four levels."""
        return self.level1, self.level2, self.level3, self.level4


@dataclass(frozen=True, slots=True)
class TenClass:
    """A class and sub-sector of the older system, and the entry that decided it; `unsure`: what else it could be."""

    name: str
    subsector: str
    entry: str = ""
    unsure: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the way from eight to ten: what must hold of a category, and where it goes."""

    id: str
    name: str
    to: TenClass
    part: str = ""
    trades: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def fits(self, category: Category) -> bool:
        """Whether a category is meant; of `trades` and `words` one must agree, if there are any."""
        if self.name != category.name or (self.part and self.part != category.part):
            return False
        if not self.trades and not self.words:
            return True
        said = category.part, category.level1, category.level2, category.level3
        return category.level1.startswith(self.trades or ("\0",)) or any(
            word in text for word in self.words for text in said
        )


@dataclass(frozen=True, slots=True)
class ClassBook:
    """Both systems and the way from the eight to the ten."""

    eight: tuple[str, ...]
    ten: Mapping[str, tuple[str, ...]]
    entries: tuple[Entry, ...]

    def ten_of(self, category: Category) -> TenClass:
        """Class and sub-sector of the ten; the first entry that fits decides.

        Raises
        ------
        KeyError
            The class is none of the eight.
        """
        for entry in self.entries:
            if entry.fits(category):
                return entry.to
        raise KeyError(category.name)

    def set_otherwise(self, override: Mapping[str, Any], where: str, grounds: str) -> ClassBook:
        """With an unsure entry as an office decides.

        Raises
        ------
        BookError
            There is no such entry, it is settled, or the value is no class.
        """
        name, value = override.get("entry"), override.get("value")
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise BookError("classes", where, "a class and a sub-sector are wanted")
        first, second = map(str, value)
        if second not in self.ten.get(first, ()):
            raise BookError("classes", where, f"{first}/{second} is none of the ten classes")
        entries = list(self.entries)
        for at, entry in enumerate(entries):
            if entry.id == name:
                if not entry.to.unsure:
                    raise BookError("classes", where, f"{name} is settled and cannot be overridden")
                entries[at] = replace(entry, to=TenClass(first, second, entry.id, grounds))
                return replace(self, entries=tuple(entries))
        raise BookError("classes", where, f"there is no entry {name!r}")


def read_classes(record: Mapping[str, Any]) -> ClassBook:
    """The book of classes."""
    return ClassBook(
        tuple(record["eight"]),
        {name: tuple(subsectors) for name, subsectors in record["ten"].items()},
        tuple(
            Entry(
                entry["id"],
                entry["class"],
                TenClass(entry["to"][0], entry["to"][1], entry["id"], entry.get("unsure", "")),
                entry.get("part", ""),
                tuple(entry.get("trades", ())),
                tuple(entry.get("words", ())),
            )
            for entry in record["mapping"]
        ),
    )
