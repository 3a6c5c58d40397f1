"""How monitored points stand at this moment: reporting, late, offline, marked, above the limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When

from lantian.apps.core import parameters
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring.choices import DeviceKind, DeviceState
from lantian.apps.monitoring.choices_devices import MarkState, Period, PointState
from lantian.apps.monitoring.models import DataMark, Device, LatestValue, OutletLimit
from lantian.apps.monitoring.registry import unit_of_factor

#: kinds of devices that are monitored points; meters have pages of their own
KINDS = tuple(kind for kind in DeviceKind if kind != DeviceKind.METER)
#: marks of a value that is evidence: normal, or none, as most senders of 2005 give
VALID_FLAGS = frozenset({"N", ""})
_PER_MG = {"mg/m³": Decimal(1), "µg/m³": Decimal(1000), "ng/m³": Decimal(1_000_000)}


@dataclass(frozen=True, slots=True)
class Exceeding:
    """An hourly mean above its limit.

    Attributes
    ----------
    value_mg_m3
        Folded, where the device has folded it.
    """

    device: int
    factor: str
    time: datetime
    value_mg_m3: Decimal
    folded: bool
    limit_mg_m3: Decimal
    basis: str


def points(rows: Any = None) -> Any:
    """Devices in operation that are monitored points."""
    found = Device.objects.all() if rows is None else rows
    return found.filter(state=DeviceState.ACTIVE, kind__in=KINDS)


def thresholds(now: datetime) -> tuple[datetime, datetime]:
    """Since when a device has to have been heard of not to be late, and not to be offline."""
    late = timedelta(minutes=int(parameters.get("monitoring.late_minutes")))
    offline = timedelta(minutes=int(parameters.get("monitoring.offline_minutes")))
    return now - late, now - max(late, offline)


def marked_now(now: datetime) -> Exists:
    """Whether a mark that holds or waits for its check covers this moment."""
    return Exists(
        DataMark.objects.filter(
            device=OuterRef("pk"),
            state__in=[MarkState.WAITING, MarkState.ACCEPTED],
            start__lte=now,
            end__gt=now,
        )
    )


def in_mg_m3(device: Device, factor: str, value: Decimal) -> Decimal | None:
    """A concentration in mg/m³; None where the device sends another quantity."""
    per = _PER_MG.get(unit_of_factor(device, factor))
    return None if per is None else value / per


def limits_of(devices: Any, day: Any) -> dict[tuple[int, str], OutletLimit]:
    """The limits that hold on a day, by device and factor."""
    rows = OutletLimit.objects.filter(device__in=devices, valid_from__lte=day).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    )
    return {(row.device_id, row.factor): row for row in rows.order_by("valid_from")}


def exceeding(now: datetime, rows: Any = None) -> dict[int, list[Exceeding]]:
    """Points whose last valid hourly mean is above the limit of its day; values without a limit say nothing.

    Parameters
    ----------
    rows
        Devices to look at; all that are monitored points if not given.
    """
    _late, offline = thresholds(now)
    listed = points(rows)
    last = LatestValue.objects.filter(
        device__in=listed.order_by().values("pk"),
        period=Period.HOUR,
        flag__in=VALID_FLAGS,
        time__gte=offline - timedelta(hours=1),
        device__limits__isnull=False,
    ).distinct()
    values = list(last.select_related("device"))
    day = now.astimezone(CAMPAIGN_TIME).date()
    limits = limits_of({row.device_id for row in values}, day)
    found: dict[int, list[Exceeding]] = {}
    for row in values:
        limit = limits.get((row.device_id, row.factor))
        value = row.folded if row.folded is not None else row.value
        # Where the limit is one of folded values, a value that nobody has folded is not held against it.
        if limit is None or value is None or (limit.reference_oxygen_percent is not None and row.folded is None):
            continue
        amount = in_mg_m3(row.device, row.factor, value)
        if amount is not None and amount > limit.limit_mg_m3:
            found.setdefault(row.device_id, []).append(
                Exceeding(
                    row.device_id,
                    row.factor,
                    row.time,
                    amount,
                    row.folded is not None,
                    limit.limit_mg_m3,
                    limit.basis,
                )
            )
    return found


def with_standing(rows: Any, now: datetime, above: Any = None) -> Any:
    """Monitored points with their state under ``standing``.

    Parameters
    ----------
    above
        Keys of those above their limit; worked out if not given.
    """
    late, offline = thresholds(now)
    over = list(exceeding(now) if above is None else above)
    return rows.annotate(
        standing=Case(
            When(marked_now(now), then=Value(PointState.MARKED.value)),
            When(pk__in=over, then=Value(PointState.EXCEEDING.value)),
            When(Q(seen_at__isnull=True) | Q(seen_at__lt=offline), then=Value(PointState.OFFLINE.value)),
            When(seen_at__lt=late, then=Value(PointState.LATE.value)),
            default=Value(PointState.REPORTING.value),
            output_field=CharField(max_length=9),
        )
    )


def standing_label(code: str) -> str:
    """A state in words."""
    return str(PointState(code).label) if code in PointState.values else code
