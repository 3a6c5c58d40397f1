"""Factors, rates and marks in templates."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.monitoring.choices_devices import MARK_TONES
from lantian.apps.monitoring.forms_devices import factor_words
from lantian.apps.monitoring.models import DataMark

register = template.Library()


@register.simple_tag
def factor_name(code: str) -> str:
    """A factor in words."""
    return factor_words(code)


@register.simple_tag
def percent_of(value: Decimal | None) -> str:
    """A rate; a dash where nothing was due."""
    return display.quantity(value, "%")


@register.simple_tag
def mark_badge(mark: DataMark) -> SafeString:
    """The state of a mark, and whether it came late."""
    found = format_html(
        '<span class="badge lt-badge lt-badge-{}">{}</span>',
        MARK_TONES.get(mark.state, "neutral"),
        mark.get_state_display(),
    )
    if not mark.late:
        return found
    return format_html('{} <span class="badge lt-badge lt-badge-orange">{}</span>', found, __("Late"))


@register.inclusion_tag("monitoring/rate_table.html")
def rate_table(rows: list[Any], heading: str, first: str, key: str = "") -> dict[str, Any]:
    """A table of rates; with ``key`` its first column leads to the same page of a part."""
    return {"rows": rows, "heading": heading, "first": first, "key": key}
