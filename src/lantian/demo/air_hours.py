"""Simulated hours of the stations of the demo: seasons, times of day, weather, sand, a heavy episode, gaps.

Each year is drawn whole from a seed of its own, so that what has been told of a day is told of it on every later day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from lantian.lake.schema import POLLUTANTS
from lantian.lake.schema import UTC as UTC_TIME
from lantian.rules.air.labels import BEIJING

Floats = npt.NDArray[np.float64]

#: pollutant → level in the middle of the year and in midwinter [µg/m³; CO mg/m³]
_LEVELS = {
    "pm25": (19.0, 60.0),
    "pm10": (41.0, 91.0),
    "so2": (6.0, 13.0),
    "no2": (19.0, 42.0),
    "co": (0.50, 1.05),
}
#: hour of the day (label − 1) at which traffic is heaviest
_RUSH = (8, 19)
#: sand: the last two hours of a day in April and the whole of the next one
SAND_DAY, _SAND_HOURS = (4, 9), range(-2, 24)
#: the heavy episode: first day and length [days]
_HEAVY_DAY, _HEAVY_DAYS = (1, 11), 7
#: parts of all values that are missing
_GAPS = 0.006
#: how much cleaner each year is than the one before
_BETTER, _BASE_YEAR = 0.95, 2025


@dataclass(frozen=True, slots=True)
class Point:
    """A station as the simulation sees it: how its level lies beside that of the city."""

    code: str
    particles: float
    traffic: float
    ozone: float


def _weather(random: np.random.Generator, days: int) -> Floats:
    """A day's factor of how much stays in the air, the same for all stations; days hang together."""
    found = np.empty(days)
    state = 0.0
    for day in range(days):
        state = 0.72 * state + float(random.normal(0, 0.36))
        found[day] = state
    return np.exp(found - found.var() / 2)


def _hourly(daily: Floats) -> Floats:
    """Values of days as values of hours, without steps at midnight."""
    middle = np.arange(len(daily)) * 24 + 12
    return np.interp(np.arange(len(daily) * 24), middle, daily)


def year_of_hours(year: int, points: Sequence[Point]) -> dict[str, Floats]:
    """All hours of a year: pollutant → (hour, station), NaN where there is a gap."""
    random = np.random.default_rng([2026, year])
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    hour = np.tile(np.arange(24), days)[:, None]
    day = np.repeat(np.arange(days), 24)[:, None]
    # 1 in the middle of January, 0 in the middle of July.
    winter = (1 + np.cos(2 * np.pi * (day - 14) / days)) / 2
    sun = np.clip(np.sin(np.pi * (hour - 5.5) / 14), 0, None) * (1 - 0.75 * winter)
    still = _hourly(_weather(random, days))[:, None]
    clear = _hourly(np.clip(random.normal(1, 0.28, days), 0.25, 1.6))[:, None]
    cleaner = _BETTER ** (year - _BASE_YEAR)
    rush = sum(np.exp(-(((hour - peak) / 2.2) ** 2)) for peak in _RUSH)
    night = 1 + 0.18 * np.cos(2 * np.pi * (hour - 3) / 24)
    shape = (days * 24, len(points))
    particles = np.array([point.particles for point in points])
    traffic = np.array([point.traffic for point in points])
    ozone = np.array([point.ozone for point in points])
    found: dict[str, Floats] = {}
    for name, (low, high) in _LEVELS.items():
        level = low + (high - low) * winter**1.3
        own = traffic if name in ("no2", "co") else particles
        time_of_day = 0.78 + 0.42 * rush if name in ("no2", "co") else night + 0.10 * rush
        power = 0.6 if name in ("so2", "no2", "co") else 1.0
        noise = np.exp(random.normal(0, 0.07, shape))
        found[name] = level * own * time_of_day * still**power * noise * cleaner
    _heavy(found, year)
    _sand(found, year)
    found["pm10"] = np.maximum(found["pm10"], found["pm25"] * 1.12)
    background = 22 + 18 * (1 - winter)
    peak = 108 * clear * np.sqrt(np.clip(still, 0.5, 1.6))
    found["o3"] = (background + peak * sun) * ozone * np.exp(random.normal(0, 0.09, shape))
    found["o3"] = np.clip(found["o3"] - 0.35 * found["no2"] * (1 - sun), 4, None)
    _gaps(found, random, points)
    return found


def _heavy(found: dict[str, Floats], year: int) -> None:
    """A week in January in which nothing moves."""
    begin = (date(year, *_HEAVY_DAY) - date(year, 1, 1)).days * 24
    length = _HEAVY_DAYS * 24
    grows = np.sin(np.pi * np.arange(length) / length) ** 0.8
    for name, times in (("pm25", 2.1), ("pm10", 1.4), ("no2", 0.7), ("co", 1.0), ("so2", 0.4)):
        found[name][begin : begin + length] *= 1 + times * grows[:, None]


def _sand(found: dict[str, Floats], year: int) -> None:
    """Sand from the north-west in April: PM10 far above everything, PM2.5 with it."""
    begin = (date(year, *SAND_DAY) - date(year, 1, 1)).days * 24 + 24
    hours = np.array(_SAND_HOURS) + begin
    front = np.exp(-(((np.arange(len(hours)) - 9) / 7.5) ** 2))[:, None]
    strength = 620 if year % 2 == 0 else 410
    found["pm10"][hours] += strength * front
    found["pm25"][hours] += 0.19 * strength * front


def _gaps(found: dict[str, Floats], random: np.random.Generator, points: Sequence[Point]) -> None:
    """Single values, an hour of calibration, a network that was down, an instrument that was away."""
    hours = len(found["pm25"])
    for values in found.values():
        values[random.random(values.shape) < _GAPS] = np.nan
    down = int(random.integers(hours // 3, hours // 2))
    for values in found.values():
        values[down : down + 5] = np.nan
    away = int(random.integers(hours // 5, hours // 3))
    station = int(random.integers(len(points)))
    for name in ("pm25", "pm10"):
        found[name][away : away + 24 * 8, station] = np.nan
    silent = int(random.integers(hours // 2, 2 * hours // 3))
    other = (station + 3) % len(points)
    for values in found.values():
        values[silent : silent + 24 * 3, other] = np.nan


def table_of_hours(
    points: Sequence[Point], first_year: int, now: datetime, since: datetime | None = None
) -> pa.Table:
    """Rows of ``AIR_HOUR`` from the start of a year to the last full hour [thousandths of µg/m³; CO of mg/m³].

    Parameters
    ----------
    since
        Only hours that end after this moment.
    """
    local = now.astimezone(BEIJING)
    pieces = []
    for year in range(first_year, local.year + 1):
        values = year_of_hours(year, points)
        begin = datetime(year, 1, 1, tzinfo=BEIJING)
        last = min(len(values["pm25"]), int((local - begin) / timedelta(hours=1)))
        pieces.append(_rows(points, begin, {name: found[:last] for name, found in values.items()}))
    table = pa.concat_tables(pieces)
    return table if since is None else table.filter(pc.greater(table["end"], pa.scalar(since, UTC_TIME)))


def _rows(points: Sequence[Point], begin: datetime, values: dict[str, Floats]) -> pa.Table:
    hours = len(values["pm25"])
    start = np.datetime64(begin.astimezone(UTC).replace(tzinfo=None), "us")
    starts = start + np.arange(hours) * np.timedelta64(1, "h")
    moments = np.repeat(starts, len(points))
    columns: dict[str, pa.Array] = {
        "station": pa.array(np.tile(np.array([point.code for point in points]), hours)),
        "start": pa.array(moments).cast(pa.timestamp("us")).cast(UTC_TIME),
        "end": pa.array(moments + np.timedelta64(1, "h")).cast(pa.timestamp("us")).cast(UTC_TIME),
    }
    there = np.zeros(hours * len(points), dtype=np.bool_)
    for name in POLLUTANTS:
        # As instruments are read: whole µg/m³, tenths of mg/m³.
        unit = 100 if name == "co" else 1000
        flat = values[name].reshape(-1)
        missing = np.isnan(flat)
        there |= ~missing
        whole = np.rint(np.where(missing, 0, flat) * (1000 / unit)).astype(np.int32) * unit
        columns[name] = pa.array(np.maximum(whole, unit), mask=missing)
    columns["source"] = pa.array(np.full(len(there), "simulated"))
    return pa.table(columns).filter(pa.array(there))
