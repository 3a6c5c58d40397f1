"""Keys to the API: made with scopes and an end, shown once, revoked."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from lantian.apps.core import parameters, permissions
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.models import ApiToken, User
from lantian.apps.core.models.access import TokenKind

OWN, MANAGE = "core.token.own", "core.token.manage"
#: What no token may do: make further keys.
NEVER = frozenset({OWN, MANAGE})
MARK = "lt_"


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token and its secret, which is shown once."""

    token: ApiToken
    secret: str


def digest(secret: str) -> str:
    """What is stored of a secret. It is long and random, so a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


class CreateToken(Action[NewToken]):
    """Make a token for oneself, or with the permission for a machine account."""

    code = "core.token.create"
    permission = None

    def __init__(
        self, actor: Actor, user: User, *, name: str, scopes: Iterable[str], days: int, reason: str = ""
    ) -> None:
        super().__init__(actor, reason=reason)
        self.user, self.name, self.scopes, self.days = user, name.strip(), sorted(set(scopes)), days

    def subject(self) -> User:
        """The account."""
        return self.user

    def check(self) -> None:
        """For oneself or for a machine, never through a token."""
        if self.actor.scopes is not None:
            raise NotAllowed(_("A token cannot make tokens."))
        if self.user.is_machine:
            if not self.actor.may(MANAGE):
                raise NotAllowed(permission=MANAGE)
            self.check_row(self.user, MANAGE)
        elif self.actor.user is None or self.actor.user.pk != self.user.pk or not self.actor.may(OWN):
            raise NotAllowed(permission=OWN)

    def validate(self) -> None:
        """Refuse a token without name, scope or end."""
        super().validate()
        fields: dict[str, list[str]] = {}
        if not self.name:
            fields["name"] = [_("Say what the token is for.")]
        longest = parameters.get("token.days")
        if not 1 <= self.days <= longest:
            fields["days"] = [_("A token is valid for 1 to %(days)s days.") % {"days": longest}]
        known = {permission.code for permission in permissions.known()}
        wrong = [code for code in self.scopes if code not in known or code in NEVER]
        if not self.scopes:
            fields["scopes"] = [_("Choose at least one permission.")]
        elif wrong:
            fields["scopes"] = [_("A token cannot carry: %(codes)s") % {"codes": ", ".join(wrong)}]
        elif not self.user.may_all(self.scopes):
            fields["scopes"] = [_("A token carries no more than the account may do.")]
        if not self.user.is_active:
            fields["user"] = [_("The account is disabled. Enable it first.")]
        if fields:
            raise Invalid(fields=fields)

    def perform(self) -> NewToken:
        """Write the digest, give the secret back."""
        prefix = secrets.token_hex(4)
        secret = f"{MARK}{prefix}_{secrets.token_hex(24)}"
        token = ApiToken(
            user=self.user,
            name=self.name,
            kind=TokenKind.MACHINE if self.user.is_machine else TokenKind.PERSONAL,
            prefix=prefix,
            digest=digest(secret),
            scopes=self.scopes,
            expires_at=timezone.now() + timedelta(days=self.days),
        )
        self.save(token)
        return NewToken(token, secret)


class RevokeToken(Action[ApiToken]):
    """Make a token worthless."""

    code = "core.token.revoke"
    permission = None

    def __init__(self, actor: Actor, token: ApiToken, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.token = token

    def subject(self) -> ApiToken:
        """The token."""
        return self.token

    def check(self) -> None:
        """One's own, or with the permission any within the data scope."""
        if self.actor.user is not None and self.token.user_id == self.actor.user.pk and self.actor.scopes is None:
            return
        if not self.actor.may(MANAGE):
            raise NotAllowed(permission=MANAGE)
        self.check_row(self.token, MANAGE)

    def perform(self) -> ApiToken:
        """Mark it."""
        if self.token.revoked_at is not None:
            raise Conflict(_("This token has been revoked already."))
        self.save(self.token, revoked_at=timezone.now())
        return self.token
