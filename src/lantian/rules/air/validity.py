"""From hours to days and from points to a city, with the minimum data of each step. Pure and exact.

A value is a whole number of thousandths (of µg/m³, of mg/m³ for CO) as it is read; a mean is a fraction of them.

References
----------
GB 3095 table 4; HJ 663 6.1.2 and table A.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from fractions import Fraction

from lantian.rules.air.evaluation_books import EvaluationBook
from lantian.rules.air.periods import YEAR, Part, Period
from lantian.rules.air.statistics import Number, exact, mean, share_needed


def daily_mean(hours: Sequence[Number | None], book: EvaluationBook) -> Fraction | None:
    """The mean of a day from its 24 hours; None where too few of them are valid."""
    valid = [value for value in hours if value is not None]
    return mean(valid) if len(valid) >= book.number("day_hours") else None


def daily_max_8h(hours: Sequence[Number | None], limit: Number, book: EvaluationBook) -> Fraction | None:
    """The greatest mean of 8 hours of a day, from its hours 01:00 to 24:00 of O3.

    With fewer means than wanted the day still counts if its greatest one exceeds the limit.

    Parameters
    ----------
    limit
        The daily limit, in the unit of the hours.
    """
    if len(hours) != 24:
        raise ValueError(f"A day has 24 hours, not {len(hours)}.")
    sums: list[int | Fraction] = [0]
    counts = [0]
    for value in hours:
        sums.append(sums[-1] if value is None else sums[-1] + exact(value))
        counts.append(counts[-1] + (value is not None))
    windows, best, best_count = 0, exact(0), 1
    for end in range(max(book.number("first_window"), 8), 25):
        count = counts[end] - counts[end - 8]
        if count >= book.number("window_hours"):
            windows += 1
            total = sums[end] - sums[end - 8]
            # Means are compared without dividing.
            if total * best_count > best * count:
                best, best_count = total, count
    if not windows:
        return None
    greatest = Fraction(best) / best_count
    if windows < book.number("windows") and greatest <= limit:
        return None
    return greatest


def points_needed(points: int, book: EvaluationBook) -> int:
    """How many points of a city have to be valid; at least one.

    >>> from lantian.rules.air.evaluation_books import evaluation_library
    >>> [points_needed(points, evaluation_library().of_edition("2012")) for points in (1, 2, 3, 4, 9)]
    [1, 1, 2, 3, 7]
    """
    few = points < book.number("few_points")
    return max(1, share_needed(points, book.number("few_points_percent" if few else "points_percent")))


def days_needed(part: Part, book: EvaluationBook) -> int:
    """How many daily values a month, or the part of one, needs."""
    if part.whole:
        return book.number("february_days" if part.month == 2 else "month_days")
    return -(-part.days * book.number("part_of_31_days") // 31)


def total_needed(period: Period, book: EvaluationBook) -> int:
    """How many daily values a period needs in all: those of its months, of a year the number set for it."""
    if period.kind == YEAR:
        return book.number("year_days")
    return sum(days_needed(part, book) for part in period.parts())


#: day → column → value in thousandths; a value that is missing or invalid is not there
Days = Mapping[date, Mapping[str, int | Fraction]]


def city_days(
    points: Sequence[Days],
    columns: Sequence[str],
    book: EvaluationBook,
    *,
    available: bool = False,
    uncounted: Sequence[str] = (),
) -> tuple[dict[date, dict[str, int | Fraction]], int]:
    """The daily values of a city: the mean of those of its points, for O3 that of their own daily maxima.

    Parameters
    ----------
    available
        Use the points there are, however few.
    uncounted
        Further columns, of which nothing is said in `few`: the maximum of 1 h of O3 only serves the AQI.

    Returns
    -------
    days
        The daily values.
    few
        How many values had fewer points than needed; they are left out unless `available`.
    """
    needed, few = points_needed(len(points), book), 0
    found: dict[date, dict[str, int | Fraction]] = {}
    for day in sorted({day for point in points for day in point}):
        for column in (*columns, *uncounted):
            values = [point[day][column] for point in points if column in point.get(day, ())]
            if not values:
                continue
            few += len(values) < needed and column not in uncounted
            if len(values) >= needed or available:
                found.setdefault(day, {})[column] = mean(values) or Fraction(0)
    return found, few
