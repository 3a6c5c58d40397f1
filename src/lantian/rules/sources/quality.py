"""How sure an inventory is: a grade for each emission, and the spread of sums by Monte Carlo.

Grades A to E follow a habit, not a text that was read; no relative spread goes with them until an office gives one.
What two emissions share (a factor, an efficiency) is drawn once for both, so sums do not look surer than they are.

References
----------
T/CSES 144-2024: Monte Carlo on activity, factor and efficiency, spread as relative standard deviation, stop when the
mean is stable, list the main contributors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

from lantian.rules.sources.errors import InputError, Message, _
from lantian.rules.sources.results import Emission

GRADES = "ABCDE"


def grade_of(emission: Emission) -> str | None:
    """The grade of an emission; None of a gap.

    Monitored A, balances and own measurements B, factors of the guide C, cited, literature or borrowed D, not verified
    or from abroad E.
    """
    if emission.t is None:
        return None
    if emission.method == "monitored":
        return "A"
    factor = emission.factor
    if emission.method == "mass_balance" or (factor is not None and factor.own):
        return "B"
    if factor is None:
        return "C"
    if factor.abroad or factor.grade == "L":
        return "E"
    return "D" if factor.grade == "M" or factor.region else "C"


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a sum: its best value [t] and what it depends on."""

    t: float
    inputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """What the draws of a sum gave.

    Attributes
    ----------
    mean, low, high
        Mean, and the bounds of the inner 95 % [t].
    relative_deviation
        Standard deviation by the mean.
    draws
        How many were made.
    stable
        Whether the mean stood still before the last draw that was allowed.
    contributors
        Inputs with their share of the variance, the greatest first.
    """

    mean: float
    relative_deviation: float
    low: float
    high: float
    draws: int
    stable: bool
    contributors: tuple[tuple[str, float], ...]


def monte_carlo(
    terms: Sequence[Term],
    deviations: Mapping[str, float],
    seed: int,
    *,
    batch: int = 500,
    most: int = 20_000,
    tolerance: float = 0.001,
) -> Spread:
    """Draw a sum of products until its mean is stable.

    Parameters
    ----------
    terms
        Parts of the sum.
    deviations
        Relative standard deviation of each input; inputs that are not here are exact.
    seed
        The same seed gives the same draws.
    batch, most
        Draws between two looks at the mean, and at most.
    tolerance
        The mean is stable when two looks one after the other move it by less than this share.

    Notes
    -----
    Inputs are log-normal with mean 1, independent of each other.

    Raises
    ------
    InputError
        ``deviation``: a deviation is below zero or no number.
    """
    for name, deviation in deviations.items():
        if not (math.isfinite(deviation) and deviation >= 0):
            raise InputError(
                "deviation",
                Message(_("The spread of “%(name)s” must be a number from 0 upwards."), name=name[:40]),
                name,
            )
    sums: dict[tuple[str, ...], float] = {}
    for term in terms:
        uncertain = tuple(sorted({name for name in term.inputs if deviations.get(name)}))
        sums[uncertain] = sums.get(uncertain, 0.0) + term.t
    names = sorted({name for inputs in sums for name in inputs})
    sigma = {name: math.sqrt(math.log1p(deviations[name] ** 2)) for name in names}
    random = Random(seed)
    totals: list[float] = []
    drawn: dict[str, list[float]] = {name: [] for name in names}
    last, calm, stable = math.nan, 0, False
    while len(totals) < most and not stable:
        for _draw in range(min(batch, most - len(totals))):
            factors = {}
            for name in names:
                factors[name] = math.exp(random.gauss(-0.5 * sigma[name] ** 2, sigma[name]))
                drawn[name].append(factors[name])
            totals.append(
                math.fsum(t * math.prod(factors[name] for name in inputs) for inputs, t in sums.items())
            )
        mean = math.fsum(totals) / len(totals)
        calm = calm + 1 if abs(mean - last) <= tolerance * abs(mean) else 0
        last, stable = mean, calm >= 2
    ordered = sorted(totals)
    variance = math.fsum((total - last) ** 2 for total in totals) / max(1, len(totals) - 1)
    squares = {name: _correlation(values, totals, last) ** 2 for name, values in drawn.items()}
    whole = math.fsum(squares.values())
    contributors = sorted(
        ((name, square / whole if whole else 0.0) for name, square in squares.items()),
        key=lambda entry: (-entry[1], entry[0]),
    )
    return Spread(
        last,
        math.sqrt(variance) / last if last else 0.0,
        ordered[int(0.025 * (len(ordered) - 1))],
        ordered[math.ceil(0.975 * (len(ordered) - 1))],
        len(totals),
        stable,
        tuple(contributors),
    )


def _correlation(values: Sequence[float], totals: Sequence[float], mean: float) -> float:
    middle = math.fsum(values) / len(values)
    both = math.fsum((v - middle) * (t - mean) for v, t in zip(values, totals, strict=True))
    left = math.fsum((v - middle) ** 2 for v in values)
    right = math.fsum((t - mean) ** 2 for t in totals)
    return both / math.sqrt(left * right) if left and right else 0.0
