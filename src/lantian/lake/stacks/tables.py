"""The tables of source monitoring.

A value stands as it was printed, an exact decimal number in the unit of its station, which no message tells: units are
settings of the station. A row is what one frame says of one factor at one moment or for one period.
"""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa

from lantian.lake.schema import UTC, Table

#: a printed number: up to twelve figures before the point and six behind it; what has more is kept as text in ``rest``
NUMBER = pa.decimal128(18, 6)
#: suffix as HJ 212 writes it → column of its number
NUMBERS: dict[str, str] = {
    "Rtd": "rtd",
    "Min": "min",
    "Avg": "avg",
    "Max": "max",
    "Cou": "cou",
    "ZsRtd": "zs_rtd",
    "ZsMin": "zs_min",
    "ZsAvg": "zs_avg",
    "ZsMax": "zs_max",
    "RS": "rs",
    "RT": "rt",
    "Data": "data",
}
#: suffix → column of its text
TEXTS: dict[str, str] = {"Flag": "flag", "EFlag": "eflag"}
_CHINA = timedelta(hours=8)

STACK_VALUE = Table(
    "stack_value",
    pa.schema(
        [
            #: identity of the device, system code, command and factor as they were sent
            pa.field("mn", pa.string(), nullable=False),
            pa.field("st", pa.string(), nullable=False),
            pa.field("cn", pa.string(), nullable=False),
            pa.field("factor", pa.string(), nullable=False),
            #: the moment of measurement, or the start of the period (DataTime, AlarmTime of 2072)
            pa.field("start", UTC, nullable=False),
            #: whether a real-time value came so long after or before its moment that one of the two clocks is wrong, or it
            #: is a late supplement, or an hour was entered by hand; part of the key, so that it never takes the place of
            #: one that came in time
            pa.field("off", pa.bool_(), nullable=False),
            #: where `start` is from: ``data``, ``alarm``, ``received`` where the frame names no moment that can be, or
            #: ``hand``
            pa.field("clock", pa.string(), nullable=False),
            #: the end of the period; the start for a moment; empty where the length of the period is not known (minute
            #: data of a station whose interval is not set)
            pa.field("end", UTC),
            *(pa.field(column, NUMBER) for column in NUMBERS.values()),
            *(pa.field(column, pa.string()) for column in TEXTS.values()),
            #: further suffixes, and numbers that do not fit, as JSON: suffix → text as sent
            pa.field("rest", pa.string()),
            #: whether the sender marked it as a supplement (RF=1 of HJ 212-2025)
            pa.field("supplement", pa.bool_()),
            #: when the frame arrived, and its hash: `STACK_FRAME` holds it whole
            pa.field("received", UTC),
            pa.field("frame", pa.string()),
            pa.field("batch", pa.string()),
            #: the month of `start` in campaign time
            pa.field("month", pa.string(), nullable=False),
        ]
    ),
    ("mn", "st", "cn", "factor", "start", "off"),
    (*NUMBERS.values(), *TEXTS.values(), "rest", "end", "clock", "supplement", "received", "frame"),
    clock="start",
    shift=_CHINA,
    carried=("end", "clock", "supplement", "received", "frame"),
)

STACK_FRAME = Table(
    "stack_frame",
    pa.schema(
        [
            pa.field("mn", pa.string(), nullable=False),
            pa.field("received", UTC, nullable=False),
            #: hash of MN and data segment, hexadecimal
            pa.field("frame", pa.string(), nullable=False),
            pa.field("st", pa.string()),
            pa.field("cn", pa.string()),
            #: DataTime or AlarmTime as a moment; empty where the frame has none
            pa.field("start", UTC),
            #: address it came from
            pa.field("peer", pa.string()),
            #: what the reader and the gate had to say, separated by commas
            pa.field("warnings", pa.string()),
            #: how many values were read from it
            pa.field("values", pa.int32()),
            #: all of it, as it came, the password included: to be masked before anybody sees it
            pa.field("raw", pa.binary()),
            pa.field("batch", pa.string()),
            #: the month in which it was received, in campaign time
            pa.field("month", pa.string(), nullable=False),
        ]
    ),
    ("mn", "received", "frame"),
    (),
    clock="received",
    shift=_CHINA,
)
