"""What can go wrong with the rules of ambient air.

AirError
├── BookError       a rule book that is not sound: a gap, an overlap, an unknown unit, a value of the wrong kind
├── NoEdition       no edition holds on the day of the data
└── ValueUnusable   a concentration that is no number, negative or beyond all measure
"""

from __future__ import annotations

from datetime import date


class AirError(ValueError):
    """Anything that the rules of ambient air refuse; ``code`` is stable."""

    code = "air"


class BookError(AirError):
    """A rule book that is not sound; `place` says where in it."""

    code = "book"

    def __init__(self, book: str, place: str, problem: str) -> None:
        super().__init__(f"{book}, {place}: {problem}")
        self.book = book
        self.place = place
        self.problem = problem


class NoEdition(AirError):
    """No edition of the standard holds on a day."""

    code = "no_edition"

    def __init__(self, day: date) -> None:
        super().__init__(f"No edition of the standard holds on {day.isoformat()}.")
        self.day = day


class ValueUnusable(AirError):
    """A concentration that cannot be used; ``code`` is ``not_a_number``, ``negative`` or ``too_large``."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{text!r}: {code}")
        self.code = code
        self.text = text
