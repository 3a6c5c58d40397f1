"""Readings of some meters for pages, for the doors and for judging."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from lantian.lake.power.tables import POWER_READING
from lantian.lake.rows import months
from lantian.lake.store import Lake


def readings(
    lake: Lake, meters: Collection[str], first: datetime, last: datetime, columns: Iterable[str] | None = None
) -> pa.Table:
    """Live readings of meters whose periods end in a time, both ends included, by meter and end.

    Parameters
    ----------
    meters
        Their numbers.
    first, last
        Moments with an offset.
    columns
        Which columns; all if not given.
    """
    wanted = list(columns) if columns is not None else None
    if not meters:
        names = wanted if wanted is not None else POWER_READING.schema.names
        return pa.schema([POWER_READING.schema.field(name) for name in names]).empty_table()
    low, high = first.astimezone(UTC), last.astimezone(UTC)
    return lake.read(
        POWER_READING,
        columns=wanted,
        months=_months(low, high),
        span=(low, high),
        meter=sorted(set(meters)),
    )


def _months(low: datetime, high: datetime) -> list[str]:
    """The partitions that a time touches."""
    moments, at = [low], low
    while at < high:
        at += timedelta(days=28)
        moments.append(min(at, high))
    return sorted(set(months(POWER_READING, pa.array(moments, pa.timestamp("us", tz="UTC"))).to_pylist()))
