"""Amounts that monitored points emitted, kept by quarter and day, and the amounts that permits allow in a year."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.choices_amounts import POLLUTANTS
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.monitoring.models.secrets import OfDeviceQuerySet
from lantian.apps.sources.models import Source, Unit
from lantian.apps.sources.models.scope import KeptQuerySet, scopes

_KG = {"max_digits": 20, "decimal_places": 6, "default": Decimal(0)}


class _Summed(models.Model):
    """What a period adds up to."""

    measured_kg = models.DecimalField(_("Measured (kg)"), **_KG)  # type: ignore[arg-type]
    substituted_kg = models.DecimalField(_("Substituted (kg)"), **_KG)  # type: ignore[arg-type]
    measured = models.PositiveSmallIntegerField(_("Hours measured"), default=0)
    substituted = models.PositiveSmallIntegerField(_("Hours substituted"), default=0)
    stopped = models.PositiveSmallIntegerField(_("Hours stopped"), default=0)
    #: that have no substitute
    open = models.PositiveSmallIntegerField(_("Hours missing"), default=0)

    class Meta:
        abstract = True


class AmountQuarter(_Summed):
    """A pollutant of a point in a quarter, for substitutes follow from the capture of the quarter; the sum of its ended days."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="amount_quarters", verbose_name=_("Device"))
    factor = models.CharField(_("Pollutant or factor"), max_length=8, choices=POLLUTANTS)
    #: first day of the quarter
    first = models.DateField(_("Quarter from"))
    #: first day that counts: hours before the first that came are not known
    begin = models.DateField(_("Counted from"))
    #: last day that counts, an ended one
    last = models.DateField(_("Counted to"))
    #: of the hours that were not stopped, how many are valid
    capture_percent = models.DecimalField(_("Valid capture (%)"), max_digits=5, decimal_places=2, null=True, blank=True)
    #: kept messages that a reader should know
    reasons = models.JSONField(_("Why"), default=list, blank=True)
    #: document and book, its version, and what the office has set otherwise
    rule = models.CharField(_("Rule"), max_length=60)
    version = models.CharField(_("Version of the rule"), max_length=20)
    overrides = models.JSONField(default=list, blank=True)
    #: what it was worked out from: as long as this is the same it is not worked out again
    basis = models.CharField(max_length=64, editable=False)
    computed_at = models.DateTimeField(_("Worked out at"), default=timezone.now)

    objects = models.Manager.from_queryset(OfDeviceQuerySet)()

    class Meta:
        verbose_name = _("Amount of a quarter")
        verbose_name_plural = _("Amounts of quarters")
        ordering = ["device", "factor", "first"]
        constraints = [
            models.UniqueConstraint(fields=["device", "factor", "first"], name="amount_quarter_once")
        ]
        indexes = [models.Index(fields=["first", "factor"], name="amount_quarter_first")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.factor} {self.first}"


class OfQuarterQuerySet(KeptQuerySet):
    """Days of quarters."""

    ways = scopes("quarter__device__source__")


class AmountDay(_Summed):
    """An ended day of a quarter."""

    quarter = models.ForeignKey(AmountQuarter, models.CASCADE, related_name="days", verbose_name=_("Quarter"))
    day = models.DateField(_("Day"))

    objects = models.Manager.from_queryset(OfQuarterQuerySet)()

    class Meta:
        verbose_name = _("Amount of a day")
        verbose_name_plural = _("Amounts of days")
        ordering = ["quarter", "day"]
        constraints = [models.UniqueConstraint(fields=["quarter", "day"], name="amount_day_once")]
        indexes = [models.Index(fields=["day"], name="amount_day_day")]

    def __str__(self) -> str:
        return f"{self.quarter_id} {self.day}"


class OfSourceQuerySet(KeptQuerySet):
    """Rows that hang on a source."""

    ways = scopes("source__")


class PermittedAmount(models.Model):
    """The amount of a pollutant that a permit allows an enterprise, or one outlet of it, in each year."""

    source = models.ForeignKey(
        Source, models.PROTECT, related_name="permitted_amounts", verbose_name=_("Pollution source")
    )
    #: the outlet; none is the whole enterprise
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="permitted_amounts",
        verbose_name=_("Outlet"),
    )
    factor = models.CharField(_("Pollutant or factor"), max_length=8, choices=POLLUTANTS)
    tonnes = models.DecimalField(
        _("Permitted amount (t/a)"),
        max_digits=14,
        decimal_places=4,
        validators=[MinValueValidator(Decimal("0.0001"))],
    )
    first_year = models.PositiveSmallIntegerField(
        _("First year"), validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    #: the last year for which it holds
    last_year = models.PositiveSmallIntegerField(
        _("Last year"), null=True, blank=True, validators=[MinValueValidator(2000), MaxValueValidator(2100)]
    )
    #: number of the permit and where it stands in it
    basis = models.CharField(_("Document and clause"), max_length=200)
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = models.Manager.from_queryset(OfSourceQuerySet)()

    class Meta:
        verbose_name = _("Permitted amount")
        verbose_name_plural = _("Permitted amounts")
        ordering = ["source", "unit", "factor", "first_year"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_year__isnull=True) | Q(last_year__gte=F("first_year")), name="permitted_runs_forward"
            )
        ]
        indexes = [models.Index(fields=["source", "factor"], name="permitted_source")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.factor} {self.tonnes}"
