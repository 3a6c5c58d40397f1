"""A document on its way into the ledger."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Attachment, Job, Region
from lantian.apps.core.querysets import RowScope, ScopedManager
from lantian.apps.plans.choices import Decision, ImportStatus
from lantian.apps.plans.models.plans import Plan


class PlanImport(models.Model):
    """One document being imported: uploaded, read, corrected, mapped, confirmed."""

    name = models.CharField(_("Document"), max_length=200)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("Region"))
    year = models.PositiveSmallIntegerField(_("Year"), null=True, blank=True)
    status = models.CharField(
        _("Status"), max_length=10, choices=ImportStatus.choices, default=ImportStatus.UPLOADED
    )
    attachment = models.ForeignKey(Attachment, models.PROTECT, null=True, blank=True, related_name="+")
    #: how the text came out of the file, and what the reader of files remarked
    source_kind = models.CharField(max_length=20, blank=True)
    text_sha256 = models.CharField(max_length=64, db_index=True)
    length = models.PositiveIntegerField(_("Characters"), default=0)
    #: name in the plan → ``{"organisations": [keys]}``, ``{"create": {…}}`` or ``{"skip": true}``
    mapping = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    error = models.CharField(max_length=500, blank=True)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    plan = models.OneToOneField(Plan, models.PROTECT, null=True, blank=True, related_name="source_import")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()
    row_scope = RowScope(organisation="owner__organisation", region="region", owner="owner")

    class Meta:
        verbose_name = _("Import of a plan")
        verbose_name_plural = _("Imports of plans")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["status", "-created_at"])]

    def __str__(self) -> str:
        return self.name


class ImportContent(models.Model):
    """The heavy part of an import: the text, the reading as the machine gave it, and the draft as corrected."""

    plan_import = models.OneToOneField(PlanImport, models.CASCADE, primary_key=True, related_name="content")
    text = models.TextField()
    reading = models.JSONField(null=True)
    draft = models.JSONField(null=True)

    def __str__(self) -> str:
        return self.text[:40]


#: code of the reader → the doubt in words; the place in the text says what it is about
WARNING_WORDS = {
    "label_slip": _("A label seems to have lost a character here; check the units."),
    "person_unclear": _("It is not clear which person belongs to which unit here."),
    "task_without_units": _("This item names no responsible unit, though its neighbours do."),
    "targets_unclear": _("It is not clear which value belongs to which indicator here."),
    "not_about_air": _("This text does not seem to be about the air."),
    "invalid_date": _("There is no such date."),
    "date_without_year": _("The year of this date is not known."),
    "date_unclear": _("It is not clear which day is meant here."),
}


class ReadingWarning(models.Model):
    """Something that the reader could not decide, with its place and what a person decided."""

    plan_import = models.ForeignKey(
        PlanImport, models.CASCADE, null=True, blank=True, related_name="warnings"
    )
    plan = models.ForeignKey(Plan, models.CASCADE, null=True, blank=True, related_name="warnings")
    order = models.PositiveIntegerField(default=0)
    code = models.CharField(_("Code"), max_length=60)
    message = models.CharField(_("Message"), max_length=600)
    span_start = models.PositiveIntegerField()
    span_end = models.PositiveIntegerField()
    decision = models.CharField(_("Decision"), max_length=12, choices=Decision.choices, default=Decision.OPEN)
    note = models.CharField(_("Note"), max_length=300, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ScopedManager()
    row_scope = RowScope(
        organisation="plan_import__owner__organisation",
        region="plan_import__region",
        owner="plan_import__owner",
    )

    class Meta:
        verbose_name = _("Warning of the reader")
        ordering = ["plan_import_id", "order"]

    def __str__(self) -> str:
        return self.message[:80]

    @property
    def words(self) -> str:
        """What the reader doubts, in the user's language; a code without words of its own keeps its message."""
        return str(WARNING_WORDS.get(self.code, self.message))
