"""The evaluation of the lake gives what the exact rules give, value by value."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from lantian.lake.air.days import station_days_of_hours
from lantian.lake.air.evaluation import daily_values, evaluate_periods
from lantian.lake.air.values import JUDGED, MEANS, VALUES, Scales
from lantian.lake.engines import Duck, duck
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY
from lantian.lake.store import Lake
from lantian.rules.air.aqi import scheme_of
from lantian.rules.air.columns import compiled, evaluate_grids
from lantian.rules.air.evaluation import THOUSAND, Scheme, evaluate_days, ranked, scheme_for
from lantian.rules.air.periods import period_of
from lantian.rules.air.validity import city_days, daily_max_8h, daily_mean
from tests.lake.made_up_air import hours_of_days, made_up_hours

FIRST, LAST = date(2025, 12, 1), date(2026, 5, 31)
STATIONS = [f"{1001 + number}A" for number in range(11)]
CITIES = {"one": STATIONS[:1], "few": STATIONS[1:4], "many": STATIONS[4:], "two at once": STATIONS[2:6]}
Days = dict[date, dict[str, int | Fraction]]


@pytest.fixture(scope="module")
def rows() -> pa.Table:
    return made_up_hours(STATIONS, FIRST, LAST)


@pytest.fixture(scope="module")
def engine(rows: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Duck]:
    lake = Lake(str(tmp_path_factory.mktemp("lake")))
    lake.put(AIR_HOUR, rows, batch="all")
    with duck(lake, threads=2) as found:
        yield found


@pytest.fixture(scope="module")
def days(engine: Duck) -> Any:
    table = station_days_of_hours(engine, FIRST, LAST)
    return engine.connection.create_table("days_of_test", table, temp=True)


def by_the_rules(rows: pa.Table, scheme: Scheme) -> dict[str, Days]:
    """Station → its daily values by `rules.air.validity`."""
    limit = scheme.limit(next(item for item in scheme.book.items if item.column == "o3")) * THOUSAND
    found: dict[str, Days] = {}
    for station, days in hours_of_days(rows).items():
        of_station = found.setdefault(station, {})
        for day, hours in days.items():
            values: dict[str, int | Fraction | None] = {
                name: daily_mean(hours[name], scheme.book) for name in MEANS
            }
            values["o3"] = daily_max_8h(hours["o3"], limit, scheme.book)
            valid = [value for value in hours["o3"] if value is not None]
            values["o3_1h"] = max(valid) if len(valid) >= scheme.book.number("day_hours") else None
            of_station[day] = {name: value for name, value in values.items() if value is not None}
    return found


def cities_by_the_rules(
    points: dict[str, Days], scheme: Scheme, available: bool
) -> dict[str, tuple[Days, int]]:
    found = {}
    for city, stations in CITIES.items():
        of_city = [points[station] for station in stations]
        found[city] = city_days(of_city, JUDGED, scheme.book, available=available, uncounted=("o3_1h",))
    return found


def test_a_station_day_holds_the_sums_and_counts_of_its_hours(rows: pa.Table, days: Any) -> None:
    expected = {}
    for station, of_station in hours_of_days(rows).items():
        for day, hours in of_station.items():
            valid = {name: [value for value in values if value is not None] for name, values in hours.items()}
            expected[station, day] = {
                name: (sum(values) if values else None, len(values)) for name, values in valid.items()
            }
    actual = {
        (row["station"], row["day"]): {
            name: (row[f"{name}_sum"], row[f"{name}_count"]) for name in (*MEANS, "o3")
        }
        for row in days.to_pyarrow().to_pylist()
    }
    assert expected == actual


@pytest.mark.parametrize("available", [False, True])
@pytest.mark.parametrize("edition", ["2012", "2026"])
def test_the_daily_values_of_stations_and_cities_are_those_of_the_rules(
    rows: pa.Table, days: Any, edition: str, available: bool
) -> None:
    scheme = scheme_for(period_of("2026-03"), edition)
    stations = by_the_rules(rows, scheme)
    expected = {("station", name): values for name, values in stations.items()}
    cities = cities_by_the_rules(stations, scheme, available)
    expected |= {("city", name): values for name, (values, _few) in cities.items()}
    found: dict[tuple[str, str], Days] = {}
    few = dict.fromkeys(CITIES, 0)
    scales = Scales.of(scheme.book)
    for row in daily_values(days, CITIES, scheme, available=available).to_pyarrow().to_pylist():
        of_day = {
            name: Fraction(row[name], scales.of_column(name) * row[f"{name}_points"])
            for name in VALUES
            if row[name] is not None
        }
        found.setdefault((row["kind"], row["entity"]), {})[row["day"]] = of_day
        if row["kind"] == "city":
            few[row["entity"]] += row["few"]
    without_empty = {
        key: {day: values for day, values in of_key.items() if values} for key, of_key in found.items()
    }
    expected = {
        key: {day: values for day, values in of_key.items() if values} for key, of_key in expected.items()
    }
    assert expected == without_empty
    assert {name: count for name, (_values, count) in cities.items()} == few


@pytest.mark.parametrize("standard", ["auto", "2012", "2026"])
def test_the_daily_aqi_is_that_of_the_tables_by_the_edition_of_the_day(
    rows: pa.Table, days: Any, standard: str
) -> None:
    scheme = scheme_for(period_of("2026-03"), standard)
    scales = Scales.of(scheme.book)
    table = daily_values(days, CITIES, scheme).to_pyarrow().to_pylist()
    books = scheme.aqi.books if standard == "auto" else [scheme.aqi.of_edition(standard)]
    seen = 0
    for book in books:
        of_book = [row for row in table if standard != "auto" or scheme.aqi.on(row["day"]) is book]
        aqi_scheme = scheme_of(book, "day")
        grids = {}
        for column, digits in compiled(aqi_scheme).digits.items():
            name = {"o3_8h": "o3", "o3": "o3_1h"}.get(column, column)
            grids[column] = np.array(
                [
                    65_535
                    if row[name] is None
                    else min(
                        round(
                            Fraction(row[name], scales.of_column(name) * row[f"{name}_points"])
                            * 10**digits
                            / THOUSAND
                        ),
                        65_533,
                    )
                    for row in of_book
                ],
                dtype=np.uint16,
            )
        expected = evaluate_grids(grids, aqi_scheme)
        assert expected.aqi.tolist() == [row["aqi"] for row in of_book]
        assert expected.level.tolist() == [row["level"] for row in of_book]
        assert expected.primary.tolist() == [row["primary"] for row in of_book]
        seen += len(of_book)
    assert len(table) == seen


@pytest.mark.parametrize("available", [False, True])
@pytest.mark.parametrize("standard", ["auto", "2012", "2026"])
def test_good_and_heavy_days_are_told_without_the_aqi_as_by_it(
    days: Any, standard: str, available: bool
) -> None:
    scheme = scheme_for(period_of("2026-03"), standard)
    found = []
    for aqi in (True, False):
        table = daily_values(days, CITIES, scheme, available=available, aqi=aqi).to_pyarrow()
        rows = sorted(table.to_pylist(), key=lambda row: (row["kind"], row["entity"], row["day"]))
        found.append([(row["told"], row["good"], row["heavy"]) for row in rows])
    assert found[0] == found[1]
    assert 3 <= len(set(found[0]))


@pytest.mark.parametrize("available", [False, True])
@pytest.mark.parametrize("day", [date(2026, 2, 28), date(2026, 3, 1)])
def test_a_hair_beside_each_bound_good_and_heavy_days_are_those_of_the_aqi(
    engine: Duck, day: date, available: bool
) -> None:
    """One value at a time at, just below and just above each half step at which an index passes a bound, and beyond."""
    scheme = scheme_for(period_of("2026-03"))
    aqi_scheme = scheme_of(scheme.aqi.on(day), "day")
    rows = []
    for part in compiled(aqi_scheme).parts:
        step = THOUSAND // 10**part.digits
        index = part.table[:2_800]
        at = {
            0,
            len(index),
            *(np.flatnonzero(np.diff(index > 100)) + 1),
            *(np.flatnonzero(np.diff(index > 200)) + 1),
        }
        at |= set((np.flatnonzero(np.diff(index) < 0) + 1).tolist())
        for value in sorted(
            {
                int(grid) * step + half + off
                for grid in at
                for half in (-step // 2, step // 2)
                for off in (-1, 0, 1)
            }
        ):
            if value < 0:
                continue
            row: dict[str, Any] = {"station": f"{part.column} {value}", "day": day, "month": f"{day:%Y-%m}"}
            for name in (*MEANS, "o3"):
                row |= {f"{name}_sum": 24_000, f"{name}_count": 24}
            row |= {"o3_max": 1000, "o3_8h_sum": 8_000, "o3_8h_count": 8, "o3_8h_windows": 17}
            if part.column == "o3_8h":
                row["o3_8h_sum"] = 8 * value
            elif part.column == "o3":
                row["o3_max"] = value
            else:
                row[f"{part.column}_sum"] = 24 * value
            rows += [row, {**row, "station": f"{part.column} {value} without", "co_count": 0, "co_sum": None}]
    table = ibis.memtable(pa.Table.from_pylist(rows, AIR_STATION_DAY.schema))
    found = []
    for aqi in (True, False):
        values = daily_values(table, {}, scheme, available=available, aqi=aqi).order_by("entity")
        flags = engine.connection.to_pyarrow(values.select("entity", "told", "good", "heavy"))
        found.append(flags.to_pylist())
    assert found[0] == found[1]
    assert 3 <= len({(row["told"], row["good"], row["heavy"]) for row in found[0]})


@pytest.mark.parametrize("validity", ["strict", "available"])
@pytest.mark.parametrize("standard", ["auto", "2026"])
def test_every_statistic_index_and_rank_is_that_of_the_rules(
    rows: pa.Table, days: Any, standard: str, validity: str
) -> None:
    texts = [
        "2025-12",
        "2026-01",
        "2026-02",
        "2026-03",
        "2026-04",
        "2026Q1",
        "2026-spring",
        "2026-03-05:2026-04-11",
        "2026",
    ]
    periods = [period_of(text) for text in texts]
    actual = evaluate_periods(days, periods, CITIES, standard=standard, validity=validity).to_pylist()
    found = {(row["kind"], row["entity"], row["period"]): row for row in actual}
    assert len(actual) == len(found) == len(periods) * (len(STATIONS) + len(CITIES))
    of_books: dict[str, dict[str, dict[str, tuple[Days, int]]]] = {}
    for period in periods:
        scheme = scheme_for(period, standard)
        if scheme.book.id not in of_books:
            stations = by_the_rules(rows, scheme)
            of_books[scheme.book.id] = {
                "station": {name: (values, 0) for name, values in stations.items()},
                "city": cities_by_the_rules(stations, scheme, validity == "available"),
            }
        of_kind = of_books[scheme.book.id]
        for kind, entities in of_kind.items():
            expected = ranked(
                [
                    evaluate_days(name, values, period, scheme, validity=validity)
                    for name, (values, _few) in entities.items()
                ]
            )
            for one in expected:
                row = found[kind, one.entity, period.text]
                where = (kind, one.entity, period.text)
                assert (where, one.composite_index, one.rank) == (where, row["composite_index"], row["rank"])
                assert (one.good_days, one.heavy_days, one.aqi_days) == (
                    row["good_days"],
                    row["heavy_days"],
                    row["aqi_days"],
                )
                assert one.coverage == row["coverage"]
                for item in scheme.book.items:
                    statistics, name = one.statistics[item.pollutant], item.column
                    assert (where, name, statistics.mean, statistics.percentile, statistics.single_index) == (
                        where,
                        name,
                        row[f"{name}_mean"],
                        row[f"{name}_percentile"],
                        row[f"{name}_index"],
                    )
                    assert (statistics.valid, statistics.required, statistics.sufficient) == (
                        row[f"{name}_valid"],
                        row[f"{name}_required"],
                        row[f"{name}_sufficient"],
                    )
