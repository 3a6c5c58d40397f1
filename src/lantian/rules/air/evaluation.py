"""Daily values of a period evaluated: statistics, validity, single indices and composite index, good and heavy days.

References
----------
HJ 663 tables 1 and 3, 6.1; GB 3095 tables 1 and 4; HJ 633 for the AQI of a day.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from lantian.rules.air.aqi import scheme_of
from lantian.rules.air.books import AqiBook
from lantian.rules.air.columns import MISSING, MOST, compiled, evaluate_grids
from lantian.rules.air.errors import AirError
from lantian.rules.air.evaluation_books import (
    PERCENTILE,
    ROUNDED,
    EvaluationBook,
    EvaluationLibrary,
    Judged,
    evaluation_library,
)
from lantian.rules.air.library import Library, library
from lantian.rules.air.limits import Limit, limit_on
from lantian.rules.air.periods import YEAR, Period
from lantian.rules.air.statistics import mean, percentile, places, rounded
from lantian.rules.air.validity import Days, days_needed, total_needed

STRICT, AVAILABLE = "strict", "available"
AUTO = "auto"
#: values come in thousandths of their unit
THOUSAND = 1000
#: the highest AQI of a good day and of a day that is not yet heavy pollution
GOOD, NOT_HEAVY = 100, 200
#: decimals of what is given beside the rounded statistic, and of the coverage
_MORE_DIGITS, _COVERAGE_DIGITS = 6, 4
#: column of the daily AQI → column of the daily values
_OF_AQI = {"o3_8h": "o3", "o3": "o3_1h"}


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is absent or how it came about; the words are those of `evaluation_words`."""

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What is said of one pollutant.

    Attributes
    ----------
    mean, percentile
        Rounded by the book; None where absent.
    mean_unrounded, percentile_unrounded
        To six decimals.
    valid, required
        Daily values there are and that are needed.
    sufficient
        Whether the minimum of data is reached, that of each month included.
    mean_exact, percentile_exact
        Nothing rounded.
    attaining
        Daily values at or below the daily limit.
    removed
        Daily values that were taken out, for sand or an exceptional event.
    """

    pollutant: str
    mean: Decimal | None
    percentile: Decimal | None
    percentile_of: int
    valid: int
    required: int
    single_index: Decimal | None
    mean_unrounded: Decimal | None
    percentile_unrounded: Decimal | None
    sufficient: bool
    limit: Decimal
    clauses: tuple[str, ...]
    mean_exact: Fraction | None = None
    percentile_exact: Fraction | None = None
    attaining: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A period of an entity evaluated; `rank` is set by `ranked`."""

    entity: str
    period: Period
    statistics: Mapping[str, Statistics]
    composite_index: Decimal | None
    rank: int | None
    good_days: int
    heavy_days: int
    #: days whose AQI can be told
    aqi_days: int
    coverage: Decimal
    reasons: tuple[Reason, ...]
    book: str
    limits: str
    #: the composite index with nothing rounded
    composite_exact: Fraction | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """What a judgement of one pollutant needs to know of the daily values of a period.

    Attributes
    ----------
    mean, percentile
        Exact [thousandths]; None where there is no value.
    valid
        Daily values there are.
    removed
        Daily values that were taken out, for sand or an exceptional event.
    of_parts
        Those of each part of the period (`Period.parts`): the values there are and, where the book counts them, the ones
        taken out.
    attaining
        Values at or below the daily limit.
    """

    mean: Fraction | None
    percentile: Fraction | None
    valid: int
    removed: int
    of_parts: Sequence[int]
    attaining: int


class NoLimits(AirError):
    """There is no limit for a day."""

    code = "no_limits"


@dataclass(frozen=True, slots=True)
class Scheme:
    """By what a period is evaluated."""

    book: EvaluationBook
    limits: Mapping[str, Limit]
    #: None: the edition of each day
    aqi_edition: str | None
    aqi: Library
    two_editions: bool
    #: grade 2 limits of the means of a year, of those pollutants that have one, and of days
    year_limits: Mapping[str, Limit] = field(default_factory=dict)
    day_limits: Mapping[str, Limit] = field(default_factory=dict)

    def limit(self, item: Judged) -> Fraction:
        """The grade 2 limit that a single index is held against."""
        return Fraction(self.limits[item.pollutant].grade_2)


def scheme_for(
    period: Period,
    standard: str = AUTO,
    books: EvaluationLibrary | None = None,
    aqi: Library | None = None,
) -> Scheme:
    """The book and limits of a period.

    Parameters
    ----------
    standard
        ``auto``: the edition of the last day of the period; an edition: this one, so that two years can be compared.

    Raises
    ------
    NoEdition
        No edition holds on the days of the period.
    """
    books = books or evaluation_library()
    first = books.on(period.first) if standard == AUTO else books.of_edition(standard)
    book = books.on(period.last) if standard == AUTO else first
    day = max(period.last, book.early_from)
    if book.valid_to is not None:
        day = min(day, book.valid_to)
    limits = {}
    for item in book.items:
        limit = limit_on(day, item.pollutant, item.averaging)
        if limit is None:
            raise NoLimits(f"{item.pollutant}, {item.averaging}: no limit on {day}")
        limits[item.pollutant] = limit
    names = [item.pollutant for item in book.items]
    years = {name: limit_on(day, name, "year") for name in names}
    day_limits = {name: limit_on(day, name, "day") or limit_on(day, name, "day_max_8h") for name in names}
    return Scheme(
        book,
        limits,
        None if standard == AUTO else standard,
        aqi or library(),
        first is not book,
        {name: limit for name, limit in years.items() if limit},
        {name: limit for name, limit in day_limits.items() if limit},
    )


def evaluate_days(
    entity: str,
    days: Days,
    period: Period,
    scheme: Scheme,
    *,
    validity: str = STRICT,
    few_points: int = 0,
    removed: Mapping[date, Collection[str]] | None = None,
) -> Evaluation:
    """Evaluate the daily values of an entity.

    Parameters
    ----------
    days
        Day → column → value in thousandths of its unit (µg/m³, CO mg/m³): ``pm25``, ``pm10``, ``so2``, ``no2``, ``co``
        daily means, ``o3`` daily maximum 8 h and, where there is one, ``o3_1h`` daily maximum 1 h. Days outside the period
        do not count.
    validity
        ``strict``: below the minimum of data there is no statistic; ``available``: what there is is used, and it is said.
    few_points
        Daily values for which a city had fewer points than needed; for the reasons.
    removed
        Day → columns whose valid values were taken out of `days`, for sand or an exceptional event. The AQI of such a day
        is that of the rest.
    """
    available = _uses_what_there_is(validity)
    inside = {day: values for day, values in days.items() if day in period}
    taken = {day: frozenset(columns) for day, columns in (removed or {}).items() if day in period}
    counted = {item.pollutant: _counted_of(item, inside, taken, period, scheme) for item in scheme.book.items}
    by_aqi = _days_by_aqi(inside, taken, scheme, available)
    return judged(entity, counted, by_aqi, period, scheme, validity=validity, few_points=few_points)


def _uses_what_there_is(validity: str) -> bool:
    if validity not in (STRICT, AVAILABLE):
        raise ValueError(f"{validity!r} is neither {STRICT!r} nor {AVAILABLE!r}.")
    return validity == AVAILABLE


def judged(
    entity: str,
    counted: Mapping[str, Counted],
    by_aqi: tuple[int, int, int],
    period: Period,
    scheme: Scheme,
    *,
    validity: str = STRICT,
    few_points: int = 0,
) -> Evaluation:
    """Judge what was counted of the daily values of an entity: the second half of `evaluate_days`.

    Parameters
    ----------
    counted
        Pollutant → what was counted of its daily values.
    by_aqi
        Good days, heavy days, and days whose AQI can be told.
    """
    book, available = scheme.book, _uses_what_there_is(validity)
    reasons: list[Reason] = []
    if scheme.two_editions:
        reasons.append(Reason("two_editions", {"book": book.id}))
    if few_points:
        code = "few_points_used" if available else "few_points"
        reasons.append(Reason(code, {"count": few_points, "clause": book.clause("points_percent")}))
    statistics = {}
    for item in book.items:
        found, said = _statistics(item, counted[item.pollutant], period, scheme, available)
        statistics[item.pollutant] = found
        reasons += said
    lacking = [name for name, found in statistics.items() if found.single_index is None]
    composite = composite_exact = None
    if lacking:
        reasons.append(Reason("no_index", {"items": "|".join(lacking)}))
    else:
        total = sum(
            (
                Fraction(found.single_index or 0) * book.number(f"weight_{name}")
                for name, found in statistics.items()
            ),
            Fraction(0),
        )
        composite = rounded(total, book.number("composite_digits"))
        composite_exact = sum(
            (
                _counted(item, statistics[item.pollutant])
                / scheme.limit(item)
                * book.number(f"weight_{item.pollutant}")
                for item in book.items
            ),
            Fraction(0),
        )
    good, heavy, told = by_aqi
    values = sum(found.valid for found in statistics.values())
    return Evaluation(
        entity,
        period,
        statistics,
        composite,
        None,
        good,
        heavy,
        told,
        rounded(Fraction(values, len(statistics) * period.days), _COVERAGE_DIGITS),
        _merged(reasons),
        book.id,
        next(iter(scheme.limits.values())).book,
        composite_exact,
    )


def _counted(item: Judged, found: Statistics) -> Fraction:
    """The statistic that the single index is made of, with nothing rounded."""
    return (found.percentile_exact if item.index_of == PERCENTILE else found.mean_exact) or Fraction(0)


def _counted_of(
    item: Judged, days: Days, removed: Mapping[date, Collection[str]], period: Period, scheme: Scheme
) -> Counted:
    """Count the daily values of a pollutant."""
    there = [day for day, of_day in days.items() if item.column in of_day]
    values = [days[day][item.column] for day in there]
    taken = [day for day, columns in removed.items() if item.column in columns]
    per_month: dict[tuple[int, int], int] = {}
    for day in (*there, *(taken if scheme.book.number("removed_days_count") else ())):
        per_month[day.year, day.month] = per_month.get((day.year, day.month), 0) + 1
    return Counted(
        mean(values),
        percentile(values, item.percentile),
        len(values),
        len(taken),
        [per_month.get((part.year, part.month), 0) for part in period.parts()],
        _attaining(values, item, scheme),
    )


def _statistics(
    item: Judged, counted: Counted, period: Period, scheme: Scheme, available: bool
) -> tuple[Statistics, list[Reason]]:
    book, valid, taken = scheme.book, counted.valid, counted.removed
    required = total_needed(period, book)
    still = taken if book.number("removed_days_count") else 0
    counting = valid + still
    parts = period.parts()
    short = [
        part for part, there in zip(parts, counted.of_parts, strict=True) if there < days_needed(part, book)
    ]
    sufficient = counting >= required and not short
    reasons = []
    said: dict[str, str | int] = {"item": item.pollutant, "valid": valid, "required": required}
    whole = all(part.whole for part in parts)
    clause = book.clause("year_days" if period.kind == YEAR else "month_days") if whole else ""
    if not valid:
        reasons.append(Reason("no_value", said))
    elif not sufficient:
        if counting < required:
            # For a part of a month no standard sets a minimum.
            reasons.append(
                Reason("few_days", {**said, "clause": clause}) if whole else Reason("few_of_part", said)
            )
        if short and len(parts) > 1:
            months = "|".join(f"{part.year}-{part.month:02}" for part in short)
            reasons.append(Reason("few_in_month", {"item": item.pollutant, "months": months}))
        if available:
            reasons.append(Reason("used_anyway", said))
    if taken:
        reasons.append(
            Reason("removed_count" if still else "removed", {"item": item.pollutant, "count": taken})
        )
    limit = scheme.limit(item)
    clauses = (
        f"{book.id} {item.clause}".strip(),
        f"{scheme.limits[item.pollutant].book} {scheme.limits[item.pollutant].clause}".strip(),
    )
    nothing = Statistics(
        item.pollutant,
        None,
        None,
        item.percentile,
        valid,
        required,
        None,
        None,
        None,
        sufficient,
        scheme.limits[item.pollutant].grade_2,
        clauses,
        attaining=counted.attaining,
        removed=taken,
    )
    middle, high = counted.mean, counted.percentile
    if middle is None or high is None or not (sufficient or available):
        return nothing, reasons
    middle, high = middle / THOUSAND, high / THOUSAND
    of_index: Fraction | Decimal = high if item.index_of == PERCENTILE else middle
    if book.entries["index_from"].value == ROUNDED:
        of_index = rounded(of_index, item.digits)
    return (
        replace(
            nothing,
            mean=rounded(middle, item.digits),
            percentile=rounded(high, item.digits),
            single_index=rounded(Fraction(of_index) / limit, book.number("index_digits")),
            mean_unrounded=rounded(middle, _MORE_DIGITS),
            percentile_unrounded=rounded(high, _MORE_DIGITS),
            mean_exact=middle,
            percentile_exact=high,
        ),
        reasons,
    )


def _attaining(values: Sequence[int | Fraction], item: Judged, scheme: Scheme) -> int:
    """How many daily values are, rounded, at or below the daily limit."""
    limit = scheme.day_limits.get(item.pollutant)
    if limit is None:
        return 0
    digits = item.attainment_digits
    most = int(limit.grade_2.scaleb(digits))
    # A value up to half a last place above the limit is rounded to it, the half itself where the limit is even.
    doubled, unit = 2 * most + 1, 2 * 10**digits
    if most % 2 == 0:
        return sum(value * unit <= doubled * THOUSAND for value in values)
    return sum(value * unit < doubled * THOUSAND for value in values)


def _merged(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    """The reasons, one for all pollutants of which the same is to be said."""
    items: dict[tuple[str, tuple[tuple[str, str | int], ...]], list[str]] = {}
    for reason in reasons:
        rest = tuple((name, value) for name, value in reason.params.items() if name != "item")
        said = items.setdefault((reason.code, rest), [])
        if "item" in reason.params:
            said.append(str(reason.params["item"]))
    return tuple(
        Reason(code, {**dict(rest), **({"item": "|".join(said)} if said else {})})
        for (code, rest), said in items.items()
    )


def aqi_of_days(
    days: Days,
    scheme: Scheme,
    *,
    removed: Mapping[date, Collection[str]] | None = None,
    available: bool = False,
) -> dict[date, int]:
    """The AQI of each day that can be told.

    A day with a missing pollutant is told by the others only where they alone make it a bad one, unless what there is is
    used: nobody knows whether it was good.
    """
    taken = removed or {}
    by_book: dict[str, list[date]] = {}
    books: dict[str, AqiBook] = {}
    for day in days:
        book = scheme.aqi.on(day) if scheme.aqi_edition is None else scheme.aqi.of_edition(scheme.aqi_edition)
        books[book.id] = book
        by_book.setdefault(book.id, []).append(day)
    found: dict[date, int] = {}
    columns = [item.column for item in scheme.book.items]
    for name, of_book in by_book.items():
        aqi_scheme = scheme_of(books[name], "day")
        grids = {
            column: np.array(
                [_grid(days[day].get(_OF_AQI.get(column, column)), digits) for day in of_book],
                dtype=np.uint16,
            )
            for column, digits in compiled(aqi_scheme).digits.items()
            if column in columns or column in _OF_AQI
        }
        aqi = evaluate_grids(grids, aqi_scheme).aqi
        whole = np.array(
            [
                all(column in days[day] or column in taken.get(day, ()) for column in columns)
                for day in of_book
            ],
            dtype=np.bool_,
        )
        known = (aqi >= 0) & (available | whole | (aqi > GOOD))
        found.update((of_book[place], int(aqi[place])) for place in np.flatnonzero(known).tolist())
    return found


def _days_by_aqi(
    days: Days, removed: Mapping[date, Collection[str]], scheme: Scheme, available: bool
) -> tuple[int, int, int]:
    """Good days, heavy days and days whose AQI can be told."""
    told = aqi_of_days(days, scheme, removed=removed, available=available).values()
    return sum(aqi <= GOOD for aqi in told), sum(aqi > NOT_HEAVY for aqi in told), len(told)


def _grid(value: int | Fraction | None, digits: int) -> int:
    if value is None:
        return MISSING
    return min(round(Fraction(value * 10**digits, THOUSAND)), MOST)


def ranked(evaluations: Sequence[Evaluation]) -> list[Evaluation]:
    """The evaluations with their place by composite index, the least first; equal indices share a place (1, 1, 3).

    Those without an index have no place and stand at the end; within a place the order is that of the names.
    """
    placed = places([found.composite_index for found in evaluations])
    whole = [replace(found, rank=place) for found, place in zip(evaluations, placed, strict=True)]
    return sorted(whole, key=lambda found: (found.rank is None, found.rank or 0, found.entity))
