"""The text of a plan as a page shows it: escaped, with the places of the fields marked, in chunks."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

#: Up to this length the whole text stands in the page; longer ones are loaded piece by piece [characters].
WHOLE = 120_000
CHUNK = 40_000

#: start, end, kind of field, key of the entry
Span = tuple[int, int, str, str]

#: Of spans that lie over each other, the one that says more gives the colour.
_STRENGTH = {
    kind: strength
    for strength, kind in enumerate(
        (
            "task",
            "block",
            "duty",
            "sanction",
            "title",
            "meta",
            "target",
            "units",
            "quantity",
            "deadline",
            "warning",
        )
    )
}


def chunks(text: str) -> list[tuple[int, int]]:
    """Cut a text at line ends; a text that may stand whole is one chunk."""
    if len(text) <= WHOLE:
        return [(0, len(text))]
    found: list[tuple[int, int]] = []
    start = 0
    while start < len(text):
        end = min(start + CHUNK, len(text))
        if end < len(text):
            line = text.rfind("\n", start + CHUNK // 2, end)
            end = line + 1 if line >= 0 else end
        found.append((start, end))
        start = end
    return found


def marked(text: str, spans: Iterable[Span], start: int = 0, end: int | None = None) -> SafeString:
    """Write a stretch of text with its spans marked.

    Every piece carries its offsets (``data-s``, ``data-e``), so that a script can light any span; pieces under a field
    also carry the keys of the entries (``data-k``), the narrowest first. Everything is escaped.
    """
    end = len(text) if end is None else end
    inside = [
        (max(s, start), min(e, end), kind, key, e - s)
        for s, e, kind, key in spans
        if s < end and e > start and e > s
    ]
    opens: dict[int, list[int]] = {}
    closes: dict[int, list[int]] = {}
    for number, (s, e, _kind, _key, _length) in enumerate(inside):
        opens.setdefault(s, []).append(number)
        closes.setdefault(e, []).append(number)
    borders = sorted({start, end, *opens, *closes})
    active: set[int] = set()
    pieces: list[str] = []
    for at, after in pairwise(borders):
        active.difference_update(closes.get(at, ()))
        active.update(opens.get(at, ()))
        words = escape(text[at:after])
        if not active:
            pieces.append(f'<span data-s="{at}" data-e="{after}">{words}</span>')
            continue
        ordered = sorted(active, key=lambda number: (inside[number][4], -_STRENGTH.get(inside[number][2], 0)))
        kind = max((inside[number][2] for number in active), key=lambda kind: _STRENGTH.get(kind, -1))
        keys = " ".join(dict.fromkeys(inside[number][3] for number in ordered if inside[number][3]))
        pieces.append(
            f'<mark class="pl-{escape(kind)}" data-s="{at}" data-e="{after}" data-k="{escape(keys)}">{words}</mark>'
        )
    return mark_safe("".join(pieces))


def excerpt(text: str, start: int | None, end: int | None, around: int = 24) -> tuple[str, str, str] | None:
    """The words of a place with a little before and after; None where there is no such place."""
    if start is None or end is None or not 0 <= start < end <= len(text):
        return None
    return text[max(0, start - around) : start], text[start:end], text[end : end + around]
