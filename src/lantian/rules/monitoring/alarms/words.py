"""Causes, severities and verdicts of alarms."""

from __future__ import annotations

from collections.abc import Mapping

from lantian.rules.monitoring.errors import _

EXCEED_HOUR = "exceed_hour"
EXCEED_DAY = "exceed_day"
SUSPECT = "suspect"
OFFLINE = "offline"
POWER = "power"
DUST = "dust"
MARK_LATE = "mark_late"
REFUSED = "refused"
AMOUNT = "amount"
AMOUNT_NEAR = "amount_near"
FURNACE = "furnace"

CAUSES: Mapping[str, str] = {
    EXCEED_HOUR: _("Hourly mean above the limit"),
    EXCEED_DAY: _("Daily mean above the limit"),
    SUSPECT: _("Suspicious data"),
    OFFLINE: _("Device silent"),
    POWER: _("Electricity does not fit"),
    DUST: _("Dust above the control value"),
    MARK_LATE: _("Marked after the deadline"),
    REFUSED: _("Frames in a flood or refused"),
    AMOUNT: _("Amount of the year above the permit"),
    AMOUNT_NEAR: _("Permitted amount nearly used up"),
    FURNACE: _("Furnace too cold"),
}
#: what is about the device, not about the outlet that it watches
OF_DEVICES = frozenset({OFFLINE, REFUSED})

HIGH, MEDIUM, LOW = "high", "medium", "low"
#: the gravest first
SEVERITIES: Mapping[str, str] = {HIGH: _("High"), MEDIUM: _("Medium"), LOW: _("Low")}

CONFIRMED, FALSE_ALARM, DEVICE_FAULT, EXPLAINED = "confirmed", "false_alarm", "device_fault", "explained"
VERDICTS: Mapping[str, str] = {
    CONFIRMED: _("Borne out"),
    FALSE_ALARM: _("False alarm"),
    DEVICE_FAULT: _("Fault of a device"),
    EXPLAINED: _("Explained, nothing wrong"),
}
