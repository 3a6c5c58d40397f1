"""Clock and parameters of the station, and treatment that is off: R16, R17, R19, R21."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, _
from lantian.rules.monitoring.factors import named
from lantian.rules.monitoring.suspicion.columns import HOUR_S, Observations, groups_of, outlet_breaks, runs_of
from lantian.rules.monitoring.suspicion.sign import Context, Sign, shown

#: parameters of a station that a log has to explain when they change
_PARAMETERS = ("area", "slope", "intercept", "range", "velocity_factor")


def clock(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R16: a clock that is off, a year that cannot be, moments that repeat with other values, supplements after an alarm."""
    found: list[Sign] = []
    year = rules.whole("r16_year")
    lost = data.time < int(datetime(year, 1, 1, tzinfo=UTC).timestamp())
    for outlet, begin, end in groups_of(data.outlet[np.flatnonzero(lost)]):
        rows = np.flatnonzero(lost)[begin:end]
        moment = datetime.fromtimestamp(int(data.time[rows[0]]), UTC)
        said = Message(
            _("the clock was lost: %(count)s values are dated %(moment)s"), count=len(rows), moment=moment.date().isoformat()
        )
        found.append(_sign(data, outlet, rows, float(moment.year), "r16_year", float(year), said))
    if data.received is not None:
        off = np.abs(data.received - data.time) / 60
        bound = float(rules.number("r16_minutes"))
        late = (off > bound) & ~lost
        for outlet, begin, end in data.groups():
            # A single late value was buffered; a clock that is off makes most of them so.
            here = late[begin:end]
            if here.mean() <= 0.5:
                continue
            rows = np.flatnonzero(here) + begin
            worst = float(np.median(off[rows]))
            said = Message(
                _("the clock is off by %(minutes)s min (median of %(count)s values); %(bound)s are too many"),
                minutes=shown(round(worst, 1)), count=len(rows), bound=str(rules.number("r16_minutes")),
            )  # fmt: skip
            found.append(_sign(data, outlet, rows, worst, "r16_minutes", bound, said))
        found += _supplements(data, context, rules)
    found += _repeats(data, rules)
    return found


def _sign(
    data: Observations, outlet: int, rows: Sequence[int] | np.ndarray, score: float, entry: str, bound: float,
    said: Message, rule: str = "R16", factor: str = "",
) -> Sign:  # fmt: skip
    return Sign(
        rule, (data.outlets[outlet],), factor, int(data.time[rows[0]]), int(data.time[rows[-1]]), score, entry, bound, said
    )


def _repeats(data: Observations, rules: Book) -> list[Sign]:
    least = rules.whole("r16_repeats")
    same = np.zeros(data.rows, bool)
    if data.rows:
        same[1:] = (np.diff(data.outlet) == 0) & (np.diff(data.time) == 0)
    differs = np.zeros(data.rows, bool)
    for column in data.values.values():
        both = np.isfinite(column[1:]) & np.isfinite(column[:-1])
        differs[1:] |= both & (np.diff(column) != 0)
    at = np.flatnonzero(same & differs)
    found: list[Sign] = []
    for outlet, begin, end in groups_of(data.outlet[at]):
        rows = at[begin:end]
        if len(rows) >= least:
            said = Message(_("%(count)s moments came twice with other values"), count=len(rows))
            found.append(_sign(data, outlet, rows, float(len(rows)), "r16_repeats", float(least), said))
    return found


def _supplements(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """Values of a time before an alarm that came after it, and long after their time."""
    if context.alarms is None or data.received is None:
        return []
    bound = float(rules.number("r16_back_hours"))
    found: list[Sign] = []
    places = {data.outlets[one]: (one, a, b) for one, a, b in data.groups()}
    for alarm in context.alarms:
        if alarm.outlet not in places:
            continue
        outlet, a, b = places[alarm.outlet]
        time, received = data.time[a:b], data.received[a:b]
        back = (time < alarm.first) & (received > alarm.first) & (received - time > bound * HOUR_S)
        rows = np.flatnonzero(back) + a
        if len(rows):
            hours = float(np.median(data.received[rows] - data.time[rows])) / HOUR_S
            said = Message(
                _("%(count)s values from before an alarm came after it, %(hours)s h late"),
                count=len(rows), hours=shown(round(hours, 1)),
            )  # fmt: skip
            found.append(_sign(data, outlet, rows, hours, "r16_back_hours", bound, said))
    return found


def parameters_changed(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R17: area, slope, intercept, range or velocity factor changed, and no entry of the log within a day says so."""
    percent, hours = float(rules.number("r17_percent")), float(rules.number("r17_log_hours"))
    logs: dict[str, list[int]] = {}
    for log in context.logs or ():
        logs.setdefault(log.outlet, []).append(log.first)
    for moments in logs.values():
        moments.sort()
    found: list[Sign] = []
    for name in _PARAMETERS:
        column = data.column(name)
        if column is None:
            continue
        at = np.flatnonzero(np.isfinite(column))
        for outlet, begin, end in groups_of(data.outlet[at]):
            rows = at[begin:end]
            values = column[rows]
            moved = np.abs(np.diff(values)) > percent / 100 * np.maximum(np.abs(values[:-1]), 1e-9)
            for step in np.flatnonzero(moved).tolist():
                moment = int(data.time[rows[step + 1]])
                if _logged(logs.get(data.outlets[outlet], []), moment, hours * HOUR_S):
                    continue
                before, after = float(values[step]), float(values[step + 1])
                said = Message(
                    _("%(name)s changed from %(before)s to %(after)s, and no entry of the log within %(hours)s h says so"),
                    name=named(name), before=shown(before), after=shown(after), hours=str(rules.number("r17_log_hours")),
                )  # fmt: skip
                score = abs(after - before) / max(abs(before), 1e-9) * 100
                found.append(
                    _sign(data, outlet, rows[step : step + 2], score, "r17_percent", percent, said, "R17", name)
                )
    return found


def _logged(moments: list[int], moment: int, within: float) -> bool:
    return bisect_right(moments, moment + within) > bisect_left(moments, moment - within)


def desulphurisation_off(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R19: no SO2 while the desulphurisation of a coal unit is off and its booster fan runs.

    The columns ``fgd.on`` and ``fan.on`` are 0 and 1, from the state of the process (g101 and such).
    """
    so2, fgd, fan = data.column("so2"), data.column("fgd.on"), data.column("fan.on")
    if so2 is None or fgd is None or fan is None:
        return []
    bound, least = float(rules.number("r19_so2")), rules.whole("r19_values")
    flags = (so2 < bound) & (fgd == 0) & (fan == 1) & data.normal("so2")
    found: list[Sign] = []
    at = np.flatnonzero(flags)
    for outlet, begin, end in groups_of(data.outlet[at]):
        rows = at[begin:end]
        if len(rows) >= least:
            said = Message(
                _("SO2 below %(bound)s in %(count)s values while desulphurisation is off and the fan runs"),
                bound=str(rules.number("r19_so2")), count=len(rows),
            )  # fmt: skip
            found.append(
                _sign(data, outlet, rows, float(len(rows)), "r19_values", float(least), said, "R19", "so2")
            )
    return found


def treatment_off(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R21: production takes electricity and its treatment does not, for half an hour or more.

    The columns ``power.production`` and ``power.treatment`` are loads in per cent of each one's running load.
    """
    production, treatment = data.column("power.production"), data.column("power.treatment")
    if production is None or treatment is None:
        return []
    on, off = float(rules.number("r21_production")), float(rules.number("r21_treatment"))
    bound = float(rules.number("r21_minutes"))
    spacing = _spacing(data)
    flags = (production > on) & (treatment < off)
    found: list[Sign] = []
    for begin, end in runs_of(flags, outlet_breaks(data, 2 * spacing)):
        lasted = (int(data.time[end - 1]) - int(data.time[begin]) + spacing) / 60
        if lasted >= bound:
            said = Message(
                _("production at %(production)s %% of its running load, treatment at %(treatment)s %% of its own, for"
                  " %(minutes)s min"),
                production=shown(round(float(production[begin:end].mean()), 1)),
                treatment=shown(round(float(treatment[begin:end].mean()), 1)), minutes=int(lasted),
            )  # fmt: skip
            found.append(
                _sign(data, int(data.outlet[begin]), list(range(begin, end)), lasted, "r21_minutes", bound, said, "R21")
            )
    return found


def _spacing(data: Observations) -> int:
    gaps = np.diff(data.time)[np.diff(data.outlet) == 0]
    gaps = gaps[gaps > 0]
    return int(np.median(gaps)) if len(gaps) else 60

