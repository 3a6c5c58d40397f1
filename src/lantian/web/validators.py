"""Django's door to the password rules of the house, so that no command of Django goes around them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as __

from lantian.apps.core import passwords


class PolicyValidator:
    """Refuse what the security policy refuses."""

    def validate(self, password: str, user: Any = None) -> None:
        """Check a password.

        Raises
        ------
        ValidationError
            With one message for each rule that is broken and the code ``password_policy``.
        """
        found = passwords.problems(password, user)
        if found:
            raise ValidationError([ValidationError(text, code="password_policy") for text in found])

    def get_help_text(self) -> str:
        """Where the rules stand."""
        return __("The password must satisfy the security policy.")
