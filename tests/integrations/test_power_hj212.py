"""Electricity over HJ 212, all the way: frames of ST 44 over TCP, the lake, quarter hours of a meter, the state of its line."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from lantian.apps.air import lake
from lantian.apps.core.actions import Actor
from lantian.apps.monitoring.actions.devices import AddDevice
from lantian.apps.monitoring.actions.power import ChangeMeter
from lantian.apps.monitoring.actions.power_feeds import SetFeed
from lantian.apps.monitoring.actions.secrets import SetSecret
from lantian.apps.monitoring.choices_power import LoadState
from lantian.apps.monitoring.models import Load, MeterFeed, PowerReject, PowerSpan
from lantian.apps.monitoring.tasks_power import judge_readings
from lantian.apps.monitoring.tests.power_city import (  # noqa: F401
    NOW,
    RUNNING,
    Works,
    mill,
    write,
)
from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.draining import Drainer
from lantian.integrations.hj212.ledger import LedgerRegistrations
from lantian.lake.power.reading import readings
from lantian.rules.air.labels import BEIJING
from tests.integrations.stations import House, upload, with_gateway

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
MN = "010000A8900016F000169E01"
SIX = datetime(2026, 11, 26, 6, 0, tzinfo=BEIJING)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def metered(mill: Works) -> Works:  # noqa: F811
    """The works with ten weeks of readings up to six in the morning; its first line is read from a logger since then."""
    write(lake(), tuple(RUNNING), date(2026, 9, 1), date(2026, 11, 26), SIX)
    device = AddDevice(SYSTEM, mn=MN, name="用电采集", kind="meter", st="44", source=mill.source).execute()
    SetSecret(SYSTEM, device, "pw", "123456").execute()
    ChangeMeter(SYSTEM, mill.meters["P1"], ct=Decimal(80), pt=Decimal(10)).execute()
    SetFeed(
        SYSTEM, mill.meters["P1"], device=device, factors=["d20305"], measure="power", unit="W", period="rtd",
        grounds="数采仪验收报告",
    ).execute()  # fmt: skip
    return mill


def frames(first: datetime, last: datetime, watts: str, flag: str = "N") -> list[tuple[int, bytes]]:
    """A frame each minute with what the meter itself sees, and when it arrives [µs]."""
    found, at = [], first
    while at < last:
        content = f"DataTime={at:%Y%m%d%H%M%S};d20305-Rtd={watts},d20305-Flag={flag};d20105-Rtd=220.20,d20105-Flag=N"
        arrives = int((at.astimezone(UTC) + timedelta(seconds=3)).timestamp() * 1_000_000)
        found.append((arrives, upload(mn=MN, st="44", content=content, qn=f"{at:%Y%m%d%H%M%S}000")))
        at += MINUTE
    return found


def sent(folder: Path, monkeypatch: pytest.MonkeyPatch, given: list[tuple[int, bytes]]) -> None:
    """Send frames over TCP, each answered, and drain what landed."""
    clock = [0]
    monkeypatch.setattr("lantian.integrations.hj212.server.now_us", lambda: clock[0])
    register = LedgerRegistrations()
    assert register.refresh()

    async def station(house: House) -> None:
        line = await house.line()
        for clock[0], data in given:
            line.send(data)
            assert "CN=9014" in await line.answer()

    with_gateway(folder, station, register=register)
    with closing(landing.connect(folder / "landing.db")) as db:
        drainer = Drainer(db, lake(), register)
        while drainer.step(finish=True):
            pass


def quarters_of(meter: str) -> dict[str, int | None]:
    found = readings(lake(), [meter], SIX + MINUTE, NOW, ("end", "energy_wh")).to_pylist()
    return {f"{row['end'].astimezone(BEIJING):%H:%M}": row["energy_wh"] for row in found}


def test_frames_of_st_44_become_quarter_hours_and_the_line_is_judged_by_them(
    metered: Works,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # 400 kW on the primary side until eight, then a fortieth of it; a quarter hour in between is marked as faulty.
    day = [
        *frames(SIX, SIX + timedelta(hours=2), "500.00"),
        *frames(SIX + timedelta(hours=2), SIX + timedelta(hours=2, minutes=15), "0.00", "D"),
        *frames(SIX + timedelta(hours=2, minutes=15), NOW, "12.50"),
    ]
    sent(tmp_path / "first", monkeypatch, day[:150])
    judge_readings.call_local()
    sent(tmp_path / "second", monkeypatch, day[150:])
    judge_readings.call_local()

    found = quarters_of("P1")
    assert {100_000} == {found[f"{hour:02}:{minute:02}"] for hour in (6, 7) for minute in (15, 30, 45)}
    assert {2_500} == {found[time] for time in ("08:30", "08:45", "09:00", "09:15")}
    assert "08:15" not in found
    reject = PowerReject.objects.get(reason="few_moments")
    assert ("hj212", MN, "P1") == (reject.door, reject.name, reject.number)
    assert "08:00" in reject.text

    load = Load.objects.get(meters__number="P1")
    assert (LoadState.STOPPED, Decimal("10.0")) == (load.state, load.kw)
    states = [
        (span.state, f"{span.start.astimezone(BEIJING):%H:%M}", f"{span.end.astimezone(BEIJING):%H:%M}")
        for span in PowerSpan.objects.filter(load=load, end__gt=SIX).order_by("start")
    ]
    assert [("normal", "06:00", "08:00"), ("lost", "08:00", "08:15"), ("stopped", "08:15", "09:15")] == states
    feed = MeterFeed.objects.get()
    assert datetime(2026, 11, 26, 9, 19, tzinfo=BEIJING) == feed.last_at

    # The same frames once more, as a logger sends what it believes lost: nothing is counted twice, nothing judged anew.
    before = quarters_of("P1")
    sent(tmp_path / "second", monkeypatch, day[150:])
    judge_readings.call_local()
    assert before == quarters_of("P1")
    assert Load.objects.get(pk=load.pk).fresh_from is None
