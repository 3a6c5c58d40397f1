"""Processes, solvents, storage and leaks.

References
----------
T/CSES 144-2024: sinter SO2, solvent balance, tanks, leaks (average factors and LDAR), flares.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from lantian.rules.sources.controls import effective
from lantian.rules.sources.quantities import Number, not_negative, percent, share


def sinter_so2_t(
    ore_t: Number,
    ore_sulphur_pct: Number,
    fuel_t: Number,
    fuel_sulphur_pct: Number,
    removed: Number,
    so2_per_s: Number,
) -> Fraction:
    """SO2 of a sinter strand [t]: (M·S + M'·S')·1.7·(1 - η).

    Examples
    --------
    100,000 t ore with 0.02 % and 5,000 t fuel with 0.6 % sulphur, 80 % removed: (20 + 30) × 1.7 × 0.2

    >>> from decimal import Decimal as D
    >>> sinter_so2_t(100_000, D("0.02"), 5_000, D("0.6"), D("0.8"), D("1.7"))
    Fraction(17, 1)
    """
    sulphur = not_negative(ore_t, "ore") * percent(ore_sulphur_pct, "sulphur of ore") / 100
    sulphur += not_negative(fuel_t, "fuel") * percent(fuel_sulphur_pct, "sulphur of fuel") / 100
    return sulphur * Fraction(so2_per_s) * (1 - share(removed, "efficiency"))


def solvent_t(
    used_t: Number, voc_share: Number, efficiency: Number = 0, running: Number = 1, collection: Number = 1
) -> Fraction:
    """VOCs of a solvent by mass balance [t]: W·I·(1 - η·s·γ).

    Examples
    --------
    20 t of paint with half VOCs, hood 40 %, catalytic 85 %, always on: 10 × (1 - 0.34)

    >>> from decimal import Decimal as D
    >>> solvent_t(20, D("0.5"), D("0.85"), 1, D("0.4"))
    Fraction(33, 5)
    """
    return (
        not_negative(used_t, "use")
        * share(voc_share, "VOC content")
        * (1 - effective(efficiency, running, collection))
    )


def tank_t(
    throughput: Number, working_kg: Number, tanks: Number, standing_kg: Number, removed: Number = 0
) -> Fraction:
    """VOCs of tanks [t]: (k1·Q + n·k2)·(1 - ηγs)·1e-3.

    Parameters
    ----------
    working_kg
        Working loss by unit of throughput [kg].
    standing_kg
        Standing loss of a tank in a year [kg].

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> tank_t(10_000, D("0.2"), 4, 250, D("0.5"))
    Fraction(3, 2)
    """
    kilograms = not_negative(throughput, "throughput") * not_negative(working_kg, "working loss")
    kilograms += not_negative(tanks, "tanks") * not_negative(standing_kg, "standing loss")
    return kilograms * (1 - share(removed, "efficiency")) / 1000


def leaks_t(points: Sequence[tuple[Number, Number]], hours: Number) -> Fraction:
    """VOCs of sealing points by average factors [t]: Σ N·EF·t·1e-3.

    Parameters
    ----------
    points
        Number of points and their factor [kg/h].

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> leaks_t([(500, D("0.00403")), (20, D("0.0199"))], 8_000) == Fraction(19304, 1000)
    True
    """
    kilograms = sum(
        (not_negative(number, "points") * not_negative(factor, "factor") for number, factor in points),
        start=Fraction(0),
    )
    return kilograms * not_negative(hours, "hours") / 1000


def ldar_t(leaking: Number, repaired: Number, hours: Number, rate_kg_h: Number) -> Fraction:
    """VOCs of leaks that were found and not repaired [t]: 0.275·(N_leak - N_fixed)·T·1e-3.

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> ldar_t(30, 20, 1_000, D("0.275"))
    Fraction(11, 4)
    """
    left = not_negative(
        not_negative(leaking, "leaking") - not_negative(repaired, "repaired"), "leaking - repaired"
    )
    return left * not_negative(hours, "hours") * Fraction(rate_kg_h) / 1000


def flare_t(gas_t: Number, destruction: Number) -> Fraction:
    """VOCs of a flare [t]: Q·(1 - 0.80).

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> flare_t(50, D("0.8"))
    Fraction(10, 1)
    """
    return not_negative(gas_t, "gas") * (1 - share(destruction, "destruction"))
