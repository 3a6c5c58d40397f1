"""Marks against what runs: stopped by the mark and running (R9), marks that cover exceedances (R11, R12), gaps at peaks (R18)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, _
from lantian.rules.monitoring.factors import POLLUTANTS
from lantian.rules.monitoring.suspicion.columns import HOUR_S, STOPPED, Array, Observations, groups_of
from lantian.rules.monitoring.suspicion.sign import Context, Period, Sign, shown

#: marks that say that a source does not run as usual
_STOPS = frozenset({"stopped", "start_up", "shut_down", "grid_on", "grid_off", "drying", "cooling", "fault"})
_UPKEEP = frozenset({"cems_maintenance", "cems_fault", "calibration"})


def runs_while_stopped(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R9: a mark F, or a stop that the enterprise filed, while flue gas flows hot or equipment takes electricity.

    The column ``power.on`` is 1 where the meter of production shows that it runs.
    """
    velocity, temperature, power = (data.column(name) for name in ("velocity", "temperature", "power.on"))
    bound, hot, least = (
        float(rules.number("r9_velocity")),
        float(rules.number("r9_temperature")),
        rules.whole("r9_values"),
    )
    stopped = np.zeros(data.rows, bool)
    for factor in (*POLLUTANTS, "o2", "velocity"):
        stopped |= data.mark(factor) == STOPPED
    stopped |= _within(data, [one for one in context.claims or () if one.kind == "stopped"])
    runs = np.zeros(data.rows, bool)
    if velocity is not None and temperature is not None:
        runs |= (velocity > bound) & (temperature > hot)
    if power is not None:
        runs |= power == 1
    at = np.flatnonzero(stopped & runs)
    found: list[Sign] = []
    for outlet, begin, end in groups_of(data.outlet[at]):
        rows = at[begin:end]
        if len(rows) < least:
            continue
        speed = float(np.nanmax(velocity[rows])) if velocity is not None else float("nan")
        heat = float(np.nanmax(temperature[rows])) if temperature is not None else float("nan")
        by_meter = 0 if power is None else int((power[rows] == 1).sum())
        said = Message(
            _("marked as stopped, but it runs in %(count)s values: flue gas up to %(speed)s m/s and %(heat)s °C, the meter of"
              " production shows it in %(meter)s"),
            count=len(rows), speed=shown(round(speed, 2)), heat=shown(round(heat, 1)), meter=by_meter,
        )  # fmt: skip
        found.append(
            Sign(
                "R9", (data.outlets[outlet],), "", int(data.time[rows[0]]), int(data.time[rows[-1]]),
                float(len(rows)), "r9_values", float(least), said,
                (("velocity", shown(speed)), ("temperature", shown(heat))),
            )
        )  # fmt: skip
    return found


def _within(data: Observations, periods: Sequence[Period]) -> Array:
    """Rows that lie in one of the periods of their outlet."""
    found = np.zeros(data.rows, bool)
    places = {data.outlets[one]: (a, b) for one, a, b in data.groups()}
    for one in periods:
        if one.outlet in places:
            a, b = places[one.outlet]
            low, high = np.searchsorted(data.time[a:b], [one.first, one.last])
            found[a + int(low) : a + int(high)] = True
    return found


def _by_outlet(periods: Sequence[Period]) -> dict[str, list[Period]]:
    found: dict[str, list[Period]] = {}
    for one in sorted(periods, key=lambda period: (period.outlet, period.first)):
        found.setdefault(one.outlet, []).append(one)
    return found


def marks_cover(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R11: marks of stop and start that cover exceedances one to one, and little else."""
    least, share = rules.whole("r11_events"), float(rules.number("r11_share"))
    slack = float(rules.number("r11_slack_hours")) * HOUR_S
    exceedances = _by_outlet(context.exceedances or ())
    found: list[Sign] = []
    for outlet, claims in _by_outlet([one for one in context.claims or () if one.kind in _STOPS]).items():
        events = exceedances.get(outlet, [])
        covering = [
            claim
            for claim in claims
            if any(
                claim.first <= event.first
                and event.last <= claim.last
                and event.first - claim.first <= slack
                and claim.last - event.last <= slack
                for event in events
            )
        ]
        one_to_one = len(covering) / max(len(claims), len(events)) if events else 0.0
        if len(covering) < least or one_to_one < share:
            continue
        said = Message(
            _("%(count)s marks of stop or start cover %(events)s exceedances one to one, within %(slack)s h"),
            count=len(covering), events=len(events), slack=str(rules.number("r11_slack_hours")),
        )  # fmt: skip
        found.append(
            Sign(
                "R11", (outlet,), "", covering[0].first, covering[-1].last, float(len(covering)), "r11_events",
                float(least), said, (("share", shown(one_to_one)),),
            )
        )  # fmt: skip
    return found


def upkeep_marks(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R12: marks of maintenance and calibration far more often than in the outlet's own past, or beginning at exceedances."""
    fold, least = float(rules.number("r12_fold")), rules.whole("r12_marks")
    at_share = float(rules.number("r12_at_share"))
    past = _by_outlet([one for one in context.past_claims or () if one.kind in _UPKEEP])
    exceedances = _by_outlet(context.exceedances or ())
    found: list[Sign] = []
    for outlet, marks in _by_outlet([one for one in context.claims or () if one.kind in _UPKEEP]).items():
        if len(marks) < least:
            continue
        usual = len(past.get(outlet, [])) / context.past_months if context.past_months else None
        if usual is not None and len(marks) > fold * max(usual, 1.0):
            said = Message(
                _("%(count)s marks of maintenance or calibration; usual are %(usual)s a month (more than %(fold)s-fold)"),
                count=len(marks), usual=shown(round(usual, 1)), fold=str(rules.number("r12_fold")),
            )  # fmt: skip
            found.append(
                Sign("R12", (outlet,), "", marks[0].first, marks[-1].last, len(marks) / max(usual, 1.0), "r12_fold", fold, said)
            )
            continue
        events = exceedances.get(outlet, [])
        at = [one for one in marks if any(event.first <= one.first <= event.last + HOUR_S for event in events)]
        if events and len(at) / len(marks) >= at_share:
            said = Message(
                _("%(at)s of %(count)s marks of maintenance or calibration begin at an exceedance or within the hour after it"),
                at=len(at), count=len(marks),
            )
            found.append(
                Sign("R12", (outlet,), "", at[0].first, at[-1].last, len(at) / len(marks), "r12_at_share", at_share, said)
            )
    return found


def gap_at_peak(data: Observations, context: Context, rules: Book) -> list[Sign]:
    """R18: hours missing around a peak that another outlet of the same enterprise shows above its limit."""
    width = rules.whole("r18_hours")
    before, after = (width - 1) // 2, width // 2
    known_at = np.zeros(data.rows, bool)
    for column in data.values.values():
        known_at |= np.isfinite(column)
    times = {
        data.outlets[one]: set((data.time[a:b][known_at[a:b]] // HOUR_S).tolist()) for one, a, b in data.groups()
    }
    if not times:
        return []
    low, high = int(data.time.min() // HOUR_S), int(data.time.max() // HOUR_S)
    found: list[Sign] = []
    by_outlet = _by_outlet(context.exceedances or ())
    for outlet, neighbours in context.neighbours.items():
        known = times.get(outlet)
        if not known:
            continue
        for neighbour in neighbours:
            for event in by_outlet.get(neighbour, []):
                peak = event.first // HOUR_S
                around = range(peak - before, peak + after + 1)
                if around.start < low or around.stop - 1 > high or any(hour in known for hour in around):
                    continue
                said = Message(
                    _("no data for %(hours)s h around a peak of %(neighbour)s above its limit"),
                    hours=width, neighbour=neighbour,
                )
                found.append(
                    Sign(
                        "R18", (outlet,), event.factor, around.start * HOUR_S, around.stop * HOUR_S, float(width),
                        "r18_hours", float(width), said, (("neighbour", neighbour),),
                    )
                )  # fmt: skip
    return found
