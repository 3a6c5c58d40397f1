"""Bytes of a connection or a file cut into frames: ``##``, four figures, data segment, check, CR LF.

The length decides where a frame ends, never the next ``##``, for a segment may hold anything. After a frame that cannot
be, the search goes on right behind its ``##``, so that no damage takes a good frame with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lantian.integrations.hj212.crc import crc

#: what the standard allows for a data segment [bytes]; the four figures could say more
LONGEST: Final = 1024
#: what the four figures can say [bytes]
LIMIT: Final = 9999
_HEAD, _CHECK = 6, 4
_HEX = re.compile(rb"[0-9A-Fa-f]{4}")
_START = re.compile(rb"##(?=\d{4})")
_FLAG_2025 = re.compile(rb"(?:^|;)[Ff][Ll][Aa][Gg]=(?:8|9|10|11);")
_OPEN = b"CP=&&"


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame, or what stood in place of one.

    Attributes
    ----------
    offset
        Where its ``##`` stands in the stream [bytes].
    raw
        All of it, as it came.
    segment
        The data segment; of a damaged frame what can be taken for it.
    length
        What the four figures say [bytes]; None where they are none.
    check
        The four signs of the check, as they came; empty where they are missing.
    error
        Empty for a whole frame; else ``bad_length`` (no four figures), ``too_long`` (more than the receiver takes),
        ``length_mismatch``, ``crc_missing``, ``crc_mismatch``, ``incomplete`` (it ends before its length), ``encrypted``
        (HJ 212-2025, cannot be checked without the key).
    warnings
        What does not make it wrong: ``missing_crlf``, ``over_1024``, ``lower_case_crc``; of a frame with another error
        ``crc_mismatch``.
    """

    offset: int
    raw: bytes
    segment: bytes
    length: int | None
    check: bytes
    error: str
    warnings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether structure, length and check are right."""
        return not self.error


class Framer:
    """Cuts a stream, however it arrives, and keeps no more of it than one frame may need.

    Parameters
    ----------
    limit
        Longest data segment that is taken [bytes].
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = min(limit, LIMIT)
        #: bytes that belonged to no frame
        self.skipped = 0
        self._buffer = bytearray()
        self._offset = 0
        # Where a frame is due: at the beginning and behind each frame. A `##` elsewhere needs its figures to be one.
        self._due = True
        # Whether a frame is taken as it stands, without waiting for the end of its line.
        self._quiet = False
        # Up to here the signs belong to a frame that was told as damaged; what fails in there is not told again.
        self._told = 0

    @property
    def waiting(self) -> int:
        """Bytes that are kept until more comes."""
        return len(self._buffer)

    def feed(self, data: bytes) -> list[Frame]:
        """Take bytes; gives the frames that they complete."""
        self._buffer += data
        return list(self._cut(final=False))

    def settle(self) -> list[Frame]:
        """Frames that are whole but for CR LF, when nothing has come for a while; what is not whole is kept."""
        self._quiet = True
        try:
            return list(self._cut(final=False))
        finally:
            self._quiet = False

    def flush(self) -> list[Frame]:
        """What is left when nothing more comes, or nothing has come for long."""
        found = list(self._cut(final=True))
        self._drop(len(self._buffer), lost=True)
        self._due = True
        return found

    def _drop(self, count: int, *, lost: bool = False) -> None:
        if lost:
            self.skipped += len(bytes(self._buffer[:count]).strip(b"\r\n\t \0"))
        del self._buffer[:count]
        self._offset += count

    def _cut(self, *, final: bool) -> Iterator[Frame]:
        buffer = self._buffer
        while buffer:
            start = buffer.find(b"##")
            if start < 0:
                # A last `#` may be the first half of the next head.
                kept = 1 if buffer.endswith(b"#") and not final else 0
                # A frame is due only behind white space and the like of the end of a line.
                self._due = buffer[len(buffer) - kept - 1 : len(buffer) - kept] in (b"\n", b"\r") or (
                    self._due and not bytes(buffer[: len(buffer) - kept]).strip()
                )
                self._drop(len(buffer) - kept, lost=True)
                return
            if start:
                self._due = buffer[start - 1] in b"\r\n"
                self._drop(start, lost=True)
            if len(buffer) < _HEAD and not final:
                return
            if buffer[2:3] == b"#":
                self._drop(1, lost=True)
                continue
            if len(buffer) >= _HEAD and buffer[2:_HEAD].isdigit():
                frame = self._whole(int(buffer[2:_HEAD]), final=final)
                if frame is None:
                    return
            elif self._due:
                frame = self._damaged("bad_length", None, final=final)
                if frame is None:
                    return
            else:
                self._drop(2, lost=True)
                continue
            if frame.ok or frame.error == "encrypted":
                yield frame
                self._drop(len(frame.raw))
                self._due = True
                continue
            told_already = frame.offset < self._told
            if not told_already:
                yield frame
                self._told = frame.offset + len(frame.raw)
            # Only these two signs are given up: a good frame may begin anywhere behind them.
            self._drop(2)
            self._due = False

    def _whole(self, length: int, *, final: bool) -> Frame | None:
        """The frame at the beginning of the buffer; None while more must come."""
        if length > self.limit:
            return self._damaged("too_long", length, final=final)
        buffer = self._buffer
        end = _HEAD + length
        if len(buffer) < end + _CHECK:
            return self._damaged("incomplete", length, final=True) if final else None
        check = bytes(buffer[end : end + _CHECK])
        if _HEX.fullmatch(check) is None:
            return self._damaged("length_mismatch", length, final=final)
        segment = bytes(buffer[_HEAD:end])
        tail = bytes(buffer[end + _CHECK : end + _CHECK + 2])
        right = crc(segment) == int(check, 16)
        if right and not segment.endswith(b"&&") and _START.search(segment):
            # One damaged length in some hundred fits by chance; this one has swallowed the head of another frame.
            return self._damaged("length_mismatch", length, final=final)
        if not right and not _is_encrypted(segment):
            return self._damaged("crc_mismatch", length, final=final)
        if tail in (b"", b"\r") and not final and not self._quiet:
            return None
        size = end + _CHECK + (2 if tail == b"\r\n" else 1 if tail[:1] in (b"\n", b"\r") else 0)
        warnings = (
            *(("missing_crlf",) if tail != b"\r\n" else ()),
            *(("over_1024",) if length > LONGEST else ()),
            *(("lower_case_crc",) if check != check.upper() else ()),
        )
        error = "" if right else "encrypted"
        return Frame(self._offset, bytes(buffer[:size]), segment, length, check, error, warnings)

    def _damaged(self, error: str, length: int | None, *, final: bool) -> Frame | None:
        """What stands here as far as it can be told; None while more must come."""
        buffer = self._buffer
        most = _HEAD + LIMIT + _CHECK + 2
        line = buffer.find(b"\n", 2, most)
        following = _START.search(buffer, 2, min(len(buffer), most))
        ends = [end for end in (line + 1, following.start() if following else 0) if end > 0]
        if not ends and not final and len(buffer) < most:
            # A whole frame with a wrong check is told when its sender pauses; what lacks bytes waits for them.
            whole = length is not None and len(buffer) >= _HEAD + length + _CHECK
            if not (whole and self._quiet):
                return None
        raw = bytes(buffer[: min(ends, default=min(len(buffer), most))])
        figures = re.match(rb"##(\d{0,4})", raw)
        body = raw[figures.end() if figures else 2 :].rstrip(b"\r\n")
        check = body[-_CHECK:]
        # What closes a content is followed by the check, even where lost bytes make the whole as long as the segment.
        if _HEX.fullmatch(check) is not None and (len(body) != length or body.endswith(b"&&", 0, -_CHECK)):
            segment = body[:-_CHECK]
        else:
            segment, check = body, b""
        warnings: tuple[str, ...] = ()
        wrong = bool(check) and crc(segment) != int(check, 16)
        if error in ("length_mismatch", "crc_mismatch", "incomplete"):
            whole = raw.endswith(b"\n") or following is not None
            if check and len(segment) != length and (whole or error != "incomplete"):
                error = "length_mismatch"
            elif not check and len(segment) == length:
                error = "crc_missing"
            elif error == "incomplete" and whole:
                error = "length_mismatch"
        if wrong and error != "crc_mismatch":
            warnings = ("crc_mismatch",)
        return Frame(self._offset, raw, segment, length, check, error, warnings)


def _is_encrypted(segment: bytes) -> bool:
    """Whether the content is cipher (HJ 212-2025, 6.4): its check is that of the clear text."""
    opened = segment.find(_OPEN)
    if opened < 0 or not segment.endswith(b"&&") or _FLAG_2025.search(segment, 0, opened) is None:
        return False
    content = segment[opened + len(_OPEN) : -2]
    return len(content) >= 16 and not content.isascii()


def frames(chunks: Iterator[bytes], limit: int = LIMIT) -> Iterator[Frame]:
    """The frames of a stream that ends."""
    framer = Framer(limit)
    for chunk in chunks:
        yield from framer.feed(chunk)
    yield from framer.flush()
