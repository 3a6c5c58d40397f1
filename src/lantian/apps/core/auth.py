"""Logging in: the back-end, the lock-out, and what is noted at each log-in and each failure."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from lantian.apps.core import log, parameters
from lantian.apps.core.actions import Actor, client_ip
from lantian.apps.core.models import User
from lantian.apps.core.models.log import LogResult


class Backend(ModelBackend):
    """Accounts with passwords. Rights are not asked from here but from grants."""

    def get_user(self, user_id: Any) -> User | None:
        """The account behind a session, with what every page shows of it."""
        user = User.objects.select_related("person", "organisation").filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None

    def user_can_authenticate(self, user: Any) -> bool:
        """Disabled accounts and machines cannot log in."""
        return bool(user.is_active and not user.is_machine)


def username_of(request: HttpRequest | None, credentials: Any) -> str:
    """The name under which failures are counted: one form whatever is typed, cut to what the table holds."""
    typed = (credentials or {}).get("username") or ""
    return str(User.normalize_username(typed))[:60]


def failure_limit(request: HttpRequest | None, credentials: Any) -> int:
    """Failures until the lock."""
    return int(parameters.get("login.failures"))


def cool_off(request: HttpRequest | None) -> timedelta:
    """How long the lock lasts."""
    return timedelta(minutes=parameters.get("login.lock_minutes"))


def locked_until(username: str, now: datetime | None = None) -> datetime | None:
    """When a lock ends; None if the name is not locked. Names that nobody has are locked in the same way."""
    from axes.models import AccessAttempt

    now = now or timezone.now()
    window, limit = cool_off(None), failure_limit(None, None)
    rows = list(
        AccessAttempt.objects.filter(
            username=username_of(None, {"username": username}), attempt_time__gte=now - window
        )
        .order_by("attempt_time")
        .values_list("attempt_time", "failures_since_start")
    )
    total = sum(count for _at, count in rows)
    if total < limit:
        return None
    for at, count in rows:
        total -= count
        if total < limit:
            return at + window
    return None


def locked_minutes(username: str) -> int:
    """Minutes until a lock ends, rounded up; 0 if there is none."""
    until = locked_until(username)
    if until is None:
        return 0
    return max(1, math.ceil((until - timezone.now()).total_seconds() / 60))


def keep_response(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """The log-in page tells of the lock by itself; the lock-out library has nothing to add."""
    return response if response is not None else HttpResponse(status=429)


def masked(name: str) -> str:
    """A name that nobody has, as the log keeps it: people type passwords into the wrong field."""
    return f"{name[:2]}***" if name else "***"


def note_login(sender: Any, request: HttpRequest, user: Any, **_kwargs: Any) -> None:
    """Open a session row for each log-in, however it comes about."""
    from lantian.apps.core.account_actions import OpenSession

    actor = Actor(user=user, ip=client_ip(request), via="web")
    OpenSession(actor, request.session, request.META.get("HTTP_USER_AGENT", "")).execute()


def note_failure(sender: Any, credentials: Any, request: HttpRequest | None = None, **_kwargs: Any) -> None:
    """Write each failure that counts to the log; tries during a lock add nothing, so that nobody can flood it."""
    failures = getattr(request, "axes_failures_since_start", None)
    if request is None or failures is None:
        return
    name = username_of(request, credentials)
    user = User.objects.filter(username=name).first()
    limit = failure_limit(request, credentials)
    log.append(
        [
            log.entry(
                Actor(user=None, name=name if user is not None else masked(name), ip=client_ip(request), via="web"),
                "auth.login_failed",
                subject=user,
                after={"failures": failures, "locked": failures >= limit},
                result=LogResult.FAILED,
            )
        ]
    )


def connect() -> None:
    """Listen; called once when the app is loaded."""
    user_logged_in.connect(note_login, dispatch_uid="core.auth.note_login")
    user_login_failed.connect(note_failure, dispatch_uid="core.auth.note_failure")
