"""What people write into cells of Excel lists, as values.

Each ``read_…`` function takes the value of a cell as it stands in the file and gives the value that is
meant, or raises :class:`CellError` with a message that says how to mend the cell.  Full-width figures,
figures stored as text, thousands separators, Chinese numerals and Chinese dates are understood; nothing is
guessed.
"""

from __future__ import annotations

import calendar
import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from lantian.office.errors import Parameter, _

CellValue = str | int | float | bool | date | datetime | time | None

_FIGURES = str.maketrans("〇零○一二三四五六七八九两", "0001234567892")
_TRUE = frozenset({"是", "有", "√", "✓", "☑", "对", "已", "y", "yes", "true", "1"})
_FALSE = frozenset({"否", "无", "×", "✗", "☐", "错", "未", "n", "no", "false", "0"})
#: days of 1899-12-30, from which Excel counts, and of 1904-01-01, from which old Macintosh files count
_EPOCH = date(1899, 12, 30)
_EPOCH_1904 = date(1904, 1, 1)
_FIRST_YEAR, _LAST_YEAR = 1949, 2199


class CellError(ValueError):
    """A cell does not hold what its column asks for.

    Attributes
    ----------
    code
        Stable identifier of the kind of mistake.
    message_id, params
        English sentence with ``%(name)s`` places, and what goes into them.
    """

    def __init__(self, code: str, message_id: str, **params: Parameter) -> None:
        self.code = code
        self.message_id = message_id
        self.params: Mapping[str, Parameter] = params
        super().__init__(message_id % params)


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date with what was really said.

    Attributes
    ----------
    on
        The day; the last day of the month, quarter or year where only that was said.
    precision
        ``day``, ``ten_days``, ``month``, ``quarter`` or ``year``.
    """

    on: date
    precision: Literal["day", "ten_days", "month", "quarter", "year"] = "day"


def plain(text: str) -> str:
    """Text in its ordinary form: full-width figures and letters made half-width, outer space taken away."""
    return unicodedata.normalize("NFKC", text).strip()


def shown(value: CellValue) -> str:
    """A value as the sheet shows it, short enough for a message."""
    text = read_text(value, check=False)
    return text if len(text) <= 40 else text[:39] + "…"


def read_text(value: CellValue, *, check: bool = True) -> str:
    """The text of a cell; numbers as Excel shows them, dates in ISO form, outer space taken away.

    Raises
    ------
    CellError
        ``number_shortened``: a code of more than 15 figures that Excel keeps as a number and has therefore
        rounded.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        if check and abs(value) >= 10**15:
            raise CellError(
                "number_shortened",
                _("Excel has rounded this long number. Format the column as text and type the number again."),
            )
        return str(int(value)) if float(value).is_integer() else f"{value:.15g}"
    if isinstance(value, datetime):
        return (
            value.date().isoformat()
            if value.time() == time()
            else value.isoformat(sep=" ", timespec="minutes")
        )
    if isinstance(value, date | time):
        return value.isoformat()
    return value.replace("\u00a0", " ").replace("\u200b", "").strip()


def read_decimal(value: CellValue) -> Decimal | None:
    """A number; None for an empty cell.  ``12.5%`` is 0.125, as in a cell that Excel formats as a percentage.

    Raises
    ------
    CellError
        ``not_a_number``
    """
    if isinstance(value, bool):
        raise _not_a_number(value)
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise _not_a_number(value)
        # Excel keeps and shows 15 figures; what lies behind is noise of the binary form
        return Decimal(f"{value:.15g}")
    if isinstance(value, date | time):
        raise CellError(
            "not_a_number",
            _(
                "“%(value)s” is a date or time where a number belongs. Format the cell as a number and type"
                " it again."
            ),
            value=shown(value),
        )
    text = plain(value or "").replace("−", "-").replace(" ", "")
    if text in ("", "/", "-", "—", "--", "——", "无"):
        return None
    percent = text.endswith("%")
    text = text.removesuffix("%")
    if re.fullmatch(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?", text, re.IGNORECASE) or len(text) > 60:
        raise _not_a_number(value)
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise _not_a_number(value) from error
    return number / 100 if percent else number


def read_integer(value: CellValue) -> int | None:
    """A whole number; None for an empty cell.

    Raises
    ------
    CellError
        ``not_a_number`` or ``not_whole``
    """
    number = read_decimal(value)
    if number is None:
        return None
    if number.adjusted() > 30 or number != number.to_integral_value():
        raise CellError("not_whole", _("“%(value)s” is not a whole number."), value=shown(value))
    return int(number)


def read_flag(value: CellValue) -> bool | None:
    """Yes or no; None for an empty cell.

    Raises
    ------
    CellError
        ``not_a_flag``
    """
    if isinstance(value, bool):
        return value
    text = plain(read_text(value)).lower()
    if not text:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise CellError("not_a_flag", _("“%(value)s” is neither yes nor no. Write 是 or 否."), value=shown(value))


def read_date(
    value: CellValue, *, default_year: int | None = None, epoch_1904: bool = False
) -> DateValue | None:
    """A date as officials write it; None for an empty cell.

    Understands dates of Excel, its serial numbers, ``2017年6月30日``, ``2017年6月底``, ``2017.6.30``,
    ``2017-6``, ``20170630``, ``6月30日``, ``二〇一七年六月``, ``2017年三季度``, ``6月上旬``, ``2017年底前``.

    Parameters
    ----------
    default_year
        Year of dates that name none.
    epoch_1904
        The workbook counts days from 1904.

    Raises
    ------
    CellError
        ``not_a_date``, ``year_missing``, ``no_such_day`` or ``year_unlikely``
    """
    if isinstance(value, datetime):
        return _likely(DateValue(value.date()), value)
    if isinstance(value, date):
        return _likely(DateValue(value), value)
    if value is None or isinstance(value, bool | time):
        if value is None:
            return None
        raise _not_a_date(value)
    if isinstance(value, int | float):
        return _number_as_date(value, epoch_1904)
    # a time of the day behind the date does not matter
    text = re.sub(r"(?:\s+|(?<=\d)T)\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?$", "", plain(value))
    text = re.sub(r"\s+", "", text)
    if text in ("", "/", "-", "—", "——", "无"):
        return None
    if re.fullmatch(r"\d{8}|\d{5}(\.\d+)?", text):
        return _number_as_date(float(text), epoch_1904)
    return _likely(_text_as_date(text, value, default_year), value)


_END = r"(?:[底末]|月底|月末)?(?:之?前|以前|止|完成|前完成)?"
_YEAR = r"(?:(?P<year>\d{4}|\d{2}(?=年))(?:年度?|[./-]))"
_DAY_DATE = re.compile(
    rf"{_YEAR}?(?P<month>\d{{1,2}})(?:月份?|[./-])(?P<day>\d{{1,2}})[日号]?(?:之?前|以前|止|前?完成)?"
)
_MONTH_DATE = re.compile(rf"{_YEAR}?(?P<month>\d{{1,2}})(?:月份?)?(?P<part>[上中下]旬)?{_END}")
_QUARTER_DATE = re.compile(rf"{_YEAR}?第?(?P<quarter>[1-4])季度?{_END}")
_YEAR_DATE = re.compile(rf"(?P<year>\d{{4}})年度?(?:全年|{_END})|(?P<year_alone>\d{{4}})")


def _text_as_date(text: str, value: CellValue, default_year: int | None) -> DateValue:
    text = _with_figures(text)
    if found := _DAY_DATE.fullmatch(text):
        return DateValue(
            _day(_year(found, value, default_year), int(found["month"]), int(found["day"]), value)
        )
    if (found := _MONTH_DATE.fullmatch(text)) and ("月" in text or found["year"]):
        year, month = _year(found, value, default_year), int(found["month"])
        if found["part"] in ("上旬", "中旬"):
            return DateValue(_day(year, month, 10 if found["part"] == "上旬" else 20, value), "ten_days")
        return DateValue(_month_end(year, month, value), "ten_days" if found["part"] else "month")
    if found := _QUARTER_DATE.fullmatch(text):
        return DateValue(
            _month_end(_year(found, value, default_year), 3 * int(found["quarter"]), value), "quarter"
        )
    if found := _YEAR_DATE.fullmatch(text):
        return DateValue(_month_end(int(found["year"] or found["year_alone"]), 12, value), "year")
    if default_year is not None and re.fullmatch(rf"(?:全年|年{_END})", text):
        return DateValue(_month_end(default_year, 12, value), "year")
    raise _not_a_date(value)


def _with_figures(text: str) -> str:
    """Chinese numerals of a date as figures: 二〇一七年十一月三十日 is 2017年11月30日."""

    def tens(found: re.Match[str]) -> str:
        left, right = found.group(1), found.group(2)
        return (left.translate(_FIGURES) if left else "1") + (right.translate(_FIGURES) if right else "0")

    text = re.sub("([一二三])?十([一二三四五六七八九])?", tens, text)
    return re.sub("[〇零○一二三四五六七八九]+", lambda found: found.group().translate(_FIGURES), text)


def _year(found: re.Match[str], value: CellValue, default_year: int | None) -> int:
    if found["year"]:
        year = int(found["year"])
        return year + 2000 if year < 100 else year
    if default_year is None:
        raise CellError(
            "year_missing", _("The date “%(value)s” has no year. Add the year."), value=shown(value)
        )
    return default_year


def _day(year: int, month: int, day: int, value: CellValue) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise CellError("no_such_day", _("There is no such day: “%(value)s”."), value=shown(value)) from error


def _month_end(year: int, month: int, value: CellValue) -> date:
    if not 1 <= month <= 12:
        raise CellError("no_such_day", _("There is no such day: “%(value)s”."), value=shown(value))
    return _day(year, month, calendar.monthrange(year, month)[1] if year >= 1 else 31, value)


def _number_as_date(value: int | float, epoch_1904: bool) -> DateValue:
    if value in range(_FIRST_YEAR, _LAST_YEAR + 1):
        return DateValue(date(int(value), 12, 31), "year")
    if float(value).is_integer() and 19490101 <= value <= 21991231:
        figures = str(int(value))
        return DateValue(_day(int(figures[:4]), int(figures[4:6]), int(figures[6:]), value))
    if 10_000 <= value < 110_000:
        start = _EPOCH_1904 if epoch_1904 else _EPOCH
        return _likely(DateValue(start + timedelta(days=int(value))), value)
    raise _not_a_date(value)


def _likely(found: DateValue, value: CellValue) -> DateValue:
    if not _FIRST_YEAR <= found.on.year <= _LAST_YEAR:
        raise CellError(
            "year_unlikely",
            _("The year of the date “%(value)s” cannot be right. Correct it."),
            value=shown(value),
        )
    return found


def _not_a_number(value: Any) -> CellError:
    return CellError(
        "not_a_number",
        _("“%(value)s” is not a number. Write figures only; the unit belongs into the heading."),
        value=shown(value),
    )


def _not_a_date(value: CellValue) -> CellError:
    return CellError(
        "not_a_date",
        _("“%(value)s” is not a date. Write it like 2017-06-30 or 2017年6月底."),
        value=shown(value),
    )
