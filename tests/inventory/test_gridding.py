"""No gram is lost between sources and cells, and border cells count with their part."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.inventory.allocation import (
    Parts,
    Proxy,
    parts_by_area,
    parts_of,
    plane_outline,
    proxy_of,
    proxy_of_geometries,
)
from lantian.inventory.errors import OutlineError
from lantian.inventory.gridding import gridded, proxies_of_points, spread
from tests.inventory.made_up import GRID, at, emitters, outline


def shares(parts: Parts) -> dict[int, float]:
    return dict(zip(parts.cells.tolist(), parts.shares.tolist(), strict=True))


def test_a_border_cell_counts_with_the_part_that_the_outline_covers() -> None:
    # 2.2 km² in all; the centres of the right cells lie outside of the outline
    found = parts_by_area(plane_outline(outline(0, 0, 1.1, 2), GRID), GRID)
    assert {0: 1 / 2.2, 1: 0.1 / 2.2, 4: 1 / 2.2, 5: 0.1 / 2.2} == pytest.approx(shares(found), rel=1e-6)
    assert 0.0 == found.outside


def test_what_of_a_place_lies_outside_of_the_grid_is_a_part_of_its_own() -> None:
    found = parts_by_area(plane_outline(outline(-1, 0, 1, 1), GRID), GRID)
    assert (0.5, {0: 0.5}) == (pytest.approx(found.outside, rel=1e-6), pytest.approx(shares(found), rel=1e-6))
    beyond = parts_by_area(plane_outline(outline(10, 10, 11, 11), GRID), GRID)
    assert (1.0, {}) == (beyond.outside, shares(beyond))


def test_a_hole_of_a_place_gets_nothing() -> None:
    ring = outline(0, 0, 3, 3)[0] + outline(1, 1, 2, 2)[0]
    found = parts_by_area(plane_outline([ring], GRID), GRID)
    assert (8, False) == (len(found.cells), 5 in found.cells)


def test_points_of_a_proxy_count_with_their_values_also_outside_of_the_grid() -> None:
    places = [at(0.5, 0.5), at(1.5, 0.5), at(-0.5, 0.5), at(3.5, 2.5)]
    people = proxy_of("人口", *zip(*places, strict=True), [3.0, 1.0, 4.0, 99.0], GRID)
    found = parts_of(plane_outline(outline(-1, 0, 2, 1), GRID), GRID, ("农村人口", "人口"), {"人口": people})
    assert ("人口", False) == (found.by, found.fallen_back)
    assert {0: 0.375, 1: 0.125} == pytest.approx(shares(found))
    assert 0.5 == pytest.approx(found.outside)


def test_roads_count_by_length_and_areas_of_a_proxy_by_what_of_them_lies_in_the_place() -> None:
    place = plane_outline(outline(0, 0, 2, 1), GRID)
    road = shapely.LineString([at(0.25, 0.5), at(2.5, 0.5)])
    found = parts_of(place, GRID, ("道路",), {"道路": proxy_of_geometries("道路", [road], [2.25], GRID)})
    assert {0: 0.75 / 1.75, 1: 1 / 1.75} == pytest.approx(shares(found), rel=1e-4)
    village = shapely.Polygon(outline(0.5, 0.5, 1.5, 1.5)[0][0])
    found = parts_of(place, GRID, ("人口",), {"人口": proxy_of_geometries("人口", [village], [500], GRID)})
    assert {0: 0.5, 1: 0.5} == pytest.approx(shares(found), rel=1e-4)


@pytest.mark.parametrize("value", [None, 0.0])
def test_where_a_proxy_says_nothing_the_area_stands_in_and_it_is_told(value: float | None) -> None:
    place = plane_outline(outline(0, 0, 2, 1), GRID)
    proxies = (
        {}
        if value is None
        else {"人口": proxy_of("人口", [at(0.5, 0.5)[0]], [at(0.5, 0.5)[1]], [value], GRID)}
    )
    found = parts_of(place, GRID, ("人口",), proxies)
    assert ("", True) == (found.by, found.fallen_back)
    assert {0: 0.5, 1: 0.5} == pytest.approx(shares(found), rel=1e-6)


def test_several_points_of_one_geometry_share_its_value() -> None:
    both = shapely.MultiPoint([at(0.5, 0.5), at(1.5, 0.5)])
    found = proxy_of_geometries("火点", [both], [3.0], GRID)
    assert [1.5, 1.5] == found.values.tolist()


@pytest.mark.parametrize("value", [-1.0, float("nan"), float("inf")])
def test_a_proxy_below_zero_or_without_number_is_refused(value: float) -> None:
    with pytest.raises(OutlineError) as caught:
        proxy_of("人口", [113.0], [34.0], [value], GRID)
    assert "proxy_value" == caught.value.code


def test_cells_outside_and_unplaced_sum_to_the_sources_by_class_and_pollutant() -> None:
    found = emitters(
        places=[(0.5, 0.5), (9.0, 9.0), "in", "across", "nowhere", (0.7, 0.2)],
        tonnes=[[1, 2], [3, 0], [5, 7], [11, 13], [17, 19], [23, 29]],
        sectors=[0, 0, 1, 1, 1, 1],
    )
    where = spread(found, GRID, {"in": outline(0, 0, 3, 2.5), "across": outline(2, 0, 6, 1)})
    year = gridded(found, GRID, where)
    assert year.errors().max() < 1e-12
    assert [[4, 2], [56, 68]] == year.sources.tolist()
    assert [[3, 0], [5.5, 6.5]] == [pytest.approx(row, rel=1e-6) for row in year.outside.tolist()]
    assert [[0, 0], [17, 19]] == year.unplaced.tolist()
    assert 1 + 5 / 7.5 + 23 == pytest.approx(year.cells[:, 0, 0].sum(), rel=1e-6)


def test_area_sources_may_follow_what_the_points_of_their_place_emit() -> None:
    found = emitters(
        places=[(0.5, 0.5), (2.5, 0.5), (3.5, 2.5), "a"],
        tonnes=[[3, 0], [1, 5], [99, 99], [8, 8]],
        proxies=[(), (), (), ("点源SO2",)],
    )
    where = spread(found, GRID, {"a": outline(0, 0, 4, 1)}, proxies_of_points(found, GRID))
    assert {0: 0.75, 2: 0.25} == pytest.approx(shares(where.parts[0]))


def test_an_outline_without_area_leaves_its_sources_without_a_place() -> None:
    flat = [[[at(0, 0), at(1, 0), at(2, 0), at(0, 0)]]]
    where = spread(emitters(places=["flat"], tonnes=[[1, 1]]), GRID, {"flat": flat})
    assert ([1.0], "outline_empty") == (where.unplaced.tolist(), where.wrong["flat"].code)


@settings(max_examples=25)
@given(
    st.lists(
        st.tuples(st.floats(-2, 6), st.floats(-2, 6), st.floats(0.01, 5), st.floats(0, 1e6), st.integers(0, 1)),
        min_size=1, max_size=6,
    )
)  # fmt: skip
def test_nothing_is_lost_wherever_places_lie(given_: list[tuple[float, float, float, float, int]]) -> None:
    outlines = {f"r{n}": outline(x, y, x + side, y + side) for n, (x, y, side, _t, _s) in enumerate(given_)}
    found = emitters(
        places=[*outlines, *[(x, y) for x, y, *_rest in given_]],
        tonnes=[[t, t / 3] for *_place, t, _s in given_] * 2,
        sectors=[s for *_rest, s in given_] * 2,
    )
    year = gridded(found, GRID, spread(found, GRID, outlines))
    assert year.errors().max() < 1e-9
    assert 0 <= year.cells.min()


def test_columns_of_different_length_and_no_numbers_are_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        emitters(places=[(0, 0)], tonnes=[[np.nan, 1]])
    with pytest.raises(ValueError, match="one length"):
        emitters(places=[(0, 0)], tonnes=[[1, 1], [2, 2]])


def test_a_proxy_is_an_index_of_its_own() -> None:
    proxy = Proxy("x", shapely.points([0.0, 5.0], [0.0, 5.0]), np.ones(2))
    assert [1] == proxy.near(shapely.box(4, 4, 6, 6)).tolist()
