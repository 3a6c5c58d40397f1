"""A stream of frames sent again, as the stations in it would send it."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from lantian.integrations.hj212.encoding import frame as framed
from lantian.integrations.hj212.framing import Frame, Framer
from lantian.integrations.hj212.gate import RESULTS, read_head, text

_FLAG: Final = re.compile(rb"(^|;)Flag=(\d{1,3});")
#: after the last frame: so long an answer is waited for [s]
_LAST: Final = 10.0


def asking(segment: bytes) -> bytes:
    """A data segment that wants an answer."""
    found = _FLAG.search(segment)
    if found is not None:
        return b"%s%sFlag=%d;%s" % (segment[: found.start()], found[1], int(found[2]) | 1, segment[found.end() :])
    before, opening, after = segment.partition(b"CP=&&")
    return before + b"Flag=1;" + opening + after if opening else segment


class Replay:
    """Sends frames.

    Parameters
    ----------
    frames
        What is sent, the damaged ones as they were.
    duration
        Over which they are spread evenly [s]; 0 for as fast as it goes.
    ask
        Ask for an answer to each right frame.
    """

    def __init__(self, frames: Sequence[Frame], host: str, port: int, duration: float, *, ask: bool = False) -> None:
        self.frames = frames
        self.host, self.port = host, port
        self.duration = duration
        self.ask = ask
        self.answered = self.asked = self.sent = self.lost = 0
        self._all_answered = asyncio.Event()

    async def run(self) -> dict[str, Any]:
        """Send everything and wait for the answers.

        Returns
        -------
        dict
            ``sent``, ``good``, ``bad``, ``asked``, ``answered``, ``lost``, ``connections``, ``seconds``.

        Raises
        ------
        OSError
            If the first connection cannot be made.
        """
        began = time.monotonic()
        lines: dict[str, tuple[asyncio.StreamWriter, asyncio.Task[None]]] = {}
        good = 0
        for number, frame in enumerate(self.frames):
            head = read_head(frame.segment)
            name = text(head.mn)
            if self.duration:
                due = began + self.duration * number / len(self.frames)
                if (wait := due - time.monotonic()) > 0.001:
                    await asyncio.sleep(wait)
            elif number % 64 == 0:
                await asyncio.sleep(0)
            if name not in lines:
                reader, writer = await asyncio.open_connection(self.host, self.port)
                lines[name] = writer, asyncio.create_task(self._listen(reader))
            writer, listening = lines[name]
            data = frame.raw
            if frame.ok:
                good += 1
                if self.ask and head.cn.decode("latin-1") not in RESULTS:
                    data = framed(asking(frame.segment))
                    self.asked += 1
                elif head.wants_answer and head.cn.decode("latin-1") not in RESULTS:
                    self.asked += 1
            if listening.done() or writer.is_closing():
                self.lost += 1
                continue
            writer.write(data)
            self.sent += 1
            if writer.transport.get_write_buffer_size() > 65_536:
                with suppress(ConnectionError):
                    await writer.drain()
        for writer, _listening in lines.values():
            with suppress(ConnectionError, OSError):
                await writer.drain()
                if writer.can_write_eof():
                    writer.write_eof()
        if lines:
            await asyncio.wait([listening for _writer, listening in lines.values()], timeout=_LAST)
        for writer, listening in lines.values():
            listening.cancel()
            writer.close()
        return {
            "sent": self.sent,
            "good": good,
            "bad": len(self.frames) - good,
            "asked": self.asked,
            "answered": self.answered,
            "lost": self.lost,
            "connections": len(lines),
            "seconds": time.monotonic() - began,
        }

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        framer = Framer()
        with suppress(ConnectionError, OSError):
            while data := await reader.read(65_536):
                for frame in framer.feed(data):
                    if read_head(frame.segment).cn in (b"9013", b"9014"):
                        self.answered += 1
