"""The life of a task in one table: which step leads from where to where, and who may take it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from lantian.apps.plans import access
from lantian.apps.plans.choices import EventKind, TaskState

NOT_STARTED, IN_PROGRESS, SUBMITTED, RETURNED, ACCEPTED, SUSPENDED = (
    TaskState.NOT_STARTED,
    TaskState.IN_PROGRESS,
    TaskState.SUBMITTED,
    TaskState.RETURNED,
    TaskState.ACCEPTED,
    TaskState.SUSPENDED,
)


@dataclass(frozen=True, slots=True)
class Transition:
    """A step of a task.

    Attributes
    ----------
    sources
        The states from which it is possible; from every other it is refused.
    target
        The state to which it leads; by ``resume``, a task of which nothing has been reported goes to "not started".
    needs_reason
        Whether it must be said why.
    label, icon, tone
        How its button looks.
    """

    step: str
    sources: frozenset[str]
    target: str
    permission: str
    needs_reason: bool
    label: Any
    icon: str
    tone: str = ""


def _row(
    step: str,
    sources: Iterable[str],
    target: str,
    permission: str,
    needs_reason: bool,
    label: Any,
    icon: str,
    tone: str = "",
) -> Transition:
    return Transition(step, frozenset(sources), target, permission, needs_reason, label, icon, tone)


OPEN_STATES = frozenset({NOT_STARTED, IN_PROGRESS, RETURNED})
_DONE_WITH = (IN_PROGRESS, RETURNED)

TRANSITIONS: dict[str, Transition] = {
    row.step: row
    for row in (
        _row(
            EventKind.START, [NOT_STARTED], IN_PROGRESS, access.TASK_START, False, _("Begin"), "player-play"
        ),
        _row(
            EventKind.REPORT,
            OPEN_STATES,
            IN_PROGRESS,
            access.TASK_REPORT,
            False,
            _("Report progress"),
            "pencil-plus",
            "primary",
        ),
        _row(
            EventKind.SUBMIT,
            _DONE_WITH,
            SUBMITTED,
            access.TASK_SUBMIT,
            False,
            _("Hand in for close-out"),
            "send",
        ),
        _row(
            EventKind.RECALL,
            [SUBMITTED],
            IN_PROGRESS,
            access.TASK_RECALL,
            False,
            _("Take back what was handed in"),
            "arrow-back-up",
        ),
        _row(
            EventKind.ACCEPT,
            [SUBMITTED],
            ACCEPTED,
            access.TASK_ACCEPT,
            False,
            _("Accept the close-out"),
            "circle-check",
            "primary",
        ),
        _row(
            EventKind.MILESTONE,
            [SUBMITTED],
            IN_PROGRESS,
            access.TASK_MILESTONE,
            False,
            _("Accept the milestone"),
            "flag",
        ),
        _row(EventKind.RETURN, [SUBMITTED], RETURNED, access.TASK_RETURN, True, _("Send back"), "arrow-back"),
        _row(
            EventKind.SUSPEND, OPEN_STATES, SUSPENDED, access.TASK_SUSPEND, True, _("Suspend"), "player-pause"
        ),
        _row(
            EventKind.RESUME, [SUSPENDED], IN_PROGRESS, access.TASK_RESUME, False, _("Resume"), "player-play"
        ),
        _row(
            EventKind.REOPEN, [ACCEPTED], IN_PROGRESS, access.TASK_REOPEN, True, _("Open again"), "lock-open"
        ),
    )
}

#: kinds of events after whose day nothing may be recorded as having happened before it
CHANGES_STATE = frozenset(TRANSITIONS) - {EventKind.REPORT}
