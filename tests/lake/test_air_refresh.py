"""Days of stations follow their hours: after each delivery and correction, and only the days that it touched."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from lantian.lake.air.days import station_days_of_hours
from lantian.lake.air.evaluation import stored_days
from lantian.lake.air.reading import city_days, station_days
from lantian.lake.air.refresh import days_touched, refresh
from lantian.lake.engines import duck
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY
from lantian.lake.store import Lake
from lantian.rules.air.evaluation import scheme_for
from lantian.rules.air.evaluation_books import evaluation_library
from lantian.rules.air.labels import BEIJING
from lantian.rules.air.periods import period_of
from lantian.rules.air.validity import city_days as city_days_by_the_rules
from tests.lake.made_up_air import made_up_hours

FIRST, LAST = date(2026, 2, 25), date(2026, 3, 4)
STATIONS = ["1001A", "1002A", "1003A", "1004A", "1005A"]


def stored(lake: Lake) -> list[dict[str, Any]]:
    with duck(lake) as engine:
        return stored_days(engine, FIRST, LAST).order_by("station", "day").to_pyarrow().to_pylist()


def anew(lake: Lake) -> list[dict[str, Any]]:
    with duck(lake) as engine:
        return station_days_of_hours(engine, FIRST, LAST).order_by("station", "day").to_pyarrow().to_pylist()


@pytest.fixture
def rows() -> pa.Table:
    return made_up_hours(STATIONS, FIRST, LAST)


def test_an_hour_touches_the_day_of_its_label_minus_one_hour(rows: pa.Table) -> None:
    labels = [row["end"].astimezone(BEIJING) - timedelta(hours=1) for row in rows.to_pylist()]
    assert {label.date() for label in labels} == days_touched(rows)
    assert {FIRST + timedelta(days=number) for number in range(8)} == days_touched(rows)


def test_after_each_delivery_the_days_are_those_of_all_hours(lake: Lake, rows: pa.Table) -> None:
    ends = sorted(set(rows["end"].to_pylist()))
    for number, until in enumerate((ends[50], ends[100], ends[-1])):
        since = ends[0] - timedelta(hours=1) if number == 0 else (ends[50], ends[100])[number - 1]
        part = rows.filter(
            pc.and_(
                pc.greater(rows["end"], pa.scalar(since, rows["end"].type)),
                pc.less_equal(rows["end"], pa.scalar(until, rows["end"].type)),
            )
        )
        lake.put(AIR_HOUR, part, batch=f"part {number}")
        refresh(lake, days_touched(part))
        assert anew(lake) == stored(lake) != []


def test_a_correction_reaches_its_day_and_no_other_is_written(lake: Lake, rows: pa.Table) -> None:
    lake.put(AIR_HOUR, rows, batch="all")
    assert len(anew(lake)) == refresh(lake)
    before = {(row["station"], row["day"]): row for row in stored(lake)}
    one = rows.slice(30, 1).select(["station", "end"]).append_column("o3", pa.array([987_654], pa.int32()))
    lake.correct(AIR_HOUR, one, columns=["o3"], batch="correction", reason="calibration")
    touched = days_touched(one)
    assert before == {(row["station"], row["day"]): row for row in stored(lake)}
    assert len(STATIONS) >= refresh(lake, touched)
    after = {(row["station"], row["day"]): row for row in stored(lake)}
    assert {(STATIONS[0], touched.pop())} == {key for key, row in after.items() if before[key] != row}
    assert anew(lake) == list(after.values())


def test_twice_changes_nothing_and_days_without_hours_are_taken_out(lake: Lake, rows: pa.Table) -> None:
    lake.put(AIR_HOUR, rows, batch="all")
    refresh(lake)
    before = stored(lake)
    refresh(lake, [FIRST, FIRST + timedelta(days=2)])
    assert before == stored(lake)
    # A day of which there are no hours any more, as after the end of retention.
    ghost = pa.Table.from_pylist([{**before[0], "station": "9999A"}], AIR_STATION_DAY.schema)
    lake.replace(AIR_STATION_DAY, ghost, where={"station": ["9999A"], "day": [FIRST]})
    assert len(before) + 1 == len(stored(lake))
    refresh(lake, [FIRST])
    assert before == stored(lake)


def test_an_office_that_counts_windows_otherwise_has_other_days(lake: Lake, rows: pa.Table) -> None:
    lake.put(AIR_HOUR, rows, batch="all")
    refresh(lake)
    before = stored(lake)
    library = evaluation_library().overridden(
        [
            {
                "book": "HJ 663-2026",
                "entry": "first_window",
                "value": 12,
                "grounds": "as agreed with the province",
            }
        ]
    )
    refresh(lake, library=library)
    after = stored(lake)
    changed = [old["day"] for old, new in zip(before, after, strict=True) if old != new]
    assert changed
    # The other edition holds before March.
    assert all(day >= date(2026, 3, 1) for day in changed)
    assert max(row["o3_8h_windows"] for row in after if row["day"] >= date(2026, 3, 1)) == 13


@pytest.mark.parametrize("available", [False, True])
def test_pages_get_the_days_in_the_form_of_the_rules(lake: Lake, rows: pa.Table, available: bool) -> None:
    lake.put(AIR_HOUR, rows, batch="all")
    refresh(lake)
    scheme = scheme_for(period_of(f"{FIRST}:{LAST}"))
    stations = station_days(lake, [*STATIONS, "none"], FIRST, LAST, scheme)
    assert {} == stations["none"]
    assert 200 < sum(len(values) for days in stations.values() for values in days.values())
    cities = {"a": STATIONS[:3], "b": STATIONS[2:], "c": ["none"]}
    found = city_days(lake, cities, FIRST, LAST, scheme, available=available)
    for city, points in cities.items():
        of_city = [stations[point] for point in points]
        columns = ("pm25", "pm10", "so2", "no2", "co", "o3")
        expected = city_days_by_the_rules(
            of_city, columns, scheme.book, available=available, uncounted=("o3_1h",)
        )
        assert expected == found[city]


def test_nothing_is_there_of_an_empty_lake(lake: Lake) -> None:
    assert ({"1001A": {}}, {"a": ({}, 0)}, {}) == (
        station_days(lake, ["1001A"], FIRST, LAST),
        city_days(lake, {"a": ["1001A"]}, FIRST, LAST),
        city_days(lake, {}, FIRST, LAST),
    )
    assert 0 == refresh(lake)
