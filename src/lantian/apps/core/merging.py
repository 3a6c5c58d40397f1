"""When one organisation (or place) becomes another, every room moves its rows along.

A room registers, when it is loaded, how it does that::

    merging.register(Organisation, "plans.parties", move_parties)          # a function
    merging.register_field(Organisation, "plans.TaskParty", "organisation") # or a foreign key to be
    pointed anew

A function gets the row that ends and the row that goes on, and returns how many rows it moved. It runs
inside the
transaction of the action that merges.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.utils import IntegrityError

Move = Callable[[Any, Any], int]

_moves: dict[str, dict[str, Move]] = {}


def register(model: type[models.Model], code: str, move: Move) -> None:
    """Make known how a room moves its rows; a second registration of a code replaces the first."""
    _moves.setdefault(model._meta.label_lower, {})[code] = move


def register_field(model: type[models.Model], holder: str, field: str) -> None:
    """Point a foreign key of another model anew.

    Where the row that goes on already has the same entry (a unique constraint), the entry of the row that
    ends is
    removed instead of moved.

    Parameters
    ----------
    holder
        Label of the model with the foreign key, ``app.Model``.
    field
        Name of the foreign key.
    """

    def move(source: Any, target: Any) -> int:
        holding = apps.get_model(holder)
        rows = holding._base_manager.filter(**{field: source})
        try:
            with transaction.atomic():
                return rows.update(**{field: target})
        except IntegrityError:
            moved = 0
            for row in rows:
                try:
                    with transaction.atomic():
                        holding._base_manager.filter(pk=row.pk).update(**{field: target})
                except IntegrityError:
                    row.delete()
                moved += 1
            return moved

    register(model, f"{holder.lower()}.{field}", move)


def repoint(source: Any, target: Any) -> dict[str, int]:
    """Let every room move its rows; returns how many each has moved, without the zeros."""
    moved = {code: move(source, target) for code, move in _moves.get(source._meta.label_lower, {}).items()}
    return {code: count for code, count in moved.items() if count}


def registered(model: type[models.Model]) -> list[str]:
    """Codes of what is registered for a model."""
    return list(_moves.get(model._meta.label_lower, {}))
