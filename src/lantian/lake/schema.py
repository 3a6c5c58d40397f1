"""The tables of the lake: their columns, keys and partitions.

A concentration is a whole number of thousandths of its unit (µg/m³; CO mg/m³), as the rules read it, so that sums are
exact on every engine. Times are UTC; ``month`` is the month, in campaign time, of the day to which an hour belongs (an
hour's label is its end, so the label 00:00 of the 1st belongs to the month before).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pyarrow as pa

#: columns of concentrations of an hour [thousandths of µg/m³; CO of mg/m³]; o3 is the mean of one hour
POLLUTANTS = ("pm25", "pm10", "so2", "no2", "co", "o3")
UTC = pa.timestamp("us", tz="UTC")


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the lake.

    Attributes
    ----------
    name
        The folder below the root of the lake.
    schema
        All columns; the partition is the last one.
    key
        The columns of which one value stands for one row.
    values
        The columns that a correction may change; none for a table that is derived and only replaced.
    partition
        The column by which the files are parted: the month of ``clock``.
    clock
        The column of time from which the partition follows.
    shift
        What is added to the clock before its month is taken; an hour labelled by its end in UTC is of the month, in
        campaign time, of its label + 8 h - 1 h.
    carried
        Those of the values that only tell of the others (which message said them, and when): a row that differs in
        nothing else says what is known, and is no correction.
    """

    name: str
    schema: pa.Schema
    key: tuple[str, ...]
    values: tuple[str, ...]
    partition: str = "month"
    clock: str = ""
    shift: timedelta = timedelta(0)
    carried: tuple[str, ...] = ()


AIR_HOUR = Table(
    "air_hour",
    pa.schema(
        [
            pa.field("station", pa.string(), nullable=False),
            pa.field("start", UTC, nullable=False),
            pa.field("end", UTC, nullable=False),
            *(pa.field(name, pa.int32()) for name in POLLUTANTS),
            #: which door it came through, and with which delivery
            pa.field("source", pa.string()),
            pa.field("batch", pa.string()),
            pa.field("received", UTC),
            pa.field("month", pa.string(), nullable=False),
        ]
    ),
    ("station", "end"),
    POLLUTANTS,
    clock="end",
    shift=timedelta(hours=7),
)

#: What stations gave, folded to natural days (campaign time): sums and counts, so that every mean is exact.
#: Derived: it can be made again from AIR_HOUR at any time.
AIR_STATION_DAY = Table(
    "air_station_day",
    pa.schema(
        [
            pa.field("station", pa.string(), nullable=False),
            pa.field("day", pa.date32(), nullable=False),
            #: sum of the valid hours of the day [thousandths] and how many they are
            *(
                pa.field(f"{name}_{kind}", pa.int64() if kind == "sum" else pa.int16())
                for name in POLLUTANTS
                for kind in ("sum", "count")
            ),
            #: greatest 1 h mean of O3 [thousandths]
            pa.field("o3_max", pa.int32()),
            #: the greatest 8 h mean of O3 as sum and count of its hours, and how many 8 h means are valid
            pa.field("o3_8h_sum", pa.int64()),
            pa.field("o3_8h_count", pa.int16()),
            pa.field("o3_8h_windows", pa.int16()),
            pa.field("month", pa.string(), nullable=False),
        ]
    ),
    ("station", "day"),
    (),
    clock="day",
)
