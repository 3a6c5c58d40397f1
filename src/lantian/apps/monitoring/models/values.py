"""What devices said last and how the gateway stands, both written by the gateway at most once a second; and what the judge of
each minute saw above its limit.
"""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.choices_devices import Period
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.monitoring.models.secrets import OfDeviceQuerySet


class LatestValue(models.Model):
    """The last value of a factor of a device, for each kind of period."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="latest", verbose_name=_("Device"), db_index=False
    )
    #: code of the factor as it was sent
    factor = models.CharField(_("Monitored factor"), max_length=20)
    period = models.CharField(_("Kind of data"), max_length=6, choices=Period.choices)
    #: the moment, or the start of the period
    time = models.DateTimeField(_("Time"))
    #: as printed, in the unit in which the device sends
    value = models.DecimalField(_("Value"), max_digits=18, decimal_places=6, null=True, blank=True)
    #: as the device itself has folded it to the reference oxygen
    folded = models.DecimalField(_("Folded value"), max_digits=18, decimal_places=6, null=True, blank=True)
    flag = models.CharField(_("Mark of the device"), max_length=8, blank=True)
    received = models.DateTimeField(_("Received at"))

    objects = models.Manager.from_queryset(OfDeviceQuerySet)()

    class Meta:
        verbose_name = _("Latest value")
        verbose_name_plural = _("Latest values")
        ordering = ["device", "factor", "period"]
        constraints = [
            models.UniqueConstraint(fields=["device", "factor", "period"], name="latest_value_once")
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.factor} {self.period}"


class AboveLimit(models.Model):
    """A last hourly mean that was above the limit of its day when the judge looked; marks of enterprises are not looked at."""

    device = models.ForeignKey(
        Device, models.CASCADE, related_name="above", verbose_name=_("Device"), db_index=False
    )
    factor = models.CharField(_("Monitored factor"), max_length=20)
    #: the start of the hour
    time = models.DateTimeField(_("Time"))

    objects = models.Manager.from_queryset(OfDeviceQuerySet)()

    class Meta:
        verbose_name = _("Value above its limit")
        verbose_name_plural = _("Values above their limit")
        ordering = ["device", "factor"]
        constraints = [models.UniqueConstraint(fields=["device", "factor"], name="above_limit_once")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.factor}"


class Look(models.Model):
    """When a judge looked last."""

    name = models.CharField(_("Name"), max_length=20, primary_key=True)
    at = models.DateTimeField(_("As of"))

    class Meta:
        verbose_name = _("Look of a judge")
        verbose_name_plural = _("Looks of judges")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class GatewayState(models.Model):
    """How a process of the gateway stands, as it says itself."""

    name = models.CharField(_("Gateway"), max_length=40, primary_key=True)
    #: when it said so
    at = models.DateTimeField(_("As of"))
    status = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("State of the gateway")
        verbose_name_plural = _("States of the gateway")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
