"""Keys of programs that send measurements: how a key is looked up, and who is turned away."""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja.security import APIKeyHeader

from lantian.apps.core.account_actions.tokens import digest
from lantian.apps.core.actions import client_ip
from lantian.apps.core.api_auth import TokenAuth
from lantian.apps.core.exceptions import CoreError, NotAllowed

#: the time of the last use is written at most so often
WRITE_EVERY = timedelta(minutes=1)


def new_secret(mark: str) -> tuple[str, str]:
    """A new key: what it is looked up by, and the whole of it, of which only the digest is kept."""
    prefix = secrets.token_hex(4)
    return prefix, f"{mark}{prefix}_{secrets.token_hex(24)}"


def end_of(day: date | None) -> datetime | None:
    """The moment at which a key ends that holds until a day, this one included."""
    if day is None:
        return None
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), time()), timezone.get_default_timezone())


class SenderKeyRefused(CoreError):
    """The key is wrong, revoked or over."""

    code = "unauthenticated"
    status = 401
    message = _("A valid key of a sender is needed. It may be wrong, revoked or over.")


class SenderKeyAuth(APIKeyHeader):
    """A key in a header; a sender that is refused again and again is turned away for some minutes.

    Attributes
    ----------
    model
        The keys, with ``prefix``, ``digest``, ``expires_at``, ``revoked_at``, ``last_used_at`` and ``last_used_ip``.
    mark
        What a key begins with.
    refused
        What is said to a key that is not good.
    """

    model: ClassVar[type[models.Model]]
    mark: ClassVar[str]
    refused: ClassVar[type[CoreError]] = SenderKeyRefused

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Look the key up; compared also when there is no such row, so that the time does not tell."""
        given = (key or "").strip()
        match = re.fullmatch(rf"{self.mark}([0-9a-f]{{8}})_[0-9a-f]{{48}}", given)
        if match is not None:
            rows: Any = self.model._default_manager
            row = rows.filter(prefix=match[1], revoked_at__isnull=True).select_related("region").first()
            fits = hmac.compare_digest(row.digest if row is not None else "0" * 64, digest(given))
            now = timezone.now()
            if row is not None and fits and (row.expires_at is None or row.expires_at > now):
                if row.last_used_at is None or now - row.last_used_at >= WRITE_EVERY:
                    rows.filter(pk=row.pk).update(last_used_at=now, last_used_ip=client_ip(request))
                return row
        if not key and TokenAuth()(request):
            # somebody who is known, with the wrong kind of key
            raise NotAllowed
        try:
            TokenAuth().refuse(request)
        except CoreError as error:
            if error.code != SenderKeyRefused.code:
                raise
        raise self.refused
