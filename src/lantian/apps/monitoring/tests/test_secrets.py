"""Passwords and keys: sealed, never shown, never logged, sealed anew."""

from __future__ import annotations

from typing import Any

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Invalid, NotAllowed
from lantian.apps.core.models import LogEntry, User
from lantian.apps.core.sealing import Unsealable
from lantian.apps.monitoring import gateway_ports
from lantian.apps.monitoring.actions.secrets import RemoveSecret, ResealSecrets, SetSecret
from lantian.apps.monitoring.models import Device, DeviceSecret
from lantian.apps.monitoring.tests.conftest import MN, SYSTEM

pytestmark = pytest.mark.django_db
PW, KEY = "a1B2c3", "7f3kQ9xZ2mVb81Ws"


def test_a_secret_is_stored_sealed_and_the_log_says_only_that_it_was_set(
    device: Device, actors: dict[str, Actor]
) -> None:
    SetSecret(actors["system_admin"], device, "pw", PW).execute()
    SetSecret(actors["system_admin"], device, "pw", "Z9y8x7", reason="定期更换").execute()
    row = DeviceSecret.objects.get()
    assert "Z9y8x7" not in row.sealed and row.get() == "Z9y8x7"
    entries = LogEntry.objects.filter(action="monitoring.secret.set").order_by("pk")
    assert [{"kind": "pw", "step": "set"}, {"kind": "pw", "step": "changed"}] == [one.after for one in entries]
    whole = "".join(str([one.before, one.after, one.reason]) for one in LogEntry.objects.all())
    assert PW not in whole and "Z9y8x7" not in whole and row.sealed not in whole


@pytest.mark.parametrize(
    ("kind", "secret"),
    [
        ("pw", ""),
        ("pw", "12;CN=1"),
        ("pw", "x" * 25),
        ("pw", "密码"),
        ("sm4", "short"),
        ("sm4", "0" * 16),
        ("sm4", "0123456789:;<=>?"),
        ("sm4", "abcdxyz1abcdxyz1"),
        ("other", "123456"),
    ],
)
def test_what_cannot_stand_in_a_frame_and_patterned_keys_are_refused(device: Device, kind: str, secret: str) -> None:
    with pytest.raises(Invalid):
        SetSecret(SYSTEM, device, kind, secret).execute()
    assert not DeviceSecret.objects.exists()


def test_only_who_keeps_keys_sets_them_and_no_page_and_no_export_shows_them(
    device: Device, actors: dict[str, Actor], staff: dict[str, User], client_of: Any
) -> None:
    with pytest.raises(NotAllowed):
        SetSecret(actors["campaign_office"], device, "pw", PW).execute()
    keeper = client_of(staff["system_admin"])
    answer = keeper.post(
        f"/monitoring/devices/{device.pk}/key/", {"kind": "sm4", "secret": KEY, "again": KEY, "reason": ""}
    )
    assert answer.status_code == 302
    other = keeper.post(
        f"/monitoring/devices/{device.pk}/key/", {"kind": "pw", "secret": PW, "again": "x", "reason": ""}
    )
    assert other.status_code == 422 and PW not in other.content.decode()
    sealed = DeviceSecret.objects.get().sealed
    office = client_of(staff["campaign_office"])
    pages = [
        keeper.get("/monitoring/devices/keys/"),
        keeper.get(f"/monitoring/devices/{device.pk}/key/"),
        office.get(f"/monitoring/devices/{device.pk}/"),
        office.get("/monitoring/devices/?export=xlsx"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert KEY.encode() not in page.content and sealed.encode() not in page.content
    assert "no-store" in pages[1]["Cache-Control"]


def test_the_gateway_gets_them_opened_and_a_change_is_seen_at_once(device: Device) -> None:
    before = gateway_ports.version()
    SetSecret(SYSTEM, device, "pw", PW).execute()
    SetSecret(SYSTEM, device, "sm4", KEY).execute()
    assert gateway_ports.version() != before
    found = gateway_ports.registrations()[MN]
    assert (PW, KEY.encode()) == (found.password, found.key)
    assert PW not in repr(found) and KEY not in repr(found)
    between = gateway_ports.version()
    RemoveSecret(SYSTEM, device, "pw", reason="不再使用").execute()
    assert gateway_ports.version() != between
    assert gateway_ports.registrations()[MN].password is None


def test_after_the_secret_of_the_office_was_exchanged_all_are_sealed_anew_by_an_entry_in_the_log(
    device: Device, settings: Any, actors: dict[str, Actor]
) -> None:
    SetSecret(SYSTEM, device, "pw", PW).execute()
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of the office, long enough to be one of them"
    found = gateway_ports.registrations()[MN]
    assert ("refused", True, None) == (found.state, found.broken, found.password)
    with pytest.raises(Unsealable):
        ResealSecrets(SYSTEM).execute()
    settings.SECRET_KEY_FALLBACKS = [former]
    with pytest.raises(NotAllowed):
        ResealSecrets(actors["campaign_office"]).execute()
    assert {"resealed": 1, "of": 1} == ResealSecrets(SYSTEM).execute()
    assert {"resealed": 0, "of": 1} == ResealSecrets(SYSTEM).execute()
    settings.SECRET_KEY_FALLBACKS = []
    assert gateway_ports.registrations()[MN].password == PW
    assert LogEntry.objects.filter(action="monitoring.secret.reseal", result="done").count() == 1
