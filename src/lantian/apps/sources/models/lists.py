"""Lists, their entries, their published versions, and fields that an office adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.models import Organisation, Region
from lantian.apps.core.querysets import RowScope, ScopedManager, ScopedQuerySet
from lantian.apps.sources.choices import EntryState, ListState, SourceStatus
from lantian.apps.sources.models.scope import KeptQuerySet, scopes
from lantian.apps.sources.models.sources import Source, Unit

if TYPE_CHECKING:
    from lantian.apps.core.models import Grant, User


class SourceList(models.Model):
    """A list that a plan orders, as a place keeps it."""

    #: code of the list book
    type = models.CharField(_("Kind of list"), max_length=40)
    name = models.CharField(_("Name"), max_length=120)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="source_lists", verbose_name=_("Region")
    )
    owner = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="source_lists",
        verbose_name=_("Kept by"),
    )
    #: of lists that are made anew each year or season
    term = models.CharField(_("Year or season"), max_length=20, blank=True)
    state = models.CharField(
        _("State of the list"), max_length=9, choices=ListState.choices, default=ListState.DRAFT
    )
    #: the last published version; 0 before the first
    version = models.PositiveIntegerField(_("Version"), default=0)
    frozen_at = models.DateTimeField(_("Frozen at"), null=True, blank=True)
    note = models.CharField(_("Note"), max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager()
    #: everybody with the permission knows which lists there are; their entries are shown by the sources' own scope
    row_scope = RowScope(public=True)

    class Meta:
        verbose_name = _("List of sources")
        verbose_name_plural = _("Lists of sources")
        ordering = ["type", "-term", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["type", "region", "term"], name="source_list_once"),
            models.UniqueConstraint(
                fields=["type", "term"],
                condition=Q(region__isnull=True),
                name="source_list_once_without_region",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:list", args=[self.pk])


class ListVersion(models.Model):
    """What was published of a list on a day."""

    list = models.ForeignKey(SourceList, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("Version"))
    #: the entries as they stood at this moment
    at = models.DateTimeField(_("As it stood"), default=timezone.now)
    entries = models.PositiveIntegerField(_("Entries"))
    #: SHA-256 over the entries, so that a print can be compared
    digest = models.CharField(max_length=64)
    #: number of the notice, and where it can be read
    notice = models.CharField(_("Number of the notice"), max_length=120, blank=True)
    address = models.URLField(_("Where it is published"), blank=True)
    frozen = models.BooleanField(_("Confirmed and frozen"), default=False)
    note = models.CharField(_("Note"), max_length=300, blank=True)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        verbose_name = _("Version of a list")
        verbose_name_plural = _("Versions of lists")
        ordering = ["list", "-number"]
        constraints = [models.UniqueConstraint(fields=["list", "number"], name="list_version_once")]

    def __str__(self) -> str:
        return f"{self.list} {self.number}"


class Announcement(models.Model):
    """The announced procedure by which a frozen list may be changed: published, and filed with the level above."""

    list = models.ForeignKey(SourceList, models.CASCADE, related_name="announcements")
    announced_on = models.DateField(_("Announced on"))
    address = models.URLField(_("Where it is published"))
    filing = models.CharField(_("Number of the filing"), max_length=120)
    reason = models.CharField(_("Reason"), max_length=500)
    #: changes may be made until this day
    until = models.DateField(_("Holds until"), null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("Announced change of a frozen list")
        verbose_name_plural = _("Announced changes of frozen lists")
        ordering = ["-announced_on", "-pk"]

    def __str__(self) -> str:
        return f"{self.list} {self.filing}"


class EntryQuerySet(KeptQuerySet):
    """Entries; the columns that rights and lists need are copies, kept by the actions."""

    _LIST: ClassVar[RowScope] = RowScope(organisation="owner", region="region")
    ways = (*scopes(), _LIST)

    def _by(self, way: RowScope, user: User, grant: Grant) -> Q | None:
        """Who keeps a list sees its entries; its lists are a question of their own, so that no join is in the way."""
        rows = super()._by(way, user, grant)
        if way is not self._LIST or not rows:
            return rows
        return Q(list__in=SourceList._base_manager.filter(rows).order_by().values("pk"))

    def on_list(self) -> Any:
        """Entries that have not been taken off."""
        return self.exclude(state=EntryState.REMOVED)


class ListEntry(models.Model):
    """A source, or a unit of it, in a list.

    The columns from `name` to `operator` repeat what the source says, so that a list of hundreds of thousands can be
    filtered, sorted and paged by its own indexes.
    """

    # The indexes of the class begin with the list, so that it needs none of its own; nobody asks for entries by the
    # accounts that proposed and checked them.
    list = models.ForeignKey(
        SourceList, models.CASCADE, related_name="entries", verbose_name=_("List"), db_index=False
    )
    source = models.ForeignKey(Source, models.PROTECT, related_name="entries", verbose_name=_("Pollution source"))
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="entries", verbose_name=_("Unit")
    )
    #: in this list, as printed
    number = models.CharField(_("No."), max_length=40, blank=True)
    state = models.CharField(
        _("State"), max_length=8, choices=EntryState.choices, default=EntryState.PROPOSED
    )
    #: facts of this list only: decision, window, remark
    values = models.JSONField(_("Facts"), default=dict, blank=True)
    #: the natural key of the list, as it is compared
    key = models.CharField(max_length=255, editable=False)
    name = models.CharField(_("Name"), max_length=160)
    unit_name = models.CharField(_("Unit"), max_length=160, blank=True)
    trade = models.CharField(_("Trade code"), max_length=5, blank=True)
    status = models.CharField(_("Status"), max_length=8, choices=SourceStatus.choices)
    region = models.ForeignKey(
        Region, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("Region")
    )
    department = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Responsible department"),
    )
    town = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Town or street"),
    )
    operator = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    #: who proposed it does not put it on the list
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    #: first and last day on the list
    listed_on = models.DateField(_("Listed on"), null=True, blank=True)
    removed_on = models.DateField(_("Taken off on"), null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = models.Manager.from_queryset(EntryQuerySet)()

    class Meta:
        verbose_name = _("Entry of a list")
        verbose_name_plural = _("Entries of lists")
        ordering = ["list", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["list", "key"], condition=~Q(state="removed"), name="entry_key_once_per_list"
            )
        ]
        indexes = [
            # Holds what stands on a list, so that a filter by list, by facts of a source or a unit, and a map need not read its rows.
            models.Index(fields=["list", "state", "source", "unit"]),
            models.Index(fields=["list", "name"]),
            models.Index(fields=["list", "region", "name"]),
            models.Index(fields=["list", "town", "name"]),
            models.Index(fields=["list", "trade", "name"]),
            models.Index(fields=["list", "status", "name"]),
            models.Index(fields=["list", "changed_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.unit_name}".strip()

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("sources:entry", args=[self.pk])


class OwnField(models.Model):
    """A field that an office adds to the dictionary: of sources, of units, or of one list."""

    #: code of the list book; of `source` and `unit` fields it says in which list they are asked for
    type = models.CharField(_("Kind of list"), max_length=40)
    key = models.SlugField(_("Key"), max_length=40)
    label = models.CharField(_("Label"), max_length=60)
    #: a kind of field of the list book
    kind = models.CharField(_("Kind of field"), max_length=24)
    scope = models.CharField(_("Belongs to"), max_length=6)
    unit = models.CharField(_("Unit"), max_length=20, blank=True)
    options = models.JSONField(_("Options"), default=list, blank=True)
    required = models.BooleanField(_("Must be filled in"), default=False)
    note = models.CharField(_("Note"), max_length=200, blank=True)
    order = models.PositiveIntegerField(_("Order"), default=0)
    #: no longer asked for; what was written stays
    retired_at = models.DateTimeField(null=True, blank=True)

    objects = models.Manager.from_queryset(ScopedQuerySet)()
    row_scope = RowScope(public=True)

    class Meta:
        verbose_name = _("Own field")
        verbose_name_plural = _("Own fields")
        ordering = ["type", "order", "pk"]
        constraints = [models.UniqueConstraint(fields=["type", "key"], name="own_field_once")]

    def __str__(self) -> str:
        return self.label


class SavedFilter(models.Model):
    """A filter of a list under a name, for oneself or for everybody who sees the list."""

    #: which page: the code of a list type or the name of a page
    page = models.CharField(max_length=60)
    name = models.CharField(_("Name"), max_length=60)
    #: the address behind the question mark
    query = models.CharField(max_length=2000)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    shared = models.BooleanField(_("For everybody"), default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = models.Manager.from_queryset(ScopedQuerySet)()
    row_scope = RowScope(owner="user")

    class Meta:
        verbose_name = _("Saved filter")
        verbose_name_plural = _("Saved filters")
        ordering = ["page", "name"]
        constraints = [models.UniqueConstraint(fields=["user", "page", "name"], name="saved_filter_once")]

    def __str__(self) -> str:
        return self.name
