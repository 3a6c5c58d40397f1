"""Values that do not move: equal ones in a row (R1), too little spread (R2), all zero (R10), dust while blowing back (R20)."""

from __future__ import annotations

import numpy as np

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, _
from lantian.rules.monitoring.factors import POLLUTANTS, named
from lantian.rules.monitoring.suspicion.columns import Array, Observations, outlet_breaks, runs_of
from lantian.rules.monitoring.suspicion.sign import Context, Sign, shown


def equal_runs(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R1: equal values in a row with a normal mark; zeros are the matter of R10, and moisture is left out."""
    found: list[Sign] = []
    minutes, gap = float(rules.number("r1_minutes")), float(rules.number("r1_gap_minutes")) * 60
    for row in rules.rows:
        factor, entry = row["factor"], row.get("run")
        column = data.column(factor)
        if entry is None or column is None:
            continue
        least = rules.whole(entry)
        keep = np.isfinite(column)
        outlet, time, value = data.outlet[keep], data.time[keep], column[keep]
        good = data.normal(factor)[keep] & (value != 0)
        breaks = np.ones(len(value), bool)
        breaks[1:] = (np.diff(outlet) != 0) | (np.diff(time) > gap) | (np.diff(value) != 0)
        for begin, end in runs_of(good, breaks):
            lasted = (int(time[end - 1]) - int(time[begin])) / 60
            if end - begin < least or lasted < minutes:
                continue
            said = Message(
                _("%(factor)s stays at %(value)s for %(count)s values in a row (%(minutes)s min); %(least)s are too many"),
                factor=named(factor), value=shown(float(value[begin])), count=end - begin, minutes=int(lasted), least=least,
            )  # fmt: skip
            found.append(
                Sign(
                    "R1", (data.outlets[int(outlet[begin])],), factor, int(time[begin]), int(time[end - 1]),
                    float(end - begin), entry, float(least), said, (("value", shown(float(value[begin]))),),
                )
            )  # fmt: skip
    return found


def low_spread(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R2: hour values of a day that hardly spread while the flow does."""
    bound, flow_bound = float(rules.number("r2_cv")), float(rules.number("r2_flow_cv"))
    least = rules.whole("r2_values")
    flow = data.column("flow") if "flow" in data.values else data.column("velocity")
    found: list[Sign] = []
    if flow is None:
        return found
    for factor in POLLUTANTS:
        column = data.column(factor)
        if column is None:
            continue
        good = data.normal(factor) & np.isfinite(column) & (column > 0) & np.isfinite(flow) & (flow > 0)
        for outlet, begin, end in data.outlet_days():
            at = np.flatnonzero(good[begin:end]) + begin
            if len(at) < least:
                continue
            spread, flow_spread = _cv(column[at]), _cv(flow[at])
            # Values that are all alike are told by R1; what is looked for here moves a little, to look alive.
            if spread < bound and flow_spread >= flow_bound:
                said = Message(
                    _("%(factor)s hardly moves in a day (coefficient of variation %(cv)s, below %(bound)s) while the flow"
                      " does (%(flow)s)"),
                    factor=named(factor), cv=shown(round(spread, 4)), bound=str(rules.number("r2_cv")),
                    flow=shown(round(flow_spread, 3)),
                )  # fmt: skip
                found.append(
                    Sign(
                        "R2", (data.outlets[outlet],), factor, int(data.time[at[0]]), int(data.time[at[-1]]),
                        spread, "r2_cv", bound, said, (("flow_cv", shown(flow_spread)), ("values", str(len(at)))),
                    )
                )  # fmt: skip
    return found


def _cv(values: Array) -> float:
    mean = float(values.mean())
    return float(values.std()) / mean if mean else 0.0


def all_zero(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R10: every pollutant at zero with a normal mark, while flue gas flows."""
    velocity = data.column("velocity")
    columns = [(name, column) for name in POLLUTANTS if (column := data.column(name)) is not None]
    if velocity is None or not columns:
        return []
    bound, least = float(rules.number("r10_velocity")), rules.whole("r10_values")
    known = np.zeros(data.rows, bool)
    zero = np.ones(data.rows, bool)
    for name, column in columns:
        here = np.isfinite(column)
        known |= here
        zero &= ~here | ((column == 0) & data.normal(name))
    zero &= known
    found: list[Sign] = []
    for outlet, begin, end in data.outlet_days():
        here = known[begin:end] & np.isfinite(velocity[begin:end])
        if int(here.sum()) < least or not zero[begin:end][here].all():
            continue
        speed = float(np.median(velocity[begin:end][here]))
        if speed <= bound:
            continue
        said = Message(
            _("all pollutants are zero with a normal mark (%(count)s values) while flue gas flows at %(speed)s m/s"),
            count=int(here.sum()), speed=shown(round(speed, 2)),
        )  # fmt: skip
        found.append(
            Sign(
                "R10", (data.outlets[outlet],), "", int(data.time[begin]), int(data.time[end - 1]),
                speed, "r10_velocity", bound, said, (("values", str(int(here.sum()))),),
            )
        )  # fmt: skip
    return found


def blowing_back(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R20: dust that stays the same while the station says that it blows back, for longer than an hour.

    The column ``blowback`` is 1 where a device says state 5.
    """
    state, dust = data.column("blowback"), data.column("dust")
    if state is None or dust is None:
        return []
    bound = float(rules.number("r20_minutes"))
    breaks = outlet_breaks(data, float(rules.number("r1_gap_minutes")) * 60)
    breaks[1:] |= np.diff(dust) != 0
    found: list[Sign] = []
    for begin, end in runs_of((state == 1) & np.isfinite(dust), breaks):
        lasted = (int(data.time[end - 1]) - int(data.time[begin])) / 60
        if lasted > bound:
            said = Message(
                _("dust stays at %(value)s while the station says that it blows back, for %(minutes)s min (more than"
                  " %(bound)s)"),
                value=shown(float(dust[begin])), minutes=int(lasted), bound=str(rules.number("r20_minutes")),
            )  # fmt: skip
            found.append(
                Sign(
                    "R20", (data.outlets[int(data.outlet[begin])],), "dust", int(data.time[begin]),
                    int(data.time[end - 1]), lasted, "r20_minutes", bound, said,
                )
            )  # fmt: skip
    return found
