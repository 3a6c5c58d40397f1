"""The table of readings of electricity meters.

Energy is whole watt-hours on the primary side (multiplied by CT and PT), so that sums are exact on every engine; the
counter is as the meter shows it. A row that has a counter and no energy is the first of its meter, or the one after a
reset.
"""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from lantian.lake.schema import UTC, Table

POWER_READING = Table(
    "power_reading",
    pa.schema(
        [
            #: number of the meter
            pa.field("meter", pa.string(), nullable=False),
            #: beginning of the period; of a counter the moment at which it was read before
            pa.field("start", UTC),
            pa.field("end", UTC, nullable=False),
            #: energy of the period [Wh]
            pa.field("energy_wh", pa.int64()),
            #: the counter at the end, as the meter shows it [Wh]
            pa.field("register_wh", pa.int64()),
            #: which door it came through, and with which delivery
            pa.field("door", pa.string()),
            pa.field("batch", pa.string()),
            pa.field("received", UTC),
            #: the month of the period in campaign time: its end at midnight belongs to the day before
            pa.field("month", pa.string(), nullable=False),
        ]
    ),
    ("meter", "end"),
    ("start", "energy_wh", "register_wh"),
    clock="end",
    shift=timedelta(hours=8) - timedelta(minutes=1),
)
