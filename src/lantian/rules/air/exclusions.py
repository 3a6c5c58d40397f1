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


@dataclass(frozen=True, slots=True)
class Excluded:
    """Days of a place whose values of some pollutants do not count."""

    entity: str
    first: date
    last: date
    columns: tuple[str, ...]
    kind: str
    reason: str

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def without(
    entity: str, days: Days, excluded: Iterable[Excluded]
) -> tuple[Days, dict[date, frozenset[str]]]:
    """Daily values without what is excluded, and what of them was taken out.

    Returns
    -------
    days
        The values that are left; the given ones are not changed.
    removed
        Day → columns of which there was a value.
    """
    mine = [one for one in excluded if one.entity == entity]
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
        """The figures that differ: with everything, and without what is excluded."""
        found = {}
        for name in FIGURES:
            pair = figure_of(self.raw, name), figure_of(self.removed, name)
            if pair[0] != pair[1]:
                found[name] = pair
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
) -> Both:
    """Evaluate a place with and without what is excluded."""
    raw = evaluate_days(entity, days, period, scheme, validity=validity, few_points=few_points)
    left, removed = without(entity, days, excluded)
    if not removed:
        return Both(raw, raw)
    return Both(
        raw,
        evaluate_days(
            entity, left, period, scheme, validity=validity, few_points=few_points, removed=removed
        ),
    )
