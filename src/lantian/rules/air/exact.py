"""Concentrations as whole numbers of their last place.

A concentration enters an index rounded to a number of decimals, half to even (GB/T 8170), so it is a whole number of
tenths or ones. Everything after that is arithmetic of integers.
"""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation

from lantian.rules.air.errors import ValueUnusable

#: Marks of a value that is not there, in lower case. ``-9999`` is told by its value.
MISSING_MARKS = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "--", "—", "——", "–"})
#: The mark of an item outside the monitoring programme (HJ 633-2026, 5.3).
OUTSIDE_MARK = "/"

#: Longest text that is read as a number [characters]
_LONGEST = 40
_NO_DATA = Decimal(-9999)
#: Nothing in ambient air reaches a gram in a cubic metre [µg/m³ or mg/m³]
_BEYOND_MEASURE = Decimal(1_000_000)


def grid_of(value: Decimal, digits: int) -> int:
    """A concentration as a whole number of its last place, rounded half to even.

    >>> grid_of(Decimal("60.5"), 0), grid_of(Decimal("61.5"), 0), grid_of(Decimal("4.05"), 1)
    (60, 62, 40)
    """
    return int(value.scaleb(digits).to_integral_value(rounding=ROUND_HALF_EVEN))


def ceil_div(numerator: int, denominator: int) -> int:
    """The quotient rounded up to the next integer.

    >>> ceil_div(50 * 2, 20), ceil_div(101, 20)
    (5, 6)
    """
    return -(-numerator // denominator)


def concentration(text: str) -> Decimal | None:
    """A cell of a table as a concentration; None where it holds a mark for a missing value.

    Raises
    ------
    ValueUnusable
        The text is no number, is below zero, or is beyond all measure.
    """
    stripped = text.strip()
    if stripped.lower() in MISSING_MARKS:
        return None
    if len(stripped) > _LONGEST or "_" in stripped:
        raise ValueUnusable("not_a_number", text)
    try:
        value = Decimal(stripped)
    except InvalidOperation as error:
        raise ValueUnusable("not_a_number", text) from error
    if not value.is_finite():
        raise ValueUnusable("not_a_number", text)
    if value == _NO_DATA:
        return None
    if value < 0:
        raise ValueUnusable("negative", text)
    if value > _BEYOND_MEASURE:
        raise ValueUnusable("too_large", text)
    # A zero may carry any exponent; none is worth more than another.
    return value if value else Decimal(0)
