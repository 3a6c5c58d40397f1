"""Columns give what hours that are looked at one by one give."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring.daily import POLLUTANTS
from lantian.apps.monitoring.daily_counts import counted
from lantian.apps.monitoring.emitted import emitted
from lantian.apps.monitoring.models import DataMark, Device
from lantian.apps.monitoring.tests.conftest import MN, OTHER_MN, Works
from lantian.lake.stacks.tables import STACK_VALUE
from lantian.rules.monitoring.marks import Means, meaning

pytestmark = pytest.mark.django_db
FIRST = datetime(2026, 11, 20, tzinfo=CAMPAIGN_TIME)
HOUR = timedelta(hours=1)
#: of each a few: usual, at the edges, and what is no evidence
VALUES = (None, "0", "0.000001", "12.345678", "999999999999.999999", "-0.000001", "35")
FLAGS = (None, "", "N", "D", "F", "S", "M")


@pytest.mark.parametrize("seed", range(8))
def test_columns_give_what_hours_one_by_one_give(works: Works, lake: Any, seed: int) -> None:
    chance = random.Random(seed)
    units = {"a21026": chance.choice(["mg/m³", "µg/m³"]), "a34013": "µg/m³", "a00000": chance.choice(["m³/s", "m³/h", "%"])}
    devices = [
        Device.objects.create(mn=mn, kind="cems", st="31", source=works.source, units=units, protocol=edition)
        for mn, edition in ((MN, "2017"), (OTHER_MN, "2005"))
    ]
    rows = []
    for device in devices:
        for code in ("a34013", "a21026", "a21002", "a24088", "a19001", "a00000"):
            for number in range(24):
                if chance.random() < 0.1:
                    continue
                start = FIRST + number * HOUR
                value, total = (chance.choice(VALUES), chance.choice((None, None, *VALUES)))
                rows.append(
                    {
                        "mn": device.mn, "st": "31", "cn": "2061", "factor": code, "start": start, "off": False, "clock": "data",
                        "end": start + HOUR, "flag": chance.choice(FLAGS), "received": start + HOUR, "frame": uuid4().hex,
                        "avg": None if value is None else Decimal(value), "cou": None if total is None else Decimal(total),
                    }
                )  # fmt: skip
    schema = pa.schema([STACK_VALUE.schema.field(name) for name in rows[0]])
    lake.put(STACK_VALUE, pa.Table.from_pylist(rows, schema=schema), batch="x")
    still = {FIRST + 3 * HOUR, FIRST + 4 * HOUR, FIRST + 40 * HOUR}
    DataMark.objects.create(
        device=devices[0], kind="stop", state="accepted", start=FIRST + 3 * HOUR, end=FIRST + 5 * HOUR, cause="停产",
        due_at=FIRST + 9 * HOUR, made_at=FIRST,
    )  # fmt: skip
    found = counted(devices, FIRST, FIRST + 24 * HOUR, {devices[0].pk: still}, POLLUTANTS)
    one_by_one = emitted(devices, FIRST, FIRST + 24 * HOUR)
    for device in devices:
        of_device = [row for row in rows if row["mn"] == device.mn]
        # Any factor, oxygen too, tells that the source stands still.
        stopped = {row["start"] for row in of_device if meaning(row["flag"], device.protocol) is Means.STOPPED}
        stopped |= still if device == devices[0] else set()
        expected = {}
        for name, hours in one_by_one[device.pk].kg.items():
            counts = [kg for hour, kg in hours.items() if hour not in stopped]
            if counts:
                expected[name] = (sum(counts, Fraction(0)), len(counts))
        assert expected == found[device.pk].kg
        assert len(stopped) == found[device.pk].stopped
        assert len({row["start"] for row in of_device}) == found[device.pk].came
        assert len({row["start"] for row in of_device if (row["flag"] or "") in {"", "N"}}) == found[device.pk].normal


def test_nothing_came_of_a_source_that_stood_still(works: Works, lake: Any) -> None:
    device = Device.objects.create(mn=MN, kind="cems", source=works.source)
    one = counted([device], FIRST, FIRST + 24 * HOUR, {device.pk: {FIRST}}, POLLUTANTS)[device.pk]
    assert (0, 0, 1, {}) == (one.came, one.normal, one.stopped, one.kg)
    assert {} == counted([], FIRST, FIRST + 24 * HOUR, {}, POLLUTANTS)
