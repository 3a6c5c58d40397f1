"""Logical lines of a plan: paragraphs, headings and table rows, each with its place in the clean text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

ParagraphKind = Literal["heading", "body", "role_line", "table_row", "note", "signature", "meta"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One logical line; ``text`` is exactly ``clean[start:end]``.

    Attributes
    ----------
    start, end
        Half-open code-point offsets into the clean text.
    kind
        What the line is; a line that opens a numbered item with its sentence following is ``body``
        with ``number`` set.
    level
        Depth of the heading or numbered item inside its document, from 1; 0 for plain lines.
    number
        The number as printed, without its separator (``一``, ``（三）``, ``12``); ``""`` where there is none.
    document
        Index of the document (0 is the leading one) that the line belongs to.
    section
        The headings above the line, outermost first, as printed.
    cells
        For table rows: ``(text, start, end)`` of each cell in clean coordinates.
    """

    text: str
    start: int
    end: int
    kind: ParagraphKind = "body"
    level: int = 0
    number: str = ""
    document: int = 0
    section: tuple[str, ...] = ()
    cells: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What the head of a document says and every reader of its paragraphs may need.

    Attributes
    ----------
    place
        The place that the plan is made for, as in its title (``云山区``, ``晴川市``); ``""`` if unknown.
    year
        The year that dates without a year belong to.
    default_unit
        The level prefix that units without one take (``市``, ``区``); ``""`` if the text has none.
    """

    title: str = ""
    issuer: str = ""
    place: str = ""
    year: int | None = None
    issued_on: date | None = None
    default_unit: str = ""
