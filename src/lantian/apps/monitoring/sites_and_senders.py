"""Judges of site monitors, of units that cannot be, and of devices whose packets are refused."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.utils import translation

from lantian.apps.core import display
from lantian.apps.monitoring import gateway_pages, readings
from lantian.apps.monitoring.alarm_words import alarm_book
from lantian.apps.monitoring.choices import DeviceKind
from lantian.apps.monitoring.choices_alarms import AlarmCause
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period
from lantian.apps.monitoring.models import Device, LatestValue
from lantian.apps.monitoring.points import VALID_FLAGS, in_mg_m3, points
from lantian.apps.monitoring.registry import unit_of_factor
from lantian.lake.errors import LakeError
from lantian.lake.stacks.reading import read_values
from lantian.office.own_books import own_monitoring
from lantian.rules.monitoring.alarms.findings import Evidence, Finding
from lantian.rules.monitoring.dust import ENTRIES, HUMIDITY, judge_dust
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.units import UnitVerdict, check_units

logger = logging.getLogger(__name__)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
#: code → factor of the book of units
_PARTICLES = {"a34013": "dust", "01": "dust", "a34001": "tsp", "a34002": "pm10", "a34004": "pm25"}
_UNITS = {"mg/m³": "mg/m3", "µg/m³": "µg/m3", "ng/m³": "ng/m3"}


def dust_above(now: datetime) -> Iterator[Finding]:
    """Site monitors whose last hourly mean is above what the office has set."""
    rules = own_monitoring(Path(settings.DATA), "dust")
    rows = LatestValue.objects.filter(
        device__in=points().filter(kind=DeviceKind.DUST).order_by().values("pk"),
        period=Period.HOUR,
        factor__in=[*ENTRIES, HUMIDITY],
        flag__in=VALID_FLAGS,
        time__gte=now - DAY,
    ).select_related("device")
    values = {(row.device_id, row.factor, row.time): row for row in rows}
    for (key, code, time), row in values.items():
        amount = None if row.value is None or code == HUMIDITY else in_mg_m3(row.device, code, row.value)
        if amount is None:
            continue
        humid = values.get((key, HUMIDITY, time))
        judged = judge_dust(code, amount, humid.value if humid is not None else None, rules=rules)
        if judged is not None:
            entry = rules.entry(judged.entry)
            yield Finding(
                AlarmCause.DUST,
                time,
                time + HOUR,
                device=key,
                factor=code,
                peak=judged.multiple,
                why=judged.reasons,
                evidence=Evidence(
                    limits=[(entry.label[:40], judged.level, "mg/m³")],
                    books=[{**entry.told(), "label": entry.label}],
                ),
            )


def units_confused(now: datetime) -> Iterator[Finding]:
    """Points whose particles of the last day can only be in another unit than the register has."""
    rules = own_monitoring(Path(settings.DATA), "units")
    rows = points().filter(kind__in=[DeviceKind.CEMS, DeviceKind.DUST], seen_at__gte=now - DAY)
    devices = {row.mn: row for row in rows}
    if not devices:
        return
    try:
        read = read_values(
            readings.lake(), now - DAY, now, mns=devices, cns=[COMMAND_OF[Period.HOUR]], factors=list(_PARTICLES),
            columns=["mn", "factor", "avg"],
        )  # fmt: skip
    except (LakeError, OSError):
        logger.exception("the lake could not be read for units of particles")
        return
    groups: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for mn, code, value in zip(*(read[name].to_pylist() for name in ("mn", "factor", "avg")), strict=True):
        unit = _UNITS.get(unit_of_factor(devices[mn], code))
        if unit is not None and value is not None:
            groups[code, unit][mn].append(float(value))
    known = {(row["factor"], unit) for row in rules.rows for unit in row["units"]}
    for (code, unit), by_mn in groups.items():
        if (_PARTICLES[code], unit) not in known:
            continue
        mns = list(by_mn)
        numbers = np.repeat(np.arange(len(mns)), [len(by_mn[mn]) for mn in mns])
        values: Any = np.concatenate([np.asarray(by_mn[mn]) for mn in mns])
        for one in check_units(_PARTICLES[code], numbers, values, unit, rules=rules):
            if one.verdict is UnitVerdict.CONFUSED:
                yield Finding(
                    AlarmCause.SUSPECT,
                    now - DAY,
                    now,
                    device=devices[mns[one.outlet]].pk,
                    rule="unit",
                    factor=code,
                    why=[one.reason, *rules.defaults("least_values")],
                )


def refused(now: datetime) -> Iterator[Finding]:
    """Devices that were cut off by the gateway in the last hour, or of which it had to refuse many packets."""
    found = gateway_pages.refused_since(now - HOUR)
    if not found:
        return
    rules = alarm_book().book
    least = rules.whole("refused.least")
    devices = {row.mn: row for row in Device.objects.filter(mn__in={one.mn for one in found})}
    for one in found:
        device, cut_off = devices.get(one.mn), one.error.startswith("cut_off_")
        if device is None or not (cut_off or one.count >= least):
            continue
        said = Message(
            _("%(count)s times from %(since)s to %(until)s: %(why)s"),
            count=one.count,
            since=display.campaign_date(one.first),
            until=display.campaign_date(one.last),
            why=Message(_identity(one.error)),
        )
        yield Finding(
            AlarmCause.REFUSED,
            one.first,
            max(one.last, one.first + timedelta(seconds=1)),
            device=device.pk,
            rule=one.error[:24],
            why=[Reason("refused", said), *(() if cut_off else rules.defaults("refused.least"))],
            evidence=Evidence(facts=[(_("Address"), one.peer)]),
        )


def _identity(error: str) -> str:
    """The words of an error as the catalogue knows them, so that each reader sees them in the own language."""
    with translation.override("en"):
        return gateway_pages.words(error)
