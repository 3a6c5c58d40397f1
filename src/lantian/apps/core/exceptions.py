"""Errors of the foundation.

CoreError
├── NotAllowed          the actor lacks the permission, or may not touch this row          → 403
├── NotFound            there is no such row, or it is not visible to the actor             → 404
├── Invalid             the values cannot be accepted; ``fields`` says which and why         → 400/422
├── Conflict            somebody else changed the row in the meantime                        → 409
├── ReasonMissing       this action must say why                                              → 400/422
└── TooLarge            more than the door takes                                             → 413
"""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _


class CoreError(Exception):
    """Something that the user can be told; ``code`` is stable, ``message`` is in the user's language."""

    code = "error"
    status = 400
    permanent = True
    message: Any = _("This could not be done.")

    def __init__(self, message: Any = None, *, fields: dict[str, Any] | None = None, **data: Any) -> None:
        self.message = message or type(self).message
        self.fields = fields or {}
        self.data = data
        super().__init__(self.message)

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(CoreError):
    """The actor lacks the permission, or may not touch this row."""

    code = "not_allowed"
    status = 403
    message = _("You do not have the right to do this. Ask your security administrator for the role that carries it.")


class NotFound(CoreError):
    """There is no such row, or it is not visible to the actor."""

    code = "not_found"
    status = 404
    message = _("There is no such entry, or it is outside of what you may see.")


class Invalid(CoreError):
    """The values cannot be accepted."""

    code = "invalid"
    status = 422
    message = _("Please correct the marked fields.")


class Conflict(CoreError):
    """Somebody else changed the row in the meantime."""

    code = "conflict"
    status = 409
    permanent = False
    message = _("Somebody else has changed this entry since you opened it. Load it again and repeat your change.")


class ReasonMissing(Invalid):
    """This action must say why."""

    code = "reason_missing"
    message = _("Please give a reason; it is kept in the log.")


class TooLarge(CoreError):
    """More than the door takes."""

    code = "too_large"
    status = 413
    message = _("This is larger than what can be accepted.")
