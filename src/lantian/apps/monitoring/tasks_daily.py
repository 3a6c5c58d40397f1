"""What the worker does for daily reports: drafts, reminders, and sending where the office has set it so."""

from __future__ import annotations

import logging
from datetime import datetime

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, lock_task

from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.models import Region
from lantian.apps.monitoring import daily_reports
from lantian.apps.monitoring.actions.daily import MakeReport, RemakeReport, RemindReport, SendReport
from lantian.apps.monitoring.models import DailyReport, DailySetting
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.daily_report import clock

logger = logging.getLogger(__name__)
HOUSE = Actor.system("daily report", via="job")


@db_periodic_task(crontab(minute="*"))
@lock_task("monitoring-daily")
def keep_daily_reports() -> None:
    """Each minute, weekends and holidays included."""
    tick(timezone.now())


def tick(now: datetime) -> None:
    """Make drafts whose hour has come, remind, send what is due; what was missed while the house stood still is made up for."""
    try:
        using = daily_reports.book()
        due = [one for one in daily_reports.wanted(now, using) if now >= one.hours.draft]
    except CoreError:
        logger.exception("the book of the daily report cannot be used")
        return
    for one in due:
        if daily_reports.latest(one.region, one.day, one.part) is None:
            region = Region.objects.get(pk=one.region)
            _try(MakeReport(HOUSE, region, one.day, one.part, at=now))
    # A correction goes out by hand only.
    for report in daily_reports.open_drafts(now).filter(version=1):
        _look_after(report, now, using)


def _look_after(report: DailyReport, now: datetime, using: Book) -> None:
    hours = clock(using, report.day, report.part)
    if now >= report.due_at:
        if DailySetting.objects.filter(region=report.region_id, auto_send=True).exists():
            _try(SendReport(HOUSE, report, by_house=True, at=now))
        elif report.missed_at is None:
            _try(RemindReport(HOUSE, report, at=now))
    elif now >= hours.reminder and report.reminded_at is None:
        # What came late is in it when people look at it last.
        _try(RemakeReport(HOUSE, report, at=now))
        _try(RemindReport(HOUSE, report, at=now))


def _try(action: MakeReport | RemakeReport | RemindReport | SendReport) -> None:
    """One report that cannot be made holds up no other; the next minute tries again."""
    try:
        action.execute()
    except CoreError:
        logger.exception("%s did not succeed", action.code)
