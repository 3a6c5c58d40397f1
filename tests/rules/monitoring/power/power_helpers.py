"""Made-up works for the tests of electricity."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.power.baseline import Calendar, DayKind, baseline
from lantian.rules.monitoring.power.readings import SLOTS, Line, Role, Series

#: a Monday
MONDAY = date(2026, 3, 2)
PLAIN = Calendar()
#: runs at 10 kWh in a quarter hour
RUNNING = 10_000
RESTING = 500


def works(days: int = 56, first: date = MONDAY, *, rest: int = RESTING, running: int = RUNNING) -> np.ndarray:
    """A works that runs day and night from Monday to Friday, and rests at the weekend."""
    wh = np.full((days, SLOTS), running, np.int64)
    for at in range(days):
        if (first + timedelta(days=at)).weekday() >= 5:
            wh[at] = rest
    return wh


def series(wh: np.ndarray, line: str = "L1", first: date = MONDAY) -> Series:
    return Series(line, first, np.asarray(wh, np.int64))


def production(**more) -> Line:
    return Line("L1", Role.PRODUCTION, **more)


def treatment() -> Line:
    return Line("T1", Role.TREATMENT, treats=("L1",))


def usual(found: Series, on: date, **more):
    return baseline(found, on, PLAIN, **more)


def both(found: Series, on: date):
    return {
        kind: baseline(found, on, PLAIN, kind=kind) for kind in (DayKind.WORKDAY, DayKind.REST_DAY)
    }


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING)
