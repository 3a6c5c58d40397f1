"""The period of a target as a plan has it: a year, months, days, a season of heating or of autumn and winter."""

from __future__ import annotations

import re

from lantian.rules.air.periods import Period, PeriodUnreadable, period_of

#: season → month and day of its first and last day, the last in the year that follows: autumn and winter as the campaigns of
#: the north count them, heating as the northern cities do by default
SEASONS = {
    "秋冬季": ("10-01", "03-31"),
    "采暖季": ("11-15", "03-15"),
    "取暖季": ("11-15", "03-15"),
    "供暖季": ("11-15", "03-15"),
}
_MONTHS = re.compile(r"(\d{4}-\d{2})/(\d{4}-\d{2})")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})")
_SEASON = re.compile(rf"(\d{{4}})(?:[—\-–至~](\d{{4}}))?年?({'|'.join(SEASONS)})")


def period_of_target(text: str) -> Period:
    """The period that a target is for.

    Raises
    ------
    PeriodUnreadable
        It cannot be told.

    >>> period_of_target("2026-10/2027-03").last, period_of_target("2026年秋冬季").first
    (datetime.date(2027, 3, 31), datetime.date(2026, 10, 1))
    """
    given = text.strip()
    if found := _MONTHS.fullmatch(given):
        first, last = period_of(found[1]), period_of(found[2])
        return period_of(f"{first.first}:{last.last}")
    if found := _DAYS.fullmatch(given):
        return period_of(f"{found[1]}:{found[2]}")
    if found := _SEASON.fullmatch(given):
        year = int(found[1])
        if found[2] and int(found[2]) != year + 1:
            raise PeriodUnreadable(text)
        first_day, last_day = SEASONS[found[3]]
        return period_of(f"{year}-{first_day}:{year + 1}-{last_day}")
    return period_of(given.removesuffix("年"))
