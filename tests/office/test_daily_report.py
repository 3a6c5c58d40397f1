"""The daily report as an official document: what it says plainly, and its table of nine columns."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm

from lantian.office.daily_report import DailyForm, Enterprise, to_bytes

FORM = DailyForm(
    place="晴川市",
    day=date(2026, 11, 20),
    period="2026年11月20日0时至24时",
    warning="晴川市橙色预警（晴重污染〔2026〕7号，2026年11月19日12时启动）",
    summary="共 2 家企业。",
    rows=[
        Enterprise("晴川钢铁有限公司", "青原区", "生产", "生产", [(Decimal("30.71"), 48), (None, 0), (None, 0), (None, 0)], 3, 1, 48, 48, "夜查"),
        Enterprise("河东玻璃厂", "", "无数据", "", [(None, 0)] * 4, 0, 0, 0, 24, ""),
    ],
    totals=[Decimal("30.71"), None, None, None],
    notes=["说明一。"],
    issuer="晴川市大气污染防治攻坚办公室",
    addressee="省生态环境厅应急办公室",
    version=1,
    sent_at=None,
    due_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
    by_house=False,
    late=False,
)  # fmt: skip


def read(form: DailyForm) -> tuple[str, Any]:
    document = docx.Document(BytesIO(to_bytes(form)))
    return "\n".join(one.text for one in document.paragraphs), document


def test_a_draft_says_that_it_is_one_and_how_many_are_not_verified() -> None:
    text, document = read(FORM)
    assert "省生态环境厅应急办公室：" in text
    assert "已核实1家，未核实1家" in text and "草稿，尚未报送" in text and "2026年11月21日9时00分" in text
    (table,) = document.tables
    lines = [[cell.text for cell in row.cells] for row in table.rows]
    assert ["1", "晴川钢铁有限公司\n青原区", "生产", "生产\n夜查", "30.71\n48时", "—", "—", "—", "3\n日均1"] == lines[1]
    assert ["2", "河东玻璃厂", "无数据", "未核实", "—", "—", "—", "—", "0"] == lines[2]
    assert ["", "合计", "", "", "30.71", "—", "—", "—", "3"] == lines[3]


def test_the_table_is_as_wide_as_the_text_and_its_small_lines_are_off_the_grid_of_the_page() -> None:
    _text, document = read(FORM)
    (table,) = document.tables
    # Word counts in twentieths of a point.
    assert Mm(156) == pytest.approx(sum(cell.width for cell in table.rows[0].cells), abs=Mm(0.1))
    paragraph = table.rows[1].cells[1].paragraphs[0]
    snap = paragraph._p.pPr.find(qn("w:snapToGrid"))
    assert "0" == snap.get(qn("w:val"))
    assert 15.0 == paragraph.paragraph_format.line_spacing.pt


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"by_house": True}, "由系统按时自动报送"),
        ({"late": True, "sent_at": datetime(2026, 11, 21, 9, 30, tzinfo=UTC)}, "9时30分报送，晚于报送时限2026年11月21日9时00分"),
    ],
)
def test_how_it_went_out_is_said(values: dict[str, Any], said: str) -> None:
    text, _document = read(replace(FORM, **{"sent_at": datetime(2026, 11, 21, 8, 41, tzinfo=UTC), **values}))
    assert said in text and "草稿" not in text and "2026年11月21日" in text


def test_a_correction_lists_what_it_changes_and_one_that_changes_nothing_says_so() -> None:
    corrected = replace(FORM, version=2, cause="补传", differences=[("河东玻璃厂", "实传小时数", "0", "24")])
    text, document = read(corrected)
    assert "（更正）" in text and "更正原因：补传" in text and "三、更正内容（1处）" in text and "四、统计说明" in text
    assert ["河东玻璃厂", "实传小时数", "0", "24"] == [cell.text for cell in document.tables[1].rows[1].cells]
    assert "与上一版没有差异" in read(replace(corrected, differences=[]))[0]


def test_without_enterprises_or_warning_it_is_a_document_still() -> None:
    text, document = read(replace(FORM, rows=[], warning=""))
    assert "没有联网的废气重点监控企业" in text and [] == document.tables
    assert "现将2026年11月20日0时至24时辖区" in text
