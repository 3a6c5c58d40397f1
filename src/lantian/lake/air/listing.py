"""Which files of a table are live, asked of its log only after that has grown."""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

from lantian.lake.companions import changes_of
from lantian.lake.files import File, Live, live
from lantian.lake.place import Place
from lantian.lake.schema import Table

#: On object storage, where a look at the log costs as much as reading it: a listing is used for so long [s].
REMOTE = 2.0
#: A folder that changed so shortly before it was looked at may have changed again within the same tick of its clock [ns].
_TICK = 50_000_000


@dataclass(frozen=True, slots=True)
class _Seen:
    found: Live
    #: when each log was last written to; None where that cannot be told
    logs: tuple[int, ...] | None
    at: float


class Listing:
    """Live files of the tables of a lake, for many readers of one process.

    On a local disk a commit of whatever process is seen by the next question: it changes the folder of the log. On object
    storage a listing may be behind by `REMOTE` seconds.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._lock = RLock()
        self._seen: dict[str, _Seen] = {}

    def live(self, table: Table) -> Live:
        """What is there now."""
        with self._lock:
            before = self._seen.get(table.name)
        if before is not None and self._holds(table, before):
            return before.found
        # The logs are looked at before they are read: what comes in between is noticed the next time.
        logs = self._logs(table)
        found = live(self.place, table)
        with self._lock:
            self._seen[table.name] = _Seen(found, logs, time.monotonic())
        return found

    def files(self, table: Table, months: Collection[str]) -> frozenset[str]:
        """Addresses of the files that decide what the rows of some months are, those of the overlay among them."""
        found = self.live(table).narrowed(months)
        return frozenset(file.uri for file in (*found.files, *found.changes))

    def by_month(self, table: Table) -> dict[str, tuple[File, ...]]:
        """Month → its live files, without what lies above them."""
        found: dict[str, list[File]] = {}
        for file in self.live(table).files:
            found.setdefault(file.month, []).append(file)
        return {month: tuple(files) for month, files in found.items()}

    def forget(self) -> None:
        """Ask the logs the next time, whatever they look like."""
        with self._lock:
            self._seen.clear()

    def _holds(self, table: Table, seen: _Seen) -> bool:
        if self.place.remote:
            return time.monotonic() - seen.at < REMOTE
        return seen.logs is not None and self._logs(table) == seen.logs

    def _logs(self, table: Table) -> tuple[int, ...] | None:
        if self.place.remote:
            return None
        found = []
        names = [table.name, *([changes_of(table).name] if table.values else [])]
        for name in names:
            try:
                written = (Path(self.place.root) / name / "_delta_log").stat().st_mtime_ns
            except FileNotFoundError:
                written = 0
            if time.time_ns() - written < _TICK:
                return None
            found.append(written)
        return tuple(found)
