"""The action log: append-only, chained by hashes, one for the whole house."""

from __future__ import annotations

from typing import Any, NoReturn

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.querysets import RowScope, ScopedManager, ScopedQuerySet


class AppendOnlyError(Exception):
    """Somebody tried to change or delete an entry of the log."""


class LogResult(models.TextChoices):
    """How an action ended."""

    DONE = "done", _("Done")
    DENIED = "denied", _("Denied")
    FAILED = "failed", _("Failed")


class LogQuerySet(ScopedQuerySet):
    """Reading is all that can be done."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError


class LogEntry(models.Model):
    """Who did what to which object, from where, when and why, with what was before and after."""

    at = models.DateTimeField(_("Time"), db_index=True)
    action = models.CharField(_("Action"), max_length=60)
    result = models.CharField(_("Result"), max_length=8, choices=LogResult.choices, default=LogResult.DONE)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    actor = models.CharField(_("Actor"), max_length=80)
    organisation = models.ForeignKey(
        "core.Organisation", models.DO_NOTHING, null=True, related_name="+", db_constraint=False
    )
    organisation_name = models.CharField(_("Organisation"), max_length=120, blank=True)
    ip = models.GenericIPAddressField(_("IP address"), null=True)
    via = models.CharField(_("Via"), max_length=10, blank=True)
    object_type = models.CharField(_("Object type"), max_length=60, blank=True)
    object_id = models.CharField(max_length=40, blank=True)
    object_label = models.CharField(_("Object"), max_length=200, blank=True)
    before = models.JSONField(_("Before"), null=True)
    after = models.JSONField(_("After"), null=True)
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = ScopedManager.from_queryset(LogQuerySet)()
    row_scope = RowScope(organisation="organisation", region="organisation__region", owner="user")

    class Meta:
        verbose_name = _("Log entry")
        verbose_name_plural = _("Action log")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"]),
            models.Index(fields=["user", "-id"]),
            models.Index(fields=["action", "-id"]),
            models.Index(fields=["organisation", "-id"]),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write a new entry; an existing one cannot be saved again."""
        if self.pk:
            raise AppendOnlyError
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        raise AppendOnlyError


class LogChain(models.Model):
    """The head of the chain; its row is what writers queue at."""

    head = models.CharField(max_length=64)
    length = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.head[:12]


class LogGuard(models.Model):
    """While no row here is open, triggers in the database refuse to change or delete entries of the log."""

    open = models.BooleanField(default=False)
    reason = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return "open" if self.open else "closed"
