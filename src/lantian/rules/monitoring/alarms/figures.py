"""Figures of the desk: how many alarms were answered, in time, and how many of the closed ones hit.

A rate is absent, not zero, where there is nothing that it could be of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lantian.rules.monitoring.alarms import words
from lantian.rules.monitoring.alarms.book import AlarmBook


@dataclass(frozen=True, slots=True)
class Counts:
    """Alarms counted.

    Attributes
    ----------
    raised
        All of them, folded ones left out.
    asked
        Those that an enterprise has to answer.
    due
        Of those asked, the ones that are answered or whose deadline has passed.
    answered, on_time
        Of those asked, the answered ones, and the ones answered before their deadline.
    closed
        Those with a verdict.
    verdicts
        How many of them by verdict.
    """

    raised: int = 0
    asked: int = 0
    due: int = 0
    answered: int = 0
    on_time: int = 0
    closed: int = 0
    verdicts: Mapping[str, int] | None = None

    def of(self, verdict: str) -> int:
        """How many have a verdict."""
        return (self.verdicts or {}).get(verdict, 0)


@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of some alarms, exact; None where there is nothing to divide by."""

    feedback: Fraction | None
    on_time: Fraction | None
    hit: Fraction | None
    false: Fraction | None


def rates(counts: Counts, book: AlarmBook) -> Rates:
    """The rates of some alarms.

    * feedback: answered / asked
    * in time: answered before the deadline / answered or overdue
    * hit: closed with a verdict that the book counts as a hit / closed
    * false alarm: closed as false alarm / closed
    """
    hits = sum(counts.of(verdict) for verdict in book.hits)
    return Rates(
        _share(counts.answered, counts.asked),
        _share(counts.on_time, counts.due),
        _share(hits, counts.closed),
        _share(counts.of(words.FALSE_ALARM), counts.closed),
    )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole else None


def percent(value: Fraction | None) -> Decimal | None:
    """A share in percent with one digit, half up [%]."""
    if value is None:
        return None
    tenths = (2 * 1000 * value.numerator + value.denominator) // (2 * value.denominator)
    return Decimal(tenths).scaleb(-1)
