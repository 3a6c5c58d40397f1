"""Electricity of ten enterprises of the demo city: their meters, twelve weeks of quarter hours, an order, and known sins.

Every day of a meter is drawn from a seed of its own, so that what has been told of a day is told of it on every later day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zlib import crc32

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lantian.apps.air import lake
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region
from lantian.apps.monitoring import gateway_ports
from lantian.apps.monitoring.actions.devices import AddDevice
from lantian.apps.monitoring.actions.power import AddMeter, AddPeriod, SetPowerSite
from lantian.apps.monitoring.actions.power_feeds import SetFeed
from lantian.apps.monitoring.doors.power import stations
from lantian.apps.monitoring.doors.power.storing import touch
from lantian.apps.monitoring.models import Meter, PowerPeriod
from lantian.apps.monitoring.power_alarms import tell
from lantian.apps.monitoring.power_judging import judge_site
from lantian.apps.monitoring.power_series import day_of, midnight, quarter_before, sites
from lantian.apps.sources.models import Source, Unit
from lantian.demo import city
from lantian.lake.power.tables import POWER_READING
from lantian.lake.stacks.tables import STACK_VALUE

DAYS = 84
QUARTER = timedelta(minutes=15)
SLOTS = 96
REASON = "演示数据"
ORDER = "重污染天气橙色预警响应（演示）"
#: days before the demo was made at which the order began, and how many days it held
ORDER_BACK, ORDER_DAYS = 9, 3
#: facilities that go on until their lines have stopped [min]
STOPPING = {"990100010003": 150, "990100020003": 30, "990100030002": 30, "990100040002": 30}
#: of the days before the demo was made: from when on the sins last
SIN_BACK = 30
#: the meter that is read from an HJ 212 device, the device, the code of its power, and since how many days
FED, FED_MN, FED_CODE, FED_BACK = "990100100002", "010000A8900016F099000010", "d20305", 1
FED_EVERY = timedelta(minutes=5)

Watts = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Shift:
    """When a line works: quarter hours of a day, and whether on rest days, too."""

    first: int
    last: int
    rest_days: bool = True
    #: share of the running load that stays on
    base: float = 0.04


AROUND = Shift(0, 96)
TWO = Shift(24, 88)
DAY = Shift(32, 72, rest_days=False)
LONG = Shift(24, 104)


@dataclass(frozen=True, slots=True)
class Metered:
    """A meter of the demo.

    Attributes
    ----------
    unit
        Number of the line or facility; empty for the plant.
    kw
        Running load [kW].
    sin
        What it does that it should not: see `_sinned`.
    """

    number: str
    role: str
    unit: str
    kw: float
    shift: Shift
    ct: int = 40
    pt: int = 1
    serves: tuple[str, ...] = ()
    holding_kw: int = 0
    holding_grounds: str = ""
    stop_minutes: int = 0
    sin: str = ""


@dataclass(frozen=True, slots=True)
class Plant:
    """An enterprise of the demo with its meters."""

    name: str
    meters: tuple[Metered, ...]
    ordered: bool = False
    stops: bool = True
    ratio: Decimal | None = None
    rules: frozenset[str] = field(default_factory=frozenset)


#: the plants, and which rules must find something (LOST: a meter that sends nothing)
PLANTS: tuple[Plant, ...] = (
    Plant(
        "云山水泥有限公司",
        (
            Metered("990100010001", "production", "L1", 4200, AROUND, 80, 100, stop_minutes=120),
            Metered("990100010002", "production", "L2", 2600, AROUND, 60, 100),
            Metered("990100010003", "treatment", "TA001", 380, AROUND, serves=("L1",)),
        ),
        ordered=True,
    ),
    Plant(
        "泽阳陶瓷集团有限公司",
        (
            Metered("990100020001", "production", "L1", 1500, AROUND, 60, 10, sin="order_nights"),
            Metered("990100020002", "production", "L2", 1700, AROUND, 60, 10),
            Metered("990100020003", "treatment", "TA001", 160, AROUND),
        ),
        ordered=True,
        rules=frozenset({"E3", "E7"}),
    ),
    Plant(
        "泽阳北岭石灰有限公司",
        (
            Metered(
                "990100030001", "production", "L1", 420, AROUND, holding_kw=130,
                holding_grounds="竖窑保温风机，县分局核定（演示）", sin="holding",
            ),
            Metered("990100030002", "treatment", "TA001", 60, AROUND),
        ),
        ordered=True,
    ),
    Plant(
        "晴川红岩精密铸造有限公司",
        (
            Metered("990100040001", "production", "L1", 900, TWO, sin="order_lost"),
            Metered("990100040002", "treatment", "TA001", 110, TWO),
        ),
        ordered=True,
        rules=frozenset({"LOST"}),
    ),
    Plant(
        "晴川白马铸造有限公司",
        (
            Metered("990100050001", "production", "L1", 760, LONG),
            Metered("990100050002", "treatment", "TA001", 90, LONG, sin="night_off"),
        ),
        rules=frozenset({"E6"}),
    ),
    Plant(
        "河东双河轧钢有限公司",
        (Metered("990100060001", "production", "L1", 2300, TWO, 100, 10, sin="lost"),),
        rules=frozenset({"LOST"}),
    ),
    Plant(
        "晴川玻璃有限公司",
        (
            Metered("990100070001", "production", "L1", 1900, AROUND, 80, 10),
            Metered("990100070002", "total", "", 2400, AROUND, 100, 10),
        ),
        ratio=Decimal("1.150"),
    ),
    Plant(
        "河东森雅木业有限公司",
        (Metered("990100080001", "total", "", 180, DAY, sin="comes_back"),),
        rules=frozenset({"E7"}),
    ),
    Plant(
        "晴川汽车零部件涂装有限公司",
        (
            Metered("990100090001", "production", "L1", 520, DAY),
            Metered("990100090002", "treatment", "TA001", 140, DAY, sin="late"),
        ),
        rules=frozenset({"E6-lag", "E6"}),
    ),
    Plant(
        "晴川印刷包装有限公司",
        (
            Metered("990100100001", "production", "L1", 240, DAY),
            Metered("990100100002", "production", "L2", 150, DAY),
            Metered("990100100003", "treatment", "TA001", 130, DAY),
        ),
    ),
)


def load(
    actor: Actor, regions: dict[str, Region], now: datetime, plants: tuple[Plant, ...] = PLANTS
) -> None:
    """Register the meters, enter the order, write the readings, judge them."""
    today = day_of(now)
    chosen = []
    for plant in plants:
        source = _source(plant)
        for one in plant.meters:
            _register(actor, source, one)
            if one.number == FED:
                _feed(actor, source)
        if plant.ratio is not None:
            SetPowerSite(
                actor, source, own_generation="ratio", ratio=plant.ratio, note="余热发电（演示）", reason=REASON
            ).execute()
        if plant.ordered:
            chosen.append(source)
    start = midnight(today - timedelta(days=ORDER_BACK)) + timedelta(hours=12)
    AddPeriod(
        actor, name=ORDER, kind="warning", document="晴环攻坚办〔演示〕1号", start=start,
        end=start + timedelta(days=ORDER_DAYS), demand="stop", percent=None, grace_minutes=0,
        region=regions[city.CITY], sources=chosen, reason=REASON,
    ).execute()  # fmt: skip
    _write(today - timedelta(days=DAYS), today, now, today, plants)
    judge(now, today - timedelta(days=DAYS))


def top_up(now: datetime) -> None:
    """Go on from the last reading to now, where the demo has meters."""
    period = PowerPeriod.objects.filter(name=ORDER).order_by("pk").first()
    last = (
        Meter.objects.filter(number__in=[one.number for one in _meters()], seen_at__isnull=False)
        .order_by("-seen_at")
        .values_list("seen_at", flat=True)
        .first()
    )
    if period is None or last is None or quarter_before(now) <= last:
        return
    first = max(day_of(last), day_of(now) - timedelta(days=DAYS))
    _write(first, day_of(now), now, day_of(period.start) + timedelta(days=ORDER_BACK))
    judge(now, first - timedelta(days=1))


def judge(now: datetime, since: date) -> None:
    """Judge all enterprises of the demo."""
    keys = list(Meter.objects.filter(number__in=[one.number for one in _meters()]).values_list("source_id", flat=True))
    for site in sites(sorted(set(keys))):
        judge_site(site, now, since)
    tell(now)


def _meters() -> Iterator[Metered]:
    for plant in PLANTS:
        yield from plant.meters


def _source(plant: Plant) -> Source:
    found: Source = Source.objects.get(name=plant.name, kind="enterprise")
    return found


def _register(actor: Actor, source: Source, one: Metered) -> None:
    units = {unit.number: unit for unit in Unit.objects.filter(source=source)}
    AddMeter(
        actor,
        number=one.number,
        source=source,
        role=one.role,
        unit=units[one.unit] if one.unit else None,
        serves=[units[number] for number in one.serves],
        name="",
        ct=Decimal(one.ct),
        pt=Decimal(one.pt),
        multiplied=True,
        holding_kw=Decimal(one.holding_kw) if one.holding_kw else None,
        holding_grounds=one.holding_grounds,
        stop_minutes=one.stop_minutes,
        capacity_kw=Decimal(round(one.kw * 1.6)),
        reason=REASON,
    ).execute()


def _feed(actor: Actor, source: Source) -> None:
    """A logger at one of the lines, and its meter read from it."""
    device = AddDevice(
        actor, mn=FED_MN, name="2号线用电采集", kind="meter", st="44", source=source, reason=REASON
    ).execute()
    SetFeed(
        actor, Meter.objects.get(number=FED), device=device, factors=[FED_CODE], measure="power", unit="kW", period="rtd",
        grounds="数采仪验收报告（演示）", reason=REASON,
    ).execute()  # fmt: skip


def _write(
    first: date, last: date, now: datetime, made: date, plants: tuple[Plant, ...] = PLANTS
) -> None:
    """Write the readings of whole days up to the last quarter hour.

    Parameters
    ----------
    made
        The day on which the demo was made.
    """
    until = quarter_before(now).astimezone(UTC)
    numbers: list[str] = []
    ends: list[datetime] = []
    energy: list[int] = []
    touched = {}
    moments: list[tuple[datetime, float]] = []
    for plant in plants:
        for one in plant.meters:
            own: list[datetime] = []
            fed_from = midnight(made - timedelta(days=FED_BACK)) if one.number == FED else until
            for at in range((last - first).days + 1):
                day = first + timedelta(days=at)
                begin = midnight(day).astimezone(UTC)
                for slot, watts in enumerate(_day(plant, one, day, made).tolist()):
                    end = begin + QUARTER * (slot + 1)
                    if one.number == FED and end > fed_from:
                        moments += [(end - QUARTER + FED_EVERY * turn, watts) for turn in range(3)]
                    elif watts >= 0 and end <= until:
                        numbers.append(one.number)
                        own.append(end)
                        energy.append(round(watts / 4))
            ends += own
            if own:
                touched[one.number] = (own[0], own[-1])
    utc = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "meter": pa.array(numbers, pa.string()),
            "start": pa.array([end - QUARTER for end in ends], utc),
            "end": pa.array(ends, utc),
            "energy_wh": pa.array(energy, pa.int64()),
            "door": pa.array(["demo"] * len(ends), pa.string()),
        }
    )
    lake().put(POWER_READING, table, batch=f"demo-power-{first}-{until.isoformat()}", reason=REASON, actor="demo", now=now)
    touch(touched, now)
    _send([(at, watts) for at, watts in moments if at <= now], now)


def _send(moments: list[tuple[datetime, float]], now: datetime) -> None:
    """What the logger has sent, as the gateway would bring it into the lake; then its meter is read."""
    if not moments:
        return
    rows = [
        {
            "mn": FED_MN, "st": "44", "cn": "2011", "factor": FED_CODE, "start": at, "off": False, "clock": "data",
            "end": at, "rtd": Decimal(round(watts)) / 1000, "flag": "N", "received": at + timedelta(seconds=4),
        }
        for at, watts in moments
    ]  # fmt: skip
    schema = pa.schema([STACK_VALUE.schema.field(name) for name in rows[0]])
    lake().put(
        STACK_VALUE, pa.Table.from_pylist(rows, schema=schema), batch=f"demo-power-hj212-{now:%Y%m%d%H%M}", reason="simulated"
    )
    at, watts = moments[-1]
    value = Decimal(round(watts)) / 1000
    gateway_ports.write_latest(
        [gateway_ports.Said(FED_MN, "2011", FED_CODE, at, min(at + timedelta(seconds=4), now), value, None, "N")]
    )
    stations.read_due(now)


def _day(plant: Plant, one: Metered, day: date, made: date) -> Watts:
    """The load of a day [W] in quarter hours; -1 where nothing was sent."""
    random = np.random.default_rng([crc32(one.number.encode()), day.toordinal()])
    full = one.kw * 1000
    watts = np.full(SLOTS, one.shift.base * full)
    works = one.shift.rest_days or day.weekday() < 5
    for begin, end, day_works in (
        (one.shift.first, min(one.shift.last, SLOTS), works),
        (0, max(one.shift.last - SLOTS, 0), one.shift.rest_days or (day - timedelta(days=1)).weekday() < 5),
    ):
        if day_works:
            watts[begin:end] = full
    watts *= 1 + random.normal(0, 0.03, SLOTS).clip(-0.08, 0.08)
    if plant.ordered:
        _ordered(watts, one, day, made)
    _sinned(watts, one, day, made)
    return watts.round()


def _ordered(watts: Watts, one: Metered, day: date, made: date) -> None:
    """The order to stop, as the plants keep it: a line needs its time to stop, treatment half an hour longer."""
    begin = made - timedelta(days=ORDER_BACK)
    if not begin <= day <= begin + timedelta(days=ORDER_DAYS):
        return
    first = 48 if day == begin else 0
    last = 48 if day == begin + timedelta(days=ORDER_DAYS) else SLOTS
    if day == begin:
        first += STOPPING.get(one.number, one.stop_minutes) // 15
    rest = 0.27 if one.sin == "holding" else one.shift.base
    watts[first:last] = one.kw * 1000 * rest
    if one.sin == "order_nights" and day != begin + timedelta(days=ORDER_DAYS):
        # It goes on in the dark, its treatment with it: only the order is not kept.
        watts[88:] = one.kw * 900
    if one.sin == "order_nights" and day != begin:
        watts[:20] = one.kw * 900
    if one.number == "990100020003":
        watts[88:] = one.kw * 950
        watts[:20] = one.kw * 950
    if one.sin == "order_lost" and day == begin + timedelta(days=1):
        watts[:] = -1


def _sinned(watts: Watts, one: Metered, day: date, made: date) -> None:
    """What a meter does in the thirty days before the demo was made, and on."""
    back = (made - day).days
    if back > SIN_BACK or back < 1:
        return
    full = one.kw * 1000
    if one.sin == "night_off":
        # From ten in the evening until the shift ends at two.
        watts[88:] = full * 0.03
        watts[:8] = full * 0.03
    elif one.sin == "lost" and back in (3, 4):
        watts[:] = -1
    elif one.sin == "comes_back" and back in (5, 12, 19):
        watts[88:] = full * 0.9
    elif one.sin == "late" and day.weekday() < 5:
        watts[32:37] = full * 0.04
