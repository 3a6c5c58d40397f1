"""The roles that a new office starts with; an office may add its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_noop as _

#: Roles of this group exclude each other on one account: who makes accounts does not grant, who grants does not audit.
SEPARATED = "separation_of_duties"


@dataclass(frozen=True, slots=True)
class BuiltInRole:
    """A role with its permissions; labels are message ids."""

    code: str
    name: str
    description: str
    permissions: tuple[str, ...]
    exclusive_group: str = ""


_READ = (
    "core.region.view",
    "core.organisation.view",
    "core.token.own",
    "core.job.view",
)

CORE_ROLES = (
    BuiltInRole(
        "system_admin",
        _("System administrator"),
        _("Keeps accounts, organisations and the running of the system; grants no rights and sees no audit."),
        (
            *_READ,
            "core.region.manage",
            "core.organisation.manage",
            "core.person.manage",
            "core.user.view",
            "core.user.create",
            "core.user.disable",
            "core.user.reset_password",
            "core.role.view",
            "core.session.view",
            "core.session.end",
            "core.token.manage",
            "core.job.stop",
            "core.parameter.view",
        ),
        SEPARATED,
    ),
    BuiltInRole(
        "security_admin",
        _("Security administrator"),
        _("Gives and takes roles and sets the security policy; makes no accounts."),
        (
            "core.region.view",
            "core.organisation.view",
            "core.user.view",
            "core.role.view",
            "core.role.manage",
            "core.role.grant",
            "core.session.view",
            "core.session.end",
            "core.parameter.view",
            "core.parameter.change",
        ),
        SEPARATED,
    ),
    BuiltInRole(
        "auditor",
        _("Auditor"),
        _("Reads, exports and verifies the action log; changes nothing."),
        (
            "core.region.view",
            "core.organisation.view",
            "core.user.view",
            "core.role.view",
            "core.session.view",
            "core.parameter.view",
            "core.log.view",
            "core.log.export",
        ),
        SEPARATED,
    ),
)

_built_in: dict[str, BuiltInRole] = {}


def register(*roles: BuiltInRole) -> None:
    """Make built-in roles known; a second registration of a code adds its permissions to the first."""
    for role in roles:
        known = _built_in.get(role.code)
        if known is not None:
            role = replace(known, permissions=tuple(dict.fromkeys((*known.permissions, *role.permissions))))
        _built_in[role.code] = role


def built_in() -> list[BuiltInRole]:
    """All built-in roles, in the order in which they were registered."""
    return list(_built_in.values())


def install(**_kwargs: Any) -> None:
    """Write the built-in roles to the database after each migration; an office's own roles are left alone."""
    from lantian.apps.core.models import Role

    for order, role in enumerate(_built_in.values()):
        Role.objects.update_or_create(
            code=role.code,
            defaults={
                "name": role.name,
                "description": role.description,
                "permissions": sorted(role.permissions),
                "built_in": True,
                "exclusive_group": role.exclusive_group,
                "order": order,
            },
        )
