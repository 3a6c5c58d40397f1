"""Grades of emissions, and sums by Monte Carlo against what can be computed by hand."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import pytest

from lantian.rules.sources.books import shipped
from lantian.rules.sources.errors import InputError
from lantian.rules.sources.quality import GRADES, Term, grade_of, monte_carlo
from lantian.rules.sources.results import Emission, UsedFactor


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


def test_the_book_has_every_grade_and_invents_no_spread() -> None:
    grades = shipped("quality")["grades"]
    assert list(GRADES) == [entry["grade"] for entry in grades]
    assert {None} == {entry["spread"] for entry in grades}


def test_a_product_has_the_deviation_of_the_formula() -> None:
    # (1 + 0.2²)(1 + 0.3²) - 1 = 0.1336
    found = monte_carlo([Term(100, ("activity", "factor"))], {"activity": 0.2, "factor": 0.3}, 7, tolerance=0)
    assert 20_000 == found.draws
    assert 100 == pytest.approx(found.mean, rel=0.01)
    assert math.sqrt(0.1336) == pytest.approx(found.relative_deviation, rel=0.05)
    assert "factor" == found.contributors[0][0]
    assert 1 == pytest.approx(sum(share for _name, share in found.contributors))
    assert 0 < found.low < found.mean < found.high


def test_a_factor_that_two_sources_share_is_drawn_once_for_both() -> None:
    shared = monte_carlo([Term(50, ("f",)), Term(50, ("f",))], {"f": 0.4}, 7, tolerance=0)
    apart = monte_carlo([Term(50, ("f",)), Term(50, ("g",))], {"f": 0.4, "g": 0.4}, 7, tolerance=0)
    assert 0.4 == pytest.approx(shared.relative_deviation, rel=0.05)
    assert 0.4 / math.sqrt(2) == pytest.approx(apart.relative_deviation, rel=0.05)


def test_the_same_seed_gives_the_same_and_draws_end_when_the_mean_is_stable() -> None:
    terms = [Term(10, ("a",)), Term(5, ("b",))]
    first, second = (monte_carlo(terms, {"a": 0.1, "b": 0.1}, 3) for _ in range(2))
    assert first == second
    assert first.stable
    assert first.draws < 20_000


def test_what_is_exact_has_no_spread() -> None:
    found = monte_carlo([Term(10, ("a",))], {}, 1)
    assert (10, 0, 10, 10, ()) == (
        found.mean,
        found.relative_deviation,
        found.low,
        found.high,
        found.contributors,
    )


@pytest.mark.parametrize("deviation", [-0.1, math.nan, math.inf])
def test_a_spread_that_cannot_be_is_refused(deviation: float) -> None:
    with pytest.raises(InputError):
        monte_carlo([Term(1, ("a",))], {"a": deviation}, 1)
