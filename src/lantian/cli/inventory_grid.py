"""``lantian inventory grid``: the emissions of a workbook on a grid and by the hour, and as files of maps and models."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.inventory_run import inventory_app
from lantian.cli.sources_files import books_of, fail, read, spoken

if TYPE_CHECKING:
    from lantian.inventory.gridding import Gridded, Spread
    from lantian.inventory.grids import Grid
    from lantian.inventory.input_files import Features, Outlines, Read, Series
    from lantian.inventory.releases import Releases
    from lantian.rules.geo import Box
    from lantian.rules.sources.coordinates import Area
    from lantian.rules.sources.results import Emission
    from lantian.rules.sources.rows import Problem


@dataclass(frozen=True, slots=True)
class Given:
    """Files beside the workbook that have been read."""

    outlines: Outlines | None
    proxies: Features | None
    series: Series | None


@dataclass(frozen=True, slots=True)
class Result:
    """What was computed."""

    releases: Releases
    where: Spread
    year: Gridded
    problems: Sequence[Problem]


@inventory_app.command(
    help=_(
        "Put the emissions of a workbook on a grid, hour by hour if asked, and write them for maps and models; what lies"
        " outside or has no place is told."
    )
)
def grid(
    file: Annotated[Path, typer.Argument(metavar="FILE.xlsx", help=_("The workbook of the inventory."))],
    year: Annotated[int, typer.Option("--year", min=1949, max=2199, help=_("The year."))],
    cell: Annotated[int, typer.Option("--cell", min=1, max=100, help=_("Side of a cell [km]."))] = 1,
    regions: Annotated[
        Path | None,
        typer.Option(
            "--regions", metavar="FILE.geojson", show_default=False,
            help=_("Outlines in WGS-84 with the property “code”; area sources are spread over the place of their code."),
        ),
    ] = None,
    proxies: Annotated[
        Path | None,
        typer.Option(
            "--proxies", metavar="FILE.geojson", show_default=False,
            help=_("By what area sources are spread: points, lines or areas with the properties “proxy” and “value”."),
        ),
    ] = None,
    series: Annotated[
        Path | None,
        typer.Option(
            "--series", metavar="FILE.csv", show_default=False,
            help=_("Hourly series of single sources: source_id, time (start of the hour, UTC+8), value."),
        ),
    ] = None,
    crs: Annotated[
        str, typer.Option("--crs", help=_("Plane system: EPSG code or PROJ text; by default Lambert around the box."))
    ] = "",
    box: Annotated[
        str,
        typer.Option(
            "--box", metavar="W,S,E,N",
            help=_("The domain in degrees; by default the box of the outlines, else of the sources."),
        ),
    ] = "",
    hours: Annotated[
        Path | None,
        typer.Option(
            "--hours", metavar="OUT.nc|FOLDER", show_default=False,
            help=_("Write every hour as NetCDF: one file, or a folder with a file for each month; goes on where it stopped."),
        ),
    ] = None,
    by_sector: Annotated[bool, typer.Option("--by-sector", help=_("Keep the classes apart in the hours."))] = False,
    geojson: Annotated[
        Path | None,
        typer.Option("--geojson", metavar="FOLDER", help=_("Write cells.geojson and sources.geojson."), show_default=False),
    ] = None,
    gpkg: Annotated[
        Path | None,
        typer.Option("--gpkg", metavar="FILE.gpkg", help=_("Write a GeoPackage with cells and sources."), show_default=False),
    ] = None,
    table: Annotated[
        Path | None,
        typer.Option("--csv", metavar="FILE.csv", help=_("Write the cells as a table."), show_default=False),
    ] = None,
    ff10: Annotated[
        Path | None,
        typer.Option("--ff10", metavar="FOLDER", help=_("Write point and area sources for SMOKE."), show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print the sums as JSON."))] = False,
    abroad: Annotated[
        bool, typer.Option("--abroad", help=_("Fill gaps with factors from abroad; they are marked."))
    ] = False,
    overrides: Annotated[
        Path | None,
        typer.Option(
            "--overrides", metavar="FILE", show_default=False,
            help=_("Unsure entries of the books set otherwise (JSON); by default books/sources-overrides.json of the"
                   " data folder, if it is there."),
        ),
    ] = None,
) -> None:  # fmt: skip
    """Put an inventory on a grid."""
    from lantian.rules.sources.errors import SourcesError

    for path in (hours if hours and hours.suffix.lower() == ".nc" else None, gpkg, table):
        if path is not None and path.exists():
            raise fail(f"{path}: {_('This file is there already. Choose another name.')}")
    given = _given(regions, proxies, series, year)
    try:
        result = _computed(file, year, cell * 1000, crs, box, given, abroad, overrides)
    except SourcesError as error:
        raise fail(error.message.text(spoken)) from None
    _say(result)
    if as_json:
        print(json.dumps(result_json(result, year), ensure_ascii=False, indent=1))
    else:
        for line in lines(result):
            print(line)
    try:
        _export(result, year, file, geojson, gpkg, table, ff10)
        if hours is not None:
            _hours(result, year, file, hours, by_sector)
    except SourcesError as error:
        raise fail(error.message.text(spoken)) from None
    except OSError as error:
        reason = _("The file cannot be written: %(reason)s.") % {"reason": error.strerror or error}
        raise fail(f"{error.filename or ''}: {reason}".lstrip(": ")) from None


def _given(regions: Path | None, proxies: Path | None, series: Path | None, year: int) -> Given:
    """The files beside the workbook; what is wrong with parts of them is told."""
    from lantian.inventory.input_files import read_outlines, read_proxies, read_series
    from lantian.rules.sources.errors import SourcesError

    def tried(path: Path | None, reader: Any, *arguments: Any) -> Any:
        if path is None:
            return None
        try:
            found: Read = reader(path, *arguments)
        except SourcesError as error:
            raise fail(f"{path}: {error.message.text(spoken)}") from None
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or error
            raise fail(
                f"{path}: {_('The file cannot be opened: %(reason)s.') % {'reason': reason}}"
            ) from None
        for where, wrong in found.problems:
            print(f"{path.name}!{where}  [{wrong.code}]  {wrong.message.text(spoken)}", file=sys.stderr)
        return found

    return Given(
        tried(regions, read_outlines), tried(proxies, read_proxies), tried(series, read_series, year)
    )


def _computed(
    file: Path, year: int, side: int, crs: str, box: str, given: Given, abroad: bool, overrides: Path | None
) -> Result:
    from lantian.inventory.gridding import gridded, proxies_of_points, spread
    from lantian.inventory.grids import grid_over
    from lantian.inventory.releases import problems_of_places, releases_of
    from lantian.rules.sources.checks import default_area
    from lantian.rules.sources.inventory import run

    found, books = read(file), books_of(overrides)
    computed = run(found.rows, found.problems, books, year, abroad=abroad)
    places = given.outlines.places if given.outlines is not None else {}
    area = _area(places) if places else default_area(books)
    releases = releases_of(
        found.rows, computed.emissions, books, year, area, given.series.sources if given.series is not None else None
    )  # fmt: skip
    domain = _box(box) if box else _default_box(releases, places)
    cells = grid_over(domain, side=side, crs=crs or None)
    held = given.proxies.on(cells) if given.proxies is not None else {}
    where = spread(releases.emitters, cells, places, {**proxies_of_points(releases.emitters, cells), **held})
    placing = [problem for problem in found.problems if problem.sheet_key in ("stacks", "shares")]
    gaps = [_problem_of(gap) for gap in computed.gaps]
    problems = [*gaps, *placing, *releases.problems, *problems_of_places(releases, where)]
    return Result(releases, where, gridded(releases.emitters, cells, where), problems)


def _problem_of(gap: Emission) -> Problem:
    """A gap of the inventory as it is told here."""
    from lantian.rules.sources.errors import Message
    from lantian.rules.sources.rows import Problem

    message = gap.why[0] if gap.why else Message(gap.code)
    return Problem(gap.sheet, gap.row, gap.column, gap.code, message, gap.source_id)


def _area(places: Any) -> Area:
    from lantian.rules.geo import bounds
    from lantian.rules.sources.coordinates import Area

    polygons = [polygon for found in places.values() for polygon in found]
    return Area(_("the outlines"), bounds(polygons))


def _box(text: str) -> Box:
    from lantian.rules.geo import Box

    try:
        west, south, east, north = (float(part) for part in text.replace("，", ",").split(","))
    except ValueError:
        raise fail(
            _("A box is four numbers: west, south, east, north, as in 112.7,34.2,114.2,35.0."), 2
        ) from None
    return Box(west, south, east, north)


def _default_box(releases: Releases, places: Any) -> Box:
    import numpy as np

    from lantian.rules.geo import Box, bounds

    if places:
        return bounds([polygon for found in places.values() for polygon in found])
    emitters = releases.emitters
    points = emitters.points
    if not points.any():
        raise fail(_("No source has a position. Give outlines with --regions, or the domain with --box."))
    x, y = emitters.longitude[points], emitters.latitude[points]
    # A single source still gets some cells around it.
    edge = 0.01
    return Box(
        float(np.min(x)) - edge, float(np.min(y)) - edge, float(np.max(x)) + edge, float(np.max(y)) + edge
    )  # fmt: skip


def result_json(result: Result, year: int) -> dict[str, Any]:
    """The contract of ``--json``: the grid, sums by class and pollutant, how areas were spread, and what is wrong."""
    from openpyxl.utils import get_column_letter

    cells = result.year.grid
    errors = result.year.errors()
    return {
        "year": year,
        "grid": _grid_json(cells),
        "sums": [
            {
                "sector": sector,
                "pollutant": pollutant,
                "sources_t": float(result.year.sources[at, number]),
                "cells_t": float(result.year.cells[at, number].sum()),
                "outside_t": float(result.year.outside[at, number]),
                "unplaced_t": float(result.year.unplaced[at, number]),
                "error": float(errors[at, number]),
            }
            for at, sector in enumerate(result.year.sectors)
            for number, pollutant in enumerate(result.year.pollutants)
        ],
        "areas": [
            {
                "region": region,
                "proxy": part.by or None,
                "asked": list(part.asked),
                "fallen_back": part.fallen_back,
                "cells": len(part.cells),
                "outside": part.outside,
            }
            for region, part in zip(result.where.regions, result.where.parts, strict=True)
        ],
        "problems": [
            {
                "sheet": problem.sheet,
                "row": problem.row or None,
                "column": get_column_letter(problem.column) if problem.column else None,
                "code": problem.code,
                "message": problem.message.text(spoken),
                "source_id": problem.source_id or None,
                "offer": problem.offer or None,
            }
            for problem in result.problems
        ],
    }


def _grid_json(cells: Grid) -> dict[str, Any]:
    return {
        "crs": cells.crs,
        "cell_m": cells.side,
        "columns": cells.columns,
        "rows": cells.rows,
        "first_cell": cells.cell_id(0),
        "x0_m": float(cells.x_edges[0]),
        "y0_m": float(cells.y_edges[0]),
    }


def lines(result: Result) -> list[str]:
    """The sums for people."""
    year = result.year
    cells = year.grid
    found = [
        _("Grid: %(columns)s × %(rows)s cells of %(side)s km, %(crs)s")
        % {"columns": cells.columns, "rows": cells.rows, "side": f"{cells.side / 1000:g}", "crs": cells.crs},
        _("Pollutant: sources = cells + outside + without a place [t]"),
    ]
    for number, name in enumerate(year.pollutants):
        sums = (year.sources, year.cells.sum(axis=2), year.outside, year.unplaced)
        whole, inside, outside, lost = (float(part[:, number].sum()) for part in sums)
        found.append(f"  {name}  {whole:.6g} = {inside:.6g} + {outside:.6g} + {lost:.6g}")
    found.append(
        _("Largest error of a sum: %(error)s") % {"error": f"{float(year.errors().max(initial=0)):.1e}"}
    )
    for region, part in zip(result.where.regions, result.where.parts, strict=True):
        if part.fallen_back:
            found.append(
                _("%(region)s: spread by area, because none of %(names)s says anything there.")
                % {"region": region, "names": "、".join(part.asked)}
            )  # fmt: skip
    return found


def _say(result: Result) -> None:
    from openpyxl.utils import get_column_letter

    for problem in result.problems:
        column = get_column_letter(problem.column) if problem.column else ""
        address = f"{problem.sheet}!{column}{problem.row or ''}".rstrip("!")
        offer = f" → {problem.offer}" if problem.offer else ""
        text = f"{problem.source_id}  [{problem.code}]  {problem.message.text(spoken)}{offer}"
        print(f"{address}  {text}", file=sys.stderr)
    if result.problems:
        print(_("%(count)d findings.") % {"count": len(result.problems)}, file=sys.stderr)


def _export(
    result: Result, year: int, file: Path, geojson: Path | None, gpkg: Path | None, table: Path | None, ff10: Path | None
) -> None:  # fmt: skip
    from lantian.inventory.ff10 import write_ff10
    from lantian.inventory.map_files import (
        write_cells_csv,
        write_cells_geojson,
        write_geopackage,
        write_sources_geojson,
    )

    emitters, listed = result.releases.emitters, result.releases.list
    if table is not None:
        write_cells_csv(table, result.year)
        _written(table)
    if geojson is not None:
        write_cells_geojson(geojson / "cells.geojson", result.year, year)
        write_sources_geojson(geojson / "sources.geojson", emitters, listed, year)
        _written(geojson)
    if gpkg is not None:
        write_geopackage(gpkg, result.year, emitters, listed)
        _written(gpkg)
    if ff10 is not None:
        written = write_ff10(ff10, emitters, listed, result.releases.profiles, year, f"{file.name}, LanTian")
        _written(ff10)
        left = {name: t for name, t in written.left_out.items() if t}
        if left:
            text = "、".join(f"{name} {t:.6g} t" for name, t in left.items())
            print(_("Not in FF10, because they have no place: %(sums)s") % {"sums": text}, file=sys.stderr)


def _hours(result: Result, year: int, file: Path, target: Path, by_sector: bool) -> None:
    from lantian import __version__
    from lantian.inventory.hourly_files import About, write_hours
    from lantian.inventory.hours import hourly_year

    emitters = result.releases.emitters
    hourly = hourly_year(
        emitters, result.year.grid, result.where, year, result.releases.profiles, by_sector=by_sector
    )
    now = datetime.now(UTC)
    # Names of files, not where they are on this machine.
    words = [Path(part).name if Path(part).is_absolute() else part for part in sys.argv[1:]]
    about = About(
        title=f"Emission inventory {year}",
        source=file.name,
        run=f"LanTian {__version__}, {now:%Y-%m-%dT%H:%M:%SZ}",
        history=f"{now:%Y-%m-%dT%H:%M:%SZ} lantian {shlex.join(words)}",
        more={
            name: json.dumps(dict(zip(emitters.pollutants, mass.sum(axis=0).tolist(), strict=True)))
            for name, mass in (
                ("mass_outside_t", result.year.outside),
                ("mass_without_place_t", result.year.unplaced),
            )
        },
    )

    def told(month: int, there: bool) -> None:
        message = _("Month %(month)s was there already.") if there else _("Month %(month)s is written.")
        print(message % {"month": month}, file=sys.stderr)

    written = write_hours(hourly, target, about, on_month=told)
    errors = [
        abs(written.written[name] - hourly.total(number)) / (hourly.total(number) or 1.0)
        for number, name in enumerate(hourly.pollutants)
    ]
    _written(target)
    print(
        _("Mass in the hours against the year: largest error %(error)s") % {"error": f"{max(errors, default=0):.1e}"},
        file=sys.stderr,
    )  # fmt: skip


def _written(path: Path) -> None:
    print(_("Written: %(file)s") % {"file": path}, file=sys.stderr)
