"""The same expressions on DuckDB and on Spark over the same live files: whole numbers equal, floats to twelve digits."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest

from lantian.lake.air.arithmetic import kept
from lantian.lake.air.days import station_days_of_hours
from lantian.lake.air.evaluation import daily_values, evaluate_periods
from lantian.lake.air.periods import by_period
from lantian.lake.engines import duck, spark
from lantian.lake.schema import AIR_HOUR, POLLUTANTS
from lantian.lake.store import Lake
from lantian.rules.air.evaluation import AVAILABLE, scheme_for
from lantian.rules.air.periods import period_of
from tests.lake.made_up_air import made_up_hours

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]

FIRST, LAST = date(2026, 2, 1), date(2026, 3, 31)
STATIONS = [f"{1001 + number}A" for number in range(6)]
CITIES = {"one": STATIONS[:1], "many": STATIONS[1:]}
PERIODS = [period_of(text) for text in ("2026-03", "2026-02-20:2026-03-10")]


class Step(NamedTuple):
    """What one engine gives at each step, in an order of its keys."""

    days: list[dict[str, Any]]
    values: list[dict[str, Any]]
    periods: list[dict[str, Any]]
    results: list[dict[str, Any]]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Hours of two editions, with corrections above them."""
    found = Lake(str(tmp_path_factory.mktemp("lake")))
    rows = made_up_hours(STATIONS, FIRST, LAST, seed=7)
    found.put(AIR_HOUR, rows, batch="all")
    changed = rows.take(pa.array(np.arange(0, rows.num_rows, 37))).select(["station", "end"])
    for place, name in enumerate(POLLUTANTS):
        values = np.arange(changed.num_rows) * 731 % 200_000 + place
        changed = changed.append_column(name, pa.array(values, pa.int32(), mask=values % 11 == 0))
    found.correct(AIR_HOUR, changed, columns=POLLUTANTS, batch="correction", reason="calibration")
    return found


def listed(table: Any, *keys: str) -> list[dict[str, Any]]:
    """The rows in an order of their keys; columns by their names."""
    rows = (table if isinstance(table, pa.Table) else table.to_pyarrow()).to_pylist()
    return sorted(rows, key=lambda row: tuple(str(row[key]) for key in keys))


def steps(engine: Any) -> Step:
    """All steps of the evaluation on an engine."""
    scheme = scheme_for(PERIODS[0])
    with kept(station_days_of_hours(engine, FIRST, LAST)) as days:
        with kept(daily_values(days, CITIES, scheme)) as values:
            return Step(
                listed(days, "station", "day"),
                listed(values, "kind", "entity", "day"),
                listed(by_period(values, PERIODS, scheme.book), "kind", "entity", "period"),
                listed(
                    evaluate_periods(days, PERIODS, CITIES, validity=AVAILABLE), "kind", "entity", "period"
                ),
            )


@pytest.fixture(scope="module")
def on_duckdb(lake: Lake) -> Iterator[Step]:
    with duck(lake) as engine:
        yield steps(engine)


@pytest.fixture(scope="module")
def on_spark(lake: Lake, spark_session: Any) -> Step:
    return steps(spark(lake, spark_session))


def compared(expected: list[dict[str, Any]], found: list[dict[str, Any]]) -> int:
    """Compare rows: floats to 1e-12, everything else exactly; how many values were compared."""
    assert len(expected) == len(found)
    count = 0
    for left, right in zip(expected, found, strict=True):
        assert left.keys() == right.keys()
        for name, value in left.items():
            other = right[name]
            if isinstance(value, float) and isinstance(other, float):
                assert math.isclose(value, other, rel_tol=1e-12, abs_tol=0), (name, left, right)
            else:
                assert (name, value) == (name, other)
            count += 1
    return count


def test_days_of_stations_have_the_same_sums_and_counts(on_duckdb: Step, on_spark: Step) -> None:
    assert len(STATIONS) * 59 == len(on_duckdb.days)
    assert on_duckdb.days == on_spark.days


def test_daily_values_and_the_daily_aqi_are_the_same_numbers(on_duckdb: Step, on_spark: Step) -> None:
    assert {"station", "city"} == {row["kind"] for row in on_duckdb.values}
    assert 50 < len({row["aqi"] for row in on_duckdb.values})
    assert on_duckdb.values == on_spark.values


def test_counts_of_periods_are_the_same_and_their_floats_to_twelve_digits(
    on_duckdb: Step, on_spark: Step
) -> None:
    assert (len(STATIONS) + len(CITIES)) * len(PERIODS) == len(on_duckdb.periods)
    assert 600 < compared(on_duckdb.periods, on_spark.periods)


def test_published_statistics_indices_and_ranks_are_the_same(on_duckdb: Step, on_spark: Step) -> None:
    assert {1, 2} <= {row["rank"] for row in on_duckdb.results}
    assert 600 < compared(on_duckdb.results, on_spark.results)
