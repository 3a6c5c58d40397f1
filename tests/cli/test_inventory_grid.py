"""``lantian inventory grid``: sums, files, and what is wrong, from the example workbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import netCDF4
import numpy as np
import pyogrio.raw
import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from lantian.cli import inventory_grid  # noqa: F401
from lantian.cli.inventory_run import inventory_app


def call(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(inventory_app, list(map(str, arguments)), prog_name="lantian")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout, result.stderr


def box(west: float, south: float, east: float, north: float) -> dict[str, Any]:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def features(path: Path, *given: tuple[dict[str, Any], Any]) -> Path:
    listed = [{"type": "Feature", "properties": properties, "geometry": shape} for properties, shape in given]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": listed}), "utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example workbook, outlines, proxies and a series."""
    folder = tmp_path_factory.mktemp("grid")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANTIAN_DATA", str(folder / "office"))
        assert 0 == call("run", folder / "list.xlsx", "--template")[0]
    features(
        folder / "outlines.geojson", ({"code": 410108, "name": "某区"}, box(113.60, 34.80, 113.66, 34.88))
    )
    features(
        folder / "proxies.geojson",
        (
            {"proxy": "道路", "value": 5},
            {"type": "LineString", "coordinates": [[113.5, 34.81], [113.9, 34.81]]},
        ),
    )
    with (folder / "series.csv").open("w", encoding="utf-8") as stream:
        stream.write("source_id,time,value\n")
        days = np.datetime_as_string(np.arange("2025-01-01T00", "2026-01-01T00", dtype="datetime64[h]"))
        stream.writelines(
            f"E003,{day.replace('T', ' ')}:00,{number % 24}\n" for number, day in enumerate(days)
        )
    return folder


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTIAN_DATA", str(tmp_path / "office"))


def grid(place: Path, *options: str | Path) -> tuple[dict[str, Any], str]:
    status, out, err = call("grid", place / "list.xlsx", "--year", "2025", "--json", *options)
    assert 0 == status, err
    found: dict[str, Any] = json.loads(out)
    return found, err


def total(found: dict[str, Any], pollutant: str, *keys: str) -> float:
    return sum(
        float(entry[key]) for entry in found["sums"] if entry["pollutant"] == pollutant for key in keys
    )


def test_the_grid_holds_what_the_inventory_has_and_all_files_say_the_same(
    place: Path, tmp_path: Path
) -> None:
    regions, proxies, series = (
        place / name for name in ("outlines.geojson", "proxies.geojson", "series.csv")
    )
    hours, gpkg = tmp_path / "hours", tmp_path / "a.gpkg"
    found, err = grid(
        place, "--cell", "3", "--regions", regions, "--proxies", proxies, "--series", series, "--hours", hours, "--gpkg", gpkg,
        "--geojson", tmp_path / "maps", "--csv", tmp_path / "a.csv", "--ff10", tmp_path / "ff10",
    )  # fmt: skip
    _status, out, _err = call("run", place / "list.xlsx", "--year", "2025", "--json")
    emissions = json.loads(out)
    for name in ("SO2", "NOx", "PM2.5", "NH3"):
        wanted = sum(entry["t"] or 0 for entry in emissions if entry["pollutant"] == name)
        assert wanted == pytest.approx(total(found, name, "cells_t", "outside_t", "unplaced_t"), rel=1e-9)
        assert wanted == pytest.approx(total(found, name, "sources_t"), rel=1e-12)
    assert max(entry["error"] for entry in found["sums"]) < 1e-9
    assert {"factor_missing"} == {problem["code"] for problem in found["problems"]}
    roads = [area for area in found["areas"] if area["proxy"] == "道路"]
    assert [("410108", False)] == [(area["region"], area["fallen_back"]) for area in roads]
    assert [True] * 2 == [
        area["fallen_back"] for area in found["areas"] if area["asked"] and area not in roads
    ]
    assert (3000, 12) == (found["grid"]["cell_m"], len(list(hours.iterdir())))
    in_files = 0.0
    for path in hours.iterdir():
        with netCDF4.Dataset(path) as file:
            in_files += float((file["NOx"][:].astype(np.float64) * file["cell_area"][:]).sum() * 3.6)
    assert total(found, "NOx", "cells_t") == pytest.approx(in_files, rel=1e-9)
    meta, _ids, _shapes, columns = pyogrio.raw.read(gpkg, layer="cells")
    layer = dict(zip(meta["fields"], columns, strict=True))
    assert total(found, "NOx", "cells_t") == pytest.approx(layer["NOx"].sum(), rel=1e-9)
    assert {"cells.geojson", "sources.geojson"} == {path.name for path in (tmp_path / "maps").iterdir()}
    assert 3 == len(list((tmp_path / "ff10").iterdir()))
    assert "hours" in err


def test_without_outlines_area_sources_have_no_place_and_that_is_told(place: Path) -> None:
    found, err = grid(place)
    assert 0 < total(found, "NH3", "unplaced_t") == pytest.approx(total(found, "NH3", "sources_t"))
    missing = [problem for problem in found["problems"] if problem["code"] == "outline_missing"]
    assert {"R001", "D001", "A001"} == {problem["source_id"] for problem in missing}
    assert {("排放源", "G")} == {(problem["sheet"], problem["column"]) for problem in missing}
    assert "[outline_missing]" in err


def test_what_lies_outside_of_the_box_is_a_line_of_its_own(place: Path) -> None:
    found, _err = grid(
        place,
        "--box",
        "113.60,34.80,113.63,34.88",
        "--crs",
        "EPSG:4547",
        "--regions",
        place / "outlines.geojson",
    )
    assert "EPSG:4547" == found["grid"]["crs"]
    cement = next(
        entry for entry in found["sums"] if (entry["sector"], entry["pollutant"]) == ("工业源", "NOx")
    )
    assert (1880.0, 0.0) == (cement["outside_t"], cement["unplaced_t"])
    roads = next(
        entry
        for entry in found["sums"]
        if (entry["sector"], entry["pollutant"]) == ("移动源和油品储运销", "NOx")
    )
    assert 0 < roads["outside_t"] < 0.6 * roads["sources_t"]


def test_people_read_the_sums_and_the_largest_error(place: Path) -> None:
    status, out, _err = call(
        "grid", place / "list.xlsx", "--year", "2025", "--regions", place / "outlines.geojson"
    )
    assert 0 == status
    assert any(line.startswith("  NOx  2031.5") and line.count("+") == 2 for line in out.splitlines())
    assert "e-16" in out


def test_wrong_places_are_told_with_their_cells_and_the_rest_is_computed(place: Path, tmp_path: Path) -> None:
    book = load_workbook(place / "list.xlsx")
    sheet = book["排放源"]
    cells = {cell.value: cell for line in sheet.iter_rows(max_row=5) for cell in line}
    row = cells["源编号"].row + 2
    sheet.cell(row, cells["经度"].column, "34.82")
    sheet.cell(row, cells["纬度"].column, "113.58")
    book.save(tmp_path / "list.xlsx")
    found, err = grid(tmp_path, "--regions", place / "outlines.geojson")
    wrong = next(problem for problem in found["problems"] if problem["code"].startswith("coordinate"))
    assert ("E002", row, "H") == (wrong["source_id"], wrong["row"], wrong["column"])
    assert 1880.0 == total(found, "NOx", "unplaced_t")
    assert 0 < total(found, "NOx", "cells_t")
    assert f"排放源!H{row}" in err


def test_wrong_features_and_lines_are_told_and_the_others_are_used(place: Path, tmp_path: Path) -> None:
    outlines = features(tmp_path / "o.geojson", ({"code": "410108"}, box(113.6, 34.8, 113.66, 34.88)), ({"name": "x"}, box(1, 1, 2, 2)), ({"code": "1"}, {"type": "Point"}))  # fmt: skip
    proxies = features(
        tmp_path / "p.geojson", ({"proxy": "人口", "value": -1}, box(113.6, 34.8, 113.7, 34.9))
    )
    series = tmp_path / "s.csv"
    series.write_text(
        "source_id,time,value\nE003,1.1.2025,4\nE003,2025-01-01 00:00,4\nE003,2025-01-01 00:00,5\n", "utf-8"
    )
    found, err = grid(place, "--regions", outlines, "--proxies", proxies, "--series", series)
    assert 0 == total(found, "NH3", "unplaced_t")
    for said in (
        "o.geojson!features[2]  [outline_code]", "o.geojson!features[3]  [outline_form]", "p.geojson!features[1]  [proxy_feature]",
        "s.csv!2  [series_line]", "s.csv!4  [series_twice]", "E003  [series_gaps]",
    ):  # fmt: skip
        assert said in err


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (["--crs", "EPSG:4326"], 1),
        (["--box", "1,2,3"], 2),
        (["--box", "114,34,113,35"], 1),
        (["--regions", "nothing.geojson"], 1),
        (["--regions", "list.xlsx"], 1),
        (["--series", "outlines.geojson"], 1),
        (["--gpkg", "list.xlsx"], 1),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else None,
)
def test_what_cannot_be_is_refused_with_a_sentence(place: Path, options: list[str], status: int) -> None:
    given = [str(place / value) if "." in value and "," not in value else value for value in options]
    found, _out, err = call("grid", place / "list.xlsx", "--year", "2025", *given)
    assert (status, 1) == (found, len(err.strip().splitlines()))
