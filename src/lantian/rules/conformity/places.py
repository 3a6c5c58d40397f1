"""Names of places and of groups of places in the wording of a plan."""

from __future__ import annotations

import re

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
