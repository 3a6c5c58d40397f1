"""Vehicles on roads and machines off them.

References
----------
MEP notice 2014-92, annexes 3 and 4, as read at second hand: exhaust P·VKT·EF·1e-6, links TV·L·EF·1e-6, evaporation
(EF1·VKT/v + EF2·365)·P·1e-6, power method n·P·LF·h·EF·1e-6.
"""

from __future__ import annotations

from fractions import Fraction

from lantian.rules.sources.quantities import Number, not_negative, positive, share


def exhaust_t(vehicles: Number, km_a_year: Number, factor_g_km: Number, correction: Number = 1) -> Fraction:
    """Exhaust of vehicles in a year [t].

    Examples
    --------
    1,000 cars, 12,000 km, 0.68 g/km

    >>> from decimal import Decimal as D
    >>> exhaust_t(1_000, 12_000, D("0.68")) == Fraction(816, 100)
    True
    """
    grams = not_negative(vehicles, "vehicles") * not_negative(km_a_year, "distance")
    return grams * not_negative(factor_g_km, "factor") * positive(correction, "correction") / 10**6


def link_t(vehicles_an_hour: Number, length_km: Number, factor_g_km: Number) -> Fraction:
    """Exhaust on a road in an hour [t].

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> link_t(2_000, D("1.5"), D("0.4")) * 10**6
    Fraction(1200, 1)
    """
    return (
        not_negative(vehicles_an_hour, "vehicles")
        * not_negative(length_km, "length")
        * not_negative(factor_g_km, "factor")
    ) / 10**6


def evaporation_t(
    vehicles: Number,
    km_a_year: Number,
    speed_km_h: Number,
    driving_g_h: Number,
    parked_g_d: Number,
    days: Number,
) -> Fraction:
    """VOCs that evaporate from petrol vehicles in a year [t].

    Examples
    --------
    1,000 cars, 12,000 km at 30 km/h: (11.6 × 400 + 0.5 × 365) × 1000 / 10⁶

    >>> from decimal import Decimal as D
    >>> evaporation_t(1_000, 12_000, 30, D("11.6"), D("0.5"), 365) == Fraction("4.8225")
    True
    """
    driving = Fraction(driving_g_h) * not_negative(km_a_year, "distance") / positive(speed_km_h, "speed")
    return (driving + Fraction(parked_g_d) * Fraction(days)) * not_negative(vehicles, "vehicles") / 10**6


def machine_t(
    machines: Number, power_kw: Number, load: Number, hours: Number, factor_g_kwh: Number
) -> Fraction:
    """Exhaust of machines by their power [t].

    Examples
    --------
    10 excavators of 110 kW, load 0.65, 1,200 h, 4 g/kWh

    >>> from decimal import Decimal as D
    >>> machine_t(10, 110, D("0.65"), 1_200, 4) == Fraction("3.432")
    True
    """
    work = not_negative(machines, "machines") * not_negative(power_kw, "power") * share(load, "load")
    return work * not_negative(hours, "hours") * not_negative(factor_g_kwh, "factor") / 10**6
