"""What came through the doors: deliveries, values under review, keys of senders."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from lantian.apps.air.models.stations import Station
from lantian.apps.core.models import Job, Region
from lantian.apps.core.querysets import RowScope, ScopedManager


class Door(models.TextChoices):
    """How data came."""

    FILE = "file", _("File in the page")
    FOLDER = "folder", _("Watched folder")
    CONSOLE = "console", _("Command line")
    PUSH = "push", _("Sent by a station")
    REVIEW = "review", _("Review")


class DeliveryState(models.TextChoices):
    """Where a delivery stands."""

    LOOKING = "looking", _("Being looked at")
    ASKING = "asking", _("Waits for your answer")
    STORING = "storing", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Not imported")


class Delivery(models.Model):
    """A file or message with observations, from its preview to what became of it."""

    door = models.CharField(_("Door"), max_length=8, choices=Door.choices)
    name = models.CharField(_("Name"), max_length=200)
    state = models.CharField(
        _("State"), max_length=10, choices=DeliveryState.choices, default=DeliveryState.LOOKING, db_index=True
    )
    #: SHA-256 of the file; the parts that are written into the lake are named after it
    sha256 = models.CharField(max_length=64, blank=True)
    choices = models.JSONField(_("Choices"), default=dict, blank=True)
    preview = models.JSONField(default=dict, blank=True)
    #: ``hour`` or ``day``, of ``station`` or ``city``
    interval = models.CharField(max_length=4, blank=True)
    of = models.CharField(max_length=7, blank=True)
    first = models.DateTimeField(_("From"), null=True, blank=True)
    last = models.DateTimeField(_("To"), null=True, blank=True)
    rows = models.PositiveBigIntegerField(_("Rows"), default=0)
    added = models.PositiveBigIntegerField(_("New hours"), default=0)
    corrected = models.PositiveBigIntegerField(_("Changed hours"), default=0)
    same = models.PositiveBigIntegerField(_("As before"), default=0)
    held = models.PositiveBigIntegerField(_("Held"), default=0)
    flagged = models.PositiveBigIntegerField(_("Flagged"), default=0)
    #: values held or flagged, by reason
    counts = models.JSONField(default=dict, blank=True)
    parts_done = models.PositiveIntegerField(default=0)
    error = models.TextField(_("Error"), blank=True)
    #: of a message: the sender, its own name for it, what it said, and what was answered
    key = models.ForeignKey(
        "StationKey", models.PROTECT, null=True, blank=True, related_name="deliveries", verbose_name=_("Key")
    )
    sender_id = models.CharField(max_length=80, blank=True)
    answer = models.JSONField(null=True, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("By"),
    )
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(_("Came at"), auto_now_add=True, db_index=True)
    finished_at = models.DateTimeField(_("Finished at"), null=True, blank=True)

    objects = ScopedManager()
    #: the values are seen by everybody who sees air; who may import sees all deliveries
    row_scope = RowScope(public=True)

    class Meta:
        verbose_name = _("Delivery")
        verbose_name_plural = _("Deliveries")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["key", "sender_id"], condition=~Q(sender_id=""), name="delivery_of_a_sender_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("air:delivery", args=[self.pk])

    @property
    def sender(self) -> str:
        """Who brought it: an account, the key of a sender, or the door itself."""
        return str(self.user or self.key or self.get_door_display())


class DoubtState(models.TextChoices):
    """What was decided on a value."""

    OPEN = "open", _("Open")
    ACCEPTED = "accepted", _("Accepted")
    REJECTED = "rejected", _("Rejected")
    CORRECTED = "corrected", _("Corrected")


class Doubt(models.Model):
    """Values that were held at the door, or let in with a flag, and what was decided on them."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="doubts", verbose_name=_("Delivery"))
    #: part of the delivery and place in it: a part that is written again writes the same rows
    part = models.PositiveIntegerField(default=0)
    number = models.PositiveIntegerField(default=0)
    held = models.BooleanField(_("Held"))
    reason = models.CharField(_("Reason"), max_length=20)
    station = models.ForeignKey(
        Station, models.PROTECT, null=True, blank=True, related_name="doubts", verbose_name=_("Station")
    )
    #: what the source calls the station or city
    source_name = models.CharField(max_length=120, blank=True)
    city = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="+")
    interval = models.CharField(max_length=4, default="hour")
    #: ends of the first and the last hour; of a day its beginning in campaign time
    first = models.DateTimeField(_("Time"), null=True, blank=True)
    last = models.DateTimeField(null=True, blank=True)
    hours = models.PositiveIntegerField(default=1)
    time_text = models.CharField(max_length=40, blank=True)
    row = models.PositiveBigIntegerField(_("Row"), default=0)
    #: item → thousandths, or null where the text is no number
    values = models.JSONField(_("Values"), default=dict, blank=True)
    texts = models.JSONField(default=dict, blank=True)
    state = models.CharField(_("State"), max_length=10, choices=DoubtState.choices, default=DoubtState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("Decided at"), null=True, blank=True)
    decision_reason = models.CharField(_("Grounds"), max_length=500, blank=True)
    #: what went into the lake: item → thousandths or null
    decision = models.JSONField(null=True, blank=True)

    objects = ScopedManager()
    row_scope = RowScope(region="station__region")

    class Meta:
        verbose_name = _("Value under review")
        verbose_name_plural = _("Values under review")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["delivery", "part", "number"], name="doubt_place_once"),
        ]
        indexes = [
            models.Index(fields=["state", "reason"]),
            models.Index(fields=["station", "reason", "first"]),
        ]

    def __str__(self) -> str:
        return f"{self.who} {self.reason}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("air:doubt", args=[self.pk])

    @property
    def who(self) -> str:
        """The station or city, as the register calls it or as the source does."""
        return str(self.station or self.city or self.source_name)


class StationTail(models.Model):
    """The last hour of a station and since when each value stands still, so that this is seen across deliveries."""

    code = models.CharField(max_length=30, unique=True)
    hour = models.IntegerField()
    values = models.JSONField()
    starts = models.JSONField()

    def __str__(self) -> str:
        return self.code


class StationKey(models.Model):
    """The key with which somebody sends the values of stations; only its hash is kept."""

    name = models.CharField(_("Sender"), max_length=80)
    region = models.ForeignKey(Region, models.PROTECT, related_name="+", verbose_name=_("Region"))
    #: none: all stations of the place
    stations: Any = models.ManyToManyField(
        Station, blank=True, related_name="keys", verbose_name=_("Stations")
    )
    prefix = models.CharField(max_length=8, unique=True)
    digest = models.CharField(max_length=64)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(_("Made at"), auto_now_add=True)
    expires_at = models.DateTimeField(_("Valid until"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("Revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("Last used"), null=True, blank=True)
    last_used_ip = models.GenericIPAddressField(null=True, blank=True)

    objects = ScopedManager()
    row_scope = RowScope(region="region")

    class Meta:
        verbose_name = _("Key of a sender")
        verbose_name_plural = _("Keys of senders")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def allowed(self) -> frozenset[str]:
        """Codes of the stations that may be reported with it."""
        chosen = self.stations.all()
        rows = chosen if chosen.exists() else Station.objects.within(self.region)
        return frozenset(rows.values_list("code", flat=True))
