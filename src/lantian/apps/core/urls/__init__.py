"""Addresses of the foundation: each half keeps its own list."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

app_name = "core"
urlpatterns: list[Any] = []
for _half in ("accounts", "registry"):
    if find_spec(f"{__name__}.{_half}") is not None:
        urlpatterns += import_module(f"{__name__}.{_half}").urlpatterns
