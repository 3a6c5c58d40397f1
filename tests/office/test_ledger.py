"""Excel workbooks in official form."""

from __future__ import annotations

import io
import time
import tracemalloc
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.office.ledger import LedgerColumn, Table, write_table, write_tables, write_task_ledger
from lantian.office.sheets import read_tables

DANGEROUS = [
    "=1+1",
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1",
    "#N/A",
    "_x0041_",
    "001",
    "1-2",
    "TRUE",
    "<b>&",
]


def written(rows: list[list[Any]], columns: list[Any] | None = None) -> bytes:
    buffer = io.BytesIO()
    write_table(columns or ["甲", "乙"], rows, "标题", buffer)
    return buffer.getvalue()


def test_a_sheet_looks_official() -> None:
    buffer = io.BytesIO()
    columns = ["序号", LedgerColumn("任务", width=30, align="center"), "备注"]
    write_table(columns, [[1, "甲", "乙"]], "任务台账", buffer, subtitle="单位：台")
    sheet = openpyxl.load_workbook(buffer).active

    assert sheet.title == "任务台账"
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:C1", "A2:C2"}
    assert [cell.value for cell in sheet[3]] == ["序号", "任务", "备注"]
    assert sheet["A3"].font.bold and sheet["A3"].fill.fgColor.rgb == "FFDCE6F1"
    assert sheet["B4"].border.left.style == "thin" and sheet["B4"].alignment.wrap_text
    assert sheet["B4"].alignment.horizontal == "center"
    assert sheet.column_dimensions["B"].width == 30
    assert sheet.freeze_panes == "A4"
    assert sheet.print_title_rows == "$1:$3"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage and sheet.page_setup.fitToHeight == 0
    assert sheet.auto_filter.ref == "A3:C4"


def test_values_keep_their_kind() -> None:
    values = [
        1,
        2.5,
        Decimal("0.1"),
        date(2017, 6, 30),
        datetime(2017, 6, 30, 8, 30),
        ["市环保局", "住建局"],
        True,
        None,
    ]
    data = written([[value, "x"] for value in values])
    rows = read_tables(data, "a.xlsx").sheets[0].rows[2:]

    assert [row[0] for row in rows] == [
        1, 2.5, 0.1, date(2017, 6, 30), datetime(2017, 6, 30, 8, 30), "市环保局、住建局", "是", None,
    ]  # fmt: skip


def test_text_that_looks_like_a_formula_stays_text_and_comes_back() -> None:
    data = written([[value, "x"] for value in DANGEROUS])
    cells = [row[0] for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(min_row=3)]
    back = [row[0] for row in read_tables(data, "a.xlsx").sheets[0].rows[2:]]

    assert {cell.data_type for cell in cells} == {"s"}
    assert all(cell.quotePrefix for cell in cells[:6])
    assert back == DANGEROUS


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1).filter(str.strip), min_size=1
    )
)
def test_any_text_comes_back_as_it_was(texts: list[str]) -> None:
    cleaned = [text.replace("\ufffe", "").replace("\uffff", "") or "x" for text in texts]
    back = read_tables(written([[text, "x"] for text in cleaned]), "a.xlsx").sheets[0].rows[2:]

    assert [row[0] if row[0] is not None else "" for row in back] == [
        text if text.strip() else "" for text in cleaned
    ]


def test_a_title_or_heading_that_looks_like_a_formula_stays_text() -> None:
    buffer = io.BytesIO()
    write_table(["=A1", "b"], [], "=HYPERLINK(1)", buffer)
    sheet = openpyxl.load_workbook(buffer).active

    assert (sheet["A1"].data_type, sheet["A2"].data_type) == ("s", "s")


def test_control_characters_and_endless_texts_do_not_break_a_file() -> None:
    data = written([["a\x00\x07b\ud800", "长" * 40_000]])
    row = read_tables(data, "a.xlsx").sheets[0].rows[2]

    assert row[0] == "ab"
    assert len(str(row[1])) == 32_767 and str(row[1]).endswith("…")


def test_long_numbers_keep_all_their_figures() -> None:
    assert (
        read_tables(written([[914101055123456789, "x"]]), "a.xlsx").sheets[0].rows[2][0]
        == "914101055123456789"
    )


def test_rows_are_high_enough_for_their_wrapped_text() -> None:
    buffer = io.BytesIO()
    write_table(
        [LedgerColumn("内容", 21.5)], [["一" * 10], ["一" * 55], ["甲\n乙\n丙"], ["长" * 9_000]], "t", buffer
    )
    sheet = openpyxl.load_workbook(buffer).active
    one = sheet.row_dimensions[3].height

    assert sheet.row_dimensions[4].height == pytest.approx(one + 5 * 13.5)
    assert sheet.row_dimensions[5].height == pytest.approx(one + 2 * 13.5)
    assert sheet.row_dimensions[6].height == pytest.approx(409.5)


def test_sheet_names_are_made_acceptable_and_different() -> None:
    buffer = io.BytesIO()
    write_tables(
        [Table("任务/目标:" + "长" * 40, "t", ["a"], []), Table("任务 目标 " + "长" * 40, "t", ["a"], [])],
        buffer,
    )
    names = openpyxl.load_workbook(buffer).sheetnames

    assert len(set(names)) == 2
    assert all(len(name) <= 31 and not set(name) & set("/:*?[]\\") for name in names)


def test_a_table_without_columns_is_an_error() -> None:
    with pytest.raises(ValueError, match="columns"):
        write_table([], [], "t", io.BytesIO())


@pytest.mark.parametrize("count", [0, 1, 199, 200, 201, 202, 500])
def test_every_row_is_written_also_behind_those_that_give_the_widths(count: int) -> None:
    rows = read_tables(written([[number, "甲"] for number in range(count)]), "台账.xlsx").sheets[0].rows[2:]

    assert list(range(count)) == [row[0] for row in rows]


def test_numbers_are_shown_in_the_format_of_their_column_and_words_in_their_colour() -> None:
    columns = [LedgerColumn("率", number_format="0.##%"), LedgerColumn("灯", fills={"逾期": "F4837D"})]
    sheet = openpyxl.load_workbook(io.BytesIO(written([[Decimal("0.5"), "逾期"], [1, "别的"]], columns))).active
    colours = [sheet.cell(row, 2).fill.start_color.rgb for row in (3, 4)]

    assert ("0.##%", 0.5) == (sheet.cell(3, 1).number_format, sheet.cell(3, 1).value)
    assert ["FFF4837D", "00000000"] == colours


def test_rows_are_streamed_so_memory_stays_flat(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        rows = ([number, "一、工业", "完成燃煤锅炉拆改。" * 8] for number in range(count))
        tracemalloc.reset_peak()
        write_table(["序号", "章节", "内容"], rows, "t", tmp_path / "t.xlsx")
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    try:
        peak(300)
        small, large = peak(300), peak(2_400)
    finally:
        tracemalloc.stop()

    assert large < small + 300_000


def test_twenty_thousand_rows_are_written_in_seconds(tmp_path: Path) -> None:
    rows = ([number, *["拆改锅炉"] * 14] for number in range(20_000))
    started = time.process_time()
    write_table([f"第{number}列" for number in range(15)], rows, "t", tmp_path / "t.xlsx")

    assert time.process_time() - started < 60
    assert read_tables((tmp_path / "t.xlsx").read_bytes(), "t.xlsx").sheets[0].rows[-1][0] == 19_999


PLAN = {
    "file": "a.docx",
    "meta": {"title": "关于印发云山区攻坚方案的通知"},
    "documents": [{"title": "关于印发云山区攻坚方案的通知"}, {"title": "云山区攻坚方案"}],
    "targets": [
        {"indicator": "PM10", "region": "云山区", "comparator": "<=", "value": 98, "unit": "微克/立方米", "period": "2017年",
         "kind": "level", "base": None, "strength": "hoped", "text": "力争98", "span": [5, 9]},
    ],
    "tasks": [
        {"number": "1", "section": ["一、任务", "（一）工业"], "title": "拆改锅炉", "text": "全文", "leads": ["区环保局"],
         "responsible": ["甲", "乙"], "cooperating": ["丙"], "supervising": ["丁"], "shared": ["甲"], "persons": ["张三"],
         "deadlines": ["2017-06-30", "2017-06-30"], "starts": ["2017-01-01"], "part": 2,
         "periods": [{"start": "2017-11-15", "end": "2018-03-15", "text": "采暖季"}, {"start": None, "end": None, "text": "全年"}],
         "quantities": [{"value": 70, "value_max": 80, "unit": "%", "comparator": ">=", "what": "覆盖率", "text": "x"},
                        {"value": 1.5, "value_max": None, "unit": "万吨", "comparator": "=", "what": "", "text": "x"}],
         "recurrence": ["每周"], "accepted_by": ["市大气办"], "span": [10, 90]},
    ],
    "duties": [{"who": "各镇", "what": "进展", "to": "大气办", "when": "每月20日前", "text": "原文", "span": [3, 4]}],
    "warnings": [{"code": "no_title", "message": "未找到标题", "span": [0, 1]}],
}  # fmt: skip


def test_the_ledger_of_a_plan_has_the_columns_that_officials_use() -> None:
    buffer = io.BytesIO()
    write_task_ledger(PLAN, buffer)
    tasks, targets, duties, warnings = read_tables(buffer.getvalue(), "a.xlsx").sheets

    assert tasks.rows[0] == ("云山区攻坚方案任务台账",)
    assert tasks.rows[1] == (
        "序号", "章节", "任务编号", "任务名称", "工作内容", "牵头单位", "责任单位", "配合单位", "督导单位", "责任人", "完成时限",
        "量化指标", "频次", "验收单位", "备注（原文位置）",
    )  # fmt: skip
    assert tasks.rows[2] == (
        1, "一、任务／（一）工业", "1（第2部分）", "拆改锅炉", "全文", "区环保局", "甲、乙", "丙", "丁", "张三",
        "2017-06-30\n2017-11-15至2018-03-15\n全年\n2017-01-01起", "覆盖率≥70—80%；1.5万吨", "每周", "市大气办",
        "原文第 10—90 字\n按职责分工：甲",
    )  # fmt: skip
    assert targets.rows[2][1:10] == ("云山区", "PM10", "≤", 98, "微克/立方米", "2017年", "数值", None, "力争")
    assert duties.rows[2] == (1, "各镇", "进展", "大气办", "每月20日前", "原文", "原文第 3—4 字")
    assert warnings.rows[2] == (1, "no_title", "未找到标题", "原文第 0—1 字")


def test_several_plans_share_a_ledger_and_files_that_failed_are_named() -> None:
    buffer = io.BytesIO()
    failed = {"file": "b.pdf", "error": {"code": "scanned_pdf", "message": "扫描件"}}
    write_task_ledger([PLAN, failed], buffer)
    tasks, _targets, _duties, warnings = read_tables(buffer.getvalue(), "a.xlsx").sheets

    assert str(tasks.rows[2][14]).startswith("a.docx 原文第 10—90 字")
    assert warnings.rows[3][1:3] == ("未能读取", "b.pdf：扫描件")
