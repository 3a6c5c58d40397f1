"""How much of a file is read, and for how long."""

from __future__ import annotations

import time
from dataclasses import dataclass

from lantian.office.errors import TimedOut

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds for one file.

    Attributes
    ----------
    file_bytes
        Size of the file [byte].
    text_bytes
        Size of the text that comes out, as UTF-8 [byte].
    seconds
        Time for reading [s].
    converter_seconds
        Time for LibreOffice to convert an old file [s]; longer, because it has to start first.
    unpacked_bytes
        Size of all members of a zip container together, unpacked [byte].
    member_bytes
        Size of one XML part, unpacked [byte].
    members
        Number of members of a zip container.
    ratio
        Unpacked size over packed size of one member above which a member of more than 8 MB is refused.
    pages
        Pages of a PDF.
    rows, columns, cells
        Size of one table; ``cells`` bounds rows times columns over the whole file.
    worker_memory_bytes
        Address space of the process that reads PDF and Excel files [byte].
    """

    file_bytes: int = 50 * MEGABYTE
    text_bytes: int = 2 * MEGABYTE
    seconds: float = 10.0
    converter_seconds: float = 60.0
    unpacked_bytes: int = 256 * MEGABYTE
    member_bytes: int = 64 * MEGABYTE
    members: int = 5_000
    ratio: int = 250
    pages: int = 2_000
    rows: int = 100_000
    columns: int = 400
    cells: int = 2_000_000
    worker_memory_bytes: int = 2_048 * MEGABYTE


DEFAULT_LIMITS = Limits()


class Deadline:
    """A point in time after which :meth:`check` raises.

    Parameters
    ----------
    seconds
        Time from now [s].
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Time that is left [s]; never negative."""
        return max(0.0, self._end - time.monotonic())

    def check(self) -> None:
        """Raise :class:`~lantian.office.errors.TimedOut` when the time is over."""
        if time.monotonic() > self._end:
            raise TimedOut(seconds=f"{self.seconds:g}")


def size_text(size: int) -> str:
    """A size as people write it: ``50 MB``."""
    if size >= MEGABYTE:
        return f"{size / MEGABYTE:g} MB" if size % MEGABYTE == 0 else f"{size / MEGABYTE:.1f} MB"
    return f"{size / 1024:.4g} kB" if size >= 1024 else f"{size} B"
