"""Frames of one's own: requests to stations and answers to what they send."""

from __future__ import annotations

from collections.abc import Callable

from lantian.integrations.hj212.crc import crc
from lantian.integrations.hj212.framing import LIMIT


def frame(segment: bytes | str, check: Callable[[bytes], int] = crc) -> bytes:
    """A data segment with its length, check and end.

    Parameters
    ----------
    check
        How the check is computed; some stations want another one than the standard's.

    Raises
    ------
    ValueError
        If its length cannot be said with four figures.

    Examples
    --------
    >>> frame("QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&")[-6:]
    b'1C80\\r\\n'
    """
    data = segment.encode() if isinstance(segment, str) else segment
    if len(data) > LIMIT:
        raise ValueError(f"a data segment of {len(data)} bytes")
    return b"##%04d%s%04X\r\n" % (len(data), data, check(data))


def segment(
    cn: str, *, st: str, mn: str, pw: str = "", qn: str = "", flag: int | None = 4, content: str = ""
) -> str:
    """A data segment with its fields in the order of the standard; without QN or Flag, they are left out."""
    parts = [
        *([f"QN={qn}"] if qn else []),
        f"ST={st}",
        f"CN={cn}",
        f"PW={pw}",
        f"MN={mn}",
        *([f"Flag={flag}"] if flag is not None else []),
        f"CP=&&{content}&&",
    ]
    return ";".join(parts)
