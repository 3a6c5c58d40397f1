"""An orange warning of the demo city that holds, with the daily report of two days: one sent, one being verified.

All of it is simulated; the figures are those of the simulated chimneys.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from lantian.apps.core.actions import Actor
from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.core.models import Organisation, Region, User
from lantian.apps.monitoring.actions.daily import MakeReport, SendReport, SetDaily, VerifyAll, VerifyRows
from lantian.apps.monitoring.actions.warnings import ChangeWarningLevel, DeclareWarning, LiftWarning
from lantian.apps.monitoring.choices_daily import Running
from lantian.apps.monitoring.models import DailyReport
from lantian.demo import city

DAY = timedelta(days=1)
ADDRESSEE = "省生态环境厅应急办公室、环境监控中心"


def load(region: Region, now: datetime) -> None:
    """Declare the warnings, set how the report goes out, send the first one and leave the second to be verified."""
    people = {name: Actor(User.objects.get(username=name)) for name in ("gongjian", "yunshan", "huanjing")}
    office = people["gongjian"]
    today = now.astimezone(CAMPAIGN_TIME).date()

    def at(days: int, hour: int, minute: int = 0) -> datetime:
        return datetime.combine(today - days * DAY, time(hour, minute), CAMPAIGN_TIME)

    number = f"晴重污染〔{today.year}〕"
    past = DeclareWarning(office, region=region, level="yellow", begin=at(41, 18), document=f"{number}3号").execute()
    past = ChangeWarningLevel(office, past, level="orange", at=at(39, 12), document=f"{number}4号").execute()
    LiftWarning(office, past, at=at(36, 8), document=f"{number}5号").execute()
    held = DeclareWarning(office, region=region, level="yellow", begin=at(3, 18), document=f"{number}6号").execute()
    ChangeWarningLevel(office, held, level="orange", at=at(2, 12), document=f"{number}7号").execute()
    SetDaily(
        office, region, organisation=Organisation.objects.get(name=city.OFFICE), addressee=ADDRESSEE,
        receivers=list(User.objects.filter(username__in=["lingdao", "ducha"]).order_by("username")), auto_send=False,
    ).execute()  # fmt: skip
    sent = MakeReport(office, region, today - 2 * DAY, at=at(1, 7)).execute()
    VerifyAll(people["yunshan"], sent, at=at(1, 7, 36)).execute()
    VerifyAll(people["huanjing"], sent, at=at(1, 7, 58)).execute()
    _without_data(people["huanjing"], sent, at(1, 8, 12))
    SendReport(office, sent, at=at(1, 8, 41)).execute()
    waiting = MakeReport(office, region, today - DAY, at=min(now, at(0, 7))).execute()
    seen = waiting.rows.filter(name="晴川热电有限公司").first()
    if seen is not None:
        VerifyRows(people["huanjing"], waiting, {seen.pk: ("running", "夜查，两台机组运行")}, at=min(now, at(0, 7, 30))).execute()


def _without_data(actor: Actor, report: DailyReport, at: datetime) -> None:
    """Somebody goes and looks where nothing came."""
    rows = actor.rows(report.rows.filter(verified="", state=Running.NONE), "monitoring.daily.verify")
    found = {row.pk: (Running.STOPPED.value, "现场核查，停产检修") for row in rows}
    if found:
        VerifyRows(actor, report, found, at=at).execute()
