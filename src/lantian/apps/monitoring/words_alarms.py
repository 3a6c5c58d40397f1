"""Words for what the log keeps of alarms."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import history

ACTIONS: dict[str, Any] = {
    "monitoring.alarm.raise": _("Alarms raised"),
    "monitoring.alarm.fold": _("Outages of places kept"),
    "monitoring.alarm.acknowledge": _("Alarm taken up"),
    "monitoring.alarm.acknowledge_many": _("Alarms taken up"),
    "monitoring.alarm.answer": _("Alarm explained by the enterprise"),
    "monitoring.alarm.send_back": _("Answer to an alarm sent back"),
    "monitoring.alarm.turn_over": _("Alarm turned over"),
    "monitoring.alarm.close": _("Alarm closed"),
    "monitoring.alarm.sheet": _("Sheet of an alarm taken"),
    "monitoring.alarm.reopen": _("Alarm taken up anew"),
}


def register() -> None:
    """Make them known."""
    history.register(ACTIONS)
