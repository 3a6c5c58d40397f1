"""The way up: a row of a lower room becomes the business of an upper one.

An alarm becomes an issue, but the room of issues lies above that of alarms. So the upper room registers itself here when
it is loaded, and the lower one asks for it; where nobody has registered, no button is shown::

    turning.register("monitoring.alarm", Taker(_("Issue"), "supervision.issue.new", take))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.db import models

    from lantian.apps.core.actions import Action


@dataclass(frozen=True, slots=True)
class Turned:
    """What a row has become: its words and its address."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes rows of a model.

    Attributes
    ----------
    label
        What a row becomes, for the button.
    permission
        What the account must carry in the upper room.
    take
        Called with the action that turns the row over, inside its transaction, with the row and the words of the person;
        performs its own action with :meth:`Action.perform_in`, so that both are logged and sent together, or neither.
    """

    label: Any
    permission: str
    take: Callable[[Action[Any], models.Model, str], Turned]


_takers: dict[str, Taker] = {}


def register(model: str, taker: Taker) -> None:
    """Make it known who takes the rows of a model, by its label; a second registration replaces the first."""
    _takers[model.lower()] = taker


def forget(model: str) -> None:
    """Take a registration back."""
    _takers.pop(model.lower(), None)


def taker_of(row: models.Model | type[models.Model]) -> Taker | None:
    """Who takes a row, if anybody does."""
    return _takers.get(row._meta.label_lower)
