"""Coordinates and outlines: GCJ-02 to WGS-84, validity of rings, bounding boxes, simplification.

Positions are ``(longitude, latitude)`` in degrees. GCJ-02 is the shifted system of Chinese map services;
its offset is
the published polynomial with sines over the Krasovsky ellipsoid, and the way back is found by iterating
the way there
until the remainder is below the precision of a double.

References
----------
The offset formula has been public since 2010 (``eviltransform`` and others agree on it to the last digit);
outside of a
box around China (72.004–137.8347° E, 0.8293–55.8271° N) no offset is applied.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Position = tuple[float, float]
Ring = list[Position]
Polygon = list[Ring]

#: Krasovsky 1940: semi-major axis [m] and squared eccentricity, as the published formula has them.
_A = 6378245.0
_EE = 0.00669342162296594323
_WEST, _EAST, _SOUTH, _NORTH = 72.004, 137.8347, 0.8293, 55.8271
_TOLERANCE = 1e-10
_MAX_STEPS = 40


class GeometryError(ValueError):
    """An outline that cannot be used; ``code`` is stable.

    ``not_polygon``, ``not_numbers``, ``out_of_range``, ``ring_too_short``, ``ring_open``,
    ``ring_crosses_itself``,
    ``ring_without_area``, ``too_many_vertices``, ``empty``.
    """

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail
        super().__init__(f"{code}: {detail}" if detail else code)


@dataclass(frozen=True, slots=True)
class Box:
    """A bounding box [°]."""

    west: float
    south: float
    east: float
    north: float


def in_china_box(longitude: float, latitude: float) -> bool:
    """Whether the offset applies here."""
    return _WEST <= longitude <= _EAST and _SOUTH <= latitude <= _NORTH


def _offset(longitude: float, latitude: float) -> Position:
    x, y = longitude - 105.0, latitude - 35.0
    root = math.sqrt(abs(x))
    shared = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    dlat = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared
    dlat += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    dlat += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    dlon = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared
    dlon += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    dlon += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    radians = latitude / 180.0 * math.pi
    magic = 1.0 - _EE * math.sin(radians) ** 2
    square = math.sqrt(magic)
    dlat = dlat * 180.0 / ((_A * (1.0 - _EE)) / (magic * square) * math.pi)
    dlon = dlon * 180.0 / (_A / square * math.cos(radians) * math.pi)
    return dlon, dlat


def wgs84_to_gcj02(longitude: float, latitude: float) -> Position:
    """Shift a true position as Chinese map services do [°].

    >>> [round(value, 6) for value in wgs84_to_gcj02(113.665, 34.7578)]
    [113.67113, 34.756613]
    """
    if not in_china_box(longitude, latitude):
        return longitude, latitude
    dlon, dlat = _offset(longitude, latitude)
    return longitude + dlon, latitude + dlat


def gcj02_to_wgs84(longitude: float, latitude: float) -> Position:
    """Find the true position behind a shifted one, to better than 1e-9° (0.1 mm).

    Iterates ``w ← w + (g − forward(w))``; the offset varies slowly, so each step gains about four digits.
    """
    if not in_china_box(longitude, latitude):
        return longitude, latitude
    lon, lat = longitude, latitude
    for _ in range(_MAX_STEPS):
        there = wgs84_to_gcj02(lon, lat)
        step_lon, step_lat = longitude - there[0], latitude - there[1]
        lon, lat = lon + step_lon, lat + step_lat
        if abs(step_lon) < _TOLERANCE and abs(step_lat) < _TOLERANCE:
            break
    return lon, lat


def read_polygons(geometry: Any, *, max_vertices: int = 200_000) -> list[Polygon]:
    """The polygons of a GeoJSON geometry, checked: numbers in range, rings closed and long enough, with an
    area.

    Parameters
    ----------
    geometry
        A ``Polygon`` or ``MultiPolygon`` object.
    max_vertices
        Bound for all rings together.

    Raises
    ------
    GeometryError
        With the polygon and ring, counted from 1, in ``detail``.
    """
    if not isinstance(geometry, dict):
        raise GeometryError("not_polygon")
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    if kind == "Polygon":
        coordinates = [coordinates]
    elif kind != "MultiPolygon":
        raise GeometryError("not_polygon", str(kind)[:40])
    if not isinstance(coordinates, list) or not coordinates:
        raise GeometryError("empty")
    polygons: list[Polygon] = []
    count = 0
    for number, polygon in enumerate(coordinates, 1):
        if not isinstance(polygon, list) or not polygon:
            raise GeometryError("empty", f"{number}")
        rings: Polygon = []
        for place, ring in enumerate(polygon, 1):
            where = f"{number}.{place}"
            if not isinstance(ring, list):
                raise GeometryError("not_polygon", where)
            count += len(ring)
            if count > max_vertices:
                raise GeometryError("too_many_vertices", str(max_vertices))
            rings.append(_read_ring(ring, where))
        polygons.append(rings)
    return polygons


def _read_ring(ring: Sequence[Any], where: str) -> Ring:
    read: Ring = []
    for point in ring:
        if (
            not isinstance(point, list | tuple)
            or len(point) < 2
            or any(isinstance(value, bool) or not isinstance(value, int | float) for value in point[:2])
        ):
            raise GeometryError("not_numbers", where)
        try:
            longitude, latitude = float(point[0]), float(point[1])
        except OverflowError:
            raise GeometryError("out_of_range", where) from None
        if not (-180.0 <= longitude <= 180.0 and -90.0 <= latitude <= 90.0):
            raise GeometryError("out_of_range", where)
        if not read or read[-1] != (longitude, latitude):
            read.append((longitude, latitude))
    if not read or read[0] != read[-1]:
        raise GeometryError("ring_open", where)
    if len(read) < 4:
        raise GeometryError("ring_too_short", where)
    if abs(signed_area(read)) == 0.0:
        raise GeometryError("ring_without_area", where)
    return read


def crossing(ring: Ring) -> tuple[int, int] | None:
    """The first pair of edges of a ring that cross properly, or None.

    Edges are put into a grid of cells, so that outlines with tens of thousands of edges take about a second.
    """
    edges = len(ring) - 1
    if edges < 4:
        return None
    box = bounds([[ring]])
    # About two edges to a cell of the grid.
    side = max(1, math.isqrt(edges // 2 + 1))
    width = (box.east - box.west) / side or 1.0
    height = (box.north - box.south) / side or 1.0
    cells: dict[tuple[int, int], list[int]] = {}
    for index in range(edges):
        (x1, y1), (x2, y2) = ring[index], ring[index + 1]
        for column in range(int((min(x1, x2) - box.west) / width), int((max(x1, x2) - box.west) / width) + 1):
            for row in range(
                int((min(y1, y2) - box.south) / height), int((max(y1, y2) - box.south) / height) + 1
            ):
                cells.setdefault((column, row), []).append(index)
    for inside in cells.values():
        for place, first in enumerate(inside):
            for second in inside[place + 1 :]:
                if second - first in {1, edges - 1}:
                    continue
                if _cross(ring[first], ring[first + 1], ring[second], ring[second + 1]):
                    return first, second
    return None


def _side(a: Position, b: Position, c: Position) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _cross(a: Position, b: Position, c: Position, d: Position) -> bool:
    if max(a[0], b[0]) < min(c[0], d[0]) or max(c[0], d[0]) < min(a[0], b[0]):
        return False
    if max(a[1], b[1]) < min(c[1], d[1]) or max(c[1], d[1]) < min(a[1], b[1]):
        return False
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def signed_area(ring: Sequence[Position]) -> float:
    """Area of a closed ring in the plane of degrees; positive where it runs against the clock."""
    x0, y0 = ring[0]
    total = 0.0
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        total += (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
    return total / 2.0


def label_point(polygons: Sequence[Polygon]) -> Position:
    """Where a name is written: the centre of mass of the largest area.

    A place that is bent around its centre gets the middle of its longest stretch at that latitude instead.
    """
    ring = max((polygon[0] for polygon in polygons), key=lambda outer: abs(signed_area(outer)))
    area = signed_area(ring)
    x0, y0 = ring[0]
    x = y = 0.0
    for (x1, y1), (x2, y2) in itertools.pairwise(ring):
        cross = (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
        x += (x1 + x2 - 2 * x0) * cross
        y += (y1 + y2 - 2 * y0) * cross
    centre = (x0 + x / (6.0 * area), y0 + y / (6.0 * area))
    crossings = sorted(
        x1 + (centre[1] - y1) * (x2 - x1) / (y2 - y1)
        for (x1, y1), (x2, y2) in itertools.pairwise(ring)
        if (y1 > centre[1]) != (y2 > centre[1])
    )
    runs = list(zip(crossings[::2], crossings[1::2], strict=False))
    if not runs or any(start <= centre[0] <= end for start, end in runs):
        return centre
    start, end = max(runs, key=lambda run: run[1] - run[0])
    return (start + end) / 2.0, centre[1]


def inside(polygons: Sequence[Polygon], longitude: float, latitude: float) -> bool:
    """Whether a point lies in one of the areas, holes left out.

    >>> square = [[(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]]
    >>> inside([square], 1.0, 1.0), inside([square], 5.0, 1.0)
    (True, False)
    """
    for polygon in polygons:
        crossed = 0
        for ring in polygon:
            for (x1, y1), (x2, y2) in itertools.pairwise(ring):
                if (y1 > latitude) != (y2 > latitude):
                    crossed += longitude < x1 + (latitude - y1) * (x2 - x1) / (y2 - y1)
        if crossed % 2:
            return True
    return False


def bounds(polygons: Sequence[Polygon]) -> Box:
    """The bounding box of outlines."""
    points = [point for polygon in polygons for ring in polygon for point in ring]
    return Box(
        min(p[0] for p in points),
        min(p[1] for p in points),
        max(p[0] for p in points),
        max(p[1] for p in points),
    )


def vertices(polygons: Sequence[Polygon]) -> int:
    """Number of positions of outlines."""
    return sum(len(ring) for polygon in polygons for ring in polygon)


def moved_to_wgs84(polygons: Sequence[Polygon]) -> list[Polygon]:
    """Outlines from GCJ-02 in WGS-84; a position that occurs twice is computed once, so shared edges stay
    shared.
    """
    known: dict[Position, Position] = {}

    def move(point: Position) -> Position:
        found = known.get(point)
        if found is None:
            found = known[point] = gcj02_to_wgs84(*point)
        return found

    return [[[move(point) for point in ring] for ring in polygon] for polygon in polygons]


def simplify_line(line: Sequence[Position], tolerance: float) -> list[Position]:
    """Douglas–Peucker: leave out positions that lie within a tolerance [°] of what remains."""
    if len(line) < 3:
        return list(line)
    keep = bytearray(len(line))
    keep[0] = keep[-1] = 1
    stack = [(0, len(line) - 1)]
    limit = tolerance * tolerance
    while stack:
        start, end = stack.pop()
        worst, at = limit, -1
        (x1, y1), (x2, y2) = line[start], line[end]
        dx, dy = x2 - x1, y2 - y1
        square = dx * dx + dy * dy
        for index in range(start + 1, end):
            x, y = line[index][0] - x1, line[index][1] - y1
            share = 0.0 if square == 0.0 else max(0.0, min(1.0, (x * dx + y * dy) / square))
            distance = (x - share * dx) ** 2 + (y - share * dy) ** 2
            if distance > worst:
                worst, at = distance, index
        if at >= 0:
            keep[at] = 1
            stack.extend(((start, at), (at, end)))
    return [point for index, point in enumerate(line) if keep[index]]


def simplify(polygons: Sequence[Polygon], tolerance: float) -> list[Polygon]:
    """Outlines for display. A ring that would vanish is kept as it is if it is an outer one, else left
    out.
    """
    result: list[Polygon] = []
    for polygon in polygons:
        rings: Polygon = []
        for place, ring in enumerate(polygon):
            # Two halves at the farthest vertex: the start of a ring is no end of a line.
            far = max(
                range(len(ring)),
                key=lambda i: (ring[i][0] - ring[0][0]) ** 2 + (ring[i][1] - ring[0][1]) ** 2,
            )
            thin = simplify_line(ring[: far + 1], tolerance)[:-1] + simplify_line(ring[far:], tolerance)
            if len(thin) >= 4 and abs(signed_area(thin)) > 0.0:
                rings.append(thin)
            elif place == 0:
                rings.append(ring)
        result.append(rings)
    return result


def to_geojson(polygons: Sequence[Polygon], digits: int = 6) -> dict[str, Any]:
    """A MultiPolygon with rounded positions."""
    return {
        "type": "MultiPolygon",
        "coordinates": [
            [[[round(x, digits), round(y, digits)] for x, y in ring] for ring in polygon]
            for polygon in polygons
        ],
    }


def positions(polygons: Sequence[Polygon]) -> Iterator[Position]:
    """All positions, ring by ring."""
    for polygon in polygons:
        for ring in polygon:
            yield from ring
