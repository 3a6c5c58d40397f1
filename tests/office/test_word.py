"""Official documents as Word files."""

from __future__ import annotations

import io
import subprocess
from datetime import date
from pathlib import Path

import docx
import pypdfium2
import pytest
from docx.oxml.ns import qn

from lantian.office.text import extract_text
from lantian.office.word import OfficialDocument, chinese_date, heading_level


def notice() -> OfficialDocument:
    document = OfficialDocument(
        "关于印发晴川市2018年大气污染防治\n攻坚实施方案的通知",
        letterhead="晴川市人民政府文件",
        number="晴政〔2018〕12号",
        recipient="各县（市、区）人民政府",
    )
    document.paragraph("现将方案印发给你们，请认真贯彻执行。").attachments(["实施方案", "任务清单"])
    document.sign("晴川市人民政府", date(2018, 3, 5), note="此件公开发布")
    document.annex("晴川市2018年大气污染防治\n攻坚实施方案", label="附件1")
    document.heading("一、总体要求").heading("（一）治理工业").heading("1. 拆改锅炉")
    document.paragraph("市环保局，各县区人民政府", lead="责任单位：")
    document.paragraph("一二三四五六七八九十" * 6, indent=False)
    document.table(["县区", "PM10"], [["云山区", 98], ["河口县", None]], caption="表1 目标")
    return document.colophon(
        copied_to=["市委", "市政协"], printed_by="市政府办公室", printed_on=date(2018, 3, 6)
    )


@pytest.fixture(scope="module")
def word() -> docx.document.Document:
    return docx.Document(io.BytesIO(notice().to_bytes()))


def font_of(document: docx.document.Document, text: str) -> tuple[str, float | None]:
    paragraph = next(p for p in document.paragraphs if p.text.startswith(text))
    run = next(run for run in paragraph.runs if run.text)
    return run.element.rPr.rFonts.get(qn("w:eastAsia")), run.font.size.pt if run.font.size else None


def test_the_page_is_that_of_the_standard(word: docx.document.Document) -> None:
    section = word.sections[0]
    text_width = section.page_width.mm - section.left_margin.mm - section.right_margin.mm
    text_height = section.page_height.mm - section.top_margin.mm - section.bottom_margin.mm

    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert (round(section.top_margin.mm), round(section.left_margin.mm)) == (37, 28)
    assert (round(text_width), round(text_height)) == (156, 225)
    assert word.settings.odd_and_even_pages_header_footer


@pytest.mark.parametrize(
    ("text", "font", "size"),
    [
        ("晴川市人民政府文件", "方正小标宋简体", 47.2),
        ("关于印发", "方正小标宋简体", 22),
        ("现将方案", "仿宋_GB2312", None),
        ("附件1", "黑体", 16),
        ("一、总体要求", "黑体", 16),
        ("（一）治理工业", "楷体_GB2312", 16),
        ("1. 拆改锅炉", "仿宋_GB2312", 16),
    ],
)
def test_each_part_has_its_font(
    word: docx.document.Document, text: str, font: str, size: float | None
) -> None:
    found, points = font_of(word, text)

    assert found == font
    assert points == pytest.approx(size, abs=0.5) if size else points is None


def test_body_text_is_size_three_on_lines_of_a_22nd_of_the_page(word: docx.document.Document) -> None:
    normal = word.styles["Normal"]

    assert normal.font.size.pt == 16
    assert 22 * normal.paragraph_format.line_spacing.pt == pytest.approx(225 / 25.4 * 72, abs=1.5)


def test_page_numbers_lie_outside_between_dashes(word: docx.document.Document) -> None:
    odd, even = word.sections[0].footer.paragraphs[0], word.sections[0].even_page_footer.paragraphs[0]

    assert (odd.text, even.text) == ("— 1 —", "— 1 —")
    assert (odd.alignment, even.alignment) == (2, 0)
    assert "PAGE" in odd._p.xml and "PAGE" in even._p.xml


def test_a_table_repeats_its_header_and_is_as_wide_as_the_text(word: docx.document.Document) -> None:
    table = word.tables[0]

    assert table.rows[0]._tr.trPr.find(qn("w:tblHeader")) is not None
    assert sum(cell.width.mm for cell in table.rows[0].cells) == pytest.approx(156, abs=0.5)
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["县区", "PM10"],
        ["云山区", "98"],
        ["河口县", ""],
    ]


def test_the_document_reads_back_in_order() -> None:
    lines = [line for line in extract_text(notice().to_bytes(), "a.docx").text.split("\n") if line]

    assert lines == [
        "晴川市人民政府文件",
        "晴政〔2018〕12号",
        "关于印发晴川市2018年大气污染防治",
        "攻坚实施方案的通知",
        "各县（市、区）人民政府：",
        "现将方案印发给你们，请认真贯彻执行。",
        "附件：1. 实施方案",
        "2. 任务清单",
        "晴川市人民政府",
        "2018年3月5日",
        "（此件公开发布）",
        "附件1",
        "晴川市2018年大气污染防治",
        "攻坚实施方案",
        "一、总体要求",
        "（一）治理工业",
        "1. 拆改锅炉",
        "责任单位：市环保局，各县区人民政府",
        "一二三四五六七八九十" * 6,
        "表1 目标",
        "县区\tPM10",
        "云山区\t98",
        "河口县\t",
        "抄送：市委，市政协。",
        "市政府办公室\t2018年3月6日印发",
    ]


def test_a_document_without_letterhead_carries_its_number_and_banner() -> None:
    document = OfficialDocument("通报", number="晴攻坚办〔2018〕3号", banner="模拟数据")
    word = docx.Document(io.BytesIO(document.paragraph("甲\n乙").to_bytes()))

    assert [p.text for p in word.paragraphs if p.text] == ["晴攻坚办〔2018〕3号", "通报", "甲", "乙"]
    assert word.sections[0].header.paragraphs[0].text == "模拟数据"
    assert word.sections[0].even_page_header.paragraphs[0].text == "模拟数据"


def test_characters_that_no_word_file_can_hold_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    OfficialDocument("标\x00题\ud800").paragraph("正\x07文").save(path)

    assert extract_text(path.read_bytes(), "a.docx").text.split() == ["标题", "正文"]


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("一、总则", 1),
        ("十二、附则", 1),
        ("（一）工业", 2),
        ("(二)扬尘", 2),
        ("1. 锅炉", 3),
        ("12．锅炉", 3),
        ("(1)甲", 4),
        ("甲", None),
    ],
)
def test_the_level_of_a_heading_is_told_from_its_number(text: str, level: int | None) -> None:
    assert heading_level(text) == level


def test_dates_are_written_without_leading_zeros() -> None:
    assert chinese_date(date(2017, 6, 5)) == "2017年6月5日"


@pytest.mark.office_suite
def test_a_line_on_paper_has_28_characters_and_a_page_22_lines(soffice: str, tmp_path: Path) -> None:
    document = OfficialDocument("通知")
    document.paragraph("一二三四五六七八九十" * 200, indent=False)
    document.save(tmp_path / "a.docx")
    subprocess.run(
        [soffice, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
         "--outdir", str(tmp_path), str(tmp_path / "a.docx")],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    pages = pypdfium2.PdfDocument(tmp_path / "a.pdf")
    lines = pages[1].get_textpage().get_text_range().split("\r\n")
    body = [line for line in lines if set(line) <= set("一二三四五六七八九十") and line]

    assert {len(line) for line in body} == {28}
    assert len(body) == 22
    assert "— 2 —" in lines
