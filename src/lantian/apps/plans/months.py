"""Months in addresses and as people leaf through them. Pure: the day is an argument."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

#: years that are taken from an address; beyond them nobody has a plan
YEARS = range(2000, 2101)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        """The month of a day.

        >>> Month.of(date(2017, 6, 30)).text
        '2017-06'
        """
        return cls(day.year, day.month)

    @classmethod
    def read(cls, text: str, today: date) -> Month:
        """The month that an address names, ``2017-06``; what is none is that of today.

        >>> Month.read("2017-13", date(2026, 1, 5)).text
        '2026-01'
        """
        match = re.fullmatch(r"([0-9]{4})-(0[1-9]|1[0-2])", text)
        if match is None or int(match[1]) not in YEARS:
            return cls.of(today)
        return cls(int(match[1]), int(match[2]))

    @property
    def text(self) -> str:
        """As an address names it."""
        return f"{self.year}-{self.number:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, self.number, calendar.monthrange(self.year, self.number)[1])

    @property
    def before(self) -> Month:
        """The month before."""
        return Month.of(self.first - timedelta(1))

    @property
    def after(self) -> Month:
        """The month after."""
        return Month.of(self.last + timedelta(1))

    def weeks(self) -> list[list[date]]:
        """Its weeks from Monday to Sunday, with the days of the neighbours that fill them."""
        return calendar.Calendar().monthdatescalendar(self.year, self.number)
