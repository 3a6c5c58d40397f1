"""The desk of alarms: what is raised, who sees it and who takes which step, outages, figures and pages."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from lantian.apps.core import parameters, turning
from lantian.apps.core.account_actions import ChangePolicy
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed, NotFound
from lantian.apps.core.models import DataScope, LogEntry, Notification, Organisation, User
from lantian.apps.core.turning import Taker, Turned
from lantian.apps.monitoring import alarm_charts, alarm_feedback, alarm_figures, cards_alarms, judges
from lantian.apps.monitoring.access import ALARM_EXPLAIN, ALARM_HANDLE, MONITORING_VIEW
from lantian.apps.monitoring.actions.alarm_steps import (
    AcknowledgeAlarm,
    AcknowledgeMany,
    AnswerAlarm,
    CloseAlarm,
    ReopenAlarm,
    SendBackAnswer,
    TurnOverAlarm,
    open_steps,
)
from lantian.apps.monitoring.actions.alarms import RaiseAlarms, raise_alarms
from lantian.apps.monitoring.alarm_words import alarm_book, told
from lantian.apps.monitoring.choices_alarms import Severity
from lantian.apps.monitoring.models import (
    Alarm,
    AlarmStep,
    DataMark,
    Device,
    LatestValue,
    OutletLimit,
)
from lantian.apps.monitoring.silence import judge_silence
from lantian.apps.monitoring.suspicions import signs_of_suspicion
from lantian.apps.sources.models import Source, Unit
from lantian.rules.monitoring.alarms import words
from lantian.rules.monitoring.alarms.figures import percent
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.errors import Message, Reason
from tests.fixtures.accounts import City, make_account

pytestmark = pytest.mark.django_db
NOON = datetime.fromisoformat("2026-11-20T12:00:00+08:00")
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
#: as the office starts with
SILENCE = timedelta(minutes=180)
HOUSE = Actor.system("test")
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 64


@pytest.fixture
def plant(small_city: City) -> Device:
    """A cement works with a kiln outlet, its monitor, and an account of its own."""
    operator = Organisation.objects.create(
        name="晴川示例水泥有限公司", kind="enterprise", region=small_city.districts[0]
    )
    source = Source.objects.create(
        kind="enterprise",
        name="晴川示例水泥有限公司",
        name_key="晴川示例水泥有限公司",
        region=small_city.districts[0],
        department=small_city.bureau,
        operator=operator,
    )
    unit = Unit.objects.create(source=source, kind="outlet", number="DA001", name="窑尾排口")
    return Device.objects.create(mn="LT0001", name="窑尾在线", kind="cems", source=source, unit=unit)


@pytest.fixture
def people(small_city: City, plant: Device) -> dict[str, Actor]:
    """Who acts: the plant, a neighbour, the bureau, the supervision, a town of the other district."""
    assert plant.source is not None
    other = Organisation.objects.create(name="邻厂", kind="enterprise", region=small_city.districts[0])
    accounts = {
        "plant": make_account("plant", plant.source.operator, "enterprise", DataScope.SELF),
        "neighbour": make_account("neighbour", other, "enterprise", DataScope.SELF),
        "bureau": make_account("bureau", small_city.bureau, "department_officer", DataScope.DEPARTMENT),
        "watch": make_account("watch", small_city.office, "supervision"),
        "county": make_account("county", small_city.office, "campaign_office", region=small_city.districts[0]),
        "elsewhere": make_account(
            "elsewhere", small_city.office, "campaign_office", region=small_city.districts[1]
        ),
    }
    return {name: Actor(user) for name, user in accounts.items()}


def exceedance(device: Device, hour: int = 0, **values: Any) -> Finding:
    begin = NOON + hour * HOUR
    points = [(begin + timedelta(minutes=5 * n), 120 + n, "N") for n in range(12)]
    given: dict[str, Any] = {
        "device": device.pk,
        "count": 1,
        "factor": "a21002",
        "why": [Reason("above", Message("%(value)s mg/m3", value="131"))],
        "evidence": Evidence(series=[Series("NOx", "mg/m3", points)], limits=[("限值", 100, "mg/m3")]),
        **values,
    }
    return Finding(words.EXCEED_HOUR, begin, begin + HOUR, **given)


@pytest.fixture
def alarm(plant: Device, people: dict[str, Actor]) -> Alarm:
    """An exceedance of the plant, just raised."""
    return raise_alarms([exceedance(plant)]).new[0]


# --- raising ---


def test_neighbouring_hours_are_one_alarm_that_grows_and_gets_graver_and_judging_again_changes_nothing(
    plant: Device,
) -> None:
    first = raise_alarms([exceedance(plant)])
    assert [(row.unit_id, row.source_id, row.severity) for row in first.new] == [
        (plant.unit_id, plant.source_id, Severity.MEDIUM)
    ]
    later = raise_alarms([exceedance(plant, hour) for hour in range(4)])
    assert (later.new, len(later.grown), later.same) == ((), 1, 1)
    row = Alarm.objects.get()
    assert (row.count, row.end, row.severity) == (4, NOON + 4 * HOUR, Severity.HIGH)
    assert len(row.evidence["series"][0]["points"]) == 48
    logged = LogEntry.objects.count()
    again = raise_alarms([exceedance(plant, hour) for hour in range(4)])
    assert (again.new, again.grown, again.same) == ((), (), 4)
    assert LogEntry.objects.count() == logged


def test_another_factor_rule_or_a_gap_is_another_alarm_and_the_hour_between_joins_two(plant: Device) -> None:
    raise_alarms([exceedance(plant), exceedance(plant, factor="a21026"), exceedance(plant, 2)])
    assert Alarm.objects.count() == 3
    raise_alarms([exceedance(plant, 1)])
    kept = Alarm.objects.get(factor="a21002", folded_into=None)
    assert (kept.count, kept.begin, kept.end) == (3, NOON, NOON + 3 * HOUR)
    assert kept.members.get().begin == NOON + 2 * HOUR


def test_what_is_closed_is_not_raised_again_but_what_comes_after_it_is(
    alarm: Alarm, plant: Device, people: dict[str, Actor]
) -> None:
    CloseAlarm(people["watch"], alarm, verdict="confirmed").execute()
    assert raise_alarms([exceedance(plant)]).same == 1
    assert raise_alarms([exceedance(plant, 1)]).new[0].begin == NOON + HOUR


def test_a_batch_with_one_finding_that_cannot_be_is_refused_whole(plant: Device) -> None:
    for wrong in (
        {"device": 987654},
        {"device": None, "source": 987654},
        {"factor": "x" * 99},
    ):
        with pytest.raises(Invalid):
            raise_alarms([exceedance(plant), replace(exceedance(plant, 5), **wrong)])
    assert not Alarm.objects.exists()


def test_people_do_not_raise_alarms(plant: Device, people: dict[str, Actor]) -> None:
    with pytest.raises(NotAllowed):
        RaiseAlarms(people["watch"], [exceedance(plant)]).execute()


def test_hundreds_of_findings_take_few_queries(
    plant: Device, django_assert_max_num_queries: Any
) -> None:
    batch = [exceedance(plant, 3 * n) for n in range(300)]
    with django_assert_max_num_queries(30):
        assert len(raise_alarms(batch).new) == 300


def test_the_enterprise_and_for_what_is_grave_the_department_are_told_once(
    plant: Device, people: dict[str, Actor], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        raise_alarms([exceedance(plant), exceedance(plant, factor="a21026", severity="high")])
    told = {(row.recipient.username, row.kind) for row in Notification.objects.all()}
    assert told == {("plant", "alarm"), ("bureau", "alarm")}
    assert Notification.objects.count() == 2


def test_an_alarm_without_a_verdict_cannot_be_closed_in_the_database(alarm: Alarm) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Alarm.objects.filter(pk=alarm.pk).update(state="closed")


# --- rows and steps ---


def test_who_sees_an_alarm_sees_it_by_its_source_or_its_place(alarm: Alarm, people: dict[str, Actor]) -> None:
    seen = {
        name
        for name, actor in people.items()
        if Alarm.objects.may_see(actor.user, MONITORING_VIEW, alarm.pk)  # type: ignore[arg-type]
    }
    assert seen == {"plant", "bureau", "watch", "county"}


def test_only_the_own_enterprise_answers_with_a_reason_of_the_book_and_its_files(
    alarm: Alarm, people: dict[str, Actor]
) -> None:
    given: dict[str, Any] = {"code": "monitor_fault", "text": "探头堵塞，已反吹"}
    for name in ("neighbour", "bureau", "watch"):
        with pytest.raises((NotFound, NotAllowed)):
            AnswerAlarm(people[name], alarm, **given).execute()
    with pytest.raises(Invalid) as refused:
        AnswerAlarm(people["plant"], alarm, code="hunger", text="").execute()
    assert set(refused.value.fields) == {"code", "text"}
    row = AnswerAlarm(people["plant"], alarm, **given, proofs=[(PNG, "现场.png")]).execute()
    assert (row.state, row.reason, row.answered_by) == ("answered", "monitor_fault", people["plant"].user)
    assert len(row.steps.get().files) == 1


def test_who_answers_does_not_close_even_with_the_right_to(
    alarm: Alarm, people: dict[str, Actor], plant: Device
) -> None:
    assert plant.source is not None
    insider = Actor(make_account("insider", plant.source.operator, "supervision"))
    with pytest.raises(NotAllowed):
        CloseAlarm(insider, alarm, verdict="explained").execute()
    assert "close" not in {step.code for step in open_steps(insider, alarm)}
    assert "close" in {step.code for step in open_steps(people["watch"], alarm)}


def test_the_whole_life_of_an_alarm(alarm: Alarm, people: dict[str, Actor]) -> None:
    AcknowledgeAlarm(people["bureau"], alarm).execute()
    with pytest.raises(Conflict):
        AcknowledgeAlarm(people["bureau"], alarm).execute()
    AnswerAlarm(people["plant"], alarm, code="fault", text="风机跳停").execute()
    with pytest.raises(Invalid):
        SendBackAnswer(people["bureau"], alarm).execute()
    SendBackAnswer(people["bureau"], alarm, text="请附维修单").execute()
    AnswerAlarm(people["plant"], alarm, code="fault", text="附维修单").execute()
    with pytest.raises(Invalid):
        CloseAlarm(people["watch"], alarm, verdict="false_alarm").execute()
    CloseAlarm(people["watch"], alarm, verdict="confirmed").execute()
    ReopenAlarm(people["watch"], alarm, text="企业申诉").execute()
    CloseAlarm(people["watch"], alarm, verdict="false_alarm", text="比对监测合格").execute()
    alarm.refresh_from_db()
    assert (alarm.state, alarm.verdict) == ("closed", "false_alarm")
    assert [row.step for row in alarm.steps.all()] == [
        "acknowledge",
        "answer",
        "send_back",
        "answer",
        "close",
        "reopen",
        "close",
    ]
    assert LogEntry.objects.filter(action="monitoring.alarm.close", result="done").count() == 2


def test_an_alarm_that_goes_on_after_the_answer_says_so(
    alarm: Alarm, plant: Device, people: dict[str, Actor]
) -> None:
    AnswerAlarm(people["plant"], alarm, code="fault", text="已修复").execute()
    raise_alarms([exceedance(plant, 1)])
    alarm.refresh_from_db()
    assert alarm.grew_since_answer


@pytest.fixture
def taker() -> Iterator[list[str]]:
    """A room that takes alarms."""
    taken: list[str] = []

    def take(action: Any, row: Any, text: str) -> Turned:
        taken.append(f"{row.pk} {text}")
        return Turned("问题1号", "/issues/1/")

    turning.register("monitoring.alarm", Taker("转为问题交办", ALARM_HANDLE, take))
    yield taken
    turning.forget("monitoring.alarm")


def test_an_alarm_is_turned_over_to_the_room_that_takes_it(
    alarm: Alarm, people: dict[str, Actor], taker: list[str], client_of: Callable[[User], Client]
) -> None:
    browser = client_of(people["watch"].user)  # type: ignore[arg-type]
    assert reverse("monitoring:alarm_turn_over", args=[alarm.pk]) in browser.get(
        alarm.get_absolute_url()
    ).content.decode()
    answer = browser.post(reverse("monitoring:alarm_turn_over", args=[alarm.pk]), {"text": "屡次超标"})
    assert answer.status_code == 302
    alarm.refresh_from_db()
    assert (alarm.state, alarm.turned_into["url"]) == ("turned", "/issues/1/")
    assert taker == [f"{alarm.pk} 屡次超标"]


def test_where_no_room_takes_alarms_there_is_neither_button_nor_page(
    alarm: Alarm, people: dict[str, Actor], client_of: Callable[[User], Client]
) -> None:
    url = reverse("monitoring:alarm_turn_over", args=[alarm.pk])
    browser = client_of(people["watch"].user)  # type: ignore[arg-type]
    assert url not in browser.get(alarm.get_absolute_url()).content.decode()
    assert browser.get(url).status_code == 404
    with pytest.raises(NotAllowed):
        TurnOverAlarm(people["watch"], alarm, text="x").execute()


def test_all_new_alarms_of_a_filter_are_taken_up_at_once_and_only_the_own_ones(
    plant: Device, people: dict[str, Actor], client_of: Callable[[User], Client]
) -> None:
    raise_alarms([exceedance(plant), exceedance(plant, 5), exceedance(plant, factor="a21026")])
    browser = client_of(people["bureau"].user)  # type: ignore[arg-type]
    browser.post(reverse("monitoring:alarms_take_up"), {"query": "q=a21002"})
    assert dict(Alarm.objects.values_list("factor", "state")) == {"a21002": "acknowledged", "a21026": "open"}
    with pytest.raises(Invalid):
        AcknowledgeMany(people["bureau"], []).execute()
    assert AcknowledgeMany(people["elsewhere"], Alarm.objects.values_list("pk", flat=True)).execute() == 0


# --- silence and outages ---


@pytest.fixture
def devices(small_city: City, plant: Device) -> list[Device]:
    """Twelve plants with a monitor each, eight of them in the first district, all heard of at noon."""
    rows = []
    for n in range(12):
        source = Source.objects.create(
            kind="enterprise",
            name=f"第{n}厂",
            name_key=f"第{n}厂",
            region=small_city.districts[0 if n < 8 else 1],
            department=small_city.bureau,
        )
        rows.append(Device(mn=f"LT10{n:02}", kind="cems", source=source, seen_at=NOON))
    return Device.objects.bulk_create(rows)


def heard(rows: list[Device], at: datetime) -> None:
    Device.objects.filter(pk__in=[row.pk for row in rows]).update(seen_at=at)


def test_a_silent_device_is_an_alarm_that_lasts_and_ends_when_it_is_heard_again(devices: list[Device]) -> None:
    heard(devices[1:], NOON + 9 * HOUR)
    assert not judge_silence(NOON + SILENCE - MINUTE).new
    row = judge_silence(NOON + SILENCE + MINUTE).new[0]
    assert (row.device, row.begin, row.end, row.cause) == (devices[0], NOON, None, "offline")
    assert judge_silence(NOON + SILENCE + HOUR).new == ()
    heard(devices[:1], NOON + 5 * HOUR)
    judge_silence(NOON + 5 * HOUR)
    assert Alarm.objects.get().end == NOON + 5 * HOUR


def test_how_long_a_device_may_be_silent_is_the_office_s_and_one_out_of_use_is_not_watched(
    devices: list[Device],
) -> None:
    heard(devices[2:], NOON + 9 * HOUR)
    Device.objects.filter(pk=devices[1].pk).update(state="suspended")
    ChangePolicy(HOUSE, {"monitoring.offline_minutes": 65}, reason="x").execute()
    parameters.forget()
    assert [row.device for row in judge_silence(NOON + timedelta(minutes=66)).new] == [devices[0]]


def test_an_outage_of_a_district_is_one_alarm_with_its_members_and_ends_when_they_return(
    devices: list[Device], small_city: City, people: dict[str, Actor]
) -> None:
    away, there = devices[:7], devices[7:]
    for minute in (1, 15, 30):
        heard(there, NOON + SILENCE + minute * MINUTE)
        judge_silence(NOON + SILENCE + minute * MINUTE)
    storm = Alarm.objects.get(storm=True)
    assert (storm.region, storm.members.count(), storm.severity) == (small_city.districts[0], 7, Severity.HIGH)
    assert Alarm.objects.filter(folded_into=None).count() == 1
    assert {name for name, actor in people.items() if Alarm.objects.may_see(actor.user, MONITORING_VIEW, storm.pk)} == {  # type: ignore[arg-type]
        "bureau",
        "watch",
        "county",
    }
    AcknowledgeAlarm(people["watch"], storm).execute()
    assert set(storm.members.values_list("state", flat=True)) == {"acknowledged"}
    with pytest.raises(Conflict):
        CloseAlarm(people["watch"], storm.members.all()[0], verdict="confirmed").execute()
    back = NOON + 5 * HOUR
    heard([*away[:6], *there], back)
    judge_silence(back)
    storm.refresh_from_db()
    assert storm.end == back
    # the one that stays silent has an alarm of its own again
    assert Alarm.objects.get(device=away[6]).folded_into is None
    assert storm.members.count() == 6


def test_a_gateway_that_hears_nothing_raises_one_alarm(devices: list[Device]) -> None:
    judge_silence(NOON + SILENCE + MINUTE)
    assert Alarm.objects.get(folded_into=None).region is None
    assert Alarm.objects.filter(folded_into__isnull=False).count() == 12


def test_one_plant_without_power_is_no_outage_of_its_district(devices: list[Device], plant: Device) -> None:
    heard(devices, NOON + 9 * HOUR)
    Device.objects.bulk_create(
        Device(mn=f"LT20{n}", kind="meter", source=plant.source, seen_at=NOON) for n in range(9)
    )
    judge_silence(NOON + SILENCE + MINUTE)
    assert not Alarm.objects.filter(storm=True).exists()
    assert Alarm.objects.count() == 9


def test_a_judge_that_fails_does_not_keep_the_others_from_judging(
    plant: Device, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(now: datetime) -> list[Finding]:
        raise RuntimeError("x")

    judges.register("broken", broken)
    judges.register("sound", lambda now: [exceedance(plant)])
    try:
        assert judges.judge(NOON) == {
            "silence": 0,
            "exceedance": 0,
            "past_hours": 0,
            "days": 0,
            "dust": 0,
            "units": 0,
            "refused": 0,
            "clocks": 0,
            "late_marks": 0,
            "amounts": 0,
            "furnaces": 0,
            "furnaces_again": 0,
            "suspicion": 0,
            "sound": 1,
        }
    finally:
        judges.forget("broken")
        judges.forget("sound")
    assert "broken" in caplog.text


# --- exceedance and marks ---


@pytest.fixture
def limited(plant: Device) -> Device:
    """The plant with a limit of 100 mg/m3 for NOx, and its last hour at 250."""
    OutletLimit.objects.create(
        device=plant, factor="a21002", limit_mg_m3=100, basis="排污许可证", valid_from=NOON.date() - timedelta(30)
    )
    LatestValue.objects.create(
        device=plant, factor="a21002", period="hour", time=NOON, value=250, flag="N", received=NOON + HOUR
    )
    heard([plant], NOON + HOUR)
    return plant


def test_an_hour_above_the_limit_is_raised_with_its_limit_and_the_next_one_adds_to_it(limited: Device) -> None:
    found = judges.judge(NOON + HOUR)
    assert found["exceedance"] == 1
    row = Alarm.objects.get()
    assert (row.cause, row.factor, row.begin, row.end) == ("exceed_hour", "a21002", NOON, NOON + HOUR)
    assert (row.severity, row.evidence["peak"]) == (Severity.HIGH, "2.500")
    assert "排污许可证" in told(row.evidence["why"][0])
    LatestValue.objects.update(time=NOON + HOUR)
    judges.judge(NOON + 2 * HOUR)
    row = Alarm.objects.get()
    assert (row.count, row.end) == (2, NOON + 2 * HOUR)


def test_an_hour_under_a_mark_is_no_evidence_of_exceedance_unless_the_mark_came_too_late(limited: Device) -> None:
    mark = DataMark.objects.create(
        device=limited, kind="maintenance", start=NOON, end=NOON + 3 * HOUR, cause="校准",
        made_at=NOON, due_at=NOON + 27 * HOUR,
    )  # fmt: skip
    assert judges.judge(NOON + HOUR)["exceedance"] == 0
    DataMark.objects.filter(pk=mark.pk).update(made_at=NOON + 30 * HOUR)
    found = judges.judge(NOON + 30 * HOUR)
    assert found["late_marks"] == 1
    late = Alarm.objects.get(cause="mark_late")
    assert (late.begin, late.end) == (NOON, NOON + 3 * HOUR)


def stack_day(put: Any, mn: str, **columns: list[Any]) -> None:
    """Real-time values of the day before now, every five minutes."""
    put(mn, NOON - 24 * HOUR, columns, cn="2011", step=timedelta(minutes=5))


def test_values_that_stand_still_are_raised_as_suspicious_with_curve_threshold_and_score(
    plant: Device, put: Any
) -> None:
    varying = [40 + (7 * n) % 23 + (n % 5) / 10 for n in range(288)]
    frozen = [*varying[:100], *[33.3] * 30, *varying[130:]]
    stack_day(put, plant.mn, a21026=varying, a21002=frozen)
    heard([plant], NOON)
    found = [one for one in signs_of_suspicion(NOON) if one.rule == "R1"]
    assert [(one.factor, one.device) for one in found] == [("a21002", plant.pk)]
    assert raise_alarms(found, at=NOON).new[0].unit == plant.unit
    row = Alarm.objects.get()
    assert row.begin == NOON - 24 * HOUR + timedelta(minutes=500)
    assert row.evidence["score"] == ["r1_gas", "30"]
    assert row.evidence["series"][0]["name"] == "a21002"
    assert "疑似" in told(row.evidence["why"][0])
    assert raise_alarms(found, at=NOON).same == 1


def test_two_stacks_with_the_same_values_are_raised_each_and_a_stack_that_is_well_is_not(
    plant: Device, put: Any
) -> None:
    twin = Device.objects.create(mn="LT0002", kind="cems", source=plant.source, seen_at=NOON)
    other = Device.objects.create(mn="LT0003", kind="cems", source=plant.source, seen_at=NOON)
    same = [40 + (7 * n) % 23 + (n % 5) / 10 for n in range(288)]
    for device, shift in ((plant, 0), (twin, 0), (other, 3)):
        stack_day(
            put,
            device.mn,
            a21026=[value + shift + (n * shift) % 7 for n, value in enumerate(same)],
            a21002=[2 * value + shift - (n * shift) % 5 for n, value in enumerate(same)],
        )
    heard([plant], NOON)
    mirrored = {one.device for one in signs_of_suspicion(NOON) if one.rule == "R13"}
    assert mirrored == {plant.pk, twin.pk}


def test_verdicts_come_back_to_the_threshold_of_the_rule(plant: Device, people: dict[str, Actor]) -> None:
    def sign(number: int, score: str) -> Finding:
        return replace(
            exceedance(plant, 5 * number, rule="R1", evidence=Evidence(score=("r1_gas", score))), cause=words.SUSPECT
        )

    rows = raise_alarms([sign(n, "13" if n % 4 else "40") for n in range(40)]).new
    assert alarm_feedback.proposals(Alarm.objects.all()) == []
    for row in rows:
        verdict = "false_alarm" if row.evidence["score"][1] == "13" else "confirmed"
        CloseAlarm(people["watch"], row, verdict=verdict, text="x").execute()
    (proposal,) = alarm_feedback.proposals(Alarm.objects.all())
    assert proposal["value"] == 12
    assert proposal["override"]["value"] == "40"
    assert "30" in proposal["says"]


# --- book, figures, pages ---


def test_an_office_sets_a_deadline_otherwise_and_a_file_that_is_not_sound_is_told(
    plant: Device, settings: Any, tmp_path: Any
) -> None:
    settings.DATA = tmp_path
    (tmp_path / "books").mkdir()
    path = tmp_path / "books" / "monitoring-overrides.json"
    given = {"book": "alarms", "entry": "answer.medium", "value": "6", "grounds": "晴环〔2026〕9号"}
    path.write_text(json.dumps([given]), "utf-8")
    row = raise_alarms([exceedance(plant)], at=NOON).new[0]
    assert row.due_at == NOON + 6 * HOUR
    path.write_text(json.dumps([{**given, "value": "never"}]), "utf-8")
    with pytest.raises(Conflict, match="monitoring-overrides"):
        alarm_book()


def test_figures_count_answers_hits_and_false_alarms_by_rule_place_unit_and_month(
    plant: Device, people: dict[str, Actor], small_city: City
) -> None:
    rows = raise_alarms([exceedance(plant, 3 * n, rule=f"R{n % 2 + 1}") for n in range(6)], at=NOON).new
    AnswerAlarm(people["plant"], rows[0], code="fault", text="x", at=NOON + HOUR).execute()
    AnswerAlarm(people["plant"], rows[1], code="fault", text="x", at=NOON + 90 * HOUR).execute()
    for row, verdict in zip(rows, ("confirmed", "false_alarm", "device_fault", "explained"), strict=False):
        CloseAlarm(people["watch"], row, verdict=verdict, text="x").execute()
    found = alarm_figures.within(Alarm.objects.all(), NOON.date(), NOON.date())
    for by, labels in {
        "rule": {"小时均值超标 · R1 恒值", "小时均值超标 · R2 流量变化而浓度几乎不变"},
        "region": {"云山区"},
        "unit": {"晴川市生态环境局"},
        "month": {"2026-11"},
    }.items():
        lines, whole = alarm_figures.figures(found, by, alarm_book())
        assert {line.label for line in lines} == labels
        counts = whole.counts
        assert (counts.raised, counts.asked, counts.answered, counts.on_time, counts.closed) == (6, 6, 2, 1, 4)
        # The deadlines of the four that nobody answered lie behind today or ahead of it, as today has it.
        assert counts.due == (6 if timezone.now() > NOON + 48 * HOUR else 2)
        assert whole.percents == [Decimal("33.3"), percent(Fraction(1, counts.due)), Decimal("50.0"), Decimal("25.0")]


def test_the_curve_of_an_alarm_shows_its_limit_and_its_period(alarm: Alarm) -> None:
    option = alarm_charts.evidence(alarm)
    assert option is not None
    first = option["series"][0]
    assert first["data"][0] == ["2026-11-20 12:00:00", 120.0]
    assert first["markLine"]["data"][0]["yAxis"] == 100.0
    assert first["markArea"]["data"][0][0]["xAxis"] == "2026-11-20 12:00:00"


PAGES = ("alarms", "alarm_groups", "alarm_figures")


def test_the_pages_show_what_the_account_may_see_and_a_fixed_number_of_queries(
    alarm: Alarm,
    plant: Device,
    people: dict[str, Actor],
    client_of: Callable[[User], Client],
    django_assert_max_num_queries: Any,
) -> None:
    raise_alarms([exceedance(plant, 3 * n) for n in range(1, 30)])
    for name, shown in (("watch", True), ("plant", True), ("neighbour", False), ("elsewhere", False)):
        browser = client_of(people[name].user)  # type: ignore[arg-type]
        for page in PAGES:
            with django_assert_max_num_queries(22):
                text = browser.get(reverse(f"monitoring:{page}")).content.decode()
            wanted = "晴川示例水泥有限公司" if page != "alarm_figures" else "小时均值超标"
            assert (wanted in text) is shown, (name, page)
    answer = client_of(people["neighbour"].user).get(alarm.get_absolute_url())  # type: ignore[arg-type]
    assert answer.status_code == 404


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_goes_to_excel(
    page: str, alarm: Alarm, people: dict[str, Actor], client_of: Callable[[User], Client]
) -> None:
    browser = client_of(people["watch"].user)  # type: ignore[arg-type]
    answer = browser.get(f"{reverse(f'monitoring:{page}')}?export=xlsx")
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    text = "".join(str(cell.value) for row in sheet.iter_rows() for cell in row)
    assert "小时均值超标" in text


def test_filters_narrow_the_list_and_one_is_kept_under_a_name(
    alarm: Alarm, plant: Device, people: dict[str, Actor], client_of: Callable[[User], Client], small_city: City
) -> None:
    raise_alarms([exceedance(plant, 9, rule="R5")])
    CloseAlarm(people["watch"], alarm, verdict="confirmed").execute()
    browser = client_of(people["watch"].user)  # type: ignore[arg-type]

    def count(query: str) -> int:
        return browser.get(f"{reverse('monitoring:alarms')}?{query}").context["page_obj"].paginator.count

    assert [
        count(query)
        for query in (
            "",
            "state=all",
            "state=closed",
            "verdict=confirmed",
            "rule=r5",
            f"region={small_city.prefecture.pk}",
            f"region={small_city.districts[1].pk}",
            f"source={plant.source_id}&state=all",
            "severity=1",
            "q=窑尾",
            "since=2099-01-01",
        )
    ] == [1, 2, 1, 1, 1, 1, 0, 2, 0, 1, 0]
    browser.post(reverse("monitoring:alarm_filter_save"), {"name": "超标", "query": "cause=exceed_hour"})
    assert "超标</a>" in browser.get(reverse("monitoring:alarms")).content.decode()


def test_the_enterprise_answers_on_its_phone_with_a_picture_and_the_bureau_reads_it(
    alarm: Alarm, people: dict[str, Actor], client_of: Callable[[User], Client]
) -> None:
    phone = client_of(people["plant"].user)  # type: ignore[arg-type]
    url = reverse("monitoring:alarm_answer", args=[alarm.pk])
    page = phone.get(url).content.decode()
    assert "image/*" in page
    assert "供电线路故障" in page
    refused = phone.post(url, {"code": "", "text": ""})
    assert refused.status_code == 422
    picture = SimpleUploadedFile("配电室.png", PNG, "image/png")
    sent = phone.post(url, {"code": "power_cut", "text": "配电室跳闸，11点恢复", "proofs": picture})
    assert sent.status_code == 302
    bureau = client_of(people["bureau"].user)  # type: ignore[arg-type]
    page = bureau.get(alarm.get_absolute_url()).content.decode()
    assert "配电室.png" in page
    key = AlarmStep.objects.get().files[0]
    assert bureau.get(reverse("core:attachment", args=[key])).status_code == 200
    neighbour = client_of(people["neighbour"].user)  # type: ignore[arg-type]
    assert neighbour.get(reverse("core:attachment", args=[key])).status_code == 404
    assert neighbour.get(url).status_code == 404


def test_a_verdict_is_given_on_a_page_and_a_step_that_came_too_late_is_told(
    alarm: Alarm, people: dict[str, Actor], client_of: Callable[[User], Client]
) -> None:
    browser = client_of(people["watch"].user)  # type: ignore[arg-type]
    url = reverse("monitoring:alarm_close", args=[alarm.pk])
    assert browser.post(url, {"verdict": "false_alarm", "text": ""}).status_code == 422
    assert browser.post(url, {"verdict": "device_fault", "text": ""}).status_code == 302
    late = browser.post(url, {"verdict": "confirmed", "text": ""})
    assert late.status_code == 422
    assert "该报警当前为“已办结”" in late.content.decode()


def test_the_home_page_tells_who_handles_and_who_has_to_answer(
    alarm: Alarm, people: dict[str, Actor], client_of: Callable[[User], Client], rf: Any
) -> None:
    def card(name: str) -> Any:
        request = rf.get("/")
        request.user = people[name].user
        return cards_alarms.alarms(request)

    assert [row["n"] for row in card("watch").context["numbers"]] == [1, 1, 0, 0]
    assert card("plant").context["own"]
    assert card("neighbour") is None
    page = client_of(people["plant"].user).get(reverse("home")).content.decode()  # type: ignore[arg-type]
    assert alarm.get_absolute_url() in page
    AnswerAlarm(people["plant"], alarm, code="fault", text="x").execute()
    assert card("plant") is None


def test_the_right_to_explain_alone_opens_no_alarm_of_others(alarm: Alarm, people: dict[str, Actor]) -> None:
    wide = make_account("wide", people["neighbour"].user.organisation, "enterprise", DataScope.ALL)  # type: ignore[union-attr]
    assert not Alarm.objects.run_by(wide, ALARM_EXPLAIN).exists()
    with pytest.raises(NotFound):
        AnswerAlarm(Actor(wide), alarm, code="fault", text="x").execute()


def test_the_chart_of_figures_lays_many_names_below_each_other_and_leaves_out_what_has_no_share() -> None:
    few = alarm_charts.rates(["a", "b"], {"x": [1.0, None], "y": [None, None]}, "t")
    assert few["xAxis"]["data"] == ["a"] and few["series"][0]["data"] == [1.0] and "dataZoom" not in few
    names = [f"rule {n}" for n in range(20)]
    many = alarm_charts.rates(names, {"x": [float(n) for n in range(20)]}, "t")
    assert many["yAxis"]["data"] == names and many["xAxis"]["max"] == 100 and many["dataZoom"][0]["yAxisIndex"] == 0


def test_thresholds_of_an_alarm_are_named_in_words(alarm: Alarm, client_of: Any, staff: dict[str, User]) -> None:
    from lantian.rules.monitoring.book import book

    alarm.evidence = {**alarm.evidence, "books": [dict(book("meters").entry("lost_minutes").told())]}
    alarm.save()
    page = client_of(staff["campaign_office"]).get(alarm.get_absolute_url()).content.decode()
    assert "失联判定时长" in page and "lost_minutes" not in page


def test_an_alarm_is_handed_to_inspectors_as_a_sheet_by_whoever_handles_it(
    alarm: Alarm, people: dict[str, Actor], staff: dict[str, User], client_of: Callable[[User], Client]
) -> None:
    from docx import Document

    AnswerAlarm(people["plant"], alarm, code="fault", text="风机跳闸\x0b，<已修复>").execute()
    address = f"{alarm.get_absolute_url()}?export=docx"
    answer = client_of(people["watch"].user).get(address, headers={"Accept-Language": "en"})  # type: ignore[arg-type]
    document = Document(BytesIO(answer.content))
    text = "\n".join(
        [one.text for one in document.paragraphs]
        + [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    )
    assert "污染源自动监控报警线索移交单" in text and "不是违法结论" in text and f"报警编号：{alarm.pk}" in text
    assert alarm.source is not None and alarm.source.name in text and str(alarm.device) in text
    assert "风机跳闸" in text and "<已修复>" in text and "现场核查结果" in text and "小时均值超标" in text
    assert LogEntry.objects.filter(action="monitoring.alarm.sheet").count() == 1
    for code in ("leader", "system_admin"):
        assert client_of(staff[code]).get(address).status_code == 403
    assert client_of(people["plant"].user).get(address).status_code == 403  # type: ignore[arg-type]
    assert "线索移交单" not in client_of(staff["leader"]).get(alarm.get_absolute_url()).content.decode()
