"""State of source monitoring."""

from lantian.apps.monitoring.models.alarms import Alarm, AlarmStep
from lantian.apps.monitoring.models.amounts import AmountDay, AmountQuarter, PermittedAmount
from lantian.apps.monitoring.models.commands import DeviceCommand
from lantian.apps.monitoring.models.daily import DailyReport, DailyReportRow, DailySetting
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.monitoring.models.marks import DataMark, OutletLimit
from lantian.apps.monitoring.models.new_passwords import NewPassword
from lantian.apps.monitoring.models.power import (
    Load,
    Meter,
    MeterFeed,
    MeterKey,
    MeterLine,
    PeriodSource,
    PowerBaseline,
    PowerCheck,
    PowerFinding,
    PowerMessage,
    PowerPeriod,
    PowerReject,
    PowerSite,
    PowerSpan,
)
from lantian.apps.monitoring.models.power_settings import PowerSetting
from lantian.apps.monitoring.models.secrets import DeviceSecret
from lantian.apps.monitoring.models.values import AboveLimit, GatewayState, LatestValue, Look
from lantian.apps.monitoring.models.warnings import PollutionWarning

__all__ = [
    "AboveLimit",
    "Alarm",
    "AlarmStep",
    "AmountDay",
    "AmountQuarter",
    "DailyReport",
    "DailyReportRow",
    "DailySetting",
    "DataMark",
    "Device",
    "DeviceCommand",
    "DeviceSecret",
    "GatewayState",
    "LatestValue",
    "Load",
    "Look",
    "Meter",
    "MeterFeed",
    "MeterKey",
    "MeterLine",
    "NewPassword",
    "OutletLimit",
    "PeriodSource",
    "PermittedAmount",
    "PollutionWarning",
    "PowerBaseline",
    "PowerCheck",
    "PowerFinding",
    "PowerMessage",
    "PowerPeriod",
    "PowerReject",
    "PowerSetting",
    "PowerSite",
    "PowerSpan",
]
