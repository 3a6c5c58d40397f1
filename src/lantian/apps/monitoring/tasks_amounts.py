"""What the worker does for amounts."""

from __future__ import annotations

import logging

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, lock_task

from lantian.apps.monitoring import amount_sums

logger = logging.getLogger(__name__)


@db_periodic_task(crontab(hour="1", minute="25"))
@lock_task("monitoring-amounts")
def keep_amounts() -> None:
    """Each night, in the quarter of an hour after the last supplements of the day: add up what has ended or changed."""
    done = amount_sums.keep()
    logger.info("amounts: %s quarters of points looked at, %s worked out, %s failed", done.looked, done.worked, done.failed)
