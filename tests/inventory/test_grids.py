"""Cells: their ids, their areas, and which one a position lies in."""

from __future__ import annotations

import numpy as np
import pytest
from pyproj import Geod

from lantian.inventory.errors import GridError
from lantian.inventory.grids import grid_over, lambert_for, projection
from lantian.rules.geo import Box
from tests.inventory.made_up import GRID, at

CITY = Box(112.7, 34.2, 114.2, 35.0)


def test_a_cell_has_the_same_id_in_every_grid_of_its_projection() -> None:
    small, large = grid_over(Box(113.5, 34.6, 113.7, 34.8), crs="EPSG:4547"), grid_over(CITY, crs="EPSG:4547")
    here = 113.6011, 34.7011
    assert small.cell_id(int(small.cells_of([here[0]], [here[1]])[0])) == large.cell_id(
        int(large.cells_of([here[0]], [here[1]])[0])
    )


def test_nine_cells_of_1_km_are_one_of_3_km() -> None:
    fine, coarse = grid_over(CITY), grid_over(CITY, side=3000)
    assert fine.crs == coarse.crs
    x, y = np.meshgrid(fine.x, fine.y)
    within = coarse.cells_of_plane(x.ravel(), y.ravel())
    assert -1 != within.min()
    columns = within % coarse.columns + coarse.column
    assert [] == [c for c, x_ in zip(columns.tolist(), x.ravel().tolist(), strict=True) if c != x_ // 3000]


@pytest.mark.parametrize("crs", [None, "EPSG:4547", "4547"])
def test_the_area_of_a_cell_is_that_on_the_ellipsoid(crs: str | None) -> None:
    grid = grid_over(CITY, crs=crs)
    for cell in (0, grid.cells // 2, grid.cells - 1):
        longitude, latitude = zip(*grid.outline(cell), strict=True)
        wanted, _around = Geod(ellps="GRS80").polygon_area_perimeter(longitude, latitude)
        assert wanted == pytest.approx(grid.areas.ravel()[cell], rel=1e-9)


def test_a_grid_holds_its_box_whose_sides_are_bent_in_the_plane() -> None:
    grid = grid_over(CITY)
    along = np.linspace(0, 1, 1000)
    longitude = CITY.west + (CITY.east - CITY.west) * along
    for latitude in (CITY.south, CITY.north):
        assert -1 != grid.cells_of(longitude, np.full(1000, latitude)).min()


def test_a_position_on_an_edge_lies_in_one_cell_and_outside_there_is_none() -> None:
    x, y = GRID.x_edges, GRID.y_edges
    assert [5, -1, -1, -1] == GRID.cells_of_plane(
        np.array([x[1], x[4], x[0] - 0.001, np.inf]), np.array([y[1], y[0], y[0], y[0]])
    ).tolist()
    assert [-1] == GRID.cells_of([np.nan], [34.0]).tolist()
    assert [6] == GRID.cells_of(*[[value] for value in at(2.5, 1.5)]).tolist()


def test_the_system_of_a_box_stays_when_the_box_grows_a_little() -> None:
    assert lambert_for(CITY) == lambert_for(Box(112.72, 34.21, 114.2, 35.02))
    assert "+lat_0=2 " in lambert_for(Box(100.0, -1.0, 101.0, 1.0))


@pytest.mark.parametrize(
    ("crs", "code"),
    [
        ("EPSG:4326", "crs_not_metres"),
        ("EPSG:2263", "crs_not_metres"),
        ("EPSG:1", "crs_unknown"),
        ("河南", "crs_unknown"),
    ],
)
def test_a_system_without_metres_is_refused(crs: str, code: str) -> None:
    with pytest.raises(GridError) as caught:
        projection(crs)
    assert code == caught.value.code


@pytest.mark.parametrize(
    ("box", "side", "code"),
    [
        (Box(114.0, 34.0, 113.0, 35.0), 1000, "box_invalid"),
        (Box(73.0, 18.0, 135.0, 54.0), 1000, "too_many_cells"),
        (CITY, 0, "cell_size"),
    ],
)
def test_a_grid_that_cannot_be_is_refused(box: Box, side: int, code: str) -> None:
    with pytest.raises(GridError) as caught:
        grid_over(box, side=side)
    assert code == caught.value.code
