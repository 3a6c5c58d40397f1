"""Text from bytes in the encodings that Chinese offices use."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from lantian.office.errors import CorruptFile, EncodingUnknown

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
#: what Chinese prose is made of: ASCII, punctuation, common symbols, CJK, full-width forms
_EXPECTED = re.compile(
    "[\t\n\v\f\r\x20-\x7e\u00a0-\u00ff\u0391-\u03c9\u2010-\u203b\u2070-\u209c\u2103\u2109\u2116\u2160-\u217f\u2190-\u2193"
    "\u2200-\u22ff\u2460-\u24ff\u2500-\u257f\u25a0-\u25ff\u2605\u2606\u3000-\u301f\u3220-\u3243\u4e00-\u9fff\uff01-\uff5e\uffe5]"
)
_PUNCTUATION = re.compile("[，。、：；（）《》“”]")
#: a file may hold this share of broken bytes and still be read, with a note
_TOLERATED = 0.002


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the encoding it was in and how many bytes of it could not be read."""

    text: str
    encoding: str
    replaced: int = 0


def decode_text(data: bytes) -> Decoded:
    """Decode UTF-8, UTF-16, UTF-32, GB18030 (and its subsets GBK and GB 2312) or Big5; refuse binary data.

    A byte order mark decides.  Without one, UTF-8 is taken where it fits; bytes that fit several Chinese
    encodings are read in the one that gives Chinese prose.

    Raises
    ------
    CorruptFile
        It is binary data.
    EncodingUnknown
        It may be text, in an encoding that cannot be told.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _checked(data[len(bom) :], encoding, certain=True)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if "\x00" not in text:
            return _refuse_binary(Decoded(text, "utf-8"))
    if b"\x00" in data or _looks_like_utf16(data):
        return _utf16_without_mark(data)
    return _chinese(data)


def _looks_like_utf16(data: bytes) -> bool:
    """Chinese UTF-16 without line ends has no zero byte, but its high bytes are nearly all those of CJK."""
    if len(data) < 8 or len(data) % 2:
        return False
    sample = data[: 64 * 1024]
    return (
        any(
            sum(0x4E <= byte <= 0x9F or byte in (0x00, 0x30, 0xFF) for byte in sample[offset::2])
            > 0.97 * len(sample[offset::2])
            for offset in (0, 1)
        )
        and _plausibility(data.decode("gb18030", "replace")) < 0.9
    )


def _utf16_without_mark(data: bytes) -> Decoded:
    candidates = []
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        candidates.append((_plausibility(text), Decoded(text, encoding)))
    best = max(candidates, key=lambda candidate: candidate[0], default=None)
    if best is None or best[0] < 0.9:
        raise CorruptFile
    return _refuse_binary(best[1])


def _chinese(data: bytes) -> Decoded:
    candidates = []
    for encoding in ("gb18030", "big5hkscs"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        rank = (_plausibility(text) >= 0.9, len(_PUNCTUATION.findall(text)), _plausibility(text))
        candidates.append((rank, Decoded(text, encoding)))
    best = max(candidates, key=lambda candidate: candidate[0], default=None)
    if best is not None and best[0][0]:
        return _refuse_binary(best[1])
    for encoding in ("utf-8", "gb18030"):
        try:
            return _checked(data, encoding, certain=False)
        except (CorruptFile, EncodingUnknown):
            continue
    sample = data[: 64 * 1024]
    if len(re.findall(rb"[\x00-\x08\x0e-\x1f\x7f]", sample)) > len(sample) // 20:
        raise CorruptFile
    raise EncodingUnknown


def _checked(data: bytes, encoding: str, *, certain: bool) -> Decoded:
    """Decode with a few broken bytes allowed; where the encoding is only guessed, the text must look like
    prose.
    """
    text = data.decode(encoding, "replace")
    replaced = text.count("\ufffd")
    if replaced > max(3, int(len(text) * _TOLERATED)) or (not certain and replaced and len(text) < 200):
        raise EncodingUnknown
    if not certain and _plausibility(text) < 0.9:
        raise EncodingUnknown
    return _refuse_binary(Decoded(text, encoding, replaced))


def _plausibility(text: str) -> float:
    """Share of characters that Chinese prose is made of, judged on the first 50,000."""
    sample = text[:50_000]
    return len(_EXPECTED.findall(sample)) / len(sample) if sample else 1.0


def _refuse_binary(decoded: Decoded) -> Decoded:
    text = decoded.text.removesuffix("\x1a")
    controls = len(_CONTROL.findall(text))
    if controls > len(text) // 1000 or "\x00" in text:
        raise CorruptFile
    return Decoded(_CONTROL.sub("", text), decoded.encoding, decoded.replaced)


def unify_lines(text: str) -> str:
    """End every line with a line feed alone."""
    return text.replace("\r\n", "\n").replace("\r", "\n")
