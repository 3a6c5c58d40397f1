"""What a line takes on a usual day (E1)."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest

from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.power.baseline import Calendar, DayKind, Exclusion, baseline
from lantian.rules.monitoring.power.readings import MISSING, SLOTS
from tests.rules.monitoring.power.power_helpers import MONDAY, PLAIN, RESTING, RUNNING, series, usual, works

END = MONDAY + timedelta(days=56)


def codes(found) -> list[str]:
    return [reason.code for reason in found.reasons]


def test_the_baseline_of_a_working_day_is_the_median_of_the_last_thirty_of_them():
    found = usual(series(works()), END)
    assert found.usable and len(found.days) == 30
    assert found.days[-1] == END - timedelta(days=3)
    assert (found.medians() == RUNNING).all()
    assert (found.running_wh, found.day_p50, found.rest_base_wh) == (RUNNING, RUNNING * SLOTS, RESTING)


def test_the_day_itself_and_later_ones_never_enter_their_own_baseline():
    wh = works()
    wh[-7:] = 1
    assert (usual(series(wh), END - timedelta(days=7)).medians() == RUNNING).all()


@pytest.mark.parametrize("workdays, usable", [(14, True), (13, False)])
def test_fourteen_usual_days_make_a_baseline_and_thirteen_do_not(workdays, usable):
    wh = works(18)
    first = MONDAY if workdays == 14 else MONDAY + timedelta(days=1)
    found = usual(series(wh[-(18 - (first - MONDAY).days):], first=first), MONDAY + timedelta(days=18))
    assert (len(found.days), found.usable) == (workdays, usable)
    if not usable:
        assert codes(found) == ["too_few_days"] and found.p50 is None


def test_days_of_warnings_season_repair_and_outage_and_holidays_are_left_out_and_named():
    wh = works()
    out = {MONDAY + timedelta(days=28 + n): why for n, why in enumerate(Exclusion) if why is not Exclusion.INCOMPLETE}
    for day in out:
        wh[(day - MONDAY).days] = 77
    holiday = MONDAY + timedelta(days=42)
    wh[42] = 88
    found = baseline(series(wh), END, Calendar(holidays=frozenset({holiday})), excluded=out)
    assert (found.medians() == RUNNING).all() and (found.p10 == RUNNING).all()
    assert found.excluded[holiday] is Exclusion.HOLIDAY
    assert {found.excluded[day] for day in out} == set(out.values())


@pytest.mark.parametrize("missing, counts", [(9, True), (10, False)])
def test_a_day_with_less_than_ninety_per_cent_of_its_readings_is_not_usual(missing, counts):
    wh = works()
    day = END - timedelta(days=3)
    wh[(day - MONDAY).days, :missing] = MISSING
    found = usual(series(wh), END)
    assert (day in found.days) is counts
    assert (found.excluded.get(day) is Exclusion.INCOMPLETE) is not counts


def test_a_working_weekend_day_and_a_rest_day_are_not_held_against_each_other():
    saturday = MONDAY + timedelta(days=5)
    assert PLAIN.kind(saturday) is DayKind.REST_DAY
    assert Calendar(worked=frozenset({saturday})).kind(saturday) is DayKind.WORKDAY
    assert usual(series(works(112)), saturday + timedelta(days=105)).medians()[0] == RESTING


def test_a_holiday_is_held_against_rest_days_and_says_so():
    on = MONDAY + timedelta(days=112)
    found = baseline(series(works(112)), on, Calendar(holidays=frozenset({on})))
    assert found.kind is DayKind.REST_DAY and "holiday" in codes(found)


@pytest.mark.parametrize("rest, base", [(RUNNING // 2, RUNNING // 2), (RUNNING // 2 + 1, None)])
def test_a_works_that_runs_on_rest_days_has_no_base_load_of_rest_days(rest, base):
    found = usual(series(works(rest=rest)), END)
    assert found.rest_base_wh == base
    assert ("works_on_rest_days" in codes(found)) is (base is None)


@pytest.mark.parametrize("rest_days, known", [(4, True), (3, False)])
def test_four_rest_days_give_a_base_load_and_three_do_not(rest_days, known):
    weekends = [MONDAY + timedelta(days=n) for n in range(56) if n % 7 >= 5]
    excluded = dict.fromkeys(weekends[rest_days:], Exclusion.OUTAGE)
    assert (usual(series(works()), END, excluded=excluded).rest_base_wh == RESTING) is known


def test_the_reach_of_the_book_bounds_how_far_back_days_are_looked_for():
    rules = book("power").overridden([{"book": "power", "entry": "baseline_reach_days", "value": "30", "grounds": "x"}])
    found = baseline(series(works()), END, PLAIN, rules=rules)
    assert min(found.days) >= END - timedelta(days=30) and len(found.days) == 20


def test_ranges_are_centiles_of_the_same_quarter_hour():
    wh = works(140)
    rng = np.random.default_rng(7)
    wh += rng.integers(-2000, 2000, wh.shape) * (wh == RUNNING)
    found = usual(series(wh), MONDAY + timedelta(days=140))
    rows = np.stack([wh[(day - MONDAY).days] for day in found.days])
    assert found.medians().tolist() == np.rint(np.median(rows, axis=0)).astype(int).tolist()
    assert (found.p10 <= found.medians()).all() and (found.medians() <= found.p90).all()
    assert found.day_p10 < found.day_p50 < found.day_p90


def test_a_series_that_begins_after_the_day_has_no_baseline():
    assert not usual(series(works(5)), date(2026, 1, 1)).usable
