"""Daily values with excluded hours taken out.

A day of which all hours are excluded loses its values; of a day that is touched in part the values are made anew from the
hours that are left, by the rules that make every other day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from lantian.apps.air import readings
from lantian.apps.air.models import Exclusion
from lantian.apps.air.readings import Days
from lantian.lake.schema import POLLUTANTS
from lantian.rules.air.evaluation import THOUSAND, Scheme
from lantian.rules.air.labels import BEIJING
from lantian.rules.air.limits import limit_on
from lantian.rules.air.validity import daily_max_8h, daily_mean


@dataclass(frozen=True, slots=True)
class Span:
    """An exclusion as it is applied: hours of a place, or of one station."""

    pk: int
    path: str
    station: str | None
    start: datetime
    end: datetime
    pollutants: tuple[str, ...]

    def days(self) -> list[date]:
        """The days of which hours are excluded."""
        first = self.start.astimezone(BEIJING).date()
        last = (self.end.astimezone(BEIJING) - timedelta(microseconds=1)).date()
        return [first + timedelta(days=number) for number in range((last - first).days + 1)]

    def whole(self, day: date) -> bool:
        """Whether all hours of a day are excluded."""
        begin = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
        return self.start <= begin and begin + timedelta(days=1) <= self.end

    def covers(self, code: str, path: str) -> bool:
        """Whether it holds for a station in a place."""
        return code == self.station if self.station is not None else path.startswith(self.path)


def spans_in(first: date, last: date) -> list[Span]:
    """The exclusions that touch days, in the order in which they were entered."""
    begin = datetime(first.year, first.month, first.day, tzinfo=BEIJING)
    end = datetime(last.year, last.month, last.day, tzinfo=BEIJING) + timedelta(days=1)
    rows = Exclusion.objects.filter(withdrawn_at__isnull=True, start__lt=end, end__gt=begin)
    return [
        Span(
            row.pk,
            row.region.path,
            row.station.code if row.station is not None else None,
            row.start,
            row.end,
            tuple(row.pollutants),
        )
        for row in rows.select_related("region", "station").order_by("pk")
    ]


def without(
    days: dict[str, Days], paths: dict[str, str], spans: Sequence[Span], scheme: Scheme
) -> dict[str, Days]:
    """The daily values of stations without what is excluded.

    Parameters
    ----------
    days
        Station → its daily values; they are not changed.
    paths
        Station → the path of its place.
    spans
        What is excluded.
    """
    found = dict(days)
    partly: dict[date, dict[str, list[Span]]] = {}
    for code, of_station in days.items():
        for span in spans:
            if not span.covers(code, paths.get(code, "")):
                continue
            for day in span.days():
                if day not in of_station:
                    continue
                if span.whole(day):
                    if found[code] is of_station:
                        found[code] = dict(of_station)
                    found[code][day] = _dropped(found[code][day], span.pollutants)
                else:
                    partly.setdefault(day, {}).setdefault(code, []).append(span)
    for day, touched in partly.items():
        read = _hours(sorted(touched), day)
        for code, touching in touched.items():
            if found[code] is days[code]:
                found[code] = dict(days[code])
            found[code][day] = _made_anew(read, code, day, found[code][day], touching, scheme)
    return found


def _dropped(values: dict[str, int | Fraction], pollutants: Iterable[str]) -> dict[str, int | Fraction]:
    gone = {*pollutants, *(("o3_1h",) if "o3" in pollutants else ())}
    return {name: value for name, value in values.items() if name not in gone}


def _hours(codes: Sequence[str], day: date) -> readings.Hours:
    begin = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    return readings.hours(codes, begin + timedelta(hours=1), begin + timedelta(hours=24))


def _made_anew(
    read: readings.Hours,
    code: str,
    day: date,
    values: dict[str, int | Fraction],
    spans: Sequence[Span],
    scheme: Scheme,
) -> dict[str, int | Fraction]:
    begin = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    ends = [begin + timedelta(hours=number) for number in range(1, 25)]
    by_end = {read.end[row]: row for row in read.of(code)}
    touched = {name for span in spans for name in span.pollutants}
    found = _dropped(values, touched)
    for name in POLLUTANTS:
        if name not in touched:
            continue
        column = [
            None
            if end not in by_end
            or any(name in span.pollutants and span.start < end <= span.end for span in spans)
            else read.values[name][by_end[end]]
            for end in ends
        ]
        if name != "o3":
            value = daily_mean(column, scheme.book)
            if value is not None:
                found[name] = value
            continue
        limit = limit_on(day, "O3", "day_max_8h")
        highest = daily_max_8h(column, Fraction(limit.grade_2) * THOUSAND if limit else 0, scheme.book)
        if highest is not None:
            found["o3"] = highest
        left = [value for value in column if value is not None]
        if len(left) >= scheme.book.number("day_hours"):
            found["o3_1h"] = max(left)
    return found
