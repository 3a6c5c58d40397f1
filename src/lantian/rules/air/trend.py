"""Whether concentrations rise or fall over years: rank correlation of Spearman.

References
----------
HJ 663-2013 annex B (known without its text: K). The critical values are not taken from a table: they are counted out over
all orders of the years.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import factorial

import numpy as np
import numpy.typing as npt

from lantian.rules.air.evaluation import Reason
from lantian.rules.air.evaluation_books import EvaluationBook
from lantian.rules.air.statistics import Number, exact, rounded

RISING, FALLING, STEADY = "rising", "falling", "steady"
#: most years that critical values are counted out for
MOST_YEARS = 14
_DIGITS = 3


@dataclass(frozen=True, slots=True)
class Trend:
    """A trend over years.

    Attributes
    ----------
    r
        Rank correlation, three decimals; None where there are too few or too many years.
    critical
        What it has to reach to be significant.
    direction
        ``rising``, ``falling`` or ``steady`` (not significant).
    """

    r: Decimal | None
    critical: Decimal | None
    direction: str | None
    years: int
    clause: str
    reasons: tuple[Reason, ...] = ()


def trend(values: Mapping[int, Number | None], book: EvaluationBook) -> Trend:
    """The trend of a statistic over years.

    Parameters
    ----------
    values
        Year → statistic; a year without one is left out, and it is said.
    """
    known = {year: exact(value) for year, value in sorted(values.items()) if value is not None}
    count, clause = len(known), book.clause("trend_years")
    reasons = []
    if known:
        gaps = [year for year in range(min(known), max(known) + 1) if year not in known]
        if gaps:
            reasons.append(Reason("trend_gaps", {"years": "|".join(map(str, gaps))}))
    if count < book.number("trend_years"):
        said: dict[str, str | int] = {"count": count, "needed": book.number("trend_years"), "clause": clause}
        return Trend(None, None, None, count, clause, (*reasons, Reason("trend_few", said)))
    if count > MOST_YEARS:
        many: dict[str, str | int] = {"count": count, "most": MOST_YEARS}
        return Trend(None, None, None, count, clause, (*reasons, Reason("trend_many", many)))
    r = correlation(list(known.values()))
    least = critical(count, book.number("trend_percent"))
    if least is None or abs(r) < least:
        direction = STEADY
    else:
        direction = RISING if r > 0 else FALLING
    return Trend(
        rounded(r, _DIGITS),
        None if least is None else rounded(least, _DIGITS),
        direction,
        count,
        clause,
        tuple(reasons),
    )


def correlation(values: list[int | Fraction]) -> Fraction:
    """``1 − 6 Σd² / (n³ − n)`` of values in the order of their years; equal values share the mean of their places.

    >>> correlation([5, 4, 3, 2, 1]), correlation([1, 2, 3, 5, 4])
    (Fraction(-1, 1), Fraction(9, 10))
    """
    count = len(values)
    if count < 2:
        raise ValueError("One value has no trend.")
    squares = Fraction(0)
    for year, value in enumerate(values, 1):
        below, same = sum(other < value for other in values), values.count(value)
        squares += (Fraction(2 * below + same + 1, 2) - year) ** 2
    return 1 - 6 * squares / (count**3 - count)


@lru_cache(maxsize=64)
def critical(count: int, percent: int) -> Fraction | None:
    """The least correlation that so many years without a trend reach by chance in at most a share of all orders, one-sided.

    None where even the strongest one is more frequent.

    >>> critical(5, 5), critical(5, 1), critical(6, 1)
    (Fraction(9, 10), Fraction(1, 1), Fraction(33, 35))
    """
    found = None
    reached = 0
    for squares, orders in enumerate(_orders(count).tolist()):
        if not orders:
            continue
        reached += orders
        if 100 * reached > percent * factorial(count):
            break
        found = 1 - Fraction(6 * squares, count**3 - count)
    return found


@lru_cache(maxsize=16)
def _orders(count: int) -> npt.NDArray[np.int64]:
    """How many orders of so many places have each sum of squared differences."""
    if not 2 <= count <= MOST_YEARS:
        raise ValueError(f"From 2 to {MOST_YEARS} years are counted out, not {count}.")
    most = (count**3 - count) // 3
    of_taken: dict[int, npt.NDArray[np.int64]] = {0: np.zeros(most + 1, dtype=np.int64)}
    of_taken[0][0] = 1
    for year in range(count):
        following: dict[int, npt.NDArray[np.int64]] = {}
        for taken, sums in of_taken.items():
            for place in range(count):
                if taken >> place & 1:
                    continue
                square = (place - year) ** 2
                into = following.setdefault(taken | 1 << place, np.zeros(most + 1, dtype=np.int64))
                into[square:] += sums[: most + 1 - square]
        of_taken = following
    return of_taken[(1 << count) - 1]
