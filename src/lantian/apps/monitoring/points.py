"""How monitored points stand at this moment: reporting, late, offline, marked, above the limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When

from lantian.apps.core import parameters
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import outlets
from lantian.apps.monitoring.choices import DeviceKind, DeviceState
from lantian.apps.monitoring.choices_devices import MarkState, Period, PointState
from lantian.apps.monitoring.models import DataMark, Device, LatestValue, OutletLimit
from lantian.apps.monitoring.outlets import OXYGEN, Point, name_of, points_of
from lantian.apps.monitoring.registry import unit_of_factor
from lantian.office.own_books import own_limits
from lantian.rules.monitoring.exact import half_even
from lantian.rules.monitoring.exceedance import HourValue, Judged, Verdict, judge_hour
from lantian.rules.monitoring.factors import POLLUTANTS
from lantian.rules.monitoring.folding import fold
from lantian.rules.monitoring.limits import ANY_KIND, Applies, Binds
from lantian.rules.monitoring.marks import JudgedClaim, meaning

#: kinds of devices that are monitored points; meters have pages of their own
KINDS = tuple(kind for kind in DeviceKind if kind != DeviceKind.METER)
#: marks of a value that is evidence: normal, or none, as most senders of 2005 give
VALID_FLAGS = frozenset({"N", ""})
#: units of concentrations → how many make a mg/m³
PER_MG = {"mg/m³": Decimal(1), "µg/m³": Decimal(1000), "ng/m³": Decimal(1_000_000)}


@dataclass(frozen=True, slots=True)
class Exceeding:
    """An hourly mean above its limit.

    Attributes
    ----------
    value_mg_m3
        As it is held against the limit, for print: six decimals.
    folded
        Whether it is folded to reference oxygen, by the device or by us.
    basis
        Document, clause and title of the limit.
    hour
        What was judged, so that it can be judged again with the marks of the enterprise.
    """

    device: int
    factor: str
    time: datetime
    value_mg_m3: Decimal
    folded: bool
    limit_mg_m3: Decimal
    basis: str
    hour: HourValue
    applies: Applies
    judged: Judged


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
    per = PER_MG.get(unit_of_factor(device, factor))
    return None if per is None else value / per


def limits_of(devices: Any, day: Any) -> dict[tuple[int, str], OutletLimit]:
    """The limits that hold on a day, by device and factor."""
    rows = OutletLimit.objects.filter(device__in=devices, valid_from__lte=day).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    )
    return {(row.device_id, row.factor): row for row in rows.order_by("valid_from")}


def hour_of(
    point: Point,
    code: str,
    time: datetime,
    value: Decimal | None,
    folded: Decimal | None,
    flag: str | None,
    oxygen: Decimal | None,
) -> HourValue:
    """An hour of a factor as it is judged: as the device has folded it, else folded here where its limit is one of folded values.

    Parameters
    ----------
    value, folded
        As sent, in the unit of the device.
    oxygen
        Mean of the oxygen of the same hour [%].
    """
    mark = meaning(flag, point.device.protocol)
    if folded is not None:
        return HourValue(time, in_mg_m3(point.device, code, folded), mark=mark)
    amount = None if value is None else in_mg_m3(point.device, code, value)
    if amount is None:
        return HourValue(time, None, mark=mark)
    reference = point.oxygen(code, time.astimezone(CAMPAIGN_TIME).date())
    if reference is None:
        return HourValue(time, amount, mark=mark)
    done = fold(amount, oxygen, reference, oxygen=point.books.folding)
    return HourValue(time, done.value, mark=mark, why_absent=done.reasons[0] if done.value is None and done.reasons else None)


def held(
    point: Point, code: str, hour: HourValue, claims: Sequence[JudgedClaim] = (), *, folded: bool
) -> Exceeding | None:
    """An hour held against the limit of its day; None unless it exceeds."""
    if point.by_day:
        return None
    applies = point.limit(code, hour.start.astimezone(CAMPAIGN_TIME).date())
    books = point.books
    judged = judge_hour(name_of(code), hour, applies, claims, marks=books.marks, rules=books.limits)
    if judged.verdict is not Verdict.EXCEEDS or judged.value is None or judged.limit is None:
        return None
    return Exceeding(
        point.device.pk, code, hour.start, half_even(judged.value, 6), folded, judged.limit, basis_of(applies), hour,
        applies, judged,
    )  # fmt: skip


def basis_of(applies: Applies) -> str:
    """Document, clause and title of the limit that holds."""
    chosen = applies.chosen
    return "" if chosen is None else " ".join(filter(None, (chosen.document, chosen.clause, chosen.label)))


def with_limits(rows: Any) -> Any:
    """Points of which a limit may be known: kept ones, or a kind of outlet for which a document has one."""
    if any(ANY_KIND in row.kinds and row.binds is Binds.LIMIT for row in own_limits(Path(settings.DATA))):
        return rows
    return rows.filter(
        Q(Exists(OutletLimit.objects.filter(device=OuterRef("pk")))) | Q(options__has_key=outlets.KIND)
    )


def exceeding(now: datetime, rows: Any = None) -> dict[int, list[Exceeding]]:
    """Points whose last valid hourly mean is above the limit that holds on its day; without a limit nothing is said.

    Marks of the enterprise are not looked at here.

    Parameters
    ----------
    rows
        Devices to look at; all that are monitored points if not given.
    """
    _late, offline = thresholds(now)
    listed = with_limits(points(rows))
    last = LatestValue.objects.filter(
        device__in=listed.order_by().values("pk"),
        period=Period.HOUR,
        flag__in=VALID_FLAGS,
        time__gte=offline - timedelta(hours=1),
    )
    values = list(last.values_list("device", "factor", "time", "value", "folded", "flag"))
    found: dict[int, list[Exceeding]] = {}
    if not values:
        return found
    devices = Device.objects.filter(pk__in={row[0] for row in values}).select_related("source__region")
    known = points_of(devices)
    days = {time: time.astimezone(CAMPAIGN_TIME).date() for time in {row[2] for row in values}}
    oxygen = {(key, time): value for key, code, time, value, _f, _g in values if name_of(code) == OXYGEN}
    for key, code, time, value, folded, flag in values:
        point = known[key]
        name = name_of(code)
        if (name not in POLLUTANTS and name not in point.kept) or _surely_within(point, code, folded, days[time]):
            continue
        hour = hour_of(point, code, time, value, folded, flag, oxygen.get((key, time)))
        one = held(point, code, hour, folded=folded is not None or hour.folded != value)
        if one is not None:
            found.setdefault(key, []).append(one)
    return found


def _surely_within(point: Point, code: str, folded: Decimal | None, day: Any) -> bool:
    """Whether a value that the device has folded is not above the limit: most are, and need no more to be asked."""
    if folded is None:
        return False
    limit = point.limit(code, day)
    if limit.value is None:
        return True
    amount = in_mg_m3(point.device, code, folded)
    return amount is None or amount < limit.value


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
