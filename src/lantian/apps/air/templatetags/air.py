"""Small signs of the pages of ambient air."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as __

from lantian.apps.air import indices, ranking
from lantian.apps.air.choices import POLLUTANT_WORDS
from lantian.apps.core import display
from lantian.rules.air.words import CLASSES

register = template.Library()


@register.simple_tag
def aqi(index: Any, words: bool = True) -> SafeString:
    """An AQI in the colour of its class, with its number and, beside it, the class in words."""
    if index is None or index.aqi is None:
        return format_html('<span class="air-aqi air-l0">{}</span>', __("No AQI"))
    word = format_html(' <span class="air-word">{}</span>', index.word) if words else ""
    return format_html(
        '<span class="air-aqi air-l{}" title="{}"><b>{}</b>{}</span>',
        index.level,
        index.word,
        index.aqi,
        word,
    )


@register.simple_tag
def concentration(value: Any, column: str) -> str:
    """A concentration in thousandths as it is written."""
    return indices.shown(value, column) or display.ABSENT


@register.simple_tag
def difference(value: int | float | None) -> SafeString:
    """A change: up is worse, and is told by an arrow and a word as well as by the colour."""
    if value is None:
        return format_html('<span class="lt-absent">{}</span>', display.ABSENT)
    if value == 0:
        return format_html('<span class="air-same">{}</span>', __("unchanged"))
    up = value > 0
    return format_html(
        '<span class="{}"><i class="ti ti-arrow-{}" aria-hidden="true"></i><span class="visually-hidden">{}</span>{}</span>',
        "air-worse" if up else "air-better",
        "up" if up else "down",
        __("up") if up else __("down"),
        display.number(abs(value)),
    )


@register.simple_tag
def value_of(values: Any, column: str) -> str:
    """A concentration out of those of a row."""
    return indices.shown(values.get(column), column) or display.ABSENT


@register.filter
def classes(_room: str) -> list[tuple[int, str]]:
    """The classes of the AQI with their words, for a legend."""
    return [(level, __(word)) for level, word in CLASSES.items()]


@register.filter
def word_of(column: str) -> str:
    """A pollutant as it is written."""
    return POLLUTANT_WORDS.get(column, column)


@register.filter
def item(values: Any, key: Any) -> Any:
    """An entry of a mapping."""
    return values.get(key)


@register.simple_tag
def step_words(step: Any) -> str:
    """What a list orders by."""
    return ranking.key_words(step.key)


@register.simple_tag
def step_sum(step: Any) -> str:
    """How a figure of an order comes about."""
    unit = ranking.unit_of(step.key)
    value = display.ABSENT if step.value is None else f"{step.value}{unit and ' '}{unit}"
    if not step.key.change:
        return value
    this = display.ABSENT if step.this is None else str(step.this)
    base = display.ABSENT if step.base is None else str(step.base)
    if step.key.unit == "percent":
        return f"({this} − {base}) ÷ {base} = {value}"
    return f"{this} − {base} = {value}"


@register.simple_tag
def tied_names(row: Any, names: Mapping[str, str]) -> str:
    """Who shares a place."""
    return "、".join(names.get(code, code) for code in row.placed.tied)
