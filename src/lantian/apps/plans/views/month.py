"""What a unit has to do this month."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import urlencode
from django.utils.translation import gettext as __

from lantian.apps.core import display
from lantian.apps.core.models import Organisation
from lantian.apps.core.pages import Page, RowMixin
from lantian.apps.plans import boards, queries, standing
from lantian.apps.plans.access import TASK_VIEW
from lantian.apps.plans.choices import CosignStatus, TaskState, UnitRole
from lantian.apps.plans.models import Task, TaskCosign, TaskUnit
from lantian.apps.plans.models.tasks import plain
from lantian.apps.plans.months import Month

#: lines of a part of the page before the way to all of them
LISTED = 50


def shown_roles() -> list[tuple[str, Any]]:
    """By which roles a unit looks at its month."""
    return [
        (queries.DOING, __("Lead and responsible")),
        (UnitRole.COOPERATING, UnitRole.COOPERATING.label),
        (UnitRole.SUPERVISING, UnitRole.SUPERVISING.label),
        ("", __("All roles")),
    ]


class UnitMonth(RowMixin, Page):
    """What one organisation has to do: overdue, due, sent back, to co-sign, handed in; month by month."""

    model = Organisation
    permission = TASK_VIEW
    template_name = "plans/month.html"

    def get_queryset(self) -> Any:
        """Organisations are seen by their own permission."""
        return Organisation.objects.all().visible_to(self.user, "core.organisation.view")

    @cached_property
    def month(self) -> Month:
        """The month in the address, or that of today."""
        return Month.read(self.request.GET.get("month", ""), display.campaign_today())

    @cached_property
    def role(self) -> str:
        """In which role it stands; who does the work by default."""
        asked = self.request.GET.get("role", queries.DOING)
        return asked if asked in {code for code, _label in shown_roles()} else queries.DOING

    def get_title(self) -> Any:
        """The month that it is about."""
        if self.month == Month.of(display.campaign_today()):
            return __("Tasks of this month")
        return __("Tasks of %(month)s") % {"month": self.month.text}

    def get_breadcrumbs(self) -> list[tuple[Any, str]]:
        """Below the ledger and the unit."""
        return [
            (__("Task ledger"), reverse("plans:tasks")),
            (self.object.name, reverse("plans:unit_tasks", args=[self.object.pk])),
        ]

    def get_page_actions(self) -> list[dict[str, Any]]:
        """All tasks; print."""
        return [
            {
                "label": __("All tasks of the unit"),
                "url": reverse("plans:unit_tasks", args=[self.object.pk]),
                "icon": "list-check",
            }
        ]

    def address(self, month: Month, role: str | None = None) -> str:
        """This page for another month or another role."""
        query = {"month": month.text, "role": self.role if role is None else role}
        return f"{self.request.path}?{urlencode(query)}"

    def ledger(self, **more: Any) -> str:
        """The ledger with exactly the tasks of a part of the page."""
        query: dict[str, Any] = {"unit": self.object.pk}
        if self.role:
            query["role"] = self.role
        return f"{reverse('plans:tasks')}?{urlencode(query | more)}"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The parts of the page, those that press first."""
        today, month, unit = display.campaign_today(), self.month, self.object
        mine = queries.with_unit(queries.tasks(self.actor), unit.pk, self.role or None)
        lit = standing.with_light(mine).select_related("plan")
        current = month == Month.of(today)
        parts: list[dict[str, Any]] = []

        def part(key: str, title: Any, icon: str, tone: str, rows: Any, url: str) -> None:
            listed = list(rows[: LISTED + 1])
            count = len(listed) if len(listed) <= LISTED else rows.count()
            parts.append(
                {
                    "key": key,
                    "title": title,
                    "icon": icon,
                    "tone": tone if count else "",
                    "tasks": listed[:LISTED],
                    "count": count,
                    "url": url,
                }
            )

        if current:
            part(
                "overdue",
                __("Overdue"),
                "alert-octagon",
                "red",
                lit.filter(light="red").order_by("due_on", "pk"),
                self.ledger(light="red"),
            )
            part(
                "returned",
                __("Sent back"),
                "arrow-back-up",
                "yellow",
                lit.filter(state=TaskState.RETURNED).order_by("due_on", "pk"),
                self.ledger(state=TaskState.RETURNED),
            )
        dates = boards.milestones(mine, month.first, month.last)
        due = self.due(dates, lit)
        due_open = len({item["task"].pk for item in due if item["open"]})
        found: dict[str, Any] = {
            "month": month,
            "previous": month.before,
            "following": month.after,
            "is_current": current,
            "previous_url": self.address(month.before),
            "following_url": self.address(month.after),
            "current_url": self.address(Month.of(today)),
            "due": due,
            "due_open": due_open
            if due_open < LISTED
            else dates.filter(met_on__isnull=True).values("task").distinct().count(),
            "due_url": self.ledger(due_from=month.first.isoformat(), due_to=month.last.isoformat()),
        }
        if current:
            part(
                "submitted",
                __("Handed in, waiting for acceptance"),
                "hourglass",
                "",
                lit.filter(state=TaskState.SUBMITTED).order_by("submitted_on", "pk"),
                self.ledger(state=TaskState.SUBMITTED),
            )
            found["cosigns"] = self.cosigns()
        closed = lit.filter(accepted_on__gte=month.first, accepted_on__lte=month.last)
        found["closed"] = list(closed.order_by("accepted_on", "pk")[:LISTED])
        shown = [task for item in parts for task in item["tasks"]]
        shown += [item["task"] for item in due] + found["closed"]
        self.mark(shown)
        if not due:
            later = boards.milestones(mine, max(month.last, today)).filter(met_on__isnull=True).first()
            found["next_month"] = self.address(Month.of(later.end)) if later is not None else ""
            found["next_day"] = later.end if later is not None else None
        counted = queries.tasks_of_organisation(self.actor, unit)
        return super().get_context_data(
            **found,
            parts={item["key"]: item for item in parts},
            roles=[
                (label, self.address(month, code), self.role_count(code, counted), code == self.role)
                for code, label in shown_roles()
            ],
            nothing=not any(item["count"] for item in parts)
            and not due
            and not found["closed"]
            and not found.get("cosigns"),
            never=not counted,
            **kwargs,
        )

    @staticmethod
    def role_count(code: str, counted: dict[str, int]) -> int | None:
        """In how many tasks it stands in a role; roles of one task may be several, so that sums are not given."""
        return counted.get(code, 0) if code in counted or code in UnitRole.values else None

    def due(self, dates: Any, lit: Any) -> list[dict[str, Any]]:
        """Milestones of the month with their tasks, the open ones first."""
        rows = [*dates.filter(met_on__isnull=True)[:LISTED], *dates.filter(met_on__isnull=False)[:LISTED]]
        tasks = {task.pk: task for task in lit.filter(pk__in={row.task_id for row in rows})}
        return [
            {"row": row, "task": tasks[row.task_id], "open": row.met_on is None}
            for row in rows
            if row.task_id in tasks
        ]

    def cosigns(self) -> list[Task]:
        """Tasks that wait for the signature of the unit."""
        asked = TaskCosign.objects.filter(organisation=self.object, status=CosignStatus.ASKED)
        rows = queries.tasks(self.actor).filter(pk__in=asked.values("task"))
        return list(standing.with_light(rows).select_related("plan").order_by("submitted_on", "pk")[:LISTED])

    def mark(self, tasks: list[Any]) -> None:
        """Say of each task in which roles the unit stands in it."""
        labels = dict(UnitRole.choices)
        roles: dict[int, list[Any]] = {}
        rows = TaskUnit.objects.filter(organisation=self.object, task__in={task.pk for task in tasks})
        for task, role in rows.order_by("order").values_list("task", "role"):
            roles.setdefault(task, []).append(labels[role])
        for task in tasks:
            task.my_roles = list(dict.fromkeys(roles.get(task.pk, [])))
            task.share = plain(task.percent)
