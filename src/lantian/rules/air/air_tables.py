"""Tables of air data, of days of cities or of hours of stations, gathered as daily values of the entities of a period.

A value is read to thousandths of its unit, rounded half to even. A cell that cannot be used counts as missing and is
remembered with its place; nothing stops at it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from lantian.rules.air.errors import AirError, ValueUnusable
from lantian.rules.air.evaluation import THOUSAND, Scheme
from lantian.rules.air.exact import OUTSIDE_MARK, concentration, grid_of
from lantian.rules.air.exclusions import Excluded
from lantian.rules.air.labels import day_of_day, hour_of
from lantian.rules.air.periods import Period
from lantian.rules.air.text_rows import BadCell, HeaderError, RowTooLong
from lantian.rules.air.validity import city_days, daily_max_8h, daily_mean

CITY, STATION = "city", "station"
DAY, HOUR = "day", "hour"
POLLUTANT_COLUMNS = ("pm25", "pm10", "so2", "no2", "co", "o3")

_DATES, _TIMES = ("date", "日期"), ("time", "datetime", "时间")
_CITIES, _CODES, _NAMES = (
    ("city", "城市"),
    ("station_code", "stationcode"),
    ("station_name", "station", "站点"),
)
_ALIASES = {"pm2.5": "pm25", "pm2_5": "pm25"}
_REMEMBERED = 200_000
_BAD_SHOWN = 20
_MISSING, _UNUSABLE = -1, -2
_DIGITS = 3

_Values = dict[date, dict[str, int | Fraction]]
_Hours = npt.NDArray[np.int32]


class NoSuchEntities(AirError):
    """The table does not say what the entities are; ``code`` is ``no_city`` or ``no_station``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class AirTable:
    """The rows of a table gathered by entity.

    Parameters
    ----------
    header
        Cells of the first row: ``date`` and ``city`` of a table of days; ``time``, ``city`` and ``station_name`` or
        ``station_code`` of a table of hours; concentrations in µg/m³, CO in mg/m³. Of a table of days ``o3_8h`` is the
        daily maximum 8 h; without it ``o3`` is read as such.
    by
        ``city`` or ``station``.

    Attributes
    ----------
    bad_count, bad_cells
        Cells that could not be used; the first ones with their places.
    bad_times
        Rows whose day or hour could not be told.
    repeated
        Rows of an entity and time that had been there already; the later one counts.
    rows
        Rows of the period.

    Raises
    ------
    HeaderError
        A column stands twice, or there is no time or no concentration.
    NoSuchEntities
        There is no column of cities or stations.
    """

    def __init__(self, header: Sequence[str], period: Period, by: str) -> None:
        names = [_ALIASES.get(name.strip().lower(), name.strip().lower()) for name in header]
        self.width, self.period, self.by = len(header), period, by
        self._place: dict[str, int] = {}
        for place, name in enumerate(names):
            if (
                name
                and name in self._place
                and name in (*POLLUTANT_COLUMNS, "o3_8h", *_DATES, *_TIMES, *_CITIES)
            ):
                raise HeaderError("twice", name)
            self._place.setdefault(name, place)
        hour, day = self._first(_TIMES), self._first(_DATES)
        if hour is None and day is None:
            raise HeaderError("no_time")
        self.interval = HOUR if hour is not None else DAY
        self._time = hour if hour is not None else day or 0
        self._city, self._code, self._name = self._first(_CITIES), self._first(_CODES), self._first(_NAMES)
        if self._code is None and self._name is None and (by == STATION or self.interval == HOUR):
            raise NoSuchEntities("no_station")
        if by == CITY and self._city is None:
            raise NoSuchEntities("no_city")
        columns = [(column, self._place[column]) for column in POLLUTANT_COLUMNS if column in self._place]
        if self.interval == DAY and "o3_8h" in self._place:
            columns = [("o3_1h" if column == "o3" else column, place) for column, place in columns] + [
                ("o3", self._place["o3_8h"])
            ]
        if not columns:
            raise HeaderError("no_concentration")
        self._columns = columns
        self.bad_count = self.bad_times = self.repeated = self.rows = 0
        self.bad_cells: list[BadCell] = []
        self._known: dict[str, int] = {}
        self._when: dict[str, tuple[date, int] | bool | None] = {}
        self._of_day: dict[tuple[str, str], _Values] = {}
        self._of_hour: dict[tuple[str, str], tuple[_Hours, npt.NDArray[np.bool_]]] = {}

    @property
    def ozone_assumed(self) -> bool:
        """Whether ``o3`` of a table of days is read as the daily maximum 8 h, for want of ``o3_8h``."""
        return self.interval == DAY and "o3" in self._place and "o3_8h" not in self._place

    def _first(self, names: Iterable[str]) -> int | None:
        return next((self._place[name] for name in names if name in self._place), None)

    def add(self, rows: Sequence[Sequence[str]], first_row: int) -> None:
        """Take rows in.

        Raises
        ------
        RowTooLong
            A row has more cells than the header.
        """
        for number, row in enumerate(rows, first_row):
            if len(row) != self.width:
                if not row:
                    continue
                if any(cell.strip() for cell in row[self.width :]):
                    raise RowTooLong(number, len(row), self.width)
                row = [*row[: self.width], *[""] * (self.width - len(row))]
            text = row[self._time]
            when = self._when.get(text)
            if when is None:
                when = self._moment(text)
                if len(self._when) >= _REMEMBERED:
                    self._when.clear()
                self._when[text] = when
            if isinstance(when, bool):
                self.bad_times += when
                continue
            self.rows += 1
            city = row[self._city].strip() if self._city is not None else ""
            code = row[self._code].strip() if self._code is not None else ""
            station = code or (row[self._name].strip() if self._name is not None else "")
            values = [(column, self._value(row[place], number, column)) for column, place in self._columns]
            if self.interval == HOUR:
                self._take_hour((city, station), when, values)
            else:
                self._take_day((city, station), when[0], values)

    def _moment(self, text: str) -> tuple[date, int] | bool:
        """The day and hour; False outside the period, True where they cannot be told."""
        found: tuple[date, int] | None
        if self.interval == HOUR:
            found = hour_of(text)
        else:
            day = day_of_day(text)
            found = None if day is None else (day, 0)
        if found is None:
            return True
        return found if found[0] in self.period else False

    def _value(self, text: str, row: int, column: str) -> int:
        value = self._known.get(text)
        if value is None:
            value = _thousandths(text)
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            self._known[text] = value
        if value == _UNUSABLE:
            self.bad_count += 1
            if len(self.bad_cells) < _BAD_SHOWN:
                self.bad_cells.append(BadCell(row, column, text.strip()[:30], "unusable"))
            return _MISSING
        return value

    def _take_day(self, key: tuple[str, str], day: date, values: list[tuple[str, int]]) -> None:
        days = self._of_day.setdefault(key, {})
        self.repeated += day in days
        days[day] = {column: value for column, value in values if value >= 0}

    def _take_hour(self, key: tuple[str, str], when: tuple[date, int], values: list[tuple[str, int]]) -> None:
        found = self._of_hour.get(key)
        if found is None:
            shape = (self.period.days, len(self._columns), 24)
            found = np.full(shape, _MISSING, dtype=np.int32), np.zeros((shape[0], 24), dtype=np.bool_)
            self._of_hour[key] = found
        hours, there = found
        day = (when[0] - self.period.first).days
        self.repeated += bool(there[day, when[1]])
        there[day, when[1]] = True
        hours[day, :, when[1]] = [value for _column, value in values]

    # --- what was gathered ---

    def entities(self, scheme: Scheme, *, available: bool = False) -> dict[str, tuple[_Values, int]]:
        """Entity → its daily values, and how many of them have fewer points than needed.

        Stations go by their code, else by their name; where two cities have a station of one name, with the city before it.
        """
        if self.interval == DAY:
            points = self._of_day
        else:
            points = {
                key: self._days_of_hours(hours, scheme) for key, (hours, _there) in self._of_hour.items()
            }
        if self.by == STATION:
            taken: dict[str, int] = {}
            for _city, station in points:
                taken[station] = taken.get(station, 0) + 1
            return {
                (station if taken[station] == 1 else f"{city} {station}"): (days, 0)
                for (city, station), days in points.items()
            }
        if self._code is None and self._name is None:
            return {city: (days, 0) for (city, _station), days in points.items()}
        of_city: dict[str, list[_Values]] = {}
        for (city, _station), days in points.items():
            of_city.setdefault(city, []).append(days)
        return {city: self._of_points(stations, scheme, available) for city, stations in of_city.items()}

    def hidden(self, excluded: Sequence[Excluded]) -> AirTable:
        """The table of hours without the hours that are excluded, of the cities and stations that they name.

        A day is made anew from the hours that are left, with the minimum of hours that it needs.
        """
        if self.interval != HOUR:
            raise ValueError("Only tables of hours have hours to hide.")
        found = copy.copy(self)
        found._of_hour = {}
        for (city, station), (hours, there) in self._of_hour.items():
            mine = [one for one in excluded if one.entity in (city, station, f"{city} {station}")]
            if mine:
                hours = hours.copy()
                for one in mine:
                    self._hide(hours, one)
            found._of_hour[city, station] = hours, there
        return found

    def _hide(self, hours: _Hours, one: Excluded) -> None:
        places = [at for at, (column, _place) in enumerate(self._columns) if column in one.columns]
        day = max(one.first, self.period.first)
        while day <= min(one.last, self.period.last):
            of_day = one.hours(day)
            hours[(day - self.period.first).days, places, of_day.start : of_day.stop] = _MISSING
            day += timedelta(days=1)

    @staticmethod
    def _of_points(points: list[_Values], scheme: Scheme, available: bool) -> tuple[_Values, int]:
        return city_days(points, POLLUTANT_COLUMNS, scheme.book, available=available, uncounted=("o3_1h",))

    def _days_of_hours(self, hours: _Hours, scheme: Scheme) -> _Values:
        limit = next(scheme.limit(item) for item in scheme.book.items if item.column == "o3") * THOUSAND
        found: _Values = {}
        for place in np.flatnonzero((hours >= 0).any(axis=(1, 2))).tolist():
            of_day: dict[str, int | Fraction] = {}
            for (column, _at), row in zip(self._columns, hours[place].tolist(), strict=True):
                values = [None if value < 0 else value for value in row]
                if column == "o3":
                    greatest = daily_max_8h(values, limit, scheme.book)
                    if greatest is not None:
                        of_day["o3"] = greatest
                    valid = [value for value in values if value is not None]
                    if len(valid) >= scheme.book.number("day_hours"):
                        of_day["o3_1h"] = max(valid)
                else:
                    middle = daily_mean(values, scheme.book)
                    if middle is not None:
                        of_day[column] = middle
            if of_day:
                found[self.period.first + timedelta(days=place)] = of_day
        return found


def _thousandths(text: str) -> int:
    if text.strip() == OUTSIDE_MARK:
        return _MISSING
    try:
        value = concentration(text)
    except ValueUnusable:
        return _UNUSABLE
    return _MISSING if value is None else grid_of(value, _DIGITS)


def names_of(header: Sequence[str], rows: Iterable[Sequence[str]], by: str) -> list[str]:
    """The entities that a list names: those of its column for cities or stations, else its first column with its first row."""
    known = (*_CITIES, "entity") if by == CITY else (*_CODES, *_NAMES, "entity")
    names = [name.strip().lower() for name in header]
    place = next((names.index(name) for name in known if name in names), None)
    cells = [row[place or 0].strip() for row in rows if len(row) > (place or 0)]
    if place is None:
        cells.insert(0, header[0].strip() if header else "")
    return list(dict.fromkeys(cell for cell in cells if cell))
