"""How fast the lake evaluates a year of hours of many stations, and how fast one more hour is on the pages.

``python benchmarks/air_lake.py`` makes up the hours in a folder of its own, which it removes, and measures each step in a
process of its own: seconds of the clock and of the processor, and its greatest memory. ``--stations`` says how many;
``--twice`` measures twice as many, too. Other work on the machine disturbs: the load is printed beside.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

YEAR = 2025
FIRST, LAST = date(YEAR, 1, 1), date(YEAR, 12, 31)
#: mean of each pollutant [µg/m³; CO mg/m³]
MEANS = {"pm25": 45, "pm10": 80, "so2": 12, "no2": 32, "co": 0.9, "o3": 70}
POINTS_OF_A_CITY = 9
#: share of the hours whose values are missing, and of those that were corrected afterwards
MISSING, CORRECTED = 0.03, 0.005
MEMORY, THREADS = "2500MB", 2
PERIODS = (
    [f"{YEAR}-{month:02}" for month in range(1, 13)]
    + [f"{YEAR}Q{quarter}" for quarter in range(1, 5)]
    + [f"{YEAR}"]
)


def codes(stations: int) -> list[str]:
    """The codes of the stations."""
    return [f"{1001 + number:05}A" for number in range(stations)]


def cities(stations: int) -> dict[str, list[str]]:
    """The cities with their points."""
    names = codes(stations)
    return {
        f"city {start // POINTS_OF_A_CITY:04}": names[start : start + POINTS_OF_A_CITY]
        for start in range(0, stations, POINTS_OF_A_CITY)
    }


def hours_of_month(stations: int, month: int) -> Any:
    """Rows of a month, of each station after the other; the last hour but one of the year is not there yet."""
    import numpy as np
    import pyarrow as pa

    from lantian.lake.schema import UTC as UTC_TYPE

    random = np.random.default_rng(month)
    start = np.datetime64(f"{YEAR}-{month:02}-01T00", "us") - np.timedelta64(8, "h")
    following = np.datetime64(f"{YEAR + month // 12}-{month % 12 + 1:02}-01T00", "us") - np.timedelta64(
        8, "h"
    )
    count = int((following - start) / np.timedelta64(1, "h")) - (2 if month == 12 else 0)
    ends = start + np.arange(1, count + 1) * np.timedelta64(1, "h")
    end = np.tile(ends, stations)
    number = np.repeat(np.arange(stations, dtype=np.int32), count)
    columns: dict[str, Any] = {
        "station": pa.DictionaryArray.from_arrays(pa.array(number), pa.array(codes(stations))).cast(
            pa.string()
        ),
        "start": pa.array(end - np.timedelta64(1, "h"), UTC_TYPE),
        "end": pa.array(end, UTC_TYPE),
    }
    # Days are dirty or clean for all stations alike, stations more or less so.
    of_day = random.gamma(4.0, 0.25, -(-count // 24))
    level = (
        (random.gamma(8.0, 0.125, stations)[:, None] * np.repeat(of_day, 24)[None, :count])
        .astype(np.float32)
        .ravel()
    )
    for name, mean in MEANS.items():
        step = 100 if name == "co" else 1000
        values = random.standard_gamma(3.0, len(end), dtype=np.float32)
        values *= level * np.float32(mean * 1000 / 3 / step)
        columns[name] = pa.array(
            np.rint(values).astype(np.int32) * step, mask=random.random(len(end), dtype=np.float32) < MISSING
        )
    return pa.table(columns)


def one_hour(stations: int, hour: int) -> Any:
    """The rows of the last hour but one (23) or of the last hour (24) of the year."""
    import numpy as np
    import pyarrow as pa

    from lantian.lake.schema import UTC as UTC_TYPE

    random = np.random.default_rng(hour)
    end = datetime(YEAR, 12, 31, hour - 8, tzinfo=UTC)
    return pa.table(
        {
            "station": pa.array(codes(stations)),
            "start": pa.array([end - timedelta(hours=1)] * stations, UTC_TYPE),
            "end": pa.array([end] * stations, UTC_TYPE),
            **{
                name: pa.array(np.rint(random.gamma(3.0, mean * 1000 / 3, stations)).astype(np.int32))
                for name, mean in MEANS.items()
            },
        }
    )


# --- what is measured, each in a process of its own ---


def generate(root: str, stations: int, say: Callable[[str, Any], None]) -> None:
    """Write the year, its corrections and the days of stations."""
    import numpy as np
    import pyarrow as pa

    from lantian.lake import commits, rows
    from lantian.lake.air.refresh import refresh
    from lantian.lake.schema import AIR_HOUR, POLLUTANTS
    from lantian.lake.store import Lake

    lake = Lake(root)
    written = corrected = 0
    for month in range(1, 13):
        table = hours_of_month(stations, month)
        fitted = rows.fitted(AIR_HOUR, table, source="made up", batch="made up")
        commits.append(lake.place, AIR_HOUR, commits.ensured(lake.place, AIR_HOUR), fitted)
        written += table.num_rows
        random = np.random.default_rng(100 + month)
        at = np.sort(random.choice(table.num_rows, int(table.num_rows * CORRECTED), replace=False))
        changed = table.take(pa.array(at)).select(["station", "end"])
        for name in POLLUTANTS:
            changed = changed.append_column(name, pa.array(random.integers(0, 200_000, len(at)), pa.int32()))
        lake.correct(AIR_HOUR, changed, columns=POLLUTANTS, batch=f"correction {month}", reason="made up")
        corrected += len(at)
    say("rows", written)
    say("corrections", corrected)
    say("megabytes", sum(path.stat().st_size for path in Path(root).rglob("*.parquet")) // 1_000_000)
    with timed(say, "all days made anew and stored"):
        refresh(lake, memory=MEMORY, threads=THREADS)


def evaluate(root: str, stations: int, say: Callable[[str, Any], None]) -> None:
    """Everything from the hours: corrections, validity, daily AQI, months, quarters and the year, ranks."""
    from lantian.lake.air.arithmetic import kept
    from lantian.lake.air.days import station_days_of_hours
    from lantian.lake.air.evaluation import daily_values, evaluate_values
    from lantian.lake.engines import duck
    from lantian.lake.store import Lake
    from lantian.rules.air.evaluation import scheme_for
    from lantian.rules.air.periods import period_of

    with timed(say, "full evaluation"):
        with duck(Lake(root), MEMORY, THREADS) as engine:
            scheme, periods = scheme_for(period_of(f"{YEAR}")), [period_of(text) for text in PERIODS]
            with ExitStack() as stack:
                with timed(say, "  hours to days of stations"):
                    days = stack.enter_context(kept(station_days_of_hours(engine, FIRST, LAST)))
                with timed(say, "  daily values and AQI, stations and cities"):
                    values = stack.enter_context(kept(daily_values(days, cities(stations), scheme)))
                with timed(say, "  17 periods: statistics, indices, ranks"):
                    found = evaluate_values(values, periods, scheme)
    say("results", found.num_rows)


def append(root: str, stations: int, say: Callable[[str, Any], None]) -> None:
    """One more hour of every station, from its delivery to the numbers of the pages, as the site makes them.

    The site holds the days of stations in memory (`lantian.lake.air.standing`) and reads the month anew that an hour came
    into. The first time a process does it, it reads the whole year; then it goes hour by hour.
    """
    from lantian.lake.air.grids import gathered
    from lantian.lake.air.judging import table
    from lantian.lake.air.refresh import days_touched, refresh
    from lantian.lake.air.standing import Standing
    from lantian.lake.schema import AIR_HOUR
    from lantian.lake.store import Lake
    from lantian.rules.air.aqi import scheme_of
    from lantian.rules.air.columns import compiled, evaluate_floats
    from lantian.rules.air.evaluation import scheme_for
    from lantian.rules.air.library import library
    from lantian.rules.air.periods import period_of

    lake = Lake(root)
    standing = Standing(lake)
    periods = [period_of(f"{YEAR}-12"), period_of(f"{YEAR}")]
    of_cities = cities(stations)
    names = [*of_cities, *codes(stations)]
    kinds = ["city"] * len(of_cities) + ["station"] * stations
    points = (*(tuple(of) for of in of_cities.values()), *((code,) for code in codes(stations)))
    for edition in library().books:
        compiled(scheme_of(edition, "hour")), compiled(scheme_of(edition, "day"))
    for hour, times in ((23, ", first time"), (24, "")):
        rows = one_hour(stations, hour)
        with timed(say, f"one more hour on the pages{times}"):
            with timed(say, f"  put{times}"):
                lake.put(AIR_HOUR, rows, batch=f"hour {hour}")
            with timed(say, f"  refresh of the day{times}"):
                refresh(lake, days_touched(rows), memory=MEMORY, threads=THREADS)
            with timed(say, f"  AQI of the last hour{times}"):
                end = rows["end"][0].as_py()
                now = lake.read(AIR_HOUR, columns=["station", *MEANS], months=[f"{YEAR}-12"], span=(end, end))
                columns = {name: now[name].to_numpy().astype(float) / 1000 for name in MEANS}
                found = evaluate_floats(columns, scheme_of(library().on(LAST), "hour"))
            with timed(say, f"  days of the month read, places and stations{times}"):
                schemes = [scheme_for(period) for period in periods]
                days = [
                    gathered(standing, points, period.first, period.last, scheme)
                    for period, scheme in zip(periods, schemes, strict=True)
                ]
            with timed(say, f"  month, year to date, ranks{times}"):
                of_periods = [
                    table(of_days.grid(), kinds, names, period, scheme)
                    for period, scheme, of_days in zip(periods, schemes, days, strict=True)
                ]
    say("numbers", len(found.aqi) + sum(one.num_rows for one in of_periods))


STEPS = {step.__name__: step for step in (generate, evaluate, append)}


@contextmanager
def timed(say: Callable[[str, Any], None], name: str) -> Any:
    """Say how long a block takes, by the clock and of the processor."""
    clock, processor = time.perf_counter(), time.process_time()
    yield
    say(name, [time.perf_counter() - clock, time.process_time() - processor])


# --- the measuring process ---


def measured(step: str, root: str, stations: int) -> dict[str, Any]:
    """What a step says, run in a process of its own."""
    command = [sys.executable, __file__, "--step", step, "--root", root, "--stations", str(stations)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    found["processes that were running beside"] = max(0, round(os.getloadavg()[0]) - 1)
    return found


def show(found: dict[str, Any]) -> None:
    """Print what a step has said."""
    for name, value in found.items():
        if isinstance(value, list):
            print(f"  {name:42} {value[0]:8.2f} s   ({value[1]:.2f} s of the processor)")
        else:
            print(f"  {name:42} {value:>8,}")


def run(stations: int, folder: Path, rounds: int) -> list[float]:
    """All steps with so many stations; the seconds of the best evaluation, by the clock and of the processor."""
    root = str(folder / f"{stations}")
    print(f"{stations:,} stations, {YEAR}, hours of six pollutants")
    show(measured("generate", root, stations))
    times = []
    for _round in range(rounds):
        found = measured("evaluate", root, stations)
        show(found)
        times.append(found["full evaluation"])
    show(measured("append", root, stations))
    shutil.rmtree(root)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--stations", type=int, default=3_000)
    parser.add_argument("--twice", action="store_true", help="measure twice as many stations, too")
    parser.add_argument("--rounds", type=int, default=2, help="evaluations, of which the best one counts")
    parser.add_argument("--folder", type=Path, help="where the data are made; by default the system's")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        said: dict[str, Any] = {}
        STEPS[options.step](options.root, options.stations, said.__setitem__)
        said["peak memory [MB]"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps(said))
        return
    with tempfile.TemporaryDirectory(prefix="lantian-bench-", dir=options.folder) as folder:
        once = run(options.stations, Path(folder), options.rounds)
        if options.twice:
            twice = run(2 * options.stations, Path(folder), options.rounds)
            print(
                f"twice the stations take {twice[0] / once[0]:.2f} times as long by the clock,"
                f" {twice[1] / once[1]:.2f} times of the processor (wanted: at most 2.2)"
            )


if __name__ == "__main__":
    main()
