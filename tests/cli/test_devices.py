"""``lantian devices``: secrets of devices at the console."""

from __future__ import annotations

from typing import Any

import pytest
from typer.testing import CliRunner

from lantian.apps.core.actions import Actor
from lantian.apps.monitoring.actions.secrets import SetSecret
from lantian.apps.monitoring.models import Device
from lantian.cli.devices import devices_app

pytestmark = pytest.mark.django_db
PW = "a1B2c3"


@pytest.fixture
def device() -> Device:
    """One device under its number."""
    return Device.objects.create(mn="88888880000001", kind="cems")


def test_the_console_says_how_many_were_sealed_anew_and_what_is_missing(device: Device, settings: Any) -> None:
    SetSecret(Actor.system("test"), device, "pw", PW).execute()
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another secret of the office, long enough to be one of them"
    refused = CliRunner().invoke(devices_app, ["reseal"])
    settings.SECRET_KEY_FALLBACKS = [former]
    done = CliRunner().invoke(devices_app, ["reseal"])
    assert (1, 0) == (refused.exit_code, done.exit_code)
    assert "1" in done.output and PW not in done.output
