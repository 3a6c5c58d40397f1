"""Periods that a station should have sent and has not, asked for again by the gateway itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from lantian.integrations.hj212.registrations import Registrations
from lantian.integrations.hj212.requests import Command, gaps, period_of, span
from lantian.lake.engines import duck
from lantian.lake.stacks.reading import stack_values
from lantian.lake.store import Lake

#: commands whose periods can be asked for again
CNS: Final = ("2051", "2061", "2031")


@dataclass(frozen=True, slots=True)
class Asking:
    """How far back periods are looked for, and how they are asked for.

    Attributes
    ----------
    back
        A station that has sent a kind of data within this time is expected to go on.
    grace
        So long after its end a period may still be under way.
    tries
        How often a span is asked for; each time it waits twice as long.
    wait
        Between the first two times.
    most
        Spans that are asked of one station at once.
    """

    back: timedelta = timedelta(days=3)
    grace: timedelta = timedelta(minutes=15)
    tries: int = 3
    wait: timedelta = timedelta(hours=1)
    most: int = 24


class Finder:
    """Finds what is missing and makes commands of it."""

    def __init__(self, lake: Lake, registrations: Registrations, asking: Asking | None = None) -> None:
        self.lake = lake
        self.registrations = registrations
        self.asking = asking or Asking()
        # span → how often it was asked for, and when next
        self._asked: dict[tuple[str, str, datetime, datetime], tuple[int, datetime]] = {}

    def commands(self, now: datetime) -> list[Command]:
        """What is to be asked for now.

        Parameters
        ----------
        now
            The present, with a zone.
        """
        first = now - self.asking.back
        found: list[Command] = []
        for (mn, cn), have in sorted(self._have(first, now).items()):
            station = self.registrations.lookup(mn)
            period = period_of(cn, station.minute_interval if station is not None else None)
            if station is None or period is None:
                continue
            # Nothing is expected from before the station began to send this kind of data.
            spans = gaps(have, period, max(first, min(have)), now - period - self.asking.grace)
            # The newest first: an office looks at today.
            for begin, end in reversed(spans[-self.asking.most :]):
                command = self._command(mn, cn, begin, end, now)
                if command is not None:
                    found.append(command)
        self._asked = {key: value for key, value in self._asked.items() if key[3] >= first}
        return found

    def _have(self, first: datetime, now: datetime) -> dict[tuple[str, str], set[datetime]]:
        with duck(self.lake, "256MB", 1) as engine:
            rows = stack_values(engine, first, now, cns=CNS)
            rows = rows.filter(rows.clock == "data").select("mn", "cn", "start").distinct().to_pyarrow()
        have: defaultdict[tuple[str, str], set[datetime]] = defaultdict(set)
        for mn, cn, start in zip(*(rows[name].to_pylist() for name in ("mn", "cn", "start")), strict=True):
            have[mn, cn].add(start)
        return have

    def _command(self, mn: str, cn: str, begin: datetime, end: datetime, now: datetime) -> Command | None:
        key = mn, cn, begin, end
        times, due = self._asked.get(key, (0, now))
        if times >= self.asking.tries or due > now:
            return None
        self._asked[key] = times + 1, now + self.asking.wait * 2**times
        fields = span(begin, end)
        number = f"gap-{mn}-{cn}-{fields['BeginTime']}-{fields['EndTime']}-{times + 1}"
        return Command(number, mn, cn, fields, not_after=now + self.asking.back)


def described(commands: Iterable[Command]) -> str:
    """For the log: how many spans of how many stations."""
    listed = list(commands)
    return f"{len(listed)} spans of {len({one.mn for one in listed})} stations"
