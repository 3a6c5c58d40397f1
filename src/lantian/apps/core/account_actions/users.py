"""Accounts: made, changed, disabled, enabled, given new passwords."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from lantian.apps.core import duties, passwords
from lantian.apps.core.account_actions.sessions import end_sessions
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Conflict, Invalid, NotAllowed
from lantian.apps.core.models import Organisation, Person, User

CREATE, DISABLE, RESET = "core.user.create", "core.user.disable", "core.user.reset_password"
_USERNAME = re.compile(r"[\w.@-]{2,60}")


@dataclass(frozen=True, slots=True)
class WithPassword:
    """An account and the one-time password that is shown once; empty for machine accounts."""

    user: User
    password: str


def check_organisation(actor: Actor, organisation: Organisation | None, permission: str) -> None:
    """Refuse an organisation in which the actor may not keep accounts."""
    if organisation is None:
        if actor.is_system or _unlimited(actor, permission):
            return
        raise Invalid(fields={"organisation": [_("Choose the organisation of the account.")]})
    if not actor.rows(Organisation.objects.filter(pk=organisation.pk), permission).exists():
        raise Invalid(fields={"organisation": [_("This organisation is outside of what you may keep accounts for.")]})


def _unlimited(actor: Actor, permission: str) -> bool:
    return actor.user is not None and any(
        permission in grant.role.permissions and grant.scope == "all" and grant.region_id is None
        for grant in actor.user.active_grants
    )


def check_username(username: str, but: User | None = None) -> str:
    """Bring a user name into its one form and refuse what cannot be one."""
    name = str(User.normalize_username(username))
    if not _USERNAME.fullmatch(name):
        raise Invalid(
            fields={"username": [_("A user name has 2 to 60 letters, digits or the signs . @ - _, without spaces.")]}
        )
    taken = User.objects.filter(username=name)
    if but is not None:
        taken = taken.exclude(pk=but.pk)
    if taken.exists():
        raise Invalid(fields={"username": [_("This user name is taken.")]})
    return name


class CreateUser(Action[WithPassword]):
    """Make an account, with a one-time password for a person and none for a machine.

    Parameters
    ----------
    person
        Somebody who is known already; without it, ``name`` makes a new one.
    password
        Only where the owner of the account chooses it (set-up); it need not be changed then.
    """

    code = "core.user.create"
    permission = CREATE

    def __init__(
        self,
        actor: Actor,
        *,
        username: str,
        name: str = "",
        organisation: Organisation | None,
        person: Person | None = None,
        mobile: str = "",
        email: str = "",
        language: str = "",
        is_machine: bool = False,
        password: str | None = None,
        reason: str = "",
    ) -> None:
        super().__init__(actor, reason=reason)
        self.username, self.name, self.organisation, self.person = username, name.strip(), organisation, person
        self.mobile, self.email, self.language, self.is_machine = mobile, email, language, is_machine
        self.password = password

    def validate(self) -> None:
        """Refuse names, organisations and passwords that cannot be."""
        super().validate()
        self.username = check_username(self.username)
        check_organisation(self.actor, self.organisation, CREATE)
        if not self.is_machine and self.person is None and not self.name:
            raise Invalid(fields={"name": [_("Give the name of the person.")]})
        if self.person is not None:
            if self.is_machine:
                raise Invalid(fields={"person": [_("A machine account belongs to no person.")]})
            if User.objects.filter(person=self.person).exists():
                raise Invalid(fields={"person": [_("This person has an account already.")]})
            self.check_row(self.person, "core.user.create")
        if self.password is not None:
            found = passwords.problems(
                self.password, User(username=self.username, person=self.person or Person(name=self.name))
            )
            if found:
                raise Invalid(fields={"password": found})

    def perform(self) -> WithPassword:
        """Write the person and the account."""
        person = self.person
        if person is None and not self.is_machine:
            person = Person()
            self.save(
                person, name=self.name, organisation=self.organisation, mobile=self.mobile, email=self.email
            )
        user = User(username=self.username, person=person, organisation=self.organisation)
        user.language, user.is_machine = self.language, self.is_machine
        shown = ""
        if self.is_machine:
            user.set_unusable_password()
            user.must_change_password = False
        else:
            shown = self.password or passwords.random_password()
            passwords.set_password(user, shown, must_change=self.password is None)
        self.save(user)
        return WithPassword(user, shown)


class _OnUser(Action[User]):
    """An action on one account within the actor's data scope."""

    def __init__(self, actor: Actor, user: User, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.user = user

    def subject(self) -> User:
        """The account."""
        return self.user

    def check(self) -> None:
        """The permission, and the account within the data scope."""
        super().check()
        self.check_row(self.user)

    def lock(self) -> User:
        """Read the account again and keep others from changing it until the end."""
        self.user = User.objects.select_for_update(of=("self",)).select_related("person", "organisation").get(pk=self.user.pk)
        return self.user

    def check_peer(self) -> None:
        """Keep the administrators apart: nobody takes over the account of another duty through the account page."""
        if self.actor.user is None or not duties.is_strict():
            return
        mine = duties.duties_of(self.actor.user.permissions)
        theirs = {
            duty for grant in duties.open_grants(self.user) for duty in duties.duties_of(grant.role.permissions)
        }
        if theirs - mine:
            raise NotAllowed(
                _(
                    "This account keeps %(duty)s. While duties are separated, its password can be reset only on the "
                    "server, with: lantian manage reset_password"
                )
                % {"duty": duties.labels(theirs - mine)}
            )


class EditUser(_OnUser):
    """Change who an account belongs to and where the person works."""

    code = "core.user.edit"
    permission = CREATE

    def __init__(
        self,
        actor: Actor,
        user: User,
        *,
        organisation: Organisation | None,
        name: str = "",
        mobile: str = "",
        email: str = "",
        language: str = "",
        reason: str = "",
    ) -> None:
        super().__init__(actor, user, reason=reason)
        self.organisation, self.name = organisation, name.strip()
        self.mobile, self.email, self.language = mobile, email, language

    def validate(self) -> None:
        """Refuse a move that would widen one's own data, and organisations that are out of reach."""
        super().validate()
        if self.organisation != self.user.organisation:
            check_organisation(self.actor, self.organisation, CREATE)
            if self.actor.user is not None and self.actor.user.pk == self.user.pk:
                raise Invalid(
                    fields={
                        "organisation": [
                            _("Your own organisation decides what you see; another administrator must change it.")
                        ]
                    }
                )
        if not self.user.is_machine and not self.name:
            raise Invalid(fields={"name": [_("Give the name of the person.")]})

    def perform(self) -> User:
        """Write person and account."""
        user = self.lock()
        moved = user.organisation_id != (self.organisation.pk if self.organisation else None)
        changed = False
        if not user.is_machine:
            person = user.person or Person()
            changed = self.save(
                person, name=self.name, mobile=self.mobile, email=self.email, organisation=self.organisation
            )
            user.person = person
        changed = self.save(user, organisation=self.organisation, language=self.language) or changed
        if moved:
            self.notify(
                [user],
                "account",
                _("Your account was moved to another organisation"),
                body=str(self.organisation or ""),
            )
        self.unchanged = not changed
        return user


class ChangeProfile(Action[User]):
    """Change what everybody may change about oneself."""

    code = "core.user.profile"
    permission = None

    def __init__(self, actor: Actor, *, mobile: str = "", email: str = "", language: str = "") -> None:
        super().__init__(actor)
        self.mobile, self.email, self.language = mobile, email, language

    def check(self) -> None:
        """Only for oneself."""
        if self.actor.user is None or self.actor.scopes is not None:
            raise NotAllowed

    def validate(self) -> None:
        """Refuse a language that is not there."""
        super().validate()
        if self.language and self.language not in dict(settings.LANGUAGES):
            raise Invalid(fields={"language": [_("Choose one of the languages.")]})

    def perform(self) -> User:
        """Write person and account."""
        user = self.actor.user
        assert user is not None
        changed = False
        if user.person is not None:
            changed = self.save(user.person, mobile=self.mobile, email=self.email)
        changed = self.save(user, language=self.language) or changed
        self.unchanged = not changed
        return user


class DisableUser(_OnUser):
    """Close an account; its history stays.

    Parameters
    ----------
    left
        The person has left: roles are taken back too, and the person is marked.
    """

    code = "core.user.disable"
    permission = DISABLE
    needs_reason = True

    def __init__(self, actor: Actor, user: User, *, left: bool = False, reason: str = "") -> None:
        super().__init__(actor, user, reason=reason)
        self.left = left

    def validate(self) -> None:
        """Nobody locks out oneself or the whole office."""
        super().validate()
        if self.actor.user is not None and self.actor.user.pk == self.user.pk:
            raise Invalid(_("You cannot disable your own account."))

    def perform(self) -> User:
        """Close, end sessions, revoke tokens."""
        user = self.lock()
        if not user.is_active:
            raise Conflict(_("This account is disabled already."))
        lost = duties.would_be_lost(user, user.permissions)
        if lost:
            raise Invalid(
                _("Nobody else could do this any more: %(duty)s. Give the role to another account first.")
                % {"duty": duties.labels(duties.duties_of([lost]))}
            )
        self.save(user, is_active=False)
        now = timezone.now()
        end_sessions(user, "disabled")
        user.tokens.filter(revoked_at__isnull=True).update(revoked_at=now)
        if self.left:
            taken = duties.open_grants(user)
            for grant in taken:
                grant.revoked_at = now
                grant.save(update_fields=["revoked_at"])
                self.log(user, action="core.grant.take", before={"role": grant.role.name}, after=None)
            if user.person is not None:
                self.save(user.person, left_on=timezone.localdate())
        return user


class EnableUser(_OnUser):
    """Open a closed account again, with a new one-time password."""

    code = "core.user.enable"
    permission = DISABLE
    needs_reason = True

    def perform(self) -> User:
        """Open it."""
        user = self.lock()
        if user.is_active:
            raise Conflict(_("This account is active already."))
        # Whoever knew the old password may not simply come back.
        user.must_change_password = not user.is_machine
        self.save(user, is_active=True)
        if user.person is not None and user.person.left_on is not None:
            self.save(user.person, left_on=None)
        return user


class ResetPassword(_OnUser):
    """Replace a password by a one-time password that must be changed at the next log-in."""

    code = "core.user.reset_password"
    permission = RESET

    def __init__(self, actor: Actor, user: User, *, reason: str = "") -> None:
        super().__init__(actor, user, reason=reason)
        #: shown once; never stored or logged
        self.password = ""

    def check(self) -> None:
        """Also: not over an account of another duty."""
        super().check()
        self.check_peer()

    def validate(self) -> None:
        """Machines have no password; one's own is changed elsewhere."""
        super().validate()
        if self.user.is_machine:
            raise Invalid(_("A machine account has no password; it uses tokens."))
        if self.actor.user is not None and self.actor.user.pk == self.user.pk:
            raise Invalid(_("Change your own password on the page for it."))

    def perform(self) -> User:
        """Set it, end the sessions and lift a lock."""
        user = self.lock()
        self.password = passwords.random_password()
        passwords.set_password(user, self.password, must_change=True)
        user.save()
        end_sessions(user, "password")
        self.log(user, after={"must_change_password": True})
        self.after_commit(lambda: _lift_lock(user.username))
        return user


class ChangePassword(Action[User]):
    """Change one's own password.

    Parameters
    ----------
    keep_session
        Key of the session that stays; all others end.
    """

    code = "core.user.change_password"
    permission = None

    def __init__(self, actor: Actor, *, current: str, password: str, keep_session: str = "") -> None:
        super().__init__(actor)
        self.current, self.password, self.keep_session = current, password, keep_session

    def check(self) -> None:
        """Only for oneself, and not by a token."""
        if self.actor.user is None or self.actor.scopes is not None:
            raise NotAllowed

    def validate(self) -> None:
        """The old one must be right, the new one must follow the policy."""
        super().validate()
        user = self.actor.user
        assert user is not None
        if not user.check_password(self.current):
            raise Invalid(fields={"current": [_("This is not your current password.")]})
        found = passwords.problems(self.password, user)
        if found:
            raise Invalid(fields={"password": found})

    def perform(self) -> User:
        """Set it."""
        user = self.actor.user
        assert user is not None
        passwords.set_password(user, self.password, must_change=False)
        user.save()
        end_sessions(user, "password", but=self.keep_session)
        self.log(user, after={"must_change_password": False})
        return user


def _lift_lock(username: str) -> None:
    from axes.utils import reset

    reset(username=username)

