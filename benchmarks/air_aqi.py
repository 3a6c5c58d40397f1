"""How fast the AQI is computed: arrays, and CSV files from end to end; beside ``aqi-hub`` row by row, if it is installed.

``python benchmarks/air_aqi.py`` prints rows in a second of processor time of one process, which other work on the machine
disturbs less than the clock does. ``--rows`` sets the number of rows, ``--csv-rows`` that of the file. ``aqi-hub`` is no
dependency: install ``requirements/bench.in`` into an environment of its own and name its folder with ``--aqi-hub``.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import numpy as np

from lantian.rules.air.aqi import evaluate, scheme_of
from lantian.rules.air.columns import (
    compiled,
    evaluate_floats,
    evaluate_grids,
    grid_of_floats,
    pollutants_of,
    table_of,
)
from lantian.rules.air.library import library

ROUNDS = 5
#: how many times as fast as `aqi-hub` row by row the arrays have to be
WANTED = 150
SCHEMES = [
    ("2012", "hour", "platform"),
    ("2012", "hour", "clause"),
    ("2012", "day", None),
    ("2026", "hour", None),
    ("2026", "day", None),
]


def concentrations(rows: int) -> dict[str, Any]:
    """Made-up air: skewed, with 5 % of each pollutant missing and some rows far above the last node."""
    rng = np.random.default_rng(20260301)
    means = {
        "pm25": 45,
        "pm10": 80,
        "so2": 15,
        "no2": 35,
        "o3": 70,
        "o3_8h": 65,
        "pm25_24h": 45,
        "pm10_24h": 80,
        "so2_24h": 15,
    }
    columns = {name: np.rint(rng.gamma(1.5, mean / 1.5, rows)) for name, mean in means.items()}
    columns["co"] = np.rint(rng.gamma(2.0, 4.0, rows)) / 10
    for name, values in columns.items():
        values[rng.random(rows) < 0.05] = np.nan
        values[rng.random(rows) < 0.001] *= 20
        if name == "co":
            columns[name] = np.rint(values * 10) / 10
    return columns


def per_second(rows: int, work: Callable[[], Any], rounds: int = ROUNDS) -> float:
    """Rows in a second of processor time, of several rounds the best."""
    best = float("inf")
    for _round in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return rows / best


def line(name: str, rate: float, base: float | None = None) -> float:
    """One result; with the ratio to another one, which it returns."""
    ratio = "" if base is None else f"   {rate / base:8.0f} x"
    print(f"{name:46} {rate:14,.0f} rows/s{ratio}")
    return rate if base is None else rate / base


def arrays(rows: int, base: float | None) -> None:
    """Arrays in; AQI, level and mask of primary pollutants out."""
    columns = concentrations(rows)
    ratios = []
    for edition, interval, variant in SCHEMES:
        scheme = scheme_of(library().of_edition(edition), interval, variant)
        start = time.process_time()
        digits = compiled(scheme).digits
        print(
            f"HJ 633-{edition} {interval} {variant or ''}: tables made in {time.process_time() - start:.3f} s"
        )
        grids = {name: grid_of_floats(columns[name], digits[name]) for name in digits}
        floats = {name: columns[name] for name in digits}
        for name, work in (
            ("  floats", partial(evaluate_floats, floats, scheme)),
            ("  whole numbers of the grid", partial(evaluate_grids, grids, scheme)),
        ):
            ratios.append(line(name, per_second(rows, work), base))
    if base is not None:
        print(f"  the least of the ratios: {min(ratios):.0f} x (wanted: {WANTED} x)")


def exact(rows: int) -> None:
    """The exact arithmetic of one row, and whether the arrays agree with it."""
    scheme = scheme_of(library().of_edition("2026"), "hour")
    columns = concentrations(rows)
    digits = compiled(scheme).digits
    listed = [
        {
            name: None if np.isnan(columns[name][at]) else Decimal(repr(float(columns[name][at])))
            for name in digits
        }
        for at in range(rows)
    ]
    line(
        "exact arithmetic, row by row", per_second(rows, lambda: [evaluate(row, scheme) for row in listed], 2)
    )
    found = evaluate_floats({name: columns[name] for name in digits}, scheme)
    wrong = 0
    for at, row in enumerate(listed):
        single = evaluate(row, scheme)
        masks = pollutants_of(int(found.primary[at]))
        wrong += (single.aqi if single.aqi is not None else -1, single.level or 0, single.primary) != (
            int(found.aqi[at]),
            int(found.level[at]),
            masks,
        )
    print(f"  rows on which the arrays differ from it: {wrong} of {rows}")


def aqi_hub(rows: int) -> float | None:
    """``aqi-hub`` called for each row (2026, hour, nothing missing), and how often it is wrong."""
    try:
        from aqi_hub.aqi_cn.aqi import AQI
    except ImportError:
        print("aqi-hub is not installed (requirements/bench.in): no comparison")
        return None
    scheme = scheme_of(library().of_edition("2026"), "hour")
    columns = {name: np.nan_to_num(values, nan=1.0) for name, values in concentrations(rows).items()}
    names = ["pm25", "pm10", "so2", "no2", "co", "o3"]
    listed = list(zip(*(columns[name].tolist() for name in names), strict=True))

    def one(row: tuple[float, ...]) -> tuple[int, int, list[str]]:
        pm25, pm10, so2, no2, co, o3 = row
        found = AQI(pm25=pm25, pm10=pm10, so2=so2, no2=no2, co=co, o3=o3, data_type="hourly")
        return found.AQI, found.aqi_level, found.primary_pollutant

    rate = per_second(rows, lambda: [one(row) for row in listed], 2)
    line("aqi-hub, row by row (2026, hour)", rate)
    ours = evaluate_floats({name: columns[name] for name in names}, scheme)
    wrong = sum(int(ours.aqi[at]) != one(row)[0] for at, row in enumerate(listed))
    print(f"  rows on which its AQI is another: {wrong} of {rows}")
    _indices_of_aqi_hub()
    return rate


def _indices_of_aqi_hub() -> None:
    """Each possible concentration up to the last node, by the tables of ``aqi-hub`` and by ours."""
    from aqi_hub.aqi_cn.aqi import cal_iaqi_cn

    book = library().of_edition("2026")
    names = {"pm25_day": "PM25_24H", "pm10_day": "PM10_24H", "o3_8h": "O3_8H", "o3_1h": "O3_1H"}
    names |= {
        f"{gas}_{ours}": f"{gas.upper()}_{theirs}"
        for gas in ("so2", "no2", "co")
        for ours, theirs in (("day", "24H"), ("1h", "1H"))
    }
    wrong, values = 0, 0
    for ours, theirs in names.items():
        table, digits = table_of(book, ours), book.digits(book.tables[ours].unit)
        for grid in range(book.tables[ours].top * 10**digits + 1):
            values += 1
            wrong += int(table[grid]) != cal_iaqi_cn(theirs, grid / 10**digits)
    print(f"  single concentrations on which its index is another: {wrong} of {values}")


def csv_files(rows: int) -> None:
    """A file in, a file out, as ``lantian air aqi`` does it."""
    from lantian.office.csv_stream import open_csv, write_csv
    from lantian.rules.air.text_rows import TableAqi

    columns = concentrations(rows)
    names = ["pm25", "pm10", "so2", "no2", "co", "o3", "o3_8h"]
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "in.csv")
        texts = [["" if np.isnan(x) else f"{x:g}" for x in columns[name].tolist()] for name in names]
        with source.open("w", encoding="utf-8") as file:
            file.write(",".join(["time", "station", *names]) + "\n")
            for at, cells in enumerate(zip(*texts, strict=True)):
                # the change of edition lies in the middle
                day = f"2026-0{2 + (at >= rows // 2)}-{1 + at // 24 % 28:02}"
                file.write(f"{day} {at % 24:02}:00,{1000 + at % 3000}A," + ",".join(cells) + "\n")

        def work(target: str) -> None:
            with open_csv(source) as reader:
                table = TableAqi(reader.header, library(), "auto", "hour", None)
                with write_csv(Path(folder, target)) as write:
                    write([table.header])
                    for first, chunk in reader.chunks(4_000):
                        write(table.evaluate(chunk, first))

        size = source.stat().st_size / 1e6
        line(f"CSV, {rows:,} rows, {size:.0f} MB", per_second(rows, lambda: work("out.csv"), 2))
        line("CSV, result compressed", per_second(rows, lambda: work("out.csv.gz"), 1))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--csv-rows", type=int, default=300_000)
    parser.add_argument("--aqi-hub", type=Path, help="folder that holds the package aqi_hub")
    options = parser.parse_args()
    if options.aqi_hub:
        sys.path.append(str(options.aqi_hub))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    csv_files(options.csv_rows)
    print(
        f"  peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB ({before / 1024:.0f} MB at the start)"
    )
    base = aqi_hub(20_000)
    exact(20_000)
    arrays(options.rows, base)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"  peak memory with the arrays: {peak / 1024:.0f} MB")


if __name__ == "__main__":
    main()
