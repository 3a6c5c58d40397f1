"""Changes of the register of devices."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as __

from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid
from lantian.apps.monitoring import registry
from lantian.apps.monitoring.access import DEVICE_EDIT
from lantian.apps.monitoring.actions.new_passwords import forget_unsent
from lantian.apps.monitoring.choices import DeviceKind, DeviceState
from lantian.apps.monitoring.choices_devices import OVER, CommandState
from lantian.apps.monitoring.models import Device
from lantian.apps.sources.access import SOURCE_VIEW
from lantian.apps.sources.models import Source

#: what a form or a file may say of a device
COLUMNS = ("mn", "name", "kind", "st", "protocol", "source", "unit", "addresses", "units", "options")


class _OnDevice(Action[Device]):
    permission = DEVICE_EDIT
    device: Device

    def __init__(self, actor: Actor, device: Device, *, seen: datetime | None = None, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.device, self.seen = device, seen

    def subject(self) -> Device | None:
        """The device."""
        return self.device if self.device.pk else None

    def check(self) -> None:
        """Ask for the right over this device."""
        super().check()
        if self.device.pk:
            self.check_row(self.device)

    def put(self, **values: Any) -> bool:
        """Check values against each other and the register, save them, and keep the key of the source.

        Raises
        ------
        Invalid
            Values that do not fit, or a source that is not the actor's.
        """
        device = self.device
        if self.seen is not None and device.changed_at != self.seen:
            raise Conflict
        former = [(device.mn, device.source, device.unit)] if device.pk else []
        values = {key: value for key, value in values.items() if key == "state" or key in COLUMNS}
        if "mn" in values:
            values["mn"] = registry.mn_of(values["mn"])
        if isinstance(values.get("addresses"), list):
            values["addresses"] = registry.networks_of(values["addresses"])
        source = values.get("source", device.source)
        unit = values.get("unit", device.unit)
        if source is not None and source.pk != device.source_id:
            if not self.actor.rows(Source.objects.filter(pk=source.pk), SOURCE_VIEW).exists():
                raise Invalid(fields={"source": __("There is no such source that you may see.")})
            if source.merged_into_id is not None:
                raise Invalid(fields={"source": __("This source has become part of another. Choose that one.")})
        if unit is not None and (source is None or unit.source_id != source.pk):
            raise Invalid(fields={"unit": __("This unit belongs to another source.")})
        state = values.get("state", device.state)
        if source is None and state in {DeviceState.ACTIVE, DeviceState.SUSPENDED}:
            raise Invalid(fields={"source": __("Say which source the device belongs to.")})
        if state != DeviceState.RETIRED:
            registry.check_free(values.get("mn", device.mn), device, source, self.actor)
        now = timezone.now()
        changed = self.save(device, **values)
        if changed:
            device.changed_at = now
            device.save(update_fields=["changed_at"])
            registry.keep_as_key(self.actor, former, device, self.reason)
        elif not self._entries:
            self.unchanged = True
        if not self.actor.rows(Device.objects.filter(pk=device.pk), DEVICE_EDIT).exists():
            raise Invalid(fields={"source": __("This source is outside of your data scope. Choose one within it.")})
        return changed


class AddDevice(_OnDevice):
    """Put a device into the register."""

    code = "monitoring.device.add"

    def __init__(self, actor: Actor, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, Device(), reason=reason)
        self.values = values

    def perform(self) -> Device:
        """Write it."""
        self.put(**self.values)
        return self.device


class ChangeDevice(_OnDevice):
    """Correct what stands in the register.

    Parameters
    ----------
    seen
        When the row was last changed as the person saw it.
    """

    code = "monitoring.device.change"

    def __init__(
        self, actor: Actor, device: Device, *, seen: datetime | None = None, reason: str = "", **values: Any
    ) -> None:
        super().__init__(actor, device, seen=seen, reason=reason)
        self.values = values

    def validate(self) -> None:
        """One that is out of use is not changed any more."""
        super().validate()
        if self.device.state == DeviceState.RETIRED:
            raise Conflict(__("This device has been taken out of use. Register it anew if it comes back."))

    def perform(self) -> Device:
        """Write it."""
        self.put(**self.values)
        return self.device


class ApproveDevice(_OnDevice):
    """Say whose a device is that reported without being known; what it sends is taken from then on."""

    code = "monitoring.device.approve"

    def __init__(self, actor: Actor, device: Device, *, reason: str = "", **values: Any) -> None:
        super().__init__(actor, device, reason=reason)
        self.values = values

    def validate(self) -> None:
        """Only one that waits."""
        super().validate()
        if self.device.state != DeviceState.PARKED:
            raise Conflict(__("This device does not wait for approval any more."))

    def perform(self) -> Device:
        """Write it."""
        self.values.pop("mn", None)
        self.put(**self.values, state=DeviceState.ACTIVE)
        return self.device


class _ChangeState(_OnDevice):
    needs_reason = True
    #: from which states, and to which
    begin: frozenset[str]
    to: str

    def validate(self) -> None:
        """Only from the states before it."""
        super().validate()
        if self.device.state not in self.begin:
            raise Conflict(
                __("The device is “%(state)s”; this is not possible now.")
                % {"state": self.device.get_state_display()}
            )

    def perform(self) -> Device:
        """Write it; commands that wait have nobody to go to any more."""
        self.put(state=self.to)
        if self.to != DeviceState.ACTIVE:
            self.device.commands.exclude(state__in=OVER).update(
                state=CommandState.CANCELLED, outcome="device_not_active", ended_at=timezone.now()
            )
            forget_unsent(self.device)
        return self.device


class SuspendDevice(_ChangeState):
    """Take nothing of a device for a while."""

    code = "monitoring.device.suspend"
    begin = frozenset({DeviceState.ACTIVE})
    to = DeviceState.SUSPENDED


class ResumeDevice(_ChangeState):
    """Take what a device sends again."""

    code = "monitoring.device.resume"
    begin = frozenset({DeviceState.SUSPENDED})
    to = DeviceState.ACTIVE


class RetireDevice(_ChangeState):
    """Take a device out of use; what it has sent stays, and its number is free for another source."""

    code = "monitoring.device.retire"
    begin = frozenset({DeviceState.ACTIVE, DeviceState.SUSPENDED, DeviceState.PARKED})
    to = DeviceState.RETIRED


class ParkDevice(Action[Device]):
    """Note a device that reported without being known; done by the gateway.

    Parameters
    ----------
    st
        System code of its frame.
    peer
        Address from which it came.
    """

    code = "monitoring.device.park"
    permission = None

    def __init__(self, actor: Actor, mn: str, *, st: str = "", protocol: str = "", peer: str = "") -> None:
        super().__init__(actor)
        self.mn, self.st, self.protocol, self.peer = mn, st, protocol, peer

    def perform(self) -> Device:
        """Write it."""
        kind = DeviceKind.CEMS
        if self.st in {"22", "39"}:
            kind = DeviceKind.DUST
        elif self.st in {"44", "80"}:
            kind = DeviceKind.METER
        elif self.st in {"45", "51", "52"}:
            kind = DeviceKind.STATE
        elif self.st == "27":
            kind = DeviceKind.VOC
        device = Device()
        self.save(
            device,
            mn=registry.mn_of(self.mn),
            kind=kind,
            state=DeviceState.PARKED,
            st=self.st[:3],
            protocol=self.protocol if self.protocol in {"2005", "2017", "2025"} else "2017",
            options={"peer": self.peer[:60]},
        )
        return device
