"""Organisations in a tree tied to places, their names through time, people and the posts they hold."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models.regions import Region
from lantian.apps.core.querysets import RowScope, ScopedManager, ValidityQuerySet
from lantian.apps.core.trees import TreeNode


class OrganisationKind(models.TextChoices):
    """What an organisation is."""

    GOVERNMENT = "government", _("Government")
    OFFICE = "office", _("Campaign office")
    DEPARTMENT = "department", _("Department")
    TOWN = "town", _("Town or street")
    COMMITTEE = "committee", _("Development zone committee")
    ENTERPRISE = "enterprise", _("Enterprise")
    TEAM = "team", _("Team")
    OTHER = "other", _("Other")


class Organisation(TreeNode):
    """A department, town, enterprise or team; merged ones stay, pointing to what they became."""

    name = models.CharField(_("Full name"), max_length=120)
    short_name = models.CharField(_("Short name"), max_length=60, blank=True)
    code = models.CharField(_("Code"), max_length=32, blank=True)
    kind = models.CharField(
        _("Kind"), max_length=12, choices=OrganisationKind.choices, default=OrganisationKind.DEPARTMENT
    )
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="organisations", verbose_name=_("Region")
    )
    valid_from = models.DateField(_("Valid from"), null=True, blank=True)
    valid_to = models.DateField(_("Valid to (last day)"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name=_("Merged into")
    )
    order = models.PositiveIntegerField(_("Order"), default=0)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager.from_queryset(ValidityQuerySet)()
    row_scope = RowScope(organisation="", region="region")

    class Meta:
        verbose_name = _("Organisation")
        verbose_name_plural = _("Organisations")
        ordering = ["path"]
        constraints = [
            models.UniqueConstraint(
                fields=["code"], condition=~Q(code=""), name="organisation_code_is_unique"
            )
        ]
        indexes = [models.Index(fields=["name"]), models.Index(fields=["kind", "name"])]

    def __str__(self) -> str:
        return self.short_name or self.name


class AliasKind(models.TextChoices):
    """What another name is."""

    SHORT = "short", _("Short name")
    FORMER = "former", _("Former name")
    FULL = "full", _("Full name")
    OTHER = "other", _("Other spelling")


class OrganisationAlias(models.Model):
    """Another name under which documents know an organisation."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="aliases")
    name = models.CharField(_("Name"), max_length=120, db_index=True)
    kind = models.CharField(_("Kind"), max_length=8, choices=AliasKind.choices, default=AliasKind.OTHER)
    valid_from = models.DateField(_("Valid from"), null=True, blank=True)
    valid_to = models.DateField(_("Valid to (last day)"), null=True, blank=True)

    class Meta:
        verbose_name = _("Other name")
        constraints = [
            models.UniqueConstraint(fields=["organisation", "name"], name="alias_once_per_organisation")
        ]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Somebody who is named in plans or uses the system."""

    name = models.CharField(_("Name"), max_length=60)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="people"
    )
    mobile = models.CharField(_("Mobile phone"), max_length=20, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    left_on = models.DateField(_("Left on"), null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()
    row_scope = RowScope(organisation="organisation", region="organisation__region", owner="user")

    class Meta:
        verbose_name = _("Person")
        verbose_name_plural = _("People")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class Post(models.Model):
    """A post in an organisation, held by a person for a time."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="posts")
    title = models.CharField(_("Post"), max_length=60)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="posts")
    is_head = models.BooleanField(_("Head of the organisation"), default=False)
    is_contact = models.BooleanField(_("Contact for the campaign"), default=False)
    valid_from = models.DateField(_("Since"), null=True, blank=True)
    valid_to = models.DateField(_("Until"), null=True, blank=True)

    class Meta:
        verbose_name = _("Post")
        ordering = ["organisation", "-is_head", "title"]

    def __str__(self) -> str:
        return self.title
