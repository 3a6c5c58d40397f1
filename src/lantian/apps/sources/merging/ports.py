"""What other rooms hang on sources: a room registers its tables when it is loaded, and a merge moves their rows along.

::

    ports.register("monitoring.Device", source="source", unit="unit")

A table that points to sources and is not registered is found by a test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Pointer:
    """A table of another room with its foreign keys to a source and to a unit of it; empty where it has none."""

    holder: str
    source: str
    unit: str

    @property
    def rows(self) -> Any:
        """All rows of the table."""
        return apps.get_model(self.holder)._base_manager


_pointers: dict[str, Pointer] = {}


def register(holder: str, *, source: str = "", unit: str = "") -> None:
    """Let a merge move the rows of a table; registering it again replaces the first."""
    _pointers[holder] = Pointer(holder, source, unit)


def registered() -> list[Pointer]:
    """All tables of other rooms that a merge moves."""
    return list(_pointers.values())


def move(absorbed: int, kept: int, units: Mapping[int, int]) -> dict[str, dict[str, list[list[int]]]]:
    """Point rows to the source that stays, and to the units that stand for others; gives the rows as they were."""
    found: dict[str, dict[str, list[list[int]]]] = {}
    for pointer in registered():
        places = [(pointer.source, {absorbed: kept}), (pointer.unit, units)]
        for field, goal in places:
            if not field or not goal:
                continue
            rows = pointer.rows.filter(Q(**{f"{field}__in": list(goal)})).order_by("pk")
            pairs = [list(pair) for pair in rows.values_list("pk", field)]
            for _key, old in pairs:
                pointer.rows.filter(**{field: old}).update(**{field: goal[old]})
            if pairs:
                found.setdefault(pointer.holder, {})[field] = pairs
    return found


def back(moved: Mapping[str, Mapping[str, list[list[int]]]]) -> None:
    """Point rows to where they pointed before."""
    for holder, fields in moved.items():
        if holder in _pointers:
            for field, pairs in fields.items():
                for key, old in pairs:
                    _pointers[holder].rows.filter(pk=key).update(**{field: old})
