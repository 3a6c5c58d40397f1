"""Values that cannot be: outside of what is physical (R4), minimum, mean and maximum against each other (R15)."""

from __future__ import annotations

import numpy as np

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, _
from lantian.rules.monitoring.factors import named
from lantian.rules.monitoring.suspicion.columns import Array, Observations, groups_of
from lantian.rules.monitoring.suspicion.sign import Context, Sign, shown


def beyond_physics(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R4: oxygen outside 0 to 21 %, moisture outside 0 to 100 %, temperature outside −40 to 1200 °C, what is below zero."""
    found: list[Sign] = []
    least = rules.whole("r4_count")
    for row in rules.rows:
        column = data.column(row["factor"])
        low, high = row.get("low"), row.get("high")
        if column is None or (low is None and high is None):
            continue
        with np.errstate(invalid="ignore"):
            wrong = np.zeros(data.rows, bool)
            printed = np.round(column, 3)
            if low is not None:
                wrong |= printed < float(low)
            if high is not None:
                wrong |= printed > float(high)
        wrong &= data.normal(row["factor"])
        at = np.flatnonzero(wrong)
        for outlet, begin, end in groups_of(data.outlet[at]):
            rows = at[begin:end]
            if len(rows) < least:
                continue
            worst = _worst(column[rows], low, high)
            said = Message(
                _("%(factor)s outside of %(low)s to %(high)s with a normal mark: %(count)s values, the farthest %(worst)s"),
                factor=named(row["factor"]), low=low or "…", high=high or "…", count=len(rows), worst=shown(worst),
            )  # fmt: skip
            found.append(
                Sign(
                    "R4", (data.outlets[outlet],), row["factor"], int(data.time[rows[0]]), int(data.time[rows[-1]]),
                    float(len(rows)), "r4_count", float(least), said, (("worst", shown(worst)),),
                )
            )  # fmt: skip
    return found


def _worst(values: Array, low: str | None, high: str | None) -> float:
    below = float(low) - values if low is not None else np.full(len(values), -np.inf)
    above = values - float(high) if high is not None else np.full(len(values), -np.inf)
    return float(values[int(np.argmax(np.maximum(below, above)))])


def minimum_mean_maximum(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R15: a minimum above the mean, or a mean above the maximum, of one period with a normal mark."""
    found: list[Sign] = []
    least = rules.whole("r15_count")
    places, percent = float(rules.number("r15_places")), float(rules.number("r15_percent"))
    for name, mean in data.values.items():
        low, high = data.column(f"{name}.min"), data.column(f"{name}.max")
        if low is None and high is None:
            continue
        with np.errstate(invalid="ignore"):
            wrong = np.zeros(data.rows, bool)
            # Loggers cut off means after their last place, so a constant has a mean below its minimum.
            allowed = np.maximum(places, percent / 100 * np.abs(mean))
            if low is not None:
                wrong |= low - mean > allowed
            if high is not None:
                wrong |= mean - high > allowed
        wrong &= data.normal(name.removesuffix(".zs"))
        at = np.flatnonzero(wrong)
        for outlet, begin, end in groups_of(data.outlet[at]):
            rows = at[begin:end]
            if len(rows) < least:
                continue
            first = int(rows[0])
            shown_low = "—" if low is None else shown(float(low[first]))
            shown_high = "—" if high is None else shown(float(high[first]))
            said = Message(
                _("minimum, mean and maximum of %(factor)s contradict each other in %(count)s periods, such as %(low)s,"
                  " %(mean)s, %(high)s"),
                factor=named(name), count=len(rows), low=shown_low, mean=shown(float(mean[first])), high=shown_high,
            )  # fmt: skip
            found.append(
                Sign(
                    "R15", (data.outlets[outlet],), name, int(data.time[first]), int(data.time[rows[-1]]),
                    float(len(rows)), "r15_count", float(least), said,
                )
            )  # fmt: skip
    return found
