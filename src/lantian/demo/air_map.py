"""Outlines of the demo city, drawn so that neighbours share their edges. Nothing here exists."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np

from lantian.demo import city

#: corners [° east, ° north]; the last four of the alphabet lie inside
_CORNERS: dict[str, tuple[float, float]] = {
    "A": (112.00, 33.95),
    "B": (112.25, 34.02),
    "C": (112.52, 33.97),
    "D": (112.80, 34.05),
    "E": (113.02, 33.92),
    "F": (113.06, 33.70),
    "G": (112.98, 33.49),
    "H": (112.68, 33.38),
    "I": (112.45, 33.43),
    "J": (112.20, 33.36),
    "K": (111.98, 33.50),
    "L": (111.94, 33.72),
    "M": (112.37, 33.80),
    "N": (112.58, 33.82),
    "O": (112.67, 33.67),
    "P": (112.57, 33.55),
    "Q": (112.36, 33.57),
    "R": (112.27, 33.68),
    "S": (112.47, 33.69),
}
#: place → its corners in order
_OUTLINES: dict[str, str] = {
    city.CITY: "ABCDEFGHIJKL",
    "临川县": "ABMRQJKL",
    "泽阳县": "CDEFGHPON",
    "云山区": "BCNSM",
    "河东区": "NOPS",
    "青原区": "RMSPQ",
    city.ZONE[1]: "QPHIJ",
}
#: how often an edge is broken in two, and how far the middle may move [share of its length]
_HALVINGS, _BEND = 4, 0.10


def outlines() -> bytes:
    """The city, its counties and its zone as GeoJSON in WGS-84."""
    codes = {name: code for code, name, _towns in city.COUNTIES}
    codes |= {city.CITY: city.CITY_CODE, city.ZONE[1]: city.ZONE[0]}
    features = [
        {
            "type": "Feature",
            "properties": {"code": codes[name], "name": name},
            "geometry": {"type": "Polygon", "coordinates": [_ring(corners)]},
        }
        for name, corners in _OUTLINES.items()
    ]
    found: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    return json.dumps(found, ensure_ascii=False).encode()


def _ring(corners: str) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for here, there in zip(corners, corners[1:] + corners[0], strict=True):
        found += _edge(here, there)[:-1]
    return [*found, found[0]]


def _edge(here: str, there: str) -> list[tuple[float, float]]:
    """A ragged line between two corners, the same one from either side."""
    if here > there:
        return _edge(there, here)[::-1]
    random = np.random.default_rng([ord(here), ord(there)])
    line = [_CORNERS[here], _CORNERS[there]]
    for _ in range(_HALVINGS):
        finer = [line[0]]
        for (x0, y0), (x1, y1) in pairwise(line):
            bend = float(random.uniform(-_BEND, _BEND))
            middle = ((x0 + x1) / 2 - (y1 - y0) * bend, (y0 + y1) / 2 + (x1 - x0) * bend)
            finer += [(round(middle[0], 5), round(middle[1], 5)), (x1, y1)]
        line = finer
    return line
