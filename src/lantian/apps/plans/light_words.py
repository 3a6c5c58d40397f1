"""Why a light has its colour, in words."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lantian.apps.core import display
from lantian.apps.plans import standing
from lantian.apps.plans.models import Task
from lantian.apps.plans.models.tasks import plain
from lantian.rules.progress.lights import Light, Reason, expected


def reason_in_words(task: Task, found: Light, day: date) -> str:
    """One sentence with the days and shares that the colour follows from.

    Parameters
    ----------
    found
        The light of the task as it is now, on ``day``.
    """
    due = task.due_on
    values: dict[str, Any] = {
        "due": display.campaign_date(due) if due else "",
        "day": display.campaign_date(task.accepted_on) if task.accepted_on else "",
        "percent": plain(task.percent),
    }
    if found.reason is Reason.ACCEPTED:
        return _("Closed out on %(day)s.") % values if task.accepted_on else _("Closed out.")
    if found.reason is Reason.SUSPENDED:
        return _("Suspended; no deadline runs.")
    if found.reason is Reason.OVERDUE and due is not None:
        values["days"] = late = (day - due).days
        return (
            ngettext(
                "The milestone of %(due)s has not been met; %(days)s day overdue.",
                "The milestone of %(due)s has not been met; %(days)s days overdue.",
                late,
            )
            % values
        )
    if found.reason is Reason.DUE_SOON and due is not None:
        values["days"] = left = (due - day).days
        return (
            ngettext(
                "Due on %(due)s; %(days)s day left.",
                "Due on %(due)s; %(days)s days left.",
                left,
            )
            % values
        )
    if found.reason is Reason.BEHIND:
        asked = expected(standing.milestones(task), standing.line_start(task), day)
        return _(
            "Behind the straight line to %(due)s: %(percent)s%% done, %(asked)s%% should be done by today."
        ) % {**values, "asked": plain(asked)}
    if found.reason is Reason.WAITING:
        return _("Handed in and waiting for acceptance.")
    if found.reason is Reason.NOT_STARTED:
        return _("Nobody has begun; due on %(due)s.") % values if due else _("Nobody has begun.")
    if due is not None:
        return _("On course for %(due)s.") % values
    return _("Under way; no deadline is set.")
