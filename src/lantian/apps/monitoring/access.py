"""Permissions of source monitoring, and what they add to the built-in roles."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from lantian.apps.core import permissions, roles

MONITORING_VIEW = "monitoring.device.view"
DEVICE_EDIT = "monitoring.device.edit"
#: passwords and keys of devices: set and changed, never shown
DEVICE_KEY = "monitoring.device.key"
DEVICE_COMMAND = "monitoring.device.command"
GATEWAY_VIEW = "monitoring.gateway.view"
MARK_OWN = "monitoring.mark.own"
MARK_CHECK = "monitoring.mark.check"
ALARM_HANDLE = "monitoring.alarm.handle"
ALARM_CLOSE = "monitoring.alarm.close"
ALARM_EXPLAIN = "monitoring.alarm.explain"
POWER_EDIT = "monitoring.power.edit"
#: figures that hold for all places; only with all data under it
POWER_RULES = "monitoring.power.rules"
WARNING_VIEW = "monitoring.warning.view"
#: declare a warning, change its level, lift it
WARNING_DECLARE = "monitoring.warning.declare"
DAILY_VIEW = "monitoring.daily.view"
#: verify whether enterprises run or stand still
DAILY_VERIFY = "monitoring.daily.verify"
#: make, send and correct the report, and set how it goes out
DAILY_SEND = "monitoring.daily.send"

#: Role → what it may do here.
_OF_ROLES: dict[str, tuple[str, ...]] = {
    "campaign_office": (
        MONITORING_VIEW,
        DEVICE_EDIT,
        DEVICE_COMMAND,
        GATEWAY_VIEW,
        MARK_CHECK,
        ALARM_HANDLE,
        ALARM_CLOSE,
        POWER_EDIT,
        POWER_RULES,
        WARNING_VIEW,
        WARNING_DECLARE,
        DAILY_VIEW,
        DAILY_VERIFY,
        DAILY_SEND,
    ),
    "department_officer": (
        MONITORING_VIEW,
        DEVICE_EDIT,
        MARK_CHECK,
        ALARM_HANDLE,
        POWER_EDIT,
        WARNING_VIEW,
        DAILY_VIEW,
        DAILY_VERIFY,
    ),
    "town_officer": (MONITORING_VIEW, ALARM_HANDLE, WARNING_VIEW, DAILY_VIEW, DAILY_VERIFY),
    "supervision": (MONITORING_VIEW, ALARM_HANDLE, ALARM_CLOSE, WARNING_VIEW, DAILY_VIEW),
    "leader": (MONITORING_VIEW, WARNING_VIEW, DAILY_VIEW),
    "system_admin": (GATEWAY_VIEW, DEVICE_KEY),
    # The last one: what it uploads is checked by a job, whose page it must see.
    "enterprise": (MONITORING_VIEW, MARK_OWN, ALARM_EXPLAIN, WARNING_VIEW, "core.job.view"),
}


def register() -> None:
    """Make the permissions known and add them to the roles."""
    permissions.register(
        _("Source monitoring"),
        [
            (MONITORING_VIEW, _("See devices, their values and alarms")),
            (DEVICE_EDIT, _("Keep the register of devices")),
            (DEVICE_KEY, _("Set passwords and keys of devices")),
            (DEVICE_COMMAND, _("Send commands to devices")),
            (GATEWAY_VIEW, _("See the gateway and what it refused")),
            (MARK_OWN, _("Mark the own data")),
            (MARK_CHECK, _("Check the marks of enterprises")),
            (ALARM_HANDLE, _("Take up alarms")),
            (ALARM_CLOSE, _("Close alarms with a verdict")),
            (ALARM_EXPLAIN, _("Explain alarms of the own enterprise")),
            (POWER_EDIT, _("Keep meters and electricity supervision")),
            (POWER_RULES, _("Set figures of electricity supervision otherwise than the books")),
            (WARNING_VIEW, _("See warnings of heavy pollution")),
            (WARNING_DECLARE, _("Declare, change and lift warnings")),
            (DAILY_VIEW, _("See daily reports of key enterprises")),
            (DAILY_VERIFY, _("Verify running and stopped enterprises")),
            (DAILY_SEND, _("Make, send and correct daily reports")),
        ],
    )
    known = {role.code: role for role in roles.built_in()}
    roles.register(*(replace(known[code], permissions=added) for code, added in _OF_ROLES.items()))
