"""Changes that wait for somebody else's word: of officers to listed entries, of enterprises to their own records."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.sources.choices import ProposalOrigin, ProposalState
from lantian.apps.sources.models.lists import Announcement, ListEntry
from lantian.apps.sources.models.sources import PartQuerySet, Source, Unit


class Proposal(models.Model):
    """New values for a source, its units and its entry, accepted or refused field by field."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="proposals", verbose_name=_("Pollution source"))
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="proposals")
    entry = models.ForeignKey(
        ListEntry, models.CASCADE, related_name="proposals", verbose_name=_("Entry of a list")
    )
    origin = models.CharField(_("Asked by"), max_length=10, choices=ProposalOrigin.choices)
    state = models.CharField(
        _("State"), max_length=9, choices=ProposalState.choices, default=ProposalState.WAITING, db_index=True
    )
    #: what is to happen: ``change``, ``remove``, ``confirm`` (an enterprise says that all is right)
    step = models.CharField(_("What"), max_length=8, default="change")
    #: list of {scope, key, label, before, after, verdict, why}
    fields = models.JSONField(default=list)
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    announcement = models.ForeignKey(
        Announcement, models.PROTECT, null=True, blank=True, related_name="proposals"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("Asked at"), auto_now_add=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    answer = models.CharField(_("Answer"), max_length=500, blank=True)

    objects = models.Manager.from_queryset(PartQuerySet)()

    class Meta:
        verbose_name = _("Proposed change")
        verbose_name_plural = _("Proposed changes")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["state", "created_at"])]

    def __str__(self) -> str:
        return str(self.source)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:proposal", args=[self.pk])
