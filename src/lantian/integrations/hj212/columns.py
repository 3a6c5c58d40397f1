"""Frames of the landing file as columns of the lake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantian.integrations.hj212 import cipher
from lantian.integrations.hj212.decoding import Segment, moment, read_segment
from lantian.integrations.hj212.gate import KEEP_ALIVE, segment_of
from lantian.integrations.hj212.landing import Landed
from lantian.integrations.hj212.latest import Message
from lantian.integrations.hj212.registrations import Registration, Registrations
from lantian.integrations.hj212.requests import period_of
from lantian.lake.schema import UTC as STAMP
from lantian.lake.stacks.tables import NUMBER, NUMBERS, STACK_FRAME, STACK_VALUE, TEXTS

#: commands whose values are of one moment
MOMENTS: Final = frozenset(("2011", "2021", "2072"))
#: commands whose moment is that of sending: a difference to the arrival tells of a clock
REAL_TIME: Final = frozenset(("2011", "2021"))
#: commands of which pages show the newest value
SHOWN: Final = frozenset(("2011", "2021", "2051", "2061", "2111"))
_KNOWN: Final = NUMBERS.keys() | TEXTS.keys()
_PLAIN: Final = r"^[+-]?[0-9]{1,12}(\.[0-9]{1,6})?$"
_STEP: Final = Decimal(1).scaleb(-6)
_LARGEST: Final = Decimal(10) ** 12
_FURNACE: Final = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Clocks:
    """When a moment that a station names is believed. Own choices, but for the first, which the reference has.

    Attributes
    ----------
    off
        Real-time values that are farther from their arrival are marked.
    oldest, newest
        A moment longer before or after its arrival is none: the arrival stands in its place.
    """

    off: timedelta = timedelta(minutes=10)
    oldest: timedelta = timedelta(days=400)
    newest: timedelta = timedelta(days=1)


@dataclass(slots=True)
class Read:
    """A frame as it is read for the lake."""

    landed: Landed
    said: Segment
    start: datetime
    clock: str
    off: bool
    end: datetime | None
    received: datetime
    supplement: bool

    @property
    def message(self) -> Message | None:
        """What it says for those who show newest values; None if nothing."""
        if not self.said.values or self.landed.cn not in SHOWN:
            return None
        return Message(
            self.landed.mn,
            self.said.st or "",
            self.landed.cn,
            self.start,
            self.received,
            self.off,
            self.said.values,
        )


@lru_cache(maxsize=65_536)
def _moment(text: str) -> datetime | None:
    # A message that comes late has the time of China; both texts, with and without milliseconds, are frequent.
    found = moment(text)
    return None if found is None else found.astimezone(UTC)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _segment_of(landed: Landed, station: Registration | None) -> tuple[bytes, bool]:
    """Its data segment, and whether its content is cipher that nobody here can read."""
    warnings = landed.warnings
    segment = segment_of(landed.raw, warnings)
    if "deciphered" in warnings or "encrypted" in warnings:
        if station is None or station.key is None:
            return segment, True
        return cipher.deciphered(segment, station.key), False
    return segment, False


def read(landed: Landed, registrations: Registrations, clocks: Clocks = Clocks()) -> Read:
    """Read a frame of the landing file."""
    station = registrations.lookup(landed.mn)
    segment, secret = _segment_of(landed, station)
    said = read_segment(segment, encrypted=secret, encoding=station.encoding if station is not None else "")
    received = _EPOCH + timedelta(microseconds=landed.received)
    supplement = said.fields.get("RF") == "1"
    start, clock, off = _start(said, landed.cn, received, supplement=supplement, clocks=clocks)
    return Read(landed, said, start, clock, off, _end(landed.cn, start, station), received, supplement)


def _start(
    said: Segment, cn: str, received: datetime, *, supplement: bool, clocks: Clocks
) -> tuple[datetime, str, bool]:
    named, clock = said.data_time, "data"
    if named is None and cn == "2072":
        named, clock = said.fields.get("AlarmTime"), "alarm"
    found = _moment(named) if named is not None else None
    if found is None:
        return received, "received", named is not None
    difference = received - found
    if not -clocks.newest <= difference <= clocks.oldest:
        return received, "received", True
    off = cn in REAL_TIME and not supplement and not -clocks.off <= difference <= clocks.off
    return found, clock, off


def _end(cn: str, start: datetime, station: Registration | None) -> datetime | None:
    if cn in MOMENTS:
        return start
    if cn == "2111":
        return start + _FURNACE
    if cn == "2041":
        cn = "2031"
    period = period_of(cn, station.minute_interval if station is not None else None)
    return None if period is None else start + period


@dataclass(slots=True)
class Batch:
    """Frames that go to the lake together."""

    reads: list[Read] = field(default_factory=list)
    rows: int = 0

    def add(self, found: Read) -> None:
        """Add a frame; what a sign of life says of a connection is no value."""
        if found.landed.cn in KEEP_ALIVE:
            found.said.values = {}
        self.reads.append(found)
        self.rows += len(found.said.values)

    def frames(self) -> pa.Table:
        """Rows of `STACK_FRAME`."""
        reads = self.reads
        columns = {
            "mn": [one.landed.mn for one in reads],
            "received": _times([one.received for one in reads]),
            "frame": [one.landed.hash.hex() for one in reads],
            "st": [one.said.st for one in reads],
            "cn": [one.landed.cn for one in reads],
            "start": _times([None if one.clock == "received" else one.start for one in reads]),
            "peer": [one.landed.peer for one in reads],
            "warnings": [_warnings(one) for one in reads],
            "values": pa.array([len(one.said.values) for one in reads], pa.int32()),
            "raw": pa.array([one.landed.raw for one in reads], pa.binary()),
        }
        return _table(STACK_FRAME.schema, columns)

    def values(self) -> Iterator[pa.Table]:
        """Rows of `STACK_VALUE`, in as many tables as a key has different values: later ones take the place of earlier ones."""
        table = self._values()
        if not table.num_rows:
            return
        moments = {(one.landed.mn, one.landed.cn, one.start, one.off) for one in self.reads if one.said.values}
        if len(moments) == sum(bool(one.said.values) for one in self.reads):
            # No two frames are of one moment, as it is nearly always: no key can stand twice.
            yield table
        else:
            yield from in_turns(table)

    def _values(self) -> pa.Table:
        reads = self.reads
        counts = [len(one.said.values) for one in reads]
        of_frame = pa.array(np.repeat(np.arange(len(reads)), counts))
        shared = {
            "mn": pa.array([one.landed.mn for one in reads], pa.string()),
            "st": pa.array([one.said.st or "" for one in reads], pa.string()),
            "cn": pa.array([one.landed.cn for one in reads], pa.string()),
            "start": _times([one.start for one in reads]),
            "off": pa.array([one.off for one in reads], pa.bool_()),
            "clock": pa.array([one.clock for one in reads], pa.string()),
            "end": _times([one.end for one in reads]),
            "supplement": pa.array([one.supplement for one in reads], pa.bool_()),
            "received": _times([one.received for one in reads]),
            "frame": pa.array([one.landed.hash.hex() for one in reads], pa.string()),
        }
        columns: dict[str, Any] = {name: array.take(of_frame) for name, array in shared.items()}
        columns["factor"] = [factor for one in reads for factor in one.said.values]
        texts = [values for one in reads for values in one.said.values.values()]
        there: set[str] = set()
        for values in texts:
            there.update(values)
        rest: dict[int, dict[str, str]] = {}
        if not there <= _KNOWN:
            rest = {
                place: {suffix: text for suffix, text in values.items() if suffix not in _KNOWN}
                for place, values in enumerate(texts)
                if not values.keys() <= _KNOWN
            }
        for suffix, column in NUMBERS.items():
            if suffix in there:
                columns[column] = _numbers([values.get(suffix) for values in texts], suffix, rest)
        for suffix, column in TEXTS.items():
            if suffix in there:
                columns[column] = [values.get(suffix) for values in texts]
        columns["rest"] = _rest(rest, len(texts))
        return _table(STACK_VALUE.schema, columns)


def _warnings(one: Read) -> str | None:
    found = [*filter(None, [one.landed.warnings]), *one.said.warnings]
    if one.said.data_time is not None and one.clock == "received":
        found.append("bad_time")
    elif one.off:
        found.append("clock_off")
    return ",".join(found) or None


def _times(values: Iterable[datetime | None]) -> pa.Array:
    return pa.array(values, STAMP)


def _table(schema: pa.Schema, columns: Mapping[str, Any]) -> pa.Table:
    fields = [schema.field(name) for name in columns]
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, one.type)
        for column, one in zip(columns.values(), fields, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _numbers(texts: list[str | None], suffix: str, rest: dict[int, dict[str, str]]) -> pa.Array:
    """Printed numbers as numbers. What is none, or has more figures than fit, keeps its text in `rest`."""
    array = pa.array(texts, pa.string())
    plain = pc.match_substring_regex(array, _PLAIN)
    odd = pc.indices_nonzero(pc.fill_null(pc.invert(plain), False)).to_pylist()
    found = pc.if_else(plain, array, pa.scalar(None, pa.string())).cast(NUMBER)
    if not odd:
        return found
    numbers = found.to_pylist()
    for place in odd:
        text = texts[place] or ""
        rest.setdefault(place, {})[suffix] = text
        numbers[place] = rounded(text)
    return pa.array(numbers, NUMBER)


def rounded(text: str) -> Decimal | None:
    """A number in any notation, half to even on six places; None where there is none that fits.

    >>> rounded("1.00000050"), rounded("2e-3"), rounded("NaN"), rounded("--")
    (Decimal('1.000000'), Decimal('0.002000'), None, None)
    """
    if len(text) > 40:
        return None
    try:
        found = Decimal(text)
        if not found.is_finite() or abs(found) >= _LARGEST or found.adjusted() < -30:
            return None
        return found.quantize(_STEP, ROUND_HALF_EVEN)
    except InvalidOperation:
        return None


def _rest(rest: Mapping[int, Mapping[str, str]], count: int) -> list[str | None]:
    found: list[str | None] = [None] * count
    for place, texts in rest.items():
        found[place] = json.dumps(texts, ensure_ascii=False, sort_keys=True)
    return found


#: so many different values of one key in one batch become steps of its history; of more, the last alone follows
_TURNS: Final = 8


def in_turns(table: pa.Table) -> list[pa.Table]:
    """Rows in tables in which no key stands twice, in order."""
    key = list(STACK_VALUE.key)
    counted = table.select(key).group_by(key, use_threads=False).aggregate([([], "count_all")])
    if counted.num_rows == table.num_rows:
        return [table]
    turns: list[int] = []
    seen: dict[tuple[Any, ...], int] = {}
    for row in zip(*(table[name].to_pylist() for name in key), strict=True):
        turn = seen.get(row, -1) + 1
        seen[row] = turn
        turns.append(turn)
    last = {row: turn for row, turn in seen.items() if turn >= _TURNS}
    if last:
        rows = zip(*(table[name].to_pylist() for name in key), strict=True)
        turns = [
            turn if turn < _TURNS - 1 else _TURNS - 1 if turn == max(last.get(row, turn), turn) else -1
            for row, turn in zip(rows, turns, strict=True)
        ]
    numbers = np.array(turns)
    return [table.filter(pa.array(numbers == turn)) for turn in range(min(max(turns) + 1, _TURNS))]
