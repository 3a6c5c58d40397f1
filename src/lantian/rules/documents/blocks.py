"""Stretches of a plan that are kept whole: rules for staggered production and for heavy-pollution alerts."""

from __future__ import annotations

import re
from collections.abc import Sequence

from lantian.rules.documents.layout import Paragraph, PlanContext
from lantian.rules.documents.model import Block

_STAGGERED = re.compile(r"错峰(?:生产|限产|停产|停限产)|错时生产|季节性生产调控|采暖季.{0,8}(?:停限?产|限产)|生产调控")
_RESPONSE = re.compile(
    r"应急(?:响应|减排|管控|应对|预警|处置|联动)|重污染(?:天气)?(?:应急|应对|过程)|污染天气应[对急]|预警(?:分级|响应|会商)|(?:Ⅰ|Ⅱ|Ⅲ|IV|[一二三]级)响应|(?:红色|橙色|黄色)预警"
)
_NAMES = {"staggered_production": _STAGGERED, "emergency_response": _RESPONSE}


def _title(p: Paragraph) -> str:
    text = p.text[max(0, p.body - p.start) :] if p.body else p.text
    if p.number and text.startswith(p.number):
        text = text[len(p.number) :].lstrip(".、． ")
    return re.split(r"[。：\n]", text, maxsplit=1)[0][:60]


def _kind(title: str) -> str:
    if not title or len(title) > 30:
        return ""
    first = min(((m.start(), kind) for kind, pattern in _NAMES.items() if (m := pattern.search(title))), default=None)
    return first[1] if first else ""


def find_blocks(paragraphs: Sequence[Paragraph], context: PlanContext | None = None) -> tuple[Block, ...]:
    """Find the blocks of one document.

    A heading or a numbered item whose title speaks of staggered production or of emergency response opens a block;
    it ends before the next line of the same or a higher level.  A block inside another one of its kind is not given
    again.
    """
    blocks: list[Block] = []
    for n, p in enumerate(paragraphs):
        if not p.level or p.kind not in ("heading", "body"):
            continue
        title = _title(p)
        kind = _kind(title)
        if not kind:
            continue
        if any(b.kind == kind and b.span[0] <= p.start and p.end <= b.span[1] for b in blocks[-8:]):
            continue
        end = p.end
        for q in paragraphs[n + 1 :]:
            if (q.level and q.level <= p.level) or q.kind in ("signature", "meta") or q.document != p.document:
                break
            end = q.end
        blocks.append(Block(kind, title, (p.start, end)))
    return tuple(blocks)
