"""What sources use and make in a year, and the emissions that were computed from it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Job, Region
from lantian.apps.core.querysets import RowScope, ScopedManager
from lantian.apps.sources.models.sources import PartQuerySet, Source, Unit


class Activity(models.Model):
    """A row of the inventory's workbook: what one source, or one unit of it, did in a year."""

    #: None: a total of the statistics, which belongs to a place and to no source
    source = models.ForeignKey(
        Source, models.CASCADE, null=True, blank=True, related_name="activities", verbose_name=_("Pollution source")
    )
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="activities")
    year = models.PositiveSmallIntegerField(_("Year"), null=True, blank=True)
    #: key of the sheet: activities, monitors, controls …
    sheet = models.CharField(_("Sheet"), max_length=24)
    values = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = models.Manager.from_queryset(PartQuerySet)()

    class Meta:
        verbose_name = _("Activity")
        verbose_name_plural = _("Activities")
        ordering = ["source", "sheet", "pk"]
        indexes = [models.Index(fields=["year", "sheet"])]

    def __str__(self) -> str:
        return f"{self.source or self.year} {self.sheet}"


class InventoryRun(models.Model):
    """One computing of the inventory of a place and a year."""

    year = models.PositiveSmallIntegerField(_("Year"))
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Region")
    )
    name = models.CharField(_("Name"), max_length=120, blank=True)
    state = models.CharField(max_length=8, default="running", db_index=True)
    #: versions of the books, options, and a digest of what went in
    basis = models.JSONField(default=dict)
    #: pollutant → [t], as text, exact
    totals = models.JSONField(default=dict)
    gaps = models.JSONField(default=list)
    sources = models.PositiveIntegerField(_("Sources"), default=0)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("By"),
    )
    created_at = models.DateTimeField(_("Begun at"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    #: the one that the other rooms read
    current = models.BooleanField(default=False)

    objects = ScopedManager()
    row_scope = RowScope(region="region", organisation="user__organisation", owner="user")

    class Meta:
        verbose_name = _("Emission inventory")
        verbose_name_plural = _("Emission inventories")
        ordering = ["-year", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "region"], condition=Q(current=True), name="one_current_inventory"
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.year)

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:inventory", args=[self.pk])


class Emission(models.Model):
    """What a source, or a unit of it, emits of a pollutant in a run."""

    run = models.ForeignKey(InventoryRun, models.CASCADE, related_name="emissions")
    source = models.ForeignKey(Source, models.PROTECT, related_name="emissions")
    unit = models.ForeignKey(Unit, models.SET_NULL, null=True, blank=True, related_name="+")
    pollutant = models.CharField(_("Pollutant"), max_length=8)
    #: four levels of the guide
    level1 = models.CharField(max_length=24, blank=True)
    level2 = models.CharField(max_length=40, blank=True)
    level3 = models.CharField(max_length=40, blank=True)
    level4 = models.CharField(max_length=40, blank=True)
    #: rounded for sums in the database; the exact amount stands in `exact`
    t = models.FloatField(_("Emission [t]"), null=True)
    exact = models.CharField(max_length=80, blank=True)
    method = models.CharField(_("Method"), max_length=24, blank=True)
    why = models.JSONField(default=dict)

    objects = models.Manager.from_queryset(PartQuerySet)()

    class Meta:
        verbose_name = _("Emission")
        verbose_name_plural = _("Emissions")
        ordering = ["run", "source", "pollutant"]
        indexes = [
            models.Index(fields=["run", "pollutant", "t"]),
            models.Index(fields=["run", "level1", "pollutant"]),
            models.Index(fields=["source", "pollutant"]),
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.pollutant}"


class Prepared(models.Model):
    """Something that a page of a run shows and that is too much to compute while somebody waits.

    Grids by side and pollutant, times, the balance with the statistics, the spread of the sums: see
    :mod:`lantian.apps.sources.emissions.preparing`.
    """

    run = models.ForeignKey(InventoryRun, models.CASCADE, related_name="prepared", db_index=False)
    kind = models.CharField(max_length=12)
    key = models.CharField(max_length=40, blank=True)
    head = models.JSONField(default=dict)
    #: what not every page needs
    body = models.JSONField(default=dict)

    objects = ScopedManager()
    row_scope = RowScope(region="run__region", organisation="run__user__organisation", owner="run__user")

    class Meta:
        verbose_name = _("Part of an inventory")
        verbose_name_plural = _("Parts of inventories")
        ordering = ["run", "kind", "key"]
        constraints = [
            models.UniqueConstraint(fields=["run", "kind", "key"], name="prepared_once_for_its_run")
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.kind} {self.key}".strip()
