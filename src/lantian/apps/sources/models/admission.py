"""Projects that ask to be admitted, and the verdicts on them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.querysets import RowScope, ScopedManager


class Project(models.Model):
    """A proposed project as it was described, with the last verdict and the words for it."""

    name = models.CharField(_("Name"), max_length=160)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("Region"))
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Entered by")
    )
    #: what the book of admission asks for
    values = models.JSONField(default=dict)
    #: the day whose rules apply
    on = models.DateField(_("Judged by the rules of"))
    verdict = models.CharField(_("Verdict"), max_length=12, blank=True, db_index=True)
    #: every rule with what it asked, what was given, and its clause
    findings = models.JSONField(default=list)
    books = models.JSONField(default=list)
    #: facts and papers that would settle what is open
    missing = models.JSONField(default=list)
    #: books of the place that do not hold on the day, with the reason
    passed_over = models.JSONField(default=list)
    judged_at = models.DateTimeField(_("Judged at"), null=True, blank=True)
    #: what people decided in the end
    decision = models.CharField(_("Decision"), max_length=12, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(_("Note"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()
    row_scope = RowScope(organisation="organisation", region="region", owner="created_by")

    class Meta:
        verbose_name = _("Proposed project")
        verbose_name_plural = _("Proposed projects")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:project", args=[self.pk])
