"""Passwords on their way to devices, and those of which it is not known whether they hold there."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.models.commands import DeviceCommand
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.monitoring.models.secrets import OfDeviceQuerySet, Sealed


class NewPassword(Sealed):
    """A password that a command carries to a device.

    It stands beside the present one from the moment of asking until it is known which of the two holds at the device: the
    gateway takes both, for the answer of a device that has done as it was told may be lost.
    """

    device_id: int
    #: one at a time: of several nobody could say which one the device has taken
    device = models.OneToOneField(
        Device, models.CASCADE, related_name="new_password", verbose_name=_("Device")
    )
    command = models.OneToOneField(DeviceCommand, models.CASCADE, related_name="new_password")
    made_at = models.DateTimeField(default=timezone.now, editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = models.Manager.from_queryset(OfDeviceQuerySet)()

    class Meta:
        verbose_name = _("New password of a device")
        verbose_name_plural = _("New passwords of devices")
        ordering = ["device"]

    def __str__(self) -> str:
        return f"{self.device_id}"

    @property
    def purpose(self) -> str:
        """What it is sealed for: this device, and not yet as the one that holds."""
        return f"monitoring.device.{self.device_id}.pw.new"
