"""What the worker does for source monitoring."""

from __future__ import annotations

from lantian.apps.monitoring import tasks_power
from lantian.apps.monitoring.tasks_alarms import judge_alarms
from lantian.apps.monitoring.tasks_amounts import keep_amounts
from lantian.apps.monitoring.tasks_daily import keep_daily_reports

__all__ = ["judge_alarms", "keep_amounts", "keep_daily_reports", "tasks_power"]
