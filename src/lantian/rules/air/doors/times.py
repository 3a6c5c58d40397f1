"""Labels of time as numbers: the end of an hour in hours since 1970 (UTC), or a day in days since 1970."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np

from lantian.rules.air.doors.headings import (
    DATE,
    DAY_OF_MONTH,
    END_TIME,
    MONTH,
    START_TIME,
    TIME,
    TIME_OF_DAY,
    UTC_TIME,
    YEAR,
)
from lantian.rules.air.doors.items import HALF_HOUR, HOUR, NO_TIME, START, Longs
from lantian.rules.air.doors.items import UTC as UTC_ZONE
from lantian.rules.air.doors.layout import Choices, Layout
from lantian.rules.air.labels import BEIJING as BEIJING_ZONE
from lantian.rules.air.labels import moment_of

_EPOCH = datetime(1970, 1, 1)
_FIRST_DAY = date(1970, 1, 1)
_REMEMBERED = 200_000
#: campaign time is so many hours ahead of UTC
AHEAD = 8
_ZONED = re.compile(r"\d(?:Z|[+-]\d{2}:?\d{2})$", re.IGNORECASE)
_NUMBER = re.compile(r"(\d{1,4})(?:\.0+)?")


def day_of(hour: int) -> int:
    """The day, in campaign time and days since 1970, that an hour belongs to by its end.

    >>> day_of(hour_number(datetime(2026, 3, 1, 0))) == day_number(date(2026, 2, 28))
    True
    """
    return (hour - 1 + AHEAD) // 24


def hour_number(campaign: datetime) -> int:
    """The number of a full hour of campaign time."""
    return int((campaign - _EPOCH) // timedelta(hours=1)) - AHEAD


def hour_time(hour: int) -> datetime:
    """The end of an hour in UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(hours=hour)


def hour_text(hour: int) -> str:
    """The label of an hour in campaign time: ``2026-03-01 00:00``."""
    return hour_time(hour).astimezone(BEIJING_ZONE).strftime("%Y-%m-%d %H:%M")


def day_number(day: date) -> int:
    """The number of a day."""
    return (day - _FIRST_DAY).days


def day_date(number: int) -> date:
    """The day of a number."""
    return _FIRST_DAY + timedelta(days=number)


class Times:
    """Reads the time of the rows of a table."""

    def __init__(self, layout: Layout, choices: Choices) -> None:
        roles = layout.roles
        self.hourly = layout.interval == HOUR
        self.utc = (choices.zone or layout.zone) == UTC_ZONE
        self.shift = 1 if (choices.label or layout.label) == START else 0
        self.places: tuple[int, ...]
        whole = next((roles[role] for role in (UTC_TIME, END_TIME, TIME, START_TIME) if role in roles), None)
        self.split = ""
        if whole is not None and not (DATE in roles and TIME_OF_DAY in roles):
            self.places = (whole,)
        elif DATE in roles:
            self.places = (roles[DATE],)
            if self.hourly and TIME_OF_DAY in roles:
                self.places, self.split = (roles[DATE], roles[TIME_OF_DAY]), "hour"
        else:
            names = (YEAR, MONTH, DAY_OF_MONTH, TIME_OF_DAY)
            self.places, self.split = tuple(roles[name] for name in names if name in roles), "parts"
        self._known = _Read(self._read)

    def of(self, row: Sequence[str]) -> int:
        """The number of the hour or day of a row, or a mark."""
        places = self.places
        return self._known[row[places[0]] if len(places) == 1 else tuple(row[p] for p in places)]

    def of_columns(self, columns: Sequence[Sequence[str]], rows: int) -> Longs:
        """The same of many rows, given column by column."""
        chosen = [columns[place] for place in self.places]
        texts: Iterable[str | tuple[str, ...]] = chosen[0] if len(chosen) == 1 else zip(*chosen, strict=True)
        return np.fromiter(map(self._known.__getitem__, texts), dtype=np.int64, count=rows)

    def text(self, row: Sequence[str]) -> str:
        """The time of a row as it stands there."""
        return " ".join(row[place].strip() for place in self.places)

    def _read(self, text: str | tuple[str, ...]) -> int:
        label = text.strip() if isinstance(text, str) else self._joined(text)
        read = moment_of(label)
        if read is None:
            return NO_TIME
        moment, timed = read
        if not self.hourly:
            whole = (moment.hour, moment.minute, moment.second) == (0, 0, 0)
            return day_number(moment.date()) if whole else NO_TIME
        if not timed:
            return NO_TIME
        if moment.minute or moment.second:
            return HALF_HOUR
        zone = AHEAD if self.utc and not _ZONED.search(label) else 0
        return hour_number(moment) + zone + self.shift

    def _joined(self, parts: tuple[str, ...]) -> str:
        """The parts of a time as one label."""
        cells = [part.strip() for part in parts]
        if self.split == "hour":
            hour = _NUMBER.fullmatch(cells[1])
            day = cells[0].removesuffix(".0")
            # A date that a spreadsheet has turned into a moment
            day = re.sub(r"[T ]00:00(:00(\.0+)?)?$", "", day)
            return f"{day} {hour[1]}:00" if hour else f"{day} {cells[1]}"
        numbers = [_NUMBER.fullmatch(cell) for cell in cells]
        if not all(numbers):
            return ""
        plain = [int(number[1]) for number in numbers if number]
        year, month, number_of_day, *hour_of_day = [*plain, 1] if len(plain) == 2 else plain
        label = f"{year:04d}-{month:02d}-{number_of_day:02d}"
        return f"{label} {hour_of_day[0]:02d}:00" if hour_of_day else label


class _Read(dict[str | tuple[str, ...], int]):
    """Text of a time → its number."""

    def __init__(self, read: Callable[[str | tuple[str, ...]], int]) -> None:
        super().__init__()
        self.read = read

    def __missing__(self, text: str | tuple[str, ...]) -> int:
        if len(self) >= _REMEMBERED:
            self.clear()
        number = self[text] = self.read(text)
        return number
