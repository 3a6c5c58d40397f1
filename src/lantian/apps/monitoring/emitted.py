"""What points emitted hour by hour [kg], out of the lake, and which hours were stopped or are missing.

The amount that the device itself has summed up counts, else measured concentration times flow; folded values never.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pyarrow.compute as pc

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices_devices import COMMAND_OF, MarkKind, MarkState, Period
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.outlets import name_of
from lantian.apps.monitoring.points import VALID_FLAGS, in_mg_m3
from lantian.apps.monitoring.registry import unit_of_factor
from lantian.lake.stacks.reading import read_values
from lantian.rules.monitoring.amounts import HourAmount, HourState, hour_kg
from lantian.rules.monitoring.exact import exact
from lantian.rules.monitoring.factors import POLLUTANTS, STACK_CODES
from lantian.rules.monitoring.marks import Means, meaning

HOUR = timedelta(hours=1)
FLOW = "flow"
#: flow in these units to m³/h
_PER_HOUR = {"m³/h": Fraction(1), "m³/s": Fraction(3600)}
#: codes of what amounts are made from
CODES = [code for code, name in STACK_CODES.items() if name in POLLUTANTS or name == FLOW]
_COLUMNS = ["mn", "factor", "start", "avg", "cou", "flag", "off", "clock"]


@dataclass(frozen=True, slots=True)
class Flow:
    """The flow of an hour as sent, and the mark of the device."""

    value: Decimal | None
    flag: str


def per_hour(device: Device, code: str) -> Fraction | None:
    """What makes m³/h of the flow that a device sends under a code; None where its unit is no flow."""
    return _PER_HOUR.get(unit_of_factor(device, code)) if code else None


def kg_of(
    device: Device, code: str, value: Decimal | None, total: Decimal | None, flow: Flow | None, per: Fraction | None
) -> Fraction | None:
    """The amount of an hour that the device calls normal [kg]; None where nothing tells.

    Parameters
    ----------
    value
        Mean concentration, as measured, in the unit of the device.
    total
        The amount that the device has summed up [kg].
    per
        From :func:`per_hour`.
    """
    if total is not None and total >= 0:
        return exact(total)
    amount = None if value is None else in_mg_m3(device, code, value)
    if amount is None or amount < 0 or flow is None or flow.value is None or flow.value < 0 or per is None:
        return None
    if flow.flag not in VALID_FLAGS:
        return None
    return hour_kg(amount, flow.value if per == 1 else exact(flow.value) * per)


def marks_that_hold(devices: Iterable[int], first: datetime, last: datetime) -> list[DataMark]:
    """Marks of enterprises on a span: those that came in time, and late ones that were accepted."""
    rows = DataMark.objects.filter(
        device__in=devices, state__in=[MarkState.WAITING, MarkState.ACCEPTED], start__lt=last, end__gt=first
    ).order_by("device", "start", "pk")
    return [mark for mark in rows if not mark.late or mark.state == MarkState.ACCEPTED]


def stop_marks(devices: Iterable[int], first: datetime, last: datetime) -> list[DataMark]:
    """Of these, those by which sources stood still."""
    return [mark for mark in marks_that_hold(devices, first, last) if mark.kind == MarkKind.STOP]


def hours_under(marks: Iterable[DataMark], first: datetime, last: datetime) -> dict[int, set[datetime]]:
    """Whole hours of a span under marks, by device; hours in the zone of `first`, which is the start of one."""
    found: dict[int, set[datetime]] = {}
    for mark in marks:
        hour = first + HOUR * max(0, -((first - mark.start) // HOUR))
        held = found.setdefault(mark.device_id, set())
        while hour + HOUR <= min(mark.end, last):
            held.add(hour)
            hour += HOUR
    return found


@dataclass(slots=True)
class Emitted:
    """What came of a device in a span; hours in campaign time.

    Attributes
    ----------
    kg
        Pollutant → hour → amount [kg] of the valid hours.
    came
        Pollutant → hours of which any value of it came.
    stopped
        Hours in which the source stood still, by the mark of the device or of the enterprise.
    """

    kg: dict[str, dict[datetime, Fraction]] = field(default_factory=dict)
    #: pollutant → hour → amount [kg] of hours that the device did not send and that were entered by hand
    by_hand: dict[str, dict[datetime, Fraction]] = field(default_factory=dict)
    came: dict[str, set[datetime]] = field(default_factory=dict)
    stopped: set[datetime] = field(default_factory=set)
    #: pollutant, or empty for all → hours that the enterprise itself has marked as not telling of its emissions
    invalid: dict[str, set[datetime]] = field(default_factory=dict)

    @property
    def first(self) -> datetime | None:
        """The first hour of which anything came."""
        return min((min(hours) for hours in (*self.came.values(), self.stopped) if hours), default=None)

    def states(self, factor: str, first: datetime, last: datetime) -> list[HourAmount]:
        """Every hour of a span, its end excluded, as the rules take it."""
        invalid = self.invalid.get("", set()) | self.invalid.get(factor, set())
        kg, by_hand = self.kg.get(factor, {}), self.by_hand.get(factor, {})
        found, hour = [], first
        while hour < last:
            if hour in self.stopped:
                found.append(_STOPPED)
            elif hour in kg and hour not in invalid:
                found.append(HourAmount(HourState.VALID, kg[hour]))
            elif hour in by_hand:
                found.append(HourAmount(HourState.BY_HAND, by_hand[hour]))
            else:
                found.append(_MISSING)
            hour += HOUR
        return found


_STOPPED, _MISSING = HourAmount(HourState.STOPPED), HourAmount(HourState.MISSING)


def emitted(devices: Sequence[Device], first: datetime, last: datetime) -> dict[int, Emitted]:
    """What devices emitted hour by hour in a span, its end excluded; the columns of one device at a time become numbers.

    Raises
    ------
    LakeError
        The values cannot be read.
    """
    first, last = first.astimezone(CAMPAIGN_TIME), last.astimezone(CAMPAIGN_TIME)
    found = {device.pk: Emitted() for device in devices}
    if not devices or last <= first:
        return found
    rows = read_values(
        readings.lake(), first, last - HOUR, mns=[device.mn for device in devices], cns=[COMMAND_OF[Period.HOUR]],
        factors=CODES, off=True, columns=_COLUMNS,
    )  # fmt: skip
    marks = marks_that_hold(found, first, last)
    still = hours_under((mark for mark in marks if mark.kind == MarkKind.STOP), first, last)
    for device in devices:
        own = rows.filter(pc.equal(rows["mn"], device.mn))
        found[device.pk] = _of_device(device, own.to_pydict(), still.get(device.pk, ()))
    for mark in marks:
        if mark.kind != MarkKind.STOP:
            hours = hours_under([mark], first, last)[mark.device_id]
            for name in {name_of(code) for code in mark.factors} or {""}:
                found[mark.device_id].invalid.setdefault(name, set()).update(hours)
    return found


def _of_device(device: Device, rows: Mapping[str, list], still: Collection[datetime]) -> Emitted:  # type: ignore[type-arg]
    found = Emitted(stopped=set(still))
    # What was sent, and what was entered by hand: an hour of which nothing was sent may have both halves by hand.
    flows: dict[bool, dict[datetime, tuple[Flow, Fraction | None]]] = {False: {}, True: {}}
    of: dict[str, Fraction | None] = {}
    values: list[tuple[bool, str, str, datetime, Decimal | None, Decimal | None, str]] = []
    for code, moment, value, total, flag, off, clock in zip(
        *(rows[name] for name in ("factor", "start", "avg", "cou", "flag", "off", "clock")), strict=True
    ):
        hand = clock == readings.HAND
        if off and not hand:
            continue
        name, hour, said = name_of(code), moment.astimezone(CAMPAIGN_TIME), "" if hand else flag or ""
        if not hand and meaning(flag, device.protocol) is Means.STOPPED:
            found.stopped.add(hour)
        if name == FLOW:
            if code not in of:
                of[code] = per_hour(device, code)
            flows[hand][hour] = (Flow(value, said), of[code])
        else:
            values.append((hand, name, code, hour, value, total, said))
    for hand, name, code, hour, value, total, said in values:
        found.came.setdefault(name, set()).add(hour)
        if said not in VALID_FLAGS:
            continue
        flow, per = flows[False].get(hour, (None, None))
        kg = kg_of(device, code, value, total, flow, per)
        if kg is not None and not hand:
            found.kg.setdefault(name, {})[hour] = kg
            continue
        if kg is None:
            flow, per = flows[True].get(hour, (None, None))
            kg = kg_of(device, code, value, total, flow, per)
        if kg is not None:
            found.by_hand.setdefault(name, {})[hour] = kg
    return found
