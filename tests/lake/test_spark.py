"""Spark reads the same live files as DuckDB: rows, corrections, and files from before a column was added."""

from __future__ import annotations

from typing import Any

import pytest

from lantian.lake import engines
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY
from lantian.lake.store import Lake
from tests.lake.hours import hours
from tests.lake.test_upkeep import LATER, with_voc

pytestmark = [pytest.mark.spark, pytest.mark.xdist_group("spark")]


def rows(engine: Any) -> list[tuple[Any, ...]]:
    """What an engine sees, as plain values: Spark gives times without their zone, which is UTC."""
    table = engine.table(AIR_HOUR).order_by("end", "station")
    return [
        (row["station"], row["end"].replace(tzinfo=None), row["pm25"], row["o3"], row["source"], row["month"])
        for row in table.to_pyarrow().to_pylist()
    ]


def test_spark_and_duckdb_see_the_same_rows_with_corrections_applied(lake: Lake, spark_session: Any) -> None:
    lake.put(AIR_HOUR, hours(range(30), stations=3), batch="a")
    # Midnight between two months, in campaign time.
    lake.put(AIR_HOUR, hours(range(31 * 24 - 10, 31 * 24 + 10), stations=3), batch="b")
    lake.correct(AIR_HOUR, hours(range(2, 5), stations=2, add=70), columns=["o3"], batch="c", reason="calibration")
    lake.correct(AIR_HOUR, hours(range(4, 5), stations=1, add=90), columns=["o3"], batch="d", reason="again")

    with engines.duck(lake) as duck:
        expected = rows(duck)
    found = rows(engines.spark(lake, spark_session))

    assert 150 == len(expected)
    assert expected == found
    assert {"2026-01", "2026-02"} == {row[-1] for row in found}


def test_spark_gives_a_column_that_came_later_as_empty_in_older_files(lake: Lake, spark_session: Any) -> None:
    lake.put(AIR_HOUR, hours([0, 1]), batch="a")
    lake.put(AIR_HOUR, hours([1], add=3), batch="b")
    lake.put(LATER, with_voc(hours([2]), 8), batch="c")
    lake.put(LATER, with_voc(hours([0]), 9), batch="d")

    table = engines.spark(lake, spark_session).table(LATER).order_by("end").select("pm25", "voc")

    expected = lake.read(LATER, columns=["pm25", "voc"]).to_pylist()
    assert [9, None, 8] == [row["voc"] for row in expected]
    assert expected == table.to_pyarrow().to_pylist()


def test_a_table_that_is_not_there_yet_is_empty_on_spark(lake: Lake, spark_session: Any) -> None:
    assert 0 == engines.spark(lake, spark_session).table(AIR_STATION_DAY).count().execute()


def test_executors_of_spark_are_processes_of_their_own(spark_session: Any) -> None:
    assert spark_session.sparkContext.master.startswith("local-cluster")
    # The driver is one of them, and computes nothing.
    assert 2 <= len(spark_session.sparkContext._jsc.sc().statusTracker().getExecutorInfos())
