"""Emissions from monitors at the stack: concentration × flow × hours.

The guide prints the factor 1e-6 with mg/m³, m³/h, h and tonnes; mg in a tonne are 1e9, so with 1e-6 the result would be
kilograms. Here the units are multiplied out and no power of ten is written by hand.

References
----------
T/CSES 144-2024, monitored stacks: E = Σ C·Q·T; a day of at least 18 valid hours counts E_d = (24/n)·Σ C_i·Q_i; three
quarters of the hours of a season must be valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lantian.rules.sources.quantities import Number, not_negative, positive, share
from lantian.rules.sources.units import Quantity, product


def stack_t(concentration: Quantity, flow: Quantity, hours: Number) -> Fraction:
    """Emission of a duct [t].

    Examples
    --------
    35 mg/m³ in 100,000 m³/h over 8,000 h are 2.8e10 mg:

    >>> stack_t(Quantity.of(35, "mg/m3"), Quantity.of(10, "万m3/h"), 8000)
    Fraction(28, 1)
    """
    not_negative(concentration.value, "concentration")
    not_negative(flow.value, "flow")
    not_negative(hours, "hours")
    return product(concentration, flow, Quantity.of(hours, "h"), wanted="t")


def day_t(hours: Sequence[tuple[Number, Number]], least: int) -> Fraction | None:
    """Emission of a day from its valid hours [t]; None with too few of them.

    Parameters
    ----------
    hours
        Concentration [mg/m³] and flow [m³/h] of each valid hour.
    least
        Valid hours that a day needs.
    """
    if len(hours) < max(1, least) or len(hours) > 24:
        return None
    total = sum(
        (stack_t(Quantity.of(c, "mg/m3"), Quantity.of(q, "m3/h"), 1) for c, q in hours), start=Fraction(0)
    )
    return total * Fraction(24, len(hours))


def valid_share(valid_hours: Number, operating_hours: Number) -> Fraction:
    """Share of the hours of operation that have valid values."""
    return share(
        not_negative(valid_hours, "valid hours") / positive(operating_hours, "operating hours"), "valid share"
    )
