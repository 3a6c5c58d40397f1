"""Every AQI row of the reference's examples, and the hours that the national platform published."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lantian.rules.air.aqi import OUTSIDE, Note, Scheme, evaluate, index_of, scheme_of
from lantian.rules.air.books import AqiBook
from lantian.rules.air.columns import Columns, evaluate_floats, pollutants_of
from lantian.rules.air.library import library

pytestmark = pytest.mark.shared

POLLUTANT_COLUMNS = {"SO2": "so2", "NO2": "no2", "CO": "co", "O3": "o3", "PM10": "pm10", "PM2.5": "pm25"}
LEVELS = {"一级": 1, "二级": 2, "三级": 3, "四级": 4, "五级": 5, "六级": 6}


def rows_of(shared_dir: Path, kind: str) -> list[dict[str, str]]:
    with (shared_dir / "reference" / "aqi-examples.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["kind"] == kind]


def book_of(row: dict[str, str]) -> AqiBook:
    return library().of_edition(row["standard"][-4:])


def expected_indices(row: dict[str, str]) -> dict[str, int]:
    pairs = (part.split(":") for part in row["expected_iaqi"].split("|"))
    return {name: int(value) for name, value in pairs}


def test_every_row_of_an_aqi_is_reproduced(shared_dir: Path) -> None:
    rows = rows_of(shared_dir, "aqi")
    assert len(rows) >= 30
    for row in rows:
        interval = "day" if row["report"] == "daily" else "hour"
        scheme = scheme_of(book_of(row), interval)
        ozone = "o3_8h" if interval == "day" else "o3"
        columns = {**POLLUTANT_COLUMNS, "O3": ozone}
        values: dict[str, Any] = {}
        for name, column in columns.items():
            text = row[name.lower().replace(".", "")]
            values[column] = OUTSIDE if text == "/" else None if text in {"", "NA"} else Decimal(text)
        found = evaluate(values, scheme)

        indices = {
            name: int(found.iaqi[column]) for name, column in columns.items() if found.iaqi[column] >= 0
        }
        assert expected_indices(row) == indices, row["id"]
        if row["expected_aqi"] == "NA":
            assert (None, None, ()) == (found.aqi, found.level, found.primary), row["id"]
            assert found.withheld, row["id"]
        else:
            assert int(row["expected_aqi"]) == found.aqi, row["id"]
            assert LEVELS[row["expected_level"]] == found.level, row["id"]
            assert row["expected_primary"] == "|".join(found.primary), row["id"]
            level = scheme.book.level_of(int(row["expected_aqi"]))
            assert (row["expected_level"], row["expected_category"]) == (level.name, level.class_name), row[
                "id"
            ]


def test_every_row_of_a_single_index_is_reproduced(shared_dir: Path) -> None:
    rows = rows_of(shared_dir, "iaqi")
    assert len(rows) >= 20
    for row in rows:
        name, averaging = row["extra"].removeprefix("column=").rsplit("_", 1)
        table = {"24h": "day"}.get(averaging, averaging)
        book = book_of(row)
        value = Decimal(row[name.lower().replace(".", "")])
        index, _capped = index_of(book, book.tables[f"{POLLUTANT_COLUMNS[name]}_{table}"], value)

        assert expected_indices(row) == {name: int(index)}, row["id"]


def published(path: Path) -> tuple[list[dict[str, str]], Columns, Scheme]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    scheme = scheme_of(library().of_edition("2012"), "hour")
    columns = {
        column: np.array([float(row[column]) if row[column] else np.nan for row in rows])
        for column in ("pm25", "pm10", "so2", "no2", "co", "o3")
    }
    return rows, evaluate_floats(columns, scheme, details=True), scheme


def misses(path: Path) -> tuple[int, list[dict[str, str]], int, list[dict[str, str]]]:
    """Rows with a published AQI, those that differ; rows above 50, those whose primary pollutants differ."""
    rows, found, _scheme = published(path)
    with_aqi = [(row, at) for at, row in enumerate(rows) if row["aqi"]]
    wrong = [row for row, at in with_aqi if float(row["aqi"]) != found.aqi[at]]
    above = [(row, at) for row, at in with_aqi if float(row["aqi"]) > 50]
    wrong_primary = [
        row for row, at in above if row["primary"] != "|".join(pollutants_of(int(found.primary[at])))
    ]
    return len(with_aqi), wrong, len(above), wrong_primary


def test_the_hours_of_2020_are_those_that_were_published_but_for_two_defects_of_the_source(
    shared_dir: Path,
) -> None:
    rows, wrong, above, wrong_primary = misses(
        shared_dir / "data" / "air" / "station_hour_2020_published_aqi.csv.gz"
    )

    assert (108_564, 64_287) == (rows, above)
    assert [("三沙", "2017-01-04 10:00", "30.0")] == [(row["city"], row["time"], row["aqi"]) for row in wrong]
    assert [("长春", "714.0", "", "PM10|PM2.5")] == [
        (row["city"], row["pm25"], row["pm10"], row["primary"]) for row in wrong_primary
    ]


def test_the_hour_of_2019_is_what_was_published(shared_dir: Path) -> None:
    path = shared_dir / "data" / "air" / "station_hour_2019-07-18T12_published_aqi.csv.gz"

    assert (1_420, [], 480, []) == misses(path)


def test_the_levels_of_2020_are_the_published_classes(shared_dir: Path) -> None:
    rows, found, scheme = published(shared_dir / "data" / "air" / "station_hour_2020_published_aqi.csv.gz")
    classes = {level.level: level.class_name for level in scheme.book.levels}
    pairs = [(row["quality"], classes[int(found.level[at])]) for at, row in enumerate(rows) if row["aqi"]]

    assert 108_564 == len(pairs)
    assert [] == [pair for pair in pairs if pair[0] != pair[1]]


def test_the_capped_hour_of_changchun_is_noted(shared_dir: Path) -> None:
    rows, found, scheme = published(shared_dir / "data" / "air" / "station_hour_2020_published_aqi.csv.gz")
    from lantian.rules.air.columns import notes_of

    at = next(at for at, row in enumerate(rows) if row["pm25"] == "714.0")
    assert found.notes is not None
    assert {(Note.MISSING, "pm10"), (Note.CAPPED, "pm25")} <= notes_of(int(found.notes[at]), scheme)[1]
