"""What the worker does for source monitoring."""

from __future__ import annotations

from lantian.apps.monitoring import tasks_power
from lantian.apps.monitoring.tasks_alarms import judge_alarms

__all__ = ["judge_alarms", "tasks_power"]
