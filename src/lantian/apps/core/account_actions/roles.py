"""Roles that an office makes itself."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from lantian.apps.core import duties, permissions
from lantian.apps.core.account_actions.grants import GRANTING_ROLE, lacking
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.models import Grant, Role

MANAGE = "core.role.manage"


class _OnRole(Action[Role]):
    permission = MANAGE

    def __init__(self, actor: Actor, role: Role, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.role = role

    def subject(self) -> Role | None:
        """The role."""
        return self.role if self.role.pk else None

    def check(self) -> None:
        """Built-in roles stay as they are, and nobody changes a role of their own."""
        super().check()
        if self.role.built_in:
            raise NotAllowed(_("Built-in roles cannot be changed. Copy the role and change the copy."))
        user = self.actor.user
        if (
            user is not None
            and self.role.pk
            and Grant.objects.filter(user=user, role=self.role, revoked_at__isnull=True).exists()
        ):
            raise NotAllowed(_("You hold this role yourself, so another security administrator must change it."))


class SaveRole(_OnRole):
    """Make or change a role of the office's own."""

    code = "core.role.save"
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        role: Role,
        *,
        name: str,
        description: str = "",
        carried: Iterable[str],
        role_code: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, role, reason=reason)
        self.name, self.description, self.role_code = name.strip(), description.strip(), role_code.strip()
        self.carried = sorted(set(carried))

    def check(self) -> None:
        """Only the security administrator puts rights into a role that they do not have."""
        super().check()
        user = self.actor.user
        if user is None:
            return
        if any(
            grant.role.built_in and grant.role.code == GRANTING_ROLE and MANAGE in grant.role.permissions
            for grant in user.active_grants
        ):
            return
        added = set(self.carried) - set(self.role.permissions if self.role.pk else ())
        if lacking(self.actor, added):
            raise NotAllowed(_("This role carries rights that you do not have yourself."))

    def validate(self) -> None:
        """Refuse names that are taken, unknown permissions, and duties that must be apart."""
        super().validate()
        fields: dict[str, list[str]] = {}
        known = {permission.code for permission in permissions.known()}
        unknown = [code for code in self.carried if code not in known]
        if unknown:
            fields["permissions"] = [_("There is no such permission: %(codes)s") % {"codes": ", ".join(unknown)}]
        if not self.carried:
            fields["permissions"] = [_("Choose at least one permission.")]
        if not self.name:
            fields["name"] = [_("Give the role a name.")]
        elif Role.objects.filter(name=self.name).exclude(pk=self.role.pk).exists() or any(
            _(role.name) == self.name for role in Role.objects.filter(built_in=True)
        ):
            fields["name"] = [_("There is a role of this name.")]
        if fields:
            raise Invalid(fields=fields)

    def perform(self) -> Role:
        """Write it, after a look at everybody who holds it."""
        role = self.role
        if duties.is_strict():
            touched = duties.duties_of(self.carried)
            if len(touched) > 1:
                raise Invalid(
                    fields={
                        "permissions": [
                            _("While duties are separated, one role may not carry: %(duties)s.")
                            % {"duties": duties.labels(touched)}
                        ]
                    }
                )
            if role.pk:
                self._check_holders(role)
        if not role.pk:
            role.code = self.role_code or _free_code()
            role.order = 200
        self.unchanged = not self.save(
            role, name=self.name, description=self.description, permissions=self.carried
        )
        return role

    def _check_holders(self, role: Role) -> None:
        future = Role(pk=role.pk, permissions=self.carried, exclusive_group=role.exclusive_group)
        names = []
        for grant in Grant.objects.filter(role=role, revoked_at__isnull=True).select_related("user__person"):
            others = [other.role for other in duties.open_grants(grant.user) if other.role_id != role.pk]
            if any(duties.excludes(future, other) for other in others):
                names.append(grant.user.display_name)
        if names:
            raise Invalid(
                fields={
                    "permissions": [
                        _("With these rights the role would exclude another role of: %(names)s.")
                        % {"names": "、".join(sorted(set(names)))}
                    ]
                }
            )


def _free_code() -> str:
    number = Role.objects.filter(built_in=False).count() + 1
    while Role.objects.filter(code=f"own-{number}").exists():
        number += 1
    return f"own-{number}"


class DeleteRole(_OnRole):
    """Delete a role that was never given to anybody."""

    code = "core.role.delete"
    needs_reason = True

    def perform(self) -> Role:
        """Delete the row; the log keeps what it carried."""
        if Grant.objects.filter(role=self.role).exists():
            raise Conflict(_("This role has been given to accounts, so it stays as part of their history."))
        self.log(self.role, before={"name": self.role.name, "permissions": self.role.permissions})
        self.role.delete()
        return self.role

