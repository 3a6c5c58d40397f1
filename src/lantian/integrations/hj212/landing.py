"""The landing file: what arrived is on disk before it is answered.

One SQLite file in WAL mode with ``synchronous=FULL``, written by one thread: whatever has gathered is one transaction
(group commit), so that many frames cost one wait for the disk. A frame is known by a hash of MN and data segment: the
same frame again is counted, not stored. What cannot be taken as data lies in the quarantine, raw, with a stable word for
why.

From here frames are drained to the lake and to other platforms, each by a cursor of its own: ``id`` grows in the order
of commits, since there is one writer.
"""

from __future__ import annotations

import fcntl
import logging
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, NamedTuple

from lantian.integrations.hj212.errors import LandingFailed, LandingRefused

log = logging.getLogger("lantian.hj212")

#: version of the tables below
_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS frame (
  id INTEGER PRIMARY KEY,
  hash BLOB NOT NULL UNIQUE,
  received INTEGER NOT NULL,
  mn TEXT NOT NULL,
  cn TEXT NOT NULL,
  peer TEXT NOT NULL,
  warnings TEXT NOT NULL,
  raw BLOB NOT NULL,
  repeats INTEGER NOT NULL DEFAULT 0,
  last INTEGER
);
CREATE TABLE IF NOT EXISTS quarantine (
  id INTEGER PRIMARY KEY,
  received INTEGER NOT NULL,
  peer TEXT NOT NULL,
  mn TEXT NOT NULL,
  error TEXT NOT NULL,
  hint TEXT NOT NULL,
  raw BLOB NOT NULL
);
CREATE INDEX IF NOT EXISTS quarantine_received ON quarantine (received);
CREATE INDEX IF NOT EXISTS quarantine_error ON quarantine (error, mn);
"""
#: What others than the gateway write lies in a file of its own, beside: whoever drains has the least claim to the processor, and
#: must not be the one who holds a lock that the writer waits for.
_BESIDE: Final = """
CREATE TABLE IF NOT EXISTS beside.cursor (
  name TEXT PRIMARY KEY, done INTEGER NOT NULL, planned INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS beside.command (
  id TEXT PRIMARY KEY,
  mn TEXT NOT NULL,
  cn TEXT NOT NULL,
  fields TEXT NOT NULL,
  st TEXT NOT NULL,
  made INTEGER NOT NULL,
  not_after INTEGER,
  state TEXT NOT NULL,
  code TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '',
  answer TEXT NOT NULL DEFAULT '{}',
  tries INTEGER NOT NULL DEFAULT 0,
  changed INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS beside.command_state ON command (state);
"""
_COLUMNS: Final = "(hash, received, mn, cn, peer, warnings, raw)"
_REPEATED: Final = " ON CONFLICT (hash) DO UPDATE SET repeats = repeats + 1, last = excluded.received"
# One step of SQLite for many rows: after each the thread would have to wait for its turn in the interpreter.
_SIZES: Final = (128, 32, 8, 1)
_INSERTS: Final = {
    size: f"INSERT INTO frame {_COLUMNS} VALUES {','.join(['(?,?,?,?,?,?,?)'] * size)}{_REPEATED}"
    for size in _SIZES
}
_QUARANTINE: Final = (
    "INSERT INTO quarantine (received, peer, mn, error, hint, raw) VALUES (?, ?, ?, ?, ?, ?)"
)
#: why a frame waits for somebody to approve its station
PARKED: Final = "parked"
DAY: Final = 86_400_000_000
#: no more of a damaged frame is kept [bytes]
_KEPT: Final = 16_384


class Arrival(NamedTuple):
    """A frame that can be read, from a station that may send; times in microseconds since 1970, UTC."""

    hash: bytes
    received: int
    mn: str
    cn: str
    peer: str
    warnings: str
    raw: bytes


class Reject(NamedTuple):
    """What is no data, with a stable word for why and a hint that helps to mend it."""

    received: int
    peer: str
    mn: str
    error: str
    hint: str
    raw: bytes


class Landed(NamedTuple):
    """A frame as it lies in the landing file."""

    id: int
    hash: bytes
    received: int
    mn: str
    cn: str
    peer: str
    warnings: str
    raw: bytes
    repeats: int


def hash_of(mn: bytes, segment: bytes) -> bytes:
    """What tells a frame from all others: MN and data segment, byte for byte."""
    return blake2b(segment, digest_size=16, key=mn[:64]).digest()


def now_us() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


def connect(path: Path, *, patience: float = 30.0) -> sqlite3.Connection:
    """A connection for reading, for cursors and for commands; the landing file is there already.

    Raises
    ------
    LandingRefused
        If there is no landing file, or another version has made it.
    """
    if not path.exists():
        raise LandingRefused(f"There is no landing file {path}.")
    opened = sqlite3.connect(path.absolute().as_uri(), uri=True, timeout=patience, isolation_level=None, check_same_thread=False)
    opened.execute("PRAGMA synchronous = FULL")
    refuse_other_version(opened, path)
    opened.execute("ATTACH DATABASE ? AS beside", (str(path.with_name(f"{path.stem}-beside{path.suffix}")),))
    opened.execute("PRAGMA beside.journal_mode = WAL")
    opened.execute("PRAGMA beside.synchronous = FULL")
    opened.executescript(_BESIDE)
    return opened


def refuse_other_version(opened: sqlite3.Connection, path: Path) -> None:
    """Refuse a landing file that another version has made.

    Raises
    ------
    LandingRefused
        If another version has made it.
    """
    (found,) = opened.execute("PRAGMA user_version").fetchone()
    if found != _VERSION:
        raise LandingRefused(f"{path}: made by another version ({found}, not {_VERSION}). Update LanTian.")


def identity(opened: sqlite3.Connection) -> str:
    """What tells this landing file from that of any other gateway."""
    (found,) = opened.execute("SELECT value FROM about WHERE name = 'identity'").fetchone()
    return str(found)


@dataclass(frozen=True, slots=True)
class Keeping:
    """How long things are kept.

    Attributes
    ----------
    frames
        Drained frames: as long a repeat is recognised as one [days].
    quarantine
        What is no data [days].
    rejects
        The most rows of the quarantine; beyond it the oldest go first.
    parked, stations
        The most frames of a station that waits to be approved, and the most such stations.
    """

    frames: float = 7
    quarantine: float = 30
    rejects: int = 100_000
    parked: int = 2_000
    stations: int = 1_000


#: told when a group is on disk, or could not be brought there
Told = Callable[[Sequence[Any], LandingFailed | None], None]


class Landing:
    """The writer of a landing file: a thread of its own.

    Parameters
    ----------
    path
        The file; its folder is made.
    told
        Called in the writer's thread after each group with the tokens of its items, and with the error if they are not
        on disk. A token is whatever came with an item; None is left out.
    gather
        How long the writer waits for more after the first item of a group [s].
    most_pages
        The most pages the file may have; for tests of a full disk.

    Raises
    ------
    LandingRefused
        If another gateway holds the file, or another version has made it.
    LandingFailed
        If it cannot be opened.
    """

    def __init__(
        self,
        path: Path,
        told: Told = lambda _tokens, _error: None,
        *,
        gather: float = 0.01,
        keeping: Keeping | None = None,
        most_pages: int | None = None,
    ) -> None:
        self.path = path
        self.keeping = keeping or Keeping()
        self._told = told
        self._gather = gather
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._arrivals: list[Arrival] = []
        self._rejects: list[Reject] = []
        self._tokens: list[Any] = []
        self._in_hand = 0
        self._stopping = False
        self._complained = 0.0
        #: groups that were committed, and that failed
        self.groups = self.failures = 0
        #: the longest that a group has taken [s]
        self.slowest = 0.0
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._held = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(self._held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(self._held)
                raise LandingRefused(f"{path} is held by another gateway.") from None
            self._db = _opened(path, most_pages)
        except (OSError, sqlite3.Error) as error:
            raise LandingFailed(f"The landing file {path} cannot be opened: {error}") from error
        self._thread = threading.Thread(target=self._run, name="hj212-landing", daemon=True)
        self._thread.start()

    # What the loop calls -----------------------------------------------------------------------------------------------

    def put(self, arrival: Arrival, token: Any = None) -> None:
        """Take a frame; `told` is called when it is on disk."""
        with self._lock:
            self._arrivals.append(arrival)
            if token is not None:
                self._tokens.append(token)
        if not self._arrived.is_set():
            self._arrived.set()

    def reject(self, reject: Reject, token: Any = None) -> None:
        """Take something into the quarantine."""
        with self._lock:
            self._rejects.append(reject._replace(raw=reject.raw[:_KEPT]))
            if token is not None:
                self._tokens.append(token)
        self._arrived.set()

    def after(self, token: Any) -> None:
        """Tell a token after everything that was given before it is on disk."""
        with self._lock:
            self._tokens.append(token)
        self._arrived.set()

    @property
    def waiting(self) -> int:
        """Items that are not on disk yet."""
        return len(self._arrivals) + len(self._rejects) + self._in_hand

    def close(self) -> None:
        """Bring everything to the disk that was given, and let go of the file."""
        self._stopping = True
        self._arrived.set()
        self._thread.join()
        self._db.close()
        os.close(self._held)

    # The writer --------------------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while True:
            self._arrived.wait()
            if not self._stopping and self._gather:
                time.sleep(self._gather)
            with self._lock:
                arrivals, self._arrivals = self._arrivals, []
                rejects, self._rejects = self._rejects, []
                tokens, self._tokens = self._tokens, []
                self._in_hand = len(arrivals) + len(rejects)
                self._arrived.clear()
                if self._stopping:
                    self._arrived.set()
            if not arrivals and not rejects and not tokens:
                if self._stopping:
                    return
                continue
            failed = self._commit(arrivals, rejects) if arrivals or rejects else None
            self._in_hand = 0
            try:
                self._told(tokens, failed)
            except RuntimeError:
                # The loop is closed: whoever waited for an answer is gone.
                log.info("Nobody is there any more to be told of %d items.", len(tokens))

    def _commit(self, arrivals: list[Arrival], rejects: list[Reject]) -> LandingFailed | None:
        db = self._db
        began = time.monotonic()
        try:
            db.execute("BEGIN IMMEDIATE")
            _insert(db, arrivals)
            if rejects:
                db.executemany(_QUARANTINE, rejects)
            db.execute("COMMIT")
        except sqlite3.Error as error:
            self.failures += 1
            if db.in_transaction:
                try:
                    db.execute("ROLLBACK")
                except sqlite3.Error:
                    log.exception("A transaction of the landing file could not be taken back.")
            failed = LandingFailed(f"The landing file {self.path} cannot be written: {error}")
            self._complain(failed, len(arrivals))
            return failed
        self.groups += 1
        self.slowest = max(self.slowest, time.monotonic() - began)
        return None

    def _complain(self, failed: LandingFailed, count: int) -> None:
        """Say it, but not a thousand times a second."""
        now = time.monotonic()
        if now - self._complained > 5:
            self._complained = now
            log.error(
                "%s; %d frames were not stored and nothing is answered until there is room again; stations send them again.",
                failed,
                count,
            )


def _opened(path: Path, most_pages: int | None) -> sqlite3.Connection:
    db = sqlite3.connect(
        path, timeout=30, isolation_level=None, check_same_thread=False, cached_statements=64
    )
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version not in (0, _VERSION):
        refuse_other_version(db, path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    # Pages that are checkpointed at once: a longer log makes rarer, longer waits.
    db.execute("PRAGMA wal_autocheckpoint = 2000")
    db.execute("PRAGMA cache_size = -32000")
    db.executescript(_TABLES)
    db.execute(f"PRAGMA user_version = {_VERSION}")
    db.execute("INSERT OR IGNORE INTO about VALUES ('identity', ?)", (secrets.token_hex(6),))
    if most_pages is not None:
        db.execute(f"PRAGMA max_page_count = {most_pages}")
    # The folder's entry of a new file has to be on disk, too.
    handle = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
    return db


def _insert(db: sqlite3.Connection, arrivals: list[Arrival]) -> None:
    place = 0
    for size in _SIZES:
        while len(arrivals) - place >= size:
            values: list[Any] = []
            for arrival in arrivals[place : place + size]:
                values += arrival
            db.execute(_INSERTS[size], values)
            place += size


# Reading and keeping, by any connection --------------------------------------------------------------------------------


@contextmanager
def changing(db: sqlite3.Connection, *, frames: bool = True) -> Iterator[None]:
    """A transaction that writes; one that does not touch frames takes no lock that their writer waits for."""
    db.execute("BEGIN IMMEDIATE" if frames else "BEGIN")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def frames_after(db: sqlite3.Connection, after: int, most: int, until: int | None = None) -> list[Landed]:
    """Frames behind a cursor, in the order of their commits."""
    rows = db.execute(
        "SELECT id, hash, received, mn, cn, peer, warnings, raw, repeats FROM frame"
        " WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
        (after, until if until is not None else (1 << 62), most),
    )
    return [Landed(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Cursor:
    """How far a reader of the landing file has come.

    Attributes
    ----------
    done
        Up to here everything is where it belongs.
    planned
        Up to here the reader had begun to bring it there; more than `done` after a crash.
    """

    done: int
    planned: int


def cursor(db: sqlite3.Connection, name: str) -> Cursor:
    """The cursor of a reader; at the beginning if it has none yet."""
    found = db.execute("SELECT done, planned FROM cursor WHERE name = ?", (name,)).fetchone()
    return Cursor(*found) if found else Cursor(0, 0)


def move(db: sqlite3.Connection, name: str, found: Cursor) -> None:
    """Set the cursor of a reader; on disk when this returns."""
    db.execute(
        "INSERT INTO cursor VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET done = excluded.done, planned = excluded.planned",
        (name, found.done, found.planned),
    )


def prune(db: sqlite3.Connection, keeping: Keeping, readers: Iterable[str], now: int, most: int = 5_000) -> int:
    """Let go of what is past its time, no more than `most` rows of each kind.

    A frame goes only after all readers have taken it, and the newest one stays, so that no id is given twice.

    Returns
    -------
    int
        How many rows went.
    """
    with changing(db):
        taken = min((cursor(db, name).done for name in readers), default=0)
        gone = db.execute(
            "DELETE FROM frame WHERE id IN (SELECT id FROM frame WHERE id <= ? AND received < ?"
            " AND id < (SELECT max(id) FROM frame) ORDER BY id LIMIT ?)",
            (taken, now - int(keeping.frames * DAY), most),
        ).rowcount
        gone += db.execute(
            "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine WHERE received < ? ORDER BY received LIMIT ?)",
            (now - int(keeping.quarantine * DAY), most),
        ).rowcount
        (rejects,) = db.execute("SELECT count(*) FROM quarantine").fetchone()
        over = min(rejects - keeping.rejects, most)
        if over > 0:
            gone += db.execute(
                "DELETE FROM quarantine WHERE id IN (SELECT id FROM quarantine ORDER BY received LIMIT ?)",
                (over,),
            ).rowcount
        gone += db.execute(
            "DELETE FROM command WHERE changed < ? AND state NOT IN ('waiting', 'sent', 'accepted')",
            (now - int(keeping.quarantine * DAY),),
        ).rowcount
    return gone


def parked_stations(db: sqlite3.Connection) -> list[tuple[str, int, int, int]]:
    """Stations that wait to be approved: MN, frames, first and last arrival."""
    return db.execute(
        "SELECT mn, count(*), min(received), max(received) FROM quarantine WHERE error = ? GROUP BY mn ORDER BY mn",
        (PARKED,),
    ).fetchall()


def parked_of(db: sqlite3.Connection, mn: str) -> list[tuple[int, Reject]]:
    """Frames of a station that waits, with their ids, in order."""
    rows = db.execute(
        "SELECT id, received, peer, mn, error, hint, raw FROM quarantine WHERE error = ? AND mn = ? ORDER BY id",
        (PARKED, mn),
    )
    return [(row[0], Reject(*row[1:])) for row in rows]


def settle_parked(
    db: sqlite3.Connection, taken: Iterable[tuple[int, Arrival]], refused: Iterable[tuple[int, str, str]]
) -> None:
    """Move frames that waited to the others, and name why the rest are none: id, error, hint."""
    with changing(db):
        for number, arrival in taken:
            _insert(db, [arrival])
            db.execute("DELETE FROM quarantine WHERE id = ?", (number,))
        for number, error, hint in refused:
            db.execute("UPDATE quarantine SET error = ?, hint = ? WHERE id = ?", (error, hint, number))


def rejects(db: sqlite3.Connection, *, since: int = 0, most: int = 100) -> list[tuple[int, Reject]]:
    """The newest rejects first; ``raw`` may hold passwords and is masked before it is shown."""
    rows = db.execute(
        "SELECT id, received, peer, mn, error, hint, raw FROM quarantine WHERE received >= ?"
        " ORDER BY received DESC, id DESC LIMIT ?",
        (since, most),
    )
    return [(row[0], Reject(*row[1:])) for row in rows]
