"""The newest value of each factor of each station, gathered and handed on at most once a second."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LatestValue:
    """What a station said last of a factor.

    Attributes
    ----------
    value
        The real-time value of CN 2011, the mean of a period, or the state of a device (CN 2021), as it was printed; None
        where the frame has none that is a number.
    zs
        The same folded to the reference oxygen by the station itself.
    flag
        Its mark, as it was sent.
    start
        The moment or the start of the period, UTC.
    received
        When the frame arrived, UTC.
    off
        Whether the clock of the station was off.
    """

    mn: str
    st: str
    cn: str
    factor: str
    value: Decimal | None
    zs: Decimal | None
    flag: str | None
    start: datetime
    received: datetime
    off: bool = False


#: MN and factor
Key = tuple[str, str]


class Latest(Protocol):
    """Where latest values go, such as the ledger."""

    def write(self, values: Mapping[Key, LatestValue]) -> None:
        """Take what has changed since the last call; what cannot be written is told by an exception and comes again."""
        ...


class Kept:
    """A sink in memory."""

    def __init__(self) -> None:
        self.values: dict[Key, LatestValue] = {}
        #: how often anything was written
        self.writes = 0

    def write(self, values: Mapping[Key, LatestValue]) -> None:
        """Keep them."""
        self.values.update(values)
        self.writes += 1


class Coalesced:
    """Holds back what would be written more often than allowed.

    Parameters
    ----------
    sink
        Where values go.
    clock
        Seconds that only grow, such as ``time.monotonic``.
    every
        The least time between two writes [s].
    """

    def __init__(self, sink: Latest, clock: Callable[[], float], every: float = 1.0) -> None:
        self.sink = sink
        self.every = every
        self._clock = clock
        self._written_at: float | None = None
        self._waiting: dict[Key, LatestValue] = {}
        # What is known already, so that late supplements do not take the place of what is newer.
        self._newest: dict[Key, datetime] = {}

    def take(self, values: Iterable[LatestValue]) -> None:
        """Take values in the order in which they arrived; older moments than the one that is known are let go."""
        for value in values:
            key = value.mn, value.factor
            # A clock that runs ahead would hide whatever comes after it is set right.
            moment = min(value.start, value.received)
            known = self._newest.get(key)
            if known is None or moment >= known:
                self._newest[key] = moment
                self._waiting[key] = value

    def write_due(self, *, all_of_it: bool = False) -> int:
        """Write if it is time, or at once.

        Returns
        -------
        int
            How many values were written.
        """
        now = self._clock()
        early = self._written_at is not None and now - self._written_at < self.every
        if not self._waiting or (early and not all_of_it):
            return 0
        waiting = self._waiting
        self.sink.write(waiting)
        self._written_at = now
        self._waiting = {}
        return len(waiting)
