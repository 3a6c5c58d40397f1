"""The comparison of two plans as a report: a Word document in the official form, and an Excel table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from lantian.office.ledger import LedgerColumn, Table, write_tables
from lantian.office.word import OfficialDocument, chinese_date

Target = str | Path | IO[bytes]

STATUS = {"carried": "已承接", "partly": "部分承接", "missing": "未承接", "not_applicable": "不适用"}
DEADLINE = {"same": "一致", "earlier": "提前", "later": "推迟", "none": "—"}
QUANTITY = {"same": "一致", "stricter": "加严", "looser": "放宽", "none": "—"}
DECISION = {"open": "待核", "confirmed": "已确认", "corrected": "已更正"}
_FILLS = {"未承接": "F8D7DA", "部分承接": "FFF3CD", "推迟": "F8D7DA", "放宽": "F8D7DA"}
#: characters of a text in the Word table; the Excel table has it whole
_SHORT = 160


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One task or target of the upper plan and what became of it.

    Attributes
    ----------
    section, number, title, text
        Of the upper plan.
    lower
        What carries it: number and title of each.
    lower_text
        The words of these.
    status, deadline, quantity, decision
        Codes, as in :data:`STATUS`, :data:`DEADLINE`, :data:`QUANTITY` and :data:`DECISION`.
    reason
        The grounds, in words.
    """

    section: str
    number: str
    title: str
    text: str
    lower: tuple[str, ...]
    lower_text: str
    status: str
    deadline: str
    quantity: str
    reason: str
    is_target: bool = False
    decision: str = "open"
    note: str = ""

    @property
    def name(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}".strip()


@dataclass(frozen=True, slots=True)
class Report:
    """What the report is about."""

    upper: str
    lower: str
    rows: Sequence[ReportRow]
    made_on: date
    issuer: str = ""


def write_xlsx(report: Report, target: Target) -> None:
    """Write the tables of tasks and of targets.

    Parameters
    ----------
    target
        Path, or a binary stream that is open for writing.
    """
    columns = [
        LedgerColumn("序号", 6, "center"),
        LedgerColumn("上级章节", 24),
        LedgerColumn("上级任务", 26),
        LedgerColumn("上级要求", 50),
        LedgerColumn("承接情况", 10, "center", fills=_FILLS),
        LedgerColumn("时限", 8, "center", fills=_FILLS),
        LedgerColumn("数量（要求）", 12, "center", fills=_FILLS),
        LedgerColumn("下级任务", 26),
        LedgerColumn("下级要求", 50),
        LedgerColumn("判断依据", 44),
        LedgerColumn("核对", 8, "center"),
        LedgerColumn("说明", 24),
    ]
    tables = [
        Table(
            sheet,
            f"{sheet}对照表",
            columns,
            [_cells(number, row) for number, row in enumerate(rows, 1)],
            subtitle=f"上级：{report.upper}　下级：{report.lower}　{chinese_date(report.made_on)}",
        )
        for sheet, rows in (
            ("任务", [row for row in report.rows if not row.is_target]),
            ("目标", [row for row in report.rows if row.is_target]),
        )
    ]
    write_tables(tables, target)


def _cells(number: int, row: ReportRow) -> tuple[str | int, ...]:
    return (
        number,
        row.section,
        row.name,
        row.text,
        STATUS[row.status],
        DEADLINE[row.deadline],
        QUANTITY[row.quantity],
        "\n".join(row.lower),
        row.lower_text,
        row.reason,
        DECISION[row.decision],
        row.note,
    )


def write_docx(report: Report, target: Target) -> None:
    """Write the report: how much is carried, then what is missing, later, looser and carried in part only.

    Parameters
    ----------
    target
        Path, or a binary stream that is open for writing.
    """
    document = OfficialDocument("方案承接情况对照报告")
    tasks = [row for row in report.rows if not row.is_target]
    targets = [row for row in report.rows if row.is_target]
    document.paragraph(f"将《{report.lower}》与上级《{report.upper}》逐条对照，情况如下。")
    document.heading("一、总体情况")
    for name, rows in (("任务", tasks), ("目标", targets)):
        if rows:
            document.paragraph(_summary(name, rows))
    doubted = sum(row.decision == "open" for row in report.rows if row.status != "not_applicable")
    if doubted:
        document.paragraph(f"以上由程序比对得出，其中{doubted}项尚未经人工核对。")
    parts = (
        ("未承接的要求", [row for row in report.rows if row.status == "missing"]),
        ("时限晚于上级的要求", [row for row in report.rows if row.deadline == "later"]),
        ("数量或标准宽于上级的要求", [row for row in report.rows if row.quantity == "looser"]),
        ("部分承接的要求", [row for row in report.rows if row.status == "partly"]),
    )
    for number, (title, rows) in zip("二三四五", parts, strict=True):
        document.heading(f"{number}、{title}（{len(rows)}项）")
        if not rows:
            document.paragraph("无。")
            continue
        document.table(
            ("上级要求", "下级任务", "判断依据"),
            [(f"{row.name}\n{_short(row.text)}", "\n".join(row.lower) or "—", _why(row)) for row in rows],
            widths_mm=(66, 40, 50),
            align="left",
        )
    if report.issuer:
        document.sign(report.issuer, report.made_on)
    document.save(target)


def _summary(name: str, rows: Sequence[ReportRow]) -> str:
    counts = Counter(row.status for row in rows)
    later = sum(row.deadline == "later" for row in rows)
    looser = sum(row.quantity == "looser" for row in rows)
    bound = len(rows) - counts["not_applicable"]
    return (
        f"上级{name}{len(rows)}项，其中适用于本级的{bound}项："
        + "，".join(f"{STATUS[key]}{counts[key]}项" for key in ("carried", "partly", "missing"))
        + f"。时限推迟{later}项，数量或标准放宽{looser}项。"
    )


def _why(row: ReportRow) -> str:
    return "\n".join(part for part in (row.reason, row.note) if part)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHORT else f"{line[: _SHORT - 1]}…"
