"""Long work: each run has a row, so that people see it in the pages and can stop it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.querysets import RowScope, ScopedManager


class JobStatus(models.TextChoices):
    """Where a job stands."""

    QUEUED = "queued", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    STOPPED = "stopped", _("Stopped")


#: A job in one of these states will not go on by itself.
TERMINAL = (JobStatus.DONE, JobStatus.FAILED, JobStatus.STOPPED)


class Job(models.Model):
    """One piece of long work with its progress, result and error."""

    kind = models.CharField(_("Kind"), max_length=60)
    title = models.CharField(_("Title"), max_length=200)
    status = models.CharField(
        _("Status"), max_length=8, choices=JobStatus.choices, default=JobStatus.QUEUED, db_index=True
    )
    parameters = models.JSONField(default=dict)
    done = models.PositiveIntegerField(_("Done"), default=0)
    total = models.PositiveIntegerField(_("Total"), default=0)
    message = models.CharField(_("Message"), max_length=300, blank=True)
    result = models.JSONField(null=True)
    error = models.TextField(_("Error"), blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    #: where a stopped job goes on
    checkpoint = models.JSONField(null=True)
    stop_requested = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="jobs")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()
    row_scope = RowScope(organisation="user__organisation", region="user__organisation__region", owner="user")

    class Meta:
        verbose_name = _("Job")
        verbose_name_plural = _("Jobs")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.title
