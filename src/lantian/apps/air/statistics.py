"""An evaluation as the pages show it: rows of pollutants beside the same period of another year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.air import queries
from lantian.apps.air.books import footing, scheme_for
from lantian.apps.air.indices import written
from lantian.rules.air.evaluation import STRICT, Evaluation, Scheme, Statistics
from lantian.rules.air.evaluation_books import PERCENTILE
from lantian.rules.air.evaluation_words import reason_in_words
from lantian.rules.air.periods import Period, PeriodUnreadable, same_period
from lantian.rules.air.statistics import change_percent, ratio_percent


@dataclass(frozen=True, slots=True)
class Row:
    """A pollutant of a period, beside last year's."""

    name: str
    #: column of the daily values
    column: str
    label: str
    unit: str
    #: mean, or the percentile that the index is made of
    kind: str
    value: Decimal | None
    before: Decimal | None
    change: Decimal | None
    limit: Decimal
    index: Decimal | None
    valid: int
    required: int
    attaining: int
    removed: int
    above: bool


@dataclass(frozen=True, slots=True)
class Compared:
    """A period and the same one of another year, both judged by one edition."""

    #: as it is published: the AQI of each day by the edition of that day
    now: Evaluation
    #: the same by the one edition by which last year is judged, too
    level: Evaluation
    before: Evaluation | None
    rows: Sequence[Row]
    reasons: Sequence[str]
    reasons_before: Sequence[str]
    composite_change: Decimal | None

    @property
    def differs(self) -> bool:
        """Whether one edition for all days gives other numbers of days than are published."""
        pairs = [(found.good_days, found.heavy_days) for found in (self.now, self.level)]
        return self.before is not None and pairs[0] != pairs[1]

    @property
    def heavy_change(self) -> int | None:
        """Change of the number of heavy days."""
        return None if self.before is None else self.level.heavy_days - self.before.heavy_days

    @property
    def good_percent(self) -> Decimal | None:
        """Share of good days among those whose AQI is known."""
        return ratio_percent(self.now.good_days, self.now.aqi_days)


def counted(found: Statistics, index_of: str) -> Decimal | None:
    """The statistic that the single index is made of."""
    return found.percentile if index_of == PERCENTILE else found.mean


def compared(
    place: queries.Place,
    period: Period,
    *,
    excluding_events: bool = True,
    validity: str = STRICT,
) -> Compared:
    """A period beside the same one of last year."""
    options: dict[str, Any] = {"excluding_events": excluding_events, "validity": validity}
    try:
        base: Period | None = same_period(period)
    except PeriodUnreadable:
        base = None
    # Both years are judged by one edition, or the change would be partly that of the book.
    both = footing(period, base)
    scheme = both.this
    now = queries.evaluation(place, period, **options)
    level = queries.evaluation(place, period, scheme=scheme, **options)
    before = None
    if base is not None and both.base is not None:
        before = queries.evaluation(place, base, scheme=both.base, **options)
    if before is not None and not any(found.valid for found in before.statistics.values()):
        before = None
    rows = []
    for item in scheme.book.items:
        found = now.statistics[item.pollutant]
        value = counted(found, item.index_of)
        old = counted(before.statistics[item.pollutant], item.index_of) if before is not None else None
        label = written(item.pollutant)
        rows.append(
            Row(
                item.pollutant,
                item.column,
                label,
                "mg/m³" if item.pollutant == "CO" else "µg/m³",
                __("mean")
                if item.index_of != PERCENTILE
                else __("percentile %(of)d") % {"of": found.percentile_of},
                value,
                old,
                change_percent(value, old) if value is not None and old else None,
                found.limit,
                found.single_index,
                found.valid,
                found.required,
                found.attaining,
                found.removed,
                value is not None and value > found.limit,
            )
        )
    change = None
    if now.composite_index is not None and before is not None and before.composite_index:
        change = change_percent(now.composite_index, before.composite_index)
    said = [*reasons(now), *(written(reason_in_words(reason, __)) for reason in both.reasons)]
    return Compared(now, level, before, rows, said, reasons(before) if before is not None else [], change)


def reasons(found: Evaluation) -> list[str]:
    """The reasons of an evaluation in words."""
    return [written(reason_in_words(reason, __)) for reason in found.reasons]


def one_scheme(period: Period) -> Scheme:
    """A scheme of a single edition, for several years side by side: that of the last day of a period."""
    scheme = scheme_for(period)
    return scheme_for(period, scheme.book.edition)


def heads(scheme: Scheme) -> list[str]:
    """What a table of statistics says above each pollutant."""
    found = []
    for item in scheme.book.items:
        unit = "mg/m³" if item.pollutant == "CO" else "µg/m³"
        kind = f" P{item.percentile}" if item.index_of == PERCENTILE else ""
        found.append(f"{written(item.pollutant)}{kind} ({unit})")
    return found
