"""Words for what the log keeps of warnings and daily reports."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

ACTIONS: dict[str, Any] = {
    "monitoring.warning.declare": _("Warning declared"),
    "monitoring.warning.change_level": _("Level of a warning changed"),
    "monitoring.warning.lift": _("Warning lifted"),
    "monitoring.daily.make": _("Daily report made"),
    "monitoring.daily.remake": _("Daily report made anew"),
    "monitoring.daily.verify": _("Running and stopped verified"),
    "monitoring.daily.verify_all": _("Running and stopped verified as the data say"),
    "monitoring.daily.send": _("Daily report sent"),
    "monitoring.daily.correct": _("Correction of a daily report begun"),
    "monitoring.daily.remind": _("Reminder of a daily report"),
    "monitoring.daily.set": _("Setting of the daily report changed"),
}
#: values of the log that are no fields of a model
VALUES: dict[str, Any] = {
    "enterprises": _("Enterprises"),
    "unverified": _("Not verified"),
    "by_house": _("Reported by the house"),
    "late": _("Reported late"),
    "receivers": _("Receivers in the house"),
}
