"""What the items of two plans speak of, and how much each term tells."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from lantian.rules.conformity.model import Item
from lantian.rules.conformity.words import GENERAL, MEANS, OBJECT, PLACE, SECTOR, folded, lexicon

#: How much a mention tells by the kind of its concept.
KIND_WEIGHT = {OBJECT: 3.0, PLACE: 3.0, MEANS: 1.5, SECTOR: 0.8, GENERAL: 0.4}
#: Longest part of an item that is read [characters]
MOST_TEXT = 6_000

_LABELS = re.compile(
    r"[（(〔【]?\s*(?:牵头|责任|配合|督促|督导|主责|协办|参与|落实|主管|承办|完成|实施|执行)[^\n：:。；，]{0,14}"
    r"(?:单位|部门|机构|主体|时限|期限|时间|时段|责任人|领导)[^\n：:。；，]{0,8}[：:].*",
    re.S,
)
_DUTIES = re.compile(
    r"[（(][^（()）]{2,400}(?:按(?:照)?(?:各自)?职责(?:分工)?|分工)[^（()）]{0,20}负责[^（()]{0,200}[）)]?\s*$"
)
_CITED = re.compile(
    r"(?:落实|按照?|根据|依据|参照|执行|参考|遵照|贯彻|符合|宣传|普及|达到)(?:国家|省|市|县|区|上级|了)?《[^》]{2,80}》"
)
#: on what grounds something is done is not what is done (根据预测预报结果，及时发布预警)
_GROUNDS = re.compile(r"(?:^|(?<=[，。；、：\n]))(?:根据|依据|依托|按照|结合|参照)[^，。；\n]{2,60}(?=，)")
_MARK = re.compile(
    r"^\s*(?:[（(]?[\d一二三四五六七八九十]{1,3}(?:[-－.．]\d{1,2})*[)）]|[\d一二三四五六七八九十]{1,3}[、.．])\s*"
)
_SUB_ITEM = re.compile(r"(?:^|(?<=[\n。；;]))\s*[（(][\d一二三四五六七八九十]{1,3}[)）]")


def body_of(text: str) -> str:
    """The wording of an item without the units and dates that stand under labels."""
    text = text[:MOST_TEXT]
    found = _LABELS.search(text)
    if found and found.start() > 0:
        text = text[: found.start()]
    return _DUTIES.sub("", text).strip()


@dataclass(frozen=True, slots=True)
class Segment:
    """An item or one of its numbered sub-items, as terms: concepts by name and pairs of characters."""

    text: str
    heading: frozenset[str]
    concepts: Mapping[str, int]
    pairs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Profile:
    """An item as terms; the first segment is the whole, others are its sub-items."""

    item: Item
    heading: frozenset[str]
    parent: frozenset[str]
    segments: tuple[Segment, ...]
    #: the heading and the wording without marks, by which equal items are known
    plain: str
    is_passage: bool = False

    @property
    def whole(self) -> Segment:
        """The item in one piece."""
        return self.segments[0]


def profile_of(item: Item, *, is_passage: bool = False) -> Profile:
    """Read an item into terms."""
    heading = item.subtitle or item.title
    body = body_of(item.text) or heading
    own = _concepts(heading)
    parent = frozenset(_concepts(item.title)) if item.subtitle else frozenset[str]()
    whole = _segment(body, frozenset(own), heading)
    cuts = [found.start() for found in _SUB_ITEM.finditer(body)]
    pieces = [body[start:end] for start, end in pairwise([*cuts, len(body)])]
    subs = (
        tuple(
            _segment(piece, frozenset(_concepts(_first_words(piece))), "")
            for piece in pieces
            if len(piece) > 12
        )
        if len(pieces) > 1
        else ()
    )
    return Profile(item, frozenset(own), parent, (whole, *subs), folded(f"{heading}|{body}"), is_passage)


def _segment(text: str, heading: frozenset[str], title: str) -> Segment:
    plain = folded(_GROUNDS.sub("", _CITED.sub("", text)))
    if title and folded(title)[:12] not in plain:
        plain = folded(title) + "|" + plain
    book = lexicon()
    concepts = Counter(name for _at, name in book.mentions(plain))
    return Segment(text, heading, concepts, Counter(book.pairs(plain)))


def _concepts(text: str) -> Counter[str]:
    return Counter(name for _at, name in lexicon().mentions(folded(_CITED.sub("", text))))


def _first_words(piece: str) -> str:
    return re.split(r"[。；;]", _MARK.sub("", piece.strip()), maxsplit=1)[0][:40]


@dataclass
class Weights:
    """How much each term tells within a plan: by its kind, and by how few items have it."""

    profiles: Sequence[Profile]
    _counts: Counter[str] = field(init=False, default_factory=Counter)
    _usual: float = field(init=False, default=1.0)
    _rarities: dict[int, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        for profile in self.profiles:
            self._counts.update({*profile.whole.concepts, *profile.heading, *profile.whole.pairs})
        known = [self._rarity(count) for count in self._counts.values()]
        self._usual = math.fsum(known) / len(known) if known else 1.0  # exact in whatever order they come

    def _rarity(self, count: int) -> float:
        if count not in self._rarities:
            self._rarities[count] = max(math.log((len(self.profiles) + 1) / (count + 0.5)), 0.1)
        return self._rarities[count]

    def count(self, term: str) -> int:
        """How many items have a term."""
        return self._counts[term]

    def idf(self, term: str) -> float:
        """How rare a term is; one that the plan does not have counts as an average one."""
        count = self._counts[term]
        return self._rarity(count) if count else self._usual

    def concept(self, name: str) -> float:
        """The weight of a concept."""
        return KIND_WEIGHT[lexicon().concepts[name].kind] * self.idf(name)
