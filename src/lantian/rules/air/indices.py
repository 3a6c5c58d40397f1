"""Indices beside the one of rankings: the greatest single index, the variant of HJ 663-2013 annex C, the three-year average.

References
----------
HJ 663-2013 annex C (informative, known without its text: K). HJ 663-2026 for the three-year average (text not seen: U).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lantian.rules.air.evaluation import Evaluation, Reason, Scheme
from lantian.rules.air.evaluation_books import MEAN, ROUNDED, UNSET, EvaluationBook
from lantian.rules.air.statistics import mean, rounded


@dataclass(frozen=True, slots=True)
class Greatest:
    """The greatest single index (最大单项指数) and the pollutants that have it: joint where they are equal."""

    index: Decimal
    pollutants: tuple[str, ...]


def greatest(singles: Mapping[str, Decimal | None]) -> Greatest | None:
    """The greatest of single indices; None where one of them is missing.

    >>> greatest({"PM2.5": Decimal("1.31"), "O3": Decimal("1.08")})
    Greatest(index=Decimal('1.31'), pollutants=('PM2.5',))
    """
    known = {name: value for name, value in singles.items() if value is not None}
    if not known or len(known) < len(singles):
        return None
    most = max(known.values())
    return Greatest(most, tuple(name for name, value in known.items() if value == most))


def leading(found: Evaluation) -> Greatest | None:
    """The leading pollutant of a period, by the single indices of rankings."""
    return greatest({name: one.single_index for name, one in found.statistics.items()})


@dataclass(frozen=True, slots=True)
class AnnexC:
    """The index of annex C: of each pollutant the greater of mean / yearly limit and percentile / daily limit."""

    singles: Mapping[str, Decimal | None]
    index: Decimal | None
    greatest: Greatest | None
    clause: str = "HJ 663-2013 annex C"
    mark: str = "K"


def annex_c(found: Evaluation, scheme: Scheme) -> AnnexC:
    """The variant of annex C, for the evaluation of a year; rankings do not use it."""
    book = scheme.book
    singles: dict[str, Decimal | None] = {}
    for item in book.items:
        one = found.statistics[item.pollutant]
        quotients = []
        for value, limit in (
            (one.mean_exact, scheme.year_limits.get(item.pollutant)),
            (one.percentile_exact, scheme.day_limits.get(item.pollutant)),
        ):
            if value is not None and limit is not None:
                counted = rounded(value, item.digits) if book.word("index_from") == ROUNDED else value
                quotients.append(Fraction(counted) / Fraction(limit.grade_2))
        singles[item.pollutant] = rounded(max(quotients), book.number("index_digits")) if quotients else None
    known = [value for value in singles.values() if value is not None]
    index = None
    if len(known) == len(singles):
        index = rounded(sum(known, Decimal(0)), book.number("composite_digits"))
    return AnnexC(singles, index, greatest(singles))


def three_year_average(
    years: Sequence[Fraction | None], book: EvaluationBook
) -> tuple[Fraction | None, Reason | None]:
    """The moving average of three years, unrounded, or the reason why there is none.

    HJ 663-2026 brings it in; how it is made has not been seen, so it stays unset until the entry ``three_year`` says how.

    Parameters
    ----------
    years
        The statistic of each of three years in a row.
    """
    if len(years) != 3:
        raise ValueError(f"Three years are wanted, not {len(years)}.")
    method = book.word("three_year")
    if method == "":
        return None, Reason("three_year_unknown", {"book": book.id})
    if method == UNSET:
        return None, Reason("three_year_unset", {"book": book.id})
    assert method == MEAN
    known = [value for value in years if value is not None]
    if len(known) < 3:
        return None, Reason("three_year_lacking", {"count": 3 - len(known)})
    return mean(known), None
