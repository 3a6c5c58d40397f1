"""Jobs have rows, run after the commit, stop on request, go on from a checkpoint and survive the loss of a
worker.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from lantian.apps.core import jobs
from lantian.apps.core.actions import Actor
from lantian.apps.core.exceptions import Conflict, NotAllowed, NotFound
from lantian.apps.core.models import Job, LogEntry, Notification, Organisation, User
from lantian.apps.core.models.access import DataScope
from lantian.apps.core.models.jobs import JobStatus
from lantian.apps.core.tests.test_foundation import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch, at_once: None) -> None:
    monkeypatch.setattr(jobs, "_kinds", dict(jobs._kinds))


@pytest.fixture
def user() -> User:
    return make_user(Organisation.objects.create(name="局"), "core.job.view", scope=DataScope.SELF)


def run(user: User | None, body: Any, capture: Any, **options: Any) -> Job:
    jobs.job("test.work", "试", **options)(body)
    with capture(execute=True):
        row = jobs.start("test.work", {"n": 3}, "试一试", Actor(user))
    row.refresh_from_db()
    return row


def test_a_job_runs_after_the_commit_as_the_account_that_started_it(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    seen: list[Any] = []

    def body(context: jobs.JobContext) -> dict[str, Any]:
        seen.append((context.actor.user, context.actor.via, context.parameters))
        context.progress(3, 3, "完")
        return {"url": "/x/", "summary": "三行"}

    jobs.job("test.work", "试")(body)
    with django_capture_on_commit_callbacks(execute=False) as calls:
        row = jobs.start("test.work", {"n": 3}, "试一试", Actor(user))
    assert (row.status, seen) == (JobStatus.QUEUED, [])
    for call in calls:
        call()
    row.refresh_from_db()

    assert seen == [(user, "job", {"n": 3})]
    assert (row.status, row.done, row.total, row.result["summary"]) == (JobStatus.DONE, 3, 3, "三行")
    notice = Notification.objects.get()
    assert (notice.recipient, notice.url) == (user, "/x/")
    assert LogEntry.objects.get().action == "core.job.start"


def test_an_expected_failure_says_why_and_a_crash_says_no_more_than_it_should(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    def refuse(context: jobs.JobContext) -> None:
        raise jobs.JobFailed("文件里没有表格。")

    def crash(context: jobs.JobContext) -> None:
        raise ZeroDivisionError("secret /path")

    failed = run(user, refuse, django_capture_on_commit_callbacks)
    crashed = run(user, crash, django_capture_on_commit_callbacks)

    assert (failed.status, failed.error_code, failed.error) == ("failed", "job_failed", "文件里没有表格。")
    assert (crashed.status, crashed.error_code) == ("failed", "crash")
    assert "ZeroDivisionError" in crashed.error and "secret" not in crashed.error


def test_a_stopped_job_goes_on_from_its_checkpoint(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    worked: list[int] = []

    def body(context: jobs.JobContext) -> None:
        for number in range(context.checkpoint or 0, 4):
            worked.append(number)
            if number == 1 and context.job.attempts == 1:
                Job.objects.filter(pk=context.job.pk).update(stop_requested=True)
            context.save_checkpoint(number + 1, number + 1, 4)

    row = run(user, body, django_capture_on_commit_callbacks)
    assert (row.status, row.done, row.checkpoint) == (JobStatus.STOPPED, 2, 2)
    with django_capture_on_commit_callbacks(execute=True):
        jobs.ResumeJob(Actor(user), row).execute()
    row.refresh_from_db()

    assert worked == [0, 1, 2, 3]
    assert (row.status, row.attempts, row.checkpoint) == (JobStatus.DONE, 2, None)


def test_a_queued_job_is_stopped_at_once_and_then_never_runs(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    ran: list[int] = []
    jobs.job("test.work")(lambda context: ran.append(1))
    with django_capture_on_commit_callbacks(execute=False) as calls:
        row = jobs.start("test.work", {}, "试", Actor(user))
    jobs.StopJob(Actor(user), row).execute()
    for call in calls:
        call()
    row.refresh_from_db()

    assert (row.status, ran) == (JobStatus.STOPPED, [])
    with pytest.raises(Conflict):
        jobs.StopJob(Actor(user), row).execute()


def test_two_workers_do_not_run_one_job_twice(user: User) -> None:
    ran: list[int] = []

    def body(context: jobs.JobContext) -> None:
        ran.append(1)
        jobs.execute(context.job.pk)

    jobs.job("test.work")(body)
    row = Job.objects.create(kind="test.work", title="试", user=user)
    jobs.execute(row.pk)
    jobs.execute(row.pk)

    assert ran == [1]


def test_a_job_whose_worker_is_gone_fails_and_can_be_resumed(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    jobs.job("test.work")(lambda context: {"summary": "好"})
    long_ago = timezone.now() - timedelta(hours=1)
    lost = Job.objects.create(
        kind="test.work", title="失", user=user, status="running", heartbeat_at=long_ago
    )
    alive = Job.objects.create(
        kind="test.work", title="活", user=user, status="running", heartbeat_at=timezone.now()
    )

    assert jobs.recover() == (1, 0)
    lost.refresh_from_db()
    alive.refresh_from_db()
    assert (lost.status, lost.error_code, alive.status) == ("failed", "worker_lost", "running")
    with django_capture_on_commit_callbacks(execute=True):
        jobs.ResumeJob(Actor(user), lost).execute()
    lost.refresh_from_db()
    assert (lost.status, lost.result) == ("done", {"summary": "好"})


def test_a_run_that_was_declared_lost_cannot_write_its_end(user: User) -> None:
    def body(context: jobs.JobContext) -> dict[str, Any]:
        Job.objects.filter(pk=context.job.pk).update(heartbeat_at=timezone.now() - timedelta(hours=1))
        jobs.recover()
        with pytest.raises(jobs.JobLost):
            context.progress(1, 1)
        return {"summary": "too late"}

    jobs.job("test.work")(body)
    row = Job.objects.create(kind="test.work", title="失", user=user)
    jobs.execute(row.pk)
    row.refresh_from_db()

    assert (row.status, row.result) == ("failed", None)


def test_a_queued_job_that_nobody_took_is_queued_again(
    user: User, django_capture_on_commit_callbacks: Any
) -> None:
    jobs.job("test.work")(lambda context: {})
    row = Job.objects.create(kind="test.work", title="忘", user=user)
    Job.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(hours=1))

    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.recover() == (0, 1)
    row.refresh_from_db()
    assert row.status == "done"


def test_jobs_of_others_need_the_right_over_them(user: User) -> None:
    other = make_user(user.organisation, "core.job.view", scope=DataScope.ALL)
    operator = make_user(user.organisation, "core.job.stop", scope=DataScope.DEPARTMENT)
    away = make_user(Organisation.objects.create(name="远"), "core.job.stop", scope=DataScope.DEPARTMENT)
    row = Job.objects.create(kind="test.work", title="试", user=user)

    with pytest.raises(NotAllowed):
        jobs.StopJob(Actor(other), row).execute()
    with pytest.raises(NotFound):
        jobs.StopJob(Actor(away), row).execute()
    assert jobs.StopJob(Actor(operator), row).execute().status == "stopped"


def test_a_kind_may_ask_for_a_permission_and_may_refuse_to_be_resumed(user: User) -> None:
    jobs.job("test.guarded", permission="core.region.manage")(lambda context: None)
    jobs.job("test.once", resumable=False)(lambda context: None)

    with pytest.raises(NotAllowed):
        jobs.start("test.guarded", {}, "x", Actor(user))
    with pytest.raises(jobs.UnknownKind):
        jobs.start("test.unknown", {}, "x", Actor(user))
    with pytest.raises(Conflict):
        jobs.ResumeJob(
            Actor(user), Job.objects.create(kind="test.once", title="x", user=user, status="failed")
        ).execute()
