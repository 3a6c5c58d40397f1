"""Official documents as Word files, in the form of GB/T 9704-2012.

Fonts are named, never shipped: where 方正小标宋简体, 仿宋_GB2312 or 楷体_GB2312 are not installed, the
program that opens the file takes the nearest one.

References
----------
GB/T 9704-2012, 5 (paper, margins, 22 lines of 28 characters), 7 (elements), 7.5 (page numbers).
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import IO, Any, Literal

import docx
from docx.enum.section import WD_SECTION
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TITLE_FONT = "方正小标宋简体"
BODY_FONT = "仿宋_GB2312"
HEADING_FONT = "黑体"
SUBHEADING_FONT = "楷体_GB2312"
NUMBER_FONT = "宋体"
LATIN_FONT = "Times New Roman"

#: 三号, 二号, 四号 and the size of the letterhead [pt]
_BODY_SIZE, _TITLE_SIZE, _SMALL_SIZE, _TABLE_SIZE = 16, 22, 14, 12
_RED = RGBColor(0xE6, 0x00, 0x12)
#: 225 mm in 22 lines [pt]
_LINE = 28.95
_CHARACTER = _BODY_SIZE
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def chinese_date(day: date) -> str:
    """A date as documents carry it: 2017年6月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


class OfficialDocument:
    """Builds an official document from top to bottom, and saves it.

    Parameters
    ----------
    title
        Title; a line feed breaks it where a reader would pause.
    letterhead
        Name of the issuer in red over a red line (发文机关标志); ``""`` for a document without letterhead.
    number
        Document number, ``晴政文〔2017〕12号``.
    signer
        Signer of a document that goes to a higher office; stands beside the number.
    recipient
        Main recipient, without its colon.
    secrecy, urgency
        Marks in the upper left corner.
    banner
        A line at the head of every page, for instance that the document belongs to a simulation.

    Examples
    --------
    >>> document = OfficialDocument("关于开展秋冬季攻坚行动的通知", recipient="各镇人民政府")
    >>> _ = document.heading("一、工作目标").paragraph("优良天数不低于200天。")
    >>> document.sign("晴川市大气污染防治攻坚办公室", date(2017, 6, 5)).to_bytes()[:2]
    b'PK'
    """

    def __init__(
        self,
        title: str,
        *,
        letterhead: str = "",
        number: str = "",
        signer: str = "",
        recipient: str = "",
        secrecy: str = "",
        urgency: str = "",
        banner: str = "",
    ) -> None:
        self._document = docx.Document()
        _set_up_page(self._document.sections[0])
        _set_up_styles(self._document)
        self._document.settings.odd_and_even_pages_header_footer = True
        _number_pages(self._document.sections[0])
        self._document.core_properties.title = _clean(title.replace("\n", ""))
        self._document.core_properties.author = _clean(letterhead.removesuffix("文件"))
        self._document.core_properties.comments = ""
        if banner:
            self._write_banner(banner)
        for mark in (secrecy, urgency):
            if mark:
                self._line(mark, HEADING_FONT)
        if letterhead:
            self._write_letterhead(letterhead, number, signer)
        elif number:
            self._line(number, BODY_FONT, align=WD_ALIGN_PARAGRAPH.CENTER)
        self.title(title)
        if recipient:
            self._line(recipient.rstrip("：:") + "：", BODY_FONT)

    # --- parts, from top to bottom ---

    def title(self, text: str, *, new_page: bool = False) -> OfficialDocument:
        """A title in 小标宋 二号, centred, with an empty line above and below; also opens an annex plan."""
        if new_page:
            self._break_page()
        else:
            self._empty()
        for line in text.split("\n"):
            paragraph = self._line(
                line,
                TITLE_FONT,
                size=_TITLE_SIZE,
                align=WD_ALIGN_PARAGRAPH.CENTER,
                style="Title",
                line=_LINE * 1.2,
            )
            paragraph.paragraph_format.keep_with_next = True
        self._empty()
        return self

    def heading(self, text: str, level: int | None = None) -> OfficialDocument:
        """A heading; 一、 in 黑体, （一） in 楷体, 1. and (1) in bold and plain 仿宋.

        Parameters
        ----------
        level
            1 to 4; told from the number where it is left out.
        """
        depth = level or heading_level(text) or 1
        font = {1: HEADING_FONT, 2: SUBHEADING_FONT}.get(depth, BODY_FONT)
        paragraph = self._line(text, font, indent=True, bold=depth == 3, style=f"Heading {min(depth, 4)}")
        paragraph.paragraph_format.keep_with_next = True
        return self

    def paragraph(self, text: str, *, lead: str = "", indent: bool = True) -> OfficialDocument:
        """A paragraph of the body.

        Parameters
        ----------
        lead
            First words, set in bold (``责任单位：`` or the first sentence of a numbered item).
        indent
            Begin two characters in.
        """
        for part in (lead + text).split("\n"):
            paragraph = self._document.add_paragraph()
            paragraph.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
            if indent:
                _indent_first_line(paragraph)
            if lead and part.startswith(lead):
                _run(paragraph, lead, BODY_FONT, bold=True)
                part = part[len(lead) :]
            _run(paragraph, part, BODY_FONT)
        return self

    def table(
        self,
        header: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        widths_mm: Sequence[float] | None = None,
        caption: str = "",
        align: Literal["left", "center"] = "center",
        size: float = _TABLE_SIZE,
    ) -> OfficialDocument:
        """A table over the width of the text; its header is repeated on every page.

        Parameters
        ----------
        widths_mm
            Widths of the columns [mm]; equal parts of 156 mm where they are left out.
        caption
            Stands over the table, centred.
        size
            Of its letters [pt]; smaller than usual where it has many columns.
        """
        if caption:
            self._line(caption, HEADING_FONT, size=_SMALL_SIZE, align=WD_ALIGN_PARAGRAPH.CENTER, keep=True)
        table = self._document.add_table(rows=1, cols=len(header))
        table.style = "Table Grid"
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        widths = list(widths_mm) if widths_mm else [156 / len(header)] * len(header)
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Mm(width)
        _fill_row(table.rows[0], header, HEADING_FONT, "center", widths, size)
        _mark_row(table.rows[0], "w:tblHeader")
        for values in rows:
            row = table.add_row()
            padded = [*values, *[""] * (len(header) - len(values))]
            _fill_row(
                row, ["" if value is None else str(value) for value in padded], BODY_FONT, align, widths, size
            )
            _mark_row(row, "w:cantSplit")
        self._empty(size=_TABLE_SIZE)
        return self

    def attachments(self, names: Sequence[str]) -> OfficialDocument:
        """The note of attachments under the body: 附件：1. …"""
        if names:
            self._empty()
        for number, name in enumerate(names, 1):
            text = name if len(names) == 1 else f"{number}. {name}"
            paragraph = self._line(("附件：" if number == 1 else "") + text, BODY_FONT)
            # all lines begin under the first letter of the first name
            _indent(paragraph, left=5, hanging=3 if number == 1 else 0)
        return self

    def sign(self, issuer: str, day: date | None = None, *, note: str = "") -> OfficialDocument:
        """Issuing organ and date at the right, the organ centred over the date; ``note`` is the 附注 in
        brackets.
        """
        self._empty()
        self._empty()
        dated = chinese_date(day) if day else ""
        # the date ends four characters from the edge; the shorter of both is centred under the longer
        wide = max(len(issuer), _width(dated))
        right = max(2.0, 4 - max(0.0, (len(issuer) - _width(dated)) / 2))
        for text in (issuer, dated):
            if text:
                paragraph = self._line(text, BODY_FONT, align=WD_ALIGN_PARAGRAPH.RIGHT)
                _indent(paragraph, right=right + (wide - _width(text)) / 2)
                paragraph.paragraph_format.keep_with_next = text is issuer and bool(dated)
        if note:
            paragraph = self._line(f"（{note.strip('（）()')}）", BODY_FONT)
            _indent(paragraph, first=2)
        return self

    def annex(self, title: str, *, label: str = "附件") -> OfficialDocument:
        """Begin an annex on a new page: its label in 黑体 at the left edge, then its title."""
        self._break_page()
        self._line(label, HEADING_FONT)
        return self.title(title)

    def colophon(
        self, *, copied_to: Sequence[str] = (), printed_by: str = "", printed_on: date | None = None
    ) -> OfficialDocument:
        """The 版记 at the end: who gets copies, and who printed it when, between lines over the whole
        width.
        """
        self._empty()
        lines = []
        if copied_to:
            lines.append("抄送：" + "，".join(copied_to).rstrip("。") + "。")
        printed = f"{chinese_date(printed_on)}印发" if printed_on else ""
        table = self._document.add_table(rows=len(lines) + bool(printed_by or printed), cols=1)
        table.alignment = WD_TABLE_ALIGNMENT.CENTER
        table.autofit = False
        _horizontal_lines(table)
        for row, text in zip(table.rows, lines, strict=False):
            _colophon_line(row.cells[0], text)
        if printed_by or printed:
            _colophon_line(table.rows[-1].cells[0], printed_by, printed)
        return self

    # --- output ---

    def save(self, target: str | Path | IO[bytes]) -> None:
        """Write the document to a path or an open binary stream."""
        self._document.save(str(target) if isinstance(target, Path) else target)

    def to_bytes(self) -> bytes:
        """The document as bytes."""
        buffer = io.BytesIO()
        self._document.save(buffer)
        return buffer.getvalue()

    # --- pieces ---

    def _line(
        self,
        text: str,
        font: str,
        *,
        size: float = _BODY_SIZE,
        align: WD_ALIGN_PARAGRAPH | None = None,
        bold: bool = False,
        color: RGBColor | None = None,
        indent: bool = False,
        style: str | None = None,
        keep: bool = False,
        line: float | None = None,
    ) -> Any:
        paragraph = self._document.add_paragraph(style=style)
        if align is not None:
            paragraph.paragraph_format.alignment = align
        if line is not None:
            paragraph.paragraph_format.line_spacing = Pt(line)
        if indent:
            _indent_first_line(paragraph)
        paragraph.paragraph_format.keep_with_next = keep or None
        _run(paragraph, text, font, size=size, bold=bold, color=color)
        return paragraph

    def _empty(self, size: float = _BODY_SIZE) -> None:
        self._line("", BODY_FONT, size=size)

    def _break_page(self) -> None:
        self._document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)

    def _write_letterhead(self, letterhead: str, number: str, signer: str) -> None:
        # the letterhead shrinks until it fits into one line of 156 mm
        size = min(48.0, 156 / 25.4 * 72 / max(len(letterhead), 1) * 0.96)
        self._empty()
        self._line(
            letterhead,
            TITLE_FONT,
            size=size,
            align=WD_ALIGN_PARAGRAPH.CENTER,
            color=_RED,
            line=max(size * 1.3, _LINE),
        )
        self._empty()
        if signer:
            paragraph = self._line("", BODY_FONT)
            _indent(paragraph, left=1, right=1)
            _right_tab(paragraph, 156 - 2 * 5.64)
            _run(paragraph, number + "\t签发人：", BODY_FONT)
            _run(paragraph, signer, SUBHEADING_FONT)
        else:
            paragraph = self._line(number, BODY_FONT, align=WD_ALIGN_PARAGRAPH.CENTER)
        _red_line(paragraph)

    def _write_banner(self, text: str) -> None:
        section = self._document.sections[0]
        section.header_distance = Mm(15)
        for header in (section.header, section.even_page_header):
            header.is_linked_to_previous = False
            paragraph = header.paragraphs[0]
            paragraph.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
            _run(paragraph, text, HEADING_FONT, size=10.5, color=RGBColor(0x80, 0x80, 0x80))


def heading_level(text: str) -> int | None:
    """Level of a heading by its number: 一、 is 1, （一） 2, 1. 3, (1) 4; None if it has no such number."""
    patterns = (
        r"[一二三四五六七八九十百]+、",
        r"[（(][一二三四五六七八九十百]+[）)]",
        r"\d+[.．、]",
        r"[（(]\d+[）)]",
    )
    return next((level for level, pattern in enumerate(patterns, 1) if re.match(pattern, text.strip())), None)


def _clean(text: str) -> str:
    return _ILLEGAL.sub("", text)


def _width(text: str) -> float:
    """Width in Chinese characters; figures and Latin letters count half."""
    return sum(0.5 if sign.isascii() else 1 for sign in text)


def _set_up_page(section: Any) -> None:
    """A4 with the text area of the standard: 156 mm by 225 mm, 37 mm from above, 28 mm from the left."""
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.header_distance = Mm(15)
    # the dash of the page number lies 7 mm under the text area
    section.footer_distance = Mm(25)
    section.start_type = WD_SECTION.NEW_PAGE
    grid = OxmlElement("w:docGrid")
    # a grid of characters is laid out in different ways by different programs: only the lines are bound to
    # one
    grid.set(qn("w:type"), "lines")
    grid.set(qn("w:linePitch"), "579")
    properties = section._sectPr
    for old in properties.findall(qn("w:docGrid")):
        properties.remove(old)
    properties.append(grid)


def _set_up_styles(document: Any) -> None:
    normal = document.styles["Normal"]
    _set_font(normal, BODY_FONT)
    normal.font.size = Pt(_BODY_SIZE)
    _tight(normal, _LINE)
    # 156 mm in 28 characters is a little less than 16 pt each: every character is set closer by a quarter
    # of a point
    closer = OxmlElement("w:spacing")
    closer.set(qn("w:val"), "-5")
    sizes = normal.element.get_or_add_rPr().find(qn("w:sz"))
    sizes.addprevious(closer)
    # python-docx's template is in English; proofing in Chinese keeps red waves away
    language = normal.element.get_or_add_rPr().find(qn("w:lang"))
    if language is None:
        language = OxmlElement("w:lang")
        normal.element.get_or_add_rPr().append(language)
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    for name in ("Title", "Heading 1", "Heading 2", "Heading 3", "Heading 4"):
        style = document.styles[name]
        _set_font(style, TITLE_FONT if name == "Title" else BODY_FONT)
        style.font.size = Pt(_TITLE_SIZE if name == "Title" else _BODY_SIZE)
        style.font.bold = style.font.italic = False
        style.font.color.rgb = RGBColor(0, 0, 0)
        _tight(style, _LINE)
        for border in style.element.get_or_add_pPr().findall(qn("w:pBdr")):
            style.element.get_or_add_pPr().remove(border)
        for tag in ("w:spacing", "w:kern"):
            for setting in style.element.get_or_add_rPr().findall(qn(tag)):
                style.element.get_or_add_rPr().remove(setting)


def _tight(style: Any, line: float) -> None:
    style.paragraph_format.space_before = Pt(0)
    style.paragraph_format.space_after = Pt(0)
    style.paragraph_format.line_spacing = Pt(line)


def _set_font(styled: Any, font: str) -> None:
    """Name the Chinese and the Latin font of a style or run."""
    styled.font.name = LATIN_FONT
    fonts = styled.element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), font)


def _run(
    paragraph: Any,
    text: str,
    font: str,
    *,
    size: float | None = None,
    bold: bool = False,
    color: RGBColor | None = None,
) -> Any:
    run = paragraph.add_run(_clean(text))
    _set_font(run, font)
    run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")
    if size is not None:
        run.font.size = Pt(size)
    if bold:
        run.font.bold = True
    if color is not None:
        run.font.color.rgb = color
    return run


def _indent(
    paragraph: Any, *, first: float = 0, left: float = 0, right: float = 0, hanging: float = 0
) -> None:
    """Indents in characters; the lengths beside them are for programs that do not count characters."""
    properties = paragraph._p.get_or_add_pPr()
    indents = properties.get_or_add_ind()
    for name, characters in (
        ("firstLine", first),
        ("left", left),
        ("right", right),
        ("hanging", hanging),
    ):
        if characters:
            indents.set(qn(f"w:{name}Chars"), str(round(characters * 100)))
            indents.set(qn(f"w:{name}"), str(round(characters * _CHARACTER * 20)))


def _indent_first_line(paragraph: Any) -> None:
    _indent(paragraph, first=2)


def _right_tab(paragraph: Any, place_mm: float) -> None:
    from docx.enum.text import WD_TAB_ALIGNMENT

    paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(place_mm), WD_TAB_ALIGNMENT.RIGHT)


def _red_line(paragraph: Any) -> None:
    """The red line 4 mm under the number, as the lower border of its paragraph."""
    properties = paragraph._p.get_or_add_pPr()
    borders = OxmlElement("w:pBdr")
    bottom = OxmlElement("w:bottom")
    for name, value in (("val", "single"), ("sz", "18"), ("space", "11"), ("color", "E60012")):
        bottom.set(qn(f"w:{name}"), value)
    borders.append(bottom)
    properties.insert_element_before(
        borders, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct",
        "w:topLinePunct", "w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing",
        "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection",
        "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr",
        "w:pPrChange",
    )  # fmt: skip


def _number_pages(section: Any) -> None:
    """Page numbers as — 1 — in 四号, outside: at the right on odd pages, at the left on even ones."""
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        paragraph = footer.paragraphs[0]
        paragraph.paragraph_format.alignment = align
        # one character in from the edge
        _indent(paragraph, left=1 if align == WD_ALIGN_PARAGRAPH.LEFT else 0,
                right=1 if align == WD_ALIGN_PARAGRAPH.RIGHT else 0)  # fmt: skip
        _run(paragraph, "— ", NUMBER_FONT, size=_SMALL_SIZE)
        for kind, text in (("begin", ""), ("", "PAGE"), ("separate", ""), ("shown", "1"), ("end", "")):
            run = _run(paragraph, "1" if kind == "shown" else "", NUMBER_FONT, size=_SMALL_SIZE)
            run.font.name = NUMBER_FONT
            if kind == "":
                instruction = OxmlElement("w:instrText")
                instruction.set(qn("xml:space"), "preserve")
                instruction.text = f" {text} "
                run.element.append(instruction)
            elif kind != "shown":
                mark = OxmlElement("w:fldChar")
                mark.set(qn("w:fldCharType"), kind)
                run.element.append(mark)
        _run(paragraph, " —", NUMBER_FONT, size=_SMALL_SIZE)


def _fill_row(
    row: Any, texts: Sequence[str], font: str, align: str, widths: Sequence[float], size: float = _TABLE_SIZE
) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT

    for cell, text, width in zip(row.cells, texts, widths, strict=True):
        cell.width = Mm(width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        for number, line in enumerate(text.split("\n")):
            paragraph = cell.paragraphs[0] if number == 0 else cell.add_paragraph()
            paragraph.paragraph_format.line_spacing = Pt(round(size * 5 / 3, 1))
            paragraph.paragraph_format.alignment = (
                WD_ALIGN_PARAGRAPH.CENTER if align == "center" else WD_ALIGN_PARAGRAPH.LEFT
            )
            if size < _TABLE_SIZE:
                # The lines of the page are too far apart for small letters.
                _off_the_grid(paragraph)
            _run(paragraph, line, font, size=size)


def _off_the_grid(paragraph: Any) -> None:
    properties = paragraph._p.get_or_add_pPr()
    snap = OxmlElement("w:snapToGrid")
    snap.set(qn("w:val"), "0")
    properties.insert_element_before(
        snap, "w:spacing", "w:ind", "w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection",
        "w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr", "w:pPrChange",
    )  # fmt: skip


def _mark_row(row: Any, name: str) -> None:
    properties = row._tr.get_or_add_trPr()
    properties.append(OxmlElement(name))


def _horizontal_lines(table: Any) -> None:
    """First and last line of the colophon are 0.35 mm, those between 0.25 mm."""
    properties = table._tbl.tblPr
    borders = OxmlElement("w:tblBorders")
    for name, size in (("top", "8"), ("bottom", "8"), ("insideH", "6")):
        border = OxmlElement(f"w:{name}")
        border.set(qn("w:val"), "single")
        border.set(qn("w:sz"), size)
        border.set(qn("w:color"), "000000")
        borders.append(border)
    layout = properties.find(qn("w:tblLayout"))
    if layout is None:
        properties.append(borders)
    else:
        layout.addprevious(borders)
    table.columns[0].width = Mm(156)


def _colophon_line(cell: Any, text: str, right: str = "") -> None:
    cell.width = Mm(156)
    paragraph = cell.paragraphs[0]
    _run(paragraph, text, BODY_FONT, size=_SMALL_SIZE)
    character = 14 / 72 * 25.4
    paragraph.paragraph_format.left_indent = Mm(character)
    paragraph.paragraph_format.right_indent = Mm(character)
    if right:
        # 156 mm less the margins of the cell and one character at each side
        _right_tab(paragraph, 156 - 2 * 1.9 - character)
        _run(paragraph, "\t" + right, BODY_FONT, size=_SMALL_SIZE)
    elif text.startswith("抄送："):
        paragraph.paragraph_format.left_indent = Mm(4 * character)
        paragraph.paragraph_format.first_line_indent = Mm(-3 * character)
