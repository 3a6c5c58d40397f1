"""Tables as the archives and offices lay them out, made of numbers that are told beforehand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta

from lantian.rules.air.doors.book import door_book
from lantian.rules.air.doors.checks import Checker, Flag, Held, Tail
from lantian.rules.air.doors.items import MISSING
from lantian.rules.air.doors.layout import Choices, layout_of
from lantian.rules.air.doors.run import Looked, check, look
from lantian.rules.air.doors.stations import Register
from lantian.rules.air.doors.times import hour_number, hour_text

TYPES = (
    "AQI", "PM2.5", "PM2.5_24h", "PM10", "PM10_24h", "SO2", "SO2_24h", "NO2", "NO2_24h", "O3", "O3_24h", "O3_8h",
    "O3_8h_24h", "CO", "CO_24h",
)  # fmt: skip
Rows = list[list[str]]
LONG_AFTER = hour_number(datetime(2030, 1, 1))


def value_at(kind: str, station: str, day: date, hour: int) -> str:
    """A value that can be told from its place: no two hours or stations alike, O3's maxima above O3."""
    number = sum(map(ord, station)) % 40 + hour * 3 % 23 + day.toordinal() % 17 + hour % 2
    if kind.startswith("CO"):
        return f"{(number + TYPES.index(kind)) / 100 + 0.2:.2f}"
    if kind in ("O3_24h", "O3_8h_24h"):
        return str(number + 200)
    return str(number + 5 * TYPES.index(kind))


def china_sites(
    day: date, stations: Sequence[str], hours: Iterable[int] = range(24), value: Callable[..., str] = value_at
) -> Rows:
    """A day as ``china_sites_YYYYMMDD.csv`` (or ``china_cities_…``) has it: 15 rows an hour, a column for each station."""
    rows = [["date", "hour", "type", *stations]]
    for hour in hours:
        for kind in TYPES:
            rows.append(
                [day.strftime("%Y%m%d"), str(hour), kind, *(value(kind, one, day, hour) for one in stations)]
            )
    return rows


def hours_of(stations: Sequence[str], first: datetime, count: int, step: int = 1) -> Rows:
    """A row for a station and hour, the usual six pollutants."""
    rows = [["time", "station_code", "pm25", "pm10", "so2", "no2", "co", "o3"]]
    for place, station in enumerate(stations):
        for hour in range(0, count * step, step):
            at = first + timedelta(hours=hour)
            base = 20 + hour % 7 + place
            rows.append(
                [at.strftime("%Y-%m-%d %H:%M"), station, str(base), str(base + 30), str(5 + hour % 5), str(30 + hour % 11),
                 f"{0.5 + hour % 4 / 10:.1f}", str(60 + hour % 13)]
            )  # fmt: skip
    return rows


def in_parts(rows: Rows, size: int = 50) -> list[tuple[int, Rows]]:
    """Rows as a file gives them: some at a time, with the number of the first."""
    return [(first + 1, rows[first : first + size]) for first in range(0, len(rows), size)]


class Through:
    """A table that went through the door."""

    def __init__(
        self,
        rows: Rows,
        choices: Choices | None = None,
        *,
        register: Register | None = None,
        now: int = LONG_AFTER,
        file_name: str = "",
        size: int = 50,
        tails: dict[str, Tail] | None = None,
        allowed: frozenset[str] | None = None,
        most_held: int | None = None,
        overrides: Sequence[dict[str, object]] = (),
    ) -> None:
        self.layout = layout_of(rows[:220], file_name)
        book = door_book().overridden(overrides)
        self.looked: Looked = look(self.layout, choices or Choices(), in_parts(rows, size), register, book)
        self.checker: Checker
        self.checker, parts = check(
            self.looked, in_parts(rows, size), now=now, tails=tails, allowed=allowed, most_held=most_held
        )
        self.stored: dict[tuple[str, int], dict[str, int]] = {}
        self.held: list[Held] = []
        self.flags: list[Flag] = []
        self.twice: list[tuple[str, int]] = []
        codes = self.looked.matching.codes
        for part in parts:
            accepted = part.accepted
            for row in range(len(accepted)):
                code = codes[int(accepted.station[row])]
                assert code is not None
                values = dict(zip(self.layout.stored, accepted.values[row].tolist(), strict=True))
                key = code, int(accepted.time[row])
                there = {item: value for item, value in values.items() if value != MISSING}
                if key in self.stored and set(there) & set(self.stored[key]):
                    self.twice.append(key)
                self.stored.setdefault(key, {}).update(there)
            self.held += part.held
            self.flags += part.flags

    @property
    def questions(self) -> list[str]:
        return [question.code for question in self.looked.surveyed.questions]

    def at(self, station: str, time: str) -> dict[str, int]:
        """What is stored of an hour, told by its label in campaign time."""
        return self.stored[station, hour_number(datetime.fromisoformat(time))]

    def reasons(self) -> list[tuple[str, str, dict[str, int | None]]]:
        return [
            (one.reason, "" if one.time is None else hour_text(one.time), dict(one.values)) for one in self.held
        ]
