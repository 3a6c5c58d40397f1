"""The state of each quarter hour, and why."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.power.readings import MISSING, SLOTS, kw
from lantian.rules.monitoring.power.states import (
    STATE_NAMES,
    State,
    pair,
    runs,
    stop_level,
    stretches_of,
    track,
)
from tests.rules.monitoring.power.power_helpers import (
    MONDAY,
    PLAIN,
    RUNNING,
    at,
    both,
    production,
    series,
    treatment,
    works,
)

ON = MONDAY + timedelta(days=56)
PAST = works(56)
BASES = both(series(PAST), ON)
TREATED = both(series(PAST // 10, "T1"), ON)


def today(row, line=None, first=ON):
    return track(line or production(), series([row], first=first), BASES, PLAIN)


def full(value: int) -> np.ndarray:
    return np.full(SLOTS, value)


@pytest.mark.parametrize(
    "load, state",
    [(MISSING, State.LOST), (0, State.STOPPED), (2500, State.STOPPED), (2501, State.LIMITED), (8999, State.LIMITED),
     (10_000, State.NORMAL), (30_000, State.NORMAL)],
)  # fmt: skip
def test_a_load_is_held_against_a_quarter_of_the_running_load_and_the_usual_range(load, state):
    found = today(full(load))
    assert (found.states == state).all()
    why = found.why(ON, 5)
    assert why.code == state.name.lower() and (load == MISSING or kw(load) in str(why))


def test_a_line_that_only_varies_is_not_limited():
    assert today(full(9000)).state(ON, 0) is State.NORMAL


def test_without_a_baseline_a_load_is_unknown_and_says_so():
    found = track(production(), series([full(1)], first=ON), {}, PLAIN)
    assert found.state(ON, 0) is State.UNKNOWN and found.why(ON, 0).code == "unknown"


def test_a_holding_load_that_was_accepted_raises_the_level_of_a_stop_and_names_its_grounds():
    line = production(holding_wh=4000, holding_grounds="焦炉保温")
    assert today(full(4000), line).state(ON, 0) is State.STOPPED
    assert today(full(4001), line).state(ON, 0) is State.LIMITED
    assert "焦炉保温" in str(today(full(4000), line).why(ON, 0))


def test_the_base_load_of_rest_days_decides_where_it_is_the_highest():
    past = both(series(works(rest=3000)), ON)
    found = track(production(), series([full(3000)], first=ON), past, PLAIN)
    assert found.state(ON, 0) is State.STOPPED
    assert "rest days" in str(found.why(ON, 0))


def test_what_lies_outside_of_the_series_is_lost():
    assert today(full(1)).state(ON + timedelta(days=3), 0) is State.LOST


def test_every_state_has_a_name():
    assert set(STATE_NAMES) == set(State)


def paired(p, t, days=1):
    produced = track(production(), series(np.reshape(p, (days, SLOTS)), first=ON), BASES, PLAIN)
    treated = track(treatment(), series(np.reshape(t, (days, SLOTS)), "T1", first=ON), TREATED, PLAIN)
    return pair([produced], [treated])


@pytest.mark.parametrize("load, state", [(100, State.NORMAL), (99, State.IDLE_TREATMENT), (0, State.IDLE_TREATMENT)])
def test_treatment_is_idle_below_a_tenth_of_its_running_load_while_production_runs(load, state):
    found = paired(full(RUNNING), full(load))
    assert (found.states == state).all()
    if state is State.IDLE_TREATMENT:
        assert "treatment idle" in str(found.why(ON, 3)) and f"treatment {kw(load)} kW" in str(found.why(ON, 3))


@pytest.mark.parametrize("load, idle", [(3000, False), (3001, True)])
def test_production_counts_as_on_above_thirty_per_cent(load, idle):
    assert bool((paired(full(load), full(0)).states == State.IDLE_TREATMENT).all()) is idle


@pytest.mark.parametrize("slots, idle", [(1, False), (2, True)])
def test_only_half_an_hour_of_both_makes_treatment_idle(slots, idle):
    treated = full(1000)
    treated[40 : 40 + slots] = 0
    assert int((paired(full(RUNNING), treated).states == State.IDLE_TREATMENT).sum()) == (slots if idle else 0)


def test_a_works_that_rests_is_stopped_and_its_treatment_may_rest_or_run_on():
    assert (paired(full(0), full(0)).states == State.STOPPED).all()
    assert (paired(full(0), full(1000)).states == State.STOPPED).all()


def test_a_lost_meter_of_treatment_accuses_nobody():
    assert not (paired(full(RUNNING), full(MISSING)).states == State.IDLE_TREATMENT).any()


def test_one_of_two_treatment_lines_that_runs_is_enough():
    produced = today(full(RUNNING))
    idle, busy = (track(treatment(), series([full(v)], "T1", first=ON), TREATED, PLAIN) for v in (0, 1000))
    assert not (pair([produced], [idle, busy]).states == State.IDLE_TREATMENT).any()


def test_production_is_not_stopped_while_one_of_its_lines_sends_nothing():
    one, other = today(full(0)), today(full(MISSING))
    assert (pair([one, other], []).states == State.LOST).all()
    assert (pair([one, today(full(RUNNING))], []).states == State.NORMAL).all()


def test_stretches_follow_each_other_without_gaps():
    row = full(RUNNING)
    row[8:12], row[12] = 0, MISSING
    found = today(row).stretches()
    assert [one.state for one in found] == [State.NORMAL, State.STOPPED, State.LOST, State.NORMAL]
    assert (found[1].first, found[1].last) == (at(ON, 2), at(ON, 3))
    assert found[0].first == at(ON) and found[-1].last == at(ON + timedelta(days=1))


@given(st.lists(st.booleans(), max_size=60))
def test_runs_cover_exactly_what_is_true(flags):
    array = np.array(flags, bool)
    covered = np.zeros(len(flags), bool)
    for begin, end in runs(array):
        assert end > begin and not covered[begin:end].any()
        covered[begin:end] = True
    assert covered.tolist() == flags


@settings(max_examples=40)
@given(st.lists(st.sampled_from(list(State)), min_size=SLOTS, max_size=SLOTS))
def test_stretches_give_back_the_states(states):
    found = stretches_of(np.array([states], np.uint8), ON)
    back = [one.state for one in found for _ in range(int((one.last - one.first).total_seconds() // 900))]
    assert back == states


def test_the_level_of_a_stop_is_the_highest_of_its_sources():
    level = stop_level(production(holding_wh=2500, holding_grounds="x"), BASES["workday"], book("power"))
    assert level.wh == 2500 and "running load" in str(level.said)
