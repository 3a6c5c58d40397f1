"""Tables of observations out of CSV and Excel files."""

from __future__ import annotations

import gzip
from datetime import datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from lantian.office.air_files import open_air_table
from lantian.office.errors import EmptyFile

TEXT = "时间,站点编号,细颗粒物\n2026-03-01 01:00,1316A,35\n2026-03-01 02:00,1316A,36\n"


def rows_of(path: Path) -> list[list[str]]:
    with open_air_table(path) as table:
        return [row for _first, rows in table.parts() for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_text_is_read_in_each_encoding(tmp_path: Path, encoding: str, packed: bool) -> None:
    data = TEXT.encode(encoding)
    path = tmp_path / "a.csv"
    path.write_bytes(gzip.compress(data) if packed else data)

    assert [line.split(",") for line in TEXT.splitlines()] == rows_of(path)


@pytest.mark.parametrize("sign", ["\t", ";", "|"])
def test_other_signs_may_stand_between_cells(tmp_path: Path, sign: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(TEXT.replace(",", sign), "utf-8")

    assert [line.split(",") for line in TEXT.splitlines()] == rows_of(path)


def test_the_first_row_of_a_part_is_numbered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,pm25\n" + "2026-03-01 01:00,1\n" * 45_000, "utf-8")

    with open_air_table(path, head_rows=10) as table:
        found = [(first, len(rows)) for first, rows in table.parts()]

    assert [(1, 11), (12, 20_000), (20_012, 20_000), (40_012, 4_990)] == found


def test_moments_of_excel_become_labels_to_the_second(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active.append(["填表说明"])
    sheet = book.create_sheet("数据")
    sheet.append(["监测时间", "站点", "CO(mg/m³)"])
    sheet.append([datetime(2026, 3, 1, 0, 0) + timedelta(days=1 / 24 * 5), "1316A", 0.1 + 0.2])
    path = tmp_path / "a.xlsx"
    book.save(path)

    with open_air_table(path, suits=lambda rows: len(rows[0]) == 3) as table:
        head = table.head

    assert [["监测时间", "站点", "CO(mg/m³)"], ["2026-03-01 05:00:00", "1316A", "0.3"]] == head


def test_an_empty_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"")

    with pytest.raises(EmptyFile):
        rows_of(path)
