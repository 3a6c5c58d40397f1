"""``lantian air aqi``: the contract of its columns, its editions by date, its gaps, its errors and its files."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from lantian.cli.air import air_app
from lantian.rules.air.library import library
from lantian.rules.air.text_rows import TableAqi

ROOT = Path(__file__).resolve().parents[2]
HEADER = "time,pm25,pm10,so2,no2,co,o3,o3_8h,note"
ADDED = [*(f"iaqi_{name}" for name in ("pm25", "pm10", "so2", "no2", "co", "o3", "o3_8h"))]
ADDED += ["aqi", "level", "primary", "standard", "reason"]


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "office"))
    return tmp_path / "office"


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(air_app, ["aqi", *map(str, arguments)], prog_name="lantian air")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def table(path: Path, *rows: str, header: str = HEADER) -> Path:
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> list[dict[str, str]]:
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def evaluated(
    tmp_path: Path, *rows: str, options: tuple[str, ...] = (), header: str = HEADER
) -> list[dict[str, str]]:
    out = tmp_path / "out.csv"
    status, shown, _err = run(table(tmp_path / "in.csv", *rows, header=header), *options, "-o", out)
    assert (0, "") == (status, shown)
    return read(out)


HOUR, DAY = ("--interval", "hour"), ("--interval", "day")


def test_the_change_of_edition_goes_by_the_hour_that_ended(tmp_path: Path) -> None:
    values = "60,120,10,15,0.5,60,60,x"
    rows = evaluated(
        tmp_path,
        f"2026-03-01 00:00,{values}",
        f"2026-03-01 01:00,{values}",
        f"2026-02-28 24:00,{values}",
        options=HOUR,
    )

    assert [("2012", "85", "2", "PM10"), ("2026", "100", "2", "PM10|PM2.5"), ("2012", "85", "2", "PM10")] == [
        (row["standard"], row["aqi"], row["level"], row["primary"]) for row in rows
    ]
    assert ["", "", ""] == [row["reason"] for row in rows]


def test_a_day_belongs_to_the_day_that_it_names(tmp_path: Path) -> None:
    values = "60,120,10,15,0.5,,60,x"
    rows = evaluated(tmp_path, f"2026-02-28,{values}", f"2026-03-01,{values}", options=DAY)

    assert [("2012", "85"), ("2026", "100")] == [(row["standard"], row["aqi"]) for row in rows]


def test_rows_keep_their_order_and_their_other_columns(tmp_path: Path) -> None:
    rows = evaluated(
        tmp_path,
        '2026-05-02 03:00,20,30,10,15,0.5,60,60,"甲,乙"',
        "2020-05-02 03:00,20,30,10,15,0.5,60,60,丙",
        options=HOUR,
    )

    assert [*HEADER.split(","), *ADDED] == list(rows[0])
    assert [("甲,乙", "2026"), ("丙", "2012")] == [(row["note"], row["standard"]) for row in rows]
    assert ["29", "30", "4", "8", "5", "19", ""] == [rows[0][name] for name in ADDED[:7]]


def test_one_edition_can_be_named_for_all_rows_and_needs_no_time(tmp_path: Path) -> None:
    for edition, aqi in (("2012", "85"), ("2026", "100")):
        options = (*DAY, "--standard", edition)
        rows = evaluated(
            tmp_path, "60,120,10,15,0.5,60", options=options, header="pm25,pm10,so2,no2,co,o3_8h"
        )
        assert [(edition, aqi)] == [(row["standard"], row["aqi"]) for row in rows]


def test_the_variants_of_2012_are_named_and_clause_takes_the_moving_means_where_they_are(
    tmp_path: Path,
) -> None:
    line = "2020-01-01 01:00,200,30,10,15,0.5,60,170,x"
    platform = evaluated(tmp_path, line, options=HOUR)
    clause = evaluated(tmp_path, line, options=(*HOUR, "--variant", "clause"))
    means = evaluated(
        tmp_path,
        "2020-01-01 01:00,200,80,30,10,15,0.5,60,170",
        options=(*HOUR, "--variant", "clause"),
        header="time,pm25,pm25_24h,pm10,so2,no2,co,o3,o3_8h",
    )

    assert [("250", "", "250"), ("250", "110", "250"), ("107", "110", "110")] == [
        (rows[0]["iaqi_pm25"], rows[0]["iaqi_o3_8h"], rows[0]["aqi"]) for rows in (platform, clause, means)
    ]


def test_gaps_are_answered_as_each_edition_wants_it(tmp_path: Path) -> None:
    new, old, heavy, outside, nothing = evaluated(
        tmp_path,
        "2026-05-02,20,,10,15,0.5,,60,x",
        "2020-05-02,20,NA,10,15,0.5,,60,x",
        "2026-05-02,61,—,10,15,0.5,,60,x",
        "2026-05-02,40,60,/,30,/,,120,x",
        "2026-05-02,,,,,,,,x",
        options=DAY,
    )

    assert ("", "", "", "29") == (new["aqi"], new["level"], new["primary"], new["iaqi_pm25"])
    assert "缺测：PM10" in new["reason"]
    assert "HJ 633-2026 5.3" in new["reason"]
    assert ("30", "缺测：PM10") == (old["aqi"], old["reason"])
    assert ("101", "3", "PM2.5", "缺测：PM10") == (
        heavy["aqi"],
        heavy["level"],
        heavy["primary"],
        heavy["reason"],
    )
    assert ("67", "O3", "") == (outside["aqi"], outside["primary"], outside["reason"])
    assert ("", "没有可用于计算的浓度") == (nothing["aqi"], nothing["reason"])


def test_cells_that_cannot_be_used_are_answered_with_their_place(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    source = table(
        tmp_path / "in.csv",
        "2020-05-02 01:00,20,abc,10,15,0.5,60,60,x",
        "",
        "2020-05-02 02:00,20,30,10,15,-3,60,60,x",
        "yesterday,20,30,10,15,0.5,60,60,x",
        "1999-05-02 02:00,20,30,10,15,0.5,60,60,x",
        "2020-05-02 03:00,20",
    )
    status, _out, err = run(source, *HOUR, "-o", out)
    rows = read(out)

    assert 0 == status
    assert ["29", "30", "", "", "29"] == [row["aqi"] for row in rows]
    assert "PM10“abc”不是数；缺测：PM10" == rows[0]["reason"]
    assert "CO“-3”小于零；缺测：CO" == rows[1]["reason"]
    assert ["时间不是小时标签", "该日期没有适用的标准版本"] == [row["reason"] for row in rows[2:4]]
    assert ["", ""] == [row["standard"] for row in rows[2:4]]
    assert "缺测：PM10、SO2、NO2、CO、O3；该行有 2 格，应为 9 格" == rows[4]["reason"]
    assert "第 2 行 pm10 列：“abc”" in err
    assert "第 4 行 co 列：“-3”" in err


def test_values_out_of_range_follow_the_edition(tmp_path: Path) -> None:
    old, new, ozone = evaluated(
        tmp_path,
        "2020-05-02 01:00,20,30,801,15,0.5,60,60,x",
        "2026-05-02 01:00,20,30,801,15,0.5,60,60,x",
        "2026-05-02 01:00,501,30,10,15,0.5,60,60,x",
        options=HOUR,
    )

    assert ("", "30") == (old["iaqi_so2"], old["aqi"])
    assert "SO2 高于 800" in old["reason"]
    assert ("200", "200", "4", "SO2", "") == tuple(
        new[name] for name in ("iaqi_so2", "aqi", "level", "primary", "reason")
    )
    assert ("500", "超出分级表上限，IAQI 按 500 计：PM2.5") == (ozone["aqi"], ozone["reason"])
    (day,) = evaluated(tmp_path, "2026-05-02,20,30,10,15,0.5,60,1000,x", options=DAY)
    assert ("300", "5", "O3") == (day["aqi"], day["level"], day["primary"])


def test_compressed_files_are_read_and_written_and_the_same_table_gives_the_same_bytes(
    tmp_path: Path,
) -> None:
    text = f"{HEADER}\n2026-05-02 01:00,20,30,10,15,0.5,60,60,甲\n"
    (tmp_path / "in.csv.gz").write_bytes(gzip.compress(text.encode()))
    outs = [tmp_path / "one.csv.gz", tmp_path / "two.csv.gz"]
    for out in outs:
        assert 0 == run(tmp_path / "in.csv.gz", *HOUR, "-o", out)[0]

    assert "30" == read(outs[0])[0]["aqi"]
    assert outs[0].read_bytes() == outs[1].read_bytes()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_files_of_a_chinese_excel_are_read_and_answered_so_that_it_opens_them(
    tmp_path: Path, encoding: str
) -> None:
    source = tmp_path / "in.csv"
    source.write_bytes(f"{HEADER}\r\n2026/5/2 1:00,20,30,10,15,0.5,60,60,郑州市监测站\r\n".encode(encoding))
    out = tmp_path / "out.csv"
    assert 0 == run(source, *HOUR, "-o", out)[0]

    assert out.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [("郑州市监测站", "30")] == [(row["note"], row["aqi"]) for row in read(out)]


def test_names_of_results_in_the_table_are_kept_under_another_name(tmp_path: Path) -> None:
    source = table(
        tmp_path / "in.csv",
        "2026-05-02 01:00,20,30,10,15,0.5,60,99",
        header="time,pm25,pm10,so2,no2,co,o3,aqi",
    )
    out = tmp_path / "out.csv"
    status, _out, err = run(source, *HOUR, "-o", out)

    assert (0, "30", "99") == (status, read(out)[0]["aqi"], read(out)[0]["aqi_given"])
    assert "aqi → aqi_given" in err


def test_without_a_file_the_table_goes_to_standard_output_alone(tmp_path: Path) -> None:
    status, out, err = run(table(tmp_path / "in.csv", "2026-05-02 01:00,20,30,10,15,0.5,60,60,x"), *HOUR)
    (row,) = csv.DictReader(io.StringIO(out))

    assert (0, "30") == (status, row["aqi"])
    assert "1 行按 HJ 633-2026（4.2.6）计算" in err


def test_what_is_missing_in_the_whole_table_is_said_beforehand(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", "2020-05-02 01:00,20", header="time,PM2.5")
    status, out, err = run(source, *HOUR)

    assert (0, "29") == (status, next(csv.DictReader(io.StringIO(out)))["aqi"])
    assert "各行均按缺测处理：pm10, so2, no2, co, o3" in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "文件是空的"),
        (b"a,b\n1,2\n", "没有 time 列"),
        (b"time,b\n1,2\n", "没有 pm25"),
        (b"time,pm25,PM25\n1,2,3\n", "列 pm25 重复"),
        (b"time,pm25\n2026-05-02 01:00,1\n2026-05-02 01:00,1,2\n", "第 3 行有 3 格，表头为 2 格"),
        (b"PK\x03\x04aaaa", "不是 CSV"),
        (b"time,pm25\n\0\1\2\n", "不是 CSV"),
        (gzip.compress(b"time,pm25\n" + os.urandom(3000).hex().encode())[:-900], "损坏"),
        (b'time,pm25\n2026-05-02 01:00,"' + b"1" * 200_000, "漏了引号"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words_and_nothing_is_written(
    tmp_path: Path, content: bytes, message: str
) -> None:
    source, out = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(content)
    out.write_text("earlier")
    status, shown, err = run(source, *HOUR, "-o", out)

    assert (1, "") == (status, shown)
    assert message in err
    assert str(source) in err
    assert "earlier" == out.read_text()
    assert {"in.csv", "out.csv"} == {path.name for path in tmp_path.iterdir()}


def test_bytes_of_another_encoding_far_down_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    line = "2026-05-02 01:00,20,30,10,15,0.5,60,60,x\n"
    source.write_bytes(
        f"{HEADER}\n{line * 30_000}".encode() + b"2026-05-02 01:00,1,1,1,1,1,1,1,\xd6\xa3\xff\n"
    )
    status, _out, err = run(source, *HOUR, "-o", tmp_path / "out.csv")

    assert 1 == status
    assert "编码不一致" in err
    assert ["in.csv"] == [path.name for path in tmp_path.iterdir()]


def test_a_missing_file_a_folder_and_a_place_that_cannot_be_written_are_told_apart(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", "2026-05-02 01:00,20,30,10,15,0.5,60,60,x")
    missing = run(tmp_path / "none.csv", *HOUR)
    folder = run(tmp_path, *HOUR)
    unwritable = run(source, *HOUR, "-o", tmp_path / "no" / "out.csv")

    assert [1, 1, 1] == [missing[0], folder[0], unwritable[0]]
    assert "none.csv: 文件不存在" in missing[2]
    assert "这是" in folder[2]
    assert f"无法写入 {tmp_path / 'no' / 'out.csv'}" in unwritable[2]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_a_full_disk_is_said_of_the_result_not_of_the_table(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", *["2026-05-02 01:00,20,30,10,15,0.5,60,60,x"] * 9_000)
    status, _out, err = run(source, *HOUR, "-o", "/dev/full")

    assert (1, True) == (status, "无法写入 /dev/full" in err)
    assert str(source) not in err


def test_arguments_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", "2026-05-02 01:00,20,30,10,15,0.5,60,60,x")

    assert 2 == run(source)[0]
    assert 2 == run(source, "--interval", "week")[0]
    assert 2 == run(source, *HOUR, "--standard", "2013")[0]
    status, _out, err = run(source, *DAY, "--standard", "2012", "--variant", "clause")
    assert (0, True) == (status, "此处不起作用" in err)


def test_the_result_may_take_the_place_of_its_source(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", *["2026-05-02 01:00,20,30,10,15,0.5,60,60,x"] * 9_000)

    assert 0 == run(source, *HOUR, "-o", source)[0]
    assert (9_000, {"30"}) == (len(read(source)), {row["aqi"] for row in read(source)})


def test_an_office_sets_an_unsure_entry_otherwise_and_it_is_said(tmp_path: Path, data_folder: Path) -> None:
    entry = {"book": "HJ 633-2026", "entry": "lowest_index", "value": 1, "grounds": "省站来函"}
    (data_folder / "books").mkdir(parents=True)
    (data_folder / "books" / "air-overrides.json").write_text(json.dumps([entry]), encoding="utf-8")
    source = table(tmp_path / "in.csv", "2026-05-02 01:00,0,0,0,0,0,0,0,x")
    status, out, err = run(source, *HOUR)

    assert (0, "1") == (status, next(csv.DictReader(io.StringIO(out)))["aqi"])
    assert "lowest_index" in err
    assert "省站来函" in err
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps([{**entry, "entry": "digits_µg/m³"}]), encoding="utf-8")
    status, _out, err = run(source, *HOUR, "--overrides", wrong)
    assert (1, True) == (status, "settled by the standard" in err)
    wrong.write_text("{", encoding="utf-8")
    assert 1 == run(source, *HOUR, "--overrides", wrong)[0]


def test_the_command_is_reached_by_the_command_line_without_django(tmp_path: Path) -> None:
    source = table(tmp_path / "in.csv", "2026-05-02 01:00,20,30,10,15,0.5,60,60,x")
    program = (
        "import sys; from lantian.cli.main import app\n"
        f"app(['air', 'aqi', {str(source)!r}, '--interval', 'hour', '-o', {str(tmp_path / 'out.csv')!r}], standalone_mode=False)\n"
        "assert 'django' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (0, "30") == (
        done.returncode,
        read(tmp_path / "out.csv")[0]["aqi"] if done.returncode == 0 else done.stderr,
    )


LABELS = st.sampled_from(
    ["2026-03-01 00:00", "2026-03-01 01:00", "2020-01-01 05:00", "bad", "1999-01-01 01:00"]
)
CELLS = st.sampled_from(["", "/", "NA", "x", "-1", "0", "35", "60.5", "801", "99999"])


@given(rows=st.lists(st.tuples(LABELS, *[CELLS] * 7), max_size=12), cut=st.integers(1, 5))
def test_a_table_cut_anywhere_gives_the_same_rows_as_row_by_row(
    rows: list[tuple[str, ...]], cut: int
) -> None:
    header = HEADER.split(",")[:-1]
    one, many = (TableAqi(header, library(), "auto", "hour", None) for _ in range(2))
    single = [one.evaluate([row], number)[0] for number, row in enumerate(rows, 2)]
    pieces = [done for at in range(0, len(rows), cut) for done in many.evaluate(rows[at : at + cut], at + 2)]

    assert single == pieces
    assert (one.bad_count, one.rows_of) == (many.bad_count, many.rows_of)
    assert all(
        row == done[:8] and len(done) == 8 + len(ADDED) for row, done in zip(rows, single, strict=True)
    )
    assert all(bool(done[-1]) or done[-5] for done in single)


@pytest.mark.shared
def test_the_published_hour_of_2019_is_reproduced_by_the_command(shared_dir: Path, tmp_path: Path) -> None:
    source = shared_dir / "data" / "air" / "station_hour_2019-07-18T12_published_aqi.csv.gz"
    assert 0 == run(source, *HOUR, "-o", tmp_path / "out.csv")[0]
    rows = [row for row in read(tmp_path / "out.csv") if row["aqi_given"]]

    assert 1_420 == len(rows)
    assert [] == [
        row
        for row in rows
        if float(row["aqi_given"]) != int(row["aqi"]) or row["primary_given"] != row["primary"]
    ]
    assert {"2012"} == {row["standard"] for row in rows}
