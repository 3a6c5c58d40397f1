"""One data folder: who serves from it, and who may exchange it.

Beside the folder ``office`` lie two files that hold nothing of value: ``office.lock``, locked by the one server of the
folder, which writes its process and address there; and ``office.restoring``, locked while a restore exchanges the
folder. Both are locks on open files: the system lets them go when their process ends, however it ends.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self


class Busy(Exception):
    """Somebody else holds the lock."""


class FileLock:
    """A lock on an open file.

    Parameters
    ----------
    path
        The file; it is made if it is not there and never removed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def acquire(self, timeout: float = 0.0) -> None:
        """Take the lock.

        Parameters
        ----------
        timeout
            How long to wait for it [s].

        Raises
        ------
        Busy
            If somebody else holds it all the time.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Python opens files so that programs started from here do not inherit them, and with them the lock.
        file = os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() >= deadline:
                    file.close()
                    raise Busy(str(self.path)) from None
                time.sleep(0.05)
            else:
                self._file = file
                return

    def note(self, content: dict[str, Any]) -> None:
        """Write into the locked file who holds it."""
        assert self._file is not None
        self._file.seek(0)
        self._file.truncate()
        json.dump(content, self._file)
        self._file.flush()

    def release(self) -> None:
        """Let the lock go."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Self:
        """Hold the lock in a block; :meth:`acquire` has been called or is called now."""
        if self._file is None:
            self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go."""
        self.release()


@dataclass(frozen=True, slots=True)
class House:
    """A data folder and what lies beside it."""

    data: Path

    @property
    def serving(self) -> FileLock:
        """Held by the server of the folder."""
        return FileLock(self.data.with_name(f"{self.data.name}.lock"))

    @property
    def restoring(self) -> FileLock:
        """Held while the folder is exchanged."""
        return FileLock(self.data.with_name(f"{self.data.name}.restoring"))

    def server(self) -> dict[str, Any] | None:
        """Process and address of the running server, or None."""
        lock = self.serving
        if not lock.path.exists():
            return None
        try:
            lock.acquire()
        except Busy:
            try:
                found = json.loads(lock.path.read_text(encoding="utf-8") or "{}")
            except ValueError:
                found = {}
            return found if isinstance(found, dict) else {}
        lock.release()
        return None
