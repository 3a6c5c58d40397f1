"""The data segment of a frame into its fields and values; reads whatever can be read and judges nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from lantian.integrations.hj212.framing import Frame

#: official time of China; stations know no other
CHINA = timezone(timedelta(hours=8))
#: version bits of Flag → edition
EDITIONS = {0: "2005", 1: "2017", 2: "2025"}
_HEADER = {
    "QN": "qn",
    "ST": "st",
    "CN": "cn",
    "PW": "pw",
    "MN": "mn",
    "FLAG": "flag",
    "PNUM": "pnum",
    "PNO": "pno",
}
#: fields that are never told, wherever they stand
_SECRET = frozenset(("PW", "NEWPW", "NEWSK"))
_CONTENT = re.compile(rb"(?i)CP\s*=\s*&&")
#: what stands between two contents of one segment: the end of one, further fields, the beginning of the next
_BETWEEN = re.compile(rb"(?i)&&([;,](?:[^&]*[;,])?)CP=&&")
#: items of a content whose notes (texts of a log between `//`) may hold what parts items elsewhere
_ITEM = re.compile(r"((?://.*?//|[^;,])*)(?:[;,]|$)", re.DOTALL)


@dataclass(slots=True)
class Segment:
    """What a data segment says; texts as they were sent, None where a field is not there.

    Attributes
    ----------
    values
        Code of the factor → suffix → text.
    fields
        Everything else, such as BeginTime, PolId or QnRtn.
    """

    qn: str | None = None
    st: str | None = None
    cn: str | None = None
    pw: str | None = None
    mn: str | None = None
    flag: str | None = None
    pnum: str | None = None
    pno: str | None = None
    data_time: str | None = None
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def version(self) -> str | None:
        """The edition that Flag names; frames without Flag are of 2005, and unknown version bits are none."""
        if self.flag is None:
            return "2005"
        return EDITIONS.get(int(self.flag) >> 2) if self.flag.isdecimal() and len(self.flag) <= 3 else None

    @property
    def wants_answer(self) -> bool:
        """Whether the sender waits for an answer (the lowest bit of Flag)."""
        return self.flag is not None and self.flag.isdecimal() and bool(int(self.flag[-1]) & 1)


def text_of(segment: bytes, encoding: str = "") -> tuple[str, str]:
    """The text of a segment, and a warning where it is not UTF-8, or not what its station is known to write."""
    if encoding not in ("", "utf-8"):
        try:
            return segment.decode(encoding), ""
        except UnicodeDecodeError:
            pass
    try:
        return segment.decode("utf-8"), ""
    except UnicodeDecodeError:
        pass
    try:
        return segment.decode("gb18030"), "not_utf8"
    except UnicodeDecodeError:
        return segment.decode("latin-1"), "undecodable"


def read_segment(segment: bytes, *, encrypted: bool = False, encoding: str = "") -> Segment:
    """Read a data segment.

    Parameters
    ----------
    segment
        Bytes between the length and the check.
    encrypted
        Its content is cipher and is left alone.
    encoding
        What the station is known to write; empty to try UTF-8 and GB 18030, in this order.
    """
    found = Segment()
    head, content = _split(segment, encrypted=encrypted)
    text, warning = text_of(head, encoding)
    if warning:
        found.warnings.append(warning)
    for item in text.split(";"):
        name, equals, value = item.strip(" ,\r\n").partition("=")
        if not equals:
            if name:
                found.warnings.append("bad_item")
            continue
        key = _HEADER.get(name.upper())
        if key is None:
            found.fields[name] = value
        elif getattr(found, key) is None:
            setattr(found, key, value.strip())
        else:
            found.warnings.append("repeated_field")
    if not encrypted:
        _read_content(content, found, encoding)
    found.warnings = list(dict.fromkeys(found.warnings))
    return found


def _split(segment: bytes, *, encrypted: bool) -> tuple[bytes, bytes]:
    """Fields and content, wherever the content stands among the fields, and however many contents there are."""
    opening = _CONTENT.search(segment)
    if opening is None:
        return segment.removesuffix(b"&&"), b""
    head, content = segment[: opening.start()], segment[opening.end() :]
    closing = content.rfind(b"&&")
    if closing < 0:
        return head, content
    # The content may hold `&&` of its own: it ends with the last.
    content, behind = content[:closing], content[closing + 2 :]
    if not encrypted and _BETWEEN.search(content):
        behind = b"".join([*_BETWEEN.findall(content), behind])
        content = _BETWEEN.sub(b";", content)
    return (head + b";" + behind if behind.strip(b";, ") else head), content


def _items(text: str) -> list[str]:
    if "//" in text:
        return _ITEM.findall(text)
    return text.replace(";", ",").split(",")


def _read_content(content: bytes, found: Segment, encoding: str) -> None:
    text, warning = text_of(content, encoding)
    if warning:
        found.warnings.append(warning)
    values = found.values
    for part in _items(text):
        name, equals, value = part.strip().partition("=")
        if not equals:
            if name:
                found.warnings.append("bad_item")
            continue
        factor, dash, suffix = name.rpartition("-")
        if dash and factor and suffix:
            known = values.get(factor)
            if known is None:
                values[factor] = {suffix: value}
                continue
            if known.get(suffix, value) != value:
                found.warnings.append("repeated_value")
            known[suffix] = value
        elif name != "DataTime":
            found.fields[name] = value
        elif found.data_time is None:
            found.data_time = value
        elif found.data_time != value:
            found.warnings.append("repeated_value")


def moment(text: str | None) -> datetime | None:
    """The moment that ``YYYYMMDDhhmmss``, also with milliseconds behind, names; None where it names none."""
    if text is None or len(text) not in (14, 17) or not (text.isascii() and text.isdigit()):
        return None
    try:
        found = datetime.strptime(text[:14], "%Y%m%d%H%M%S").replace(tzinfo=CHINA)
    except ValueError:
        return None
    return found.replace(microsecond=int(text[14:]) * 1000) if len(text) == 17 else found


def iso(text: str | None) -> str | None:
    """A written moment with its offset, or None."""
    found = moment(text)
    if found is None:
        return None
    return found.isoformat(timespec="milliseconds" if found.microsecond else "seconds")


def decode(frame: Frame) -> dict[str, Any]:
    """A frame as a record of plain values, for JSON Lines.

    Returns
    -------
    dict
        ``ok``; ``error`` (None, one of :class:`~lantian.integrations.hj212.framing.Frame`, or ``bad_structure``: no
        ST, CN or MN); ``warnings``; ``offset`` [bytes]; ``length`` [bytes]; ``crc`` as it came; ``version``; ``qn``,
        ``st``, ``cn``, ``mn``, ``flag``, ``pnum``, ``pno``, ``data_time`` as they were sent; ``data_time_iso``;
        ``values``; ``fields``. Passwords and keys are never told.
    """
    said = read_segment(frame.segment, encrypted=frame.error == "encrypted")
    error = frame.error
    if not error and said.st is None and said.cn is None and said.mn is None:
        error = "bad_structure"
    warnings = [*frame.warnings, *said.warnings]
    time = iso(said.data_time)
    if said.data_time is not None and time is None:
        warnings.append("bad_time")
    return {
        "ok": not error,
        "error": error or None,
        "warnings": warnings,
        "offset": frame.offset,
        "length": frame.length,
        "crc": frame.check.decode("ascii", "replace") or None,
        "version": said.version,
        "qn": said.qn,
        "st": said.st,
        "cn": said.cn,
        "mn": said.mn,
        "flag": said.flag,
        "pnum": said.pnum,
        "pno": said.pno,
        "data_time": said.data_time,
        "data_time_iso": time,
        "values": said.values,
        "fields": {name: "***" if name.strip().upper() in _SECRET else value for name, value in said.fields.items()},
    }
