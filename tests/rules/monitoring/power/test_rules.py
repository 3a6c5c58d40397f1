"""Orders to stop and to limit, treatment, nights and the stack beside the meter (E2–E9)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest

from lantian.rules.monitoring.errors import InputError
from lantian.rules.monitoring.power.baseline import Baselines, DayKind
from lantian.rules.monitoring.power.crosscheck import StackHour, cross_check, stack_runs
from lantian.rules.monitoring.power.night import judge_night
from lantian.rules.monitoring.power.orders import judge_limit, judge_stop
from lantian.rules.monitoring.power.readings import MISSING, SLOTS, Line, Role
from lantian.rules.monitoring.power.states import pair, track
from lantian.rules.monitoring.power.treatment import judge_contrary, judge_lag, judge_treatment
from lantian.rules.monitoring.power.verdict import Confidence, Outcome
from tests.rules.monitoring.power.power_helpers import (
    MONDAY,
    PLAIN,
    RUNNING,
    at,
    both,
    production,
    series,
    treatment,
    usual,
    works,
)

ON = MONDAY + timedelta(days=56)
NEXT = ON + timedelta(days=1)
PAST = series(works(56))
BASE = usual(PAST, ON)
BASES = both(PAST, ON)
TREATED = both(series(works(56) // 10, "T1"), ON)


def full(value: int) -> np.ndarray:
    return np.full(SLOTS, value)


def day(row) -> object:
    return series([row], first=ON)


def stop(row, line=None, hour=0):
    return judge_stop(line or production(), day(row), BASE, at(ON, hour), at(NEXT))


# --- E3, E5 ---


def test_a_line_at_a_quarter_of_its_running_load_has_stopped():
    found = stop(full(2500))
    assert found.outcome is Outcome.PASSED and found.rule == "E3"
    assert "25.0 %" in str(found.reason)


def test_a_line_above_it_is_suspected_with_its_stretch_as_evidence_and_never_called_a_violation():
    row = full(0)
    row[40:44] = 2501
    found = stop(row)
    assert found.outcome is Outcome.SUSPECTED
    (one,) = found.evidence
    assert (one.first, one.last) == (at(ON, 10), at(ON, 11))
    assert dict(one.values) == {"wh": "10004", "most_wh": "2501", "level_wh": "2500"}
    assert "suspected" in str(found.reason) and "violat" not in str(found.reason).lower()


@pytest.mark.parametrize("slots, outcome", [(1, Outcome.PASSED), (2, Outcome.SUSPECTED)])
def test_less_than_half_an_hour_above_is_no_running(slots, outcome):
    row = full(0)
    row[40 : 40 + slots] = RUNNING
    assert stop(row).outcome is outcome


def test_judging_begins_after_the_time_that_the_process_needs_to_stop():
    row = full(0)
    row[:16] = RUNNING
    assert stop(row).outcome is Outcome.SUSPECTED
    passed = stop(row, production(stop_minutes=240))
    assert passed.outcome is Outcome.PASSED and passed.first == at(ON, 4)
    assert "grace" in [note.code for note in passed.notes]
    early = judge_stop(production(stop_minutes=240), day(row), BASE, at(ON), at(ON, 4))
    assert (early.outcome, early.reason.code) == (Outcome.CANNOT_JUDGE, "within_grace")


@pytest.mark.parametrize("missing, outcome", [(9, Outcome.PASSED), (10, Outcome.CANNOT_JUDGE)])
def test_missing_readings_clear_nobody(missing, outcome):
    row = full(0)
    row[:missing] = MISSING
    assert stop(row).outcome is outcome


def test_running_is_suspected_even_where_readings_are_missing():
    row = full(MISSING)
    row[:2] = RUNNING
    assert stop(row).outcome is Outcome.SUSPECTED


def test_own_generation_that_is_not_known_and_no_baseline_cannot_be_judged():
    unknown = judge_stop(production(), None, BASE, at(ON), at(NEXT))
    assert unknown.reason.code == "own_generation_unknown"
    thin = judge_stop(production(), day(full(0)), usual(series(works(5)), MONDAY + timedelta(days=5)), at(ON), at(NEXT))
    assert (thin.outcome, thin.reason.code) == (Outcome.CANNOT_JUDGE, "no_baseline")


def test_the_meter_of_a_whole_works_accuses_nobody_while_its_base_load_is_not_known():
    always = usual(series(works(rest=RUNNING)), ON)
    whole = Line("W", Role.WHOLE)
    found = judge_stop(whole, day(full(RUNNING)), always, at(ON), at(NEXT))
    assert (found.outcome, found.reason.code) == (Outcome.CANNOT_JUDGE, "whole_works")
    assert judge_stop(whole, day(full(2500)), always, at(ON), at(NEXT)).outcome is Outcome.PASSED
    assert judge_stop(whole, day(full(RUNNING)), BASE, at(ON), at(NEXT)).outcome is Outcome.SUSPECTED


def test_the_verdict_says_that_its_share_is_a_starting_value():
    assert "starting_value" in [note.code for note in stop(full(0)).notes]


# --- E4 ---


@pytest.mark.parametrize("load, outcome", [(7700, Outcome.PASSED), (7701, Outcome.SUSPECTED)])
def test_a_limit_of_thirty_per_cent_allows_seventy_and_a_tenth_of_it_more(load, outcome):
    found = judge_limit(production(), day(full(load)), BASE, 30, at(ON), at(NEXT))
    assert found.outcome is outcome
    assert "739.20 kWh" in str(found.reason) and "960.00 kWh" in str(found.reason)


def test_a_limit_counts_only_quarter_hours_that_have_readings():
    row = full(7700)
    row[:9] = MISSING
    assert judge_limit(production(), day(row), BASE, 30, at(ON), at(NEXT)).outcome is Outcome.PASSED
    row[9] = MISSING
    assert judge_limit(production(), day(row), BASE, 30, at(ON), at(NEXT)).outcome is Outcome.CANNOT_JUDGE


@pytest.mark.parametrize("share", [0, Decimal("100.1"), -5])
def test_a_limit_that_cannot_be_is_refused(share):
    with pytest.raises(InputError):
        judge_limit(production(), day(full(0)), BASE, share, at(ON), at(NEXT))


def test_a_line_that_usually_takes_nothing_has_nothing_to_limit():
    nothing = usual(series(works(running=0, rest=0)), ON)
    found = judge_limit(production(), day(full(0)), nothing, 30, at(ON), at(NEXT))
    assert (found.outcome, found.reason.code) == (Outcome.CANNOT_JUDGE, "nothing_usual")


# --- E6 ---


def paired(p, t):
    produced = track(production(), day(p), BASES, PLAIN)
    treated = track(treatment(), series([t], "T1", first=ON), TREATED, PLAIN)
    return pair([produced], [treated])


def test_treatment_off_while_production_runs_is_suspected_with_both_energies():
    treated = full(1000)
    treated[20:30] = 10
    found = judge_treatment(paired(full(RUNNING), treated))
    assert found.outcome is Outcome.SUSPECTED
    (one,) = found.evidence
    assert dict(one.values) == {"production_wh": "100000", "treatment_wh": "100"}
    assert (one.first, one.last) == (at(ON, 5), at(ON, 7, 30))


@pytest.mark.parametrize("p, t", [(RUNNING, 1000), (0, 1000), (0, 0)])
def test_treatment_with_production_after_it_or_both_at_rest_is_as_it_should_be(p, t):
    assert judge_treatment(paired(full(p), full(t))).outcome is Outcome.PASSED


def test_a_lost_meter_cannot_be_judged():
    found = judge_treatment(paired(full(RUNNING), full(MISSING)))
    assert (found.outcome, found.reason.code) == (Outcome.CANNOT_JUDGE, "readings_missing")
    alone = judge_treatment(pair([track(production(), day(full(RUNNING)), BASES, PLAIN)], []))
    assert (alone.outcome, alone.reason.code) == (Outcome.CANNOT_JUDGE, "no_treatment")


@pytest.mark.parametrize("late, outcome", [(0, Outcome.PASSED), (2, Outcome.PASSED), (3, Outcome.SUSPECTED)])
def test_treatment_that_starts_more_than_half_an_hour_after_production_is_late(late, outcome):
    produced, treated = full(0), full(0)
    produced[30:], treated[30 + late :] = RUNNING, 1000
    found = judge_lag(paired(produced, treated))
    assert found.outcome is outcome
    if outcome is Outcome.SUSPECTED:
        assert "longest 45 min" in str(found.reason)
        assert found.evidence[0].first == at(ON, 7, 30)


def test_production_that_ran_all_day_has_no_start_to_judge():
    assert judge_lag(paired(full(RUNNING), full(1000))).reason.code == "no_start"


def test_a_start_while_the_meter_of_treatment_is_lost_accuses_nobody():
    produced = full(0)
    produced[30:] = RUNNING
    assert judge_lag(paired(produced, full(MISSING))).reason.code == "no_start"


def test_treatment_that_falls_while_production_rises_is_suspected():
    rise = np.linspace(5000, 15_000, SLOTS).astype(int)
    fall = np.linspace(1500, 500, SLOTS).astype(int)
    assert judge_contrary(paired(rise, fall)).outcome is Outcome.SUSPECTED
    assert judge_contrary(paired(rise, fall[::-1])).outcome is Outcome.PASSED
    assert judge_contrary(paired(rise, full(1000))).reason.code == "constant"
    few = full(0)
    few[:31] = rise[:31]
    assert judge_contrary(paired(few, fall)).reason.code == "too_few"


# --- E7 ---


def night(two_days, base=BASE, line=None):
    return judge_night(line or production(), series(two_days, first=ON), ON, base)


def test_load_that_comes_back_at_night_is_suspected():
    rows = np.stack([full(1000), full(1000)])
    rows[0, 88:], rows[1, :24] = 8000, 8000
    found = night(rows)
    assert (found.outcome, found.rule) == (Outcome.SUSPECTED, "E7")
    assert "8.00" in str(found.reason)
    assert (found.first, found.last) == (at(ON, 22), at(NEXT, 6))


@pytest.mark.parametrize("load, outcome", [(4500, Outcome.PASSED), (4501, Outcome.SUSPECTED)])
def test_one_and_a_half_times_the_day_is_the_bound(load, outcome):
    rows = np.stack([full(3000), full(3000)])
    rows[0, 88:], rows[1, :24] = load, load
    assert night(rows).outcome is outcome


def test_a_night_below_the_load_of_a_stop_is_no_return():
    rows = np.stack([full(100), full(100)])
    rows[0, 88:], rows[1, :24] = 2500, 2500
    found = night(rows)
    assert (found.outcome, found.reason.code) == (Outcome.PASSED, "stopped")


def test_a_works_that_usually_works_at_night_is_told_apart():
    past = works(56)
    past[:, 24:88] = 100
    base = usual(series(past), ON)
    rows = np.stack([past[0], past[0]])
    found = night(rows, base)
    assert (found.outcome, found.reason.code) == (Outcome.PASSED, "usual_nights")


def test_a_night_without_readings_cannot_be_judged_and_without_baseline_says_so():
    assert night(np.stack([full(MISSING), full(MISSING)])).outcome is Outcome.CANNOT_JUDGE
    rows = np.stack([full(1000), full(8000)])
    rows[0, 88:] = 8000
    found = night(rows, None)
    assert found.outcome is Outcome.SUSPECTED and "no_baseline" in [note.code for note in found.notes]


# --- E8 ---


def hours(**figures):
    return [StackHour(at(ON, hour), **{name: Decimal(value) for name, value in figures.items()}) for hour in range(24)]


@pytest.mark.parametrize(
    "figures, runs_now",
    [({"velocity": "1.01", "temperature": "60.1", "oxygen": "12"}, True), ({"velocity": "1", "temperature": "60", "oxygen": "20"}, False),
     ({"velocity": "5", "temperature": "30", "oxygen": "20.9"}, False), ({"velocity": "5", "temperature": "90", "oxygen": "20.5"}, None),
     ({"velocity": "5"}, None)],
)  # fmt: skip
def test_a_stack_runs_with_velocity_temperature_and_oxygen_together(figures, runs_now):
    assert stack_runs(hours(**figures)[0]) is runs_now


def test_a_suspicion_that_the_stack_shares_is_firm_and_one_that_it_does_not_sends_to_the_site():
    suspected = stop(full(RUNNING))
    hot = hours(velocity="8", temperature="110", oxygen="9")
    cold = hours(velocity="0.1", temperature="25", oxygen="20.9")
    assert cross_check(suspected, hot).confidence is Confidence.FIRM
    assert cross_check(suspected, cold).confidence is Confidence.SITE_VISIT
    assert cross_check(suspected, []).confidence is Confidence.NOT_CHECKED
    assert cross_check(suspected, hot[:18] + cold[18:]).confidence is Confidence.FIRM
    assert cross_check(suspected, hot[:17] + cold[17:]).confidence is Confidence.SITE_VISIT


def test_a_stop_that_passed_while_the_stack_runs_sends_to_the_site():
    passed = stop(full(0))
    found = cross_check(passed, hours(velocity="8", temperature="110", oxygen="9"))
    assert found.outcome is Outcome.PASSED and found.confidence is Confidence.SITE_VISIT
    assert cross_check(passed, hours(velocity="0", temperature="20", oxygen="20.9")) == passed


def test_only_hours_of_the_evidence_count():
    row = full(0)
    row[40:48] = RUNNING
    stack = [
        StackHour(at(ON, hour), Decimal(8 if hour in (10, 11) else 0), Decimal(110 if hour in (10, 11) else 20))
        for hour in range(24)
    ]
    assert cross_check(stop(row), stack).confidence is Confidence.FIRM


# --- periods of several kinds of days ---

SEVERAL = Baselines(BASES, PLAIN)
FRIDAY = MONDAY + timedelta(days=60)


def weekend(friday: int, saturday: int) -> object:
    return series(np.stack([full(friday), full(saturday)]), first=FRIDAY)


def test_a_limit_over_friday_and_saturday_is_held_against_both_kinds_of_days():
    until = at(FRIDAY + timedelta(days=2))
    passed = judge_limit(production(), weekend(7700, 385), SEVERAL, 30, at(FRIDAY), until)
    assert passed.outcome is Outcome.PASSED and "1008.00 kWh" in str(passed.reason)
    # Against working days alone, a Saturday at rest would have hidden a Friday at full load.
    assert judge_limit(production(), weekend(RUNNING, 500), SEVERAL, 30, at(FRIDAY), until).outcome is Outcome.SUSPECTED
    assert judge_limit(production(), weekend(RUNNING, 500), BASE, 30, at(FRIDAY), until).outcome is Outcome.PASSED


def test_a_period_with_days_that_have_no_baseline_is_not_judged_by_the_others():
    only = Baselines({DayKind.WORKDAY: BASE}, PLAIN)
    found = judge_limit(production(), weekend(100, 100), only, 30, at(FRIDAY), at(FRIDAY + timedelta(days=2)))
    assert (found.outcome, found.reason.code) == (Outcome.CANNOT_JUDGE, "no_baseline")
    stopped = judge_stop(production(), weekend(100, 100), only, at(FRIDAY), at(FRIDAY + timedelta(days=2)))
    assert stopped.outcome is Outcome.PASSED and "1.0 %" in str(stopped.reason)


def test_the_base_load_of_a_rest_day_is_no_production_that_treatment_would_have_to_serve():
    saturday = FRIDAY + timedelta(days=1)
    produced = track(production(), series([full(500)], first=saturday), BASES, PLAIN)
    treated = track(treatment(), series([full(0)], "T1", first=saturday), TREATED, PLAIN)
    assert judge_treatment(pair([produced], [treated])).outcome is Outcome.PASSED
    working = track(production(), series([full(RUNNING)], first=saturday), BASES, PLAIN)
    assert judge_treatment(pair([working], [treated])).outcome is Outcome.SUSPECTED


def test_a_night_is_told_apart_by_the_baseline_of_its_own_day():
    rows = np.stack([full(1000), full(1000)])
    rows[0, 88:], rows[1, :24] = 8000, 8000
    assert night(rows, SEVERAL).outcome is Outcome.SUSPECTED
