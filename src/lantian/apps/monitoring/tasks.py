"""What the worker does for source monitoring; each part of the room has its own module."""

from lantian.apps.monitoring import tasks_power

__all__ = ["tasks_power"]
