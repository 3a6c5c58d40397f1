"""``lantian air evaluate``: the contract of its records, tables of days and of hours, its errors, published rankings."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lantian.cli.air_evaluate import air_app

KEYS = {
    "entity",
    "period",
    "statistics",
    "composite_index",
    "rank",
    "good_days",
    "heavy_days",
    "coverage",
    "reasons",
}
OF_POLLUTANT = {"mean", "percentile", "percentile_of", "valid", "required", "single_index"}
DAYS = "city,date,pm25,pm10,so2,no2,co,o3"
HOURS = "time,city,station_name,pm25,pm10,so2,no2,o3,o3_8h,co"
TOWN = "23,77,9,14,1.1,96"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "office"))
    return tmp_path / "office"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(air_app, ["evaluate", *map(str, arguments)], prog_name="lantian air")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def records(*arguments: str | Path) -> dict[str, dict[str, Any]]:
    status, shown, err = run(*arguments, "--json")
    assert 0 == status, err
    found: list[dict[str, Any]] = json.loads(shown)
    return {record["entity"]: record for record in found}


def table(path: Path, header: str, rows: list[str]) -> Path:
    text = "\n".join([header, *rows]) + "\n"
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def month(city: str, values: str = TOWN, days: int = 31) -> list[str]:
    return [f"{city},2015-07-{day:02},{values}" for day in range(1, days + 1)]


def hours(
    station: str, values: str, count: int = 24, city: str = "甲市", day: date = date(2020, 4, 3)
) -> list[str]:
    start = datetime(day.year, day.month, day.day)
    return [
        f"{start + timedelta(hours=hour):%Y-%m-%d %H:%M},{city},{station},{values}"
        for hour in range(1, count + 1)
    ]


def test_a_record_has_everything_that_is_told_of_a_city(tmp_path: Path) -> None:
    file = table(tmp_path / "in.csv.gz", DAYS, month("甲市"))
    record = records(file, "--period", "2015-07", "--by", "city")["甲市"]
    assert set(record) >= KEYS
    assert {"PM2.5", "PM10", "SO2", "NO2", "CO", "O3"} == set(record["statistics"])
    assert all(set(one) >= OF_POLLUTANT for one in record["statistics"].values())
    assert (3.14, 1, 31, 0, 1.0, []) == tuple(
        record[name] for name in ("composite_index", "rank", "good_days", "heavy_days", "coverage", "reasons")
    )
    co = record["statistics"]["CO"]
    assert (1.1, 1.1, 95, 31, 27, 0.28) == tuple(
        co[name] for name in ("mean", "percentile", "percentile_of", "valid", "required", "single_index")
    )


def test_a_record_tells_what_attains_and_the_index_of_annex_c(tmp_path: Path) -> None:
    rows = [f"甲市,{date(2015, 1, 1) + timedelta(days=number)},{TOWN}" for number in range(365)]
    file = table(tmp_path / "in.csv", DAYS, rows)
    record = records(file, "--period", "2015")["甲市"]
    pm10, pm25 = record["statistics"]["PM10"], record["statistics"]["PM2.5"]
    assert (False, True, False, True) == (
        record["attains"],
        record["formal"],
        pm10["attains"],
        pm25["attains"],
    )
    assert [("mean", 77.0, 70.0, False, 0.1), ("percentile", 77.0, 150.0, True, None)] == [
        tuple(one[name] for name in ("statistic", "value", "limit", "attains", "multiple"))
        for one in pm10["verdicts"]
    ]
    assert (365, 100.0) == (pm10["attaining_days"], pm10["attainment_ratio"])
    assert {"index": 1.1, "pollutants": ["PM10"]} == record["leading"]
    assert (3.14, "K") == (record["annex_c"]["index"], record["annex_c"]["mark"])
    month_only = records(file, "--period", "2015-07")["甲市"]
    assert (False, []) == (month_only["formal"], month_only["reasons"])


def test_below_the_minimum_strict_tells_nothing_and_available_what_there_is(tmp_path: Path) -> None:
    file = table(tmp_path / "in.csv", DAYS, [*month("甲市"), *month("乙市", days=26)])
    strict = records(file, "--period", "2015-07")
    assert (None, None, None) == (
        strict["乙市"]["composite_index"],
        strict["乙市"]["rank"],
        strict["乙市"]["statistics"]["O3"]["mean"],
    )
    assert strict["乙市"]["reasons"]
    available = records(file, "--period", "2015-07", "--validity", "available")
    assert (3.14, 1) == (available["乙市"]["composite_index"], available["乙市"]["rank"])
    assert available["乙市"]["reasons"]
    assert available["甲市"] == strict["甲市"]


def test_only_the_named_ones_are_ranked_and_an_absent_one_is_answered(tmp_path: Path) -> None:
    better = "13,77,9,14,1.1,96"
    file = table(tmp_path / "in.csv", DAYS, [*month("甲市"), *month("乙市", better), *month("丙市")])
    named = table(tmp_path / "names.csv", "city", ["甲市", "丙市", "丁市"])
    found = records(file, "--period", "2015-07", "--entities", named)
    assert {"甲市": 1, "丙市": 1, "丁市": None} == {name: one["rank"] for name, one in found.items()}
    plain = table(tmp_path / "plain.txt", "甲市", ["乙市"])
    assert {"甲市": 2, "乙市": 1} == {
        name: one["rank"] for name, one in records(file, "--period", "2015-07", "--entities", plain).items()
    }


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    rows = [f"甲市,2015-07-{day:02},{day},{2 * day},{day},{day},0.{day},{3 * day}" for day in range(1, 32)]
    one, other = (table(tmp_path / f"{n}.csv", DAYS, given) for n, given in enumerate([rows, rows[::-1]]))
    assert records(one, "--period", "2015-07") == records(other, "--period", "2015-07")


def test_hours_become_days_of_stations_and_of_their_city(tmp_path: Path) -> None:
    rows = [*hours("一", "20,40,6,30,100,1,0.5"), *hours("二", "40,60,8,50,120,1,0.7")]
    file = table(tmp_path / "in.csv", HOURS, rows)
    options = ("--period", "2020-04-03:2020-04-03")
    stations = records(file, *options, "--by", "station")
    assert {"一": 20.0, "二": 40.0} == {n: one["statistics"]["PM2.5"]["mean"] for n, one in stations.items()}
    city = records(file, *options)["甲市"]["statistics"]
    assert (30.0, 50.0, 0.6, 110.0) == tuple(city[name]["mean"] for name in ("PM2.5", "PM10", "CO", "O3"))


def test_an_hour_label_belongs_to_the_hour_before_it(tmp_path: Path) -> None:
    file = table(tmp_path / "in.csv", HOURS, hours("一", "20,40,6,30,100,1,0.5"))
    found = records(file, "--period", "2020-04-03:2020-04-03")
    assert {"甲市": 1.0} == {name: one["coverage"] for name, one in found.items()}
    assert {} == records(file, "--period", "2020-04-04:2020-04-04")


def test_nineteen_hours_make_no_day_and_twenty_do(tmp_path: Path) -> None:
    rows = [*hours("一", "20,40,6,30,100,1,0.5", 19), *hours("二", "20,40,6,30,100,1,0.5", 20)]
    file = table(tmp_path / "in.csv", HOURS, rows)
    found = records(file, "--period", "2020-04-03:2020-04-03", "--by", "station", "--validity", "available")
    assert {"一": 0, "二": 1} == {name: one["statistics"]["SO2"]["valid"] for name, one in found.items()}


def test_a_city_with_too_few_valid_points_is_told_only_on_request(tmp_path: Path) -> None:
    rows = hours("一", "20,40,6,30,100,1,0.5")
    for name in "二三":
        rows += hours(name, "20,40,6,30,100,1,0.5", 10)
    file = table(tmp_path / "in.csv", HOURS, rows)
    options = ("--period", "2020-04-03:2020-04-03")
    strict, available = (
        records(file, *options, "--validity", way)["甲市"] for way in ("strict", "available")
    )
    assert (0, 1) == (strict["statistics"]["NO2"]["valid"], available["statistics"]["NO2"]["valid"])
    assert any("6" in reason for reason in strict["reasons"]) and any(
        "6" in reason for reason in available["reasons"]
    )


def test_days_of_stations_are_evaluated_by_station_and_by_city(tmp_path: Path) -> None:
    rows = [
        f"甲市,{code},2015-07-{day:02},{pm25},77,9,14,1.1,96"
        for day in range(1, 32)
        for code, pm25 in (("1A", 20), ("2A", 26))
    ]
    file = table(tmp_path / "in.csv", "city,station_code,date,pm25,pm10,so2,no2,co,o3", rows)
    stations, cities = (records(file, "--period", "2015-07", "--by", by) for by in ("station", "city"))
    assert {"1A": 20.0, "2A": 26.0} == {
        name: one["statistics"]["PM2.5"]["mean"] for name, one in stations.items()
    }
    assert {"甲市": (23.0, 3.14)} == {
        name: (one["statistics"]["PM2.5"]["mean"], one["composite_index"]) for name, one in cities.items()
    }


def test_stations_of_one_name_in_two_cities_are_kept_apart(tmp_path: Path) -> None:
    rows = [
        *hours("环保局", "20,40,6,30,100,1,0.5"),
        *hours("环保局", "40,40,6,30,100,1,0.5", city="乙市"),
    ]
    file = table(tmp_path / "in.csv", HOURS, rows)
    found = records(file, "--period", "2020-04-03:2020-04-03", "--by", "station")
    assert {"甲市 环保局": 20.0, "乙市 环保局": 40.0} == {
        name: one["statistics"]["PM2.5"]["mean"] for name, one in found.items()
    }


def test_repeated_unusable_and_undated_rows_are_said(tmp_path: Path) -> None:
    rows = [
        *month("甲市"),
        f"甲市,2015-07-31,{TOWN}",
        "甲市,soon,1,1,1,1,1,1",
        "甲市,2015-07-30,x,77,9,14,1.1,-3",
    ]
    status, shown, err = run(table(tmp_path / "in.csv", DAYS, rows), "--period", "2015-07", "--json")
    assert 0 == status
    assert 30 == json.loads(shown)[0]["statistics"]["PM2.5"]["valid"]
    assert all(part in err for part in ("35", "pm25", "“x”", "o3", "“-3”"))


@pytest.mark.parametrize(
    ("header", "row", "options"),
    [
        (DAYS, f"甲市,2015-07-01,{TOWN}", ("--period", "July")),
        (DAYS, f"甲市,2015-07-01,{TOWN}", ("--period", "1999")),
        (DAYS, f"甲市,2015-07-01,{TOWN}", ("--period", "2015-07", "--by", "station")),
        ("city,pm25", "甲市,1", ("--period", "2015-07")),
        ("city,date,temp", "甲市,2015-07-01,1", ("--period", "2015-07")),
        ("date,pm25", "2015-07-01,1", ("--period", "2015-07")),
        ("city,date,pm25,pm25", "甲市,2015-07-01,1,1", ("--period", "2015-07")),
        ("city,date,pm25", "甲市,2015-07-01,1,2", ("--period", "2015-07")),
    ],
)
def test_what_cannot_be_evaluated_ends_with_a_reason(
    tmp_path: Path, header: str, row: str, options: tuple[str, ...]
) -> None:
    status, shown, err = run(table(tmp_path / "in.csv", header, [row]), *options, "--json")
    assert (1, "") == (status, shown)
    assert err.strip()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    status, _shown, err = run(tmp_path / "none.csv", "--period", "2015")
    assert 1 == status
    assert "none.csv" in err


def test_an_entry_set_otherwise_by_the_office_counts_and_is_said(tmp_path: Path) -> None:
    file = table(tmp_path / "in.csv", DAYS, month("甲市"))
    entry = {"book": "HJ 663-2013", "entry": "weight_CO", "value": 0, "grounds": "x"}
    settled = {**entry, "entry": "windows", "value": 1}
    sets = {"good": [{**entry, "entry": "index_digits", "value": 4}], "bad": [settled]}
    for name, entries in sets.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(entries), encoding="utf-8")
    status, shown, err = run(file, "--period", "2015-07", "--json", "--overrides", tmp_path / "good.json")
    assert (0, 3.13) == (status, json.loads(shown)[0]["composite_index"])
    assert "index_digits" in err
    assert 1 == run(file, "--period", "2015-07", "--overrides", tmp_path / "bad.json")[0]


def test_the_table_for_people_has_a_line_for_each(tmp_path: Path) -> None:
    file = table(tmp_path / "in.csv", DAYS, [*month("甲市"), *month("乙市")])
    status, shown, _err = run(file, "--period", "2015-07")
    lines = [line.split("\t") for line in shown.splitlines()]
    assert (0, 3) == (status, len(lines))
    assert [["1", "乙市", "3.14"], ["1", "甲市", "3.14"]] == [line[:3] for line in lines[1:]]


# --- published rankings ---

HENAN = "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店"


@pytest.mark.shared
@pytest.mark.parametrize(
    ("period", "scope", "kind", "same", "in_place"),
    [
        ("2015-07", "74城市", "composite_worst", 10, 10),
        ("2015", "74城市", "composite_worst", 10, 8),
        ("2015", "74城市", "composite_best", 10, 6),
        ("2015-05", "河南省", "composite_worst", 5, 5),
        ("2015-05", "河南省", "composite_best", 5, 3),
    ],
    ids=["2015-07-worst", "2015-worst", "2015-best", "henan-worst", "henan-best"],
)
def test_published_rankings_are_reproduced(
    shared_dir: Path, tmp_path: Path, period: str, scope: str, kind: str, same: int, in_place: int
) -> None:
    air = shared_dir / "data" / "air"
    names = air / "cities_74.csv" if scope == "74城市" else table(tmp_path / "h.csv", "city", HENAN.split())
    found = records(
        air / "city_day_2013-12_2015-12.csv.gz",
        "--period",
        period,
        "--by",
        "city",
        "--validity",
        "available",
        "--entities",
        names,
    )
    order = [name for name, one in found.items() if one["rank"] is not None]
    with (air / "published_rankings.csv").open(encoding="utf-8", newline="") as file:
        published = next(
            row["cities"].split("|")
            for row in csv.DictReader(file)
            if (row["period"], row["scope"], row["kind"]) == (period, scope, kind)
        )
    ours = (order if kind.endswith("best") else order[::-1])[: len(published)]
    assert same <= len(set(ours) & set(published))
    assert in_place <= sum(one == other for one, other in zip(ours, published, strict=True))


@pytest.mark.shared
def test_two_of_the_published_twenty_miss_the_minimum_of_a_month(shared_dir: Path) -> None:
    air = shared_dir / "data" / "air"
    found = records(
        air / "city_day_2013-12_2015-12.csv.gz", "--period", "2015", "--entities", air / "cities_74.csv"
    )
    unranked = {name for name, one in found.items() if one["rank"] is None}
    assert {"沈阳", "福州", "无锡", "苏州", "东莞"} == unranked
