"""The probability of attaining a target, from how the rest of the period went in reference years.

A draw puts the rest of the period together from whole blocks of days of reference years, each from about the same days of the
year, so that spells of bad air stay whole. Everything is drawn from a seed: the same input gives the same result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from math import sqrt
from random import Random

import numpy as np
import numpy.typing as npt

from lantian.rules.air.evaluation import Reason
from lantian.rules.air.periods import Period, same_period
from lantian.rules.air.remaining import Values, rest_days
from lantian.rules.air.seasonal import NoReference, Series, on_year, usable_years
from lantian.rules.air.statistics import exact
from lantian.rules.air.targets import COUNTS, MEAN, PERCENTILE, RATIOS, AirTarget, Bound

#: days of a block, days that a block may be shifted, and draws
BLOCK, SHIFT, DRAWS = 7, 10, 2000
SEED = 20_151
#: 97.5 % point of the normal distribution, of an interval of 95 %
_Z = 1.959963984540054
#: parts of the draws that lie below the ends of the range of results [%]
RANGE = (5, 50, 95)
_MISSING = -1
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Replay:
    """What the period would come to if its rest went as it did in a reference year."""

    year: int
    result: Fraction | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Chance:
    """The probability of attaining.

    Attributes
    ----------
    hits, draws
        Draws that attain, and all of them.
    low, high
        Interval of 95 % (Wilson) of the probability. It holds the chance of drawing, not that of few reference years.
    results
        The 5th, 50th and 95th percentile of the results, in the unit of the target.
    replays
        The rest as it was in each reference year.
    scale
        By what the values of the reference years were multiplied.
    """

    hits: int
    draws: int
    low: Decimal
    high: Decimal
    results: tuple[Fraction, ...]
    replays: tuple[Replay, ...]
    years: tuple[int, ...]
    block: int
    shift: int
    seed: int
    scale: Fraction = Fraction(1)
    reasons: tuple[Reason, ...] = ()

    @property
    def probability(self) -> Decimal:
        """The share of the draws that attain, four decimals."""
        return Decimal(round(Fraction(self.hits, self.draws) * 10**_DIGITS)).scaleb(-_DIGITS)


def wilson(hits: int, draws: int) -> tuple[Decimal, Decimal]:
    """Wilson's interval of 95 % of a share, four decimals.

    >>> wilson(5, 10)
    (Decimal('0.2366'), Decimal('0.7634'))
    """
    share, z2 = hits / draws, _Z * _Z
    middle = share + z2 / (2 * draws)
    half = _Z * sqrt(share * (1 - share) / draws + z2 / (4 * draws * draws))
    ends = (max(0.0, (middle - half) / (1 + z2 / draws)), min(1.0, (middle + half) / (1 + z2 / draws)))
    low, high = (Decimal(round(end * 10**_DIGITS)).scaleb(-_DIGITS) for end in ends)
    return low, high


def chance(
    target: AirTarget,
    limit: Bound,
    values: Values,
    period: Period,
    until: date,
    reference: Series,
    years: Sequence[int],
    *,
    scale: Fraction = Fraction(1),
    draws: int = DRAWS,
    block: int = BLOCK,
    shift: int = SHIFT,
    seed: int = SEED,
) -> Chance | None:
    """The probability that a target is attained; None where its measure has no series of days.

    Parameters
    ----------
    target, limit, values, period, until
        As for `remaining.what_is_left`.
    reference
        The values of all reference years, of the same kind as `values`.
    years
        Of a period over New Year the year of its first day.
    scale
        What the concentrations of the reference years are multiplied by; counts stay.

    Raises
    ------
    NoReference
        No reference year has enough days in the rest of the period.
    """
    if target.measure not in (MEAN, PERCENTILE, *COUNTS, *RATIOS):
        return None
    coming = rest_days(period, until)
    known = [exact(value) for day, value in sorted(values.items()) if day in period and day <= until]
    if not coming:
        return None
    rest = Period(f"{coming[0]}:{coming[-1]}", "range", coming[0], coming[-1])
    # The period itself is no reference, not even for the days around New Year.
    reference = {day: value for day, value in reference.items() if day not in period}
    used, reasons = _usable(rest, reference, years, period)
    if not used:
        raise NoReference(period.text)
    factor = scale if target.measure in (MEAN, PERCENTILE) else Fraction(1)
    away = [year - period.first.year for year in used]
    samples = _drawn(rest, reference, away, factor, draws, block, shift, seed)
    results = _results(target, known, len(coming), samples)
    bound = limit if target.measure in (*COUNTS, *RATIOS) else limit.scaled(target.scale)
    hits = sum(bound.holds(result) for result in results if result is not None)
    ordered = sorted(result for result in results if result is not None)
    low, high = wilson(hits, draws)
    spread = tuple(
        Fraction(ordered[(len(ordered) - 1) * part // 100]) / target.scale for part in RANGE if ordered
    )
    replays = []
    for year in used:
        sample = _as_it_was(rest, reference, year - period.first.year, factor)
        result = _results(target, known, len(coming), sample)[0]
        held = result is not None and bound.holds(result)
        replays.append(Replay(year, None if result is None else Fraction(result) / target.scale, held))
    return Chance(
        hits,
        draws,
        low,
        high,
        spread,
        tuple(replays),
        tuple(used),
        block,
        shift,
        seed,
        factor,
        tuple(reasons),
    )


def _usable(
    rest: Period, reference: Series, years: Sequence[int], period: Period
) -> tuple[list[int], list[Reason]]:
    """The years of the period whose rest has enough days; the rest may begin a year later than the period."""
    later = rest.first.year - period.first.year
    used, reasons = usable_years(rest, reference, [year + later for year in years])
    return [year - later for year in used], [
        Reason(one.code, {**one.params, "year": int(one.params["year"]) - later})
        if "year" in one.params
        else one
        for one in reasons
    ]


_Samples = npt.NDArray[np.int64]


def _whole(value: int | Fraction | Decimal, factor: Fraction) -> int:
    return round(exact(value) * factor)


def _as_it_was(rest: Period, reference: Series, years: int, factor: Fraction) -> _Samples:
    other = same_period(rest, years)
    row = [_MISSING] * rest.days
    for place in range(rest.days):
        day = on_year(rest.first + timedelta(days=place), years)
        if day in other and day in reference:
            row[place] = _whole(reference[day], factor)
    return np.array([row], dtype=np.int64)


def _drawn(
    rest: Period,
    reference: Series,
    years: Sequence[int],
    factor: Fraction,
    draws: int,
    block: int,
    shift: int,
    seed: int,
) -> _Samples:
    """A row of values for each draw, in whole thousandths; missing days stay missing.

    Parameters
    ----------
    years
        How many years the reference years lie away.
    """
    # One pool of all years: in it a day of a year stands `shift` places after the first that a block may take.
    length = rest.days + 2 * shift
    pool = np.full((len(years), length), _MISSING, dtype=np.int64)
    ends = []
    for row, year in enumerate(years):
        start = on_year(rest.first, year) - timedelta(days=shift)
        there = []
        for place in range(length):
            value = reference.get(start + timedelta(days=place))
            if value is not None:
                pool[row, place] = _whole(value, factor)
                there.append(place)
        ends.append((there[0], there[-1]))
    random = Random(seed)
    blocks = [(first, min(block, rest.days - first)) for first in range(0, rest.days, block)]
    places = np.empty((draws, rest.days), dtype=np.int64)
    for draw in range(draws):
        for first, size in blocks:
            row = int(random.random() * len(years))
            begin = first + int(random.random() * (2 * shift + 1))
            # Where a year has no days any more, the block moves to those that it has.
            low, high = ends[row]
            begin = min(max(low, min(begin, high - size + 1)), length - size)
            places[draw, first : first + size] = np.arange(begin, begin + size) + row * length
    return pool.reshape(-1)[places]


def _results(
    target: AirTarget, known: Sequence[int | Fraction], rest: int, samples: _Samples
) -> list[Fraction | None]:
    """The statistic of the whole period for each row, exactly, in units of the daily values."""
    there = samples != _MISSING
    counts: list[int] = there.sum(axis=1).tolist()
    if target.measure == PERCENTILE:
        return _percentiles(target.percentile, known, samples, counts)
    sums: list[int] = np.where(there, samples, 0).sum(axis=1).tolist()
    so_far, number = Fraction(sum(known)), len(known)
    if target.measure in COUNTS:
        return [so_far + total for total in sums]
    factor = 100 if target.measure in RATIOS else 1
    return [
        factor * (so_far + total) / (number + count) if number + count else None
        for total, count in zip(sums, counts, strict=True)
    ]


def _percentiles(
    percent: int, known: Sequence[int | Fraction], samples: _Samples, counts: Sequence[int]
) -> list[Fraction | None]:
    draws = samples.shape[0]
    fixed = np.array([round(value) for value in known], dtype=np.int64)
    missing = np.iinfo(np.int64).max
    whole = np.concatenate(
        [np.broadcast_to(fixed, (draws, len(known))), np.where(samples == _MISSING, missing, samples)], axis=1
    )
    whole.sort(axis=1)
    found: list[Fraction | None] = []
    for row, count in zip(whole, counts, strict=True):
        number = count + len(known)
        if not number:
            found.append(None)
            continue
        below, part = divmod((number - 1) * percent, 100)
        value = Fraction(int(row[below]))
        if part:
            value += Fraction((int(row[below + 1]) - int(row[below])) * part, 100)
        found.append(value)
    return found
