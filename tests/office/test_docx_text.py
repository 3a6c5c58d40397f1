"""Word documents as a reader sees them on paper."""

from __future__ import annotations

import io

import docx
import pytest

from lantian.office.errors import OfficeError
from lantian.office.limits import Limits
from lantian.office.text import extract_text
from tests.office.conftest import make_docx, paragraph


def lines(data: bytes) -> list[str]:
    return extract_text(data, "方案.docx").text.split("\n")


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def notes(data: bytes) -> list[str]:
    return [note.code for note in extract_text(data, "方案.docx").notes]


LEVELS = """
<w:abstractNum w:abstractNumId="7">
 <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl>
 <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="（%2）"/></w:lvl>
 <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%3."/></w:lvl>
 <w:lvl w:ilvl="3"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:suff w:val="nothing"/><w:lvlText w:val="(%4)"/></w:lvl>
</w:abstractNum>
<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num>
<w:num w:numId="4"><w:abstractNumId w:val="7"/><w:lvlOverride w:ilvl="2"><w:startOverride w:val="5"/></w:lvlOverride></w:num>
"""


def numbered(text: str, depth: int, number: int = 3) -> str:
    return paragraph(text, f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>')


def test_automatic_numbers_are_written_out_as_word_prints_them() -> None:
    body = "".join(
        [
            numbered("总体要求", 0),
            numbered("主要任务", 0),
            numbered("治理工业", 1),
            numbered("拆改锅炉", 2),
            numbered("完成时限", 3),
            numbered("错峰生产", 2),
            numbered("治理扬尘", 1),
            numbered("清扫道路", 2),
            numbered("保障措施", 0),
            numbered("加强领导", 1),
        ]
    )

    assert lines(make_docx(body, numbering=LEVELS)) == [
        "一、总体要求",
        "二、主要任务",
        "（一）治理工业",
        "1. 拆改锅炉",
        "(1)完成时限",
        "2. 错峰生产",
        "（二）治理扬尘",
        "1. 清扫道路",
        "三、保障措施",
        "（一）加强领导",
    ]


def test_another_instance_of_a_list_counts_on_unless_it_starts_anew() -> None:
    body = numbered("甲", 2) + numbered("乙", 2, 4) + numbered("丙", 2, 4) + numbered("丁", 2)

    assert lines(make_docx(body, numbering=LEVELS)) == ["1. 甲", "5. 乙", "6. 丙", "7. 丁"]


def test_numbers_come_from_the_style_of_a_paragraph_and_its_ancestors() -> None:
    styles = """
    <w:style w:styleId="Base"><w:pPr><w:numPr><w:numId w:val="3"/></w:numPr></w:pPr></w:style>
    <w:style w:styleId="Child"><w:basedOn w:val="Base"/></w:style>
    <w:style w:styleId="Section"><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="3"/></w:numPr></w:pPr></w:style>
    """
    body = (
        paragraph("总则", '<w:pStyle w:val="Child"/>')
        + paragraph("工业", '<w:pStyle w:val="Section"/>')
        + paragraph("无号", '<w:pStyle w:val="Child"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    )

    assert lines(make_docx(body, numbering=LEVELS, styles=styles)) == ["一、总则", "（一）工业", "无号"]


def test_an_empty_numbered_paragraph_counts_but_prints_no_number() -> None:
    body = numbered("甲", 0) + numbered("", 0) + numbered("丙", 0)

    assert lines(make_docx(body, numbering=LEVELS)) == ["一、甲", "", "三、丙"]


def test_bullets_print_no_sign() -> None:
    bullets = """<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="bullet"/>
    <w:lvlText w:val="&#xF0B7;"/></w:lvl></w:abstractNum><w:num w:numId="3"><w:abstractNumId w:val="1"/></w:num>"""

    assert lines(make_docx(numbered("甲", 0), numbering=bullets)) == ["甲"]


def test_paragraphs_and_tables_stand_in_the_order_of_the_document() -> None:
    document = docx.Document()
    document.add_paragraph("前")
    table = document.add_table(rows=2, cols=3)
    for row, texts in zip(
        table.rows, (("序号", "任务", "责任单位"), ("1", "拆锅炉\n改燃气", "")), strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    document.add_paragraph("后")
    buffer = io.BytesIO()
    document.save(buffer)

    assert lines(buffer.getvalue()) == ["前", "序号\t任务\t责任单位", "1\t拆锅炉 改燃气\t", "后"]


def test_cells_merged_down_repeat_and_cells_merged_across_leave_blanks() -> None:
    document = docx.Document()
    table = document.add_table(rows=3, cols=3)
    table.cell(0, 0).merge(table.cell(0, 1)).text = "县区"
    table.cell(0, 2).text = "目标"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "云山区"
    table.cell(1, 1).text, table.cell(1, 2).text = "PM10", "98"
    table.cell(2, 1).text, table.cell(2, 2).text = "PM2.5", "55"
    buffer = io.BytesIO()
    document.save(buffer)

    assert lines(buffer.getvalue()) == ["县区\t\t目标", "云山区\tPM10\t98", "云山区\tPM2.5\t55"]


def test_a_row_merged_over_all_columns_is_one_line() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "一、工业治理"
    for column in range(3):
        table.cell(1, column).text = str(column)
    buffer = io.BytesIO()
    document.save(buffer)

    assert lines(buffer.getvalue()) == ["一、工业治理", "0\t1\t2"]


def test_a_frame_of_one_column_is_text_and_not_a_table() -> None:
    cell = f"<w:tc>{paragraph('第一段')}{paragraph('第二段')}</w:tc>"

    assert lines(make_docx(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>")) == ["第一段", "第二段"]


def test_a_nested_table_is_read_inside_of_its_cell() -> None:
    inner = f"<w:tbl><w:tr><w:tc>{paragraph('甲')}</w:tc><w:tc>{paragraph('乙')}</w:tc></w:tr></w:tbl>"
    body = f"<w:tbl><w:tr><w:tc>{inner}{paragraph('')}</w:tc><w:tc>{paragraph('丙')}</w:tc></w:tr></w:tbl>"

    assert lines(make_docx(body)) == ["甲 乙\t丙"]


def test_insertions_are_accepted_and_deletions_dropped() -> None:
    body = (
        f"<w:p>{run('完成')}<w:ins>{run('120')}</w:ins><w:del><w:r><w:delText>100</w:delText></w:r></w:del>{run('台')}</w:p>"
        "<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc><w:p/></w:tc><w:tc><w:p/></w:tc></w:tr>"
        f"<w:tr><w:tc>{paragraph('a')}</w:tc><w:tc>{paragraph('b')}</w:tc></w:tr></w:tbl>"
    )
    data = make_docx(body)

    assert lines(data) == ["完成120台", "a\tb"]
    assert notes(data) == ["changes_accepted"]


def test_a_deleted_paragraph_end_joins_two_paragraphs() -> None:
    body = paragraph("责任单位：市环保局、", "<w:rPr><w:del/></w:rPr>") + paragraph("市住建局")

    assert lines(make_docx(body)) == ["责任单位：市环保局、市住建局"]


def test_text_boxes_follow_their_paragraph_and_come_once() -> None:
    box = f"<w:txbxContent>{paragraph('某市人民政府文件')}</w:txbxContent>"
    both = (
        f"<mc:AlternateContent><mc:Choice><w:drawing>{box}</w:drawing></mc:Choice>"
        f"<mc:Fallback><w:pict><v:shape>{box}</v:shape></w:pict></mc:Fallback></mc:AlternateContent>"
    )

    assert lines(make_docx(f"<w:p>{run('正文')}<w:r>{both}</w:r></w:p>")) == ["正文", "某市人民政府文件"]


def test_footnotes_stand_at_the_end_and_leave_no_mark_in_the_text() -> None:
    body = (
        f'<w:p>{run("责任单位：市环保局")}<w:r><w:footnoteReference w:id="2"/></w:r></w:p>{paragraph("尾")}'
    )
    data = make_docx(body, footnotes=f'<w:footnote w:id="2">{paragraph("含直属分局")}</w:footnote>')

    assert lines(data) == ["责任单位：市环保局", "尾", "注1：含直属分局"]
    assert notes(data) == ["footnotes_at_end"]


def test_hidden_text_fields_and_contents_are_left_out() -> None:
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>PAGEREF x</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run("7")}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    styles = '<w:style w:styleId="T1"><w:name w:val="toc 1"/></w:style>'
    body = (
        paragraph("一、总则\t3", '<w:pStyle w:val="T1"/>')
        + f"<w:p>{run('见')}{field}{run('页')}{run('密', '<w:vanish/>')}</w:p>"
    )
    data = make_docx(body, styles=styles)

    assert lines(data) == ["见7页"]
    assert notes(data) == ["contents_left_out", "hidden_left_out"]


def test_raised_figures_symbols_and_hyphens_are_characters() -> None:
    raised = run("3", '<w:vertAlign w:val="superscript"/>')
    lowered = run("2.5", '<w:vertAlign w:val="subscript"/>')
    symbol = '<w:r><w:sym w:font="Symbol" w:char="F0A3"/></w:r>'
    hyphen = "<w:r><w:t>35</w:t><w:noBreakHyphen/><w:t>40</w:t></w:r>"
    body = f"<w:p>{run('微克/m')}{raised}{run('，PM')}{lowered}{symbol}{hyphen}</w:p>"

    assert lines(make_docx(body)) == ["微克/m³，PM2.5≤35-40"]


def test_formulas_are_read_in_one_line() -> None:
    body = (
        "<w:p><m:oMath><m:sSub><m:e><m:r><m:t>PM</m:t></m:r></m:e><m:sub><m:r><m:t>10</m:t></m:r></m:sub></m:sSub>"
        "<m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b</m:t></m:r></m:den></m:f></m:oMath></w:p>"
    )

    assert lines(make_docx(body)) == ["PM10a/b"]


def test_page_breaks_are_kept_as_page_starts() -> None:
    body = (
        f"{paragraph('第一页')}<w:p><w:r><w:t>跨</w:t><w:lastRenderedPageBreak/><w:t>页</w:t></w:r></w:p>"
        f'<w:p><w:r><w:br w:type="page"/></w:r></w:p>{paragraph("第三页")}'
    )
    extracted = extract_text(make_docx(body), "a.docx")

    assert extracted.text == "第一页\n跨页\n\n第三页"
    assert extracted.page_starts == (0, 5, 7)


def test_the_strict_variant_reads_the_same() -> None:
    data = make_docx(paragraph("正文"), namespace="http://purl.oclc.org/ooxml/wordprocessingml/main")

    assert lines(data) == ["正文"]


def test_a_damaged_side_part_is_left_out_with_a_note() -> None:
    data = make_docx(numbered("甲", 0), numbering="<w:broken")

    assert lines(data) == ["甲"]
    assert notes(data) == ["part_damaged"]


def test_a_document_without_text_is_empty() -> None:
    with pytest.raises(OfficeError) as caught:
        extract_text(make_docx("<w:p/><w:p/>"), "a.docx")

    assert caught.value.code == "empty"


def test_text_over_the_limit_is_too_large_and_stops_early() -> None:
    with pytest.raises(OfficeError) as caught:
        extract_text(make_docx(paragraph("大气污染防治") * 3_000), "a.docx", limits=Limits(text_bytes=20_000))

    assert caught.value.code == "too_large"


def test_a_merged_cell_cannot_blow_the_text_up() -> None:
    first = f"<w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr>{paragraph('文' * 9_000)}</w:tc><w:tc><w:p/></w:tc></w:tr>"
    more = "<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc><w:tc><w:p/></w:tc></w:tr>" * 3_000
    with pytest.raises(OfficeError) as caught:
        extract_text(make_docx(f"<w:tbl>{first}{more}</w:tbl>"), "a.docx")

    assert caught.value.code == "too_large"


def test_the_time_limit_ends_a_reading() -> None:
    with pytest.raises(OfficeError) as caught:
        extract_text(make_docx(paragraph("x") * 50_000), "a.docx", limits=Limits(seconds=0.01))

    assert caught.value.code == "timeout"
