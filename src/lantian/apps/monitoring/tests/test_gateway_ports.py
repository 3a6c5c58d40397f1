"""The ledger's side of the gateway: who may send, what was said last, commands there and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.models import LogEntry, User
from lantian.apps.monitoring import gateway_ports as ports
from lantian.apps.monitoring.actions.commands import CancelCommand, SendCommand
from lantian.apps.monitoring.actions.devices import ChangeDevice, SuspendDevice
from lantian.apps.monitoring.models import Device, DeviceCommand, GatewayState, LatestValue
from lantian.apps.monitoring.tests.conftest import MN, SYSTEM, Works

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 5, 4, 8, 0, 30, tzinfo=UTC)
HOUR = datetime(2026, 5, 4, 7, tzinfo=UTC)


def said(value: Any, time: datetime = HOUR, received: datetime = NOW, **more: Any) -> ports.Said:
    given = {"cn": "2061", "factor": "a21026", "flag": "N"} | more
    return ports.Said(MN, time=time, received=received, value=None if value is None else Decimal(str(value)), **given)


# Who may send ------------------------------------------------------------------------------------------------------------


def test_the_snapshot_is_what_stands_in_the_register_and_its_version_moves_with_each_change_only(
    device: Device,
) -> None:
    ChangeDevice(SYSTEM, device, addresses=["10.1.0.0/16"], options={"minute_interval": 10}).execute()
    first = ports.version()
    found = ports.registrations()[MN]
    assert ("active", "31", ("10.1.0.0/16",), 10) == (
        found.state,
        found.st,
        found.addresses,
        found.options["minute_interval"],
    )
    ports.write_latest([said(1)])
    assert ports.version() == first
    SuspendDevice(SYSTEM, device, reason="检修").execute()
    assert ports.version() != first
    assert ports.registrations()[MN].state == "refused"


def test_the_snapshot_of_many_devices_asks_a_fixed_number_of_questions(
    device: Device, django_assert_num_queries: Any
) -> None:
    Device.objects.bulk_create(Device(mn=f"BULK{n:08}", kind="cems", source=device.source) for n in range(50))
    with django_assert_num_queries(3):
        assert len(ports.registrations()) == 51
    with django_assert_num_queries(2):
        ports.version()


def test_so_many_unknown_devices_are_noted_and_no_more(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(ports, "MOST_PARKED", 2)
    assert [True, True, False] == [ports.park(f"UNKNOWN{n:04}") for n in range(3)]
    assert LogEntry.objects.filter(action="monitoring.device.park").count() == 2


# What was said last ------------------------------------------------------------------------------------------------------


def test_the_newest_value_of_each_kind_of_data_stays_and_an_older_one_never_takes_its_place(device: Device) -> None:
    ports.write_latest([said(3), said(2, HOUR - timedelta(hours=1)), said(9, cn="2011", time=NOW)])
    ports.write_latest([said(1, HOUR - timedelta(hours=2)), said(4, received=NOW + timedelta(seconds=5))])
    found = {(row.period, row.value) for row in LatestValue.objects.all()}
    assert {("hour", Decimal(4)), ("rtd", Decimal(9))} == found


def test_a_clock_that_runs_ahead_hides_nothing_that_comes_later(device: Device) -> None:
    ports.write_latest([said(1, datetime(2099, 1, 1, tzinfo=UTC))])
    ports.write_latest([said(2, HOUR + timedelta(hours=1), NOW + timedelta(hours=2))])
    assert LatestValue.objects.get().value == 2


def test_values_of_strangers_other_commands_and_numbers_that_do_not_fit_are_let_go(device: Device) -> None:
    stranger = ports.Said("X", "2061", "a21026", HOUR, NOW, Decimal(1))
    assert ports.write_latest([stranger, said(1, cn="3019")]) == 0
    ports.write_latest([said("1e15"), said(None, factor="a34013", flag="D")])
    assert [None, None] == list(LatestValue.objects.values_list("value", flat=True))


def test_a_device_is_heard_of_by_whatever_it_sends_and_never_earlier_than_before(device: Device) -> None:
    ports.seen({MN: NOW, "X": NOW})
    ports.write_latest([said(1, received=NOW - timedelta(minutes=5))])
    device.refresh_from_db()
    assert device.seen_at == NOW.replace(microsecond=0)


def test_a_thousand_values_at_once_are_a_few_questions(device: Device, django_assert_max_num_queries: Any) -> None:
    rows = [
        Device(mn=f"BULK{n:08}", kind="cems", source=device.source) for n in range(100)
    ]
    Device.objects.bulk_create(rows)
    many = [
        ports.Said(row.mn, "2011", f"a{n:05}", NOW, NOW, Decimal(n)) for row in rows for n in range(10)
    ]
    with django_assert_max_num_queries(16):
        assert ports.write_latest(many) == 1000


# Commands ----------------------------------------------------------------------------------------------------------------

SPAN = {"BeginTime": "20260504000000", "EndTime": "20260504050000"}


def test_a_command_waits_is_sent_answered_and_done(device: Device) -> None:
    row = SendCommand(SYSTEM, device, "2061", SPAN).execute()
    (waiting,) = ports.waiting()
    assert (row.pk, MN, "2061", list(SPAN.items()), "31") == (
        waiting.id,
        waiting.mn,
        waiting.cn,
        list(waiting.fields),
        waiting.st,
    )
    assert ([], 1) == (ports.waiting(["OTHER"]), len(ports.waiting([MN])))
    assert ports.report_command(row.pk, "sent", at=NOW, qn="20260504080000123", attempts=1)
    assert ports.waiting() == []
    assert ports.report_command(row.pk, "accepted", at=NOW, code="1")
    assert ports.report_command(row.pk, "done", at=NOW, code="1", answer={"RtdInterval": "30"})
    assert not ports.report_command(row.pk, "failed", at=NOW)
    assert not ports.report_command(987654, "done", at=NOW)
    row.refresh_from_db()
    assert ("done", 1, NOW, {"RtdInterval": "30"}) == (row.state, row.attempts, row.ended_at, row.answers[-1]["fields"])


def test_a_command_whose_time_is_over_is_ended_and_never_sent(device: Device) -> None:
    row = SendCommand(SYSTEM, device, "1011", {}, keep_hours=1).execute()
    assert ports.waiting(now=row.created_at + timedelta(hours=2)) == []
    row.refresh_from_db()
    assert ("timed_out", "never_connected") == (row.state, row.outcome)


def test_a_device_that_is_suspended_loses_what_waited_for_it(device: Device) -> None:
    SendCommand(SYSTEM, device, "1011", {}).execute()
    SuspendDevice(SYSTEM, device, reason="检修").execute()
    assert "cancelled" == DeviceCommand.objects.get().state
    with pytest.raises(Conflict):
        SendCommand(SYSTEM, device, "1011", {}).execute()


def test_what_the_gateway_misses_is_asked_for_once(device: Device) -> None:
    assert ports.request_again(MN, "2061", HOUR, HOUR + timedelta(hours=3)) is not None
    assert ports.request_again(MN, "2061", HOUR, HOUR + timedelta(hours=3)) is None
    assert ports.request_again("NOBODY", "2061", HOUR, HOUR) is None
    row = DeviceCommand.objects.get()
    assert ["20260504150000", "20260504180000"] == [value for _key, value in row.parameters]
    assert row.asker == "gateway"


def test_what_changes_a_station_asks_for_a_reason_and_values_out_of_bounds_are_refused(device: Device) -> None:
    with pytest.raises(Invalid) as reason:
        SendCommand(SYSTEM, device, "3012", {"PolId": "a21026"}).execute()
    with pytest.raises(Invalid) as bounds:
        SendCommand(SYSTEM, device, "1062", {"RtdInterval": "5"}).execute()
    assert ({"reason"}, {"RtdInterval"}) == (set(reason.value.fields), set(bounds.value.fields))


def test_the_page_sends_shows_and_takes_back(
    device: Device, works: Works, staff: dict[str, User], client_of: Any, actors: Any
) -> None:
    url = f"/monitoring/devices/{device.pk}/commands/"
    client = client_of(staff["campaign_office"])
    assert client_of(works.owner).get(url).status_code == 403
    with pytest.raises(NotAllowed):
        SendCommand(actors["department_officer"], device, "1011", {}).execute()
    times = {"cn": "2061", "BeginTime": "2026-05-04T00:00", "EndTime": "2026-05-04T05:00"}
    assert client.post(url, times).status_code == 302
    assert client.post(url, times).status_code == 422
    wrong = client.post(url, {"cn": "1062", "RtdInterval": "5"})
    assert (422, {"RtdInterval"}) == (wrong.status_code, set(wrong.context["form"].errors))
    row = DeviceCommand.objects.get()
    assert [list(pair) for pair in SPAN.items()] == row.parameters
    ports.report_command(row.pk, "done", at=NOW, code="100", answer={"Note": "<b>x</b>"})
    page = client.get(url).content.decode()
    assert "没有数据" in page and "<b>x</b>" not in page and "&lt;b&gt;" in page
    client.post(url, {"cn": "1011"})
    second = DeviceCommand.objects.exclude(pk=row.pk).get()
    assert client.post(f"/monitoring/commands/{second.pk}/cancel/").status_code == 302
    second.refresh_from_db()
    assert second.state == "cancelled"
    with pytest.raises(Conflict):
        CancelCommand(SYSTEM, row).execute()


def test_the_state_of_the_gateway_stands_on_its_page(staff: dict[str, User], client_of: Any, device: Device) -> None:
    ports.write_state("receive", {"connections": 4321, "frames_per_second": 87.5, "odd": {"a": 1}})
    ports.write_state("receive", {"connections": 1234})
    assert GatewayState.objects.count() == 1
    page = client_of(staff["campaign_office"]).get("/monitoring/gateway/").content.decode()
    assert "1,234" in page and "4,321" not in page
