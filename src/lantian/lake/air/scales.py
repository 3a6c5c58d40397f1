"""Daily values as whole numbers of known parts of a thousandth, and how such numbers are rounded.

References
----------
GB/T 8170.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
import numpy.typing as npt

from lantian.rules.air.evaluation import THOUSAND, Scheme
from lantian.rules.air.evaluation_books import EvaluationBook

Ints = npt.NDArray[np.int64]

#: columns of daily values: o3 is the greatest mean of 8 hours, o3_1h that of one hour
MEANS = ("pm25", "pm10", "so2", "no2", "co")
JUDGED = (*MEANS, "o3")
VALUES = (*JUDGED, "o3_1h")


@dataclass(frozen=True, slots=True)
class Scales:
    """Into how many parts a thousandth is cut, so that each mean is a whole number of them."""

    #: of a mean of the hours of a day, and of a mean of 8 hours
    mean: int
    window: int

    @classmethod
    def of(cls, book: EvaluationBook) -> Scales:
        """Those that the numbers of hours of an edition ask for."""
        return cls(lcm(*range(book.number("day_hours"), 25)), lcm(*range(book.number("window_hours"), 9)))

    def of_column(self, column: str) -> int:
        """The scale of a column of daily values."""
        return self.mean if column in MEANS else self.window if column == "o3" else 1


def ozone_limit(scheme: Scheme) -> Fraction:
    """The limit that a greatest mean of 8 hours is held against [thousandths]."""
    return next(scheme.limit(item) for item in scheme.book.items if item.column == "o3") * THOUSAND


def half_even(number: Ints, by: Ints | int) -> Ints:
    """Quotients of whole numbers, not negative, rounded half to even."""
    # Not `divmod`, which takes ten times as long.
    below = number // by
    twice = 2 * (number - below * by)
    return below + ((twice > by) | ((twice == by) & (below & 1 == 1)))
