"""Addresses of places in the text of a plan."""

from __future__ import annotations

from typing import Any

from django.urls import reverse


def text_url(row: Any, start: int | None, end: int | None) -> str:
    """Where a place of the text is shown."""
    return f"{reverse('plans:plan_text', args=[row.plan_id])}?at={start}-{end}"


def span_url(row: Any, span: Any) -> str:
    """Where a place is shown; empty where there is none."""
    return text_url(row, span[0], span[1]) if span and span[0] is not None else ""
