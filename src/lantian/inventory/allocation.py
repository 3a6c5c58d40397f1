"""Which part of a place lies in which cell, by the area or by a proxy, and how much of it lies outside of the grid.

A border cell counts with the part of it that the outline covers, never by whether its centre lies inside. Where a proxy
(people, roads …) says nothing about a place, the area stands in for it, and that is told. The parts of a place sum to
one: what lies outside of the grid is a part of its own.

References
----------
T/CSES 144-2024: area sources by the proxy in the cell over the proxy in the place, border cells by the share of the area.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from lantian.inventory.errors import OutlineError
from lantian.inventory.grids import Floats, Grid, Ints
from lantian.rules.geo import Polygon
from lantian.rules.sources.errors import Message, _

Geometries = npt.NDArray[np.object_]


#: share of a place below which a cell has nothing of it
_LEAST = 1e-12


@dataclass(frozen=True, slots=True)
class Parts:
    """A place in cells: shares above zero, and the share outside of the grid; all together are 1.

    Attributes
    ----------
    by
        The proxy that the shares follow; empty: the area.
    asked
        The proxies that were asked for; they are not `by` where none of them says anything about the place.
    """

    cells: Ints
    shares: Floats
    outside: float
    by: str = ""
    asked: tuple[str, ...] = ()

    @property
    def fallen_back(self) -> bool:
        """Whether the area stands in for proxies."""
        return bool(self.asked) and not self.by


@dataclass(frozen=True)
class Proxy:
    """What sources are spread by: people, kilometres of road, points of fire …

    Attributes
    ----------
    geometries
        Of the plane of the grid: points count with their values, lines and areas with the part that lies in a cell.
    values
        Of each of them, from 0.
    """

    name: str
    geometries: Geometries
    values: Floats
    _tree: list[shapely.STRtree] = field(default_factory=list, repr=False, compare=False)

    def near(self, outline: BaseGeometry) -> Ints:
        """The geometries that touch an outline."""
        if not self._tree:
            self._tree.append(shapely.STRtree(self.geometries))
        return np.sort(self._tree[0].query(outline, predicate="intersects")).astype(np.int64)


def plane_outline(polygons: Sequence[Polygon], grid: Grid) -> BaseGeometry:
    """An outline in the plane of a grid, mended where its rings cross.

    Parameters
    ----------
    polygons
        In WGS-84 [°].

    Raises
    ------
    OutlineError
        ``outline_empty``: nothing of it has an area, or it lies where the projection has no positions.
    """
    shapes = []
    for polygon in polygons:
        rings = []
        for ring in polygon:
            points = np.asarray(ring, dtype=np.float64)
            x, y = grid.project(points[:, 0], points[:, 1])
            if not (np.isfinite(x).all() and np.isfinite(y).all()):
                raise _empty()
            rings.append(np.column_stack((x, y)))
        shapes.append(shapely.Polygon(rings[0], rings[1:]))
    whole = shapely.union_all(shapely.make_valid(np.asarray(shapes, dtype=object)))
    if whole.is_empty or not whole.area > 0:
        raise _empty()
    return whole


def _empty() -> OutlineError:
    return OutlineError("outline_empty", Message(_("The outline has no area in the plane of the grid.")))


def proxy_of(
    name: str, longitude: npt.ArrayLike, latitude: npt.ArrayLike, values: npt.ArrayLike, grid: Grid
) -> Proxy:
    """A proxy of points in WGS-84 [°]."""
    x, y = grid.project(longitude, latitude)
    return Proxy(name, shapely.points(x, y), _values(name, values))


def proxy_of_geometries(
    name: str, geometries: Sequence[BaseGeometry], values: npt.ArrayLike, grid: Grid
) -> Proxy:
    """A proxy of points, lines or areas in WGS-84 [°]; several points in one geometry share its value."""

    def moved(points: Floats) -> Floats:
        return np.column_stack(grid.project(points[:, 0], points[:, 1]))

    given, amounts = np.asarray(geometries, dtype=object), _values(name, values)
    several = shapely.get_type_id(given) == int(shapely.GeometryType.MULTIPOINT)
    if several.any():
        counts = shapely.get_num_geometries(given[several])
        single, number = shapely.get_parts(given[several], return_index=True)
        given = np.concatenate((given[~several], single))
        amounts = np.concatenate((amounts[~several], (amounts[several] / counts)[number]))
    return Proxy(name, shapely.make_valid(shapely.transform(given, moved)), amounts)


def _values(name: str, values: npt.ArrayLike) -> Floats:
    found = np.asarray(values, dtype=np.float64)
    if not np.isfinite(found).all() or (found < 0).any():
        raise OutlineError(
            "proxy_value",
            Message(_("The proxy “%(name)s” has a value that is below zero or none."), name=name),
        )
    return found


def parts_by_area(outline: BaseGeometry, grid: Grid) -> Parts:
    """A place in cells by area."""
    cells, pieces = _pieces(outline, grid)
    return _parts(cells, shapely.area(pieces), float(outline.area))


def parts_of(
    outline: BaseGeometry, grid: Grid, names: Sequence[str] = (), proxies: Mapping[str, Proxy] | None = None
) -> Parts:
    """A place in cells by the first proxy that says something about it, else by area.

    Parameters
    ----------
    outline
        In the plane of the grid.
    names
        Proxies in order of preference.
    proxies
        Those that are held.
    """
    asked = tuple(names)
    for name in asked:
        proxy = (proxies or {}).get(name)
        if proxy is None:
            continue
        found = _by_proxy(outline, grid, proxy)
        if found is not None:
            return Parts(found.cells, found.shares, found.outside, name, asked)
    plain = parts_by_area(outline, grid)
    return Parts(plain.cells, plain.shares, plain.outside, "", asked)


def _by_proxy(outline: BaseGeometry, grid: Grid, proxy: Proxy) -> Parts | None:
    near = proxy.near(outline)
    if not len(near):
        return None
    geometries, values = proxy.geometries[near], proxy.values[near]
    weights = np.zeros(grid.cells)
    total = 0.0
    points = shapely.get_type_id(geometries) == int(shapely.GeometryType.POINT)
    if points.any():
        at = geometries[points]
        cells = grid.cells_of_plane(shapely.get_x(at), shapely.get_y(at))
        total += float(values[points].sum())
        inside = cells >= 0
        np.add.at(weights, cells[inside], values[points][inside])
    for geometry, value in zip(geometries[~points], values[~points], strict=True):
        size = geometry.area or geometry.length
        if not size or not value:
            continue
        within = shapely.intersection(geometry, outline)
        measure = shapely.area if geometry.area else shapely.length
        total += value * float(measure(within)) / size
        cells, pieces = _pieces(within, grid)
        np.add.at(weights, cells, value * measure(pieces) / size)
    if not total > 0:
        # A share of nothing is not defined; the caller takes what comes next.
        return None
    cells = np.flatnonzero(weights)
    return _parts(cells.astype(np.int64), weights[cells], total)


def _parts(cells: Ints, weights: Floats, total: float) -> Parts:
    # Slivers that only rounding makes are no part of a place.
    kept = weights > total * _LEAST
    cells, shares = cells[kept], weights[kept] / total
    outside = 1.0 - float(shares.sum())
    if outside < 1e-9:
        # All of it lies inside: what rounding left is given back, so that nothing is lost at the border.
        shares = shares / shares.sum()
        outside = 0.0
    return Parts(cells, shares, outside)


def _pieces(geometry: BaseGeometry, grid: Grid) -> tuple[Ints, Geometries]:
    """The cells that a geometry lies in, and what of it lies in each.

    It is cut into rows first: a cell then meets a small piece, not an outline with ten thousand corners.
    """
    west, south, east, north = geometry.bounds if not geometry.is_empty else (0.0, 0.0, 0.0, 0.0)
    first_row, last_row = _span(south, north, grid.side, grid.row, grid.rows)
    first_column, last_column = _span(west, east, grid.side, grid.column, grid.columns)
    none = np.empty(0, dtype=np.int64), np.empty(0, dtype=object)
    if geometry.is_empty or first_row > last_row or first_column > last_column:
        return none
    y = grid.y_edges
    strips = shapely.intersection(
        geometry,
        shapely.box(
            west - grid.side, y[first_row : last_row + 1], east + grid.side, y[first_row + 1 : last_row + 2]
        ),
    )
    cells: list[Ints] = []
    pieces: list[Geometries] = []
    x = grid.x_edges
    for row, strip in enumerate(strips, first_row):
        if strip.is_empty:
            continue
        left, _bottom, right, _top = strip.bounds
        first, last = _span(left, right, grid.side, grid.column, grid.columns)
        if first > last:
            continue
        boxes = shapely.box(x[first : last + 1], y[row], x[first + 1 : last + 2], y[row + 1])
        cut = shapely.intersection(strip, boxes)
        held = ~shapely.is_empty(cut)
        cells.append((row * grid.columns + np.arange(first, last + 1, dtype=np.int64))[held])
        pieces.append(cut[held])
    return (np.concatenate(cells), np.concatenate(pieces)) if cells else none


def _span(low: float, high: float, side: int, start: int, count: int) -> tuple[int, int]:
    """First and last column or row that an extent meets, within the grid."""
    return max(0, int(np.floor(low / side)) - start), min(count - 1, int(np.floor(high / side)) - start)
