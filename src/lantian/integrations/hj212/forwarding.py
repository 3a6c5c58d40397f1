"""To a superior platform over HJ 212: stored first, forwarded in order, without a gap after an outage.

The landing file is the store. A cursor of its own says up to where the other platform has confirmed; after an outage, a
crash or a restart it goes on from there. A frame may so arrive twice, never not at all; receivers know repeats by MN, time
and QN.
"""

from __future__ import annotations

import asyncio
import logging
import re
import sqlite3
import ssl
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.decoding import CHINA
from lantian.integrations.hj212.encoding import frame as framed
from lantian.integrations.hj212.framing import LIMIT, Framer
from lantian.integrations.hj212.gate import KEEP_ALIVE, NOTICES, RESULTS, Head, read_head, segment_of, text
from lantian.integrations.hj212.landing import Cursor, Landed

log = logging.getLogger("lantian.hj212")

_HEADER: Final = re.compile(rb"^(?P<head>.*?)(?P<content>CP=&&.*)$", re.DOTALL)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Superior:
    """Another platform.

    Attributes
    ----------
    name
        Names its cursor for ever.
    password
        PW that it wants; that of the station where it is None.
    window
        Frames that may be without an answer at once.
    answer
        How long an answer is waited for before the connection is made anew [s].
    pause, longest_pause
        Before a new connection: at first, and at most [s].
    tls
        Whether the connection is in TLS, checked by the certificates that the system trusts.
    """

    name: str
    host: str
    port: int
    password: str | None = field(default=None, repr=False)
    window: int = 64
    answer: float = 10.0
    pause: float = 1.0
    longest_pause: float = 60.0
    tls: bool = False

    @property
    def cursor(self) -> str:
        """The name of its cursor in the landing file."""
        return f"forward:{self.name}"


class Forwarder:
    """Forwards what lands to one platform, until it is cancelled."""

    def __init__(
        self,
        path: Path,
        superior: Superior,
        *,
        idle: float = 0.5,
    ) -> None:
        self.superior = superior
        self.sent = self.confirmed = self.outages = 0
        self.connected = False
        self._idle = idle
        self._db = landing.connect(path)
        self._done = landing.cursor(self._db, superior.cursor).done
        self._number = 0

    async def run(self) -> None:
        """Forward, and begin anew after each outage."""
        pause = self.superior.pause
        while True:
            before = self.confirmed
            try:
                await self._connection()
            except (OSError, EOFError, sqlite3.Error) as error:
                self.connected = False
                self.outages += 1
                if self.confirmed > before:
                    pause = self.superior.pause
                log.warning(
                    "Forwarding to %s (%s:%d) is interrupted: %s. It goes on in %.0f s, from where it was.",
                    self.superior.name, self.superior.host, self.superior.port, error or type(error).__name__, pause,
                )  # fmt: skip
            await asyncio.sleep(pause)
            pause = min(pause * 2, self.superior.longest_pause)

    def close(self) -> None:
        """Let go of the landing file."""
        self._db.close()

    async def _connection(self) -> None:
        superior = self.superior
        context = ssl.create_default_context() if superior.tls else None
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(superior.host, superior.port, ssl=context), superior.answer
        )
        self.connected = True
        began = time.time_ns() // 1000
        #: id in the landing file → QN and when it was sent; in the order of sending
        waiting: OrderedDict[int, tuple[bytes, float]] = OrderedDict()
        confirmed: set[int] = set()
        answers = asyncio.create_task(self._answers(reader, waiting, confirmed))
        read = self._done
        try:
            while True:
                if answers.done():
                    answers.result()
                    raise EOFError("the other side has closed the connection")
                await self._advance(waiting, confirmed)
                room = superior.window - len(waiting)
                found = await asyncio.to_thread(landing.frames_after, self._db, read, room) if room > 0 else []
                for landed in found:
                    read = landed.id
                    data = self._prepared(landed, late=landed.received < began)
                    if data is None:
                        confirmed.add(landed.id)
                        waiting[landed.id] = b"", time.monotonic()
                        continue
                    qn, raw = data
                    waiting[landed.id] = qn, time.monotonic()
                    writer.write(raw)
                    self.sent += 1
                await self._advance(waiting, confirmed)
                await asyncio.wait_for(writer.drain(), superior.answer)
                oldest = next(iter(waiting.values()), None)
                if oldest is not None and time.monotonic() - oldest[1] > superior.answer:
                    raise TimeoutError(f"no answer within {superior.answer:g} s")
                if not found:
                    await asyncio.wait({answers}, timeout=min(self._idle, 0.02 if waiting else self._idle))
        finally:
            self.connected = False
            answers.cancel()
            writer.close()

    async def _advance(self, waiting: OrderedDict[int, tuple[bytes, float]], confirmed: set[int]) -> None:
        """Move the cursor behind the last frame before which all are confirmed."""
        done = self._done
        while waiting:
            number = next(iter(waiting))
            if number not in confirmed:
                break
            confirmed.discard(number)
            del waiting[number]
            done = number
        if done > self._done:
            # In a thread: it waits for the disk, and for whoever else writes.
            await asyncio.to_thread(landing.move, self._db, self.superior.cursor, Cursor(done, done))
            self._done = done

    async def _answers(
        self, reader: asyncio.StreamReader, waiting: OrderedDict[int, tuple[bytes, float]], confirmed: set[int]
    ) -> None:
        framer = Framer()
        while data := await reader.read(65_536):
            for frame in framer.feed(data):
                head = read_head(frame.segment)
                if not frame.ok or head.cn not in (b"9014", b"9013"):
                    continue
                for number, (qn, _at) in waiting.items():
                    if qn == head.qn and number not in confirmed:
                        confirmed.add(number)
                        self.confirmed += 1
                        break

    def _prepared(self, landed: Landed, *, late: bool) -> tuple[bytes, bytes] | None:
        """QN and frame as the other platform gets it; None for what is between a station and this gateway alone."""
        if landed.cn in RESULTS or landed.cn in KEEP_ALIVE or landed.cn in NOTICES:
            return None
        segment = segment_of(landed.raw, landed.warnings)
        head = read_head(segment)
        if "encrypted" in landed.warnings or "deciphered" in landed.warnings:
            # Its check is that of the clear text, so that nothing in it can be changed on the way.
            return head.qn, landed.raw
        qn = head.qn if re.fullmatch(rb"[0-9]{17}", head.qn) else self._made_up(landed)
        found = self._segment(segment, head, qn, late=late)
        if len(found) > LIMIT:
            log.warning("Frame %s of %s is too long to be forwarded.", landed.hash.hex(), landed.mn)
            return None
        return qn, framed(found)

    def _made_up(self, landed: Landed) -> bytes:
        """A QN for a frame without one: from its arrival, the same each time it is sent."""
        at = (_EPOCH + timedelta(microseconds=landed.received)).astimezone(CHINA)
        return at.strftime("%Y%m%d%H%M%S").encode() + b"%03d" % (landed.id % 1000)

    def _segment(self, segment: bytes, head: Head, qn: bytes, *, late: bool) -> bytes:
        split = _HEADER.match(segment)
        content = split["content"] if split else b"CP=&&&&"
        flag = (head.flag or 0) | 1
        password = self.superior.password.encode() if self.superior.password is not None else head.pw
        parts = [b"QN=" + qn, b"ST=" + head.st, b"CN=" + head.cn, b"PW=" + password, b"MN=" + head.mn, b"Flag=%d" % flag]
        names = {b"QN", b"ST", b"CN", b"PW", b"MN", b"Flag"}
        for item in (split["head"] if split else b"").split(b";"):
            if item and item.partition(b"=")[0] not in names:
                parts.append(item)
        if late and head.edition == "2025" and not any(part.startswith(b"RF=") for part in parts):
            # What came before this connection was made is a supplement (HJ 212-2025).
            parts.append(b"RF=1")
        return b";".join([*parts, content])


def described(superior: Superior) -> str:
    """For the log, without the password."""
    return f"{text(superior.name.encode())} at {superior.host}:{superior.port}"
