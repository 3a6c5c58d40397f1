"""Hours that came late or again, and days of points that are judged by the day: out of the lake, points in parts.

Each look goes over the last two days once more. What the desk knows already changes nothing, so nothing has to be
remembered of what was looked at.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

import numpy as np

from lantian.apps.core import display
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices_alarms import AlarmCause
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period
from lantian.apps.monitoring.exceedances import claims_of, findings_of
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.outlets import OXYGEN, Point, name_of, points_of
from lantian.apps.monitoring.points import Exceeding, basis_of, held, hour_of, in_mg_m3, points, with_limits
from lantian.lake.errors import LakeError
from lantian.lake.stacks.reading import read_values
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.exact import half_even
from lantian.rules.monitoring.exceedance import HourValue, Judged, Verdict, judge_day
from lantian.rules.monitoring.factors import POLLUTANTS, STACK_CODES
from lantian.rules.monitoring.marks import JudgedClaim

logger = logging.getLogger(__name__)

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
#: how far back hours are judged again
_BACK = timedelta(days=2)
#: points that are read at once
_PART = 500
_COLUMNS = ["mn", "factor", "start", "avg", "zs_avg", "flag"]
#: binary numbers only choose what is judged exactly; they must miss nothing at the limit itself
_SURE = 1 - 1e-6


def hours_again(now: datetime) -> Iterator[Finding]:
    """Hours of the last two days above their limit, whenever they came; those of points that are judged by the day left out."""
    for known in _parts(now):
        by_hour = {key: point for key, point in known.items() if not point.by_day}
        try:
            found = list(exceeding_between(by_hour, now - _BACK, now))
        except (LakeError, OSError):
            logger.exception("the lake could not be read for %s points", len(by_hour))
            continue
        claims = claims_of({one.device for one in found}, now - _BACK)
        yield from findings_of(by_hour, claims, found)


def _parts(now: datetime) -> Iterator[dict[int, Point]]:
    listed = list(
        with_limits(points()).filter(seen_at__gte=now - _BACK).select_related("source__region").order_by("source", "mn")
    )
    for at in range(0, len(listed), _PART):
        yield points_of(listed[at : at + _PART])


def exceeding_between(known: Mapping[int, Point], first: datetime, last: datetime) -> Iterator[Exceeding]:
    """Hours of points above their limit, by their starts, both ends included; marks of enterprises are not looked at.

    Raises
    ------
    LakeError
        The values cannot be read.
    """
    by_mn = {point.device.mn: point for point in known.values()}
    if not by_mn:
        return
    rows = read_values(
        readings.lake(), first, last, mns=by_mn, cns=[COMMAND_OF[Period.HOUR]],
        factors=[*STACK_CODES, *_further(known)], columns=_COLUMNS,
    )  # fmt: skip
    if not rows.num_rows:
        return
    day, begin = (moment.astimezone(CAMPAIGN_TIME).date() for moment in (last, first))
    days = [day - DAY * n for n in range((day - begin).days + 1)]
    mns, factors = rows["mn"].combine_chunks().dictionary_encode(), rows["factor"].combine_chunks().dictionary_encode()
    least = np.full((len(mns.dictionary), len(factors.dictionary)), np.inf)
    times = np.full(least.shape, np.nan)
    for row, mn in enumerate(mns.dictionary.to_pylist()):
        for column, code in enumerate(factors.dictionary.to_pylist()):
            least[row, column], times[row, column] = _least(by_mn[mn], code, days)
    folded = np.asarray(rows["zs_avg"].to_pylist(), float)
    value = np.where(np.isnan(folded), np.asarray(rows["avg"].to_pylist(), float), folded)
    place = mns.indices.to_numpy(), factors.indices.to_numpy()
    oxygen = _oxygen(rows)
    # What was not sent folded is multiplied by what its oxygen makes of it, or by infinity where that cannot be told beforehand.
    air = float(next(iter(by_mn.values())).books.folding.number("o2_air"))
    here = np.isnan(folded) & ~np.isnan(times[place])
    with np.errstate(invalid="ignore", divide="ignore"):
        by = np.where(here, times[place] / _below(air, rows, oxygen, here), 1)
        near = np.flatnonzero((value > 0) & (value * by > least[place] * _SURE))
    if not len(near):
        return
    for row in rows.take(near).to_pylist():
        point = by_mn[row["mn"]]
        at = row["start"]
        hour = hour_of(
            point, row["factor"], at, row["avg"], row["zs_avg"], row["flag"], oxygen.get((row["mn"], at))
        )
        one = held(point, row["factor"], hour, folded=row["zs_avg"] is not None or hour.folded != row["avg"])
        if one is not None:
            yield one


def _further(known: Mapping[int, Point]) -> set[str]:
    """Codes of kept limits of factors that the rules of stacks do not name."""
    return {row.factor for point in known.values() for rows in point.kept.values() for row in rows}


def _least(point: Point, code: str, days: Sequence[Any]) -> tuple[float, float]:
    """The least limit of these days in the unit of the device, infinite where none is known; and 21 less the reference oxygen.

    The second is no number where nothing is folded, and infinite where days differ or folding is not settled.
    """
    limits = [limit.value for day in days if (limit := point.limit(code, day)).value is not None]
    per = in_mg_m3(point.device, code, Decimal(1))
    if not limits or not per:
        return np.inf, np.nan
    found = float(min(one for one in limits if one is not None) / per)
    references = {
        None if reference is None or reference.folds is False else (reference.percent, reference.folds)
        for reference in (point.oxygen(code, day) for day in days)
    }
    if references == {None}:
        return found, np.nan
    percent = references.pop()
    if references or percent is None or percent[0] is None:
        return found, np.inf
    return found, float(point.books.folding.number("o2_air")) - float(percent[0])


def _below(air: float, rows: Any, oxygen: Mapping[tuple[str, datetime], Decimal], here: Any) -> Any:
    """How far the oxygen of values that are folded here lies below that of air [%]; 0 where it is missing or cannot be."""
    folds = np.flatnonzero(here)
    found = np.zeros(rows.num_rows)
    for at, mn, start in zip(folds, *(rows[name].take(folds).to_pylist() for name in ("mn", "start")), strict=True):
        measured = oxygen.get((mn, start))
        found[at] = 0 if measured is None or not 0 <= measured < air else air - float(measured)
    return found


def _oxygen(rows: Any) -> dict[tuple[str, datetime], Decimal]:
    codes = [code for code, name in STACK_CODES.items() if name == OXYGEN]
    return {
        (row["mn"], row["start"]): row["avg"]
        for row in rows.filter(np.isin(np.asarray(rows["factor"].to_pylist(), object), codes)).to_pylist()
        if row["avg"] is not None
    }


def days_above(now: datetime) -> Iterator[Finding]:
    """The last two whole days of points that are judged by the day, above the limit of the day."""
    today = now.astimezone(CAMPAIGN_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    for known in _parts(now):
        by_day = {key: point for key, point in known.items() if point.by_day}
        if not by_day:
            continue
        try:
            read = readings.series(
                [point.device.mn for point in by_day.values()], Period.HOUR, today - _BACK, today - HOUR
            )
        except (LakeError, OSError):
            logger.exception("the lake could not be read for %s points", len(by_day))
            continue
        claims = claims_of(by_day, today - _BACK)
        for key, point in by_day.items():
            for start in (today - _BACK, today - DAY):
                yield from day_above(point, read[point.device.mn], start, claims.get(key, ()))


def day_above(
    point: Point, read: readings.Series, start: datetime, claims: Sequence[JudgedClaim]
) -> Iterator[Finding]:
    """Factors of a point that is judged by the day whose mean of a day, by its hours, is above the limit."""
    oxygen: dict[datetime, Decimal | None] = {}
    for code, values in read.factors.items():
        if name_of(code) == OXYGEN:
            oxygen = {moment: one.value for moment, one in values.items()}
    for code, values in read.factors.items():
        limit = point.limit(code, start.date())
        if name_of(code) not in POLLUTANTS or limit.value is None:
            continue
        hours = [
            hour_of(point, code, moment, one.value, one.folded, one.flag, oxygen.get(moment))
            for moment, one in sorted(values.items())
            if start <= moment < start + DAY
        ]
        judged = judge_day(
            name_of(code), start, hours, limit, claims, marks=point.books.marks, rules=point.books.limits
        )
        if judged.verdict is Verdict.EXCEEDS:
            yield _finding(point.device, code, judged, hours, basis_of(limit))


def _finding(device: Device, code: str, judged: Judged, hours: Sequence[HourValue], basis: str) -> Finding:
    assert judged.value is not None and judged.limit is not None
    said = Message(
        _("%(factor)s, day of %(day)s: a mean of %(value)s mg/m³ of its valid hours; the limit is %(limit)s mg/m³ (%(basis)s)."),
        factor=code,
        day=display.campaign_date(judged.start),
        value=str(half_even(judged.value, 2).normalize()),
        limit=str(judged.limit.normalize()),
        basis=basis,
    )
    peak = Decimal(judged.value.numerator) / Decimal(judged.value.denominator) / judged.limit
    points_ = [(one.start, None if one.folded is None else half_even(one.folded, 3), "") for one in hours]
    return Finding(
        AlarmCause.EXCEED_DAY,
        judged.start,
        judged.end,
        device=device.pk,
        factor=code,
        peak=peak.quantize(Decimal("0.001"), ROUND_FLOOR),
        why=[Reason("above", said), *judged.notes],
        evidence=Evidence(series=[Series(code, "mg/m³", points_)], limits=[(basis[:40], judged.limit, "mg/m³")]),
    )
