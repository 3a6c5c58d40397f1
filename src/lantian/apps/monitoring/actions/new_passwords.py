"""A new password at the device itself (CN 1072): sent down, and settled once it is known which of the two holds there.

From asking to settling both passwords are right for the gateway. The new one holds as soon as the device says that it has
done so, or uses it: nobody else knows it. The former one is settled on only a while after the command has ended: a device
may send what it had kept before it changed, and one that was refused too early would be locked out.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict
from lantian.apps.monitoring.access import DEVICE_KEY
from lantian.apps.monitoring.actions.commands import KEPT_HOURS, CancelCommand, SendCommand
from lantian.apps.monitoring.choices_devices import OVER, CommandState, SecretKind
from lantian.apps.monitoring.models import Device, DeviceCommand, DeviceSecret, NewPassword

#: command of HJ 212 that sets the password
SET_PASSWORD = "1072"
#: so long after the end of the command the former password must still be used to be settled on
SETTLE_AFTER = timedelta(minutes=10)


class SendNewPassword(SendCommand):
    """Let a device have a new password.

    Parameters
    ----------
    secret
        Six letters or figures; kept under seal, and nowhere else.
    """

    code = "monitoring.secret.send"
    permission = DEVICE_KEY
    carries_secret = True

    def __init__(
        self, actor: Actor, device: Device, secret: str, *, keep_hours: int = KEPT_HOURS, reason: str = ""
    ) -> None:
        super().__init__(actor, device, SET_PASSWORD, {"NewPW": secret}, keep_hours=keep_hours, reason=reason)

    def validate(self) -> None:
        """One at a time, and only where the present one is known: the command must carry it."""
        # Two that ask at the same moment come one after the other.
        Device.objects.select_for_update().get(pk=self.device.pk)
        super().validate()
        if NewPassword.objects.filter(device=self.device).exists():
            raise Conflict(
                __("A new password is on its way, or it is not known yet which one holds at the device. Wait for its next packets.")
            )
        if not DeviceSecret.objects.filter(device=self.device, kind=SecretKind.PASSWORD).exists():
            raise Conflict(__("Enter the present password of the device first: the command must carry it."))

    def perform(self) -> DeviceCommand:
        """Queue the command; the password goes under seal beside it."""
        row = super().perform()
        new = NewPassword(device=self.device, command=row, made_by=self.actor.user)
        new.put(self.given["NewPW"].strip())
        new.save()
        touch(self.device)
        return row

    def noted(self) -> dict[str, Any]:
        """That one was sent, not which."""
        return {"kind": SecretKind.PASSWORD, "step": "sent", "cn": self.cn}


class CancelNewPassword(CancelCommand):
    """Take back a new password that has not been sent."""

    code = "monitoring.secret.cancel"
    permission = DEVICE_KEY
    carries_secret = True

    def perform(self) -> DeviceCommand:
        """Mark it; forget the password unless an earlier try has left with it."""
        row = super().perform()
        forget_unsent(self.command.device)
        return row


class SettlePassword(Action[None]):
    """Note which of its two passwords a device has; done by the gateway.

    Parameters
    ----------
    holds
        Whether it is the new one.
    how
        ``answered`` (the device said that it has done so) or ``seen`` (it has used it).
    """

    code = "monitoring.secret.settle"
    permission = None

    def __init__(self, actor: Actor, new: NewPassword, *, holds: bool, how: str) -> None:
        super().__init__(actor)
        self.new, self.holds, self.how = new, holds, how

    def perform(self) -> None:
        """Put the new one in the place of the former, or forget it."""
        device, command, now = self.new.device, self.new.command, timezone.now()
        if self.holds:
            row = DeviceSecret.objects.filter(device=device, kind=SecretKind.PASSWORD).first()
            if row is None:
                row = DeviceSecret(device=device, kind=SecretKind.PASSWORD)
            row.put(self.new.get())
            row.set_at, row.set_by = now, self.new.made_by
            row.save()
        if self.how == "seen":
            command.outcome = "uses_new" if self.holds else "uses_former"
            if command.state not in OVER:
                command.state, command.ended_at = CommandState.DONE, now
            command.save(update_fields=["outcome", "state", "ended_at"])
        self.new.delete()
        touch(device)
        step = "changed" if self.holds else "kept"
        self.log(device, after={"kind": SecretKind.PASSWORD, "step": step, "how": self.how})


def forget_unsent(device: Device | None = None) -> int:
    """Forget new passwords whose commands have ended without ever having been sent.

    Parameters
    ----------
    device
        Of one device; of all if not given.

    Returns
    -------
    int
        How many.
    """
    rows = NewPassword.objects.filter(command__state__in=OVER, command__sent_at__isnull=True)
    if device is not None:
        rows = rows.filter(device=device)
    keys = list(rows.values_list("device_id", flat=True))
    if keys:
        rows.delete()
        Device.objects.filter(pk__in=keys).update(changed_at=timezone.now())
    return len(keys)


def may_settle_on_former(command: DeviceCommand, at: datetime) -> bool:
    """Whether a device that uses its former password at a moment has not taken the new one."""
    ended = command.ended_at
    return command.state in OVER and ended is not None and at >= ended + SETTLE_AFTER


def touch(device: Device) -> None:
    """Let the gateway see that something has changed."""
    device.changed_at = timezone.now()
    device.save(update_fields=["changed_at"])
