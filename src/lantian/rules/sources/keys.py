"""What keys have in common: how they are cleaned before they are looked at."""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"[\s\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]+")


def cleaned(text: str) -> str:
    """A key in half-width signs, without spaces and what cannot be seen.

    >>> cleaned(" ９１13 ０２００\\u200b")
    '91130200'
    """
    if text.isascii() and text.isalnum():
        return text
    return _SPACE.sub("", unicodedata.normalize("NFKC", text))


def quoted(text: str) -> str:
    """A key as a message shows it, cut where it is very long."""
    return text if len(text) <= 40 else text[:39] + "…"
