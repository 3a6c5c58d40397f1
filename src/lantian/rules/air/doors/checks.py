"""Each value at the door: let in, let in with a flag, or held with the reason.

::

    of a row      bad_time        the time cannot be read
                  half_hour       the time is no full hour
                  too_early       before any observation
                  future          the hour has not ended yet
                  stale           far older than all other rows of the table: a page that did not move
                  unknown_station, ambiguous_station, out_of_scope
                  repeated        the same hour comes again with other values
    of a value    not_a_number, negative, too_large
                  beyond          above what is believable
                  co_unit         CO of a station that looks like µg/m³ while that of the others does not
                  o3_order        the greatest hour of the day so far is less than the hour itself
    flags         frozen          one value for many hours
                  pm_order        PM2.5 above PM10

A held value is kept with its row, its text and its reason; nothing is left out silently.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from lantian.rules.air.doors.book import DoorBook
from lantian.rules.air.doors.chunks import Chunk
from lantian.rules.air.doors.items import (
    ABSENT,
    HALF_HOUR,
    HOUR,
    MISSING,
    NEGATIVE,
    NO_TIME,
    NOT_A_NUMBER,
    TOO_LARGE,
    Bools,
    Ints,
    Longs,
)
from lantian.rules.air.doors.layout import Choices, Layout
from lantian.rules.air.doors.stations import Key
from lantian.rules.air.doors.survey import Matching, Surveyed, packed, unpacked
from lantian.rules.air.doors.times import day_number, hour_number

ROW_CODES = (
    "bad_time", "half_hour", "too_early", "future", "stale", "unknown_station", "ambiguous_station", "out_of_scope",
    "repeated",
)  # fmt: skip
VALUE_CODES = ("not_a_number", "negative", "too_large", "beyond", "co_unit", "o3_order")
FLAG_CODES = ("frozen", "pm_order")
_UNUSABLE = {NOT_A_NUMBER: "not_a_number", NEGATIVE: "negative", TOO_LARGE: "too_large"}


@dataclass(frozen=True, slots=True)
class Held:
    """Values of a row that were not let in.

    Attributes
    ----------
    row
        Number of the row in the table.
    station
        Code of the station; empty where it is unknown.
    time
        Number of the hour or day; None where it cannot be told.
    values
        Item → thousandths; None where the text is no number.
    texts
        What stands in the table instead of a number.
    """

    row: int
    reason: str
    key: Key
    station: str
    time: int | None
    time_text: str
    values: Mapping[str, int | None]
    texts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Flag:
    """Hours that went in although something is odd about them."""

    reason: str
    station: str
    item: str
    first: int
    last: int
    hours: int
    value: int | None = None


@dataclass(slots=True)
class Accepted:
    """Rows that went in; `station` counts in the codes of the matching, marks stand for missing values."""

    station: Ints
    time: Longs
    values: Ints

    def __len__(self) -> int:
        return len(self.time)


@dataclass(frozen=True, slots=True)
class Tail:
    """The last hour of a station, and since when each item has had its value."""

    hour: int
    values: tuple[int, ...]
    starts: tuple[int, ...]


@dataclass(slots=True)
class Part:
    """What a chunk came to."""

    accepted: Accepted
    held: list[Held]
    flags: list[Flag]


class Checker:
    """Checks the chunks of a table.

    Parameters
    ----------
    surveyed
        The first look at the whole table.
    now
        The last hour (or day) that may have ended.
    allowed
        Codes of the stations that the sender may report; None for all.
    tails
        What came before, by code of the station, so that a value that stands still is seen across deliveries.
    details
        Held rows that are told in full; the others are only counted.
    stop
        Raised when more than `details` are held.

    Attributes
    ----------
    counts
        Reason → values held or flagged.
    first, last
        The first and the last hour (or day) that was let in.
    stored, empty, skipped
        Values let in, rows without any value, values of unknown stations that were left out by choice.
    """

    def __init__(
        self,
        layout: Layout,
        choices: Choices,
        book: DoorBook,
        matching: Matching,
        surveyed: Surveyed,
        *,
        now: int,
        allowed: frozenset[str] | None = None,
        tails: Mapping[str, Tail] | None = None,
        details: int = 100_000,
        stop: Callable[[Counter[str]], Exception] | None = None,
    ) -> None:
        self.layout, self.choices, self.book = layout, choices, book
        self.matching, self.surveyed, self.allowed = matching, surveyed, allowed
        self.items, self.stored_items = layout.read, layout.stored
        self.now = now
        self.counts: Counter[str] = Counter()
        self.stored = self.empty = self.skipped = self.held_rows = 0
        self.first: int | None = None
        self.last: int | None = None
        self.details, self._stop = details, stop
        hourly = layout.interval == HOUR
        first_day = date(book.number("first_year"), 1, 1)
        self._first = hour_number(datetime(first_day.year, 1, 1)) if hourly else day_number(first_day)
        self._stale = surveyed.stale_before
        self._most = np.array(
            [book.number(f"most_{item}") * 1000 for item in self.stored_items], dtype=np.int64
        )
        self._aside: dict[int, list[tuple[Chunk, int]]] = {}
        self._runs = _Runs(matching, book, tails or {}) if hourly else None
        self._odd: dict[int, list[int]] = {}

    def take(self, chunk: Chunk, station: Ints) -> Part:
        """Check a chunk; `station` are the numbers of the matching."""
        if len(self.surveyed.repeated):
            again = np.isin(packed(station, chunk.time), self.surveyed.repeated) & (chunk.time > 0)
            if again.any():
                for place in np.flatnonzero(again).tolist():
                    key = int(packed(station[place : place + 1], chunk.time[place : place + 1])[0])
                    self._aside.setdefault(key, []).append((chunk, place))
                return self._check(chunk, station, ~again)
        return self._check(chunk, station, np.ones(len(chunk), dtype=bool))

    def finish(self) -> Part:
        """The hours that came more than once, and the flags that were still open."""
        held: list[Held] = []
        rows: list[Longs] = []
        stations: list[int] = []
        times: list[int] = []
        values: list[Ints] = []
        texts: dict[tuple[int, int], str] = {}
        for key, found in sorted(self._aside.items()):
            station, time = unpacked(key)
            lines = np.array([chunk.rows[place] for chunk, place in found])
            cells = np.array([chunk.values[place] for chunk, place in found])
            merged, differs = _merged(cells)
            stored = np.zeros(len(self.items), dtype=bool)
            stored[: len(self.stored_items)] = True
            for number, (_chunk, _place) in enumerate(found):
                odd = {
                    item: int(cells[number, at])
                    for at, item in enumerate(self.items)
                    if differs[at] and stored[at] and cells[number, at] >= 0
                }
                if odd:
                    self._count("repeated", len(odd))
                    self._hold(held, int(lines[number].min()), "repeated", station, time, "", odd, {})
            merged[differs] = ABSENT
            for number, (chunk, place) in enumerate(found):
                for at in range(len(self.items)):
                    if (place, at) in chunk.texts and merged[at] == cells[number, at]:
                        texts[len(rows), at] = chunk.texts[place, at]
            rows.append(lines[0])
            stations.append(station)
            times.append(time)
            values.append(merged)
        self._aside.clear()
        if rows:
            chunk = Chunk(
                np.array(rows), np.array(stations, dtype=np.int32), np.array(times, dtype=np.int64),
                np.array(values, dtype=np.int32), texts,
            )  # fmt: skip
            part = self._check(chunk, chunk.station, np.ones(len(chunk), dtype=bool))
        else:
            width = len(self.stored_items)
            nothing = np.empty(0, dtype=np.int64)
            part = Part(Accepted(nothing.astype(np.int32), nothing, np.empty((0, width), np.int32)), [], [])
        part.held[:0] = held
        if self._runs is not None:
            part.flags += self._told(self._runs.finish())
        for station in list(self._odd):
            part.flags += self._close(station)
        return part

    def tails(self) -> dict[str, Tail]:
        """The last hour of each station, for the next delivery."""
        return {} if self._runs is None else self._runs.tails()

    # --- rows ---

    def _check(self, chunk: Chunk, station: Ints, chosen: Bools) -> Part:
        held: list[Held] = []
        values = chunk.values
        width = len(self.stored_items)
        core = values[:, :width]
        filled = (core >= 0) | (core <= NOT_A_NUMBER)
        anything = filled.any(axis=1)
        self.empty += int((chosen & ~anything).sum())
        open_rows = chosen & anything
        for reason, wrong in self._row_reasons(chunk.time, station):
            at = open_rows & wrong
            if not at.any():
                continue
            open_rows = open_rows & ~at
            cells = int(filled[at].sum())
            if reason in ("unknown_station", "ambiguous_station") and self.choices.unknown == "skip":
                self.skipped += cells
                continue
            self._count(reason, cells)
            self._hold_cells(held, chunk, station, reason, at[:, None] & filled)
        good = core >= 0
        for mark, reason in _UNUSABLE.items():
            self._hold_values(held, chunk, station, reason, open_rows[:, None] & (core == mark))
        beyond = good & (core > self._most)
        wrong_unit = np.zeros_like(good)
        if self.surveyed.co_in_micro:
            co = self.items.index("co")
            micro = np.isin(station, np.fromiter(self.surveyed.co_in_micro, dtype=np.int64))
            wrong_unit[:, co] = micro & good[:, co]
        beyond &= ~wrong_unit
        order = self._wrong_order(values) & good & ~beyond
        for reason, cells_of in (("co_unit", wrong_unit), ("beyond", beyond), ("o3_order", order)):
            self._hold_values(held, chunk, station, reason, open_rows[:, None] & cells_of)
        kept = good & ~beyond & ~wrong_unit & ~order & open_rows[:, None]
        rows = kept.any(axis=1)
        self.stored += int(kept.sum())
        accepted = Accepted(station[rows], chunk.time[rows], np.where(kept[rows], core[rows], MISSING))
        if len(accepted):
            least, most = int(accepted.time.min()), int(accepted.time.max())
            self.first = least if self.first is None else min(self.first, least)
            self.last = most if self.last is None else max(self.last, most)
        flags: list[Flag] = []
        if self._runs is not None:
            flags = self._told(self._runs.take(accepted.station, accepted.time, accepted.values))
            flags += self._pm_order(accepted)
        return Part(accepted, held, flags)

    def _row_reasons(self, time: Longs, station: Ints) -> list[tuple[str, Bools]]:
        found: list[tuple[str, Bools]] = [
            ("bad_time", time == NO_TIME),
            ("half_hour", time == HALF_HOUR),
            ("too_early", (time < self._first) & (time > HALF_HOUR)),
            ("future", time > self.now),
        ]
        if self._stale is not None:
            day = (time + 7) // 24 if self.layout.interval == HOUR else time
            found.append(("stale", day < self._stale))
        reasons = self.matching.reasons
        for reason in ("unknown_station", "ambiguous_station"):
            numbers = [number for number, one in enumerate(reasons) if one == reason]
            if numbers:
                found.append((reason, np.isin(station, numbers)))
        if self.allowed is not None:
            codes = self.matching.codes
            numbers = [
                number for number, code in enumerate(codes) if code is not None and code not in self.allowed
            ]
            if numbers:
                found.append(("out_of_scope", np.isin(station, numbers)))
        return found

    def _wrong_order(self, values: Ints) -> Bools:
        """O3 of which the greatest hour of the day so far is less than the hour itself."""
        found = np.zeros((len(values), len(self.stored_items)), dtype=bool)
        if self.layout.interval == HOUR:
            o3 = self.items.index("o3")
            for lower, upper in (("o3", "o3_24h"), ("o3_8h", "o3_8h_24h")):
                low, high = values[:, self.items.index(lower)], values[:, self.items.index(upper)]
                found[:, o3] |= (low >= 0) & (high >= 0) & (high < low)
        return found

    def _pm_order(self, accepted: Accepted) -> list[Flag]:
        at25, at10 = self.stored_items.index("pm25"), self.stored_items.index("pm10")
        pm25, pm10 = accepted.values[:, at25], accepted.values[:, at10]
        odd = np.flatnonzero((pm10 >= 0) & (pm25 > pm10))
        flags: list[Flag] = []
        if not odd.size:
            return flags
        self._count("pm_order", len(odd))
        order = odd[np.lexsort((accepted.time[odd], accepted.station[odd]))]
        for station, time in zip(
            accepted.station[order].tolist(), accepted.time[order].tolist(), strict=True
        ):
            run = self._odd.get(station)
            if run is not None and run[1] + 1 == time:
                run[1] = time
                continue
            if run is not None:
                flags += self._close(station)
            self._odd[station] = [time, time]
        return flags

    def _close(self, station: int) -> list[Flag]:
        first, last = self._odd.pop(station)
        code = self.matching.codes[station]
        assert code is not None
        return [Flag("pm_order", code, "pm25", first, last, last - first + 1)]

    def _told(self, flags: list[Flag]) -> list[Flag]:
        for flag in flags:
            self._count("frozen", flag.hours)
        return flags

    # --- held values ---

    def _count(self, reason: str, cells: int) -> None:
        self.counts[reason] += cells

    def _hold_values(self, held: list[Held], chunk: Chunk, station: Ints, reason: str, cells: Bools) -> None:
        count = int(cells.sum())
        if count:
            self._count(reason, count)
            self._hold_cells(held, chunk, station, reason, cells)

    def _hold_cells(self, held: list[Held], chunk: Chunk, station: Ints, reason: str, cells: Bools) -> None:
        for place in np.flatnonzero(cells.any(axis=1)).tolist():
            if self.held_rows >= self.details and self._stop is None:
                self.held_rows += 1
                continue
            at = np.flatnonzero(cells[place]).tolist()
            values = {
                self.items[one]: (int(chunk.values[place, one]) if chunk.values[place, one] >= 0 else None)
                for one in at
            }
            texts = {self.items[one]: chunk.texts[place, one] for one in at if (place, one) in chunk.texts}
            time = int(chunk.time[place])
            self._hold(
                held, int(chunk.rows[place, at[0]]), reason, int(station[place]), time if time > HALF_HOUR else None,
                chunk.times.get(place, ""), values, texts,
            )  # fmt: skip

    def _hold(
        self,
        held: list[Held],
        row: int,
        reason: str,
        station: int,
        time: int | None,
        time_text: str,
        values: Mapping[str, int | None],
        texts: Mapping[str, str],
    ) -> None:
        self.held_rows += 1
        if self.held_rows > self.details:
            if self._stop is not None:
                raise self._stop(self.counts)
            return
        held.append(
            Held(
                row, reason, self.matching.keys[station], self.matching.codes[station] or "", time, time_text,
                dict(values), dict(texts),
            )
        )  # fmt: skip


def _merged(cells: Ints) -> tuple[Ints, Bools]:
    """Values of several rows of one hour as one, and where they differ."""
    there = cells >= 0
    most = cells.max(axis=0)
    least = np.where(there, cells, np.iinfo(np.int32).max).min(axis=0)
    several = there.sum(axis=0) > 1
    return most.astype(np.int32), several & (least != most)


class _Runs:
    """Values that stand still, for each station and item."""

    def __init__(self, matching: Matching, book: DoorBook, tails: Mapping[str, Tail]) -> None:
        self._matching, self._tails_before = matching, tails
        self._items = ("pm25", "pm10", "so2", "no2", "co", "o3")
        self._least = np.array([book.number(f"frozen_{item}") for item in self._items], dtype=np.int64)
        self._hour: Longs = np.zeros(0, dtype=np.int64)
        self._value: Longs = np.zeros((0, len(self._items)), dtype=np.int64)
        self._start: Longs = np.zeros((0, len(self._items)), dtype=np.int64)
        #: up to where a run has been told by an earlier delivery
        self._told: Longs = np.zeros((0, len(self._items)), dtype=np.int64)

    def take(self, station: Ints, time: Longs, values: Ints) -> list[Flag]:
        """Runs that ended with these rows."""
        if not len(time):
            return []
        self._grow(int(station.max()) + 1)
        order = np.lexsort((time, station))
        who, hour, value = station[order], time[order], values[order].astype(np.int64)
        first_of = np.ones(len(who), dtype=bool)
        first_of[1:] = who[1:] != who[:-1]
        follows = np.zeros(len(who), dtype=bool)
        follows[1:] = ~first_of[1:] & (hour[1:] == hour[:-1] + 1)
        carried = np.flatnonzero(first_of & (self._hour[who] + 1 == hour))
        flags: list[Flag] = []
        last_of = np.ones(len(who), dtype=bool)
        last_of[:-1] = first_of[1:]
        last_of, first_at = np.flatnonzero(last_of), np.flatnonzero(first_of)
        for at in range(len(self._items)):
            column = value[:, at]
            same = np.zeros(len(who), dtype=bool)
            same[1:] = follows[1:] & (column[1:] == column[:-1]) & (column[1:] >= 0)
            start = hour.copy()
            old = who[carried]
            goes_on = (self._value[old, at] == column[carried]) & (column[carried] >= 0)
            start[carried[goes_on]] = self._start[old[goes_on], at]
            # runs of the chunk before that do not go on
            ended = np.ones(len(who), dtype=bool)
            ended[carried[goes_on]] = False
            over = who[first_at[ended[first_at]]]
            for number in over[self._long(over, at)].tolist():
                flags += self._flag(number, at)
            heads = np.flatnonzero(~same)
            run = np.maximum.accumulate(np.where(same, 0, np.arange(len(who))))
            begun = start[run]
            tails = np.append(heads[1:] - 1, len(who) - 1)
            long = (hour[tails] - begun[tails] + 1 >= self._least[at]) & (column[tails] >= 0)
            closed = long & ~np.isin(tails, last_of)
            for place in tails[closed].tolist():
                flags += self._made(
                    int(who[place]), at, int(begun[place]), int(hour[place]), int(column[place])
                )
            self._value[who[last_of], at] = column[last_of]
            self._start[who[last_of], at] = begun[last_of]
        self._hour[who[last_of]] = hour[last_of]
        return flags

    def finish(self) -> list[Flag]:
        """Runs that are still open; they stay open for the next delivery."""
        found: list[Flag] = []
        everyone = np.arange(len(self._hour))
        for at in range(len(self._items)):
            for station in everyone[self._long(everyone, at)].tolist():
                found += self._flag(station, at)
        return found

    def _long(self, stations: Longs | Ints, at: int) -> Bools:
        """Whose run of an item is long enough to be told and has not been told."""
        last = self._hour[stations]
        length = last - self._start[stations, at] + 1
        good = (self._value[stations, at] >= 0) & (last > self._told[stations, at])
        found: Bools = (length >= self._least[at]) & good
        return found

    def tails(self) -> dict[str, Tail]:
        found = {}
        for station in np.flatnonzero(self._hour).tolist():
            code = self._matching.codes[station]
            if code is not None:
                found[code] = Tail(
                    int(self._hour[station]), tuple(self._value[station].tolist()), tuple(self._start[station].tolist())
                )  # fmt: skip
        return found

    def _flag(self, station: int, at: int) -> list[Flag]:
        """The run of a station as it stood before."""
        last = int(self._hour[station])
        self._told[station, at] = last
        return self._made(station, at, int(self._start[station, at]), last, int(self._value[station, at]))

    def _made(self, station: int, at: int, first: int, last: int, value: int) -> list[Flag]:
        code = self._matching.codes[station]
        if code is None:
            return []
        return [Flag("frozen", code, self._items[at], first, last, last - first + 1, value)]

    def _grow(self, size: int) -> None:
        had = len(self._hour)
        if size <= had:
            return
        size = max(size, len(self._matching.codes))
        more = size - had
        wide = (more, len(self._items))
        self._hour = np.append(self._hour, np.zeros(more, dtype=np.int64))
        self._value = np.vstack([self._value, np.full(wide, MISSING, dtype=np.int64)])
        self._start = np.vstack([self._start, np.zeros(wide, dtype=np.int64)])
        self._told = np.vstack([self._told, np.zeros(wide, dtype=np.int64)])
        for station in range(had, size):
            code = self._matching.codes[station]
            tail = None if code is None else self._tails_before.get(code)
            if tail is not None:
                self._hour[station] = tail.hour
                self._value[station], self._start[station] = tail.values, tail.starts
                self._told[station] = tail.hour


__all__ = ["FLAG_CODES", "ROW_CODES", "VALUE_CODES", "Accepted", "Checker", "Flag", "Held", "Part", "Tail"]
