"""What pages read from the lake, kept in memory until the lake changes.

A page asks for days of stations; they are read in two pieces for each year, the months that are over and the rest, so that
a new hour costs the reading of one month. What is kept is told by the files that were read: a correction of an old day
changes those.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from threading import RLock
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from lantian.apps.air import lake
from lantian.lake.air.reading import station_days as read_station_days
from lantian.lake.air.values import ozone_limit
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY, POLLUTANTS, Table
from lantian.rules.air.evaluation import Scheme, scheme_for
from lantian.rules.air.labels import BEIJING
from lantian.rules.air.periods import period_of

Days = dict[date, dict[str, int | Fraction]]
T = TypeVar("T")

#: a page may be behind a change of the lake by this [s]
_FRESH = 2.0
#: results that are kept
_MOST = 600

_lock = RLock()
_kept: OrderedDict[Hashable, Any] = OrderedDict()
_versions: dict[Hashable, tuple[float, frozenset[str]]] = {}


def forget() -> None:
    """Forget what is kept; for tests, and after a change that must be seen at once."""
    with _lock:
        _kept.clear()
        _versions.clear()


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """A result that was made before, or is made now; two requests for the same at once may both make it."""
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            found: T = _kept[key]
            return found
    found = make()
    with _lock:
        _kept[key] = found
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return found


def version(table: Table, months: Sequence[str]) -> int:
    """A number that is another one once the lake has other rows in some months."""
    held = lake()
    key = (held.root, table.name, tuple(months))
    now = time.monotonic()
    with _lock:
        found = _versions.get(key)
        if found is not None and now - found[0] < _FRESH:
            return hash(found[1])
    files = frozenset(held.files(table, months=list(months)))
    if table.values:
        files |= frozenset(held.changes_files(table))
    with _lock:
        if len(_versions) > _MOST:
            _versions.clear()
        _versions[key] = (now, files)
    return hash(files)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Months of one year that are read at once."""

    first: date
    last: date

    @property
    def months(self) -> list[str]:
        return [f"{self.first.year}-{month:02}" for month in range(self.first.month, self.last.month + 1)]


def _pieces(first: date, last: date, today: date) -> list[_Piece]:
    found = []
    for year in range(first.year, last.year + 1):
        if year != today.year or today.month == 1:
            found.append(_Piece(date(year, 1, 1), date(year, 12, 31)))
            continue
        month = date(year, today.month, 1)
        found.append(_Piece(date(year, 1, 1), month - timedelta(days=1)))
        if last >= month:
            found.append(_Piece(month, date(year, 12, 31)))
    return [piece for piece in found if piece.first <= last and piece.last >= first]


def station_days(
    stations: Collection[str], first: date, last: date, today: date, scheme: Scheme | None = None
) -> dict[str, Days]:
    """The daily values of stations in thousandths, as `lantian.lake.air.reading.station_days` gives them.

    Parameters
    ----------
    today
        Tells which months are over.
    scheme
        Whose minimum of hours holds; by default that of the days as one period.
    """
    scheme = scheme or scheme_for(period_of(f"{first}:{last}"))
    found: dict[str, Days] = {code: {} for code in stations}
    for piece in _pieces(first, last, today):
        for code, days in _piece_days(sorted(found), piece, scheme).items():
            if piece.first >= first and piece.last <= last:
                found[code].update(days)
            else:
                found[code].update({day: of for day, of in days.items() if first <= day <= last})
    base = (lake().root, "span", first, last, scheme_key(scheme))
    return {code: _same_object((base, code), days) for code, days in found.items()}


def _same_object(key: Hashable, days: Days) -> Days:
    """The object that was given before, where it has the same values: what was made of it holds still.

    A new hour changes the files of its month, but no day that is over.
    """
    with _lock:
        before = _kept.get(key)
        if before is not None and before == days:
            _kept.move_to_end(key)
            found: Days = before
            return found
        _kept[key] = days
        return days


def scheme_key(scheme: Scheme) -> Hashable:
    """What of a scheme decides which daily values are valid."""
    return scheme.book.id, ozone_limit(scheme)


def _piece_days(stations: Sequence[str], piece: _Piece, scheme: Scheme) -> dict[str, Days]:
    """The daily values of a piece, those that are not kept read with one query."""
    base = (lake().root, "days", piece, version(AIR_STATION_DAY, piece.months), scheme_key(scheme))
    found: dict[str, Days] = {}
    with _lock:
        for code in stations:
            if (base, code) in _kept:
                _kept.move_to_end((base, code))
                found[code] = _kept[base, code]
    missing = [code for code in stations if code not in found]
    if missing:
        read = read_station_days(lake(), missing, piece.first, piece.last, scheme)
        for code, days in read.items():
            found[code] = kept((base, code), lambda days=days: days)  # type: ignore[misc]
    return found


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
    key = (lake().root, "hours", tuple(codes), first, last, version(AIR_HOUR, months))
    return kept(key, make)


def _hours_of(table: pa.Table) -> Hours:
    ends = [end.astimezone(BEIJING) for end in table["end"].to_pylist()]
    return Hours(table["station"].to_pylist(), ends, {name: table[name].to_pylist() for name in POLLUTANTS})


def last_hour(now: datetime) -> datetime | None:
    """The end of the newest hour that the lake has, not later than now; None in an empty lake."""
    recent = [now.astimezone(BEIJING) - timedelta(days=2), now.astimezone(BEIJING)]
    months = months_between(*recent)

    def make() -> datetime | None:
        found = lake().read(AIR_HOUR, columns=["end"], months=months, span=(recent[0], recent[1]))["end"]
        if not len(found):
            known = [month for month in lake().months(AIR_HOUR) if month <= months[-1]]
            if not known:
                return None
            found = lake().read(AIR_HOUR, columns=["end"], months=known[-1:])["end"]
        end = pc.max(found).as_py()
        return None if end is None else end.astimezone(BEIJING)

    key = (
        lake().root,
        "last",
        months[-1],
        version(AIR_HOUR, months),
        now.replace(minute=0, second=0, microsecond=0),
    )
    return kept(key, make)
