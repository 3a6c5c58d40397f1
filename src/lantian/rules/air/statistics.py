"""Statistics of concentrations in exact arithmetic: fractions inside, decimals of a named rounding outside.

References
----------
HJ 663-2013 annex A and table 3, HJ 663-2026 A.6 and table 3 (percentile, rounding); GB/T 8170 (half to even).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil

Number = int | Decimal | Fraction


def exact(value: Number) -> int | Fraction:
    """A number that can be added to fractions."""
    return Fraction(value) if isinstance(value, Decimal) else value


def rounded(value: Number, digits: int) -> Decimal:
    """A value rounded half to even (GB/T 8170).

    >>> rounded(Fraction(659, 2), 0), rounded(Decimal("2.855"), 1)
    (Decimal('330'), Decimal('2.9'))
    """
    # Not by way of a fraction, which would look for a common divisor each time.
    number, by = value.as_integer_ratio()
    below, rest = divmod(number * 10**digits, by)
    up = 2 * rest > by or (2 * rest == by and below % 2 == 1)
    return Decimal(below + up).scaleb(-digits)


def mean(values: Iterable[Number]) -> Fraction | None:
    """The arithmetic mean; None of nothing."""
    given = [exact(value) for value in values]
    return Fraction(sum(given)) / len(given) if given else None


def percentile(values: Iterable[Number], p: int) -> Fraction | None:
    """The percentile of rank ``k = 1 + (n - 1) p``, linear between the ranks; None of nothing.

    >>> percentile(range(1, 11), 90)
    Fraction(91, 10)
    """
    if not 0 <= p <= 100:
        raise ValueError(f"A percentile lies between 0 and 100, not at {p}.")
    given = sorted(exact(value) for value in values)
    if not given:
        return None
    rank = Fraction((len(given) - 1) * p, 100)
    below = rank.numerator // rank.denominator
    if rank == below:
        return Fraction(given[below])
    return given[below] + (given[below + 1] - given[below]) * (rank - below)


def exceedance_multiple(value: Number, limit: Number) -> Decimal | None:
    """By how many times of the limit a value exceeds it, two decimals; None where it does not.

    >>> exceedance_multiple(75, 60)
    Decimal('0.25')
    """
    over = Fraction(value) - Fraction(limit)
    return rounded(over / Fraction(limit), 2) if over > 0 else None


def ratio_percent(part: int, whole: int) -> Decimal | None:
    """A ratio of days in per cent, one decimal; None of no days.

    >>> ratio_percent(265, 362)
    Decimal('73.2')
    """
    return rounded(Fraction(100 * part, whole), 1) if whole else None


def change_percent(this: Number, last: Number) -> Decimal | None:
    """Change against the same period of last year in per cent, one decimal; below 0 is better.

    >>> change_percent(Decimal("5.23"), Decimal("5.60"))
    Decimal('-6.6')
    """
    if not last:
        return None
    return rounded((Fraction(this) - Fraction(last)) / Fraction(last) * 100, 1)


def share_needed(count: int, percent: int) -> int:
    """The least number that is at least a share of a count.

    >>> [share_needed(count, 75) for count in (4, 5, 8, 11)]
    [3, 4, 6, 9]
    """
    return ceil(Fraction(count * percent, 100))


def places(values: Sequence[Decimal | None]) -> list[int | None]:
    """The place of each value, the least first; equal values share a place and the next one is skipped (1, 1, 3).

    >>> places([Decimal(5), None, Decimal(4), Decimal(4)])
    [3, None, 1, 1]
    """
    found: dict[Decimal, int] = {}
    for place, value in enumerate(sorted(value for value in values if value is not None), 1):
        found.setdefault(value, place)
    return [None if value is None else found[value] for value in values]
