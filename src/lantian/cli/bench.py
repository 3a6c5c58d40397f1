"""``lantian bench …``: how fast this machine evaluates, measured on made-up data."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
#: bytes that the lake of a station's year takes at most, twice
_BYTES_OF_A_STATION = 200_000
_CSV_ROWS = 300_000
#: bytes that a year of hours of a cell takes at most: nine pollutants that hardly can be compressed
_BYTES_OF_A_CELL = 400_000
#: bytes that a frame takes at most, in the landing file and in the lake
_BYTES_OF_A_FRAME = 3_000

bench_app = typer.Typer(
    help=_("Measure how fast this machine is, on made-up data."), no_args_is_help=True, add_completion=False
)


@bench_app.callback()
def bench() -> None:
    """Group of the measurements."""


@bench_app.command(
    help=_(
        "Measure the evaluation of air data: AQI of arrays and of CSV files, a year of hours of many stations, one more"
        " hour on the pages. Takes minutes and up to 2 GB of disk, which it gives back."
    )
)
def air(
    stations: Annotated[
        int, typer.Option("--stations", min=10, max=20_000, help=_("How many stations the year has."))
    ] = 3_000,
    twice: Annotated[
        bool, typer.Option("--twice/--once", help=_("Measure twice as many stations, too."))
    ] = True,
    rows: Annotated[
        int, typer.Option("--rows", min=10_000, max=50_000_000, help=_("Rows of the arrays."))
    ] = 2_000_000,
    rounds: Annotated[
        int,
        typer.Option(
            "--rounds", min=1, max=20, help=_("How often the evaluation is measured; the best time counts.")
        ),
    ] = 2,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            help=_("Where the made-up data are while it runs; by default the system's folder for such."),
            show_default=False,
        ),
    ] = None,
    aqi_hub: Annotated[
        Path | None,
        typer.Option(
            "--aqi-hub",
            metavar="FOLDER",
            help=_("Folder that holds the package aqi_hub, to compare with; it is no part of LanTian."),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Measure the evaluation of air data."""
    place = _place(folder, stations * (2 if twice else 1) * _BYTES_OF_A_STATION)
    commands = [
        ["air_aqi.py", "--rows", str(rows), "--csv-rows", str(min(rows, _CSV_ROWS))],
        ["air_lake.py", "--stations", str(stations), "--rounds", str(rounds), "--folder", str(place)],
    ]
    if aqi_hub is not None:
        commands[0] += ["--aqi-hub", str(aqi_hub.expanduser())]
    if twice:
        commands[1].append("--twice")
    _measure(commands)


@bench_app.command(
    help=_(
        "Count what the rules of suspicious data find of made-up frauds with known truth, and over how many honest outlets they"
        " cry; with a file of frames, what they say of a real hour."
    )
)
def frauds(
    stacks: Annotated[
        int, typer.Option("--stacks", min=100, max=20_000, help=_("How many stacks the made-up province has."))
    ] = 1_400,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help=_("Beginning of the random numbers; the same gives the same."))
    ] = 20_260_302,
    hour: Annotated[
        Path | None,
        typer.Option(
            "--hour", metavar="FILE", help=_("File of HJ 212 frames, also as .gz."), show_default=False, exists=True,
            dir_okay=False,
        ),
    ] = None,
) -> None:  # fmt: skip
    """Count hits, misses and false alarms of the rules of suspicious data."""
    _place(None, 0)
    arguments = ["--stacks", str(stacks), "--seed", str(seed)]
    if hour is not None:
        arguments += ["--hour", str(hour)]
    _measure([["monitoring_frauds.py", *arguments]])


@bench_app.command(
    help=_(
        "Measure the hours of an emission inventory on a grid: computing and writing apart, memory, and what of the mass is"
        " missing. Takes minutes and up to 4 GB of disk, which it gives back."
    )
)
def inventory(
    sources: Annotated[
        int, typer.Option("--sources", min=100, max=1_000_000, help=_("How many sources there are."))
    ] = 100_000,
    series: Annotated[
        int,
        typer.Option("--series", min=0, max=5_000, help=_("How many have an hourly series of their own.")),
    ] = 1_000,
    cells: Annotated[
        int, typer.Option("--cells", min=1, max=1_000_000, help=_("How many cells of 1 km the grid has."))
    ] = 10_000,
    twice: Annotated[
        bool, typer.Option("--twice/--once", help=_("Measure twice as many sources, too."))
    ] = True,
    writing: Annotated[
        bool, typer.Option("--writing/--no-writing", help=_("Write the hours, too, not only compute them."))
    ] = True,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            help=_("Where the made-up data are while it runs; by default the system's folder for such."),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Measure the hours of an inventory."""
    if series > sources:
        print(_("There cannot be more series than sources."), file=sys.stderr)
        raise typer.Exit(2)
    place = _place(folder, cells * _BYTES_OF_A_CELL if writing else 0)
    arguments = [
        "--sources",
        str(sources),
        "--series",
        str(series),
        "--cells",
        str(cells),
        "--folder",
        str(place),
    ]
    arguments += ["--twice"] * twice + ["--no-writing"] * (not writing)
    _measure([["inventory_hours.py", *arguments]])


@bench_app.command(
    help=_(
        "Measure the gateway: many connections, durable answers while it drains, a stream replayed, the reading of frames."
        " Server and stations are processes on the loopback. Takes about a minute and up to 1 GB of disk, which it gives back."
    )
)
def gateway(
    connections: Annotated[
        int, typer.Option("--connections", min=1, max=20_000, help=_("How many stations are connected."))
    ] = 10_000,
    rate: Annotated[
        int, typer.Option("--rate", min=10, max=100_000, help=_("Frames a second that they send."))
    ] = 8_500,
    wanted: Annotated[
        int, typer.Option("--wanted", min=1, max=100_000, help=_("Answered frames a second that are wanted."))
    ] = 8_000,
    seconds: Annotated[
        int, typer.Option("--seconds", min=1, max=600, help=_("How long they send [s]."))
    ] = 20,
    stream: Annotated[
        Path | None,
        typer.Option(
            "--stream",
            metavar="FILE",
            help=_("A file of real frames to replay, also packed with gzip."),
            show_default=False,
        ),
    ] = None,
    speed: Annotated[
        float, typer.Option("--speed", min=0.1, help=_("How many times faster than in truth it is replayed."))
    ] = 100,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--folder",
            help=_("Where the made-up data are while it runs; by default the system's folder for such."),
            show_default=False,
        ),
    ] = None,
    peer: Annotated[
        list[str] | None,
        typer.Option(
            "--peer",
            metavar="NAME=COMMAND",
            help=_(
                "Another reader of frames to compare with, several times if need be; it is no part of LanTian. The command gets a"
                " file of frames and prints as JSON what its best round took."
            ),
            show_default=False,
        ),
    ] = None,
) -> None:
    """Measure the gateway."""
    if stream is not None and not stream.is_file():
        print(_("There is no file %(file)s.") % {"file": stream}, file=sys.stderr)
        raise typer.Exit(1)
    place = _place(folder, rate * seconds * _BYTES_OF_A_FRAME)
    arguments = ["--connections", connections, "--rate", rate, "--wanted", wanted, "--seconds", seconds]
    arguments += ["--speed", speed, "--folder", place]
    if stream is not None:
        arguments += ["--stream", stream.absolute()]
    # With the equals sign, for a name may begin with a dash.
    arguments += [f"--peer={one}" for one in peer or ()]
    _measure([["gateway.py", *map(str, arguments)]])


def _place(folder: Path | None, wanted: int) -> Path:
    """The folder for made-up data, with room for so many bytes."""
    if not BENCHMARKS.is_dir():
        print(
            _("The measurements are part of the source tree: %(folder)s is not there.")
            % {"folder": BENCHMARKS},
            file=sys.stderr,
        )
        raise typer.Exit(1)
    place = (folder or Path(tempfile.gettempdir())).expanduser()
    if not place.is_dir():
        print(_("There is no folder %(folder)s.") % {"folder": place}, file=sys.stderr)
        raise typer.Exit(1)
    if shutil.disk_usage(place).free < wanted:
        message = _(
            "%(folder)s has too little room: %(wanted)s MB are needed. Choose another one with --folder."
        )
        print(message % {"folder": place, "wanted": wanted // 1_000_000}, file=sys.stderr)
        raise typer.Exit(1)
    return place


def _measure(commands: list[list[str]]) -> None:
    """Run measurements one after the other, until one of them fails."""
    for script, *arguments in commands:
        environment = {
            **os.environ,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "ignore",
        }
        done = subprocess.run([sys.executable, BENCHMARKS / script, *arguments], env=environment, check=False)
        if done.returncode:
            raise typer.Exit(1)
