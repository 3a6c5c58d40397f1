"""Commands to devices: asked for, taken back. What becomes of them is written by the gateway (`gateway_ports`)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.monitoring.access import DEVICE_COMMAND
from lantian.apps.monitoring.choices import DeviceState
from lantian.apps.monitoring.choices_devices import OVER, CommandState
from lantian.apps.monitoring.models import Device, DeviceCommand
from lantian.rules.hj212.commands import CommandRefused, checked, commands

#: a device that is not connected gets a command when it comes back, but not later than this [h]
KEPT_HOURS = 24
#: commands of one device that wait at once
MOST_OPEN = 20


class SendCommand(Action[DeviceCommand]):
    """Put a command into the queue of a device.

    Parameters
    ----------
    given
        Field → text as it goes into the frame.
    """

    code = "monitoring.command.send"
    permission = DEVICE_COMMAND
    #: whether it may be a command that carries a new password
    carries_secret: ClassVar[bool] = False

    def __init__(
        self,
        actor: Actor,
        device: Device,
        cn: str,
        given: Mapping[str, str],
        *,
        keep_hours: int = KEPT_HOURS,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.device, self.cn, self.given, self.keep_hours = device, cn, dict(given), keep_hours
        self.fields: list[tuple[str, str]] = []

    def subject(self) -> Device:
        """The device."""
        return self.device

    def check(self) -> None:
        """Ask for the right over this device."""
        super().check()
        self.check_row(self.device)

    def validate(self) -> None:
        """Refuse values that do not fit, and devices that take no commands."""
        super().validate()
        if self.device.state != DeviceState.ACTIVE:
            raise Conflict(__("Only a device in operation takes commands."))
        known = commands().get(self.cn)
        if known is not None and known.carries_secret and not self.carries_secret:
            # Whoever sends commands does not keep keys; and nobody types a password into a field that all can read.
            raise Invalid(fields={"cn": __("A new password is sent from the page of passwords and keys.")})
        try:
            self.fields = checked(self.cn, self.given, version=self.device.protocol)
        except CommandRefused as error:
            raise Invalid(fields={error.key or "cn": __(error.message_id) % error.params}) from error
        if commands()[self.cn].confirm and not self.reason:
            raise Invalid(fields={"reason": __("This does something at the station. Say why.")})
        waiting = self.device.commands.exclude(state__in=OVER)
        if waiting.count() >= MOST_OPEN:
            raise Conflict(__("%(count)s commands wait for this device already.") % {"count": MOST_OPEN})
        listed = [list(pair) for pair in self.fields]
        if any(one.parameters == listed for one in waiting.filter(cn=self.cn)):
            raise Conflict(__("The same command waits for this device already."))

    def perform(self) -> DeviceCommand:
        """Write the row; the gateway polls it."""
        now = timezone.now()
        user = self.actor.user
        row = DeviceCommand.objects.create(
            device=self.device,
            cn=self.cn,
            parameters=[list(pair) for pair in self.fields],
            asked_by=user,
            asker=(user.display_name if user is not None else self.actor.name)[:80],
            created_at=now,
            until=now + timedelta(hours=self.keep_hours),
        )
        self.log(self.device, after=self.noted())
        return row

    def noted(self) -> dict[str, Any]:
        """What the log keeps of it."""
        return {"cn": self.cn, **dict(self.fields)}


class CancelCommand(Action[DeviceCommand]):
    """Take back a command that has not been sent."""

    code = "monitoring.command.cancel"
    permission = DEVICE_COMMAND
    carries_secret: ClassVar[bool] = False

    def __init__(self, actor: Actor, command: DeviceCommand, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.command = command

    def subject(self) -> Device:
        """The device."""
        return self.command.device

    def check(self) -> None:
        """Ask for the right over its device."""
        super().check()
        self.check_row(self.command)

    def validate(self) -> None:
        """A new password is taken back by who keeps keys."""
        super().validate()
        known = commands().get(self.command.cn)
        if (known is not None and known.carries_secret) != self.carries_secret:
            raise Conflict(__("A new password is taken back on the page of passwords and keys."))

    def perform(self) -> DeviceCommand:
        """Mark it, unless the gateway was quicker."""
        now = timezone.now()
        done = DeviceCommand.objects.filter(pk=self.command.pk, state=CommandState.QUEUED).update(
            state=CommandState.CANCELLED, outcome="taken_back", ended_at=now
        )
        if not done:
            raise Conflict(__("This command has been sent already."))
        self.command.refresh_from_db()
        self.log(self.command.device, after={"cn": self.command.cn, "state": CommandState.CANCELLED})
        return self.command
