"""The emissions of a year on a grid: what lies in each cell, what outside of it, and what could not be placed.

Nothing is lost: over each sector and pollutant, cells, outside and unplaced sum to the sources, in double precision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from shapely.geometry.base import BaseGeometry

from lantian.inventory.allocation import Parts, Proxy, parts_of, plane_outline, proxy_of
from lantian.inventory.errors import OutlineError
from lantian.inventory.grids import Floats, Grid, Ints
from lantian.rules.geo import Polygon


@dataclass(frozen=True)
class Emitters:
    """What emits, each with one place, one sector and one profile, as columns of one length.

    A source whose emissions belong to several sectors, or follow several profiles, is there several times.

    Attributes
    ----------
    ids
        Numbers of the sources.
    sector, profile
        Places in `sectors` and in `profiles`.
    longitude, latitude
        In WGS-84 [°]; not a number for area sources.
    region
        Code of the place that an area source is spread over; empty where there is none.
    proxies
        For each, the names of the proxies that it is spread by, in order of preference; empty: by area.
    tonnes
        Emitters × pollutants, a year [t]; what is not known is zero here and a gap elsewhere.
    """

    ids: Sequence[str]
    sectors: Sequence[str]
    sector: Ints
    profiles: Sequence[str]
    profile: Ints
    longitude: Floats
    latitude: Floats
    region: Sequence[str]
    proxies: Sequence[tuple[str, ...]]
    pollutants: Sequence[str]
    tonnes: Floats

    def __post_init__(self) -> None:
        count = len(self.ids)
        lengths = {len(column) for column in (
            self.sector, self.profile, self.longitude, self.latitude, self.region, self.proxies, self.tonnes
        )}  # fmt: skip
        if lengths != {count} or np.shape(self.tonnes) != (count, len(self.pollutants)):
            raise ValueError("the columns of the emitters are not of one length")
        if not np.isfinite(self.tonnes).all():
            raise ValueError("an emission is not a number")

    @property
    def points(self) -> npt.NDArray[np.bool_]:
        """Which of them have a position."""
        return np.isfinite(self.longitude) & np.isfinite(self.latitude)

    def by_sector(self) -> Floats:
        """Sectors × pollutants [t]."""
        found = np.zeros((len(self.sectors), len(self.pollutants)))
        np.add.at(found, self.sector, self.tonnes)
        return found


@dataclass(frozen=True)
class Spread:
    """Where emitters lie.

    Attributes
    ----------
    cell
        Of each emitter with a position; -1 for the others, and outside of the grid.
    place
        Of each area source, its number in `parts`; -1 for the others.
    outside, unplaced
        Share of each emitter that lies outside of the grid, and that has no place at all.
    parts
        Places in cells, each once for all that are spread alike.
    regions
        Code of the place that each of `parts` is of.
    wrong
        Code of a place → why its outline cannot be used.
    """

    cell: Ints
    place: Ints
    outside: Floats
    unplaced: Floats
    parts: Sequence[Parts]
    regions: Sequence[str]
    wrong: Mapping[str, OutlineError] = field(default_factory=dict)


@dataclass(frozen=True)
class Gridded:
    """Emissions of a year on a grid [t].

    Attributes
    ----------
    cells
        Sectors × pollutants × cells.
    outside, unplaced, sources
        Sectors × pollutants.
    """

    grid: Grid
    sectors: Sequence[str]
    pollutants: Sequence[str]
    cells: Floats
    outside: Floats
    unplaced: Floats
    sources: Floats

    def errors(self) -> Floats:
        """What is missing, relative to the sources; sectors × pollutants, 0 where nothing is emitted."""
        found = self.cells.sum(axis=2) + self.outside + self.unplaced
        wanted = np.where(self.sources == 0, 1.0, np.abs(self.sources))
        return np.asarray(np.abs(found - self.sources) / wanted, dtype=np.float64)


def spread(
    emitters: Emitters,
    grid: Grid,
    outlines: Mapping[str, Sequence[Polygon]],
    proxies: Mapping[str, Proxy] | None = None,
) -> Spread:
    """Where the emitters lie: points in the cell of their position, areas by outline and proxy.

    Parameters
    ----------
    outlines
        Code of a place → its outline in WGS-84.
    proxies
        Those that are held, in the plane of the grid.
    """
    count = len(emitters.ids)
    outside, unplaced = np.zeros(count), np.zeros(count)
    cell, place = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
    points = emitters.points
    cell[points] = grid.cells_of(emitters.longitude[points], emitters.latitude[points])
    outside[points & (cell < 0)] = 1.0
    planes: dict[str, BaseGeometry] = {}
    wrong: dict[str, OutlineError] = {}
    numbers: dict[tuple[str, tuple[str, ...]], int] = {}
    parts: list[Parts] = []
    for at in np.flatnonzero(~points).tolist():
        region, names = emitters.region[at], tuple(emitters.proxies[at])
        if region in outlines and region not in planes and region not in wrong:
            try:
                planes[region] = plane_outline(outlines[region], grid)
            except OutlineError as error:
                wrong[region] = error
        if region not in planes:
            unplaced[at] = 1.0
            continue
        number = numbers.setdefault((region, names), len(parts))
        if number == len(parts):
            parts.append(parts_of(planes[region], grid, names, proxies))
        place[at] = number
        outside[at] = parts[number].outside
    return Spread(cell, place, outside, unplaced, parts, [region for region, _names in numbers], wrong)


def proxies_of_points(emitters: Emitters, grid: Grid) -> dict[str, Proxy]:
    """What points emit, as proxies: 点源SO2, 点源VOCs … Area sources of solvents, for example, may follow the points."""
    points = emitters.points & (emitters.tonnes >= 0).all(axis=1)
    longitude, latitude = emitters.longitude[points], emitters.latitude[points]
    return {
        f"点源{name}": proxy_of(f"点源{name}", longitude, latitude, emitters.tonnes[points, number], grid)
        for number, name in enumerate(emitters.pollutants)
    }


@dataclass(frozen=True)
class Lot:
    """What the emitters of a group emit, by cell: `tonnes` is cells × pollutants, each cell is there once."""

    cells: Ints
    tonnes: Floats


def lots(emitters: Emitters, where: Spread, group: Ints, groups: int) -> list[Lot]:
    """Emissions by group and cell.

    Parameters
    ----------
    group
        Number of each emitter's group, from 0 to `groups`.
    """
    count = len(emitters.pollutants)
    order = np.flatnonzero(where.cell >= 0)
    key = group[order] * _FAR + where.cell[order]
    order = order[np.argsort(key, kind="stable")]
    single, start = np.unique(group[order] * _FAR + where.cell[order], return_index=True)
    sums = np.add.reduceat(emitters.tonnes[order], start) if len(order) else np.zeros((0, count))
    found: list[list[Lot]] = [[] for _group in range(groups)]
    at, cells = np.divmod(single, _FAR)
    edges = np.searchsorted(at, np.arange(groups + 1))
    for number in range(groups):
        first, last = edges[number], edges[number + 1]
        if first < last:
            found[number].append(Lot(cells[first:last], sums[first:last]))
    areas = np.flatnonzero(where.place >= 0)
    key = group[areas] * max(1, len(where.parts)) + where.place[areas]
    single, inverse = np.unique(key, return_inverse=True)
    sums = np.zeros((len(single), count))
    np.add.at(sums, inverse, emitters.tonnes[areas])
    for pair, mass in zip(single.tolist(), sums, strict=True):
        number, place = divmod(pair, max(1, len(where.parts)))
        part = where.parts[place]
        found[number].append(Lot(part.cells, part.shares[:, None] * mass))
    return [_joined(pieces, count) for pieces in found]


#: more cells than any grid has
_FAR = 1 << 32


def _joined(pieces: Sequence[Lot], pollutants: int) -> Lot:
    if not pieces:
        return Lot(np.empty(0, dtype=np.int64), np.zeros((0, pollutants)))
    if len(pieces) == 1:
        return pieces[0]
    cells, inverse = np.unique(np.concatenate([piece.cells for piece in pieces]), return_inverse=True)
    tonnes = np.zeros((len(cells), pollutants))
    np.add.at(tonnes, inverse, np.concatenate([piece.tonnes for piece in pieces]))
    return Lot(cells, tonnes)


def gridded(emitters: Emitters, grid: Grid, where: Spread) -> Gridded:
    """The year on the grid, by sector."""
    shape = len(emitters.sectors), len(emitters.pollutants)
    cells = np.zeros((*shape, grid.cells))
    for sector, lot in enumerate(lots(emitters, where, emitters.sector, shape[0])):
        cells[sector][:, lot.cells] = lot.tonnes.T
    outside, unplaced = np.zeros(shape), np.zeros(shape)
    np.add.at(outside, emitters.sector, emitters.tonnes * where.outside[:, None])
    np.add.at(unplaced, emitters.sector, emitters.tonnes * where.unplaced[:, None])
    return Gridded(
        grid, tuple(emitters.sectors), tuple(emitters.pollutants), cells, outside, unplaced, emitters.by_sector()
    )  # fmt: skip
