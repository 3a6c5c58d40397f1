"""Permissions and built-in roles of action plans."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from lantian.apps.core import permissions, roles

PLAN_VIEW = "plans.plan.view"
PLAN_IMPORT = "plans.plan.import"
PLAN_EDIT = "plans.plan.edit"
PLAN_WITHDRAW = "plans.plan.withdraw"
TASK_VIEW = "plans.task.view"
TASK_EDIT = "plans.task.edit"
TARGET_VIEW = "plans.target.view"
TARGET_EDIT = "plans.target.edit"
EXPORT = "plans.ledger.export"

_READ = (PLAN_VIEW, TASK_VIEW, TARGET_VIEW, EXPORT)
_FOUNDATION = ("core.region.view", "core.organisation.view", "core.token.own", "core.job.view")

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
            TASK_EDIT,
            TARGET_EDIT,
        ),
    ),
    roles.BuiltInRole(
        "department_officer",
        gettext_noop("Department liaison"),
        gettext_noop("Sees the plans and tasks of the own department."),
        (*_FOUNDATION, "core.attachment.add", *_READ),
    ),
    roles.BuiltInRole(
        "town_officer",
        gettext_noop("Town liaison"),
        gettext_noop("Sees the plans and tasks of the own town or street."),
        (*_FOUNDATION, "core.attachment.add", *_READ),
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
            (TASK_VIEW, _("See tasks")),
            (TASK_EDIT, _("Change tasks")),
            (TARGET_VIEW, _("See targets")),
            (TARGET_EDIT, _("Change targets")),
            (EXPORT, _("Export ledgers to Excel")),
        ],
    )
    roles.register(*ROLES)
