"""The demo city's plan as an official Word document."""

from __future__ import annotations

import re
from datetime import date

from lantian.demo.plan_text import ISSUED, Line, plan_lines
from lantian.office.word import OfficialDocument

BANNER = "模拟数据：晴川市为虚构城市，本文件仅供演示"


def plan_document(year: int) -> bytes:
    """The action plan of a year, as the bytes of a .docx file."""
    lines = plan_lines(year)
    first = {line.kind: line.text for line in reversed(lines)}
    document = OfficialDocument(
        first["title"],
        letterhead=first["head"],
        number=first["number"],
        recipient=first["to"],
        banner=BANNER,
    )
    issued = date(year, *ISSUED)
    for line in lines:
        _write(document, line, issued)
    return document.to_bytes()


def _write(document: OfficialDocument, line: Line, issued: date) -> None:
    if line.kind in {"h1", "h2"}:
        document.heading(line.text)
    elif line.kind == "item":
        heading = re.match(r"\d+\. [^。]*。?", line.text)
        lead = heading.group() if heading else ""
        document.paragraph(line.text[len(lead) :], lead=lead)
    elif line.kind == "unit":
        label, _colon, units = line.text.partition("：")
        document.paragraph(units, lead=f"{label}：")
    elif line.kind == "body":
        document.paragraph(line.text)
    elif line.kind == "table":
        header, *rows = line.rows
        document.table(header, rows, caption=line.text)
    elif line.kind == "annex":
        document.title(line.text, new_page=True)
    elif line.kind == "sign":
        document.sign(line.text, issued)
    elif line.kind == "colophon":
        copied = line.text.removeprefix("抄送：").rstrip("。")
        document.colophon(copied_to=copied.split("，"), printed_by=line.rows[0][0], printed_on=issued)
