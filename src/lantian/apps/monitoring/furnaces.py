"""Judge of the furnaces of waste incinerators: their five-minute means, out of the lake."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import outlets, readings
from lantian.apps.monitoring.choices_alarms import AlarmCause
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period
from lantian.apps.monitoring.exceedances import claims_of
from lantian.apps.monitoring.models import Device
from lantian.apps.monitoring.points import VALID_FLAGS, points
from lantian.lake.errors import LakeError
from lantian.lake.stacks.reading import read_values
from lantian.office.own_books import own_monitoring
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.exact import exact, half_even
from lantian.rules.monitoring.factors import STACK_CODES
from lantian.rules.monitoring.furnace import (
    FACTOR,
    FiveMinutes,
    five_minute_means,
    holds,
    judge_furnace,
    length,
    window_of,
)

logger = logging.getLogger(__name__)

CODES = [code for code, name in STACK_CODES.items() if name == FACTOR]
#: how far back each look goes, and the one for what came late
_BACK, _LATE = timedelta(hours=2), timedelta(days=2)
#: a mean is judged once its last values have had this long to arrive
_SETTLED = timedelta(minutes=5)
#: shown before and after
_AROUND = timedelta(hours=1)
#: furnaces that are read at once
_PART = 50


def furnaces_cold(now: datetime) -> Iterator[Finding]:
    """Furnaces that were too cold in the last two hours."""
    yield from _between(now - _BACK, now)


def furnaces_cold_again(now: datetime) -> Iterator[Finding]:
    """The same over the last two days, for values that came late."""
    yield from _between(now - _LATE, now)


def _between(first: datetime, now: datetime) -> Iterator[Finding]:
    rules = own_monitoring(Path(settings.DATA), "furnace")
    kinds = {str(row["kind"]) for row in rules.rows}
    rows = points().filter(**{f"options__{outlets.KIND}__in": sorted(kinds)}, seen_at__gte=first).order_by("mn")
    listed = list(rows)
    begin, end = window_of(first, rules=rules), now - _SETTLED
    for at in range(0, len(listed), _PART):
        part = {device.mn: device for device in listed[at : at + _PART]}
        try:
            means = _means(part, begin, end, rules)
        except (LakeError, OSError):
            logger.exception("the lake could not be read for %s furnaces", len(part))
            continue
        claims = claims_of([device.pk for device in part.values()], begin)
        for mn, by_code in means.items():
            device = part[mn]
            for code, found in by_code.items():
                day = now.astimezone(CAMPAIGN_TIME).date()
                if not holds(str(device.options.get(outlets.KIND)), day, rules=rules):
                    continue
                for cold in judge_furnace(found, claims.get(device.pk, ()), rules=rules):
                    yield Finding(
                        AlarmCause.FURNACE,
                        cold.begin,
                        cold.end,
                        device=device.pk,
                        factor=code,
                        count=cold.count,
                        why=cold.reasons,
                        evidence=Evidence(
                            series=[_curve(code, found, cold.begin - _AROUND, cold.end + _AROUND)],
                            limits=[(rules.entry("least_c").label[:40], rules.number("least_c"), "℃")],
                            books=[
                                {**rules.entry(name).told(), "label": rules.entry(name).label}
                                for name in ("least_c", "minutes", "least_values")
                            ],
                        ),
                    )


def _means(
    devices: dict[str, Device], first: datetime, end: datetime, rules: Book
) -> dict[str, dict[str, list[FiveMinutes]]]:
    """Five-minute means that have ended, by device and code: of minute data that fit into them, else of real-time values."""
    step = length(rules)
    read = read_values(
        readings.lake(), first, end, mns=devices, cns=[COMMAND_OF[Period.MINUTES], COMMAND_OF[Period.MOMENT]],
        factors=CODES, columns=["mn", "cn", "factor", "start", "rtd", "avg", "flag"],
    )  # fmt: skip
    values: dict[tuple[str, str, str], list[tuple[datetime, object]]] = {}
    for row in read.to_pylist():
        minutes = row["cn"] == COMMAND_OF[Period.MINUTES]
        interval = devices[row["mn"]].options.get("minute_interval")
        if minutes and (not interval or step % timedelta(minutes=int(interval))):
            # A mean of ten minutes says nothing of five.
            continue
        value = row["avg"] if minutes else row["rtd"]
        if value is not None and (row["flag"] or "") in VALID_FLAGS:
            values.setdefault((row["mn"], row["factor"], row["cn"]), []).append((row["start"], value))
    found: dict[str, dict[str, list[FiveMinutes]]] = {}
    for mn, code, _cn in sorted(values):
        by_code = found.setdefault(mn, {})
        if code in by_code:
            continue
        of_minutes, of_moments = (
            {one.start: one for one in five_minute_means(values.get((mn, code, COMMAND_OF[period]), ()), rules=rules)}  # type: ignore[arg-type]
            for period in (Period.MINUTES, Period.MOMENT)
        )
        both = {**of_moments, **of_minutes}
        by_code[code] = [both[start] for start in sorted(both) if start + step <= end]
    return found


def _curve(code: str, means: list[FiveMinutes], first: datetime, last: datetime) -> Series:
    shown = [
        (one.start.astimezone(CAMPAIGN_TIME), None if one.mean is None else half_even(exact(one.mean), 1), "")
        for one in means
        if first <= one.start < last
    ]
    return Series(code, "℃", shown)
