"""The monitored points of the demo city: what is entered, what goes wrong, and that a second time adds nothing."""

from __future__ import annotations

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from lantian.apps.core.actions import Actor
from lantian.apps.monitoring import readings
from lantian.apps.monitoring.choices_devices import Period
from lantian.apps.monitoring.models import (
    DataMark,
    Device,
    DeviceCommand,
    GatewayState,
    LatestValue,
    NewPassword,
)
from lantian.apps.monitoring.points import points, with_standing
from lantian.apps.sources.models import Source, Unit
from lantian.demo import gateway, monitoring
from lantian.integrations.hj212 import landing
from lantian.integrations.hj212.pages import WORDS
from lantian.integrations.hj212.running import LANDING
from lantian.lake.store import Lake

pytestmark = pytest.mark.django_db


def test_points_of_the_demo_stand_in_all_states_and_loading_again_adds_nothing(
    small_city: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(str(tmp_path / "lake"))
    monkeypatch.setattr(readings, "lake", lambda: lake)
    for monitor in monitoring.MONITORS:
        source, _new = Source.objects.get_or_create(
            name=monitor.source, defaults={"kind": "enterprise", "region": small_city.districts[0]}
        )
        if monitor.unit:
            Unit.objects.get_or_create(source=source, kind="kiln", number=monitor.unit)
    now = timezone.now()

    monitoring.load(Actor.system("demo", via="cli"), now.date(), now)

    states = Counter(Device.objects.values_list("state", flat=True))
    assert {"active": 14, "suspended": 1, "parked": 1} == states
    standing = Counter(row.standing for row in with_standing(points(), now))
    assert {"exceeding": 1, "offline": 1, "late": 1, "marked": 1, "reporting": 10} == standing
    assert {"waiting": 2, "accepted": 1} == Counter(DataMark.objects.values_list("state", flat=True))
    values = LatestValue.objects.count()
    assert values > 150
    first = monitoring.MONITORS[0]
    read = readings.series([first.mn], Period.HOUR, datetime(2020, 1, 1, tzinfo=UTC), now)[first.mn]
    assert {"a34013", "a21026", "a21002"} <= set(read.factors) and len(read.times) in {479, 480}
    one = read.factors["a34013"][read.times[0]]
    assert one.folded is not None and one.value is not None
    assert monitoring.top_up(now) == 0
    assert LatestValue.objects.count() == values
    commands = Counter(DeviceCommand.objects.exclude(cn="1072").values_list("state", flat=True))
    assert {"queued", "accepted", "done", "failed", "timed_out", "cancelled"} == set(commands)
    # Of one new password nobody knows whether the device has taken it.
    assert ["timed_out"] == [one.command.state for one in NewPassword.objects.all()]

    gateway.load(tmp_path / "gateway", now)

    with closing(landing.connect(tmp_path / "gateway" / LANDING)) as db:
        refused = Counter(one.error for _number, one in landing.rejects(db))
        assert 9 == len(list(landing.frames_after(db, 0, 100)))
    assert {
        "crc_mismatch": 2, "bad_length": 1, "length_mismatch": 1, "wrong_password": 1, "cut_off_flood": 1, "station_refused": 1,
        "cut_off_station_refused": 1, "cut_off_garbage": 1, "parked": 3, "unknown_mn": 1, "cut_off_unknown_mn": 1,
    } == refused  # fmt: skip
    state = GatewayState.objects.get()
    assert state.status["frames"] == 9 and state.status["note"] == gateway.NOTE
    assert all(error in WORDS for error in refused)
    assert Device.objects.filter(state="parked").count() == 1
