"""Judges of what devices sent last: hours above their limit, and marks that came after their deadline."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from fractions import Fraction
from itertools import islice

from django.db.models import F

from lantian.apps.core import display
from lantian.apps.monitoring.above import keep
from lantian.apps.monitoring.choices_alarms import AlarmCause
from lantian.apps.monitoring.choices_devices import MarkKind, MarkState, Period
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.outlets import Point, name_of, points_of
from lantian.apps.monitoring.points import Exceeding, exceeding, held, in_mg_m3
from lantian.apps.monitoring.readings import Series as Read
from lantian.apps.monitoring.readings import series
from lantian.lake.errors import LakeError
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.marks import Claim, JudgedClaim

logger = logging.getLogger(__name__)

HOUR = timedelta(hours=1)
ABOVE = _("%(factor)s, hour from %(at)s: %(value)s mg/m³; the limit is %(limit)s mg/m³ (%(basis)s).")
#: hours before the exceedance that its curve shows
_BEFORE = 24
#: so many are given their curves at once
_PART = 200
#: how far back marks are looked for; what is older has been looked at before
_MARKS = timedelta(days=3)


def hours_above(now: datetime) -> list[Finding]:
    """Points whose last hourly mean is above the limit of its day, hours under a mark left out."""
    found = exceeding(now)
    keep(found, now)
    devices = Device.objects.filter(pk__in=found).select_related("source__region")
    known = points_of(devices)
    claims = claims_of(found, now - _MARKS)
    return list(findings_of(known, claims, (one for several in found.values() for one in several)))


def findings_of(
    known: Mapping[int, Point], claims: Mapping[int, Sequence[JudgedClaim]], found: Iterable[Exceeding]
) -> Iterator[Finding]:
    """What comes of hours that exceed, once the marks of the enterprise were looked at; devices and their marks by key."""
    # Once more with the marks, which are asked for only where something exceeds.
    judged = (
        again
        for one in found
        if (again := held(known[one.device], one.factor, one.hour, claims.get(one.device, ()), folded=one.folded))
    )
    while part := list(islice(judged, _PART)):
        curves = _curves([(known[one.device].device, one) for one in part])
        for one in part:
            device = known[one.device].device
            yield _above(device, one, curves.get(device.mn))


def claims_of(devices: Iterable[int], since: datetime) -> dict[int, list[JudgedClaim]]:
    """Marks of enterprises that hold or wait for their check; one that came too late excepts nothing until it is accepted."""
    found: dict[int, list[JudgedClaim]] = {}
    rows = DataMark.objects.filter(
        device__in=devices, state__in=[MarkState.WAITING, MarkState.ACCEPTED], end__gt=since
    )
    for mark in rows:
        late = mark.late and mark.state != MarkState.ACCEPTED
        claim = Claim(
            str(mark.pk), str(mark.device_id), mark.kind, mark.start, mark.end, mark.made_at, mark.cause, 0,
            frozenset(name_of(code) for code in mark.factors), mark.state == MarkState.ACCEPTED,
        )  # fmt: skip
        said = Message(_("it was made after its deadline (%(due)s)"), due=display.campaign_date(mark.due_at))
        judged = JudgedClaim(
            claim=claim,
            label=str(MarkKind(mark.kind).label),
            excepts=not late,
            equipment=mark.kind != MarkKind.STOP,
            deadline=mark.due_at,
            late_hours=Fraction(max(0, int((mark.made_at - mark.due_at).total_seconds())), 3600),
            faults=(),
            reasons=(Reason("late", said),) if late else (),
        )
        found.setdefault(mark.device_id, []).append(judged)
    return found


def _above(device: Device, one: Exceeding, read: Read | None) -> Finding:
    words = {
        "factor": one.factor,
        "at": display.campaign_date(one.time),
        "value": str(one.value_mg_m3.normalize()),
        "limit": str(one.limit_mg_m3.normalize()),
        "basis": one.basis,
    }
    if one.folded:
        said = Message(
            _("%(factor)s, hour from %(at)s: %(value)s mg/m³, folded to the reference oxygen; the limit is"
              " %(limit)s mg/m³ (%(basis)s)."),
            **words,
        )  # fmt: skip
    else:
        said = Message(ABOVE, **words)
    # Down, so that what lies below a multiple of the limit never reaches it by rounding.
    peak = (one.value_mg_m3 / one.limit_mg_m3).quantize(Decimal("0.001"), ROUND_FLOOR) if one.limit_mg_m3 else None
    return Finding(
        AlarmCause.EXCEED_HOUR,
        one.time,
        one.time + HOUR,
        device=device.pk,
        factor=one.factor,
        peak=peak,
        why=[Reason("above", said), *one.judged.notes, *one.applies.reasons],
        evidence=Evidence(
            series=[_curve(device, one, read)], limits=[(one.basis[:40], one.limit_mg_m3, "mg/m³")]
        ),
    )


def _curve(device: Device, one: Exceeding, read: Read | None) -> Series:
    """The hours before, as far as the lake has them, and the one above its limit."""
    points = {}
    for moment, reading in (read.factors.get(one.factor, {}) if read is not None else {}).items():
        if one.time - _BEFORE * HOUR <= moment < one.time:
            said = reading.folded if one.folded else reading.value
            points[moment] = None if said is None else in_mg_m3(device, one.factor, said), reading.flag
    points[one.time] = (one.value_mg_m3, "")
    return Series(
        one.factor, "mg/m³", [(moment, value, mark) for moment, (value, mark) in sorted(points.items())]
    )


def _curves(found: Sequence[tuple[Device, Exceeding]]) -> dict[str, Read]:
    """What the devices sent in the hours before, read together."""
    first = min(one.time for _device, one in found) - _BEFORE * HOUR
    last = max(one.time for _device, one in found) - HOUR
    try:
        return series(
            {device.mn for device, _one in found}, Period.HOUR, first, last, factors={one.factor for _device, one in found}
        )
    except (LakeError, OSError):
        # The alarm does not wait for a lake that cannot be read.
        logger.warning("the hours before an exceedance could not be read", exc_info=True)
        return {}


def late_marks(now: datetime) -> list[Finding]:
    """Marks that were made after their deadline."""
    rows = DataMark.objects.filter(
        state__in=[MarkState.WAITING, MarkState.ACCEPTED], made_at__gt=now - _MARKS, made_at__lte=now
    ).filter(made_at__gt=F("due_at"))
    return [
        Finding(
            AlarmCause.MARK_LATE,
            row.start,
            row.end,
            device=row.device_id,
            why=[
                Reason(
                    "late",
                    Message(
                        _("Marked at %(at)s; it had to be marked until %(due)s."),
                        at=display.campaign_date(row.made_at),
                        due=display.campaign_date(row.due_at),
                    ),
                )
            ],
        )
        for row in rows
    ]
