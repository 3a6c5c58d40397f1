"""Passwords and keys of devices: set, changed, sealed anew; never read by a page."""

from __future__ import annotations

import re

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import sealing
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.monitoring.access import DEVICE_KEY
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import SecretKind
from lantian.apps.monitoring.models import Device, DeviceSecret

#: what a password in a frame may be made of: nothing that parts fields there
_PASSWORD = re.compile(r"[!-~]{1,24}")
_PARTS = set(";,=&#")


class _OnSecret(Action[Device]):
    permission = DEVICE_KEY

    def __init__(self, actor: Actor, device: Device, kind: str, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.device, self.kind = device, kind

    def subject(self) -> Device:
        """The device."""
        return self.device

    def check(self) -> None:
        """Ask for the right over this device."""
        super().check()
        self.check_row(self.device)

    def validate(self) -> None:
        """One of the kinds."""
        super().validate()
        if self.kind not in SecretKind.values:
            raise Invalid(fields={"kind": __("Choose one of the values.")})


class SetSecret(_OnSecret):
    """Set or change the password or the key of a device.

    Parameters
    ----------
    secret
        For :attr:`SecretKind.SM4` sixteen signs, which are the sixteen bytes of the key.
    """

    code = "monitoring.secret.set"

    def __init__(self, actor: Actor, device: Device, kind: str, secret: str, *, reason: str = "") -> None:
        super().__init__(actor, device, kind, reason=reason)
        self.secret = secret

    def validate(self) -> None:
        """Refuse what cannot stand in a frame, and keys that follow a pattern (HJ 212-2025, 6.4.3)."""
        super().validate()
        if self.device.state == DeviceState.RETIRED:
            raise Conflict(__("This device has been taken out of use."))
        if self.kind == SecretKind.PASSWORD:
            if not _PASSWORD.fullmatch(self.secret) or _PARTS & set(self.secret):
                raise Invalid(
                    fields={"secret": __("A password has 1 to 24 letters, figures or signs other than ; , = & #.")}
                )
            return
        if not re.fullmatch(r"[!-~]{16}", self.secret):
            raise Invalid(fields={"secret": __("An SM4 key has exactly 16 letters, figures or signs.")})
        steps = {ord(b) - ord(a) for a, b in zip(self.secret, self.secret[1:], strict=False)}
        if len(steps) == 1 or self.secret[:8] == self.secret[8:]:
            raise Invalid(fields={"secret": __("Fixed or patterned keys are forbidden (HJ 212-2025, 6.4.3).")})

    def perform(self) -> Device:
        """Seal it; the log says that, never what."""
        row = DeviceSecret.objects.filter(device=self.device, kind=self.kind).first()
        new = row is None
        if row is None:
            row = DeviceSecret(device=self.device, kind=self.kind)
        row.put(self.secret)
        row.set_at, row.set_by = timezone.now(), self.actor.user
        row.save()
        _touch(self.device)
        self.log(self.device, after={"kind": self.kind, "step": "set" if new else "changed"})
        return self.device


class RemoveSecret(_OnSecret):
    """Forget the password or the key of a device."""

    code = "monitoring.secret.remove"
    needs_reason = True

    def perform(self) -> Device:
        """Delete it."""
        gone, _rows = DeviceSecret.objects.filter(device=self.device, kind=self.kind).delete()
        if not gone:
            raise Conflict(__("There is none."))
        _touch(self.device)
        self.log(self.device, after={"kind": self.kind, "step": "removed"})
        return self.device


class ResealSecrets(Action[dict[str, int]]):
    """Seal everything with the present secret of the office, after it was exchanged."""

    code = "monitoring.secret.reseal"
    permission = DEVICE_KEY

    def perform(self) -> dict[str, int]:
        """Open with the former key, seal with the present one.

        Raises
        ------
        Unsealable
            If the former key is not there; nothing is changed then.
        """
        rows = [row for row in DeviceSecret.objects.select_for_update() if not sealing.is_current(row.sealed)]
        for row in rows:
            row.put(row.get())
        DeviceSecret.objects.bulk_update(rows, ["sealed"], batch_size=500)
        counts = {"resealed": len(rows), "of": DeviceSecret.objects.count()}
        if not rows:
            self.unchanged = True
        else:
            self.log(label=__("Secrets of devices"), after=counts)
        return counts


def _touch(device: Device) -> None:
    """Let the gateway see that something has changed."""
    device.changed_at = timezone.now()
    device.save(update_fields=["changed_at"])
