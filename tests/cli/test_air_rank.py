"""``lantian air rank``: lists and figures, change, exclusions, files that are written, errors, published rankings."""

from __future__ import annotations

import csv
import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from lantian.cli.air_rank import air_app

DAYS = "city,date,pm25,pm10,so2,no2,co,o3_8h"
TOWN = "77,9,14,1.1,96"
HENAN = "郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡 南阳 商丘 信阳 周口 驻马店"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "office"))
    return tmp_path / "office"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(air_app, ["rank", *map(str, arguments)], prog_name="lantian air")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def record(*arguments: str | Path) -> dict[str, Any]:
    status, shown, err = run(*arguments, "--json")
    assert 0 == status, err
    found: dict[str, Any] = json.loads(shown)
    return found


def places(found: dict[str, Any]) -> list[tuple[str, int | None]]:
    return [(row["entity"], row["place"]) for row in found["rows"]]


def write(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def month(city: str, pm25: int, first: str = "2021-03-01", days: int = 31) -> list[str]:
    start = date.fromisoformat(first)
    return [f"{city},{start + timedelta(days=number)},{pm25},{TOWN}" for number in range(days)]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    rows = [*month("甲市", 30), *month("乙市", 20), *month("丙市", 30)]
    rows += [
        *month("甲市", 40, "2020-03-01"),
        *month("乙市", 20, "2020-03-01"),
        *month("丙市", 25, "2020-03-01"),
    ]
    return write(tmp_path / "in.csv", DAYS, rows)


def test_without_a_list_places_are_those_of_the_composite_index(table: Path) -> None:
    found = record(table, "--period", "2021-03")
    assert [("乙市", 1), ("丙市", 2), ("甲市", 2)] == places(found)
    assert ["丙市"] == found["rows"][2]["tied"]
    assert ("", "2021-03", None) == (found["list"], found["period"], found["base"])


@pytest.mark.parametrize(
    ("figure", "first"),
    [("pm25", "乙市"), ("change-pm25", "甲市"), ("change", "甲市"), ("good_days", "丙市"), ("pm10", "丙市")],
)
def test_places_by_a_figure_or_its_change(table: Path, figure: str, first: str) -> None:
    found = record(table, "--period", "2021-03", "--by", figure)
    assert first == places(found)[0][0]
    assert ("2020-03" if figure.startswith("change") else None) == found["base"]


def test_the_arithmetic_of_a_change_names_both_sides(table: Path) -> None:
    status, shown, _err = run(table, "--period", "2021-03", "--by", "change-pm25", "--why")
    assert 0 == status
    assert "(30 − 40) / 40 = -25.0" in shown
    status, shown, _err = run(table, "--period", "2021-03", "--why")
    assert "PM2.5 30/35=0.86 + PM10 77/70=1.10" in shown


def test_ten_days_and_a_year_to_date_are_ranked(table: Path) -> None:
    for period in ("2021-03-上旬", "2021-03-T1"):
        assert [1, 2, 2] == [place for _name, place in places(record(table, "--period", period))]
    short = record(table, "--period", "2021YTD-03-31")
    assert {None} == {place for _name, place in places(short)}
    some = record(table, "--period", "2021YTD-03-31", "--validity", "available")
    assert ("乙市", 1) == places(some)[0]
    assert some["rows"][0]["reasons"]


def test_a_base_may_be_any_period_and_in_a_table_of_its_own(table: Path, tmp_path: Path) -> None:
    other = write(
        tmp_path / "base.csv", DAYS, [*month("甲市", 60, "2019-03-01"), *month("乙市", 10, "2019-03-01")]
    )
    found = record(
        table, "--period", "2021-03", "--by", "change-pm25", "--base", "2019-03", "--base-file", other
    )
    values = {row["entity"]: row["keys"][0]["value"] for row in found["rows"]}
    assert {"甲市": -50.0, "乙市": 100.0, "丙市": None} == values


def test_across_the_change_of_the_standard_both_years_stand_on_one_edition(tmp_path: Path) -> None:
    rows = [*month("甲市", 66, "2025-07-01"), *month("甲市", 33, "2026-07-01")]
    file = write(tmp_path / "in.csv", DAYS, rows)
    status, shown, err = run(file, "--period", "2026-07", "--list", "national-change", "--json")
    found = json.loads(shown)
    assert (0, "HJ 663-2026") == (status, found["standard"][0])
    # 1.10 + 1.28 and 2.20 + 1.28 of PM2.5 and PM10 by 30 and 60, the others 1.38
    assert [(3.76, 4.86)] == [(row["keys"][0]["this"], row["keys"][0]["base"]) for row in found["rows"]]
    assert any("2025-07" in reason for reason in found["reasons"])
    assert "2025-07" in err
    old = record(file, "--period", "2026-07", "--list", "national-change", "--standard", "2012")
    assert [(3.42, 4.37)] == [(row["keys"][0]["this"], row["keys"][0]["base"]) for row in old["rows"]]


# --- sand ---

EXCLUDE = "entity,from,to,pollutants,kind,reason"


def sandy(tmp_path: Path) -> Path:
    rows = [*month("甲市", 30), *month("乙市", 32)]
    rows = [
        row.replace(",77,", ",900,") if row.startswith(("甲市,2021-03-15", "甲市,2021-03-16")) else row
        for row in rows
    ]
    return write(tmp_path / "sand.csv", DAYS, rows)


def test_sand_is_taken_out_and_both_places_and_the_differences_are_shown(tmp_path: Path) -> None:
    file = sandy(tmp_path)
    out = write(tmp_path / "out.csv", EXCLUDE, ["甲市,2021-03-15,2021-03-16,,sand,沙尘"])
    found = record(file, "--period", "2021-03", "--exclude", out)
    first = found["rows"][0]
    assert ("甲市", 1, 2, 29) == (first["entity"], first["place"], first["place_raw"], first["good_days"])
    assert [130.0, 77.0] == first["differences"]["PM10"]
    assert [31.0, 29.0] == first["differences"]["valid:PM10"]
    assert "good_days" in first["differences"]
    raw = record(file, "--period", "2021-03")
    assert [("乙市", 1), ("甲市", 2)] == places(raw)
    assert None is raw["rows"][0]["place_raw"]


def test_what_is_taken_out_can_be_switched(tmp_path: Path) -> None:
    file = sandy(tmp_path)
    out = write(tmp_path / "out.csv", EXCLUDE, ["甲市,2021-03-15,2021-03-16,,sand,沙尘"])
    options = (file, "--period", "2021-03", "--exclude", out, "--taken-out")
    days = {
        which: next(
            (row["place"], row["good_days"])
            for row in record(*options, which)["rows"]
            if row["entity"] == "甲市"
        )
        for which in ("list", "all", "none")
    }
    assert {"list": (1, 29), "all": (1, 31), "none": (2, 29)} == days


def test_hours_of_sand_leave_a_day_that_has_twenty_others_and_take_out_one_that_has_not(
    tmp_path: Path,
) -> None:
    rows = []
    for hour in range(1, 49):
        label = datetime(2021, 3, 15) + timedelta(hours=hour)
        pm10 = 900 if hour <= 4 or 25 <= hour <= 29 else 60
        rows.append(f"{label:%Y-%m-%d %H:%M},甲市,一,20,{pm10},6,30,0.5,90")
    file = write(tmp_path / "hours.csv", "time,city,station_name,pm25,pm10,so2,no2,co,o3", rows)
    out = write(
        tmp_path / "out.csv",
        EXCLUDE,
        [
            "甲市,2021-03-15 01:00,2021-03-15 04:00,pm10,sand,沙尘",
            "甲市,2021-03-16 01:00,2021-03-16 05:00,pm10,sand,沙尘",
        ],
    )
    options = (file, "--period", "2021-03-15:2021-03-16", "--validity", "available", "--by", "pm10")
    found = record(*options, "--exclude", out)["rows"][0]
    # 200 and 235 with the sand; without it 60 of 20 hours, and no second day
    assert [218.0, 60.0] == found["differences"]["PM10"]
    assert [2.0, 1.0] == found["differences"]["valid:PM10"]
    assert 60.0 == found["keys"][0]["value"]


def test_hours_cannot_be_taken_out_of_a_table_of_days_and_it_is_said(table: Path, tmp_path: Path) -> None:
    out = write(tmp_path / "out.csv", EXCLUDE, ["甲市,2021-03-15 01:00,2021-03-15 04:00,,sand,沙尘"])
    status, _shown, err = run(table, "--period", "2021-03", "--exclude", out)
    assert 0 == status
    assert "甲市" in err


def test_who_is_left_out_has_no_place_and_the_reason_is_told(table: Path, tmp_path: Path) -> None:
    out = write(tmp_path / "left.csv", "entity,reason", ["乙市,国控站点未能传输数据"])
    found = record(table, "--period", "2021-03", "--leave-out", out)
    assert [("丙市", 1), ("甲市", 1), ("乙市", None)] == places(found)
    assert "国控站点未能传输数据" in found["rows"][2]["reasons"][0]


# --- lists ---


def test_henan_s_list_has_no_places_until_the_office_sets_its_weights(table: Path, tmp_path: Path) -> None:
    options = (table, "--period", "2021-03", "--list", "henan-2018-cities")
    found = record(*options)
    assert {None} == {place for _name, place in places(found)}
    assert "weight_level" in found["reasons"][0]
    entries = {"weight_level": 60, "weight_change": 40, "combine": "places"}
    overrides = tmp_path / "overrides.json"
    overrides.write_text(
        json.dumps(
            [
                {"book": "henan-2018-cities", "entry": name, "value": value, "grounds": "办法第五条"}
                for name, value in entries.items()
            ]
        ),
        encoding="utf-8",
    )
    set_by_office = record(*options, "--overrides", overrides)
    # level 乙 1, 丙 2, 甲 2; change 甲 1, 乙 2, 丙 3
    assert [("乙市", 1.4), ("甲市", 1.6), ("丙市", 2.4)] == [
        (row["entity"], row["score"]) for row in set_by_office["rows"]
    ]
    assert "办法第五条" == set_by_office["overridden"]["combine"]


def test_the_lists_are_named_on_request_and_where_one_is_unknown(table: Path) -> None:
    status, shown, _err = run(table, "--period", "2021-03", "--list", "help")
    assert 0 == status
    assert "national-level" in shown
    status, _shown, err = run(table, "--period", "2021-03", "--list", "nothing")
    assert 1 == status
    assert "henan-2018-counties" in err


# --- files and errors ---


def test_the_table_can_be_written_as_a_workbook_and_as_csv(table: Path, tmp_path: Path) -> None:
    for name in ("out.xlsx", "out.csv"):
        status, _shown, err = run(
            table, "--period", "2021-03", "--list", "national-level", "-o", tmp_path / name
        )
        assert 0 == status, err
    sheet = load_workbook(tmp_path / "out.xlsx").active
    cells = [list(row) for row in sheet.iter_rows(values_only=True)]
    line = next(row for row in cells if "乙市" in row)
    assert 1 == line[0]
    assert 3.05 in line
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert ["1", "乙市", "3.05"] == rows[1][:3]
    assert 4 == len(rows)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--period", "2021-3"), "2021-3"),
        (("--period", "2021-03", "--by", "pm1"), "pm1"),
        (("--period", "2021-03", "--by", "pm25", "--list", "county"), ""),
        (("--period", "2021-03", "-o", "out.pdf"), "out.pdf"),
        (("--period", "2010-03"), "2010-03"),
        (("--period", "2021-03", "--base", "2020-13"), "2020-13"),
        (("--period", "2021-03", "--exclude", "none.csv"), "none.csv"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(table: Path, options: tuple[str, ...], said: str) -> None:
    status, shown, err = run(table, *options)
    assert (1, "") == (status, shown)
    assert err.strip()
    assert said in err


@pytest.mark.parametrize(
    "row",
    [
        "甲市,2021-03-16,2021-03-15,,sand,沙尘",
        "甲市,yesterday,2021-03-15,,sand,沙尘",
        "甲市,2021-03-15,2021-03-15,pm1,sand,沙尘",
        "甲市,2021-03-15,2021-03-15,,rain,雨",
        "甲市,2021-03-15,2021-03-15,,sand,",
        "甲市,2021-03-15 05:00,2021-03-15 04:00,,sand,沙尘",
    ],
)
def test_a_row_of_exclusions_that_does_not_serve_is_named(table: Path, tmp_path: Path, row: str) -> None:
    out = write(tmp_path / "out.csv", EXCLUDE, [row])
    status, _shown, err = run(table, "--period", "2021-03", "--exclude", out)
    assert 1 == status
    assert "2" in err
    assert "out.csv" in err


# --- published rankings ---


@pytest.mark.shared
@pytest.mark.parametrize(
    ("period", "scope", "kind", "figure", "same", "in_place"),
    [
        ("2015-07", "74城市", "composite_worst", "index", 10, 10),
        ("2015", "74城市", "composite_worst", "index", 10, 8),
        ("2015", "74城市", "composite_best", "index", 10, 6),
        ("2015-05", "河南省", "composite_worst", "index", 5, 5),
        ("2015-05", "河南省", "composite_best", "index", 5, 3),
        # Jiyuan, the third one, is not in the data
        ("2015-05", "河南省", "good_days_best", "good_days", 2, 2),
    ],
    ids=["2015-07-worst", "2015-worst", "2015-best", "henan-worst", "henan-best", "henan-good-days"],
)
def test_published_rankings_are_reproduced(
    shared_dir: Path,
    tmp_path: Path,
    period: str,
    scope: str,
    kind: str,
    figure: str,
    same: int,
    in_place: int,
) -> None:
    air = shared_dir / "data" / "air"
    names = air / "cities_74.csv" if scope == "74城市" else write(tmp_path / "h.csv", "city", HENAN.split())
    options = ("--period", period, "--by", figure, "--validity", "available", "--entities", names)
    found = record(air / "city_day_2013-12_2015-12.csv.gz", *options)
    order = [name for name, place in places(found) if place is not None]
    with (air / "published_rankings.csv").open(encoding="utf-8", newline="") as file:
        published = next(
            row["cities"].split("|")
            for row in csv.DictReader(file)
            if (row["period"], row["scope"], row["kind"]) == (period, scope, kind)
        )
    ours = (order if kind.endswith("best") else order[::-1])[: len(published)]
    assert same <= len(set(ours) & set(published))
    assert in_place <= sum(one == other for one, other in zip(ours, published, strict=True))
