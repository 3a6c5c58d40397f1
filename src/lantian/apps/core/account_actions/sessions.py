"""Log-in sessions: opened, limited in number, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import parameters
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import CoreError, NotAllowed
from lantian.apps.core.models import LoginSession, User

#: Why a session ended, in words for the person whose session it was.
END_REASONS: dict[str, Any] = {
    "logout": _("logged out"),
    "idle": _("nothing was done for too long"),
    "lifetime": _("the longest time of a session was over"),
    "replaced": _("the account logged in elsewhere"),
    "ended": _("ended by an administrator"),
    "own": _("ended by yourself from another place"),
    "password": _("the password was changed"),
    "disabled": _("the account was disabled"),
}


class TooManySessions(CoreError):
    """The account has as many sessions as it may have, and the policy says to refuse another one."""

    code = "too_many_sessions"
    status = 409
    message = _(
        "This account is logged in elsewhere as often as the security policy allows. Log out there first, "
        "or ask the system administrator to end a session."
    )


def alive(user: User | None = None) -> Any:
    """Sessions that have neither ended nor run out."""
    now = timezone.now()
    rows = LoginSession.objects.filter(
        ended_at__isnull=True,
        last_seen_at__gt=now - timedelta(minutes=parameters.get("session.idle_minutes") + 1),
        started_at__gt=now - timedelta(hours=parameters.get("session.hours")),
    )
    return rows if user is None else rows.filter(user=user)


def end_sessions(user: User, reason: str, *, but: str = "") -> int:
    """End all sessions of an account, except the one with the key ``but``; the caller logs."""
    rows = LoginSession.objects.filter(user=user, ended_at__isnull=True)
    if but:
        rows = rows.exclude(session_key=but)
    keys = list(rows.values_list("session_key", flat=True))
    # The row is what the middleware asks; the stored session goes too, so that nothing is left to be used.
    rows.update(ended_at=timezone.now(), end_reason=reason)
    Session.objects.filter(session_key__in=keys).delete()
    return len(keys)


def check_room(user: User) -> None:
    """Refuse a further session where the policy says so.

    Raises
    ------
    TooManySessions
    """
    if (
        parameters.get("session.when_full") == parameters.REFUSE
        and alive(user).count() >= parameters.get("session.per_account")
    ):
        raise TooManySessions


class OpenSession(Action[LoginSession]):
    """Note a log-in; the oldest sessions above the limit end."""

    code = "auth.login"
    permission = None

    def __init__(self, actor: Actor, session: SessionBase, agent: str = "") -> None:
        super().__init__(actor)
        self.session, self.agent = session, agent

    def perform(self) -> LoginSession:
        """Write the row."""
        user = self.actor.user
        assert user is not None
        # Two log-ins at once must not both find room.
        User.objects.select_for_update(of=("self",)).get(pk=user.pk)
        now = timezone.now()
        room = parameters.get("session.per_account") - 1
        surplus = list(alive(user).order_by("-last_seen_at", "-pk").values_list("session_key", flat=True))[room:]
        if surplus:
            LoginSession.objects.filter(session_key__in=surplus).update(ended_at=now, end_reason="replaced")
            Session.objects.filter(session_key__in=surplus).delete()
        if not self.session.session_key:
            self.session.create()
        row, _made = LoginSession.objects.update_or_create(
            session_key=self.session.session_key,
            defaults={
                "user": user,
                "ip": self.actor.ip,
                "agent": self.agent[:200],
                "last_seen_at": now,
                "ended_at": None,
                "end_reason": "",
            },
        )
        self.log(user, after={"ended_elsewhere": len(surplus)} if surplus else None)
        return row


class CloseSession(Action[None]):
    """Note a log-out, or that a session has run out.

    Parameters
    ----------
    why
        ``logout``, ``idle`` or ``lifetime``.
    """

    code = "auth.logout"
    permission = None

    def __init__(self, actor: Actor, session_key: str, why: str = "logout") -> None:
        super().__init__(actor)
        self.session_key, self.why = session_key, why

    def perform(self) -> None:
        """Mark the row."""
        LoginSession.objects.filter(session_key=self.session_key, ended_at__isnull=True).update(
            ended_at=timezone.now(), end_reason=self.why
        )
        self.log(self.actor.user, after={"why": self.why})


class EndSession(Action[LoginSession]):
    """End a session from outside: one's own, or with the permission anybody's within the data scope."""

    code = "core.session.end"
    permission = "core.session.end"

    def __init__(self, actor: Actor, session: LoginSession, *, reason: str = "") -> None:
        super().__init__(actor, reason=reason)
        self.session = session

    def subject(self) -> LoginSession:
        """The session."""
        return self.session

    @property
    def is_own(self) -> bool:
        """Whether the session belongs to the one who ends it."""
        return self.actor.user is not None and self.session.user_id == self.actor.user.pk

    def check(self) -> None:
        """Own sessions need no permission, but no token may end one."""
        if self.is_own:
            if self.actor.scopes is not None:
                raise NotAllowed
            return
        super().check()
        self.check_row(self.session)

    def perform(self) -> LoginSession:
        """Mark the row and drop the stored session."""
        why = "own" if self.is_own else "ended"
        changed = LoginSession.objects.filter(pk=self.session.pk, ended_at__isnull=True).update(
            ended_at=timezone.now(), end_reason=why
        )
        Session.objects.filter(session_key=self.session.session_key).delete()
        self.unchanged = not changed
        if changed:
            self.log(self.session.user, after={"ip": self.session.ip, "started_at": self.session.started_at})
        self.session.refresh_from_db()
        return self.session
