"""The milestones of a plan in the days of a month."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.functional import cached_property
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core.pages import Page
from lantian.apps.plans import boards, queries, standing
from lantian.apps.plans.access import TASK_VIEW
from lantian.apps.plans.choices import Clock
from lantian.apps.plans.marks import Links, chips, in_words
from lantian.apps.plans.months import Month
from lantian.apps.plans.views.of_plan import OfPlan

#: milestones that a day shows before the way to all of them
A_DAY = 4


class CalendarView(OfPlan, Page):
    """A month of a plan: what is due on which day, with its light."""

    permission = TASK_VIEW
    template_name = "plans/calendar.html"

    def get_title(self) -> Any:
        """Which page."""
        return __("Calendar")

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the plan."""
        return self.below_plan()

    @cached_property
    def month(self) -> Month:
        """The month in the address, or that of today."""
        return Month.read(self.request.GET.get("month", ""), display.campaign_today())

    def address(self, month: Month) -> str:
        """This page for another month."""
        return f"{self.request.path}?month={month.text}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The weeks of the month, and where other milestones lie."""
        today, month, plan = display.campaign_today(), self.month, self.object
        rows = queries.tasks(self.actor).filter(plan=plan)
        links = Links(plan.pk, None, Clock.RECORDED)
        all_dates = boards.milestones(rows)
        dates = list(boards.milestones(rows, month.first, month.last))
        lit = standing.with_light(rows)
        tasks = {task.pk: task for task in lit.filter(pk__in={row.task_id for row in dates})}
        by_day: dict[date, list[dict[str, Any]]] = {}
        lights: dict[str, int] = {}
        for row in dates:
            task = tasks.get(row.task_id)
            if task is None or row.end is None:
                continue
            light = boards.milestone_light(row, task, today)
            lights[light] = lights.get(light, 0) + 1
            by_day.setdefault(row.end, []).append({"task": task, "light": light, "met": row.met_on})
        for listed in by_day.values():
            listed.sort(key=lambda item: (boards.SEVERITY.index(item["light"]), item["task"].order))
        months = boards.months_of(all_dates)
        most = max((number for _month, number in months), default=0)
        return super().get_context_data(
            month=month,
            previous=month.before,
            following=month.after,
            previous_url=self.address(month.before),
            following_url=self.address(month.after),
            current_url=self.address(Month.of(today)),
            is_current=month == Month.of(today),
            weekdays=[__("Mon"), __("Tue"), __("Wed"), __("Thu"), __("Fri"), __("Sat"), __("Sun")],
            weeks=[
                [self.day(day, by_day.get(day, []), links, today) for day in week] for week in month.weeks()
            ],
            count=sum(lights.values()),
            chips=chips(lights),
            words=in_words(lights),
            month_url=links(due_from=month.first.isoformat(), due_to=month.last.isoformat()),
            months=[
                {
                    "text": Month.of(first).text,
                    "url": self.address(Month.of(first)),
                    "number": number,
                    "share": round(number * 100 / most),
                    "chosen": Month.of(first) == month,
                }
                for first, number in months
            ],
            has_tasks=bool(months) or rows.exists(),
            ledger_url=links(),
            without_date_url=links(without="date"),
            codes=list(display.LIGHTS),
            **kwargs,
        )

    def day(self, day: date, items: list[dict[str, Any]], links: Links, today: date) -> dict[str, Any]:
        """One day as the page shows it."""
        return {
            "day": day,
            "inside": Month.of(day) == self.month,
            "today": day == today,
            "shown": items[:A_DAY],
            "more": len(items) - A_DAY if len(items) > A_DAY else 0,
            "count": len(items),
            "url": links(due_from=day.isoformat(), due_to=day.isoformat()),
        }
