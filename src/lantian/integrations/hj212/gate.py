"""What the gate says of a frame: taken, kept aside, or no data, and what is answered once it is on disk.

Tolerant towards form, strict about who: a frame that can be read from a station that may send is taken whatever its
content says; the rules judge that later.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lantian.integrations.hj212 import cipher
from lantian.integrations.hj212.crc import WAYS, modbus, modbus_swapped
from lantian.integrations.hj212.decoding import EDITIONS, read_segment
from lantian.integrations.hj212.encoding import frame as framed
from lantian.integrations.hj212.framing import Frame, Framer
from lantian.integrations.hj212.landing import PARKED, Arrival, Reject, hash_of
from lantian.integrations.hj212.masking import masked
from lantian.integrations.hj212.registrations import ACTIVE, Registration, Registrations
from lantian.integrations.hj212.registrations import PARKED as STATION_PARKED

__all__ = ["Head", "Verdict", "judge", "masked", "read_head", "segment_of", "text"]

#: answers of stations to commands, and their confirmations
RESULTS: Final = frozenset(("9011", "9012", "9013", "9014"))
#: what is confirmed with 9013: notices and signs of life. 8013 and 9021 are extensions of makers; 1001 and 1014 ask for an
#: identity and for a key (HJ 212-2025)
NOTICES: Final = frozenset(("1001", "1013", "1014", "8013", "9015", "9021"))
#: signs of life, which say nothing else
KEEP_ALIVE: Final = frozenset(("8013", "9015", "9021"))
_QN: Final = re.compile(rb"(?:^|[;&,])QN=([0-9A-Za-z]{1,32})")
#: the order of the standard, in which nearly all come
_USUAL: Final = re.compile(
    rb"(?:QN=([0-9]+);)?ST=([^;=& ]+);CN=([^;=& ]+);PW=([^;=& ]*);MN=([^;=& ]+);(?:Flag=([0-9]{1,3});)?CP=&&"
)
_MOST: Final = 64
#: the lower half of the standard's check takes only these values
_LOW: Final = frozenset((0x00, 0x01, 0x40, 0x41, 0x80, 0x81, 0xC0, 0xC1))


@dataclass(slots=True)
class Head:
    """The fields in front of the content, as bytes; empty where they are missing."""

    qn: bytes = b""
    st: bytes = b""
    cn: bytes = b""
    pw: bytes = b""
    mn: bytes = b""
    flag: int | None = None

    @property
    def edition(self) -> str:
        """The edition that Flag names; 2005 without it, and for bits of a version that is not known the newest."""
        return "2005" if self.flag is None else EDITIONS.get(self.flag >> 2, "2025")

    @property
    def wants_answer(self) -> bool:
        """Whether the sender waits for an answer (the bit of value 1, whatever its letter)."""
        return self.flag is not None and bool(self.flag & 1)


def read_head(segment: bytes) -> Head:
    """The header of a segment, in any order."""
    usual = _USUAL.match(segment)
    if usual is not None and segment.endswith(b"&&"):
        qn, st, cn, pw, mn, flag = usual.groups()
        found = Head(qn or b"", st, cn, pw, mn, int(flag) if flag is not None else None)
        if qn is None:
            inside = _QN.search(segment, usual.end() - 2)
            found.qn = inside[1] if inside else b""
        return found
    found = Head()
    opening = segment.find(b"CP=&&")
    closing = segment.rfind(b"&&")
    # What may stand behind the content belongs to the header, too.
    head = segment if opening < 0 else segment[:opening] + segment[max(closing, opening + 3) + 2 :]
    for item in head.split(b";"):
        name, equals, value = item.partition(b"=")
        if not equals:
            continue
        if name == b"MN":
            found.mn = found.mn or value.strip()
        elif name == b"CN":
            found.cn = found.cn or value.strip()
        elif name == b"PW":
            found.pw = found.pw or value.strip()
        elif name == b"ST":
            found.st = found.st or value.strip()
        elif name == b"QN":
            found.qn = found.qn or value.strip()
        elif name == b"Flag":
            if found.flag is None and value.isdigit() and len(value) <= 3:
                found.flag = int(value)
    if not found.mn or not found.cn:
        _read_slowly(segment, found)
    if not found.qn and opening >= 0:
        inside = _QN.search(segment, opening + 3)
        found.qn = inside[1] if inside else b""
    return found


def _read_slowly(segment: bytes, found: Head) -> None:
    """Names written otherwise, as the tolerant reader knows them."""
    said = read_segment(segment, encrypted=True)
    for name in ("qn", "st", "cn", "pw", "mn"):
        value = getattr(said, name)
        if value and not getattr(found, name):
            setattr(found, name, value.encode())
    if found.flag is None and said.flag is not None and said.flag.isdecimal() and len(said.flag) <= 3:
        found.flag = int(said.flag)


@dataclass(slots=True)
class Verdict:
    """What the gate says of a frame.

    Attributes
    ----------
    arrival, reject
        One of the two.
    answer
        What is sent once it is on disk; empty if nothing is.
    head
        Its header; None where there is none.
    station
        Whose it is; None where that is not known.
    segment
        Its data segment, deciphered where it was cipher and the key is known.
    cut_off
        Whether the connection ends here.
    """

    arrival: Arrival | None = None
    reject: Reject | None = None
    answer: bytes = b""
    head: Head | None = None
    station: Registration | None = None
    segment: bytes = b""
    cut_off: bool = False


def text(value: bytes, most: int = _MOST) -> str:
    """A field of a header as text that can be shown and stored."""
    found = value[:most].decode("latin-1")
    return found if found.isprintable() else "".join(sign if sign.isprintable() else "?" for sign in found)


def judge(
    frame: Frame,
    peer: str,
    registrations: Registrations,
    received: int,
    *,
    park: bool,
) -> Verdict:
    """Look at a frame.

    Parameters
    ----------
    frame
        As it was cut from the stream.
    peer
        The address that it came from.
    registrations
        Who may send.
    received
        When it came [µs since 1970].
    park
        Whether frames of stations that nobody knows are kept aside until they are approved.

    Returns
    -------
    Verdict
        Errors, beside those of frames: ``bad_structure``, ``unknown_mn``, ``parked``, ``station_refused``,
        ``wrong_address``, ``wrong_password``, ``wrong_st``, ``too_long``.
    """
    head = read_head(frame.segment)
    mn = text(head.mn)
    segment, error, hint = frame.segment, frame.error, ""

    def refused(error: str, hint: str = "", *, cut_off: bool = False) -> Verdict:
        return Verdict(
            reject=Reject(received, peer, mn, error, hint, frame.raw), head=head, station=station, cut_off=cut_off
        )  # fmt: skip

    station = registrations.lookup(mn) if mn else None
    warnings = frame.warnings
    if error:
        if error == "encrypted":
            segment, error, warnings = _deciphered(frame, station)
        else:
            error, hint, taken = _forgiven(frame, station, error)
            warnings = (*warnings, taken) if taken else warnings
        if error:
            return refused(error, hint)
    if not head.cn or (not mn and head.cn != b"1001"):
        return refused("bad_structure", "no_mn" if head.cn else "no_cn")
    if station is None or station.state == STATION_PARKED:
        if not park and station is None:
            return refused("unknown_mn", cut_off=True)
        return Verdict(
            reject=Reject(received, peer, mn, PARKED, "", frame.raw),
            answer=_answer(head, station),
            head=head,
            station=station,
        )
    if station.state != ACTIVE:
        return refused("station_refused", cut_off=True)
    if station.addresses and not station.may_connect_from(peer):
        return refused("wrong_address", cut_off=True)
    if station.password is not None and not station.password_is(text(head.pw)):
        return refused("wrong_password")
    if station.st and not station.st_is(text(head.st)):
        return refused("wrong_st", text(head.st, 8))
    if station.version and station.version != head.edition:
        warnings = (*warnings, "other_version")
    cn = text(head.cn, 8)
    arrival = Arrival(
        hash_of(head.mn, frame.segment), received, mn, cn, peer, ",".join(warnings) if warnings else "", frame.raw
    )  # fmt: skip
    answer = _answer(head, station) if head.wants_answer and cn not in RESULTS else b""
    return Verdict(arrival, None, answer, head, station, segment)


def _deciphered(frame: Frame, station: Registration | None) -> tuple[bytes, str, tuple[str, ...]]:
    """Segment, error and warnings of a frame in cipher. Without the key it is taken, but cannot be verified."""
    if station is None or station.key is None:
        return frame.segment, "", (*frame.warnings, "encrypted")
    clear = cipher.deciphered(frame.segment, station.key)
    if WAYS[station.crc](clear) != int(frame.check, 16):
        return frame.segment, "crc_mismatch", frame.warnings
    return clear, "", (*frame.warnings, "deciphered")


def _forgiven(frame: Frame, station: Registration | None, error: str) -> tuple[str, str, str]:
    """Error, hint, and the warning that a setting of the station makes of the error."""
    if error == "crc_mismatch" and frame.check:
        said = int(frame.check, 16)
        if station is not None and station.crc != "standard" and WAYS[station.crc](frame.segment) == said:
            return "", "", "other_check"
        if said == modbus(frame.segment):
            return error, "modbus", ""
        if said == modbus_swapped(frame.segment):
            return error, "modbus_swapped", ""
        return error, "" if said & 0xFF in _LOW else "no_check_of_hj212", ""
    if error == "length_mismatch" and frame.check and "crc_mismatch" not in frame.warnings:
        if station is not None and station.lenient_length:
            return "", "", "wrong_length"
        return error, "lenient_length", ""
    return error, "", ""


def _answer(head: Head, station: Registration | None) -> bytes:
    """The frame that confirms: 9013 for a notice, 9014 for data; nothing if none is wanted."""
    if not head.wants_answer:
        return b""
    cn = b"9013" if text(head.cn, 8) in NOTICES else b"9014"
    qn = head.qn if len(head.qn) <= 32 else b""
    # While two passwords are right, the station is answered with the one that it used.
    known = station.password if station is not None and not station.new_password_is(text(head.pw)) else None
    password = known.encode() if known else head.pw[:32]
    edition = head.edition
    if edition == "2005":
        # There the request is named inside of the content (HJ/T 212-2005).
        inside = b"QN=%s;CN=%s" % (qn, head.cn[:8]) if qn else b"CN=%s" % head.cn[:8]
        segment = b"ST=91;CN=%s;PW=%s;MN=%s;Flag=0;CP=&&%s&&" % (cn, password, head.mn[:_MOST], inside)
    else:
        flag = b"8" if edition == "2025" else b"4"
        named = b"QN=%s;" % qn if qn else b""
        segment = b"%sST=91;CN=%s;PW=%s;MN=%s;Flag=%s;CP=&&&&" % (named, cn, password, head.mn[:_MOST], flag)
    return framed(segment, WAYS[station.crc] if station is not None else WAYS["standard"])


def segment_of(raw: bytes, warnings: str) -> bytes:
    """The data segment of a frame that was taken; in cipher, where it is."""
    if "wrong_length" in warnings:
        framer = Framer()
        found = framer.feed(raw) or framer.flush()
        if found:
            return found[0].segment
    return raw[6 : 6 + int(raw[2:6])]
