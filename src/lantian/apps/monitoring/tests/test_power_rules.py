"""Each rule of electricity, E1 to E9, from readings in the lake to what people see of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import User
from lantian.apps.monitoring.actions.power import AddPeriod, SetPowerSite
from lantian.apps.monitoring.models import (
    Alarm,
    Device,
    PowerBaseline,
    PowerCheck,
    PowerFinding,
    PowerPeriod,
    PowerSpan,
)
from lantian.apps.monitoring.power_alarms import alarm_of, tell
from lantian.apps.monitoring.power_judging import judge_site
from lantian.apps.monitoring.power_series import sites
from lantian.apps.monitoring.showing_power import evidence_of, notes_of, why_words
from lantian.apps.monitoring.tests.power_city import NOW, Works
from lantian.apps.monitoring.words_power import told
from lantian.rules.air.labels import BEIJING

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system("test")
FIRST = date(2026, 11, 16)
#: nobody is found guilty by a machine
FORBIDDEN = ("违法", "违规", "超标排放", "violation")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=BEIJING)


def order(mill: Works, name: str, start: datetime, end: datetime, **more: Any) -> PowerPeriod:
    values: dict[str, Any] = {
        "name": name, "kind": "warning", "document": "", "start": start, "end": end, "demand": "stop", "percent": None,
        "grace_minutes": 60, "region": mill.source.region, "sources": [mill.source], **more,
    }  # fmt: skip
    return AddPeriod(SYSTEM, **values).execute()


@pytest.fixture
def judged(running: Works, put: Any) -> Works:
    """Ten days in which everything happens that a rule looks for, and their judgement."""
    # 17th: an order to limit by 30 %, which nobody follows. 24th: an order to stop, which the second line does not follow,
    # and the stack of that line says so, too.
    order(running, "限产", at(17, 8), at(17, 20), demand="limit", percent=30, grace_minutes=0)
    order(running, "停产", at(24, 12), at(24, 20))
    running.change("P1", date(2026, 11, 24), lambda slot: 10 if 48 <= slot < 80 else None)
    stack = Device.objects.create(mn="LT0099", kind="cems", source=running.source, unit=running.lines[1], seen_at=NOW)
    put(stack.mn, at(24, 0), {"a01011": ["8"] * 24, "a01012": ["90"] * 24, "a19001": ["9"] * 24})
    # 19th: the second line comes back at night. 25th: treatment late in the morning, and off in the evening.
    running.change("P2", date(2026, 11, 19), lambda slot: 190 if slot >= 88 else (10 if slot >= 48 else None))
    running.change("P2", date(2026, 11, 20), lambda slot: 190 if slot < 24 else None)
    running.change("T1", date(2026, 11, 25), lambda slot: 2 if 24 <= slot < 29 or 80 <= slot < 88 else None)
    SetPowerSite(SYSTEM, running.source, own_generation="unknown", ratio=None, note="").execute()
    judge_site(sites([running.source.pk])[0], NOW, FIRST)
    return running


def suspected(rule: str) -> list[PowerFinding]:
    return list(PowerFinding.objects.filter(rule=rule).select_related("load__source", "load__unit").order_by("start"))


def test_every_rule_from_e1_to_e8_says_something(judged: Works) -> None:
    # E1: what is usual, of which days, and without those of orders.
    base = PowerBaseline.objects.get(load=judged.load("P1"), month="2026-11").values["kinds"]["workday"]
    assert any("E1" in told(one) for one in base["reasons"])
    # E2: the whole plant generates itself, nobody knows how much.
    own = PowerBaseline.objects.get(load=judged.load("W1"), month="2026-11").values["own"]
    assert ["own_generation_unknown"] == [one["code"] for one in own] and "E2" in told(own[0])
    # E3: not stopped; E5: judged an hour after the order; E8: the stack agrees.
    check = PowerCheck.objects.get(period__name="停产", load=judged.load("P2"))
    (stop,) = suspected("E3")
    assert ("suspected", judged.load("P2")) == (check.outcome, stop.load)
    assert "E3" in why_words(check.why)
    assert any("60" in note and "E5" in note for note in notes_of(check.why))
    assert any("E8" in note for note in notes_of(check.why)) and "firm" == check.why["confidence"]
    assert at(24, 13) == evidence_of(check.why)[0]["first"]
    kept = PowerCheck.objects.get(period__name="停产", load=judged.load("P1"))
    assert "passed" == kept.outcome
    # E4: not limited enough, both lines.
    assert {judged.load("P1"), judged.load("P2")} == {one.load for one in suspected("E4")}
    assert all("E4" in why_words(one.why) for one in suspected("E4"))
    # E6: off while production runs, and started late.
    idle = [(one.start, one.end) for one in suspected("E6")]
    assert [(at(25, 6), at(25, 7, 15)), (at(25, 20), at(25, 22))] == idle
    assert [(at(25, 6), at(25, 7, 15))] == [(one.start, one.end) for one in suspected("E6-lag")]
    # E7: back at night.
    (night,) = suspected("E7")
    assert (judged.load("P2"), at(19, 22)) == (night.load, night.start)
    assert "E7" in why_words(night.why)


def _texts() -> Iterator[str]:
    for row in (*PowerFinding.objects.all(), *PowerCheck.objects.all(), *PowerSpan.objects.all()):
        yield why_words(row.why)
        yield from notes_of(row.why)
        yield from (one["words"] for one in evidence_of(row.why))


def test_nothing_is_called_a_violation_and_every_suspicion_has_its_evidence(judged: Works) -> None:
    texts = list(_texts())
    assert len(texts) > 50
    assert not [text for text in texts if any(word in text.lower() for word in FORBIDDEN)]
    for finding in PowerFinding.objects.all():
        assert "疑似" in finding_words(finding) and why_words(finding.why)
    # E9 goes on at the desk: curves, and a person who closes it.
    tell(NOW)
    for alarm in Alarm.objects.filter(cause="power"):
        assert alarm.evidence["series"] and "open" == alarm.state


def finding_words(finding: PowerFinding) -> str:
    from lantian.apps.monitoring.choices_power import RULES

    return str(RULES[finding.rule])


def test_a_late_start_is_told_once_at_the_desk_with_both_reasons(judged: Works, staff: dict[str, User]) -> None:
    tell(NOW)

    alarms = Alarm.objects.filter(cause="power", rule__startswith="E6").order_by("begin")
    assert [("E6", at(25, 6)), ("E6", at(25, 20))] == [(one.rule, one.begin) for one in alarms]
    late, idle = alarms
    assert ["treatment_idle", "treatment_late"] == [one["code"] for one in late.evidence["why"]][:2]
    assert "treatment_late" not in [one["code"] for one in idle.evidence["why"]]
    (lag,) = suspected("E6-lag")
    assert (False, late) == (lag.untold, alarm_of(lag))
    assert 0 == tell(NOW)


def test_a_late_start_that_no_other_suspicion_tells_of_is_told_itself(judged: Works) -> None:
    PowerFinding.objects.filter(rule="E6").delete()

    tell(NOW)

    assert "E6-lag" in set(Alarm.objects.filter(cause="power").values_list("rule", flat=True))
