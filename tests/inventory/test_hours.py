"""Every hour of the year has a value, and the hours sum to the year."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from lantian.inventory import hours as module
from lantian.inventory.errors import SeriesError
from lantian.inventory.gridding import gridded, spread
from lantian.inventory.grids import Floats
from lantian.inventory.hours import (
    HourlyYear,
    first_hour,
    hourly_year,
    hours_of_series,
    hours_of_shape,
    hours_of_year,
    months_of,
)
from lantian.rules.sources.books import books
from lantian.rules.sources.profiles import Shape, shape_of
from tests.inventory.made_up import GRID, emitters, outline

COUNT = hours_of_year(2025)


@pytest.fixture(scope="module")
def year() -> tuple[HourlyYear, Floats]:
    """Points and places with shared profiles, one with a series of its own; and the year on the grid."""
    found = emitters(
        places=[(0.5, 0.5), (1.5, 0.5), "a", (3.5, 2.5), (3.5, 2.5)],
        tonnes=[[1e3, 2], [3, 1e-6], [50, 7], [11, 13], [1e-4, 0]],
        sectors=[0, 0, 1, 1, 1],
        profiles=["industry", "own", "flat", "industry", "own"],
    )
    where = spread(found, GRID, {"a": outline(0, 0, 3.5, 3)})
    random = np.random.default_rng(5)
    own = np.where(random.random(COUNT) < 0.4, 0.0, random.gamma(1.0, 1.0, COUNT))
    profiles = {
        "industry": hours_of_shape(shape_of(books(), "工业源"), 2025),
        "flat": np.full(COUNT, 1 / COUNT),
        "own": own / own.sum(),
    }
    return hourly_year(found, GRID, where, 2025, profiles, by_sector=True), gridded(found, GRID, where).cells


def test_hours_of_a_shape_are_the_exact_shares_of_month_day_and_hour() -> None:
    shape = Shape(
        tuple(Fraction(n, 78) for n in range(1, 13)),
        (Fraction(1),) * 5 + (Fraction(0),) * 2,
        (Fraction(1, 24),) * 24,
    )
    found = hours_of_shape(shape, 2025)
    assert 1 == pytest.approx(found.sum(), rel=1e-14)
    for number, month in enumerate(months_of(2025), 1):
        assert number / 78 == pytest.approx(found[month].sum(), rel=1e-12)
    # the first of January 2025 is a Wednesday, the fourth a Saturday; January has 23 working days
    assert float(Fraction(1, 78) / 23 / 24) == pytest.approx(found[7], rel=1e-12)
    assert 0 == found[3 * 24 + 5]


def test_the_worked_example_of_the_page_is_right() -> None:
    hours = hours_of_shape(shape_of(books(), "工业源"), 2025)
    march = months_of(2025)[2]
    assert 4.352 / 52.162 == pytest.approx(hours[march].sum(), rel=1e-12)
    assert 0.162 / 52.162 * 0.068 == pytest.approx(hours[march.start + 2 * 24 + 9], rel=1e-12)


def test_a_leap_year_has_8784_hours_and_months_follow_each_other() -> None:
    months = months_of(2024)
    assert (8784, 12) == (hours_of_year(2024), len(months))
    assert [slice(0, 744), slice(744, 744 + 29 * 24)] == months[:2]
    assert 8784 == months[-1].stop


def test_the_year_begins_at_midnight_of_campaign_time() -> None:
    assert "2024-12-31T16:00:00+00:00" == first_hour(2025).isoformat()


def test_the_hours_of_each_cell_sum_to_its_year_in_single_precision_too(
    year: tuple[HourlyYear, Floats],
) -> None:
    hourly, wanted = year
    found = np.zeros(wanted.shape)
    for month in range(1, 13):
        for layer in hourly.layers(month):
            assert layer.flux.dtype == np.float32
            assert 0 <= layer.flux.min()
            seconds = layer.flux.astype(np.float64).sum(axis=0) * 3600 * GRID.areas.ravel() / 1000
            found[layer.sector, layer.pollutant] += seconds
            assert layer.written == pytest.approx(float(seconds.sum()), rel=1e-12)
            assert layer.written == pytest.approx(layer.tonnes, rel=1e-9)
    assert found == pytest.approx(wanted, rel=1e-9)
    assert float(found[:, 0].sum()) == pytest.approx(hourly.total(0), rel=1e-9)


def test_an_hour_is_the_sum_of_its_sources(year: tuple[HourlyYear, Floats]) -> None:
    hourly, _cells = year
    layer = next(layer for layer in hourly.layers(3) if (layer.pollutant, layer.sector) == (0, 1))
    hour = months_of(2025)[2].start + 100
    shares = dict(zip(("industry", "own", "flat"), hourly.profiles[hour], strict=True))
    corner = 11 * shares["industry"] + 1e-4 * shares["own"] + 50 / (3.5 * 3) * 0.5 * shares["flat"]
    assert corner * 1000 / 3600 / GRID.areas[2, 3] == pytest.approx(float(layer.flux[100, 11]), rel=1e-5)


def test_many_cells_at_once_and_few_give_the_same(
    year: tuple[HourlyYear, Floats], monkeypatch: pytest.MonkeyPatch
) -> None:
    hourly, _cells = year
    plain = [layer.flux for layer in hourly.layers(2)]
    again = HourlyYear(
        **{
            name: getattr(hourly, name)
            for name in ("grid", "year", "pollutants", "sectors", "profiles", "lots")
        }
    )
    monkeypatch.setattr(module, "_MANY", 1)
    monkeypatch.setattr(module, "_AT_ONCE", 1)
    parts = list(again.layers(2))
    assert 28 * len(plain) == len(parts)
    for number, wanted in enumerate(plain):
        found = np.concatenate([layer.flux for layer in parts[number * 28 : number * 28 + 28]])
        assert wanted == pytest.approx(found, rel=1e-6)


def test_an_hour_without_emissions_is_zero_and_stands_in_the_file_as_zero(
    year: tuple[HourlyYear, Floats],
) -> None:
    hourly, _cells = year
    own = hourly.profiles[: 31 * 24, 1]
    layer = next(layer for layer in hourly.layers(1) if (layer.pollutant, layer.sector) == (0, 0))
    assert 100 < (own == 0).sum()
    assert (own == 0).tolist() == (layer.flux[:, 1] == 0).tolist()


def test_missing_hours_of_a_series_get_the_mean_of_the_same_hour_of_their_month() -> None:
    values = np.tile(np.arange(24.0), 365)
    values[[24 * 5 + 3, 24 * 40 + 7]] = np.nan
    found, filled = hours_of_series(values, 2025)
    assert 2 == filled
    assert np.tile(np.arange(24.0), 365) / (365 * 276) == pytest.approx(found)


def test_an_hour_of_the_day_that_is_never_there_gets_the_mean_of_the_month() -> None:
    values = np.tile([2.0] * 23 + [np.nan], 365)
    found, filled = hours_of_series(values, 2025)
    assert (365, True) == (filled, bool(np.allclose(found, 1 / 8760)))


def spoiled(change: str) -> list[float]:
    values = [1.0] * COUNT
    if change == "short":
        return values[:-1]
    if change == "one valid hour":
        return [*values[: 24 * 100], *[float("nan")] * (COUNT - 24 * 100 - 1), 5.0]
    if change == "negative":
        values[77] = -0.1
    if change == "nothing":
        return [0.0] * COUNT
    return values


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("short", "series_length"),
        ("one valid hour", "series_gaps"),
        ("negative", "series_negative"),
        ("nothing", "series_empty"),
    ],
)
def test_a_series_that_says_too_little_is_refused(change: str, code: str) -> None:
    with pytest.raises(SeriesError) as caught:
        hours_of_series(spoiled(change), 2025, "E1")
    assert code == caught.value.code
    assert "E1" in str(caught.value)
