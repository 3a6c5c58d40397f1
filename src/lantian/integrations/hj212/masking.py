"""Frames for people: passwords and keys are replaced by stars, also in pieces of frames and in frames that are damaged.

What is shown of a frame is mostly one that could not be read: it was cut in the middle, or lost or changed a few bytes. A
password then has no name in front of it, or half of one. Where it is not plain what a text is, it is hidden rather than shown;
whoever needs the bytes has the landing file.
"""

from __future__ import annotations

import re
from typing import Final

_STARS: Final = b"***"
#: so often a frame is looked through at most; nearly always the second time finds nothing more
_PASSES: Final = 8
_PASSWORD: Final = re.compile(rb"(?<!New)(PW\s*=)[^;]*", re.IGNORECASE)
_SECRET: Final = re.compile(rb"((?:NewPW|NewSK)\s*=)[^;,&]*", re.IGNORECASE)
#: names in front of secrets
_NAMES: Final = (b"PW", b"NEWPW", b"NEWSK")
#: what a piece begins with that may be the end of a secret, or of its name and the secret
_BEGINNING: Final = re.compile(rb"[!-%'-:<-~]+")
#: commands whose content is a secret
_CARRIES: Final = re.compile(rb"CN\s*=\s*(?:1072|1014)(?![0-9])", re.IGNORECASE)
_NEW: Final = re.compile(rb"New(?:PW|SK)\s*=", re.IGNORECASE)
_CONTENT: Final = re.compile(rb"CP\s*=\s*&&", re.IGNORECASE)
#: where the password stands in the order of the standard
_PLACE: Final = re.compile(rb"(CN\s*=\s*[0-9]{0,4}+)(?!\s*;?\s*(?:MN\s*=|$))(.*?)(?=;?\s*MN\s*=|$)", re.IGNORECASE | re.DOTALL)
_HIDDEN: Final = re.compile(rb"(?<!New)PW\s*=", re.IGNORECASE)


def masked(raw: bytes) -> bytes:
    """A frame, or a piece of one, for people: passwords and keys are replaced by stars.

    >>> masked(b"##0012ST=31;PW=123456;MN=M;CP=&&NewPW=654321&&")
    b'##0012ST=31;PW=***;MN=M;CP=&&NewPW=***&&'
    >>> masked(b"3456;MN=M;Flag=5;CP=&&")
    b'***;MN=M;Flag=5;CP=&&'
    """
    for _pass in range(_PASSES):
        hidden = _once(raw)
        if hidden == raw:
            break
        # What is hidden now can make of the rest of a damaged frame what it was not before: a shorter command, say.
        raw = hidden
    return raw


def _once(raw: bytes) -> bytes:
    if _CARRIES.search(raw):
        raw = _content(raw)
    raw = _SECRET.sub(rb"\1***", _PASSWORD.sub(rb"\1***", raw))
    if not raw.startswith(b"##"):
        raw = _beginning(raw)
    opening = _CONTENT.search(raw)
    end = opening.start() if opening is not None else len(raw)
    return _head(raw[:end]) + raw[end:]


def _beginning(raw: bytes) -> bytes:
    """A piece that begins in the middle: what it begins with may be the rest of a password."""
    found = _BEGINNING.match(raw)
    if found is None:
        return raw
    first, rest = found[0], raw[found.end() :]
    name, equals, _value = first.partition(b"=")
    if not equals:
        return _STARS + rest
    if any(one.endswith(name.strip().upper()) for one in _NAMES):
        return name + equals + _STARS + rest
    before, comma, last = name.rpartition(b",")
    return (_STARS if before else b"") + comma + last + first[len(name) :] + rest


def _head(head: bytes) -> bytes:
    """The fields before the content: what has no name, and what stands where the password should, is hidden."""
    items = head.split(b";")
    # The first holds the length, or was looked at already; behind the last `;` there is nothing, or the rest of a piece.
    found = b";".join(
        item if not number or b"=" in item or not item.strip() or item.strip() == _STARS else _STARS
        for number, item in enumerate(items)
    )
    if not _HIDDEN.search(found):
        found = _PLACE.sub(rb"\1;***", found, count=1)
    return found


def _content(raw: bytes) -> bytes:
    """The content of a command that carries a secret: hidden from the name of the secret on, or all of it."""
    opening = _CONTENT.search(raw)
    named = _NEW.search(raw, opening.end() if opening is not None else 0)
    start = named.end() if named is not None else opening.end() if opening is not None else len(raw)
    end = raw.rfind(b"&&")
    return raw[:start] + (_STARS if start < len(raw) else b"") + (raw[end:] if end >= start else b"")
