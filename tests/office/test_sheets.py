"""Tables and lists out of Excel and CSV files."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import openpyxl
import pytest

from lantian.office.cells import DateValue
from lantian.office.errors import CorruptFile, OfficeError, TooLarge
from lantian.office.limits import Limits
from lantian.office.sheets import Column, Sheet, find_header, read_records, read_tables
from tests.office.conftest import make_docx, make_zip, paragraph

COLUMNS = [
    Column("number", ("序号",), "integer"),
    Column("title", ("任务名称", "任务"), required=True),
    Column("lead", ("牵头单位", "牵头"), "list"),
    Column("support", ("配合单位", "配合"), "list"),
    Column("due", ("完成时限", "完成时间"), "date"),
    Column("amount", ("数量",), "decimal"),
    Column("state", ("状态",), "choice", choices={"未开始": "open", "已完成": "done"}),
]


def workbook(rows: list[list[object]], *merged: str, hidden: bool = False) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "台账"
    for row in rows:
        sheet.append(row)
    for area in merged:
        sheet.merge_cells(area)
    if hidden:
        book.create_sheet("旧表").sheet_state = "hidden"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def read(rows: list[list[object]], *merged: str) -> Sheet:
    return read_tables(workbook(rows, *merged), "台账.xlsx").sheets[0]


def code_of(data: bytes, name: str, limits: Limits | None = None) -> str:
    with pytest.raises(OfficeError) as caught:
        read_tables(data, name, limits=limits or Limits())
    return caught.value.code


def test_cells_come_with_their_values_and_addresses() -> None:
    sheet = read(
        [[None, "甲"], ["=1+1", 3, 0.5, True, date(2017, 6, 30), datetime(2017, 6, 30, 8, 30), "a\r\nb"]]
    )
    cells = [cell for row in sheet.cells() for cell in row if cell.value is not None]

    assert [(cell.address, cell.value) for cell in cells] == [
        ("B1", "甲"),
        ("B2", 3),
        ("C2", 0.5),
        ("D2", True),
        ("E2", date(2017, 6, 30)),
        ("F2", datetime(2017, 6, 30, 8, 30)),
        ("G2", "a\nb"),
    ]


def test_a_list_below_a_title_with_a_header_of_merged_rows_is_read() -> None:
    sheet = read(
        [
            ["2017年任务台账"],
            ["序号", "任务名称", "责任单位", None, "完成时限\n（年月日）", "数量（台）", "状态"],
            [None, None, "牵头", "配合", None, None, None],
            [1, "拆改锅炉", "市环保局、工信委", "各镇", date(2017, 6, 30), "１２", "已完成"],
            ["２", "治理扬尘", "住建局", None, "2017年6月底", "1,200.5", None],
            [3, "禁烧秸秆", "农业局", "各镇，各街道", 42916, 30, "未开始"],
            ["注：数量以审计结果为准"],
        ],
        "A1:G1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "F2:F3", "G2:G3",
    )  # fmt: skip
    records = read_records(sheet, COLUMNS)

    assert records.problems == ()
    assert records.skipped == ((7, "注:数量以审计结果为准"),)
    assert [(record.row, *record.values.values()) for record in records.rows] == [
        (
            4,
            1,
            "拆改锅炉",
            ["市环保局", "工信委"],
            ["各镇"],
            DateValue(date(2017, 6, 30)),
            Decimal(12),
            "done",
        ),
        (5, 2, "治理扬尘", ["住建局"], [], DateValue(date(2017, 6, 30), "month"), Decimal("1200.5"), None),
        (6, 3, "禁烧秸秆", ["农业局"], ["各镇", "各街道"], DateValue(date(2017, 6, 30)), Decimal(30), "open"),
    ]


def test_problems_name_row_column_and_remedy_and_the_other_rows_are_read() -> None:
    sheet = read(
        [
            ["序号", "任务名称", "完成时限", "数量", "状态"],
            [1, "甲", "6月31日", "约30", "进行中"],
            [2, "乙", "2017-06-30", 5, "已完成"],
            [3, None, "2017-06-30", 5, "已完成"],
        ]
    )
    records = read_records(sheet, COLUMNS, default_year=2017)

    assert [record.row for record in records.rows] == [3]
    assert [(problem.address, problem.code) for problem in records.problems] == [
        ("C2", "no_such_day"),
        ("D2", "not_a_number"),
        ("E2", "not_a_choice"),
        ("B4", "cell_empty"),
    ]
    assert "未开始、已完成" in str(records.problems[2])


def test_values_merged_over_rows_belong_to_each_of_them() -> None:
    sheet = read(
        [["序号", "任务名称", "牵头单位"], [1, "甲", "市环保局"], [2, "乙", None], [3, "丙", None]], "C2:C4"
    )

    assert [record.values["lead"] for record in read_records(sheet, COLUMNS).rows] == [["市环保局"]] * 3


def test_sums_and_repeated_headers_are_no_records() -> None:
    head = ["序号", "任务名称", "数量"]
    sheet = read([head, [1, "甲", 3], head, [2, "乙", 4], ["合 计", None, 7]])
    records = read_records(sheet, COLUMNS)

    assert [record.row for record in records.rows] == [2, 4]
    assert [row for row, _text in records.skipped] == [3, 5]


def test_a_missing_column_and_a_missing_header_are_said() -> None:
    without = read_records(read([["序号", "数量"], [1, 2]]), COLUMNS)
    nothing = read_records(read([["甲", "乙"], [1, 2]]), COLUMNS)

    assert [(problem.code, problem.params) for problem in without.problems] == [
        ("column_missing", {"name": "任务名称"})
    ]
    assert [problem.code for problem in nothing.problems] == ["no_header"]
    assert nothing.rows == ()


def test_unknown_columns_are_named() -> None:
    header = find_header(read([["序号", "任务名称", "资金来源"], [1, "甲", "财政"]]), COLUMNS)

    assert header is not None
    assert header.unknown == (3,)
    assert header.headings[3] == "资金来源"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ('序号,任务名称,数量\n1,甲,3\n2,"乙,丙",4\n', "utf-8-sig"),
        ('序号,任务名称,数量\n1,甲,3\n2,"乙,丙",4\n', "gb18030"),
        ("序号\t任务名称\t数量\r\n1\t甲\t3\r\n2\t乙,丙\t4\r\n", "utf-16"),
        ("序号;任务名称;数量\n1;甲;3\n2;乙,丙;4\n", "utf-8"),
    ],
)
def test_a_csv_file_is_read_whatever_its_encoding_and_delimiter(text: str, encoding: str) -> None:
    found = read_tables(text.encode(encoding), "台账.csv")
    records = read_records(found.sheets[0], COLUMNS)

    assert found.format == "csv"
    assert [(record.values["title"], record.values["amount"]) for record in records.rows] == [
        ("甲", 3),
        ("乙,丙", 4),
    ]


def test_hidden_sheets_are_marked() -> None:
    found = read_tables(workbook([["a", "b"]], hidden=True), "a.xlsx")

    assert [(sheet.name, sheet.hidden) for sheet in found.sheets] == [("台账", False), ("旧表", True)]


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"", "a.xlsx", "empty"),
        (workbook([]), "a.xlsx", "empty"),
        (b" \n", "a.csv", "empty"),
        (workbook([["a"]])[:300], "a.xlsx", "corrupt"),
        (b"text", "a.xls", "corrupt"),
        (bytes(range(256)) * 8, "a.csv", "corrupt"),
        (make_docx(paragraph("x")), "a.xlsx", "unsupported_type"),
        (make_zip({"[Content_Types].xml": "spreadsheetml"}), "a.xlsx", "corrupt"),
    ],
)
def test_what_is_no_table_is_refused(data: bytes, name: str, code: str) -> None:
    assert code_of(data, name) == code


@pytest.mark.parametrize("limits", [Limits(rows=2), Limits(columns=1), Limits(cells=5)])
def test_a_table_beyond_a_limit_is_too_large(limits: Limits) -> None:
    rows: list[list[object]] = [["a", "b"]] * 3
    assert code_of(workbook(rows), "a.xlsx", limits) == "too_large"
    assert code_of(b"a,b\nc,d\ne,f\n", "a.csv", limits) == "too_large"


def test_two_cells_at_the_far_corners_of_a_sheet_do_not_fill_the_memory() -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1">'
        '<v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )
    with zipfile.ZipFile(io.BytesIO(workbook([["a"]]))) as archive:
        members: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    members["xl/worksheets/sheet1.xml"] = sheet

    assert code_of(make_zip(members), "a.xlsx") == "too_large"


def open_sheet(cell: str, rows: int = 1, columns: int = 1) -> bytes:
    """An .ods file of one cell, repeated."""
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet><table:table table:name="a">'
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell office:value-type="string" '
        f'table:number-columns-repeated="{columns}"><text:p>{cell}</text:p></table:table-cell></table:table-row>'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return target.getvalue()


def test_an_open_document_sheet_is_read_with_its_tabs() -> None:
    book = read_tables(open_sheet("一<text:tab/>二"), "台账.ods")

    assert ("ods", (("一\t二",),)) == (book.format, book.sheets[0].rows)


@pytest.mark.parametrize("size", [(1_048_576, 1), (1, 16_384), (1_048_576, 16_384), (2**40, 2**40)])
def test_an_open_document_sheet_that_repeats_a_cell_without_end_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises((TooLarge, CorruptFile)):
        read_tables(open_sheet("x", *size), "台账.ods")
