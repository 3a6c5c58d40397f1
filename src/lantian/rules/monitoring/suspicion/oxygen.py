"""Oxygen and folding: oxygen against load (R6), a reference that moved (R7), folded values that were never folded (R8)."""

from __future__ import annotations

import numpy as np

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, _
from lantian.rules.monitoring.factors import POLLUTANTS, named
from lantian.rules.monitoring.folding import solved_reference
from lantian.rules.monitoring.suspicion.columns import Array, Observations
from lantian.rules.monitoring.suspicion.sign import Context, Sign, shown


def oxygen_against_load(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R6: oxygen above the outlet's own past while flow and temperature are as they were: dilution, or a leak."""
    oxygen, past = data.column("o2"), context.past
    if oxygen is None or past is None or past.column("o2") is None:
        return []
    least, past_least = rules.whole("r6_values"), rules.whole("r6_past_values")
    quantile, margin = float(rules.number("r6_quantile")), float(rules.number("r6_margin"))
    steady = float(rules.number("r6_steady")) / 100
    before = {past.outlets[one]: slice(a, b) for one, a, b in past.groups()}
    found: list[Sign] = []
    for outlet, begin, end in data.groups():
        name = data.outlets[outlet]
        if name not in before:
            continue
        here, own = slice(begin, end), before[name]
        now, then = _good(data, "o2", here), _good(past, "o2", own)
        if len(now) < least or len(then) < past_least:
            continue
        bound, median = float(np.percentile(then, quantile)), float(np.median(now))
        if median <= bound + margin:
            continue
        moved = {
            column: _moved(data, past, column, here, own)
            for column in ("flow", "velocity", "temperature")
            if data.column(column) is not None and past.column(column) is not None
        }
        load = moved.get("flow", moved.get("velocity"))
        if load is None or abs(load) > steady or abs(moved.get("temperature", 0.0)) > steady:
            continue
        said = Message(
            _("oxygen stands at %(now)s %%, %(quantile)s %% of the outlet's own past lie below %(then)s %%, while flow and"
              " temperature are steady: dilution or a leak"),
            now=shown(round(median, 2)), quantile=str(rules.number("r6_quantile")), then=shown(round(bound, 2)),
        )  # fmt: skip
        found.append(
            Sign(
                "R6", (name,), "o2", int(data.time[begin]), int(data.time[end - 1]), median - bound, "r6_margin",
                margin, said, tuple((f"{column}_moved", shown(round(value, 3))) for column, value in moved.items()),
            )
        )  # fmt: skip
    return found


def _good(data: Observations, factor: str, here: slice) -> Array:
    column = data.column(factor)
    assert column is not None
    values, good = column[here], data.normal(factor)[here]
    kept: Array = values[good & np.isfinite(values)]
    return kept


def _moved(data: Observations, past: Observations, factor: str, here: slice, own: slice) -> float:
    """By which share the median moved; 1 where it cannot be told, which is not steady."""
    now, then = _good(data, factor, here), _good(past, factor, own)
    if not len(now) or not len(then) or not float(np.median(then)):
        return 1.0
    return float(np.median(now)) / float(np.median(then)) - 1


def reference_moved(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R7: the reference oxygen that a station must have folded with leaves the outlet's own cluster.

    The cluster is the outlet's past, or without it the values of the period itself; an outlet without a tight cluster says
    nothing.
    """
    oxygen = data.column("o2")
    if oxygen is None:
        return []
    shift, tight, least = float(rules.number("r7_shift")), float(rules.number("r7_tight")), rules.whole("r7_values")
    found: list[Sign] = []
    for factor in POLLUTANTS:
        solved = _solved(data, factor)
        if solved is None:
            continue
        before = _solved(context.past, factor) if context.past is not None else None
        past = (
            {}
            if context.past is None or before is None
            else {context.past.outlets[one]: before[a:b] for one, a, b in context.past.groups()}
        )
        for outlet, begin, end in data.groups():
            name = data.outlets[outlet]
            at = np.flatnonzero(np.isfinite(solved[begin:end])) + begin
            own = past.get(name, solved[at])
            own = own[np.isfinite(own)]
            if len(at) < least or len(own) < least:
                continue
            middle = float(np.median(own))
            if float(np.median(np.abs(own - middle))) > tight:
                continue
            off = np.abs(solved[at] - middle) > shift
            if int(off.sum()) < least:
                continue
            moved = float(np.median(solved[at][off]))
            rows = at[off]
            said = Message(
                _("folded %(factor)s answers to a reference oxygen of %(now)s %% instead of %(own)s %% in %(count)s values: a"
                  " parameter was changed"),
                factor=named(factor), now=shown(round(moved, 2)), own=shown(round(middle, 2)), count=len(rows),
            )  # fmt: skip
            found.append(
                Sign(
                    "R7", (name,), factor, int(data.time[rows[0]]), int(data.time[rows[-1]]), abs(moved - middle),
                    "r7_shift", shift, said, (("reference", shown(middle)), ("values", str(len(rows)))),
                )
            )  # fmt: skip
    return found


def _solved(data: Observations, factor: str) -> Array | None:
    measured, folded, oxygen = data.column(factor), data.column(f"{factor}.zs"), data.column("o2")
    if measured is None or folded is None or oxygen is None:
        return None
    return np.where(data.normal(factor) & data.normal("o2"), solved_reference(measured, folded, oxygen), np.nan)


def never_folded(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R8: folded over measured stays the same while oxygen moves; where it is 1, only of an outlet that is to be folded."""
    oxygen = data.column("o2")
    if oxygen is None:
        return []
    bound, moves, least = float(rules.number("r8_cv")), float(rules.number("r8_oxygen")), rules.whole("r8_values")
    found: list[Sign] = []
    for factor in POLLUTANTS:
        measured, folded = data.column(factor), data.column(f"{factor}.zs")
        if measured is None or folded is None:
            continue
        good = data.normal(factor) & (measured > 0) & (folded > 0) & np.isfinite(oxygen)
        for outlet, begin, end in data.groups():
            at = np.flatnonzero(good[begin:end]) + begin
            if len(at) < least:
                continue
            ratio = folded[at] / measured[at]
            middle, spread = float(ratio.mean()), float(ratio.std())
            moved = float(oxygen[at].std())
            as_measured = abs(middle - 1) <= bound
            if spread / middle > bound or moved < moves or (as_measured and not context.folds.get(data.outlets[outlet])):
                continue
            said = Message(
                _("folded over measured %(factor)s stays at %(ratio)s in %(count)s values while oxygen moves (standard deviation"
                  " %(oxygen)s %%): it is not recomputed"),
                factor=named(factor), ratio=shown(round(middle, 4)), count=len(at), oxygen=shown(round(moved, 2)),
            )  # fmt: skip
            found.append(
                Sign(
                    "R8", (data.outlets[outlet],), factor, int(data.time[at[0]]), int(data.time[at[-1]]),
                    spread / middle, "r8_cv", bound, said, (("oxygen_deviation", shown(moved)),),
                )
            )  # fmt: skip
    return found
