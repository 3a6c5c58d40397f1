"""Coal: what its sulphur and ash become.

References
----------
T/CSES 144-2024: EF_SO2 = 2·S·(1 - sr); EF_PM = A_ar·(1 - ar)·f_PM; BC and OC as shares of PM2.5; tables C.1 to C.3.
"""

from __future__ import annotations

from fractions import Fraction

from lantian.rules.sources.books import Boiler
from lantian.rules.sources.quantities import Number, not_negative, percent


def coal_so2_t(coal_t: Number, sulphur_pct: Number, boiler: Boiler, so2_per_s: Number) -> Fraction:
    """SO2 before control [t].

    1000 t of coal with 0.5 % sulphur: 1000 × 0.005 × 2 × 0.85 = 8.5 t.
    """
    sulphur = percent(sulphur_pct, "sulphur") / 100
    return (
        not_negative(coal_t, "coal") * sulphur * Fraction(so2_per_s) * (1 - Fraction(boiler.sulphur_retained))
    )


def coal_particles_t(coal_t: Number, ash_pct: Number, boiler: Boiler) -> dict[str, Fraction]:
    """TSP, PM10, PM2.5, BC and OC before control [t].

    1000 t of coal with 25 % ash in a pulverised boiler: 1000 × 0.25 × 0.75 × 0.06 = 11.25 t PM2.5.
    """
    ash = percent(ash_pct, "ash") / 100
    tsp = not_negative(coal_t, "coal") * ash * (1 - Fraction(boiler.ash_retained))
    fine = tsp * Fraction(boiler.pm25_of_tsp)
    return {
        "TSP": tsp,
        "PM10": tsp * Fraction(boiler.pm10_of_tsp),
        "PM2.5": fine,
        "BC": fine * Fraction(boiler.bc_of_pm25),
        "OC": fine * Fraction(boiler.oc_of_pm25),
    }
