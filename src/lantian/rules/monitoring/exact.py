"""Exact figures of monitoring: whatever was printed becomes a fraction; rounding is named and done once, at the end."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction

Number = Decimal | Fraction | int

#: no figure of a monitor has as many places
_CONTEXT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def exact(value: Number) -> Fraction:
    """A figure as a fraction; a binary float is none, for it is not what was printed.

    Raises
    ------
    TypeError
        The value is a float.
    """
    _printed(value)
    return Fraction(value)


def ratio(value: Number) -> tuple[int, int]:
    """A figure as two whole numbers, the second above zero: for sums in which a fraction each would cost too much.

    Raises
    ------
    TypeError
        The value is a float.

    >>> ratio(Decimal("0.25"))
    (1, 4)
    """
    _printed(value)
    return value.as_integer_ratio()


def _printed(value: Number) -> None:
    if isinstance(value, bool | float):
        raise TypeError(f"{value!r} is no exact figure: hand over what was printed, as Decimal")


def half_even(value: Number, digits: int) -> Decimal:
    """A figure with so many decimals, half to even (GB/T 8170).

    >>> half_even(Fraction(1, 8), 2), half_even(Fraction(3, 8), 2)
    (Decimal('0.12'), Decimal('0.38'))
    """
    scaled = exact(value) * 10**digits
    whole, rest = divmod(scaled.numerator, scaled.denominator)
    twice = 2 * rest
    if twice > scaled.denominator or (twice == scaled.denominator and whole % 2):
        whole += 1
    return Decimal(whole).scaleb(-digits, _CONTEXT)
