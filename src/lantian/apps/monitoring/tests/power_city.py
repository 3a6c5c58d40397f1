"""A works with meters in a small city, and a lake with ten weeks of its quarter hours."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from lantian.apps.air import lake
from lantian.apps.core.actions import Actor
from lantian.apps.monitoring.actions.power import AddMeter
from lantian.apps.monitoring.models import Load, Meter
from lantian.apps.sources.models import Source, Unit
from lantian.lake.power.tables import POWER_READING
from lantian.lake.store import Lake
from lantian.rules.air.labels import BEIJING
from lantian.rules.names import normalised
from tests.fixtures.accounts import City

#: the moment of every test: a Thursday, twenty past nine
NOW = datetime(2026, 11, 26, 9, 20, tzinfo=BEIJING)
FIRST, LAST = date(2026, 9, 1), date(2026, 11, 26)
QUARTER = timedelta(minutes=15)
#: number of the meter → running load [kW]
RUNNING = {"P1": 400, "P2": 200, "T1": 60, "W1": 900}
#: meter, day, quarter hour → load [kW], None for none; what is not told is usual
Changes = Callable[[str, date, int], float | None]


def usual(number: str, day: date, slot: int) -> float:
    """Two shifts from six to ten in the evening on all days but Sundays; a twentieth of it else."""
    full = RUNNING[number]
    works = day.weekday() < 6 and 24 <= slot < 88
    # Some per cent up and down, the same on every machine.
    noise = ((day.toordinal() * 31 + slot * 17 + len(number)) % 9 - 4) / 200
    return full * (1 if works else 0.05) * (1 + noise)


def write(
    target: Lake, numbers: tuple[str, ...], first: date, last: date, until: datetime, changes: Changes | None = None
) -> None:
    """Write quarter hours of whole days, up to a moment."""
    rows: list[tuple[str, datetime, int]] = []
    for number in numbers:
        day = first
        while day <= last:
            begin = datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)
            for slot in range(96):
                load = changes(number, day, slot) if changes is not None else usual(number, day, slot)
                end = begin + QUARTER * (slot + 1)
                if load is not None and end <= until:
                    rows.append((number, end, round(load * 250)))
            day += timedelta(days=1)
    utc = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "meter": pa.array([row[0] for row in rows]),
            "start": pa.array([row[1] - QUARTER for row in rows], utc),
            "end": pa.array([row[1] for row in rows], utc),
            "energy_wh": pa.array([row[2] for row in rows], pa.int64()),
            "door": pa.array(["test"] * len(rows)),
        }
    )
    target.put(POWER_READING, table, batch=uuid4().hex)


@pytest.fixture(scope="module")
def quarters(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with usual days of all meters up to the last quarter hour. To be copied, not to be written."""
    root = tmp_path_factory.mktemp("power") / "lake"
    write(Lake(str(root)), tuple(RUNNING), FIRST, LAST, NOW.replace(minute=15))
    return root


@dataclass
class Works:
    """A works with two lines, a facility that treats the first, and a meter of the whole."""

    source: Source
    lines: list[Unit]
    facility: Unit
    meters: dict[str, Meter]

    def load(self, number: str) -> Load:
        """The load of a meter, as it is now."""
        return Load.objects.select_related("source__region", "unit").get(meters__number=number)

    def change(self, number: str, day: date, changes: Callable[[int], float | None]) -> None:
        """Write other quarter hours of a day; None leaves what is there."""
        write(lake(), (number,), day, day, NOW, lambda _number, _day, slot: changes(slot))


@pytest.fixture
def mill(small_city: City, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Works]:
    """The works, without readings."""
    settings.LAKE = str(tmp_path / "lake")
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW.astimezone(UTC))
    name = "晴川示例水泥有限公司"
    source = Source.objects.create(
        kind="enterprise", name=name, name_key=normalised(name), uscc="91130200699229617X",
        region=small_city.districts[0], department=small_city.branches[0],
    )  # fmt: skip
    lines = [Unit.objects.create(source=source, kind="line", number=f"L{n}", name=f"{n}号线") for n in (1, 2)]
    facility = Unit.objects.create(source=source, kind="facility", number="TA001", name="袋除尘")
    actor = Actor.system("test")
    meters = {}
    for number, role, unit, serves in (
        ("P1", "production", lines[0], []),
        ("P2", "production", lines[1], []),
        ("T1", "treatment", facility, [lines[0]]),
        ("W1", "total", None, []),
    ):
        meters[number] = AddMeter(
            actor, number=number, source=source, role=role, unit=unit, serves=serves, ct=Decimal(1), pt=Decimal(1)
        ).execute()
    yield Works(source, lines, facility, meters)


@pytest.fixture
def running(mill: Works, quarters: Path) -> Works:
    """The works with its readings."""
    shutil.copytree(quarters, lake().root)
    Load.objects.update(fresh_from=NOW - timedelta(days=3))
    return mill
