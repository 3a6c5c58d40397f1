"""Names of places and of groups of places in the wording of a plan."""

from __future__ import annotations

import re
from collections.abc import Iterable

Groups = tuple[tuple[str, tuple[str, ...]], ...]

_SHORT_FOR = re.compile(r"以下(?:统?简称|统称)[：:]?\s*[“\"‘「]([^”\"’」]{1,20})[”\"’」]")
_LIST = re.compile(
    r"((?:[\u4e00-\u9fff]{2,8}[市县区]?、)+[\u4e00-\u9fff]{2,4}[市县区]?)等?\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*个?"
    r"(?:省辖|传输通道|重点)?(?:城市|市|县（市、区）|县|区)"
)
_BEFORE = re.compile(
    r"^(?:.*(?:以|和|及|与|对|在|通道|城市|包括|其中|纳入|市的|：))?(?=[\u4e00-\u9fff]{2,3}[市县区]?$)"
)
_SUFFIX = re.compile(r"(?:省直管县|自治区|自治州|自治县|新区|街道办事处|街道|[省市区县州盟旗镇乡])$")

#: the name of a county at the beginning of a phrase
_NAMED = re.compile(
    r"(?:^|(?<=[^\u4e00-\u9fff])|(?<=[和及与中对在由户台辆座家吨处个]))[\u4e00-\u9fff]{2,3}[县区旗](?![\u4e00-\u9fff]?长)"
)
#: what ends like the name of a place and is none
_NO_PLACE = re.compile(
    r"[全各本我该市县乡镇每](?=.)|(?:城|郊|辖|园|社|小|矿|景|地|厂|校|灾|林|片|街|特|禁燃|禁行|禁放|开发|示范|集聚|控制|管控|功能|服务|居民|住宅|工业|"
    r"保护|作业|成熟|中心|建成)区$"
)
#: places that are some of a group, of which the others are not named
OF_A_GROUP = re.compile(
    r"[每均等]|城市|其[他余]|分别|[\d一二三四五六七八九十]个?[省市县区]|全[省市县区]|各[省市县区地镇乡]"
)


def owners_of(words: str, known: Iterable[str]) -> frozenset[str]:
    """The places whose share an amount is that stands behind some words, as stems; empty where it is the whole's.

    The nearest place before it has it; all of them where it says 各 (云山区、河阳县各200辆). Where the places are some of
    a group (甲川、乙阳等地, 7个城市及丙安市每市), nobody can say whose it is.

    Parameters
    ----------
    words
        What stands before the amount in its clause.
    known
        Stems of places that are known by name.

    >>> sorted(owners_of("其中临川县1.4万户、泽阳县", ("云山",)))
    ['泽阳']
    """
    places = named_in(words, known)
    if not places:
        return frozenset()
    last = max(places)
    if OF_A_GROUP.search(words[last:]):
        return frozenset()
    return frozenset(places.values() if "各" in words[last:] else {places[last]})


def named_in(words: str, known: Iterable[str]) -> dict[int, str]:
    """Where places stand in some words, as stems: those that are known, and others by the word for their kind."""
    places = {at: place for place in known if len(place) >= 2 for at in [words.rfind(place)] if at >= 0}
    for found in _NAMED.finditer(words):
        if not _NO_PLACE.search(found[0]):
            places.setdefault(found.start(), stem(found[0]))
    return places


def stem(place: str) -> str:
    """A place without the word for its kind, where two characters remain.

    >>> stem("郑州市"), stem("滑县"), stem("郊区")
    ('郑州', '滑县', '郊区')
    """
    bare = _SUFFIX.sub("", place)
    return bare if len(bare) >= 2 else place


def groups_in(text: str) -> Groups:
    """Names that a text gives to groups of places, with the places: 郑州、开封…7市（以下简称“7+3”城市）."""
    groups: dict[str, tuple[str, ...]] = {}
    for found in _SHORT_FOR.finditer(text):
        before = re.split(r"[。；\n]", text[max(0, found.start() - 200) : found.start()])[-1]
        places = tuple(dict.fromkeys(listed_in(before)))
        if len(places) >= 2:
            groups.setdefault(found[1], places)
    return tuple(groups.items())


def listed_in(text: str) -> list[str]:
    """The places of enumerations that say how many they are: 洛阳、平顶山、三门峡3市."""
    names: list[str] = []
    for found in _LIST.finditer(text):
        first, *rest = found[1].split("、")
        names += [_BEFORE.sub("", first), *rest]
    return [name for name in names if 2 <= len(name) <= 5]
