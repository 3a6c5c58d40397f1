"""What a rule of electricity says: passed, suspected or cannot be judged; never a violation (E9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from lantian.rules.monitoring.errors import Message, Reason


class Outcome(StrEnum):
    """What a rule says; the inspector closes the case."""

    PASSED = "passed"
    SUSPECTED = "suspected"
    CANNOT_JUDGE = "cannot_judge"


class Confidence(StrEnum):
    """What the stack's monitor says beside it (E8)."""

    NOT_CHECKED = "not_checked"
    #: the monitor of the stack agrees
    FIRM = "firm"
    #: it says otherwise: a visit to the site
    SITE_VISIT = "site_visit"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A period that speaks for a verdict, with its figures as printed (name → text)."""

    line: str
    first: datetime
    last: datetime
    message: Message
    values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict of a rule on a line and a period.

    Attributes
    ----------
    first, last
        Beginning and end of what was judged.
    reason
        Why, with the figures that decided.
    notes
        What it rests on: the baseline, corrections, starting values of the house.
    """

    rule: str
    line: str
    outcome: Outcome
    first: datetime
    last: datetime
    reason: Reason
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[Reason, ...] = ()
    confidence: Confidence = Confidence.NOT_CHECKED
