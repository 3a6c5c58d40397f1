"""Two years, twelve months, totals of the statistics and pieces of road: sums are exact, and traps are told."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal as D
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.sources.balance import Balance, balances
from lantian.rules.sources.books import books
from lantian.rules.sources.comparison import PARTS, Change, Year, compare, shapley, summed
from lantian.rules.sources.details import detailed
from lantian.rules.sources.inventory import run
from lantian.rules.sources.months import by_month
from lantian.rules.sources.rows import Problem, Row

USCC = "91130200699229617X"
NUMBERS = st.fractions(min_value=0, max_value=10**6)


def row(sheet: str, number: int, **values: Any) -> Row:
    return Row(sheet, number, {k: D(str(v)) if isinstance(v, int | float) else v for k, v in values.items()})


def source(key: str = "E1", **values: Any) -> Row:
    return row("sources", 2 + int(key[1:]), source_id=key, name=key, region="410108", **values)


def clinker(key: str = "E1", activity: float = 100, **values: Any) -> Row:
    given = {
        "source_class": "工业源-工艺过程", "trade": "非金属矿物制品业", "item": "熟料", "technology": "新型干法",
        "activity_unit": "t", **values,
    }  # fmt: skip
    return row("activities", 10 + int(key[1:]), source_id=key, activity=activity, **given)


def bag(key: str = "E1", efficiency: float = 0.9) -> Row:
    return row(
        "facilities",
        20,
        source_id=key,
        technology="袋式除尘法",
        efficiency=efficiency,
        pollutant="PM2.5",
        grounds="测试",
    )


def year(*rows: Row, problems: Sequence[Problem] = ()) -> Year:
    inventory = run(rows, problems, books(), 2025)
    return Year(2025, rows, inventory, detailed(inventory, rows, books()))


def changes(first: Year, second: Year, pollutant: str = "PM2.5") -> list[Change]:
    found = compare(first, second)
    assert all(sum(change.parts.values()) == change.change for change in found)
    total = sum((change.change for change in found), start=Fraction(0))
    assert sum(d.t for d in second.details) - sum(d.t for d in first.details) == total
    for system in (8, 10):
        assert total == sum(sum(part.parts.values()) for part in summed(found, system).values())
    return [change for change in found if change.pollutant == pollutant]


def filled(change: Change) -> list[str]:
    return [part for part in PARTS if change.parts[part]]


@given(*[st.tuples(NUMBERS, NUMBERS, NUMBERS)] * 2)
def test_the_three_parts_sum_to_the_change_exactly_and_do_not_depend_on_the_direction(
    old: tuple[Fraction, Fraction, Fraction], new: tuple[Fraction, Fraction, Fraction]
) -> None:
    parts = shapley(old, new)
    assert new[0] * new[1] * new[2] - old[0] * old[1] * old[2] == sum(parts)
    assert tuple(-part for part in parts) == shapley(new, old)
    assert all(not part for part, a, b in zip(parts, old, new, strict=True) if a == b)


@pytest.mark.parametrize(
    ("second", "parts"),
    [
        ((source(), clinker(activity=50), bag()), ["activity"]),
        ((source(), clinker(), bag(efficiency=0.95)), ["removal"]),
        (
            (source(), clinker(pollutant="PM2.5", own_factor=9, own_unit="kg/t", own_grounds="实测"), bag()),
            ["factor"],
        ),
        ((source(), clinker(activity=50), bag(efficiency=0.95)), ["activity", "removal"]),
        ((source(),), ["units"]),
        ((), ["closed"]),
    ],
)
def test_what_changed_is_the_part_that_has_the_change(second: tuple[Row, ...], parts: list[str]) -> None:
    [change] = changes(year(source(), clinker(), bag()), year(*second))
    assert parts == filled(change)
    assert change.why


def test_a_source_that_is_new_is_on_the_list_and_not_more_activity() -> None:
    [one, other] = changes(year(source(), clinker()), year(source(), clinker(), source("E2"), clinker("E2")))
    assert ["opened"] == filled(one)
    assert [] == filled(other)


def test_a_source_with_another_number_is_known_by_its_permit_or_credit_code() -> None:
    for keys in ({"permit": USCC + "001P"}, {"uscc": USCC}):
        first = year(source("E1", **keys), clinker())
        [change] = changes(first, year(source("E7", **keys), clinker("E7", activity=50)))
        assert ["activity"] == filled(change)


def test_a_gap_is_no_closure() -> None:
    broken = year(source(), clinker(), row("facilities", 20, source_id="E1", technology="没有的"))
    [change] = changes(year(source(), clinker()), broken)
    assert ["gap"] == filled(change)


def test_a_monitor_in_one_year_only_is_another_method() -> None:
    monitor = row(
        "monitors", 30, source_id="E1", outlet="DA001", pollutant="NOx", concentration=50, concentration_unit="mg/m3",
        flow=1000, flow_unit="m3/h", hours=8000, valid_hours=8000,
    )  # fmt: skip
    [change] = changes(year(source(), clinker()), year(source(), clinker(), monitor), "NOx")
    assert ["method"] == filled(change)


def test_months_sum_to_the_year_and_own_shares_come_first() -> None:
    rows = (source(), clinker(), source("E2"), clinker("E2"))
    own = row("shares", 40, source_id="E1", month=tuple(map(D, "001111111110")), grounds="停产")
    inventory = run(rows, (), books(), 2025)
    details = detailed(inventory, rows, books())
    for system in (8, 10):
        found, problems = by_month(details, (*rows, own), books(), 2025, system)
        assert [] == problems
        for (_name, _sub, pollutant), months in found.items():
            assert inventory.total(pollutant) == sum(months)
    [months] = [months for cell, months in found.items() if cell[2] == "NOx"]
    plain, _problems = by_month(details, rows, books(), 2025, 10)
    [both] = [months for cell, months in plain.items() if cell[2] == "NOx"]
    assert both[0] / 2 == months[0]
    wrong = row("shares", 40, source_id="E1", month=(D(1),), grounds="停产")
    assert ["profile_length"] == [p.code for p in by_month(details, (*rows, wrong), books(), 2025, 8)[1]]


def balance(total: float, unit: str = "t", item: str = "熟料", **values: Any) -> Balance:
    rows = (
        source(),
        clinker(activity=1000),
        row("totals", 50, item=item, total=total, total_unit=unit, **values),
    )
    return balances(rows, books(), 2025)[0]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (balance(1000), "fits"),
        (balance(0.1, "万t"), "fits"),
        (balance(1040), "fits"),
        (balance(1060), "short"),
        (balance(1060, tolerance=0.1), "fits"),
        (balance(900), "over"),
        (balance(0), "over"),
        (balance(500), "over"),
        (balance(1000, region="410100"), "fits"),
        (balance(1000, region="410700"), "no_activity"),
        (balance(1000, "m3"), "unit"),
        (balance(1000, item="水泥"), "no_activity"),
        (balance(0.1, "t"), "over"),
    ],
)
def test_the_list_is_held_against_the_statistics_and_traps_are_results(found: Balance, verdict: str) -> None:
    assert verdict == found.verdict
    assert bool(found.why) == (verdict != "fits")


def test_a_product_without_a_total_is_told_and_rows_for_one_pollutant_count_once() -> None:
    own = {"own_factor": 1, "own_unit": "kg/t", "own_grounds": "x"}
    rows = (source(), clinker(pollutant="NOx", **own), clinker(pollutant="SO2", **own))
    [found] = balances(rows, books(), 2025)
    assert ("no_total", 100, 1) == (found.verdict, found.listed, found.rows)
    assert "10,000" in str(balance(0.1).why[0])


def link(**values: Any) -> Row:
    given = {"flows": (D(1000),) * 24, "length": 2, "days": 300, **values}
    return row("links", 60, source_id="E1", vehicle="轻型货车", fuel="汽油", stage="国四", **given)


def test_a_piece_of_road_is_traffic_by_length_by_factor() -> None:
    # 24,000 vehicles × 2 km × 2.37 g/km × 300 days
    found = year(source(), link()).inventory
    assert Fraction("2.37") * 24_000 * 2 * 300 / 10**6 == found.total("CO")
    assert found.total("CO") == year(source(), link(speeds=(D(30),))).inventory.total("CO")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"flows": (D(1),) * 23}, "hours_wanted"),
        ({"speeds": (D(30),) * 2}, "hours_wanted"),
        ({"days": 367}, "too_many_days"),
        # what the speed does was not read: an office must say
        ({"speeds": (D(50),)}, "parameter_unset"),
    ],
)
def test_a_piece_of_road_that_cannot_be_computed_says_why(values: dict[str, Any], code: str) -> None:
    assert {code} == {gap.code for gap in year(source(), link(**values)).inventory.gaps}


def monitored(unit: str) -> Row:
    return row(
        "monitors", 30, source_id="E1", unit=unit, outlet="DA001", pollutant="NOx", concentration=50,
        concentration_unit="mg/m3", flow=1000, flow_unit="m3/h", hours=8000, valid_hours=8000,
    )  # fmt: skip


@pytest.mark.parametrize(("unit", "twice"), [("MF0001", True), ("", False)])
def test_a_monitor_of_a_unit_beside_a_row_without_a_unit_is_said_to_count_twice(
    unit: str, twice: bool
) -> None:
    found = year(source(), clinker(), monitored(unit)).inventory
    said = [str(message) for entry in found.emissions if entry.pollutant == "NOx" for message in entry.why]
    assert twice == any("may count twice" in text for text in said)


def test_a_row_of_activity_that_stands_twice_is_told() -> None:
    from lantian.rules.sources.checks import check

    again = Row("activities", 99, clinker().values)
    codes = [problem.code for problem in check((source(), clinker(), again), (), books())]
    assert 1 == codes.count("activity_twice")
    assert "activity_twice" not in [p.code for p in check((source(), clinker()), (), books())]
