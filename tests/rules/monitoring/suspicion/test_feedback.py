"""What people found: precision, and thresholds that would have spared false alarms."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.suspicion.feedback import Feedback, Finding, precision, propose

RIGHT, WRONG, OPEN = Finding.CONFIRMED, Finding.FALSE_ALARM, Finding.OPEN


def verdicts(threshold: str, *scores: tuple[float, Finding]) -> list[Feedback]:
    return [Feedback(threshold.split("_")[0].upper(), threshold, score, finding) for score, finding in scores]


def test_precision_counts_what_was_decided_and_open_ones_apart():
    found = precision([*verdicts("r1_gas", (12, RIGHT), (13, WRONG), (14, WRONG), (15, OPEN)), *verdicts("r10_velocity", (2, OPEN))])
    assert list(found) == ["R1", "R10"]
    assert (found["R1"].value, found["R1"].open) == (Fraction(1, 3), 1)
    assert found["R10"].value is None


def test_a_threshold_that_spares_the_false_alarms_becomes_an_override_with_its_figures():
    scores = [(n, WRONG) for n in range(12, 19)] + [(n, RIGHT) for n in (20, 25, 30)]
    found = propose(verdicts("r1_gas", *scores), "r1_gas")
    assert (found.spared, found.lost) == (4, 0)
    assert found.override["value"] == "16"
    changed = book("suspicion").overridden([found.override])
    assert changed.whole("r1_gas") == 16 and "4 false alarms" in changed.entry("r1_gas").override


def test_a_threshold_below_which_scores_count_is_lowered():
    scores = [(0.019, WRONG)] * 8 + [(0.004, RIGHT)] * 4
    found = propose(verdicts("r2_cv", *scores), "r2_cv")
    assert 0.004 < float(found.override["value"]) <= 0.019
    assert (found.spared, found.lost) == (8, 0)


def test_a_threshold_that_has_to_be_passed_stays_below_the_sign_that_is_kept():
    scores = [(11.0, WRONG)] * 8 + [(60.0, RIGHT)] * 4
    found = propose(verdicts("r16_minutes", *scores), "r16_minutes")
    assert 11 < float(found.override["value"]) < 60


@pytest.mark.parametrize(
    "scores, code",
    [([(12, WRONG)] * 9, "too_few"), ([(12, WRONG)] * 5 + [(13, RIGHT)] * 5, "good"), ([(12, WRONG)] * 10, "no_threshold"),
     ([(12, OPEN)] * 50, "too_few"), ([(30, WRONG)] * 9 + [(12, RIGHT)] * 3, "no_threshold")],
)  # fmt: skip
def test_nothing_is_proposed_without_reason(scores, code):
    found = propose(verdicts("r1_gas", *scores), "r1_gas")
    assert found.override is None and found.reason.code == code


def test_a_threshold_outside_of_the_bounds_of_the_book_is_not_proposed():
    found = propose(verdicts("r2_cv", *[(0.0005, WRONG)] * 9, *[(0.00001, RIGHT)] * 3), "r2_cv")
    assert found.override is None and found.reason.code == "out_of_bounds"


@given(st.lists(st.tuples(st.integers(12, 40), st.sampled_from([RIGHT, WRONG])), min_size=10, max_size=60))
def test_what_is_proposed_reaches_the_precision_that_is_wanted(scores):
    found = propose(verdicts("r1_gas", *scores), "r1_gas")
    if found.override is not None:
        kept = [finding for score, finding in scores if score >= int(found.override["value"])]
        assert kept.count(RIGHT) * 2 >= len(kept) > 0
        assert found.spared == [f for _s, f in scores].count(WRONG) - kept.count(WRONG)
        assert found.lost == [f for _s, f in scores].count(RIGHT) - kept.count(RIGHT)
