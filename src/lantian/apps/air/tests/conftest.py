"""A small city with stations and a lake that a test fills by itself."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest

from lantian.apps.air import lake, readings
from lantian.apps.air.models import Station
from lantian.apps.core.models import Region
from lantian.lake.air.refresh import days_touched, refresh
from lantian.lake.schema import AIR_HOUR, POLLUTANTS
from lantian.lake.store import Lake
from lantian.rules.air.labels import BEIJING
from tests.fixtures.accounts import City

#: the moment of every test: ten past nine of the 10th, campaign time
NOW = datetime(2026, 6, 10, 9, 10, tzinfo=BEIJING)
#: values of an hour that are not told otherwise [µg/m³; CO mg/m³]
USUAL = {"pm25": 30, "pm10": 60, "so2": 8, "no2": 24, "co": 0.6, "o3": 80}


Values = Mapping[str, float] | Callable[[datetime], Mapping[str, Any]] | None


def write_hours(
    target: Lake,
    codes: str | tuple[str, ...],
    first: date,
    last: date,
    values: Values = None,
    until: datetime | None = None,
) -> None:
    """Write hours of whole days, up to a moment, and make the days anew."""
    wanted = (codes,) if isinstance(codes, str) else codes
    begin = datetime(first.year, first.month, first.day, tzinfo=BEIJING)
    count = ((last - first).days + 1) * 24
    ends = [begin + timedelta(hours=number) for number in range(1, count + 1)]
    ends = [end for end in ends if until is None or end <= until]
    columns: dict[str, list[Any]] = {name: [] for name in POLLUTANTS}
    for end in ends:
        given = values(end) if callable(values) else (values or {})
        for name in POLLUTANTS:
            value = given.get(name, USUAL[name])
            columns[name].append(None if value is None else round(value * 1000))
    utc = pa.timestamp("us", tz="UTC")
    table = pa.table(
        {
            "station": pa.array([code for code in wanted for _end in ends]),
            "start": pa.array(
                [(end - timedelta(hours=1)).astimezone(UTC) for end in ends] * len(wanted), utc
            ),
            "end": pa.array([end.astimezone(UTC) for end in ends] * len(wanted), utc),
            **{name: pa.array(column * len(wanted), pa.int32()) for name, column in columns.items()},
            "source": pa.array(["test"] * len(ends) * len(wanted)),
        }
    )
    target.put(AIR_HOUR, table, batch=uuid4().hex)
    refresh(target, days_touched(table))
    readings.forget()


@dataclass
class Air:
    """Stations of the small city, and a way to fill their hours."""

    city: Region
    districts: list[Region]
    stations: dict[str, Station]

    def hours(
        self,
        codes: str | tuple[str, ...],
        first: date,
        last: date,
        values: Values = None,
        *,
        until: datetime | None = None,
    ) -> None:
        """Write hours into the lake of the test."""
        write_hours(lake(), codes, first, last, values, until)


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with ten days of June up to nine o'clock of the last, worse in its last hour at one station, and with June of
    the year before. To be copied, not to be written."""
    root = tmp_path_factory.mktemp("june") / "lake"
    filled, hour = Lake(str(root)), NOW.replace(minute=0)

    def rising(end: datetime) -> Mapping[str, Any]:
        return {"pm25": 140, "pm10": 190} if end == hour else {}

    write_hours(filled, "A1", date(2026, 6, 1), date(2026, 6, 10), rising, hour)
    write_hours(filled, ("A2", "B1", "C1", "T1"), date(2026, 6, 1), date(2026, 6, 10), None, hour)
    write_hours(filled, ("A1", "A2", "B1"), date(2025, 6, 1), date(2025, 6, 9), {"pm25": 50})
    return root


@pytest.fixture
def filled(air: Air, june: Path) -> Air:
    """The small city with the lake of `june`."""
    shutil.copytree(june, lake().root)
    readings.forget()
    return air


@pytest.fixture
def air(small_city: City, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Air]:
    """Two city points in one district, one in the other, a control point and a traffic point."""
    settings.LAKE = str(tmp_path / "lake")
    readings.forget()
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOW.astimezone(UTC))
    here, there = small_city.districts
    made = {
        code: Station.objects.create(
            code=code, name=name, region=region, kind=kind, control="national", lon=112.5, lat=33.7
        )
        for code, name, region, kind in (
            ("A1", "望江", here, "city"),
            ("A2", "南湖", here, "city"),
            ("B1", "东关", there, "city"),
            ("C1", "云台山", here, "background"),
            ("T1", "交通站", there, "traffic"),
        )
    }
    yield Air(small_city.prefecture, small_city.districts, made)
    readings.forget()
