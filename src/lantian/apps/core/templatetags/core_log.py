"""The history of a row for its page."""

from __future__ import annotations

from typing import Any

from django import template
from django.db import models

from lantian.apps.core import history

register = template.Library()


@register.inclusion_tag("core/components/object_log.html")
def object_log(row: models.Model, limit: int = 20) -> dict[str, Any]:
    """Show what was done with a row, newest first: ``{% object_log object %}``."""
    return {"entries": history.of_object(row, limit), "limit": limit}


@register.inclusion_tag("core/components/log_list.html")
def log_list(entries: list[history.Told]) -> dict[str, Any]:
    """Show entries that have been put into words."""
    return {"entries": entries}


@register.inclusion_tag("core/components/permission_fields.html")
def permission_fields(bound: Any) -> dict[str, Any]:
    """Show a choice of permissions under the headings of their groups."""
    chosen = {str(value) for value in (bound.value() or [])}
    return {
        "bound": bound,
        "groups": [
            (group, [(code, label, code in chosen) for code, label in listed]) for group, listed in bound.field.choices
        ],
    }


@register.filter
def browser(agent: str) -> str:
    """Name of the browser and the system, out of what the browser says of itself."""
    from lantian.apps.core.tables.accounts import browser as name_of

    return name_of(agent)
