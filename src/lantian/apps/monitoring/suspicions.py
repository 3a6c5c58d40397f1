"""The judge of suspicious data: the last day of all stacks out of the lake, looked at with the rules R1 to R22.

Stacks are read in parts, so that a province fits into memory; rules that hold stacks against each other see those of one
part, which are neighbours in the register.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices import DeviceKind
from lantian.apps.monitoring.choices_alarms import AlarmCause
from lantian.apps.monitoring.choices_devices import COMMAND_OF, MarkState, Period
from lantian.apps.monitoring.models import Alarm, DataMark, Device
from lantian.apps.monitoring.points import in_mg_m3, limits_of, points
from lantian.lake.errors import LakeError
from lantian.lake.stacks.reading import read_values
from lantian.office.own_books import own_monitoring
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.factors import STACK_CODES
from lantian.rules.monitoring.suspicion import sign as signs
from lantian.rules.monitoring.suspicion.columns import Observations, observations
from lantian.rules.monitoring.suspicion.run import BY_ID, examine
from lantian.rules.monitoring.suspicion.sign import Context, Sign

logger = logging.getLogger(__name__)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: days before the period that rules hold a stack against itself with
_PAST = timedelta(days=30)
#: stacks that are read at once
_PART = 200
#: points of a curve that an alarm keeps
_POINTS = 600
#: name of the rules → code of 2017
CODE_OF: Mapping[str, str] = {name: code for code, name in STACK_CODES.items() if code.startswith("a")}
_REAL = {"rtd": "", "zs_rtd": ".zs"}
_MEAN = {"avg": "", "zs_avg": ".zs", "min": ".min", "max": ".max"}


def signs_of_suspicion(now: datetime) -> Iterator[Finding]:
    """What the rules find in the last day, real-time values and hourly means."""
    rules = own_monitoring(Path(settings.DATA), "suspicion")
    rows = points().filter(kind__in=[DeviceKind.CEMS, DeviceKind.VOC], seen_at__gte=now - DAY)
    devices = list(rows.order_by("source", "mn"))
    for at in range(0, len(devices), _PART):
        part = {row.mn: row for row in devices[at : at + _PART]}
        try:
            yield from _examined(part, now, rules)
        except (LakeError, OSError):
            logger.exception("the lake could not be read for %s stacks", len(part))


def _examined(part: Mapping[str, Device], now: datetime, rules: Book) -> Iterator[Finding]:
    since = now - DAY
    real = _read(part, Period.MOMENT, since, now, _REAL)
    if real is not None:
        context = _context(part, since, now)
        yield from _findings(examine(real, "realtime", context, rules=rules).signs, real, part, rules)
    hours = _read(part, Period.HOUR, since, now, _MEAN)
    if hours is not None:
        context = _context(part, since, now, past=_read(part, Period.HOUR, since - _PAST, since - HOUR, _MEAN))
        yield from _findings(examine(hours, "hour", context, rules=rules).signs, hours, part, rules)


def _read(
    part: Mapping[str, Device], period: Period, first: datetime, last: datetime, suffixes: Mapping[str, str]
) -> Observations | None:
    """Values of some stacks as columns in mg/m³; None where nothing came."""
    columns = ["mn", "factor", "start", "flag", "received", *suffixes]
    rows = read_values(
        readings.lake(), first, last, mns=part, cns=[COMMAND_OF[period]], factors=list(STACK_CODES), columns=columns
    )
    if not rows.num_rows:
        return None
    mn = np.asarray(rows["mn"].to_pylist(), object).astype(str)
    factor = np.asarray(rows["factor"].to_pylist(), object).astype(str)
    start = _seconds(rows["start"])
    pairs = np.rec.fromarrays([mn, start])
    moments, place = np.unique(pairs, return_inverse=True)
    received = np.zeros(len(moments), np.int64)
    np.maximum.at(received, place, _seconds(rows["received"]))
    flag = np.asarray([ord(one[0]) if one else 0 for one in rows["flag"].to_pylist()], np.uint8)
    given = {suffix: np.asarray(rows[name].to_pylist(), float) for name, suffix in suffixes.items()}
    values: dict[str, Any] = {}
    marks: dict[str, Any] = {}
    for code in np.unique(factor):
        name, here = STACK_CODES[str(code)], factor == code
        scale = np.asarray([_scale(part[one], str(code)) for one in mn[here]])
        for suffix, column in given.items():
            told = values.setdefault(name + suffix, np.full(len(moments), np.nan))
            told[place[here]] = column[here] * scale
        marks.setdefault(name, np.zeros(len(moments), np.uint8))[place[here]] = flag[here]
    kept = {name: column for name, column in values.items() if not np.isnan(column).all()}
    return observations(moments["f0"].tolist(), moments["f1"], kept, marks=marks, received=received)


def _seconds(column: Any) -> Any:
    return np.asarray([int(one.timestamp()) for one in column.to_pylist()], np.int64)


def _scale(device: Device, code: str) -> float:
    """By what a value of a device becomes mg/m³; 1 where it is no concentration."""
    said = in_mg_m3(device, code, Decimal(1))
    return 1.0 if said is None else float(said)


def _context(
    part: Mapping[str, Device], first: datetime, last: datetime, past: Observations | None = None
) -> Context:
    by_key = {row.pk: mn for mn, row in part.items()}
    limits = limits_of(list(by_key), last.astimezone(CAMPAIGN_TIME).date())
    claims = DataMark.objects.filter(
        device__in=by_key, start__lt=last, end__gt=first, state__in=[MarkState.WAITING, MarkState.ACCEPTED]
    )
    above = Alarm.objects.filter(
        device__in=by_key, cause=AlarmCause.EXCEED_HOUR, begin__lt=last, end__gt=first, folded_into=None
    )
    of_source: dict[int | None, list[str]] = {}
    for mn, row in part.items():
        of_source.setdefault(row.source_id, []).append(mn)
    return Context(
        past=past,
        limits={
            (by_key[key], STACK_CODES[code]): float(row.limit_mg_m3)
            for (key, code), row in limits.items()
            if code in STACK_CODES
        },
        folds={
            by_key[key]: row.reference_oxygen_percent is not None for (key, _code), row in limits.items()
        },
        claims=[
            signs.Period(by_key[row.device_id], _stamp(row.start), _stamp(row.end), row.kind) for row in claims
        ],
        exceedances=[
            signs.Period(
                by_key[row.device_id or 0], _stamp(row.begin), _stamp(row.end or last), "", STACK_CODES.get(row.factor, "")
            )
            for row in above
        ],
        neighbours={mn: [other for other in of_source[row.source_id] if other != mn] for mn, row in part.items()},
    )


def _stamp(moment: datetime) -> int:
    return int(moment.timestamp())


def _findings(
    found: Sequence[Sign], data: Observations, part: Mapping[str, Device], rules: Book
) -> Iterator[Finding]:
    for one in found:
        for outlet in one.outlets:
            yield _finding(one, outlet, data, part, rules)


def _finding(one: Sign, outlet: str, data: Observations, part: Mapping[str, Device], rules: Book) -> Finding:
    begin, last = (datetime.fromtimestamp(at, UTC) for at in (one.first, one.last))
    why = [Reason(one.rule, Message(_("Suspected, to be looked into: %(what)s"), what=one.message))]
    entry = rules.entry(one.threshold)
    facts: list[tuple[str, Any]] = [(_("Score that the rule found"), signs.shown(one.score))]
    others = [mn for mn in one.outlets if mn != outlet]
    if others:
        facts.append((_("Other outlet"), "、".join(str(part[mn]) for mn in others)))
    return Finding(
        AlarmCause.SUSPECT,
        begin,
        max(last, begin),
        device=part[outlet].pk,
        rule=one.rule,
        factor=CODE_OF.get(one.factor.partition(".")[0], ""),
        why=why,
        evidence=Evidence(
            series=_curves(one, outlet, data),
            facts=facts,
            books=[{**entry.told(), "label": entry.label}],
            score=(one.threshold, signs.shown(one.score)),
        ),
    )


def _curves(one: Sign, outlet: str, data: Observations) -> list[Series]:
    """The column that the sign is about, or what rules of an outlet look at, around its period."""
    number = data.outlets.index(outlet)
    span = max(one.last - one.first, 3600)
    here = np.flatnonzero(
        (data.outlet == number) & (data.time >= one.first - span) & (data.time <= one.last + span)
    )[:_POINTS]
    needs = [name for choice in BY_ID[one.rule].needs for name in choice]
    names = [one.factor] if one.factor in data.values else [name for name in needs if name in data.values]
    found = []
    for name in names[:3]:
        column, mark = data.values[name][here], data.mark(name.partition(".")[0])[here]
        points = [
            (
                datetime.fromtimestamp(int(at), UTC),
                None if np.isnan(value) else Decimal(signs.shown(float(value))),
                chr(sign) if sign else "",
            )
            for at, value, sign in zip(data.time[here], column, mark, strict=True)
        ]
        code = CODE_OF.get(name.partition(".")[0], name)
        found.append(Series(code, _UNITS.get(name.partition(".")[0], "mg/m³"), points))
    return found


_UNITS = {"o2": "%", "flow": "m³/s", "velocity": "m/s", "temperature": "°C", "moisture": "%", "pressure": "kPa", "furnace": "°C"}
