"""Names of organisations as documents write them, matched to organisations that are known.

A document writes 市生态环境局, 环保局, 云山区住建局 or 生态环境分局 where the register has
晴川市生态环境局. A name is
taken apart into the place in front and the department behind; departments have generic, short and former
names from a
book. What agrees in nothing but its letters is offered by the share of common pairs of characters. Nothing
here decides:
each candidate comes with a score and the reason for it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Reasons, with the score that each is worth where the place agrees.
NAME, SHORT, ALIAS, FORMER, PREFIXED, VARIANT, SIMILAR = (
    "name",
    "short",
    "alias",
    "former",
    "prefixed",
    "variant",
    "similar",
)
_WORTH = {NAME: 1.0, SHORT: 0.97, ALIAS: 0.96, FORMER: 0.94, PREFIXED: 0.93, VARIANT: 0.9}
#: From here on a candidate is as good as certain; nothing similar is looked for then.
SURE = 0.85
_LEAST_SIMILAR = 0.5
_MOST = 5

_LEVEL_WORDS = {
    "省": ("province",),
    "市": ("prefecture", "county"),
    "州": ("prefecture",),
    "盟": ("prefecture",),
    "区": ("county",),
    "县": ("county",),
    "旗": ("county",),
    "镇": ("town",),
    "乡": ("town",),
}
_PLACE_ENDS = (
    "自治区",
    "自治州",
    "自治县",
    "地区",
    "新区",
    "街道办事处",
    "街道",
    "省",
    "市",
    "区",
    "县",
    "旗",
    "州",
    "盟",
    "镇",
    "乡",
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place that organisations belong to; ``above`` are the keys of the places it lies in."""

    key: int
    name: str
    short: str
    level: str
    above: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """An organisation of the register with everything it is called; ``others`` are pairs of text and
    reason.
    """

    key: int
    name: str
    short: str = ""
    others: tuple[tuple[str, str], ...] = ()
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A candidate; ``score`` is between 0 and 1, ``text`` the name of the register that agreed."""

    key: int
    score: float
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class DepartmentNames:
    """What generic departments are called: from each name to the groups it stands in."""

    groups: Mapping[str, frozenset[int]]
    former: frozenset[str] = frozenset()

    @classmethod
    def from_book(cls, book: Mapping[str, Any]) -> DepartmentNames:
        """Read the book ``department_names``."""
        groups: dict[str, set[int]] = {}
        former: set[str] = set()
        for number, group in enumerate(book["groups"]):
            for name in (group["name"], *group["short"], *group["former"]):
                groups.setdefault(normalised(name), set()).add(number)
            former.update(normalised(name) for name in group["former"])
        return cls({name: frozenset(numbers) for name, numbers in groups.items()}, frozenset(former))


def normalised(name: str) -> str:
    """A name without spaces, quotation marks and differences of width.

    >>> normalised("晴川市 生态环境局（本部）")
    '晴川市生态环境局(本部)'
    """
    name = unicodedata.normalize("NFKC", name).casefold()
    return re.sub(r"[\s\"'“”‘’「」《》·•.]+", "", name)


def short_place(name: str) -> str:
    """A place without the word for its kind, where at least two characters remain.

    >>> short_place("晴川市"), short_place("郊区"), short_place("建设路街道")
    ('晴川', '郊区', '建设路')
    """
    for end in _PLACE_ENDS:
        if name.endswith(end) and len(name) - len(end) >= 2:
            return name[: -len(end)]
    return name


def _bigrams(text: str) -> frozenset[str]:
    return frozenset(text[i : i + 2] for i in range(len(text) - 1)) or frozenset((text,))


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A name taken apart: ``places`` None means that no place is said, empty that it is one we do not
    know.
    """

    places: frozenset[int] | None
    generic: str
    department: frozenset[int] | str
    former: bool


@dataclass
class Register:
    """Everything known, indexed once for many names.

    Parameters
    ----------
    known, places, departments
        What to match against.
    """

    known: Sequence[Known]
    places: Mapping[int, Place]
    departments: DepartmentNames
    _exact: dict[str, list[tuple[Known, str]]] = field(init=False, default_factory=dict)
    _by_department: dict[int | str, list[tuple[Known, frozenset[int] | None, str]]] = field(
        init=False, default_factory=dict
    )
    _postings: dict[str, list[int]] = field(init=False, default_factory=dict)
    _grams: list[tuple[Known, int, str]] = field(init=False, default_factory=list)
    _place_names: dict[str, frozenset[int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        names: dict[str, set[int]] = {}
        for place in self.places.values():
            for text in {place.name, place.short, short_place(place.name)} - {""}:
                names.setdefault(normalised(text), set()).add(place.key)
        self._place_names = {name: frozenset(keys) for name, keys in names.items()}
        self._longest = max(map(len, names), default=0)
        for row in self.known:
            for text, reason in self._names_of(row):
                plain = normalised(text)
                if not plain:
                    continue
                self._exact.setdefault(plain, []).append((row, reason))
                parsed = self._parse(plain)
                own = parsed.places if row.place is None else frozenset((row.place,))
                keys: Iterable[int | str] = (
                    parsed.department if isinstance(parsed.department, frozenset) else (parsed.department,)
                )
                for key in keys:
                    self._by_department.setdefault(key, []).append((row, own, text))
                grams = _bigrams(plain)
                for gram in grams:
                    self._postings.setdefault(gram, []).append(len(self._grams))
                self._grams.append((row, len(grams), text))

    @staticmethod
    def _names_of(row: Known) -> list[tuple[str, str]]:
        return [(row.name, NAME), *([(row.short, SHORT)] if row.short else []), *row.others]

    def _parse(self, plain: str) -> _Parsed:
        branch = self._branch(plain)
        if branch is not None:
            return branch
        groups = self.departments.groups
        for start in range(len(plain) - 1):
            found = groups.get(plain[start:])
            if found is not None:
                places, generic = self._place(plain[:start])
                return _Parsed(places, generic, found, plain[start:] in self.departments.former)
        rest, keys = plain, None
        while True:
            step = self._leading_place(rest)
            if step is None or len(rest) - step[0] < 2:
                break
            rest, keys = rest[step[0] :], self._narrowed(step[1], keys)
        generic = ""
        if (
            keys is None
            and rest[0] in _LEVEL_WORDS
            and len(rest) > 3
            and not rest.startswith(("市场", "区域", "省级"))
        ):
            generic, rest = rest[0], rest[1:]
        return _Parsed(keys, generic, rest, False)

    def _branch(self, plain: str) -> _Parsed | None:
        """晴川市生态环境局云山分局: the department of the city, in the place before 分局."""
        if not plain.endswith("分局") or len(plain) < 5:
            return None
        body = plain[:-2]
        for size in range(min(self._longest, len(body) - 2), 1, -1):
            places = self._place_names.get(body[-size:])
            if places is None:
                continue
            head = body[:-size]
            for start in range(len(head)):
                found = self.departments.groups.get(head[start:])
                if found is not None:
                    outer, _ = self._place(head[:start])
                    return _Parsed(self._narrowed(places, outer or None), "", found, False)
        return None

    def _leading_place(self, text: str) -> tuple[int, frozenset[int]] | None:
        for size in range(min(self._longest, len(text)), 1, -1):
            keys = self._place_names.get(text[:size])
            if keys is not None:
                return size, keys
        return None

    def _narrowed(self, keys: frozenset[int], outer: frozenset[int] | None) -> frozenset[int]:
        """Of several places with one name, those within the place that stood before."""
        if not outer:
            return keys
        inside = frozenset(key for key in keys if outer & set(self.places[key].above))
        return inside or keys

    def _place(self, prefix: str) -> tuple[frozenset[int] | None, str]:
        keys: frozenset[int] | None = None
        rest = prefix
        while rest:
            step = self._leading_place(rest)
            if step is None:
                break
            rest, keys = rest[step[0] :], self._narrowed(step[1], keys)
        if not rest:
            return keys, ""
        if rest in _LEVEL_WORDS:
            return keys, "" if keys else rest
        if rest in {"各", "全", "本", "相关", "有关"}:
            return keys, ""
        return frozenset(), ""  # a place, or something else, that we do not know

    def _home(self, generic: str, region: int | None) -> frozenset[int] | None:
        """What 市 or 区 means for a document of a region: the region itself or what it lies in."""
        if region is None or region not in self.places:
            return None
        wanted = _LEVEL_WORDS[generic]
        chain = [region, *reversed(self.places[region].above)]
        for level in wanted:
            for key in chain:
                place = self.places.get(key)
                if place is not None and place.level == level:
                    return frozenset((key,))
        return frozenset()

    def _nearness(self, row: Known, region: int | None) -> float:
        """How well an organisation's place fits to the document's; 1 is the place itself."""
        if region is None or row.place is None or row.place == region:
            return 1.0
        place, home = self.places.get(row.place), self.places.get(region)
        if place is None or home is None:
            return 0.9
        if region in place.above:
            return 0.9
        if row.place in home.above:
            return 0.88
        return 0.6

    def match(self, name: str, region: int | None = None) -> list[Match]:
        """Candidates for one name, best first, at most five.

        Parameters
        ----------
        name
            As the document writes it.
        region
            Key of the place whose document it is.
        """
        plain = normalised(name)
        if not plain:
            return []
        found: dict[int, Match] = {}

        def offer(row: Known, score: float, reason: str, text: str) -> None:
            old = found.get(row.key)
            if old is None or score > old.score:
                found[row.key] = Match(row.key, round(score, 3), reason, text)

        for row, reason in self._exact.get(plain, ()):
            # A full name that says its place is meant wherever it stands; a short one belongs to its place.
            said = reason == NAME and self._parse(plain).places
            offer(row, _WORTH[reason] * (1.0 if said else self._nearness(row, region)), reason, row.name)
        self._offer_departments(plain, region, offer)
        if all(match.score < SURE for match in found.values()):
            for row, share, text in self._similar(plain):
                offer(row, 0.8 * share * self._nearness(row, region), SIMILAR, text)
        return sorted(found.values(), key=lambda match: (-match.score, match.key))[:_MOST]

    def _offer_departments(self, plain: str, region: int | None, offer: Any) -> None:
        parsed = self._parse(plain)
        wanted = parsed.places
        certain = 1.0
        if parsed.generic:
            wanted = self._home(parsed.generic, region)
            if wanted is None:  # 市 of we do not know which
                certain = 0.85
        elif wanted is None and region is None:
            certain = 0.85
        keys: Iterable[int | str] = (
            parsed.department if isinstance(parsed.department, frozenset) else (parsed.department,)
        )
        for key in keys:
            for row, own, text in self._by_department.get(key, ()):
                if wanted is not None:
                    if own is None or not own & wanted:
                        continue
                    fit = 1.0
                else:
                    fit = self._nearness(row, region)
                reason = VARIANT if isinstance(key, int) and not self._same_words(plain, text) else PREFIXED
                offer(row, _WORTH[reason] * fit * certain, reason, text)

    def _same_words(self, plain: str, text: str) -> bool:
        """Whether two names have the same words for the department, so that only the place is written
        differently.
        """
        other = normalised(text)
        groups = self.departments.groups

        def tail(value: str) -> str:
            return next((value[i:] for i in range(len(value) - 1) if value[i:] in groups), value)

        return tail(plain) == tail(other)

    def _similar(self, plain: str) -> list[tuple[Known, float, str]]:
        grams = _bigrams(plain)
        shared: dict[int, int] = {}
        for gram in grams:
            for index in self._postings.get(gram, ()):
                shared[index] = shared.get(index, 0) + 1
        best: list[tuple[Known, float, str]] = []
        for index, count in shared.items():
            row, size, text = self._grams[index]
            share = 2.0 * count / (len(grams) + size)
            if share >= _LEAST_SIMILAR:
                best.append((row, share, text))
        return sorted(best, key=lambda item: (-item[1], item[0].key))[: 2 * _MOST]
