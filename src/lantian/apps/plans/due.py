"""When a reporting duty is due next, from the words of the plan. Pure: the day is an argument.

What the words leave open stays open: a duty whose rhythm is known but not its day has no next day.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_DIGITS = {sign: value for value, sign in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_NUMERAL = re.compile(r"[〇零一二两三四五六七八九十]{1,3}(?=[日号月])")
_WEEKDAYS = {sign: number for number, sign in enumerate("一二三四五六日")} | {"天": 6}

DAILY, WEEKLY, MONTHLY, QUARTERLY, HALF_YEARLY, YEARLY, ONCE = (
    "daily",
    "weekly",
    "monthly",
    "quarterly",
    "half_yearly",
    "yearly",
    "once",
)


@dataclass(frozen=True, slots=True)
class Due:
    """The next day on which something is due.

    Attributes
    ----------
    on
        The day; None if the words do not say, or if it happened once and is over.
    rhythm
        ``daily`` … ``yearly``, ``once``; ``""`` if the words say nothing that is understood.
    """

    on: date | None
    rhythm: str


def _numeral(match: re.Match[str]) -> str:
    text = match.group()
    if "十" not in text:
        return "".join(str(_DIGITS[sign]) for sign in text)
    tens, _, ones = text.partition("十")
    return str((_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0))


def _plain(when: str) -> str:
    text = re.sub(r"\s+", "", unicodedata.normalize("NFKC", when))
    return _NUMERAL.sub(_numeral, text)


def _day(year: int, month: int, day: int) -> date:
    """A day, or the last one of the month where the month is shorter (每月31日)."""
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))


def _months(today: date) -> Iterator[tuple[int, int]]:
    for step in range(26):
        number = today.year * 12 + today.month - 1 + step
        yield number // 12, number % 12 + 1


def _next(today: date, wanted: Callable[[int], bool], days: list[int]) -> date | None:
    candidates = [
        _day(year, month, day) for year, month in _months(today) if wanted(month) for day in sorted(days)
    ]
    return next((day for day in candidates if day >= today), None)


def _days(text: str) -> list[int]:
    found = [int(number) for number in re.findall(r"(\d{1,2})[日号]", text)]
    # 每月5、20日 names the unit once
    for listed in re.findall(r"((?:\d{1,2}[、,和及])+)\d{1,2}[日号]", text):
        found.extend(int(number) for number in re.findall(r"\d{1,2}", listed))
    if re.search(r"月底|月末|季度?末|季度?底|最后一[天日]", text):
        found.append(31)
    return [day for day in found if 1 <= day <= 31]


def next_due(when: str, today: date, year: int | None = None) -> Due:
    """Read when something is due next.

    Parameters
    ----------
    when
        The words of the plan: ``每月25日前``, ``每季度最后一月的25日前``, ``2017-02-28``, ``6月底前``.
    today
        The day from which to look; a duty of today is still due.
    year
        The year of dates without one.
    """
    text = _plain(when)
    if re.search(r"每[日天]|每个?工作日|日报", text):
        return Due(today, DAILY)
    if match := re.search(r"(?:每周|每星期|周报)([一二三四五六日天])?", text):
        if match[1] is None:
            return Due(None, WEEKLY)
        return Due(today + timedelta((_WEEKDAYS[match[1]] - today.weekday()) % 7), WEEKLY)
    if re.search(r"每个?季度?|季报", text):
        return Due(_quarterly(text, today), QUARTERLY)
    if re.search(r"每半年|半年报", text):
        days = _days(text) or [31]
        named = [int(number) for number in re.findall(r"(\d{1,2})月", text)] or [6, 12]
        return Due(_next(today, lambda month: month in named, days), HALF_YEARLY)
    if re.search(r"每年|年度报告", text):
        return Due(_yearly(text, today), YEARLY)
    if re.search(r"每个?月|月报|逐月|按月", text):
        days = _days(text)
        if re.search(r"月初", text) and not days:
            return Due(None, MONTHLY)
        return Due(_next(today, lambda month: True, days) if days else None, MONTHLY)
    return _once(text, today, year)


def _quarterly(text: str, today: date) -> date | None:
    if after := re.search(r"(?:结束|终了|末)后(\d{1,2})(?:个工作)?[日天]内", text):
        quarter_ends = [
            _day(year, month, 31) for year, month in _months(today - timedelta(100)) if month % 3 == 0
        ]
        if "工作" in after[0]:
            return None
        return next((day for end in quarter_ends if (day := end + timedelta(int(after[1]))) >= today), None)
    days = _days(text) or [31]
    if re.search(r"首月|第一个?月|次季度?", text):
        return _next(today, lambda month: month % 3 == 1, days)
    if re.search(r"第二个?月|中间月", text):
        return _next(today, lambda month: month % 3 == 2, days)
    return _next(today, lambda month: month % 3 == 0, days)


def _yearly(text: str, today: date) -> date | None:
    months = [int(number) for number in re.findall(r"(\d{1,2})月", text) if 1 <= int(number) <= 12]
    days = _days(text) or [31]
    if not months:
        if not re.search(r"年底|年末|年终", text):
            return None
        months = [12]
    return _next(today, lambda month: month in months, days)


def _once(text: str, today: date, year: int | None) -> Due:
    found: list[date] = []
    for y, m, d in re.findall(r"(\d{4})-(\d{1,2})-(\d{1,2})", text):
        try:
            found.append(date(int(y), int(m), int(d)))
        except ValueError:
            continue
    if not found:
        for y, m, d, end in re.findall(
            r"(?:(\d{4})年)?(\d{1,2})月(?:(\d{1,2})[日号]|(底|末|前|份|上旬|中旬))?", text
        ):
            which = int(y) if y else year
            if which is None or not 1 <= int(m) <= 12:
                continue
            last = {"上旬": 10, "中旬": 20}.get(end, 31)
            found.append(_day(which, int(m), int(d) if d and 1 <= int(d) <= 31 else last))
    if not found and year is not None and re.search(r"年底|年末", text):
        found.append(date(year, 12, 31))
    if not found:
        return Due(None, "")
    return Due(min((day for day in found if day >= today), default=None), ONCE)
