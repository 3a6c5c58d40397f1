"""From rows of the workbook to emitters: places, outlets, profiles, and what is wrong with them."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from lantian.inventory.gridding import spread
from lantian.inventory.grids import Grid
from lantian.inventory.hours import months_of
from lantian.inventory.releases import Releases, problems_of_places, releases_of
from lantian.rules.geo import Box
from lantian.rules.sources.books import books
from lantian.rules.sources.coordinates import Area
from lantian.rules.sources.layout import BY_KEY
from lantian.rules.sources.results import Emission
from lantian.rules.sources.rows import Row

AREA = Area("某市", Box(113.0, 34.0, 114.0, 35.0))


def row(sheet: str, number: int, **values: Any) -> Row:
    found = {key: Decimal(value) if isinstance(value, int) else value for key, value in values.items()}
    columns = {field.key: at for at, field in enumerate(BY_KEY[sheet].fields, 1)}
    return Row(sheet, number, {"source_id": "E1", **found}, columns)


def source(**values: Any) -> Row:
    return row(
        "sources",
        2,
        **{"name": "某厂", "region": "410108", "longitude": "113.5", "latitude": "34.5", **values},
    )


def stack(number: int = 4, **values: Any) -> Row:
    given = {"unit": "U1", "outlet": "DA001", "height": 60, "diameter": 2, "temperature": 80, "velocity": 10}
    return row("stacks", number, **{**given, **values})


ACTIVITY = row("activities", 3, unit="U1", source_class="工业源-工艺过程", item="熟料")


def emission(t: float = 100, pollutant: str = "NOx", *, unit: str = "U1", stack: bool = True) -> Emission:
    return Emission("E1", unit, pollutant, Fraction(t), "factor", None, (), "活动水平", 3, stack=stack)


def made(*rows: Row, emissions: list[Emission] | None = None, **options: Any) -> Releases:
    return releases_of(
        [*(rows or (source(),)), ACTIVITY],
        [emission()] if emissions is None else emissions,
        books(),
        2025,
        AREA,
        **options,
    )


def codes(found: Releases) -> list[tuple[str, int, int, str]]:
    return [(problem.sheet, problem.row, problem.column, problem.code) for problem in found.problems]


def test_emissions_of_one_unit_are_one_emitter_with_its_class_and_profile() -> None:
    found = made(emissions=[emission(100), emission(50), emission(7, "SO2")])
    assert (["E1"], ["工业源"], ["SO2", "NOx"]) == (
        found.emitters.ids,
        found.emitters.sectors,
        found.emitters.pollutants,
    )
    assert [[7, 150]] == found.emitters.tonnes.tolist()
    assert (113.5, 34.5) == (found.emitters.longitude[0], found.emitters.latitude[0])
    assert ["工业源:41"] == list(found.profiles)


def test_outlets_share_the_emissions_of_their_unit_and_have_their_own_places() -> None:
    second = stack(5, outlet="DA002", longitude="113.6", latitude="34.6", share=Decimal("0.25"))
    found = made(source(), stack(share=Decimal("0.75")), second)
    assert [75, 25] == found.emitters.tonnes[:, 0].tolist()
    assert [113.5, 113.6] == found.emitters.longitude.tolist()
    assert [100.0] == made(source(), stack(), emissions=[emission(stack=False)]).emitters.tonnes[
        :, 0
    ].tolist()


@pytest.mark.parametrize(
    ("shares", "wanted"),
    [((None, None), [50, 50]), (("0.3", None), [50, 50]), (("0", "0"), [50, 50]), (("0.2", "0.2"), [50, 50]), (("0", "0.5"), [100])],
)  # fmt: skip
def test_shares_of_outlets_never_lose_mass(
    shares: tuple[str | None, str | None], wanted: list[float]
) -> None:
    given = [None if share is None else Decimal(share) for share in shares]
    found = made(source(), stack(share=given[0]), stack(5, outlet="DA002", share=given[1]))
    assert wanted == pytest.approx(found.emitters.tonnes[:, 0].tolist())


def test_a_stack_knows_its_flow_by_its_velocity_and_the_other_way_round() -> None:
    by_velocity = made(source(), stack()).list[0].stack
    by_flow = made(source(), stack(velocity=None, flow=113097)).list[0].stack
    assert by_velocity is not None and by_flow is not None
    assert 31.4159 == pytest.approx(by_velocity.flow, rel=1e-5)
    assert 10 == pytest.approx(by_flow.velocity, rel=1e-4)


def test_a_stop_of_work_leaves_its_months_empty() -> None:
    own = row("shares", 6, unit="U1", month=tuple(map(Decimal, [0, 0, *[1] * 9, 0])), grounds="错峰")
    found = made(source(), own)
    hours = found.profiles["own:6:工业源"]
    assert [0, 0, 1 / 9] == pytest.approx([hours[month].sum() for month in months_of(2025)[:3]])


@pytest.mark.parametrize(
    ("bad", "wanted"),
    [
        (stack(height=0), ("排气筒", 4, 4, "zero")),
        (stack(velocity=None), ("排气筒", 4, 7, "stack_flow_missing")),
        (stack(temperature=4000), ("排气筒", 4, 6, "stack_temperature")),
        (stack(source_id="E9"), ("排气筒", 4, 1, "source_unknown")),
        (stack(longitude="34.5", latitude="113.5"), ("排气筒", 4, 10, "coordinate_swapped")),
        (row("shares", 6, hour=(Decimal(1),), grounds="x"), ("时间分配", 6, 5, "profile_length")),
        (row("shares", 6, weekday=(Decimal(0),) * 7, grounds="x"), ("时间分配", 6, 4, "profile_weights")),
        (row("shares", 6, grounds="x"), ("时间分配", 6, 3, "shares_missing")),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_wrong_stack_or_share_is_told_with_its_cell_and_takes_no_emission_away(
    bad: Row, wanted: tuple[str, int, int, str]
) -> None:
    found = made(source(), bad)
    assert [wanted] == codes(found)
    assert [[100]] == found.emitters.tonnes.tolist()


@pytest.mark.parametrize(
    ("change", "wanted"),
    [
        ({"longitude": "34.5", "latitude": "113.5"}, "coordinate_swapped"),
        ({"longitude": "113.5", "latitude": None}, "coordinate_half"),
        ({"longitude": "东边"}, "coordinate_form"),
        ({"datum": "北京54"}, "datum_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_source_whose_position_cannot_be_used_is_on_no_cell_and_its_mass_is_told(
    change: dict[str, str | None], wanted: str
) -> None:
    found = made(source(**change))
    grid = Grid("EPSG:4547", 10_000, 40, 370, 20, 30)
    where = spread(
        found.emitters, grid, {"410108": [[[(113.1, 34.1), (113.9, 34.1), (113.9, 34.9), (113.1, 34.1)]]]}
    )
    assert ([wanted], [1.0]) == ([problem.code for problem in found.problems], where.unplaced.tolist())
    assert [] == problems_of_places(found, where)


def test_a_source_far_away_is_outside_and_no_mistake() -> None:
    found = made(source(longitude="120.0", latitude="30.0"))
    assert ([], 120.0) == (codes(found), found.emitters.longitude[0])


def test_a_source_without_place_is_told_once() -> None:
    nowhere = made(source(longitude=None, latitude=None), emissions=[emission(), emission(3, unit="U2")])
    grid = Grid("EPSG:4547", 1000, 500, 3860, 4, 3)
    told = problems_of_places(nowhere, spread(nowhere.emitters, grid, {}))
    assert [("outline_missing", "E1", 2, 7)] == [(p.code, p.source_id, p.row, p.column) for p in told]
    lost = made(source(longitude=None, latitude=None, region=None))
    assert ["place_missing"] == [p.code for p in problems_of_places(lost, spread(lost.emitters, grid, {}))]


def test_area_sources_are_spread_by_their_own_proxy_or_by_that_of_their_class() -> None:
    assert [("人口", "道路")] == made(source(proxy="人口、道路")).emitters.proxies
    living = row("activities", 3, unit="U1", source_class="生活源", item="煤炭")
    found = releases_of([source(), living], [emission()], books(), 2025, AREA)
    assert ([("人口",)], ["生活源"]) == (found.emitters.proxies, found.emitters.sectors)


def test_a_series_of_its_own_comes_before_the_profile_of_the_class() -> None:
    values = np.arange(8760.0)
    found = made(series={"E1": values, "E7": values})
    assert ["series:E1"] == list(found.profiles)
    assert values / values.sum() == pytest.approx(found.profiles["series:E1"])
    assert ["series_unknown"] == [problem.code for problem in found.problems]


def test_a_series_with_too_many_holes_falls_back_to_the_class_and_filled_ones_are_told() -> None:
    values = np.ones(8760)
    values[:2000] = np.nan
    found = made(series={"E1": values})
    assert (["工业源:41"], [("排放源", 2, 0, "series_gaps")]) == (list(found.profiles), codes(found))
    values[:] = 1
    values[9] = np.nan
    assert ["series_filled"] == [problem.code for problem in made(series={"E1": values}).problems]
