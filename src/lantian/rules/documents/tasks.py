"""Tasks: the smallest numbered items that name their own responsible parties."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

from lantian.rules.documents.dates import read_dates
from lantian.rules.documents.items import Node, build_tree, orphans
from lantian.rules.documents.labels import classify
from lantian.rules.documents.layout import Paragraph, PlanContext
from lantian.rules.documents.model import DateReading, Quantity, Span, Task, Warning_
from lantian.rules.documents.quantities import read_quantities
from lantian.rules.documents.roles import UNIT_KINDS, Clause, find_clauses
from lantian.rules.documents.task_tables import TableTask, read_task_tables
from lantian.rules.documents.text import Text
from lantian.rules.documents.units import Piece, Unit, UnitContext, expand, is_unit, prefix_votes, split_units

_FIRST_UNIT = re.compile(
    r"(?:排|列|位|居|处)[^。；，]{0,8}(?:第一|首位|首个|最前|之首|前面|首)[^。；]{0,14}(?:牵头|总负责|负总责)"
    r"|(?:第一|首)(?:个|家|位)?(?:责任)?(?:单位|部门)[^。；，]{0,8}牵头"
)
_SUB = ("par", "circle")

#: an item that holds sub-items and nothing of its own is no heading of theirs
_BARE_NUMBER = re.compile(r"[\d一二三四五六七八九十]{1,4}[.．、]?|（[\d一二三四五六七八九十]{1,4}）")


@dataclass(slots=True)
class _Draft:
    """A task before its units have their full names."""

    number: str
    section: tuple[str, ...]
    title: Span
    span: Span
    clauses: list[Clause]
    subtitle: Span | None = None
    part: int | None = None
    covers: tuple[str, ...] = ()
    #: of a table row: the cells that say what is to be done, and all cells
    body: list[Span] = field(default_factory=list)
    cells: list[Span] = field(default_factory=list)


def read_tasks(
    text: Text,
    paragraphs: Sequence[Paragraph],
    context: PlanContext,
    units: UnitContext,
    section: tuple[str, ...] = (),
) -> tuple[list[Task], list[Warning_]]:
    """Read the tasks of one document.

    Parameters
    ----------
    text
        The whole file.
    paragraphs
        The paragraphs of the document.
    context
        What its head says.
    units
        Places and the default level; the level is filled in here when the document's own lists agree on one.
    section
        Headings that go in front of each task's section (the title where a file holds several documents).

    Returns
    -------
    tuple
        Tasks in the order of the text, and warnings; spans are those of the clean text.
    """
    roots = build_tree(text, paragraphs)
    tables = read_task_tables(text.clean, paragraphs)
    strays = orphans(text, paragraphs, roots)
    clauses = [c for root in (*roots, *strays) for node in root.walk() for c in node.clauses] + [
        t.clause for t in tables if t.clause
    ]
    votes = Counter(v for c in clauses for pieces in c.pieces.values() if (v := prefix_votes(pieces)))
    default = votes.most_common(1)[0][0] if votes else ""
    units = UnitContext(default, units.places)
    warnings: list[Warning_] = [w for c in clauses for w in c.warnings]
    collector = _Collector(text.clean)
    drafts, missing = collector.collect(roots, in_table=bool(tables))
    drafts += collector.unnumbered(strays)
    drafts += [_from_table(t) for t in tables]
    drafts.sort(key=lambda d: (d.span[0], d.part or 0))
    first_leads = any(_FIRST_UNIT.search(p.text) for p in paragraphs if "牵头" in p.text)
    writer = _Writer(text, context, units, section, first_leads)
    defaults = _early_defaults(text, paragraphs, roots, units)
    tasks = [writer.task(d, defaults) for d in drafts]
    warnings += writer.warnings
    warnings += _unknown_labels(paragraphs)
    warnings += [
        Warning_(
            "task_without_units",
            "This item names no responsible unit, though its neighbours do",
            node.title(text.clean),
        )
        for node in missing
    ]
    return tasks, warnings


_LABEL = re.compile(r"([\u4e00-\u9fff]{2,8}(?:单位|部门))：(?=.)")


def _unknown_labels(paragraphs: Sequence[Paragraph]) -> list[Warning_]:
    """Lines like «考核单位：市攻坚办» whose label says no role that is known."""
    found: list[Warning_] = []
    for p in paragraphs:
        label = _LABEL.match(p.text) if p.kind == "body" and len(p.text) < 200 else None
        if label and classify(label[1]) is None:
            pieces = split_units(p.text, label.end(), len(p.text))
            if pieces and all(is_unit(x.text) for x in pieces):
                found.append(
                    Warning_(
                        "unknown_role",
                        f"«{label[1]}» is no role that is known here; its units were left out",
                        (p.start, p.end),
                    )
                )
    return found


# ------------------------------------------------------------------------------------------ which items are tasks


class _Collector:
    """Walks the tree and decides which items, runs of items and parts are tasks."""

    def __init__(self, clean: str) -> None:
        self.clean = clean
        self.drafts: list[_Draft] = []
        self.missing: list[Node] = []
        self.share: dict[str, float] = {}

    def collect(self, roots: Sequence[Node], *, in_table: bool) -> tuple[list[_Draft], list[Node]]:
        leaves = [n for root in roots for n in root.walk() if n.leaf and not n.is_background(self.clean)]
        named = [n for root in roots for n in root.walk() if n.clauses]
        if not named and in_table:
            return [], []
        if not named or (len(leaves) >= 8 and len(named) <= 0.1 * len(leaves)):
            for root in roots:
                self._without_units(root)
            return self.drafts, []
        for style in {n.head.style for n in leaves}:
            same = [n for n in leaves if n.head.style == style]
            self.share[style] = sum(bool(n.clauses) for n in same) / len(same)
        for root in roots:
            self._visit(root)
        return self.drafts, self.missing

    def unnumbered(self, strays: Sequence[Node]) -> list[_Draft]:
        """Tasks that bear no number; each paragraph with its own clause is one."""
        self.drafts = []
        for node in strays:
            self._emit([node])
        return self.drafts

    def _without_units(self, root: Node) -> None:
        """A document without unit lines: every smallest item outside of aims and guarantees."""
        for node in root.walk():
            if node.leaf and not node.is_background(self.clean):
                self._emit([node])

    def _visit(self, node: Node) -> bool:
        """Emit the tasks of an item and of everything below it; True if there was one."""
        if node.leaf:
            if node.clauses:
                self._emit([node])
            return bool(node.clauses)
        pending: list[Node] = []
        groups: list[list[Node]] = []
        emitted = False
        for child in node.children:
            if not child.leaf:
                before = len(self.drafts)
                if self._visit(child):
                    emitted = True
                    self._lonely(pending)
                    pending = []
                    continue
                del self.drafts[before:]
                pending.append(child)
            elif not child.clauses:
                if not child.is_background(self.clean, own=True):
                    pending.append(child)
            else:
                if self._joins(child) and pending:
                    groups.append([*pending, child])
                else:
                    self._lonely(pending)
                    groups.append([child])
                pending = []
        whole = len(groups) == 1 and not pending and not emitted and not node.clauses
        for group in groups:
            if whole and len(group) > 1 and len(group) == len(node.children):
                self._emit(group, whole=node)
            else:
                self._emit(group)
        emitted = emitted or bool(groups)
        if node.clauses:
            self._own(node, covers=not emitted)
            pending = [] if not emitted else pending
        if emitted and groups:
            self._lonely(pending)
        return emitted or bool(node.clauses)

    def _joins(self, child: Node) -> bool:
        """A clause under a sub-item closes the run of sub-items before it; a main item speaks for itself."""
        return child.head.style in _SUB or self.share.get(child.head.style, 0.0) < 0.5

    def _lonely(self, pending: Sequence[Node]) -> None:
        """Items that name nobody while their neighbours do: kept as tasks, and a person is asked."""
        for node in pending:
            if (
                node.leaf
                and self.share.get(node.head.style, 0.0) >= 0.5
                and not node.is_background(self.clean)
            ):
                self._emit([node])
                self.missing.append(node)

    def _own(self, node: Node, *, covers: bool) -> None:
        """An item that names its parties before the items below it."""
        end = node.end if covers else node.own_end
        numbers = tuple(_number([c]) for c in node.children) if covers else ()
        self._parts(_number([node]), node, node, node.clauses, (node.start, end), numbers)

    def _emit(self, run: Sequence[Node], whole: Node | None = None) -> None:
        first, last = run[0], run[-1]
        if whole:
            numbers = tuple(_number([n]) for n in run)
            self._parts(_number([whole]), whole, whole, last.clauses, (whole.start, last.end), numbers)
            return
        covers = tuple(_number([n]) for n in run) if len(run) > 1 else ()
        self._parts(_number(run), first, last, last.clauses, (first.start, last.end), covers)

    def _parts(
        self,
        number: str,
        first: Node,
        last: Node,
        clauses: Sequence[Clause],
        span: Span,
        covers: tuple[str, ...],
    ) -> None:
        title_node = _titled(first, self.clean)
        subtitle = None
        if title_node is not first and not (covers and len(covers) > 1):
            subtitle = self._subtitle(first)
        section = title_node.head.section
        cuts = [span[0], *(c.end for c in clauses[:-1]), span[1]]
        for k in range(max(1, len(clauses))):
            start = cuts[k]
            while k and start < cuts[k + 1] and self.clean[start] in "。；，、\n":
                start += 1
            piece = (start, cuts[k + 1])
            clause = list(clauses[k : k + 1])
            self.drafts.append(
                _Draft(
                    number,
                    section,
                    title_node.title(self.clean),
                    piece,
                    clause,
                    subtitle,
                    k + 1 if len(clauses) > 1 else None,
                    covers,
                )
            )

    def _subtitle(self, node: Node) -> Span | None:
        start, end = node.title(self.clean)
        more = node.end - end > 2
        return (start, end) if 0 < end - start <= 40 and more else None


def _titled(node: Node, clean: str) -> Node:
    """The item whose heading a sub-item bears."""
    if node.head.style not in _SUB:
        return node
    for above in node.ancestors():
        if (
            above.head.style in ("arabic", "decimal", "article", "par")
            and above.head.style != node.head.style
        ):
            a, b = above.title(clean)
            if b > a:
                return _titled(above, clean) if above.head.style == "par" else above
            return node
    return node


def _number(run: Sequence[Node]) -> str:
    """«7», «16(2)», «18(1)-(3)», «（一）»."""
    first, last = run[0], run[-1]
    name = _own_number(first)
    if first is last:
        return name
    tail = last.head.number
    tail = _plain(last) if last.head.style in _SUB else tail
    return f"{name}-{tail}"


def _own_number(node: Node) -> str:
    if node.head.style not in _SUB:
        return node.head.number
    above = next((a for a in node.ancestors() if a.head.style in ("arabic", "decimal", "article")), None)
    chain = [_plain(node)]
    for a in node.ancestors():
        if a is above or a.head.style not in _SUB:
            break
        chain.insert(0, _plain(a))
    return (above.head.number if above else "") + "".join(chain)


def _plain(node: Node) -> str:
    """«（1）» and «1）» as «(1)»; ① stays."""
    inner = node.head.number.strip("（）")
    return f"({inner})" if node.head.style == "par" else inner


def _from_table(row: TableTask) -> _Draft:
    clauses = [row.clause] if row.clause else []
    return _Draft(
        row.number,
        row.section,
        row.title,
        row.span,
        clauses,
        row.subtitle,
        row.part,
        body=row.body,
        cells=row.cells,
    )


# ------------------------------------------------------------------------------------------ full tasks


def _early_defaults(
    text: Text, paragraphs: Sequence[Paragraph], roots: Sequence[Node], units: UnitContext
) -> dict[str, list[Unit]]:
    """Default clauses that stand in plain paragraphs before the first item."""
    first = roots[0].start if roots else len(text.clean)
    found: dict[str, list[Unit]] = {}
    for p in paragraphs:
        if p.start >= first or p.kind != "body":
            continue
        for clause in find_clauses(text.clean, p.start, p.end):
            _remember(text, clause, units, found)
    return found


def _remember(text: Text, clause: Clause, units: UnitContext, defaults: dict[str, list[Unit]]) -> None:
    by_role: dict[str, list[Piece]] = {}
    for role, piece in clause.default:
        by_role.setdefault(role, []).append(piece)
    for role, pieces in by_role.items():
        if all(is_unit(p.text) for p in pieces):
            defaults[role] = _unique([*defaults.get(role, []), *expand(text, pieces, units)])


def _unique(units: Iterable[Unit]) -> list[Unit]:
    seen: dict[str, Unit] = {}
    for unit in units:
        seen.setdefault(unit.name, unit)
    return list(seen.values())


class _Writer:
    """Turns drafts into tasks."""

    def __init__(
        self,
        text: Text,
        context: PlanContext,
        units: UnitContext,
        section: tuple[str, ...],
        first_leads: bool,
    ) -> None:
        self.text = text
        self.context = context
        self.units = units
        self.section = section
        self.first_leads = first_leads
        self.warnings: list[Warning_] = []

    def task(self, draft: _Draft, defaults: dict[str, list[Unit]]) -> Task:
        text, clean = self.text, self.text.clean
        by_role: dict[str, list[Unit]] = {}
        for clause in draft.clauses:
            for role in UNIT_KINDS:
                by_role.setdefault(role, []).extend(expand(text, clause.pieces.get(role, []), self.units))
                self._doubt(clause.pieces.get(role, []), by_role[role])
        by_role = {role: _unique(units) for role, units in by_role.items()}
        for clause in draft.clauses:
            own: dict[str, list[Unit]] = {}
            _remember(text, clause, self.units, own)
            for role, units in own.items():
                by_role[role] = _unique([*by_role.get(role, []), *units])
        if by_role.get("shared"):
            by_role["responsible"] = _unique([*by_role["shared"], *by_role.get("responsible", [])])
        if self.first_leads and not by_role.get("leads") and by_role.get("responsible"):
            by_role["leads"], by_role["responsible"] = by_role["responsible"][:1], by_role["responsible"][1:]
        from_default = self._add_defaults(by_role, defaults)
        for clause in draft.clauses:
            _remember(text, clause, self.units, defaults)
        dates, quantities = self._figures(draft)
        start, end = draft.span
        span = (start, len(clean[:end].rstrip("\n")) if clean[end - 1 : end] == "\n" else end)
        return Task(
            number=draft.number,
            section=(*self.section, *(h for h in draft.section if not _BARE_NUMBER.fullmatch(h))),
            title=text.as_printed(draft.title).replace("\n", ""),
            text=text.as_printed(span)
            if not draft.cells
            else "\t".join(text.as_printed(c) for c in draft.cells),
            span=span,
            leads=_names(by_role, "leads"),
            responsible=_names(by_role, "responsible"),
            cooperating=_names(by_role, "cooperating"),
            supervising=_names(by_role, "supervising"),
            shared=_names(by_role, "shared"),
            persons=tuple(
                dict.fromkeys(text.as_printed((p.start, p.end)) for c in draft.clauses for p in c.persons)
            ),
            deadlines=dates.deadlines,
            starts=dates.starts,
            periods=dates.periods,
            quantities=quantities,
            recurrence=dates.recurrence,
            part=draft.part,
            subtitle=text.as_printed(draft.subtitle) if draft.subtitle else None,
            covers=draft.covers,
            accepted_by=_names(by_role, "accepted"),
            from_default=from_default,
            literal=self._literal(draft),
            role_spans={
                r: (s[0][0], s[-1][1]) for c in draft.clauses for r, s in c.spans.items() if r != "accepted"
            },
            title_span=draft.title,
        )

    def _doubt(self, pieces: Sequence[Piece], units: Sequence[Unit]) -> None:
        """Ask about a piece of a list that does not look like a unit, also with what it shares with the next."""
        names = {u.span: u.name for u in units}
        for piece in pieces:
            name = names.get((piece.start, piece.end), piece.text)
            if not is_unit(name):
                self.warnings.append(
                    Warning_(
                        "unit_unclear",
                        f"«{piece.text}» does not look like the name of a unit",
                        (piece.start, piece.end),
                    )
                )

    def _add_defaults(
        self, by_role: dict[str, list[Unit]], defaults: dict[str, list[Unit]]
    ) -> dict[str, tuple[str, ...]]:
        added: dict[str, tuple[str, ...]] = {}
        for role, units in defaults.items():
            known = {u.name for u in by_role.get(role, [])}
            new = [u for u in units if u.name not in known]
            if new:
                by_role[role] = [*by_role.get(role, []), *new]
                added[role] = tuple(u.printed for u in new)
        return added

    def _literal(self, draft: _Draft) -> dict[str, str]:
        literal: dict[str, list[str]] = {}
        for clause in draft.clauses:
            for role, spans in clause.spans.items():
                if role != "accepted":
                    literal.setdefault(role, []).extend(self.text.as_printed(s) for s in spans)
        return {role: "，".join(parts) for role, parts in literal.items()}

    def _figures(self, draft: _Draft) -> tuple[DateReading, tuple[Quantity, ...]]:
        """Dates of the whole task; amounts of its prose, not of its lists of units."""
        clean = self.text.clean
        start, end = draft.span
        dates = DateReading()
        for a, b in draft.cells or [(start, end)]:
            dates = _both(dates, read_dates(clean[a:b], year=self.context.year, offset=a))
        self.warnings += dates.warnings
        spans = draft.body or _between(start, end, draft.clauses)
        quantities: list[Quantity] = []
        for a, b in spans:
            if b > a:
                quantities += read_quantities(clean[a:b], offset=a, taken=dates.taken)
        return dates, tuple(quantities)


def _both(one: DateReading, other: DateReading) -> DateReading:
    return DateReading(*(getattr(one, f.name) + getattr(other, f.name) for f in fields(DateReading)))


def _between(start: int, end: int, clauses: Sequence[Clause]) -> list[Span]:
    spans: list[Span] = []
    at = start
    for clause in clauses:
        if at < clause.start <= end:
            spans.append((at, clause.start))
        at = max(at, clause.end)
    if at < end:
        spans.append((at, end))
    return spans


def _names(by_role: dict[str, list[Unit]], role: str) -> tuple[str, ...]:
    return tuple(u.printed for u in by_role.get(role, []))
