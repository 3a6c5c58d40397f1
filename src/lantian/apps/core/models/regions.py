"""Administrative places, dated: a code may be given up, a county may be split, a zone may have a local code."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.querysets import RowScope, ScopedManager, ValidityQuerySet
from lantian.apps.core.trees import TreeNode


class RegionLevel(models.TextChoices):
    """Levels of administration."""

    PROVINCE = "province", _("Province")
    PREFECTURE = "prefecture", _("Prefecture city")
    COUNTY = "county", _("District or county")
    TOWN = "town", _("Town or street")
    VILLAGE = "village", _("Village or community")


class CodeKind(models.TextChoices):
    """Who gave the code."""

    STATUTORY = "statutory", _("National code (GB/T 2260, GB/T 10114)")
    LOCAL = "local", _("Local code (development zone and the like)")


class Region(TreeNode):
    """A place in the time in which it existed under this code, name and parent."""

    code = models.CharField(_("Code"), max_length=20)
    name = models.CharField(_("Name"), max_length=60)
    short_name = models.CharField(_("Short name"), max_length=30, blank=True)
    level = models.CharField(_("Level"), max_length=12, choices=RegionLevel.choices)
    code_kind = models.CharField(
        _("Kind of code"), max_length=12, choices=CodeKind.choices, default=CodeKind.STATUTORY
    )
    valid_from = models.DateField(_("Valid from"), null=True, blank=True)
    valid_to = models.DateField(_("Valid to (last day)"), null=True, blank=True)
    predecessors: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "self",
        through="RegionSuccession",
        through_fields=("successor", "predecessor"),
        symmetrical=False,
        related_name="successors",
    )

    objects = ScopedManager.from_queryset(ValidityQuerySet)()
    row_scope = RowScope(region="", public=True)

    class Meta:
        verbose_name = _("Region")
        verbose_name_plural = _("Regions")
        ordering = ["code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["code", "valid_from"], name="region_code_once_per_start"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(valid_from__isnull=True), name="region_code_once_without_start"
            ),
            models.CheckConstraint(
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gte=models.F("valid_from")),
                name="region_validity_runs_forward",
            ),
        ]
        indexes = [models.Index(fields=["level", "code"]), models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name


class RegionSuccession(models.Model):
    """One place became (part of) another on a day."""

    predecessor = models.ForeignKey(Region, models.CASCADE, related_name="became")
    successor = models.ForeignKey(Region, models.CASCADE, related_name="came_from")
    on = models.DateField(_("On"))
    note = models.CharField(_("Note"), max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["predecessor", "successor"], name="region_succession_once")
        ]

    def __str__(self) -> str:
        return f"{self.predecessor} → {self.successor}"


class RegionBoundary(models.Model):
    """Outline of a region in WGS-84, with what the file it came from declared."""

    region = models.OneToOneField(Region, models.CASCADE, related_name="boundary")
    geometry = models.JSONField(_("Geometry (GeoJSON, WGS-84)"))
    #: what the map shows: fewer positions, never used for computing
    simplified = models.JSONField(_("Geometry for display"), null=True)
    west = models.FloatField()
    south = models.FloatField()
    east = models.FloatField()
    north = models.FloatField()
    declared_crs = models.CharField(_("Coordinates of the file"), max_length=10)
    source = models.CharField(_("Source"), max_length=200, blank=True)
    imported_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.region)
