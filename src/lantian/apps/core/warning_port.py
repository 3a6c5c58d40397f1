"""Which warnings of heavy pollution hold where: asked by every room, answered by the room that keeps them.

A room registers itself when it is loaded::

    warning_port.register(between)

Today that is source monitoring with its small table; the room of emergency response will register itself instead, and who
asks need not be changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from lantian.apps.core.display import CAMPAIGN_TIME

if TYPE_CHECKING:
    from lantian.apps.core.models import Region

#: levels, the mildest first
LEVELS = ("yellow", "orange", "red")


@dataclass(frozen=True, slots=True)
class Held:
    """A warning of one level, at a place and everything below it.

    Attributes
    ----------
    region_path
        Path of the place.
    end
        Not included; None while it holds.
    """

    key: int
    level: str
    region: int
    region_path: str
    region_name: str
    begin: datetime
    end: datetime | None
    document: str
    url: str


Provider = Callable[[datetime, datetime], Iterable[Held]]
_provider: Provider | None = None


def register(provider: Provider) -> None:
    """Let a room answer; the last one that registers itself does."""
    global _provider
    _provider = provider


def between(first: datetime, last: datetime, region: Region | None = None) -> list[Held]:
    """Warnings that held at any moment from ``first`` on and before ``last``.

    Parameters
    ----------
    region
        Only those that hold at this place: its own and those of the places above it.
    """
    found = list(_provider(first, last)) if _provider is not None else []
    return [one for one in found if region is None or region.path.startswith(one.region_path)]


def on_day(region: Region, day: date, least: str = "orange") -> Held | None:
    """The highest warning of at least a level that holds at a place on any part of a day of campaign time.

    Examples
    --------
    ``on_day(region, today)`` asks whether orange or red is in force there today.
    """
    start = datetime.combine(day, time.min, CAMPAIGN_TIME)
    wanted = [
        one for one in between(start, start + timedelta(days=1), region) if LEVELS.index(one.level) >= LEVELS.index(least)
    ]
    return max(wanted, key=lambda one: (LEVELS.index(one.level), one.begin), default=None)


def at(region: Region, moment: datetime, least: str = "yellow") -> Held | None:
    """The highest warning of at least a level that holds at a place at a moment."""
    found = between(moment, moment + timedelta(microseconds=1), region)
    wanted = [one for one in found if LEVELS.index(one.level) >= LEVELS.index(least)]
    return max(wanted, key=lambda one: (LEVELS.index(one.level), one.begin), default=None)
