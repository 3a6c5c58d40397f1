"""How lights are written in views of a plan, and the addresses of the tasks behind each number."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe

from lantian.apps.core import display
from lantian.apps.plans import boards, queries


def chips(lights: boards.Lights) -> SafeString:
    """Lights with their numbers, the worst first: shape, colour and number. The shapes stand once in the page."""
    # Codes are those of the house and numbers are numbers: nothing here has to be escaped.
    return mark_safe(
        "".join(
            f'<span class="pb-n pb-n-{code}"><svg class="lt-light-shape" width="13" height="13" aria-hidden="true">'
            f'<use href="#lt-shape-{code}"/></svg>{number}</span>'
            for code, number in boards.in_order(lights)
        )
    )


def in_words(lights: boards.Lights) -> str:
    """Lights with their numbers for who cannot see them."""
    return "，".join(f"{display.LIGHTS[code].label} {number}" for code, number in boards.in_order(lights))


class Links:
    """Addresses of the ledger with exactly the tasks that a number counts."""

    def __init__(self, plan: int, day: date | None, clock: str) -> None:
        self.base: dict[str, Any] = {"plan": plan}
        if day is not None:
            self.base |= {"day": f"{day:%Y-%m-%d}", "clock": clock}
        self.path = reverse("plans:tasks")

    def __call__(self, **more: Any) -> str:
        """The ledger with further filters."""
        return f"{self.path}?{urlencode(self.base | more)}"

    @staticmethod
    def of_column(column: boards.Column) -> dict[str, Any]:
        """The filters of a unit that answers."""
        if column.organisation is not None:
            return {"unit": column.organisation.pk, "role": queries.PRINCIPAL}
        if column.name:
            return {"unit": "null", "role": queries.PRINCIPAL, "name": f"={column.name}"}
        return {"without": queries.PRINCIPAL}

    @staticmethod
    def of_chapter(section: Any) -> dict[str, Any]:
        """The filter of a chapter, or of tasks without one."""
        return {"chapter": section.pk if section is not None else "null"}


def bar(lights: boards.Lights) -> SafeString:
    """The shares of the lights of one group, the best first, as a bar that fills its place."""
    whole = sum(lights.values())
    if not whole:
        return mark_safe("")
    parts: list[str] = []
    at = 0.0
    for code, number in reversed(boards.in_order(lights)):
        width = number * 100 / whole
        parts.append(f'<rect class="pb-fill-{code}" x="{at:.3f}" y="0" width="{width:.3f}" height="8"/>')
        at += width
    return format_html(
        '<svg class="pb-bar-svg" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        in_words(lights),
        mark_safe("".join(parts)),
    )
