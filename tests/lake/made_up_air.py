"""Made-up hours of stations, with gaps of every length and values that lead to halves."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa

from lantian.lake.schema import AIR_HOUR, POLLUTANTS
from lantian.rules.air.labels import BEIJING

MEANS = {"pm25": 60, "pm10": 110, "so2": 20, "no2": 35, "co": 1, "o3": 90}
HOUR = timedelta(hours=1)


def hours_between(first: date, last: date) -> list[datetime]:
    """The ends of the hours of some days, in UTC."""
    start = datetime(first.year, first.month, first.day, tzinfo=BEIJING).astimezone(UTC)
    return [start + HOUR * number for number in range(1, ((last - first).days + 1) * 24 + 1)]


def made_up_hours(
    stations: list[str], first: date, last: date, seed: int = 1, *, gaps: float = 0.08
) -> pa.Table:
    """Rows of `AIR_HOUR`: hours that are not there at all, hours without a value, whole µg/m³ and odd thousandths."""
    random = np.random.default_rng(seed)
    ends = hours_between(first, last)
    days = len(ends) // 24
    columns: dict[str, list[object]] = {name: [] for name in ("station", "start", "end", *POLLUTANTS)}
    for place, station in enumerate(stations):
        there = random.random(len(ends)) > 0.01
        columns["station"] += [station] * int(there.sum())
        columns["start"] += [end - HOUR for end, is_there in zip(ends, there, strict=True) if is_there]
        columns["end"] += [end for end, is_there in zip(ends, there, strict=True) if is_there]
        for name, mean in MEANS.items():
            step = 100 if name == "co" else 1000 if place % 2 == 0 else 1
            values = random.gamma(2.0, mean * 500, len(ends))
            # Some days are alike in every hour, so that their means are whole.
            flat = np.repeat(random.random(days) < 0.2, 24)
            values[flat] = np.repeat(random.gamma(2.0, mean * 500, days), 24)[flat]
            whole = (np.rint(values / step) * step).astype(np.int64)
            missing = random.random(len(ends)) < gaps
            for at in np.flatnonzero(random.random(days) < 0.15) * 24:
                begin = at + random.integers(0, 20)
                missing[begin : begin + random.integers(1, 20)] = True
            columns[name] += [
                None if gap else int(value)
                for value, gap, is_there in zip(whole, missing, there, strict=True)
                if is_there
            ]
    wanted = [field for field in AIR_HOUR.schema if field.name in columns]
    return pa.table({field.name: pa.array(columns[field.name], field.type) for field in wanted})


def hours_of_days(rows: pa.Table) -> dict[str, dict[date, dict[str, list[int | None]]]]:
    """Station → day → pollutant → its 24 hours, as the rules take them."""
    found: dict[str, dict[date, dict[str, list[int | None]]]] = {}
    for row in rows.to_pylist():
        label = row["end"].astimezone(BEIJING) - HOUR
        of_day = found.setdefault(row["station"], {}).setdefault(label.date(), {})
        for name in POLLUTANTS:
            of_day.setdefault(name, [None] * 24)[label.hour] = row[name]
    return found
