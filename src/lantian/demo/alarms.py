"""A month of alarms of the demo city: raised by the door of the judges, handled by the people of the city.

All values are simulated; a device that the register of the demo has already is taken as it is.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import User
from lantian.apps.monitoring.actions.alarm_steps import (
    AcknowledgeAlarm,
    AnswerAlarm,
    CloseAlarm,
    ReopenAlarm,
    SendBackAnswer,
)
from lantian.apps.monitoring.actions.alarms import raise_alarms
from lantian.apps.monitoring.actions.devices import AddDevice
from lantian.apps.monitoring.models import Alarm, Device
from lantian.apps.monitoring.silence import judge_silence
from lantian.apps.sources.models import Source
from lantian.rules.monitoring.alarms import words
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.errors import Message, Reason, _

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
STEEL, YARD = "晴川钢铁有限公司", "晴川钢铁原料场"
#: source → MN, name and kind of each of its devices
DEVICES: dict[str, tuple[tuple[str, str, str], ...]] = {
    STEEL: (
        ("LTQC0101", "烧结机头在线", "cems"),
        ("LTQC0102", "加热炉在线", "cems"),
        ("LTQC0103", "烧结主抽风机电表", "meter"),
    ),
    YARD: (("LTQC0111", "原料场扬尘", "dust"),),
    "晴川热电有限公司": (("LTQC0201", "1号机组在线", "cems"), ("LTQC0202", "2号机组在线", "cems")),
    "云山水泥有限公司": (("LTQC0301", "窑尾在线", "cems"), ("LTQC0302", "窑头在线", "cems")),
    "泽阳陶瓷集团有限公司": (("LTQC0401", "喷雾塔在线", "cems"), ("LTQC0402", "窑炉在线", "cems")),
    "泽阳金沟建陶有限公司": (("LTQC0501", "窑炉在线", "cems"), ("LTQC0502", "脱硫电表", "meter")),
    "泽阳北岭石灰有限公司": (("LTQC0601", "竖窑在线", "cems"), ("LTQC0602", "除尘电表", "meter")),
    "晴川玻璃有限公司": (("LTQC0701", "熔窑在线", "cems"),),
    "河东双河轧钢有限公司": (("LTQC0801", "加热炉在线", "cems"),),
    "临川新型墙材有限公司": (("LTQC0901", "隧道窑在线", "cems"),),
    "晴川青原焦化有限公司": (("LTQC1001", "焦炉烟囱在线", "cems"),),
    "晴川印刷包装有限公司": (("LTQC1101", "排口VOCs在线", "voc"),),
}
#: the county whose line broke, and how long ago
OUTAGE = ("泽阳县", timedelta(days=11, hours=5))
#: silent until today
SILENT = "LTQC0701"


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

    mn: str
    cause: str
    ago: tuple[int, int]
    lasts: int = 1
    rule: str = ""
    factor: str = ""
    level: str = "0"
    steps: tuple[str, ...] = ()


NOX, SO2, SOOT = "a21002", "a21026", "a34013"
CASES: tuple[Case, ...] = (
    Case("LTQC0101", words.EXCEED_HOUR, (29, 3), 2, factor=NOX, level="1.31", steps=("take", "answer:treatment:20", "close:confirmed")),
    Case("LTQC0101", words.EXCEED_HOUR, (22, 14), 5, factor=NOX, level="1.58", steps=("take", "answer:treatment:9", "back", "answer:treatment:15", "close:confirmed")),
    Case("LTQC0101", words.SUSPECT, (20, 1), 3, rule="R1", factor=SO2, steps=("take", "answer:monitor_fault:30", "close:device_fault")),
    Case("LTQC0101", words.EXCEED_DAY, (17, 0), 24, factor=NOX, level="1.12", steps=("answer:fault:60", "close:confirmed")),
    Case("LTQC0102", words.SUSPECT, (15, 8), 6, rule="R9", steps=("take", "answer:holding:26", "close:explained")),
    Case("LTQC0103", words.POWER, (13, 22), 3, rule="E6", steps=("take", "answer:repair:12", "close:explained")),
    Case("LTQC0103", words.POWER, (9, 23), 4, rule="E7", steps=("take", "answer:idle:70", "close:false_alarm")),
    Case("LTQC0101", words.EXCEED_HOUR, (6, 2), 1, factor=SOOT, level="1.06", steps=("take", "answer:start_up:5")),
    Case("LTQC0102", words.EXCEED_HOUR, (4, 17), 3, factor=NOX, level="2.24", steps=("take",)),
    Case("LTQC0101", words.SUSPECT, (2, 5), 4, rule="R6", factor=NOX, steps=("take", "answer:monitor_care:10")),
    Case("LTQC0101", words.EXCEED_HOUR, (0, 1), 2, factor=NOX, level="1.18"),
    Case("LTQC0111", words.DUST, (5, 9), 2, factor="a34002", level="1.4", steps=("take", "answer:other:50", "close:confirmed", "reopen")),
    Case("LTQC0201", words.EXCEED_HOUR, (27, 6), 2, factor=NOX, level="1.09", steps=("take", "close:confirmed")),
    Case("LTQC0202", words.SUSPECT, (24, 0), 6, rule="R2", factor=NOX, steps=("take", "close:false_alarm")),
    Case("LTQC0201", words.SUSPECT, (12, 3), 4, rule="R1", factor=SO2, steps=("take", "close:device_fault")),
    Case("LTQC0202", words.REFUSED, (8, 11), 1, steps=("take", "close:device_fault")),
    Case("LTQC0301", words.EXCEED_HOUR, (26, 20), 3, factor=NOX, level="1.22", steps=("take", "close:confirmed")),
    Case("LTQC0302", words.SUSPECT, (19, 10), 2, rule="R1", factor=SOOT, steps=("close:false_alarm",)),
    Case("LTQC0301", words.SUSPECT, (7, 13), 5, rule="R6", factor=NOX, steps=("take",)),
    Case("LTQC0401", words.EXCEED_HOUR, (25, 4), 4, factor=SO2, level="1.67", steps=("take", "close:confirmed")),
    Case("LTQC0402", words.SUSPECT, (16, 2), 7, rule="R9", steps=("take", "close:confirmed")),
    Case("LTQC0401", words.MARK_LATE, (14, 0), 6, steps=("take", "close:confirmed")),
    Case("LTQC0501", words.EXCEED_HOUR, (18, 19), 2, factor=SOOT, level="1.35", steps=("take", "close:confirmed")),
    Case("LTQC0502", words.POWER, (10, 1), 5, rule="E6", steps=("take", "close:confirmed")),
    Case("LTQC0602", words.POWER, (3, 23), 4, rule="E6"),
    Case("LTQC0601", words.EXCEED_HOUR, (1, 21), 3, factor=SOOT, level="2.6"),
    Case("LTQC0801", words.SUSPECT, (21, 7), 2, rule="R1", factor=NOX, steps=("take", "close:device_fault")),
    Case("LTQC0901", words.EXCEED_HOUR, (23, 5), 6, factor=SO2, level="1.9", steps=("take", "close:confirmed")),
    Case("LTQC0901", words.SUSPECT, (1, 6), 3, rule="R13", factor=SO2),
    Case("LTQC1001", words.EXCEED_HOUR, (2, 16), 2, factor=NOX, level="1.15", steps=("take",)),
    Case("LTQC1101", words.MARK_LATE, (6, 0), 8, steps=("close:explained",)),
)  # fmt: skip
LIMITS = {NOX: 50, SO2: 35, SOOT: 10, "a34002": 80}
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
    """Register the devices, break a line for some hours, raise the alarms of the month and handle them."""
    people = {name: Actor(User.objects.get(username=name)) for name in ("gongjian", "huanjing", "ducha", "qiye")}
    devices = _devices(people["gongjian"])
    today = now.replace(minute=0, second=0, microsecond=0)
    _outage(devices, people["ducha"], today)
    for number, case in enumerate(CASES):
        begin = today - timedelta(days=case.ago[0], hours=today.hour - case.ago[1])
        begin = min(begin, today - case.lasts * HOUR)
        _case(case, devices[case.mn], begin, people, random.Random(number), now)


def _devices(actor: Actor) -> dict[str, Device]:
    known = {row.mn: row for row in Device.objects.filter(mn__startswith="LTQC")}
    sources = {row.name: row for row in Source.objects.filter(name__in=DEVICES)}
    for name, rows in DEVICES.items():
        for mn, label, kind in rows:
            if mn not in known:
                known[mn] = AddDevice(
                    actor, mn=mn, name=label, kind=kind, source=sources[name], reason="演示数据"
                ).execute()
    return known


def _heard(rows: Sequence[Device], at: datetime) -> None:
    Device.objects.filter(pk__in=[row.pk for row in rows]).update(seen_at=at)


def _outage(devices: dict[str, Device], control: Actor, today: datetime) -> None:
    """All devices of a county are silent for some hours; one device is silent until today."""
    place, ago = OUTAGE
    at = today - ago
    rows = list(Device.objects.filter(pk__in=[row.pk for row in devices.values()]).select_related("source__region"))
    away = [row for row in rows if row.source is not None and _in(row.source, place)]
    there = [row for row in rows if row not in away]
    _heard(away, at)
    _heard(there, at + 5 * HOUR)
    judge_silence(at + 3 * HOUR + 5 * MINUTE)
    _heard(away, at + 5 * HOUR)
    judge_silence(at + 5 * HOUR)
    storm = Alarm.objects.get(storm=True)
    AcknowledgeAlarm(control, storm, at=at + 3 * HOUR + 20 * MINUTE).execute()
    CloseAlarm(
        control, storm, verdict="device_fault", text="运营商光缆中断，修复后数据全部补传", at=at + 9 * HOUR
    ).execute()
    _heard([row for row in rows if row.mn != SILENT], today)
    _heard([devices[SILENT]], today - 20 * HOUR)
    judge_silence(today)


def _in(source: Source, place: str) -> bool:
    region = source.region
    return region is not None and (region.name == place or region.ancestors().filter(name=place).exists())


def _case(
    case: Case, device: Device, begin: datetime, people: dict[str, Actor], chance: random.Random, now: datetime
) -> None:
    end = begin + case.lasts * HOUR
    raised = raise_alarms([_finding(case, device, begin, end, chance)], at=min(end + 3 * MINUTE, now))
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


def _finding(
    case: Case, device: Device, begin: datetime, end: datetime, chance: random.Random
) -> Finding:
    limit = LIMITS.get(case.factor)
    level = Decimal(case.level)
    return Finding(
        case.cause,
        begin,
        end,
        device=device.pk,
        rule=case.rule,
        factor=case.factor,
        count=case.lasts if case.cause == words.EXCEED_HOUR else 1,
        peak=level or None,
        why=[Reason("demo", Message(SAID[case.cause], **({"rule": case.rule} if case.rule else {})))],
        evidence=Evidence(
            series=_curves(case, begin, end, float(level), chance),
            limits=[("限值", Decimal(limit), "mg/m³")] if limit and level else [],
        ),
    )


def _curves(case: Case, begin: datetime, end: datetime, level: float, chance: random.Random) -> list[Series]:
    """Hours around the alarm: production and treatment for electricity, else the factor and its oxygen."""
    if case.cause in (words.REFUSED, words.MARK_LATE):
        return []
    moments = [begin + n * 15 * MINUTE for n in range(-48, 4 * case.lasts + 24)]
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
