"""Verdicts: whether each statistic, each pollutant and the whole attain grade 2; multiples of exceedance, ratio of days.

References
----------
GB 3095 tables 1 and 4; HJ 663 tables 1 and 3 (statistics, decimals of what is held against a limit); GB/T 8170.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lantian.rules.air.evaluation import Evaluation, Reason, Scheme, Statistics
from lantian.rules.air.evaluation_books import MEAN, PERCENTILE, STATISTIC, UNROUNDED, EvaluationBook, Judged
from lantian.rules.air.limits import Limit
from lantian.rules.air.periods import YEAR
from lantian.rules.air.statistics import exceedance_multiple, ratio_percent, rounded


@dataclass(frozen=True, slots=True)
class Verdict:
    """A statistic held against its limit.

    Attributes
    ----------
    statistic
        ``mean`` or ``percentile``.
    value
        What was held against the limit, rounded by the book.
    multiple
        By how many times of the limit it is exceeded; None where it is not.
    readings_differ
        Whether the other way of rounding would lead to the other verdict.
    """

    pollutant: str
    statistic: str
    value: Decimal
    limit: Decimal
    attains: bool
    multiple: Decimal | None
    readings_differ: bool
    clauses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """A pollutant: it attains where each of its statistics does; None where that cannot be told.

    Attributes
    ----------
    attaining, valid, ratio
        Daily values at or below the daily limit, all of them, and the ratio in per cent.
    """

    pollutant: str
    verdicts: tuple[Verdict, ...]
    attains: bool | None
    attaining: int
    valid: int
    ratio: Decimal | None


@dataclass(frozen=True, slots=True)
class Attainment:
    """The verdicts of an evaluation.

    Attributes
    ----------
    attains
        Whether all six pollutants do; False as soon as one does not; None where it cannot be told.
    formal
        Whether the period is a year, for which the limits are made; else it is a comparison only.
    """

    items: Mapping[str, ItemVerdict]
    attains: bool | None
    formal: bool
    reasons: tuple[Reason, ...]

    @property
    def exceeding(self) -> tuple[str, ...]:
        """The pollutants that do not attain."""
        return tuple(name for name, item in self.items.items() if item.attains is False)


def attainment(found: Evaluation, scheme: Scheme) -> Attainment:
    """The verdicts of an evaluation, by the scheme that it was made with.

    A pollutant without a sufficient statistic has no verdict.
    """
    items: dict[str, ItemVerdict] = {}
    reasons: list[Reason] = []
    for item in scheme.book.items:
        statistics = found.statistics[item.pollutant]
        verdicts = _verdicts(item, statistics, scheme)
        attains = all(one.attains for one in verdicts) if verdicts else None
        ratio = ratio_percent(statistics.attaining, statistics.valid)
        items[item.pollutant] = ItemVerdict(
            item.pollutant, verdicts, attains, statistics.attaining, statistics.valid, ratio
        )
        for one in verdicts:
            if one.readings_differ:
                said = {"item": item.pollutant, "statistic": one.statistic, "value": str(one.value)}
                reasons.append(Reason("readings_differ", said))
    formal = found.period.kind == YEAR
    if not formal:
        reasons.append(Reason("not_a_year"))
    verdict: bool | None = all(one.attains for one in items.values())
    if not verdict and not any(one.attains is False for one in items.values()):
        verdict = None
    return Attainment(items, verdict, formal, tuple(reasons))


def _verdicts(item: Judged, found: Statistics, scheme: Scheme) -> tuple[Verdict, ...]:
    of_statistic: dict[str, tuple[Fraction | None, Limit | None]] = {
        MEAN: (found.mean_exact, scheme.year_limits.get(item.pollutant)),
        PERCENTILE: (found.percentile_exact, scheme.day_limits.get(item.pollutant)),
    }
    return tuple(
        held(item, statistic, value, limit, scheme.book)
        for statistic, (value, limit) in of_statistic.items()
        if value is not None and limit is not None
    )


def held(item: Judged, statistic: str, value: Fraction, limit: Limit, book: EvaluationBook) -> Verdict:
    """An unrounded statistic held against a limit.

    At the limit it attains. What is held against it is rounded from the unrounded statistic or, where the book says so,
    from the rounded one.
    """
    once = rounded(value, item.attainment_digits)
    twice = rounded(rounded(value, item.digits), item.attainment_digits)
    judged = twice if book.word("attainment_from") == STATISTIC else once
    attains = judged <= limit.grade_2
    multiple = None
    if not attains:
        counted = value if book.word("multiple_from") == UNROUNDED else judged
        multiple = exceedance_multiple(counted, limit.grade_2) or Decimal("0.00")
    return Verdict(
        item.pollutant,
        statistic,
        judged,
        limit.grade_2,
        attains,
        multiple,
        (once <= limit.grade_2) != (twice <= limit.grade_2),
        (f"{book.id} {item.clause}".strip(), f"{limit.book} {limit.clause}".strip()),
    )
