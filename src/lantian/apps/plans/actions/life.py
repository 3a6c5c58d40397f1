"""The life of a task: its steps by name, and which of them an actor may take now."""

from __future__ import annotations

from lantian.apps.core import files
from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Attachment
from lantian.apps.plans.actions.deciding import (
    AcceptMilestone,
    AcceptTask,
    ReopenTask,
    ResumeTask,
    ReturnTask,
    SuspendTask,
)
from lantian.apps.plans.actions.doing import RecallTask, ReportProgress, StartTask, SubmitTask
from lantian.apps.plans.actions.steps import Step
from lantian.apps.plans.models import Task
from lantian.apps.plans.transitions import Transition

STEPS: dict[str, type[Step]] = {
    cls.step: cls
    for cls in (
        StartTask,
        ReportProgress,
        SubmitTask,
        RecallTask,
        AcceptTask,
        AcceptMilestone,
        ReturnTask,
        SuspendTask,
        ResumeTask,
        ReopenTask,
    )
}


def possible_steps(actor: Actor, task: Task) -> list[Transition]:
    """The steps that an actor may take with a task as it stands now."""
    return [cls.transition for cls in STEPS.values() if cls(actor, task).is_possible()]


def evidence_of(task: Task) -> dict[int, Attachment]:
    """Files on a task by their keys."""
    return {row.pk: row for row in files.of(task)}
