"""Made hours of stations, for tests of the lake."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC as ZONE
from datetime import datetime, timedelta

import pyarrow as pa

from lantian.lake.schema import POLLUTANTS, UTC

#: The end of hour 0, in UTC: 01:00 of 1 January 2026 in campaign time.
FIRST = datetime(2025, 12, 31, 17, tzinfo=ZONE)


def end_of(hour: int) -> datetime:
    """The label of an hour."""
    return FIRST + timedelta(hours=hour)


def station(number: int) -> str:
    """A station's code."""
    return f"{number:04d}A"


def value(number: int, hour: int, pollutant: int) -> int:
    """A value of its own for each station, hour and pollutant [thousandths]."""
    return 1000 * (number % 90) + 10 * (hour % 97) + pollutant


def hours(wanted: Iterable[int], stations: int = 1, add: int = 0, first: int = 0) -> pa.Table:
    """Rows of stations for hours; `add` makes the values other ones."""
    pairs = [(number, hour) for hour in wanted for number in range(first, first + stations)]
    return pa.table(
        {
            "station": pa.array([station(number) for number, _ in pairs], pa.string()),
            "start": pa.array([end_of(hour - 1) for _, hour in pairs], UTC),
            "end": pa.array([end_of(hour) for _, hour in pairs], UTC),
            **{
                name: pa.array([value(number, hour, place) + add for number, hour in pairs], pa.int32())
                for place, name in enumerate(POLLUTANTS)
            },
            "source": pa.array(["test"] * len(pairs), pa.string()),
        }
    )
