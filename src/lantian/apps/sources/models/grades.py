"""Performance grades of sources, and the subsidies that are due."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.sources.choices import ApproverLevel, GradeEventKind, PaymentState
from lantian.apps.sources.models.sources import PartQuerySet, Source, Unit


class Grade(models.Model):
    """A grade of a source, or of a line of it, in one trade, from one day to another."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="grades", verbose_name=_("Pollution source"))
    unit = models.ForeignKey(
        Unit, models.CASCADE, null=True, blank=True, related_name="grades", verbose_name=_("Unit")
    )
    #: the trade of the grading guide, as its book names it
    industry = models.CharField(_("Trade of the grading"), max_length=60, blank=True)
    #: what happened to the grade
    kind = models.CharField(
        _("Event"), max_length=9, choices=GradeEventKind.choices, default=GradeEventKind.GRANTED
    )
    #: A, B, B-, C, D, leading, non_leading; empty where it was withdrawn
    grade = models.CharField(_("Performance grade"), max_length=12, blank=True)
    valid_from = models.DateField(_("Valid from"))
    valid_to = models.DateField(_("Valid to (last day)"), null=True, blank=True)
    approver = models.CharField(_("Approved by"), max_length=120)
    approver_level = models.CharField(
        _("Level of the approver"), max_length=8, choices=ApproverLevel.choices, blank=True
    )
    #: day on which the approver made it public
    published_on = models.DateField(_("Made public on"), null=True, blank=True)
    approved_on = models.DateField(_("Approved on"), null=True, blank=True)
    notice = models.CharField(_("Number of the notice"), max_length=120, blank=True)
    evidence = models.CharField(_("Evidence"), max_length=500, blank=True)
    #: of a grade that replaced a better one
    downgraded_because = models.CharField(_("Reason for the downgrade"), max_length=500, blank=True)
    #: row of a book of grades that names the cause
    cause = models.CharField(_("Cause"), max_length=120, blank=True)
    #: ended before its time by a later grade
    ended_by = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="ends", verbose_name=_("Ended by")
    )
    #: struck out, as if it had never been
    annulled_at = models.DateTimeField(_("Struck out at"), null=True, blank=True)
    annulled_because = models.CharField(_("Struck out because"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = models.Manager.from_queryset(PartQuerySet)()

    class Meta:
        verbose_name = _("Performance grade")
        verbose_name_plural = _("Performance grades")
        ordering = ["source", "-valid_from", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="grade_time_runs_forward",
            )
        ]
        indexes = [models.Index(fields=["grade", "valid_to"])]

    def __str__(self) -> str:
        return self.grade


class Subsidy(models.Model):
    """Money that a plan promises for a source, from due to paid."""

    source = models.ForeignKey(Source, models.PROTECT, related_name="subsidies", verbose_name=_("Pollution source"))
    grade = models.ForeignKey(Grade, models.PROTECT, null=True, blank=True, related_name="subsidies")
    #: entry of the book of subsidies
    rule = models.CharField(_("Rule"), max_length=60)
    #: document and item, as the book names them
    clause = models.CharField(_("Clause"), max_length=120)
    #: None where the plan names none and the office has set none
    amount = models.DecimalField(
        _("Amount [yuan]"),
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
    )
    approved_amount = models.DecimalField(_("Approved [yuan]"), max_digits=14, decimal_places=2, default=0)
    paid_amount = models.DecimalField(_("Paid [yuan]"), max_digits=14, decimal_places=2, default=0)
    recovered_amount = models.DecimalField(_("Recovered [yuan]"), max_digits=14, decimal_places=2, default=0)
    state = models.CharField(
        _("State"), max_length=9, choices=PaymentState.choices, default=PaymentState.DUE, db_index=True
    )
    due_on = models.DateField(_("Due since"))
    paid_on = models.DateField(_("Paid on"), null=True, blank=True)
    voucher = models.CharField(_("Voucher"), max_length=120, blank=True)
    #: reasons: message ids with their values, so that they are told in the reader's language
    why = models.JSONField(default=list)
    #: what was done: state, day, amount, document, and by whom
    steps = models.JSONField(default=list)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = models.Manager.from_queryset(PartQuerySet)()

    class Meta:
        verbose_name = _("Subsidy")
        verbose_name_plural = _("Subsidies")
        ordering = ["-due_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["source", "rule", "grade"], name="subsidy_once_per_grade")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.clause}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:subsidy", args=[self.pk])
