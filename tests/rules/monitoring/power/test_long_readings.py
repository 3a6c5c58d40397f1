"""Meters that give one reading for half an hour or an hour: judged by it, and never more finely than it tells."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from lantian.rules.monitoring.errors import InputError
from lantian.rules.monitoring.power.orders import judge_limit, judge_stop
from lantian.rules.monitoring.power.readings import (
    MISSING,
    SLOTS,
    Generation,
    OwnGeneration,
    Series,
    used,
    window,
)
from lantian.rules.monitoring.power.states import State, pair, sure, track
from lantian.rules.monitoring.power.treatment import judge_lag, judge_treatment
from lantian.rules.monitoring.power.verdict import Outcome
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
BASES = both(series(works(56)), ON)
TREATED = both(series(works(56) // 10, "T1"), ON)


def long(row, parts: int, line: str = "L1") -> Series:
    return Series(line, ON, np.array([row], np.int64), np.full((1, SLOTS), parts, np.int64))


def but(value: int, begin: int, end: int, other: int) -> np.ndarray:
    row = np.full(SLOTS, value)
    row[begin:end] = other
    return row


@pytest.mark.parametrize(
    ("parts", "slots", "outcome"),
    [
        (1, 1, Outcome.PASSED),
        (1, 2, Outcome.SUSPECTED),
        (2, 2, Outcome.PASSED),
        (2, 4, Outcome.SUSPECTED),
        (4, 4, Outcome.PASSED),
        (4, 8, Outcome.SUSPECTED),
    ],
)
def test_a_stop_is_broken_only_where_the_load_lasted_half_an_hour_for_sure(parts: int, slots: int, outcome: Outcome) -> None:
    found = judge_stop(production(), long(but(0, 40, 40 + slots, RUNNING), parts), BASES[next(iter(BASES))], at(ON), at(ON, 24 - 1))

    assert outcome is found.outcome
    assert (parts > 1) == ("long_readings" in [note.code for note in found.notes])


def test_a_limit_is_a_matter_of_energy_and_judged_as_with_quarter_hours() -> None:
    row, usual = np.full(SLOTS, RUNNING * 6 // 10), BASES[next(iter(BASES))]
    fine = judge_limit(production(), series([row], first=ON), usual, 30, at(ON), at(ON, 23))
    rough = judge_limit(production(), long(row, 4), usual, 30, at(ON), at(ON, 23))

    assert (Outcome.PASSED, str(fine.reason)) == (rough.outcome, str(rough.reason))
    assert any("60" in str(note) for note in rough.notes)


def test_every_state_says_over_how_long_its_reading_goes() -> None:
    found = track(production(), long(but(RUNNING, 0, 4, 0), 4), BASES, PLAIN)

    assert [State.STOPPED] * 4 + [State.NORMAL] == [found.state(ON, slot) for slot in range(5)]
    assert "60" in str(found.why(ON, 0)) and "stopped" == found.why(ON, 0).code
    assert "60" not in str(track(production(), series([np.full(SLOTS, 0)], first=ON), BASES, PLAIN).why(ON, 0))


def paired(p, t, parts: int):
    return pair(
        [track(production(), long(p, 1), BASES, PLAIN)], [track(treatment(), long(t, parts, "T1"), TREATED, PLAIN)]
    )


@pytest.mark.parametrize(("slots", "outcome"), [(4, Outcome.PASSED), (8, Outcome.SUSPECTED)])
def test_treatment_by_the_hour_is_idle_only_after_two_hours(slots: int, outcome: Outcome) -> None:
    running = np.full(SLOTS, RUNNING)
    found = paired(running, but(RUNNING // 10, 40, 40 + slots, 0), 4)

    assert outcome is judge_treatment(found).outcome
    assert outcome is judge_treatment(paired(running, but(RUNNING // 10, 40, 44, 0), 1)).outcome or slots == 4


@pytest.mark.parametrize(("late", "outcome"), [(4, Outcome.PASSED), (8, Outcome.SUSPECTED)])
def test_a_late_start_within_the_reading_of_an_hour_accuses_nobody(late: int, outcome: Outcome) -> None:
    found = paired(but(RUNNING, 0, 32, 0), but(RUNNING // 10, 0, 32 + late, 0), 4)
    assert outcome is judge_lag(found).outcome


def test_what_is_sure_of_a_stretch_goes_by_its_longest_reading() -> None:
    parts = np.array([1, 1, 4, 4, 4, 4, 2, 2])
    assert [2, 1, 3, 1] == [sure(a, b, parts) for a, b in ((0, 2), (2, 6), (0, 6), (6, 8))]


def test_own_generation_takes_the_longer_reading_of_both() -> None:
    row = np.full(SLOTS, 100)
    found = used(long(row, 1), Generation(OwnGeneration.METERED, long(row, 4, "own"))).series
    assert found is not None and found.parts is not None
    assert (4, 200) == (found.parts_of(ON, 7), int(found.wh[0, 7]))
    assert 4 == int(window(found, at(ON), at(ON, 1)).parts.max())


@pytest.mark.parametrize("parts", [np.full((1, SLOTS), 3), np.ones((2, SLOTS)), np.zeros((1, SLOTS))])
def test_parts_that_are_none_are_refused(parts: np.ndarray) -> None:
    with pytest.raises(InputError):
        Series("L1", ON, np.full((1, SLOTS), MISSING, np.int64), parts)
