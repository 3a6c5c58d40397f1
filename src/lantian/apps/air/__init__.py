"""Ambient air: stations, what they measure (in the lake), and what is said of it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lantian.lake.store import Lake


def lake() -> Lake:
    """The lake of this office, by the settings ``LANTIAN_LAKE`` and ``LANTIAN_LAKE_OPTIONS``."""
    from django.conf import settings

    return _lake(str(settings.LAKE), tuple(sorted(settings.LAKE_OPTIONS.items())))


@lru_cache(maxsize=4)
def _lake(root: str, options: tuple[tuple[str, str], ...]) -> Lake:
    # Here and not above: the libraries of the lake are heavy, and most commands need none of it.
    from lantian.lake.store import Lake

    kept: dict[str, Any] = dict(options)
    return Lake(root, kept or None)
