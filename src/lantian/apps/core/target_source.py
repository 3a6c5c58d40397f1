"""Targets that plans set, for rooms that measure what becomes of them.

The room that keeps the targets registers a source when it is loaded; a room that measures (air, power) asks for those that an
account may see. The lower room never asks the upper one::

    target_source.register("plans", targets_of_plans)   # (user) -> targets

The other way round a room that measures registers what targets have come to::

    target_source.register_values("air", values_of_air)   # (targets, day) -> key of a target → value
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class SetTarget:
    """A target as the ledger has it.

    Attributes
    ----------
    key
        What tells it from the others of its source.
    region
        Key of the place, None where it is not known.
    kind
        ``level``, ``reduction``, ``rank``, ``rank_gain`` or ``reference``.
    period
        As the plan has it: ``2026``, ``2026-10/2027-03``, ``2026-10-01/2027-03-31`` or words.
    hoped
        Whether it is only to be striven for (力争).
    asked
        The value in words.
    url
        Where the target itself stands.
    """

    key: int
    indicator: str
    place: str
    region: int | None
    kind: str
    comparator: str
    value: Decimal | None
    unit: str
    period: str
    base: str
    from_end: bool
    hoped: bool
    asked: str
    plan: str
    url: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a target has come to by a day, in the unit of the target, and where the value comes from."""

    on: date
    value: Decimal
    source: Any
    why: Any = ""


#: gives the targets that an account may see
Source = Callable[[Any], Iterable[SetTarget]]
#: gives values of those targets that a room measures, by their keys
Values = Callable[[Sequence[SetTarget], date], Mapping[int, Measured]]

_sources: dict[str, Source] = {}
_values: dict[str, Values] = {}


def register(code: str, source: Source) -> None:
    """Make a source known; registering a code again replaces it."""
    _sources[code] = source


def unregister(code: str) -> None:
    """Forget a source."""
    _sources.pop(code, None)


def visible_to(user: Any) -> list[SetTarget]:
    """The targets of all sources that an account may see, in the order of the sources."""
    return [target for source in _sources.values() for target in source(user)]


def register_values(code: str, values: Values) -> None:
    """Make a room known that measures; registering a code again replaces it."""
    _values[code] = values


def unregister_values(code: str) -> None:
    """Forget a room that measures."""
    _values.pop(code, None)


def measured(targets: Sequence[SetTarget], day: date) -> dict[int, Measured]:
    """What targets of one source have come to by a day, by their keys; the first room that measures one counts."""
    found: dict[int, Measured] = {}
    for values in _values.values():
        open_ones = [target for target in targets if target.key not in found]
        if open_ones:
            found.update(values(open_ones, day))
    return found
