"""The seasonal shape of reference years: what a month, and a day, of a period usually has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from lantian.rules.air.errors import AirError
from lantian.rules.air.evaluation import Reason
from lantian.rules.air.periods import Period, same_period
from lantian.rules.air.statistics import Number, exact

#: day → value of one series
Series = Mapping[date, Number]

#: days on either side of a day that its usual value is the mean of
AROUND = 15
#: reference years below which it is said that they are few
FEW_YEARS = 3
#: share of the days of a period that a reference year has to have [%]
DAYS_PERCENT = 75
_FINE = 1000


class NoReference(AirError):
    """None of the reference years has enough days."""

    code = "no_reference"


@dataclass(frozen=True, slots=True)
class Shape:
    """The usual course of a period.

    Attributes
    ----------
    months, days
        The mean of the reference years for each month (or part of one) and, smoothed, for each day of the period.
    years
        The reference years that were used; of a period over New Year the year of its first day.
    """

    period: Period
    months: tuple[Fraction, ...]
    days: tuple[Fraction, ...]
    years: tuple[int, ...]
    reasons: tuple[Reason, ...] = ()


def on_year(day: date, years: int) -> date:
    """The same day of another year; the 29th of February becomes the 28th."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def usable_years(period: Period, series: Series, years: Sequence[int]) -> tuple[list[int], list[Reason]]:
    """The reference years with enough days in the same period, and what is to be said of the others.

    A year counts if 75 % of the days of the period have a value.
    """
    used, reasons = [], []
    for year in sorted(set(years)):
        if year == period.first.year:
            reasons.append(Reason("reference_itself", {"year": year}))
            continue
        other = same_period(period, year - period.first.year)
        there = sum(day in other for day in series)
        if there * 100 >= other.days * DAYS_PERCENT:
            used.append(year)
        else:
            said = {"year": year, "valid": there, "days": other.days, "percent": DAYS_PERCENT}
            reasons.append(Reason("reference_short", said))
    if used and len(used) < FEW_YEARS:
        reasons.append(Reason("few_years", {"count": len(used)}))
    return used, reasons


def shape_of(period: Period, series: Series, years: Sequence[int]) -> Shape:
    """The shape of a period from reference years.

    A month is the mean of its days of a year, then of the years; a day the mean of the 31 days around it of all years.

    Parameters
    ----------
    series
        The values of all reference years.
    years
        Of a period over New Year the year of its first day.

    Raises
    ------
    NoReference
        No year has enough days.
    """
    used, reasons = usable_years(period, series, years)
    if not used:
        raise NoReference(period.text)
    # A shape is a weight: whole thousandths are fine enough, and sums of them stay short.
    # The period itself is no reference, not even for the days around New Year.
    whole = {
        day: Fraction(round(exact(value) * _FINE), _FINE)
        for day, value in series.items()
        if day not in period
    }
    months: list[Fraction] = []
    first = period.first
    for part in period.parts():
        means = []
        for year in used:
            days = (
                on_year(first + timedelta(days=place), year - period.first.year) for place in range(part.days)
            )
            values = [whole[day] for day in dict.fromkeys(days) if day in whole]
            if values:
                means.append(Fraction(sum(values)) / len(values))
        months.append(sum(means, Fraction(0)) / len(means) if means else Fraction(-1))
        first += timedelta(days=part.days)
    known = [value for value in months if value >= 0]
    if len(known) < len(months):
        reasons.append(Reason("month_without_reference", {"count": len(months) - len(known)}))
    middle = sum(known, Fraction(0)) / len(known)
    months = [value if value >= 0 else middle for value in months]
    days_shape = _smoothed(period, whole, used, middle)
    return Shape(period, tuple(months), days_shape, tuple(used), tuple(reasons))


def _smoothed(
    period: Period, series: Mapping[date, Fraction], years: Sequence[int], middle: Fraction
) -> tuple[Fraction, ...]:
    """For each day the mean of the days around it, of all years."""
    length = period.days + 2 * AROUND
    sums = [Fraction(0)] * (length + 1)
    counts = [0] * (length + 1)
    for place in range(length):
        total, count = Fraction(0), 0
        for year in years:
            start = on_year(period.first, year - period.first.year)
            value = series.get(start + timedelta(days=place - AROUND))
            if value is not None:
                total, count = total + value, count + 1
        sums[place + 1], counts[place + 1] = sums[place] + total, counts[place] + count
    found = []
    for place in range(period.days):
        end = place + 2 * AROUND + 1
        count = counts[end] - counts[place]
        found.append((sums[end] - sums[place]) / count if count else middle)
    return tuple(found)
