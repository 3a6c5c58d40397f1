"""The daily report of key enterprises as a Word document in the official form.

An official document is in Chinese, whatever language the pages are in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from lantian.office.word import OfficialDocument, chinese_date

#: widths of the table: number, enterprise, by the data, verified with its remark, the four pollutants, hours above [mm]
_WIDTHS = (8, 34, 15, 23, 16, 16, 17, 16, 11)
_NONE = "—"


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A line of the form.

    Attributes
    ----------
    state, verified
        By the data, and as people found it; ``verified`` is empty where nobody did.
    amounts
        Particles, SO2, NOx, non-methane hydrocarbons: kilograms and the hours of outlets that they rest on; None where no hour tells.
    """

    name: str
    place: str
    state: str
    verified: str
    amounts: Sequence[tuple[Decimal | None, int]]
    exceeded: int
    exceeded_days: int
    came: int
    due: int
    remark: str


@dataclass(frozen=True, slots=True)
class DailyForm:
    """What the document is made of; sentences are in Chinese.

    Attributes
    ----------
    warning
        Level, document and beginning; empty where none asked for it.
    """

    place: str
    day: date
    period: str
    warning: str
    summary: str
    rows: Sequence[Enterprise]
    totals: Sequence[Decimal | None]
    notes: Sequence[str]
    issuer: str
    addressee: str
    version: int
    sent_at: datetime | None
    due_at: datetime
    by_house: bool
    late: bool
    cause: str = ""
    #: enterprise, figure, before, after
    differences: Sequence[tuple[str, str, str, str]] = field(default_factory=tuple)
    simulated: bool = False

    @property
    def open(self) -> int:
        """Enterprises that nobody has verified."""
        return sum(not row.verified for row in self.rows)


def _clock(moment: datetime) -> str:
    return f"{chinese_date(moment.date())}{moment.hour}时{moment.minute:02}分"


def to_bytes(form: DailyForm) -> bytes:
    """The document.

    Parameters
    ----------
    form
        Its moments in campaign time.
    """
    title = f"{form.place}废气重点监控企业日报" + ("（更正）" if form.version > 1 else "")
    document = OfficialDocument(
        f"{title}\n（{chinese_date(form.day)}）",
        recipient=form.addressee,
        banner="模拟数据，仅供演示" if form.simulated else "",
    )
    grounds = f"{form.warning}期间，" if form.warning else ""
    document.paragraph(f"{grounds}现将{form.period}辖区废气重点监控企业污染物排放、超标及生产（停产）情况报送如下。")
    if form.version > 1:
        document.paragraph(f"本表为第{form.version}版，更正第{form.version - 1}版。更正原因：{form.cause}")
    document.heading("一、总体情况")
    document.paragraph(form.summary)
    document.paragraph(_standing(form))
    document.heading("二、分企业情况")
    if form.rows:
        _table(document, form)
    else:
        document.paragraph("辖区内没有联网的废气重点监控企业。")
    number = iter("三四")
    if form.version > 1:
        document.heading(f"{next(number)}、更正内容（{len(form.differences)}处）")
        if form.differences:
            document.table(("企业", "项目", "更正前", "更正后"), form.differences, widths_mm=(52, 44, 30, 30))
        else:
            document.paragraph("与上一版没有差异。")
    document.heading(f"{next(number)}、统计说明")
    for place, note in enumerate(form.notes, 1):
        document.paragraph(f"{place}. {note}")
    document.sign(form.issuer, form.sent_at.date() if form.sent_at is not None else None)
    return document.to_bytes()


def _standing(form: DailyForm) -> str:
    """What is verified, and how it went out: said plainly."""
    said = [
        "各企业生产（停产）情况均已核实。"
        if form.rows and not form.open
        else f"生产（停产）情况已核实{len(form.rows) - form.open}家，未核实{form.open}家；未核实的，只列数据反映的状态。"
    ]
    if form.sent_at is None:
        said.append(f"本表为草稿，尚未报送；报送时限为{_clock(form.due_at)}。")
    else:
        how = "由系统按时自动报送" if form.by_house else "报送"
        said.append(f"本表于{_clock(form.sent_at)}{how}" + (f"，晚于报送时限{_clock(form.due_at)}。" if form.late else "。"))
    return "".join(said)


def _table(document: OfficialDocument, form: DailyForm) -> None:
    header = (
        "序号", "企业", "数据\n状态", "核实\n状态", "颗粒物\n(kg)", "SO₂\n(kg)", "NOx\n(kg)", "NMHC\n(kg)", "超标\n(h)",
    )  # fmt: skip
    rows: list[tuple[object, ...]] = []
    for number, row in enumerate(form.rows, 1):
        amounts = [
            _NONE if kg is None else f"{kg}\n{hours}时"
            for kg, hours in row.amounts
        ]
        above = str(row.exceeded) + (f"\n日均{row.exceeded_days}" if row.exceeded_days else "")
        rows.append((
            number, f"{row.name}\n{row.place}" if row.place else row.name, row.state,
            "\n".join(part for part in (row.verified or "未核实", row.remark) if part), *amounts, above,
        ))  # fmt: skip
    rows.append((
        "", "合计", "", "", *(_NONE if kg is None else str(kg) for kg in form.totals), sum(row.exceeded for row in form.rows),
    ))  # fmt: skip
    document.table(header, rows, widths_mm=_WIDTHS, size=9)
