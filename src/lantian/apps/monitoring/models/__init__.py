"""State of source monitoring."""

from lantian.apps.monitoring.models.alarms import Alarm, AlarmStep
from lantian.apps.monitoring.models.devices import Device

__all__ = ["Alarm", "AlarmStep", "Device"]
