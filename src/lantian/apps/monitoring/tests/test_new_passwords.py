"""A new password for a device: who sends it, what ends it, and that no row, log or page holds it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core import serializers
from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.models import LogEntry, User
from lantian.apps.monitoring import gateway_ports as ports
from lantian.apps.monitoring.actions.commands import CancelCommand, SendCommand
from lantian.apps.monitoring.actions.devices import SuspendDevice
from lantian.apps.monitoring.actions.new_passwords import CancelNewPassword, SendNewPassword
from lantian.apps.monitoring.actions.secrets import RemoveSecret, ResealSecrets, SetSecret
from lantian.apps.monitoring.models import Device, DeviceCommand, DeviceSecret, NewPassword
from lantian.apps.monitoring.tests.conftest import MN, SYSTEM

pytestmark = pytest.mark.django_db
OLD, NEW, HAND = "a1B2c3", "zQ7kX9", "hAnd01"


@pytest.fixture
def keyed(device: Device) -> Device:
    """The logger, with a password."""
    SetSecret(SYSTEM, device, "pw", OLD).execute()
    return device


def send(device: Device, secret: str = NEW) -> DeviceCommand:
    return SendNewPassword(SYSTEM, device, secret, reason="定期更换").execute()


def test_only_who_keeps_keys_sends_one_and_only_by_its_own_action(keyed: Device, actors: dict[str, Actor]) -> None:
    for role, actor in actors.items():
        if role != "system_admin":
            with pytest.raises(NotAllowed):
                SendNewPassword(actor, keyed, NEW, reason="定期更换").execute()
    with pytest.raises(Invalid):
        SendCommand(SYSTEM, keyed, "1072", {"NewPW": NEW}, reason="定期更换").execute()
    assert not DeviceCommand.objects.exists()
    row = SendNewPassword(actors["system_admin"], keyed, NEW, reason="定期更换").execute()
    with pytest.raises(Conflict):
        CancelCommand(actors["campaign_office"], row).execute()
    with pytest.raises(NotAllowed):
        CancelNewPassword(actors["campaign_office"], row).execute()
    CancelNewPassword(actors["system_admin"], row).execute()
    assert not NewPassword.objects.exists()


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "12 456", "密码密码密码", "12;=&6"])
def test_what_cannot_be_one_is_refused_and_not_repeated(keyed: Device, wrong: str) -> None:
    with pytest.raises(Invalid) as error:
        send(keyed, wrong)
    assert not wrong or wrong not in str(error.value.fields)
    assert not NewPassword.objects.exists()


def test_it_needs_the_present_one_a_reason_and_an_edition_whose_layout_is_known(device: Device) -> None:
    with pytest.raises(Conflict):
        send(device)
    SetSecret(SYSTEM, device, "pw", OLD).execute()
    with pytest.raises(Invalid) as error:
        SendNewPassword(SYSTEM, device, NEW).execute()
    assert {"reason"} == set(error.value.fields)
    Device.objects.update(protocol="2005")
    device.refresh_from_db()
    with pytest.raises(Invalid):
        send(device)


def test_one_at_a_time_and_both_are_given_to_the_gateway(keyed: Device) -> None:
    before = ports.version()
    row = send(keyed)
    assert ports.version() != before
    with pytest.raises(Conflict):
        send(keyed, "other1")
    found = ports.registrations()[MN]
    (waiting,) = ports.waiting()
    assert (OLD, NEW, found.new_password_of) == (found.password, found.new_password, waiting.new_password_of)
    assert NEW not in repr(found) + repr(waiting) + repr(row.parameters)
    assert NEW not in "".join(serializers.serialize("json", m._default_manager.all()) for m in (LogEntry, NewPassword, DeviceCommand))


def test_one_that_was_never_sent_is_forgotten_when_its_command_ends(keyed: Device) -> None:
    row = send(keyed)
    assert [] == ports.waiting(now=timezone.now() + timedelta(hours=25))
    row.refresh_from_db()
    assert ("timed_out", "never_connected", 0) == (row.state, row.outcome, NewPassword.objects.count())
    send(keyed)
    SuspendDevice(SYSTEM, keyed, reason="检修").execute()
    assert not NewPassword.objects.exists()


@pytest.mark.parametrize("end", ["failed", "timed_out", "cancelled"])
def test_one_that_has_left_stays_beside_the_former_whatever_the_end_but_success(keyed: Device, end: str) -> None:
    row = send(keyed)
    ports.claim([row.pk])
    ports.report_command(row.pk, end, at=timezone.now(), code="3", attempts=2)
    found = ports.registrations()[MN]
    assert (OLD, NEW) == (found.password, found.new_password)
    change = NewPassword.objects.get().pk
    assert not ports.password_used(MN, change, new=False, at=timezone.now())
    assert not ports.password_used("OTHER", change, new=True, at=timezone.now())
    assert ports.password_used(MN, change, new=True, at=timezone.now())
    assert not ports.password_used(MN, change, new=True, at=timezone.now())
    row.refresh_from_db()
    assert (NEW, end, "uses_new") == (DeviceSecret.objects.get().get(), row.state, row.outcome)


def test_a_device_that_uses_it_while_its_command_is_under_way_has_done_it(keyed: Device) -> None:
    row = send(keyed)
    ports.claim([row.pk])
    assert ports.password_used(MN, NewPassword.objects.get().pk, new=True, at=timezone.now())
    row.refresh_from_db()
    assert ("done", "uses_new") == (row.state, row.outcome)
    assert not ports.report_command(row.pk, "failed", at=timezone.now())


def test_one_that_is_entered_by_hand_ends_the_change_but_not_while_it_is_being_sent(keyed: Device) -> None:
    row = send(keyed)
    ports.claim([row.pk])
    for action in (SetSecret(SYSTEM, keyed, "pw", HAND), RemoveSecret(SYSTEM, keyed, "pw", reason="不再使用")):
        with pytest.raises(Conflict):
            action.execute()
    # The gateway has ended in the middle of it.
    DeviceCommand.objects.update(sent_at=timezone.now() - timedelta(hours=2))
    SetSecret(SYSTEM, keyed, "pw", HAND).execute()
    row.refresh_from_db()
    found = ports.registrations()[MN]
    assert ("cancelled", "set_by_hand", HAND, None) == (row.state, row.outcome, found.password, found.new_password)


def test_it_is_sealed_anew_with_the_others_and_a_device_whose_one_cannot_be_opened_is_refused(
    keyed: Device, settings: Any
) -> None:
    row = send(keyed)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of the office, long enough to be one of them"
    assert ("refused", True) == (ports.registrations()[MN].state, ports.registrations()[MN].broken)
    ports.claim([row.pk])
    assert ports.report_command(row.pk, "accepted", at=timezone.now())
    settings.SECRET_KEY_FALLBACKS = [former]
    assert {"resealed": 2, "of": 2} == ResealSecrets(SYSTEM).execute()
    settings.SECRET_KEY_FALLBACKS = []
    assert NEW == ports.registrations()[MN].new_password


def test_an_answer_that_comes_while_the_seal_cannot_be_opened_is_not_lost(keyed: Device, settings: Any) -> None:
    row = send(keyed)
    ports.claim([row.pk])
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of the office, long enough to be one of them"
    assert ports.report_command(row.pk, "done", at=timezone.now(), code="1")
    settings.SECRET_KEY = former
    found = ports.registrations()[MN]
    assert (OLD, NEW) == (found.password, found.new_password)


def test_the_page_sends_it_tells_how_it_stands_and_shows_it_nowhere(
    keyed: Device, staff: dict[str, User], client_of: Any
) -> None:
    url = f"/monitoring/devices/{keyed.pk}/key/new/"
    keeper, office = client_of(staff["system_admin"]), client_of(staff["campaign_office"])
    assert office.get(url).status_code == 403
    wrong = keeper.post(url, {"secret": NEW, "again": "x", "reason": "定期更换"})
    short = keeper.post(url, {"secret": "zQ7k", "again": "zQ7k", "reason": "定期更换"})
    assert (422, 422) == (wrong.status_code, short.status_code)
    assert b"zQ7k" not in wrong.content + short.content
    assert keeper.post(url, {"secret": NEW, "again": NEW, "reason": "定期更换"}).status_code == 302
    row = DeviceCommand.objects.get()
    commands = f"/monitoring/devices/{keyed.pk}/commands/"
    assert office.post(commands, {"cn": "1072", "NewPW": NEW}).status_code == 404
    assert office.post(commands, {"cn": "3022", "PolId": "w01018"}).status_code == 404
    shown = [keeper.get(url), keeper.get("/monitoring/devices/keys/"), office.get(f"/monitoring/devices/{keyed.pk}/")]
    for page in shown:
        assert "新密码等待下发" in page.content.decode() and NEW not in page.content.decode()
    history = office.get(commands).content.decode()
    assert "NewPW=已加密" in history and f"/commands/{row.pk}/cancel/" not in history
    assert "no-store" in shown[0]["Cache-Control"]
    assert keeper.post(f"/monitoring/commands/{row.pk}/key/cancel/").status_code == 302
    row.refresh_from_db()
    assert ("cancelled", False) == (row.state, NewPassword.objects.exists())


def test_the_page_of_commands_offers_what_is_known_for_the_edition_of_the_device(
    device: Device, staff: dict[str, User], client_of: Any
) -> None:
    url = f"/monitoring/devices/{device.pk}/commands/"
    office = client_of(staff["campaign_office"])
    set_parameter = {"cn": "3021", "PolId": "a21026", "InfoId": "i13007", "Info": "0.5", "reason": "仪表校准后"}
    assert office.post(url, set_parameter).status_code == 302
    assert [["PolId", "a21026"], ["i13007-Info", "0.5"]] == DeviceCommand.objects.get().parameters

    def offered() -> set[str]:
        return {code for code, _words in office.get(url).context["choice"].fields["cn"].choices}

    assert "3021" in offered() and not {"1072", "3022", "3024"} & offered()
    Device.objects.update(protocol="2025")
    assert {"3021", "3022", "3024"} <= offered() and "1072" not in offered()
    page = office.get(f"{url}?cn=3011").content.decode()
    assert "CalibrationType" in page and "量程" in page
    assert office.post(url, {"cn": "3024", "PolId": "w01018", "reason": "标样核查"}).status_code == 302
    Device.objects.update(protocol="2005")
    assert not {"3021", "3022"} & offered()
