"""How fast the hours of an inventory are computed and written: many sources, shared profiles, some with their own series.

``python benchmarks/inventory_hours.py`` makes up the sources in memory and writes the year into a folder of its own, which
it removes. Computing and writing are told apart, with the greatest memory, and what of the mass is missing in the files.
``--twice`` measures twice as many sources, too, each in a process of its own. Other work on the machine disturbs: the
load is printed beside, and seconds of the processor count less of it than those of the clock.
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
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

YEAR = 2025
POLLUTANTS = ("SO2", "NOx", "CO", "PM10", "PM2.5", "BC", "OC", "VOCs", "NH3")
SHARED = 30
#: what the house promises [s of computing, MB]
WANTED_SECONDS, WANTED_MEMORY = 60, 6_000


def measured(sources: int, series: int, cells: int, folder: Path, *, write: bool) -> dict[str, Any]:
    """One year, from the sources to the files."""
    import netCDF4
    import numpy as np

    from lantian.inventory.gridding import Emitters, gridded, spread
    from lantian.inventory.grids import Grid
    from lantian.inventory.hourly_files import About, write_hours
    from lantian.inventory.hours import Layer, hourly_year, hours_of_year

    random = np.random.default_rng(20260301)
    side = max(1, round(cells**0.5))
    grid = Grid("EPSG:4547", 1000, 450, 3800, side, side)
    x = grid.x_edges[0] + random.random(sources) * 1000 * side
    y = grid.y_edges[0] + random.random(sources) * 1000 * side
    longitude, latitude = grid.unproject(x, y)
    names = [f"shared {number}" for number in range(SHARED)] + [f"own {number}" for number in range(series)]
    profile = random.integers(0, SHARED, sources)
    profile[:series] = SHARED + np.arange(series)
    emitters = Emitters(
        ids=[str(number) for number in range(sources)],
        sectors=["all"],
        sector=np.zeros(sources, dtype=np.int64),
        profiles=names,
        profile=profile.astype(np.int64),
        longitude=longitude,
        latitude=latitude,
        region=[""] * sources,
        proxies=[()] * sources,
        pollutants=POLLUTANTS,
        tonnes=random.lognormal(0.0, 2.0, (sources, len(POLLUTANTS))),
    )
    hours = hours_of_year(YEAR)
    shares = {name: random.gamma(2.0, 1.0, hours) for name in names}
    shares = {name: values / values.sum() for name, values in shares.items()}
    start, start_processor = time.perf_counter(), time.process_time()
    where = spread(emitters, grid, {})
    error = float(gridded(emitters, grid, where).errors().max())
    hourly = hourly_year(emitters, grid, where, YEAR, shares)
    computing = [time.perf_counter() - start, time.process_time() - start_processor]

    def timed(month: int) -> Iterator[Layer]:
        layers = iter(hourly.layers(month))
        while True:
            begin, begin_processor = time.perf_counter(), time.process_time()
            layer = next(layers, None)
            computing[0] += time.perf_counter() - begin
            computing[1] += time.process_time() - begin_processor
            if layer is None:
                return
            yield layer

    found: dict[str, Any] = {"sources": sources, "values": sources * len(POLLUTANTS) * hours}
    totals = emitters.tonnes.sum(axis=0)
    if write:
        written = write_hours(
            hourly, folder / "hours", About("benchmark", "made up", "benchmark", ""), layers=timed
        )
        whole = time.perf_counter() - start, time.process_time() - start_processor
        found["writing"] = whole[0] - computing[0]
        found["writing_processor"] = whole[1] - computing[1]
        found["bytes"] = sum(path.stat().st_size for path in written.files)
        computed = np.array([written.tonnes[name] for name in POLLUTANTS])
        found["error_written"] = float(
            np.abs(np.array([written.written[n] for n in POLLUTANTS]) / totals - 1).max()
        )
        # One month is read again, so the sums do not rest on the word of the writer.
        with netCDF4.Dataset(written.files[1]) as file:
            area = np.asarray(file["cell_area"][:])
            read = float((file["PM25"][:].astype(np.float64).sum(axis=0) * area).sum()) * 3.6
            found["error_read"] = abs(read / float(file["PM25"].mass_computed_t) - 1)
    else:
        computed = np.zeros(len(POLLUTANTS))
        for month in range(1, 13):
            for layer in timed(month):
                computed[layer.pollutant] += layer.tonnes
    found["error"] = max(error, float(np.abs(computed / totals - 1).max()))
    found["computing"], found["computing_processor"] = computing
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


def told(found: dict[str, Any]) -> Iterable[str]:
    """The lines of a measurement."""
    how = "" if "writing" in found else ", computed only"
    yield f"{found['sources']:,} sources, {found['values']:,} values of sources and hours, {SHARED} shared profiles{how}"
    yield (
        f"  computing            {found['computing']:8.1f} s   ({found['computing_processor']:.1f} s of the processor;"
        f" wanted: {WANTED_SECONDS} s)"
    )
    if "writing" in found:
        yield (
            f"  writing              {found['writing']:8.1f} s   ({found['writing_processor']:.1f} s of the processor,"
            f" {found['bytes'] / 1e6:,.0f} MB)"
        )
    yield f"  peak memory [MB]     {found['memory']:8.0f}     (wanted: {WANTED_MEMORY} MB)"
    yield f"  mass error, sums     {found['error']:8.1e}"
    if "writing" in found:
        yield f"  mass error, written  {found['error_written']:8.1e}"
        yield f"  mass error, read     {found['error_read']:8.1e}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--sources", type=int, default=100_000)
    parser.add_argument(
        "--series", type=int, default=1_000, help="sources with an hourly series of their own"
    )
    parser.add_argument("--cells", type=int, default=10_000)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--twice", action="store_true")
    parser.add_argument("--no-writing", action="store_true")
    parser.add_argument("--single", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.single:
        found = measured(
            options.sources, options.series, options.cells, options.folder, write=not options.no_writing
        )
        print(json.dumps(found))
        return
    print(f"load of the machine: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    plain = ["--no-writing"]
    rounds = [(1, plain if options.no_writing else [])]
    if options.twice:
        # How it grows is compared without writing, which disturbs the computing.
        rounds = [*rounds, *([] if options.no_writing else [(1, plain)]), (2, plain)]
    results = []
    for times, how in rounds:
        folder = Path(tempfile.mkdtemp(prefix="lantian-bench-", dir=options.folder))
        arguments = [
            f"--sources={options.sources * times}",
            f"--series={options.series}",
            f"--cells={options.cells}",
        ]
        try:
            done = subprocess.run(
                [sys.executable, __file__, "--single", f"--folder={folder}", *arguments, *how],
                stdout=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        if done.returncode:
            sys.exit(1)
        results.append(json.loads(done.stdout))
        print("\n".join(told(results[-1])), flush=True)
    if options.twice:
        first, second = results[-2:]
        ratio = second["computing_processor"] / first["computing_processor"]
        memory = second["memory"] / first["memory"]
        print(f"twice the sources: {ratio:.2f} x the computing (processor), {memory:.2f} x the memory")


if __name__ == "__main__":
    main()
