"""Days of sand and of exceptional events taken out of an evaluation, and what that changes; both are kept side by side.

References
----------
环办监测〔2016〕120号 (sand); HJ 663-2026 (exceptional events, text not seen). National bulletins give concentrations and the
composite index without sand, good and heavy days with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from lantian.rules.air.evaluation import Evaluation, Scheme, evaluate_days
from lantian.rules.air.measures import FIGURES, figure_of
from lantian.rules.air.periods import Period
from lantian.rules.air.ranking_lists import RAW, REMOVED
from lantian.rules.air.validity import Days

SAND, EXCEPTIONAL, OTHER = "sand", "exceptional", "other"
KINDS = (SAND, EXCEPTIONAL, OTHER)
#: columns of daily values; with o3 goes the daily maximum of 1 h
COLUMNS = ("pm25", "pm10", "so2", "no2", "co", "o3")
#: what sand concerns unless something else is named
PARTICLES = ("pm25", "pm10")


@dataclass(frozen=True, slots=True)
class Excluded:
    """Days or hours of a place whose values of some pollutants do not count.

    Attributes
    ----------
    entity
        A city, all of whose points it concerns, or a station.
    first_hour, last_hour
        The first hour of the first day and the last hour of the last day, counted from 0; by default the days are whole.
    """

    entity: str
    first: date
    last: date
    columns: tuple[str, ...]
    kind: str
    reason: str
    first_hour: int = 0
    last_hour: int = 23

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @property
    def whole(self) -> bool:
        """Whether it is of whole days."""
        return (self.first_hour, self.last_hour) == (0, 23)

    def hours(self, day: date) -> range:
        """The hours of a day that it concerns, counted from 0."""
        if day not in self:
            return range(0)
        return range(
            self.first_hour if day == self.first else 0, (self.last_hour if day == self.last else 23) + 1
        )


def without(entity: str, days: Days, excluded: Iterable[Excluded]) -> tuple[Days, dict[date, frozenset[str]]]:
    """Daily values without what is excluded, and what of them was taken out.

    What concerns hours only cannot be taken out of daily values: see `AirTable.hidden`.

    Returns
    -------
    days
        The values that are left; the given ones are not changed.
    removed
        Day → columns of which there was a value.
    """
    mine = [one for one in excluded if one.entity == entity and one.whole]
    if not mine:
        return days, {}
    left: dict[date, Mapping[str, object]] = {}
    removed: dict[date, frozenset[str]] = {}
    for day, values in days.items():
        gone = {column for one in mine if day in one for column in one.columns}
        taken = frozenset(gone & set(values))
        if taken:
            removed[day] = taken
            if "o3" in taken:
                gone = {*gone, "o3_1h"}
        left[day] = {name: value for name, value in values.items() if name not in gone}
    return left, removed  # type: ignore[return-value]


def taken_out(raw: Days, left: Days) -> dict[date, frozenset[str]]:
    """Day → columns of which there was a value that is left no more."""
    found = {}
    for day, values in raw.items():
        gone = frozenset(column for column in COLUMNS if column in values and column not in left.get(day, ()))
        if gone:
            found[day] = gone
    return found


@dataclass(frozen=True, slots=True)
class Both:
    """An evaluation with everything, and one without what is excluded."""

    raw: Evaluation
    removed: Evaluation

    def shown(self, statistics: str = REMOVED, days: str = RAW) -> Evaluation:
        """The evaluation of which concentrations and index, and good and heavy days, are taken from this or the other."""
        counted = self.raw if days == RAW else self.removed
        figures = self.removed if statistics == REMOVED else self.raw
        return replace(
            figures,
            good_days=counted.good_days,
            heavy_days=counted.heavy_days,
            aqi_days=counted.aqi_days,
        )

    def differences(self) -> dict[str, tuple[Decimal | None, Decimal | None]]:
        """What differs: with everything, and without what is excluded.

        The figures of `measures.FIGURES`, and the valid daily values of a pollutant as ``valid:PM10``.
        """
        found: dict[str, tuple[Decimal | None, Decimal | None]] = {}
        for name in FIGURES:
            pair = figure_of(self.raw, name), figure_of(self.removed, name)
            if pair[0] != pair[1]:
                found[name] = pair
        for name, one in self.raw.statistics.items():
            other = self.removed.statistics[name]
            if one.valid != other.valid:
                found[f"valid:{name}"] = Decimal(one.valid), Decimal(other.valid)
        return found


def evaluate_both(
    entity: str,
    days: Days,
    period: Period,
    scheme: Scheme,
    excluded: Sequence[Excluded],
    *,
    validity: str,
    few_points: int = 0,
    left: Days | None = None,
) -> Both:
    """Evaluate a place with and without what is excluded.

    Parameters
    ----------
    left
        The daily values without it, where they were made anew from hours.
    """
    raw = evaluate_days(entity, days, period, scheme, validity=validity, few_points=few_points)
    if left is None:
        left, removed = without(entity, days, excluded)
    else:
        removed = taken_out(days, left)
    if not removed and left == days:
        return Both(raw, raw)
    return Both(
        raw,
        evaluate_days(
            entity, left, period, scheme, validity=validity, few_points=few_points, removed=removed
        ),
    )
