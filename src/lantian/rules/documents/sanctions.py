"""Sanction schedules of the closing chapters: a problem and what it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from lantian.rules.documents.layout import Paragraph, PlanContext
from lantian.rules.documents.model import Sanction
from lantian.rules.documents.numbers import FIGURES, parse_number

_COST = re.compile(
    r"(?P<verb>扣缴|扣减|扣除|扣罚|处罚|罚款|罚没|罚|处以|(?<![每一二两1-9])处|扣|上缴|缴纳|支付)(?P<whom>[^，。；：\d]{0,30}?)"
    rf"(?P<n>{FIGURES}|[一二两三四五六七八九十百千]{{1,6}})(?P<u>[万亿千百]?元(?:/?每?(?:次|起|处|家|天|辆|火点|个|吨|亩))?|分(?![之钟])(?:/次)?)"
)
_PER_POINT = re.compile(
    rf"(?P<problem>[一-龥“”]{{2,16}}?)(?P<n>{FIGURES})(?P<u>[万亿]?元/每?[一-龥]{{1,3}}?)的?(?:扣减|扣缴|处罚|罚款|扣罚|生态补偿)"
)
_EACH = re.compile(r"，?(?:每)?(?:发现|查实|查处|出现|发生|通报|一经发现|经查实)(?:一|1|每)?(?:起|次|处|家|例|个|辆|台)(?:的)?|，?一经[一-龥]{2,4}|，?一律|，?每(?:起|次|处|家|个)")
_BY_RULE = re.compile(r"按照?《[^《》]{2,80}》(?:（[^（）]{1,40}）)?[一-龥]{0,6}(?:处罚|问责|追责)[一-龥]{0,4}")
_LEAD = re.compile(r"^(?:[\s，、；。：“”]|其中|同时|另外|此外|（\d{1,2}）|\d{1,2}\.|[①-⑳])+|^对(?=.{2,})")


def _problem(clause: str, cost_at: int) -> str:
    text = clause[:cost_at]
    each = None
    for each in _EACH.finditer(text):
        pass
    if each:
        # A clause that opens with «发现1个火点» is its own problem; what is left of it alone would say too little.
        rest = text[: each.start()] if each.start() > 1 else text[each.end() :]
        text = rest if len(rest) > 3 else text
    text = text.rstrip("，、：")
    for _ in range(3):
        shorter = _LEAD.sub("", text)
        if shorter == text:
            break
        text = shorter
    text = re.sub(r"(?:发现|对)?(?P<t>.{2,})(?:行为)?的$", lambda m: m[0][:-1], text)
    text = re.sub(r"，?(?:区财政|市财政|县财政|财政部门|财政|由[一-龥]{2,12})$", "", text)
    return text.strip("，、 ")


def read_sanctions(paragraphs: Sequence[Paragraph], context: PlanContext | None = None) -> tuple[Sanction, ...]:
    """Read what problems cost: ``发现一起扣缴…10万元``, ``100万元/火点``.

    Returns
    -------
    tuple of Sanction
        In the order of the text; ``amount`` is None where the text only refers to another rule inside a schedule.
    """
    found: list[Sanction] = []
    for p in paragraphs:
        if p.kind in ("meta", "signature", "role_line") or ("元" not in p.text and "扣" not in p.text and "罚" not in p.text):
            continue
        own: list[Sanction] = []
        rules: list[Sanction] = []
        for start, sentence in _clauses(p.text):
            for m in _PER_POINT.finditer(sentence):
                unit = m["u"].replace("/每", "/")
                problem = re.sub(r"^(?:继续|严格)?(?:执行|落实|按照)", "", m["problem"])
                own.append(_sanction(problem, m["n"], unit, sentence, m.start(), m.end(), p.start + start))
            done = [s.span for s in own]
            for m in _COST.finditer(sentence):
                at = (p.start + start + m.start("n"), p.start + start + m.end("u"))
                if any(a <= at[0] < b for a, b in done) or re.search(r"补助|奖励|补贴|奖补", sentence[max(0, m.start() - 8) : m.end()]):
                    continue
                problem = _problem(sentence, m.start())
                if len(problem) < 2:
                    continue
                unit = m["u"].replace("/每", "/")
                lead = len(sentence) - len(_LEAD.sub("", sentence))
                own.append(_sanction(problem, m["n"], unit, sentence, min(lead, m.start()), m.end(), p.start + start))
            if rule := _BY_RULE.search(sentence):
                problem = _problem(sentence, rule.start())
                if len(problem) >= 2:
                    lead = min(len(sentence) - len(_LEAD.sub("", sentence)), rule.start())
                    rules.append(
                        Sanction(problem, None, "", sentence[lead : rule.end()], (p.start + start + lead, p.start + start + rule.end()))
                    )
        if len(own) > 1:
            own += rules
        found += sorted(own, key=lambda s: s.span)
    return tuple(found)


def _sanction(problem: str, number: str, unit: str, text: str, start: int, end: int, offset: int) -> Sanction:
    amount: Decimal | None = parse_number(number)
    return Sanction(problem, amount, unit, text[start:end], (offset + start, offset + end))


def _clauses(text: str) -> list[tuple[int, str]]:
    """Pieces between full stops and semicolons outside brackets and titles."""
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
    return [(a, t) for a, t in pieces if t.strip()]
