"""From the landing file to the lake, exactly once: a process of its own.

A batch is a span of ids, written down before it is begun. After a crash the very same batch is brought to the lake again,
under the same name, and the lake does only what it had not done. So each frame counts once, and a value that was said
twice is a repeat, one that was said otherwise a correction, in the order in which frames arrived.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.columns import Batch, Clocks, Reader
from lantian.integrations.hj212.landing import Cursor
from lantian.integrations.hj212.latest import Coalesced
from lantian.integrations.hj212.registrations import Registrations
from lantian.lake import commits
from lantian.lake.errors import LakeError
from lantian.lake.files import list_files
from lantian.lake.schema import Table
from lantian.lake.stacks.tables import STACK_FRAME, STACK_VALUE
from lantian.lake.store import Lake
from lantian.lake.writing import Put

log = logging.getLogger("lantian.hj212")

#: name of the cursor of the lake
LAKE: Final = "lake"


@dataclass(frozen=True, slots=True)
class Pace:
    """How draining goes.

    Attributes
    ----------
    every
        Between two deliveries to the lake, unless a batch is full [s].
    frames, rows
        What makes a batch full.
    at_once
        Frames that are read at a time.
    files
        Small files of a month before they become one.
    """

    every: float = 30.0
    frames: int = 10_000
    rows: int = 100_000
    at_once: int = 2_000
    files: int = 64


@dataclass(slots=True)
class Account:
    """What was drained since the process began."""

    frames: int = 0
    batches: int = 0
    values: Put = field(default_factory=Put)
    skewed: int = 0


class Drainer:
    """Drains one landing file.

    Parameters
    ----------
    db
        A connection to the landing file.
    lake
        Where frames and values go.
    registrations
        For encodings, intervals and keys of stations.
    latest
        Where newest values go; None for nowhere.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        lake: Lake,
        registrations: Registrations,
        latest: Coalesced | None = None,
        *,
        pace: Pace | None = None,
        clocks: Clocks | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.lake = lake
        self.registrations = registrations
        self.latest = latest
        self.pace = pace or Pace()
        self.account = Account()
        self._db = db
        self._clock = clock
        self._name = landing.identity(db)
        self._delivered_at = clock()
        self._batch = Batch()
        self._reader = Reader(registrations, clocks or Clocks())
        cursor = landing.cursor(db, LAKE)
        self._done = self._read = cursor.done
        if cursor.planned > cursor.done:
            self._again(cursor)

    def _again(self, cursor: Cursor) -> None:
        """Bring a batch to the lake that was begun, the very same."""
        log.info("Frames %d to %d were being drained when it ended; they are drained again.", cursor.done + 1, cursor.planned)
        while self._take(until=cursor.planned):
            pass
        self.deliver(planned=cursor.planned)

    def _take(self, until: int | None = None) -> int:
        found = landing.frames_after(self._db, self._read, self.pace.at_once, until)
        for landed in found:
            one = self._reader.read(landed)
            self._batch.add(one)
            if one.off:
                self.account.skewed += 1
            if self.latest is not None:
                message = one.message
                if message is not None:
                    self.latest.take(message)
            self._read = landed.id
        return len(found)

    def step(self, *, finish: bool = False) -> int:
        """Read what is new, hand on newest values, deliver if it is time.

        Parameters
        ----------
        finish
            Deliver whatever there is.

        Returns
        -------
        int
            How many frames were read.

        Raises
        ------
        LakeError
            If the lake cannot take it; the batch stays and comes again with the next step.
        """
        full = self._full()
        found = 0 if full else self._take()
        if self.latest is not None:
            try:
                self.latest.write_due(at_once=finish)
            except Exception:
                log.exception("Newest values could not be written; it is tried again.")
        due = self._clock() - self._delivered_at >= self.pace.every
        if self._batch.reads and (finish or due or self._full()):
            self.deliver()
        return found

    def _full(self) -> bool:
        return len(self._batch.reads) >= self.pace.frames or self._batch.rows >= self.pace.rows

    def deliver(self, planned: int | None = None) -> None:
        """Bring the batch to the lake."""
        last = planned if planned is not None else self._read
        landing.move(self._db, LAKE, Cursor(self._done, last))
        name = f"hj212-{self._name}-{self._done + 1}-{last}"
        batch = self._batch
        if batch.reads:
            self.lake.put(STACK_FRAME, batch.frames(), batch=name)
            for turn, rows in enumerate(batch.values()):
                self.account.values += self.lake.put(STACK_VALUE, rows, batch=f"{name}-{turn}")
        landing.move(self._db, LAKE, Cursor(last, last))
        self.account.frames += len(batch.reads)
        self.account.batches += 1
        self._done = last
        self._batch = Batch()
        self._delivered_at = self._clock()
        if self.account.batches % self.pace.files == 0:
            self.tidy()

    def tidy(self) -> None:
        """Make one file of many small ones; what cannot be done now is done later."""
        for table in (STACK_FRAME, STACK_VALUE):
            try:
                _together(self.lake, table, self.pace.files)
            except LakeError as error:
                log.warning("Small files of %s could not be put together: %s", table.name, error)


def _together(lake: Lake, table: Table, most: int) -> None:
    files, _version = list_files(lake.place, table)
    for month in sorted({file.month for file in files}):
        if sum(file.month == month for file in files) < most:
            continue
        with lake.place.writing(table.name, lake.patience):
            opened = commits.ensured(lake.place, table)
            commits.put_together(lake.place, table, opened, month)
