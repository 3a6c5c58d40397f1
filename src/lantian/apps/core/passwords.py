"""Rules for passwords, and passwords that are made by the house."""

from __future__ import annotations

import secrets
import string
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.hashers import check_password
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from lantian.apps.core import parameters

if TYPE_CHECKING:
    from lantian.apps.core.models.access import User

#: Longer ones are refused before they are hashed: hashing costs time that a stranger could make us spend.
LONGEST = 128
#: As many hashes as the policy can ever ask for.
KEPT = 24
#: Signs that nobody mistakes for another when a slip of paper is copied.
_LETTERS_LOW = "abcdefghjkmnpqrstuvwxyz"
_LETTERS_HIGH = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_DIGITS = "23456789"
_SIGNS = "-+=@#%"

#: Passwords that satisfy rules of length and classes and are tried first by everybody who guesses.
_USUAL = (
    "admin@123",
    "admin123",
    "admin@1234",
    "abc@123",
    "abc@12345",
    "aa123456",
    "p@ssw0rd",
    "passw0rd",
    "password",
    "qwer1234",
    "qwerty",
    "1qaz2wsx",
    "1qaz@wsx",
    "zaq12wsx",
    "huawei@123",
    "huanbao",
    "welcome",
    "lantian",
    "gongjian",
)
_common = CommonPasswordValidator()


def classes(password: str) -> int:
    """How many of the four kinds of characters occur."""
    return sum(
        (
            any(sign in string.ascii_lowercase for sign in password),
            any(sign in string.ascii_uppercase for sign in password),
            any(sign in string.digits for sign in password),
            any(not (sign.isascii() and sign.isalnum()) for sign in password),
        )
    )


def _has_run(password: str, length: int = 5) -> bool:
    """Whether a sign is repeated, or counted up or down, over ``length`` places."""
    for start in range(len(password) - length + 1):
        steps = {ord(b) - ord(a) for a, b in zip(password[start:], password[start + 1 : start + length], strict=False)}
        if steps in ({0}, {1}, {-1}):
            return True
    return False


def _resembles(password: str, user: Any) -> bool:
    lowered = password.casefold()
    names = [user.username.casefold()] if user is not None and user.username else []
    person = getattr(user, "person", None) if user is not None else None
    if person is not None:
        names += [person.mobile, person.email.partition("@")[0].casefold()]
    return any(len(name) >= 3 and (name in lowered or name[::-1] in lowered) for name in names)


def problems(password: str, user: User | None = None) -> list[str]:
    """Why a password is refused, each reason with what would help; empty if it is accepted.

    Parameters
    ----------
    user
        Whose password it is to be; its names and its earlier passwords are refused.
    """
    found: list[str] = []
    shortest = parameters.get("password.length")
    if len(password) > LONGEST:
        return [_("The password has more than %(count)s characters.") % {"count": LONGEST}]
    if len(password) < shortest:
        found.append(_("The password must have at least %(count)s characters.") % {"count": shortest})
    wanted = parameters.get("password.classes")
    if classes(password) < wanted:
        found.append(
            _(
                "The password must hold at least %(count)s of these kinds: capital letters, small letters, digits, "
                "other signs."
            )
            % {"count": wanted}
        )
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in password):
        found.append(_("The password holds signs that cannot be typed everywhere."))
    lowered = password.casefold()
    if any(usual in lowered for usual in _USUAL) or _is_common(password) or _has_run(password):
        found.append(_("The password is one that is guessed first (a common word, a row of keys, a counted row)."))
    if _resembles(password, user):
        found.append(_("The password may not hold the user name, the mobile number or the mail name."))
    if not found and user is not None and user.pk:
        count = parameters.get("password.history")
        if count and any(check_password(password, old) for old in _used(user)[:count]):
            found.append(_("This password was used before; the last %(count)s may not be used again.") % {"count": count})
    return found


def _is_common(password: str) -> bool:
    try:
        _common.validate(password)
    except ValidationError:
        return True
    return False


def _used(user: User) -> list[str]:
    current = [user.password] if user.password and user.has_usable_password() else []
    return current + [old for old in user.password_history if old not in current]


def set_password(user: User, password: str, *, must_change: bool) -> None:
    """Give an account a new password and keep the hash of the old one; the caller saves."""
    user.password_history = _used(user)[:KEPT]
    user.set_password(password)
    # Saved by our own caller; Django's hook would validate the password again.
    user._password = None  # type: ignore[attr-defined]
    user.password_changed_at = timezone.now()
    user.must_change_password = must_change


def random_password() -> str:
    """Make a one-time password that satisfies every setting of the policy and can be read over the telephone."""
    length = max(14, parameters.get("password.length"))
    alphabet = _LETTERS_LOW + _LETTERS_HIGH + _DIGITS
    while True:
        signs = [secrets.choice(_SIGNS), secrets.choice(_DIGITS), secrets.choice(_LETTERS_LOW), secrets.choice(_LETTERS_HIGH)]
        signs += [secrets.choice(alphabet) for _count in range(length - len(signs))]
        # A sign at the end is lost when somebody copies the slip with a double click; the first place is a letter.
        secrets.SystemRandom().shuffle(signs)
        password = "".join(signs)
        if password[0].isalpha() and password[-1].isalnum() and not problems(password):
            return password


def expires_in_days(user: User) -> int | None:
    """Days until the password must be changed (0 or less: now); None if it does not expire."""
    days = parameters.get("password.days")
    if not days or user.password_changed_at is None:
        return None
    left = user.password_changed_at + timedelta(days=days) - timezone.now()
    return left.days


def must_change(user: User) -> bool:
    """Whether an account may do nothing before it has a new password."""
    if not user.password or not user.has_usable_password():
        return False  # it cannot log in by password, so there is nothing to change
    left = expires_in_days(user)
    return user.must_change_password or (left is not None and left < 0)


class PolicyValidator:
    """The same rules for whatever asks Django to validate a password."""

    def validate(self, password: str, user: Any = None) -> None:
        """Refuse with all reasons at once.

        Raises
        ------
        ValidationError
            With one message for each reason.
        """
        found = problems(password, user)
        if found:
            raise ValidationError(found)

    def get_help_text(self) -> str:
        """The rules in words."""
        return rules()[0]


def rules() -> list[str]:
    """What the policy asks for, one sentence each, for the pages on which a password is chosen."""
    listed = [
        _("At least %(count)s characters.") % {"count": parameters.get("password.length")},
        _("At least %(count)s of: capital letters, small letters, digits, other signs.")
        % {"count": parameters.get("password.classes")},
        _("Not your user name or mobile number, no rows such as 12345, no common words."),
    ]
    if parameters.get("password.history"):
        listed.append(_("Not one of your last %(count)s passwords.") % {"count": parameters.get("password.history")})
    return listed
