"""The workbook of an inventory: its template comes back as it was written, and wrong cells are told by address."""

from __future__ import annotations

import io
from decimal import Decimal as D
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from lantian.office.inventory_workbook import InventoryBook, read_inventory, template_bytes
from lantian.rules.sources.books import books
from lantian.rules.sources.checks import check
from lantian.rules.sources.inventory import run
from lantian.rules.sources.layout import SHEETS

SOURCES = ("源编号", "名称", "统一社会信用代码", "行政区划代码", "经度", "纬度")
ACTIVITIES = ("源编号", "源类", "行业或子类", "燃料或产品", "工艺技术", "活动量", "单位")
CLINKER = ("E1", "工业源-工艺过程", "非金属矿物制品业", "熟料", "新型干法", 100, "万t")
FACILITIES = ("源编号", "治理技术", "污染物", "去除效率", "依据")


@pytest.fixture(scope="module")
def template() -> bytes:
    return template_bytes(books())


def read(**sheets: list[tuple[Any, ...]]) -> InventoryBook:
    workbook = Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return read_inventory(stream.getvalue(), "清单.xlsx")


def places(found: InventoryBook) -> list[tuple[str, int, int, str]]:
    return [(problem.sheet, problem.row, problem.column, problem.code) for problem in found.problems]


def test_the_template_comes_back_without_a_problem_and_with_every_example(template: bytes) -> None:
    found = read_inventory(template, "t.xlsx")
    assert () == found.problems
    assert {sheet.key: len(sheet.examples) for sheet in SHEETS if sheet.examples} == {
        key: sum(row.sheet == key for row in found.rows) for key in {row.sheet for row in found.rows}
    }


def test_every_example_of_the_template_is_computed_but_for_factors_that_nobody_has_seen(
    template: bytes,
) -> None:
    found = read_inventory(template, "t.xlsx")
    result = run(found.rows, found.problems, books(), 2025)
    assert {"factor_missing"} == {gap.code for gap in result.gaps}
    assert {"生物质燃烧"} == {gap.sheet for gap in result.gaps}
    assert {"SO2", "NOx", "CO", "PM10", "PM2.5", "BC", "OC", "VOCs", "NH3"} == {
        entry.pollutant for entry in result.emissions if entry.t is not None
    }


def test_the_template_shows_every_sheet_its_columns_and_the_names_in_use(template: bytes) -> None:
    workbook = load_workbook(io.BytesIO(template))
    assert ["说明", *(sheet.name for sheet in SHEETS), "系数目录", "治理技术目录"] == workbook.sheetnames
    for sheet in SHEETS:
        cells = {cell.value for line in workbook[sheet.name].iter_rows(max_row=4) for cell in line}
        assert {field.heading for field in sheet.fields} <= cells


@pytest.mark.parametrize(
    ("heading", "value", "code"),
    [
        ("活动量", -1, "negative"),
        ("活动量", "1e99", "too_large"),
        ("活动量", "许多", "not_a_number"),
        ("活动量", None, "cell_empty"),
        ("单位", "万斤", "unit_unknown"),
        ("源编号", None, "cell_empty"),
    ],
)
def test_a_wrong_cell_is_told_with_its_address_and_the_other_rows_are_read(
    heading: str, value: Any, code: str
) -> None:
    at = ACTIVITIES.index(heading)
    wrong = (*CLINKER[:at], value, *CLINKER[at + 1 :])
    found = read(排放源=[SOURCES, ("E1", "某厂")], 活动水平=[ACTIVITIES, CLINKER, wrong, CLINKER])
    assert [("活动水平", 3, at + 1, code)] == places(found)
    assert [2, 4] == [row.number for row in found.rows if row.sheet == "activities"]


@pytest.mark.parametrize(
    ("value", "meant"), [(0.95, D("0.95")), ("95%", D("0.95")), ("９５％", D("0.95")), (1, D(1)), (0, D(0))]
)
def test_a_share_is_read_as_a_share_or_as_a_percentage(value: Any, meant: D) -> None:
    found = read(
        排放源=[SOURCES, ("E1", "某厂")], 治理设施=[FACILITIES, ("E1", "袋式除尘法", "PM2.5", value, "测试")]
    )
    assert [meant] == [row.number_of("efficiency") for row in found.rows if row.sheet == "facilities"]


@pytest.mark.parametrize(
    ("value", "code"),
    [(95, "share_above_one"), (1.0001, "share_above_one"), ("101%", "share_above_one"), (-0.1, "negative")],
)
def test_an_efficiency_above_one_takes_away_what_it_would_have_removed_and_nothing_else(
    value: Any, code: str
) -> None:
    found = read(
        排放源=[SOURCES, ("E1", "某厂")],
        活动水平=[ACTIVITIES, CLINKER],
        治理设施=[FACILITIES, ("E1", "袋式除尘法", "PM2.5", value, "测试")],
    )
    assert [("治理设施", 2, 4, code)] == places(found)
    result = run(found.rows, found.problems, books(), 2025)
    assert {None, "PM2.5", "PM10"} == {gap.pollutant for gap in result.gaps}
    assert 1880 == result.total("NOx")


def test_a_sign_of_per_cent_in_a_column_that_is_in_per_cent_is_no_division() -> None:
    header = (*ACTIVITIES, "收到基硫分", "收到基灰分")
    coal = ("E1", "电力热力源", "电力生产", "煤炭", "煤粉炉", 1000, "t", "0.5%", 25)
    found = read(排放源=[SOURCES, ("E1", "某厂")], 活动水平=[header, coal])
    assert D("0.5") == found.rows[1].number_of("sulphur")


def test_sheets_and_columns_that_nobody_knows_are_told() -> None:
    found = read(
        排放源=[(*SOURCES, "备注二"), ("E1", "某厂")], 其他=[("x",)], 活动水平=[ACTIVITIES[:-1], CLINKER[:-1]]
    )
    assert {
        ("排放源", 1, 7, "column_unknown"), ("其他", 0, 0, "sheet_unknown"), ("活动水平", 1, 0, "column_missing"),
    } == set(places(found))  # fmt: skip


def test_a_workbook_without_sources_says_so() -> None:
    assert ("排放源", 0, 0, "sheet_missing") in places(read(活动水平=[ACTIVITIES, CLINKER]))
    assert ("", 0, 0, "nothing_to_read") in places(read(其他=[("x",)]))


def test_keys_places_and_duplicates_are_checked() -> None:
    header = (
        "源编号",
        "名称",
        "统一社会信用代码",
        "排污许可证编号",
        "数采仪MN号",
        "行业代码",
        "行政区划代码",
        "经度",
        "纬度",
        "坐标系",
        "车牌号",
    )
    good = (
        "E1",
        "甲",
        "91130200699229617X",
        "91130200699229617X001P",
        "88888880000001",
        "3011",
        "410108",
        113.61,
        34.86,
        None,
        "豫A12345",
    )
    found = read(
        排放源=[
            header,
            good,
            ("E1", "乙", "911302006992296170", "53640000MJX173680A001P", "88888880000001", "D3011", "4101", 34.86, 113.61, "WGS-84", "豫I12345"),
            ("E3", "丙", "91130200699229617X", "53640000MJX173680A001P", None, None, None, 113.61, None, "北京54", None),
            ("E4", "丁", None, None, None, None, None, "120.1", "30.2", "北京54", None),
        ]
    )  # fmt: skip
    problems = check(found.rows, found.problems, books())
    assert {
        (3, "A", "source_twice"), (3, "C", "uscc_check"), (3, "E", "mn_twice"), (3, "F", "trade_section"),
        (3, "G", "region_form"), (3, "H", "coordinate_swapped"), (3, "K", "plate_letter"), (4, "D", "permit_of_another"),
        (4, "D", "permit_twice"), (4, "I", "coordinate_half"), (5, "J", "datum_unknown"),
    } == {(problem.row, "ABCDEFGHIJK"[problem.column - 1], problem.code) for problem in problems}  # fmt: skip


def test_a_source_far_from_henan_is_told() -> None:
    found = read(排放源=[SOURCES, ("E1", "某厂", None, None, 120.1, 30.2)])
    assert ["coordinate_outside"] == [problem.code for problem in check(found.rows, found.problems, books())]


def test_a_formula_without_a_saved_value_is_told_with_its_cell() -> None:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "施工扬尘"
    sheet.append(["源编号", "施工面积", "施工月数"])
    sheet.append(["D1", 100, 6])
    sheet.append(["D2", "=B2*2", 6])
    sources = book.create_sheet("排放源")
    sources.append(["源编号", "名称"])
    sources.append(["D1", "=1&2"])
    stream = io.BytesIO()
    book.save(stream)
    found = read_inventory(stream.getvalue(), "a.xlsx")
    told = [(problem.sheet, problem.row, problem.column, problem.code) for problem in found.problems]
    assert told == [("施工扬尘", 3, 2, "cell_formula"), ("排放源", 2, 2, "cell_formula")]
    assert "B3" in found.problems[0].message.text()
    assert [row.source_id for row in found.rows] == ["D1"]
