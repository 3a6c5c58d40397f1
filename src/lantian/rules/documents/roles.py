"""Who does what: clauses that name the parties of a task, by label, by verb, in brackets, lines or sentences.

A clause is found and cut into pieces here; the full names of the units follow when the whole document has been seen
(:func:`lantian.rules.documents.units.expand`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from lantian.rules.documents.labels import Label, classify, find_labels, opens_with_label
from lantian.rules.documents.model import Span, Warning_
from lantian.rules.documents.units import Piece, is_strong_unit, is_unit, split_person, split_units
from lantian.rules.documents.units import strangers as count_strangers

UNIT_KINDS = ("leads", "responsible", "cooperating", "supervising", "shared", "accepted")

_TAIL = (
    r"(?:负责|落实|实施|组织|推进|抓好|做好|完成|工作|相关|开展|执行|到位|具体|协调|抓|分别|共同|检查|同|总)*"
)
_VERBS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "shared",
        re.compile(
            r"(?:根据|依据|依照|按照|按)[^、，。；]{0,8}?(?:职责|职能|分工|职权|权限|管辖)[^，。；、]{0,16}$"
        ),
    ),
    (
        "supervising",
        re.compile(
            rf"(?:负责|共同|分别|牵头)*(?:督促|督导|督办|督查|监督|指导|监管)(?:督促|督导|指导|监督)*{_TAIL}$"
        ),
    ),
    ("leads", re.compile(rf"(?:总|共同|分别|负责|具体|联合)*牵头{_TAIL}$")),
    (
        "cooperating",
        re.compile(
            rf"(?:共同|密切|积极|做好|分别|给予|负责)*(?:配合|协助|协同|协办|参与|参加|支持)(?:配合|参与|{_TAIL})$"
        ),
    ),
    ("accepted", re.compile(r"(?:负责|组织)*(?:验收|核查|销号|复核)+$")),
    (
        "responsible",
        re.compile(
            rf"(?:具体|分别|共同|分工|各自|组织|分级|抓好|做好|全面|分头|联合|协同|属地|分级)*"
            rf"(?:负责|落实|实施|执行|完成|承担|承办){_TAIL}$"
        ),
    ),
)
_VERB_HINT = re.compile(
    r"牵头|配合|负责|落实|参与|参加|协助|协办|协同|督导|督促|指导|职责|会同|验收|销号|实施|支持"
)
_SUFFIX_ROLE = re.compile(r"（(牵头|主责|责任|配合|协办|参与|督导|落实)(?:单位|部门)?）$")
_DEFAULT = re.compile(
    r"(?:以下|下述|下列|本方案|各项)(?:各项|各条|所有|全部|重点|目标|具体)*(?:工作|任务|措施|内容|事项)*，?(?:均|都|皆)(?:需要|需|须|应|要|由|请)*"
    r"(?P<units>[^。；，：]{2,80}?)(?:负责|具体|组织|抓好|贯彻|共同|分别|认真)*(?P<verb>落实|实施|执行|负责|参与|配合)"
    r"(?:，?(?:不再|不另|不一一|不重复)[^。；）〕，]{0,10})?"
)
#: «2018年底前完成», «长期坚持» between units and verbs
_WHEN = re.compile(
    r"(?:力争|于|到|在)?(?:20\d\d年)?(?:\d{1,2}月)?(?:\d{1,2}日|底|末|份)?(?:之?前)?(?:基本)?(?:完成|启动|落实|实施|建成|到位|治理)*"
    r"|(?:全年|长期|持续|常年)(?:坚持|实施|推进|开展|落实)?"
)
_SUBJECT = re.compile(r"^(?:由|分别由|均由|主要由)?")
_CLOSING = {"（": "）", "〔": "〕", "[": "]", "【": "】"}


@dataclass(slots=True)
class Clause:
    """One clause: ``clean[start:end]`` with its pieces by role."""

    start: int
    end: int
    pieces: dict[str, list[Piece]] = field(default_factory=dict)
    spans: dict[str, list[Span]] = field(default_factory=dict)
    persons: list[Piece] = field(default_factory=list)
    default: list[tuple[str, Piece]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)

    def add(self, role: str, pieces: Iterable[Piece], span: Span) -> None:
        """Put pieces under a role and remember where they stand."""
        pieces = list(pieces)
        if pieces:
            self.pieces.setdefault(role, []).extend(pieces)
            self.spans.setdefault(role, []).append(span)

    def merge(self, other: Clause) -> None:
        """Take over the next line of the same clause."""
        self.end = other.end
        for role, pieces in other.pieces.items():
            self.pieces.setdefault(role, []).extend(pieces)
        for role, spans in other.spans.items():
            self.spans.setdefault(role, []).extend(spans)
        self.persons += other.persons
        self.default += other.default
        self.labels += other.labels
        self.warnings += other.warnings

    @property
    def names_units(self) -> bool:
        """True if the clause says who, not only when."""
        return bool(self.pieces)


def read_role_line(text: str, start: int, end: int) -> Clause | None:
    """Read a line that opens with a label; None if it does not."""
    if not opens_with_label(text[start : start + 40]):
        return None
    labels = find_labels(text, start, end)
    return _labelled(text, start, end, labels) if labels else None


def find_clauses(text: str, start: int, end: int) -> list[Clause]:
    """Find the clauses inside one paragraph, in order."""
    line = read_role_line(text, start, end)
    if line and text[start] not in _CLOSING:
        return [line]
    found: list[Clause] = []
    brackets = list(_brackets(text, start, end))
    for a, b, closed in brackets:
        clause = _bracketed(text, a, b, closed, last=b >= end - 1 or not text[b + 1 : end].strip("。；;"))
        if clause:
            found.append(clause)
    masked = _masked(text, start, end, brackets)
    found += _inline(text, start, end, masked, found)
    found.sort(key=lambda c: c.start)
    return found


def _brackets(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    """Yield the outermost brackets as (opening, closing, closed)."""
    depth, opened, closer = 0, -1, ""
    for i in range(start, end):
        c = text[i]
        if not depth:
            if c in _CLOSING:
                depth, opened, closer = 1, i, _CLOSING[c]
        elif c == text[opened]:
            depth += 1
        elif c == closer:
            depth -= 1
            if not depth:
                yield opened, i, True
    if depth and opened >= 0:
        tail = text[opened + 1 : opened + 40]
        if opens_with_label(tail):
            yield opened, end, False


def _masked(text: str, start: int, end: int, brackets: list[tuple[int, int, bool]]) -> str:
    """The paragraph with the contents of its brackets blanked, so that sentences can be told apart."""
    parts: list[str] = []
    at = start
    for a, b, _ in brackets:
        parts.append(text[at : a + 1])
        parts.append("\x00" * (min(b, end) - a - 1))
        at = min(b, end)
    parts.append(text[at:end])
    return "".join(parts)


def _bracketed(text: str, opening: int, closing: int, closed: bool, *, last: bool) -> Clause | None:
    a, b = opening + 1, closing
    if not 3 <= b - a <= 2500:
        return None
    body = text[a:b]
    hint = "：" in body or _VERB_HINT.search(body) is not None
    if not hint and not last:
        return None
    stop = closing + 1 if closed else closing
    labels = find_labels(text, a, b) if "：" in body or "单位" in body else []
    if any(x.kind != "unknown" for x in labels):
        clause = _labelled(text, a, b, labels)
        if clause and (clause.pieces or clause.persons):
            clause.start, clause.end = opening, stop
            return clause
        return None
    clause = Clause(opening, stop)
    seen, strangers = _by_verbs(text, a, b, None, clause)
    stop_at = text.find("。", a, b)
    if strangers and stop_at > a:
        # «（…负责。列第一名的为牵头单位）»: a remark behind the clause
        clause = Clause(opening, stop)
        seen, strangers = _by_verbs(text, a, stop_at, None, clause)
    units = [p for pieces in clause.pieces.values() for p in pieces]
    if strangers or not (units or clause.default):
        return None
    if (
        not seen
        and not clause.default
        and not (last and is_strong_unit(units[-1].text) and (len(units) > 1 or b - a > 4))
    ):
        return None
    return clause


def _labelled(text: str, start: int, end: int, labels: list[Label]) -> Clause | None:
    """Read «A、B按职责分工负责，责任人：…，责任单位：…»: what stands before the first label, then label by label."""
    clause = Clause(start, end, labels=[x.kind for x in labels])
    if labels[0].start > start:
        _, strangers = _by_verbs(text, start, labels[0].start, None, clause)
        if strangers and clause.pieces:
            clause.pieces.clear()
            clause.spans.clear()
    for label, after in zip(labels, [*labels[1:], None], strict=True):
        a, b = label.content, after.start if after else end
        if label.kind in ("deadline", "period"):
            continue
        if label.kind == "unknown":
            clause.warnings.append(
                Warning_(
                    "unknown_role",
                    f"«{label.name}» is no role that is known here; its units were left out",
                    (label.start, b),
                )
            )
            continue
        if label.kind == "persons":
            _persons(text, a, b, label, clause)
        else:
            _by_verbs(text, a, b, label.kind, clause, persons=label.persons)
        if label.slip:
            clause.warnings.append(
                Warning_(
                    "label_slip",
                    f"«{label.name}» was read as a label that lost a character",
                    (label.start, label.end),
                )
            )
    return clause


_TITLE = re.compile(
    r"^.*?(?:局长|主任|书记|区长|县长|市长|镇长|乡长|厅长|经理|董事长|院长|处长|队长|部长|秘书长|主席|同志)(?=[\u4e00-\u9fff]{2,4}$)"
)
_POST = re.compile(
    r"(?:党组|党委)?副?(?:局长|主任|书记|区长|县长|市长|镇长|厅长|经理|董事长|院长|处长|队长|部长|秘书长)$"
)


def _persons(text: str, start: int, end: int, label: Label, clause: Clause) -> None:
    for piece in split_units(text, start, end):
        unit, person = split_person(piece)
        if unit and person:
            post = _POST.search(unit.text)
            if post:
                unit = Piece(unit.text[: post.start()], unit.start, unit.start + post.start(), unit.breaks)
            clause.add("leads" if "牵头" in label.name else "responsible", [unit], (unit.start, unit.end))
            clause.persons.append(person)
        elif person:
            clause.persons.append(person)
        else:
            title = _TITLE.match(piece.text)
            if title:
                piece = Piece(piece.text[title.end() :], piece.start + title.end(), piece.end)
            clause.persons.append(piece)


def _by_verbs(
    text: str, start: int, end: int, role: str | None, clause: Clause, *, persons: bool = False
) -> tuple[int, int]:
    """Read a list of units whose verbs say their roles; `role` is the label's.

    Returns
    -------
    tuple
        Number of verbs, number of pieces that cannot be units.
    """
    for default in _DEFAULT.finditer(text, start, end):
        helps = default["verb"] in ("配合", "参与")
        clause.default += [
            ("cooperating" if helps else "responsible", p) for p in split_units(text, *default.span("units"))
        ]
    spans = _outside(start, end, [m.span() for m in _DEFAULT.finditer(text, start, end)])
    verbs = strangers = 0
    for a, b in spans:
        pending: list[tuple[Piece, str | None]] = []
        forced: str | None = None
        for piece in split_units(text, a, b):
            raw = text[piece.start : piece.end]
            if _WHEN.fullmatch(raw):
                continue
            kind, cut = _verb(raw)
            body = raw[:cut]
            suffix = _SUFFIX_ROLE.search(body)
            known = classify(suffix[1]) if suffix else None
            if suffix and known:
                kind, cut = known[0], suffix.start()
                _flush(pending, role, clause)
                body = body[:cut]
            for n, (x, y) in enumerate(_parties(body)):
                if n:
                    forced = "cooperating"
                for p in split_units(text, piece.start + x, piece.start + y):
                    part = Piece(p.text, p.start, p.end, p.breaks or (piece.breaks and not n))
                    pending.append((part, forced))
            if kind:
                verbs += 1
                strangers += count_strangers([p for p, _ in pending])
                _flush(
                    pending,
                    kind if role is None or kind not in ("shared", "responsible") else role,
                    clause,
                    persons,
                )
                forced = None
        strangers += count_strangers([p for p, _ in pending])
        _flush(pending, role or "responsible", clause, persons)
    return verbs, strangers


def _verb(piece: str) -> tuple[str | None, int]:
    """Return the role that the verb at the end of a piece gives, and where the verb begins."""
    if not _VERB_HINT.search(piece):
        return None, len(piece)
    best: tuple[int, str] | None = None
    for kind, pattern in _VERBS:
        found = pattern.search(piece)
        if found and (best is None or found.start() < best[0]):
            best = (found.start(), kind)
    if best is None:
        return None, len(piece)
    cut, kind = best
    if kind == "shared":
        tail = piece[cut:]
        if re.search(r"配合|协助|参与", tail):
            kind = "cooperating"
        elif re.search(r"牵头", tail):
            kind = "leads"
        elif re.search(r"督导|督促|指导", tail):
            kind = "supervising"
    return kind, cut


def _parties(body: str) -> Iterator[Span]:
    """Divide «市环保局会同市发改委» at 会同."""
    at = 0
    for found in re.finditer(r"会同|并会", body):
        if found.start() > at:
            yield at, found.start()
            at = found.end()
    if len(body) > at:
        yield at, len(body)


def _flush(
    pending: list[tuple[Piece, str | None]], role: str | None, clause: Clause, persons: bool = False
) -> None:
    """Give the pieces read so far their role; a name fused to a unit becomes a person."""
    groups: dict[str, list[Piece]] = {}
    for piece, forced in pending:
        kind = forced or role or "responsible"
        unit: Piece | None = piece
        if persons or not is_unit(piece.text):
            unit, person = split_person(piece)
            if person and not unit and not persons:
                unit, person = piece, None  # two characters alone may as well be a place
            if person:
                clause.persons.append(person)
            elif persons and unit:
                clause.warnings.append(
                    Warning_(
                        "person_unclear",
                        f"No person could be told apart in «{piece.text}»",
                        (piece.start, piece.end),
                    )
                )
        if unit and (len(unit.text) >= 2 or unit.text in "省市县区州盟旗镇乡"):
            post = _POST.search(unit.text) if persons else None
            if post and post.start():
                unit = Piece(unit.text[: post.start()], unit.start, unit.start + post.start(), unit.breaks)
            groups.setdefault(kind, []).append(unit)
    for kind, pieces in groups.items():
        clause.add(kind, pieces, (pieces[0].start, pieces[-1].end))
    pending.clear()


def _outside(start: int, end: int, holes: list[Span]) -> list[Span]:
    spans: list[Span] = []
    at = start
    for a, b in holes:
        if a > at:
            spans.append((at, a))
        at = max(at, b)
    if end > at:
        spans.append((at, end))
    return spans


def _inline(text: str, start: int, end: int, masked: str, found: list[Clause]) -> list[Clause]:
    """Clauses that are sentences of their own: «由市环保局牵头，市发改委配合。» or «牵头单位：…；责任单位：…。»"""
    clauses: list[Clause] = []
    at = 0
    while at < len(masked):
        stop = masked.find("。", at)
        stop = len(masked) if stop < 0 else stop
        a, b = start + at, start + stop
        sentence = masked[at:stop]
        at = stop + 1
        if not 4 <= b - a <= 1200:
            continue
        if "：" in sentence or "单位为" in sentence or "部门为" in sentence:
            labels = [
                x
                for x in find_labels(text, a, b)
                if x.kind in UNIT_KINDS and masked[x.start - start] != "\x00"
            ]
            labels = [x for x in labels if x.start == a or text[x.start - 1] in "，；、）\t\n" or not x.slip]
            if labels and not any(c.start <= labels[0].start < c.end for c in found):
                everything = [
                    x for x in find_labels(text, labels[0].start, b) if x.kind != "deadline" or x.start > a
                ]
                clause = _labelled(text, labels[0].start, b, everything)
                if clause and clause.names_units:
                    clauses.append(clause)
                continue
        if len(sentence) <= 500 and _VERB_HINT.search(sentence):
            clause = _sentence(text, a, b)
            if clause:
                clauses.append(clause)
    return clauses


def _sentence(text: str, start: int, end: int) -> Clause | None:
    """A sentence that is nothing but units and verbs."""
    lead = _SUBJECT.match(text[start:end])
    a = start + (lead.end() if lead else 0)
    if not _sentence_hint(text[a:end]):
        return None
    clause = Clause(start, min(end + 1, len(text)) if text[end : end + 1] == "。" else end)
    verbs, strangers = _by_verbs(text, a, end, None, clause)
    units = [p for pieces in clause.pieces.values() for p in pieces]
    if clause.default and not strangers:
        return clause
    if strangers or not verbs or not units or not is_strong_unit(units[-1].text):
        return None
    return clause


def _sentence_hint(sentence: str) -> bool:
    """Cheap test before the full reading: the last words must be a verb of responsibility or a default clause."""
    last = re.split(r"[，；、]", sentence)[-1]
    return _verb(last)[0] is not None or _DEFAULT.search(sentence) is not None


def read_cell(text: str, start: int, end: int, role: str, clause: Clause, *, persons: bool = False) -> None:
    """Read a table cell that lists the units (or persons) of one role into `clause`."""
    if role == "persons":
        _persons(text, start, end, Label("persons", "责任人", start, start, start), clause)
        return
    labels = find_labels(text, start, end)
    if labels and labels[0].start == start:
        inner = _labelled(text, start, end, labels)
        if inner:
            clause.merge(inner)
            clause.end = max(clause.end, end)
            return
    _by_verbs(text, start, end, role, clause, persons=persons)
