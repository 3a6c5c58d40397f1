"""The first look at a whole table: what it holds, what has to be asked, and what single rows cannot tell.

Whether CO stands in µg/m³, the columns of O3 are exchanged, an hour comes twice or a row is years older than all others is
seen only in the whole. The memory needed is that of the distinct stations and months, not of the rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from lantian.rules.air.doors.book import DoorBook
from lantian.rules.air.doors.chunks import Chunk
from lantian.rules.air.doors.items import (
    HOUR,
    MG,
    MISSING,
    NOT_A_NUMBER,
    STATION,
    UG,
    Ints,
    Longs,
)
from lantian.rules.air.doors.layout import Choices, Layout, units_of
from lantian.rules.air.doors.stations import Key, Register

#: hours or days of one station that are remembered together
_BLOCK = 744
#: edges of classes of values, for the median
_EDGES = np.unique(np.geomspace(1, 2e9, 260).astype(np.int64))
_TIME_BITS = 24
#: keys that may come more than once, before the table counts as two tables in one
MOST_REPEATED = 200_000


@dataclass(frozen=True, slots=True)
class Question:
    """Something that only a person can say; the import waits for the answer.

    Attributes
    ----------
    code
        ``co_unit``, ``unit``, ``o3_swapped`` or ``station``.
    item
        The item that it is about.
    answer
        What the values look like.
    facts
        What was seen.
    """

    code: str
    item: str = ""
    answer: str = ""
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name under which it is answered."""
        return f"{self.code}:{self.item}" if self.item else self.code


@dataclass(slots=True)
class Surveyed:
    """What a table holds.

    Attributes
    ----------
    present, missing, unusable, medians
        For each item of the layout; medians in thousandths.
    first, last
        Numbers of the first and last hour (or day) with a believable time.
    repeated
        Keys (station and time, packed) that come more than once with values of one item.
    stale_before
        Days before this one are left behind; None where there are none.
    co_in_micro
        Numbers of the stations whose CO looks like µg/m³ while that of the others does not.
    """

    rows: int = 0
    present: dict[str, int] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)
    unusable: dict[str, int] = field(default_factory=dict)
    medians: dict[str, int] = field(default_factory=dict)
    first: int | None = None
    last: int | None = None
    repeated: Longs = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    too_many_repeated: bool = False
    stale_before: int | None = None
    co_in_micro: frozenset[int] = frozenset()
    questions: tuple[Question, ...] = ()


class Matching:
    """The stations of a table and those of the register, under one number for each.

    Two names of one station get one number, so that their hours meet.
    """

    def __init__(self, register: Register | None) -> None:
        self.register = register
        self.keys: list[Key] = []
        self.codes: list[str | None] = []
        self.reasons: list[str] = []
        self._numbers: dict[str, int] = {}
        self._of: list[int] = []

    def of(self, keys: Sequence[Key], station: Ints) -> Ints:
        """Numbers of the stations for the numbers that a reader gave them."""
        for key in keys[len(self._of) :]:
            if self.register is None:
                text = key.code or key.text
                code, reason = (text, "") if text else (None, "unknown_station")
            else:
                code, reason = self.register.find(key)
            name = f"+{code}" if code is not None else f"-{key.code}\t{key.city}\t{key.name}"
            number = self._numbers.get(name)
            if number is None:
                number = self._numbers[name] = len(self.keys)
                self.keys.append(key)
                self.codes.append(code)
                self.reasons.append(reason)
            self._of.append(number)
        return self.of_again(keys, station)

    def of_again(self, keys: Sequence[Key], station: Ints) -> Ints:
        """The same of a second reader, which meets the keys in the same order."""
        return np.array(self._of, dtype=np.int32)[station] if len(station) else station


def packed(station: Ints, time: Longs) -> Longs:
    """Station and time as one number."""
    return (station.astype(np.int64) << _TIME_BITS) | time


def unpacked(key: int) -> tuple[int, int]:
    """Station and time of a packed number."""
    return key >> _TIME_BITS, key & ((1 << _TIME_BITS) - 1)


class Survey:
    """Takes the chunks of a table and tells what it holds."""

    def __init__(self, layout: Layout, choices: Choices, book: DoorBook) -> None:
        self.layout, self.choices, self.book = layout, choices, book
        self.items = layout.read
        self.stored = len(layout.stored)
        self._counts = np.zeros((len(self.items), 3), dtype=np.int64)
        self._classes = np.zeros((len(self.items), len(_EDGES) + 1), dtype=np.int64)
        self._days: dict[int, int] = {}
        self._seen = _Seen()
        self._rows = 0
        self._first: int | None = None
        self._last: int | None = None
        self._pairs = np.zeros(3, dtype=np.int64)
        self._co = np.zeros((0, 2), dtype=np.int64)

    def take(self, chunk: Chunk, station: Ints) -> None:
        """Look at a chunk; `station` are the numbers of a :class:`Matching`."""
        values = chunk.values
        self._rows += len(chunk)
        self._counts[:, 0] += (values >= 0).sum(axis=0)
        self._counts[:, 1] += (values == MISSING).sum(axis=0)
        self._counts[:, 2] += (values <= NOT_A_NUMBER).sum(axis=0)
        for at in range(values.shape[1]):
            column = values[:, at]
            there = column[column >= 0]
            if there.size:
                self._classes[at] += np.bincount(
                    np.searchsorted(_EDGES, there, side="right"), minlength=len(_EDGES) + 1
                )
        self._take_o3(values)
        self._take_co(values, station)
        sound = (chunk.time > 0) & (chunk.time < (1 << _TIME_BITS))
        filled = sound & (values[:, : self.stored] != MISSING).any(axis=1)
        time, who = chunk.time[filled], station[filled]
        if not time.size:
            return
        least, most = int(time.min()), int(time.max())
        self._first = least if self._first is None else min(self._first, least)
        self._last = most if self._last is None else max(self._last, most)
        days, counts = np.unique(
            (time + 7) // 24 if self.layout.interval == HOUR else time, return_counts=True
        )
        for day, count in zip(days.tolist(), counts.tolist(), strict=True):
            self._days[day] = self._days.get(day, 0) + count
        bits = (
            ((values[filled][:, : self.stored] >= 0) << np.arange(self.stored)).sum(axis=1).astype(np.uint8)
        )
        self._seen.take(who, time, bits)

    def finish(self, keys: Sequence[Key]) -> Surveyed:
        """What the table holds."""
        medians = {}
        for at, item in enumerate(self.items):
            median = _median(self._classes[at])
            if median is not None:
                medians[item] = median
        named = [dict(zip(self.items, column, strict=True)) for column in self._counts.T.tolist()]
        repeated = np.array(sorted(self._seen.repeated), dtype=np.int64)
        found = Surveyed(
            self._rows, named[0], named[1], named[2], medians, self._first, self._last, repeated,
            self._seen.too_many, self._stale_before(),
        )  # fmt: skip
        found.questions = self._questions(medians, keys)
        if not any(question.code == "co_unit" for question in found.questions):
            found.co_in_micro = self._co_in_micro()
        return found

    # --- parts ---

    def _take_o3(self, values: Ints) -> None:
        if self.layout.interval != HOUR:
            return
        for lower, upper in (("o3", "o3_24h"), ("o3_8h", "o3_8h_24h")):
            low, high = values[:, self.items.index(lower)], values[:, self.items.index(upper)]
            both = (low >= 0) & (high >= 0)
            self._pairs += (
                int(both.sum()),
                int((both & (high < low)).sum()),
                int((both & (low < high)).sum()),
            )

    def _take_co(self, values: Ints, station: Ints) -> None:
        co = values[:, self.items.index("co")]
        there = co >= 0
        if not there.any():
            return
        size = max(int(station.max()) + 1, len(self._co))
        if size > len(self._co):
            self._co = np.vstack([self._co, np.zeros((size - len(self._co), 2), dtype=np.int64)])
        high = co > self.book.number("co_median_most") * 1000
        self._co[:, 0] += np.bincount(station[there], minlength=len(self._co))
        self._co[:, 1] += np.bincount(station[there & high], minlength=len(self._co))

    def _co_in_micro(self) -> frozenset[int]:
        """Stations of which nearly all CO is beyond what any air holds."""
        mostly = (self._co[:, 0] >= 3) & (self._co[:, 1] * 10 >= self._co[:, 0] * 9)
        return frozenset(np.flatnonzero(mostly).tolist())

    def _stale_before(self) -> int | None:
        days = sorted(self._days)
        total, gap = sum(self._days.values()), self.book.number("stale_days")
        most = total * self.book.number("stale_permille") // 1000
        behind, before = 0, None
        for earlier, later in pairwise(days):
            behind += self._days[earlier]
            if behind > most:
                break
            if later - earlier > gap:
                before = later
        return before

    def _questions(self, medians: Mapping[str, int], keys: Sequence[Key]) -> tuple[Question, ...]:
        layout, choices = self.layout, self.choices
        found: list[Question] = []
        units = units_of(layout, choices)
        if "co" in medians and "co" not in choices.units:
            median = medians["co"]
            if units["co"] == MG and median > self.book.number("co_median_most") * 1000:
                found.append(Question("co_unit", "co", UG, {"median": _whole(median)}))
            if units["co"] == UG and median < self.book.number("co_median_least"):
                found.append(Question("co_unit", "co", MG, {"median": str(median)}))
        for item in ("pm25", "pm10", "o3"):
            if item not in medians or item in choices.units or units[item] != UG:
                continue
            if 0 < medians[item] < self.book.number("median_least") * 1000:
                found.append(Question("unit", item, MG, {"median": f"{medians[item] / 1000:.3f}"}))
        both, wrong, right = self._pairs.tolist()
        if both and wrong * 100 >= both * self.book.number("swap_percent") and right * 4 < wrong:
            if not choices.swap_o3:
                found.append(Question("o3_swapped", "", "swap", {"rows": wrong, "of": both}))
        if not layout.names_stations and layout.of == STATION and not (choices.station or layout.station):
            found.append(Question("station"))
        return tuple(question for question in found if question.name not in choices.confirmed)


class _Seen:
    """Which items of which station and time have come, one bit each."""

    def __init__(self) -> None:
        self._slots: dict[int, int] = {}
        self._pool: npt.NDArray[np.uint8] = np.zeros((64, _BLOCK), dtype=np.uint8)
        self.repeated: set[int] = set()
        self.too_many = False

    def take(self, station: Ints, time: Longs, bits: npt.NDArray[np.uint8]) -> None:
        block = (station.astype(np.int64) << _TIME_BITS) | (time // _BLOCK)
        blocks, inverse = np.unique(block, return_inverse=True)
        slots = np.array([self._slot(one) for one in blocks.tolist()], dtype=np.int64)[inverse]
        flat = slots * _BLOCK + time % _BLOCK
        pool = self._pool.reshape(-1)
        order = np.argsort(flat, kind="stable")
        ordered = flat[order]
        again = np.zeros(len(flat), dtype=bool)
        again[order[1:]] = ordered[1:] == ordered[:-1]
        first = ~again
        twice = np.zeros(len(flat), dtype=bool)
        twice[first] = (pool[flat[first]] & bits[first]) != 0
        pool[flat[first]] |= bits[first]
        for place in np.flatnonzero(again).tolist():
            twice[place] = bool(pool[flat[place]] & bits[place])
            pool[flat[place]] |= bits[place]
        if twice.any():
            if len(self.repeated) > MOST_REPEATED:
                self.too_many = True
                return
            self.repeated.update(packed(station[twice], time[twice]).tolist())

    def _slot(self, block: int) -> int:
        slot = self._slots.get(block)
        if slot is None:
            slot = self._slots[block] = len(self._slots)
            if slot >= len(self._pool):
                self._pool = np.vstack([self._pool, np.zeros_like(self._pool)])
        return slot


def _median(classes: Longs) -> int | None:
    total = int(classes.sum())
    if not total:
        return None
    at = int(np.searchsorted(np.cumsum(classes), (total + 1) // 2))
    if at == 0:
        return 0
    low = int(_EDGES[at - 1])
    return low if at >= len(_EDGES) else (low + int(_EDGES[at])) // 2


def _whole(thousandths: int) -> str:
    return str(round(thousandths / 1000))
