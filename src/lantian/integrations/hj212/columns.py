"""Frames of the landing file as columns of the lake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import lru_cache, partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lantian.integrations.hj212 import cipher
from lantian.integrations.hj212.decoding import moment, read_segment
from lantian.integrations.hj212.gate import KEEP_ALIVE, segment_of
from lantian.integrations.hj212.landing import Landed
from lantian.integrations.hj212.latest import Message
from lantian.integrations.hj212.layouts import Layout, Layouts, laid_out
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
    """A frame as it is read for the lake.

    Attributes
    ----------
    layout, texts
        Where what it says stands, and the texts.
    warnings
        What its reader had to say.
    """

    landed: Landed
    layout: Layout
    texts: list[str]
    warnings: Sequence[str]
    start: datetime
    start_us: int
    clock: str
    off: bool
    end: datetime | None
    supplement: bool

    def head(self, name: str) -> str | None:
        """A field of its header, or DataTime."""
        place = self.layout.heads.get(name)
        return None if place is None else self.texts[place]

    @property
    def values(self) -> int:
        """Of how many factors it tells; a sign of life says of a connection what is no value."""
        return 0 if self.landed.cn in KEEP_ALIVE else len(self.layout.factors)

    @property
    def message(self) -> Message | None:
        """What it says for those who show newest values; None if nothing."""
        if not self.layout.factors or self.landed.cn not in SHOWN:
            return None
        return Message(
            self.landed.mn,
            self.head("st") or "",
            self.landed.cn,
            self.start,
            _EPOCH + timedelta(microseconds=self.landed.received),
            self.off,
            partial(self.layout.values, self.texts),
        )


@lru_cache(maxsize=65_536)
def _moment(text: str) -> tuple[datetime, int] | None:
    # A message that comes late has the time of China; both texts, with and without milliseconds, are frequent.
    found = moment(text)
    return None if found is None else (found.astimezone(UTC), _us(found))


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def _us(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _segment_of(landed: Landed, station: Registration | None) -> tuple[bytes, bool]:
    """Its data segment, and whether its content is cipher that nobody here can read."""
    warnings = landed.warnings
    segment = segment_of(landed.raw, warnings)
    if "deciphered" in warnings or "encrypted" in warnings:
        if station is None or station.key is None:
            return segment, True
        return cipher.deciphered(segment, station.key), False
    return segment, False


class Reader:
    """Reads frames of the landing file, one after the other.

    Parameters
    ----------
    registrations
        For encodings, intervals and keys of stations.
    """

    def __init__(self, registrations: Registrations, clocks: Clocks = Clocks()) -> None:
        self.registrations, self.clocks = registrations, clocks
        self._layouts = Layouts()

    def read(self, landed: Landed) -> Read:
        """Read a frame."""
        station = self.registrations.lookup(landed.mn)
        segment, secret = _segment_of(landed, station)
        by_form = None if secret else self._layouts.read(segment)
        warnings: Sequence[str] = ()
        if by_form is None:
            said = read_segment(
                segment, encrypted=secret, encoding=station.encoding if station is not None else ""
            )
            by_form, warnings = laid_out(said), said.warnings
        layout, texts = by_form
        place = layout.fields.get("RF")
        supplement = place is not None and texts[place] == "1"
        place = layout.heads.get("data_time")
        named, clock = None if place is None else texts[place], "data"
        if named is None and landed.cn == "2072":
            place = layout.fields.get("AlarmTime")
            named, clock = None if place is None else texts[place], "alarm"
        start, start_us, clock, off = _start(
            named, clock, landed, supplement=supplement, clocks=self.clocks
        )
        end = _end(landed.cn, start, station)
        return Read(landed, layout, texts, warnings, start, start_us, clock, off, end, supplement)


def _start(
    named: str | None, clock: str, landed: Landed, *, supplement: bool, clocks: Clocks
) -> tuple[datetime, int, str, bool]:
    found = _moment(named) if named is not None else None
    if found is None:
        return _EPOCH + timedelta(microseconds=landed.received), landed.received, "received", named is not None
    start, start_us = found
    late = landed.received - start_us
    if not -(clocks.newest // _MICROSECOND) <= late <= clocks.oldest // _MICROSECOND:
        return _EPOCH + timedelta(microseconds=landed.received), landed.received, "received", True
    allowed = clocks.off // _MICROSECOND
    return start, start_us, clock, landed.cn in REAL_TIME and not supplement and not -allowed <= late <= allowed


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
        """Add a frame."""
        self.reads.append(found)
        self.rows += found.values

    def frames(self) -> pa.Table:
        """Rows of `STACK_FRAME`."""
        reads = self.reads
        columns = {
            "mn": [one.landed.mn for one in reads],
            "received": _times([one.landed.received for one in reads]),
            "frame": [one.landed.hash.hex() for one in reads],
            "st": [one.head("st") for one in reads],
            "cn": [one.landed.cn for one in reads],
            "start": _times([None if one.clock == "received" else one.start_us for one in reads]),
            "peer": [one.landed.peer for one in reads],
            "warnings": [_warnings(one) for one in reads],
            "values": pa.array([one.values for one in reads], pa.int32()),
            "raw": pa.array([one.landed.raw for one in reads], pa.binary()),
        }
        return _table(STACK_FRAME.schema, columns)

    def values(self) -> Iterator[pa.Table]:
        """Rows of `STACK_VALUE`, in as many tables as a key has different values: later ones take the place of earlier ones."""
        telling = [one for one in self.reads if one.values]
        if not telling:
            return
        table, of_read = _values(telling)
        moments = {(one.landed.mn, one.landed.cn, one.start_us, one.off) for one in telling}
        if len(moments) == len(telling):
            # No two frames are of one moment, as it is nearly always: no key can stand twice.
            yield table
        else:
            # As they arrived.
            yield from in_turns(table.take(pa.array(np.argsort(of_read, kind="stable"))))


def _values(reads: list[Read]) -> tuple[pa.Table, Any]:
    """Rows, those of one layout and factor side by side, and for each the place of its frame."""
    alike: dict[int, tuple[Layout, list[int]]] = {}
    for number, one in enumerate(reads):
        alike.setdefault(id(one.layout), (one.layout, []))[1].append(number)
    of_read: list[Any] = []
    factors: list[str] = []
    there = {suffix for layout, _members in alike.values() for suffix in layout.suffixes}
    shown = [suffix for suffix in (*NUMBERS, *TEXTS) if suffix in there]
    texts: dict[str, list[str | None]] = {suffix: [] for suffix in shown}
    rest: dict[int, dict[str, str]] = {}
    for layout, members in alike.values():
        by_place = list(zip(*(reads[number].texts for number in members), strict=True))
        nothing = [None] * len(members)
        for factor, places in layout.factors:
            if not places.keys() <= _KNOWN:
                for row, number in enumerate(members, len(factors)):
                    said = reads[number].texts
                    rest[row] = {suffix: said[place] for suffix, place in places.items() if suffix not in _KNOWN}
            for suffix in shown:
                place = places.get(suffix)
                texts[suffix] += nothing if place is None else by_place[place]
            factors += [factor] * len(members)
            of_read.append(members)
    numbers = np.concatenate(of_read)
    columns = _shared(reads, pa.array(numbers))
    columns["factor"] = factors
    for suffix in shown:
        if suffix in NUMBERS:
            columns[NUMBERS[suffix]] = _numbers(texts[suffix], suffix, rest)
        else:
            columns[TEXTS[suffix]] = texts[suffix]
    columns["rest"] = _rest(rest, len(factors))
    return _table(STACK_VALUE.schema, columns), numbers


def _shared(reads: list[Read], of_read: pa.Array) -> dict[str, Any]:
    """What all rows of a frame have in common."""
    shared = {
        "mn": pa.array([one.landed.mn for one in reads], pa.string()),
        "st": pa.array([one.head("st") or "" for one in reads], pa.string()),
        "cn": pa.array([one.landed.cn for one in reads], pa.string()),
        "start": _times([one.start_us for one in reads]),
        "off": pa.array([one.off for one in reads], pa.bool_()),
        "clock": pa.array([one.clock for one in reads], pa.string()),
        "end": pa.array([one.end for one in reads], STAMP),
        "supplement": pa.array([one.supplement for one in reads], pa.bool_()),
        "received": _times([one.landed.received for one in reads]),
        "frame": pa.array([one.landed.hash.hex() for one in reads], pa.string()),
    }
    return {name: array.take(of_read) for name, array in shared.items()}


def _warnings(one: Read) -> str | None:
    found = [*filter(None, [one.landed.warnings]), *one.warnings]
    if one.clock == "received" and one.head("data_time") is not None:
        found.append("bad_time")
    elif one.off:
        found.append("clock_off")
    return ",".join(found) or None


def _times(values: Iterable[int | None]) -> pa.Array:
    """Microseconds since 1970 as moments."""
    return pa.array(values, pa.int64()).cast(STAMP)


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
