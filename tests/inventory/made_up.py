"""A small plane of 4 × 3 cells of 1 km, and emitters on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lantian.inventory.gridding import Emitters
from lantian.inventory.grids import Grid
from lantian.rules.geo import Polygon

GRID = Grid("EPSG:4547", 1000, 500, 3860, 4, 3)


def at(x_km: float, y_km: float, grid: Grid = GRID) -> tuple[float, float]:
    """Longitude and latitude of a place of the plane, in km from the south-west corner of the grid."""
    x, y = grid.unproject([grid.x_edges[0] + x_km * 1000], [grid.y_edges[0] + y_km * 1000])
    return float(x[0]), float(y[0])


def outline(west: float, south: float, east: float, north: float) -> list[Polygon]:
    """A box of the plane as an outline in degrees, in km from the south-west corner of the grid."""
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return [[[at(*corner) for corner in corners]]]


def emitters(
    *,
    places: Sequence[tuple[float, float] | str],
    tonnes: Sequence[Sequence[float]],
    sectors: Sequence[int] | None = None,
    profiles: Sequence[str] | None = None,
    proxies: Sequence[tuple[str, ...]] | None = None,
    pollutants: Sequence[str] = ("SO2", "PM2.5"),
) -> Emitters:
    """Emitters at positions (km) or in places (codes)."""
    count = len(places)
    positions = [at(*place) if isinstance(place, tuple) else (np.nan, np.nan) for place in places]
    names = list(dict.fromkeys(profiles or ["flat"]))
    return Emitters(
        ids=[f"S{number}" for number in range(count)],
        sectors=["电力热力源", "工业源"],
        sector=np.array(sectors or [0] * count, dtype=np.int64),
        profiles=names,
        profile=np.array([names.index(name) for name in profiles or ["flat"] * count], dtype=np.int64),
        longitude=np.array([position[0] for position in positions]),
        latitude=np.array([position[1] for position in positions]),
        region=["" if isinstance(place, tuple) else place for place in places],
        proxies=list(proxies or [()] * count),
        pollutants=list(pollutants),
        tonnes=np.array(tonnes, dtype=np.float64),
    )
