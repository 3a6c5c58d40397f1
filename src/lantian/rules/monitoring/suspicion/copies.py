"""Data of one stack that are those of another: the same values at the same minute (R13), a copy, also shifted (R14)."""

from __future__ import annotations

import numpy as np

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, _
from lantian.rules.monitoring.factors import POLLUTANTS, named
from lantian.rules.monitoring.suspicion.columns import AHEAD, DAY_S, Array, Observations, groups_of
from lantian.rules.monitoring.suspicion.sign import Context, Sign, shown

#: outlets that share one pair of values in one minute, beyond which the pair says nothing (a default of a make of logger)
_CROWD = 20
#: rows of the matrix of correlations that are computed at once
_BLOCK = 512


def mirrored(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R13: SO2 and NOx, neither of them zero, alike in two outlets at the same minute, ten times a day or more."""
    so2, nox = data.column("so2"), data.column("nox")
    if so2 is None or nox is None:
        return []
    bound = rules.whole("r13_times")
    at = np.flatnonzero(np.isfinite(so2) & np.isfinite(nox) & (so2 != 0) & (nox != 0))
    minute = data.time[at] // 60
    order = np.lexsort((data.outlet[at], nox[at], so2[at], minute))
    rows = at[order]
    same = np.zeros(len(rows), bool)
    if len(rows):
        same[1:] = (
            (np.diff(data.time[rows] // 60) == 0) & (np.diff(so2[rows]) == 0) & (np.diff(nox[rows]) == 0)
        )
    hits: dict[tuple[int, int, int], list[int]] = {}
    for _key, begin, end in groups_of(np.cumsum(~same)):
        here = rows[begin:end]
        outlets = np.unique(data.outlet[here])
        if not 1 < len(outlets) <= _CROWD:
            continue
        moment = int(data.time[here[0]])
        day = (moment + AHEAD) // DAY_S
        for left in range(len(outlets)):
            for right in range(left + 1, len(outlets)):
                hits.setdefault((int(outlets[left]), int(outlets[right]), day), []).append(moment)
    found: list[Sign] = []
    for (a, b, _day), moments in sorted(hits.items()):
        if len(moments) < bound:
            continue
        said = Message(
            _("SO2 and NOx are the same as those of %(other)s at %(count)s minutes of a day (%(bound)s are too many)"),
            other=data.outlets[b], count=len(moments), bound=bound,
        )  # fmt: skip
        found.append(
            Sign(
                "R13", (data.outlets[a], data.outlets[b]), "so2", min(moments), max(moments), float(len(moments)),
                "r13_times", float(bound), said,
            )
        )  # fmt: skip
    return found


def copied(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R14: values that follow those of another outlet with a correlation above 0.99, at once or later.

    Two stacks may well rise and fall together; their steps from value to value would have to agree, too.
    """
    bound, steps = float(rules.number("r14_correlation")), float(rules.number("r14_steps"))
    least, lags = rules.whole("r14_values"), rules.whole("r14_lags")
    found: list[Sign] = []
    for factor in POLLUTANTS:
        column = data.column(factor)
        if column is None:
            continue
        outlets, grid, spacing, origin = _gridded(data, factor, column, least)
        if len(outlets) < 2:
            continue
        for lag in range(min(lags, grid.shape[1] - least) + 1):
            for a, b, correlation in _pairs(grid, lag, bound):
                if lag == 0 and a > b:
                    continue
                length = grid.shape[1] - lag
                agree = _correlation(_steps(grid[a, lag:]), _steps(grid[b, :length]))
                if agree < steps:
                    continue
                said = Message(
                    _("%(factor)s follows that of %(other)s with a correlation of %(correlation)s, %(minutes)s min later"),
                    factor=named(factor), other=data.outlets[outlets[b]], correlation=shown(round(correlation, 4)),
                    minutes=lag * spacing // 60,
                )  # fmt: skip
                found.append(
                    Sign(
                        "R14", (data.outlets[outlets[a]], data.outlets[outlets[b]]), factor, origin,
                        origin + (grid.shape[1] - 1) * spacing, correlation, "r14_correlation", bound, said,
                        (("lag_s", str(lag * spacing)), ("steps", shown(round(agree, 4)))),
                    )
                )  # fmt: skip
    return _strongest(found)


def _strongest(found: list[Sign]) -> list[Sign]:
    """Of a pair and factor the lag that fits best: a smooth series follows itself at every lag."""
    best: dict[tuple[frozenset[str], str], Sign] = {}
    for sign in found:
        key = frozenset(sign.outlets), sign.factor
        if key not in best or sign.score > best[key].score:
            best[key] = sign
    return list(best.values())


def _gridded(
    data: Observations, factor: str, column: Array, least: int
) -> tuple[list[int], Array, int, int]:
    """Outlets with nine tenths of their values, on a common grid; what is missing is the mean, which makes nothing alike.

    Zeros are of a source that stands still, and all of those look alike.
    """
    good = np.isfinite(column) & (column != 0) & data.normal(factor)
    if int(good.sum()) < 2:
        return [], np.empty((0, 0)), 1, 0
    gaps = np.diff(data.time[good])[np.diff(data.outlet[good]) == 0]
    gaps = gaps[gaps > 0]
    spacing = int(np.median(gaps)) if len(gaps) else 1
    origin = int(data.time[good].min())
    slots = int((data.time[good].max() - origin) // spacing) + 1
    # Columns of many years would be no day's comparison, and no memory would hold them.
    if slots < least or slots > 20_000:
        return [], np.empty((0, 0)), spacing, origin
    grids, outlets = [], []
    for outlet, begin, end in data.groups():
        at = np.flatnonzero(good[begin:end]) + begin
        if len(at) < least:
            continue
        row = np.full(slots, np.nan)
        row[(data.time[at] - origin) // spacing] = column[at]
        if np.isfinite(row).mean() < 0.9 or not np.nanstd(row):
            continue
        grids.append(np.where(np.isfinite(row), row, np.nanmean(row)))
        outlets.append(outlet)
    return outlets, np.array(grids), spacing, origin


def _normed(rows: Array) -> Array:
    centred = rows - rows.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    normed: Array = np.divide(centred, length, out=np.zeros_like(centred), where=length > 0)
    return normed


def _pairs(grid: Array, lag: int, bound: float) -> list[tuple[int, int, float]]:
    """Rows a that follow rows b after a lag, with their correlation above a bound."""
    late, early = _normed(grid[:, lag:]), _normed(grid[:, : grid.shape[1] - lag])
    found: list[tuple[int, int, float]] = []
    for begin in range(0, len(grid), _BLOCK):
        product = late[begin : begin + _BLOCK] @ early.T
        for a, b in zip(*np.nonzero(product > bound), strict=True):
            if begin + int(a) != int(b):
                found.append((begin + int(a), int(b), float(product[a, b])))
    return found


def _steps(values: Array) -> Array:
    """Steps from value to value; a jump counts no more than three usual deviations, lest one start makes two stacks alike."""
    steps = np.diff(values)
    bound = 3 * 1.4826 * float(np.median(np.abs(steps - np.median(steps))))
    return np.clip(steps, -bound, bound)


def _correlation(left: Array, right: Array) -> float:
    if not left.std() or not right.std():
        return 0.0
    return float(np.corrcoef(left, right)[0, 1])
