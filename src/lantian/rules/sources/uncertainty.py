"""How far the sums of an inventory may lie from the truth: draws by Monte Carlo, and what contributes most.

Each emission is activity × factor × what control leaves. Each of the three is drawn log-normal with mean 1 and the
relative standard deviation of its grade. What emissions share is drawn once for all of them: the activity of a row for
all its pollutants, a factor of a book for all plants that it is used for, the average efficiency of a technology for all
plants that have it. So a sum does not look surer than it is.

What control leaves is drawn, not the efficiency: an efficiency of 94.5 % can hardly be above 100 %.

The share of an input in the variance is that of its first order: of x, which all terms T that depend on it share, it is
cv² · T² (exact for products of independent inputs).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from lantian.rules.sources.books import Books
from lantian.rules.sources.details import Detail
from lantian.rules.sources.quality import GRADES, grade_of
from lantian.rules.sources.rows import Row

Floats = npt.NDArray[np.float64]
#: terms that are drawn in one go, so that memory does not grow with the list
_CHUNK = 8_000
#: share of the variance from which on an input is listed
_LEAST = 0.001
#: kinds of inputs
KINDS = ("activity", "factor", "left")


@dataclass(frozen=True, slots=True)
class Interval:
    """What the draws of a sum gave: mean and bounds of the inner 95 % [t], standard deviation by mean."""

    name: str
    pollutant: str
    t: float
    mean: float
    deviation: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Contributor:
    """An input with its share of the variance of a pollutant's total."""

    pollutant: str
    kind: str
    label: str
    grade: str
    share: float


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Intervals by class and pollutant (``""`` as class: all), the main contributors, and how it was drawn."""

    intervals: tuple[Interval, ...]
    contributors: tuple[Contributor, ...]
    draws: int
    stable: bool
    seed: int


@dataclass
class _Inputs:
    """Inputs of one kind: their number by name, and grade and deviation of each."""

    numbers: dict[tuple[str, ...], int] = field(default_factory=dict)
    labels: list[tuple[str, str]] = field(default_factory=list)
    deviations: list[float] = field(default_factory=list)

    def number(self, key: tuple[str, ...], label: str, grade: str, deviation: float) -> int:
        found = self.numbers.get(key)
        if found is None:
            found = self.numbers[key] = len(self.labels)
            self.labels.append((label, grade))
            self.deviations.append(deviation)
        return found

    @property
    def sigma(self) -> Floats:
        """Of the logarithms, so that the deviation is the one wanted."""
        sigma: Floats = np.sqrt(np.log1p(np.square(np.array(self.deviations or [0.0]))))
        return sigma


def spreads(books: Books, kind: str) -> Mapping[str, float]:
    """Relative standard deviation by grade."""
    return {grade: float(books.value(f"spread.{kind}.{grade}")) for grade in GRADES}


def activity_grade(row: Row | None, monitored: bool) -> str:
    """The grade of an activity: what the source says, else A of a monitor and C of all others."""
    said = row.text("activity_grade").strip().upper() if row is not None else ""
    return said if said in GRADES and said else "A" if monitored else "C"


def uncertainty(
    details: Sequence[Detail], facilities: Iterable[Row], books: Books, seed: int, system: int = 8
) -> Uncertainty:
    """Draw the sums of an inventory until their means stand still.

    Parameters
    ----------
    facilities
        Rows of the sheet of facilities: which efficiencies were measured.
    seed
        The same seed gives the same.
    system
        Classes of 8 or 10.
    """
    activities, factors, left = _Inputs(), _Inputs(), _Inputs()
    of_activity, of_factor, of_left = (spreads(books, kind) for kind in KINDS)
    measured = {
        (row.source_id, row.unit)
        for row in facilities
        if row.sheet == "facilities" and row.number_of("efficiency") is not None
    }
    cells: dict[tuple[str, str], int] = {}
    columns: list[tuple[int, int, int, int, float]] = []
    for detail in details:
        if not detail.t:
            continue
        entry = detail.emission
        monitored = entry.method == "monitored"
        name = detail.ten.name if system == 10 else detail.category.name
        cell = cells.setdefault((name, detail.pollutant), len(cells))
        grade = activity_grade(detail.source, monitored)
        label = f"{detail.name or entry.source_id} {detail.category.level2}".strip()
        a = activities.number((entry.sheet, str(entry.row)), label, grade, of_activity[grade])
        grade = grade_of(entry) or "E"
        said = _factor_name(detail)
        f = factors.number(said, " ".join(said[-3:]), grade, of_factor[grade])
        e = -1
        if detail.before != detail.t and not monitored:
            own = (entry.source_id, entry.unit) in measured or (entry.source_id, "") in measured
            grade = "B" if own else "C"
            group = entry.pollutant if entry.pollutant in ("SO2", "NOx", "VOCs") else "PM"
            key = (entry.source_id, entry.unit, group) if own else (detail.category.level4, group)
            label = f"{detail.name if own else ''} {detail.category.level4} {group}".strip()
            e = left.number(key, label, grade, of_left[grade])
        columns.append((cell, a, f, e, float(detail.t)))
    names = list(cells)
    if not columns:
        return Uncertainty((), (), 0, True, seed)
    table = np.array(columns, dtype=np.float64)
    order = np.lexsort((table[:, 0], table[:, 1]))
    table = table[order]
    at_cell, at_activity, at_factor, at_left = (table[:, place].astype(np.int64) for place in range(4))
    tonnes = table[:, 4]
    totals = np.bincount(at_cell, weights=tonnes, minlength=len(names))
    pollutants = list(dict.fromkeys(pollutant for _name, pollutant in names))
    of_pollutant = np.array([pollutants.index(pollutant) for _name, pollutant in names])
    draws, stable = _draw(
        at_cell, at_activity, at_factor, at_left, tonnes, (activities.sigma, factors.sigma, left.sigma),
        len(names), of_pollutant, books, seed,
    )  # fmt: skip
    intervals = []
    for at, pollutant in enumerate(pollutants):
        inside = of_pollutant == at
        intervals.append(_interval("", pollutant, float(totals[inside].sum()), draws[:, inside].sum(axis=1)))
    intervals += [_interval(*names[at], float(totals[at]), draws[:, at]) for at in range(len(names))]
    contributors = []
    for kind, inputs, places in (
        ("activity", activities, at_activity), ("factor", factors, at_factor), ("left", left, at_left),
    ):  # fmt: skip
        contributors += _first_order(kind, inputs, places, of_pollutant[at_cell], tonnes, pollutants)
    return Uncertainty(tuple(intervals), _main(contributors, pollutants), len(draws), stable, seed)


def _factor_name(detail: Detail) -> tuple[str, ...]:
    """What a factor is known by: own ones and monitors belong to their source, those of books to all who use them."""
    entry, category = detail.emission, detail.category
    factor = entry.factor
    if factor is None or factor.own or entry.method == "monitored":
        return entry.source_id, entry.unit, detail.name or entry.source_id, category.level2, detail.pollutant
    name = "-".join(filter(None, (category.name, category.part)))
    what = " ".join(dict.fromkeys(filter(None, (category.level1, category.level2))))
    return factor.source, str(factor.value), name, what, detail.pollutant


def _draw(
    at_cell: npt.NDArray[np.int64], at_activity: npt.NDArray[np.int64], at_factor: npt.NDArray[np.int64],
    at_left: npt.NDArray[np.int64], tonnes: Floats, sigmas: tuple[Floats, Floats, Floats], cells: int,
    of_pollutant: npt.NDArray[np.int64], books: Books, seed: int,
) -> tuple[Floats, bool]:  # fmt: skip
    """Draws (rows) of the sums of each cell, and whether the means of the pollutants stood still."""
    batch, most, calm_wanted = (int(books.value(f"spread.{name}")) for name in ("batch", "most", "calm"))
    tolerance = float(books.value("spread.tolerance"))
    random = np.random.default_rng(seed)
    bounds = _bounds(at_activity)
    found: list[Floats] = []
    sums = np.zeros(int(of_pollutant.max()) + 1)
    last, calm, made = sums * np.nan, 0, 0
    while made < most and calm < calm_wanted:
        size = min(batch, most - made)
        factor = _log_normal(random, sigmas[1], size)
        # the last column stands for what has no control
        left = np.concatenate((_log_normal(random, sigmas[2], size), np.ones((size, 1))), axis=1)
        drawn = np.zeros((size, cells))
        for start, stop in bounds:
            first = at_activity[start]
            activity = _log_normal(random, sigmas[0][first : at_activity[stop - 1] + 1], size)
            terms = activity[:, at_activity[start:stop] - first]
            terms *= factor[:, at_factor[start:stop]]
            terms *= left[:, at_left[start:stop]]
            terms *= tonnes[start:stop]
            cell = at_cell[start:stop]
            by_cell = np.argsort(cell, kind="stable")
            starts = np.flatnonzero(np.diff(cell[by_cell], prepend=-1))
            drawn[:, cell[by_cell][starts]] += np.add.reduceat(terms[:, by_cell], starts, axis=1)
        found.append(drawn)
        made += size
        sums += np.bincount(of_pollutant, weights=drawn.sum(axis=0), minlength=len(sums))
        mean = sums / made
        calm = calm + 1 if np.all(np.abs(mean - last) <= tolerance * np.abs(mean)) else 0
        last = mean
    return np.concatenate(found), calm >= calm_wanted


def _bounds(at_activity: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Parts of the terms that end with a whole activity."""
    found, start, whole = [], 0, len(at_activity)
    while start < whole:
        stop = min(start + _CHUNK, whole)
        while stop < whole and at_activity[stop] == at_activity[stop - 1]:
            stop += 1
        found.append((start, stop))
        start = stop
    return found


def _log_normal(random: np.random.Generator, sigma: Floats, size: int) -> Floats:
    """Draws (rows) of inputs (columns) with mean 1."""
    drawn = random.standard_normal((size, len(sigma)))
    drawn *= sigma
    drawn -= np.square(sigma) / 2
    return np.exp(drawn, out=drawn)


def _interval(name: str, pollutant: str, t: float, draws: Floats) -> Interval:
    mean = float(draws.mean())
    low, high = (float(value) for value in np.quantile(draws, (0.025, 0.975)))
    deviation = float(draws.std(ddof=1)) / mean if mean and len(draws) > 1 else 0.0
    return Interval(name, pollutant, t, mean, deviation, low, high)


def _first_order(
    kind: str, inputs: _Inputs, places: npt.NDArray[np.int64], pollutant: npt.NDArray[np.int64], tonnes: Floats,
    pollutants: Sequence[str],
) -> list[tuple[float, int, str, str, str]]:  # fmt: skip
    found = []
    deviations = np.array(inputs.deviations or [0.0])
    for at in range(len(pollutants)):
        chosen = (pollutant == at) & (places >= 0)
        if not chosen.any():
            continue
        shared = np.bincount(places[chosen], weights=tonnes[chosen], minlength=len(deviations))
        variance = np.square(deviations * shared)
        for number in np.argsort(-variance)[:50]:
            if variance[number] > 0:
                label, grade = inputs.labels[int(number)]
                found.append((float(variance[number]), at, kind, label, grade))
        rest = float(variance.sum() - np.sort(variance)[-50:].sum())
        if rest > 0:
            found.append((rest, at, kind, "", ""))
    return found


def _main(
    found: Iterable[tuple[float, int, str, str, str]], pollutants: Sequence[str], most: int = 10
) -> tuple[Contributor, ...]:
    """The ten greatest of each pollutant."""
    listed = list(found)
    main = []
    for at, pollutant in enumerate(pollutants):
        mine = [entry for entry in listed if entry[1] == at]
        whole = math.fsum(entry[0] for entry in mine)
        for variance, _at, kind, label, grade in sorted(mine, key=lambda entry: (-entry[0], entry[3]))[
            : most + 3
        ]:
            if label and variance >= _LEAST * whole > 0:
                main.append(Contributor(pollutant, kind, label, grade, variance / whole))
    return tuple(main)
