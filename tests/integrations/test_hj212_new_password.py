"""A new password at a simulated station, over a real socket: done, lost on the way, not taken; and told nowhere."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core import serializers

from lantian.apps.core.models import LogEntry, User
from lantian.apps.monitoring import gateway_ports as ports
from lantian.apps.monitoring.actions.commands import SendCommand
from lantian.apps.monitoring.actions.new_passwords import SETTLE_AFTER, SendNewPassword
from lantian.apps.monitoring.models import Device, DeviceCommand, DeviceSecret, NewPassword
from lantian.integrations.hj212 import landing, pages
from lantian.integrations.hj212.commands import Patience
from lantian.integrations.hj212.ledger import LedgerCommands, LedgerRegistrations
from lantian.integrations.hj212.running import STATUS
from tests.integrations.stations import MN, upload
from tests.integrations.test_hj212_ledger import SYSTEM, Relay, Running, register, source, until

__all__ = ["register", "source"]

pytestmark = pytest.mark.django_db
OLD, NEW = "123456", "zQ7kX9"
QUICK = Patience(answer=0.02, repeats=3, result=60, poll=0.01)


def reply(cn: str, qn: str, content: str, pw: str) -> bytes:
    return upload(mn=MN, st="91", cn=cn, flag=4, qn=qn, content=content, pw=pw)


def stored() -> str:
    return DeviceSecret.objects.get(kind="pw").get()


def told(relay: Relay, ledger: LedgerCommands) -> None:
    """What the gateway has to report, into the ledger, in the thread of the test."""
    for found in relay.reports:
        ledger.report(found)
    relay.reports.clear()


def sent(register: LedgerRegistrations, ledger: LedgerCommands, house: Running) -> list[Any]:
    assert register.refresh()
    found = list(ledger.poll(frozenset([MN])))
    assert NEW not in repr(found)
    return found


def test_a_device_that_has_done_it_is_known_by_the_new_password_and_the_next_command_carries_it(
    tmp_path: Path, register: LedgerRegistrations, staff: dict[str, User], client_of: Any,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    device = Device.objects.get(mn=MN)
    SendNewPassword(SYSTEM, device, NEW, reason="定期更换").execute()
    SendCommand(SYSTEM, device, "1061", {}).execute()
    ledger, relay = LedgerCommands(), Relay()

    with Running(tmp_path, register, commands=relay, status=tmp_path / STATUS) as house:
        line = house.line()
        line.send(upload(1))
        assert line.answer()
        relay.waiting = sent(register, ledger, house)
        asked = line.answer()
        assert f";CN=1072;PW={OLD};MN={MN};Flag=5;CP=&&NewPW={NEW}&&" in asked
        qn = asked[3:20]
        line.send(reply("9011", qn, f"QnRtn=1;NewPW={NEW}", OLD))
        # Some repeat what they were told; the answer comes with the password that holds by then.
        line.send(upload(cn="1072", flag=4, qn=qn, content=f"NewPW={NEW},a-Info={NEW}"))
        line.send(reply("9012", qn, "ExeRtn=1", NEW))
        after = line.answer()
        assert f";CN=1061;PW={NEW};" in after
        line.send(reply("9011", after[3:20], "QnRtn=1", NEW))
        line.send(reply("9012", after[3:20], "ExeRtn=1", NEW))
        until(lambda: sum(one.state == "done" for one in relay.reports) == 2)
        # One that is refused is shown on a page.
        line.send(upload(9, pw="000000", content=f"NewPW={NEW}"))
        until(lambda: house.gateway.stats.rejected["wrong_password"])
        house.gateway._write_status()
    assert NEW not in repr(relay.reports)
    told(relay, ledger)

    assert (NEW, 0) == (stored(), NewPassword.objects.count())
    assert ["done", "done"] == list(DeviceCommand.objects.values_list("state", flat=True))
    assert register.refresh() and register.lookup(MN).password_is(NEW) and not register.lookup(MN).password_is(OLD)  # type: ignore[union-attr]
    steps = LogEntry.objects.filter(action__startswith="monitoring.secret.").order_by("pk").values_list("action", "after")
    assert [("monitoring.secret.send", "sent"), ("monitoring.secret.settle", "changed")] == [
        (action, after["step"]) for action, after in list(steps)[-2:]
    ]
    monkeypatch.setattr(pages, "landing_file", lambda: tmp_path / "landing.db")
    office, keeper = client_of(staff["campaign_office"]), client_of(staff["system_admin"])
    seen = [
        office.get(f"/monitoring/devices/{device.pk}/commands/"),
        office.get(f"/monitoring/devices/{device.pk}/"),
        office.get("/monitoring/devices/?export=xlsx"),
        keeper.get(f"/monitoring/devices/{device.pk}/key/new/"),
        keeper.get("/monitoring/devices/keys/"),
        keeper.get("/monitoring/gateway/"),
    ]
    assert [200] * 6 == [page.status_code for page in seen]
    whole = b"".join(page.content for page in seen).decode("utf-8", "replace")
    for model in (LogEntry, DeviceCommand, DeviceSecret, Device):
        whole += serializers.serialize("json", model._default_manager.all())
    whole += caplog.text + (tmp_path / STATUS).read_text() + repr(register.lookup(MN))
    # Bytes stand on the page sixteen a line: what is looked for could be parted by an end of a line.
    (refused,) = (one["row"].raw for one in seen[-1].context["rows"])
    assert b"NewPW=***" in refused and NEW.encode() not in refused
    assert NEW not in whole and NEW.encode().hex(" ") not in whole.lower()


def test_a_device_whose_answer_was_lost_is_not_locked_out_and_what_it_uses_is_settled_on(
    tmp_path: Path, register: LedgerRegistrations, staff: dict[str, User], client_of: Any
) -> None:
    device = Device.objects.get(mn=MN)
    row = SendNewPassword(SYSTEM, device, NEW, reason="定期更换").execute()
    ledger, relay = LedgerCommands(), Relay()

    with Running(tmp_path, register, commands=relay, patience=QUICK) as house:
        line = house.line()
        line.send(upload(1))
        assert line.answer()
        relay.waiting = sent(register, ledger, house)
        assert 1 == len({line.answer() for _try in range(4)})
        until(lambda: relay.reports and relay.reports[-1].state == "unanswered")
        told(relay, ledger)
        row.refresh_from_db()
        assert ("timed_out", "unanswered", 4, OLD) == (row.state, row.outcome, row.attempts, stored())
        page = client_of(staff["system_admin"]).get(f"/monitoring/devices/{device.pk}/key/new/").content.decode()
        assert "尚未确认设备是否已改用新密码" in page

        # It sends what it had kept first: taken, answered in kind, and no proof of anything yet.
        line.send(upload(2))
        assert f";PW={OLD};" in line.answer()
        assert register.settle() == 0 and NewPassword.objects.exists()
        line.send(upload(3, pw=NEW))
        assert f";PW={NEW};" in line.answer()
        line.send(upload(4))
        assert f";PW={OLD};" in line.answer()
        assert register.settle() == 1
        assert register.refresh()
        line.send(upload(5) + upload(6, pw=NEW))
        assert "QN=20260301080000006" in line.answer()

    row.refresh_from_db()
    assert (NEW, 0, "timed_out", "uses_new") == (stored(), NewPassword.objects.count(), row.state, row.outcome)
    with closing(landing.connect(tmp_path / "landing.db")) as db:
        assert ["wrong_password"] == [one.error for _number, one in landing.rejects(db)]


def test_a_device_that_goes_on_with_the_former_password_keeps_it_after_a_while(
    tmp_path: Path, register: LedgerRegistrations
) -> None:
    row = SendNewPassword(SYSTEM, Device.objects.get(mn=MN), NEW, reason="定期更换").execute()
    ledger, relay = LedgerCommands(), Relay()

    with Running(tmp_path, register, commands=relay) as house:
        line = house.line()
        line.send(upload(1))
        assert line.answer()
        relay.waiting = sent(register, ledger, house)
        qn = line.answer()[3:20]
        line.send(reply("9011", qn, "QnRtn=1", OLD) + reply("9012", qn, "ExeRtn=2", OLD))
        until(lambda: relay.reports and relay.reports[-1].state == "failed")
        told(relay, ledger)
        line.send(upload(2))
        assert line.answer()
        assert register.settle() == 0
        DeviceCommand.objects.update(ended_at=datetime.now(UTC) - SETTLE_AFTER)
        line.send(upload(3))
        assert line.answer()
        assert register.settle() == 1
        assert register.refresh()
        line.send(upload(4, pw=NEW) + upload(5))
        assert "QN=20260301080000005" in line.answer()

    row.refresh_from_db()
    assert (OLD, 0, "failed", "uses_former") == (stored(), NewPassword.objects.count(), row.state, row.outcome)


def test_nothing_is_sent_before_the_gate_knows_the_password_and_nothing_that_was_taken_back(
    tmp_path: Path, register: LedgerRegistrations
) -> None:
    device = Device.objects.get(mn=MN)
    SendNewPassword(SYSTEM, device, NEW, reason="定期更换").execute()
    SendCommand(SYSTEM, device, "1011", {}).execute()
    SendCommand(SYSTEM, device, "1063", {}).execute()
    ledger = LedgerCommands()
    stale, clock, interval = ledger.poll(frozenset([MN]))

    class Picky(Relay):
        def claim(self, ids: Any) -> Any:
            return [one for one in ids if one != clock.id]

    relay = Picky()
    with Running(tmp_path, register, commands=relay) as house:
        line = house.line()
        line.send(upload(1))
        assert line.answer()
        # The register of the gateway has not been looked at since: the first is left for later, the second was taken back.
        relay.waiting = [stale, clock, interval]
        assert ";CN=1063;" in line.answer()

    key = int(clock.id)
    assert {key} == ports.claim([key, 987654]) and set() == ports.claim([key])
    assert ports.report_command(key, "queued", at=datetime.now(UTC))
    row = DeviceCommand.objects.get(pk=key)
    assert ("queued", None) == (row.state, row.sent_at)
    assert json.loads(json.dumps(row.parameters)) == []


def test_a_command_that_was_under_way_when_the_connection_went_waits_again_and_is_given_up_when_nothing_comes(
    register: LedgerRegistrations,
) -> None:
    row = SendNewPassword(SYSTEM, Device.objects.get(mn=MN), NEW, reason="定期更换").execute()
    now = datetime.now(UTC)
    ports.claim([row.pk])
    ports.report_command(row.pk, "sent", at=now, attempts=1)
    ports.report_command(row.pk, "queued", at=now, attempts=2)
    assert [row.pk] == [one.id for one in ports.waiting()]
    # Its time is over, but it has left once: whether the device has taken it is not known.
    assert [] == ports.waiting(now=now + timedelta(hours=25))
    row.refresh_from_db()
    assert ("timed_out", "unanswered", 1) == (row.state, row.outcome, NewPassword.objects.count())
    other = SendCommand(SYSTEM, Device.objects.get(mn=MN), "1011", {}).execute()
    ports.claim([other.pk])
    ports.waiting(now=now + timedelta(hours=25))
    other.refresh_from_db()
    assert other.state == "sent"
    ports.waiting(now=now + timedelta(hours=31))
    other.refresh_from_db()
    assert ("timed_out", "unanswered") == (other.state, other.outcome)
