"""What the worker runs: jobs, and looking after jobs that lost their worker."""

from __future__ import annotations

from huey import crontab
from huey.contrib.djhuey import HUEY, db_periodic_task, db_task, on_startup

from lantian.apps.core import import_jobs, jobs

__all__ = ["import_jobs", "look_after_jobs", "recover_jobs", "run_job"]


@db_task()
def run_job(key: int) -> None:
    """Run one job."""
    jobs.execute(key, heartbeat=not HUEY.immediate)


@db_periodic_task(crontab(minute="*"))
def look_after_jobs() -> None:
    """Each minute: find jobs whose worker is gone, and jobs that nobody took."""
    jobs.recover()


@on_startup()
def recover_jobs() -> None:
    """At the start of a worker."""
    jobs.recover()
