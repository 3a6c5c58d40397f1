"""The security policy: what may be set while the system runs, its type, its limits and what holds by default.

A value is read through :func:`get`. Values are kept in memory for a few seconds, so that a page does not ask the
database for each of them; another process sees a change after that time. :func:`fresh` asks the database.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core.exceptions import Invalid
from lantian.apps.core.models.access import Parameter

#: Seconds for which a process trusts what it has read.
TRUSTED_FOR = 5.0


class UnknownParameter(KeyError):
    """A key that nobody has registered."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One parameter.

    Attributes
    ----------
    minimum, maximum
        Limits of a whole number, both included.
    choices
        Codes and labels of a parameter that is chosen from a list; empty for whole numbers.
    unit
        Counting word behind the number.
    note
        What the value does, and what a special value means.
    """

    key: str
    group: Any
    label: Any
    default: Any
    minimum: int = 0
    maximum: int = 0
    choices: tuple[tuple[str, Any], ...] = ()
    unit: Any = ""
    note: Any = ""

    def clean(self, value: Any) -> Any:
        """Turn what was sent into a value of this parameter.

        Raises
        ------
        Invalid
            If it is of another type or outside of the limits.
        """
        if self.choices:
            if value not in {code for code, _label in self.choices}:
                raise Invalid(fields={self.key: [__("Choose one of the values.")]})
            return value
        try:
            number = int(str(value).strip()) if not isinstance(value, bool) else None
        except ValueError:
            number = None
        if number is None or not self.minimum <= number <= self.maximum:
            raise Invalid(
                fields={
                    self.key: [
                        __("Give a whole number from %(low)s to %(high)s.")
                        % {"low": self.minimum, "high": self.maximum}
                    ]
                }
            )
        return number

    def shown(self, value: Any) -> str:
        """The value as people read it."""
        if self.choices:
            return str(dict(self.choices).get(value, value))
        return f"{value} {self.unit}".strip()


_registry: dict[str, Spec] = {}


def register(specs: Iterable[Spec]) -> None:
    """Make parameters known."""
    for spec in specs:
        _registry[spec.key] = spec


def specs() -> list[Spec]:
    """All parameters in the order of the page."""
    return list(_registry.values())


def spec(key: str) -> Spec:
    """Look a parameter up."""
    try:
        return _registry[key]
    except KeyError:
        raise UnknownParameter(key) from None


STRICT, RELAXED = "strict", "relaxed"
END_OLDEST, REFUSE = "end_oldest", "refuse"

register(
    [
        Spec("password.length", _("Passwords"), _("Shortest password"), 10, 8, 64, unit=_("characters")),
        Spec(
            "password.classes",
            _("Passwords"),
            _("Kinds of characters"),
            3,
            1,
            4,
            unit=_("of 4"),
            note=_("Capital letters, small letters, digits, other signs."),
        ),
        Spec(
            "password.history",
            _("Passwords"),
            _("Earlier passwords that may not be used again"),
            5,
            0,
            24,
            unit=_("passwords"),
        ),
        Spec(
            "password.days",
            _("Passwords"),
            _("A password must be changed after"),
            90,
            0,
            730,
            unit=_("days"),
            note=_("0: passwords do not expire."),
        ),
        Spec(
            "login.failures",
            _("Log-in"),
            _("Failed log-ins until an account is locked"),
            5,
            3,
            20,
            unit=_("times"),
            note=_("Holds for every account, administrators included."),
        ),
        Spec("login.lock_minutes", _("Log-in"), _("The lock lasts"), 10, 1, 1440, unit=_("minutes")),
        Spec(
            "session.idle_minutes",
            _("Sessions"),
            _("A session ends when nothing is done for"),
            30,
            5,
            480,
            unit=_("minutes"),
        ),
        Spec("session.hours", _("Sessions"), _("A session ends at the latest after"), 12, 1, 72, unit=_("hours")),
        Spec(
            "session.per_account",
            _("Sessions"),
            _("Sessions of one account at the same time"),
            2,
            1,
            20,
            unit=_("sessions"),
        ),
        Spec(
            "session.when_full",
            _("Sessions"),
            _("When an account logs in once more"),
            END_OLDEST,
            choices=((END_OLDEST, _("end its oldest session")), (REFUSE, _("refuse the log-in"))),
        ),
        Spec(
            "token.days",
            _("API tokens"),
            _("A token is valid for at most"),
            365,
            1,
            730,
            unit=_("days"),
        ),
        Spec(
            "account.separation",
            _("Administrators"),
            _("Separation of duties"),
            STRICT,
            choices=(
                (STRICT, _("strict: system, security and audit are three persons")),
                (RELAXED, _("relaxed: one person may hold several (small offices)")),
            ),
            note=_("Who makes accounts does not grant rights, and who grants rights does not audit."),
        ),
    ]
)

_read: tuple[float, dict[str, Any]] | None = None


def _stored() -> dict[str, Any]:
    return dict(Parameter.objects.values_list("key", "value"))


def _accepted(spec_: Spec, stored: dict[str, Any]) -> Any:
    if spec_.key not in stored:
        return spec_.default
    try:
        return spec_.clean(stored[spec_.key])
    except Invalid:
        # Somebody wrote into the table by hand: what is safe by default holds.
        return spec_.default


def get(key: str) -> Any:
    """The value that holds now (at most :data:`TRUSTED_FOR` seconds old)."""
    global _read
    wanted = spec(key)
    now = time.monotonic()
    if _read is None or now - _read[0] > TRUSTED_FOR:
        _read = (now, _stored())
    return _accepted(wanted, _read[1])


def fresh(key: str) -> Any:
    """The value as it stands in the database, for decisions that must not be a few seconds late."""
    wanted = spec(key)
    return _accepted(wanted, dict(Parameter.objects.filter(key=key).values_list("key", "value")))


def everything() -> dict[str, Any]:
    """All values as they stand in the database."""
    stored = _stored()
    return {wanted.key: _accepted(wanted, stored) for wanted in specs()}


def forget() -> None:
    """Read again at the next :func:`get`."""
    global _read
    _read = None
