"""What rooms put on the common time axis of an enterprise: production, treatment, outlets, electricity.

A room registers a provider under a place when it is loaded; the page asks all of them for the same span.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from lantian.apps.monitoring.curves import Strip
from lantian.apps.sources.models import Source

#: in which order they stand below each other
PLACES = ("production", "treatment", "outlets", "power")
#: of a source in a span, for an account
Provider = Callable[[Source, datetime, datetime, Any], Iterable[Strip]]
_providers: dict[str, list[Provider]] = {}


def register(place: str, provider: Provider) -> None:
    """Let a room draw something.

    Raises
    ------
    ValueError
        There is no such place.
    """
    if place not in PLACES:
        raise ValueError(f"{place} is none of {', '.join(PLACES)}")
    known = _providers.setdefault(place, [])
    if provider not in known:
        known.append(provider)


def strips_of(source: Source, first: datetime, last: datetime, user: Any) -> dict[str, list[Strip]]:
    """What all rooms draw, by place."""
    return {
        place: [
            strip for provider in _providers.get(place, ()) for strip in provider(source, first, last, user)
        ]
        for place in PLACES
    }
