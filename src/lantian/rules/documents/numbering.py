"""Numbers in front of headings and items: 一、 （一） 1. （1） ① 第一章 1.1."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Depth of each style when all of them are used; a style that a document skips leaves no gap.
RANK = {
    "part": 1,
    "big": 1.5,
    "cn": 2,
    "stem": 2.5,
    "pcn": 3,
    "article": 4,
    "arabic": 4,
    "decimal": 5,
    "par": 6,
    "circle": 7,
}

_CN = "〇零一二三四五六七八九十百"
_MEASURES = "万亿吨米千百克毫微公个家台套辆元户天月年日平立度蒸小种座条批次名位倍米%‰℃以至"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("part", re.compile(rf"第(?:[{_CN}]{{1,4}}|\d{{1,3}})(?:章|编|篇|部分|节)[、.：]?")),
    ("article", re.compile(rf"第(?:[{_CN}]{{1,5}}|\d{{1,3}})条[、.：]?")),
    ("big", re.compile(r"[壹贰叁肆伍陆柒捌玖拾]{1,3}[、.]")),
    ("cn", re.compile(rf"[{_CN}]{{1,4}}[、.]")),
    ("stem", re.compile(r"[甲乙丙丁戊己庚辛壬癸][、.]")),
    ("pcn", re.compile(rf"（[{_CN}]{{1,4}}）[、.]?")),
    ("decimal", re.compile(rf"\d{{1,2}}(?:\.\d{{1,2}}){{1,3}}[.、]?(?=[\u4e00-\u9fff“《])(?![{_MEASURES}])")),
    (
        "arabic",
        re.compile(
            r"\d{1,3}[.、](?: |(?!\d)|(?=\d{4}年|\d{1,2}月[底末前份初上中下\d]))|[\u2488-\u249b]"
            r"|(?:任务|措施)(?:\d{1,3}|[一二三四五六七八九十]{1,3})[：、.]"
        ),
    ),
    ("par", re.compile(r"（\d{1,3}）[、.]?|\d{1,3}）[、.]?|[\u2474-\u2487][、.]?")),
    ("circle", re.compile(r"[\u2460-\u2473\u2776-\u277f][、.]?")),
)
_FIRST = re.compile(rf"[第（\d{_CN}壹贰叁肆伍陆柒捌玖拾甲乙丙丁戊己庚辛壬癸任措\u2460-\u249b\u2776-\u277f]")
_VALUES = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0}


@dataclass(frozen=True, slots=True)
class Number:
    """The number that a line opens with; ``length`` counts its separator too."""

    style: str
    printed: str
    value: int | None
    length: int


def read_number(text: str) -> Number | None:
    """Return the number at the very start of `text`, or None."""
    if not text or not _FIRST.match(text):
        return None
    for style, pattern in _PATTERNS:
        found = pattern.match(text)
        if found:
            printed = found[0].rstrip("、.： ")
            if style == "arabic" and printed.startswith(("任务", "措施")):
                printed = printed[2:]
            return Number(style, printed, number_value(printed), found.end())
    return None


def number_value(printed: str) -> int | None:
    """Return the value of a printed number (``（三）`` is 3, ``①`` is 1); None if it has none."""
    if len(printed) == 1:
        code = ord(printed)
        for first, last in ((0x2460, 0x2473), (0x2474, 0x2487), (0x2488, 0x249B), (0x2776, 0x277F)):
            if first <= code <= last:
                return code - first + 1
    core = re.sub(r"[第章编篇部分节条（）]", "", printed)
    if core.isascii() and core.isdigit():
        return int(core)
    if core in "甲乙丙丁戊己庚辛壬癸" and core:
        return "甲乙丙丁戊己庚辛壬癸".index(core) + 1
    core = core.translate(str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十"))
    if not core or any(c not in _VALUES and c not in "十百" for c in core):
        return None
    total, digit = 0, 0
    for c in core:
        if c == "百":
            total += (digit or 1) * 100
            digit = 0
        elif c == "十":
            total += (digit or 1) * 10
            digit = 0
        else:
            digit = _VALUES[c]
    return total + digit
