"""Devices that report: whose they are, what they watch, and how they are spoken to."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.choices import DeviceKind, DeviceState, Protocol
from lantian.apps.sources.models import Source, Unit
from lantian.apps.sources.models.scope import KeptQuerySet, scopes


class DeviceQuerySet(KeptQuerySet):
    """Devices; one that belongs to no source yet is seen only by whoever sees everything."""

    ways = scopes("source__")


class Device(models.Model):
    """One logger, monitor or meter under its MN."""

    #: as it is compared and as it stands in the frames
    mn = models.CharField(_("Device number (MN)"), max_length=40, unique=True)
    name = models.CharField(_("Name"), max_length=120, blank=True)
    kind = models.CharField(_("Kind of device"), max_length=8, choices=DeviceKind.choices)
    state = models.CharField(
        _("State"), max_length=9, choices=DeviceState.choices, default=DeviceState.ACTIVE
    )
    #: system code of its frames
    st = models.CharField(_("System code (ST)"), max_length=3, blank=True)
    protocol = models.CharField(_("Protocol"), max_length=4, choices=Protocol.choices, default=Protocol.V2017)
    source = models.ForeignKey(
        Source, models.PROTECT, null=True, blank=True, related_name="devices", verbose_name=_("Pollution source")
    )
    #: the outlet, line or facility that it watches
    unit = models.ForeignKey(
        Unit,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="devices",
        verbose_name=_("Unit of the source"),
    )
    #: networks from which it may connect, as text; none means any
    addresses = models.JSONField(_("Allowed addresses"), default=list, blank=True)
    #: factor code → unit in which this device sends it, where that is not the standard's
    units = models.JSONField(_("Units of its factors"), default=dict, blank=True)
    #: what only a few need: encoding of texts, kind of check, intervals
    options = models.JSONField(_("Options"), default=dict, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    #: when its last frame came, written at most once a second
    seen_at = models.DateTimeField(_("Last heard of"), null=True, blank=True)

    objects = models.Manager.from_queryset(DeviceQuerySet)()

    class Meta:
        verbose_name = _("Device")
        verbose_name_plural = _("Devices")
        ordering = ["mn"]
        indexes = [
            models.Index(fields=["kind", "state"]),
            models.Index(fields=["seen_at"]),
        ]

    def __str__(self) -> str:
        return self.name or self.mn

    def get_absolute_url(self) -> str:
        """Its page in the register."""
        return reverse("monitoring:device", args=[self.pk])
