"""Copies of a landing file for backups: what is not in the lake yet, while the gateway goes on."""

from __future__ import annotations

import fcntl
import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.errors import LandingRefused
from lantian.integrations.hj212.landing import Landing


def beside(path: Path) -> Path:
    """The file with cursors and commands that belongs to a landing file."""
    return path.with_name(f"{path.stem}-beside{path.suffix}")


@contextmanager
def copying(path: Path, target: Path) -> Iterator[None]:
    """Copy a landing file without what has been taken from it by all who drain it; the gateway goes on meanwhile.

    The lake is to be copied in the block: after the cursors, so that none is ahead of it, and before the frames, so that all
    of which it has a part are there whole. What was drained in between is drained again, and found to be there. The newest
    frame is copied in any case, so that no id is given twice.

    Parameters
    ----------
    path
        The landing file; where there is none, nothing is copied.
    target
        The copy; its folder is made.

    Raises
    ------
    LandingRefused
        If another version has made it.
    sqlite3.Error
        If it cannot be read or the copy not be written.
    """
    if not path.is_file():
        yield
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if beside(path).is_file():
        with closing(_reading(beside(path))) as source, closing(sqlite3.connect(beside(target))) as kept:
            source.backup(kept)
            kept.execute("PRAGMA journal_mode=DELETE")
    yield
    with closing(_reading(path)) as source:
        landing.refuse_other_version(source, path)
    Landing(target).close()
    Path(f"{target}.lock").unlink()
    with closing(landing.connect(target)) as kept:
        (done,) = kept.execute("SELECT coalesce(min(done), 0) FROM cursor").fetchone()
        kept.execute("ATTACH DATABASE ? AS source", (f"{path.as_uri()}?mode=ro",))
        with landing.changing(kept):
            # One transaction reads, so that all is of one moment.
            kept.execute(
                "INSERT INTO main.frame SELECT * FROM source.frame"
                " WHERE id > ? OR id = (SELECT max(id) FROM source.frame)",
                (done,),
            )
            kept.execute("INSERT INTO main.quarantine SELECT * FROM source.quarantine")
        kept.execute("DETACH DATABASE source")
        kept.execute("PRAGMA main.journal_mode=DELETE")
        kept.execute("PRAGMA beside.journal_mode=DELETE")


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=60)


def begin_anew(path: Path) -> None:
    """Give a copy that is put in place an identity of its own.

    Ids go on from those of the copy and are given to other frames than they were. Under the former identity the lake could
    take a batch of them for one that it knows.
    """
    with closing(landing.connect(path)) as opened, landing.changing(opened):
        opened.execute("UPDATE about SET value = ? WHERE name = 'identity'", (secrets.token_hex(6),))


@contextmanager
def let_go(path: Path) -> Iterator[None]:
    """Keep gateways from a landing file, there or not.

    Raises
    ------
    LandingRefused
        If one is running.
    """
    if not path.parent.is_dir():
        yield
        return
    held = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LandingRefused(f"{path} is held by a gateway.") from None
        yield
    finally:
        os.close(held)
