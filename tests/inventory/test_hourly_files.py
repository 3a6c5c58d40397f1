"""NetCDF files of the hours: what they say, what they hold, and what an interrupted run leaves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from pyproj import CRS

from lantian.inventory.errors import ExportError
from lantian.inventory.gridding import spread
from lantian.inventory.hourly_files import About, WrittenHours, write_hours
from lantian.inventory.hours import HourlyYear, Layer, hourly_year
from tests.inventory.made_up import GRID, emitters, outline

ABOUT = About("Inventory 2025", "list.xlsx", "run 7", "2026-01-01T00:00:00Z lantian", {"mass_outside_t": 0.5})


def made(*, by_sector: bool = False, tonnes: float = 10.0) -> HourlyYear:
    found = emitters(
        places=[(0.5, 0.5), "a"],
        tonnes=[[tonnes, 2.0], [3.0, 4.0]],
        sectors=[0, 1],
        profiles=["wave", "flat"],
    )
    wave = 1 + np.sin(np.arange(8760) / 24)
    profiles = {"wave": wave / wave.sum(), "flat": np.full(8760, 1 / 8760)}
    return hourly_year(
        found, GRID, spread(found, GRID, {"a": outline(0, 0, 4, 3)}), 2025, profiles, by_sector=by_sector
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WrittenHours]:
    path = tmp_path_factory.mktemp("hours") / "months"
    return path, write_hours(made(by_sector=True), path, ABOUT)


@pytest.fixture(scope="module")
def joined(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WrittenHours]:
    path = tmp_path_factory.mktemp("hours") / "year.nc"
    return path, write_hours(made(), path, ABOUT)


def mass(path: Path, name: str) -> float:
    with netCDF4.Dataset(path) as file:
        return float((file[name][:].astype(np.float64) * file["cell_area"][:]).sum() * 3600 / 1000)


def test_the_mass_of_one_file_is_that_of_the_year(joined: tuple[Path, WrittenHours]) -> None:
    path, written = joined
    assert [path] == list(written.files) == list(path.parent.iterdir())
    for name, variable, wanted in (("SO2", "SO2", 13.0), ("PM2.5", "PM25", 6.0)):
        assert wanted == pytest.approx(mass(path, variable), rel=1e-9)
        assert wanted == pytest.approx(written.tonnes[name], rel=1e-12)
        assert wanted == pytest.approx(written.written[name], rel=1e-9)


def test_the_months_of_a_folder_sum_to_the_year_and_keep_their_classes(
    folder: tuple[Path, WrittenHours],
) -> None:
    path, written = folder
    assert [f"hours-2025-{month:02}.nc" for month in range(1, 13)] == sorted(
        part.name for part in path.iterdir()
    )
    assert 13.0 == pytest.approx(sum(mass(part, "SO2") for part in written.files), rel=1e-9)
    with netCDF4.Dataset(written.files[1]) as file:
        assert ("time", "sector", "y", "x") == file["SO2"].dimensions
        assert ["电力热力源", "工业源"] == file["sector"][:].tolist()
        assert (28 * 24, 2, 3, 4) == file["SO2"].shape
        assert 0 == file["SO2"][:, 0, 2, 3].max()


def test_a_file_says_what_cf_asks_for(joined: tuple[Path, WrittenHours]) -> None:
    with netCDF4.Dataset(joined[0]) as file:
        assert "CF-1.8" == file.Conventions
        assert ("run 7", 2025, 0.5) == (file.creator_run, file.base_year, file.mass_outside_t)
        flux = file["PM25"]
        assert ("kg m-2 s-1", "crs", "area: cell_area", "time: mean area: mean") == (
            flux.units, flux.grid_mapping, flux.cell_measures, flux.cell_methods,
        )  # fmt: skip
        assert ("zlib", True) == ("zlib" if flux.filters()["zlib"] else "", flux.filters()["shuffle"])
        assert "transverse_mercator" == file["crs"].grid_mapping_name
        assert CRS.from_wkt(file["crs"].crs_wkt) == CRS.from_epsg(4547)
        times = netCDF4.num2date(file["time"][[0, 8759]], file["time"].units, file["time"].calendar)
        assert ["2024-12-31 16:00:00", "2025-12-31 15:00:00"] == [str(time) for time in times]
        assert file["time_bnds"][:].tolist()[3] == [3.0, 4.0]
        for name, size in (("x", 4), ("y", 3)):
            edges = file[file[name].bounds][:]
            assert [500.0] * size == (np.asarray(file[name][:]) - edges[:, 0]).tolist()
        for name in flux.coordinates.split():
            corners = file[file[name].bounds]
            assert (("y", "x"), ("y", "x", "vertices")) == (file[name].dimensions, corners.dimensions)
            inner = corners[:].mean(axis=2)
            assert np.asarray(inner) == pytest.approx(np.asarray(file[name][:]), abs=1e-6)


class Interrupted(Exception):
    pass


def test_an_interrupted_run_goes_on_at_its_month_and_leaves_nothing_that_looks_finished(
    tmp_path: Path,
) -> None:
    hourly, target = made(), tmp_path / "year.nc"
    seen: list[int] = []

    def breaking(month: int) -> Iterable[Layer]:
        seen.append(month)
        for number, layer in enumerate(hourly.layers(month)):
            if month == 3 and number == 1:
                raise Interrupted
            yield layer

    with pytest.raises(Interrupted):
        write_hours(hourly, target, ABOUT, layers=breaking)
    assert not target.exists()
    left = sorted(path.name for path in (tmp_path / "year.nc.months").iterdir())
    assert ["hours-2025-01.nc", "hours-2025-02.nc", "hours-2025-03.nc.part"] == left
    told: list[tuple[int, bool]] = []
    written = write_hours(
        hourly, target, ABOUT, layers=hourly.layers, on_month=lambda month, there: told.append((month, there))
    )
    assert (2, [(1, True), (2, True), (3, False)]) == (written.kept, told[:3])
    assert [target] == list(tmp_path.iterdir())
    assert 13.0 == pytest.approx(mass(target, "SO2"), rel=1e-9)
    assert 13.0 == pytest.approx(written.tonnes["SO2"], rel=1e-12)


def test_months_of_other_emissions_are_not_taken_for_these(folder: tuple[Path, WrittenHours]) -> None:
    path, _written = folder
    with pytest.raises(ExportError) as caught:
        write_hours(made(by_sector=True, tonnes=11.0), path, ABOUT)
    assert ("another_run", True) == (caught.value.code, "hours-2025-01.nc" in str(caught.value))


def test_a_damaged_month_is_not_taken_for_a_good_one(tmp_path: Path) -> None:
    (tmp_path / "hours-2025-01.nc").write_bytes(b"\x89HDF\r\n")
    with pytest.raises(ExportError) as caught:
        write_hours(made(), tmp_path, ABOUT)
    assert "another_run" == caught.value.code


def test_a_file_that_is_there_stays(joined: tuple[Path, WrittenHours]) -> None:
    before = joined[0].stat()
    with pytest.raises(ExportError) as caught:
        write_hours(made(), joined[0], replace(ABOUT, title="x"))
    assert ("file_exists", before) == (caught.value.code, joined[0].stat())
