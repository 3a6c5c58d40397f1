"""Rates by region and kind of device: on line, transmitted, valid, and effective as the product of the last two.

The effective transmission rate is the transmission rate times the validity rate; hours for which the source was marked as
stopped before the deadline are left out (HJ 75-2017 and the practice told in the reference, confidence M).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db.models import F

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.models import Region
from lantian.apps.monitoring.choices_devices import MarkKind, MarkState
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.points import thresholds
from lantian.apps.monitoring.readings import Came, Total, came, totals

HOUR = timedelta(hours=1)


@dataclass(slots=True)
class Counts:
    """What a rate is made of."""

    devices: int = 0
    online: int = 0
    due: int = 0
    transmitted: int = 0
    stopped: int = 0
    values: int = 0
    valid: int = 0

    def add(self, other: Counts) -> None:
        """Add those of another row."""
        for name in ("devices", "online", "due", "transmitted", "stopped", "values", "valid"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def online_percent(self) -> Decimal | None:
        """Devices that were heard of of late."""
        return percent(self.online, self.devices)

    @property
    def transmission_percent(self) -> Decimal | None:
        """Hours that came of those that were due."""
        return percent(self.transmitted, self.due)

    @property
    def valid_percent(self) -> Decimal | None:
        """Values that the device calls normal of those that came in due hours."""
        return percent(self.valid, self.values)

    @property
    def effective_percent(self) -> Decimal | None:
        """The product of both; 0 where hours were due and nothing came."""
        if not self.due:
            return None
        if not self.values:
            return Decimal("0.0")
        return _rounded(Decimal(100) * self.transmitted * self.valid / (self.due * self.values))


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_EVEN)


def percent(part: int, whole: int) -> Decimal | None:
    """A share in per cent, rounded half to even to one place; None of nothing."""
    return None if not whole else _rounded(Decimal(100) * part / whole)


def hours_between(first: date, last: date, now: datetime) -> list[datetime]:
    """The starts of all full hours of days in campaign time that are over."""
    begin = datetime.combine(first, time(), CAMPAIGN_TIME).astimezone(UTC)
    end = min(datetime.combine(last + timedelta(days=1), time(), CAMPAIGN_TIME).astimezone(UTC), now)
    found = []
    while begin + HOUR <= end:
        found.append(begin)
        begin += HOUR
    return found


def stopped_hours(devices: Iterable[int], hours: list[datetime]) -> dict[int, set[datetime]]:
    """Whole hours in which sources stood still by marks that were made in time and accepted."""
    found: dict[int, set[datetime]] = {}
    if not hours:
        return found
    marks = DataMark.objects.filter(
        device__in=list(devices),
        kind=MarkKind.STOP,
        state=MarkState.ACCEPTED,
        made_at__lte=F("due_at"),
        start__lt=hours[-1] + HOUR,
        end__gt=hours[0],
    )
    for mark in marks:
        found.setdefault(mark.device_id, set()).update(
            hour for hour in hours if mark.start <= hour and hour + HOUR <= mark.end
        )
    return found


def counts_of(device: Device, hours: list[datetime], stopped: set[datetime], read: Came, online: bool) -> Counts:
    """The counts of one device."""
    # A device is due from when it was entered, or from what it sent before that.
    first = min(read.hours, default=None)
    due = [
        hour
        for hour in hours
        if hour + HOUR > device.created_at or (first is not None and hour >= first)
    ]
    wanted = [hour for hour in due if hour not in stopped]
    there = [hour for hour in wanted if hour in read.hours]
    return Counts(
        1,
        int(online),
        len(wanted),
        len(there),
        len(due) - len(wanted),
        sum(read.values[hour] for hour in there),
        sum(read.valid[hour] for hour in there),
    )


def of_devices(devices: list[Device], first: date, last: date, now: datetime) -> dict[int, Counts]:
    """The counts of devices over days.

    Parameters
    ----------
    now
        Hours that are not over are not due.
    """
    hours = hours_between(first, last, now)
    stopped = stopped_hours([device.pk for device in devices], hours)
    # Hour by hour only where some hours are not due; all others are counted in the lake.
    read = came([device.mn for device in devices if device.pk in stopped], hours[0], hours[-1]) if stopped else {}
    rest = [device.mn for device in devices if device.pk not in stopped]
    counted = totals(rest, hours[0], hours[-1]) if hours else {}
    _late, offline = thresholds(now)
    found = {}
    for device in devices:
        online = device.seen_at is not None and device.seen_at >= offline
        if device.pk in stopped:
            found[device.pk] = counts_of(device, hours, stopped[device.pk], read[device.mn], online)
        else:
            found[device.pk] = total_of(device, hours, counted.get(device.mn), online)
    return found


def total_of(device: Device, hours: list[datetime], read: Total | None, online: bool) -> Counts:
    """The counts of a device that never stood still: what :func:`counts_of` gives, without its hours."""
    # The first hour that ends after the device was entered; what it sent before that is due, too.
    begin = bisect_right(hours, device.created_at - HOUR)
    if read is None:
        return Counts(1, int(online), len(hours) - begin)
    begin = min(begin, bisect_left(hours, read.first))
    return Counts(1, int(online), len(hours) - begin, read.hours, 0, read.values, read.valid)


def grouped(
    devices: list[Device], counts: Mapping[int, Counts], below: Region | None
) -> list[tuple[str, Any, Counts]]:
    """Rows by place, one level below a place, and by kind; the first row is everything.

    Returns
    -------
    list
        ``all``, ``region`` or ``kind``; what it is of; the counts.
    """
    total = Counts()
    regions: dict[Any, Counts] = {}
    kinds: dict[str, Counts] = {}
    places = _counties({device.source.region for device in devices if device.source and device.source.region}, below)
    for device in devices:
        mine = counts[device.pk]
        total.add(mine)
        region = device.source.region if device.source is not None else None
        regions.setdefault(places.get(region.pk) if region is not None else None, Counts()).add(mine)
        kinds.setdefault(device.kind, Counts()).add(mine)
    found: list[tuple[str, Any, Counts]] = [("all", None, total)]
    ordered = sorted(regions.items(), key=lambda pair: (pair[0] is None, pair[0].path if pair[0] else ""))
    found += [("region", place, row) for place, row in ordered]
    found += [("kind", kind, row) for kind, row in sorted(kinds.items())]
    return found


def _counties(places: set[Region], below: Region | None) -> dict[int, Region]:
    """For each place the one that stands for it: a county, or one level below the place that was chosen."""
    depth = below.depth + 1 if below is not None else None
    paths = {place.path for place in places}
    above = {
        row.path: row
        for row in Region.objects.filter(valid_to__isnull=True)
        if any(path.startswith(row.path) for path in paths)
    }
    found: dict[int, Region] = {}
    for place in places:
        line = [row for path, row in above.items() if place.path.startswith(path)]
        line.sort(key=lambda row: row.depth)
        chosen = [row for row in line if (row.depth == depth if depth is not None else row.level == "county")]
        found[place.pk] = chosen[0] if chosen else place
    return found
