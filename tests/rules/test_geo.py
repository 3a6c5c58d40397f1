"""Coordinates come back from GCJ-02 exactly, outlines are checked and thinned without falling apart."""

from __future__ import annotations

import math
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules import geo

SQUARE = [(0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0), (0.0, 0.0)]


def circle(count: int, radius: float = 1.0, wave: float = 0.0) -> geo.Ring:
    ring = [
        (
            113 + (radius + wave * math.sin(40 * 2 * math.pi * i / count)) * math.cos(2 * math.pi * i / count),
            34 + (radius + wave * math.sin(40 * 2 * math.pi * i / count)) * math.sin(2 * math.pi * i / count),
        )
        for i in range(count)
    ]
    return [*ring, ring[0]]


@given(st.floats(73, 136), st.floats(3, 54))
def test_the_way_back_from_gcj02_meets_the_start(longitude: float, latitude: float) -> None:
    there = geo.wgs84_to_gcj02(longitude, latitude)
    back = geo.gcj02_to_wgs84(*there)

    assert back == pytest.approx((longitude, latitude), abs=1e-9)


@pytest.mark.parametrize(("longitude", "latitude"), [(116.404, 39.915), (113.665, 34.7578), (87.6168, 43.8256)])
def test_the_shift_has_the_size_that_maps_of_china_show(longitude: float, latitude: float) -> None:
    x, y = geo.wgs84_to_gcj02(longitude, latitude)
    metres = math.hypot((x - longitude) * 111_320 * math.cos(math.radians(latitude)), (y - latitude) * 110_574)

    assert 100 < metres < 800


def test_outside_of_china_nothing_is_shifted() -> None:
    assert geo.gcj02_to_wgs84(2.35, 48.85) == geo.wgs84_to_gcj02(2.35, 48.85) == (2.35, 48.85)


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        (None, "not_polygon"),
        ({"type": "LineString", "coordinates": []}, "not_polygon"),
        ({"type": "Polygon", "coordinates": []}, "empty"),
        ({"type": "MultiPolygon", "coordinates": []}, "empty"),
        ({"type": "Polygon", "coordinates": [[]]}, "ring_open"),
        ({"type": "Polygon", "coordinates": ["x"]}, "not_polygon"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, True], [1, 1], [0, 0]]]}, "not_numbers"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [10**400, 0], [1, 1], [0, 0]]]}, "out_of_range"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [0, 0], [1, 1], [0, 0]]]}, "ring_too_short"),
    ],
)
def test_an_outline_that_cannot_be_used_says_why(geometry: Any, code: str) -> None:
    with pytest.raises(geo.GeometryError) as refused:
        geo.read_polygons(geometry)

    assert refused.value.code == code


def test_vertices_are_bounded_over_all_rings() -> None:
    rings = [[list(point) for point in circle(60)] for _ in range(2)]
    with pytest.raises(geo.GeometryError) as refused:
        geo.read_polygons({"type": "Polygon", "coordinates": rings}, max_vertices=100)

    assert refused.value.code == "too_many_vertices"


def test_a_ring_that_crosses_itself_is_found_and_a_sound_one_is_not() -> None:
    assert geo.crossing([(0.0, 0.0), (3.0, 2.0), (3.0, 0.0), (0.0, 1.0), (0.0, 0.0)]) is not None
    assert geo.crossing(SQUARE) is None
    assert geo.crossing(circle(500, wave=0.1)) is None


def test_a_crossing_among_fifty_thousand_edges_is_found_in_seconds() -> None:
    ring = circle(50_000)
    ring[10_000], ring[10_001] = ring[10_001], ring[10_000]
    start = time.perf_counter()
    found = geo.crossing(ring)

    assert found is not None
    assert time.perf_counter() - start < 60


def test_thinning_keeps_rings_closed_and_stays_within_the_tolerance() -> None:
    ring = circle(2_000, wave=0.02)
    thin = geo.simplify([[ring]], 0.005)[0][0]

    assert thin[0] == thin[-1]
    assert 4 <= len(thin) < len(ring) / 3
    assert geo.signed_area(thin) == pytest.approx(geo.signed_area(ring), rel=0.02)


def test_an_outer_ring_never_vanishes_and_a_small_hole_does() -> None:
    hole = [(1.0, 1.0), (1.001, 1.0), (1.001, 1.001), (1.0, 1.0)]
    thin = geo.simplify([[SQUARE, hole]], 10.0)

    assert thin == [[SQUARE]]


def test_shared_edges_stay_shared_when_moved() -> None:
    left = [(113.0, 34.0), (113.5, 34.0), (113.5, 34.5), (113.0, 34.0)]
    right = [(113.5, 34.0), (114.0, 34.0), (113.5, 34.5), (113.5, 34.0)]
    moved = geo.moved_to_wgs84([[left], [right]])

    assert moved[0][0][1] == moved[1][0][0]
    assert moved[0][0][2] == moved[1][0][2]


def test_a_name_stands_inside_of_its_place() -> None:
    assert geo.label_point([[SQUARE]]) == (2.0, 2.0)
    horseshoe = [
        (0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (8.0, 10.0), (8.0, 1.0), (1.0, 1.0), (1.0, 10.0), (0.0, 10.0), (0.0, 0.0)
    ]  # fmt: skip
    x, y = geo.label_point([[horseshoe], [[(50.0, 0.0), (50.1, 0.0), (50.0, 0.1), (50.0, 0.0)]]])
    assert 8 < x < 10 and 1 < y < 10


def test_a_point_in_a_hole_is_outside_and_in_a_second_area_inside() -> None:
    hole = [(1.0, 1.0), (3.0, 1.0), (3.0, 3.0), (1.0, 3.0), (1.0, 1.0)]
    island = [(6.0, 0.0), (7.0, 0.0), (7.0, 1.0), (6.0, 1.0), (6.0, 0.0)]
    outlines = [[SQUARE, hole], [island]]

    found = [geo.inside(outlines, *point) for point in ((0.5, 0.5), (2.0, 2.0), (6.5, 0.5), (5.0, 0.5), (2.0, 9.0))]

    assert found == [True, False, True, False, False]
