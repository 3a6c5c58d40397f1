"""Storms: when many devices of a place fall silent at once, one alarm tells of all of them.

A device that reports every five minutes and was last heard at 10:00 fell silent between 10:00 and 10:05. Devices belong
together when there is a moment that lies within all of their spans, each widened by the window of the book: so devices that
report hourly and devices that report each minute are held against the same outage.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from lantian.rules.monitoring.alarms.book import AlarmBook

#: the place of everything that the gateway hears
EVERYWHERE = ""


@dataclass(frozen=True, slots=True)
class Silent:
    """A device that is silent.

    Attributes
    ----------
    places
        Keys of the places that it lies in, the widest first; :data:`EVERYWHERE` is one.
    source
        Whose it is; devices of one source count as one witness.
    since
        Its last frame.
    due
        When its next frame should have come.
    """

    device: int
    source: int | None
    places: tuple[str, ...]
    since: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Storm:
    """An outage: where, when, whose devices, and how many report there at all."""

    place: str
    at: datetime
    members: tuple[int, ...]
    sources: int
    total: int


def storms(silent: Iterable[Silent], totals: Mapping[str, int], book: AlarmBook) -> list[Storm]:
    """The storms among silent devices: as wide as the share allows, each device in one of them.

    Parameters
    ----------
    silent
        Devices that are silent and belong to no storm yet.
    totals
        How many devices report in each place when all is well.
    """
    least, sources = book.book.whole("storm.least"), book.book.whole("storm.sources")
    share, window = Fraction(book.book.number("storm.share")) / 100, _window(book)
    left = sorted(silent, key=lambda one: (one.since, one.device))
    found: list[Storm] = []
    # The widest place first: where the gateway is down, no county has an outage of its own.
    depth = {place: at for one in left for at, place in enumerate(one.places)}
    for place in sorted(depth, key=lambda name: (depth[name], name)):
        total = totals.get(place, 0)
        while True:
            here = [one for one in left if place in one.places]
            if len(here) < least or len(here) < share * total:
                break
            at, members = _densest(here, window)
            enough = len(members) >= least and len(members) >= share * total
            if not enough or len({one.source for one in members}) < sources:
                break
            keys = frozenset(one.device for one in members)
            named = _narrowest(members, totals)
            found.append(
                Storm(named, at, tuple(sorted(keys)), len({one.source for one in members}), totals[named])
            )
            left = [one for one in left if one.device not in keys]
    return found


def joins(one: Silent, place: str, at: datetime, book: AlarmBook) -> bool:
    """Whether a device that is silent belongs to a storm that is known."""
    window = _window(book)
    return place in one.places and one.since <= at + window and at <= one.due + window


def is_over(members: int, returned: int, book: AlarmBook) -> bool:
    """Whether so many devices are back that a storm has ended."""
    return returned > 0 and returned >= Fraction(book.book.number("storm.back")) / 100 * members


def _window(book: AlarmBook) -> timedelta:
    return timedelta(minutes=book.book.whole("storm.window"))


def _densest(here: Sequence[Silent], window: timedelta) -> tuple[datetime, list[Silent]]:
    """The moment that most spans hold, and whose spans those are; the earliest of several."""
    edges: list[tuple[datetime, int]] = []
    for one in here:
        edges += [(one.since, 0), (one.due + window, 1)]
    best, running, at = 0, 0, here[0].since
    for moment, closing in sorted(edges):
        if closing:
            running -= 1
            continue
        running += 1
        if running > best:
            best, at = running, moment
    return at, [one for one in here if one.since <= at <= one.due + window]


def _narrowest(members: Sequence[Silent], totals: Mapping[str, int]) -> str:
    """The narrowest place that holds all members; one that holds all that the gateway hears is no place of its own."""
    common = [
        place for place, *others in zip(*(one.places for one in members), strict=False) if set(others) <= {place}
    ]
    place = common[-1]
    return EVERYWHERE if totals.get(place) == totals.get(EVERYWHERE) else place


def totals_of(places: Iterable[tuple[str, ...]]) -> Mapping[str, int]:
    """How many devices lie in each place, from the places of each device."""
    return Counter(place for row in places for place in row)
