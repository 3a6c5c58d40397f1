"""An inventory from rows: order of methods, control, gaps that take away only what depends on them."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.sources.books import books
from lantian.rules.sources.inventory import Inventory, run
from lantian.rules.sources.layout import SHEETS, Kind
from lantian.rules.sources.results import Emission
from lantian.rules.sources.rows import Row

BOOKS = books()
YEAR = 2025


def row(sheet: str, number: int = 2, **values: Any) -> Row:
    """A row; whole numbers become decimals, as from a file."""
    found = {
        key: D(value) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in values.items()
    }
    return Row(sheet, number, found, {key: at for at, key in enumerate(found, 1)})


def source(source_id: str = "E1", region: str = "410108") -> Row:
    return row("sources", source_id=source_id, name="某厂", region=region)


def coal(**values: Any) -> Row:
    given: dict[str, Any] = {
        "source_id": "E1", "source_class": "电力热力源", "trade": "电力生产", "item": "煤炭", "technology": "煤粉炉",
        "activity": 1000, "activity_unit": "t", "size_mw": 600, "sulphur": D("0.5"), "ash": 25,
    }  # fmt: skip
    return row("activities", **{**given, **values})


def clinker(number: int = 2, **values: Any) -> Row:
    given: dict[str, Any] = {
        "source_id": "E1", "source_class": "工业源-工艺过程", "trade": "非金属矿物制品业", "item": "熟料", "technology": "新型干法",
        "activity": 100, "activity_unit": "万t",
    }  # fmt: skip
    return row("activities", number, **{**given, **values})


def monitor(**values: Any) -> Row:
    given: dict[str, Any] = {
        "source_id": "E1", "outlet": "DA001", "pollutant": "NOx", "concentration": 35, "concentration_unit": "mg/m3",
        "flow": 10, "flow_unit": "万m3/h", "hours": 8000, "valid_hours": 7000,
    }  # fmt: skip
    return row("monitors", **{**given, **values})


def computed(*rows: Row, **named: Any) -> Inventory:
    return run(rows, (), BOOKS, YEAR, **named)


def one(result: Inventory, pollutant: str) -> Emission:
    found = [entry for entry in result.emissions if entry.pollutant == pollutant]
    assert 1 == len(found)
    return found[0]


def reasons(entry: Emission) -> str:
    return " ".join(map(str, entry.why))


def test_coal_by_balance_and_factor() -> None:
    result = computed(source(), coal())
    assert {
        "SO2": D("8.5"), "PM10": D("43.125"), "PM2.5": D("11.25"), "BC": D("0.0225"), "OC": 0, "NOx": D("7.21"), "CO": 2,
        "VOCs": D("0.04"),
    } == {entry.pollutant: entry.t for entry in result.emissions}  # fmt: skip
    assert ("mass_balance", "factor") == (one(result, "SO2").method, one(result, "NOx").method)
    factor = one(result, "SO2").factor
    assert factor is not None
    assert (D("8.5"), "kg/t") == (factor.value, factor.unit)


def test_an_empty_sulphur_is_a_gap_of_so2_alone() -> None:
    result = computed(source(), coal(sulphur=None))
    assert [("SO2", "coal_quality_missing")] == [(gap.pollutant, gap.code) for gap in result.gaps]
    assert D("11.25") == one(result, "PM2.5").t


def test_a_boiler_without_shares_is_a_gap_and_not_a_zero() -> None:
    result = computed(source(), coal(trade="电力供应"))
    assert {"SO2", "PM10", "PM2.5", "BC", "OC"} == {gap.pollutant for gap in result.gaps}
    assert {"coal_parameters_missing"} == {gap.code for gap in result.gaps}
    assert D("5.47") == one(result, "NOx").t


def test_a_valid_monitor_comes_before_the_factor_and_names_what_it_replaces() -> None:
    result = computed(source(), coal(activity=50, activity_unit="万t"), monitor())
    found = one(result, "NOx")
    assert ("monitored", 28) == (found.method, found.t)
    assert "3605" in reasons(found)


@pytest.mark.parametrize(("valid", "method"), [(6000, "monitored"), (5999, "factor")])
def test_three_quarters_of_the_hours_must_be_valid(valid: int, method: str) -> None:
    found = one(computed(source(), coal(), monitor(valid_hours=valid)), "NOx")
    assert method == found.method
    assert (method == "factor") == ("not used" in reasons(found))


def test_one_season_that_is_not_valid_takes_the_whole_monitor_out() -> None:
    result = computed(
        source(),
        coal(),
        monitor(period="一季度", hours=2000, valid_hours=1900),
        monitor(period="二季度", hours=2000, valid_hours=900),
    )
    assert "factor" == one(result, "NOx").method


def test_outlets_and_seasons_add_up() -> None:
    result = computed(source(), monitor(), monitor(outlet="DA002", flow=5))
    assert 28 + 14 == one(result, "NOx").t


def test_a_monitor_that_is_not_fit_with_nothing_else_is_a_gap() -> None:
    result = computed(source(), monitor(valid_hours=10))
    assert [("NOx", "monitor_unfit", 2)] == [(gap.pollutant, gap.code, gap.row) for gap in result.gaps]


def test_a_monitor_at_the_stack_does_not_see_what_escapes_elsewhere() -> None:
    escaping = row(
        "activities", 3, source_id="E1", source_class="工业源-工艺过程", trade="黑色金属冶炼和压延加工业", item="烧结矿",
        technology="烧结_无组织排放", activity=1000, activity_unit="t",
    )  # fmt: skip
    result = computed(source(), escaping, monitor(pollutant="PM10"))
    assert ["monitored", "factor"] == [
        entry.method for entry in result.emissions if entry.pollutant == "PM10"
    ]


def test_a_monitor_of_one_unit_leaves_the_others_alone() -> None:
    result = computed(source(), clinker(unit="1号窑"), clinker(3, unit="2号窑"), monitor(unit="1号窑"))
    found = {(entry.unit, entry.method) for entry in result.emissions if entry.pollutant == "NOx"}
    assert {("1号窑", "monitored"), ("2号窑", "factor")} == found


def test_a_balance_comes_before_the_factor_of_the_same_thing_only() -> None:
    ink = {
        "source_class": "工业源-工业溶剂使用",
        "trade": "印刷",
        "item": "水性平版油墨",
        "activity": 10,
        "activity_unit": "t",
    }
    solvent = row("solvents", 5, source_id="E1", material="油墨", used=10, used_unit="t", voc_share=D("0.02"))
    result = computed(source(), row("activities", source_id="E1", **ink), clinker(3), solvent)
    found = [(entry.method, entry.t) for entry in result.emissions if entry.pollutant == "VOCs"]
    assert [("factor", 330), ("mass_balance", Fraction(1, 5))] == found


# --- control ---


def facility(technology: str = "袋式除尘法", number: int = 2, **values: Any) -> Row:
    return row("facilities", number, **{"source_id": "E1", "technology": technology, **values})


def test_particles_are_controlled_by_their_parts() -> None:
    result = computed(source(), coal(), facility())
    assert D("11.25") * D("0.055") == one(result, "PM2.5").t
    assert D("11.25") * D("0.055") + (D("43.125") - D("11.25")) * D("0.05") == one(result, "PM10").t
    assert D("8.5") == one(result, "SO2").t


def test_an_own_efficiency_runs_for_its_share_of_the_time() -> None:
    own = facility("石灰石/石膏法", pollutant="SO2", efficiency=D("0.97"), running=D("0.9"), grounds="测试")
    assert D("8.5") * (1 - D("0.873")) == one(computed(source(), coal(), own), "SO2").t


def test_an_own_efficiency_without_grounds_is_a_gap_of_what_it_would_have_removed() -> None:
    result = computed(source(), coal(), facility(efficiency=D("0.999")))
    assert "grounds_missing" in {gap.code for gap in result.gaps}
    assert "facility_wrong" == one(result, "PM2.5").code


def test_what_collects_is_no_facility() -> None:
    result = computed(source(), facility("溶剂使用-全部密闭"))
    assert ["technology_is_collection"] == [gap.code for gap in result.gaps]


def test_vehicles_are_not_controlled_twice() -> None:
    cars = row(
        "vehicles",
        source_id="E1",
        vehicle="微型、小型客车",
        fuel="汽油",
        stage="国四",
        vehicles=1000,
        km=12000,
        speed=30,
    )
    result = computed(source(), cars, facility("吸附/催化燃烧法"))
    assert D("8.16") == one(result, "CO").t
    assert D("4.8225") in [entry.t for entry in result.emissions if entry.pollutant == "VOCs"]
    assert "already" in reasons(one(result, "CO"))


def test_a_stage_without_factors_is_a_gap() -> None:
    cars = row(
        "vehicles", source_id="E1", vehicle="微型、小型客车", fuel="柴油", stage="国六", vehicles=1, km=1
    )
    assert {"factor_missing"} == {gap.code for gap in computed(source(), cars).gaps}


# --- gaps ---


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"activity_unit": "万m3"}, "unit_dimension"),
        ({"item": "不明"}, "factor_missing"),
        ({"source_id": "E9"}, "source_unknown"),
        ({"own_factor": D("1.2"), "pollutant": "NOx", "own_unit": "kg/t"}, "own_factor_incomplete"),
        ({"own_factor": D("1.2"), "own_unit": "kg/t", "own_grounds": "x"}, "own_factor_incomplete"),
        (
            {"own_factor": D("1.2"), "pollutant": "NOx", "own_unit": "kg/m3", "own_grounds": "x"},
            "unit_dimension",
        ),
        ({"pollutant": "O3"}, "pollutant_unknown"),
    ],
)
def test_a_wrong_row_is_a_gap_and_the_others_are_computed(values: dict[str, Any], code: str) -> None:
    result = computed(source(), clinker(7, **values), coal(unit="锅炉"))
    assert {(code, 7)} == {(gap.code, gap.row) for gap in result.gaps}
    assert D("8.5") == next(
        entry.t for entry in result.emissions if entry.unit == "锅炉" and entry.pollutant == "SO2"
    )


def test_an_own_factor_counts_in_the_place_of_the_one_of_the_book() -> None:
    own = clinker(8, pollutant="NOx", own_factor=D("1.2"), own_unit="kg/t", own_grounds="实测")
    result = computed(source(), clinker(), own)
    assert 1_200_000 * Fraction(1, 1000) == one(result, "NOx").t
    factor = one(result, "NOx").factor
    assert factor is not None
    assert factor.own


def test_a_pollutant_with_a_row_of_its_own_is_not_counted_twice() -> None:
    result = computed(source(), clinker(), clinker(3, pollutant="NOx"))
    assert 1880 == result.total("NOx")


def test_coal_without_any_factor_is_a_gap_of_everything_that_coal_gives() -> None:
    stove = coal(source_class="生活源", trade=None, technology="自动炉排层燃炉", size_mw=None)
    result = computed(source(), stove)
    assert {"NOx", "CO", "VOCs"} == {gap.pollutant for gap in result.gaps}
    # 1000 × 0.005 × 2 × 0.85; 1000 × 0.25 × 0.15 × 0.07 = 2.625, BC 0.19 of it
    assert (D("8.5"), D("0.49875")) == (one(result, "SO2").t, one(result, "BC").t)


def test_what_a_source_of_factors_does_not_have_is_said_not_to_be_zero() -> None:
    soot = row(
        "activities",
        source_id="E1",
        source_class="工业源-工艺过程",
        item="炭黑",
        activity=1000,
        activity_unit="t",
    )
    found = one(computed(source(), soot), "VOCs")
    assert 52 == found.t
    assert "not zero" in reasons(found)
    assert "not zero" not in reasons(one(computed(source(), clinker()), "NOx"))


def test_a_cell_that_the_guide_leaves_out_is_zero_and_says_so() -> None:
    found = one(computed(source(), clinker(pollutant="NH3")), "NH3")
    assert 0 == found.t
    assert "zero" in reasons(found)


def test_rows_of_other_years_are_left_out() -> None:
    result = computed(source(), clinker(year=2024), clinker(3, year=YEAR, activity=1, activity_unit="t"))
    assert (1, D("0.00188")) == (result.skipped, one(result, "NOx").t)


def test_unverified_defaults_are_said() -> None:
    site = row("sites", source_id="E1", area=10_000, months=6)
    result = computed(source(), site)
    assert D("7.9086") == one(result, "PM10").t
    assert all("not verified" in reasons(entry) for entry in result.emissions)


def test_a_road_without_paving_waits_for_parameters() -> None:
    road = row(
        "roads",
        source_id="E1",
        surface="未铺装",
        length=1,
        traffic=1000,
        wet_days=60,
        silt=8,
        speed=30,
        moisture=2,
    )
    assert {"parameter_unset"} == {gap.code for gap in computed(source(), road).gaps}


@given(st.integers(0, 10**7), st.decimals(0, 1, places=2), st.decimals(0, 1, places=2))
def test_control_never_adds_and_never_goes_below_zero(activity: int, efficiency: D, running: D) -> None:
    own = facility(pollutant="颗粒物", efficiency=efficiency, running=running, grounds="x")
    before = computed(source(), clinker(activity=activity))
    after = computed(source(), clinker(activity=activity), own)
    for pollutant in ("PM2.5", "PM10", "BC", "NOx"):
        assert 0 <= after.total(pollutant) <= before.total(pollutant)
    assert before.total("PM10") * (1 - Fraction(efficiency) * Fraction(running)) == after.total("PM10")


def test_every_sheet_has_distinct_keys_and_headings_and_examples_that_fit() -> None:
    for sheet in SHEETS:
        assert (
            len({field.key for field in sheet.fields})
            == len({field.heading for field in sheet.fields})
            == len(sheet.fields)
        )
        for example in sheet.examples:
            assert len(example) <= len(sheet.fields)
            for value, field in zip(example, sheet.fields, strict=False):
                assert value is not None or not field.required
                assert value is None or isinstance(value, str) == (
                    field.kind in (Kind.TEXT, Kind.FLAG, Kind.NUMBERS)
                )


def _named(technology: str) -> str:
    return next(
        factor.name
        for factor in BOOKS.factors
        if (factor.source_class, factor.trade, factor.item, factor.technology, factor.pollutant)
        == ("电力热力源", "电力生产", "煤炭", technology, "NOx")
        and factor.size_mw is not None
        and factor.size_mw[1] == 100
    )


def test_a_factor_that_was_chosen_by_its_name_is_taken_whatever_its_rank_and_says_so() -> None:
    name = _named("流化床炉")
    result = computed(source(), coal(), coal(pollutant="NOx", factor=name, own_grounds="改造后"))
    entry = one(result, "NOx")
    assert D("8.96") == entry.t
    assert "改造后" in reasons(entry)
    assert "7.21" in reasons(entry)
    assert entry.factor is not None
    assert not entry.factor.own


def test_a_chosen_factor_needs_its_pollutant_and_grounds_and_must_be_in_the_books() -> None:
    name = _named("煤粉炉")
    cases = {
        "own_factor_incomplete": [{"factor": name, "own_grounds": "x"}, {"factor": name, "pollutant": "NOx"}],
        "factor_unknown": [{"factor": "没有", "pollutant": "NOx", "own_grounds": "x"}],
        "factor_twice": [
            {"factor": name, "pollutant": "NOx", "own_grounds": "x", "own_factor": D(5), "own_unit": "kg/t"}
        ],
    }
    for code, rows in cases.items():
        for values in rows:
            assert [code] == [gap.code for gap in computed(source(), coal(**values)).gaps], values


def test_every_factor_of_the_books_has_a_name_of_its_own() -> None:
    names = [factor.name for factor in BOOKS.factors]
    assert len(names) == len(set(names))
