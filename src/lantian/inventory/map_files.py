"""Sources and cells as GeoJSON, GeoPackage and CSV, in WGS-84; numbers with all their figures.

Only cells that hold something are written. What lies outside of the grid or has no place stands beside them: as rows of
the CSV, as members of the GeoJSON, as a table of the GeoPackage.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio.raw
import shapely

from lantian.inventory.errors import ExportError
from lantian.inventory.gridding import Emitters, Gridded
from lantian.inventory.grids import GEOGRAPHIC, Floats
from lantian.inventory.releases import Release
from lantian.rules.sources.errors import Message, _

#: digits of degrees: a centimetre
_DIGITS = 7
OUTSIDE, UNPLACED = "outside", "unplaced"


@contextmanager
def _new(path: Path) -> Iterator[Path]:
    """A file beside its name until it is whole; one that is there stays."""
    if path.exists():
        raise ExportError("file_exists", Message(_("This file is there already. Choose another name.")))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    part.unlink(missing_ok=True)
    try:
        yield part
        with part.open("rb+") as stream:
            os.fsync(stream.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _held(year: Gridded) -> tuple[Floats, list[int]]:
    """Cells × pollutants over all sectors, and the cells that hold something."""
    whole = year.cells.sum(axis=0).T
    return whole, np.flatnonzero(whole.any(axis=1)).tolist()


def _beside(year: Gridded) -> list[tuple[str, Floats]]:
    return [(OUTSIDE, year.outside.sum(axis=0)), (UNPLACED, year.unplaced.sum(axis=0))]


def write_cells_csv(path: Path, year: Gridded) -> None:
    """Cells by sector, and the mass outside and without a place [t].

    Raises
    ------
    ExportError
        ``file_exists``
    OSError
    """
    with _new(path) as part, part.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(
            ["cell", "longitude", "latitude", "sector", *(f"{name} [t]" for name in year.pollutants)]
        )
        longitude, latitude = (values.ravel() for values in year.grid.centres)
        for at, sector in enumerate(year.sectors):
            mass = year.cells[at].T
            for cell in np.flatnonzero(mass.any(axis=1)).tolist():
                place = f"{longitude[cell]:.{_DIGITS}f}", f"{latitude[cell]:.{_DIGITS}f}"
                writer.writerow([year.grid.cell_id(cell), *place, sector, *map(repr, mass[cell].tolist())])
            for name, beside in ((OUTSIDE, year.outside[at]), (UNPLACED, year.unplaced[at])):
                if beside.any():
                    writer.writerow([name, "", "", sector, *map(repr, beside.tolist())])


def write_cells_geojson(path: Path, year: Gridded, year_of_base: int) -> None:
    """Cells as polygons with the mass of each pollutant [t].

    Raises
    ------
    ExportError
        ``file_exists``
    OSError
    """
    whole, held = _held(year)

    def features() -> Iterator[dict[str, Any]]:
        for cell in held:
            ring = [[round(x, _DIGITS), round(y, _DIGITS)] for x, y in year.grid.outline(cell)]
            yield {
                "type": "Feature",
                "id": year.grid.cell_id(cell),
                "geometry": {"type": "Polygon", "coordinates": [ring]},
                "properties": {
                    "cell": year.grid.cell_id(cell),
                    **dict(zip(year.pollutants, whole[cell].tolist(), strict=True)),
                },
            }

    head: dict[str, Any] = {"year": year_of_base, "unit": "t", "crs_of_cells": year.grid.crs}
    for name, mass in _beside(year):
        head[name] = dict(zip(year.pollutants, mass.tolist(), strict=True))
    _write_geojson(path, head, features)


def write_sources_geojson(
    path: Path, emitters: Emitters, releases: Sequence[Release], year_of_base: int
) -> None:
    """Sources with the mass of each pollutant [t]; those without a position have no geometry.

    Raises
    ------
    ExportError
        ``file_exists``
    OSError
    """
    points = emitters.points

    def features() -> Iterator[dict[str, Any]]:
        for at, release in enumerate(releases):
            position = [
                round(float(emitters.longitude[at]), _DIGITS),
                round(float(emitters.latitude[at]), _DIGITS),
            ]
            yield {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": position} if points[at] else None,
                "properties": {
                    **_described(release),
                    **dict(zip(emitters.pollutants, emitters.tonnes[at].tolist(), strict=True)),
                },
            }

    _write_geojson(path, {"year": year_of_base, "unit": "t"}, features)


def _described(release: Release) -> dict[str, str]:
    return {
        "source_id": release.source_id,
        "unit": release.unit,
        "outlet": "" if release.stack is None else release.stack.outlet,
        "name": release.name,
        "region": release.region,
        "sector": release.sector,
    }


def _write_geojson(
    path: Path, head: dict[str, Any], features: Callable[[], Iterator[dict[str, Any]]]
) -> None:
    with _new(path) as part, part.open("w", encoding="utf-8") as stream:
        members = json.dumps({"type": "FeatureCollection", **head}, ensure_ascii=False)
        stream.write(members[:-1] + ', "features": [')
        for number, feature in enumerate(features()):
            stream.write((",\n" if number else "\n") + json.dumps(feature, ensure_ascii=False))
        stream.write("\n]}\n")


def write_geopackage(path: Path, year: Gridded, emitters: Emitters, releases: Sequence[Release]) -> None:
    """Three layers: ``cells``, ``sources``, and ``beside``, the mass outside of the grid and without a place [t].

    Raises
    ------
    ExportError
        ``file_exists``
    OSError
    """
    whole, held = _held(year)
    with _new(path) as part:
        rings = [shapely.Polygon(year.grid.outline(cell)) for cell in held]
        ids = np.array([year.grid.cell_id(cell) for cell in held], dtype=object)
        _layer(part, "cells", rings, "Polygon", {"cell": ids}, year.pollutants, whole[held], append=False)
        described = [_described(release) for release in releases]
        columns = {
            name: np.array([entry[name] for entry in described], dtype=object)
            for name in ("source_id", "unit", "outlet", "name", "region", "sector")
        }
        points = [
            shapely.Point(float(x), float(y)) if there else None
            for x, y, there in zip(emitters.longitude, emitters.latitude, emitters.points, strict=True)
        ]
        _layer(part, "sources", points, "Point", columns, emitters.pollutants, emitters.tonnes, append=True)
        beside = _beside(year)
        _layer(
            part, "beside", None, None, {"what": np.array([name for name, _mass in beside], dtype=object)},
            year.pollutants, np.array([mass for _name, mass in beside]), append=True,
        )  # fmt: skip


def _layer(
    path: Path, layer: str, geometries: Sequence[Any] | None, kind: str | None, columns: dict[str, Any],
    pollutants: Sequence[str], mass: Floats, *, append: bool,
) -> None:  # fmt: skip
    values = [*columns.values(), *(np.ascontiguousarray(mass[:, at]) for at in range(len(pollutants)))]
    wkb = None if geometries is None else shapely.to_wkb(np.asarray(geometries, dtype=object))
    pyogrio.raw.write(
        str(path),
        geometry=wkb,
        field_data=values,
        fields=[*columns, *pollutants],
        geometry_type=kind,
        crs=None if geometries is None else GEOGRAPHIC,
        driver="GPKG",
        layer=layer,
        append=append,
    )
