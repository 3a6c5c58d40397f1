"""Addresses of rows, for pages that write thousands of them: to work each out anew takes longer than its line."""

from __future__ import annotations

from functools import lru_cache

from django.urls import get_script_prefix, reverse

#: no row has this key
_SAMPLE = 987_654_321_012_345


@lru_cache(maxsize=64)
def _around_key(name: str, _prefix: str) -> tuple[str, str]:
    before, after = reverse(name, args=[_SAMPLE]).split(str(_SAMPLE))
    return before, after


def of_row(name: str, key: int) -> str:
    """The address of a page of one row, as ``reverse`` gives it."""
    before, after = _around_key(name, get_script_prefix())
    return f"{before}{key}{after}"
