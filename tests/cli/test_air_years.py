"""``lantian air trend`` and ``lantian air dustfall``."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from lantian.cli.air_years import air_app

DAYS = "city,date,pm25,pm10,so2,no2,co,o3_8h"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "office"))
    return tmp_path / "office"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(air_app, list(map(str, arguments)), prog_name="lantian air")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def records(*arguments: str | Path) -> list[dict[str, Any]]:
    status, shown, err = run(*arguments, "--json")
    assert 0 == status, err
    found: list[dict[str, Any]] = json.loads(shown)
    return found


def write(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def years_of(path: Path, first: int, means: list[int]) -> Path:
    rows = []
    for number, mean in enumerate(means):
        day = date(first + number, 1, 1)
        while day.year == first + number:
            rows.append(f"甲市,{day},{mean},77,9,14,1.1,96")
            day += timedelta(days=1)
    return write(path, DAYS, rows)


def test_a_figure_that_falls_over_six_years_is_told_with_its_critical_value(tmp_path: Path) -> None:
    file = years_of(tmp_path / "in.csv", 2014, [80, 70, 72, 60, 50, 45])
    found = records("trend", file, "--years", "2014:2019", "--by", "pm25")
    assert [("甲市", "falling", -0.943, 0.829)] == [
        (one["entity"], one["trend"], one["r"], one["critical"]) for one in found
    ]
    assert {"2014": 80.0, "2019": 45.0}.items() <= found[0]["values"].items()
    status, shown, _err = run("trend", file, "--years", "2014:2019")
    assert (0, 2) == (status, len(shown.splitlines()))


def test_years_of_both_editions_are_judged_by_the_later_one(tmp_path: Path) -> None:
    file = years_of(tmp_path / "in.csv", 2023, [40, 38, 36, 34, 32])
    found = records("trend", file, "--years", "2023:2027", "--by", "index")[0]
    # by 30 and 60: 40/30 = 1.33, 77/60 = 1.28, the others 1.38
    assert (3.99, "HJ 663-2026", "falling") == (found["values"]["2023"], found["standard"], found["trend"])


def test_the_average_of_three_years_is_a_reason_until_the_office_says_how(tmp_path: Path) -> None:
    file = years_of(tmp_path / "in.csv", 2027, [33, 31, 29])
    options = ("trend", file, "--years", "2027:2029", "--by", "pm25")
    found = records(*options)[0]
    assert None is found["three_year"]
    assert "three_year" in found["three_year_reason"]
    assert None is found["r"]
    overrides = tmp_path / "overrides.json"
    entry = {"book": "HJ 663-2026", "entry": "three_year", "value": "mean", "grounds": "x"}
    overrides.write_text(json.dumps([entry]), encoding="utf-8")
    told = records(*options, "--overrides", overrides)[0]
    assert (31.0, None) == (told["three_year"], told["three_year_reason"])


def test_a_year_below_the_minimum_of_data_is_left_out_and_it_is_said(tmp_path: Path) -> None:
    file = years_of(tmp_path / "in.csv", 2014, [80, 70, 60, 50, 45])
    rows = [row for row in file.read_text(encoding="utf-8").splitlines() if "2016-04" not in row]
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    strict = records("trend", file, "--years", "2014:2018", "--by", "pm25")[0]
    assert (None, None) == (strict["trend"], strict["values"]["2016"])
    assert any("2016" in reason for reason in strict["reasons"])
    some = records("trend", file, "--years", "2014:2018", "--by", "pm25", "--validity", "available")[0]
    assert "falling" == some["trend"]


@pytest.mark.parametrize(
    "options",
    [
        ("--years", "2014"),
        ("--years", "2019:2014"),
        ("--years", "1900:2019"),
        ("--years", "2014:2019", "--by", "pm1"),
        ("--years", "2014:2019", "--by", "change"),
        ("--years", "2001:2005"),
    ],
)
def test_what_cannot_be_told_of_years_is_said_in_words(tmp_path: Path, options: tuple[str, ...]) -> None:
    file = write(tmp_path / "in.csv", DAYS, ["甲市,2014-01-01,1,1,1,1,1,1"])
    status, shown, err = run("trend", file, *options)
    assert (1, "") == (status, shown)
    assert err.strip()


# --- dustfall ---

JARS = "city,month,net_mass_g,diameters_cm,days"


def test_the_mean_of_the_jars_of_a_city_is_held_against_the_limit(tmp_path: Path) -> None:
    rows = [
        "安阳,2020-10,0.1000,15.0|15.0|15.0,30",
        "安阳,2020-10,0.2500,15.0|15.1|14.9,31",
        "安阳,2020-10,,15.0|15.0|15.0,30",
        "濮阳,2020-10,0.1000,15.0|15.0|15.0,30",
    ]
    found = records("dustfall", write(tmp_path / "jars.csv", JARS, rows))
    # 5.659 and 13.691
    assert [("安阳", 9.7, 2, False), ("濮阳", 5.7, 1, True)] == [
        (one["entity"], one["value"], one["jars"], one["attains"]) for one in found
    ]
    assert (9.0, "国发〔2018〕22号") == (found[0]["limit"], found[0]["source"])
    assert 1 == len(found[0]["reasons"])


def test_elsewhere_and_later_it_is_said_and_a_limit_of_the_office_counts(tmp_path: Path) -> None:
    file = write(tmp_path / "jars.csv", JARS, ["甲市,2026-10,0.1500,15.0|15.0|15.0,30"])
    later, elsewhere = records("dustfall", file)[0], records("dustfall", file, "--elsewhere")[0]
    assert (True, 1) == (later["attains"], len(later["reasons"]))
    assert (None, None, 1) == (elsewhere["attains"], elsewhere["limit"], len(elsewhere["reasons"]))
    overrides = tmp_path / "overrides.json"
    entry = {"book": "dustfall", "entry": "local_limit", "value": "8.0", "grounds": "市文件"}
    overrides.write_text(json.dumps([entry]), encoding="utf-8")
    own = records("dustfall", file, "--overrides", overrides)[0]
    assert (False, 8.0, "市文件", []) == (own["attains"], own["limit"], own["source"], own["reasons"])


def test_too_few_diameters_are_said_and_the_table_has_a_line_for_each_city(tmp_path: Path) -> None:
    file = write(tmp_path / "jars.csv", JARS, ["甲市,2020-10,0.1,15.0,30"])
    status, shown, err = run("dustfall", file)
    assert (0, 2) == (status, len(shown.splitlines()))
    assert "5.7" in shown
    assert "HJ 1221-2021" in err


@pytest.mark.parametrize(
    "row",
    [
        "甲市,2020,0.1,15,30",
        ",2020-10,0.1,15,30",
        "甲市,2020-10,x,15,30",
        "甲市,2020-10,0.1,0,30",
        "甲市,2020-10,0.1,15,",
    ],
)
def test_a_row_of_a_jar_that_does_not_serve_is_named(tmp_path: Path, row: str) -> None:
    status, shown, err = run("dustfall", write(tmp_path / "jars.csv", JARS, [row]))
    assert (1, "") == (status, shown)
    assert "2" in err
