"""Hours and days held against their limit."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.air.labels import BEIJING
from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.exceedance import HourValue, Verdict, events, judge_day, judge_hour, judged_by
from lantian.rules.monitoring.folding import fold, reference_oxygen
from lantian.rules.monitoring.limits import Outlet, PermitLimit, applicable
from lantian.rules.monitoring.marks import Claim, Industry, Means, judge_claims
from lantian.rules.monitoring.validity import Origin

START = datetime(2018, 12, 1, tzinfo=BEIJING)
DAY = date(2018, 12, 1)
OUTLET = Outlet("o1", "cement_kiln", "410100", (PermitLimit("nox", Decimal(100), "P-1"),))
LIMIT = applicable(OUTLET, "nox", DAY)


def hour(value, at=0, **more) -> HourValue:
    return HourValue(START + timedelta(hours=at), None if value is None else Decimal(value), **more)


def stop(first=0, last=4, filed=10, **more):
    values = {"reason": "停窑检修", "proofs": 1, **more}
    one = Claim("m", "o1", "stopped", START + timedelta(hours=first), START + timedelta(hours=last),
                START + timedelta(hours=filed), **values)  # fmt: skip
    return judge_claims([one], Industry.CEMENT)


@pytest.mark.parametrize(
    "value, verdict, multiple",
    [("89.99", "within", None), ("90", "near", None), ("100", "near", None), ("100.001", "exceeds", "0.00"),
     ("135.5", "exceeds", "0.36"), ("134.5", "exceeds", "0.34"), ("300", "exceeds", "2.00")],
)  # fmt: skip
def test_an_hour_is_held_unrounded_against_its_limit(value, verdict, multiple):
    found = judge_hour("nox", hour(value), LIMIT)
    assert found.verdict == verdict
    assert found.multiple == (multiple and Decimal(multiple))


@pytest.mark.parametrize(
    "one, code",
    [(hour(None), "missing"), (hour("300", valid=False), "not_valid"), (hour("300", mark=Means.FAULT), "mark"),
     (hour("300", mark=Means.OVER_RANGE), "mark"), (hour("300", mark=Means.CALIBRATION), "mark"),
     (hour("300", origin=Origin.SUBSTITUTE), "substitute"), (hour("300", origin=Origin.BY_HAND), "by_hand")],
)  # fmt: skip
def test_what_is_invalid_or_not_measured_is_no_evidence_of_exceedance_and_says_why(one, code):
    found = judge_hour("nox", one, LIMIT)
    assert (found.verdict, found.reason.code, found.multiple) == (Verdict.NOT_JUDGED, code, None)


def test_over_range_does_not_claim_that_the_limit_was_kept():
    assert "not known to be lower" in str(judge_hour("nox", hour("300", mark=Means.OVER_RANGE), LIMIT).reason)


def test_a_value_that_could_not_be_folded_gives_the_reason_of_folding():
    folded = fold(30, Decimal("20.5"), reference_oxygen("cement_kiln"))
    found = judge_hour("nox", hour(None, why_absent=folded.reasons[0]), LIMIT)
    assert found.reason.code == "oxygen_too_near"


def test_values_by_hand_are_judged_once_an_office_wants_it():
    marks = book("marks").overridden([{"book": "marks", "entry": "hand_counts", "value": "yes", "grounds": "x"}])
    assert judge_hour("nox", hour("300", origin=Origin.BY_HAND), LIMIT, marks=marks).verdict is Verdict.EXCEEDS


def test_a_mark_in_time_excepts_and_a_late_one_is_shown_and_excepts_nothing():
    assert judge_hour("nox", hour("300"), LIMIT, stop()).reason.code == "excepted"
    late = judge_hour("nox", hour("300"), LIMIT, stop(filed=100))
    assert late.verdict is Verdict.EXCEEDS and "late" in str(late.notes[0])
    assert judge_hour("nox", hour("300", at=4), LIMIT, stop()).verdict is Verdict.EXCEEDS


def test_without_a_limit_nothing_is_judged():
    none = applicable(Outlet("o2", "cement_kiln", "130100"), "nox", DAY)
    found = judge_hour("nox", hour("300"), none)
    assert (found.verdict, found.reason.code) == (Verdict.NOT_JUDGED, "no_limit")


def test_a_limit_that_values_must_lie_below_is_exceeded_by_itself():
    gas = applicable(Outlet("o3", "coke_oven_gas", "410100"), "h2s", date(2019, 1, 1))
    assert judge_hour("h2s", hour("20"), gas).verdict is Verdict.EXCEEDS
    assert judge_hour("h2s", hour("19.99"), gas).verdict is Verdict.NEAR


def test_an_exemption_is_lost_by_an_hour_that_the_permit_still_allows():
    exempt = Outlet("o1", "cement_kiln", "410100", (PermitLimit("nox", Decimal(320), "P-1"),),
                    claims=frozenset({"exempt_stagger"}))  # fmt: skip
    found = judge_hour("nox", hour("100.1"), applicable(exempt, "nox", DAY))
    assert (found.verdict, found.exemption_exceeded) == (Verdict.WITHIN, True)
    assert judge_hour("nox", hour("100"), applicable(exempt, "nox", DAY)).exemption_exceeded is False


# --- days and events ---


def day(values, claims=(), **more):
    return judge_day("nox", START, [hour(v, at, **more) for at, v in enumerate(values)], LIMIT, claims)


def test_a_day_is_the_mean_of_its_valid_hours():
    found = day(["90"] * 12 + ["120"] * 12)
    assert (found.value, found.verdict, found.multiple) == (105, Verdict.EXCEEDS, Decimal("0.05"))


@pytest.mark.parametrize("count, verdict", [(20, "exceeds"), (19, "not_judged")])
def test_a_day_of_fewer_than_twenty_valid_hours_is_not_judged(count, verdict):
    found = day(["120"] * count + [None] * (24 - count))
    assert found.verdict == verdict
    if count == 19:
        assert found.value is None and "19 valid hours" in str(found.reason)


def test_hours_that_a_mark_excepts_do_not_enter_the_mean_of_the_day():
    found = day(["5000"] * 4 + ["95"] * 20, stop())
    assert (found.value, found.verdict) == (95, Verdict.NEAR)
    assert "4 h stopped" in str(found.notes[0])


def test_hours_of_another_day_are_not_looked_at():
    hours = [hour("10", at) for at in range(24)] + [hour("9999", 24), hour("9999", -1)]
    assert judge_day("nox", START, hours, LIMIT).value == 10


def test_waste_incineration_is_judged_by_the_day_and_others_by_the_hour():
    assert judged_by("waste_incinerator") == "day" and judged_by("cement_kiln") == "hour"


def test_neighbouring_hours_are_one_event_and_an_hour_that_is_not_judged_parts_them():
    values = ["120", "150", None, "110", "90", "130"]
    found = events([judge_hour("nox", hour(v, at), LIMIT) for at, v in enumerate(values)])
    assert [(one.hours, one.worst, one.multiple) for one in found] == [
        (2, 150, Decimal("0.50")), (1, 110, Decimal("0.10")), (1, 130, Decimal("0.30"))]  # fmt: skip
    assert found[0].last - found[0].first == timedelta(hours=2)


@given(st.lists(st.integers(0, 200), min_size=1, max_size=48))
def test_events_hold_exactly_the_hours_that_exceed(values):
    judged = [judge_hour("nox", hour(str(v), at), LIMIT) for at, v in enumerate(values)]
    found = events(judged)
    assert sum(one.hours for one in found) == sum(v > 100 for v in values)
    for left, right in pairwise(found):
        assert right.first > left.last


@given(st.fractions(min_value=0, max_value=500))
def test_an_hour_exceeds_exactly_above_its_limit(value):
    found = judge_hour("nox", HourValue(START, value), LIMIT)
    assert (found.verdict is Verdict.EXCEEDS) is (value > 100)
    assert (found.verdict is Verdict.NEAR) is (Fraction(90) <= value <= 100)
