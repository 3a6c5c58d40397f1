"""Words for what the log keeps of devices, commands and marks."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "monitoring.device.add": _("Device put into the register"),
    "monitoring.device.change": _("Device corrected"),
    "monitoring.device.approve": _("Device approved"),
    "monitoring.device.suspend": _("Device suspended"),
    "monitoring.device.resume": _("Device resumed"),
    "monitoring.device.retire": _("Device taken out of use"),
    "monitoring.device.park": _("Unknown device noted"),
    "monitoring.device.import": _("Devices imported"),
    "monitoring.secret.set": _("Password or key of a device set"),
    "monitoring.secret.remove": _("Password or key of a device removed"),
    "monitoring.secret.send": _("New password sent to a device"),
    "monitoring.secret.cancel": _("New password of a device taken back"),
    "monitoring.secret.settle": _("New password of a device settled"),
    "monitoring.secret.reseal": _("Passwords and keys sealed anew"),
    "monitoring.command.send": _("Command to a device"),
    "monitoring.command.cancel": _("Command taken back"),
    "monitoring.mark.make": _("Data marked"),
    "monitoring.mark.check": _("Mark checked"),
    "monitoring.mark.withdraw": _("Mark taken back"),
    "monitoring.hours.supply": _("Missing hours entered by hand"),
    "monitoring.limit.set": _("Limit set"),
    "monitoring.limit.end": _("Limit ended"),
}
#: values of the log that are no fields of a model
VALUES: dict[str, Any] = {
    "cn": _("Command (CN)"),
    "created_at": _("Created at"),
    "changed_at": _("Changed at"),
    "minute_interval": _("Interval of minute data [min]"),
    "outlet_kind": _("Kind of outlet"),
    "step": _("Step"),
    "how": _("How it is known"),
    "resealed": _("Sealed anew"),
    "of": _("Of"),
}
