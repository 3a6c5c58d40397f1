"""The newest value of each factor of each station, gathered and handed on at most once a second."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple, Protocol


class LatestValue(NamedTuple):
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


#: MN, command and factor: an hour's mean does not give way to the real-time value that came after it
Key = tuple[str, str, str]
#: which suffixes are the value of a factor, the first that is there; and folded
_VALUE = ("Rtd", "Avg", "RS", "Data", "Cou")
_ZS = ("ZsRtd", "ZsAvg")


@dataclass(slots=True)
class Message:
    """What a frame says, in the texts that were sent.

    Attributes
    ----------
    values
        Gives factor → suffix → text; most messages give way to another before anybody asks.
    """

    mn: str
    st: str
    cn: str
    start: datetime
    received: datetime
    off: bool
    values: Callable[[], Mapping[str, Mapping[str, str]]]

    @property
    def moment(self) -> datetime:
        """What decides which of two is the newer: a clock that runs ahead must not hide what comes after it is set right."""
        return min(self.start, self.received)

    def latest(self, factor: str, texts: Mapping[str, str]) -> LatestValue:
        """The value of a factor."""
        return LatestValue(
            self.mn,
            self.st,
            self.cn,
            factor,
            _number(texts, _VALUE),
            _number(texts, _ZS),
            texts.get("Flag"),
            self.start,
            self.received,
            self.off,
        )


def _number(texts: Mapping[str, str], suffixes: tuple[str, ...]) -> Decimal | None:
    for suffix in suffixes:
        text = texts.get(suffix)
        if text is not None:
            try:
                found = Decimal(text)
            except InvalidOperation:
                return None
            return found if found.is_finite() else None
    return None


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


class LatestFile:
    """A sink in a file of SQLite, for a gateway that runs without an office; what is in it can be made again."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS latest (mn TEXT, factor TEXT, st TEXT, cn TEXT, value TEXT, zs TEXT, flag TEXT,"
            " start INTEGER, received INTEGER, off INTEGER, PRIMARY KEY (mn, cn, factor)) WITHOUT ROWID"
        )

    def write(self, values: Mapping[Key, LatestValue]) -> None:
        """Write them in one transaction; times are in microseconds since 1970, UTC."""
        rows = []
        start = received = None
        start_us = received_us = 0
        for one in values.values():
            # Values of one message come one after the other and share their times.
            if one.start is not start:
                start, start_us = one.start, _us(one.start)
            if one.received is not received:
                received, received_us = one.received, _us(one.received)
            value = None if one.value is None else str(one.value)
            zs = None if one.zs is None else str(one.zs)
            rows.append((one.mn, one.factor, one.st, one.cn, value, zs, one.flag, start_us, received_us, one.off))
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.executemany("INSERT OR REPLACE INTO latest VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


class Coalesced:
    """Holds back what would be written more often than allowed.

    Of each station and command only the newest message is kept until it is written; values are made of it then.

    Parameters
    ----------
    sink
        Where values go.
    clock
        Seconds that only grow, such as ``time.monotonic``.
    every
        The least time between two writes [s].
    share
        The greatest share of the time that writing may take: a sink that is slow is written to less often.
    """

    def __init__(
        self, sink: Latest, clock: Callable[[], float], every: float = 1.0, share: float = 0.1
    ) -> None:
        self.sink = sink
        self.every = every
        self.share = share
        self._clock = clock
        self._due = clock()
        self._waiting: dict[tuple[str, str], Message] = {}
        # What is known already, so that late supplements do not take the place of what is newer.
        self._newest: dict[Key, datetime] = {}

    def take(self, message: Message) -> None:
        """Take a message; messages come in the order in which they arrived."""
        key = message.mn, message.cn
        known = self._waiting.get(key)
        if known is None or message.moment > known.moment:
            self._waiting[key] = message
        elif message.moment == known.moment:
            # Parts of a split message, or the same moment again: what is said later holds.
            earlier, later = known.values, message.values
            message.values = lambda: {**earlier(), **later()}
            self._waiting[key] = message

    def write_due(self, *, at_once: bool = False) -> int:
        """Write if it is time, or at once.

        Returns
        -------
        int
            How many values were written.
        """
        began = self._clock()
        if not self._waiting or (began < self._due and not at_once):
            return 0
        values: dict[Key, LatestValue] = {}
        moments: dict[Key, datetime] = {}
        for message in self._waiting.values():
            moment = message.moment
            for factor, texts in message.values().items():
                key = message.mn, message.cn, factor
                known = moments.get(key) or self._newest.get(key)
                if known is None or moment >= known:
                    moments[key] = moment
                    values[key] = message.latest(factor, texts)
        if values:
            self.sink.write(values)
        self._newest.update(moments)
        self._waiting = {}
        took = self._clock() - began
        self._due = began + max(self.every, took / self.share)
        return len(values)
