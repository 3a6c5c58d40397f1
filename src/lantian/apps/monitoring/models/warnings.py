"""Warnings of heavy pollution that hold: one row for each level of an episode, one after the other.

This is a small table until the room of emergency response comes, which takes its rows over and registers itself at
:mod:`lantian.apps.core.warning_port`; who asks whether a warning holds goes through that door and not through this table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.querysets import RowScope, ScopedQuerySet
from lantian.apps.monitoring.access import WARNING_VIEW
from lantian.apps.monitoring.choices_daily import WarningLevel

if TYPE_CHECKING:
    from lantian.apps.core.models import User


class WarningQuerySet(ScopedQuerySet):
    """A warning is public: whoever may see warnings sees all; it is changed by the office of its place."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Rows that the account may use under a permission."""
        if permission == WARNING_VIEW:
            may = getattr(user, "is_active", False) and hasattr(user, "may") and user.may(permission)
            return self.all() if may else self.none()
        return super().visible_to(user, permission)


class PollutionWarning(models.Model):
    """A warning of one level at a place; a change of level ends it and begins the next row of the episode."""

    level = models.CharField(_("Level of the warning"), max_length=6, choices=WarningLevel.choices)
    region = models.ForeignKey(Region, models.PROTECT, related_name="pollution_warnings", verbose_name=_("Region"))
    begin = models.DateTimeField(_("Warning begins"))
    #: not included; empty while it holds
    end = models.DateTimeField(_("Warning ends"), null=True, blank=True)
    #: by which it was declared, or its level changed
    document = models.CharField(_("Document number"), max_length=120)
    #: by which it was lifted
    end_document = models.CharField(_("Document of the lifting"), max_length=120, blank=True)
    #: the level that held before in the same episode
    follows = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="followed_by", verbose_name=_("Level before")
    )
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Entered by")
    )
    entered_at = models.DateTimeField(_("Entered at"), default=timezone.now, editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = models.Manager.from_queryset(WarningQuerySet)()
    row_scope = RowScope(organisation="organisation", region="region")

    class Meta:
        verbose_name = _("Warning of heavy pollution")
        verbose_name_plural = _("Warnings of heavy pollution")
        ordering = ["-begin", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__isnull=True) | Q(end__gt=F("begin")), name="warning_runs_forward"),
        ]
        indexes = [models.Index(fields=["begin", "end"], name="warning_time")]

    def __str__(self) -> str:
        return f"{self.region} {self.get_level_display()}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("monitoring:warning", args=[self.pk])
