"""The report of nine o'clock: what the monitored points of each enterprise sent in the day before, midnight to midnight.

During orange and red warnings it is due before nine o'clock of the next morning and is about the whole day before
(豫环攻坚办〔2017〕56号, 4(3)), weekends and holidays included; it is not about the 24 hours that end at nine.

Amounts are those that the device itself has summed up (kg of the hour), else measured concentration times flow; hours that the device does
not call normal add nothing, and how many hours an amount rests on stands beside it. Where nothing came, nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices_alarms import AlarmState
from lantian.apps.monitoring.choices_devices import Period
from lantian.apps.monitoring.daily_counts import Counted, counted
from lantian.apps.monitoring.emitted import hours_under, stop_marks
from lantian.apps.monitoring.exceedances import claims_of
from lantian.apps.monitoring.models import Alarm, Device
from lantian.apps.monitoring.outlets import Point, points_of
from lantian.apps.monitoring.past_hours import day_above, exceeding_between
from lantian.apps.monitoring.points import held
from lantian.apps.sources.models import Source
from lantian.rules.monitoring.exact import half_even

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
POLLUTANTS = ("dust", "so2", "nox", "nmhc")
#: points that are read at once
_PART = 1000


@dataclass(slots=True)
class Amount:
    """What was emitted of a pollutant [kg], and the hours of outlets that it rests on."""

    kg: Fraction = Fraction(0)
    hours: int = 0

    @property
    def shown(self) -> Decimal | None:
        """Rounded half to even to two places; None where no hour tells."""
        return half_even(self.kg, 2) if self.hours else None


@dataclass(slots=True)
class Row:
    """An enterprise.

    Attributes
    ----------
    due, came, normal, stopped
        Hours of its points: of the period; of which anything came; whose values the device calls normal; in which the source stood
        still, by the mark of the device or of the enterprise.
    exceeded
        Hours above their limit that no mark excepts, of each point and factor.
    exceeded_days
        Daily means above their limit, of points that are judged by the day.
    alarms
        That are not closed.
    """

    source: Source
    points: int = 0
    due: int = 0
    came: int = 0
    normal: int = 0
    stopped: int = 0
    exceeded: int = 0
    exceeded_days: int = 0
    alarms: int = 0
    amounts: dict[str, Amount] = field(default_factory=lambda: {name: Amount() for name in POLLUTANTS})

    @property
    def state(self) -> str:
        """``none``, ``stopped``, ``partly`` or ``running``."""
        if not self.came and not self.stopped:
            return "none"
        if self.stopped >= self.due:
            return "stopped"
        return "partly" if self.stopped else "running"

    def take(self, point: Counted) -> None:
        """Add one of its points."""
        self.points += 1
        self.came += point.came
        self.normal += point.normal
        self.stopped += point.stopped
        for name, (kg, hours) in point.kg.items():
            self.amounts[name].kg += kg
            self.amounts[name].hours += hours

    def add(self, other: Row) -> None:
        """Add another enterprise, for the total."""
        for name in ("points", "due", "came", "normal", "stopped", "exceeded", "exceeded_days", "alarms"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, amount in other.amounts.items():
            self.amounts[name].kg += amount.kg
            self.amounts[name].hours += amount.hours


def span_of(day: date) -> tuple[datetime, datetime]:
    """The day that a report is about, from midnight to midnight of campaign time."""
    start = datetime.combine(day, time.min, CAMPAIGN_TIME)
    return start, start + DAY


def report(devices: Sequence[Device], day: date, last: datetime | None = None) -> list[Row]:
    """A row for each enterprise with monitored points, those that exceed first.

    Parameters
    ----------
    devices
        With source, its region and its unit.
    last
        Where the report covers a part of the day only: the whole hour at which it ends.

    Raises
    ------
    LakeError
        The values cannot be read.
    """
    first, end = span_of(day)
    whole, last = last is None, last or end
    found: dict[int, Row] = {}
    listed = [device for device in devices if device.source_id is not None]
    for at in range(0, len(listed), _PART):
        part = listed[at : at + _PART]
        known = points_of(part)
        counts = counted(part, first, last, hours_under(stop_marks(known, first, last), first, last), POLLUTANTS)
        for device in part:
            assert device.source is not None
            row = found.setdefault(device.source.pk, Row(device.source))
            row.due += (last - first) // HOUR
            row.take(counts[device.pk])
        for key in _exceeded(known, first, last):
            source = known[key].device.source
            assert source is not None
            found[source.pk].exceeded += 1
        if whole:
            _days(known, first, found)
    waiting = Alarm.objects.filter(source__in=found, folded_into=None).exclude(state=AlarmState.CLOSED)
    for key in waiting.values_list("source", flat=True):
        found[key].alarms += 1
    return sorted(found.values(), key=lambda row: (-row.exceeded_days, -row.exceeded, row.source.name, row.source.pk))


def total(rows: Iterable[Row]) -> Row:
    """All of them together."""
    found = Row(Source())
    for row in rows:
        found.add(row)
    return found


def _days(known: dict[int, Point], first: datetime, found: dict[int, Row]) -> None:
    by_day = {key: point for key, point in known.items() if point.by_day}
    if not by_day:
        return
    read = readings.series([point.device.mn for point in by_day.values()], Period.HOUR, first, first + DAY - HOUR)
    claims = claims_of(by_day, first)
    for key, point in by_day.items():
        source = point.device.source
        assert source is not None
        above = day_above(point, read[point.device.mn], first, claims.get(key, ()))
        found[source.pk].exceeded_days += sum(1 for _one in above)


def _exceeded(known: dict[int, Point], first: datetime, last: datetime) -> list[int]:
    """The device of each hour above its limit that no mark excepts."""
    by_hour = {key: point for key, point in known.items() if not point.by_day}
    found = list(exceeding_between(by_hour, first, last - HOUR))
    claims = claims_of({one.device for one in found}, first)
    return [
        one.device
        for one in found
        if held(known[one.device], one.factor, one.hour, claims.get(one.device, ()), folded=one.folded) is not None
    ]
