"""What is observed, and the marks that stand in the place of a value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

HOUR, DAY = "hour", "day"
STATION, CITY = "station", "city"
WIDE, LONG, SITES = "wide", "long", "sites"
BEIJING, UTC = "beijing", "utc"
END, START = "end", "start"
UG, MG = "ug", "mg"

#: what is stored of an hour and of a day
HOUR_ITEMS = ("pm25", "pm10", "so2", "no2", "co", "o3")
DAY_ITEMS = (*HOUR_ITEMS, "o3_8h")
#: further columns of an hour that only serve the check of the order of O3
O3_EXTRA = ("o3_24h", "o3_8h", "o3_8h_24h")
NAMES = {
    "pm25": "PM2.5",
    "pm10": "PM10",
    "so2": "SO2",
    "no2": "NO2",
    "co": "CO",
    "o3": "O3",
    "o3_24h": "O3 24h",
    "o3_8h": "O3 8h",
    "o3_8h_24h": "O3 8h 24h",
}

#: in the place of thousandths: not in the table, missing, and what cannot be used
ABSENT, MISSING, NOT_A_NUMBER, NEGATIVE, TOO_LARGE = -1, -2, -3, -4, -5
#: in the place of an hour or day
NO_TIME, HALF_HOUR = -(2**40), -(2**40) + 1

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


def unit_of(item: str) -> str:
    """The unit in which an item is stored."""
    return MG if item == "co" else UG


def unit_text(unit: str) -> str:
    """A unit as people write it."""
    return "mg/m³" if unit == MG else "µg/m³"


def shift_of(item: str, units: Mapping[str, str]) -> int:
    """Powers of ten from the unit of the table to that of the lake."""
    given = units.get(item) or unit_of(item)
    if given == unit_of(item):
        return 0
    return -3 if given == UG else 3


def value_text(thousandths: int) -> str:
    """Thousandths as a decimal without needless zeros.

    >>> value_text(35000), value_text(1250), value_text(7)
    ('35', '1.25', '0.007')
    """
    whole, rest = divmod(thousandths, 1000)
    return str(whole) if not rest else f"{whole}.{rest:03d}".rstrip("0")


def named(values: Mapping[str, Any]) -> str:
    """Values as one line of text."""
    return " ".join(f"{NAMES.get(item, item)}={value}" for item, value in values.items())
