"""State of action plans: the plans, what they order, and documents on their way in."""

from lantian.apps.plans.models.imports import ImportContent, PlanImport, ReadingWarning
from lantian.apps.plans.models.plans import Plan, PlanDocument, PlanParty, PlanText, Section, TextBlock
from lantian.apps.plans.models.tasks import (
    ReportingDuty,
    Sanction,
    Target,
    Task,
    TaskDeadline,
    TaskQuantity,
    TaskUnit,
)
from lantian.apps.plans.models.work import (
    OPEN_END,
    ComparisonFinding,
    PlanComparison,
    TargetReading,
    TaskAdjustment,
    TaskCosign,
    TaskEvent,
    TaskStanding,
)

__all__ = [
    "OPEN_END",
    "ComparisonFinding",
    "ImportContent",
    "Plan",
    "PlanComparison",
    "PlanDocument",
    "PlanImport",
    "PlanParty",
    "PlanText",
    "ReadingWarning",
    "ReportingDuty",
    "Sanction",
    "Section",
    "Target",
    "TargetReading",
    "Task",
    "TaskAdjustment",
    "TaskCosign",
    "TaskDeadline",
    "TaskEvent",
    "TaskQuantity",
    "TaskStanding",
    "TaskUnit",
    "TextBlock",
]
