"""What the frame of every page shows; nothing is read before a template asks for it."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

import lantian
from lantian.apps.core import navigation
from lantian.apps.core.models import Notification


class Shell:
    """The frame around a page, for one request."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._unread: int | None = None
        self._navigation: list[navigation.Group] | None = None

    @property
    def _user(self) -> Any:
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def demo(self) -> bool:
        """Whether the data are simulated."""
        return bool(getattr(settings, "DEMO", False))

    @property
    def version(self) -> str:
        """Version of the house."""
        return str(getattr(lantian, "__version__", ""))

    @property
    def place(self) -> str:
        """The organisation that the account works for."""
        organisation = getattr(self._user, "organisation", None)
        return organisation.name if organisation is not None else ""

    @property
    def navigation(self) -> list[navigation.Group]:
        """The side navigation."""
        if self._navigation is None:
            self._navigation = navigation.groups_for(self._request)
        return self._navigation

    @property
    def unread(self) -> int:
        """Messages that the account has not read."""
        if self._user is None:
            return 0
        if self._unread is None:
            self._unread = Notification.objects.filter(recipient=self._user, read_at__isnull=True).count()
        return self._unread


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of every page."""
    return {"shell": Shell(request)}
