"""The tree of numbered items of one document, and the clauses that hang on them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from lantian.rules.documents.layout import Paragraph
from lantian.rules.documents.roles import UNIT_KINDS, Clause, find_clauses, read_role_line
from lantian.rules.documents.text import Text

#: Chapters that say why, how far, and by which principles, not who does what; counted only without unit lines.
_NOT_TASKS = re.compile(
    r"指导思想|总体要求|总体思路|基本思路|工作思路|基本原则|工作原则|工作目标|目标要求|目标指标|主要目标|总体目标|具体目标|目标指标|质量目标|目标任务$|编制依据"
    r"|适用范围|组织领导|组织机构|领导小组|组织保障|保障措施|保障机制|工作保障|实施保障|政策保障|工作要求|相关要求|有关要求|几点要求|时间安排|实施步骤|工作步骤|工作安排$"
    r"|实施时间|附则|名词解释|考核(?:奖惩|办法|问责)|监督考核|工作机制$|切实履行|问责追责|提高认识|加强领导"
)


_UNKNOWN_LINE = re.compile(r"[\u4e00-\u9fff]{2,8}(?:单位|部门)：[^。]{2,80}$")


@dataclass(slots=True)
class Node:
    """A numbered item with the plain paragraphs under it and the items below it."""

    head: Paragraph
    parent: Node | None
    content: list[Paragraph] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    clauses: list[Clause] = field(default_factory=list)

    @property
    def start(self) -> int:
        return self.head.start

    @property
    def own_end(self) -> int:
        """End of the item's own paragraphs, before the items below it."""
        return max([self.head.end, *(p.end for p in self.content)])

    @property
    def end(self) -> int:
        return max(self.own_end, self.children[-1].end if self.children else 0)

    @property
    def leaf(self) -> bool:
        return not self.children

    def walk(self) -> Iterator[Node]:
        """Yield the item and everything below it, in order."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))

    def ancestors(self) -> Iterator[Node]:
        node = self.parent
        while node:
            yield node
            node = node.parent

    def title(self, clean: str) -> tuple[int, int]:
        """Span of the heading, or of the first sentence up to 。"""
        start, end = self.head.body, self.head.end
        cut = next((c.start for c in self.clauses if start < c.start < end), end)
        stop = _sentence_end(clean, start, cut)
        while stop > start and clean[stop - 1] in "。：；，、 ":
            stop -= 1
        return start, stop

    def is_background(self, clean: str, *, own: bool = False) -> bool:
        """True inside a chapter of aims, principles or guarantees; with `own`, by its own heading only."""
        for node in (self,) if own else (self, *self.ancestors()):
            a, b = node.title(clean)
            chapter = node.head.style in ("part", "cn", "pcn") or node.parent is None
            if chapter and b - a <= 40 and _NOT_TASKS.search(clean, a, b):
                return True
        return False


def _sentence_end(clean: str, start: int, end: int) -> int:
    depth = 0
    first = -1
    for i in range(start, end):
        c = clean[i]
        if c in "（《“〔":
            depth += 1
        elif c in "）》”〕":
            depth = max(0, depth - 1)
        elif c == "。":
            if not depth:
                return i
            first = i if first < 0 else first
    return first if first >= 0 and depth else end


def build_tree(text: Text, paragraphs: Sequence[Paragraph]) -> list[Node]:
    """Arrange the paragraphs of one document as a tree and read their clauses."""
    roots: list[Node] = []
    stack: list[Node] = []
    for p in paragraphs:
        if p.style:
            while stack and stack[-1].head.level >= p.level:
                stack.pop()
            node = Node(p, stack[-1] if stack else None)
            (stack[-1].children if stack else roots).append(node)
            stack.append(node)
        elif p.kind in ("meta", "signature") or p.kind == "heading":
            stack = []
        elif p.kind == "note":
            if p.text.startswith("附件"):
                stack = []
        elif stack and p.kind != "table_row":
            stack[-1].content.append(p)
    for root in roots:
        for node in root.walk():
            node.clauses = _clauses(text.clean, node)
    return roots


def orphans(text: Text, paragraphs: Sequence[Paragraph], roots: Sequence[Node]) -> list[Node]:
    """Paragraphs outside of every numbered item that name their parties: items without a number."""
    taken: set[int] = set()
    for root in roots:
        for node in root.walk():
            taken.add(node.start)
            taken.update(p.start for p in node.content)
    found: list[Node] = []
    group: list[Paragraph] = []
    named = False
    for p in (*paragraphs, None):
        if p is None or p.start in taken or p.kind not in ("body", "role_line", "heading"):
            _close(text, group, found)
            group, named = [], False
            continue
        if p.kind != "role_line" and group and (named or group[-1].kind == "role_line"):
            _close(text, group, found)
            group, named = [], False
        group.append(p)
        named = named or (p.kind != "role_line" and bool(find_clauses(text.clean, p.start, p.end)))
    return found


def _close(text: Text, group: list[Paragraph], found: list[Node]) -> None:
    if not group:
        return
    node = Node(group[0], None, group[1:])
    node.clauses = _clauses(text.clean, node)
    if any(c.names_units for c in node.clauses):
        # what stands in front of the paragraph that is closed is not part of it
        first = node.clauses[0].start
        begin = max((k for k, p in enumerate(group) if p.start <= first and p.kind != "role_line"), default=0)
        if begin and group[begin].start < first and len(group[begin].text) > 60:
            node.head, node.content = group[begin], group[begin + 1 :]
        found.append(node)


def _clauses(clean: str, node: Node) -> list[Clause]:
    found: list[Clause] = []
    lines: Clause | None = None
    for p in (node.head, *node.content):
        line = read_role_line(clean, p.start, p.end) if p.kind == "role_line" else None
        if line:
            if lines and not _conflict(lines, line):
                lines.merge(line)
            elif (
                not line.names_units
                and found
                and not line.persons
                and _adjacent(clean, found[-1].end, line.start)
            ):
                found[-1].merge(line)
            else:
                lines = line
                found.append(line)
            continue
        if lines and _UNKNOWN_LINE.match(p.text):
            continue  # a label that says no known role; it has its own warning
        lines = None
        for clause in find_clauses(clean, p.body if p is node.head else p.start, p.end):
            if found and _adjacent(clean, found[-1].end, clause.start):
                found[-1].merge(clause)
            else:
                found.append(clause)
    return [c for c in found if c.names_units or c.default or c.persons]


def _conflict(lines: Clause, line: Clause) -> bool:
    """A second 牵头单位 under the same item opens the next part."""
    return any(kind in UNIT_KINDS and kind in lines.labels for kind in line.labels)


def _adjacent(clean: str, end: int, start: int) -> bool:
    return start - end <= 3 and not clean[end:start].strip("。；，\n")
