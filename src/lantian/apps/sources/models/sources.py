"""Sources, what they consist of, what they are known by, and how they were before."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, Region
from lantian.apps.sources.choices import KeyKind, SourceStatus, Subject
from lantian.apps.sources.models.scope import KeptQuerySet, scopes


class SourceQuerySet(KeptQuerySet):
    """Sources."""

    def live(self) -> Any:
        """Sources that have not become part of another."""
        return self.filter(merged_into__isnull=True)

    def within(self, region: Region) -> Any:
        """Sources in a place or in a place below it."""
        return self.filter(region__path__startswith=region.path)


class Source(models.Model):
    """One thing that emits: an enterprise on its premises, a site, a vehicle, a mine. Every list points to it.

    What all kinds have in common are columns; the other facts stand in `values` under the keys of the field dictionary.
    """

    #: a kind of the list book: enterprise, site, vehicle …
    kind = models.CharField(_("Kind of source"), max_length=24)
    name = models.CharField(_("Name"), max_length=160)
    #: without width, spaces and brackets, to be found by
    name_key = models.CharField(max_length=160, db_index=True, editable=False)
    uscc = models.CharField(_("Unified social credit code"), max_length=18, blank=True)
    permit = models.CharField(_("Number of the discharge permit"), max_length=22, blank=True)
    #: GB/T 4754
    trade = models.CharField(_("Trade code"), max_length=5, blank=True)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="sources", verbose_name=_("Region")
    )
    village = models.CharField(_("Village or grid"), max_length=60, blank=True)
    address = models.CharField(_("Address"), max_length=200, blank=True)
    #: WGS-84
    lon = models.FloatField(
        _("Longitude"), null=True, blank=True, validators=[MinValueValidator(-180), MaxValueValidator(180)]
    )
    lat = models.FloatField(
        _("Latitude"), null=True, blank=True, validators=[MinValueValidator(-90), MaxValueValidator(90)]
    )
    status = models.CharField(
        _("Status"), max_length=8, choices=SourceStatus.choices, default=SourceStatus.RUNNING
    )
    department = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sources_answered_for",
        verbose_name=_("Responsible department"),
    )
    town = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sources_in_town",
        verbose_name=_("Town or street"),
    )
    #: the enterprise itself, where it has an account
    operator = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sources_run",
        verbose_name=_("Operator's account"),
    )
    person = models.CharField(_("Responsible person"), max_length=60, blank=True)
    phone = models.CharField(_("Phone"), max_length=30, blank=True)
    values = models.JSONField(_("Facts"), default=dict, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name=_("Merged into")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    #: since when it is as it is; what was before stands in `Revision`
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = models.Manager.from_queryset(SourceQuerySet)()

    class Meta:
        verbose_name = _("Pollution source")
        verbose_name_plural = _("Sources")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(lon__isnull=True, lat__isnull=True) | Q(lon__isnull=False, lat__isnull=False),
                name="source_has_both_coordinates_or_none",
            ),
        ]
        indexes = [
            # What every list of sources asks for; the others have become part of another source.
            models.Index(
                fields=["kind", "name"], condition=Q(merged_into__isnull=True), name="source_live_kind_name"
            ),
            models.Index(fields=["region", "kind"]),
            models.Index(fields=["lon", "lat"]),
            models.Index(fields=["uscc"], condition=~Q(uscc=""), name="source_uscc"),
            models.Index(fields=["permit"], condition=~Q(permit=""), name="source_permit"),
            models.Index(fields=["changed_at"]),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:source", args=[self.pk])


class PartQuerySet(KeptQuerySet):
    """Rows that hang on a source."""

    ways = scopes("source__")


class Unit(models.Model):
    """A production line, process, kiln, boiler, treatment facility, outlet, tank or yard of a source."""

    source = models.ForeignKey(
        Source, models.CASCADE, related_name="units", verbose_name=_("Pollution source"), db_index=False
    )
    #: a kind of the list book: line, process, kiln, boiler …
    kind = models.CharField(_("Kind of unit"), max_length=16)
    #: within the source: MF0001, DA001, 1#
    number = models.CharField(_("Number of the unit"), max_length=40)
    name = models.CharField(_("Name"), max_length=120, blank=True)
    status = models.CharField(
        _("Status"), max_length=8, choices=SourceStatus.choices, default=SourceStatus.RUNNING
    )
    values = models.JSONField(_("Facts"), default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = models.Manager.from_queryset(PartQuerySet)()

    class Meta:
        verbose_name = _("Unit of a source")
        verbose_name_plural = _("Units of sources")
        ordering = ["source", "kind", "number"]
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "number"], name="unit_once_per_source")
        ]
        indexes = [models.Index(fields=["changed_at"])]

    def __str__(self) -> str:
        return self.name or self.number


class SourceKey(models.Model):
    """Something that a source is known by: a code, a permit, a former name, the number it had in a list."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="keys", db_index=False)
    kind = models.CharField(_("Kind of key"), max_length=12, choices=KeyKind.choices)
    #: as it is compared: without width, spaces and small letters
    value = models.CharField(_("Key"), max_length=160)
    #: for numbers in lists: of which list
    where = models.CharField(_("Of"), max_length=40, blank=True)
    #: can belong to one source only
    exclusive = models.BooleanField(default=False)
    since = models.DateField(_("Since"), null=True, blank=True)
    until = models.DateField(_("Until"), null=True, blank=True)
    #: came from a source that became part of this one; holds whatever the facts of this one say
    merge = models.ForeignKey(
        "sources.Merge", models.PROTECT, null=True, blank=True, related_name="keys", db_index=False
    )

    objects = models.Manager.from_queryset(PartQuerySet)()

    class Meta:
        verbose_name = _("Key of a source")
        verbose_name_plural = _("Keys of sources")
        ordering = ["kind", "value"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "value"],
                condition=Q(exclusive=True, until__isnull=True),
                name="source_key_belongs_to_one",
            ),
            models.UniqueConstraint(fields=["source", "kind", "value", "where"], name="source_key_once"),
        ]
        indexes = [
            models.Index(fields=["kind", "value"]),
            models.Index(fields=["merge"], condition=Q(merge__isnull=False), name="source_key_of_merge"),
        ]

    def __str__(self) -> str:
        return self.value


class Revision(models.Model):
    """How a source, a unit or an entry was from one moment to another. The present state stands in its own row."""

    subject = models.CharField(max_length=6, choices=Subject.choices)
    object_id = models.BigIntegerField()
    since = models.DateTimeField(_("From"))
    until = models.DateTimeField(_("To"))
    #: every column and fact that was another then
    before = models.JSONField(default=dict)
    reason = models.CharField(_("Reason"), max_length=500, blank=True)
    actor = models.CharField(_("By"), max_length=80, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("Earlier state")
        verbose_name_plural = _("Earlier states")
        ordering = ["subject", "object_id", "-until"]
        indexes = [
            models.Index(fields=["subject", "object_id", "until"]),
            models.Index(fields=["subject", "until"]),
        ]

    def __str__(self) -> str:
        return f"{self.subject} {self.object_id}"
