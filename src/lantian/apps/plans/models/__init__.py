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

__all__ = [
    "ImportContent",
    "Plan",
    "PlanDocument",
    "PlanImport",
    "PlanParty",
    "PlanText",
    "ReadingWarning",
    "ReportingDuty",
    "Sanction",
    "Section",
    "Target",
    "Task",
    "TaskDeadline",
    "TaskQuantity",
    "TaskUnit",
    "TextBlock",
]
