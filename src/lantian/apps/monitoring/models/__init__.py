"""State of source monitoring."""

from lantian.apps.monitoring.models.alarms import Alarm, AlarmStep
from lantian.apps.monitoring.models.commands import DeviceCommand
from lantian.apps.monitoring.models.devices import Device
from lantian.apps.monitoring.models.marks import DataMark, OutletLimit
from lantian.apps.monitoring.models.secrets import DeviceSecret
from lantian.apps.monitoring.models.values import GatewayState, LatestValue

__all__ = [
    "Alarm",
    "AlarmStep",
    "DataMark",
    "Device",
    "DeviceCommand",
    "DeviceSecret",
    "GatewayState",
    "LatestValue",
    "OutletLimit",
]
