"""Values of cities as somebody has published them; those that LanTian works out stand apart."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from lantian.lake.schema import POLLUTANTS, UTC, Table

_DOOR = (
    pa.field("source", pa.string()),
    pa.field("batch", pa.string()),
    pa.field("received", UTC),
    pa.field("month", pa.string(), nullable=False),
)

#: hours of cities, by the code of the region [thousandths of µg/m³; CO of mg/m³]
AIR_CITY_HOUR = Table(
    "air_city_hour",
    pa.schema(
        [
            pa.field("city", pa.string(), nullable=False),
            pa.field("start", UTC, nullable=False),
            pa.field("end", UTC, nullable=False),
            *(pa.field(name, pa.int32()) for name in POLLUTANTS),
            *_DOOR,
        ]
    ),
    ("city", "end"),
    POLLUTANTS,
    clock="end",
    shift=timedelta(hours=7),
)

#: days of cities; ``o3_8h`` is the daily maximum 8 h, ``o3`` whatever the source calls O3
AIR_CITY_DAY = Table(
    "air_city_day",
    pa.schema(
        [
            pa.field("city", pa.string(), nullable=False),
            pa.field("day", pa.date32(), nullable=False),
            *(pa.field(name, pa.int32()) for name in (*POLLUTANTS, "o3_8h")),
            *_DOOR,
        ]
    ),
    ("city", "day"),
    (*POLLUTANTS, "o3_8h"),
    clock="day",
)
