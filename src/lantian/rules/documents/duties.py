"""Reporting duties: who reports what to whom, by when or how often."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from lantian.rules.documents.dates import read_dates
from lantian.rules.documents.layout import Paragraph, PlanContext
from lantian.rules.documents.model import Duty, Span

_OFFICE_END = (
    r"(?:(?:攻坚|大气|环委|治理|控尘)办(?:公室)?|指挥部办公室|领导小组办公室|委员会办公室|联席会议办公室|办公室|办公厅|(?:指挥部|领导小组|委员会|联席会议)(?!办公室)|"
    r"人民政府|政府|生态环境部|环保部|部门|中心|[一-龥]{2,10}(?:局|委(?!员|托)|厅|办(?!公|事|法|理)|处(?!理|置|罚)|科(?!技|学|工)|部(?!门|署|分|委|办)|会(?!议|员|商|同|计|办)|队|站|组(?!织|成|办)|院|所))"
)
_OFFICE = re.compile(
    r"(?P<to>(?:[一-龥“”]{0,30}?" + _OFFICE_END + r")(?:（[^（）]{1,30}）(?=[、和及备]))?(?:(?:、|和|及|，?并抄送|，抄送)[一-龥“”]{0,24}?" + _OFFICE_END + r"){0,5})"
)
_VERB = re.compile(
    r"(?P<v>报送至|报送到|报送给|上报至|上报到|上报给|报送|上报|呈报|抄报|书面报告|报备(?!到位|案)|报至|报到(?!率)|报给|反馈至|反馈给|反馈到|提交至|提交给|提交到|提交|反馈(?=[省市区县]|[一-龥]{2,12}情况)|汇报"
    r"|(?<![举通警日月周年公填申电简预上书晚海])报(?=(?:[省市区县州镇]|国家|各|本|生态环境|环保|攻坚|大气|污染|领导|办公|联席|地市|同级|上级|所在地|主管|当地)(?![废警纸刊社价名酬表告])))"
    r"|(?:向|至|到)(?P<before>[一-龥“”]{2,36}?)(?P<v2>报送|上报|报告|汇报|备案|提交|反馈|报备)"
)
_APPROVAL = re.compile(r"[^，。；]{0,30}?(?:批准|审批|同意|批复|核准|审定后)")
_PUBLIC = re.compile(r"社会|公众|媒体|群众")
_CONTENT = re.compile(
    r"(?P<what>(?:[一-龥“”《》A-Za-z0-9（）\-—.、]{0,46}?)(?:情况(?:报告|总结|表)?|总结(?:报告)?|方案|报告|报表|台账|清单|进展|信息|材料|数据|名单|计划|汇总表|自查表|统计表|结果|图片|简报|小结|名录|预案|任务书|资料))(?=$|[，。；、（]|和|及|至|报|并|纸质|电子)"
)
_TAKE = re.compile(r"(?:将|把)(?!来)")
_MADE = re.compile(
    r"(?:完成|制定|编制|形成|建立|提出|出台|明确|印发|起草|拟定|汇总|填报|总结|梳理|研究制定|制订|核定)(?:完善|本[一-龥]{1,4}的?)?(?P<what>[^，。；]{2,50}?)(?:的?(?:编制|制定|修订|起草))?(?:工作)?$"
)
_PAPER = re.compile(
    r"(?:完成|制定|编制|形成|建立|提出|出台|印发|起草|拟定|填报|制订|填写|建成)(?:完善|本[一-龥]{1,4}的?)?"
    r"(?P<what>[^，。；、]{0,40}(?:方案|清单|台账|报告|报表|总结|计划|预案|名单|汇总表|责任书|任务书|规划))"
)
_WHO = re.compile(
    r"^(?P<who>(?:各|全|有关|相关|市|区|县|省|牵头|责任|成员|重点|企业|镇|街道|乡|被|属地|本|所有)[一-龥（）、，“”]{0,60}?(?:单位|部门|局|委|办|办公室|政府|街道|（街道）|（市、区）|县（市）|（市）|县区|区县|企业|各地|地方|小组|指挥部|中心|管委会|办事处|镇|乡|区|县|市|站|处|地|公司|责任人|负责人|专班))"
    r"(?=要|应当|应|须|需|必须|负责|于|在|按照|按|根据|每[月季周日年半旬]|\d|将|把|，|及时|分别|请|也|均|都|要|可|自|从|结合|确定|安排|指定|对|认真|继续|务必|向|上报|报送)"
)
_DATE_LEAD = re.compile(
    r"^(?:请|同时|另外|此外|并|其中|以上|（\d{1,2}）|[一二三四五六]是|\s|，|“)*(?:(?:于|在|自|从)?(?:20\d\d年)?(?:\d{1,2}月(?:份)?)?(?:\d{1,2}[日号])?(?:年?底|月底)?(?:之前|以前|前)?[，、])?"
)
_FILED = re.compile(r"(?:进行)?(?:备案|备查|汇总|存档|审核|审查)")


@dataclass(frozen=True, slots=True)
class _When:
    value: str
    start: int
    end: int


def _whens(sentence: str, year: int | None) -> list[_When]:
    reading = read_dates(sentence, year=year)
    whens = [_When(d.on.isoformat(), *d.span) for d in reading.deadlines]
    for r in reading.recurrence:
        dated = re.search(r"[前底末初日号旬]|\d", r.text)
        text = r.text if dated else r.every
        end = r.span[0] + len(text)
        whens.append(_When(text.removesuffix("上") if not dated else text, r.span[0], end))
    return sorted(whens, key=lambda w: w.end)


def _sentences(text: str) -> list[tuple[int, str]]:
    pieces: list[tuple[int, str]] = []
    start = depth = 0
    for i, c in enumerate(text):
        if c in "（《":
            depth += 1
        elif c in "）》":
            depth = max(0, depth - 1)
        elif c in "。；\n" and not depth:
            pieces.append((start, text[start:i]))
            start = i + 1
    pieces.append((start, text[start:]))
    return pieces


class _Paragraph:
    """What one paragraph tells from sentence to sentence."""

    def __init__(self, p: Paragraph, year: int | None) -> None:
        self.p = p
        self.year = year
        self.who = ""
        self.to = ""
        self.found: list[Duty] = []
        self.seen: set[tuple[str, str, str]] = set()

    def read(self) -> list[Duty]:
        body = max(0, self.p.body - self.p.start)
        for start, sentence in _sentences(self.p.text[body:]):
            who = self._who(sentence)
            if who:
                self.who = who
            if _VERB.search(sentence):
                self.sentence(sentence, self.p.start + body + start)
        return self.found

    @staticmethod
    def _who(sentence: str) -> str:
        text = sentence
        for _ in range(3):
            m = _DATE_LEAD.match(text)
            rest = text[m.end() :] if m else text
            if found := _WHO.match(rest):
                return found["who"].strip("，、")
            comma = rest.find("，")
            if comma < 0 or comma > 60:
                return ""
            text = rest[comma + 1 :]
        return ""

    def sentence(self, text: str, offset: int) -> None:
        whens = _whens(text, self.year)
        if not whens:
            return
        at = 0
        last_end = 0
        ends = [w.end for w in whens]
        while m := _VERB.search(text, at):
            at = m.end()
            n = bisect_right(ends, m.start())
            if n < len(whens) and whens[n].start <= m.start():
                continue
            when = whens[n - 1] if n else None
            if when is None or _APPROVAL.match(text, m.end()):
                continue
            to, what_after, end = self._after(text, m)
            if to and _PUBLIC.search(to):
                continue
            what = what_after or self._what_before(text, m.start(), last_end, when)
            if not what and not to:
                continue
            to = to or self.to
            if not to and not what_after:
                continue
            self.to = to or self.to
            what, when = self._settle(text, what, when)
            start = min(when.start, m.start())
            take = self._take(text, m.start(), last_end)
            if take is not None:
                start = min(start, take)
            span: Span = (offset + start, offset + end)
            duty = Duty(self.who_of(text, when), what, to, when.value, text[start:end], span)
            key = (duty.when, duty.to, duty.what)
            if key not in self.seen:
                self.seen.add(key)
                self.found.append(duty)
            last_end = end
            at = max(at, end)

    def who_of(self, text: str, when: _When) -> str:
        """The actor named right before the date of this duty, or that of the sentence."""
        clause = re.split(r"[，。；：]", text[max(0, when.start - 120) : when.start])[-1]
        if clause and (m := _WHO.match(clause + "于")):
            return m["who"]
        return self.who

    @staticmethod
    def _take(text: str, verb: int, low: int) -> int | None:
        found = None
        for found in _TAKE.finditer(text, max(low, verb - 300), verb):
            pass
        return found.start() if found else None

    @staticmethod
    def _settle(text: str, what: str, when: _When) -> tuple[str, _When]:
        return what.strip("，、 的“”" if what.count("“") != what.count("”") else "，、 的"), when

    def _after(self, text: str, m: re.Match[str]) -> tuple[str, str, int]:
        """Recipient and content that follow the verb, and where they end."""
        if m["before"]:
            to = m["before"]
            content = _CONTENT.match(text, m.end()) if m["v2"] != "备案" else None
            return to, content["what"] if content else "", content.end() if content else m.end()
        at = m.end()
        if text[at : at + 1] in ("至", "到", "给"):
            at += 1
        to = re.search(r"向(?P<to>[一-龥“”]{2,36})$", text[max(0, m.start() - 40) : m.start()])
        office = _OFFICE.match(text, at)
        content = _CONTENT.match(text, at)
        if office and content and content.end() > office.end() and not re.match(r"[，。；（]|备案|$", text[office.end() :]):
            # 报送区大气办工作总结 or 报送市直各部门工作情况
            rest = _CONTENT.match(text, office.end())
            return office["to"], rest["what"] if rest else content["what"], content.end()
        if office and not (content and content.end() >= office.end()):
            end = office.end()
            if filed := _FILED.match(text, end):
                end = filed.end()
            return office["to"], "", end
        if content:
            return (to["to"] if to else ""), content["what"], content.end()
        return (to["to"] if to else ""), "", at

    def _what_before(self, text: str, verb: int, low: int, when: _When) -> str:
        take = self._take(text, verb, low)
        if take is not None:
            what = text[take + 1 : verb]
            if take + 1 <= when.start and when.end <= verb:
                what = text[take + 1 : when.start] + text[when.end : verb]
            what = re.sub(r"(?:于|在|，|并|以[一-龥]{2,8}(?:形式|文件)|及时|统一|书面|按时|一并|分别|上)+$", "", what)
            what = re.sub(r"^[，、]|(?:于|在)$", "", what)
            return re.split(r"[，；]", what)[0] if len(what) > 60 else what
        clauses = re.split(r"[，；]", text[max(low, verb - 400) : verb])
        for clause in reversed(clauses[-6:]):
            if m := _PAPER.search(clause):
                return m["what"]
        for clause in reversed(clauses[-4:]):
            clause = re.sub(r"(?:，|并且|并|以[一-龥]{2,8}(?:形式|文件))+$", "", clause)
            if m := _MADE.search(clause):
                return m["what"]
            if m := re.search(r"(?P<what>[一-龥“”《》]{2,30}(?:方案|总结|报告|清单|台账|预案|情况))$", clause):
                return m["what"]
        return ""


def read_duties(paragraphs: Sequence[Paragraph], context: PlanContext) -> tuple[Duty, ...]:
    """Read the reporting duties of one document.

    Returns
    -------
    tuple of Duty
        In the order of the text.  ``when`` is a date (YYYY-MM-DD) or the words of a recurrence (``每月25日前``); a
        report without a time is no duty that could be followed up and is left out.
    """
    found: list[Duty] = []
    for p in paragraphs:
        if p.kind in ("meta", "signature", "role_line", "table_row"):
            continue
        found += _Paragraph(p, context.year).read()
    return tuple(found)
