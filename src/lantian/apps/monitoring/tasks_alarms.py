"""What the worker does for alarms."""

from __future__ import annotations

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, lock_task

from lantian.apps.monitoring import judges


@db_periodic_task(crontab(minute="*"))
@lock_task("monitoring-judge")
def judge_alarms() -> None:
    """Each minute: hold the latest data against the rules, and raise what is found."""
    judges.judge(timezone.now())
