"""Folding to reference oxygen, and what belongs to it (HJ 212-2017, Annex D)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.errors import BookError, InputError
from lantian.rules.monitoring.exact import exact, half_even
from lantian.rules.monitoring.folding import (
    dry_from_wet,
    dry_standard_flow,
    fold,
    fold_columns,
    hour_flow,
    kinds,
    mg_from_ppm,
    nox_as_no2,
    reference_oxygen,
    solved_reference,
)

COAL = reference_oxygen("power_coal")


def codes(result) -> list[str]:
    return [reason.code for reason in result.reasons]


def test_a_value_at_reference_oxygen_stays_what_it_is():
    assert fold(Decimal("35.0"), 6, COAL).value == 35


def test_a_value_is_folded_exactly_and_rounded_only_for_print():
    folded = fold(Decimal("20"), Decimal("8.9"), COAL)
    assert folded.value == Fraction(20 * 15 * 10, 121)
    assert folded.printed == Decimal("24.793")


@pytest.mark.parametrize(
    "oxygen, code",
    [("19.999", None), ("20", "oxygen_too_near"), ("20.999", "oxygen_too_near"), ("21", "oxygen_of_air"),
     ("25.1", "oxygen_of_air"), ("-0.01", "oxygen_negative"), ("0", None)],
)  # fmt: skip
def test_oxygen_near_or_above_that_of_air_is_refused_and_never_becomes_a_large_number(oxygen, code):
    folded = fold(Decimal("30"), Decimal(oxygen), COAL)
    assert (folded.value is None) == (code is not None)
    assert codes(folded) == ([code] if code else [])


def test_missing_oxygen_gives_no_folded_value():
    assert codes(fold(30, None, COAL)) == ["oxygen_missing"]


def test_an_outlet_without_reference_oxygen_is_not_folded_and_needs_no_oxygen():
    assert fold(Decimal("7.5"), None, reference_oxygen("dust_outlet")).value == Fraction(15, 2)


def test_the_old_air_factor_of_1_8_is_nine_and_a_third_per_cent_of_oxygen():
    assert reference_oxygen("boiler_coal_2001").percent == Fraction(28, 3)


def test_where_two_references_are_known_none_is_taken_until_the_permit_says_which():
    unsettled = reference_oxygen("steel_sinter")
    assert unsettled.percent is None and codes(unsettled) == ["reference_unsettled"]
    assert fold(10, 15, unsettled).value is None
    settled = reference_oxygen("steel_sinter", permit=16, permit_number="P-1")
    assert (settled.percent, settled.grade, settled.document) == (16, "H", "P-1")


def test_a_kind_of_which_no_reference_is_known_asks_for_that_of_the_permit():
    unknown = reference_oxygen("carbon")
    assert (unknown.folds, codes(unknown)) == (None, ["reference_unknown"])
    assert codes(fold(10, 12, unknown)) == ["reference_unknown"]
    assert fold(10, 12, reference_oxygen("carbon", permit=16)).value == Fraction(50, 9)


def test_a_reference_that_no_permit_confirms_says_so_and_so_does_the_folded_value():
    assert codes(reference_oxygen("cement_kiln")) == ["reference_unchecked"]
    assert codes(fold(10, 10, reference_oxygen("cement_kiln"))) == ["reference_unchecked"]
    assert codes(COAL) == []


@pytest.mark.parametrize("percent", [-1, 21, 30])
def test_a_permit_cannot_ask_for_a_reference_outside_of_air(percent):
    with pytest.raises(InputError, match="cannot be"):
        reference_oxygen("power_coal", permit=percent)


def test_an_unknown_kind_is_refused():
    with pytest.raises(BookError, match="no kind"):
        reference_oxygen("volcano")


def test_every_kind_of_the_book_has_a_document_and_a_grade():
    for row in kinds().values():
        assert row["document"] and row["grade"] in "HML" and row["label"] and row["english"]


def test_the_guard_can_be_set_otherwise_with_grounds_and_the_formula_cannot():
    oxygen = book("folding")
    strict = oxygen.overridden([{"book": "folding", "entry": "o2_guard", "value": "19", "grounds": "省厅函"}])
    assert codes(fold(30, 19, COAL, oxygen=strict)) == ["oxygen_too_near"]
    with pytest.raises(BookError, match="settled"):
        oxygen.overridden([{"book": "folding", "entry": "o2_air", "value": "20.9", "grounds": "x"}])


@given(
    st.decimals(min_value=0, max_value=5000, places=3),
    st.decimals(min_value=0, max_value=Decimal("19.99"), places=2),
    st.decimals(min_value=0, max_value=20, places=1),
)
def test_folding_back_gives_the_value_again(concentration, oxygen, percent):
    reference = reference_oxygen("power_coal", permit=percent)
    folded = fold(concentration, oxygen, reference).value
    assert folded * (21 - exact(oxygen)) / (21 - exact(percent)) == exact(concentration)


@given(
    st.decimals(min_value=0, max_value=1000, places=2),
    st.decimals(min_value=0, max_value=19, places=2),
    st.decimals(min_value=Decimal("0.01"), max_value=Decimal("0.99"), places=2),
)
def test_dilution_with_air_changes_the_value_but_not_the_folded_one(concentration, oxygen, share):
    """Air with 21 % of oxygen mixed in: what folding is for."""
    share = exact(share) / 20
    diluted = exact(concentration) * (1 - share)
    mixed = exact(oxygen) * (1 - share) + 21 * share
    if mixed < 20:
        assert fold(diluted, mixed, COAL).value == fold(concentration, oxygen, COAL).value


@given(
    st.lists(
        st.tuples(st.integers(0, 100_000), st.integers(-100, 2300), st.sampled_from([6, 9, 16])), min_size=1
    )
)
def test_columns_fold_where_single_values_do_and_refuse_where_they_refuse(rows):
    c, o2, ref = (np.array(column, float) for column in zip(*rows, strict=True))
    got = fold_columns(c / 10, o2 / 100, ref)
    for (one, oxygen, percent), found in zip(rows, got.tolist(), strict=True):
        reference = reference_oxygen("power_coal", permit=percent)
        value = fold(Fraction(one, 10), Fraction(oxygen, 100), reference).value
        if value is None:
            assert np.isnan(found)
        else:
            assert found == pytest.approx(float(value), rel=1e-9)


def test_columns_without_reference_stay_as_they_are():
    assert fold_columns(np.array([3.0]), np.array([20.9]), np.array([np.nan])).tolist() == [3.0]


def test_the_reference_that_a_station_uses_is_solved_from_its_own_values():
    o2 = np.array([8.0, 9.0, 1.9, 19.6, 9.0])
    rtd = np.array([30.0, 20.0, 30.0, 30.0, 0.0])
    zs = rtd * (21 - 9) / (21 - o2)
    solved = solved_reference(rtd, zs, o2)
    assert solved[:2] == pytest.approx([9, 9])
    assert np.isnan(solved[2:]).all()


def test_gases_in_ppm_moisture_and_flow_by_the_formulas_of_annex_d():
    assert mg_from_ppm(70, "so2") == 200
    assert nox_as_no2(30, 4) == 50
    assert dry_from_wet(Decimal("18"), 10) == 20
    assert hour_flow(Decimal("2.5"), 10) == 90_000
    assert dry_standard_flow(1000, 0, 101325, 0, 0) == 1000
    assert dry_standard_flow(1000, 273, 101325, 0, 20) == 400


@pytest.mark.parametrize("moisture", [-1, 100, 101])
def test_moisture_outside_of_its_range_is_refused(moisture):
    with pytest.raises(InputError):
        dry_from_wet(1, moisture)


def test_a_temperature_below_absolute_zero_is_refused():
    with pytest.raises(InputError):
        dry_standard_flow(1, -273, 101325, 0, 0)


def test_a_float_is_no_exact_figure():
    with pytest.raises(TypeError):
        fold(30.0, 9, COAL)


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 6))
def test_rounding_half_even_is_that_of_decimal(value, digits):
    got = half_even(value, digits)
    assert abs(exact(got) - value) <= Fraction(1, 2 * 10**digits)
    assert -got.as_tuple().exponent == digits


@pytest.mark.parametrize("value, wanted", [("0.125", "0.12"), ("0.135", "0.14"), ("-0.125", "-0.12")])
def test_a_half_goes_to_the_even_neighbour(value, wanted):
    assert half_even(Decimal(value), 2) == Decimal(wanted)
