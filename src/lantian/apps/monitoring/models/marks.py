"""Marks by which an enterprise says that its data of a period do not tell of its emissions, and limits of outlets."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.choices_devices import MarkKind, MarkState
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.monitoring.models.secrets import OfDeviceQuerySet


class DataMark(models.Model):
    """Stop, fault or maintenance of a period, with reason and proof."""

    device = models.ForeignKey(Device, models.PROTECT, related_name="marks", verbose_name=_("Device"))
    kind = models.CharField(_("Kind of mark"), max_length=11, choices=MarkKind.choices)
    #: codes; none means all that the device sends
    factors = models.JSONField(_("Monitored factors"), default=list, blank=True)
    start = models.DateTimeField(_("Start time"))
    #: not included
    end = models.DateTimeField(_("End time"))
    cause = models.CharField(_("Reason"), max_length=500)
    state = models.CharField(
        _("State"), max_length=9, choices=MarkState.choices, default=MarkState.WAITING
    )
    made_at = models.DateTimeField(_("Marked at"), default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Marked by"),
    )
    #: until when it had to be made, by the parameter of that day
    due_at = models.DateTimeField(_("To be marked until"))
    checked_at = models.DateTimeField(_("Checked at"), null=True, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Checked by"),
    )
    verdict = models.CharField(_("Words of the check"), max_length=500, blank=True)

    objects = models.Manager.from_queryset(OfDeviceQuerySet)()

    class Meta:
        verbose_name = _("Mark")
        verbose_name_plural = _("Marks")
        ordering = ["-start", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(start__lt=F("end")), name="mark_has_a_length")]
        indexes = [
            models.Index(fields=["device", "start"]),
            models.Index(fields=["made_at"], condition=Q(state="waiting"), name="mark_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.device}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("monitoring:mark", args=[self.pk])

    @property
    def late(self) -> bool:
        """Whether it was made after its deadline."""
        return self.made_at > self.due_at


class OutletLimit(models.Model):
    """The limit of a factor at a monitored point, as the permit or an order sets it."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="limits", verbose_name=_("Device"))
    factor = models.CharField(_("Monitored factor"), max_length=20)
    limit_mg_m3 = models.DecimalField(
        _("Limit (mg/m³)"), max_digits=10, decimal_places=3, validators=[MinValueValidator(0)]
    )
    #: None where the standard knows no folding
    reference_oxygen_percent = models.DecimalField(
        _("Reference oxygen (%)"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(20)],
    )
    #: document and clause that set it
    basis = models.CharField(_("Document and clause"), max_length=200)
    valid_from = models.DateField(_("Valid from"))
    #: last day
    valid_to = models.DateField(_("Valid to (last day)"), null=True, blank=True)

    objects = models.Manager.from_queryset(OfDeviceQuerySet)()

    class Meta:
        verbose_name = _("Limit of an outlet")
        verbose_name_plural = _("Limits of outlets")
        ordering = ["device", "factor", "-valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["device", "factor", "valid_from"], name="outlet_limit_once")
        ]

    def __str__(self) -> str:
        return f"{self.factor} {self.limit_mg_m3}"
