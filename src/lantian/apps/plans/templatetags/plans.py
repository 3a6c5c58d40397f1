"""Small words of the pages of plans."""

from __future__ import annotations

from typing import Any

from django import template

from lantian.apps.core import display
from lantian.apps.plans.choices import BlockKind
from lantian.apps.plans.models import TaskQuantity
from lantian.apps.plans.values import worded_value

register = template.Library()


@register.simple_tag
def draft_value(entry: dict[str, Any]) -> str:
    """Write the value of a target in a draft."""
    if entry["value"] is None:
        return display.ABSENT
    return worded_value(
        str(entry["value"]), entry["comparator"], entry["unit"], kind=entry["kind"], from_end=entry["from_end"]
    )


@register.simple_tag
def block_kind(kind: str) -> str:
    """Write what a stretch of text is."""
    return str(dict(BlockKind.choices).get(kind, kind))


@register.simple_tag
def amount(row: TaskQuantity) -> str:
    """Write an amount with comparator and unit."""
    sign = display.COMPARATORS.get(row.comparator, row.comparator)
    return f"{sign}{row.number}{display.unit_gap(row.unit)}{row.unit}"
