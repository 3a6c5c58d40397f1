"""Regular grids in a projected system of coordinates, and the ids of their cells.

The corners of cells are whole multiples of the cell's side in the plane of the projection, so a cell has the same id in
every grid of the same projection, however large the grid is, and nine cells of 1 km make one of 3 km.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError

from lantian.inventory.errors import GridError
from lantian.rules.geo import Box
from lantian.rules.sources.errors import Message, _

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
#: a country in cells of 3 km
MAX_CELLS = 2_000_000
#: system of the positions that come in, and of those on maps [°]
GEOGRAPHIC = "EPSG:4326"


def lambert_for(box: Box) -> str:
    """The Lambert conformal system of a box: its centre in whole degrees, parallels one degree to both sides of it.

    Whole degrees keep the system, and with it the ids of cells, when a box grows a little.

    Examples
    --------
    >>> lambert_for(Box(112.7, 34.2, 114.2, 35.0))
    '+proj=lcc +lat_0=35 +lon_0=113 +lat_1=34 +lat_2=36 +x_0=0 +y_0=0 +datum=WGS84 +units=m +no_defs'
    """
    latitude = math.floor((box.south + box.north) / 2 + 0.5)
    longitude = math.floor((box.west + box.east) / 2 + 0.5)
    if abs(latitude) < 2:
        # Parallels on both sides of the equator make no cone.
        latitude = 2 if latitude >= 0 else -2
    return (
        f"+proj=lcc +lat_0={latitude} +lon_0={longitude} +lat_1={latitude - 1} +lat_2={latitude + 1} +x_0=0 +y_0=0"
        " +datum=WGS84 +units=m +no_defs"
    )


@lru_cache(maxsize=64)
def projection(text: str) -> CRS:
    """A projected system in metres.

    Parameters
    ----------
    text
        An EPSG code (``EPSG:4547``, ``4547``) or a PROJ text.

    Raises
    ------
    GridError
        ``crs_unknown`` or ``crs_not_metres``.
    """
    word = text.strip()
    try:
        crs = CRS.from_user_input(int(word) if word.isdigit() else word)
    except (CRSError, ValueError, OverflowError):
        raise GridError(
            "crs_unknown",
            Message(
                _("“%(name)s” is no system of coordinates. Write an EPSG code, as in EPSG:4547, or a PROJ text."),
                name=word[:80],
            ),
        ) from None  # fmt: skip
    if not crs.is_projected or any(axis.unit_name != "metre" for axis in crs.axis_info[:2]):
        raise GridError(
            "crs_not_metres",
            Message(
                _("“%(name)s” is not a plane system in metres, so cells of kilometres cannot be laid out in it."),
                name=word[:80],
            ),
        )  # fmt: skip
    return crs


@lru_cache(maxsize=64)
def _transformer(crs: str, *, back: bool) -> Transformer:
    plane, degrees = projection(crs), CRS.from_user_input(GEOGRAPHIC)
    start, end = (plane, degrees) if back else (degrees, plane)
    return Transformer.from_crs(start, end, always_xy=True)


@dataclass(frozen=True)
class Grid:
    """A regular grid.

    Attributes
    ----------
    crs
        EPSG code or PROJ text of the plane.
    side
        Of a cell [m].
    column, row
        Of the cell in the south-west, in cells from the origin of the plane.
    columns, rows
        How many there are.
    """

    crs: str
    side: int
    column: int
    row: int
    columns: int
    rows: int

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return self.columns * self.rows

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.rows, self.columns

    @cached_property
    def x_edges(self) -> Floats:
        """Of the columns, from the west [m]."""
        return np.arange(self.column, self.column + self.columns + 1, dtype=np.float64) * self.side

    @cached_property
    def y_edges(self) -> Floats:
        """Of the rows, from the south [m]."""
        return np.arange(self.row, self.row + self.rows + 1, dtype=np.float64) * self.side

    @cached_property
    def x(self) -> Floats:
        """Centres of the columns [m]."""
        return (self.x_edges[:-1] + self.x_edges[1:]) / 2

    @cached_property
    def y(self) -> Floats:
        """Centres of the rows [m]."""
        return (self.y_edges[:-1] + self.y_edges[1:]) / 2

    def cell_id(self, cell: int) -> str:
        """The id of a cell: its side, and column and row from the origin of the plane.

        >>> Grid("EPSG:4547", 1000, -3, 20, 10, 10).cell_id(12)
        '1km_-1_21'
        """
        row, column = divmod(cell, self.columns)
        return f"{self.side / 1000:g}km_{self.column + column}_{self.row + row}"

    def cell_ids(self) -> list[str]:
        """The ids of all cells, from the south-west along the rows."""
        return [self.cell_id(cell) for cell in range(self.cells)]

    def project(self, longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Positions in the plane [m]; infinite where the projection has none."""
        x, y = _transformer(self.crs, back=False).transform(
            np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)
        )
        return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)

    def unproject(self, x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
        """Positions of the plane as longitude and latitude in WGS-84 [°]."""
        longitude, latitude = _transformer(self.crs, back=True).transform(
            np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        )
        return np.asarray(longitude, dtype=np.float64), np.asarray(latitude, dtype=np.float64)

    def cells_of_plane(self, x: Floats, y: Floats) -> Ints:
        """The cell of each position of the plane; -1 outside. A position on an edge belongs to the north-east of it."""
        found = np.full(np.shape(x), -1, dtype=np.int64)
        fine = np.isfinite(x) & np.isfinite(y)
        column = np.floor(np.where(fine, x, 0.0) / self.side) - self.column
        row = np.floor(np.where(fine, y, 0.0) / self.side) - self.row
        inside = fine & (column >= 0) & (column < self.columns) & (row >= 0) & (row < self.rows)
        found[inside] = (row[inside] * self.columns + column[inside]).astype(np.int64)
        return found

    def cells_of(self, longitude: npt.ArrayLike, latitude: npt.ArrayLike) -> Ints:
        """The cell of each position [°]; -1 outside, and where there is no position."""
        return self.cells_of_plane(*self.project(longitude, latitude))

    @cached_property
    def centres(self) -> tuple[Floats, Floats]:
        """Longitude and latitude of the centres, rows × columns [°]."""
        return self.unproject(*np.meshgrid(self.x, self.y))

    @cached_property
    def corners(self) -> tuple[Floats, Floats]:
        """Longitude and latitude of the corners, rows + 1 × columns + 1 [°]."""
        return self.unproject(*np.meshgrid(self.x_edges, self.y_edges))

    @cached_property
    def areas(self) -> Floats:
        """Area of each cell on the ellipsoid, rows × columns [m²]: that of the plane by the scale at the centre."""
        longitude, latitude = self.centres
        scale = Proj(projection(self.crs)).get_factors(longitude, latitude).areal_scale
        return self.side**2 / np.asarray(scale, dtype=np.float64)

    def outline(self, cell: int) -> list[tuple[float, float]]:
        """The closed ring of a cell in WGS-84, against the clock [°]."""
        row, column = divmod(cell, self.columns)
        longitude, latitude = self.corners
        around = ((row, column), (row, column + 1), (row + 1, column + 1), (row + 1, column), (row, column))
        return [(float(longitude[at]), float(latitude[at])) for at in around]


def grid_over(box: Box, *, side: int = 1000, crs: str | None = None, margin: int = 0) -> Grid:
    """The smallest grid that holds a box.

    Parameters
    ----------
    box
        In WGS-84 [°].
    side
        Of a cell [m].
    crs
        EPSG code or PROJ text; by default the Lambert system of the box.
    margin
        Cells around it.

    Raises
    ------
    GridError
        ``crs_unknown``, ``crs_not_metres``, ``cell_size``, ``box_invalid`` or ``too_many_cells``.
    """
    if side <= 0:
        raise GridError("cell_size", Message(_("A cell needs a side above zero.")))
    if not (-180 <= box.west < box.east <= 180 and -90 <= box.south < box.north <= 90):
        raise GridError(
            "box_invalid",
            Message(
                _("The box is not one: it must run from west to east and from south to north, in degrees.")
            ),
        )
    crs = crs or lambert_for(box)
    projection(crs)
    # The sides of a box of degrees are bent in the plane, so more than its corners are looked at.
    along = np.linspace(0.0, 1.0, 51)
    longitude = box.west + (box.east - box.west) * along
    latitude = box.south + (box.north - box.south) * along
    sides = [
        (longitude, np.full_like(along, box.south)),
        (longitude, np.full_like(along, box.north)),
        (np.full_like(along, box.west), latitude),
        (np.full_like(along, box.east), latitude),
    ]
    x, y = _transformer(crs, back=False).transform(
        np.concatenate([pair[0] for pair in sides]), np.concatenate([pair[1] for pair in sides])
    )
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise GridError(
            "box_invalid",
            Message(
                _("The box lies where the system of coordinates has no positions. Choose another system.")
            ),
        )
    column, row = math.floor(x.min() / side) - margin, math.floor(y.min() / side) - margin
    columns = math.floor(x.max() / side) + 1 + margin - column
    rows = math.floor(y.max() / side) + 1 + margin - row
    if columns * rows > MAX_CELLS:
        raise GridError(
            "too_many_cells",
            Message(
                _("The grid would have %(cells)s cells; %(most)s are the most. Choose larger cells or a smaller box."),
                cells=columns * rows, most=MAX_CELLS,
            ),
        )  # fmt: skip
    return Grid(crs, side, column, row, columns, rows)
