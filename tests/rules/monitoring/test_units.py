"""Particles in another unit than is registered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.monitoring.errors import BookError
from lantian.rules.monitoring.units import UnitVerdict, check_units

NUMBERS = np.zeros(12, int)


def one(factor, values, unit, **more):
    (found,) = check_units(factor, np.zeros(len(values), int), np.array(values, float), unit, **more)
    return found


def test_dust_of_a_stack_in_micrograms_is_found():
    found = one("dust", [4800.0] * 12, "mg/m3")
    assert (found.verdict, found.meant) == (UnitVerdict.CONFUSED, "µg/m3")
    assert "µg/m3" in str(found.reason)


def test_dust_in_milligrams_agrees():
    assert one("dust", [4.8] * 12, "mg/m3").verdict is UnitVerdict.AGREES


@pytest.mark.parametrize("median, verdict", [(500, "agrees"), (500.1, "confused"), (0.2, "agrees")])
def test_the_range_of_the_book_decides_on_both_of_its_sides(median, verdict):
    assert one("dust", [median] * 12, "mg/m3").verdict == verdict


def test_a_site_whose_values_stand_for_nanograms_by_the_standard_but_are_micrograms_is_found():
    found = one("pm10", [85.0] * 20, "ng/m3")
    assert (found.verdict, found.meant) == (UnitVerdict.CONFUSED, "µg/m3")


def test_too_few_values_or_zeros_tell_nothing():
    assert one("pm10", [85.0] * 11, "ng/m3").verdict is UnitVerdict.TOO_FEW
    assert one("pm10", [0.0] * 50, "µg/m3").verdict is UnitVerdict.TOO_FEW


def test_what_no_unit_makes_plausible_is_implausible_and_no_unit_is_guessed():
    found = one("pm25", [0.0000001] * 12, "µg/m3")
    assert (found.verdict, found.meant) == (UnitVerdict.IMPLAUSIBLE, "")


def test_a_reference_nearby_tells_units_apart_that_the_range_leaves_open():
    assert one("tsp", [2.9] * 12, "mg/m3").verdict is UnitVerdict.AGREES
    assert one("tsp", [2.9] * 12, "mg/m3", neighbours=np.array([100.0])).verdict is UnitVerdict.IMPLAUSIBLE
    assert one("tsp", [2.9] * 12, "mg/m3", neighbours=np.array([290.0])).verdict is UnitVerdict.AGREES


def test_outlets_are_judged_each_by_itself_in_whatever_order_their_values_come():
    outlets = np.array([2, 0] * 12)
    values = np.where(outlets == 2, 6000.0, 6.0)
    found = {check.outlet: check.verdict for check in check_units("dust", outlets, values, "mg/m3")}
    assert found == {0: UnitVerdict.AGREES, 2: UnitVerdict.CONFUSED}


def test_no_values_give_no_checks_and_unknown_words_are_refused():
    assert check_units("dust", np.array([], int), np.array([]), "mg/m3") == []
    with pytest.raises(BookError):
        check_units("gold", NUMBERS, np.ones(12), "mg/m3")
    with pytest.raises(BookError):
        check_units("dust", NUMBERS, np.ones(12), "t/m3")


@given(st.floats(5, 490), st.sampled_from([1.0, 1000.0]))
def test_a_thousandfold_is_always_seen_in_the_dust_of_a_stack(median, factor):
    found = one("dust", [median * factor] * 12, "mg/m3")
    assert found.verdict is (UnitVerdict.AGREES if factor == 1 else UnitVerdict.CONFUSED)
