"""``lantian air targets``: records and texts, Excel, errors, and a year of real days."""

from __future__ import annotations

import json
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from lantian.cli import air_targets  # noqa: F401 - adds the command
from lantian.cli.air_evaluate import air_app

HEADER = "city,date,pm25,pm10,so2,no2,co,o3_8h"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "office"))


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(air_app, ["targets", *map(str, arguments)], prog_name="lantian air")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two years of a town: 50 µg/m³ of PM2.5 in 2014, 40 until the end of September 2015."""
    rows = [HEADER]
    for number in range(638):
        day = date(2014, 1, 1) + timedelta(days=number)
        rows.append(f"甲,{day},{50 if day.year == 2014 else 40},60,9,14,1.1,90")
    path = tmp_path / "days.csv"
    path.write_text("\n".join(rows) + "\n", "utf-8")
    return path


def asked(file: Path, *more: str, target: str = "PM2.5<=43") -> tuple[str | Path, ...]:
    return (file, "--target", target, "--period", "2015", "--entity", "甲", "--draws", "100", *more)


def records(file: Path, *more: str, target: str = "PM2.5<=43") -> list[dict[str, Any]]:
    status, shown, err = run(*asked(file, *more, target=target), "--json")
    assert 0 == status, err
    found: list[dict[str, Any]] = json.loads(shown)
    return found


def test_a_record_has_what_is_left_the_parts_and_the_probability(file: Path) -> None:
    (found,) = records(file, "--reference", "2014", "--what-if", "52", "--what-if=-10%")
    assert "2015-09-30" == found["until"]
    assert str(Fraction(43 * 365 - 40 * 273, 92)) == found["strict"]["allowance_exact"]
    assert ("open", 51.9) == (found["strict"]["state"], found["strict"]["allowance"])
    months = found["decomposition"]["months"]
    assert 12 == len(months)
    total = sum(Fraction(str(month["value"])) * month["days"] for month in months)
    assert Fraction(43 * 365) == total == Fraction(found["decomposition"]["total"])
    days = sum(Fraction(str(value)) for _day, value in found["control"]["days"])
    assert Fraction(found["control"]["spans"][-1]["total"]) == days
    assert (1.0, 100, [2014]) == (
        found["chance"]["probability"],
        found["chance"]["draws"],
        found["chance"]["years"],
    )
    value, cut = found["assumptions"]
    assert [False, True] == [value["attains_strictly"], value["attains_as_judged"]]
    assert True is cut["attains_strictly"]
    assert 1 == len(found["reasons"])


def test_the_same_command_gives_the_same_answer(file: Path) -> None:
    assert records(file) == records(file)


def test_the_text_speaks_chinese_and_names_its_book(file: Path) -> None:
    status, shown, err = run(*asked(file, "--until", "2015-09-20", target="优良天数>=350"))
    assert 0 == status, err
    assert "HJ 663-2013" in shown
    assert "超标天数已用 0 天，全时段可用 15 天，还可再用 15 天，还需优良 87 天" in shown


def test_several_targets_and_an_excel_file_with_numbers(file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.xlsx"
    status, _shown, err = run(*asked(file, "--target", "O3<=160", "-o", str(out)))
    assert 0 == status, err
    book = load_workbook(out)
    assert ["1_测算", "1_按月分解", "1_控制值", "1_逐日控制值"] == book.sheetnames[:4]
    cells = [[cell.value for cell in row] for row in book["1_按月分解"].iter_rows()]
    months = [row for row in cells if str(row[0]).startswith("2015-")]
    assert 12 == len(months)
    assert 43 * 365 == pytest.approx(sum(row[1] * row[2] for row in months))


def test_a_winter_over_new_year_is_planned_before_it_begins(file: Path) -> None:
    status, shown, err = run(
        *(file, "--target", "PM2.5<=45", "--period", "2015-11-15:2016-03-15", "--entity", "甲"),
        *("--reference", "2014", "--until", "2015-11-14", "--draws", "100", "--json"),
    )
    assert 0 == status, err
    (found,) = json.loads(shown)
    assert 122 == found["days"]["rest"]
    assert ["2015-11", "2015-12", "2016-01", "2016-02", "2016-03"] == [
        month["month"] for month in found["decomposition"]["months"]
    ]
    assert 45 == found["strict"]["allowance"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"--target": "你好"}, "不是目标"),
        ({"--target": "PM2.5>=43"}, "方向相反"),
        ({"--target": "日用电量不高于30000千瓦时"}, "不能由空气质量监测数据测算"),
        ({"--period": "2015-13"}, "不是时段"),
        ({"--entity": "乙"}, "没有 乙"),
        ({"--period": "2019", "--until": "2019-01-01"}, "没有 甲 2015-12-01 至 2020-01-31 的数据"),
        ({"--reference": "2011,2012"}, "没有参考年 2011、2012"),
        ({"--reference": "去年"}, "不是年份"),
        ({"--until": "2015-12-31"}, "已于 2015-12-31 结束"),
        ({"--until": "2014-12-30"}, "最早可写 2014-12-31"),
        ({"--until": "昨天"}, "不是日期"),
        ({"--what-if": "一半"}, "不是情景"),
        ({"--output": "out.docx"}, ".xlsx"),
    ],
)
def test_what_is_wrong_is_said_and_ends_with_an_error(file: Path, changes: dict[str, str], said: str) -> None:
    options = {"--target": "PM2.5<=43", "--period": "2015", "--entity": "甲", "--draws": "100", **changes}
    status, shown, err = run(file, *(part for pair in options.items() for part in pair))
    assert (1, "") == (status, shown)
    assert said in err


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    status, _shown, err = run(*asked(tmp_path / "none.csv"))
    assert 1 == status
    assert "none.csv" in err


def test_zhengzhou_in_2015_with_2014_as_reference(shared_dir: Path) -> None:
    days = shared_dir / "data" / "air" / "city_day_2013-12_2015-12.csv.gz"
    status, shown, err = run(
        *(days, "--target", "PM2.5<=95", "--period", "2015", "--entity", "郑州市", "--reference", "2014"),
        *("--until", "2015-11-24", "--json", "--draws", "200"),
    )
    assert 0 == status, err
    (found,) = json.loads(shown)
    assert {"elapsed": 328, "valid": 328, "rest": 37, "coverage": 1.0} == found["days"]
    # 328 days with a sum of 29,332.4: (95 × 365 − 29,332.4) / 37
    assert "26713/185" == found["strict"]["allowance_exact"]
    assert [144.3, 149.3] == [found["strict"]["allowance"], found["judged"]["allowance"]]
    assert 2014 == found["chance"]["replays"][0]["year"]
