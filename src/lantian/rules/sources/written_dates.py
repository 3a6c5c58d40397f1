"""Dates as people write them into the cells of lists.

``2017-06-30``, ``2017.6.30``, ``2017/6/30``, ``20170630``, ``2017年6月30日``, ``2017年6月底``, ``2017年6月上旬``,
``2017-6``, ``2017年三季度``, ``2017年底``, ``二〇一七年六月``, the serial numbers of Excel. Where only a month, a
quarter or a year is said, the last day of it is meant.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta

from lantian.rules.sources.errors import InputError, Message, _
from lantian.rules.sources.keys import quoted

_FIRST, _LAST = 1949, 2199
#: the day from which Excel counts
_EPOCH = date(1899, 12, 30)
_TIME = re.compile(r"(?:\s+|(?<=\d)T)\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?$")
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_SPACE = re.compile(r"\s+")
_END = r"(?:[底末]|月底|月末)?(?:之?前|以前|止|前?完成)?"
_YEAR = r"(?P<year>\d{4}|\d{2}(?=年))(?:年度?|[./\-])"
_DAY = re.compile(
    rf"{_YEAR}(?P<month>\d{{1,2}})(?:月份?|[./\-])(?P<day>\d{{1,2}})[日号]?(?:之?前|以前|止|前?完成)?"
)
_MONTH = re.compile(rf"{_YEAR}(?P<month>\d{{1,2}})(?:月份?)?(?P<part>[上中下]旬)?{_END}")
_QUARTER = re.compile(rf"{_YEAR}第?(?P<quarter>[1-4])季度?{_END}")
_HALF = re.compile(rf"{_YEAR}(?P<half>[上下])半年{_END}")
_YEAR_ALONE = re.compile(rf"(?P<year>\d{{4}})(?:年度?(?:全年|{_END}))?")
_TENS = re.compile("([一二三])?十([一二三四五六七八九])?")
_NUMERALS = re.compile("[〇零○一二三四五六七八九]+")
_FIGURES = str.maketrans("〇零○一二三四五六七八九", "000123456789")


def read_date(text: str) -> date:
    """The day that is meant.

    Raises
    ------
    InputError
        ``not_a_date``, ``no_such_day``, ``year_missing`` or ``year_unlikely``.

    Examples
    --------
    >>> read_date("2017年6月底"), read_date("二〇一八年十一月十五日"), read_date("43419")
    (datetime.date(2017, 6, 30), datetime.date(2018, 11, 15), datetime.date(2018, 11, 15))
    """
    if _ISO.fullmatch(text):
        return _day(int(text[:4]), int(text[5:7]), int(text[8:]), text)
    plain = _SPACE.sub("", _TIME.sub("", unicodedata.normalize("NFKC", text).strip()))
    plain = re.sub("[－—–]", "-", plain)
    if re.fullmatch(r"\d{8}", plain):
        return _day(int(plain[:4]), int(plain[4:6]), int(plain[6:]), text)
    if re.fullmatch(r"\d{5}(?:\.\d+)?", plain):
        return _likely(_EPOCH + timedelta(days=int(float(plain))), text)
    plain = _with_figures(plain)
    if found := _DAY.fullmatch(plain):
        return _day(_year(found), int(found["month"]), int(found["day"]), text)
    if found := _MONTH.fullmatch(plain):
        year, month = _year(found), int(found["month"])
        part = found["part"]
        return (
            _day(year, month, 10 if part == "上旬" else 20, text)
            if part in ("上旬", "中旬")
            else _last(year, month, text)
        )
    if found := _QUARTER.fullmatch(plain):
        return _last(_year(found), 3 * int(found["quarter"]), text)
    if found := _HALF.fullmatch(plain):
        return _last(_year(found), 6 if found["half"] == "上" else 12, text)
    if found := _YEAR_ALONE.fullmatch(plain):
        return _last(int(found["year"]), 12, text)
    if re.fullmatch(r"\d{1,2}月(?:\d{1,2}[日号]?|[上中下]旬|底|末)?(?:之?前|以前)?", plain):
        raise InputError(
            "year_missing",
            Message(_("The date “%(value)s” has no year. Add the year."), value=quoted(text)),
        )
    raise InputError(
        "not_a_date",
        Message(_("“%(value)s” is not a date. Write it like 2017-06-30 or 2017年6月底."), value=quoted(text)),
    )


def read_year(text: str) -> int:
    """The year that is meant.

    Raises
    ------
    InputError
        ``not_a_year`` or ``year_unlikely``.

    Examples
    --------
    >>> read_year("2018年度"), read_year("二〇一八年"), read_year("2018.0")
    (2018, 2018, 2018)
    """
    plain = _with_figures(_SPACE.sub("", unicodedata.normalize("NFKC", text)))
    found = re.fullmatch(r"(\d{4})(?:\.0+|年度?)?", plain)
    if found is None:
        raise InputError(
            "not_a_year",
            Message(_("“%(value)s” is no year. Write four figures, as in 2018."), value=quoted(text)),
        )
    return _likely(date(max(1, int(found[1])), 1, 1), text).year


def _with_figures(text: str) -> str:
    if text.isascii():
        return text

    def tens(found: re.Match[str]) -> str:
        left, right = found.group(1), found.group(2)
        return (left.translate(_FIGURES) if left else "1") + (right.translate(_FIGURES) if right else "0")

    return _NUMERALS.sub(lambda found: found.group().translate(_FIGURES), _TENS.sub(tens, text))


def _year(found: re.Match[str]) -> int:
    year = int(found["year"])
    return year + 2000 if year < 100 else year


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        return _likely(date(year, month, day), text)
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            "no_such_day", Message(_("There is no such day: “%(value)s”."), value=quoted(text))
        ) from error


def _last(year: int, month: int, text: str) -> date:
    if not (1 <= month <= 12 and year >= 1):
        return _day(year, month, 1, text)
    return _day(year, month, calendar.monthrange(year, month)[1], text)


def _likely(found: date, text: str) -> date:
    if not _FIRST <= found.year <= _LAST:
        raise InputError(
            "year_unlikely",
            Message(_("The year of the date “%(value)s” cannot be right. Correct it."), value=quoted(text)),
        )
    return found
