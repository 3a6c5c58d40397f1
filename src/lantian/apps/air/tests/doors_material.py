"""Files and senders for the tests of the doors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from lantian.apps.air.models import Station
from lantian.lake.engines import duck
from lantian.lake.schema import AIR_HOUR, POLLUTANTS
from lantian.lake.store import Lake
from lantian.rules.air.labels import BEIJING

CODES = ("9901A", "9902A")


def stations(region: Any) -> list[Station]:
    """Two stations of a place."""
    return [
        Station.objects.create(code=code, name=name, region=region)
        for code, name in zip(CODES, ("市监测站", "云山公园"), strict=True)
    ]


def hours(codes: Sequence[str] = CODES, first: datetime = datetime(2026, 3, 1, 1), count: int = 30) -> list[list[str]]:
    """Rows of hours, none like the one before."""
    rows = [["time", "station_code", "pm25", "pm10", "so2", "no2", "co", "o3"]]
    for place, code in enumerate(codes):
        for hour in range(count):
            at = first + timedelta(hours=hour)
            rows.append(
                [f"{at:%Y-%m-%d %H:%M}", code, str(20 + hour % 7 + place), str(50 + hour % 9), str(5 + hour % 5),
                 str(30 + hour % 11), f"{0.5 + hour % 4 / 10:.1f}", str(60 + hour % 13)]
            )  # fmt: skip
    return rows


def csv(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as a file."""
    return "\n".join(",".join(row) for row in rows).encode() + b"\n"


def written(folder: Path, rows: Sequence[Sequence[str]], name: str = "hours.csv") -> Path:
    """Rows as a file in a folder."""
    path = folder / name
    path.write_bytes(csv(rows))
    return path


def in_lake(lake: Lake) -> dict[tuple[str, str], dict[str, int]]:
    """All hours of the lake, by station and label in campaign time."""
    with duck(lake) as engine:
        rows = engine.table(AIR_HOUR).to_pyarrow().to_pylist()
    return {
        (row["station"], f"{row['end'].astimezone(BEIJING):%Y-%m-%d %H:%M}"): {
            item: row[item] for item in POLLUTANTS if row[item] is not None
        }
        for row in rows
    }
