"""Tables on their way into the lists: staged whole, looked at, applied in small parts, undone while untouched."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Attachment, Job
from lantian.apps.core.querysets import RowScope, ScopedManager
from lantian.apps.sources.choices import ImportState, RowOutcome
from lantian.apps.sources.models.lists import SourceList

#: the name is taken inside of a class that has a field `list`
_EMPTY = list


class StagedImport(models.Model):
    """A workbook whose sheets are rows for lists."""

    name = models.CharField(_("File"), max_length=200)
    attachment = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("By"),
    )
    state = models.CharField(
        _("State"), max_length=10, choices=ImportState.choices, default=ImportState.STAGING, db_index=True
    )
    #: all rows must be right, or the right ones only
    all_or_nothing = models.BooleanField(_("All rows or none"), default=True)
    #: new entries are listed at once, or wait to be checked
    listed = models.BooleanField(_("Put on the list at once"), default=False)
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(_("Begun at"), auto_now_add=True)
    applied_at = models.DateTimeField(_("Applied at"), null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()
    row_scope = RowScope(organisation="user__organisation", region="user__organisation__region", owner="user")

    class Meta:
        verbose_name = _("Import of lists")
        verbose_name_plural = _("Imports of lists")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:import", args=[self.pk])


class StagedSheet(models.Model):
    """A sheet and the list that its rows are for."""

    staged = models.ForeignKey(StagedImport, models.CASCADE, related_name="sheets")
    list = models.ForeignKey(SourceList, models.PROTECT, null=True, blank=True, related_name="+")
    name = models.CharField(_("Sheet"), max_length=100)
    order = models.PositiveIntegerField(default=0)
    #: column of the sheet → key of the field dictionary
    columns = models.JSONField(default=dict)
    rows = models.PositiveIntegerField(_("Rows"), default=0)
    #: rows by outcome
    counts = models.JSONField(default=dict)
    #: the first problems, and how many there are by code
    problems = models.JSONField(default=_EMPTY)

    class Meta:
        ordering = ["staged", "order"]
        constraints = [models.UniqueConstraint(fields=["staged", "name"], name="staged_sheet_once")]

    def __str__(self) -> str:
        return self.name


class StagedRow(models.Model):
    """A row as it was read, what it does, and what it has replaced."""

    sheet = models.ForeignKey(StagedSheet, models.CASCADE, related_name="staged_rows", db_index=False)
    row = models.PositiveIntegerField(_("Row"))
    outcome = models.CharField(_("Outcome"), max_length=7, choices=RowOutcome.choices)
    #: key of the dictionary → value
    values = models.JSONField(default=dict)
    #: list of {code, column, message}
    problems = models.JSONField(default=list)
    #: applied as part number; None: not yet
    part = models.PositiveIntegerField(null=True, blank=True)
    source_id_applied = models.BigIntegerField(null=True, blank=True)
    unit_id_applied = models.BigIntegerField(null=True, blank=True)
    entry_id_applied = models.BigIntegerField(null=True, blank=True)
    #: what was made (source, unit, entry) and what stood there before, for undoing
    made = models.JSONField(default=dict)

    class Meta:
        ordering = ["sheet", "row"]
        constraints = [models.UniqueConstraint(fields=["sheet", "row"], name="staged_row_once")]
        indexes = [models.Index(fields=["sheet", "outcome", "row"])]

    def __str__(self) -> str:
        return f"{self.sheet} {self.row}"
