"""Clocks that are off are told once, by device; what came buffered, in time, or as a supplement is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring import judges
from lantian.apps.monitoring.alarm_words import told
from lantian.apps.monitoring.clocks_off import clocks_off
from lantian.apps.monitoring.models import Alarm, Device
from lantian.apps.monitoring.tests.conftest import MN
from lantian.lake.stacks.tables import STACK_FRAME

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=CAMPAIGN_TIME)
HOUR = timedelta(hours=1)


def frames(lake: Any, *given: tuple[timedelta | None, str | None], cn: str = "2011", begin: datetime = NOW - 5 * HOUR) -> None:
    """Packets five minutes apart: what their moment is off, and what the gateway wrote on them."""
    rows = []
    for number, (off, words) in enumerate(given):
        received = (begin + number * timedelta(minutes=5)).astimezone(UTC)
        rows.append(
            {
                "mn": MN, "received": received, "frame": f"{begin:%H}{cn}{number:04d}", "cn": cn, "warnings": words,
                "start": None if off is None else received + off,
            }
        )  # fmt: skip
    schema = pa.schema([STACK_FRAME.schema.field(name) for name in rows[0]])
    lake.put(STACK_FRAME, pa.Table.from_pylist(rows, schema=schema), batch=f"{begin}{cn}")


@pytest.fixture
def heard(device: Device) -> Device:
    Device.objects.update(seen_at=NOW)
    device.refresh_from_db()
    return device


def test_a_clock_that_is_off_is_told_once_with_by_how_much(heard: Device, lake: Any) -> None:
    frames(lake, *[(3 * HOUR, "clock_off")] * 7, (3 * HOUR + timedelta(minutes=2), "length_over,clock_off"), (timedelta(0), None))
    found = list(clocks_off(NOW))
    assert [(one.device, one.rule) for one in found] == [(heard.pk, "R16")]
    assert "180" in found[0].why[0].message.text() and found[0].begin == NOW - 5 * HOUR
    judges.raise_alarms(found, at=NOW)
    judges.raise_alarms(list(clocks_off(NOW + timedelta(minutes=15))), at=NOW + timedelta(minutes=15))
    alarm = Alarm.objects.get()
    assert "时钟偏差180.0" in told(alarm.evidence["why"][0]).replace(" ", "")


def test_a_moment_that_cannot_be_is_told_so(heard: Device, lake: Any) -> None:
    frames(lake, *[(None, "bad_time")] * 4)
    assert "4 real-time packets" in next(clocks_off(NOW)).why[0].message.text()


def test_a_clock_behind_by_days_is_found_by_arrival(heard: Device, lake: Any) -> None:
    frames(lake, *[(-90 * 24 * HOUR, "clock_off")] * 4)
    assert "129600" in next(clocks_off(NOW)).why[0].message.text()


def test_few_late_packets_hourly_data_and_old_packets_say_nothing(heard: Device, lake: Any) -> None:
    frames(lake, (timedelta(0), None), (timedelta(0), "length_over"), (-HOUR, "clock_off"))
    frames(lake, *[(-30 * HOUR, "clock_off")] * 9, cn="2061")
    frames(lake, *[(HOUR, "clock_off")] * 9, begin=NOW - 40 * HOUR)
    assert list(clocks_off(NOW)) == []
