"""Amounts, substitutes for what is missing, and the permit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.monitoring.amounts import (
    AmountVerdict,
    HourAmount,
    HourState,
    against_permit,
    check_totals,
    fill_quarter,
    hour_kg,
    sum_of,
)
from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.errors import InputError

QUARTER = 2184
MISSING = HourAmount(HourState.MISSING)
STOPPED = HourAmount(HourState.STOPPED)


def valid(kg) -> HourAmount:
    return HourAmount(HourState.VALID, Fraction(kg))


def quarter(gap: int, others: int, *, stopped: int = 184, level: int = 1) -> list[HourAmount]:
    """The worked example: a gap in the middle, other invalid hours in single hours at the end, stopped hours at the beginning."""
    hours = [STOPPED] * stopped + [valid(level)] * (QUARTER - stopped)
    middle = 1000
    hours[middle : middle + gap] = [MISSING] * gap
    for n in range(others):
        hours[QUARTER - 1 - 2 * n] = MISSING
    return hours


def past(peak_at: dict[int, int] | None = None, hours: int = 2400) -> list[HourAmount]:
    found = [valid(1)] * hours
    for back, kg in (peak_at or {}).items():
        found[hours - back] = valid(kg)
    return found


def test_an_hour_is_concentration_times_flow_in_kilograms():
    assert hour_kg(Decimal("35"), Decimal("100000")) == Fraction(7, 2)
    with pytest.raises(InputError):
        hour_kg(-1, 5)


@pytest.mark.parametrize("gap, others, looks_back", [(10, 140, 180), (24, 126, 180), (25, 125, 720), (30, 120, 720), (10, 290, 2160)])
def test_the_substitute_is_the_greatest_of_as_many_valid_hours_as_the_capture_and_the_gap_ask_for(gap, others, looks_back):
    # The gap begins 816 valid hours into the quarter: what lies further back is in the hours before it.
    hours = quarter(gap, others)
    before = past()

    def with_peak(back: int) -> Fraction:
        at = 1000 - back
        if at >= 184:
            changed = [*hours]
            changed[at] = valid(7)
            return fill_quarter(changed, before).hours[1000].kg
        return fill_quarter(hours, past({back - 816: 7})).hours[1000].kg

    assert with_peak(looks_back) == 7
    assert with_peak(looks_back + 1) == 1


def test_below_three_quarters_of_capture_there_is_no_substitute_and_the_amount_is_open():
    found = fill_quarter(quarter(10, 510), past())
    assert found.total_kg is None and found.open == 520
    assert found.hours[1000].reason.code == "capture_low"
    assert found.known_kg == QUARTER - 184 - 520


@pytest.mark.parametrize("bad, wanted", [(200, "180"), (201, "2160"), (500, "2160"), (501, None)])
def test_ninety_and_seventy_five_per_cent_are_met_by_themselves(bad, wanted):
    found = fill_quarter(quarter(10, bad - 10), past()).hours[1000]
    assert found.substituted is (wanted is not None)
    assert wanted is None or f"last {wanted} valid" in str(found.reason)


def test_stopped_hours_emit_nothing_and_are_no_gap():
    found = fill_quarter([STOPPED] * 10 + [valid(2)] * 10, past())
    assert (found.total_kg, found.capture, found.substituted) == (20, 1, 0)


def test_a_station_with_too_few_valid_hours_behind_it_is_refused_or_used_by_the_book():
    hours = [valid(3)] * 100 + [MISSING] * 2
    refused = fill_quarter(hours)
    assert refused.total_kg is None and refused.hours[-1].reason.code == "history_short"
    rules = book("amounts").overridden([{"book": "amounts", "entry": "short_history", "value": "use", "grounds": "x"}])
    assert fill_quarter(hours, rules=rules).total_kg == 306


def test_hours_out_of_control_look_back_from_the_last_calibration():
    before = past()
    hours = [valid(5)] * 50 + [HourAmount(HourState.OUT_OF_CONTROL)] * 3 + [valid(1)] * 400
    assert fill_quarter(hours, before, last_calibration=0).hours[51].kg == 1
    unknown = fill_quarter(hours, before)
    assert unknown.hours[51].kg == 5 and "calibration_unknown" in [reason.code for reason in unknown.reasons]


def test_a_gap_that_began_before_the_quarter_is_as_long_as_it_is_and_looks_back_from_its_beginning():
    before = [*past(), *[MISSING] * 20]
    found = fill_quarter([MISSING] * 5 + [valid(9)] * 500, before)
    assert "gap of 25 h" in str(found.hours[0].reason) and found.hours[4].kg == 1


def test_a_valid_hour_needs_its_amount():
    with pytest.raises(InputError):
        fill_quarter([HourAmount(HourState.VALID)])


@settings(max_examples=40)
@given(st.lists(st.one_of(st.integers(0, 50), st.just(None)), min_size=1, max_size=200))
def test_a_substitute_never_makes_the_amount_smaller_and_never_exceeds_what_was_measured_before(values):
    hours = [MISSING if v is None else valid(v) for v in values]
    before = past({5: 13})
    found = fill_quarter(hours, before)
    known = sum(v for v in values if v is not None)
    assert found.known_kg == known
    bad = values.count(None)
    if bad * 4 > len(values):
        assert found.total_kg is None
    else:
        assert known <= found.total_kg <= known + bad * max(13, *(v or 0 for v in values))


# --- the permit ---


@pytest.mark.parametrize(
    "kg, verdict", [(89_999, "within"), (90_000, "near"), (100_000, "near"), (100_001, "exceeds")]
)
def test_an_amount_is_held_against_the_permit(kg, verdict):
    found = against_permit("nox", kg, Decimal(100), 365, 365)
    assert found.verdict == verdict


def test_the_pace_says_whether_the_permit_will_last():
    found = against_permit("nox", 50_000, Decimal(100), 73, 365, substituted_kg=1234)
    assert (found.share, found.pace) == (Fraction(1, 2), Fraction(5, 2))
    assert "1.234 t" in str(found.notes[0])
    assert against_permit("nox", 0, Decimal(100), 0, 365).pace is None


def test_an_open_amount_or_a_permit_without_one_is_not_judged():
    assert against_permit("nox", None, Decimal(100), 10, 365).reason.code == "open"
    found = against_permit("nox", 5, None, 10, 365)
    assert (found.verdict, found.reason.code) == (AmountVerdict.NOT_JUDGED, "no_permit_amount")
    with pytest.raises(InputError):
        against_permit("nox", 5, Decimal(1), 366, 365)


# --- totals ---


@pytest.mark.parametrize("total, codes", [("3.5", []), ("3.43", []), ("3.42", ["total_product"]), ("3.58", ["total_product"])])
def test_a_total_that_leaves_mean_times_flow_by_more_than_two_per_cent_is_told(total, codes):
    found = check_totals(Decimal(total), concentration=35, flow=100_000)
    assert [reason.code for reason in found] == codes


def test_a_total_is_held_against_the_sum_of_its_minutes():
    assert check_totals(6, minute_totals=[1] * 6) == []
    (found,) = check_totals(7, minute_totals=[1] * 6)
    assert found.code == "total_minutes" and "6.000 kg" in str(found)
    assert check_totals(0, minute_totals=[0, 0]) == []


# --- by hand, sums, and what is evidence ---


def test_an_hour_by_hand_counts_by_its_own_amount_and_is_neither_valid_nor_looked_back_on():
    by_hand = HourAmount(HourState.BY_HAND, Fraction(9))
    hours = [*past(), by_hand, MISSING]
    found = fill_quarter(hours)
    assert (found.hours[-2].kg, found.hours[-2].substituted, found.hours[-2].reason.code) == (9, True, "by_hand")
    # The gap began with the hour by hand; its 9 kg are not what the missing hour takes.
    assert found.hours[-1].kg == 1
    assert found.capture == Fraction(2400, 2402)
    assert (found.known_kg, found.substituted_kg) == (2400, 10)


def test_a_sum_counts_each_hour_once_by_what_it_is():
    filled = fill_quarter([STOPPED, valid("0.0000005"), valid("0.0000015"), MISSING])
    found = sum_of(filled.hours)
    assert (found.measured, found.substituted, found.stopped, found.open, found.hours) == (2, 0, 1, 1, 4)
    assert found.measured_kg == Decimal("0.000002")


@pytest.mark.parametrize(
    "measured, substituted, open_hours, verdict",
    [
        (100_000, 0, 0, "near"),
        (100_001, 0, 0, "exceeds"),
        (100_001, 0, 9, "exceeds"),
        (99_999, 2, 0, "reckoned"),
        (90_000, 0, 5, "near"),
        (89_999, 0, 5, "not_judged"),
        (89_999, 0, 0, "within"),
    ],
)
def test_only_what_was_measured_is_evidence_and_open_hours_never_prove_that_a_permit_is_kept(
    measured, substituted, open_hours, verdict
):
    found = against_permit(
        "nox", measured + substituted, Decimal(100), 100, 365, substituted_kg=substituted, open_hours=open_hours
    )
    assert found.verdict == verdict
    assert ("open_hours" in [note.code for note in found.notes]) == bool(open_hours)


@given(st.integers(0, 10**8), st.integers(0, 10**8), st.integers(1, 10**5))
def test_substitutes_alone_never_exceed(measured, substituted, permitted):
    found = against_permit("nox", measured + substituted, Decimal(permitted), 1, 365, substituted_kg=substituted)
    assert (found.verdict is AmountVerdict.EXCEEDS) == (measured > permitted * 1000)
