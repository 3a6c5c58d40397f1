"""A side of a comparison from a plan that was read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from lantian.rules.conformity.model import SECTION_SEPARATOR, Amount, Item, Measure, Side
from lantian.rules.conformity.places import groups_in
from lantian.rules.documents.model import Heading, Plan, Quantity, Target, Task
from lantian.rules.region_codes import PROVINCES

_PLACE = re.compile(r"[\u4e00-\u9fff]{2,8}?(?:自治区|自治州|自治县|新区|街道|[省市区县州盟旗镇乡])")
_OWN = re.compile(r"[\u4e00-\u9fff]{2,12}")
_CITY = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,3}市)(?![场政区级直县容委])")
_NO_CITY = re.compile(r"[全我各本该省外城辖中]|地级|直管|等市")
_YEARS = re.compile(r"(?<!\d)(20\d\d)\s*(?:年度?)?(?:\s*(?:[—–~～至-]|-)+\s*(20\d\d)\s*年?|\s*年)")
_LEVELS = (
    ("town", ("街道", "镇", "乡")),
    ("county", ("区", "县", "旗")),
    ("prefecture", ("市", "州", "盟")),
    ("province", ("省",)),
)
#: chapters that say why and what for, not who does what
_INTRODUCTION = re.compile(
    r"指导思想|总体(?:要求|思路|目标)|(?:工作|主要|行动|空气质量|改善)目标|^目标|基本(?:原则|思路)|形势|实施时间|适用范围"
)


def side_from_plan(plan: Plan, text: str = "") -> Side:
    """Make a side from a plan as :func:`lantian.rules.documents.parse.parse_plan` returns it.

    Parameters
    ----------
    plan
        The plan.
    text
        The text that it was read from. Without it the side has no passages and no groups of places, and of the places
        above its own only those that its head names.
    """
    title = next((d.title for d in reversed(plan.documents) if d.title), plan.meta.title or "")
    regions = _regions(plan, text)
    return Side(
        title=title if len(plan.documents) > 1 else plan.meta.title or title,
        level=level_of(regions),
        regions=regions,
        issued_on=plan.meta.issued_on,
        tasks=tuple(_task(task, str(at)) for at, task in enumerate(plan.tasks)),
        targets=tuple(_target(target, str(at), plan) for at, target in enumerate(plan.targets)),
        passages=tuple(_passages(plan, text)),
        groups=groups_in(text),
    )


def level_of(regions: tuple[str, ...]) -> str:
    """The level of the first of a chain of places, by the word for its kind; empty where it has none.

    >>> level_of(("惠济区", "郑州市", "河南省"))
    'county'
    """
    if not regions:
        return ""
    own = regions[0]
    if own in PROVINCES.values():
        return "province"
    if own.endswith("市") and any(place.endswith(("市", "州")) for place in regions[1:]):
        return "county"
    return next((level for level, ends in _LEVELS if own.endswith(ends)), "")


def years_of(side: Side) -> frozenset[int]:
    """The campaign years of a plan: those in its title (2018—2019年秋冬季), else the year of its issue.

    >>> sorted(years_of(Side("晴川市2018—2020年蓝天保卫行动方案")))
    [2018, 2019, 2020]
    """
    found = _YEARS.search(side.title)
    if found is None:
        return frozenset({side.issued_on.year} if side.issued_on else ())
    first = int(found[1])
    last = int(found[2] or first)
    return frozenset(range(first, last + 1)) if first <= last < first + 20 else frozenset({first})


def _regions(plan: Plan, text: str) -> tuple[str, ...]:
    """The own place and those it lies in: from the issuer, else the title; the rest as the text names them most."""
    chain: list[str] = []
    for head in (
        plan.meta.issuer,
        *(d.issuer for d in plan.documents),
        plan.meta.title,
        *(d.title for d in plan.documents),
    ):
        found = list(_leading_places(head or ""))
        if len(found) > len(chain) and (not chain or found[-1] == chain[-1]):
            chain = found
    if not chain:
        return ()
    above = list(reversed(chain))
    level = level_of(tuple(above))
    if level in {"county", "town"} and level_of(tuple(above[-1:])) in {"county", "town"}:
        cities = Counter(
            m[1] for m in _CITY.finditer(text) if not _NO_CITY.search(m[1]) and m[1] not in above
        )
        above += [name for name, _count in cities.most_common(1)]
    if not any(place in PROVINCES.values() for place in above):
        counts = {name: text.count(name) for name in PROVINCES.values()}
        best = max(counts, key=lambda name: (counts[name], name))
        above += [best] if counts[best] else []
    return tuple(above)


def _leading_places(head: str) -> Iterator[str]:
    """郑州市惠济区人民政府: the places at the beginning of a name, outermost first."""
    head = re.sub(r"^(?:中共|共青团)|^[\d年度—\-–至、（）\s]+", "", head)
    at = 0
    while (found := _PLACE.match(head, at)) is not None:
        if re.search(r"关于|攻坚|污染|领导|方案|计划|行动", found[0]):
            return
        yield found[0]
        at = found.end()


def _task(task: Task, key: str) -> Item:
    units = dict.fromkeys((*task.leads, *task.responsible, *task.shared))
    return Item(
        key=key,
        number=task.number,
        section=SECTION_SEPARATOR.join(task.section),
        title=task.title,
        text=task.text,
        deadlines=tuple(deadline.on for deadline in task.deadlines),
        quantities=tuple(_amount(quantity) for quantity in task.quantities),
        leads=tuple(units),
        subtitle=task.subtitle or "",
    )


def _amount(quantity: Quantity) -> Amount:
    return Amount(quantity.value, quantity.unit, quantity.what, quantity.comparator, quantity.value_max)


def _target(target: Target, key: str, plan: Plan) -> Item:
    return Item(
        key=key,
        number=None,
        section=_section_at(plan, target.span[0]),
        title=target.indicator,
        text=target.text,
        measure=Measure(
            target.indicator,
            target.region,
            target.comparator,
            target.value,
            target.unit,
            target.period,
            target.kind,
            target.base,
            target.strength,
            target.from_end,
        ),
    )


def _section_at(plan: Plan, at: int) -> str:
    """The headings above a place of the text, beginning with the document where a file holds several."""
    document = next((d for d in plan.documents if d.span[0] <= at < d.span[1]), None)
    path: list[Heading] = []
    for heading in plan.headings:
        if heading.span[0] > at:
            break
        if document is not None and heading.span[0] < document.span[0]:
            continue
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
    title = [document.title] if document is not None and document.title and len(plan.documents) > 1 else []
    return SECTION_SEPARATOR.join([*title, *map(_printed, path)])


def _printed(heading: Heading) -> str:
    return (
        f"{heading.number}{heading.title}"
        if heading.number[-1:] in "）)"
        else f"{heading.number}、{heading.title}"
    )


def _passages(plan: Plan, text: str) -> Iterator[Item]:
    """What stands under the headings without tasks, except introductions."""
    if not text:
        return
    tasks = sorted(task.span for task in plan.tasks)
    outside = [h for h in plan.headings if not any(start <= h.span[0] < end for start, end in tasks)]
    ends = [d.span[1] for d in plan.documents] or [len(text)]
    path: list[Heading] = []
    for at, heading in enumerate(outside):
        while path and (path[-1].level >= heading.level):
            path.pop()
        parents = list(path)
        path.append(heading)
        end = min((e for e in ends if e > heading.span[0]), default=len(text))
        if at + 1 < len(outside):
            end = min(end, outside[at + 1].span[0])
        holds_tasks = any(heading.span[0] <= start < end for start, _end in tasks)
        leads_in = at + 1 < len(outside) and outside[at + 1].level > heading.level
        if holds_tasks or leads_in or any(_INTRODUCTION.search(h.title) for h in (*parents, heading)):
            continue
        body = text[heading.span[0] : end].strip()
        if len(body) < len(heading.title) + 12:
            continue
        yield Item(
            key=f"p{at}",
            number=heading.number,
            section=SECTION_SEPARATOR.join(map(_printed, parents)),
            title=heading.title,
            text=body,
        )
