"""Value objects of a plan that has been read.

Every object that stands for something in the text carries ``span``: a half-open pair of Unicode code-point
offsets.  Inside :mod:`lantian.rules.documents` these offsets point into the *clean* text
(:attr:`lantian.rules.documents.text.Text.clean`); :func:`lantian.rules.documents.parse.parse_plan` maps them to the
text as it was handed in before it returns, so that callers only ever see offsets into their own text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Warning_:
    """Something that a person has to decide; ``code`` is stable, ``message`` is for the user."""

    code: str
    message: str
    span: Span


@dataclass(frozen=True, slots=True)
class Quantity:
    """An amount, limit, threshold, share, count or cycle with its unit, as printed."""

    value: Decimal
    unit: str
    comparator: str
    what: str
    text: str
    span: Span
    value_max: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """An end date; a month alone is its last day."""

    on: date
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Period:
    """An interval in which something holds; ``start``/``end`` are None for 全年 or a season without dates."""

    start: date | None
    end: date | None
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A duty that comes again: every week, not less than N times a month."""

    every: str
    text: str
    span: Span
    times: int | None = None
    comparator: str = "="


@dataclass(frozen=True, slots=True)
class DateReading:
    """Everything :func:`lantian.rules.documents.dates.read_dates` found in one piece of text."""

    deadlines: tuple[Deadline, ...] = ()
    starts: tuple[Deadline, ...] = ()
    periods: tuple[Period, ...] = ()
    recurrence: tuple[Recurrence, ...] = ()
    #: every stretch of the text that is part of a date, so that no other reader takes its figures for amounts
    taken: tuple[Span, ...] = ()
    warnings: tuple[Warning_, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A value that a region shall reach in a period."""

    indicator: str
    region: str
    comparator: str
    value: Decimal | None
    unit: str
    period: str
    text: str
    span: Span
    #: ``level``, ``reduction``, ``rank``, ``rank_gain``, ``reference``
    kind: str = "level"
    base: str | None = None
    #: ``firm`` or ``hoped`` (力争)
    strength: str = "firm"
    from_end: bool = False


@dataclass(frozen=True, slots=True)
class Duty:
    """A reporting duty: who reports what to whom, when."""

    who: str
    what: str
    to: str
    when: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Sanction:
    """A problem and the amount it costs."""

    problem: str
    amount: Decimal | None
    unit: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text that is kept whole: staggered production or response rules."""

    kind: str
    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class Task:
    """The smallest numbered item with its own responsible parties."""

    number: str
    section: tuple[str, ...]
    title: str
    text: str
    span: Span
    leads: tuple[str, ...] = ()
    responsible: tuple[str, ...] = ()
    cooperating: tuple[str, ...] = ()
    supervising: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    starts: tuple[Deadline, ...] = ()
    periods: tuple[Period, ...] = ()
    quantities: tuple[Quantity, ...] = ()
    recurrence: tuple[Recurrence, ...] = ()
    part: int | None = None
    subtitle: str | None = None
    covers: tuple[str, ...] = ()
    accepted_by: tuple[str, ...] = ()
    #: role -> units that a default clause added
    from_default: dict[str, tuple[str, ...]] = field(default_factory=dict)
    #: role -> the units as printed
    literal: dict[str, str] = field(default_factory=dict)
    #: role -> where the units stand
    role_spans: dict[str, Span] = field(default_factory=dict)
    title_span: Span | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a file: a notice, an annex, a plan."""

    title: str
    issuer: str | None
    document_number: str | None
    issued_on: date | None
    span: Span


@dataclass(frozen=True, slots=True)
class Meta:
    """The head of the leading document."""

    title: str | None = None
    issuer: str | None = None
    document_number: str | None = None
    issued_on: date | None = None
    filing_deadline: str | None = None
    copied_to: tuple[str, ...] = ()
    spans: dict[str, Span] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the tree; ``level`` counts from 1 inside its document."""

    level: int
    number: str
    title: str
    span: Span


@dataclass(frozen=True, slots=True)
class Plan:
    """A file that has been read."""

    meta: Meta
    documents: tuple[Document, ...]
    headings: tuple[Heading, ...]
    targets: tuple[Target, ...]
    tasks: tuple[Task, ...]
    duties: tuple[Duty, ...]
    sanctions: tuple[Sanction, ...]
    blocks: tuple[Block, ...]
    warnings: tuple[Warning_, ...]
