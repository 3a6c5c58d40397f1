"""How a change of a device's password stands, in words."""

from __future__ import annotations

from django.utils.translation import gettext as __

from lantian.apps.monitoring.choices_devices import CommandState
from lantian.apps.monitoring.models import NewPassword


def change_words(new: NewPassword) -> str:
    """One sentence on a password that is on its way or not settled."""
    command = new.command
    if command.state == CommandState.QUEUED and command.sent_at is None:
        return __("A new password waits to be sent to the device.")
    if command.state in {CommandState.SENT, CommandState.ACCEPTED}:
        return __("A new password is being sent; the former and the new one are both taken.")
    return __(
        "It is not known whether the device has taken the new password. Both are taken until it has used the new one, or still"
        " uses the former one ten minutes after the command has ended."
    )
