"""States of commands, marks and monitored points."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from lantian.apps.monitoring.choices import DeviceState


class SecretKind(models.TextChoices):
    """What a device and the house must both know."""

    PASSWORD = "pw", _("Password (PW)")
    SM4 = "sm4", _("SM4 key (HJ 212-2025)")


class Period(models.TextChoices):
    """What a value stands for."""

    MOMENT = "rtd", _("Real-time")
    MINUTES = "minute", _("Minute data")
    HOUR = "hour", _("Hourly data")
    DAY = "day", _("Daily data")


#: period → command of HJ 212 with which it comes
COMMAND_OF = {Period.MOMENT: "2011", Period.MINUTES: "2051", Period.HOUR: "2061", Period.DAY: "2031"}
PERIOD_OF = {cn: period for period, cn in COMMAND_OF.items()}


class CommandState(models.TextChoices):
    """Where a command stands."""

    QUEUED = "queued", _("Waits for the device")
    SENT = "sent", _("Sent")
    ACCEPTED = "accepted", _("Accepted by the device")
    DONE = "done", _("Carried out")
    FAILED = "failed", _("Failed")
    TIMED_OUT = "timed_out", _("No answer")
    CANCELLED = "cancelled", _("Command withdrawn")


#: states from which nothing follows any more
OVER = frozenset({CommandState.DONE, CommandState.FAILED, CommandState.TIMED_OUT, CommandState.CANCELLED})


class MarkKind(models.TextChoices):
    """What an enterprise says of its data."""

    STOP = "stop", _("Source stopped")
    FAULT = "fault", _("Monitor out of order")
    MAINTENANCE = "maintenance", _("Maintenance or calibration of the monitor")


class MarkState(models.TextChoices):
    """Where a mark stands."""

    WAITING = "waiting", _("Waits for the check")
    ACCEPTED = "accepted", _("Accepted by the check")
    REFUSED = "refused", _("Refused by the check")
    WITHDRAWN = "withdrawn", _("Mark withdrawn")


class PointState(models.TextChoices):
    """How a monitored point stands at this moment; the first that holds."""

    EXCEEDING = "exceeding", _("Above the limit")
    OFFLINE = "offline", _("Offline")
    LATE = "late", _("Reporting late")
    MARKED = "marked", _("Marked")
    REPORTING = "reporting", _("Reporting normally")


DEVICE_TONES = {
    DeviceState.PARKED.value: "yellow",
    DeviceState.ACTIVE.value: "green",
    DeviceState.SUSPENDED.value: "orange",
    DeviceState.RETIRED.value: "neutral",
}
COMMAND_TONES = {
    CommandState.QUEUED.value: "yellow",
    CommandState.SENT.value: "blue",
    CommandState.ACCEPTED.value: "blue",
    CommandState.DONE.value: "green",
    CommandState.FAILED.value: "red",
    CommandState.TIMED_OUT.value: "orange",
    CommandState.CANCELLED.value: "neutral",
}
MARK_TONES = {
    MarkState.WAITING.value: "yellow",
    MarkState.ACCEPTED.value: "green",
    MarkState.REFUSED.value: "red",
    MarkState.WITHDRAWN.value: "neutral",
}
POINT_TONES = {
    PointState.EXCEEDING.value: "red",
    PointState.OFFLINE.value: "neutral",
    PointState.LATE.value: "yellow",
    PointState.MARKED.value: "blue",
    PointState.REPORTING.value: "green",
}
