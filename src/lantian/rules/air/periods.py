"""Periods of evaluation: month, quarter, season, half-year, year or any range of days."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from lantian.rules.air.errors import AirError

MONTH, QUARTER, SEASON, HALF_YEAR, YEAR, RANGE = "month", "quarter", "season", "half-year", "year", "range"

#: season → its first month; winter ends in the year that follows
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "winter": 12}
_TEXT = re.compile(
    r"(?P<year>\d{4})(?:-(?P<month>\d{2})|Q(?P<quarter>[1-4])|H(?P<half>[12])|-(?P<season>[a-z]+))?",
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


def period_of(text: str) -> Period:
    """The period that a text names: ``2015-07``, ``2015Q1``, ``2015H1``, ``2015-winter``, ``2015``, ``2015-07-01:2015-07-10``.

    A range of whole months, or of a whole year, is judged like these.

    Raises
    ------
    PeriodUnreadable
        It names none.

    >>> period_of("2015-winter").last, period_of("2015Q1").days
    (datetime.date(2016, 2, 29), 90)
    """
    given = text.strip()
    try:
        if ":" in given:
            first, _colon, last = given.partition(":")
            start, end = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
            whole_year = (start.month, start.day, end.month, end.day) == (
                1,
                1,
                12,
                31,
            ) and start.year == end.year
            period = Period(given, YEAR if whole_year else RANGE, start, end)
            if not 1 <= period.days <= _LONGEST:
                raise PeriodUnreadable(text)
            return period
        found = _TEXT.fullmatch(given)
        if found is None:
            raise PeriodUnreadable(text)
        year = int(found["year"])
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
