"""Meters on HJ 212 devices: how they are set, what of the lake is read, what cannot be used, and why nothing comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
from django.test import Client

from lantian.apps.air import lake
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.models import LogEntry, User
from lantian.apps.monitoring import power_feeds
from lantian.apps.monitoring.actions.devices import AddDevice, SuspendDevice
from lantian.apps.monitoring.actions.power import ChangeMeter, RetireMeter, TakeRejects
from lantian.apps.monitoring.actions.power_feeds import RemoveFeed, SetFeed
from lantian.apps.monitoring.doors.power import stations
from lantian.apps.monitoring.doors.power.files import ImportReadings
from lantian.apps.monitoring.models import Device, Load, Meter, MeterFeed, PowerReject
from lantian.apps.monitoring.tests.power_city import NOW, Works
from lantian.apps.sources.models import Source
from lantian.lake.power.reading import readings
from lantian.lake.power.tables import POWER_READING
from lantian.lake.stacks.tables import STACK_VALUE
from lantian.rules.air.labels import BEIJING

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
MN = "010000A8900016F000169E01"
DAY = date(2026, 11, 26)
HALF = timedelta(seconds=30)


@pytest.fixture
def logger(mill: Works) -> Device:
    """A logger of the works."""
    return AddDevice(SYSTEM, mn=MN, name="用电采集", kind="meter", st="44", source=mill.source).execute()


def clock(text: str, day: date = DAY) -> datetime:
    hour, minute = (int(part) for part in text.split(":"))
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING)


def sent(
    values: Mapping[str, list[Any]],
    start: datetime,
    step: timedelta = timedelta(minutes=1),
    *,
    cn: str = "2011",
    column: str = "",
    flag: str | None = "N",
    off: bool = False,
    received: datetime | None = None,
    length: timedelta | None = None,
) -> None:
    """Put values of the logger into the lake of stacks as the gateway would; None leaves one out."""
    rows = []
    name = column or ("rtd" if cn == "2011" else "avg")
    for code, listed in values.items():
        for number, value in enumerate(listed):
            if value is None:
                continue
            at = (start + number * step).astimezone(UTC)
            rows.append(
                {
                    "mn": MN, "st": "44", "cn": cn, "factor": code, "start": at, "off": off, "clock": "data",
                    "end": at if cn == "2011" else (at + (length or step)), "flag": flag, name: Decimal(str(value)),
                    "received": received or at + timedelta(seconds=2), "frame": uuid4().hex,
                }
            )  # fmt: skip
    schema = pa.schema([STACK_VALUE.schema.field(one) for one in rows[0]])
    lake().put(STACK_VALUE, pa.Table.from_pylist(rows, schema=schema), batch=uuid4().hex)


def feed(mill: Works, logger: Device, meter: str = "P1", **other: Any) -> MeterFeed:
    values: dict[str, Any] = {
        "device": logger, "factors": ["d20405"], "measure": "power", "unit": "kW", "period": "rtd", "grounds": "验收报告",
    }  # fmt: skip
    return SetFeed(SYSTEM, mill.meters[meter], **{**values, **other}).execute()


def stored(meter: str = "P1") -> list[tuple[str, int | None]]:
    """End in campaign time and energy [Wh] of all readings."""
    found = readings(lake(), [meter], NOW - timedelta(days=60), NOW + timedelta(days=1), ("end", "energy_wh"))
    return [(f"{row['end'].astimezone(BEIJING):%H:%M}", row["energy_wh"]) for row in found.to_pylist()]


# Setting -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "where"),
    [
        ({"factors": []}, "factors"),
        ({"factors": ["d20405", "d20406"]}, "factors"),
        ({"factors": ["功率"]}, "factors"),
        ({"unit": "kWh"}, "unit"),
        ({"unit": ""}, "unit"),
        ({"measure": "?"}, "measure"),
        ({"measure": "energy", "unit": "kWh"}, "period"),
        ({"measure": "register", "unit": "kWh", "period": "hour"}, "period"),
        ({"period": "minute"}, "period"),
        ({"grounds": " "}, "grounds"),
        ({"measure": "phases", "unit": "", "currents": ["i"]}, "power_factor"),
        ({"measure": "phases", "unit": "", "currents": ["i"], "power_factor": Decimal("1.1")}, "power_factor"),
        ({"measure": "phases", "unit": "", "power_factor": Decimal("0.9")}, "currents"),
        ({"measure": "phases", "unit": "", "factors": ["a", "b", "c"], "currents": ["i", "j"]}, "currents"),
        ({"measure": "phases", "unit": "", "factors": ["a", "b"], "currents": ["a"]}, "factors"),
    ],
)
def test_what_does_not_fit_is_refused_where_it_stands(mill: Works, logger: Device, other: dict[str, Any], where: str) -> None:
    with pytest.raises(Invalid) as refused:
        feed(mill, logger, **other)
    assert where in refused.value.fields
    assert not MeterFeed.objects.exists()


def test_a_code_is_one_meter_and_voltages_may_be_shared(mill: Works, logger: Device) -> None:
    phases = {
        "measure": "phases", "unit": "", "factors": ["d20105", "d20205"], "currents": ["d20405"], "power_factor": Decimal("0.9"),
    }  # fmt: skip
    feed(mill, logger, **phases)
    with pytest.raises(Invalid) as refused:
        feed(mill, logger, "P2")
    assert "P1" in refused.value.fields["factors"]

    feed(mill, logger, "P2", **{**phases, "currents": ["d20406"]})
    assert ["d20105", "d20205", "d20406"] == MeterFeed.objects.get(meter__number="P2").codes


def test_a_device_of_another_enterprise_or_out_of_operation_is_no_device_for_a_meter(mill: Works, logger: Device) -> None:
    other = Source.objects.create(kind="enterprise", name="别家", name_key="别家", region=mill.source.region)
    theirs = AddDevice(SYSTEM, mn=MN[:-1] + "2", name="", kind="meter", st="44", source=other).execute()
    with pytest.raises(Invalid) as refused:
        feed(mill, theirs)
    assert "device" in refused.value.fields
    SuspendDevice(SYSTEM, logger, reason="检修").execute()
    with pytest.raises(Invalid):
        feed(mill, Device.objects.get(pk=logger.pk))


def test_only_who_keeps_meters_of_this_place_sets_it_and_it_is_logged(
    mill: Works, logger: Device, staff: dict[str, User]
) -> None:
    meter = mill.meters["P1"]
    given: dict[str, Any] = {
        "device": logger, "factors": ["d20405"], "measure": "power", "unit": "kW", "period": "rtd", "grounds": "验收报告",
    }  # fmt: skip
    with pytest.raises(NotAllowed):
        SetFeed(Actor(staff["leader"]), meter, **given).execute()
    mill.source.department = None
    mill.source.save()
    with pytest.raises(NotFound):
        SetFeed(Actor(staff["department_officer"]), meter, **given).execute()

    SetFeed(Actor(staff["campaign_office"]), meter, **given).execute()
    entry = LogEntry.objects.filter(action="monitoring.meter_feed.set", result="done").get()
    assert "d20405" in str(entry.after)

    with pytest.raises(Invalid):
        RemoveFeed(Actor(staff["campaign_office"]), meter).execute()
    RemoveFeed(Actor(staff["campaign_office"]), meter, reason="改用MQTT").execute()
    assert not MeterFeed.objects.exists()
    with pytest.raises(Conflict):
        RemoveFeed(Actor(staff["campaign_office"]), meter, reason="再来").execute()


# Reading -----------------------------------------------------------------------------------------------------------------


def test_power_of_half_minutes_becomes_quarter_hours_once_and_only_what_is_new_is_judged_anew(
    mill: Works, logger: Device
) -> None:
    ChangeMeter(SYSTEM, mill.meters["P1"], ct=Decimal(10)).execute()
    feed(mill, logger)
    sent({"d20405": [4] * 30 + [8] * 30 + [4]}, clock("08:00"), HALF)

    done = stations.read_due(NOW)

    assert (1, 2, 0) == (done.feeds, done.added, done.refused)
    assert [("08:15", 10_000), ("08:30", 20_000)] == stored()
    row = MeterFeed.objects.get()
    assert (clock("08:30"), clock("08:30") + timedelta(seconds=2)) == (row.last_at, row.read_to)
    load = Load.objects.get(meters__number="P1")
    assert load.fresh_from is not None

    Load.objects.update(fresh_from=None)
    again = stations.read_due(NOW)
    assert (0, 0) == (again.added, again.corrected)
    assert Load.objects.get(pk=load.pk).fresh_from is None

    sent({"d20405": [8] * 30}, clock("08:30") + HALF, HALF)
    assert 1 == stations.read_due(NOW).added
    assert ("08:45", 19_667) == stored()[-1]
    assert Load.objects.get(pk=load.pk).fresh_from == clock("08:30")


def test_energy_counters_and_phases_are_read_as_well(mill: Works, logger: Device) -> None:
    logger.options = {"minute_interval": 5}
    logger.save()
    feed(mill, logger, "P1", measure="energy", unit="Wh", period="minute", factors=["e1"])
    feed(mill, logger, "P2", measure="register", unit="kWh", factors=["r1"])
    feed(
        mill, logger, "T1", measure="phases", unit="", factors=["u1", "u2", "u3"], currents=["i1"], power_factor=Decimal("0.8")
    )
    five = timedelta(minutes=5)
    sent({"e1": [1000, 2000, 3000]}, clock("08:00"), five, cn="2051", column="cou")
    sent({"r1": [100, None, None, "101.5", "102", "103", "104"]}, clock("08:01"), timedelta(minutes=5))
    sent({"u1": [230] * 16, "u2": [230] * 16, "u3": [220] * 16, "i1": [50] * 16}, clock("08:00"))

    stations.read_due(NOW)

    # Five minutes each: the quarter hour is full when all three are there.
    assert [("08:05", 1000), ("08:10", 2000), ("08:15", 3000)] == stored("P1")
    assert [("08:00", None), ("08:15", 1500), ("08:30", 2500)] == stored("P2")
    assert [("08:15", 6_800)] == stored("T1")


def test_what_cannot_be_used_is_kept_with_its_reason_and_counts_as_taken_when_it_comes_right(
    mill: Works, logger: Device
) -> None:
    feed(mill, logger)
    sent({"d20405": [4] * 16}, clock("07:00"), flag="D")
    sent({"d20405": [4] * 16}, clock("07:30"), off=True)
    sent({"d20405": [4] * 5}, clock("08:00"))
    sent({"d20405": [-4] * 16}, clock("08:30"))

    assert stations.read_due(NOW).refused == PowerReject.objects.count() > 0
    assert {"few_moments", "clock_off", "negative"} == set(PowerReject.objects.values_list("reason", flat=True))
    row = PowerReject.objects.filter(text__contains="07:00").get()
    assert ("hj212", MN, "P1", "few_moments") == (row.door, row.name, row.number, row.reason)
    assert [] == [end for end, _wh in stored() if end in ("07:15", "07:45", "08:45")]
    assert 0 == stations.read_due(NOW).refused

    # The logger sends the quarter hour of eight again, whole.
    before = PowerReject.objects.filter(taken_at__isnull=True).count()
    sent({"d20405": [4] * 11}, clock("08:05"), received=NOW)
    stations.read_due(NOW)
    assert ("08:15", 1000) in stored()
    taken = PowerReject.objects.filter(taken_at__isnull=False)
    assert before and all("08:" in row.text for row in taken)


def test_what_is_too_much_is_taken_once_the_register_is_mended(mill: Works, logger: Device) -> None:
    ChangeMeter(SYSTEM, mill.meters["P1"], capacity_kw=Decimal(10)).execute()
    feed(mill, logger)
    sent({"d20405": [400] * 16}, clock("08:00"))
    stations.read_due(NOW)
    assert ["too_much"] == list(PowerReject.objects.values_list("reason", flat=True))

    ChangeMeter(SYSTEM, Meter.objects.get(number="P1"), capacity_kw=Decimal(1000)).execute()
    assert 1 == TakeRejects(SYSTEM, list(PowerReject.objects.all())).execute()
    assert [("08:15", 100_000)] == stored()


def test_minute_data_of_a_device_whose_interval_is_no_longer_known_say_so(mill: Works, logger: Device) -> None:
    logger.options = {"minute_interval": 15}
    logger.save()
    feed(mill, logger, period="minute")
    sent({"d20405": [4]}, clock("08:00"), timedelta(minutes=15), cn="2051")
    table = lake().read(STACK_VALUE).drop(["end", "batch", "month", "start"])
    later = pa.array([clock("08:15").astimezone(UTC)], pa.timestamp("us", tz="UTC"))
    lake().put(STACK_VALUE, table.append_column("start", later), batch="open")

    stations.read_due(NOW)

    assert [("08:15", 1000)] == stored()
    assert ["no_interval"] == list(PowerReject.objects.values_list("reason", flat=True))


def test_what_another_door_says_stays_and_a_correction_of_the_device_corrects_itself(mill: Works, logger: Device) -> None:
    feed(mill, logger)
    sent({"d20405": [4] * 31}, clock("08:00"))
    stations.read_due(NOW)
    assert [("08:15", 1000), ("08:30", 1000)] == stored()
    content = "表号,时间,电量(kWh)\nP1,2026-11-26 08:15,7\nP1,2026-11-26 08:45,9\n".encode()
    ImportReadings(SYSTEM, content, "供电局.csv").execute()

    # Both quarter hours come otherwise, and the one that only the file had.
    sent({"d20405": [8] * 46}, clock("08:00"), received=NOW)
    done = stations.read_due(NOW)

    assert (2, 1) == (done.kept, done.corrected)
    assert [("08:15", 7000), ("08:30", 2000), ("08:45", 9000)] == stored()
    (old, _file) = sorted(lake().history(POWER_READING).to_pylist(), key=lambda row: row["end"], reverse=True)
    assert (1000, 2000, "hj212") == (old["old_energy_wh"], old["energy_wh"], old["actor"])


def test_a_feed_that_is_set_otherwise_reads_what_came_before_anew(mill: Works, logger: Device) -> None:
    feed(mill, logger)
    back = NOW - timedelta(days=20)
    sent({"d20405": [4000] * 16}, back.replace(minute=0))
    stations.read_due(NOW)
    assert [1_000_000] == [wh for _end, wh in stored()]

    feed(mill, logger, unit="W")
    stations.read_due(NOW)
    assert [1000] == [wh for _end, wh in stored()]

    feed(mill, logger, unit="W", grounds="说明书")
    assert MeterFeed.objects.get().read_to is not None


def test_a_supplement_of_long_ago_is_read_by_night_and_of_a_feed_that_lagged_behind_at_once(
    mill: Works, logger: Device
) -> None:
    feed(mill, logger)
    sent({"d20405": [4] * 16}, clock("08:00"))
    stations.read_due(NOW)
    sent({"d20405": [4] * 16}, clock("08:00") - timedelta(days=6), received=NOW)
    assert 0 == stations.read_due(NOW).added
    # Its last value holds for the quarter hour after it: that later ones came is known.
    assert 2 == stations.read_due(NOW, stations.AGAIN_BY_NIGHT).added

    MeterFeed.objects.update(read_to=NOW - timedelta(days=9))
    sent({"d20405": [4] * 16}, clock("08:00") - timedelta(days=5), received=NOW - timedelta(days=5))
    assert 2 == stations.read_due(NOW).added
    assert 5 == len(stored())


@pytest.mark.parametrize("change", ["device", "meter", "source"])
def test_what_is_out_of_use_or_belongs_to_somebody_else_is_not_read(mill: Works, logger: Device, change: str) -> None:
    feed(mill, logger)
    sent({"d20405": [4] * 16}, clock("08:00"))
    if change == "device":
        SuspendDevice(SYSTEM, logger, reason="检修").execute()
    elif change == "meter":
        RetireMeter(SYSTEM, mill.meters["P1"], reason="换表").execute()
    else:
        other = Source.objects.create(kind="enterprise", name="别家", name_key="别家", region=mill.source.region)
        Device.objects.filter(pk=logger.pk).update(source=other)

    assert 0 == stations.read_due(NOW).feeds
    assert [] == stored()
    row = MeterFeed.objects.select_related("meter", "device").get()
    assert power_feeds.standing(row, NOW).why


# Pages -------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def office(staff: dict[str, User], client_of: Callable[[User], Client]) -> Client:
    """The campaign office."""
    return client_of(staff["campaign_office"])


def test_the_page_shows_what_the_devices_sent_and_sets_a_feed(mill: Works, logger: Device, office: Client) -> None:
    sent({"d20105": [220] * 5, "d20405": [0.24] * 5}, NOW - timedelta(hours=1))
    url = f"/monitoring/power/meters/{mill.meters['P1'].pk}/feed/"

    shown = office.get(url).content.decode()
    assert "d20105" in shown and "d20405" in shown and MN in shown

    given = {
        "device": logger.pk, "measure": "power", "factors": "d20405", "unit": "kWh", "period": "rtd", "grounds": "验收报告",
    }  # fmt: skip
    wrong = office.post(url, given)
    assert 422 == wrong.status_code and "kW" in wrong.content.decode()
    assert not MeterFeed.objects.exists()

    assert 302 == office.post(url, {**given, "unit": "kW"}).status_code
    listed = office.get("/monitoring/power/feeds/").content.decode()
    assert "d20405" in listed and "等待读取" in listed
    assert "d20405" in office.get(url).content.decode()

    removed = office.post(url + "remove/", {"reason": "改用MQTT"})
    assert 302 == removed.status_code
    assert not MeterFeed.objects.exists()


def test_the_list_says_why_nothing_comes(mill: Works, logger: Device) -> None:
    feed(mill, logger)
    stations.read_due(NOW)

    def why() -> str:
        row = MeterFeed.objects.select_related("meter", "device").get()
        return power_feeds.standing(row, NOW).why

    assert "从未" in why()
    Device.objects.update(seen_at=NOW - timedelta(days=2))
    assert "11-24" in why()
    Device.objects.update(seen_at=NOW)
    assert "这些编码" in why()
    sent({"d20405": [4] * 16}, clock("09:00"), flag="D")
    stations.read_due(NOW)
    assert "拒收" in why()
    sent({"d20405": [4] * 16}, clock("09:00"), received=NOW)
    stations.read_due(NOW)
    assert not why()
