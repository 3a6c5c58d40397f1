"""The file of a source (一厂一档、一炉一策、一矿一策) as a Word document in the form of official documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import IO

from lantian.office.word import OfficialDocument, chinese_date

_FIGURES = "〇一二三四五六七八九"
#: width of the text [mm]
_WIDTH = 156.0


@dataclass(frozen=True, slots=True)
class Block:
    """A table of a section, or a line where it has no columns."""

    caption: str
    header: Sequence[str] = ()
    rows: Sequence[Sequence[object]] = ()
    widths_mm: Sequence[float] | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A section: facts as pairs, the names of those that nobody has told, and tables."""

    title: str
    pairs: Sequence[tuple[str, str]] = ()
    absent: Sequence[str] = ()
    blocks: Sequence[Block] = field(default_factory=tuple)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known here."""
        return not self.pairs and not self.blocks


def chinese_number(number: int) -> str:
    """A number below 100 as headings write it.

    >>> [chinese_number(number) for number in (1, 10, 12, 20, 35)]
    ['一', '十', '十二', '二十', '三十五']
    """
    tens, ones = divmod(number, 10)
    if not tens:
        return _FIGURES[ones]
    return (_FIGURES[tens] if tens > 1 else "") + "十" + (_FIGURES[ones] if ones else "")


def lead_of(kind: str, subject: str, region: str, day: date) -> str:
    """The first paragraph: what the file is of, and of which day.

    >>> lead_of("企业", "甲厂", "云山区", date(2022, 6, 1))
    '本档案按2022年6月1日的登记情况汇编，对象为企业“甲厂”，所在地为云山区。'
    """
    place = f"，所在地为{region}" if region else ""
    return f"本档案按{chinese_date(day)}的登记情况汇编，对象为{kind}“{subject}”{place}。"


def write_source_file(
    title: str, lead: str, parts: Sequence[Part], made_on: date, issuer: str, target: str | Path | IO[bytes]
) -> None:
    """Write the file; sections without anything known keep their number, so that files can be compared.

    Parameters
    ----------
    lead
        First paragraph: what the file is of.
    issuer
        Who made it.
    """
    document = OfficialDocument(title)
    document.paragraph(lead)
    for number, part in enumerate(parts, 1):
        document.heading(f"{chinese_number(number)}、{part.title}")
        if part.is_empty:
            document.paragraph("暂无登记。")
        if part.pairs:
            document.table(
                ("项目", "内容"),
                [list(pair) for pair in part.pairs],
                widths_mm=(48, _WIDTH - 48),
                align="left",
            )
        for block in part.blocks:
            if block.header:
                document.table(
                    block.header, block.rows, widths_mm=block.widths_mm, caption=block.caption, align="left"
                )
            else:
                document.paragraph(block.caption)
        if part.absent and not part.is_empty:
            document.paragraph(f"未登记：{'、'.join(part.absent)}。")
    if issuer:
        document.sign(issuer, made_on)
    else:
        document.paragraph(f"生成日期：{chinese_date(made_on)}")
    document.save(target)
