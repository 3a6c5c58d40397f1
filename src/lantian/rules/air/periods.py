"""Periods of evaluation: ten days, month, quarter, season, half-year, year, year to date or any range of days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from lantian.rules.air.errors import AirError

MONTH, QUARTER, SEASON, HALF_YEAR, YEAR, RANGE = "month", "quarter", "season", "half-year", "year", "range"
TEN_DAYS, TO_DATE = "ten-days", "to-date"

#: season → its first month; winter ends in the year that follows
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
#: the thirds of a month (旬) as officials write them
_TENS = {"上旬": 1, "中旬": 2, "下旬": 3}
_TEXT = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})(?:-?(?:T(?P<ten>[123])|(?P<tens>[上中下]旬)))?"
    r"|Q(?P<quarter>[1-4])|H(?P<half>[12])|YTD-(?P<through>\d{2}-\d{2})|-(?P<season>[a-z]+))?",
)
#: longest range [days]
_LONGEST = 36_600


class PeriodUnreadable(AirError):
    """A text that names no period."""

    code = "period"

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is no period")
        self.text = text


@dataclass(frozen=True, slots=True)
class Part:
    """The days of a period that lie in one month."""

    year: int
    month: int
    days: int
    #: whether these are all days of the month
    whole: bool


@dataclass(frozen=True, slots=True)
class Period:
    """Days from the first to the last, both counted."""

    text: str
    kind: str
    first: date
    last: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def parts(self) -> list[Part]:
        """Its months, in order."""
        found = []
        start = self.first
        while start <= self.last:
            of_month = _month_end(start.year, start.month)
            end = min(of_month, self.last)
            days = (end - start).days + 1
            found.append(Part(start.year, start.month, days, days == of_month.day))
            start = end + timedelta(days=1)
        return found


def _month_end(year: int, month: int) -> date:
    return date(year, 12, 31) if month == 12 else date(year, month + 1, 1) - timedelta(days=1)


def _whole_year(first: date, last: date) -> bool:
    return (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year


def period_of(text: str) -> Period:
    """The period that a text names.

    ``2015-07``, ``2015Q1``, ``2015H1``, ``2015-winter``, ``2015``, ``2015-07-01:2015-07-10``, ten days of a month
    ``2015-07-上旬`` or ``2015-07-T1``, the year to a day ``2015YTD-11-25``. A range of whole months, or of a whole year,
    is judged like these.

    Raises
    ------
    PeriodUnreadable
        It names none.

    >>> period_of("2015-winter").last, period_of("2015Q1").days
    (datetime.date(2016, 2, 29), 90)
    >>> period_of("2016-02-下旬").days, period_of("2026YTD-11-25").days
    (9, 329)
    """
    given = text.strip()
    try:
        if ":" in given:
            first, _colon, last = given.partition(":")
            start, end = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
            period = Period(given, YEAR if _whole_year(start, end) else RANGE, start, end)
            if not 1 <= period.days <= _LONGEST:
                raise PeriodUnreadable(text)
            return period
        found = _TEXT.fullmatch(given)
        if found is None:
            raise PeriodUnreadable(text)
        year = int(found["year"])
        if found["through"]:
            start, end = date(year, 1, 1), date.fromisoformat(f"{found['year']}-{found['through']}")
            return Period(given, YEAR if _whole_year(start, end) else TO_DATE, start, end)
        if found["ten"] or found["tens"]:
            third = int(found["ten"] or _TENS[found["tens"]])
            start = date(year, int(found["month"]), 10 * third - 9)
            end = start + timedelta(days=9) if third < 3 else _month_end(start.year, start.month)
            return Period(given, TEN_DAYS, start, end)
        if found["month"]:
            kind, month, months = MONTH, int(found["month"]), 1
        elif found["quarter"]:
            kind, month, months = QUARTER, 3 * int(found["quarter"]) - 2, 3
        elif found["half"]:
            kind, month, months = HALF_YEAR, 6 * int(found["half"]) - 5, 6
        elif found["season"]:
            kind, month, months = SEASON, _SEASONS[found["season"]], 3
        else:
            kind, month, months = YEAR, 1, 12
        through = month + months - 1
        last_day = _month_end(year + (through - 1) // 12, (through - 1) % 12 + 1)
        return Period(given, kind, date(year, month, 1), last_day)
    except (ValueError, KeyError, OverflowError):
        raise PeriodUnreadable(text) from None


def same_period(period: Period, years: int = -1) -> Period:
    """The same period of another year, by default of last year (上年同期).

    Whole months stay whole, so that a February ends on its last day in either year; of other ranges the 29th of February
    becomes the 28th.

    Raises
    ------
    PeriodUnreadable
        There is no such year.

    >>> same_period(period_of("2024-02")).text, same_period(period_of("2025YTD-02-28")).text
    ('2023-02', '2024YTD-02-29')
    """
    year = period.first.year + years
    try:
        if period.kind in (RANGE, TO_DATE) or ":" in period.text or "YTD" in period.text:
            whole = period.first.day == 1 and period.last == _month_end(period.last.year, period.last.month)
            first = _on(period.first, year)
            other = period.last.year + years
            last = _month_end(other, period.last.month) if whole else _on(period.last, other)
            if "YTD" in period.text:
                return period_of(f"{year:04}YTD-{last:%m-%d}")
            return period_of(f"{first.isoformat()}:{last.isoformat()}")
        return period_of(f"{year:04}{period.text[4:]}")
    except ValueError:
        raise PeriodUnreadable(f"{period.text} {years:+}") from None


def _on(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:
        if (day.month, day.day) != (2, 29):
            raise
        return day.replace(year=year, day=28)
