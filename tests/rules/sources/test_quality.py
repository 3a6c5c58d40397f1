"""Grades of emissions, and sums by Monte Carlo against what can be computed by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from lantian.rules.sources.books import Books, books, shipped
from lantian.rules.sources.classes import Category, TenClass
from lantian.rules.sources.details import Detail
from lantian.rules.sources.quality import GRADES, grade_of
from lantian.rules.sources.results import Emission, UsedFactor
from lantian.rules.sources.uncertainty import KINDS, uncertainty


def emission(method: Any, factor: UsedFactor | None = None, t: Fraction | None = Fraction(1)) -> Emission:
    return Emission("E1", "", "NOx", t, method, factor, (), "活动水平", 2)


def factor(grade: str = "H", **named: Any) -> UsedFactor:
    return UsedFactor(Fraction(1), "g/kg", "x", grade, **named)


@pytest.mark.parametrize(
    ("entry", "grade"),
    [
        (emission("monitored"), "A"),
        (emission("mass_balance", factor("L")), "B"),
        (emission("factor", factor("", own=True)), "B"),
        (emission("factor", factor()), "C"),
        (emission("factor"), "C"),
        (emission("factor", factor("M")), "D"),
        (emission("factor", factor(region="500000")), "D"),
        (emission("factor", factor("L")), "E"),
        (emission("factor", factor(abroad=True)), "E"),
        (emission(None, t=None), None),
    ],
)
def test_the_grade_goes_by_method_and_factor(entry: Emission, grade: str | None) -> None:
    assert grade == grade_of(entry)


def test_the_book_has_every_grade_and_each_spread_is_marked_as_not_verified() -> None:
    assert list(GRADES) == [entry["grade"] for entry in shipped("quality")["grades"]]
    spreads = {name: entry for name, entry in books().parameters.items() if name.startswith("spread.")}
    assert {f"spread.{kind}.{grade}" for kind in KINDS for grade in GRADES} <= set(spreads)
    assert {"L"} == {entry.grade for entry in spreads.values()}


def details(*parts: tuple[str, Fraction, UsedFactor], left: Fraction = Fraction(1)) -> list[Detail]:
    """Emissions of NOx with a factor each; one row of activity for each."""
    return [
        Detail(
            Emission("E1", unit, "NOx", t * left, "factor", used, (), "活动水平", row),
            None, Category("工业源", "工艺过程", "C3011", unit), TenClass("工艺过程源", "水泥"), None, t,
        )
        for row, (unit, t, used) in enumerate(parts, 4)
    ]  # fmt: skip


def with_spreads(**given: str) -> Books:
    wanted = {"tolerance": "0", "activity.C": "0", "factor.C": "0", **given}
    overrides = [
        {"book": "parameters", "entry": f"spread.{name.replace('_', '.')}", "value": value, "grounds": "test"}
        for name, value in wanted.items()
    ]
    return books().overridden(overrides)


def test_a_product_has_the_deviation_of_the_formula() -> None:
    # (1 + 0.2²)(1 + 0.3²) - 1 = 0.1336
    book = with_spreads(activity_C="0.2", factor_C="0.3")
    found = uncertainty(details(("熟料", Fraction(100), factor())), (), book, 7)
    whole = found.intervals[0]
    assert (20_000, False, 7) == (found.draws, found.stable, found.seed)
    assert 100 == pytest.approx(whole.mean, rel=0.01)
    assert math.sqrt(0.1336) == pytest.approx(whole.deviation, rel=0.05)
    assert 0 < whole.low < whole.t < whole.high
    # 0.3² of 0.2² + 0.3²
    assert ("factor", "C") == (found.contributors[0].kind, found.contributors[0].grade)
    assert 9 / 13 == pytest.approx(found.contributors[0].share)


def test_a_factor_that_two_sources_share_is_drawn_once_for_both() -> None:
    book = with_spreads(factor_C="0.4")
    one, other = factor(), UsedFactor(Fraction(2), "g/kg", "y", "H")
    shared = uncertainty(details(("熟料", Fraction(50), one), ("熟料", Fraction(50), one)), (), book, 7)
    apart = uncertainty(details(("熟料", Fraction(50), one), ("熟料", Fraction(50), other)), (), book, 7)
    assert 0.4 == pytest.approx(shared.intervals[0].deviation, rel=0.05)
    assert 0.4 / math.sqrt(2) == pytest.approx(apart.intervals[0].deviation, rel=0.05)


def test_what_control_leaves_is_drawn_and_never_more_than_was_there_by_much() -> None:
    book = with_spreads(left_C="0.5")
    found = uncertainty(details(("熟料", Fraction(100), factor()), left=Fraction(1, 20)), (), book, 7)
    assert 5 == pytest.approx(found.intervals[0].mean, rel=0.02)
    assert 0.5 == pytest.approx(found.intervals[0].deviation, rel=0.06)
    assert ["left"] == [entry.kind for entry in found.contributors]


def test_the_same_seed_gives_the_same_and_draws_end_when_the_mean_is_stable() -> None:
    parts = details(("熟料", Fraction(10), factor()), ("水泥", Fraction(5), factor()))
    first, second = (uncertainty(parts, (), books(), 3) for _ in range(2))
    assert first == second
    assert first.stable
    assert first.draws < 20_000
    assert first != uncertainty(parts, (), books(), 4)


def test_what_is_exact_has_no_spread_and_nothing_to_draw_is_nothing() -> None:
    found = uncertainty(details(("熟料", Fraction(10), factor())), (), with_spreads(), 1)
    whole = found.intervals[0]
    assert (10, 0, 10, 10, ()) == (whole.mean, whole.deviation, whole.low, whole.high, found.contributors)
    assert () == uncertainty((), (), books(), 1).intervals
