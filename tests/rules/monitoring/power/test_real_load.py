"""Baselines and states on the load of a real region: how often a quarter hour that nobody limited is called limited."""

from __future__ import annotations

import csv
import gzip
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.power.baseline import Baselines, Calendar, DayKind, baseline
from lantian.rules.monitoring.power.orders import judge_limit, judge_stop
from lantian.rules.monitoring.power.readings import MISSING, SLOTS, Line, Role, Series
from lantian.rules.monitoring.power.states import State, track
from lantian.rules.monitoring.power.verdict import Outcome

pytestmark = pytest.mark.shared
LINE = Line("region", Role.PRODUCTION)
CALENDAR = Calendar()
FIRST, LAST = date(2018, 1, 1), date(2020, 12, 31)


@pytest.fixture(scope="module")
def region(shared_dir: Path) -> Series:
    """Three years of quarter hours [Wh]; each stands under its beginning."""
    path = shared_dir / "data" / "source" / "power_region_15min_to2020.csv.gz"
    if not path.exists():
        pytest.skip("the load curves of a region are not among the shared data")
    wh = np.full(((LAST - FIRST).days + 1, SLOTS), MISSING, np.int64)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["time"])
            wh[(at.date() - FIRST).days, at.hour * 4 + at.minute // 15] = round(Decimal(row["load_kw"]) * 250)
    return Series("region", FIRST, wh)


def month_starts() -> list[date]:
    """Each first of a month that has half a year before it."""
    return [date(year, month, 1) for year in (2018, 2019, 2020) for month in range(1, 13) if (year, month) >= (2018, 7)]


def usual(series: Series, on: date) -> Baselines:
    """The baselines that are kept for a month."""
    kinds = (DayKind.WORKDAY, DayKind.REST_DAY)
    return Baselines({kind: baseline(series, on, CALENDAR, kind=kind) for kind in kinds}, CALENDAR)


def part(series: Series, first: date, days: int) -> Series:
    at = (first - series.first).days
    return Series(series.line, first, series.wh[at : at + days].copy())


@pytest.fixture(scope="module")
def months(region: Series) -> dict[date, tuple[Baselines, np.ndarray]]:
    """Month → its baselines and the states of its quarter hours."""
    found = {}
    for first in month_starts():
        days = ((first + timedelta(days=32)).replace(day=1) - first).days
        kept = usual(region, first)
        found[first] = kept, track(LINE, part(region, first, days), kept.by_kind, CALENDAR).states
    return found


def at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), BEIJING)


def test_every_month_has_a_baseline_and_what_lacks_is_lost(region: Series, months: dict) -> None:
    assert all(kept.usable for kept, _states in months.values())
    states = np.concatenate([found.ravel() for _kept, found in months.values()])
    assert not (states == State.UNKNOWN).any()
    begin = (month_starts()[0] - FIRST).days
    assert int((region.wh[begin:] == MISSING).sum()) == int((states == State.LOST).sum())


def share(months: dict, state: State) -> list[float]:
    """Of each month the share of its quarter hours that are in a state, in order."""
    return sorted(float((states == state).mean()) for _kept, states in months.values())


def test_quarters_of_a_region_that_nobody_stopped_are_hardly_ever_called_stopped(months: dict) -> None:
    found = share(months, State.STOPPED)

    # The few there are are quarters in which the curve itself breaks down to a quarter of the usual load.
    assert sum(found) / len(found) < 0.003
    assert found[-1] < 0.05
    assert 0 == found[len(found) // 2]


def test_quarters_that_nobody_limited_are_seldom_called_limited_but_for_changes_of_season(months: dict) -> None:
    found = share(months, State.LIMITED)

    # A region follows the weather as no line does: where a hot or cold month goes over into a mild one, its load really
    # lies below that of the days before. Half of the months stay below four per cent.
    assert found[len(found) // 2] < 0.045
    assert sum(found) / len(found) < 0.16


def test_orders_that_were_kept_pass_and_those_that_were_not_are_suspected(region: Series, months: dict) -> None:
    kept_right = broken_right = limit_right = limit_wrong = count = 0
    for first, (base, _states) in months.items():
        day = first + timedelta(days=9)
        if day.weekday() > 3:
            day += timedelta(days=7 - day.weekday())
        span = part(region, day, 2)
        stopped = Series("region", day, np.where(span.wh == MISSING, MISSING, span.wh // 5))
        limited = Series("region", day, np.where(span.wh == MISSING, MISSING, span.wh * 6 // 10))
        start, end = at(day, 12), at(day + timedelta(days=1), 12)
        count += 1
        kept_right += judge_stop(LINE, stopped, base, start, end).outcome is Outcome.PASSED
        broken_right += judge_stop(LINE, span, base, start, end).outcome is Outcome.SUSPECTED
        limit_right += judge_limit(LINE, limited, base, 30, start, end).outcome is Outcome.PASSED
        limit_wrong += judge_limit(LINE, span, base, 30, start, end).outcome is Outcome.SUSPECTED
    # A fifth of the load is a stop, the full load is none, in every month.
    assert (count, count) == (kept_right, broken_right)
    # Two fifths less against an order of three tenths; a season that changes hides or feigns a few.
    assert limit_right >= count * 9 // 10
    assert limit_wrong >= count * 9 // 10
