"""The figures of the checks at the door: none is set by a standard, each may be set otherwise by an office."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from lantian.rules.air.books import Default
from lantian.rules.air.errors import BookError
from lantian.rules.air.library import shipped

_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class DoorBook:
    """Figures by name; ``most_<item>``, ``frozen_<item>`` and the rest as they stand in the book."""

    id: str
    edition: str
    defaults: Mapping[str, Default]
    units: Mapping[str, str]

    def number(self, name: str) -> int:
        """A figure."""
        return int(self.defaults[name].value)

    def overridden(self, overrides: Iterable[Mapping[str, Any]]) -> DoorBook:
        """The book with figures set otherwise; records for other books are passed over.

        Parameters
        ----------
        overrides
            Each ``{"book": id, "entry": name, "value": …, "grounds": text}``.

        Raises
        ------
        BookError
            The entry is unknown, the value no whole number in range, or grounds are missing.
        """
        defaults = dict(self.defaults)
        for number, override in enumerate(overrides, 1):
            if override.get("book") != self.id:
                continue
            place, name = f"override {number}", str(override.get("entry"))
            if name not in defaults:
                raise BookError(self.id, place, f"there is no entry {name!r}")
            grounds = override.get("grounds")
            if not isinstance(grounds, str) or not grounds.strip():
                raise BookError(self.id, place, "it has no grounds")
            value = _whole(override.get("value"), self.id, place)
            defaults[name] = replace(defaults[name], value=value, override=grounds.strip())
        return replace(self, defaults=defaults)


def _whole(value: object, book: str, place: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise BookError(book, place, f"a whole number from 0 to {_MOST} is wanted, not {value!r}")
    return value


def read_door_book(record: Mapping[str, Any]) -> DoorBook:
    """A book, proved sound."""
    book = str(record.get("id") or "?")
    entries = record.get("defaults")
    if not isinstance(entries, Mapping):
        raise BookError(book, "defaults", "an object is wanted")
    defaults: dict[str, Default] = {}
    units: dict[str, str] = {}
    for name, entry in entries.items():
        place = f"defaults.{name}"
        if not entry.get("note") or not entry.get("unit"):
            raise BookError(book, place, "a unit and a note are wanted")
        defaults[name] = Default(
            _whole(entry.get("value"), book, place), str(entry.get("mark", "U")), str(entry["note"])
        )
        units[name] = str(entry["unit"])
    return DoorBook(book, str(record.get("edition", "")), defaults, units)


@lru_cache(maxsize=1)
def door_book() -> DoorBook:
    """The book that comes with LanTian."""
    return read_door_book(shipped("doors.json"))
