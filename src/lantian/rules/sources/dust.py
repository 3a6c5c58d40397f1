"""Dust of roads, sites, piles and soil. Moisture is wanted in per cent: 2 for 2 %.

A public calculator divides the moisture by 100 once more and comes out 631 times too high; a moisture below 0.1 % is
therefore refused instead of computed.

References
----------
2014 dust guide (trial) and AP-42 13.2.1, 13.2.4, 13.2.5, as read at second hand; grades stand with each parameter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction

from lantian.rules.sources.errors import InputError, Message, _
from lantian.rules.sources.quantities import Number, logarithm, not_negative, percent, positive, power, share

Value = Callable[[str], Decimal]
#: driest material that is believed [%]
LEAST_MOISTURE = Decimal("0.1")
SIZES = ("TSP", "PM10", "PM2.5")


def paved_factor_g_km(size: str, silt_g_m2: Number, weight_t: Number, value: Value) -> Fraction:
    """Dust that a vehicle raises from a paved road: k·sL^0.91·W^1.02 [g/km].

    With sL 2 g/m² and W 10 t: 0.62 × 1.8790 × 10.4713 = 12.2 g/km PM10.
    """
    silt = power(not_negative(silt_g_m2, "silt load"), value("paved.silt_exponent"))
    weight = power(positive(weight_t, "weight"), value("paved.weight_exponent"))
    return Fraction(value(f"paved.k.{size}")) * silt * weight


def road_t(
    factor_g_km: Number, length_km: Number, vehicles_a_year: Number, wet_days: Number, removed: Number = 0
) -> Fraction:
    """Dust of a road in a year: E·L·N·(1 - n_r/365)·1e-6 [t]; `wet_days` have more than 0.25 mm of rain.

    Examples
    --------
    >>> road_t(10, 2, 3_650_000, 73)
    Fraction(292, 5)
    """
    wet = not_negative(wet_days, "wet days")
    if wet > 365:
        raise InputError("too_many_days", Message(_("A year has no more than 365 wet days (%(value)s)."), value=str(wet)),
                         "wet days")  # fmt: skip
    grams = (
        Fraction(factor_g_km) * not_negative(length_km, "length") * not_negative(vehicles_a_year, "traffic")
    )
    return grams * (1 - wet / 365) * (1 - share(removed, "efficiency")) / 10**6


def unpaved_factor_g_km(
    size: str, silt_pct: Number, speed_km_h: Number, moisture_pct: Number, value: Value
) -> Fraction:
    """Dust that a vehicle raises from an unpaved road: k·(s/12)·(v/30)^a/(M/0.5)^b [g/km].

    k, a and b have not been read anywhere: an office sets them.
    """
    moisture = _moisture(moisture_pct)
    silt = percent(silt_pct, "silt") / 12
    speed = power(not_negative(speed_km_h, "speed") / 30, value("unpaved.a"))
    return Fraction(value(f"unpaved.k.{size}")) * silt * speed / power(moisture * 2, value("unpaved.b"))


def construction_t(size: str, area_m2: Number, months: Number, removed: Number, value: Value) -> Fraction:
    """Dust of a site [t]: area × months × 2.69e-4 × share of the size × (1 - η).

    10,000 m² for 6 months: 16.14 t TSP, 7.9086 t PM10, 1.614 t PM2.5 before control.
    """
    if not_negative(months, "months") > 12:
        raise InputError("too_many_months", Message(_("A year has no more than 12 months of work (%(value)s)."),
                                                    value=str(months)), "months")  # fmt: skip
    of_size = Fraction(1) if size == "TSP" else Fraction(value(f"construction.{size}"))
    tsp = not_negative(area_m2, "area") * Fraction(months) * Fraction(value("construction.tsp"))
    return tsp * of_size * (1 - share(removed, "efficiency"))


def handling_factor_kg_t(size: str, wind_m_s: Number, moisture_pct: Number, value: Value) -> Fraction:
    """Dust of loading and unloading: k·0.0016·(u/2.2)^1.3/(M/2)^1.4 [kg/t], M in per cent.

    k 0.35, u 2.5 m/s, M 2 %: 0.35 × 0.0016 × 1.18078 = 6.6e-4.
    """
    moisture = _moisture(moisture_pct)
    wind = power(
        not_negative(wind_m_s, "wind") / Fraction(value("pile.handling.wind")),
        value("pile.handling.wind_exponent"),
    )
    wet = power(
        moisture / Fraction(value("pile.handling.moisture")), value("pile.handling.moisture_exponent")
    )
    return Fraction(value(f"pile.handling.k.{size}")) * Fraction(value("pile.handling.factor")) * wind / wet


def friction_velocity_m_s(wind_m_s: Number, height_m: Number, roughness_m: Number, value: Value) -> Fraction:
    """u* = 0.4·u(z)/ln(z/z0) [m/s].

    Raises
    ------
    InputError
        ``height``: the wind was not measured above the roughness.
    """
    height, roughness = positive(height_m, "height"), positive(roughness_m, "roughness")
    if height <= roughness:
        raise InputError(
            "height",
            Message(_("The wind must be measured above the roughness of the ground (%(height)s m, %(roughness)s m)."),
                    height=str(height_m), roughness=str(roughness_m)),
            "height",
        )  # fmt: skip
    return Fraction(value("wind.karman")) * not_negative(wind_m_s, "wind") / logarithm(height / roughness)


def erosion_potential_g_m2(friction_m_s: Number, threshold_m_s: Number, value: Value) -> Fraction:
    """P = 58·(u* - u_t*)² + 25·(u* - u_t*) [g/m²], 0 up to the threshold.

    u* 1.5, u_t* 1.0 m/s: 58 × 0.25 + 25 × 0.5 = 27 g/m².
    """
    above = not_negative(friction_m_s, "friction velocity") - positive(threshold_m_s, "threshold")
    if above <= 0:
        return Fraction(0)
    return Fraction(value("pile.erosion.square")) * above**2 + Fraction(value("pile.erosion.linear")) * above


def erosion_kg_m2(size: str, potentials_g_m2: Sequence[Number], removed: Number, value: Value) -> Fraction:
    """E_w = k·ΣP·(1 - η)·1e-3 [kg/m²]."""
    total = sum((Fraction(potential) for potential in potentials_g_m2), start=Fraction(0))
    return Fraction(value(f"pile.erosion.k.{size}")) * total * (1 - share(removed, "efficiency")) / 1000


def pile_t(
    handling_kg_t: Number, handled_t: Number, erosion_kg: Number, area_m2: Number, removed: Number = 0
) -> Fraction:
    """Dust of a pile in a year [t]: (E_h·G + E_w·A)·1e-3; `removed` is that of handling, E_w has its own.

    Examples
    --------
    >>> from decimal import Decimal as D
    >>> pile_t(D("0.00066"), 100_000, D("0.054"), 2_000)
    Fraction(87, 500)
    """
    handling = (
        Fraction(handling_kg_t) * not_negative(handled_t, "handled") * (1 - share(removed, "efficiency"))
    )
    return (handling + Fraction(erosion_kg) * not_negative(area_m2, "area")) / 1000


def soil_t(
    size: str, area_hm2: Number, erosion_index: Number, roughness: Number, width: Number, cover: Number, wind_m_s: Number,
    precipitation_index: Number, value: Value,
) -> Fraction:  # fmt: skip
    """Dust of bare soil in a year [t]: k·I_we·f·L·V·C per 10⁴ m² × area, C = 0.504·u³/PE².

    Parameters
    ----------
    erosion_index
        I_we, erodibility by wind [t/10⁴ m²].
    roughness, width, cover
        Factors f, L and V, 0 to 1.
    precipitation_index
        PE, precipitation-evaporation index of Thornthwaite.
    """
    climate = Fraction(value("soil.climate")) * not_negative(wind_m_s, "wind") ** 3
    climate /= positive(precipitation_index, "PE") ** 2
    factors = share(roughness, "roughness") * share(width, "width") * share(cover, "cover")
    index = not_negative(erosion_index, "erosion index")
    return Fraction(value(f"soil.k.{size}")) * index * factors * climate * not_negative(area_hm2, "area")


def _moisture(value: Number) -> Fraction:
    positive(value, "moisture")
    return percent(value, "moisture", LEAST_MOISTURE)
