"""Each rule on both sides of its threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lantian.rules.monitoring.book import book
from lantian.rules.monitoring.errors import InputError
from lantian.rules.monitoring.suspicion import stops
from lantian.rules.monitoring.suspicion.columns import Observations, observations, runs_of
from lantian.rules.monitoring.suspicion.run import RULES, examine
from lantian.rules.monitoring.suspicion.sign import Context, Period
from tests.rules.monitoring.suspicion.made_up import FIVE, HOUR, START, look, make, wavy

# --- R1 ---


def constant(count: int, value: float = 12.3) -> np.ndarray:
    values = wavy(100)
    values[20 : 20 + count] = value
    return values


@pytest.mark.parametrize("count, hits", [(11, 0), (12, 1), (40, 1)])
def test_r1_twelve_equal_values_of_a_gas_are_too_many(count, hits):
    found = look("R1", make(A={"so2": constant(count)}))
    assert len(found) == hits
    if hits:
        assert (found[0].score, found[0].bound, found[0].outlets) == (count, 12, ("A",))
        assert found[0].last - found[0].first == (count - 1) * FIVE
        assert found[0].text().startswith("suspected") and "12.3" in found[0].text()


@pytest.mark.parametrize("count, hits", [(23, 0), (24, 1)])
def test_r1_oxygen_is_allowed_to_stand_longer(count, hits):
    assert len(look("R1", make(A={"o2": constant(count)}))) == hits


def test_r1_leaves_zeros_moisture_and_values_without_a_normal_mark_alone():
    assert not look("R1", make(A={"so2": constant(40, 0.0), "moisture": constant(40)}))
    assert not look("R1", make(A={"so2": constant(40)}, marks={"so2": "F"}))


def test_r1_is_not_fooled_by_a_station_that_sends_every_half_minute():
    assert not look("R1", make(step=30, A={"so2": constant(60)}))
    assert look("R1", make(step=30, A={"so2": np.full(112, 12.3)}))


def test_r1_a_gap_and_another_outlet_part_a_run_and_missing_values_do_not_lengthen_it():
    first, second = make(A={"so2": [5.0] * 8}), make(start=START + 8 * FIVE + 1801, A={"so2": [5.0] * 8})
    both = observations(
        ["A"] * 16, np.concatenate([first.time, second.time]), {"so2": np.full(16, 5.0)}
    )
    assert not look("R1", both)
    assert not look("R1", make(A={"so2": [5.0] * 11}, B={"so2": [5.0] * 11}))
    holes = [5.0, np.nan] * 11
    assert not look("R1", make(A={"so2": holes}))


# --- R2 ---


@pytest.mark.parametrize("spread, flow, hits", [(0.019, 0.2, 1), (0.021, 0.2, 0), (0.019, 0.03, 0)])
def test_r2_a_day_that_hardly_spreads_while_the_flow_does(spread, flow, hits):
    swing = np.tile([1.0, -1.0], 12)
    data = make(HOUR, A={"nox": 40 * (1 + spread * swing), "flow": 1e5 * (1 + flow * swing)})
    assert len(look("R2", data, "hour")) == hits


def test_r2_needs_twenty_hours_of_one_day():
    swing = np.tile([1.0, -1.0], 10)
    columns = {"nox": 40 * (1 + 0.01 * swing), "flow": 1e5 * (1 + 0.2 * swing)}
    assert look("R2", make(HOUR, A=columns), "hour")
    assert not look("R2", make(HOUR, A={name: values[1:] for name, values in columns.items()}), "hour")
    assert not look("R2", make(HOUR, start=START + 12 * HOUR, A=columns), "hour")


# --- R3 ---


def test_r3_a_drawn_wave_is_found_and_noise_and_the_load_of_a_day_are_not():
    at = np.arange(288)
    noise = np.random.default_rng(3).normal(0, 0.1, 288)
    wave = 40 + 1.0 * np.sin(at * 2 * np.pi / 12) + noise
    (found,) = look("R3", make(A={"nox": wave}))
    assert dict(found.values)["cycles"] == "24" and found.score > 0.9
    assert not look("R3", make(A={"nox": 40 + 10 * noise}))
    assert not look("R3", make(A={"nox": 40 + 1.0 * np.sin(at * 2 * np.pi / 288)}))
    assert not look("R3", make(A={"nox": 40 + 10 * np.sin(at * 2 * np.pi / 12)}))


def test_r3_needs_enough_values():
    wave = 40 + np.sin(np.arange(96) * 2 * np.pi / 12)
    assert look("R3", make(A={"nox": wave}))
    assert not look("R3", make(A={"nox": wave[:95]}))


# --- R4, R15 ---


@pytest.mark.parametrize(
    "factor, value, hits",
    [("o2", 21.0, 0), ("o2", 21.01, 1), ("o2", -0.01, 1), ("moisture", 100, 0), ("moisture", 100.1, 1), ("temperature", -40, 0),
     ("temperature", -40.1, 1), ("temperature", 1200.1, 1), ("so2", 0, 0), ("so2", -0.01, 1), ("pressure", -500, 0)],
)  # fmt: skip
def test_r4_what_cannot_be(factor, value, hits):
    found = look("R4", make(A={factor: [15.0, float(value), 16.0]}))
    assert len(found) == hits and all(one.factor == factor for one in found)


def test_r4_tells_the_farthest_value_and_leaves_marked_ones_alone():
    (found,) = look("R4", make(A={"o2": [22.0, 25.0, -1.0]}))
    assert dict(found.values)["worst"] == "25" and found.score == 3
    assert not look("R4", make(A={"o2": [22.0]}, marks={"o2": "C"}))


@pytest.mark.parametrize("row, hits", [((1, 2, 3), 0), ((2, 2, 2), 0), ((2.1, 2, 3), 1), ((1, 3.1, 3), 1), ((np.nan, 2, 3), 0),
                                       ((8, 7.99, 8), 0), ((8, 7.95, 8), 1), ((500, 498, 510), 0), ((500, 497, 510), 1)])  # fmt: skip
def test_r15_minimum_mean_and_maximum(row, hits):
    low, mean, high = ([value] for value in row)
    data = make(A={"nox": mean, "nox.min": low, "nox.max": high})
    assert len(look("R15", data, "minute")) == hits


def test_r15_leaves_a_calibration_alone():
    data = make(A={"nox": [0.0], "nox.min": [20.0], "nox.max": [30.0]}, marks={"nox": "C"})
    assert not look("R15", data, "minute")


# --- R5 ---


def hugging(share_now: float, share_past: float, hours: int = 100):
    def one(share: float, start: int) -> Observations:
        near = int(hours * share)
        return make(HOUR, start, A={"nox.zs": [48.0] * near + [20.0] * (hours - near), "nox": [20.0] * hours})

    return one(share_now, START), Context(past=one(share_past, START - 1000 * HOUR), limits={("A", "nox"): 50.0})


@pytest.mark.parametrize("now, past, hits", [(0.41, 0.1, 1), (0.40, 0.1, 0), (0.9, 0.7, 0), (1.0, 0.0, 1)])
def test_r5_values_just_below_the_limit_far_more_often_than_before(now, past, hits):
    data, context = hugging(now, past)
    assert len(look("R5", data, "hour", context)) == hits


def test_r5_values_above_the_limit_are_no_hugging_and_few_values_say_nothing():
    data, context = hugging(0.9, 0.0)
    above = Context(past=context.past, limits={("A", "nox"): 47.0})
    assert not look("R5", data, "hour", above)
    few, context = hugging(0.9, 0.0, 47)
    assert not look("R5", few, "hour", context)


# --- R6, R7, R8 ---


def diluted(oxygen: float, flow: float = 1.0, heat: float = 1.0):
    past = make(HOUR, START - 1000 * HOUR, A={"o2": np.tile([7.0, 8.0, 9.0, 10.0], 25), "flow": [1e5] * 100, "temperature": [120.0] * 100})
    now = make(HOUR, A={"o2": [oxygen] * 12, "flow": [1e5 * flow] * 12, "temperature": [120.0 * heat] * 12})
    return look("R6", now, "hour", Context(past=past))


@pytest.mark.parametrize(
    "figures, hits", [((11.0,), 0), ((11.1,), 1), ((14.0, 1.09), 1), ((14.0, 1.11), 0), ((14.0, 0.5), 0), ((14.0, 1.0, 0.8), 0)]
)
def test_r6_oxygen_above_its_past_while_the_load_is_steady(figures, hits):
    assert len(diluted(*figures)) == hits


def folded(reference, oxygen, seed=4):
    nox = wavy(len(oxygen), 40, seed=seed)
    return {"nox": nox, "nox.zs": nox * (21 - np.asarray(reference)) / (21 - oxygen), "o2": oxygen}


OXYGEN = np.round(8 + np.sin(np.arange(48)), 1)


@pytest.mark.parametrize("shift, hits", [(0.0, 0), (0.49, 0), (0.51, 1), (3.0, 1)])
def test_r7_a_reference_that_leaves_its_own_past(shift, hits):
    past = make(start=START - 1000 * HOUR, A=folded(6.0, OXYGEN))
    found = look("R7", make(A=folded(6.0 + shift, OXYGEN)), context=Context(past=past))
    assert len(found) == hits
    if hits:
        assert dict(found[0].values)["reference"] == "6"


def test_r7_a_change_within_the_period_is_seen_without_a_past():
    reference = np.where(np.arange(48) < 36, 6.0, 9.0)
    (found,) = look("R7", make(A=folded(reference, OXYGEN)))
    assert found.first == START + 36 * FIVE
    few = np.where(np.arange(48) < 43, 6.0, 9.0)
    assert not look("R7", make(A=folded(few, OXYGEN)))


def test_r7_an_outlet_without_a_tight_cluster_says_nothing():
    rng = np.random.default_rng(5)
    assert not look("R7", make(A=folded(6 + rng.normal(0, 2, 48), OXYGEN)))


def test_r8_a_ratio_that_stays_while_oxygen_moves():
    nox = wavy(24, 40)
    oxygen = OXYGEN[:24]
    still = {"nox": nox, "nox.zs": nox * 1.2, "o2": oxygen}
    assert len(look("R8", make(A=still))) == 1
    assert not look("R8", make(A=folded(6.0, oxygen)))
    assert not look("R8", make(A={**still, "o2": np.full(24, 8.0)}))
    for deviation, hits in ((0.099, 0), (0.101, 1)):
        assert len(look("R8", make(A={**still, "o2": 8 + deviation * np.tile([1.0, -1.0], 12)}))) == hits
    assert not look("R8", make(A={name: values[:11] for name, values in still.items()}))
    same = {"nox": nox, "nox.zs": nox, "o2": oxygen}
    assert not look("R8", make(A=same))
    assert look("R8", make(A=same), context=Context(folds={"A": True}))


# --- R9, R10 ---


@pytest.mark.parametrize("speed, heat, count, hits", [(1.01, 60.1, 3, 1), (1.0, 90, 9, 0), (5, 60, 9, 0), (5, 90, 2, 0)])
def test_r9_flue_gas_that_flows_hot_under_the_mark_of_a_stop(speed, heat, count, hits):
    columns = {"so2": [0.0] * count, "velocity": [speed] * count, "temperature": [heat] * count}
    assert len(look("R9", make(A=columns, marks={"so2": "F"}))) == hits
    assert not look("R9", make(A=columns, marks={"so2": "N"}))


def test_r9_a_stop_that_was_filed_while_the_meter_runs():
    data = make(HOUR, A={"power.on": [1.0] * 5})
    claims = [Period("A", START, START + 3 * HOUR, "stopped")]
    (found,) = look("R9", data, "hour", Context(claims=claims))
    assert (found.score, found.last) == (3, START + 2 * HOUR)
    assert not look("R9", data, "hour", Context(claims=[Period("B", START, START + 9 * HOUR, "stopped")]))
    assert not look("R9", data, "hour", Context(claims=[Period("A", START, START + 2 * HOUR, "stopped")]))


@pytest.mark.parametrize("speed, count, last, hits", [(1.1, 20, 0, 1), (1.0, 20, 0, 0), (5, 19, 0, 0), (5, 20, 0.1, 0)])
def test_r10_all_zero_while_flue_gas_flows(speed, count, last, hits):
    columns = {"so2": [0.0] * count, "nox": [0.0] * (count - 1) + [last], "velocity": [speed] * count}
    assert len(look("R10", make(HOUR, A=columns), "hour")) == hits


def test_r10_zero_under_the_mark_of_a_stop_is_honest():
    columns = {"so2": [0.0] * 24, "velocity": [5.0] * 24}
    assert not look("R10", make(HOUR, A=columns, marks={"so2": "F"}), "hour")


# --- R11, R12, R18 ---

EMPTY = make(HOUR, A={"so2": [1.0] * 24})


def at(hour: float, length: float = 2, kind: str = "stopped", outlet: str = "A") -> Period:
    return Period(outlet, START + int(hour * HOUR), START + int((hour + length) * HOUR), kind)


def cover(claims, exceedances):
    return look("R11", EMPTY, "hour", Context(claims=claims, exceedances=exceedances))


@pytest.mark.parametrize("events, hits", [(4, 0), (5, 1)])
def test_r11_five_exceedances_covered_one_to_one(events, hits):
    marks, peaks = [at(24 * n) for n in range(events)], [at(24 * n + 0.5, 1, "") for n in range(events)]
    assert len(cover(marks, peaks)) == hits


@pytest.mark.parametrize("others, hits", [(2, 1), (3, 0)])
def test_r11_four_fifths_of_marks_and_of_exceedances_must_belong_together(others, hits):
    marks, peaks = [at(24 * n) for n in range(8)], [at(24 * n + 0.5, 1, "") for n in range(8)]
    assert len(cover([*marks, *[at(500 + 24 * n) for n in range(others)]], peaks)) == hits
    assert len(cover(marks, [*peaks, *[at(500 + 24 * n, 1, "") for n in range(others)]])) == hits


def test_r11_long_stops_and_marks_of_maintenance_are_another_matter():
    peaks = [at(24 * n + 0.5, 1, "") for n in range(6)]
    assert cover([at(24 * n) for n in range(6)], peaks)
    assert not cover([at(24 * n - 3, 8) for n in range(6)], peaks)
    assert not cover([at(24 * n, kind="cems_maintenance") for n in range(6)], peaks)


@pytest.mark.parametrize("count, hits", [(6, 0), (7, 1)])
def test_r12_upkeep_more_than_three_times_as_often_as_usual(count, hits):
    marks = [at(24 * n, kind="cems_maintenance") for n in range(count)]
    past = [at(-24 * n, kind="calibration") for n in range(1, 5)]
    context = Context(claims=marks, past_claims=past, past_months=2)
    assert len(look("R12", EMPTY, "hour", context)) == hits


@pytest.mark.parametrize("peaks, hits", [(2, 0), (3, 1)])
def test_r12_upkeep_that_begins_at_exceedances(peaks, hits):
    marks = [at(24 * n, kind="cems_maintenance") for n in range(6)]
    events = [at(24 * n - 1, 1, "") for n in range(peaks)]
    assert len(look("R12", EMPTY, "hour", Context(claims=marks, exceedances=events))) == hits


def gaps(missing, **more):
    so2 = np.array([5.0] * 24)
    so2[list(missing)] = np.nan
    return look(
        "R18", make(HOUR, A={"so2": so2}, B={"so2": [9.0] * 24}), "hour",
        Context(exceedances=[at(12, 1, outlet="B")], neighbours={"A": ("B",)}, **more),
    )  # fmt: skip


@pytest.mark.parametrize("missing, hits", [((11, 12, 13), 1), ((10, 11, 12, 13, 14), 1), ((11, 12), 0), ((1, 2, 3), 0), ((), 0)])
def test_r18_three_hours_missing_around_the_peak_of_a_neighbour(missing, hits):
    found = gaps(missing)
    assert len(found) == hits
    if hits:
        assert found[0].outlets == ("A",) and dict(found[0].values)["neighbour"] == "B"


# --- R13, R14 ---


def mirror(times: int, *, zero: bool = False):
    one, other = wavy(288, seed=1), wavy(288, seed=2)
    nox, mine = wavy(288, 60, seed=3), wavy(288, 60, seed=4)
    rows = slice(0, times)
    other[rows], mine[rows] = one[rows], nox[rows]
    if zero:
        one[:] = other[:] = 0
    return look("R13", make(A={"so2": one, "nox": nox}, B={"so2": other, "nox": mine}))


@pytest.mark.parametrize("times, hits", [(9, 0), (10, 1), (200, 1)])
def test_r13_the_same_two_values_at_the_same_minute_ten_times_a_day(times, hits):
    found = mirror(times)
    assert len(found) == hits
    if hits:
        assert found[0].outlets == ("A", "B") and found[0].score == times


def test_r13_zeros_and_a_default_that_many_loggers_send_mirror_nothing():
    assert not mirror(200, zero=True)
    crowd = {f"S{n}": {"so2": [0.1] * 20, "nox": [0.2] * 20} for n in range(21)}
    assert not look("R13", make(**crowd))


@pytest.mark.parametrize("lag", [0, 3, 12])
def test_r14_a_copy_is_found_at_its_lag(lag):
    source = wavy(140, 50, 10, seed=6, digits=1)
    copy = np.concatenate([wavy(lag, 50, 10, seed=9), source[: 140 - lag] * 1.1])
    (found,) = look("R14", make(A={"nox": source}, B={"nox": copy}, C={"nox": wavy(140, 50, 10, seed=7)}))
    assert set(found.outlets) == {"A", "B"} and dict(found.values)["lag_s"] == str(lag * FIVE)
    if lag:
        assert found.outlets == ("B", "A")


def test_r14_stacks_that_only_rise_and_fall_together_are_no_copies():
    load = 50 + 40 * np.sin(np.arange(140) / 20)
    one, other = (load + np.random.default_rng(seed).normal(0, 0.7, 140) for seed in (1, 2))
    assert not look("R14", make(A={"nox": one}, B={"nox": other}))
    assert look("R14", make(A={"nox": one}, B={"nox": other}), r14_steps="0.5")


def test_r14_a_lag_beyond_the_book_and_too_few_values_say_nothing():
    source = wavy(140, seed=6)
    late = np.concatenate([wavy(13, seed=9), source[:127]])
    assert not look("R14", make(A={"nox": source}, B={"nox": late}))
    assert not look("R14", make(A={"nox": source[:35]}, B={"nox": source[:35]}))
    assert look("R14", make(A={"nox": source[:36]}, B={"nox": source[:36]}))


# --- R16, R17 ---


@pytest.mark.parametrize("late, hits", [(600, 0), (601, 1), (-601, 1)])
def test_r16_a_clock_that_is_off_by_more_than_ten_minutes(late, hits):
    assert len(look("R16", make(A={"so2": wavy(20)}, received=late))) == hits


def test_r16_half_of_the_values_late_were_buffered():
    late = np.where(np.arange(20) < 10, 0, 7200)
    assert not look("R16", make(A={"so2": wavy(20)}, received=late))


def test_r16_a_clock_in_the_year_2000():
    (found,) = look("R16", make(start=949_000_000, A={"so2": [1.0, 2.0]}))
    assert "2000-01-27" in found.text() and found.score == 2000


@pytest.mark.parametrize("twice, hits", [(2, 0), (3, 1)])
def test_r16_moments_that_come_twice_with_other_values(twice, hits):
    data = make(A={"so2": wavy(20)})
    again = observations(
        ["A"] * (20 + twice), np.concatenate([data.time, data.time[:twice]]),
        {"so2": np.concatenate([data.values["so2"], data.values["so2"][:twice] + 1])},
    )  # fmt: skip
    assert len(look("R16", again)) == hits
    same = observations(["A"] * 40, np.tile(data.time, 2), {"so2": np.tile(data.values["so2"], 2)})
    assert not look("R16", same)


def test_r16_supplements_after_an_alarm():
    late = np.where(np.arange(20) < 6, 2 * 86_400, 0)
    data = make(A={"so2": wavy(20)}, received=late)
    alarm = Period("A", START + 10 * FIVE, START + 11 * FIVE)
    (found,) = look("R16", data, context=Context(alarms=[alarm]))
    assert found.threshold == "r16_back_hours"
    assert not look("R16", data, context=Context(alarms=[Period("A", START - 1, START)]))


@pytest.mark.parametrize("after, hits", [(10.1, 0), (10.11, 1), (5.0, 1)])
def test_r17_a_parameter_that_changes_by_more_than_a_hundredth_without_a_log(after, hits):
    data = make(A={"area": [10.0] * 5 + [after] * 5})
    assert len(look("R17", data, context=Context(logs=[]))) == hits
    logged = Period("A", START + 5 * FIVE + 86_400, START)
    assert not look("R17", data, context=Context(logs=[logged]))
    too_late = Period("A", START + 5 * FIVE + 86_401, START)
    assert len(look("R17", data, context=Context(logs=[too_late]))) == hits


# --- R19 to R22 ---


@pytest.mark.parametrize("so2, fgd, fan, hits", [(0.99, 0, 1, 1), (1.0, 0, 1, 0), (0.5, 1, 1, 0), (0.5, 0, 0, 0)])
def test_r19_no_so2_while_desulphurisation_is_off(so2, fgd, fan, hits):
    data = make(HOUR, A={"so2": [so2] * 3, "fgd.on": [fgd] * 3, "fan.on": [fan] * 3})
    assert len(look("R19", data, "hour")) == hits


@pytest.mark.parametrize("count, hits", [(13, 0), (14, 1)])
def test_r20_dust_that_stays_while_blowing_back_for_more_than_an_hour(count, hits):
    dust, state = wavy(40, 5), np.zeros(40)
    dust[10 : 10 + count], state[10 : 10 + count] = 3.3, 1
    assert len(look("R20", make(A={"dust": dust, "blowback": state}))) == hits
    assert not look("R20", make(A={"dust": wavy(40, 5), "blowback": np.ones(40)}))


@pytest.mark.parametrize("production, treatment, count, hits", [(30.1, 9.9, 6, 1), (30, 9.9, 6, 0), (30.1, 10, 6, 0), (90, 0, 5, 0)])
def test_r21_production_on_and_treatment_off_for_half_an_hour(production, treatment, count, hits):
    columns = {"power.production": [production] * count + [0.0] * 3, "power.treatment": [treatment] * count + [50.0] * 3}
    assert len(look("R21", make(A=columns))) == hits


def test_r22_last_digits_that_a_person_chose():
    rng = np.random.default_rng(8)
    honest = np.round(rng.uniform(20, 60, 300), 1)
    chosen = np.where(rng.random(300) < 0.5, np.floor(honest) + 0.7, honest)
    assert not look("R22", make(A={"nox": honest}))
    (found,) = look("R22", make(A={"nox": chosen}))
    assert "7" in found.text() and found.score > 60
    assert not look("R22", make(A={"nox": chosen[:199]}))
    assert not look("R22", make(A={"nox": np.round(honest * 2) / 2}))


# --- all of them ---


def test_rules_say_why_they_did_not_look_and_unknown_ones_are_refused():
    found = examine(make(A={"so2": [1.0]}), "realtime")
    skipped = dict(found.skipped)
    assert set(found.looked) | set(skipped) == {rule.id for rule in RULES}
    assert skipped["R2"].code == "other_period" and skipped["R7"].code == "no_column"
    assert dict(examine(EMPTY, "hour").skipped)["R11"].code == "no_context"
    with pytest.raises(InputError):
        examine(EMPTY, "day")
    with pytest.raises(InputError):
        examine(EMPTY, "hour", only=["R99"])


def test_each_rule_that_counts_events_or_shares_asks_for_days_enough_to_have_them():
    assert {rule.id: rule.days for rule in RULES if rule.days > 1} == {"R5": 7, "R11": 31, "R12": 31}


def test_marks_are_told_apart_by_the_kinds_of_the_book_of_marks():
    kinds = {row["claim"] for row in book("marks").rows if "claim" in row}
    assert stops._STOPS <= kinds and stops._UPKEEP - {"calibration"} <= kinds


def test_there_are_twenty_two_rules():
    assert [rule.id for rule in RULES] == [f"R{n}" for n in range(1, 23)]


def test_no_rows_give_no_signs():
    nothing = observations([], np.array([], np.int64), {name: np.array([]) for name in ("so2", "nox", "o2", "velocity", "flow", "nox.zs", "dust", "blowback", "area")})
    context = Context(past=nothing, limits={("A", "nox"): 1.0}, claims=[], exceedances=[], neighbours={"A": ("B",)}, logs=[])
    for period in ("realtime", "hour"):
        assert examine(nothing, period, context).signs == ()


def test_no_sign_ever_says_violation():
    data = make(A={"so2": constant(40), "o2": np.full(100, 22.0), "velocity": np.full(100, 5.0)})
    for sign in examine(data, "realtime").signs:
        assert "violat" not in sign.text().lower() and sign.text().startswith("suspected")


@pytest.mark.parametrize("time", [[2, 1], [1, 2]])
def test_rows_out_of_order_are_refused_and_sorted_by_the_builder(time):
    if time == [2, 1]:
        with pytest.raises(InputError, match="sorted"):
            Observations(("A",), np.array([0, 0]), np.array(time), {})
    assert observations(["A", "A"], np.array(time), {}).time.tolist() == [1, 2]


def test_columns_of_other_lengths_and_rows_of_no_outlet_are_refused():
    with pytest.raises(InputError, match="one length"):
        Observations(("A",), np.array([0]), np.array([1]), {"so2": np.array([1.0, 2.0])})
    with pytest.raises(InputError, match="no outlet"):
        Observations(("A",), np.array([1]), np.array([1]), {})


@settings(max_examples=60)
@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=40))
def test_runs_are_the_longest_stretches_that_nothing_parts(rows):
    flags, breaks = (np.array([row[k] for row in rows], bool) for k in (0, 1))
    found = list(runs_of(flags, breaks))
    assert sum(end - begin for begin, end in found) == int(flags.sum())
    for begin, end in found:
        assert flags[begin:end].all() and not breaks[begin + 1 : end].any()
        assert begin == 0 or not flags[begin - 1] or breaks[begin]
        assert end == len(rows) or not flags[end] or breaks[end]


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_the_order_of_rows_and_names_of_outlets_change_no_sign(seed, outlets):
    rng = np.random.default_rng(seed)
    columns = {f"S{n}": {"so2": constant(12 if n % 2 else 5), "nox": wavy(100, seed=seed + n)} for n in range(outlets)}
    data = make(**columns)
    order = rng.permutation(data.rows)
    shuffled = observations(
        [data.outlets[n] for n in data.outlet[order]], data.time[order], {k: v[order] for k, v in data.values.items()}
    )
    told, again = (
        [(sign.key, sign.score, sign.text()) for sign in examine(one, "realtime").signs] for one in (data, shuffled)
    )
    assert told == again
    assert len(look("R1", data)) == outlets // 2
