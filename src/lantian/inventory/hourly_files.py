"""The hours of a year as NetCDF files after the CF conventions, written month by month.

A month is written beside its name and put there when it is whole, so a run that was interrupted goes on where it stopped
and no file looks finished that is not. With a name that ends in ``.nc`` the months are joined to one file at the end;
any other name is a folder that holds a file for each month.

References
----------
CF conventions 1.8: grid mapping, bounds, cell measures.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np

from lantian.inventory.errors import ExportError
from lantian.inventory.grids import projection
from lantian.inventory.hours import AHEAD, HourlyYear, Layer, first_hour, months_of
from lantian.rules.sources.errors import Message, _

#: names of the standard; the others have a long name only
_STANDARD = {
    "SO2": "tendency_of_atmosphere_mass_content_of_sulfur_dioxide_due_to_emission",
    "CO": "tendency_of_atmosphere_mass_content_of_carbon_monoxide_due_to_emission",
    "NH3": "tendency_of_atmosphere_mass_content_of_ammonia_due_to_emission",
}
#: of the layout of the files; another one does not go on with files of this one
_LAYOUT = 1
_CHUNK = 1_000_000


@dataclass(frozen=True, slots=True)
class About:
    """What a file says about its making.

    Attributes
    ----------
    title, source, run
        What it is, from which data, and in which run it was made.
    history
        Time and command.
    more
        Further attributes of the file.
    """

    title: str
    source: str
    run: str
    history: str
    more: Mapping[str, str | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WrittenHours:
    """What was written.

    Attributes
    ----------
    files
        In order of the months, or the one that they were joined to.
    tonnes, written
        By pollutant, in the grid: what was computed, and what the files hold [t].
    kept
        How many months were there from an earlier run.
    """

    files: Sequence[Path]
    tonnes: Mapping[str, float]
    written: Mapping[str, float]
    kept: int


def variable_name(pollutant: str) -> str:
    """The name of a pollutant in a file: letters, figures and underscores only.

    >>> variable_name("PM2.5")
    'PM25'
    """
    return "".join(sign for sign in pollutant if sign.isalnum() or sign == "_")


def fingerprint(hourly: HourlyYear) -> str:
    """What the hours depend on, in short: two runs with the same give the same files."""
    digest = hashlib.sha256()
    head = (_LAYOUT, hourly.grid, hourly.year, tuple(hourly.pollutants), tuple(hourly.sectors))
    digest.update(repr(head).encode())
    digest.update(np.ascontiguousarray(hourly.profiles).data)
    for of_sector in hourly.lots:
        for lot in of_sector:
            digest.update(np.ascontiguousarray(lot.cells).data)
            digest.update(np.ascontiguousarray(lot.tonnes).data)
    return digest.hexdigest()


def write_hours(
    hourly: HourlyYear,
    target: Path,
    about: About,
    *,
    level: int = 1,
    layers: Callable[[int], Iterable[Layer]] | None = None,
    on_month: Callable[[int, bool], None] | None = None,
) -> WrittenHours:
    """Write the hours of a year, or go on writing them.

    Parameters
    ----------
    target
        A file ``….nc``, or a folder for a file of each month.
    level
        Of the compression, from 0 to 9.
    layers
        The layers of a month in the place of `HourlyYear.layers`, to look on.
    on_month
        Called after each month, with whether it was there already.

    Raises
    ------
    ExportError
        ``file_exists``, or ``another_run``: the months that are there are of other emissions.
    OSError
    """
    single = target.suffix.lower() == ".nc"
    if single and target.exists():
        raise ExportError("file_exists", Message(_("This file is there already. Choose another name.")))
    folder = target.with_name(target.name + ".months") if single else target
    folder.mkdir(parents=True, exist_ok=True)
    mark = fingerprint(hourly)
    totals = {name: [0.0, 0.0] for name in hourly.pollutants}
    months: list[Path] = []
    kept = 0
    for month in range(1, 13):
        path = folder / f"hours-{hourly.year}-{month:02}.nc"
        there = path.exists()
        if there:
            found = _sums_of(path, mark, hourly)
            kept += 1
        else:
            found = _write_month(hourly, month, path, about, mark, level, layers or hourly.layers)
        for name, sums in found.items():
            totals[name][0] += sums[0]
            totals[name][1] += sums[1]
        months.append(path)
        if on_month is not None:
            on_month(month, there)
    if single:
        _join(hourly, months, target, about, mark, level, totals)
        shutil.rmtree(folder)
        months = [target]
    return WrittenHours(
        months, {name: sums[0] for name, sums in totals.items()}, {name: sums[1] for name, sums in totals.items()}, kept
    )  # fmt: skip


def _sums_of(path: Path, mark: str, hourly: HourlyYear) -> dict[str, tuple[float, float]]:
    """The sums of a month that is there already."""
    try:
        with netCDF4.Dataset(path) as file:
            if file.getncattr("fingerprint") == mark:
                return {
                    name: (
                        float(file[variable_name(name)].mass_computed_t),
                        float(file[variable_name(name)].mass_written_t),
                    )
                    for name in hourly.pollutants
                }
    except (OSError, AttributeError, IndexError):
        pass
    raise ExportError(
        "another_run",
        Message(
            _("%(file)s is there, but it is of other emissions or another grid. Remove it, or choose another name."),
            file=str(path),
        ),
    )  # fmt: skip


def _write_month(
    hourly: HourlyYear, month: int, path: Path, about: About, mark: str, level: int,
    layers: Callable[[int], Iterable[Layer]],
) -> dict[str, tuple[float, float]]:  # fmt: skip
    part = path.with_name(path.name + ".part")
    sums = {name: [0.0, 0.0] for name in hourly.pollutants}
    with netCDF4.Dataset(part, "w", format="NETCDF4") as file:
        _frame(
            file, hourly, months_of(hourly.year)[month - 1], about, mark, level, f"{hourly.year}-{month:02}"
        )
        for layer in layers(month):
            name = hourly.pollutants[layer.pollutant]
            hours = slice(layer.hour, layer.hour + len(layer.flux))
            values = layer.flux.reshape(-1, *hourly.grid.shape)
            if len(hourly.sectors) > 1:
                file[variable_name(name)][hours, layer.sector] = values
            else:
                file[variable_name(name)][hours] = values
            sums[name][0] += layer.tonnes
            sums[name][1] += layer.written
        for name, (computed, written) in sums.items():
            _tell(file[variable_name(name)], computed, written)
    _put(part, path)
    return {name: (computed, written) for name, (computed, written) in sums.items()}


def _join(
    hourly: HourlyYear, months: Sequence[Path], target: Path, about: About, mark: str, level: int,
    totals: Mapping[str, Sequence[float]],
) -> None:  # fmt: skip
    part = target.with_name(target.name + ".part")
    slices = months_of(hourly.year)
    with netCDF4.Dataset(part, "w", format="NETCDF4") as file:
        _frame(file, hourly, slice(0, slices[-1].stop), about, mark, level, str(hourly.year))
        for path, hours in zip(months, slices, strict=True):
            with netCDF4.Dataset(path) as month:
                month.set_auto_mask(False)
                for name in map(variable_name, hourly.pollutants):
                    for start in range(hours.start, hours.stop, 24):
                        here = slice(start - hours.start, start - hours.start + 24)
                        file[name][start : start + 24] = month[name][here]
        for name, (computed, written) in totals.items():
            _tell(file[variable_name(name)], computed, written)
    _put(part, target)


def _put(part: Path, path: Path) -> None:
    """Give a file that is whole its name."""
    with part.open("rb+") as stream:
        os.fsync(stream.fileno())
    part.replace(path)


def _tell(variable: Any, computed: float, written: float) -> None:
    variable.mass_computed_t = computed
    variable.mass_written_t = written


def _frame(
    file: Any, hourly: HourlyYear, hours: slice, about: About, mark: str, level: int, period: str
) -> None:
    """Everything but the emissions: dimensions, coordinates, bounds, the projection, and what the file says of itself."""
    grid = hourly.grid
    attributes: dict[str, Any] = {
        "Conventions": "CF-1.8",
        "title": about.title,
        "source": about.source,
        "history": about.history,
        "creator_run": about.run,
        "base_year": np.int32(hourly.year),
        "period": period,
        "fingerprint": mark,
        "cell_ids": f"{grid.side / 1000:g}km_<cell_column>_<cell_row>",
        "comment": (
            "Fluxes are means over the hour. The mass of an hour is flux x cell_area x 3600 s. Rounding to single"
            " precision is carried to the next hour, so that the hours of a month sum to the month."
        ),
        **about.more,
    }
    for name, value in attributes.items():
        file.setncattr(name, value)
    file.createDimension("time", None)
    file.createDimension("y", grid.rows)
    file.createDimension("x", grid.columns)
    file.createDimension("bnds", 2)
    file.createDimension("vertices", 4)
    _variable(file, "crs", "i4", (), **_mapping(grid.crs))
    start = first_hour(hourly.year)
    count = hours.stop - hours.start
    starts = np.arange(hours.start, hours.stop, dtype=np.float64)
    time = _variable(
        file, "time", "f8", ("time",), standard_name="time", axis="T", bounds="time_bnds", calendar="standard",
        units=f"hours since {start:%Y-%m-%d %H:%M:%S}",
        long_name=f"start of the hour in UTC; campaign time is UTC+{AHEAD} without summer time",
    )  # fmt: skip
    bounds = _variable(file, "time_bnds", "f8", ("time", "bnds"))
    time[:count] = starts
    bounds[:count] = np.column_stack((starts, starts + 1))
    for name, centres, edges, first in (
        ("x", grid.x, grid.x_edges, grid.column), ("y", grid.y, grid.y_edges, grid.row),
    ):  # fmt: skip
        place = _variable(
            file, name, "f8", (name,), standard_name=f"projection_{name}_coordinate", units="m", axis=name.upper(),
            bounds=f"{name}_bnds",
        )  # fmt: skip
        place[:] = centres
        _variable(file, f"{name}_bnds", "f8", (name, "bnds"))[:] = np.column_stack((edges[:-1], edges[1:]))
        number = _variable(
            file, {"x": "cell_column", "y": "cell_row"}[name], "i4", (name,),
            long_name="number from the origin of the plane, part of the cell's id",
        )  # fmt: skip
        number[:] = first + np.arange(len(centres))
    for name, standard, unit, centres, corners in zip(
        ("lon", "lat"), ("longitude", "latitude"), ("degrees_east", "degrees_north"), grid.centres, grid.corners,
        strict=True,
    ):  # fmt: skip
        place = _variable(
            file, name, "f8", ("y", "x"), standard_name=standard, units=unit, bounds=f"{name}_bnds"
        )
        place[:] = centres
        around = (corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1])
        _variable(file, f"{name}_bnds", "f8", ("y", "x", "vertices"))[:] = np.stack(around, axis=-1)
    area = _variable(file, "cell_area", "f8", ("y", "x"), standard_name="cell_area", units="m2")
    area[:] = grid.areas
    several = len(hourly.sectors) > 1
    if several:
        file.createDimension("sector", len(hourly.sectors))
        names = file.createVariable("sector", str, ("sector",))
        names.long_name = "class of sources"
        for at, sector in enumerate(hourly.sectors):
            names[at] = sector
    dimensions = ("time", "sector", "y", "x") if several else ("time", "y", "x")
    step = max(1, min(24, _CHUNK // grid.cells))
    chunks = (step, 1, *grid.shape) if several else (step, *grid.shape)
    for pollutant in hourly.pollutants:
        given = {"standard_name": _STANDARD[pollutant]} if pollutant in _STANDARD else {}
        _variable(
            file, variable_name(pollutant), "f4", dimensions, chunksizes=chunks, complevel=level, **given,
            long_name=f"emission of {pollutant}{' expressed as NO2' if pollutant == 'NOx' else ''}", pollutant=pollutant,
            units="kg m-2 s-1", grid_mapping="crs", coordinates="lat lon", cell_measures="area: cell_area",
            cell_methods="time: mean area: mean",
        )  # fmt: skip


def _mapping(crs: str) -> dict[str, Any]:
    """The attributes of the grid mapping."""
    found: dict[str, Any] = dict(projection(crs).to_cf())
    return {name: value for name, value in found.items() if value is not None}


def _variable(
    file: Any, name: str, kind: str, dimensions: Sequence[str], *, chunksizes: Sequence[int] | None = None,
    complevel: int = 0, **attributes: Any,
) -> Any:  # fmt: skip
    found = file.createVariable(
        name, kind, tuple(dimensions), fill_value=False, chunksizes=chunksizes,
        compression="zlib" if complevel else None, complevel=complevel or 4, shuffle=True,
    )  # fmt: skip
    found.setncatts(attributes)
    return found
