"""Long work: each run has a row with visible progress, can be stopped, and goes on where it stopped.

::

    @job("plans.read", _("Read a plan"))
    def read_plan(context: JobContext) -> dict[str, Any]:
        for number, page in enumerate(pages, 1):
            ...
            context.progress(number, len(pages), _("Page %(n)s") % {"n": number})
        return {"url": "/plans/3/", "label": "…"}

    jobs.start("plans.read", {"attachment": 7}, _("Read …"), actor)

The function runs in the worker as the account that started it (``context.actor``), after the transaction
that started
it has been committed. Put it into a module ``tasks.py`` of the app, which web and worker load by themselves.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone, translation
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import log
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, CoreError, NotAllowed, NotFound
from lantian.apps.core.models import Job, Notification
from lantian.apps.core.models.jobs import TERMINAL, JobStatus

logger = logging.getLogger(__name__)

#: A running job that has given no sign for this long has lost its worker.
STALE_AFTER = timedelta(seconds=120)
#: A queued job that nobody took for this long is put into the queue again.
REQUEUE_AFTER = timedelta(seconds=120)
#: Progress is written at most this often [s].
WRITE_EVERY = 0.5
HEARTBEAT_EVERY = 20.0


class JobFailed(CoreError):
    """The work cannot be done, for a reason that the user can be told; not a crash."""

    code = "job_failed"
    message = _("The work could not be done.")


class JobStopped(Exception):
    """Somebody asked the job to stop; raised by :meth:`JobContext.progress`."""


class JobLost(Exception):
    """The row no longer belongs to this run: it was declared lost and may already run elsewhere."""


class UnknownKind(KeyError):
    """No app has registered this kind of job."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job.

    Attributes
    ----------
    permission
        What the account that starts it must carry.
    resumable
        Whether a failed or stopped job may be started again from its row.
    notify
        Whether the account is told when it ends.
    """

    code: str
    label: Any
    run: Callable[[JobContext], dict[str, Any] | None]
    permission: str | None
    resumable: bool
    notify: bool


_kinds: dict[str, Kind] = {}


def job(
    code: str,
    label: Any = "",
    *,
    permission: str | None = None,
    resumable: bool = True,
    notify: bool = True,
) -> Callable[[Callable[[JobContext], dict[str, Any] | None]], Callable[[JobContext], dict[str, Any] | None]]:
    """Register a function as a kind of job; registering a code again replaces it."""

    def register(run: Callable[[JobContext], dict[str, Any] | None]) -> Any:
        _kinds[code] = Kind(code, label or code, run, permission, resumable, notify)
        return run

    return register


def kind_of(code: str) -> Kind:
    """Look a kind up, loading the ``tasks`` modules of all apps if need be."""
    if code not in _kinds:
        autodiscover_modules("tasks")
    try:
        return _kinds[code]
    except KeyError:
        raise UnknownKind(code) from None


def label_of(code: str) -> Any:
    """The words for a kind; its code where nobody knows it any more."""
    try:
        return kind_of(code).label
    except UnknownKind:
        return code


class JobContext:
    """What a running job can do with its row.

    Attributes
    ----------
    job
        The row as it was when the run began.
    actor
        The account that started the job.
    checkpoint
        What an earlier run has saved with :meth:`save_checkpoint`, or None.
    """

    def __init__(self, row: Job) -> None:
        self.job = row
        self.actor = Actor(row.user, via="job") if row.user is not None else Actor.system(row.kind, via="job")
        self.checkpoint: Any = row.checkpoint
        self._written = 0.0

    @property
    def parameters(self) -> dict[str, Any]:
        """What the job was started with."""
        values: dict[str, Any] = self.job.parameters
        return values

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, status=JobStatus.RUNNING, attempts=self.job.attempts)

    def progress(self, done: int, total: int = 0, message: Any = "", *, force: bool = False) -> None:
        """Say how far the work is, and learn whether it shall stop.

        Raises
        ------
        JobStopped
            If somebody asked the job to stop. Let it pass: transactions roll back and the row says so.
        JobLost
            If this run was declared lost.
        """
        now = time.monotonic()
        if not force and done != total and now - self._written < WRITE_EVERY:
            return
        self._written = now
        values: dict[str, Any] = {"done": done, "heartbeat_at": timezone.now(), "message": str(message)[:300]}
        if total:
            values["total"] = total
        self._write(values)

    def save_checkpoint(self, state: Any, done: int | None = None, total: int = 0) -> None:
        """Keep where to go on after a stop or a crash; call it after the commit of what it stands for."""
        values: dict[str, Any] = {"checkpoint": state, "heartbeat_at": timezone.now()}
        if done is not None:
            values["done"] = done
        if total:
            values["total"] = total
        self.checkpoint = state
        self._write(values)

    def _write(self, values: dict[str, Any]) -> None:
        if not self._mine().update(**values):
            raise JobLost(self.job.pk)
        if self._mine().filter(stop_requested=True).exists():
            raise JobStopped

    def check_stop(self) -> None:
        """Stop here if somebody asked for it."""
        self._write({"heartbeat_at": timezone.now()})


def start(kind: str, parameters: dict[str, Any] | None, title: Any, actor: Actor) -> Job:
    """Make a job and hand it to the worker once the current transaction is committed.

    Raises
    ------
    NotAllowed
        If the kind asks for a permission that the actor lacks.
    UnknownKind
        If no app has registered the kind.
    """
    known = kind_of(kind)
    if known.permission is not None and not actor.may(known.permission):
        raise NotAllowed(permission=known.permission)
    with transaction.atomic():
        row = Job.objects.create(
            kind=kind, title=str(title)[:200], parameters=parameters or {}, user=actor.user
        )
        log.append([log.entry(actor, "core.job.start", subject=row, after={"kind": kind})])
        enqueue(row)
    return row


def enqueue(row: Job) -> None:
    """Put a queued row into the worker's queue after the commit."""
    from lantian.apps.core.tasks import run_job

    key = row.pk
    transaction.on_commit(lambda: run_job(key))


def execute(key: int, *, heartbeat: bool = False) -> None:
    """Run a queued job; a row that another worker has taken, or that was stopped before, is left alone.

    Parameters
    ----------
    heartbeat
        Give signs of life from a thread while the function computes; off where the caller waits for it.
    """
    now = timezone.now()
    claimed = Job.objects.filter(pk=key, status=JobStatus.QUEUED).update(
        status=JobStatus.RUNNING,
        attempts=F("attempts") + 1,
        started_at=now,
        heartbeat_at=now,
        finished_at=None,
        error="",
        error_code="",
    )
    if not claimed:
        return
    row = Job.objects.select_related("user", "user__organisation").get(pk=key)
    language = (row.user.language if row.user is not None else "") or settings.LANGUAGE_CODE
    with translation.override(language):
        pulse = _Pulse(row) if heartbeat else None
        try:
            if pulse is not None:
                pulse.start()
            _run(row)
        finally:
            if pulse is not None:
                pulse.stop()


def _run(row: Job) -> None:
    context = JobContext(row)
    try:
        known = kind_of(row.kind)
        result = known.run(context)
    except JobStopped:
        _finish(context, JobStatus.STOPPED, message=__("Stopped on request"))
    except JobLost:
        logger.warning("job %s went on after it had been declared lost; its end is not recorded", row.pk)
    except UnknownKind:
        _finish(
            context,
            JobStatus.FAILED,
            error=__("This version of the system does not know this kind of work."),
            error_code="unknown_kind",
        )
    except CoreError as error:
        said = "\n".join(
            [str(error)]
            + [
                str(text)
                for texts in error.fields.values()
                for text in (texts if isinstance(texts, list | tuple) else [texts])
            ]
        )
        _finish(context, JobStatus.FAILED, error=said, error_code=error.code, result=error.data.get("result"))
    except Exception as error:
        logger.exception("job %s (%s) crashed", row.pk, row.kind)
        _finish(
            context,
            JobStatus.FAILED,
            error=__("The work broke off by an error of the system (%(error)s). Details are in the log file.")
            % {"error": type(error).__name__},
            error_code="crash",
        )
    else:
        _finish(context, JobStatus.DONE, result=result or {}, message="")


def _finish(context: JobContext, status: JobStatus, **values: Any) -> None:
    row = context.job
    if values.get("result") is None:
        values.pop("result", None)
    if status == JobStatus.DONE:
        values["checkpoint"] = None
        values["done"] = F("total")
    changed = context._mine().update(
        status=status, finished_at=timezone.now(), stop_requested=False, **values
    )
    if not changed:
        logger.warning("job %s ended as %s but its row belongs to another run", row.pk, status)
        return
    row.refresh_from_db()
    try:
        with transaction.atomic():
            _tell(row)
    except Exception:  # the end of the work is on its row; a message that cannot be sent must not undo it
        logger.exception("nobody could be told that job %s ended", row.pk)


def _tell(row: Job) -> None:
    known = _kinds.get(row.kind)
    if row.user is None or (known is not None and not known.notify):
        return
    titles = {
        JobStatus.DONE: _("Finished: %(title)s"),
        JobStatus.FAILED: _("Failed: %(title)s"),
        JobStatus.STOPPED: _("Stopped: %(title)s"),
    }
    result = row.result if isinstance(row.result, dict) else {}
    Notification.objects.create(
        recipient=row.user,
        kind="core.job",
        title=(str(titles[JobStatus(row.status)]) % {"title": row.title})[:200],
        body=row.error or str(result.get("summary", "")),
        url=_page(row) if row.error else str(result.get("url") or _page(row)),
    )


def _page(row: Job) -> str:
    from django.urls import NoReverseMatch, reverse

    try:
        return reverse("core:job", args=[row.pk])
    except NoReverseMatch:
        return ""


class _Pulse(threading.Thread):
    """Signs of life of a job that computes for long without saying anything."""

    def __init__(self, row: Job) -> None:
        super().__init__(name=f"job-{row.pk}", daemon=True)
        self.row, self._end = row, threading.Event()

    def run(self) -> None:
        while not self._end.wait(HEARTBEAT_EVERY):
            try:
                Job.objects.filter(
                    pk=self.row.pk, status=JobStatus.RUNNING, attempts=self.row.attempts
                ).update(heartbeat_at=timezone.now())
            except DatabaseError:  # the database is busy; the next beat will do
                logger.info("no sign of life of job %s could be written", self.row.pk)
            finally:
                connection.close()

    def stop(self) -> None:
        self._end.set()
        self.join(timeout=5)


def recover(now: Any = None) -> tuple[int, int]:
    """Mark running jobs whose worker is gone as failed, and queue again what nobody took.

    Returns
    -------
    tuple
        Number of jobs that were lost, and that were queued again.
    """
    now = now or timezone.now()
    lost = 0
    stale = Job.objects.filter(status=JobStatus.RUNNING).filter(
        Q(heartbeat_at__lt=now - STALE_AFTER) | Q(heartbeat_at__isnull=True)
    )
    for row in stale.select_related("user"):
        with transaction.atomic():
            language = (row.user.language if row.user is not None else "") or settings.LANGUAGE_CODE
            with translation.override(language):
                changed = Job.objects.filter(
                    pk=row.pk, status=JobStatus.RUNNING, attempts=row.attempts, heartbeat_at=row.heartbeat_at
                ).update(
                    status=JobStatus.FAILED,
                    finished_at=now,
                    error=__(
                        "The program that did the work was ended. Nothing is half done; it can be resumed."
                    ),
                    error_code="worker_lost",
                )
                if changed:
                    lost += 1
                    row.refresh_from_db()
                    _tell(row)
    again = list(Job.objects.filter(status=JobStatus.QUEUED, created_at__lt=now - REQUEUE_AFTER)[:200])
    for row in again:
        enqueue(row)
    return lost, len(again)


class _OnJob(Action[Job]):
    """Shared rights: one's own jobs, or jobs of others under ``core.job.stop``."""

    permission = None

    def __init__(self, actor: Actor, row: Job, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.row = row

    def subject(self) -> Job:
        """The job."""
        return self.row

    def check(self) -> None:
        """Refuse jobs of others without the right over them."""
        own = self.actor.user is not None and self.row.user_id == self.actor.user.pk
        if own and self.actor.may("core.job.view"):
            return
        if not self.actor.may("core.job.stop"):
            raise NotAllowed(permission="core.job.stop")
        self.check_row(self.row, "core.job.stop")


class StopJob(_OnJob):
    """Ask a job to stop; one that has not begun is stopped at once."""

    code = "core.job.stop"

    def perform(self) -> Job:
        """Stop it, or leave the request on its row."""
        waiting = Job.objects.filter(pk=self.row.pk, status=JobStatus.QUEUED).update(
            status=JobStatus.STOPPED, finished_at=timezone.now(), message=__("Stopped before it began")
        )
        if not waiting:
            asked = Job.objects.filter(pk=self.row.pk, status=JobStatus.RUNNING).update(stop_requested=True)
            if not asked:
                raise Conflict(_("This job has already ended."))
        before = self.row.status
        self.row.refresh_from_db()
        self.log(
            self.row, before={"status": before}, after={"status": self.row.status, "stop_requested": True}
        )
        return self.row


class ResumeJob(_OnJob):
    """Run a stopped or failed job again, from its checkpoint where it has one."""

    code = "core.job.resume"

    def validate(self) -> None:
        """Refuse kinds that cannot go on."""
        super().validate()
        try:
            known = kind_of(self.row.kind)
        except UnknownKind:
            raise NotFound(_("This version of the system does not know this kind of work.")) from None
        if not known.resumable:
            raise Conflict(_("Work of this kind cannot be resumed. Start it anew."))
        if known.permission is not None and not self.actor.may(known.permission):
            raise NotAllowed(permission=known.permission)

    def perform(self) -> Job:
        """Queue it."""
        before = self.row.status
        changed = Job.objects.filter(pk=self.row.pk, status__in=[JobStatus.FAILED, JobStatus.STOPPED]).update(
            status=JobStatus.QUEUED,
            stop_requested=False,
            error="",
            error_code="",
            message="",
            finished_at=None,
        )
        if not changed:
            raise Conflict(_("Only a job that was stopped or that failed can be resumed."))
        self.row.refresh_from_db()
        self.log(self.row, before={"status": before}, after={"status": self.row.status})
        enqueue(self.row)
        return self.row


def is_over(row: Job) -> bool:
    """Whether a job will not go on by itself."""
    return row.status in TERMINAL


def may_resume(row: Job) -> bool:
    """Whether a job can be started again from its row."""
    known = _kinds.get(row.kind)
    return row.status in {JobStatus.FAILED, JobStatus.STOPPED} and (known is None or known.resumable)
