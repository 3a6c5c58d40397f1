"""What the room of the gateway lends to the pages of this room: rejected packets, and the reader of packets.

The gateway belongs to an upper room, which registers itself here when it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Rejected:
    """A packet that could not be taken.

    Attributes
    ----------
    error, hint
        Stable words for why, and what helps to mend it.
    raw
        As it came, its password masked.
    size
        How long it was before that [bytes].
    """

    id: int
    received: datetime
    peer: str
    mn: str
    error: str
    hint: str
    raw: bytes
    size: int = 0


@dataclass(frozen=True, slots=True)
class Rejects:
    """A page of rejected packets, the newest first, and how many there are by reason."""

    rows: Sequence[Rejected] = ()
    total: int = 0
    by_error: dict[str, int] = field(default_factory=dict)
    #: whether the landing file could be read
    readable: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """How often packets of a device were refused for a reason, or it was cut off."""

    mn: str
    error: str
    count: int
    first: datetime
    last: datetime
    peer: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """A refused packet, read and judged once more.

    Attributes
    ----------
    packet
        As it was refused.
    read
        What the reader says of it.
    takes
        Whether it would be taken by the register as it stands now.
    error, hint
        Why not.
    """

    packet: Rejected
    read: list[dict[str, Any]]
    takes: bool
    error: str = ""
    hint: str = ""


#: moment → what was refused since then
RefusedProvider = Callable[[datetime], list[Refused]]
#: error, part of an MN, offset, number of rows → a page
RejectsProvider = Callable[[str, str, int, int], Rejects]
#: key of a refused packet → how it would be judged now; None where it is not kept any more
Replayer = Callable[[int], Replayed | None]
#: bytes → what the reader says of each packet, as `lantian hj212 decode` prints it
Decoder = Callable[[bytes], list[dict[str, Any]]]

_lent: dict[str, Any] = {}


def lend(
    *,
    rejects: RejectsProvider,
    refused: RefusedProvider,
    decode: Decoder,
    words: Callable[[str], str],
    replay: Replayer,
    mask: Callable[[bytes], bytes],
) -> None:
    """Make the gateway's own known.

    Parameters
    ----------
    words
        Error or warning of the gateway → what it means.
    mask
        Bytes of a packet → the same with stars for passwords and keys.
    """
    _lent.update(rejects=rejects, refused=refused, decode=decode, words=words, replay=replay, mask=mask)


def rejects(error: str = "", mn: str = "", offset: int = 0, count: int = 20) -> Rejects | None:
    """Rejected packets; None where there is no gateway."""
    provider = _lent.get("rejects")
    return None if provider is None else provider(error, mn, offset, count)


def refused_since(since: datetime) -> list[Refused]:
    """What was refused of devices since a moment; nothing where there is no gateway."""
    provider = _lent.get("refused")
    return [] if provider is None else provider(since)


def decode(packet: bytes) -> list[dict[str, Any]] | None:
    """What the reader says; None where there is none."""
    decoder = _lent.get("decode")
    return None if decoder is None else decoder(packet)


def replay(number: int) -> Replayed | None:
    """A refused packet judged once more; None where there is no gateway, or it is not kept any more."""
    replayer = _lent.get("replay")
    return None if replayer is None else replayer(number)


def masked(packet: bytes) -> bytes:
    """A packet with stars for passwords and keys; nothing of it where there is no gateway that knows how."""
    mask = _lent.get("mask")
    return b"" if mask is None else bytes(mask(packet))


def words(error: str) -> str:
    """What an error of the gateway means; the error itself where nobody says."""
    say = _lent.get("words")
    return error if say is None else str(say(error))
