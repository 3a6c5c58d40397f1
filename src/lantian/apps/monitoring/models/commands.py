"""Commands to devices: rows that the gateway polls, and what the devices answered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.choices_devices import OVER, CommandState
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.monitoring.models.secrets import OfDeviceQuerySet


class DeviceCommand(models.Model):
    """One command to one device."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="commands", verbose_name=_("Device"))
    #: command code of HJ 212
    cn = models.CharField(_("Command (CN)"), max_length=4)
    #: field → text as it goes into the frame, in this order
    parameters = models.JSONField(_("Parameters"), default=list, blank=True)
    state = models.CharField(
        _("State"), max_length=9, choices=CommandState.choices, default=CommandState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(_("Sending attempts"), default=0)
    #: request number of the last attempt
    qn = models.CharField("QN", max_length=20, blank=True)
    #: what came back: moment, command code, fields
    answers = models.JSONField(_("Answers"), default=list, blank=True)
    #: stable word for why it ended as it did
    outcome = models.CharField(_("Outcome"), max_length=40, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("Command asked by"),
    )
    #: who asked, in words; the gateway itself asks for missing data
    asker = models.CharField(_("Command asked by"), max_length=80, blank=True)
    created_at = models.DateTimeField(_("Command asked at"), default=timezone.now, editable=False)
    #: after this moment it is not sent any more
    until = models.DateTimeField(_("Send until"))
    sent_at = models.DateTimeField(_("Sent at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("Ended at"), null=True, blank=True)

    objects = models.Manager.from_queryset(OfDeviceQuerySet)()

    class Meta:
        verbose_name = _("Command to a device")
        verbose_name_plural = _("Commands to devices")
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["queued", "sent", "accepted"]),
                name="device_command_open",
            ),
            models.Index(fields=["device", "-created_at"]),
        ]

    def __str__(self) -> str:
        return f"{self.cn} {self.device}"

    def get_absolute_url(self) -> str:
        """The commands of its device."""
        return reverse("monitoring:commands", args=[self.device_id])

    @property
    def is_over(self) -> bool:
        """Whether nothing follows any more."""
        return self.state in OVER
