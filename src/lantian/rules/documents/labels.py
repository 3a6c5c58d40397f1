"""Labels that announce units, persons or dates of a task: 牵头单位： 责任单位及责任人： 完成时限："""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

# What a label announces: one of the roles leads, responsible, cooperating, supervising; or persons, deadline, period,
# accepted (who checks the result); or unknown, for a label of that shape that says no known role.

_UNIT_TAIL = r"(?:单位|部门|机构|主体|机关|处室|科室|地区|方)"
_PERSON = re.compile(r"责任人|负责人|牵头人|责任领导|领导$|领导人|责任人员|网格长|河长")
_DATE = re.compile(
    r"(?:完成|时限|整改|工作|办理|时间|任务|达标|截止|目标|推进|计划)?(?:完成)?(?P<kind>时限|期限|时间|时间节点|时间要求|进度|进度要求|时限要求)"
    r"|(?P<period>(?:实施|执行|管控|工作|行动)(?:时段|期限|时间|周期|时期|期间|阶段))|实施时限"
)
#: Order matters: the first stem that a label contains decides.
_STEMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("supervising", re.compile(r"督|指导|监管")),
    ("accepted", re.compile(r"验收|销号|核查|复核|核实")),
    ("leads", re.compile(r"牵头|主责|主办|主管|首要责任")),
    ("cooperating", re.compile(r"配合|协办|协同|协作|协助|参与|参加|会同|支持|联动|协调|联系")),
    ("responsible", re.compile(r"责任|落实|实施|承办|承担|执行|负责|完成|整改|主体|主要")),
)
_STEM = (
    r"(?:牵头|责任|配合|督促|督导|督办|督查|监督|指导|监管|主责|主办|主管|协办|协同|协作|协助|参与|参加|会同|支持|落实"
    r"|实施|承办|承担|执行|负责|完成|整改|验收|销号|复核|核查|具体|主要|第一|组织|属地|行业|项目|[省市县区镇][级直])"
)
_UNIT_LABEL = re.compile(
    rf"(?:{_STEM}|（{_STEM}+）)+{_UNIT_TAIL}(?:[、和及与（/]*(?:{_STEM}|{_UNIT_TAIL})*(?:{_UNIT_TAIL}|人员?|领导)）?)?"
)
_PERSON_LABEL = re.compile(
    rf"(?:{_STEM}|分管|包保|包联|联系|主管|县级?|市级?|区级?|行业|属地|企业|直接)*(?:责任人员?|负责人|牵头人|领导)"
)
_GLUED_DATE = re.compile(r"(?:完成|整改)(?:时限|时间|期限)|(?:实施|执行)(?:时段|期限|时限|时间)|时限要求")
_SHORT = re.compile(r"牵头|责任|配合|督导|主责|协办|参与|落实")
#: Labels that recognition slips are measured against: one character lost or mistaken.
_CANON = (
    "牵头单位",
    "责任单位",
    "配合单位",
    "督导单位",
    "主责单位",
    "协办单位",
    "牵头部门",
    "责任部门",
    "配合部门",
    "完成时限",
)
_NOT_A_SLIP = {"主体单位", "成员单位", "责任主体", "牵头负责", "联系单位", "配套单位"}
_UNKNOWN = re.compile(r"[\u4e00-\u9fff]{2,6}(?:单位|部门)")
_BOUNDARY = "，。；（）〔〕【】[]\n\t 、！“”"
_STRICT = re.compile(
    r"(?:牵头|责任|配合|督导|主责|协办|督促指导|牵头督促指导|参与|落实)(?:单位|部门)|完成时限"
)


@dataclass(frozen=True, slots=True)
class Label:
    """A label found in a text: ``text[start:end]`` is the name, the content begins at ``content``."""

    kind: str
    name: str
    start: int
    end: int
    content: int
    persons: bool = False
    slip: bool = False


@lru_cache(maxsize=4096)
def classify(name: str) -> tuple[str, bool, bool] | None:
    """Say what a label announces.

    Returns
    -------
    tuple or None
        ``(kind, persons too, recognition slip)``; None if `name` is no such label.
    """
    if not 2 <= len(name) <= 16:
        return None
    date = _DATE.fullmatch(name)
    if (date and len(name) >= 3) or name == "时限":
        return ("period" if date and date["period"] else "deadline"), False, False
    if _UNIT_LABEL.fullmatch(name):
        kind = _kind_of(name)
        if kind:
            return kind, bool(re.search(r"人员?|领导", name)), False
    if _PERSON.search(name) and _PERSON_LABEL.fullmatch(name):
        return "persons", False, False
    if _SHORT.fullmatch(name):
        return (_kind_of(name) or "responsible"), False, False
    if len(name) in (3, 4) and name not in _NOT_A_SLIP:
        for canon in _CANON:
            if _one_off(name, canon):
                return ("deadline" if canon == "完成时限" else _kind_of(canon) or "responsible"), False, True
    return None


def _kind_of(name: str) -> str | None:
    return next((kind for kind, stem in _STEMS if stem.search(name)), None)


def _one_off(name: str, canon: str) -> bool:
    """One character of a four-character label was lost or mistaken, not more."""
    if len(name) == len(canon):
        return sum(a != b for a, b in zip(name, canon, strict=True)) == 1
    return any(canon[:i] + canon[i + 1 :] == name for i in range(len(canon)))


def find_labels(text: str, start: int = 0, end: int | None = None) -> list[Label]:
    """Return the labels in ``text[start:end]``, in order; offsets are those of `text`."""
    end = len(text) if end is None else end
    found: list[Label] = []
    at = start
    for mark in re.finditer(
        r"：|(?<=单位)[为是](?=[\u4e00-\u9fff])|(?<=部门)[为是](?=[\u4e00-\u9fff])", text[start:end]
    ):
        colon = start + mark.start()
        label = _label_before(text, max(at, colon - 18), colon, strict=mark[0] != "：")
        if label:
            found.append(label)
            at = label.content
    return found


def _label_before(text: str, low: int, colon: int, *, strict: bool) -> Label | None:
    begin, depth = colon, 0
    while begin > low:
        c = text[begin - 1]
        if c in "）":
            depth += 1
        elif c == "（" and depth:
            depth -= 1
        elif c in _BOUNDARY and not depth:
            break
        begin -= 1
    name = text[begin:colon]
    content = colon + 1
    if strict:
        return (
            Label(_kind_of(name) or "responsible", name, begin, colon, content)
            if _STRICT.fullmatch(name)
            else None
        )
    known = classify(name)
    if known is None:
        # a label that nothing divides from the unit before it: «…市环保局责任单位：…»
        for pattern in (_UNIT_LABEL, _PERSON_LABEL, _GLUED_DATE):
            glued = next((m for m in pattern.finditer(name) if m.end() == len(name)), None)
            if glued and glued.start():
                begin, name = begin + glued.start(), glued[0]
                known = classify(name)
                break
    if known is None and _UNKNOWN.fullmatch(name):
        return Label("unknown", name, begin, colon, content)
    if known is None:
        return None
    return Label(known[0], name, begin, colon, content, persons=known[1], slip=known[2])


def opens_with_label(text: str) -> bool:
    """True for a line like «牵头单位：…», in brackets or not."""
    head = text[:40].lstrip("（〔【[")
    colon = head.find("：")
    return colon > 0 and classify(head[:colon]) is not None
