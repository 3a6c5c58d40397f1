"""Stations, and the hours that do not count."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Self

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.access import STATION_VIEW
from lantian.apps.air.choices import POLLUTANT_WORDS, ControlLevel, ExclusionKind, StationKind
from lantian.apps.core.models import Region
from lantian.apps.core.querysets import RowScope, ScopedQuerySet

if TYPE_CHECKING:
    from lantian.apps.core.models import User


class AirQuerySet(ScopedQuerySet):
    """Everybody with the permission sees the air of everywhere; what is changed lies within the own place."""

    def visible_to(self, user: User, permission: str) -> Self:
        """Rows that the account may use under a permission."""
        if permission == STATION_VIEW:
            may = getattr(user, "is_active", False) and hasattr(user, "may") and user.may(permission)
            return self.all() if may else self.none()
        return super().visible_to(user, permission)


class StationQuerySet(AirQuerySet):
    """Stations."""

    def open_on(self, day: date) -> Self:
        """Stations that measured, or measure, on a day."""
        return self.filter(
            Q(opened__isnull=True) | Q(opened__lte=day),
            Q(closed__isnull=True, in_use=True) | Q(closed__gte=day),
        )

    def within(self, region: Region) -> Self:
        """Stations in a place or in a place below it."""
        return self.filter(region__path__startswith=region.path)


class Station(models.Model):
    """A place where air is measured."""

    code = models.CharField(
        _("Station code"),
        max_length=30,
        unique=True,
        validators=[RegexValidator(r"^[0-9A-Za-z_.-]+$", _("Write letters and figures only."))],
    )
    name = models.CharField(_("Name"), max_length=60)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="stations", verbose_name=_("Region")
    )
    #: the city that a list names, for stations of places that the office does not keep
    city = models.CharField(_("City"), max_length=60, blank=True)
    kind = models.CharField(
        _("Kind of station"), max_length=12, choices=StationKind.choices, default=StationKind.CITY
    )
    control = models.CharField(
        _("Controlled by"), max_length=12, choices=ControlLevel.choices, default=ControlLevel.NATIONAL
    )
    #: WGS-84
    lon = models.FloatField(
        _("Longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    lat = models.FloatField(
        _("Latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    opened = models.DateField(_("In use since"), null=True, blank=True)
    closed = models.DateField(_("In use until (last day)"), null=True, blank=True)
    #: False with no last day: it measures no more, and nobody has said since when
    in_use = models.BooleanField(_("In use"), default=True)
    note = models.CharField(_("Note"), max_length=200, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = models.Manager.from_queryset(StationQuerySet)()
    row_scope = RowScope(region="region")

    class Meta:
        verbose_name = _("Station")
        verbose_name_plural = _("Stations")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opened__isnull=True) | Q(closed__isnull=True) | Q(closed__gte=F("opened")),
                name="station_time_runs_forward",
            ),
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True) | Q(lon__isnull=False, lat__isnull=False),
                name="station_has_both_coordinates_or_none",
            ),
        ]
        indexes = [models.Index(fields=["kind", "control"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("air:station", args=[self.pk])

    def is_open(self, day: date) -> bool:
        """Whether it measures on a day."""
        begun = self.opened is None or self.opened <= day
        return begun and (self.in_use if self.closed is None else self.closed >= day)


class Exclusion(models.Model):
    """Hours of a place or of one station whose values of some pollutants do not count.

    The values stay where they are; what is evaluated leaves them out, and the page shows it both ways.
    """

    region = models.ForeignKey(
        Region, models.PROTECT, related_name="air_exclusions", verbose_name=_("Region")
    )
    #: None: all stations of the place
    station = models.ForeignKey(
        Station,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="exclusions",
        verbose_name=_("Station"),
    )
    #: the first hour begins and the last hour ends
    start = models.DateTimeField(_("From"))
    end = models.DateTimeField(_("To"))
    #: columns of the lake
    pollutants = models.JSONField(_("Pollutants"))
    kind = models.CharField(_("Kind of exclusion"), max_length=12, choices=ExclusionKind.choices)
    reason = models.CharField(_("Reason"), max_length=500)
    #: the document or message that says so
    source = models.CharField(_("Source"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("Entered at"), auto_now_add=True)
    #: taken back, and counts no more
    withdrawn_at = models.DateTimeField(_("Withdrawn at"), null=True, blank=True)

    objects = models.Manager.from_queryset(AirQuerySet)()
    row_scope = RowScope(region="region")

    class Meta:
        verbose_name = _("Exclusion")
        verbose_name_plural = _("Exclusions")
        ordering = ["-start", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="exclusion_time_runs_forward")
        ]
        indexes = [models.Index(fields=["start", "end"])]

    def __str__(self) -> str:
        return f"{self.station or self.region} {self.get_kind_display()}"

    def words(self) -> list[str]:
        """The pollutants as they are written."""
        return [POLLUTANT_WORDS.get(name, str(name)) for name in self.pollutants]

    def clean(self) -> None:
        """Only pollutants that are measured."""
        from django.core.exceptions import ValidationError

        given: Any = self.pollutants
        if not isinstance(given, list) or not given or not set(given) <= set(POLLUTANT_WORDS):
            raise ValidationError({"pollutants": _("Choose at least one pollutant.")})
