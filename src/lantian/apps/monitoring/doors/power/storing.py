"""Readings on their way into the lake: whose they are, whether they may be, and what counters mean."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from lantian.apps.air import lake as office_lake
from lantian.apps.core.exceptions import CoreError
from lantian.apps.monitoring.models import Load, Meter
from lantian.apps.monitoring.power_books import office_book
from lantian.lake.errors import LakeError
from lantian.lake.power.reading import readings as stored_readings
from lantian.lake.power.tables import POWER_READING
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.meters import readings as rules
from lantian.rules.monitoring.meters.counters import Point, Step, steps

#: why a reading of somebody else's meter is not taken
NOT_YOURS = Reason("not_yours", Message(_("the key is not for this meter")))
#: a row of the lake: start, energy [Wh], counter [Wh]
Values = tuple[datetime | None, int | None, int | None]


class StoreBusy(CoreError):
    """The lake cannot be written at this moment."""

    code = "store_busy"
    status = 503
    permanent = False


@dataclass(frozen=True, slots=True)
class Known:
    """A meter of the register as the doors see it."""

    pk: int
    number: str
    name: str
    in_use: bool
    rule: rules.Meter


@dataclass(slots=True)
class Judged:
    """A reading at the door.

    Attributes
    ----------
    good
        What may be stored; None where `reason` says why not.
    result
        ``new``, ``corrected`` or ``same`` once it is compared with the lake; else ``held``.
    """

    number: str
    reading: rules.Reading | None
    good: rules.Good | None = None
    reason: Reason | None = None
    row: int = 0
    column: int = 0
    text: str = ""
    result: str = ""


@dataclass(slots=True)
class Stored:
    """What became of readings."""

    added: int = 0
    corrected: int = 0
    same: int = 0
    #: resets, turn-overs and gaps of counters
    notes: Counter[str] = field(default_factory=Counter)
    #: meter → first and last end of what was written
    touched: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)


def known_meters(numbers: Collection[str] | None = None, rows: Any = None) -> dict[str, Known]:
    """Meters of the register by number.

    Parameters
    ----------
    numbers
        Only these.
    rows
        Only meters of this queryset.
    """
    found = (rows if rows is not None else Meter.objects.all()).order_by("pk")
    if numbers is None:
        return {row.number: _known(row) for row in found}
    wanted, known = sorted(set(numbers)), {}
    for start in range(0, len(wanted), 500):
        for row in found.filter(number__in=wanted[start : start + 500]):
            known[row.number] = _known(row)
    return known


def _known(row: Meter) -> Known:
    rule = rules.Meter(row.number, row.multiplier, row.capacity_kw, row.register_digits)
    return Known(row.pk, row.number, row.name, row.in_use, rule)


def judge(
    items: Iterable[Judged], known: Mapping[str, Known], now: datetime, allowed: Collection[str] | None = None
) -> list[Judged]:
    """Each reading with what may be stored, or why not.

    Parameters
    ----------
    allowed
        The meters that the sender may report; None for all.
    """
    figures = office_book("meters")
    found: list[Judged] = []
    seen: dict[tuple[str, datetime, bool], Judged] = {}
    for item in items:
        found.append(item)
        if item.reason is not None or item.reading is None:
            continue
        meter = known.get(item.number)
        if allowed is not None and item.number not in allowed:
            # Whether it is in the register is nobody's business who may not send it.
            item.reason = NOT_YOURS
            continue
        if meter is None:
            item.reason = Reason("unknown_meter", Message(_("the meter is not in the register")))
            continue
        if not meter.in_use:
            item.reason = Reason("retired", Message(_("the meter is out of use")))
            continue
        checked = rules.check(item.reading, meter.rule, now, figures)
        if isinstance(checked, Reason):
            item.reason = checked
            continue
        key = (item.number, checked.end, checked.register_wh is not None)
        before = seen.get(key)
        if before is not None and before.good != checked:
            said = Message(_("this period stands in row %(row)s already, with another value"), row=before.row)
            item.reason = Reason("twice", said)
            continue
        item.good = checked
        seen.setdefault(key, item)
    return found


def compare(items: Sequence[Judged]) -> None:
    """Say of each good reading whether it is new, corrects what is stored, or says the same."""
    by_meter: dict[str, list[rules.Good]] = defaultdict(list)
    for item in items:
        if item.good is not None:
            by_meter[item.number].append(item.good)
    stored = _stored(by_meter)
    for item in items:
        good = item.good
        if good is None:
            item.result = "held"
            continue
        old = stored.get((good.meter, good.end))
        if good.register_wh is not None:
            same = old is not None and old[2] == good.register_wh
            known = old is not None and old[2] is not None
        else:
            same = old is not None and old[:2] == (good.start, good.energy_wh)
            known = old is not None and old[1] is not None
        item.result = "same" if same else ("corrected" if known else "new")


def _stored(by_meter: Mapping[str, Sequence[rules.Good]]) -> dict[tuple[str, datetime], Values]:
    """What the lake holds at the ends of readings."""
    if not by_meter:
        return {}
    ends = [good.end for goods in by_meter.values() for good in goods]
    table = _read(list(by_meter), min(ends), max(ends))
    return {
        (row["meter"], row["end"]): (row["start"], row["energy_wh"], row["register_wh"])
        for row in table.to_pylist()
    }


def _read(meters: Collection[str], first: datetime, last: datetime) -> pa.Table:
    try:
        return stored_readings(
            office_lake(), meters, first, last, ("meter", "start", "end", "energy_wh", "register_wh")
        )
    except LakeError as error:
        raise StoreBusy(str(error)) from error


def batch_name(door: str, *content: bytes | str) -> str:
    """A name that the same content always gets."""
    found = hashlib.sha256()
    for part in content:
        found.update(part if isinstance(part, bytes) else part.encode())
        found.update(b"\0")
    return f"power-{door}-{found.hexdigest()}"


def store(
    items: Sequence[Judged],
    known: Mapping[str, Known],
    *,
    door: str,
    batch: str,
    now: datetime,
    actor: str = "",
    reason: str = "",
) -> Stored:
    """Write good readings into the lake; counters become energy with what stands before and behind them.

    The same readings written again change nothing, whatever the batch is called.

    Raises
    ------
    StoreBusy
        The lake cannot be written now; nothing of it is lost if the same comes again.
    """
    result = Stored()
    rows: dict[tuple[str, datetime], Values] = {}
    counters: dict[str, dict[datetime, int]] = defaultdict(dict)
    for item in items:
        good = item.good
        if good is None:
            continue
        if good.register_wh is not None:
            counters[good.meter][good.end] = good.register_wh
        else:
            rows[good.meter, good.end] = (good.start, good.energy_wh, None)
    for number, points in counters.items():
        for step in _counted(known[number].rule, points):
            if step.note:
                result.notes[step.note] += 1
            rows[number, step.end] = (step.start, step.energy_wh, step.register_wh)
    if not rows:
        return result
    _write(rows, result, door, batch, now, actor, reason)
    touch(result.touched, now)
    return result


def _counted(meter: rules.Meter, points: Mapping[datetime, int]) -> list[Step]:
    """Energy between counters, with those that the lake has around them."""
    reach = timedelta(hours=office_book("meters").whole("counter_gap_hours_most"))
    first, last = min(points), max(points)
    table = _read([meter.number], first - reach, last + reach)
    around: dict[datetime, int] = {
        row["end"]: row["register_wh"] for row in table.to_pylist() if row["register_wh"] is not None
    }
    merged = {**around, **points}
    before: Point | None = max(((end, shown) for end, shown in merged.items() if end < first), default=None)
    after = min((end for end in merged if end > last), default=None)
    wanted = [
        (end, shown) for end, shown in merged.items() if first <= end <= last or (after is not None and end == after)
    ]
    return steps(before, wanted, meter, office_book("meters"))


def _write(
    rows: Mapping[tuple[str, datetime], Values],
    result: Stored,
    door: str,
    batch: str,
    now: datetime,
    actor: str,
    reason: str,
) -> None:
    keys = sorted(rows)
    utc = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "meter": pa.array([number for number, _end in keys], pa.string()),
            "start": pa.array([rows[key][0] for key in keys], utc),
            "end": pa.array([end for _number, end in keys], utc),
            "energy_wh": pa.array([rows[key][1] for key in keys], pa.int64()),
            "register_wh": pa.array([rows[key][2] for key in keys], pa.int64()),
            "door": pa.array([door] * len(keys), pa.string()),
        }
    )
    try:
        done = office_lake().put(POWER_READING, table, batch=batch, reason=reason, actor=actor, now=now)
    except LakeError as error:
        raise StoreBusy(str(error)) from error
    result.added, result.corrected, result.same = done.added, done.corrected, done.same
    for number, end in keys:
        low, high = result.touched.get(number, (end, end))
        result.touched[number] = (min(low, end), max(high, end))


def touch(touched: Mapping[str, tuple[datetime, datetime]], now: datetime) -> None:
    """Note on meters when their last reading ended, and on loads from when they must be judged anew."""
    for number, (first, last) in touched.items():
        row = Meter.objects.filter(number=number).only("pk", "load_id", "seen_at").first()
        if row is None:
            continue
        if row.seen_at is None or row.seen_at < last:
            Meter.objects.filter(pk=row.pk).update(seen_at=last)
        begin = min(first, now.astimezone(UTC)) - timedelta(minutes=15)
        fresh = Load.objects.filter(pk=row.load_id).values_list("fresh_from", flat=True).first()
        if fresh is None or fresh > begin:
            Load.objects.filter(pk=row.load_id).update(fresh_from=begin)
