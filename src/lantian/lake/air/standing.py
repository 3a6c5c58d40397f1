"""The days of all stations as arrays in memory, month by month, for the pages of one process.

A month is read again only when its live files are other ones, so that a new hour costs the reading of its month alone.
Each day carries a stamp of what it holds: what was made of days whose stamps are the same holds still.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from threading import RLock
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lantian.lake import sql
from lantian.lake.air.listing import Listing
from lantian.lake.files import File, months_between
from lantian.lake.schema import AIR_STATION_DAY
from lantian.lake.store import Lake

Array = npt.NDArray[Any]
T = TypeVar("T")

#: memory that months, and what is made of them, may take [bytes]
MEMORY = 400_000_000
_READING = "512MB"
#: what is read of a day: everything but its key
COLUMNS = tuple(
    name
    for name in AIR_STATION_DAY.schema.names
    if name not in (*AIR_STATION_DAY.key, AIR_STATION_DAY.partition)
)
_INT32 = 2**31


@dataclass(frozen=True, slots=True)
class Month:
    """The days of stations in a month.

    Attributes
    ----------
    stations
        Their codes, sorted.
    rows
        Code → its row in the columns.
    columns
        Column of `AIR_STATION_DAY` → an array of stations × days; 0 where there is nothing, as the count of its hours says.
    stamps
        For each day what tells its content from any other.
    """

    month: str
    first: date
    stations: tuple[str, ...]
    rows: Mapping[str, int]
    columns: Mapping[str, Array]
    stamps: tuple[bytes, ...]

    @property
    def days(self) -> int:
        """How many days the month has."""
        return len(self.stamps)

    @property
    def size(self) -> int:
        """The memory that it takes, nearly [bytes]."""
        return sum(column.nbytes for column in self.columns.values()) + 200 * len(self.stations)


class Kept:
    """Results that are kept as long as they fit into the memory that is allowed; those asked for last stay longest."""

    def __init__(self, memory: int) -> None:
        self.memory = memory
        self._lock = RLock()
        self._found: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._taken = 0

    def get(self, key: Hashable) -> Any:
        """What is kept, or None."""
        with self._lock:
            found = self._found.get(key)
            if found is None:
                return None
            self._found.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep something, and let go of what was not asked for the longest."""
        with self._lock:
            before = self._found.pop(key, None)
            self._taken += size - (before[1] if before is not None else 0)
            self._found[key] = value, size
            while self._taken > self.memory and len(self._found) > 1:
                _key, (_value, of_old) = self._found.popitem(last=False)
                self._taken -= of_old

    def made(self, key: Hashable, make: Callable[[], T], size: Callable[[T], int]) -> T:
        """What is kept, or is made now; two who ask at once may both make it."""
        found = self.get(key)
        if found is None:
            found = make()
            self.put(key, found, size(found))
        made: T = found
        return made

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._found.clear()
            self._taken = 0

    @property
    def taken(self) -> int:
        """The memory that is taken [bytes]."""
        return self._taken


class Standing:
    """The days of all stations of a lake.

    Parameters
    ----------
    lake
        Where the days are.
    listing
        Which files are live; several may share it.
    memory
        What may be kept [bytes]; half of it for months as they were read, half for what is made of them.
    """

    def __init__(self, lake: Lake, listing: Listing | None = None, memory: int = MEMORY) -> None:
        self.lake = lake
        self.listing = listing or Listing(lake.place)
        self._reading = RLock()
        self._months = Kept(memory // 2)
        #: what is made of months
        self.made = Kept(memory // 2)

    def months(self, first: date, last: date) -> list[Month]:
        """The months with any day from one day to another, in order; those without a row are not among them."""
        live = self.listing.by_month(AIR_STATION_DAY)
        wanted = {month: live[month] for month in months_between(first, last) if month in live}
        found = self._kept(wanted)
        if len(found) < len(wanted):
            # One after the other: whoever waits here finds what the one before has read.
            with self._reading:
                found = self._kept(wanted)
                missing = {month: files for month, files in wanted.items() if month not in found}
                for month, read in _read(self.lake, missing).items():
                    found[month] = read
                    self._months.put((month, _names(missing[month])), read, read.size)
        return [found[month] for month in wanted]

    def _kept(self, wanted: Mapping[str, Sequence[File]]) -> dict[str, Month]:
        found = {month: self._months.get((month, _names(files))) for month, files in wanted.items()}
        return {month: kept for month, kept in found.items() if kept is not None}

    def forget(self) -> None:
        """Let go of everything."""
        self.listing.forget()
        self._months.clear()
        self.made.clear()

    @property
    def taken(self) -> int:
        """The memory that is taken [bytes]."""
        return self._months.taken + self.made.taken


def _names(files: Collection[File]) -> frozenset[str]:
    return frozenset(file.uri for file in files)


def _read(lake: Lake, wanted: Mapping[str, Sequence[File]]) -> dict[str, Month]:
    """The rows of months as arrays; one month at a time, so that no more than one is there twice."""
    if not wanted:
        return {}
    connection = sql.connect(lake.place, memory=_READING)
    found = {}
    try:
        for month, files in wanted.items():
            scan = sql.scan(connection, AIR_STATION_DAY, list(files), ["station", "day", *COLUMNS])
            found[month] = month_of(month, connection.sql(scan).to_arrow_table())
    finally:
        connection.close()
    return found


def month_of(month: str, table: pa.Table) -> Month:
    """Rows of `AIR_STATION_DAY` of one month as arrays."""
    first = date.fromisoformat(f"{month}-01")
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    days = (following - first).days
    codes = table["station"].combine_chunks().dictionary_encode()
    if isinstance(codes, pa.ChunkedArray):
        codes = codes.combine_chunks()
    names = codes.dictionary.to_pylist()
    order = np.argsort(np.array(names, dtype=object), kind="stable")
    place = np.empty(len(names), dtype=np.intp)
    place[order] = np.arange(len(names))
    stations = tuple(names[number] for number in order)
    at = place[codes.indices.to_numpy(zero_copy_only=False)] if names else np.zeros(0, dtype=np.intp)
    number = table["day"].cast(pa.int32()).to_numpy() - (first - date(1970, 1, 1)).days
    columns: dict[str, Array] = {}
    for name in COLUMNS:
        values = pc.fill_null(table[name], 0).to_numpy()
        kind: Any = np.int8 if name.endswith(("_count", "_windows")) else np.int64
        if kind is np.int64 and (not len(values) or values.max() < _INT32):
            kind = np.int32
        grid = np.zeros((len(stations), days), dtype=kind)
        grid[at, number] = values
        grid.setflags(write=False)
        columns[name] = grid
    return Month(
        month,
        first,
        stations,
        {code: row for row, code in enumerate(stations)},
        columns,
        _stamps(stations, columns, days),
    )


def _stamps(stations: Sequence[str], columns: Mapping[str, Array], days: int) -> tuple[bytes, ...]:
    """What tells the content of each day from any other."""
    start = blake2b("\n".join(stations).encode(), digest_size=16)
    by_day = {name: np.ascontiguousarray(column.T) for name, column in columns.items()}
    found = []
    for day in range(days):
        stamp = start.copy()
        for column in by_day.values():
            # The width of a column may be another one in the next reading.
            stamp.update(column.dtype.str.encode())
            stamp.update(column[day])
        found.append(stamp.digest())
    return tuple(found)
