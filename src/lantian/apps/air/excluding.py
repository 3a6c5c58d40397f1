"""Daily values with excluded hours taken out.

A day of which all hours are excluded loses its values; of a day that is touched in part the values are made anew from the
hours that are left, by the rules that make every other day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from lantian.apps.air import readings
from lantian.apps.air.models import Exclusion
from lantian.lake.air.scales import ozone_limit
from lantian.lake.schema import POLLUTANTS
from lantian.rules.air.evaluation import Scheme
from lantian.rules.air.labels import BEIJING
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


def cells(
    paths: Mapping[str, str], spans: Sequence[Span], first: date, last: date, scheme: Scheme
) -> dict[str, dict[date, dict[str, int | Fraction | None]]]:
    """What stands in the place of the daily values that are excluded: station → day → column → value, None for none.

    Parameters
    ----------
    paths
        Station → the path of its place.
    spans
        What is excluded.
    first, last
        The days that are asked for.
    """
    touching: dict[date, dict[str, list[Span]]] = {}
    for span in spans:
        codes = [code for code, path in paths.items() if span.covers(code, path)]
        for day in span.days():
            if first <= day <= last:
                for code in codes:
                    touching.setdefault(day, {}).setdefault(code, []).append(span)
    found: dict[str, dict[date, dict[str, int | Fraction | None]]] = {}
    for day, of_day in touching.items():
        # Hours are read once for all stations of which some are left.
        partly = sorted(code for code, of in of_day.items() if not all(span.whole(day) for span in of))
        hours = _hours(partly, day) if partly else {}
        for code, of in of_day.items():
            gone = {name: None for span in of for name in _columns(span.pollutants)}
            anew = _made_anew(hours.get(code, {}), day, of, scheme) if code in partly else {}
            found.setdefault(code, {})[day] = {**gone, **anew}
    return found


def _columns(pollutants: Iterable[str]) -> list[str]:
    """The columns of daily values that belong to pollutants."""
    return [*pollutants, *(("o3_1h",) if "o3" in pollutants else ())]


def _hours(codes: Sequence[str], day: date) -> dict[str, dict[datetime, dict[str, int | None]]]:
    """Station → end of an hour of a day → its values."""
    begin = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    read = readings.hours(codes, begin + timedelta(hours=1), begin + timedelta(hours=24))
    found: dict[str, dict[datetime, dict[str, int | None]]] = {}
    for row, (code, end) in enumerate(zip(read.station, read.end, strict=True)):
        found.setdefault(code, {})[end] = {name: read.values[name][row] for name in POLLUTANTS}
    return found


def _made_anew(
    hours: Mapping[datetime, Mapping[str, int | None]], day: date, spans: Sequence[Span], scheme: Scheme
) -> dict[str, int | Fraction]:
    """The daily values of a station from the hours that are left, as far as there are enough of them."""
    begin = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    ends = [begin + timedelta(hours=number) for number in range(1, 25)]
    touched = {name for span in spans for name in span.pollutants}
    found: dict[str, int | Fraction] = {}
    for name in POLLUTANTS:
        if name not in touched:
            continue
        column = [
            None
            if any(name in span.pollutants and span.start < end <= span.end for span in spans)
            else hours.get(end, {}).get(name)
            for end in ends
        ]
        if name != "o3":
            value = daily_mean(column, scheme.book)
            if value is not None:
                found[name] = value
            continue
        highest = daily_max_8h(column, ozone_limit(scheme), scheme.book)
        if highest is not None:
            found["o3"] = highest
        left = [value for value in column if value is not None]
        if len(left) >= scheme.book.number("day_hours"):
            found["o3_1h"] = max(left)
    return found
