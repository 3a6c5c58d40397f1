"""Words of warnings and of the daily report: levels, states of a report, running or stopped."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class WarningLevel(models.TextChoices):
    """Levels of a warning of heavy pollution (Ⅲ, Ⅱ, Ⅰ)."""

    YELLOW = "yellow", _("Yellow warning")
    ORANGE = "orange", _("Orange warning")
    RED = "red", _("Red warning")


class ReportPart(models.TextChoices):
    """Which of the reports of a day."""

    DAY = "day", _("Form of the whole day")
    SECOND = "second", _("Second form of the day")


class ReportState(models.TextChoices):
    """Whether a report has gone out."""

    DRAFT = "draft", _("Being verified")
    SENT = "sent", _("Reported")
    CORRECTED = "corrected", _("Reported, corrected later")


class Running(models.TextChoices):
    """Whether an enterprise ran on a day."""

    RUNNING = "running", _("In production")
    PARTLY = "partly", _("Out of production part of the time")
    STOPPED = "stopped", _("Out of production")
    #: by the data only: nobody verifies that nothing came
    NONE = "none", _("No values came")


#: what people verify
VERIFIED = tuple((one.value, one.label) for one in Running if one is not Running.NONE)
LEVEL_TONES: dict[Any, str] = {WarningLevel.YELLOW: "yellow", WarningLevel.ORANGE: "orange", WarningLevel.RED: "red"}
REPORT_TONES: dict[Any, str] = {ReportState.DRAFT: "yellow", ReportState.SENT: "green", ReportState.CORRECTED: "grey"}
RUNNING_TONES: dict[Any, str] = {
    Running.RUNNING: "green", Running.PARTLY: "yellow", Running.STOPPED: "grey", Running.NONE: "red",
}  # fmt: skip
