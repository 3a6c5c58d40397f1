"""Furnaces of waste incinerators: which values make a five-minute mean, marks, and one alarm for what lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lantian.apps.monitoring.actions.alarms import raise_alarms
from lantian.apps.monitoring.furnaces import furnaces_cold, furnaces_cold_again
from lantian.apps.monitoring.models import Alarm, DataMark, Device

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
START = NOW - 60 * MINUTE


@pytest.fixture
def furnace(device: Device) -> Device:
    device.options = {"outlet_kind": "waste_incinerator"}
    device.seen_at = NOW
    device.save(update_fields=["options", "seen_at"])
    return device


def moments(put: Any, device: Device, values: list[Any], start: datetime = START) -> None:
    put(device.mn, start, {"a01901": values}, cn="2011", step=MINUTE)


def test_cold_five_minutes_are_told_once_and_grow(furnace: Device, put: Any) -> None:
    # Means of 900, 849 and 848, then 850.
    moments(put, furnace, [900] * 5 + [849] * 5 + [848] * 5 + [850] * 5)
    (found,) = furnaces_cold(NOW)
    assert (START + 5 * MINUTE, START + 15 * MINUTE, 2) == (found.begin, found.end, found.count)
    assert "848" in str(found.why[0]) and "850" in str(found.why[0])
    assert 1 == len(raise_alarms([found], at=NOW).new)
    assert 1 == raise_alarms(list(furnaces_cold_again(NOW)), at=NOW).same
    moments(put, furnace, [840] * 5, START + 15 * MINUTE)
    raise_alarms(list(furnaces_cold_again(NOW)), at=NOW)
    alarm = Alarm.objects.get()
    assert ("furnace", 3, START + 20 * MINUTE, 1) == (alarm.cause, alarm.count, alarm.end, alarm.severity)


def test_what_has_not_settled_is_not_normal_or_of_another_kind_is_not_judged(furnace: Device, put: Any) -> None:
    moments(put, furnace, [(700, None, "D")] * 5 + [700] * 5)
    moments(put, furnace, [700] * 10, NOW - 10 * MINUTE)
    assert [(START + 5 * MINUTE, 1), (NOW - 10 * MINUTE, 1)] == [(one.begin, one.count) for one in furnaces_cold(NOW)]
    furnace.options = {"outlet_kind": "cement_kiln"}
    furnace.save(update_fields=["options"])
    assert [] == list(furnaces_cold(NOW))


def test_minute_data_count_where_their_interval_fits_into_five_minutes(furnace: Device, put: Any) -> None:
    put(furnace.mn, START, {"a01901": [840, 900]}, cn="2051", step=5 * MINUTE)
    assert [] == list(furnaces_cold(NOW))
    for interval, count in ((10, 0), (5, 1), (1, 1)):
        furnace.options = {"outlet_kind": "waste_incinerator", "minute_interval": interval}
        furnace.save(update_fields=["options"])
        assert count == len(list(furnaces_cold(NOW)))


def test_a_mark_in_time_excepts_and_a_late_one_only_when_it_is_accepted(furnace: Device, put: Any) -> None:
    moments(put, furnace, [700] * 20)
    mark = DataMark.objects.create(
        device=furnace, kind="stop", start=START, end=START + 20 * MINUTE, cause="停炉", made_at=START, due_at=NOW
    )
    assert [] == list(furnaces_cold(NOW))
    DataMark.objects.filter(pk=mark.pk).update(made_at=NOW + MINUTE)
    assert 1 == len(list(furnaces_cold(NOW)))
    DataMark.objects.filter(pk=mark.pk).update(state="accepted")
    assert [] == list(furnaces_cold(NOW))
