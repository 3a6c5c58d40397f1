"""Roles given to accounts and taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lantian.apps.core import duties, permissions
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.models import DataScope, Grant, Organisation, Region, Role, User

GRANT = "core.role.grant"
#: The role whose work it is to give rights that its holder does not have.
GRANTING_ROLE = "security_admin"


def lacking(actor: Actor, codes: Iterable[str]) -> list[str]:
    """Permissions that the actor does not carry; codes of apps that are gone count as lacking."""
    known = {permission.code for permission in permissions.known()}
    return [code for code in codes if code not in known or not actor.may(code)]


def covers(
    own: Grant,
    giver: User,
    receiver: User,
    scope: str,
    organisations: Sequence[Organisation],
    region: Region | None,
) -> bool:
    """Whether a data scope that is to be given lies within the one of the giver's own grant."""
    if own.region is not None and (region is None or not region.path.startswith(own.region.path)):
        return False
    if own.scope == DataScope.ALL:
        return True
    if scope == DataScope.SELF:
        return True
    if scope == DataScope.ALL or own.scope == DataScope.SELF:
        return False
    asked = list(organisations) if scope == DataScope.CUSTOM else [receiver.organisation]
    below = scope == DataScope.DEPARTMENT_AND_BELOW
    return all(unit is not None and _holds(own, giver, unit, below) for unit in asked)


def _holds(own: Grant, giver: User, unit: Organisation, below: bool) -> bool:
    home = giver.organisation
    if own.scope == DataScope.DEPARTMENT_AND_BELOW:
        return home is not None and unit.path.startswith(home.path)
    if below:
        return False
    if own.scope == DataScope.DEPARTMENT:
        return home is not None and unit.pk == home.pk
    return unit.pk in {chosen.pk for chosen in own.organisations.all()}


class GiveGrant(Action[Grant]):
    """Give a role over a data scope, optionally within a region and for a time."""

    code = "core.grant.give"
    permission = GRANT
    needs_reason = True

    def __init__(
        self,
        actor: Actor,
        user: User,
        role: Role,
        scope: str,
        *,
        organisations: Sequence[Organisation] = (),
        region: Region | None = None,
        valid_from: date | None = None,
        valid_to: date | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.user, self.role, self.scope, self.region = user, role, scope, region
        self.organisations = list(organisations)
        self.valid_from, self.valid_to = valid_from, valid_to

    def subject(self) -> User:
        """The account."""
        return self.user

    def check(self) -> None:
        """Not to oneself, not outside of the data scope, and not more than one may give."""
        super().check()
        giver = self.actor.user
        if giver is None:
            return
        if giver.pk == self.user.pk:
            raise NotAllowed(_("Nobody gives a role to themself. Ask another security administrator."))
        self.check_row(self.user)
        own = [grant for grant in giver.active_grants if GRANT in grant.role.permissions]
        if not any(
            covers(grant, giver, self.user, self.scope, self.organisations, self.region) for grant in own
        ):
            raise NotAllowed(_("This data scope is wider than your own. Choose a narrower one, or a region."))
        if not any(grant.role.built_in and grant.role.code == GRANTING_ROLE for grant in own):
            more = lacking(self.actor, self.role.permissions)
            if more:
                raise NotAllowed(_("This role carries rights that you do not have yourself."), permissions=more)

    def validate(self) -> None:
        """Refuse scopes without rows, times that are over, and a second identical grant."""
        super().validate()
        fields: dict[str, list[str]] = {}
        if self.scope not in DataScope.values:
            fields["scope"] = [_("Choose one of the data scopes.")]
        if self.scope == DataScope.CUSTOM and not self.organisations:
            fields["organisations"] = [_("Choose at least one organisation for this data scope.")]
        if self.scope != DataScope.CUSTOM:
            self.organisations = []
        if (
            self.scope in {DataScope.DEPARTMENT, DataScope.DEPARTMENT_AND_BELOW}
            and self.user.organisation_id is None
        ):
            fields["scope"] = [_("The account belongs to no organisation, so this data scope would show nothing.")]
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            fields["valid_to"] = [_("The last day lies before the first.")]
        elif self.valid_to and self.valid_to < timezone.localdate():
            fields["valid_to"] = [_("The last day is over.")]
        if not self.user.is_active:
            fields["user"] = [_("The account is disabled. Enable it first.")]
        if self.user.is_machine and duties.duties_of(self.role.permissions):
            fields["role"] = [_("A machine account may not keep accounts, rights or the audit.")]
        if fields:
            raise Invalid(fields=fields)

    def perform(self) -> Grant:
        """Look for what excludes it, with the account locked, and write the grant."""
        user = User.objects.select_for_update(of=("self",)).get(pk=self.user.pk)
        held = duties.open_grants(user, self.valid_from, self.valid_to)
        if duties.is_strict():
            for grant in held:
                if duties.excludes(grant.role, self.role):
                    raise Conflict(
                        _(
                            "The account holds the role %(held)s, which excludes %(role)s while duties are separated. "
                            "Take it back first, or choose another person."
                        )
                        % {"held": _(grant.role.name), "role": _(self.role.name)},
                        fields={"role": [_("Excluded by the role %(held)s.") % {"held": _(grant.role.name)}]},
                    )
        chosen = {organisation.pk for organisation in self.organisations}
        for grant in held:
            if (
                grant.role_id == self.role.pk
                and grant.scope == self.scope
                and grant.region_id == (self.region.pk if self.region else None)
                and {organisation.pk for organisation in grant.organisations.all()} == chosen
            ):
                raise Conflict(
                    _("The account holds this role over the same data already."),
                    fields={"role": [_("Given already.")]},
                )
        grant = Grant.objects.create(
            user=user,
            role=self.role,
            scope=self.scope,
            region=self.region,
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            granted_by=self.actor.user,
        )
        grant.organisations.set(self.organisations)
        self.log(user, after=described(grant))
        self.notify([user], "account", _("You were given the role %(role)s") % {"role": _(self.role.name)})
        return grant


class TakeGrant(Action[Grant]):
    """Take a role back; the row stays as history."""

    code = "core.grant.take"
    permission = GRANT
    needs_reason = True

    def __init__(self, actor: Actor, grant: Grant, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.grant = grant

    def subject(self) -> User:
        """The account."""
        return self.grant.user

    def check(self) -> None:
        """Within the data scope."""
        super().check()
        self.check_row(self.grant.user)

    def perform(self) -> Grant:
        """Mark the row."""
        grant = Grant.objects.select_for_update(of=("self",)).select_related("role", "user", "region").get(pk=self.grant.pk)
        if grant.revoked_at is not None:
            raise Conflict(_("This role has been taken back already."))
        left = [
            code
            for other in duties.open_grants(grant.user)
            if other.pk != grant.pk and (other.valid_from is None or other.valid_from <= timezone.localdate())
            for code in other.role.permissions
        ]
        lost = duties.would_be_lost(grant.user, set(grant.role.permissions) - set(left))
        if lost:
            raise Invalid(
                _("Nobody else could do this any more: %(duty)s. Give the role to another account first.")
                % {"duty": duties.labels(duties.duties_of([lost]))}
            )
        before = described(grant)
        grant.revoked_at = timezone.now()
        grant.save(update_fields=["revoked_at"])
        self.log(grant.user, before=before)
        self.notify([grant.user], "account", _("The role %(role)s was taken back") % {"role": _(grant.role.name)})
        return grant


def described(grant: Grant) -> dict[str, Any]:
    """A grant as the log keeps it: names, because rows may be gone when somebody reads it."""
    return {
        "role": grant.role.name,
        "scope": grant.scope,
        "organisations": [organisation.name for organisation in grant.organisations.all()],
        "region": grant.region.name if grant.region is not None else None,
        "valid_from": grant.valid_from,
        "valid_to": grant.valid_to,
    }
