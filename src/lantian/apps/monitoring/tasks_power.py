"""What the worker does for electricity: judging what has come, keeping baselines, tidying up."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _
from huey import crontab
from huey.contrib.djhuey import db_periodic_task, lock_task

from lantian.apps.air import lake
from lantian.apps.core import jobs
from lantian.apps.core.exceptions import CoreError
from lantian.apps.monitoring import power_alarms, power_judging
from lantian.apps.monitoring.access import POWER_EDIT
from lantian.apps.monitoring.doors.power import push, rejects, stations
from lantian.apps.monitoring.models import Load
from lantian.apps.monitoring.power_baselines import baselines, month_of
from lantian.apps.monitoring.power_series import day_of, sites
from lantian.lake.errors import LakeError
from lantian.lake.power.tables import POWER_READING

logger = logging.getLogger(__name__)
JUDGE = "monitoring.power.judge"
__all__ = ["judge_again", "judge_readings", "keep_power"]


@db_periodic_task(crontab(minute="*/5"))
@lock_task("power-judging")
def judge_readings() -> None:
    """Every five minutes: take what devices have sent, judge what has come, and what has not."""
    now = timezone.now()
    _read_stations(now)
    power_judging.judge_due(now)
    power_alarms.tell(now)


def _read_stations(now: datetime, again: timedelta = stations.AGAIN) -> None:
    """What cannot be read now is read the next time, and keeps nothing from being judged."""
    try:
        stations.read_due(now, again)
    except CoreError:
        logger.exception("meters on HJ 212 devices were not read")


@jobs.job(JUDGE, _("Judge electricity anew"), permission=POWER_EDIT)
def judge_again(context: jobs.JobContext) -> dict[str, Any]:
    """Judge an enterprise anew over some days."""
    source, days = int(context.parameters["source"]), int(context.parameters["days"])
    now = timezone.now()
    found = sites([source])
    if not found:
        raise jobs.JobFailed(_("The enterprise has no meters any more."))
    first = day_of(now - timedelta(days=days))
    context.progress(0, 1, __("Judging"))
    done = power_judging.judge_site(found[0], now, first)
    power_alarms.tell(now)
    context.progress(1, 1, "")
    said = __("%(loads)d loads, %(findings)d suspicions") % {"loads": done.loads, "findings": done.findings}
    return {"url": found[0].loads[0].get_absolute_url(), "summary": said}


@db_periodic_task(crontab(hour="2", minute="40"))
@lock_task("power-keeping")
def keep_power() -> None:
    """Each night: devices once more, the baselines of the month, what has been kept long enough, the files of the lake."""
    now = timezone.now()
    today = day_of(now)
    sources = sorted(set(Load.objects.filter(in_use=True).values_list("source_id", flat=True)))
    for at in range(0, len(sources), 20):
        for site in sites(sources[at : at + 20]):
            baselines(site, month_of(today), today)
    _read_stations(now, stations.AGAIN_BY_NIGHT)
    rejects.forget(now)
    push.forget(now)
    try:
        lake().compact(POWER_READING)
        lake().vacuum(POWER_READING)
    except LakeError:
        # Tomorrow is another night; nothing is lost by then.
        logger.exception("%s was not compacted", POWER_READING.name)
