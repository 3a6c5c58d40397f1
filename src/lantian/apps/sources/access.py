"""Permissions of sources under control, and what they add to the built-in roles."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from lantian.apps.core import permissions, roles

SOURCE_VIEW = "sources.source.view"
SOURCE_EDIT = "sources.source.edit"
SOURCE_MERGE = "sources.source.merge"
LIST_MANAGE = "sources.list.manage"
ENTRY_PROPOSE = "sources.entry.propose"
ENTRY_CHECK = "sources.entry.check"
ENTRY_APPROVE = "sources.entry.approve"
LIST_IMPORT = "sources.list.import"
LIST_EXPORT = "sources.list.export"
FIELD_MANAGE = "sources.field.manage"
GRADE_MANAGE = "sources.grade.manage"
SUBSIDY_REQUEST = "sources.subsidy.request"
SUBSIDY_APPROVE = "sources.subsidy.approve"
PROJECT_VIEW = "sources.project.view"
PROJECT_JUDGE = "sources.project.judge"
PROJECT_DECIDE = "sources.project.decide"
INVENTORY_VIEW = "sources.inventory.view"
INVENTORY_RUN = "sources.inventory.run"
OWN_CONFIRM = "sources.own.confirm"

_READ = (SOURCE_VIEW, LIST_EXPORT, PROJECT_VIEW, INVENTORY_VIEW)
#: what whoever keeps lists does with them; who asks for a change is not who approves it
_KEEP = (
    SOURCE_EDIT,
    ENTRY_PROPOSE,
    ENTRY_CHECK,
    LIST_IMPORT,
    PROJECT_JUDGE,
)

#: Role → what it may do here.
_OF_ROLES: dict[str, tuple[str, ...]] = {
    "campaign_office": (
        *_READ,
        *_KEEP,
        SOURCE_MERGE,
        LIST_MANAGE,
        ENTRY_APPROVE,
        FIELD_MANAGE,
        GRADE_MANAGE,
        SUBSIDY_REQUEST,
        PROJECT_DECIDE,
        INVENTORY_RUN,
    ),
    "department_officer": (*_READ, *_KEEP, GRADE_MANAGE, SUBSIDY_REQUEST),
    "town_officer": (SOURCE_VIEW, LIST_EXPORT, ENTRY_PROPOSE),
    "supervision": (*_READ, ENTRY_APPROVE, SUBSIDY_APPROVE),
    "leader": _READ,
}

ENTERPRISE = roles.BuiltInRole(
    "enterprise",
    gettext_noop("Enterprise"),
    gettext_noop("Sees and confirms the records of the own enterprise."),
    (SOURCE_VIEW, OWN_CONFIRM, "core.attachment.add"),
)


def register() -> None:
    """Make the permissions known and add them to the roles."""
    permissions.register(
        _("Sources and lists"),
        [
            (SOURCE_VIEW, _("See sources and lists")),
            (SOURCE_EDIT, _("Change sources")),
            (SOURCE_MERGE, _("Merge sources that are one")),
            (LIST_MANAGE, _("Open, publish and freeze lists")),
            (ENTRY_PROPOSE, _("Propose entries and changes of lists")),
            (ENTRY_CHECK, _("Check proposed entries")),
            (ENTRY_APPROVE, _("Approve entries and changes of lists")),
            (LIST_IMPORT, _("Import lists from Excel")),
            (LIST_EXPORT, _("Export lists to Excel")),
            (FIELD_MANAGE, _("Keep own fields of lists")),
            (GRADE_MANAGE, _("Enter performance grades")),
            (SUBSIDY_REQUEST, _("Request subsidies")),
            (SUBSIDY_APPROVE, _("Approve and pay subsidies")),
            (PROJECT_VIEW, _("See proposed projects")),
            (PROJECT_JUDGE, _("Check projects for admission")),
            (PROJECT_DECIDE, _("Decide on the admission of projects")),
            (INVENTORY_VIEW, _("See the emission inventory")),
            (INVENTORY_RUN, _("Compute the emission inventory")),
            (OWN_CONFIRM, _("Fill in and confirm the own records")),
        ],
    )
    known = {role.code: role for role in roles.built_in()}
    roles.register(
        *(replace(known[code], permissions=added) for code, added in _OF_ROLES.items()), ENTERPRISE
    )
