"""The door of the plan reader: one text in, one :class:`~lantian.rules.documents.model.Plan` out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields, replace
from functools import lru_cache
from typing import Any, TypeVar

from lantian.rules.documents.blocks import find_blocks
from lantian.rules.documents.duties import read_duties
from lantian.rules.documents.errors import PlanTooLarge
from lantian.rules.documents.head import read_heads
from lantian.rules.documents.layout import Layout, read_layout
from lantian.rules.documents.model import Block, Duty, Plan, Sanction, Target, Task, Warning_
from lantian.rules.documents.sanctions import read_sanctions
from lantian.rules.documents.targets import read_targets
from lantian.rules.documents.tasks import read_tasks
from lantian.rules.documents.text import Text
from lantian.rules.documents.units import UnitContext

#: Longest text that is read [bytes of UTF-8]
MAX_BYTES = 2_000_000
#: Most lines that are read; the longest real plans have some thousands
MAX_LINES = 60_000

_AIR = re.compile(r"大气|空气|蓝天|PM2\.5|PM10|颗粒物|扬尘|臭氧|雾霾|挥发性有机物|秋冬季")
T = TypeVar("T")


def parse_plan(source: str, *, max_bytes: int = MAX_BYTES, max_lines: int = MAX_LINES) -> Plan:
    """Read the text of a file into a plan.

    Parameters
    ----------
    source
        The text as it came out of the file; all spans of the result are offsets into it.
    max_bytes
        Longest text to accept [bytes of UTF-8].
    max_lines
        Most lines to accept.

    Raises
    ------
    PlanTooLarge
        If the text is longer.
    """
    size = len(source.encode("utf-8", "surrogatepass"))
    if size > max_bytes:
        raise PlanTooLarge(size, max_bytes, "bytes")
    lines = source.count("\n") + source.count("\r") + 1
    if lines > max_lines:
        raise PlanTooLarge(lines, max_lines, "lines")
    text = Text(source)
    layout = read_layout(text)
    heads = read_heads(text, layout)
    several = len(layout.parts) > 1
    targets: list[Target] = []
    tasks: list[Task] = []
    duties: list[Duty] = []
    sanctions: list[Sanction] = []
    blocks: list[Block] = []
    warnings: list[Warning_] = []
    for k, (part, context) in enumerate(zip(layout.parts, heads.contexts, strict=True)):
        paragraphs = tuple(p for p in layout.paragraphs if p.document == k)
        units = UnitContext(context.default_unit, heads.places)
        section = (part.title,) if several and part.title else ()
        found, doubts = read_tasks(text, paragraphs, context, units, section)
        tasks += found
        warnings += doubts
        values, doubts_ = read_targets(paragraphs, context)
        targets += values
        warnings += doubts_
        duties += read_duties(paragraphs, context)
        sanctions += read_sanctions(paragraphs, context)
        blocks += find_blocks(paragraphs, context)
    warnings += _doubts(text, layout, tasks)
    warnings.sort(key=lambda w: w.span)
    plan = Plan(
        heads.meta,
        heads.documents,
        layout.headings,
        tuple(targets),
        tuple(tasks),
        tuple(duties),
        tuple(sanctions),
        tuple(blocks),
        tuple(dict.fromkeys(warnings)),
    )
    return _to_source(plan, text)


def _doubts(text: Text, layout: Layout, tasks: Iterable[Task]) -> list[Warning_]:
    end = len(text.clean)
    doubts: list[Warning_] = []
    if not any(True for _ in tasks):
        doubts.append(Warning_("no_tasks", "No tasks were found in this text", (0, end)))
    titles = "".join(p.title for p in layout.parts)
    if text.clean.strip() and not _AIR.search(titles) and len(_AIR.findall(text.clean[:400_000])) < 3:
        doubts.append(Warning_("not_about_air", "This text does not seem to be about the air", (0, end)))
    if not layout.parts[0].title:
        doubts.append(Warning_("no_title", "No title was found", (0, min(end, 200))))
    return doubts


@lru_cache(maxsize=64)
def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _to_source(value: T, text: Text) -> T:
    """Map every span inside a value to the text as it was handed in, and its ``text`` to the printed characters."""
    changes: dict[str, Any] = {}
    kind: Any = value.__class__
    for name in _names(kind):
        item = getattr(value, name)
        if not item:
            continue
        if name in ("span", "title_span"):
            changes[name] = text.source_span(item)
        elif name in ("spans", "role_spans"):
            changes[name] = {k: text.source_span(v) for k, v in item.items()}
        elif name == "text":
            span = getattr(value, "span")  # noqa: B009 - not every value object has one
            if span[1] - span[0] == len(item) and text.clean.startswith(item, span[0]):
                changes[name] = text.as_printed(span)
        elif type(item) is tuple and hasattr(item[0], "__dataclass_fields__"):
            changes[name] = tuple(_to_source(x, text) for x in item)
        elif hasattr(item, "__dataclass_fields__"):
            changes[name] = _to_source(item, text)
    return replace(value, **changes) if changes else value  # type: ignore[type-var]
