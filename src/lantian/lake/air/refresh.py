"""The days of stations kept in step with their hours: made anew for the days that a delivery or a correction touched."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc

from lantian.lake.air.days import station_days_of_hours
from lantian.lake.engines import duck
from lantian.lake.files import months_between
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY
from lantian.lake.store import Lake
from lantian.rules.air.evaluation_books import EvaluationLibrary

#: Taken by whoever reads hours to write days, so that nobody writes what he read before another one wrote.
_TURN = f"{AIR_STATION_DAY.name}-refresh"
_MEMORY = "1GB"
#: On object storage, which has no locks: how often days are made anew because hours came in between.
_ATTEMPTS = 20


def days_touched(rows: pa.Table) -> set[date]:
    """The days, in campaign time, to which rows of `AIR_HOUR` belong."""
    shifted = pc.add(rows["end"], pa.scalar(AIR_HOUR.shift, pa.duration("us")))
    return set(pc.unique(shifted.cast(pa.timestamp("us")).cast(pa.date32(), safe=False)).to_pylist())


def all_days(lake: Lake) -> set[date]:
    """The days of all months that have hours, or have had some."""
    found: set[date] = set()
    for month in {*lake.months(AIR_HOUR), *lake.months(AIR_STATION_DAY)}:
        day = date.fromisoformat(f"{month}-01")
        while f"{day:%Y-%m}" == month:
            found.add(day)
            day += timedelta(days=1)
    return found


def refresh(
    lake: Lake,
    days: Iterable[date] | None = None,
    *,
    library: EvaluationLibrary | None = None,
    memory: str = _MEMORY,
    threads: int | None = None,
) -> int:
    """Make rows of `AIR_STATION_DAY` anew from the live hours.

    To be called with `days_touched` after each delivery and correction; other days are not read. Doing it twice changes
    nothing.

    Parameters
    ----------
    days
        Which days; without them all there are, as it is needed after an entry of the books on hours was set otherwise.
    library
        The books of evaluation that hold.
    memory, threads
        What the engine may use.

    Returns
    -------
    int
        How many rows were written.
    """
    wanted = sorted(set(days) if days is not None else all_days(lake))
    written = 0
    for _month, of_month in groupby(wanted, key=lambda day: (day.year, day.month)):
        written += _refresh(lake, list(of_month), library, memory, threads)
    return written


def _refresh(
    lake: Lake, days: list[date], library: EvaluationLibrary | None, memory: str, threads: int | None
) -> int:
    """The same for days of one month."""
    months = months_between(days[0], days[-1])
    with lake.place.writing(_TURN, lake.patience):
        for _attempt in range(_ATTEMPTS):
            before = _state(lake, months)
            with duck(lake, memory, threads) as engine:
                table = station_days_of_hours(engine, days[0], days[-1], library)
                if len(days) <= (days[-1] - days[0]).days:
                    table = table.filter(table.day.isin(days))
                rows = table.to_pyarrow()
            lake.replace(AIR_STATION_DAY, rows, where={"day": days})
            if not lake.place.remote or _state(lake, months) == before:
                break
    return rows.num_rows


def _state(lake: Lake, months: Collection[str]) -> frozenset[str]:
    """What tells whether hours have changed."""
    if not lake.place.remote:
        return frozenset()
    return frozenset(lake.files(AIR_HOUR, months=months)) | frozenset(lake.changes_files(AIR_HOUR))
