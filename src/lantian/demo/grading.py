"""Grades, subsidies in every state, and projects of the demo city, by the people who do such things."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Region, User
from lantian.apps.sources.actions.grades import EnterGrade, LowerGrade
from lantian.apps.sources.actions.projects import DecideProject, JudgeProject
from lantian.apps.sources.actions.subsidies import FindDue, StepSubsidy
from lantian.apps.sources.models import Source, Subsidy

#: name, trade of the grading, grade, first day and last day from today, whether the province made it public
GRADES: tuple[tuple[str, str, str, int, int, bool], ...] = (
    ("云山水泥有限公司", "水泥", "A", -320, 410, True),
    ("晴川钢铁有限公司", "长流程联合钢铁", "B", -290, 440, True),
    ("泽阳陶瓷集团有限公司", "陶瓷", "B", -300, 430, True),
    ("泽阳金沟建陶有限公司", "陶瓷", "C", -240, 490, False),
    ("临川新型墙材有限公司", "砖瓦窑", "C", -240, 490, False),
    ("泽阳北岭石灰有限公司", "石灰窑", "D", -200, 530, False),
    ("晴川白马铸造有限公司", "铸造", "C", -210, 520, False),
    ("晴川红岩精密铸造有限公司", "铸造", "B", -230, 500, True),
    ("晴川玻璃有限公司", "玻璃", "C", -190, 540, False),
    ("晴川印刷包装有限公司", "包装印刷", "B", -330, 35, True),
    ("晴川汽车零部件涂装有限公司", "工业涂装", "leading", -180, 550, True),
    ("晴川制药有限公司", "制药", "B", -170, 560, True),
    ("晴川家具制造有限公司", "家具制造", "D", -150, 580, False),
)
#: name → steps of its subsidy after it was found due
PAYMENTS: dict[str, tuple[str, ...]] = {
    "云山水泥有限公司": ("requested", "approved", "paid"),
    "晴川钢铁有限公司": ("requested",),
    "泽阳陶瓷集团有限公司": ("requested", "approved", "paid", "recovered"),
    "晴川印刷包装有限公司": ("requested", "approved"),
    "晴川红岩精密铸造有限公司": ("requested", "refused"),
}
LOWERED = "泽阳陶瓷集团有限公司"


def load(places: dict[str, Region], today: date) -> None:
    """Enter grades, lower one, find what is due, bring some of it on its way, judge two projects."""
    office, bureau, control = (
        Actor(User.objects.get(username=name), via="web") for name in ("gongjian", "huanjing", "ducha")
    )
    sources = {one.name: one for one in Source.objects.filter(kind="enterprise")}
    for name, industry, grade, first, last, public in GRADES:
        day = today + timedelta(first)
        EnterGrade(
            office,
            sources[name],
            grade=grade,
            industry=industry,
            valid_from=day,
            valid_to=today + timedelta(last),
            approver="云岭省生态环境厅" if public else "晴川市生态环境局",
            approver_level="province" if public else "city",
            published_on=day - timedelta(10) if public else None,
            approved_on=day - timedelta(20),
            notice=f"云环公告〔{day.year}〕{-first}号" if public else f"晴环函〔{day.year}〕{-first}号",
        ).execute()
    FindDue(office, until=today).execute()
    for row in Subsidy.objects.select_related("source").order_by("pk"):
        for at, step in enumerate(PAYMENTS.get(row.source.name, ())):
            given: dict[str, Any] = {"on": today - timedelta(90 - 25 * at)}
            if step in {"approved", "paid", "recovered"}:
                given["amount"] = Decimal(row.amount or 0)
            if step in {"paid", "recovered"}:
                given["document"] = f"晴财环〔{today.year}〕{11 + at}号"
            if step == "refused":
                given["reason"] = "公示材料不全，补齐后再申请"
            StepSubsidy(bureau if step == "requested" else control, row, step, **given).execute()
    LowerGrade(
        office,
        sources[LOWERED],
        grade="C",
        industry="陶瓷",
        valid_from=today - timedelta(20),
        approver="晴川市生态环境局",
        approver_level="city",
        cause="grades-qingchuan/requirements-not-kept",
        evidence="现场检查记录",
        notice=f"晴环函〔{today.year}〕88号",
    ).execute()
    _projects(office, bureau, places, today)


def _projects(office: Actor, bureau: Actor, places: dict[str, Region], today: date) -> None:
    """One that lacks a part of what must be saved elsewhere, and one that is refused."""
    JudgeProject(
        bureau,
        name="晴川彩印年产2亿平方米软包装新建项目",
        region=places["云山区"],
        on=today,
        values={
            "nature": "new",
            "trade": "C2319",
            "emissions": {"VOCs": "0.8"},
            "replacements": [
                {
                    "pollutant": "VOCs",
                    "source_id": "晴川印刷包装有限公司",
                    "t": "1.2",
                    "region": places["云山区"].code,
                }
            ],
            "approvals": [{"kind": "zoning", "document": f"晴环评〔{today.year}〕6号", "date": str(today)}],
        },
    ).execute()
    refused = JudgeProject(
        office,
        name="泽阳三汊轮窑砖厂改造项目",
        region=places["泽阳县"],
        on=today,
        values={"nature": "rebuilt", "trade": "C3031", "catalogue_class": "eliminated"},
    ).execute()
    DecideProject(office, refused, "refused").execute()
