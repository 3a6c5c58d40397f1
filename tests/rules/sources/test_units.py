"""Units by dimension: prefixes, brackets, and what cannot be turned into each other."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.sources.errors import UnitError
from lantian.rules.sources.units import Quantity, parse_unit, product


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "expected"),
    [
        (1, "万t", "t", 10_000),
        (1, "万吨", "kg", 10**7),
        (1, "亿m³", "m3", 10**8),
        (2, "万立方米", "m3", 20_000),
        (1, "g/kg", "kg/t", 1),
        (1, "kg/t", "g/kg", 1),
        (1, "mg/m³", "kg/m3", Fraction(1, 10**6)),
        (15, "亩", "hm2", 1),
        (1, "km2", "hm2", 100),
        (1, "㎡", "m2", 1),
        (1, "kg/(hm2·d)", "g/(hm2·h)", Fraction(1000, 24)),
        (1, "t/(m2·月)", "kg/m2/月", 1000),
        (1, "万kWh", "MWh", 10),
        (36, "MJ", "kWh", 10),
        (1, "Mg", "t", 1),
        (1, "㎏", "kg", 1),
    ],
)
def test_units_are_turned_exactly(value: int, unit: str, wanted: str, expected: Fraction | int) -> None:
    assert expected == Quantity.of(value, unit).in_unit(wanted)


@pytest.mark.parametrize("unit", ["", "tonne", "t/", "(t", "t)", "万", "t·", "吨吨", "x" * 41, "kg//t"])
def test_an_unknown_unit_is_refused(unit: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_unit(unit)
    assert "unit_unknown" == caught.value.code


@pytest.mark.parametrize(
    ("unit", "wanted"),
    [("t", "m3"), ("g/m3", "g/kg"), ("月", "a"), ("d", "月"), ("kW", "kWh"), ("辆", "t"), ("m2", "m3")],
)
def test_different_things_are_not_turned_into_each_other(unit: str, wanted: str) -> None:
    with pytest.raises(UnitError) as caught:
        Quantity.of(1, unit).in_unit(wanted)
    assert "unit_dimension" == caught.value.code


def test_gas_in_tonnes_does_not_meet_a_factor_by_cubic_metre() -> None:
    with pytest.raises(UnitError):
        product(Quantity.of(100, "t"), Quantity.of(Decimal("4.1"), "g/m3"), wanted="t")
    assert Fraction(41, 10) == product(
        Quantity.of(100, "万m3"), Quantity.of(Decimal("4.1"), "g/m3"), wanted="t"
    )


@given(
    st.decimals(0, 10**9, places=4),
    st.sampled_from(["t", "kg", "g", "mg", "万t", "千克"]),
    st.sampled_from(["t", "µg", "公斤", "亿t"]),
)
def test_there_and_back_is_where_one_was(value: Decimal, unit: str, other: str) -> None:
    there = Quantity.of(value, unit).in_unit(other)
    assert Fraction(value) == Quantity(there, parse_unit(other)).in_unit(unit)
