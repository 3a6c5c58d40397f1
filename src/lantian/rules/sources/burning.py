"""What burns in the open.

References
----------
T/CSES 144-2024: straw yield × straw by grain × burnt share × 0.9, or burnt area × yield × ratio × 0.9; small fires by
satellite points × 8.7e5 kg; forest area × dry biomass × 0.5, grass 0.8.
"""

from __future__ import annotations

from fractions import Fraction

from lantian.rules.sources.quantities import Number, not_negative, share


def straw_t(yield_t: Number, straw_by_grain: Number, burnt_share: Number, burning: Number) -> Fraction:
    """Straw that burns [t dry].

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> straw_t(10_000, D("1.3"), D("0.02"), D("0.9"))
    Fraction(234, 1)
    """
    straw = not_negative(yield_t, "yield") * not_negative(straw_by_grain, "straw by grain")
    return straw * share(burnt_share, "burnt share") * share(burning, "burning")


def straw_by_area_t(
    area_hm2: Number, yield_t_hm2: Number, straw_by_grain: Number, burning: Number
) -> Fraction:
    """Straw that burns on a burnt area [t dry].

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> straw_by_area_t(10, 6, D("1.5"), D("0.9"))
    Fraction(81, 1)
    """
    return (
        not_negative(area_hm2, "area")
        * not_negative(yield_t_hm2, "yield")
        * not_negative(straw_by_grain, "straw by grain")
    ) * share(burning, "burning")


def straw_by_points_t(points: Number, kilograms: Number) -> Fraction:
    """Straw that burns in small fires that a satellite saw [t].

    >>> straw_by_points_t(2, 870_000)
    Fraction(1740, 1)
    """
    return not_negative(points, "points") * Fraction(kilograms) / 1000


def vegetation_t(area_hm2: Number, biomass_t_hm2: Number, burning: Number) -> Fraction:
    """Dry biomass of forest or grass that burns [t].

    >>> from decimal import Decimal as D
    >>> vegetation_t(100, 40, D("0.5"))
    Fraction(2000, 1)
    """
    return not_negative(area_hm2, "area") * not_negative(biomass_t_hm2, "biomass") * share(burning, "burning")
