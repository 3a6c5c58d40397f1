"""Segments that look alike are read by where their values stand: what stations send differs in its values, hardly in its form.

The form of a segment is learnt once, by the reader of :mod:`~lantian.integrations.hj212.decoding`: each value is replaced by
a mark, and where the reader puts the mark, there it puts the value. A form in which a value does not come out whole, or
about which the reader has something to say, is none: its segments are read one by one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lantian.integrations.hj212.decoding import Segment, read_segment

#: what stands behind an equals sign up to anything that could end it, or begin a note, or be cut off at its ends; where a
#: content is opened there is none
_VALUE: Final = re.compile(r"=(?!\s*&&)([^;,&/=\s\x00-\x1f]*)")
_HEADS: Final = ("qn", "st", "cn", "pw", "mn", "flag", "pnum", "pno", "data_time")
#: so many forms are remembered; then all are forgotten
_MOST: Final = 4_096


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the values of segments of one form stand among their texts.

    Attributes
    ----------
    heads
        Field of `Segment` → place.
    factors
        Factors in order, and for each its suffix → place.
    fields
        Further field → place.
    """

    heads: dict[str, int]
    factors: tuple[tuple[str, dict[str, int]], ...]
    fields: dict[str, int]
    suffixes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        """Tell which suffixes there are."""
        object.__setattr__(self, "suffixes", frozenset(name for _factor, places in self.factors for name in places))

    def values(self, texts: list[str]) -> dict[str, dict[str, str]]:
        """Factor → suffix → text."""
        return {
            factor: {suffix: texts[place] for suffix, place in places.items()} for factor, places in self.factors
        }

    def segment(self, texts: list[str]) -> Segment:
        """What the reader would have said of it."""
        found = Segment()
        for name, place in self.heads.items():
            setattr(found, name, texts[place])
        found.values = self.values(texts)
        found.fields = {name: texts[place] for name, place in self.fields.items()}
        return found


def laid_out(said: Segment) -> tuple[Layout, list[str]]:
    """A segment that was read by itself, as a layout of its own and its texts."""
    texts: list[str] = []

    def place(text: str) -> int:
        texts.append(text)
        return len(texts) - 1

    heads = {name: place(text) for name in _HEADS if (text := getattr(said, name)) is not None}
    factors = tuple(
        (factor, {suffix: place(text) for suffix, text in of_factor.items()})
        for factor, of_factor in said.values.items()
    )
    fields = {name: place(text) for name, text in said.fields.items()}
    return Layout(heads, factors, fields), texts


class Layouts:
    """The forms that were seen."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Layout | None] = {}

    def read(self, segment: bytes) -> tuple[Layout, list[str]] | None:
        """A data segment by its form; None where it has to be read by itself."""
        if not segment.isascii():
            return None
        parts = _VALUE.split(segment.decode("ascii"))
        form = tuple(parts[::2])
        try:
            layout = self._known[form]
        except KeyError:
            layout = self._learnt(form)
        return None if layout is None else (layout, parts[1::2])

    def _learnt(self, form: tuple[str, ...]) -> Layout | None:
        if len(self._known) >= _MOST:
            self._known.clear()
        found = self._known[form] = _layout(form)
        return found


def _layout(form: tuple[str, ...]) -> Layout | None:
    # A value before another equals sign could be what opens a content: what it is decides of the form.
    if any(not rest or rest.startswith("=") for rest in form[1:-1]) or form[-1].startswith("="):
        return None
    marks = {f"m{number}m": number for number in range(len(form) - 1)}
    told = read_segment("=".join((form[0], *(f"{mark}{rest}" for mark, rest in zip(marks, form[1:], strict=True)))).encode())
    if told.warnings:
        return None
    try:
        return Layout(
            {name: marks[text] for name in _HEADS if (text := getattr(told, name)) is not None},
            tuple(
                (factor, {suffix: marks[text] for suffix, text in of_factor.items()})
                for factor, of_factor in told.values.items()
            ),
            {name: marks[text] for name, text in told.fields.items()},
        )
    except KeyError:
        return None
