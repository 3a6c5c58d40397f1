"""What pages read from memory is what the exact rules give of the same hours, and follows what is written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pyarrow as pa
import pytest

from lantian.lake.air.evaluation import evaluate_periods, stored_days
from lantian.lake.air.grids import Grid, gathered
from lantian.lake.air.judging import evaluations, removed_of, table
from lantian.lake.air.reading import city_days, station_days
from lantian.lake.air.refresh import days_touched, refresh
from lantian.lake.air.scales import JUDGED
from lantian.lake.air.standing import Kept, Standing
from lantian.lake.engines import duck
from lantian.lake.schema import AIR_HOUR, AIR_STATION_DAY
from lantian.lake.store import Lake
from lantian.rules.air.evaluation import Scheme, evaluate_days, scheme_for
from lantian.rules.air.periods import period_of
from lantian.rules.air.validity import city_days as city_days_by_the_rule
from tests.lake.made_up_air import made_up_hours

FIRST, LAST = date(2025, 12, 1), date(2026, 4, 20)
STATIONS = [f"{1001 + number}A" for number in range(11)]
PLACES = (
    tuple(STATIONS[:1]),
    tuple(STATIONS[1:4]),
    tuple(STATIONS[4:]),
    tuple(STATIONS[2:6]),
    ("nowhere",),
    (STATIONS[0], "nowhere"),
)
NAMES = [f"place {number}" for number in range(len(PLACES))]
PERIODS = ["2025-12", "2026-02", "2026-03", "2026Q1", "2025-winter", "2026-02-20:2026-03-11", "2026YTD-04-18"]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    made = Lake(str(tmp_path_factory.mktemp("lake")))
    made.put(AIR_HOUR, made_up_hours(STATIONS, FIRST, LAST), batch="all")
    refresh(made, threads=2)
    return made


@pytest.fixture(scope="module")
def standing(lake: Lake) -> Iterator[Standing]:
    yield Standing(lake)


def grid_of(*of: Any, **options: Any) -> tuple[Grid, Any]:
    found = gathered(*of, **options)
    return found.grid(), found.key


def by_the_rule(lake: Lake, period: Any, scheme: Scheme, available: bool) -> list[Any]:
    points = sorted({code for codes in PLACES for code in codes})
    days = station_days(lake, points, period.first, period.last, scheme)
    found = []
    for name, codes in zip(NAMES, PLACES, strict=True):
        of_place, few = city_days_by_the_rule(
            [days[code] for code in codes], JUDGED, scheme.book, available=available, uncounted=("o3_1h",)
        )
        found.append(
            evaluate_days(
                name,
                of_place,
                period,
                scheme,
                validity="available" if available else "strict",
                few_points=few,
            )
        )
    return found


@pytest.mark.parametrize("available", [False, True])
@pytest.mark.parametrize("standard", ["auto", "2026"])
def test_evaluations_are_those_of_the_rule_in_every_figure_and_reason(
    lake: Lake, standing: Standing, standard: str, available: bool
) -> None:
    for text in PERIODS:
        period = period_of(text)
        scheme = scheme_for(period, standard)
        grid, _key = grid_of(standing, PLACES, period.first, period.last, scheme, available=available)
        validity = "available" if available else "strict"
        found = evaluations(grid, NAMES, period, scheme, validity=validity)
        assert by_the_rule(lake, period, scheme, available) == found


@pytest.mark.parametrize("validity", ["strict", "available"])
def test_the_table_of_a_period_is_that_of_the_other_way_through_the_lake(
    lake: Lake, standing: Standing, validity: str
) -> None:
    available = validity == "available"
    cities = dict(zip(NAMES[:4], PLACES[:4], strict=True))
    points = (*cities.values(), *((code,) for code in STATIONS))
    kinds = ["city"] * len(cities) + ["station"] * len(STATIONS)
    with duck(lake, threads=2) as engine:
        for text in ("2026-02", "2025-winter", "2026-02-20:2026-03-11"):
            period = period_of(text)
            scheme = scheme_for(period)
            days = stored_days(engine, period.first, period.last)
            expected = evaluate_periods(days, [period], cities, validity=validity)
            grid, _key = grid_of(standing, points, period.first, period.last, scheme, available=available)
            found = table(grid, kinds, [*cities, *STATIONS], period, scheme, validity=validity)
            exact = [name for name in expected.column_names if not name.endswith("_unrounded")]
            assert expected.select(exact).to_pylist() == found.select(exact).to_pylist()


def test_daily_values_of_places_are_those_of_the_other_way_through_the_lake(
    lake: Lake, standing: Standing
) -> None:
    scheme = scheme_for(period_of("2026-03"))
    first, last = date(2026, 2, 10), date(2026, 3, 12)
    expected = city_days(lake, dict(zip(NAMES, PLACES, strict=True)), first, last, scheme)
    grid, _key = grid_of(standing, PLACES, first, last, scheme)
    for row, name in enumerate(NAMES):
        assert expected[name][0] == grid.values(row)
        assert expected[name][1] == int(grid.few[row].sum())


def test_places_without_a_common_denominator_are_judged_by_the_rule_itself(
    lake: Lake, standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    period = period_of("2026-02")
    scheme = scheme_for(period)
    grid, _key = grid_of(standing, PLACES, period.first, period.last, scheme)
    monkeypatch.setattr("lantian.lake.air.judging._ROOM", 2)
    assert by_the_rule(lake, period, scheme, False) == evaluations(grid, NAMES, period, scheme)


@pytest.mark.parametrize("text", ["2026-02", "2026-03"])
def test_what_is_taken_out_counts_as_by_the_rule(lake: Lake, standing: Standing, text: str) -> None:
    period = period_of(text)
    scheme = scheme_for(period)
    dusty = [period.first + timedelta(days=number) for number in (3, 4, 11)]
    cells: dict[str, Any] = {
        code: {day: {"pm25": None, "pm10": Fraction(50_000), "o3": None, "o3_1h": None} for day in dusty}
        for code in STATIONS[3:8]
    }
    raw, _key = grid_of(standing, PLACES, period.first, period.last, scheme)
    left, key = grid_of(standing, PLACES, period.first, period.last, scheme, cells=cells)
    gone = removed_of(raw, left)
    found = evaluations(left, NAMES, period, scheme, removed=gone)

    days = station_days(lake, STATIONS, period.first, period.last, scheme)
    for code, of_days in cells.items():
        for day, values in of_days.items():
            if day in days[code]:
                days[code][day] = {
                    name: value for name, value in {**days[code][day], **values}.items() if value is not None
                }
    days["nowhere"] = {}
    expected = []
    for row, (name, codes) in enumerate(zip(NAMES, PLACES, strict=True)):
        of_place, few = city_days_by_the_rule(
            [days[code] for code in codes], JUDGED, scheme.book, uncounted=("o3_1h",)
        )
        before = raw.values(row)
        removed = {
            day: frozenset(column for column in JUDGED if column in before[day])
            - frozenset(of_place.get(day, ()))
            for day in before
        }
        expected.append(evaluate_days(name, of_place, period, scheme, few_points=few, removed=removed))
    assert expected == found
    assert any(one.statistics["PM2.5"].removed for one in found)
    assert key != _key


def test_another_process_s_writing_is_seen_at_once_and_only_its_month_is_read(tmp_path: Any) -> None:
    lake = Lake(str(tmp_path))
    lake.put(AIR_HOUR, made_up_hours(STATIONS[:3], date(2026, 1, 1), date(2026, 2, 9)), batch="first")
    refresh(lake, threads=2)
    standing = Standing(lake)
    scheme = scheme_for(period_of("2026-02"))
    places = (tuple(STATIONS[:2]), (STATIONS[2],))
    first, last = date(2026, 1, 1), date(2026, 2, 9)

    def look(last: date = last) -> Any:
        grid, key = grid_of(standing, places, first, last, scheme)
        return [grid.values(row) for row in range(2)], key

    before, key = look()
    months = {month.month: month for month in standing.months(first, last)}
    more = made_up_hours(STATIONS[:4], date(2026, 2, 10), date(2026, 2, 10))
    # A lake of its own, as another process has.
    other = Lake(str(tmp_path))
    other.put(AIR_HOUR, more, batch="second")
    refresh(other, days_touched(more), threads=2)
    after, _key = look(date(2026, 2, 10))
    again = {month.month: month for month in standing.months(first, last)}
    assert months["2026-01"] is again["2026-01"]
    assert months["2026-02"] is not again["2026-02"]
    # A new station has come in the month; the days before hold the same values.
    assert before == look()[0]
    for row, codes in enumerate(places):
        expected = city_days(lake, {"one": codes}, first, date(2026, 2, 10), scheme)["one"][0]
        assert expected == after[row]

    # A correction of an old day.
    rows = (
        other.read(AIR_HOUR, months=["2026-01"], station=STATIONS[0]).slice(0, 24).select(["station", "end"])
    )
    rows = rows.append_column("pm25", pa.array([7_000] * len(rows), pa.int32()))
    other.correct(AIR_HOUR, rows, columns=["pm25"], batch="third", reason="calibration")
    refresh(other, days_touched(rows), threads=2)
    corrected, changed = look()
    assert corrected[0] != before[0]
    assert corrected[1] == before[1]
    assert changed != key
    assert city_days(lake, {"one": places[0]}, first, last, scheme)["one"][0] == corrected[0]

    # Months past their time.
    other.retain(AIR_STATION_DAY, 1, until=date(2026, 2, 20))
    assert {2} == {day.month for day in look()[0][0]}


def test_days_that_did_not_change_keep_their_key_when_an_hour_comes(tmp_path: Any) -> None:
    lake = Lake(str(tmp_path))
    lake.put(AIR_HOUR, made_up_hours(STATIONS[:3], date(2026, 2, 1), date(2026, 2, 9)), batch="first")
    refresh(lake, threads=2)
    standing = Standing(lake)
    scheme = scheme_for(period_of("2026-02"))

    def key(last: date) -> Any:
        return grid_of(standing, (tuple(STATIONS[:3]),), date(2026, 2, 1), last, scheme)[1]

    before = key(date(2026, 2, 8)), key(date(2026, 2, 9))
    rows = lake.read(AIR_HOUR, station=STATIONS[1]).slice(8 * 24 + 3, 1).select(["station", "end"])
    rows = rows.append_column("pm10", pa.array([999_000], pa.int32()))
    lake.correct(AIR_HOUR, rows, columns=["pm10"], batch="second", reason="made up")
    refresh(lake, days_touched(rows), threads=2)
    assert before[0] == key(date(2026, 2, 8))
    assert before[1] != key(date(2026, 2, 9))


def test_what_is_kept_stays_within_its_memory() -> None:
    kept = Kept(100)
    for number in range(10):
        kept.put(number, str(number), 30)
    assert (90, None, "9") == (kept.taken, kept.get(6), kept.get(9))
    kept.put(9, "nine", 40)
    assert (100, "nine", "8", "7") == (kept.taken, kept.get(9), kept.get(8), kept.get(7))
    kept.put("more", "", 35)
    assert (None, "8", None, "") == (kept.get(9), kept.get(8), kept.get("less"), kept.get("more"))
