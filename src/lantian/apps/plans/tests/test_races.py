"""Two people at one task at the same moment, each in a transaction of their own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from typing import Any

import pytest
from django.db import connection

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import LogEntry
from lantian.apps.plans.actions import ReportProgress
from lantian.apps.plans.exceptions import EditConflict
from lantian.apps.plans.models import Task
from lantian.apps.plans.tests.material import Place
from lantian.apps.plans.tests.working import TODAY, make_work

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_of_two_reports_at_once_one_is_recorded_and_the_other_is_told() -> None:
    work = make_work(Place())
    key, amount, version = work.task.pk, work.boilers.pk, work.task.version
    start = Barrier(2)

    def report(actor: Actor, done: int) -> Any:
        try:
            task = Task._base_manager.select_related("plan").get(pk=key)
            start.wait(30)
            return ReportProgress(
                actor, task, on=TODAY, quantities={amount: Decimal(done)}, note="同时填报", version=version
            ).execute()
        except EditConflict as error:
            return error
        finally:
            connection.close()

    before = LogEntry.objects.filter(action="plans.task.report").count()
    with ThreadPoolExecutor(2) as pool:
        answers = [
            one.result()
            for one in [pool.submit(report, work.bureau, 120), pool.submit(report, work.colleague, 150)]
        ]
    conflicts = [answer for answer in answers if isinstance(answer, EditConflict)]
    assert len(conflicts) == 1
    assert conflicts[0].current_version == version + 1
    task = Task._base_manager.get(pk=key)
    assert task.version == version + 1
    assert task.events.count() == 1
    assert LogEntry.objects.filter(action="plans.task.report", result="done").count() == before + 1
