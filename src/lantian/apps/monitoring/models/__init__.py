"""State of source monitoring."""

from lantian.apps.monitoring.models.devices import Device

__all__ = ["Device"]
