"""How much of what could have been measured is there."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
from django.db.models import Count

from lantian.apps.air import readings
from lantian.apps.air.models import Doubt, Station
from lantian.rules.air.doors.items import HOUR_ITEMS


@dataclass(slots=True)
class Captured:
    """Hours of a month of a station: those that are there, and those that could be."""

    there: int
    could: int

    @property
    def percent(self) -> float | None:
        """The share; None where nothing could be measured."""
        return None if not self.could else self.there * 100 / self.could


@dataclass(slots=True)
class Row:
    """A station with its months."""

    station: Station
    months: list[Captured] = field(default_factory=list)

    @property
    def year(self) -> Captured:
        """All months together."""
        return Captured(sum(m.there for m in self.months), sum(m.could for m in self.months))


def capture(stations: Iterable[Station], year: int, today: date, item: str = "") -> list[Row]:
    """Data capture by station and month.

    Parameters
    ----------
    today
        Hours up to yesterday could have come.
    item
        One pollutant; without it the mean over all that the station has measured in the year.
    """
    items = (item,) if item else HOUR_ITEMS
    months = [f"{year}-{month:02d}" for month in range(1, 13)]
    wanted = list(stations)
    counts: dict[tuple[str, str], dict[str, int]] = {}
    codes = {station.code for station in wanted}
    for stored in readings.standing().months(date(year, 1, 1), date(year, 12, 31)):
        sums = {name: stored.columns[f"{name}_count"].sum(axis=1, dtype=np.int64) for name in items}
        for code in codes & stored.rows.keys():
            place = stored.rows[code]
            counts[code, stored.month] = {name: int(of[place]) for name, of in sums.items()}
    rows = []
    for station in wanted:
        measured = [
            name for name in items if item or any(counts.get((station.code, m), {}).get(name) for m in months)
        ]
        row = Row(station)
        for number, month in enumerate(months, 1):
            hours = _hours(station, year, number, today)
            there = sum(counts.get((station.code, month), {}).get(name, 0) for name in measured)
            row.months.append(Captured(there, hours * len(measured or items)))
        rows.append(row)
    return rows


def _hours(station: Station, year: int, month: int, today: date) -> int:
    """Hours of a month in which the station was in use and that are over."""
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    if station.opened is not None:
        first = max(first, station.opened)
    if station.closed is not None:
        last = min(last, station.closed)
    elif not station.in_use:
        return 0
    days = (min(last, date.fromordinal(today.toordinal() - 1)) - first).days + 1
    return max(days, 0) * 24


def doubts_by_reason(rows: Any) -> list[dict[str, Any]]:
    """Values under review by reason and state, of the rows that somebody may see."""
    counts: dict[str, dict[str, int]] = {}
    for record in rows.values("reason", "state").annotate(n=Count("pk")).order_by():
        counts.setdefault(record["reason"], {})[record["state"]] = record["n"]
    return [
        {"reason": reason, **{state: found.get(state, 0) for state in ("open", "accepted", "rejected", "corrected")},
         "all": sum(found.values())}
        for reason, found in sorted(counts.items(), key=lambda pair: -sum(pair[1].values()))
    ]  # fmt: skip


__all__ = ["Captured", "Doubt", "Row", "capture", "doubts_by_reason"]
