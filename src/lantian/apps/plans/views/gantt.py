"""The Gantt chart of a plan: by chapter, a bar for each task, its milestones as marks, and the line of today.

Drawn on the server as SVG in shares of the width, so that it needs no script and prints; chapters fold.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core.pages import Page
from lantian.apps.plans import addresses, boards, queries, standing
from lantian.apps.plans.access import TASK_VIEW
from lantian.apps.plans.choices import Clock
from lantian.apps.plans.marks import Links, chips, in_words
from lantian.apps.plans.models import Section
from lantian.apps.plans.models.tasks import label_of, plain
from lantian.apps.plans.scales import Scale
from lantian.apps.plans.views.of_plan import OfPlan

#: a plan with more tasks opens with its chapters folded
UNFOLDED = 60
COLUMNS = (
    "pk",
    "chapter",
    "parent",
    "created_at",
    "number",
    "part",
    "title",
    "lead_name",
    "percent",
    "light",
)


class Mark(NamedTuple):
    """A milestone: its day, and the day on which it was met."""

    end: date
    met_on: date | None


class Line(NamedTuple):
    """A task with its beginning and its milestones; without a milestone it has no end."""

    key: int
    chapter: int | None
    name: str
    lead_name: str
    percent: Decimal
    light: str
    start: date
    dates: list[Mark]

    @property
    def end(self) -> date | None:
        """The last milestone."""
        return self.dates[-1].end if self.dates else None


class GanttView(OfPlan, Page):
    """Bars from the day of issue to the last deadline, by chapter."""

    permission = TASK_VIEW
    template_name = "plans/gantt.html"

    def get_title(self) -> Any:
        """Which page."""
        return __("Gantt chart")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the plan."""
        return self.below_plan()

    def lines(self) -> list[Line]:
        """All tasks that the account may see, in the order of the text; two queries."""
        rows = queries.tasks(self.actor).filter(plan=self.object)
        dates: dict[int, list[Mark]] = {}
        # Not as a prefetch, which would make a query object for each of thousands of tasks.
        for key, end, met_on in boards.milestones(rows).values_list("task", "end", "met_on"):
            dates.setdefault(key, []).append(Mark(end, met_on))
        found = []
        # Values and not tasks, for the same reason.
        for key, chapter, parent, created_at, number, part, title, lead_name, percent, light in (
            standing.with_light(rows).order_by("order").values_list(*COLUMNS)
        ):
            start = standing.line_from(self.object, created_at, is_part=parent is not None)
            mine = dates.get(key, [])
            # A task whose first milestone lies before the day of issue begins there.
            if mine:
                start = min(start, mine[0].end)
            name = f"{label_of(number, part)} {title}".strip()
            found.append(Line(key, chapter, name, lead_name, percent, light, start, mine))
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Chapters with their lines on one scale."""
        plan, today = self.object, display.campaign_today()
        lines = self.lines()
        ends = [row.end for line in lines for row in line.dates]
        last = queries.ends_on(plan)
        days = [*(line.start for line in lines), *ends, *([last] if last and lines else [])]
        scale = Scale.over(days)
        links = Links(plan.pk, None, Clock.RECORDED)
        chapters: dict[int | None, list[Line]] = {}
        for line in lines:
            chapters.setdefault(line.chapter, []).append(line)
        named = Section.objects.filter(pk__in=[key for key in chapters if key]).order_by("order", "pk")
        ordered: list[Section | None] = [*named, *([None] if None in chapters else [])]
        asked = self.request.GET.get("open", "")
        return super().get_context_data(
            chapters=[
                self.chapter(section, chapters[section.pk if section else None], scale, links)
                for section in ordered
            ]
            if scale
            else [],
            grid=grid(scale, today) if scale else "",
            heads=heads(scale) if scale else [],
            today=today,
            today_inside=scale is not None and scale.holds(today),
            unfolded=asked == "1" or (asked != "0" and len(lines) <= UNFOLDED),
            count=len(lines),
            without_date=sum(1 for line in lines if not line.dates),
            without_date_url=links(without="date"),
            lights=list(display.LIGHTS.values()),
            codes=list(display.LIGHTS),
            **kwargs,
        )

    def chapter(
        self, section: Section | None, lines: list[Line], scale: Scale, links: Links
    ) -> dict[str, Any]:
        """A chapter with the stretch that all of its tasks fill."""
        lights: dict[str, int] = {}
        for line in lines:
            lights[line.light] = lights.get(line.light, 0) + 1
        ends = [line.end for line in lines if line.end is not None]
        words = {code: str(light.label) for code, light in display.LIGHTS.items()}
        left, width = scale.span(min(line.start for line in lines), max(ends) if ends else scale.last)
        return {
            "title": section.title if section else __("Without chapter"),
            "url": links(**links.of_chapter(section)),
            "count": len(lines),
            "chips": chips(lights),
            "words": in_words(lights),
            "whole": format_html(
                '<svg class="pg-svg" aria-hidden="true"><rect class="pg-whole pb-fill-{}" x="{}%" width="{}%" y="9" '
                'height="6" rx="3"/></svg>',
                boards.worst(lights),
                f"{left:.2f}",
                f"{width:.2f}",
            ),
            "rows": [row(line, scale, words) for line in lines],
        }


def row(line: Line, scale: Scale, words: Mapping[str, str]) -> SafeString:
    """A line of the chart, written here, because a plan has thousands of them."""
    # Words are escaped, and everything else is made here.
    return mark_safe(
        f'<div class="pg-row"><a class="pg-name" href="{addresses.of_row("plans:task", line.key)}" '
        f'title="{html.escape(f"{line.name} · {line.lead_name}")}">{html.escape(line.name)}</a>'
        f'<div class="pg-lane">{drawing(line, scale, words)}</div></div>'
    )


def drawing(line: Line, scale: Scale, words: Mapping[str, str]) -> str:
    """The bar of a task, what is done of it, and a mark for each milestone.

    Parameters
    ----------
    words
        What each light means.
    """
    light = line.light
    left, width = scale.span(line.start, line.end or scale.last)
    parts = [
        f'<svg class="pg-svg" role="img" aria-label="{html.escape(in_one_line(line, words))}">'
        f'<rect class="pg-bar pg-{light}{"" if line.dates else " pg-open"}" x="{left:.2f}%" width="{width:.2f}%" '
        f'y="5" height="14" rx="3"/>'
    ]
    done = width * float(line.percent) / 100
    if done > 0:
        parts.append(
            f'<rect class="pb-fill-{light}" x="{left:.2f}%" width="{done:.2f}%" y="8" height="8" rx="2"/>'
        )
    for item in line.dates:
        # The whole day counts: a deadline lies at its end.
        at = scale.span(item.end, item.end)
        kind = "met" if item.met_on else "open"
        parts.append(
            f'<svg x="{at[0] + at[1]:.2f}%" overflow="visible" class="pg-mark pg-{kind}">'
            f"<title>{item.end.isoformat()}</title>"
            '<path d="M0 5L7 12L0 19L-7 12z"/>'
            + ('<path class="pg-tick" d="M-3 12l2 2.5 4-5"/>' if item.met_on else "")
            + "</svg>"
        )
    parts.append("</svg>")
    return "".join(parts)


def in_one_line(line: Line, words: Mapping[str, str]) -> str:
    """What the drawing says, for who cannot see it."""
    end = line.end.isoformat() if line.end is not None else __("no deadline")
    return f"{line.start.isoformat()} – {end}，{words[line.light]}，{plain(line.percent)}%"


def heads(scale: Scale) -> list[dict[str, Any]]:
    """The months above the chart; the first and each January bear their year, which a phone has less room for."""
    found: list[dict[str, Any]] = []
    for month, left, labelled in scale.months():
        if not labelled:
            continue
        yearly = not found or found[-1]["year"] != month.year
        found.append(
            {
                "left": f"{left:.2f}",
                "text": month.text if yearly else f"{month.number:02}",
                "year": month.year,
                "close": bool(found) and not yearly and found[-1]["yearly"],
                "yearly": yearly,
            }
        )
    return found


def grid(scale: Scale, today: date) -> SafeString:
    """The months behind all lines, and the line of today."""
    parts = [
        f'<line class="pg-month" x1="{left:.2f}%" x2="{left:.2f}%" y1="0" y2="100%"/>'
        for _month, left, _labelled in scale.months()
    ]
    if scale.holds(today):
        at = scale.at(today)
        parts.append(f'<line class="pg-today" x1="{at:.2f}%" x2="{at:.2f}%" y1="0" y2="100%"/>')
    return format_html('<svg class="pg-grid" aria-hidden="true">{}</svg>', mark_safe("".join(parts)))
