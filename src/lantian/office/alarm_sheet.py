"""A clue out of the desk of alarms as a Word sheet, to be handed to whoever inspects on the spot.

It carries what was found and why, what it rests on, and what was done and said so far; the last table is left for the
result of the inspection. It is a hint, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from lantian.office.word import OfficialDocument

TITLE = "污染源自动监控报警线索移交单"
_EMPTY = "无。"


@dataclass(frozen=True, slots=True)
class AlarmSheet:
    """What the sheet says.

    Attributes
    ----------
    number
        Number of the alarm at the desk.
    facts
        Pairs of name and value.
    why
        What was found, a sentence each.
    books
        Thresholds: name, value with unit, document.
    steps
        When, who, what, and the words.
    proofs
        Names of files that are attached at the desk.
    issuer
        Who hands it over; ``""`` leaves the signature out.
    """

    number: int
    facts: Sequence[tuple[str, str]]
    why: Sequence[str]
    books: Sequence[tuple[str, str, str]]
    steps: Sequence[tuple[str, str, str, str]]
    proofs: Sequence[str]
    issuer: str
    made_on: date
    banner: str = ""


def write_docx(sheet: AlarmSheet, target: str | Path | IO[bytes]) -> None:
    """Write the sheet.

    Parameters
    ----------
    target
        Path, or a binary stream that is open for writing.
    """
    document = OfficialDocument(TITLE, banner=sheet.banner)
    document.paragraph(f"报警编号：{sheet.number}。本单为核查线索，不是违法结论，是否违法以现场核查和执法认定为准。")
    document.heading("一、线索基本信息")
    document.table(("项目", "内容"), sheet.facts, widths_mm=(46, 110), align="left")
    document.heading("二、判定结果和理由")
    for line in sheet.why or (_EMPTY,):
        document.paragraph(line)
    document.heading("三、依据的阈值")
    if sheet.books:
        document.table(("名称", "数值", "依据"), sheet.books, widths_mm=(62, 34, 60), align="left")
    else:
        document.paragraph(_EMPTY)
    document.heading("四、处置记录和企业说明")
    if sheet.steps:
        document.table(("时间", "人员", "环节", "内容"), sheet.steps, widths_mm=(34, 40, 28, 54), align="left")
    else:
        document.paragraph(_EMPTY)
    document.heading("五、现场核查结果")
    document.table(
        ("项目", "内容"),
        [("核查时间", ""), ("核查人员", ""), ("核查情况", "\n"), ("是否属实", ""), ("处理意见", "")],
        widths_mm=(46, 110),
        align="left",
    )
    document.attachments(list(sheet.proofs))
    if sheet.issuer:
        document.sign(sheet.issuer, sheet.made_on)
    document.save(target)
