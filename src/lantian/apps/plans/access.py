"""Permissions and built-in roles of action plans."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from lantian.apps.core import permissions, roles

PLAN_VIEW = "plans.plan.view"
PLAN_IMPORT = "plans.plan.import"
PLAN_EDIT = "plans.plan.edit"
PLAN_WITHDRAW = "plans.plan.withdraw"
PLAN_COMPARE = "plans.plan.compare"
TASK_VIEW = "plans.task.view"
TASK_EDIT = "plans.task.edit"
TARGET_VIEW = "plans.target.view"
TARGET_EDIT = "plans.target.edit"
EXPORT = "plans.ledger.export"
IMPORT = "plans.ledger.import"
TASK_START = "plans.task.start"
TASK_REPORT = "plans.task.report"
TASK_REPORT_FOR = "plans.task.report_for"
TASK_SUBMIT = "plans.task.submit"
TASK_RECALL = "plans.task.recall"
TASK_ACCEPT = "plans.task.accept"
TASK_MILESTONE = "plans.task.milestone"
TASK_RETURN = "plans.task.return"
TASK_SUSPEND = "plans.task.suspend"
TASK_RESUME = "plans.task.resume"
TASK_REOPEN = "plans.task.reopen"
TASK_COSIGN = "plans.task.cosign"
TASK_ADJUST = "plans.task.adjust"
TASK_APPROVE = "plans.task.approve"
TASK_HAND_DOWN = "plans.task.hand_down"

_READ = (PLAN_VIEW, TASK_VIEW, TARGET_VIEW, EXPORT)
_FOUNDATION = ("core.region.view", "core.organisation.view", "core.token.own", "core.job.view")
#: what whoever does the work may do with it
_DO = (
    TASK_START,
    TASK_REPORT,
    TASK_SUBMIT,
    TASK_RECALL,
    TASK_COSIGN,
    TASK_ADJUST,
    TASK_HAND_DOWN,
    IMPORT,
)
#: what whoever watches over the work may decide
_DECIDE = (TASK_ACCEPT, TASK_RETURN, TASK_SUSPEND, TASK_RESUME, TASK_REOPEN, TASK_APPROVE)

ROLES = (
    roles.BuiltInRole(
        "campaign_office",
        gettext_noop("Campaign office"),
        gettext_noop("Imports and keeps plans, tasks and targets and the list of organisations."),
        (
            *_FOUNDATION,
            "core.organisation.manage",
            "core.person.manage",
            "core.attachment.add",
            *_READ,
            PLAN_IMPORT,
            PLAN_EDIT,
            PLAN_WITHDRAW,
            PLAN_COMPARE,
            IMPORT,
            TASK_EDIT,
            TARGET_EDIT,
            *_DECIDE,
            TASK_MILESTONE,
            TASK_START,
            TASK_REPORT,
            TASK_REPORT_FOR,
            # Only for tasks without a known unit, and then somebody else accepts.
            TASK_SUBMIT,
            TASK_RECALL,
            TASK_HAND_DOWN,
        ),
    ),
    roles.BuiltInRole(
        "department_officer",
        gettext_noop("Department liaison"),
        gettext_noop("Sees the plans and tasks of the own department, reports progress and hands tasks in."),
        (*_FOUNDATION, "core.attachment.add", *_READ, *_DO),
    ),
    roles.BuiltInRole(
        "town_officer",
        gettext_noop("Town liaison"),
        gettext_noop("Sees the plans and tasks of the own town or street, reports progress and hands tasks in."),
        (*_FOUNDATION, "core.attachment.add", *_READ, *_DO),
    ),
    roles.BuiltInRole(
        "supervision",
        gettext_noop("Supervision"),
        gettext_noop("Watches over tasks: accepts, sends back, suspends, opens again, decides adjustments."),
        (*_FOUNDATION, *_READ, *_DECIDE),
    ),
    roles.BuiltInRole(
        "leader",
        gettext_noop("Leader"),
        gettext_noop("Reads everything in the own area; changes nothing."),
        ("core.region.view", "core.organisation.view", "core.job.view", *_READ),
    ),
)


def register() -> None:
    """Make the permissions and the roles known."""
    permissions.register(
        _("Action plans"),
        [
            (PLAN_VIEW, _("See plans and their text")),
            (PLAN_IMPORT, _("Import plans")),
            (PLAN_EDIT, _("Change plans, reporting duties and sanctions")),
            (PLAN_WITHDRAW, _("Withdraw plans")),
            (PLAN_COMPARE, _("Compare plans with the plans above them")),
            (TASK_VIEW, _("See tasks")),
            (TASK_EDIT, _("Change tasks")),
            (TARGET_VIEW, _("See targets")),
            (TARGET_EDIT, _("Change targets")),
            (EXPORT, _("Export ledgers to Excel")),
            (IMPORT, _("Import ledgers from Excel")),
            (TASK_START, _("Begin tasks")),
            (TASK_REPORT, _("Report progress of tasks")),
            (TASK_REPORT_FOR, _("Report progress for other units")),
            (TASK_SUBMIT, _("Hand tasks in for close-out")),
            (TASK_RECALL, _("Take back what was handed in")),
            (TASK_ACCEPT, _("Accept the close-out of tasks")),
            (TASK_MILESTONE, _("Accept milestones of tasks")),
            (TASK_RETURN, _("Send tasks back")),
            (TASK_SUSPEND, _("Suspend tasks")),
            (TASK_RESUME, _("Resume suspended tasks")),
            (TASK_REOPEN, _("Open closed tasks again")),
            (TASK_COSIGN, _("Co-sign what was handed in")),
            (TASK_ADJUST, _("Ask for adjustments of tasks")),
            (TASK_APPROVE, _("Decide adjustments of tasks")),
            (TASK_HAND_DOWN, _("Hand tasks down to other units")),
        ],
    )
    roles.register(*ROLES)
