"""The permissions that exist. An app registers its own when it is loaded; a code that nobody registered is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _


class UnknownPermission(KeyError):
    """A permission code that no app has registered."""


@dataclass(frozen=True, slots=True)
class Permission:
    """One right, named ``app.object.verb``."""

    code: str
    label: Any
    group: Any


_registry: dict[str, Permission] = {}


def register(group: Any, permissions: Iterable[tuple[str, Any]]) -> None:
    """Make permissions known under a heading of the role page."""
    for code, label in permissions:
        known = _registry.get(code)
        if known is not None and str(known.group) != str(group):
            raise ValueError(f"the permission {code} is registered twice")
        _registry[code] = Permission(code, label, group)


def get(code: str) -> Permission:
    """Look a permission up."""
    try:
        return _registry[code]
    except KeyError:
        raise UnknownPermission(code) from None


def known() -> list[Permission]:
    """All permissions, in the order in which they were registered."""
    return list(_registry.values())


def register_core() -> None:
    """Register what the foundation itself asks for."""
    register(
        _("Places and organisations"),
        [
            ("core.region.view", _("See regions")),
            ("core.region.manage", _("Change and import regions")),
            ("core.organisation.view", _("See organisations and people")),
            ("core.organisation.manage", _("Change and import organisations")),
            ("core.person.manage", _("Change people and posts")),
        ],
    )
    register(
        _("Accounts and security"),
        [
            ("core.user.view", _("See accounts")),
            ("core.user.create", _("Create and change accounts")),
            ("core.user.disable", _("Disable and enable accounts")),
            ("core.user.reset_password", _("Reset passwords")),
            ("core.role.view", _("See roles")),
            ("core.role.manage", _("Change roles")),
            ("core.role.grant", _("Give and take roles")),
            ("core.session.view", _("See login sessions")),
            ("core.session.end", _("End login sessions")),
            ("core.token.own", _("Own API tokens")),
            ("core.token.manage", _("API tokens of machines")),
            ("core.parameter.view", _("See the security policy")),
            ("core.parameter.change", _("Change the security policy")),
        ],
    )
    register(
        _("Operation"),
        [
            ("core.log.view", _("See the action log")),
            ("core.log.export", _("Export and verify the action log")),
            ("core.job.view", _("See jobs")),
            ("core.job.stop", _("Stop and resume jobs")),
            ("core.attachment.add", _("Upload files")),
        ],
    )
