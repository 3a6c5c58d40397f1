"""A month of alarms of the demo city: raised by the door of the judges, handled by the people of the city.

All values are simulated. The points are those of the demo; what is silent or above its limit today, the judges find themselves.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from lantian.apps.core import display
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region, User
from lantian.apps.monitoring.actions.alarm_steps import (
    AcknowledgeAlarm,
    AnswerAlarm,
    CloseAlarm,
    ReopenAlarm,
    SendBackAnswer,
)
from lantian.apps.monitoring.actions.alarms import raise_alarms
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.exceedances import ABOVE, hours_above
from lantian.apps.monitoring.models import Alarm, Device
from lantian.apps.monitoring.silence import judge_silence
from lantian.apps.sources.models import Unit
from lantian.rules.monitoring.alarms import words
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.errors import Message, Reason, _

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: short name → source, and name of its monitored point, or number of its unit for electricity
PLACES: dict[str, tuple[str, str]] = {
    "sinter": ("晴川钢铁有限公司", "烧结机头"),
    "heating": ("晴川钢铁有限公司", "加热炉"),
    "fan": ("晴川钢铁有限公司", "TA001"),
    "power1": ("晴川热电有限公司", "1号机组净烟气"),
    "power2": ("晴川热电有限公司", "2号机组净烟气"),
    "cement": ("云山水泥有限公司", "窑尾"),
    "ceramic": ("泽阳陶瓷集团有限公司", "辊道窑"),
    "ceramic_fan": ("泽阳陶瓷集团有限公司", "TA001"),
    "lime_fan": ("泽阳北岭石灰有限公司", "TA001"),
    "coke": ("晴川青原焦化有限公司", "焦炉烟囱"),
    "brick": ("临川新型墙材有限公司", "隧道窑"),
    "glass": ("晴川玻璃有限公司", "熔窑"),
    "rolling": ("河东双河轧钢有限公司", "加热炉"),
    "print": ("晴川印刷包装有限公司", "RTO 出口"),
    "coating": ("晴川汽车零部件涂装有限公司", "喷涂废气出口"),
    "site": ("青原老厂区拆迁", "围挡西侧"),
}
#: the county whose line broke, and how long ago
OUTAGE = ("青原区", timedelta(days=11, hours=5))


@dataclass(frozen=True, slots=True)
class Case:
    """An alarm of the month.

    Attributes
    ----------
    ago
        Days before today, and the hour of that day.
    lasts
        Hours.
    level
        Highest value by its limit, or 0.
    steps
        What was done, one after the other: ``take``, ``answer:REASON:HOURS``, ``back``, ``close:VERDICT``, ``reopen``.
    """

    place: str
    cause: str
    ago: tuple[int, int]
    lasts: int = 1
    rule: str = ""
    factor: str = ""
    level: str = "0"
    steps: tuple[str, ...] = ()


NOX, SO2, SOOT = "a21002", "a21026", "a34013"
CASES: tuple[Case, ...] = (
    Case("sinter", words.EXCEED_HOUR, (29, 3), 2, factor=NOX, level="1.31", steps=("take", "answer:treatment:20", "close:confirmed")),
    Case("sinter", words.EXCEED_HOUR, (22, 14), 5, factor=NOX, level="1.58", steps=("take", "answer:treatment:9", "back", "answer:treatment:15", "close:confirmed")),
    Case("sinter", words.SUSPECT, (20, 1), 3, rule="R1", factor=SO2, steps=("take", "answer:monitor_fault:30", "close:device_fault")),
    Case("sinter", words.EXCEED_DAY, (17, 0), 24, factor=NOX, level="1.12", steps=("answer:fault:60", "close:confirmed")),
    Case("heating", words.SUSPECT, (15, 8), 6, rule="R9", steps=("take", "answer:holding:26", "close:explained")),
    Case("fan", words.POWER, (13, 22), 3, rule="E6", steps=("take", "answer:repair:12", "close:explained")),
    Case("fan", words.POWER, (9, 23), 4, rule="E7", steps=("take", "answer:idle:70", "close:false_alarm")),
    Case("sinter", words.EXCEED_HOUR, (6, 2), 1, factor=SOOT, level="1.06", steps=("take", "answer:start_up:5")),
    Case("heating", words.EXCEED_HOUR, (4, 17), 3, factor=NOX, level="2.24", steps=("take",)),
    Case("sinter", words.SUSPECT, (2, 5), 4, rule="R6", factor=NOX, steps=("take", "answer:monitor_care:10")),
    Case("sinter", words.EXCEED_HOUR, (0, 1), 2, factor=NOX, level="1.18"),
    Case("site", words.DUST, (5, 9), 2, factor="a34002", level="1.4", steps=("take", "close:confirmed", "reopen")),
    Case("power1", words.EXCEED_HOUR, (27, 6), 2, factor=NOX, level="1.09", steps=("take", "close:confirmed")),
    Case("power2", words.SUSPECT, (24, 0), 6, rule="R2", factor=NOX, steps=("take", "close:false_alarm")),
    Case("power1", words.SUSPECT, (12, 3), 4, rule="R1", factor=SO2, steps=("take", "close:device_fault")),
    Case("power2", words.REFUSED, (8, 11), 1, steps=("take", "close:device_fault")),
    Case("cement", words.EXCEED_HOUR, (26, 20), 3, factor=NOX, level="1.22", steps=("take", "close:confirmed")),
    Case("cement", words.SUSPECT, (19, 10), 2, rule="R1", factor=SOOT, steps=("close:false_alarm",)),
    Case("cement", words.SUSPECT, (7, 13), 5, rule="R6", factor=NOX, steps=("take",)),
    Case("ceramic", words.EXCEED_HOUR, (25, 4), 4, factor=SO2, level="1.67", steps=("take", "close:confirmed")),
    Case("ceramic", words.SUSPECT, (16, 2), 7, rule="R9", steps=("take", "close:confirmed")),
    Case("ceramic", words.MARK_LATE, (14, 0), 6, steps=("take", "close:confirmed")),
    Case("coating", words.EXCEED_HOUR, (18, 19), 2, factor="a24088", level="1.35", steps=("take", "close:confirmed")),
    Case("ceramic_fan", words.POWER, (10, 1), 5, rule="E6", steps=("take", "close:confirmed")),
    Case("lime_fan", words.POWER, (3, 23), 4, rule="E6"),
    Case("rolling", words.EXCEED_HOUR, (1, 21), 3, factor=SOOT, level="2.6"),
    Case("rolling", words.SUSPECT, (21, 7), 2, rule="R1", factor=NOX, steps=("take", "close:device_fault")),
    Case("brick", words.EXCEED_HOUR, (23, 5), 6, factor=SO2, level="1.9", steps=("take", "close:confirmed")),
    Case("brick", words.SUSPECT, (1, 6), 3, rule="R13", factor=SO2),
    Case("coke", words.EXCEED_HOUR, (2, 16), 2, factor=NOX, level="1.15", steps=("take",)),
    Case("print", words.MARK_LATE, (6, 0), 8, steps=("close:explained",)),
)  # fmt: skip
LIMITS = {NOX: 50, SO2: 35, SOOT: 10, "a24088": 50, "a34002": 80}
SAID = {
    words.EXCEED_HOUR: _("Hourly means above the limit"),
    words.EXCEED_DAY: _("Daily mean above the limit"),
    words.DUST: _("Dust above the control value"),
    words.SUSPECT: _("The data meet rule %(rule)s of suspicious data"),
    words.POWER: _("Production ran while treatment did not (rule %(rule)s): suspected"),
    words.REFUSED: _("More frames came than a device may send; it was cut off"),
    words.MARK_LATE: _("The data of this period were marked after the deadline"),
}
ANSWERS = {
    "treatment": "脱硝喷氨泵堵塞，已疏通并恢复喷氨",
    "monitor_fault": "分析仪采样泵故障，已更换并重新校准",
    "monitor_care": "按计划校准，运维记录见附件",
    "fault": "主抽风机跳停后重新启动，工况已恢复",
    "holding": "停产期间炉体保温，未投料",
    "repair": "除尘风机检修，切换备用风机",
    "idle": "设备空转待料，治理设施同步停运",
    "start_up": "点火升温阶段，氧含量偏高",
    "other": "卸料时喷淋管冻结，已恢复喷淋",
}


def load(now: datetime) -> None:
    """Break a line for some hours, raise the alarms of a month and handle them, then let the judges look at today."""
    people = {name: Actor(User.objects.get(username=name)) for name in ("gongjian", "huanjing", "ducha", "qiye")}
    hour = now.replace(minute=0, second=0, microsecond=0)
    heard = dict(Device.objects.values_list("pk", "seen_at"))
    _outage(people["ducha"], hour)
    for key, seen_at in heard.items():
        Device.objects.filter(pk=key).update(seen_at=seen_at)
    for number, case in enumerate(CASES):
        begin = hour - timedelta(days=case.ago[0], hours=hour.hour - case.ago[1])
        begin = min(begin, hour - case.lasts * HOUR)
        _case(case, begin, people, random.Random(number), now)
    judge_silence(now)
    raise_alarms(hours_above(now), at=now)


def _outage(control: Actor, hour: datetime) -> None:
    """All devices of a county are silent for some hours, and all others of the city are heard."""
    name, ago = OUTAGE
    at = hour - ago
    place = Region.objects.get(name=name)
    rows = Device.objects.filter(state=DeviceState.ACTIVE)
    away = rows.filter(source__region__path__startswith=place.path)
    rows.update(seen_at=at + 5 * HOUR)
    away.update(seen_at=at)
    judge_silence(at + 3 * HOUR + 5 * MINUTE)
    away.update(seen_at=at + 5 * HOUR)
    judge_silence(at + 5 * HOUR)
    storm = Alarm.objects.get(storm=True)
    AcknowledgeAlarm(control, storm, at=at + 3 * HOUR + 20 * MINUTE).execute()
    CloseAlarm(
        control, storm, verdict="device_fault", text="运营商光缆中断，修复后数据全部补传", at=at + 9 * HOUR
    ).execute()


def _case(
    case: Case, begin: datetime, people: dict[str, Actor], chance: random.Random, now: datetime
) -> None:
    end = begin + case.lasts * HOUR
    raised = raise_alarms([_finding(case, begin, end, now, chance)], at=min(end + 3 * MINUTE, now))
    alarm, at = raised.new[0], end + 40 * MINUTE
    for step in case.steps:
        name, _colon, rest = step.partition(":")
        if name == "take":
            AcknowledgeAlarm(people["huanjing"], alarm, at=min(at, now)).execute()
        elif name == "answer":
            reason, hours = rest.split(":")
            at = end + int(hours) * HOUR
            AnswerAlarm(people["qiye"], alarm, code=reason, text=ANSWERS[reason], at=min(at, now)).execute()
        elif name == "back":
            at += HOUR
            SendBackAnswer(people["huanjing"], alarm, text="请补充维修单和喷氨量记录", at=min(at, now)).execute()
        elif name == "close":
            at += 22 * HOUR
            CloseAlarm(people["ducha"], alarm, verdict=rest, text="现场核查", at=min(at, now)).execute()
        else:
            at += 20 * HOUR
            ReopenAlarm(people["ducha"], alarm, text="群众反映扬尘仍未整改", at=min(at, now)).execute()


def _finding(case: Case, begin: datetime, end: datetime, now: datetime, chance: random.Random) -> Finding:
    source, name = PLACES[case.place]
    of_unit = case.cause == words.POWER
    limit = LIMITS.get(case.factor)
    level = Decimal(case.level)
    said = Message(SAID[case.cause], **({"rule": case.rule} if case.rule else {}))
    if limit is not None and case.cause == words.EXCEED_HOUR:
        said = Message(
            ABOVE,
            factor=case.factor,
            at=display.campaign_date(begin),
            value=str((level * limit).normalize()),
            limit=str(limit),
            basis="排污许可证（演示）",
        )
    return Finding(
        case.cause,
        begin,
        end,
        unit=Unit.objects.get(source__name=source, number=name).pk if of_unit else None,
        device=None if of_unit else Device.objects.get(source__name=source, name=name).pk,
        rule=case.rule,
        factor=case.factor,
        count=case.lasts if case.cause == words.EXCEED_HOUR else 1,
        peak=level or None,
        why=[Reason("demo", said)],
        evidence=Evidence(
            series=_curves(case, begin, end, now, float(level), chance),
            limits=[("限值", Decimal(limit), "mg/m³")] if limit and level else [],
            score=("r1_gas", str(4 * case.lasts)) if case.rule == "R1" else None,
        ),
    )


def _curves(
    case: Case, begin: datetime, end: datetime, now: datetime, level: float, chance: random.Random
) -> list[Series]:
    """Hours around the alarm: production and treatment for electricity, else the factor and its oxygen."""
    if case.cause in (words.REFUSED, words.MARK_LATE):
        return []
    moments = [begin + n * 15 * MINUTE for n in range(-48, 4 * case.lasts + 24)]
    moments = [moment for moment in moments if moment <= now]
    inside = [begin <= moment < end for moment in moments]

    def curve(name: str, unit: str, usual: float, within: float, spread: float) -> Series:
        points = [
            (
                moment,
                Decimal(f"{(within if hit else usual) * (1 + spread * (chance.random() - 0.5 + 0.3 * math.sin(n / 9))):.1f}"),
                "N",
            )
            for n, (moment, hit) in enumerate(zip(moments, inside, strict=True))
        ]
        return Series(name, unit, points)

    if case.cause == words.POWER:
        return [
            curve("生产设施功率", "kW", 820, 790, 0.1),
            curve("治理设施功率", "kW", 240, 9, 0.12),
        ]
    factor = case.factor or NOX
    limit = LIMITS.get(factor, 50)
    if case.cause == words.SUSPECT and case.rule in ("R1", "R2"):
        return [curve(factor, "mg/m³", 0.55 * limit, 0.31 * limit, 0.0 if case.rule == "R1" else 0.01)]
    if case.cause == words.SUSPECT and case.rule == "R9":
        return [curve("a01011", "m/s", 0.4, 7.8, 0.15), curve("a01012", "degC", 38, 104, 0.06)]
    found = [curve(factor, "mg/m³", 0.7 * limit, (level or 0.6) * limit * 0.93, 0.12)]
    if case.cause == words.SUSPECT:
        found.append(curve("a19001", "%", 9.5, 15.8, 0.05))
    return found
