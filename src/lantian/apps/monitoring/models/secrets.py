"""What a device and the house must both know: sealed, in a table of their own that no page and no export reads."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import sealing
from lantian.apps.monitoring.choices_devices import SecretKind
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.sources.models.scope import KeptQuerySet, scopes


class OfDeviceQuerySet(KeptQuerySet):
    """Rows that hang on a device."""

    ways = scopes("device__source__")


class Sealed(models.Model):
    """A row that holds a secret under seal."""

    #: as `core.sealing` has sealed it
    sealed = models.TextField(editable=False)

    class Meta:
        abstract = True

    @property
    def purpose(self) -> str:
        """What it is sealed for."""
        raise NotImplementedError

    def put(self, secret: str) -> None:
        """Seal a secret into the row, without saving."""
        self.sealed = sealing.seal(secret, self.purpose)

    def get(self) -> str:
        """The secret itself, for the gateway alone.

        Raises
        ------
        Unsealable
            If the secret of the office is another one.
        """
        return sealing.unseal(self.sealed, self.purpose)


class DeviceSecret(Sealed):
    """The password or the key of a device."""

    device = models.ForeignKey(Device, models.CASCADE, related_name="secrets", verbose_name=_("Device"))
    kind = models.CharField(_("Kind of secret"), max_length=4, choices=SecretKind.choices)
    set_at = models.DateTimeField(_("Set at"), default=timezone.now, editable=False)
    set_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", editable=False
    )

    objects = models.Manager.from_queryset(OfDeviceQuerySet)()

    class Meta:
        verbose_name = _("Secret of a device")
        verbose_name_plural = _("Secrets of devices")
        ordering = ["device", "kind"]
        constraints = [models.UniqueConstraint(fields=["device", "kind"], name="device_secret_once")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.kind}"

    @property
    def purpose(self) -> str:
        """What it is sealed for: this device and this kind, and nothing else."""
        return f"monitoring.device.{self.device_id}.{self.kind}"
