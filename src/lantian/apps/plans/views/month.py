"""What a unit has to do this month."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Q
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
LISTED = 30
#: what a line says of a task and of its plan
SHOWN = ("number", "part", "title", "state", "percent", "due_on", "accepted_on", "plan__title")


def shown_roles() -> list[tuple[str, Any]]:
    """By which roles a unit looks at its month."""
    return [
        (queries.DOING, __("Lead and responsible")),
        (UnitRole.COOPERATING, UnitRole.COOPERATING.label),
        (UnitRole.SUPERVISING, UnitRole.SUPERVISING.label),
        ("", __("All roles")),
    ]


class Part(NamedTuple):
    """A part of the page: its name, how it looks, and the ledger with all of it."""

    key: str
    title: str
    icon: str
    tone: str
    url: str


class Milestone(NamedTuple):
    """A milestone of the month."""

    task: int
    end: date
    met_on: date | None


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
        current = month == Month.of(today)
        found, waiting = self.waiting(mine, current)
        dates = self.dates(mine)
        listed = [row for row in dates if row.met_on is None][:LISTED]
        listed += [row for row in dates if row.met_on is not None][:LISTED]
        shown = {row.task for row in listed}.union(*(keys[:LISTED] for keys in found.values()))
        tasks = self.tasks(shown)

        def named(keys: Sequence[int]) -> list[Task]:
            return [tasks[key] for key in keys[:LISTED] if key in tasks]

        parts: list[dict[str, Any]] = [
            {
                "key": part.key,
                "title": part.title,
                "icon": part.icon,
                "tone": part.tone if found[part.key] else "",
                "tasks": named(found[part.key]),
                "count": len(found[part.key]),
                "url": part.url,
            }
            for part in waiting
        ]
        due = [
            {"row": row, "task": tasks[row.task], "open": row.met_on is None}
            for row in listed
            if row.task in tasks
        ]
        closed = named(found["closed"])
        context: dict[str, Any] = {
            "month": month,
            "previous": month.before,
            "following": month.after,
            "is_current": current,
            "previous_url": self.address(month.before),
            "following_url": self.address(month.after),
            "current_url": self.address(Month.of(today)),
            "due": due,
            "due_open": len({row.task for row in dates if row.met_on is None}),
            "due_url": self.ledger(due_from=month.first.isoformat(), due_to=month.last.isoformat()),
            "closed": closed,
        }
        if current:
            context["cosigns"] = self.cosigns()
        if not due:
            later = boards.milestones(mine, max(month.last, today)).filter(met_on__isnull=True).first()
            context["next_month"] = self.address(Month.of(later.end)) if later is not None else ""
            context["next_day"] = later.end if later is not None else None
        counted = queries.tasks_of_organisation(self.actor, unit)
        return super().get_context_data(
            **context,
            parts={item["key"]: item for item in parts},
            roles=[
                (label, self.address(month, code), self.role_count(code, counted), code == self.role)
                for code, label in shown_roles()
            ],
            nothing=not any(item["count"] for item in parts)
            and not due
            and not closed
            and not context.get("cosigns"),
            never=not counted,
            **kwargs,
        )

    @staticmethod
    def role_count(code: str, counted: dict[str, int]) -> int | None:
        """In how many tasks it stands in a role; roles of one task may be several, so that sums are not given."""
        return counted.get(code, 0) if code in counted or code in UnitRole.values else None

    def waiting(self, mine: Any, current: bool) -> tuple[dict[str, list[int]], list[Part]]:
        """The keys of all tasks of each part, and the parts that the page of this month has; one query.

        Only what tells the parts apart is fetched, because a unit may have thousands of tasks.
        """
        lit = standing.with_light(mine)
        wanted = Q(accepted_on__gte=self.month.first, accepted_on__lte=self.month.last)
        if current:
            wanted |= Q(state__in=(TaskState.RETURNED, TaskState.SUBMITTED)) | standing.light_is("red")
        rows = list(
            lit.filter(wanted)
            .order_by("due_on", "pk")
            .values_list("pk", "light", "state", "submitted_on", "accepted_on")
        )
        handed_in = sorted(
            (on or date.max, key) for key, _light, state, on, _to in rows if state == TaskState.SUBMITTED
        )
        closed = sorted(
            (on, key) for key, *_rest, on in rows if on is not None and self.month.first <= on <= self.month.last
        )
        found = {
            "overdue": [row[0] for row in rows if row[1] == "red"],
            "returned": [row[0] for row in rows if row[2] == TaskState.RETURNED],
            "submitted": [key for _on, key in handed_in],
            "closed": [key for _on, key in closed],
        }
        parts = [
            Part("overdue", __("Overdue"), "alert-octagon", "red", self.ledger(light="red")),
            Part(
                "returned", __("Sent back"), "arrow-back-up", "yellow", self.ledger(state=TaskState.RETURNED)
            ),
            Part(
                "submitted",
                __("Handed in, waiting for acceptance"),
                "hourglass",
                "",
                self.ledger(state=TaskState.SUBMITTED),
            ),
        ]
        return found, parts if current else []

    def dates(self, mine: Any) -> list[Milestone]:
        """All milestones of the month, soonest first; one query."""
        dates = boards.milestones(mine, self.month.first, self.month.last)
        return [Milestone(*row) for row in dates.values_list("task", "end", "met_on")]

    def tasks(self, keys: Collection[int]) -> dict[int, Task]:
        """The tasks that are listed, with what their lines say; their keys come from what the account may see."""
        rows = standing.with_light(Task._base_manager.filter(pk__in=keys), dropped=None)
        found = {task.pk: task for task in rows.select_related("plan").only(*SHOWN)}
        self.mark(list(found.values()))
        return found

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
