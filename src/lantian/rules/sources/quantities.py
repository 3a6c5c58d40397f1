"""Checks of the quantities that enter a formula, and powers with an exact way back."""

from __future__ import annotations

from decimal import Context, Decimal
from fractions import Fraction

from lantian.rules.sources.errors import InputError, Message, _

Number = Decimal | Fraction | int
#: powers with broken exponents are no fractions; forty figures are more than any sum can lose
_CONTEXT = Context(prec=40)


def not_negative(value: Number, field: str) -> Fraction:
    """A quantity from 0 upwards.

    Raises
    ------
    InputError
        ``negative``
    """
    if value < 0:
        raise InputError(
            "negative",
            Message(
                _("%(field)s must not be below zero (%(value)s). Correct the number."),
                field=field,
                value=str(value),
            ),
            field,
        )
    return Fraction(value)


def positive(value: Number, field: str) -> Fraction:
    """A quantity above 0.

    Raises
    ------
    InputError
        ``negative`` or ``zero``
    """
    found = not_negative(value, field)
    if not found:
        raise InputError(
            "zero", Message(_("%(field)s must not be zero. Correct the number."), field=field), field
        )
    return found


def share(value: Number, field: str) -> Fraction:
    """A share from 0 to 1.

    Raises
    ------
    InputError
        ``negative`` or ``share_above_one``
    """
    found = not_negative(value, field)
    if found > 1:
        raise InputError(
            "share_above_one",
            Message(
                _("%(field)s must not be above 1 (%(value)s). Write 95 %% as 0.95 or 95%%."),
                field=field,
                value=str(value),
            ),
            field,
        )
    return found


def percent(value: Number, field: str, least: Number = 0) -> Fraction:
    """A value that is meant in per cent, from `least` to 100.

    Raises
    ------
    InputError
        ``negative``, ``zero``, ``percent_above_100`` or ``percent_too_small``
    """
    found = not_negative(value, field)
    if found > 100:
        raise InputError(
            "percent_above_100",
            Message(_("%(field)s must not be above 100 %% (%(value)s)."), field=field, value=str(value)),
            field,
        )
    if found < least:
        raise InputError(
            "percent_too_small",
            Message(
                _("%(field)s is wanted in per cent; %(value)s would be %(value)s %%. Write 5 for 5 %%, not 0.05."),
                field=field, value=str(value),
            ),
            field,
        )  # fmt: skip
    return found


def power(base: Number, exponent: Number) -> Fraction:
    """A power with a broken exponent, to forty figures.

    >>> round(float(power(2, Decimal("0.91"))), 6)
    1.879045
    """
    if not base:
        return Fraction(0) if exponent else Fraction(1)
    return Fraction(_CONTEXT.power(_decimal(base), _decimal(exponent)))


def logarithm(value: Number) -> Fraction:
    """A natural logarithm, to forty figures."""
    return Fraction(_CONTEXT.ln(_decimal(value)))


def _decimal(value: Number) -> Decimal:
    if isinstance(value, Fraction):
        return _CONTEXT.divide(Decimal(value.numerator), Decimal(value.denominator))
    return Decimal(value)
