"""Plans, their text and their headings."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Attachment, Organisation, Region
from lantian.apps.core.querysets import RowScope, ScopedManager
from lantian.apps.plans.choices import BlockKind, PlanSource, PlanStatus
from lantian.rules.progress.lights import WARN_DAYS


class Plan(models.Model):
    """An action plan in force, in preparation or withdrawn; it is seen by everybody who has a task in it."""

    title = models.CharField(_("Title"), max_length=200)
    issuer = models.CharField(_("Issued by"), max_length=120, blank=True)
    issuer_organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="issued_plans",
        verbose_name=_("Issuing organisation"),
    )
    document_number = models.CharField(_("Document number"), max_length=80, blank=True)
    issued_on = models.DateField(_("Issued on"), null=True, blank=True)
    filing_deadline = models.CharField(_("Filing deadline"), max_length=80, blank=True)
    copied_to = models.JSONField(_("Copied to"), default=list, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="plans", verbose_name=_("Region"))
    year = models.PositiveSmallIntegerField(_("Year"), null=True, blank=True)
    starts_on = models.DateField(_("From"), null=True, blank=True)
    ends_on = models.DateField(_("Until"), null=True, blank=True)
    status = models.CharField(
        _("Status"), max_length=10, choices=PlanStatus.choices, default=PlanStatus.DRAFT
    )
    source = models.CharField(
        _("Came as"), max_length=10, choices=PlanSource.choices, default=PlanSource.DOCUMENT, editable=False
    )
    upper = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="lower", verbose_name=_("Plan above")
    )
    previous = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="next_plans", verbose_name=_("Plan before")
    )
    #: days before a milestone from which the light of its task is yellow
    warn_days = models.PositiveSmallIntegerField(_("Days of warning"), default=WARN_DAYS, editable=False)
    attachment = models.ForeignKey(
        Attachment, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Source file")
    )
    #: SHA-256 of the text, so that the same plan is not imported twice by accident
    text_sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    spans = models.JSONField(default=dict, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()
    row_scope = RowScope(organisation="parties__organisation", region="region", owner="created_by", many=True)

    class Meta:
        verbose_name = _("Action plan")
        verbose_name_plural = _("Action plans")
        ordering = ["-issued_on", "-pk"]
        indexes = [models.Index(fields=["status", "-issued_on"]), models.Index(fields=["year"])]

    def __str__(self) -> str:
        return self.title


class PlanText(models.Model):
    """The text of a plan as it came out of its file; in its own table, so that lists do not load it."""

    plan = models.OneToOneField(Plan, models.CASCADE, primary_key=True, related_name="text")
    content = models.TextField()

    def __str__(self) -> str:
        return self.content[:40]


class PlanParty(models.Model):
    """An organisation that has something to do in a plan: what opens the plan to its people.

    Derived from the issuer and the units of the tasks by :func:`lantian.apps.plans.ledger.refresh_parties`.
    """

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="parties")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "organisation"], name="plan_party_once")]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.plan}"


class PlanDocument(models.Model):
    """One document of the file: a notice, an annex, the plan itself."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="documents")
    order = models.PositiveSmallIntegerField(default=0)
    title = models.CharField(_("Title"), max_length=300)
    issuer = models.CharField(_("Issued by"), max_length=120, blank=True)
    document_number = models.CharField(_("Document number"), max_length=80, blank=True)
    issued_on = models.DateField(_("Issued on"), null=True, blank=True)
    span_start = models.PositiveIntegerField()
    span_end = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("Document")
        ordering = ["plan_id", "order"]

    def __str__(self) -> str:
        return self.title


class Section(models.Model):
    """A heading in the tree of headings of a document."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="sections")
    document = models.ForeignKey(PlanDocument, models.CASCADE, null=True, blank=True, related_name="sections")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="children")
    level = models.PositiveSmallIntegerField(default=1)
    order = models.PositiveIntegerField(default=0)
    title = models.CharField(_("Heading"), max_length=300)
    span_start = models.PositiveIntegerField(null=True, blank=True)
    span_end = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("Section")
        ordering = ["plan_id", "order"]
        indexes = [models.Index(fields=["plan", "order"])]

    def __str__(self) -> str:
        return self.title


class TextBlock(models.Model):
    """A stretch of text that is kept whole for the rooms that apply it: staggered production, response."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="blocks")
    kind = models.CharField(_("Kind"), max_length=40, default=BlockKind.OTHER)
    title = models.CharField(_("Title"), max_length=300, blank=True)
    span_start = models.PositiveIntegerField()
    span_end = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("Text block")
        ordering = ["plan_id", "span_start"]

    def __str__(self) -> str:
        return self.title

    @property
    def kind_label(self) -> str:
        """The kind in words; an unknown kind is shown as it is stored."""
        return str(dict(BlockKind.choices).get(self.kind, self.kind))
