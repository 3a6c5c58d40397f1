"""The heads of the documents of a file: title, issuer, number, dates, filing, copies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise, zip_longest

from lantian.rules.documents.dates import read_dates
from lantian.rules.documents.duties import read_duties
from lantian.rules.documents.layout import Layout, Paragraph, Part, PlanContext
from lantian.rules.documents.model import Document, Meta, Span
from lantian.rules.documents.text import Text
from lantian.rules.documents.traditional import TO_SIMPLIFIED

_NUMBER = re.compile(r"[\u4e00-\u9fff]{1,14}[〔\[（【﹝]\s?[12]\d{3}\s?[〕\]）】﹞]\s?(?:第)?\d{1,5}号")
_DATE = re.compile(
    r"(\d{4})年(\d{1,2})月(\d{1,2})日|([一二][〇○零O0一二三四五六七八九]{3})年([一二三四五六七八九十]{1,3})月([一二三四五六七八九十]{1,3})日"
)
_LABELLED_DATE = re.compile(r"(?:成文日期|发文日期|印发日期|签发日期)：")
_LETTERHEAD = re.compile(r"([\u4e00-\u9fff（）·]{4,40}?)文件")
_PLACE = re.compile(
    r"(?:[\u4e00-\u9fff]{2,7}?(?:自治区|自治州|自治县|省|市|新区|开发区|区|县|州|盟|旗|镇|乡|街道))+"
)
_PLACE_PART = re.compile(
    r"[\u4e00-\u9fff]{2,7}?(?:自治区|自治州|自治县|省|市|新区|开发区|区|县|州|盟|旗|镇|乡|街道)"
)
_NOT_PLACE = re.compile(
    r"^(?:全|我|本|各|该)|^(?:城|辖|市|地|社|园|校|灾|山|矿|小|新|老|郊|厂|景|街|县|镇)(?:区|市|县|镇|乡)$"
)
_YEAR = re.compile(r"(20\d\d|19\d\d)(?:[-—–－~至](20\d\d))?(?=年|[-—–－]|）|）)")
_FILING = re.compile(
    r"(?:于|在|务必)?(?:(?:\d{4}年)?\d{1,2}月(?:\d{1,2}日|底|末)[之以]?前|\d{4}年底前)"
    r"[^。；]{0,90}?(?:方案|计划|细则|清单)[^。；]{0,50}?(?:报送|上报|报至|报备|备案|报)[^。；]{0,30}"
)
_FILED_PLAN = re.compile(r"方案[^。；]{0,60}报")
_BELOW = re.compile(r"各|有关|相关|责任|牵头|成员")
_ISO = re.compile(r"\d{4}-\d\d-\d\d")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "O": 0, "0": 0}


@dataclass(frozen=True, slots=True)
class Head:
    """What the heads of a file's documents say."""

    meta: Meta
    documents: tuple[Document, ...]
    contexts: tuple[PlanContext, ...]
    places: frozenset[str]


def read_heads(text: Text, layout: Layout) -> Head:
    """Read the head of every document; the first one gives the meta data."""
    documents: list[Document] = []
    contexts: list[PlanContext] = []
    places: set[str] = set()
    meta = Meta()
    for k, part in enumerate(layout.parts):
        paragraphs = [p for p in layout.paragraphs if p.document == k]
        spans: dict[str, Span] = {}
        issuer = _issuer(text, part, paragraphs, spans)
        number = _doc_number(text, part, paragraphs, spans)
        issued = _issued_on(text, part, paragraphs, spans)
        if not k and not issued and len(layout.parts) > 1:
            issued = _printed_on(layout, spans)
        if k and not issuer:
            issuer = documents[0].issuer
        title = part.title or None
        if title:
            spans["title"] = part.title_span
        documents.append(Document(part.title, issuer, number, issued, (part.start, part.end)))
        places |= _stems([part.title, issuer or "", *(c[0] for c in part.covers)])
        contexts.append(_context(text, part, issuer, issued or (documents[0].issued_on if k else None)))
        if not k:
            filing = _filing_deadline(text, paragraphs, contexts[0], spans)
            copied = _copied_to(text, list(layout.paragraphs), spans)
            meta = Meta(title, issuer, number, issued, filing, copied, spans)
    return Head(meta, tuple(documents), tuple(contexts), frozenset(places))


def _head_paragraphs(part: Part, paragraphs: Sequence[Paragraph]) -> list[Paragraph]:
    """Everything in front of the first numbered item of the document itself."""
    after = part.title_span[1]
    first = next((p.start for p in paragraphs if p.number and p.start >= after), part.end)
    return [p for p in paragraphs if p.start < first]


def _issuer(text: Text, part: Part, paragraphs: Sequence[Paragraph], spans: dict[str, Span]) -> str | None:
    for title, span in [*((c[0], c[1]) for c in part.covers), (part.title, part.title_span)]:
        at = title.find("关于")
        if at >= 4 and not re.search(r"\d|《", title[:at]):
            spans["issuer"] = (span[0], span[0] + at)
            return title[:at]
    head = _head_paragraphs(part, paragraphs)
    for p in head:
        letterhead = _LETTERHEAD.fullmatch(p.text)
        if letterhead:
            spans["issuer"] = (p.start, p.start + len(letterhead[1]))
            return text.as_printed(spans["issuer"])
    ordered = [*head, *paragraphs[-12:]]
    for before, p in pairwise(ordered):
        if p.kind == "signature" and _looks_like_office(before.text):
            spans["issuer"] = (before.start, before.end)
            return text.as_printed(spans["issuer"])
    for p in paragraphs[-12:]:
        printed = re.match(r"([\u4e00-\u9fff（）]{4,30}?)(?=\d{4}年\d{1,2}月\d{1,2}日(?:印发)?$)", p.text)
        if p.kind == "signature" and printed:
            spans["issuer"] = (p.start, p.start + printed.end())
            return text.as_printed(spans["issuer"])
    return None


def _looks_like_office(line: str) -> bool:
    return (
        4 <= len(line) <= 40
        and re.fullmatch(
            r"[\u4e00-\u9fff（）]+(?:政府|委员会|办公室|办公厅|局|厅|委|部|院|指挥部|领导小组|小组)", line
        )
        is not None
    )


def _doc_number(
    text: Text, part: Part, paragraphs: Sequence[Paragraph], spans: dict[str, Span]
) -> str | None:
    for p in _head_paragraphs(part, paragraphs):
        if len(p.text) > 80 or "《" in p.text:
            continue
        found = _NUMBER.search(p.text)
        if found:
            start = p.start + found.start()
            spans["document_number"] = (start, p.start + found.end())
            printed = text.as_printed(spans["document_number"])
            head = re.match(r"(?:发文字号|文号|字号)", printed)
            return printed[head.end() :] if head else printed
    return None


def _issued_on(
    text: Text, part: Part, paragraphs: Sequence[Paragraph], spans: dict[str, Span]
) -> date | None:
    head = _head_paragraphs(part, paragraphs)
    tail = [p for p in paragraphs[-15:] if p not in head]
    labelled = [p for p in head if _LABELLED_DATE.search(p.text[:40])]
    plain = [p for p in (*head, *tail) if p.kind == "signature" and not p.text.endswith("印发")]
    printed = [p for p in (*head, *tail) if p.kind == "signature" and p.text.endswith("印发")]
    for p in (*plain, *labelled, *printed):
        found = _DATE.search(p.text)
        day = _day(found) if found else None
        if found and day:
            spans["issued_on"] = (p.start + found.start(), p.start + found.end())
            return day
    return None


def _printed_on(layout: Layout, spans: dict[str, Span]) -> date | None:
    """The imprint at the very end of a file is that of its leading document, though an annex stands between."""
    for p in layout.paragraphs[-15:]:
        found = _DATE.search(p.text) if p.kind == "signature" and p.text.endswith("印发") else None
        day = _day(found) if found else None
        if found and day:
            spans["issued_on"] = (p.start + found.start(), p.start + found.end())
            return day
    return None


def _day(found: re.Match[str]) -> date | None:
    try:
        if found[1]:
            return date(int(found[1]), int(found[2]), int(found[3]))
        year = int("".join(str(_DIGITS[c]) for c in found[4]))
        return date(year, _small(found[5]), _small(found[6]))
    except ValueError:
        return None


def _small(chinese: str) -> int:
    if "十" in chinese:
        tens, _, ones = chinese.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return _DIGITS.get(chinese, 0)


def _places(title: str) -> list[str]:
    bare = re.sub(r"^[\d年度—\-–至、（）]+", "", title.translate(TO_SIMPLIFIED))
    found = _PLACE.search(bare)
    if not found or found.start() > 12:
        return []
    return [p for p in _PLACE_PART.findall(found[0]) if not _NOT_PLACE.match(p)]


def _stems(titles: Iterable[str]) -> set[str]:
    stems: set[str] = set()
    for title in titles:
        for place in _places(title):
            stem = re.sub(r"(?:自治区|自治州|自治县|新区|开发区|街道|[省市区县州盟旗镇乡])$", "", place)
            if 2 <= len(stem) <= 5:
                stems.add(stem)
    return stems


def _context(text: Text, part: Part, issuer: str | None, issued: date | None) -> PlanContext:
    places = _places(part.title) or _places(issuer or "") or [p for c in part.covers for p in _places(c[0])]
    place = places[-1] if places else ""
    year: int | None = None
    titles = [part.title, *(c[0] for c in part.covers)]
    for title in titles:
        found = _YEAR.search(title)
        if found:
            year = int(found[1])
            last = int(found[2]) if found[2] else year
            if last - year >= 2 and issued and year <= issued.year <= last:
                year = issued.year
            break
    if year is None and issued:
        year = issued.year
    if year is None:
        found = re.search(r"(20\d\d)年", text.clean[part.title_span[1] : part.end])
        year = int(found[1]) if found else None
    level = place[-1:] if place[-1:] in "省市区县州盟旗" else ""
    title, issuer = part.title.translate(TO_SIMPLIFIED), (issuer or "").translate(TO_SIMPLIFIED)
    return PlanContext(title, issuer, place, year, issued, level)


def _filing_deadline(
    text: Text, paragraphs: Sequence[Paragraph], context: PlanContext, spans: dict[str, Span]
) -> str | None:
    bodies = [p for p in paragraphs if p.kind == "body" and len(p.text) <= 3000]
    # What units below file with the office that issued the plan; what the office itself files above is another matter.
    for duty in read_duties([p for p in bodies if _FILED_PLAN.search(p.text)], context):
        if _BELOW.match(duty.who) and "方案" in duty.what and _ISO.fullmatch(duty.when):
            spans["filing_deadline"] = duty.span
            return duty.when
    for p in bodies:
        found = _FILING.search(p.text)
        if found:
            span = (p.start + found.start(), p.start + found.end())
            spans["filing_deadline"] = span
            dates = read_dates(found[0], year=context.year, offset=span[0]).deadlines
            return dates[0].on.isoformat() if dates else found[0]
    return None


def _copied_to(text: Text, paragraphs: Sequence[Paragraph], spans: dict[str, Span]) -> tuple[str, ...]:
    names: list[str] = []
    copying = False
    for p, after in zip_longest(paragraphs, paragraphs[1:]):
        lead = re.match(r"抄送：?|抄报：?", p.text)
        if lead:
            copying = True
            start = p.start + lead.end()
        elif copying and p.kind == "body" and len(p.text) < 120 and not (after and after.kind == "signature"):
            start = p.start
        else:
            copying = False
            continue
        spans.setdefault("copied_to", (start, p.end))
        names += [x for x in re.split(r"[，、；。]", text.as_printed((start, p.end))) if x]
    return tuple(names)
