"""Rules of passwords and of the lock after failed log-ins that settings refer to."""

from __future__ import annotations

import unicodedata
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as __

from lantian.apps.core.actions import client_ip


class CharacterClassesValidator:
    """Ask for several kinds of characters: small letters, capitals, digits, and others.

    Parameters
    ----------
    classes
        How many of the four kinds a password must have.
    """

    def __init__(self, classes: int = 3) -> None:
        self.classes = classes

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse a password with too few kinds of characters.

        Raises
        ------
        ValidationError
            With the code ``password_too_uniform``.
        """
        kinds = {
            "small" if sign.islower() else "capital" if sign.isupper() else "digit" if sign.isdigit() else "other"
            for sign in password
        }
        if len(kinds) < self.classes:
            raise ValidationError(self.get_help_text(), code="password_too_uniform")

    def get_help_text(self) -> str:
        """The rule in words."""
        return __(
            "The password must hold at least %(classes)d of these:"
            " small letters, capital letters, digits, other signs."
        ) % {"classes": self.classes}


def lockout_name(request: HttpRequest | None, credentials: dict[str, Any] | None = None) -> str:
    """The account name under which failures are counted: spelling variants of one name are one name."""
    name = (credentials or {}).get("username")
    if name is None and request is not None:
        name = request.POST.get("username")
    return unicodedata.normalize("NFKC", str(name or "")).strip().casefold()[:150]


def lockout_address(request: HttpRequest) -> str | None:
    """The address of the caller, by the same rule as in the action log."""
    return client_ip(request)
