"""State of source monitoring."""

from lantian.apps.monitoring.models.devices import Device
from lantian.apps.monitoring.models.power import (
    Load,
    Meter,
    MeterKey,
    PowerBaseline,
    PowerCheck,
    PowerFinding,
    PowerMessage,
    PowerPeriod,
    PowerReject,
    PowerSite,
    PowerSpan,
)

__all__ = [
    "Device",
    "Load",
    "Meter",
    "MeterKey",
    "PowerBaseline",
    "PowerCheck",
    "PowerFinding",
    "PowerMessage",
    "PowerPeriod",
    "PowerReject",
    "PowerSite",
    "PowerSpan",
]
