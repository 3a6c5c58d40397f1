"""Amounts of quarters and ended days, worked out from the lake and kept: incremental, some points at a time.

Substitutes follow from the capture of the whole quarter, so the quarter is the least that is worked out again. It is done
where something has changed: an hour came late or again, a mark was made or decided, the device has other units, the book was
set otherwise, or another day has ended.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices import DeviceKind, DeviceState
from lantian.apps.monitoring.choices_devices import COMMAND_OF, Period
from lantian.apps.monitoring.emitted import CODES, HOUR, Emitted, emitted, marks_that_hold
from lantian.apps.monitoring.models import AmountDay, AmountQuarter, Device
from lantian.lake.errors import LakeError
from lantian.lake.stacks.reading import stack_values
from lantian.office.own_books import own_monitoring
from lantian.rules.monitoring.alarms.findings import kept
from lantian.rules.monitoring.amounts import (
    RULE,
    VERSION,
    Filled,
    HourAmount,
    HourState,
    Sum,
    fill_quarter,
    sum_of,
)
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.exact import half_even

logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
#: kinds of devices that send concentrations and flow of stacks
KINDS = (DeviceKind.CEMS, DeviceKind.VOC)
#: points that are read at once
_PART = 20
#: how far back hours before a quarter are read, and how far where that is not enough
_BACK = (timedelta(days=120), timedelta(days=400))
#: decimals of the capture that is kept [%]
_CAPTURE = 2
_SUMS = ("measured_kg", "substituted_kg", "measured", "substituted", "stopped", "open")


def amounts_book() -> Book:
    """The book of amounts with what the office sets otherwise.

    Raises
    ------
    OwnBooksError
        The file of the office is not sound.
    """
    return own_monitoring(Path(settings.DATA), "amounts")


def quarter_of(day: date) -> date:
    """First day of the quarter of a day."""
    return day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)


def quarter_after(first: date) -> date:
    """First day of the next quarter."""
    return date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)


def quarters_due(today: date) -> list[date]:
    """Quarters that are looked at: those of this year, and the one before them."""
    found = [quarter_of(date(today.year, 1, 1) - DAY)]
    while (following := quarter_after(found[-1])) <= today:
        found.append(following)
    return found


def begin_of(day: date) -> datetime:
    """The moment at which a day of the campaign begins."""
    return datetime.combine(day, time(), CAMPAIGN_TIME)


@dataclass(frozen=True, slots=True)
class Worked:
    """A pollutant of a device in a quarter: hours from `begin` on, each with its amount and why."""

    begin: datetime
    filled: Filled

    def hours_of(self, day: date) -> list[tuple[datetime, Any]]:
        """The hours of a day."""
        at = (begin_of(day) - self.begin) // HOUR
        listed = self.filled.hours[max(0, at) : max(0, at + 24)]
        return [(self.begin + HOUR * (max(0, at) + n), one) for n, one in enumerate(listed)]

    def days(self) -> dict[date, Sum]:
        """Sums of its days."""
        parts: dict[date, list[Any]] = {}
        for number, one in enumerate(self.filled.hours):
            parts.setdefault((self.begin + HOUR * number).date(), []).append(one)
        return {day: sum_of(hours) for day, hours in parts.items()}


def work_out(
    device: Device, found: Emitted, first: date, end: datetime, before: Iterable[str], rules: Book
) -> dict[str, Worked]:
    """Fill the hours of a device in a quarter.

    Parameters
    ----------
    found
        What came in it.
    end
        To where hours count, excluded.
    before
        Pollutants that it sent in the quarter before already: of these every hour is due from the first on; of others from
        the first that came.
    """
    begin, known = begin_of(first), set(before)
    worked: dict[str, Worked] = {}
    histories: dict[timedelta, Emitted] = {}
    for factor in sorted({*found.came, *known}):
        start = begin if factor in known else min(found.came[factor])
        hours = found.states(factor, start, end)
        if not hours:
            continue
        past: list[HourAmount] = []
        if start == begin and any(one.state is HourState.MISSING for one in hours):
            for back in _BACK:
                if back not in histories:
                    histories[back] = emitted([device], begin - back, begin)[device.pk]
                history = histories[back]
                if history.came.get(factor):
                    past = history.states(factor, min(history.came[factor]), begin)
                if len(history.kg.get(factor, ())) >= rules.whole("low_look_back"):
                    break
        worked[factor] = Worked(start, fill_quarter(hours, past, rules=rules))
    return worked


@dataclass(slots=True)
class Done:
    """What a run has done: quarters of devices looked at, worked out anew, and devices whose values could not be read."""

    looked: int = 0
    worked: int = 0
    failed: int = 0
    days: int = field(default=0)


def keep(now: datetime | None = None, quarters: Sequence[date] | None = None) -> Done:
    """Work out what has changed in the quarters that are due, up to yesterday, and keep it.

    Raises
    ------
    OwnBooksError
        The book of the office is not sound.
    """
    today = (now or timezone.now()).astimezone(CAMPAIGN_TIME).date()
    rules, done = amounts_book(), Done()
    devices = list(
        Device.objects.filter(kind__in=KINDS, source__isnull=False).exclude(state=DeviceState.PARKED).order_by("pk")
    )
    # Of each quarter after the one before it, for it tells what a device has sent already.
    for first in quarters if quarters is not None else quarters_due(today):
        end = begin_of(min(quarter_after(first), today))
        if end <= begin_of(first):
            continue
        for at in range(0, len(devices), _PART):
            part = devices[at : at + _PART]
            done.looked += len(part)
            try:
                _keep_part(part, first, end, rules, done)
            except (LakeError, OSError):
                logger.exception("amounts of %s points could not be worked out", len(part))
                done.failed += len(part)
    return done


def _keep_part(devices: Sequence[Device], first: date, end: datetime, rules: Book, done: Done) -> None:
    came = _came(devices, begin_of(first), end)
    former = _factors(devices, quarter_of(first - DAY))
    stored = _bases(devices, first)
    # What is looked back on lies in the quarter before: when that changes, so does what follows.
    before = _bases(devices, quarter_of(first - DAY))
    marks: dict[int, list[Any]] = {}
    for mark in marks_that_hold([device.pk for device in devices], begin_of(first), end):
        marks.setdefault(mark.device_id, []).append(
            [mark.pk, mark.kind, mark.start.isoformat(), mark.end.isoformat(), mark.factors]
        )
    changed: list[Device] = []
    basis: dict[int, str] = {}
    for device in devices:
        rows, last = came.get(device.mn, (0, None))
        if not rows and (device.state == DeviceState.RETIRED or not former.get(device.pk)):
            continue
        told = [
            rows, None if last is None else last.isoformat(), end.isoformat(), marks.get(device.pk), device.units,
            device.protocol, device.state == DeviceState.RETIRED, sorted(former.get(device.pk, ())), before.get(device.pk),
            VERSION, _overrides(rules),
        ]  # fmt: skip
        basis[device.pk] = sha256(json.dumps(told, ensure_ascii=False, sort_keys=True).encode()).hexdigest()
        if stored.get(device.pk) != basis[device.pk]:
            changed.append(device)
    read = emitted(changed, begin_of(first), end)
    for device in changed:
        found = read.pop(device.pk)
        due = end
        if device.state == DeviceState.RETIRED:
            # What is out of use owes nothing after the last that it sent.
            due = min(end, max((max(hours) for hours in found.came.values() if hours), default=begin_of(first)) + HOUR)
        worked = work_out(device, found, first, due, former.get(device.pk, ()), rules)
        done.days += _save(device, first, worked, basis[device.pk], rules)
        done.worked += 1


def _came(devices: Sequence[Device], first: datetime, last: datetime) -> dict[str, tuple[int, datetime | None]]:
    """How many hourly values of devices there are in a span, those entered by hand included, and when the last arrived."""
    from lantian.lake.engines import duck

    with duck(readings.lake()) as engine:
        rows: Any = stack_values(
            engine, first, last - HOUR, mns=[device.mn for device in devices], cns=[COMMAND_OF[Period.HOUR]],
            factors=CODES, off=True,
        )  # fmt: skip
        grouped = rows.group_by("mn").agg(values=rows.count(), received=rows.received.max())
        return {row["mn"]: (row["values"], row["received"]) for row in grouped.to_pyarrow().to_pylist()}


def _bases(devices: Sequence[Device], first: date) -> dict[int, str]:
    """What the kept quarter of each device was worked out from."""
    return dict(AmountQuarter.objects.filter(device__in=devices, first=first).values_list("device", "basis"))


def _factors(devices: Sequence[Device], first: date) -> dict[int, set[str]]:
    """Pollutants that devices sent in a quarter, as it is kept."""
    found: dict[int, set[str]] = {}
    for key, factor in AmountQuarter.objects.filter(device__in=devices, first=first).values_list("device", "factor"):
        found.setdefault(key, set()).add(factor)
    return found


def _overrides(rules: Book) -> list[dict[str, str]]:
    return [dict(entry.told()) for entry in rules.entries.values() if entry.override]


def _save(device: Device, first: date, worked: Mapping[str, Worked], basis: str, rules: Book) -> int:
    """Keep a quarter: only rows that differ are written. Gives how many days were."""
    written = 0
    now = timezone.now()
    with transaction.atomic():
        rows = {row.factor: row for row in AmountQuarter.objects.select_for_update().filter(device=device, first=first)}
        for factor in set(rows) - set(worked):
            rows.pop(factor).delete()
        for factor, one in worked.items():
            days = one.days()
            total = sum(days.values(), Sum())
            capture = one.filled.capture
            row = rows.get(factor) or AmountQuarter(device=device, factor=factor, first=first)
            row.begin, row.last = min(days), max(days)
            row.capture_percent = None if capture is None else half_even(capture * 100, _CAPTURE)
            row.reasons = [{"code": reason.code, **kept(reason.message)} for reason in one.filled.reasons]
            row.rule, row.version, row.overrides = RULE, VERSION, _overrides(rules)
            row.basis, row.computed_at = basis, now
            for name in _SUMS:
                setattr(row, name, getattr(total, name))
            row.save()
            written += _save_days(row, days)
    return written


def _save_days(quarter: AmountQuarter, days: Mapping[date, Sum]) -> int:
    stored = {row.day: row for row in AmountDay.objects.filter(quarter=quarter)}
    gone = [row.pk for day, row in stored.items() if day not in days]
    if gone:
        AmountDay.objects.filter(pk__in=gone).delete()
    new, changed = [], []
    for day, one in days.items():
        values = {name: getattr(one, name) for name in _SUMS}
        row = stored.get(day)
        if row is None:
            new.append(AmountDay(quarter=quarter, day=day, **values))
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            changed.append(row)
    AmountDay.objects.bulk_create(new, batch_size=200)
    AmountDay.objects.bulk_update(changed, _SUMS, batch_size=100)
    return len(new) + len(changed) + len(gone)


def today_of(device: Device, now: datetime, day: date | None = None) -> dict[str, Worked]:
    """The quarter of a day (by default today) of a device, worked out now: to the last hour that came, nothing is kept.

    Hours of today that have not come yet are not missing yet.

    Raises
    ------
    LakeError
        The values cannot be read.
    """
    now = now.astimezone(CAMPAIGN_TIME)
    day = min(day or now.date(), now.date())
    first = quarter_of(day)
    end = min(begin_of(quarter_after(first)), now.replace(minute=0, second=0, microsecond=0))
    found = emitted([device], begin_of(first), end)[device.pk]
    midnight = begin_of(now.date())
    last = max((max(hours) for hours in (*found.came.values(), found.stopped) if hours), default=None)
    if end > midnight:
        end = min(end, midnight if last is None or last < midnight else last + HOUR)
    if end <= begin_of(first):
        return {}
    former = _factors([device], quarter_of(first - DAY)).get(device.pk, ())
    return work_out(device, found, first, end, former, amounts_book())
