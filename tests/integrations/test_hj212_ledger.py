"""The gateway on the ledger of an office, over a real socket: register, approval, commands, latest values, pages."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import pytest
from django.db import DatabaseError

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.models import User
from lantian.apps.monitoring import gateway_ports as ports
from lantian.apps.monitoring.actions.commands import SendCommand
from lantian.apps.monitoring.actions.devices import AddDevice, ApproveDevice, ChangeDevice, SuspendDevice
from lantian.apps.monitoring.actions.secrets import SetSecret
from lantian.apps.monitoring.models import Device, DeviceCommand, GatewayState, LatestValue
from lantian.apps.sources.models import Source
from lantian.cli.gateway import LEDGER
from lantian.integrations.hj212 import landing, pages
from lantian.integrations.hj212.commands import Patience
from lantian.integrations.hj212.draining import Drainer
from lantian.integrations.hj212.errors import RegistryRefused
from lantian.integrations.hj212.framing import Framer
from lantian.integrations.hj212.latest import Coalesced
from lantian.integrations.hj212.ledger import Keeper, LedgerCommands, LedgerLatest, LedgerRegistrations
from lantian.integrations.hj212.requests import Command, Report
from lantian.integrations.hj212.running import STATUS, Config
from lantian.integrations.hj212.server import Gateway
from lantian.lake.stacks.reading import read_values
from lantian.lake.store import Lake
from tests.integrations.stations import MN, OTHER, SOON, upload

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")


class Relay:
    """Commands between the gateway's thread and the one of the test, which alone has the transaction of the ledger."""

    def __init__(self) -> None:
        self.waiting: list[Command] = []
        self.reports: list[Report] = []

    def poll(self, connected: frozenset[str]) -> Iterable[Command]:
        """Hand over once."""
        found, self.waiting = self.waiting, []
        return found

    def claim(self, ids: Sequence[str]) -> Sequence[str]:
        """All; what the ledger says to that is tested beside it."""
        return ids

    def report(self, found: Report) -> None:
        """Keep it."""
        self.reports.append(found)


@pytest.fixture
def source(small_city: Any) -> Source:
    """A works."""
    return Source.objects.create(kind="enterprise", name="示例水泥", region=small_city.districts[0])


@pytest.fixture
def register(source: Source) -> LedgerRegistrations:
    """A device with a password, as the gateway knows it."""
    device = AddDevice(SYSTEM, mn=MN, name="窑尾", kind="cems", st="31", source=source).execute()
    SetSecret(SYSTEM, device, "pw", "123456").execute()
    found = LedgerRegistrations()
    assert found.refresh()
    return found


class Running:
    """A gateway on the loopback in a thread of its own; the test asks the ledger in the thread of its transaction."""

    def __init__(self, path: Path, register: LedgerRegistrations, **options: Any) -> None:
        self._given = path, register, options
        self._ready = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()))
        self.lines: list[Line] = []

    async def _run(self) -> None:
        path, register, options = self._given
        self.loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        options = {"patience": Patience(poll=0.01)} | options
        self.gateway = Gateway(register, path / "landing.db", gather=0.0, **options)
        _host, self.port = await self.gateway.listen("127.0.0.1", 0)
        self._ready.set()
        await self._stop.wait()
        await self.gateway.close()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(SOON)
        return self

    def __exit__(self, *_error: Any) -> None:
        for line in self.lines:
            line.socket.close()
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(SOON)
        assert not self._thread.is_alive()

    def line(self) -> Line:
        """A new connection."""
        self.lines.append(Line(self.port))
        return self.lines[-1]


class Line:
    """A connection of a station."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), SOON)
        self._framer = Framer()
        self._found: list[bytes] = []

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self.socket.sendall(data)

    def answer(self) -> str:
        """The next frame from the gateway; empty if it has ended the connection."""
        while not self._found:
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                return ""
            if not data:
                return ""
            self._found += [one.segment for one in self._framer.feed(data)]
        return str(self._found.pop(0).decode())


def until(holds: Callable[[], Any]) -> None:
    """Wait for something that is about to be."""
    given_up = time.monotonic() + SOON
    while not holds():
        assert time.monotonic() < given_up
        threading.Event().wait(0.005)


def now_text(moment: datetime) -> str:
    return moment.astimezone(CAMPAIGN_TIME).strftime("%Y%m%d%H%M%S")


def test_what_a_device_sends_is_answered_drained_and_stands_in_the_ledger(
    tmp_path: Path, register: LedgerRegistrations
) -> None:
    moment = datetime.now(UTC).replace(microsecond=0)
    hour = moment.replace(minute=0, second=0) - timedelta(hours=1)

    with Running(tmp_path, register) as house:
        line = house.line()
        line.send(upload(1, content=f"DataTime={now_text(moment)};a21026-Rtd=18.5,a21026-ZsRtd=21.25,a21026-Flag=N"))
        assert "QN=20260301080000001;ST=91;CN=9014" in line.answer()
        hourly = f"DataTime={now_text(hour)};a34013-Avg=4.5,a34013-Flag=D;a21026-Avg=17.5,a21026-Flag=N"
        line.send(upload(2, cn="2061", content=hourly))
        assert "CN=9014" in line.answer()
        line.send(upload(3, pw="999999"))
        line.send(upload(4, cn="9015", content=""))
        assert "CN=9013" in line.answer()

    lake = Lake(str(tmp_path / "lake"))
    with closing(landing.connect(tmp_path / "landing.db")) as db:
        latest = Coalesced(LedgerLatest(lambda: register.ids), time.monotonic)
        drainer = Drainer(db, lake, register, latest)
        while drainer.step(finish=True):
            pass
        assert ["wrong_password"] == [one.error for _number, one in landing.rejects(db)]
    rows = read_values(lake, hour, moment, columns=["factor", "rtd", "avg"]).to_pylist()
    assert {("a21026", Decimal("18.5"), None), ("a34013", None, Decimal("4.5")), ("a21026", None, Decimal("17.5"))} == {
        (row["factor"], row["rtd"], row["avg"]) for row in rows
    }
    found = {(row.factor, row.period): (row.value, row.folded, row.flag, row.time) for row in LatestValue.objects.all()}
    assert found == {
        ("a21026", "rtd"): (Decimal("18.5"), Decimal("21.25"), "N", moment),
        ("a34013", "hour"): (Decimal("4.5"), None, "D", hour),
        ("a21026", "hour"): (Decimal("17.5"), None, "N", hour),
    }
    seen = Device.objects.get(mn=MN).seen_at
    assert seen is not None and abs(seen - moment) < timedelta(minutes=5)


def test_an_unknown_device_waits_in_the_register_and_is_taken_when_it_is_approved(
    tmp_path: Path, register: LedgerRegistrations, source: Source
) -> None:
    keeper = Keeper(register, tmp_path, time.monotonic)

    with Running(tmp_path, register, park=True) as house:
        line = house.line()
        line.send(upload(1, mn=OTHER, st="39", pw="000000"))
        assert "CN=9014" in line.answer()
        assert (1, 0) == (keeper.park(), keeper.park())
        device = Device.objects.get(mn=OTHER)
        assert ("parked", "dust", "39", "127.0.0.1") == (device.state, device.kind, device.st, device.options["peer"])
        register.refresh()
        assert house.gateway.release_approved() == 0
        ApproveDevice(SYSTEM, device, kind="dust", source=source).execute()
        assert register.refresh()
        assert house.gateway.release_approved() == 1

    with closing(landing.connect(tmp_path / "landing.db")) as db:
        assert [OTHER] == [one.mn for one in landing.frames_after(db, 0, 9)]


def test_a_change_of_the_register_is_known_at_the_next_look_and_a_suspended_device_is_refused(
    tmp_path: Path, register: LedgerRegistrations
) -> None:
    assert not register.refresh()
    device = Device.objects.get(mn=MN)
    ChangeDevice(
        SYSTEM, device, addresses=["10.0.0.0/8"], options={"crc": "modbus", "minute_interval": 10, "lenient_length": True}
    ).execute()
    assert register.refresh()
    found = register.lookup(MN)
    assert found is not None and found.password_is("123456") and not found.password_is("1")
    assert ("modbus", 10, True) == (found.crc, found.minute_interval, found.lenient_length)
    assert found.may_connect_from("10.1.2.3") and not found.may_connect_from("127.0.0.1")
    SuspendDevice(SYSTEM, device, reason="检修").execute()
    register.refresh()

    with Running(tmp_path, register) as house:
        line = house.line()
        line.send(upload(1))
        assert line.answer() == ""


def test_a_command_of_the_page_reaches_the_device_and_what_it_answers_stands_in_the_ledger(
    tmp_path: Path, register: LedgerRegistrations
) -> None:
    device = Device.objects.get(mn=MN)
    SendCommand(SYSTEM, device, "1012", {}, reason="校时").execute()
    ledger, relay = LedgerCommands(), Relay()

    def reply(cn: str, qn: str, content: str) -> bytes:
        return upload(mn=MN, st="91", cn=cn, flag=4, qn=qn, content=content)

    with Running(tmp_path, register, commands=relay) as house:
        line = house.line()
        line.send(upload(1))
        assert line.answer()
        assert list(ledger.poll(frozenset())) == []
        relay.waiting = list(ledger.poll(frozenset(house.gateway.stations)))
        asked = line.answer()
        sent = datetime.strptime(asked[asked.index("SystemTime=") + 11 :][:14], "%Y%m%d%H%M%S")
        assert abs(sent.replace(tzinfo=CAMPAIGN_TIME) - datetime.now(UTC)) < timedelta(minutes=1)
        qn = asked[3:20]
        line.send(reply("9011", qn, "QnRtn=1"))
        line.send(reply("9012", qn, "ExeRtn=1"))
        until(lambda: relay.reports and relay.reports[-1].state == "done")

    for found in relay.reports:
        ledger.report(found)
    row = DeviceCommand.objects.get()
    assert ("done", 1, ["accepted", "done"]) == (row.state, row.attempts, [one["state"] for one in row.answers][-2:])
    assert row.sent_at is not None and row.ended_at is not None
    assert list(ledger.poll(frozenset([MN]))) == []


def test_the_pages_show_how_the_gateway_stands_what_it_refused_and_read_a_packet(
    tmp_path: Path, register: LedgerRegistrations, staff: dict[str, User], client_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Running(tmp_path, register, status=tmp_path / STATUS) as house:
        line = house.line()
        line.send(upload(1) + upload(2, pw="739184") + b"##0012ST=31;MN=1AAAA\r\n")
        assert line.answer()
        until(lambda: sum(house.gateway.stats.rejected.values()) >= 2)
        house.gateway._write_status()

    moment = [100.0]
    keeper = Keeper(register, tmp_path, lambda: moment[0])
    keeper.step()
    moment[0] += 10
    keeper.step()
    state = GatewayState.objects.get()
    assert state.status["frames"] == 1 and state.status["frames_per_second"] == 0.0

    monkeypatch.setattr(pages, "landing_file", lambda: tmp_path / "landing.db")
    client = client_of(staff["system_admin"])
    page = client.get("/monitoring/gateway/").content.decode()
    assert "密码（PW）错误" in page and "739184" not in page and "PW=***" in page
    assert client.get("/monitoring/gateway/?error=crc_mismatch").context["rows"] == []
    assert len(client.get("/monitoring/gateway/?error=wrong_password&mn=169DC0").context["rows"]) == 1
    read = client.post("/monitoring/gateway/read/", {"packet": upload(5).decode().strip()})
    (verdict,) = read.context["verdicts"]
    assert verdict["ok"] and "123456" not in verdict["json"]
    bad = client.post("/monitoring/gateway/read/", {"packet": upload(5).replace(b"18.5", b"18.6").hex(" ")})
    assert bad.context["verdicts"][0]["error"] == "crc_mismatch"
    none = client.post("/monitoring/gateway/read/", {"packet": "你好"})
    assert (200, []) == (none.status_code, none.context["verdicts"])
    assert client.post("/monitoring/gateway/read/", {"packet": ""}).status_code == 422
    (tmp_path / "landing.db").write_bytes(b"no database at all" * 100)
    assert not client.get("/monitoring/gateway/").context["rejects"].readable


def test_the_office_is_found_by_the_configuration_and_asked_outside_of_the_loop_that_receives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def register() -> dict[str, ports.Registered]:
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()
        return {MN: ports.Registered(MN, 1, "active")}

    monkeypatch.setattr(ports, "version", lambda: (1,))
    monkeypatch.setattr(ports, "registrations", register)
    monkeypatch.setattr(Keeper, "run", lambda _keeper, _stop: None)
    config = Config(folder=str(tmp_path), lake=str(tmp_path / "lake"), seams=LEDGER)

    async def receiving() -> Any:
        return config.given()

    seams = asyncio.run(receiving())
    found = seams.registrations.lookup(MN)
    assert found is not None and found.state == "active"
    assert seams.commands is not None and seams.latest is not None


def test_a_ledger_that_cannot_be_read_is_told_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise DatabaseError("no such table: monitoring_device")

    monkeypatch.setattr(ports, "version", broken)
    with pytest.raises(RegistryRefused, match="--registry"):
        Config(folder=str(tmp_path), lake=str(tmp_path / "lake"), seams=LEDGER).given()
