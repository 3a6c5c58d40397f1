"""What pages read from the lake, kept in memory until the lake changes.

Days stand in memory as arrays, month by month (`lantian.lake.air.standing`): a new hour costs the reading of one month. What
was made of days is kept until one of them holds other values; whether that is so is told by the live files, not by the time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from lantian.apps.air import lake
from lantian.lake.air.grids import Cells, Gathered, gathered
from lantian.lake.air.standing import Kept, Standing
from lantian.lake.schema import AIR_HOUR, POLLUTANTS, Table
from lantian.rules.air.evaluation import Scheme
from lantian.rules.air.labels import BEIJING

if TYPE_CHECKING:
    from lantian.lake.store import Lake

Days = dict[date, dict[str, int | Fraction]]
T = TypeVar("T")

#: memory that results may take, and what one takes of which nothing else is known [bytes]
_MEMORY, _USUAL = 192_000_000, 100_000
#: memory of an hour of a station, and of an evaluation
_OF_HOUR, OF_EVALUATION = 400, 15_000

_kept = Kept(_MEMORY)


def forget() -> None:
    """Forget what is kept; for tests."""
    _kept.clear()
    _standing.cache_clear()


def kept(key: Hashable, make: Callable[[], T], size: int = _USUAL) -> T:
    """A result that was made before, or is made now; two requests for the same at once may both make it.

    Parameters
    ----------
    size
        The memory that it takes, nearly [bytes].
    """
    # In a box, as a result may be None.
    found: T = _kept.made(key, lambda: (make(),), lambda _box: size)[0]
    return found


def standing() -> Standing:
    """The days of the lake of this office."""
    return _standing(lake())


@lru_cache(maxsize=2)
def _standing(of: Lake) -> Standing:
    return Standing(of)


def version(table: Table, months: Collection[str]) -> Hashable:
    """What is another one once the lake has other rows in some months."""
    return lake().root, table.name, standing().listing.files(table, months)


def days(
    places: Sequence[tuple[str, ...]],
    first: date,
    last: date,
    scheme: Scheme,
    *,
    available: bool = False,
    cells: Cells | None = None,
) -> Gathered:
    """The daily values of places from those of their points; see `grids.gathered`."""
    return gathered(standing(), tuple(places), first, last, scheme, available=available, cells=cells)


def station_days(code: str, first: date, last: date, scheme: Scheme) -> Days:
    """The daily values of a station in thousandths, whole numbers or fractions, by the minimum of hours of a scheme."""
    found = days([(code,)], first, last, scheme)
    return kept(("days", found.key), lambda: found.grid().values(0))


# Hours ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of stations, sorted by station and time; values in thousandths, None where there is none."""

    station: list[str]
    end: list[datetime]
    values: Mapping[str, list[int | None]]

    def __len__(self) -> int:
        return len(self.end)

    def of(self, code: str) -> list[int]:
        """The rows of a station."""
        return [row for row, name in enumerate(self.station) if name == code]


def _month_of(end: datetime) -> str:
    return f"{(end.astimezone(BEIJING) - timedelta(microseconds=1)):%Y-%m}"


def months_between(first: datetime, last: datetime) -> list[str]:
    """The partitions of hours that end in a span."""
    begin, end = _month_of(first), _month_of(last)
    year, month = int(begin[:4]), int(begin[5:])
    found = [begin]
    while found[-1] < end:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        found.append(f"{year}-{month:02}")
    return found


def hours(stations: Collection[str], first: datetime, last: datetime) -> Hours:
    """Hours of stations that end in a span, both ends included."""
    codes = sorted(set(stations))
    months = months_between(first, last)

    def make() -> Hours:
        table = lake().read(
            AIR_HOUR,
            columns=["station", "end", *POLLUTANTS],
            months=months,
            span=(first.astimezone(UTC), last.astimezone(UTC)),
            station=codes,
        )
        return _hours_of(table)

    if not codes:
        return Hours([], [], {name: [] for name in POLLUTANTS})
    key = ("hours", tuple(codes), first, last, version(AIR_HOUR, months))
    length = int((last - first) / timedelta(hours=1)) + 1
    return kept(key, make, size=_OF_HOUR * length * len(codes))


def _hours_of(table: pa.Table) -> Hours:
    ends = [end.astimezone(BEIJING) for end in table["end"].to_pylist()]
    return Hours(table["station"].to_pylist(), ends, {name: table[name].to_pylist() for name in POLLUTANTS})


def last_hour(now: datetime) -> datetime | None:
    """The end of the newest hour that the lake has, not later than now; None in an empty lake."""
    recent = [now.astimezone(BEIJING) - timedelta(days=2), now.astimezone(BEIJING)]
    months = months_between(*recent)

    def make() -> datetime | None:
        # The log tells the newest hour of each file; only where that is to come the rows are looked at.
        newest = [file.high for file in standing().listing.live(AIR_HOUR).narrowed(months).files]
        if newest and None not in newest and max(newest) <= recent[1]:
            return max(newest).astimezone(BEIJING)  # type: ignore[no-any-return]
        found = lake().read(AIR_HOUR, columns=["end"], months=months, span=(recent[0], recent[1]))["end"]
        if not len(found):
            known = [month for month in lake().months(AIR_HOUR) if month <= months[-1]]
            if not known:
                return None
            found = lake().read(AIR_HOUR, columns=["end"], months=known[-1:])["end"]
        end = pc.max(found).as_py()
        return None if end is None else end.astimezone(BEIJING)

    key = ("last", version(AIR_HOUR, months), now.replace(minute=0, second=0, microsecond=0))
    return kept(key, make)
