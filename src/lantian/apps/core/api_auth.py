"""Who calls the API: a token in the header, or the session of a page with its CSRF token."""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja.errors import HttpError
from ninja.security.http import HttpBearer
from ninja.utils import check_csrf

from lantian.apps.core import log
from lantian.apps.core.account_actions.tokens import digest
from lantian.apps.core.actions import Actor, client_ip
from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.models import ApiToken
from lantian.apps.core.models.log import LogResult

#: Refused tokens from one address in this time [s] until further ones are only counted.
FAILURES, WINDOW = 20, 300
WRITE_EVERY = timedelta(minutes=1)
_FORM = re.compile(r"lt_([0-9a-f]{8})_[0-9a-f]{48}")


class Unauthenticated(CoreError):
    """Nobody is logged in, or the token is not good."""

    code = "unauthenticated"
    status = 401
    message = _("A valid token is needed: Authorization: Bearer lt_… It may be wrong, revoked or over.")


class TooManyFailures(CoreError):
    """Too many refused tokens from one address."""

    code = "too_many_failures"
    status = 429
    permanent = False
    message = _("Too many refused tokens from your address. Wait some minutes and check the token.")


class TokenAuth(HttpBearer):
    """``Authorization: Bearer lt_…``."""

    def __call__(self, request: HttpRequest) -> Any:
        """A header that is there must be right: the session of the same browser does not stand in for it."""
        if not request.headers.get("Authorization"):
            return None
        found = super().__call__(request)
        if found is None:
            self.refuse(request)
        return found

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        """Look the token up; the actor carries no more than its scopes and its account allow."""
        match = _FORM.fullmatch(token.strip())
        if match is None:
            return None
        row = (
            ApiToken.objects.select_related("user", "user__person", "user__organisation")
            .filter(prefix=match.group(1), revoked_at__isnull=True)
            .first()
        )
        # Compared also when there is no such row, so that the time does not tell.
        fits = hmac.compare_digest(row.digest if row is not None else "0" * 64, digest(token.strip()))
        now = timezone.now()
        if row is None or not fits or row.expires_at <= now or not row.user.is_active:
            return None
        if row.last_used_at is None or now - row.last_used_at >= WRITE_EVERY:
            ApiToken.objects.filter(pk=row.pk).update(last_used_at=now, last_used_ip=client_ip(request))
        request.actor = Actor(  # type: ignore[attr-defined]
            user=row.user, ip=client_ip(request), via="api", scopes=frozenset(row.scopes)
        )
        return row

    def refuse(self, request: HttpRequest) -> None:
        """Count a refused token; the first ones are noted in the log, a flood of them is only turned away."""
        address = client_ip(request) or ""
        key = f"core.token_failures.{address}"
        cache.add(key, 0, WINDOW)
        try:
            count = cache.incr(key)
        except ValueError:  # it ran out between the two calls
            count = 1
        if count > FAILURES:
            raise TooManyFailures
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")[:5]
        log.append(
            [
                log.entry(
                    Actor(user=None, name="anonymous", ip=client_ip(request), via="api"),
                    "auth.token_failed",
                    after={"failures": count},
                    label=f"{sent}***" if sent.startswith("lt_") else "***",
                    result=LogResult.FAILED,
                )
            ]
        )
        raise Unauthenticated


class SessionAuth:
    """The session of a page; a change needs the CSRF token too."""

    openapi_security_schema = None

    def __call__(self, request: HttpRequest) -> Any:
        """The account that is logged in."""
        if not request.user.is_authenticated:
            return None
        if check_csrf(request) is not None:
            raise HttpError(403, "CSRF")
        request.actor = Actor.of(request, via="api")  # type: ignore[attr-defined]
        return request.user
