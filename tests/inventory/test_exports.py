"""What is read back from each file has the mass of the sources, to a thousand-millionth."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyogrio.raw
import pytest
import shapely

from lantian.inventory.errors import ExportError
from lantian.inventory.ff10 import SHORT_TON, read_ff10, write_ff10
from lantian.inventory.gridding import Emitters, Gridded, gridded, spread
from lantian.inventory.map_files import (
    write_cells_csv,
    write_cells_geojson,
    write_geopackage,
    write_sources_geojson,
)
from lantian.inventory.releases import Release
from lantian.rules.sources.placing import Stack
from tests.inventory.made_up import GRID, emitters, outline

STACK = Stack("DA001", 60.96, 3.048, 100.0, 15.24, 111.2)
WAVE = 1 + np.sin(np.arange(8760) / 700)


@dataclass(frozen=True)
class Case:
    emitters: Emitters
    releases: list[Release]
    year: Gridded
    totals: dict[str, float]


@pytest.fixture(scope="module")
def case() -> Case:
    random = np.random.default_rng(3)
    tonnes = random.lognormal(0, 3, (40, 2))
    places: list[tuple[float, float] | str] = [
        (float(x), float(y)) for x, y in random.uniform(-1, 5, (30, 2))
    ]
    found = emitters(
        places=[*places, *["410108"] * 7, *["410100"] * 2, ""], tonnes=tonnes.tolist(),
        sectors=[number % 2 for number in range(40)], profiles=["wave", "flat"] * 20,
    )  # fmt: skip
    listed = [
        Release(
            f"S{number}", "U1", '某厂,"一"' if number == 0 else "某厂", found.region[number] or "410108", "C3011",
            found.sectors[found.sector[number]], STACK if number < 3 else None,
        )
        for number in range(39)
    ]  # fmt: skip
    listed.append(Release("S39", "", "无处", "", "", "工业源", None))
    where = spread(found, GRID, {"410108": outline(0, 0, 3.3, 2.2), "410100": outline(2, 2, 6, 6)})
    totals = dict(zip(found.pollutants, tonnes.sum(axis=0).tolist(), strict=True))
    return Case(found, listed, gridded(found, GRID, where), totals)


def sums_of_table(path: Path) -> dict[str, float]:
    sums: dict[str, float] = {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        for row in csv.DictReader(stream):
            for name, value in row.items():
                if name.endswith(" [t]"):
                    pollutant = name.removesuffix(" [t]")
                    sums[pollutant] = sums.get(pollutant, 0.0) + float(value)
    return sums


def write(case: Case, folder: Path) -> tuple[Path, Path, dict[str, float]]:
    profiles = {"wave": WAVE / WAVE.sum(), "flat": np.full(8760, 1 / 8760)}
    written = write_ff10(folder, case.emitters, case.releases, profiles, 2025, "list.xlsx")
    return written.point, written.area, dict(written.left_out)


def test_ff10_gives_back_the_mass_of_the_year_and_of_its_months(case: Case, tmp_path: Path) -> None:
    point, area, left = write(case, tmp_path)
    records = [*read_ff10(point), *read_ff10(area)]
    for name, wanted in case.totals.items():
        of_name = [record for record in records if record.pollutant == name]
        assert wanted == pytest.approx(sum(record.tonnes for record in of_name) + left[name], rel=1e-9)
        for record in of_name:
            assert record.tonnes == pytest.approx(sum(record.months), rel=1e-9)
    assert {"SO2": case.emitters.tonnes[39, 0], "PM2.5": case.emitters.tonnes[39, 1]} == left
    assert {"410108", "410100"} == {record.region for record in read_ff10(area)}
    assert 30 * 2 == len(read_ff10(point))


def test_ff10_has_its_fields_in_their_places_and_in_us_units(case: Case, tmp_path: Path) -> None:
    point, area, _left = write(case, tmp_path)
    with point.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    assert ["#FORMAT=FF10_POINT", "#COUNTRY=CN", "#YEAR=2025"] == [line[0] for line in lines[:3]]
    header, first = lines[5], lines[6]
    # fields counted from 1, as SMOKE does
    names = {2: "region_cd", 13: "poll", 14: "ann_value", 15: "ann_pct_red", 16: "facility_name", 17: "erptype", 18: "stkhgt",
             22: "stkvel", 23: "naics", 24: "longitude", 25: "latitude", 31: "fac_source_type", 42: "oris_facility_code",
             43: "oris_boiler_id", 53: "jan_value", 64: "dec_value", 77: "comment"}  # fmt: skip
    assert (77, 77) == (len(header), len(first))
    assert list(names.values()) == [header[at - 1] for at in names]
    assert ["410108", "SO2", '某厂,"一"', "02"] == [first[at - 1] for at in (2, 13, 16, 17)]
    assert case.emitters.tonnes[0, 0] * 1000 / SHORT_TON == float(first[13])
    # 60.96 m, 3.048 m, 100 °C, 111.2 m³/s, 15.24 m/s
    assert [200.0, 10.0, 212.0, 3926.99, 50.0] == pytest.approx(list(map(float, first[17:22])), rel=1e-5)
    assert all(len(field) <= 9 for field in [*first[17:22], *first[23:25]])
    with area.open(encoding="utf-8", newline="") as stream:
        lines = list(csv.reader(stream))
    assert {45} == {len(line) for line in lines[5:]}
    assert ["scc", "poll", "ann_value", "jan_value"] == [lines[5][at - 1] for at in (6, 8, 9, 21)]


def test_a_file_that_is_no_ff10_and_a_folder_that_is_full_are_refused(case: Case, tmp_path: Path) -> None:
    point, _area, _left = write(case, tmp_path)
    with pytest.raises(ExportError) as caught:
        write(case, tmp_path)
    assert "file_exists" == caught.value.code
    point.write_text("#FORMAT=FF10_POINT\nCN,410108,1\n", "utf-8")
    with pytest.raises(ExportError) as caught:
        read_ff10(point)
    assert "ff10_form" == caught.value.code


def test_the_table_of_cells_has_all_mass_with_what_lies_beside(case: Case, tmp_path: Path) -> None:
    write_cells_csv(tmp_path / "cells.csv", case.year)
    assert case.totals == pytest.approx(sums_of_table(tmp_path / "cells.csv"), rel=1e-9)
    with (tmp_path / "cells.csv").open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {"outside", "unplaced"} < {row["cell"] for row in rows}
    row = next(row for row in rows if row["cell"] == "1km_500_3860" and row["sector"] == "工业源")
    assert case.year.cells[1, 0, 0] == float(row["SO2 [t]"])


def test_cells_as_geojson_have_all_mass_with_what_lies_beside(case: Case, tmp_path: Path) -> None:
    write_cells_geojson(tmp_path / "cells.geojson", case.year, 2025)
    found = json.loads((tmp_path / "cells.geojson").read_text("utf-8"))
    for name, wanted in case.totals.items():
        cells = sum(feature["properties"][name] for feature in found["features"])
        assert wanted == pytest.approx(cells + found["outside"][name] + found["unplaced"][name], rel=1e-9)
    ring = found["features"][0]["geometry"]["coordinates"][0]
    assert (5, ring[0], True) == (len(ring), ring[-1], shapely.Polygon(ring).exterior.is_ccw)


def test_sources_as_geojson_have_all_mass_and_their_positions(case: Case, tmp_path: Path) -> None:
    write_sources_geojson(tmp_path / "sources.geojson", case.emitters, case.releases, 2025)
    found = json.loads((tmp_path / "sources.geojson").read_text("utf-8"))["features"]
    for name, wanted in case.totals.items():
        assert wanted == pytest.approx(sum(feature["properties"][name] for feature in found), rel=1e-9)
    assert [case.emitters.longitude[0], case.emitters.latitude[0]] == pytest.approx(
        found[0]["geometry"]["coordinates"], abs=1e-7
    )
    assert (None, "DA001") == (found[39]["geometry"], found[0]["properties"]["outlet"])


def test_a_geopackage_opens_again_with_all_mass_in_its_layers(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "inventory.gpkg"
    write_geopackage(path, case.year, case.emitters, case.releases)
    assert [path] == list(tmp_path.iterdir())
    assert {"cells": "Polygon", "sources": "Point", "beside": None} == dict(
        pyogrio.list_layers(path).tolist()
    )

    def layer(name: str) -> tuple[dict[str, object], dict[str, np.ndarray], np.ndarray | None]:
        meta, _ids, geometry, columns = pyogrio.raw.read(path, layer=name)
        return meta, dict(zip(meta["fields"], columns, strict=True)), geometry

    (meta, cells, shapes), (_m, sources, points), (_b, beside, _none) = map(
        layer, ("cells", "sources", "beside")
    )
    assert "EPSG:4326" == meta["crs"]
    for name, wanted in case.totals.items():
        assert wanted == pytest.approx(sources[name].sum(), rel=1e-9)
        assert wanted == pytest.approx(cells[name].sum() + beside[name].sum(), rel=1e-9)
    assert (["outside", "unplaced"], "某厂") == (beside["what"].tolist(), sources["name"][1])
    assert shapes is not None and points is not None
    assert cells["cell"][0] == "1km_500_3860"
    assert GRID.outline(0)[0] == pytest.approx(
        tuple(shapely.from_wkb(shapes[0]).exterior.coords[0]), abs=1e-9
    )
    assert 30 == sum(point is not None for point in points)


def test_a_file_that_is_there_stays_and_a_failed_one_leaves_nothing(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "cells.csv"
    path.write_text("mine", "utf-8")
    with pytest.raises(ExportError):
        write_cells_csv(path, case.year)
    with pytest.raises(IndexError):
        write_cells_geojson(
            tmp_path / "x.geojson",
            Gridded(GRID, [], ["SO2"], np.ones((1, 1, 99)), *[np.zeros((1, 1))] * 3),
            2025,
        )
    assert ([path], "mine") == (list(tmp_path.iterdir()), path.read_text("utf-8"))
