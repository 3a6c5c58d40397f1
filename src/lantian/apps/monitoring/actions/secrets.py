"""Passwords and keys of devices: set, changed, sealed anew; never read by a page."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core import sealing
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.monitoring.access import DEVICE_KEY
from lantian.apps.monitoring.actions.new_passwords import touch
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import OVER, CommandState, SecretKind
from lantian.apps.monitoring.models import Device, DeviceCommand, DeviceSecret, NewPassword

#: what a password in a frame may be made of: nothing that parts fields there
_PASSWORD = re.compile(r"[!-~]{1,24}")
_PARTS = set(";,=&#")
#: no exchange with a device lasts longer; of one that seems to, the gateway has ended meanwhile
_LONGEST = timedelta(hours=1)


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
        if self.kind == SecretKind.PASSWORD and self._change(under_way=True).exists():
            raise Conflict(__("A new password is on its way to this device. Wait until the command has ended."))

    def _change(self, *, under_way: bool) -> Any:
        """New passwords that commands carry to the device: those that are being sent, or the others."""
        being_sent = NewPassword.objects.filter(
            device=self.device,
            command__state__in=[CommandState.SENT, CommandState.ACCEPTED],
            command__sent_at__gt=timezone.now() - _LONGEST,
        )
        if under_way:
            return being_sent
        return NewPassword.objects.filter(device=self.device).exclude(pk__in=being_sent)

    def end_change(self) -> None:
        """What was written by hand holds: nothing else is sent or taken any more."""
        if self.kind != SecretKind.PASSWORD:
            return
        rows = self._change(under_way=False)
        DeviceCommand.objects.filter(new_password__in=rows).exclude(state__in=OVER).update(
            state=CommandState.CANCELLED, outcome="set_by_hand", ended_at=timezone.now()
        )
        rows.delete()


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
        self.end_change()
        touch(self.device)
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
        self.end_change()
        touch(self.device)
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
        resealed = total = 0
        for model in (DeviceSecret, NewPassword):
            manager: Any = model._default_manager
            rows = [row for row in manager.select_for_update() if not sealing.is_current(row.sealed)]
            for row in rows:
                row.put(row.get())
            manager.bulk_update(rows, ["sealed"], batch_size=500)
            resealed, total = resealed + len(rows), total + manager.count()
        counts = {"resealed": resealed, "of": total}
        if not resealed:
            self.unchanged = True
        else:
            self.log(label=__("Secrets of devices"), after=counts)
        return counts
