"""Targets that plans set, for rooms that measure what becomes of them.

The room that keeps the targets registers a source when it is loaded; a room that measures (air, power) asks for those that an
account may see. The lower room never asks the upper one::

    target_source.register("plans", targets_of_plans)   # (user) -> targets
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
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


#: gives the targets that an account may see
Source = Callable[[Any], Iterable[SetTarget]]

_sources: dict[str, Source] = {}


def register(code: str, source: Source) -> None:
    """Make a source known; registering a code again replaces it."""
    _sources[code] = source


def unregister(code: str) -> None:
    """Forget a source."""
    _sources.pop(code, None)


def visible_to(user: Any) -> list[SetTarget]:
    """The targets of all sources that an account may see, in the order of the sources."""
    return [target for source in _sources.values() for target in source(user)]
