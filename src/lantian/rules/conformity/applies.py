"""Whether a duty of the upper plan is one of the lower plan's place at all."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lantian.rules.conformity.model import Item, Reason, Side
from lantian.rules.conformity.places import OF_A_GROUP, listed_in, named_in, stem
from lantian.rules.conformity.profile import body_of

_LEVEL_WORDS = {"province": "省", "prefecture": "市州", "county": "区县旗", "town": "镇乡"}
_PASSED_DOWN = re.compile(
    r"^(?:各|有关|相关|所有|全[省市区县]|辖区|属地|市内|沿线|其他|重点)|省辖市|省直管|直管县|市区县|市县|县区|区县|县（|县\(|区（|"
    r"(?:市|县|区|乡|镇)、|各(?:县|市|区|镇|乡|街|级|有关|相关|开发)|企业$|开发区管委会$|乡镇|街道办"
)
_EVERYWHERE = re.compile(
    r"其他|其余|其它|全[省市区县]|各地|各省辖市|各市|各县|各区|各[乡镇]|参照|所有市|均要|每个?[市县区]"
)
#: parts of every place, which are the names of none
_NO_NAME = re.compile(
    r"城区|中心城|建成|主城|辖区|市区|郊区|全[省市区县]|本[省市区县]|区域|片区|街道|[一二三四五六七八九十\d]|县城"
)
#: shares of places within a duty that is meant for all (3万户，其中临川县1万户)
_SHARES = re.compile(r"其中[^。；;\n]*")
_SUBJECT = re.compile(r"(?:依据|组织|要|负责|统筹|牵头|应|按照|根据|会同|与|对|定期|每|以)")


class Scope:
    """Who and where the duties of an upper plan are meant for, seen from the lower plan's place."""

    def __init__(self, upper: Side, lower: Side) -> None:
        self.upper, self.lower = upper, lower
        self.chain = frozenset(stem(place) for place in lower.regions)
        own = {stem(place) for place in upper.regions}
        self.below = frozenset(self.chain - own)
        self.is_same_place = bool(upper.regions[:1]) and upper.regions[:1] == lower.regions[:1]
        names: set[str] = set()
        for _name, places in upper.groups:
            names.update(map(stem, places))
        for target in upper.targets:
            if target.measure and re.fullmatch(r"[\u4e00-\u9fff]{2,7}", target.measure.region):
                names.add(stem(target.measure.region))
        for task in upper.tasks:
            names.update(map(stem, listed_in(body_of(task.text))))
        self.places = frozenset(name for name in names if len(name) >= 2 and not _NO_NAME.search(name)) - own

    def against(self, item: Item) -> Reason | None:
        """Why a duty is not one of the lower place; None where it may be."""
        if self.is_same_place:
            return None
        return self._by_places(item) or self._by_units(item) or self._by_subject(item)

    def is_meant(self, step: str) -> bool:
        """Whether a step of a duty that applies may be the lower place's: not where it names other places alone."""
        if self.is_same_place or not self.chain or _EVERYWHERE.search(step) or OF_A_GROUP.search(step):
            return True
        named = set(named_in(step, self.places | self.chain).values())
        return not named or bool(named & self.chain)

    def _by_units(self, item: Item) -> Reason | None:
        kinds = {self._kind(unit) for unit in item.leads}
        if not kinds or kinds - {"own", "other"}:
            return None
        code = "others_only" if kinds == {"other"} else "above_only"
        return Reason(code, {"units": "、".join(item.leads[:6])})

    def _kind(self, unit: str) -> str:
        if any(place in unit for place in self.below):
            return "below"
        own = [place for place in self.upper.regions[:1] if place and unit.startswith((place, stem(place)))]
        level = _LEVEL_WORDS.get(self.upper.level, "")
        if own or (
            unit[:1] in level
            and level
            and not _PASSED_DOWN.search(unit.replace("各成员单位", "").replace("各相关成员单位", ""))
        ):
            return "own"
        if _PASSED_DOWN.search(unit):
            return "below"
        if any(unit.startswith(place) for place in self.places):
            return "other"
        named = re.match(r"([\u4e00-\u9fff]{2,4}?)(?:市|县|区|镇|乡)(?:人民)?(?:政府|管委会)", unit)
        return "other" if named and stem(named[1]) not in self.chain and self.upper.regions else "unknown"

    def _by_places(self, item: Item) -> Reason | None:
        named = set(map(stem, item.places))
        if not named:
            body = _SHARES.sub("", body_of(item.text))
            heading = f"{item.title}|{item.subtitle}"
            if _EVERYWHERE.search(body) or _EVERYWHERE.search(heading):
                return None
            opening = heading + "|" + re.split(r"[。；\n]", body, maxsplit=2)[0][:200]
            if not set(self._named(opening)):
                return None
            named = set(self._named(heading + body))
        if not named or named & self.chain or not self.chain:
            return None
        return Reason("other_places", {"places": "、".join(sorted(named)[:8])})

    def _named(self, text: str) -> Iterable[str]:
        for name, places in self.upper.groups:
            if name in text:
                yield from map(stem, places)
        for place in self.places:
            if place in text:
                yield place

    def _by_subject(self, item: Item) -> Reason | None:
        """Every sentence has an office of the upper level for its subject (省攻坚办组织督导组…)."""
        level = _LEVEL_WORDS.get(self.upper.level, "")
        if not level:
            return None
        body = body_of(item.text)
        heading = item.subtitle or item.title
        if heading and heading in body[:80]:
            body = body[body.index(heading) + len(heading) :]
        sentences = [s.strip() for s in re.split(r"[。；\n]", body) if len(s.strip()) > 6]
        office = re.compile(
            rf"[{level}](?!辖|直管|[区县、（])[\u4e00-\u9fff]{{1,10}}?(?:办|厅|局|委|部|小组|政府|公司|中心)(?:{_SUBJECT.pattern})"
        )
        if sentences and all(office.match(s) for s in sentences):
            return Reason("above_only", {"units": sentences[0][:16]})
        return None
