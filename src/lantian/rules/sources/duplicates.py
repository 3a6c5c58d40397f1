"""Which sources of a list may be one: same keys, names that are nearly the same, the same trade at the same place.

Nothing is merged here. A pair comes with a score and its reasons, for a person to decide. Candidates are found by blocks
(key, name without place and kind of firm, name with one sign left out, rare pairs of signs, cell of a grid), so the work
grows with the list and not with its square; a block that is very full (a default position, a chain of shops) is compared
with its first member only.

References
----------
Order of evidence: credit code and site, permit, name and address, less than 200 m and the same trade.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from lantian.rules.names import normalised
from lantian.rules.sources.errors import Message, SourcesError, _
from lantian.rules.sources.keys import cleaned
from lantian.rules.sources.permits import parse_permit

#: metres within which two positions may be one place
NEAR_M = 200.0
#: share of the pairs of signs that two names must have in common
SIMILAR = 0.75
#: signs that a name needs so that one of them may differ; in shorter ones that is another name
_ONE_SIGN = 6
#: weight that must be the same where one sign differs
_ONE_EDIT = 0.76
#: members up to which all pairs of a block are looked at
_FULL = 32
#: pairs between two words on how far the work is
_TICK = 5000
_EARTH_M = 6_371_008.8
_KINDS = re.compile(
    "(有限责任公司|股份有限公司|集团有限公司|有限公司|股份公司|总公司|公司|合作社|经营部|工厂|厂|厂区|店|站)$"
)
_PLACES = re.compile(
    "^(?:[\u4e00-\u9fff]{2,3}省|[\u4e00-\u9fff]{2,8}自治区)?(?:[\u4e00-\u9fff]{2,4}(?<![超城夜门上集都菜])市)?(?:[\u4e00-\u9fff]{1,4}(?<![园厂小社矿])[区县])?"
)
_FIGURES = re.compile(
    r"\d+|[零一二三四五六七八九十百]+(?=[号厂分站店期矿线部院场])|(?<=第)[零一二三四五六七八九十百]+"
)
_CHINESE = {sign: str(value) for value, sign in enumerate("零一二三四五六七八九十")}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A source as it is compared.

    Attributes
    ----------
    key
        What the caller knows it by.
    names
        Its name, then names that it had.
    uscc, permit, mn
        Keys as they are written; `mn` may be several.
    longitude, latitude
        In WGS-84 or CGCS2000 [°], or None.
    trade
        Class of GB/T 4754, with or without its letter.
    region
        Code of GB/T 2260.
    """

    key: str
    names: tuple[str, ...]
    uscc: str = ""
    permit: str = ""
    mn: tuple[str, ...] = ()
    longitude: float | None = None
    latitude: float | None = None
    trade: str = ""
    region: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for (or against) two sources being one; `code` is stable: ``permit``, ``mn``, ``uscc``, ``name``,
    ``similar_name``, ``address``, ``near``, ``other_uscc``.
    """

    code: str
    message: Message
    weight: float


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Two sources that may be one: their keys in the order of the list, a score from 0 to 1, and why."""

    left: str
    right: str
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class _Prepared:
    cores: tuple[str, ...]
    figures: str
    trade: str
    uscc: str
    stem: str
    county: str


def core_of(name: str) -> str:
    """A name without the place in front and the kind of firm behind.

    >>> core_of("河南省郑州市惠济区 宏达新型建材有限公司"), core_of("宏达新型建材(厂)"), core_of("永辉超市")
    ('宏达新型建材', '宏达新型建材', '永辉超市')
    """
    plain = re.sub(r"[()\[\]【】、,，.。\-—_/]", "", normalised(name))
    start = _PLACES.match(plain)
    rest = plain[start.end() :] if start else plain
    if len(rest) < 2:
        rest = plain
    while True:
        shorter = _KINDS.sub("", rest)
        if shorter == rest or len(shorter) < 2:
            return rest
        rest = shorter


def _figures(name: str) -> str:
    """Numbers in a name: the second and the third filling station are two."""
    found = (_CHINESE.get(figure, figure).lstrip("0") or "0" for figure in _FIGURES.findall(normalised(name)))
    return ",".join(sorted(set(found)))


def _prepare(candidate: Candidate) -> _Prepared:
    stem = ""
    if candidate.permit:
        try:
            stem = parse_permit(candidate.permit).stem
        except SourcesError:
            stem = cleaned(candidate.permit).upper()[:21]
    return _Prepared(
        tuple(dict.fromkeys(filter(None, map(core_of, candidate.names)))),
        _figures(candidate.names[0]) if candidate.names else "",
        re.sub(r"\D", "", candidate.trade)[:4],
        cleaned(candidate.uscc).upper(),
        stem,
        re.sub(r"\D", "", candidate.region)[:6],
    )


def suspected(
    candidates: Sequence[Candidate], *, least: float = 0.3, tick: Callable[[int, int], None] | None = None
) -> list[Suspicion]:
    """Pairs that may be one source, the surest first.

    Parameters
    ----------
    least
        Score from which on a pair is told.
    tick
        Told now and then how much of the work is done, of how much; what it raises ends the work.

    Examples
    --------
    >>> found = suspected([
    ...     Candidate("A", ("晴川市宏达水泥有限公司",), trade="C3011", region="410108"),
    ...     Candidate("B", ("宏达水泥厂",), trade="3011", region="410108"),
    ... ])
    >>> [(pair.left, pair.right, pair.score, [reason.code for reason in pair.reasons]) for pair in found]
    [('A', 'B', 0.85, ['name'])]
    """
    prepared = [_prepare(candidate) for candidate in candidates]
    places = _Places(candidates)
    names = _Names(prepared)
    pairs: set[tuple[int, int]] = set()
    # All of them are generators, which begin when they are asked.
    ways = (
        _same_keys(candidates, prepared), _same_names(prepared), names.one_sign_apart(), names.sharing_rare_pairs(),
        places.near(prepared),
    )  # fmt: skip
    # Each way of finding pairs counts like one, to look at all pairs like another.
    steps = (len(ways) + 1) * _TICK
    for at, way in enumerate(ways):
        for number, pair in enumerate(way):
            if tick is not None and number % _TICK == 0:
                tick(at * _TICK, steps)
            pairs.add(pair)
    found = []
    for number, (left, right) in enumerate(pairs):
        if tick is not None and number % _TICK == 0:
            tick(len(ways) * _TICK + number * _TICK // len(pairs), steps)
        reasons = _reasons(left, right, candidates, prepared, places, names)
        doubt = 1.0
        against = 1.0
        for reason in reasons:
            if reason.weight > 0:
                doubt *= 1 - reason.weight
            else:
                against += reason.weight
        score = round((1 - doubt) * against, 3)
        if doubt < 1 and score >= least:
            found.append((score, left, right, reasons))
    found.sort(key=lambda entry: (-entry[0], entry[1], entry[2]))
    return [
        Suspicion(candidates[left].key, candidates[right].key, score, reasons)
        for score, left, right, reasons in found
    ]


# --- who is compared ---


def _pairs(members: Sequence[int]) -> Iterator[tuple[int, int]]:
    """All pairs of a small block; each of a full one with its first, and with the one before."""
    if len(members) <= _FULL:
        yield from combinations(members, 2)
        return
    first = members[0]
    yield from ((first, member) for member in members[1:])
    yield from pairwise(members)


def _blocks(entries: Iterable[tuple[Hashable, int]]) -> Iterator[list[int]]:
    blocks: defaultdict[Hashable, list[int]] = defaultdict(list)
    for key, member in entries:
        block = blocks[key]
        if not block or block[-1] != member:
            block.append(member)
    return (block for block in blocks.values() if len(block) > 1)


def _same_keys(candidates: Sequence[Candidate], prepared: Sequence[_Prepared]) -> Iterator[tuple[int, int]]:
    def entries() -> Iterator[tuple[Hashable, int]]:
        for at, (candidate, ready) in enumerate(zip(candidates, prepared, strict=True)):
            if ready.stem:
                yield ("permit", ready.stem), at
            if ready.uscc:
                yield ("uscc", ready.uscc), at
            for number in candidate.mn:
                if number.strip():
                    yield ("mn", cleaned(number).upper()), at

    for block in _blocks(entries()):
        yield from _pairs(block)


def _same_names(prepared: Sequence[_Prepared]) -> Iterator[tuple[int, int]]:
    # Firms of one name in two cities are two; without a code of the place they may be one.
    def entries() -> Iterator[tuple[Hashable, int]]:
        for at, ready in enumerate(prepared):
            for core in ready.cores:
                yield (core, ready.county[:4]), at

    for block in _blocks(entries()):
        yield from _pairs(block)
    yield from _without_place(prepared)


def _without_place(prepared: Sequence[_Prepared]) -> Iterator[tuple[int, int]]:
    """Pairs of a source without a code of its place and those of the same name, wherever they are."""
    homeless: defaultdict[str, list[int]] = defaultdict(list)
    for at, ready in enumerate(prepared):
        if not ready.county:
            for core in ready.cores:
                homeless[core].append(at)
    if homeless:
        for at, ready in enumerate(prepared):
            if ready.county:
                for core in ready.cores:
                    for other in homeless.get(core, ())[:_FULL]:
                        yield min(at, other), max(at, other)


def _grams(core: str) -> frozenset[str]:
    return frozenset(core[at : at + 2] for at in range(len(core) - 1)) or frozenset((core,))


class _Names:
    """Names by their pairs of signs; a pair that few names have weighs more than one that says the trade."""

    def __init__(self, prepared: Sequence[_Prepared]) -> None:
        self._prepared = prepared
        self._grams = {core: _grams(core) for ready in prepared for core in ready.cores}
        often: Counter[str] = Counter()
        signs: Counter[str] = Counter()
        for core, grams in self._grams.items():
            often.update(grams)
            signs.update(set(core))
        # the same logarithm for all, so weights of a short list are nearly equal
        whole = len(self._grams) + 1
        self._weight = {gram: math.log(1 + whole / count) for gram, count in often.items()}
        self._sign = {sign: math.log(1 + whole / count) for sign, count in signs.items()}
        self._sum = {
            core: math.fsum(self._weight[gram] for gram in grams) for core, grams in self._grams.items()
        }

    def one_sign_apart(self) -> Iterator[tuple[int, int]]:
        """Names that are the same when a sign is left out of one of them, or of both."""

        def entries() -> Iterator[tuple[Hashable, int]]:
            for at, ready in enumerate(self._prepared):
                place = ready.county, ready.figures
                for core in ready.cores:
                    if len(core) >= _ONE_SIGN:
                        yield (core, place), at
                        for left_out in range(len(core)):
                            yield (core[:left_out] + core[left_out + 1 :], place), at

        for block in _blocks(entries()):
            yield from self._fitting(_pairs(block))

    def sharing_rare_pairs(self) -> Iterator[tuple[int, int]]:
        """Names that share one of their rarest pairs of signs: all that can reach the share wanted do.

        Two sets whose weighted Jaccard share is at least j have a member in common among the first of each, as many as
        are needed so that the rest weighs less than j of the whole, in any order that both are put into; in the order
        of rareness these are few.
        """
        jaccard = SIMILAR / (2 - SIMILAR)

        def front(core: str) -> Iterator[str]:
            rest = self._sum[core]
            for gram in sorted(self._grams[core], key=lambda gram: (-self._weight[gram], gram)):
                if rest < jaccard * self._sum[core]:
                    return
                yield gram
                rest -= self._weight[gram]

        def entries() -> Iterator[tuple[Hashable, int]]:
            fronts = {core: tuple(front(core)) for core in self._grams}
            for at, ready in enumerate(self._prepared):
                for core in ready.cores:
                    for gram in fronts[core]:
                        yield (gram, ready.county, ready.figures), at

        for block in _blocks(entries()):
            if len(block) > 4 * _FULL:
                # in a very full block only neighbours in the order of their names are looked at
                block.sort(key=lambda at: self._prepared[at].cores[0])
                yield from self._fitting(
                    (min(a, b), max(a, b)) for at, a in enumerate(block) for b in block[at + 1 : at + 9]
                )
            else:
                yield from self._fitting(combinations(block, 2))

    def _fitting(self, pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
        for left, right in pairs:
            # names that are the same have been found already
            if SIMILAR <= self.alike(self._prepared[left], self._prepared[right]) < 1:
                yield left, right

    def alike(self, left: _Prepared, right: _Prepared) -> float:
        """How much of two names is the same, from 0 to 1, by weight; of former names the best."""
        return max((self._share(a, b) for a in left.cores for b in right.cores), default=0.0)

    def _share(self, left: str, right: str) -> float:
        if left == right:
            return 1.0
        both = self._grams[left] & self._grams[right]
        weight = self._weight
        share = 2 * sum([weight[gram] for gram in both]) / (self._sum[left] + self._sum[right])
        if share < SIMILAR and abs(len(left) - len(right)) <= 1 and min(len(left), len(right)) >= _ONE_SIGN:
            share = max(share, self._one_edit(*sorted((left, right), key=len)))
        return share

    def _one_edit(self, shorter: str, longer: str) -> float:
        """The weight of what two names have in common that differ in one sign; 0 where they differ in more."""
        at = 0
        while at < len(shorter) and shorter[at] == longer[at]:
            at += 1
        same_length = len(shorter) == len(longer)
        if shorter[at + same_length :] != longer[at + 1 :]:
            return 0.0
        signs = self._sign
        apart = signs[longer[at]] + (signs[shorter[at]] if same_length else 0.0)
        whole = sum([signs[sign] for sign in shorter]) + sum([signs[sign] for sign in longer])
        share = 1 - apart / whole
        # one sign of a short name that is not the trade is another name
        return share if share >= _ONE_EDIT else 0.0


class _Places:
    """Positions on the ground, in cells a little wider than the distance wanted."""

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._at: dict[int, tuple[float, float]] = {}
        for at, candidate in enumerate(candidates):
            if candidate.longitude is not None and candidate.latitude is not None:
                self._at[at] = candidate.longitude, candidate.latitude

    def metres(self, left: int, right: int) -> float | None:
        """The distance of two members, or None."""
        a, b = self._at.get(left), self._at.get(right)
        if a is None or b is None:
            return None
        middle = math.radians((a[1] + b[1]) / 2)
        x = math.radians(b[0] - a[0]) * math.cos(middle)
        return _EARTH_M * math.hypot(x, math.radians(b[1] - a[1]))

    def near(self, prepared: Sequence[_Prepared]) -> Iterator[tuple[int, int]]:
        """Pairs of one trade in neighbouring cells."""
        height = math.degrees(NEAR_M / _EARTH_M)

        def width(row: int) -> float:
            # of the edge nearer to the pole: a column is never too narrow
            edge = min(89.0, max(abs(row), abs(row + 1)) * height)
            return height / math.cos(math.radians(edge)) * 1.0001

        cells: defaultdict[tuple[str, int, int], list[int]] = defaultdict(list)
        for at, (longitude, latitude) in self._at.items():
            trade = prepared[at].trade[:2]
            if trade:
                row = math.floor(latitude / height)
                cells[trade, row, math.floor(longitude / width(row))].append(at)
        for (trade, row, column), members in cells.items():
            yield from self._within(_pairs(members), prepared)
            # the columns of the next row have another width
            own, next_ = width(row), width(row + 1)
            reach = max(own, next_)
            first = math.floor((column * own - reach) / next_)
            last = math.floor(((column + 1) * own + reach) / next_)
            for beside in ((row, column + 1), *((row + 1, place) for place in range(first, last + 1))):
                others = cells.get((trade, *beside), ())
                if others and len(members) * len(others) > _FULL * _FULL:
                    others = others[:1]
                yield from self._within(((min(a, b), max(a, b)) for a in members for b in others), prepared)

    def _within(
        self, pairs: Iterable[tuple[int, int]], prepared: Sequence[_Prepared]
    ) -> Iterator[tuple[int, int]]:
        for left, right in pairs:
            metres = self.metres(left, right)
            if metres is not None and metres < NEAR_M:
                if _same_trade(prepared[left].trade, prepared[right].trade):
                    yield left, right


# --- why ---


def _reasons(
    left: int, right: int, candidates: Sequence[Candidate], prepared: Sequence[_Prepared], places: _Places,
    names: _Names,
) -> tuple[Reason, ...]:  # fmt: skip
    a, b = candidates[left], candidates[right]
    ready, other = prepared[left], prepared[right]
    found: list[Reason] = []
    other_site = bool(
        ready.stem and other.stem and ready.stem != other.stem and ready.uscc == other.uscc != ""
    )
    if ready.stem and ready.stem == other.stem:
        found.append(Reason("permit", Message(_("the same permit and site")), 0.99))
    shared = {cleaned(number).upper() for number in a.mn} & {cleaned(number).upper() for number in b.mn} - {
        ""
    }
    if shared:
        found.append(Reason("mn", Message(_("the same MN number %(number)s"), number=min(shared)), 0.95))
    if ready.uscc and ready.uscc == other.uscc and not other_site:
        found.append(Reason("uscc", Message(_("the same credit code, no other site stated")), 0.8))
    distance = places.metres(left, right)
    named = _name_reason(ready, other, other_site, names)
    if named is not None:
        found.append(named)
    if a.address and b.address and not other_site and _address(a.address) == _address(b.address):
        found.append(Reason("address", Message(_("the same address")), 0.4))
    if (
        distance is not None
        and distance < NEAR_M
        and _same_trade(ready.trade, other.trade)
        and not other_site
    ):
        metres = Message(
            _("%(metres)s m apart, same trade %(trade)s"), metres=round(distance), trade=ready.trade
        )
        found.append(Reason("near", metres, round(0.5 + 0.3 * (1 - distance / NEAR_M), 3)))
    if found and ready.uscc and other.uscc and ready.uscc != other.uscc:
        found.append(Reason("other_uscc", Message(_("but two credit codes")), -0.3))
    return tuple(found)


def _name_reason(ready: _Prepared, other: _Prepared, other_site: bool, names: _Names) -> Reason | None:
    if other_site or (ready.county and other.county and ready.county[:4] != other.county[:4]):
        return None
    same = set(ready.cores) & set(other.cores)
    if same:
        weight = 0.85 if ready.county == other.county else 0.75
        return Reason("name", Message(_("the same name but for place and kind of firm")), weight)
    if ready.figures != other.figures:
        return None
    best = names.alike(ready, other)
    if best < SIMILAR:
        return None
    return Reason(
        "similar_name",
        Message(_("names alike to %(share)s %%"), share=round(100 * best)),
        round(0.8 * best, 3),
    )


def _address(text: str) -> str:
    return re.sub(r"[^\w]|号$", "", normalised(text))


def _same_trade(left: str, right: str) -> bool:
    """Whether classes agree as far as both are told, at least in the division."""
    length = min(len(left), len(right))
    return length >= 2 and left[:length] == right[:length]


def candidates_of(rows: Iterable[Mapping[str, str]]) -> list[Candidate]:
    """Candidates from rows of text with the keys of the sheet of sources; positions that are no numbers are left out."""

    def degrees(text: str) -> float | None:
        try:
            value = float(cleaned(text))
        except ValueError:
            return None
        return value if -180 <= value <= 180 and value else None

    found = []
    for row in rows:
        mn = tuple(filter(None, re.split("[、,，;；\\s]+", row.get("mn", ""))))
        found.append(
            Candidate(
                row.get("source_id", ""), tuple(filter(None, (row.get("name", ""), *re.split("[、;；]", row.get("old_names", ""))))),
                row.get("uscc", ""), row.get("permit", ""), mn, degrees(row.get("longitude", "")),
                degrees(row.get("latitude", "")), row.get("trade", ""), row.get("region", ""), row.get("address", ""),
            )
        )  # fmt: skip
    return found
