"""Judging by electricity: usual days are quiet, sins are found, every state says why."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

from lantian.apps.air import lake
from lantian.apps.core.actions import Actor
from lantian.apps.monitoring.actions.power import (
    AddMeter,
    AddPeriod,
    ChangeMeter,
    RetireMeter,
    SetPowerSite,
    WithdrawPeriod,
)
from lantian.apps.monitoring.models import (
    Alarm,
    Device,
    Load,
    Meter,
    PowerBaseline,
    PowerCheck,
    PowerFinding,
    PowerSpan,
)
from lantian.apps.monitoring.power_alarms import alarm_of, tell
from lantian.apps.monitoring.power_baselines import baselines
from lantian.apps.monitoring.power_judging import Outcomes, check_order, judge_due, judge_site
from lantian.apps.monitoring.power_series import series_of, sites
from lantian.apps.monitoring.showing_power import notes_of, why_words
from lantian.apps.monitoring.tests.power_city import NOW, Works, usual, write
from lantian.lake.power.tables import POWER_READING
from lantian.rules.air.labels import BEIJING

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
#: a Tuesday and the Wednesday after it
DAY, NEXT, TODAY = date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 26)


def judge(mill: Works, since: date = DAY) -> Outcomes:
    return judge_site(sites([mill.source.pk])[0], NOW, since)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=BEIJING)


def suspected(rule: str) -> list[PowerFinding]:
    return list(PowerFinding.objects.filter(rule=rule).order_by("start"))


def test_usual_days_are_quiet_and_each_state_says_why(running: Works) -> None:
    judge(running, date(2026, 11, 16))

    assert not PowerFinding.objects.exists()
    load = running.load("P1")
    assert ("normal", NOW.replace(minute=15)) == (load.state, load.judged_to)
    assert (at(TODAY, 6), 96) == (load.since, len(load.strip))
    assert 390 <= load.usual_kw <= 410
    states = set(PowerSpan.objects.filter(load=load).values_list("state", flat=True))
    assert {"normal", "stopped"} == states
    for span in PowerSpan.objects.filter(load=load, start__gte=at(TODAY, 0)):
        assert why_words(span.why)
        assert "power" == span.why["book"]
    # The states of a load follow each other without gap or overlap.
    spans = list(PowerSpan.objects.filter(load=load).order_by("start"))
    assert all(one.end == two.start and one.state != two.state for one, two in pairwise(spans))


def test_the_baseline_of_a_month_is_made_of_the_days_before_it_and_stays(running: Works) -> None:
    judge(running)
    row = PowerBaseline.objects.get(load=running.load("P1"), month="2026-11")
    workday = row.values["kinds"]["workday"]

    assert ("2026-11-01", False) == (workday["on"], "during" in [one["code"] for one in workday["reasons"]])
    assert max(workday["days"]) < "2026-11-01"
    assert 96 == len(workday["p50"])
    judge(running)
    assert row.computed_at == PowerBaseline.objects.get(pk=row.pk).computed_at


def test_treatment_that_stands_still_while_production_runs_is_suspected_and_shown_on_its_strip(running: Works) -> None:
    running.change("T1", NEXT, lambda slot: 2 if 80 <= slot < 88 else None)

    judge(running)

    (found,) = suspected("E6")
    assert (running.load("T1"), at(NEXT, 20), at(NEXT, 22)) == (found.load, found.start, found.end)
    assert "治理" in why_words(found.why)
    assert any("30" in note for note in notes_of(found.why))
    span = PowerSpan.objects.get(load=found.load, state="idle")
    assert (found.start, found.end) == (span.start, span.end)
    assert "i" in found.load.strip
    # Judged again, it is the same row.
    judge(running)
    assert [found.pk] == [one.pk for one in suspected("E6")]


def test_a_correction_that_clears_a_suspicion_takes_it_away(running: Works) -> None:
    running.change("T1", NEXT, lambda slot: 2 if 80 <= slot < 88 else None)
    judge(running)
    running.change("T1", NEXT, lambda slot: 60 if 80 <= slot < 88 else None)

    judge(running)

    assert not suspected("E6")
    assert "i" not in running.load("T1").strip


def test_a_line_without_treatment_of_its_own_does_not_accuse_the_facility(running: Works) -> None:
    # The facility serves L1 alone: that L2 runs while both rest says nothing.
    running.change("P1", NEXT, lambda slot: 20 if slot >= 80 else None)
    running.change("T1", NEXT, lambda slot: 2 if slot >= 80 else None)
    judge(running)
    assert not suspected("E6")

    ChangeMeter(SYSTEM, running.meters["T1"], serves=[]).execute()
    judge(running)
    assert 1 == len(suspected("E6"))


def test_treatment_that_starts_late_is_told(running: Works) -> None:
    running.change("T1", NEXT, lambda slot: 2 if 24 <= slot < 29 else None)

    judge(running)

    (found,) = suspected("E6-lag")
    assert (at(NEXT, 6), at(NEXT, 7, 15)) == (found.start, found.end)


def test_load_that_comes_back_at_night_is_told_for_lines_only(running: Works) -> None:
    running.change("P2", DAY, lambda slot: 190 if slot >= 88 else (10 if slot >= 48 else None))
    running.change("P2", NEXT, lambda slot: 190 if slot < 24 else None)

    judge(running)

    (found,) = suspected("E7")
    assert (running.load("P2"), at(DAY, 22), at(NEXT, 6)) == (found.load, found.start, found.end)


def test_a_meter_that_falls_silent_is_told_after_its_time(running: Works) -> None:
    Meter.objects.create(
        number="P3", source=running.source, role="production", unit=None,
        load=Load.objects.create(source=running.source, role="production"),
    )  # fmt: skip
    write(lake(), ("P3",), date(2026, 9, 1), DAY, NOW, lambda _number, day, slot: usual("P2", day, slot))

    judge(running)

    (found,) = suspected("LOST")
    load = running.load("P3")
    # Up to an hour ago: what is younger may still come.
    assert (at(NEXT, 0), NOW.replace(hour=8, minute=15)) == (found.start, found.end)
    assert ("lost", found.end) == (load.state, load.judged_to)
    assert 0 < judge_due(NOW + timedelta(hours=1)).loads


def test_new_readings_make_an_enterprise_due_and_judging_settles_it(running: Works) -> None:
    assert 4 == judge_due(NOW).loads
    assert not Load.objects.filter(fresh_from__isnull=False).exists()
    assert 0 == judge_due(NOW).loads


# Orders ------------------------------------------------------------------------------------------------------------------


def order(mill: Works, **more: object) -> object:
    values = {
        "name": "橙色预警", "kind": "warning", "document": "", "start": at(DAY, 12), "end": at(NEXT, 12),
        "demand": "stop", "percent": None, "grace_minutes": 0, "region": mill.source.region.parent,
        **more,
    }  # fmt: skip
    return AddPeriod(SYSTEM, **values).execute()


def stop(mill: Works, number: str, rest: float) -> None:
    mill.change(number, DAY, lambda slot: rest if slot >= 48 else None)
    mill.change(number, NEXT, lambda slot: rest if slot < 48 else None)


def test_an_order_to_stop_is_held_against_each_line(running: Works) -> None:
    stop(running, "P1", 20)
    period = order(running)

    judge(running)

    results = {check.load: check for check in PowerCheck.objects.filter(period=period)}
    kept, broken = results[running.load("P1")], results[running.load("P2")]
    assert 2 == len(results)  # the whole plant is not held against it where its lines are metered
    assert ("passed", "suspected") == (kept.outcome, broken.outcome)
    assert kept.reduced_percent > 80 > 10 > broken.reduced_percent
    assert (96, 96) == (kept.due, kept.present)
    (found,) = suspected("E3")
    assert (running.load("P2"), period) == (found.load, found.period)
    assert "疑似" in why_words(found.why)


def test_an_order_to_limit_is_judged_by_its_share(running: Works) -> None:
    stop(running, "P1", 230)
    period = order(running, demand="limit", percent=30)

    judge(running)

    results = {check.load.meters.get().number: check.outcome for check in PowerCheck.objects.filter(period=period)}
    assert {"P1": "suspected", "P2": "suspected"} == results


def test_grace_and_holding_load_are_honoured(running: Works) -> None:
    stop(running, "P1", 150)
    stop(running, "P2", 10)
    running.change("P2", DAY, lambda slot: 200 if 48 <= slot < 56 else None)
    period = order(running, grace_minutes=120)

    judge(running)
    results = {check.load.meters.get().number: check.outcome for check in PowerCheck.objects.filter(period=period)}
    assert {"P1": "suspected", "P2": "passed"} == results

    ChangeMeter(SYSTEM, running.meters["P1"], holding_kw=160, holding_grounds="保温，县分局核定").execute()
    judge(running)
    kept = PowerCheck.objects.get(period=period, load=running.load("P1"))
    assert "passed" == kept.outcome
    assert "保温" in why_words(kept.why)


def test_days_of_orders_enter_no_baseline_and_a_withdrawn_order_counts_no_more(running: Works) -> None:
    period = order(running, start=at(date(2026, 10, 12), 0), end=at(date(2026, 10, 18), 0), sources=[running.source])
    judge(running)
    kept = PowerBaseline.objects.get(load=running.load("P1"), month="2026-11").values["kinds"]["workday"]
    assert "warning" == kept["excluded"]["2026-10-14"]
    assert "2026-10-14" not in kept["days"]

    WithdrawPeriod(SYSTEM, period, reason="录入有误").execute()

    assert not PowerCheck.objects.exists()
    judge(running)
    again = PowerBaseline.objects.get(load=running.load("P1"), month="2026-11").values["kinds"]["workday"]
    assert "2026-10-14" not in again["excluded"]


def test_own_generation_that_nobody_knows_makes_the_whole_plant_impossible_to_judge(running: Works) -> None:
    for number in ("P1", "P2"):
        RetireMeter(SYSTEM, running.meters[number], reason="拆除").execute()
    SetPowerSite(SYSTEM, running.source, own_generation="unknown", ratio=None, note="").execute()
    period = order(running)

    judge(running)

    (check,) = PowerCheck.objects.filter(period=period)
    assert (running.load("W1"), "cannot_judge") == (check.load, check.outcome)
    assert "E2" in why_words(check.why)
    assert "unknown" == running.load("W1").state


def test_readings_that_lack_during_an_order_are_told_as_lost(running: Works) -> None:
    period = order(running)
    site = sites([running.source.pk])[0]
    series = series_of(site, DAY, NEXT)
    load = running.load("P1")
    energy = series[load.pk]
    energy.wh[0, 60:] = -1
    energy.wh[1, :] = -1
    energy.wh[0, 48:60] = 100

    found = check_order(site, load, period, energy, baselines(site, "2026-11", NEXT), NOW)

    assert ("lost", 12, 96) == (found.values["outcome"], found.values["present"], found.values["due"])


def test_a_suspicion_becomes_an_alarm_with_its_curves_and_grows_with_it(running: Works) -> None:
    running.change("T1", NEXT, lambda slot: 2 if 80 <= slot < 84 else None)
    judge(running)

    assert (1, 0) == (tell(NOW), tell(NOW))
    (alarm,) = Alarm.objects.filter(cause="power")
    assert ("E6", at(NEXT, 20), at(NEXT, 21), running.source) == (alarm.rule, alarm.begin, alarm.end, alarm.source)
    assert alarm.evidence["series"]
    told = {entry["entry"] for entry in alarm.evidence["books"]}
    assert {"production_on_percent", "treatment_off_percent", "treatment_minutes"} == told

    running.change("T1", NEXT, lambda slot: 2 if 84 <= slot < 88 else None)
    judge(running)
    assert 0 == tell(NOW + timedelta(minutes=5))
    alarm.refresh_from_db()
    assert at(NEXT, 22) == alarm.end
    assert alarm == alarm_of(PowerFinding.objects.get(rule="E6"))


def test_the_stack_makes_a_suspicion_firm_or_sends_somebody_to_look(running: Works, put: Any) -> None:
    stack = Device.objects.create(mn="LT0099", kind="cems", source=running.source, unit=running.lines[0], seen_at=NOW)
    stop(running, "P1", 200)
    stop(running, "P2", 10)
    order(running)
    put(stack.mn, at(DAY, 0), {"a01011": ["8"] * 48, "a01012": ["90"] * 48, "a19001": ["9"] * 48})
    judge(running)
    (found,) = suspected("E3")
    assert "firm" == found.why["confidence"]
    assert any("同样显示运行（E8）" in note for note in notes_of(found.why))
    put(stack.mn, at(DAY, 0), {"a01011": ["0.2"] * 48, "a01012": ["25"] * 48, "a19001": ["20.9"] * 48})
    judge(running)
    (found,) = suspected("E3")
    assert "site_visit" == found.why["confidence"]
    assert any("须现场核查（E8）" in note for note in notes_of(found.why))


def test_of_several_stacks_none_is_asked_that_belongs_to_no_line(running: Works, put: Any) -> None:
    for number in (1, 2):
        stack = Device.objects.create(mn=f"LT009{number}", kind="cems", source=running.source, seen_at=NOW)
        put(stack.mn, at(DAY, 0), {"a01011": ["8"] * 48, "a01012": ["90"] * 48, "a19001": ["9"] * 48})
    stop(running, "P1", 200)
    stop(running, "P2", 10)
    order(running)
    judge(running)
    (found,) = suspected("E3")
    assert not any("E8" in note for note in notes_of(found.why))


def test_a_meter_that_sends_whole_hours_is_not_said_to_send_nothing(running: Works) -> None:
    AddMeter(
        SYSTEM, number="P4", source=running.source, role="production", unit=running.lines[1], serves=[], ct=1, pt=1
    ).execute()  # fmt: skip
    utc = pa.timestamp("us", tz="UTC")
    ends = [at(DAY, 0) + timedelta(hours=n + 1) for n in range(33)]
    table = pa.table(
        {
            "meter": ["P4"] * 33, "start": pa.array([end - timedelta(hours=1) for end in ends], utc),
            "end": pa.array(ends, utc), "energy_wh": pa.array([40_000] * 33, pa.int64()), "door": ["test"] * 33,
        }
    )  # fmt: skip
    lake().put(POWER_READING, table, batch="hours")
    Load.objects.update(fresh_from=NOW - timedelta(days=2))
    judge(running)
    assert [] == [found for found in suspected("LOST") if found.load == running.load("P4")]


def test_what_the_office_sets_otherwise_decides_when_a_line_has_stopped(
    running: Works, settings: Any, tmp_path: Any
) -> None:
    settings.DATA = str(tmp_path)
    (tmp_path / "books").mkdir()
    own = [{"book": "power", "entry": "stop_percent", "value": "50", "grounds": "本市要求"}]
    (tmp_path / "books" / "monitoring-overrides.json").write_text(json.dumps(own), "utf-8")
    stop(running, "P1", 180)
    stop(running, "P2", 10)
    order(running)
    judge(running)
    assert [] == suspected("E3")
