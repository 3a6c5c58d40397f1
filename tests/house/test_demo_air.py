"""The simulated air of the demo city."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow.compute as pc

from lantian.demo import air, air_hours, air_map
from lantian.lake.schema import POLLUTANTS
from lantian.rules import geo
from lantian.rules.air.labels import BEIJING

NOW = datetime(2026, 3, 5, 7, 40, tzinfo=BEIJING)


def test_what_was_told_of_an_hour_is_told_of_it_on_every_later_day() -> None:
    points = air.points()
    first = air_hours.table_of_hours(points, 2026, NOW)
    later = air_hours.table_of_hours(points, 2026, NOW + timedelta(days=40))
    rest = air_hours.table_of_hours(points, 2026, NOW + timedelta(days=40), since=NOW)

    assert first.equals(later.slice(0, first.num_rows))
    assert rest.equals(later.slice(first.num_rows))
    assert datetime(2026, 3, 4, 23, tzinfo=UTC) == pc.max(first["end"]).as_py()


def test_the_year_has_seasons_times_of_day_sand_a_heavy_week_and_gaps() -> None:
    values = air_hours.year_of_hours(2026, air.points())

    def mean(name: str, first: int, last: int, hours: slice = slice(0, 24)) -> float:
        days = values[name].reshape(365, 24, -1)[first:last, hours]
        return float(np.nanmean(days))

    assert mean("pm25", 0, 31) > 2 * mean("pm25", 181, 243)
    assert mean("o3", 151, 212, slice(13, 17)) > 2 * mean("o3", 151, 212, slice(3, 7))
    assert mean("o3", 151, 212) > 2 * mean("o3", 0, 31)
    assert mean("no2", 0, 365, slice(18, 20)) > mean("no2", 0, 365, slice(3, 5))
    assert mean("pm10", 99, 100) > 3 * mean("pm10", 97, 98)
    assert mean("pm25", 12, 15) > 1.5 * mean("pm25", 25, 31)
    for name in POLLUTANTS:
        share = float(np.isnan(values[name]).mean())
        assert 0.004 < share < 0.03
    assert bool(np.nanmin(np.stack(list(values.values()))) > 0)


def test_neighbours_share_their_edges_and_stations_lie_where_they_belong() -> None:
    found = json.loads(air_map.outlines())
    outlines = {one["properties"]["name"]: geo.read_polygons(one["geometry"]) for one in found["features"]}
    counties = {name: polygons for name, polygons in outlines.items() if name != "晴川市"}

    areas = sum(abs(geo.signed_area(polygons[0][0])) for polygons in counties.values())
    assert abs(areas - abs(geo.signed_area(outlines["晴川市"][0][0]))) < 1e-9
    assert all(geo.crossing(polygons[0][0]) is None for polygons in outlines.values())
    for code, _name, place, _kind, _control, lon, lat, *_levels in air.STATIONS:
        assert [place] == [name for name, polygons in counties.items() if geo.inside(polygons, lon, lat)], (
            code
        )
