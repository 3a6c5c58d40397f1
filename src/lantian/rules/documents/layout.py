"""Logical lines of a plan: paragraphs, headings and table rows, each with its place in the clean text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from lantian.rules.documents.flat_tables import flat_rows
from lantian.rules.documents.labels import opens_with_label
from lantian.rules.documents.model import Heading, Span
from lantian.rules.documents.numbering import RANK, Number, read_number
from lantian.rules.documents.text import Text

ParagraphKind = Literal["heading", "body", "role_line", "table_row", "note", "signature", "meta"]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One logical line; ``text`` is exactly ``clean[start:end]``.

    Attributes
    ----------
    start, end
        Half-open code-point offsets into the clean text.
    kind
        What the line is; a line that opens a numbered item with its sentence following is ``body``
        with ``number`` set.
    level
        Depth of the heading or numbered item inside its document, from 1; 0 for plain lines.
    number
        The number as printed, without its separator (``一``, ``（三）``, ``12``); ``""`` where there is none.
    document
        Index of the document (0 is the leading one) that the line belongs to.
    section
        The headings above the line, outermost first, as printed.
    cells
        For table rows: ``(text, start, end)`` of each cell in clean coordinates.
    style
        Style of the number (a key of :data:`lantian.rules.documents.numbering.RANK`); ``""`` where there is none.
    body
        Offset at which the text after the number begins.
    """

    text: str
    start: int
    end: int
    kind: ParagraphKind = "body"
    level: int = 0
    number: str = ""
    document: int = 0
    section: tuple[str, ...] = ()
    cells: tuple[tuple[str, int, int], ...] = ()
    style: str = ""
    body: int = 0


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What the head of a document says and every reader of its paragraphs may need.

    Attributes
    ----------
    place
        The place that the plan is made for, as in its title (``云山区``, ``晴川市``); ``""`` if unknown.
    year
        The year that dates without a year belong to.
    default_unit
        The level prefix that units without one take (``市``, ``区``); ``""`` if the text has none.
    """

    title: str = ""
    issuer: str = ""
    place: str = ""
    year: int | None = None
    issued_on: date | None = None
    default_unit: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One document of a file, with the covers (notices, requests) that lead to it."""

    title: str
    title_span: Span
    start: int
    end: int
    #: the heads of the covers, outermost first: (title, title span, start, end)
    covers: tuple[tuple[str, Span, int, int], ...] = ()
    annex: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """A file cut into documents and paragraphs."""

    parts: tuple[Part, ...]
    paragraphs: tuple[Paragraph, ...]
    headings: tuple[Heading, ...]


_TITLE_END = re.compile(
    r"(?:方案|计划|意见|规划|办法|预案|规定|细则|通知|请示|报告|函|决定|清单|任务表|分工表|分工|要点|安排|对策|行动|措施|目标|任务|分解|目标表|工作表|分解表|一览表|名单|台账)"
    r"(?:（[^（）]{1,20}）|\[[^\[\]]{1,20}\]|〔[^〔〕]{1,20}〕)*$"
)
_NOTICE_END = re.compile(r"(?:通知|请示|报告|函|公告|决定|批复)(?:（[^（）]{1,20}）)*$")
_ANNEX = re.compile(r"附件\d{0,2}[一二三四五六七八九十]{0,2}[：:.、]?(?:\d{1,2})?")
_DATE_LINE = re.compile(
    r"[（]?(?:二[〇○零O0]\S{2,3}年\S{1,3}月\S{1,3}日|\d{4}年\d{1,2}月\d{1,2}日)(?:印发|印)?[）]?"
)
_CLOSING_LINE = re.compile(r"附件：|抄送|抄报|主送：|主办：|督办：|.{2,30}\d{4}年\d{1,2}月\d{1,2}日印发")
_LETTERHEAD = re.compile(r"[\u4e00-\u9fff（）·]{4,40}文件")
_DOC_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,14}[〔\[（【﹝][12]\d{3}[〕\]）】﹞](?:第)?\d{1,5}号")
_NOT_TITLE = re.compile(
    r"[。；！？，：]|>>|https?|^(?:表|图)\d|^(?:第.{1,3}[章条])|^[（(]此件|^（[^（）]*）$|^现将|^附件|^附：|^抄送|发布日期|信息来源|浏览"
)
_CITED = re.compile(r"《([^《》]{4,80})》")


def read_layout(text: Text) -> Layout:
    """Cut a text into documents, paragraphs and headings."""
    lines = _lines(text.clean)
    parts = _parts(text, lines)
    builder = _Builder(text, parts, _bare_numbers(text.clean, lines))
    rows = flat_rows(text.clean, lines)
    at = 0
    while at < len(lines):
        if at in rows:
            stop, found = rows[at]
            for cells in found:
                builder.row(cells)
            at = stop
            continue
        builder.line(*lines[at])
        at += 1
    return Layout(tuple(parts), tuple(builder.paragraphs), tuple(builder.headings))


def _lines(clean: str) -> list[Span]:
    lines: list[Span] = []
    at = 0
    for piece in clean.split("\n"):
        if piece:
            lines.append((at, at + len(piece)))
        at += len(piece) + 1
    return lines


_BARE = re.compile(
    r"(\d{1,2})(?=[\u4e00-\u9fff“])(?![年月日天个家台套辆元户万亿吨米千百克毫微公平立度蒸小种座条批次名位倍项人所处类级时分秒余多至以号大市县区省])"
)


def _bare_numbers(clean: str, lines: Sequence[Span]) -> dict[int, Number]:
    """«1持续削减…», «2积极推进…»: numbers that lost their separator, where they count on from 1."""
    found: list[tuple[int, Number]] = []
    for start, end in lines:
        bare = _BARE.match(clean, start, end)
        if bare:
            found.append((start, Number("arabic", bare[1], int(bare[1]), len(bare[1]))))
    values = [n.value or 0 for _, n in found]
    kept: dict[int, Number] = {}
    last = 0
    for k, (start, number) in enumerate(found):
        opens = values[k] == 1 and values[k + 1 : k + 2] == [2]
        if opens or (last and values[k] == last + 1):
            kept[start] = number
            last = values[k]
        else:
            last = 0
    return kept


# ------------------------------------------------------------------------------------------ documents


@dataclass(slots=True)
class _Segment:
    first: int
    title: str
    span: Span
    annex: bool
    items: int = 0
    last: int = 0


def _parts(text: Text, lines: Sequence[Span]) -> list[Part]:
    segments = _segments(text, lines)
    if not segments:
        end = len(text.clean)
        return [Part("", (0, 0), 0, end)]
    parts: list[Part] = []
    covers: list[tuple[str, Span, int, int]] = []
    for k, segment in enumerate(segments):
        start = lines[segment.first][0] if k else 0
        end = lines[segments[k + 1].first][0] if k + 1 < len(segments) else len(text.clean)
        notice = _NOTICE_END.search(segment.title) is not None
        if notice and segment.items < 2 and k + 1 < len(segments):
            covers.append((segment.title, segment.span, start, end))
            continue
        if parts and not covers and not notice and segment.items < 2:
            # an annex that is only a table or a list belongs to the plan before it
            parts[-1] = replace(parts[-1], end=end)
            continue
        first = covers[0][2] if covers else start
        parts.append(Part(segment.title, segment.span, first, end, tuple(covers), segment.annex))
        covers = []
    if covers:
        title, span, start, end = covers[0]
        parts.append(Part(title, span, start, end, tuple(covers[1:])))
    return parts


def _segments(text: Text, lines: Sequence[Span]) -> list[_Segment]:
    clean = text.clean
    segments: list[_Segment] = []
    cited: set[str] = set()
    open_for_title, annex_at, i = True, -1, 0
    while i < len(lines):
        a, b = lines[i]
        line = clean[a:b]
        if _ANNEX.fullmatch(line):
            open_for_title, annex_at = True, i
            i += 1
            continue
        taken = (
            _title_lines(clean, lines, i)
            if open_for_title or any(line in c or c in line for c in cited if len(line) > 5)
            else 0
        )
        if taken:
            span = (a, lines[i + taken - 1][1])
            plain = re.sub(r"[\n\t ]", "", clean[span[0] : span[1]])
            named = any(plain in c or c in plain for c in cited)
            if open_for_title or named:
                first = _letterhead_above(clean, lines, i, segments[-1].first if segments else -1)
                if annex_at == i - 1 and annex_at >= 0:
                    first = annex_at
                printed = re.sub(r"[\n\t ]", "", text.as_printed(span))
                segments.append(_Segment(first, printed, span, annex_at == i - 1 and annex_at >= 0))
                # a notice may be followed by the plan that it issues at once
                open_for_title = bool(_NOTICE_END.search(plain))
                if open_for_title:
                    cited.update(re.sub(r"\s", "", c) for c in _CITED.findall(plain))
                i += taken
                continue
        if not segments and len(line) < 400 and re.search(r"现将|转发|印发给你们|附后|送审|呈上", line):
            cited.update(re.sub(r"\s", "", c) for c in _CITED.findall(line))
        if segments:
            if _DATE_LINE.fullmatch(line) or _CLOSING_LINE.match(line):
                open_for_title = True
            elif len(line) < 400 and re.search(r"现将|转发|印发给你们|附后|送审|呈上", line):
                cited.update(re.sub(r"\s", "", c) for c in _CITED.findall(line))
            if (
                open_for_title
                and not segments[-1].items
                and len(line) > 60
                and "印发" not in line
                and len(segments) == 1
            ):
                open_for_title = bool(_NOTICE_END.search(segments[-1].title))
            number = read_number(line)
            if number and number.style in ("part", "cn", "pcn", "arabic"):
                segments[-1].items += 1
                if segments[-1].items > 2 and number.style in ("part", "cn"):
                    open_for_title = False
        elif i > 60:
            break
        i += 1
    return segments


def _title_lines(clean: str, lines: Sequence[Span], at: int) -> int:
    """How many lines from `at` on make up a title; 0 if they do not."""
    joined = ""
    for n in range(1, 5):
        if at + n > len(lines):
            return 0
        a, b = lines[at + n - 1]
        line = clean[a:b]
        if (
            len(line) > 70
            or "\t" in line
            or _NOT_TITLE.search(line)
            or _DATE_LINE.fullmatch(line)
            or _DOC_NUMBER.fullmatch(line)
        ):
            return 0
        if _LETTERHEAD.fullmatch(line) or opens_with_label(line) or read_number(line):
            return 0
        joined += line
        if len(joined) > 120:
            return 0
        if _TITLE_END.search(line) and len(joined) >= 6:
            following = clean[lines[at + n][0] : lines[at + n][1]] if at + n < len(lines) else ""
            if (
                n < 4
                and len(following) < 20
                and _TITLE_END.search(following)
                and not _NOT_TITLE.search(following)
                and not read_number(following)
            ) and (
                not _TITLE_END.search(joined[-2:])
                or re.match(r"(?:实施|工作|行动|攻坚)?(?:方案|计划|的通知)", following)
            ):
                continue
            if following and re.fullmatch(r"（[^（）]{0,10}(?:稿|试行|暂行|年|版)）", following):
                return n + 1
            return n
    return 0


def _letterhead_above(clean: str, lines: Sequence[Span], at: int, low: int) -> int:
    first = at
    while first - 1 > low:
        a, b = lines[first - 1]
        line = clean[a:b]
        if not (_LETTERHEAD.fullmatch(line) or _DOC_NUMBER.fullmatch(line)):
            break
        first -= 1
    return first


# ------------------------------------------------------------------------------------------ paragraphs


#: marked headings without number stand between （一） and 1.
_MARK_RANK = 3.5


class _Builder:
    """Turns lines into paragraphs and keeps the headings above them."""

    def __init__(self, text: Text, parts: Sequence[Part], bare: dict[int, Number]) -> None:
        self.bare = bare
        self.text = text
        self.clean = text.clean
        self.parts = parts
        self.paragraphs: list[Paragraph] = []
        self.headings: list[Heading] = []
        self.stack: list[tuple[float, str]] = []
        self.part = 0
        self.attachments = False
        self.titles = {p.title_span for p in parts} | {c[1] for p in parts for c in p.covers}

    def _enter(self, start: int) -> None:
        while self.part + 1 < len(self.parts) and start >= self.parts[self.part + 1].start:
            self.part += 1
            self.stack = []
            self.attachments = False

    def row(self, cells: Sequence[tuple[str, int, int]]) -> None:
        start, end = min(c[1] for c in cells), max(c[2] for c in cells)
        self._enter(start)
        self._add(start, end, "table_row", cells=tuple(cells))

    def line(self, start: int, end: int) -> None:
        self._enter(start)
        line = self.clean[start:end]
        if "\t" in line:
            cells: list[tuple[str, int, int]] = []
            at = start
            for cell in line.split("\t"):
                cells.append((cell, at, at + len(cell)))
                at += len(cell) + 1
            self._add(start, end, "table_row", cells=tuple(cells))
            return
        if any(a <= start and end <= b for a, b in self.titles if b > a):
            self.stack = []
            self._add(start, end, "meta")
            return
        number = read_number(line) or self.bare.get(start)
        if line.startswith("附件"):
            self.attachments = "：" in line[:6]
            self._add(start, end, "note")
            return
        if number and self.attachments and number.style == "arabic" and "。" not in line and len(line) < 60:
            self._add(start, end, "note")
            return
        self.attachments = False
        if number is None:
            self._plain(start, end, line)
            return
        self._numbered(start, end, line, number)

    def _plain(self, start: int, end: int, line: str) -> None:
        if opens_with_label(line) and line[0] not in "（〔[【":
            self._add(start, end, "role_line")
        elif _DATE_LINE.fullmatch(line) or re.fullmatch(r".{2,30}\d{4}年\d{1,2}月\d{1,2}日印发", line):
            self._add(start, end, "signature")
        elif (
            _LETTERHEAD.fullmatch(line)
            or _DOC_NUMBER.fullmatch(line)
            or re.match(r"抄送|抄报|主办：|督办：|主送：", line)
        ):
            self._add(start, end, "meta")
        elif re.match(r"注：|备注：|说明：|表\d", line):
            self._add(start, end, "note")
        elif start in self.text.marks and len(line) <= 40 and not re.search(r"[。；：，]$", line):
            self._marked(start, end)
        elif self._annex_title(line):
            self.stack = [(0.0, self.text.as_printed((start, end)))]
            self.headings.append(Heading(1, "", self.text.as_printed((start, end)), (start, end)))
            self._add(start, end, "heading", level=1, inside=0)
        else:
            self._add(start, end, "body")

    def _marked(self, start: int, end: int) -> None:
        """A heading without a number, marked by # or bold."""
        rank = _MARK_RANK + 0.05 * self.text.marks[start]
        while self.stack and self.stack[-1][0] >= rank:
            self.stack.pop()
        level = len(self.stack) + 1
        printed = self.text.as_printed((start, end))
        self._add(start, end, "heading", level=level, number=Number("mark", "", None, 0), body=start)
        self.stack.append((rank, printed))
        self.headings.append(Heading(level, "", printed, (start, end)))

    def _annex_title(self, line: str) -> bool:
        """The title of an annex that is only a table, after the plan has closed."""
        closed = any(p.kind in ("note", "signature") for p in self.paragraphs[-3:])
        return (
            closed
            and bool(self.stack)
            and len(line) <= 60
            and not _NOT_TITLE.search(line)
            and bool(_TITLE_END.search(line))
        )

    def _numbered(self, start: int, end: int, line: str, number: Number) -> None:
        rest = read_number(line[number.length :])
        if rest and RANK[rest.style] > RANK[number.style] and rest.style in ("par", "circle", "arabic"):
            # «51.（1）…»: the item and its first sub-item stand in one line
            self._item(start, start + number.length, number)
            self._item(start + number.length, end, rest)
            return
        self._item(start, end, number)

    def _item(self, start: int, end: int, number: Number) -> None:
        rank = RANK[number.style] + (0.1 * number.printed.count(".") if number.style == "decimal" else 0.0)
        while self.stack and self.stack[-1][0] >= rank:
            self.stack.pop()
        level = len(self.stack) + 1
        body = start + number.length
        after = self.clean[body:end]
        stop = after.find("。")
        heading = (stop < 0 or stop == len(after) - 1) and len(after) <= 60 and "：" not in after
        title_end = body + (stop if 0 <= stop <= 80 else min(len(after), 80))
        printed = self.text.as_printed((start, title_end))
        self._add(start, end, "heading" if heading else "body", level=level, number=number, body=body)
        self.stack.append((rank, printed))
        if heading or number.style in ("part", "cn", "pcn"):
            title = self.text.as_printed((body, title_end))
            self.headings.append(Heading(level, number.printed, title, (start, title_end)))

    def _add(
        self,
        start: int,
        end: int,
        kind: ParagraphKind,
        *,
        level: int = 0,
        number: Number | None = None,
        cells: tuple[tuple[str, int, int], ...] = (),
        body: int | None = None,
        inside: int | None = None,
    ) -> None:
        section = tuple(h for _, h in self.stack[:inside])
        self.paragraphs.append(
            Paragraph(
                self.clean[start:end],
                start,
                end,
                kind,
                level,
                number.printed if number else "",
                self.part,
                section,
                cells,
                number.style if number else "",
                start if body is None else body,
            )
        )
