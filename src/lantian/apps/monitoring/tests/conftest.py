"""Fixtures of the room."""

from lantian.apps.monitoring.tests.power_city import quarters, running, works

__all__ = ["quarters", "running", "works"]
