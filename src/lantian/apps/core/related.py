"""Ways from the page of a row to what other rooms hold about it.

A room registers, when it is loaded, what it offers::

    related.register(Organisation, tasks_of_organisation)   # (request, row) -> buttons

The page of the row shows what its account may open; the lower room never asks the upper one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import models
from django.http import HttpRequest

#: gives dictionaries for the tag ``action_button``: label, url, icon
Provider = Callable[[HttpRequest, Any], Iterable[dict[str, Any]]]

_providers: dict[str, list[tuple[int, Provider]]] = {}


def register(model: type[models.Model], provider: Provider, order: int = 100) -> None:
    """Make a provider known; registering it again changes nothing."""
    known = _providers.setdefault(model._meta.label_lower, [])
    if all(one is not provider for _order, one in known):
        known.append((order, provider))
        known.sort(key=lambda pair: pair[0])


def links_for(request: HttpRequest, row: models.Model) -> list[dict[str, Any]]:
    """What the rooms offer for a row to the account behind a request."""
    return [
        link
        for _order, provider in _providers.get(row._meta.label_lower, [])
        for link in provider(request, row)
    ]
