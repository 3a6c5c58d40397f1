"""What the book of alarms says: severity, merging, silence, storms, deadlines of answers, reasons of enterprises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from lantian.rules.monitoring.alarms import words
from lantian.rules.monitoring.book import GRADES, Book, book
from lantian.rules.monitoring.errors import BookError, Reason

BOOK = "alarms"
STORM = "storm"


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """Why an enterprise says that something happened, in Chinese and in English."""

    code: str
    label: str
    english: str
    document: str
    grade: str


class AlarmBook:
    """The book of alarms in the units of the rules.

    Raises
    ------
    BookError
        An entry or a row that is asked for is not sound.
    """

    def __init__(self, given: Book | None = None) -> None:
        self.book = given or book(BOOK)
        self._reasons = {row.code: row for row in (_reason(self.book.id, row) for row in self.book.rows)}

    @property
    def reasons(self) -> Mapping[str, ReasonCode]:
        """Reasons that an enterprise may give, by code."""
        return self._reasons

    def severity(self, cause: str, *, peak: Decimal | None = None, count: int = 1) -> str:
        """How grave an alarm is.

        Parameters
        ----------
        cause
            One of the causes, or ``storm``.
        peak
            The highest value by its limit, where there is a limit.
        count
            Hours, days or findings that the alarm has gathered.
        """
        base = self.book.choice(f"severity.{cause}")
        if cause in (words.OFFLINE, STORM, words.MARK_LATE):
            # Silence that lasts is not graver by its number of findings.
            return base
        if peak is not None and peak >= self.book.number("raise.multiple"):
            return words.HIGH
        return words.HIGH if count >= self.book.whole("raise.count") else base

    def severity_reasons(self, cause: str) -> tuple[Reason, ...]:
        """Which starting values the severity rests on."""
        return self.book.defaults(f"severity.{cause}", "raise.multiple", "raise.count")

    def gap(self, cause: str) -> timedelta:
        """How far apart two periods may lie and still be one alarm."""
        return timedelta(minutes=self.book.whole(f"gap.{cause}"))

    def interval(self, kind: str) -> timedelta:
        """How often a device of a kind reports, where its register says nothing."""
        return timedelta(seconds=self.book.whole(f"interval.{kind}"))

    def answer(self, severity: str) -> timedelta:
        """How long an enterprise has for its answer."""
        return timedelta(hours=self.book.whole(f"answer.{severity}"))

    def told(self, name: str) -> dict[str, str]:
        """An entry as evidence keeps it, with its label."""
        entry = self.book.entry(name)
        return {**entry.told(), "label": entry.label}

    @property
    def hits(self) -> frozenset[str]:
        """Verdicts that count as hits."""
        if self.book.choice("hit.counts") == "confirmed":
            return frozenset({words.CONFIRMED})
        return frozenset({words.CONFIRMED, words.DEVICE_FAULT})


def _reason(book: str, row: Mapping[str, object]) -> ReasonCode:
    values = [row.get(name) for name in ("reason", "label", "english", "document", "grade")]
    if not all(isinstance(value, str) and value for value in values) or values[4] not in GRADES:
        raise BookError(book, "rows", "a reason, its label, document and mark are wanted")
    return ReasonCode(*map(str, values))
