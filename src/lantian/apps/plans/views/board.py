"""The wall-map board of a plan: chapters by units, a light for each, and the way to the tasks behind every number."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core.pages import Page
from lantian.apps.plans import boards, queries
from lantian.apps.plans.access import TASK_VIEW
from lantian.apps.plans.as_of import AsOfForm
from lantian.apps.plans.marks import Links, chips, in_words
from lantian.apps.plans.views.of_plan import OfPlan

#: more columns than this have their heads written from top to bottom
UPRIGHT_FROM = 9


class BoardView(OfPlan, Page):
    """Chapters by answering units, for today or any other day."""

    permission = TASK_VIEW
    template_name = "plans/board.html"

    def get_template_names(self) -> list[str]:
        """Without the frame for the wall and the printer."""
        return ["plans/board_wall.html" if self.request.GET.get("wall") else self.template_name]

    def get_title(self) -> Any:
        """Which board."""
        return __("Wall-map board")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the plan."""
        return self.below_plan()

    def get_page_actions(self) -> list[dict[str, Any]]:
        """For the wall."""
        query = self.form.query()
        return [
            {
                "label": __("For the wall and for print"),
                "url": f"?{urlencode({**query, 'wall': '1'})}",
                "icon": "maximize",
            }
        ]

    @cached_property
    def form(self) -> AsOfForm:
        """Which day, by which clock."""
        return AsOfForm(self.request.GET)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The board, ready to be written."""
        plan, day, clock = self.object, self.form.on, self.form.by
        found = boards.board(queries.tasks_ever(self.actor).filter(plan=plan), day, clock)
        links = Links(plan.pk, day, clock)
        columns = [
            (column, column_name(column), links(**links.of_column(column))) for column in found.columns
        ]
        heads = [
            {
                "name": name,
                "full": column.organisation.name if column.organisation is not None else name,
                "url": url,
                "chips": chips(found.totals[column.key]),
                "words": in_words(found.totals[column.key]),
                "tone": boards.worst(found.totals[column.key]),
            }
            for column, name, url in columns
        ]
        rows = [self.row(row, columns, links) for row in found.rows]
        return super().get_context_data(
            form=self.form,
            day=day or display.campaign_today(),
            is_today=day is None,
            clock_label=self.form.clock_label,
            board=found,
            heads=heads,
            rows=rows,
            upright=len(heads) >= UPRIGHT_FROM,
            all_url=links(),
            lights=[
                (light, found.total.get(code, 0), links(light=code)) for code, light in display.LIGHTS.items()
            ],
            total_chips=chips(found.total),
            total_words=in_words(found.total),
            ledger_url=f"{reverse('plans:tasks')}?plan={plan.pk}",
            made_text=display.campaign_date(timezone.now()),
            plain_query=urlencode(self.form.query()),
            known_query=urlencode({**self.form.query(), "clock": "known"}),
            codes=list(display.LIGHTS),
            **kwargs,
        )

    def row(self, row: boards.Row, columns: list[Any], links: Links) -> dict[str, Any]:
        """A chapter; its cells are written here, because a wall has thousands of them."""
        chapter = row.chapter.title if row.chapter is not None else __("Without chapter")
        mine = links.of_chapter(row.chapter)
        cells: list[SafeString] = []
        for column, name, _url in columns:
            lights = row.cells.get(column.key)
            if not lights:
                cells.append(mark_safe('<td class="pb-none"></td>'))
                continue
            cells.append(
                format_html(
                    '<td class="pb-cell pb-{}"><a href="{}" title="{}"><span class="pb-who">{}</span>'
                    '<span class="pb-chips" role="img" aria-label="{}">{}</span></a></td>',
                    boards.worst(lights),
                    links(**mine, **links.of_column(column)),
                    f"{chapter} · {name}",
                    name,
                    in_words(lights),
                    chips(lights),
                )
            )
        return {
            "title": chapter,
            "url": links(**mine),
            "cells": cells,
            "chips": chips(row.total),
            "words": in_words(row.total),
            "tone": boards.worst(row.total),
            "tasks": sum(row.total.values()),
        }


def column_name(column: boards.Column) -> str:
    """What the head of a column says."""
    if column.organisation is not None:
        return str(column.organisation)
    return column.name or __("No answering unit")
