"""The text of a plan without the noise of its layout, and the way back to the text as it was handed in.

Real plans arrive with page breaks in the middle of a sentence, page numbers, hard wraps inside words and numbers,
markdown and formula marks, full- and half-width mixtures, and slips of character recognition.  :class:`Text` takes
all of that out once, so that every other reader sees one logical line per paragraph, and remembers for every
character where it came from.
"""

from __future__ import annotations

import itertools
import re
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from lantian.rules.documents.labels import classify, opens_with_label
from lantian.rules.documents.model import Span
from lantian.rules.documents.numbering import read_number
from lantian.rules.documents.traditional import TO_SIMPLIFIED

_HALF = {0xFF10 + i: chr(0x30 + i) for i in range(10)}
_HALF |= {0xFF21 + i: chr(0x41 + i) for i in range(26)} | {0xFF41 + i: chr(0x61 + i) for i in range(26)}
_HALF |= {0x2080 + i: chr(0x30 + i) for i in range(10)}
#: One character to one character: brackets, colons, commas and semicolons full-width, figures and letters half-width.
_NORMAL: dict[int, str] = (
    _HALF
    | dict.fromkeys((*range(9), *range(14, 32), 127), "\u200b")
    | {
        ord(a): b
        for a, b in zip(
            "():,;％．｜［］〈〉﹝﹞＊＃＄＿｛｝＜＞＝－＋／￥﹪∶︰﹕﹔﹐︵︶\u3000\xa0\u2002\u2003\u2009",
            "（）：，；%.|[]<>〔〕*#$_{}<>=－+/¥%：：：；，（）     ",
            strict=True,
        )
    }
)

_LETTERS = "a-zāáǎàōóǒòēéěèīíǐìūúǔùüǖǘǚǜ"
_TOKEN = re.compile(
    r"(?P<cell></t[dh]\s*>)"
    r"|</?(?:p|b|i|u|a|em|br|hr|h[1-6]|td|th|tr|span|div|font|table|tbody|thead|strong|center|img|sub|sup)\b[^<>]{0,200}>"
    r"|&(?P<entity>[a-z]{2,6})；"
    r"|\\(?P<sign>leqslant|leq|le|geqslant|geq|ge|times|mu|sim|cdot|%)(?![a-z])"
    r"|\\(?:mathrm|mathbf|text|rm|left|right|quad|[，；!. ])(?![a-z])"
    r"|[_^]\{\s*(?P<low>[^{}\s]{1,8})\s*\}"
    r"|\^(?P<up>[23])"
    r"|_(?=[0-9xX])"
    r"|(?<=PM)(?P<pm>[ \t]*2[ \t]*[、，。·][ \t]*5(?!\d))"
    r"|(?<=PM)[ \t]+(?=[12{_])"
    r"|[\u200b-\u200f\u2028\u2029\ufeff\u00ad]+"
    rf"|(?<=[\u4e00-\u9fff])（(?P<syllable>[{_LETTERS}]{{1,7}}(?:[ ]?/[ ]?[{_LETTERS}]{{1,7}}){{0,4}})）"
    r"|\\(?=[-.*#_（）~])"
    r"|@@+|[$*]+"
    r"|(?P<space>[\s?\ufffd]+)"
)
_SIGNS = {
    "leqslant": "≤", "leq": "≤", "le": "≤", "geqslant": "≥", "geq": "≥", "ge": "≥",
    "times": "×", "mu": "μ", "sim": "~", "cdot": "·", "%": "%",
}  # fmt: skip
_ENTITIES = {"lt": "<", "gt": ">", "ldquo": "“", "rdquo": "”", "middot": "·", "quot": "”", "amp": "&"}
_TONE = re.compile(r"[āáǎàōóǒòēéěèīíǐìūúǔùǖǘǚǜ]")
#: a syllable without its tone: «持(chi)续»; units such as mg or kg have no vowel
_SYLLABLE = re.compile(
    r"(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:[aoeiuvü]|ai|ei|ui|ao|ou|iu|ie|ue|ve|üe|er|an|en|in|un|vn|ang|eng|ing|ong"
    r"|ia|iao|ian|iang|iong|ua|uo|uai|uan|uang)"
)
_BREAK = re.compile(r"\r\n|[\n\r\f\v\x85\u2028]|</tr\s*>|<br\s*/?>|</p\s*>", re.IGNORECASE)

_TAB, _GAP, _SPACE = "\t", "\x01", "\x02"
_SEPS = _TAB + _GAP + _SPACE
_PAGE_NUMBER = re.compile(
    r"[-—–－·~|]+\d{1,4}[-—–－·~|]+|第\d{1,4}页(?:[，/]?共\d{1,4}页)?|\d{1,4}/\d{1,4}|[-—–－_=~*·]{3,}"
)
_OPENS_WITH_DATE = re.compile(r"(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底|末)?[之以]?前")
_BARE_NUMBER = re.compile(r"\d{1,3}")
_TABLE_RULE = re.compile(r"\|?[\s:：|-]*-{2,}[\s:：|-]*\|?")
_FIGURE = re.compile(r"[-－—/<>≤≥=~]?\d[\d.%]*|[-－—/]+")
_RUNNING_HEAD = re.compile(r"公报|第\d+期")
_TERMINAL = "。！？；：…"
_UNIT_END = re.compile(
    r"(?:局|委|厅|办|会|府|处|站|所|院|社|部|室|队|中心|公司|集团|企业|单位|部门|街道|镇|乡|区|县|市|州|厂|小组|分局|学校|银行|）|。|等)$"
)
_LABEL_LINE = re.compile(
    r"[（〔]?(?:牵头|责任|配合|督导|督促|主责|主办|协办|承办|落实|参与|参加|协助|指导|验收|核查|完成|实施|时限|联系|分管|包保|主管)"
    r"[\u4e00-\u9fff、（）]{0,12}："
)
_STARTER = re.compile(
    r"附件[\d一二三四五六七八九十]{0,2}(?:：|\.|$)|抄送|主办：|督办：|表\d|图\d|注：|备注|——|[★●◆■□▲•·]"
    r"|（?\d{4}年\d{1,2}月\d{1,2}日(?:印发)?）?$|专栏\d|(?:[\u4e00-\u9fff]{2,12}(?:办公室|办公厅))\d{4}年"
)
_SUB_OFFICE = re.compile(r"（(?!牵头|责任|配合|督)[^（）：]{1,10}）(?:[、，。；]|$)")
_ADDRESSEE = re.compile(r"(?:各|市|县|区|省)[^。；]{2,120}：")
_COLUMN = re.compile(
    r"序号|编号|(?:重点|主要|工作|目标|年度|具体)?(?:任务|措施|工作|目标|项目|内容)(?:名称|内容|要求)?|工作任务|任务措施"
    r"|(?:完成|时间|整改|工作)?(?:时限|期限|时间)(?:要求)?|备注|类别|领域|指标|单位|区域|辖区|地区|城市|县区|区县"
    r"|(?:市级)?(?:牵头|责任|配合|主责|协办|督导|落实|主办|实施|参与|督促指导)(?:单位|部门|领导|人)(?:及责任人)?"
)


@dataclass(slots=True)
class _Line:
    """One physical line after its own clean-up."""

    text: str
    offsets: Sequence[int]
    start: int
    indent: int
    mark: int
    table: bool = False
    flat: bool = False
    bars: bool = False
    width: float = 0.0
    #: width and length of the line as it stood, indent and gaps included
    raw_width: float = 0.0
    raw_length: int = 0
    blank_before: bool = False
    page_break: bool = False


class Text:
    """A plan's text in three readings of the same source.

    Attributes
    ----------
    source
        The text as it was handed in.
    printed
        Without layout noise, characters as printed; one logical line per paragraph, cells of a table row divided by
        tabs.
    marks
        Offset → depth of the lines that markdown marks as headings (``#`` is 1, ``##`` 2 …; bold as a whole is 9).
    clean
        `printed` with traditional characters folded to simplified ones; same length, same offsets.
    """

    def __init__(self, source: str) -> None:
        self.source = source
        lines = _physical_lines(source)
        lines, self._columns = split_columns(lines)
        for line in lines:
            _settle_spaces(line)
        lines = [line for line in lines if line.text]
        _mark_tables(lines)
        _mark_flat_tables(lines)
        lines = _without_page_furniture(lines)
        self.printed, self._origin, self.marks = _join(lines, 9.0 if self._columns else 14.0)
        self.clean = self.printed.translate(TO_SIMPLIFIED)

    def source_span(self, span: Span) -> Span:
        """Map a span of `clean` to the span of `source` that it was read from."""
        start, end = span
        start = max(0, min(start, len(self.clean)))
        end = max(start, min(end, len(self.clean)))
        if start == end:
            at = self._origin[start] if start < len(self._origin) else len(self.source)
            return at, at
        a, b = self._origin[start], self._origin[end - 1] + 1
        if a < b and not self._columns:
            return a, b
        part = self._origin[start:end]
        return min(part), max(part) + 1

    def as_printed(self, span: Span) -> str:
        """Return the characters of a span as printed (traditional ones unfolded), without layout noise."""
        return self.printed[span[0] : span[1]]


# ------------------------------------------------------------------------------------------ physical lines


def _physical_lines(source: str) -> list[_Line]:
    glosses = re.findall(rf"[\u4e00-\u9fff][(（]([{_LETTERS}]{{1,7}})[)）]", source[:200_000])
    phonetic = sum(bool(_TONE.search(g) or _SYLLABLE.fullmatch(g)) for g in glosses) >= 3
    lines: list[_Line] = []
    at, blank = 0, False
    for found in [*_BREAK.finditer(source), None]:
        end = found.start() if found else len(source)
        raw = source[at:end]
        line = _clean_line(raw, at, phonetic)
        at = found.end() if found else end
        if line is None:
            blank = True
            continue
        line.blank_before = blank
        line.page_break = found is not None and "\f" in found[0]
        line.width = _width(line.text)
        bare = raw.rstrip()
        line.raw_width, line.raw_length = _width(bare), len(bare)
        blank = False
        lines.append(line)
    return lines


def _clean_line(raw: str, base: int, phonetic: bool) -> _Line | None:
    normal = raw.translate(_NORMAL)
    stripped = normal.lstrip(" \t?\u200b\ufffd")
    if not stripped:
        return None
    lead = len(normal) - len(stripped)
    if "\t" in normal[:lead] and "\t" in stripped.rstrip():
        lead = normal.index("\t")  # the first cell of a row is empty
    indent = sum(2 if c == "\u3000" else 4 if c == "\t" else 1 for c in raw[:lead])
    mark = 0
    head = re.match(r"(?:#{1,6}\s*|>\s+|[-+*]\s+(?=\S))+", stripped)
    if head and normal[lead] != "\t":
        mark = head[0].count("#")
        lead += head.end()
    bold = re.fullmatch(r"\*\*[^*]{2,40}\*\*[：:]?\s*", normal[lead:])
    mark = mark or (9 if bold else 0)
    if _TABLE_RULE.fullmatch(stripped):
        return None
    first = _TOKEN.search(normal, lead)
    if first is None:
        return _Line(normal[lead:], range(base + lead, base + len(normal)), base + lead, indent, mark)
    parts: list[str] = []
    offsets = array("q")
    at = lead

    def copy(upto: int) -> None:
        if upto > at:
            parts.append(normal[at:upto])
            offsets.extend(range(base + at, base + upto))

    for token in _TOKEN.finditer(normal, lead):
        new = _replacement(token, normal, phonetic)
        if new is None:
            continue
        copy(token.start())
        at = token.end()
        for i, c in enumerate(new):
            parts.append(c)
            offsets.append(base + min(token.start() + i, token.end() - 1))
    copy(len(normal))
    text = "".join(parts)
    if not text.strip("\t\x01\x02 "):
        return None
    return _Line(text, offsets, base + lead, indent, mark)


def _replacement(token: re.Match[str], line: str, phonetic: bool) -> str | None:
    kind = token.lastgroup
    if kind is None:
        return ""
    value = token[kind]
    match kind:
        case "cell":
            return _TAB
        case "entity":
            return _ENTITIES.get(value, _SPACE if value in ("nbsp", "ensp", "emsp") else None)
        case "sign":
            return _SIGNS[value]
        case "low":
            return {"2": "²", "3": "³"}.get(value, value) if token[0][0] == "^" else value
        case "up":
            return {"2": "²", "3": "³"}[value]
        case "pm":
            return "2.5"
        case "syllable":
            spoken = _TONE.search(value) or (phonetic and _SYLLABLE.fullmatch(value))
            return "" if spoken else None
    # white space
    if "\t" in value:
        return _TAB * value.count("\t")
    if token.start() == 0 or token.end() == len(line):
        return ""
    return _GAP if len(value) > 1 else _SPACE


def _settle_spaces(line: _Line) -> None:
    """Decide which gaps of a line divide cells, and take the others out."""
    text = line.text
    if text.count("|") >= 2:
        text = (
            text.replace(_TAB, "").replace(_GAP, "\x03").replace("|", _TAB)
            if _TAB not in text
            else text.replace("|", _TAB)
        )
        line.table = line.bars = True
    if not any(c in text for c in (_TAB, _GAP, _SPACE)):
        line.text = text
        line.width = _width(text)
        return
    bare = text.replace(_SPACE, "").replace(_GAP, _TAB)
    pieces = bare.split(_TAB)
    filled = [p for p in pieces if p]
    number = read_number(bare.replace(_TAB, ""))
    label = re.fullmatch(f"([^{_SEPS}]{{2,12}})[{_SEPS}]+([^{_SEPS}].*)", text)
    if (
        label
        and _is_label(label[1])
        and not _is_label(label[2])
        and not any(_is_label(p) for p in filled[1:])
    ):
        # «责任单位   市环保局»: a label in a column of its own
        text = (
            text[: len(label[1])]
            + "："
            + text[len(label[1]) + 1 :].replace(_TAB, _SPACE).replace(_GAP, _SPACE)
        )
        line.table = line.bars = False
    elif not line.table:
        if (
            number
            and filled
            and bare.startswith(number.printed)
            and len(filled) == 2
            and len(filled[0]) <= number.length
        ):
            bare, text = bare.replace(_TAB, ""), text.replace(_GAP, "\x03").replace(_TAB, "\x03")
            filled = [bare]
        if len(filled) > 1 and all(len(p) == 1 for p in filled):
            text = text.replace(_GAP, "\x03").replace(_TAB, "\x03")
        elif len(filled) > 1 and (_labelled(filled) or all(opens_with_label(p) for p in filled[1:])):
            text = text.replace(_GAP, "\n").replace(_TAB, "\n")
        elif (_TAB in text and (len(filled) > 1 or len(pieces) > 2)) or (_GAP in text and len(filled) > 2):
            line.table = True
        elif _figure_row(text):
            text = text.replace(_SPACE, _TAB)
            line.table = True
    kept: list[str] = []
    offsets = array("q")
    last = len(text) - 1
    for i, c in enumerate(text):
        if c == _TAB and not line.table:
            continue
        if c == _TAB or c == "\n":
            pass
        elif c == _GAP:
            if not line.table:
                # two spaces between two words may still be a table of two columns: the neighbours decide
                c = _GAP
            else:
                c = _TAB
        elif c == "\x03":
            continue
        elif c == _SPACE:
            before, after = text[i - 1], text[min(i + 1, last)]
            both = before + after
            numbered = (
                before in ".、" and after.isdigit() and re.fullmatch(r"\d{1,3}[.、]", text[:i]) is not None
            )
            if not numbered and not (both.isascii() and (both.isdigit() or both.isalpha())):
                continue
            c = " "
        kept.append(c)
        offsets.append(line.offsets[i])
    line.text, line.offsets = "".join(kept), offsets
    line.width = _width(line.text)


def _is_label(text: str) -> bool:
    known = classify(text)
    return known is not None and not known[2] and len(text) > 2


def _labelled(pieces: Sequence[str]) -> bool:
    """A line of «主办：…   督办：…», of several role labels, or of an office and its printing date."""
    if all(re.match(r"[\u4e00-\u9fff（〔]{2,10}：\S", p) for p in pieces):
        return True
    return (
        len(pieces) == 2
        and bool(re.fullmatch(r"\d{4}年\d{1,2}月\d{1,2}日(?:印发|印)?", pieces[1]))
        and len(pieces[0]) > 3
    )


def _figure_row(text: str) -> bool:
    """«云山县 75 19»: a name and at least two figures, divided by single spaces."""
    cells = text.split(_SPACE)
    return (
        len(cells) >= 3
        and re.fullmatch(r"[\u4e00-\u9fff（）、]{2,16}", cells[0]) is not None
        and all(_FIGURE.fullmatch(c) for c in cells[1:])
    )


def _width(text: str) -> float:
    return sum(0.5 if c.isascii() else 1.0 for c in text[:400])


def _mark_tables(lines: list[_Line]) -> None:
    """Two-column rows and header rows are tables only beside other rows of the same shape."""
    for i, line in enumerate(lines):
        if line.table or _GAP not in line.text:
            continue
        cells = line.text.count(_GAP) + 1
        near = [*lines[max(0, i - 1) : i], *lines[i + 1 : i + 2]]
        alike = any(
            (n.table and n.text.count(_TAB) + 1 == cells) or n.text.count(_GAP) + 1 == cells for n in near
        )
        short = all(len(p) <= 30 for p in line.text.split(_GAP))
        if alike and short:
            line.table = True
    for line in lines:
        if line.table:
            line.text = line.text.replace(_GAP, _TAB)
            _trim_pipes(line)
        elif _GAP in line.text:
            _drop(line, _GAP)
    for line, after in itertools.pairwise(lines):
        # the header of a table whose rows were found by their figures: «区县 PM2.5 PM10» has lost its spaces by now,
        # but a line that is nothing but column names in front of a table belongs to it
        if (
            after.table
            and not line.table
            and _COLUMN.match(line.text)
            and len(line.text) <= 40
            and "。" not in line.text
        ):
            line.flat = False


def _trim_pipes(line: _Line) -> None:
    """Take the empty cells off that the outer bars of a markdown row leave."""
    start, end = 0, len(line.text)
    if line.bars and line.text.startswith(_TAB) and line.text.endswith(_TAB) and line.text.count(_TAB) >= 3:
        start, end = 1, end - 1
    line.text, line.offsets = line.text[start:end], line.offsets[start:end]


def _drop(line: _Line, char: str) -> None:
    keep = [i for i, c in enumerate(line.text) if c != char]
    line.offsets = array("q", (line.offsets[i] for i in keep))
    line.text = line.text.replace(char, "")


def _without_page_furniture(lines: list[_Line]) -> list[_Line]:
    """Drop page numbers, rules, and running heads."""
    heads = Counter(line.text for line in lines if len(line.text) <= 30 and _RUNNING_HEAD.search(line.text))
    kept: list[_Line] = []
    for i, line in enumerate(lines):
        text = line.text
        if _PAGE_NUMBER.fullmatch(text) and not line.table:
            continue
        if heads.get(text, 0) >= 3:
            continue
        if _BARE_NUMBER.fullmatch(text) and not line.flat:
            near = [n.text for n in (*lines[max(0, i - 1) : i], *lines[i + 1 : i + 2])]
            if any(len(n) >= 16 for n in near) and not any(_BARE_NUMBER.fullmatch(n) for n in near):
                continue
        kept.append(line)
    return kept


def _mark_flat_tables(lines: list[_Line]) -> None:
    """A header of at least three column names, one a line, opens a table whose cells stand one a line."""
    i = 0
    while i < len(lines):
        n = i
        while (
            n < len(lines)
            and not lines[n].table
            and len(lines[n].text) <= 12
            and _COLUMN.fullmatch(lines[n].text)
        ):
            n += 1
        if n - i >= 3:
            while n < len(lines) and not _STARTER.match(lines[n].text):
                n += 1
            for line in lines[i:n]:
                line.flat = not line.table
        i = max(n, i + 1)


def split_columns(lines: list[_Line]) -> tuple[list[_Line], bool]:
    """Put two gazette columns that were run together one behind the other, page by page.

    A page counts as two columns when most of its long lines have a gap at nearly the same place with text on both
    sides; tables are ruled out by the length of their cells.
    """
    pages: list[list[_Line]] = [[]]
    for line in lines:
        pages[-1].append(line)
        if _PAGE_NUMBER.fullmatch(line.text) or line.page_break:
            pages.append([])
    found = False
    result: list[_Line] = []
    for page in pages:
        gutter = _gutter(page)
        if not gutter:
            result += page
            continue
        found = True
        left: list[_Line] = []
        right: list[_Line] = []
        for line in page:
            cut = _cut_at(line, gutter)
            if cut:
                left.append(_part_of(line, 0, cut[0]))
                right.append(_part_of(line, cut[1], len(line.text)))
            elif line.indent >= gutter * 1.5:
                line.indent = 0
                right.append(line)
            else:
                left.append(line)
        result += left + right
    return result, found


def _gutter(page: list[_Line]) -> float:
    """Width of the left column; 0 if the page has only one."""
    places: Counter[int] = Counter()
    for line in page:
        if _TAB in line.text or "|" in line.text:
            continue
        for gap in re.finditer(f"[{_GAP}{_SPACE}]", line.text):
            left = line.indent * 0.5 + _width(line.text[: gap.start()])
            if left >= 12 and _width(line.text[gap.end() :]) >= 4:
                places[round(left)] += 1
    long = [line for line in page if line.width >= 18]
    if not places or len(long) < 6:
        return 0.0
    near = {w: sum(places[w + d] for d in (-2, -1, 0, 1, 2)) for w in places}
    width = max(near, key=lambda w: (near[w], w))
    return float(width) if near[width] >= 0.6 * len(long) and near[width] >= 5 else 0.0


def _cut_at(line: _Line, gutter: float) -> Span | None:
    for gap in re.finditer(f"[{_GAP}{_SPACE}]+", line.text):
        left = line.indent * 0.5 + _width(line.text[: gap.start()])
        if abs(left - gutter) <= 3 and gap.end() < len(line.text):
            return gap.start(), gap.end()
    gaps = [i for i, c in enumerate(line.text) if c == _GAP]
    if len(gaps) == 1 and _width(line.text[: gaps[0]]) <= gutter + 2 and gaps[0] + 1 < len(line.text):
        return gaps[0], gaps[0] + 1  # the last, short line of a paragraph in the left column
    return None


def _part_of(line: _Line, start: int, end: int) -> _Line:
    text = line.text[start:end]
    part = _Line(
        text,
        line.offsets[start:end],
        line.offsets[start],
        line.indent if not start else 0,
        0 if start else line.mark,
    )
    part.width = part.raw_width = _width(text)
    part.raw_length = len(text)
    part.blank_before = line.blank_before
    return part


# ------------------------------------------------------------------------------------------ logical lines


def _join(lines: list[_Line], narrowest: float) -> tuple[str, array[int], dict[int, int]]:
    """Join the physical lines that one paragraph was broken into."""
    wrap = _wrap_width(lines, narrowest)
    indented = _indents_mean_something(lines)
    run_in = _run_in_styles(lines)
    parts: list[str] = []
    origin = array("q")
    marks: dict[int, int] = {}
    state = _Paragraph(run_in)
    for i, line in enumerate(lines):
        joins = i > 0 and state.continues(lines[i - 1], line, wrap, indented)
        if i > 0 and not joins:
            parts.append("\n")
            origin.append(lines[i - 1].offsets[-1])
            state = _Paragraph(run_in)
        elif joins and parts and parts[-1][-1:].isascii() and line.text[:1].isascii():
            both = parts[-1][-1:] + line.text[:1]
            if both.isalpha():
                parts.append(" ")
                origin.append(line.offsets[0])
        if line.mark and not joins:
            marks[len(origin)] = line.mark
        state.take(line.text)
        parts.append(line.text)
        origin.extend(line.offsets)
    return "".join(parts), origin, marks


@dataclass(frozen=True, slots=True)
class _Wrap:
    """Where a hard-wrapped text was broken: at a width, or at a number of characters; 0 where lines are paragraphs."""

    width: float = 0.0
    length: int = 0

    def full(self, line: _Line) -> bool:
        """True if the line was broken because it was full."""
        if self.length:
            return line.raw_length >= self.length - 1
        return bool(self.width) and line.raw_width >= self.width - 2.5


def _wrap_width(lines: list[_Line], narrowest: float) -> _Wrap:
    prose = [line for line in lines if not line.table and line.raw_width >= min(12, narrowest)]
    if len(prose) < 8:
        return _Wrap()
    lengths = Counter(line.raw_length for line in prose)
    length, count = max(lengths.items(), key=lambda item: (item[1], item[0]))
    if (
        narrowest <= length <= 90
        and count >= 0.3 * len(prose)
        and sum(lengths[n] for n in lengths if n > length) <= 0.02 * len(prose)
    ):
        return _Wrap(length=length)
    widths = sorted(line.raw_width for line in prose)
    top = widths[int(len(widths) * 0.93)]
    if not narrowest <= top <= 62:
        return _Wrap()
    full = sum(1 for w in widths if top - 2.5 <= w <= top + 2.5)
    return _Wrap(width=top) if full >= 0.3 * len(widths) else _Wrap()


def _indents_mean_something(lines: list[_Line]) -> bool:
    prose = [line for line in lines if not line.table and line.width >= 12]
    indented = sum(1 for line in prose if line.indent >= 2)
    return bool(prose) and 0.05 * len(prose) <= indented <= 0.9 * len(prose)


def _run_in_styles(lines: list[_Line]) -> frozenset[str]:
    """Styles of number whose items go on with sentences in the same line, as «1. 题目。句子。» does."""
    seen: Counter[str] = Counter()
    running: Counter[str] = Counter()
    for line in lines:
        number = None if line.table or line.mark else read_number(line.text)
        if number:
            seen[number.style] += 1
            running[number.style] += "。" in line.text
    return frozenset(style for style, n in seen.items() if running[style] >= 0.7 * n)


class _Paragraph:
    """What is known of the paragraph so far; enough to say whether the next line goes on with it."""

    __slots__ = ("depth", "first", "length", "opened", "run_in", "stops", "tail")

    def __init__(self, run_in: frozenset[str]) -> None:
        self.run_in = run_in
        self.first = ""
        self.tail = ""
        self.length = 0
        self.depth = 0
        self.opened = 0
        self.stops = 0

    def take(self, text: str) -> None:
        if len(self.first) < 80:
            self.first = (self.first + text[:80])[:80]
        for c in text:
            if c in "（〔《“":
                self.depth += 1
                self.opened = self.length
            elif c in "）〕》”":
                self.depth = max(0, self.depth - 1)
            elif c in "。！":
                self.stops += 1
            self.length += 1
        self.tail = (self.tail + text)[-40:]

    def continues(self, before: _Line, line: _Line, wrap: _Wrap, indented: bool) -> bool:
        if line.table or before.table or line.flat or before.flat or line.mark or before.mark:
            return False
        text, last = line.text, self.tail[-1:]
        if _BARE_NUMBER.fullmatch(text) or _BARE_NUMBER.fullmatch(self.first):
            return False
        open_bracket = self.depth > 0 and self.length - self.opened < 600
        dangling = open_bracket or last in "，、"
        if "\n" in before.text or (not dangling and (_LABEL_LINE.match(text) or _STARTER.match(text))):
            return False
        if (
            re.search(r"\d[.]?$", self.tail)
            and re.match(r"\d|[年月日%万亿](?!、)", text)
            and not self._reads_on(text)
        ):
            return True
        if not open_bracket and (
            _ADDRESSEE.fullmatch(text)
            or (self.tail.endswith(("的通知", "的请示", "的报告", "的函")) and not self.stops)
        ):
            return False
        number = read_number(text)
        if (
            number
            and not (open_bracket and number.style in ("par", "circle"))
            and not self._list_goes_on(last, text)
        ):
            return False
        if open_bracket and not (last == "。" and indented and line.indent >= 2):
            return True
        if indented and line.indent >= 2:
            return False
        full = wrap.full(before)
        if last in _TERMINAL:
            return last == "；" and full and not line.indent
        if self.tail[-2:] in ("。”", "。）", "！”"):
            return False
        if _LABEL_LINE.match(self.first):
            return self._list_is_broken(text, full)
        if last in "，、":
            return True
        if full:
            return True
        if wrap != _Wrap():
            long = before.raw_length >= 0.75 * wrap.length and before.raw_width >= 0.75 * wrap.width
            return self.stops > 0 and long and not line.blank_before
        head = read_number(self.first)
        if head and not self.stops and self.length < (30 if "，" in self.first else 40):
            # A heading alone on its line, and a paragraph of its own that opens with a date: «工作» + «2017年10月底前».
            dated = line.blank_before and "，" not in self.first and _OPENS_WITH_DATE.match(text)
            return head.style in self.run_in and self.length >= 16 and not dated
        if last in "）”》":
            return text[:1] in "，。；、的和及等" or (last != "）" and self.length > 40)
        return self.length >= 20 and (
            self.stops > 0 or "，" in self.first or (self.length >= 40 and "：" not in self.first)
        )

    def _reads_on(self, text: str) -> bool:
        """A figure at the start of `text` that is a number of an item, not the rest of the figure before it."""
        return not self.stops and self.length < 12 and read_number(text) is not None

    def _list_goes_on(self, last: str, text: str) -> bool:
        """«…控制在» + «35、40微克»: a figure that only looks like a number of an item."""
        return last in "，、" and re.match(r"\d{1,3}、\d", text) is not None

    def _list_is_broken(self, text: str, full: bool) -> bool:
        """A line of units that a page break or a wrap cut in two."""
        last = re.split(r"[、，；：]", self.tail)[-1]
        if len(last) < 2 or last[-1] in "和及与" or not _UNIT_END.search(last):
            return True
        if self.tail[-1:] == "。":
            return False
        if text[:1] in "、，；）" or _SUB_OFFICE.match(text):
            return True
        pieces = re.split(r"[、，；]", text.rstrip("。"))
        if "。" in text[:-1] or len(pieces[-1]) > 25 or not (full or self.length > 20):
            return False
        whole = [p for p in pieces[:-1] if _UNIT_END.search(p) and len(p) <= 30]
        return len(whole) == len(pieces) - 1 and (len(pieces) > 1 or _UNIT_END.search(pieces[0]) is not None)
