"""Reads of the views of a plan at work: the wall-map board, what stands how, what comes when.

Every count starts from the tasks that the actor may see, so that nobody counts what nobody showed him.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    FilteredRelation,
    Min,
    Q,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncMonth

from lantian.apps.core import display
from lantian.apps.core.models import Organisation
from lantian.apps.plans import queries, standing
from lantian.apps.plans.choices import Clock, TaskState
from lantian.apps.plans.models import Section, TaskDeadline, TaskQuantity
from lantian.apps.plans.models.tasks import plain

#: From the worst to the best; the first that occurs gives a cell its tone.
SEVERITY: tuple[str, ...] = ("red", "yellow", "grey", "blue", "green")

#: light → how many tasks
Lights = Mapping[str, int]


def worst(lights: Lights) -> str:
    """The light that decides the tone of a cell; empty where there is nothing.

    >>> worst({"green": 4, "yellow": 1})
    'yellow'
    """
    return next((code for code in SEVERITY if lights.get(code)), "")


def in_order(lights: Lights) -> list[tuple[str, int]]:
    """The lights that occur, the worst first."""
    return [(code, lights[code]) for code in SEVERITY if lights.get(code)]


def _add(into: dict[str, int], code: str, number: int) -> None:
    into[code] = into.get(code, 0) + number


@dataclass(frozen=True, slots=True)
class Column:
    """A unit that answers for tasks: an organisation, a name that is linked to none, or nobody (both empty)."""

    organisation: Organisation | None = None
    name: str = ""

    @property
    def key(self) -> tuple[int, str]:
        """What tells columns apart."""
        return (self.organisation.pk if self.organisation else 0, self.name)


@dataclass(slots=True)
class Row:
    """A chapter: a cell for each column in which it has tasks, and all its tasks counted once."""

    chapter: Section | None
    cells: dict[tuple[int, str], dict[str, int]] = field(default_factory=dict)
    total: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Board:
    """Chapters by the units that answer for their tasks.

    A task with several answering units stands in the column of each of them; totals of rows count it once.
    """

    columns: list[Column]
    rows: list[Row]
    totals: dict[tuple[int, str], dict[str, int]]
    total: dict[str, int]

    @property
    def tasks(self) -> int:
        """How many tasks it shows."""
        return sum(self.total.values())


def board(rows: Any, day: date | None = None, clock: str = Clock.RECORDED) -> Board:
    """Count tasks by chapter, answering unit and light, for any day; four queries, however large the plan.

    Parameters
    ----------
    rows
        Tasks of one plan, already restricted to what the actor may see.
    """
    lit = standing.with_light(rows.order_by(), day, clock)
    nobody = Q(answering__organisation__isnull=True)
    cells = (
        lit.annotate(answering=FilteredRelation("units", condition=Q(units__principal=True)))
        .annotate(
            named=Case(
                When(nobody, then=Coalesce("answering__name", Value(""))),
                default=Value(""),
                output_field=CharField(),
            ),
            unit=F("answering__organisation"),
        )
        .values_list("chapter", "unit", "named", "light")
        .annotate(number=Count("pk", distinct=True))
    )
    found: dict[int | None, Row] = {}
    totals: dict[tuple[int, str], dict[str, int]] = {}
    total: dict[str, int] = {}
    for chapter, unit, named, light, number in cells:
        row = found.setdefault(chapter, Row(None))
        key = (unit or 0, named)
        _add(row.cells.setdefault(key, {}), light, number)
        _add(totals.setdefault(key, {}), light, number)
    for chapter, light, number in lit.values_list("chapter", "light").annotate(number=Count("pk")):
        _add(found.setdefault(chapter, Row(None)).total, light, number)
        _add(total, light, number)
    return Board(_columns(totals), _rows(found), totals, total)


def _columns(keys: Iterable[tuple[int, str]]) -> list[Column]:
    """Organisations in their own order, then bare names, then nobody."""
    listed = list(keys)
    known = Organisation.objects.filter(pk__in={unit for unit, _name in listed if unit})
    columns = [Column(row) for row in known.order_by("order", "path")]
    columns += [Column(None, name) for name in sorted(name for unit, name in listed if not unit and name)]
    if (0, "") in listed:
        columns.append(Column())
    return columns


def _rows(found: dict[int | None, Row]) -> list[Row]:
    """Chapters in the order of the text, tasks without a chapter last."""
    chapters = Section.objects.filter(pk__in=[key for key in found if key]).order_by("order", "pk")
    rows = []
    for chapter in chapters:
        row = found[chapter.pk]
        row.chapter = chapter
        rows.append(row)
    if None in found:
        rows.append(found[None])
    return rows


def counts_by_light(rows: Any, day: date | None = None, clock: str = Clock.RECORDED) -> dict[str, int]:
    """How many tasks have which light; one query."""
    lit = standing.with_light(rows.order_by(), day, clock)
    return dict(lit.values_list("light").annotate(number=Count("pk")))


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter with its tasks by light."""

    section: Section | None
    lights: dict[str, int]

    @property
    def tasks(self) -> int:
        """How many tasks it holds."""
        return sum(self.lights.values())


def chapters(rows: Any, day: date | None = None, clock: str = Clock.RECORDED) -> list[Chapter]:
    """Tasks of a plan by chapter and light, in the order of the text; two queries."""
    lit = standing.with_light(rows.order_by(), day, clock)
    found: dict[int | None, dict[str, int]] = {}
    for chapter, light, number in lit.values_list("chapter", "light").annotate(number=Count("pk")):
        _add(found.setdefault(chapter, {}), light, number)
    known = Section.objects.filter(pk__in=[key for key in found if key]).order_by("order", "pk")
    listed = [Chapter(section, found[section.pk]) for section in known]
    if None in found:
        listed.append(Chapter(None, found[None]))
    return listed


def due_within(rows: Any, today: date, days: int) -> Any:
    """Tasks whose next open milestone lies in the days ahead, today included; suspended ones have none."""
    return rows.filter(due_on__gte=today, due_on__lte=today + timedelta(days)).exclude(
        state=TaskState.SUSPENDED
    )


@dataclass(frozen=True, slots=True)
class Amounts:
    """What is counted of one kind over tasks: 182 of 200 boilers.

    Attributes
    ----------
    tasks, reported
        How many tasks name it, and how many of them have reported something.
    task, title
        The first of these tasks.
    """

    what: str
    unit: str
    whole: Decimal
    done: Decimal
    tasks: int
    reported: int
    task: int
    title: str

    @property
    def percent(self) -> Decimal:
        """The share done [%], at most 100, rounded down to whole numbers."""
        if self.whole <= 0:
            return Decimal(0)
        return min(self.done * 100 / self.whole, Decimal(100)).quantize(Decimal(1), rounding=ROUND_FLOOR)

    @property
    def whole_text(self) -> str:
        """The whole as people write it."""
        return display.number(Decimal(plain(self.whole)))

    @property
    def done_text(self) -> str:
        """What is done as people write it."""
        return display.number(Decimal(plain(self.done)))


def amounts_done(rows: Any) -> list[Amounts]:
    """Sums of what counts, by what and unit, in the order of the plan; one query.

    What was handed down is counted in the whole where the actor sees the whole, else in the parts. An amount without a
    name bears the title of its task.
    """
    what = Case(When(what="", then=F("task__title")), default=F("what"), output_field=CharField())
    keys = rows.order_by().values("pk")
    found = (
        TaskQuantity.objects.filter(task__in=keys, counts=True)
        .exclude(task__parent__isnull=False, task__parent__in=keys)
        .order_by()
        .annotate(named=what)
        .values("named", "unit")
        .annotate(
            whole=Sum("value"),
            finished=Sum("done"),
            tasks=Count("task", distinct=True),
            reported=Count("task", distinct=True, filter=Q(done__isnull=False)),
            first=Min("task__order"),
            key=Min("task"),
            heading=Min("task__title"),
        )
        .order_by("first", "key", "named", "unit")
    )
    return [
        Amounts(
            row["named"],
            row["unit"],
            row["whole"],
            row["finished"] or Decimal(0),
            row["tasks"],
            row["reported"],
            row["key"],
            row["heading"],
        )
        for row in found
    ]


def milestones(rows: Any, first: date | None = None, last: date | None = None) -> Any:
    """The milestones of tasks between two days, both included, soonest first."""
    found = queries.milestone_dates(first, last).filter(task__in=rows.order_by().values("pk"))
    return found.order_by("end", "task_id", "order")


def milestone_light(row: TaskDeadline, task: Any, today: date) -> str:
    """The light of one milestone of a task: of the next one that of the task, of others by what became of them."""
    if row.met_on is not None:
        return "green"
    if task.due_on == row.end or task.state in {TaskState.ACCEPTED, TaskState.SUSPENDED}:
        return str(task.light)
    if row.end is not None and row.end < today:
        return "red"
    return "grey" if task.state == TaskState.NOT_STARTED else "blue"


def months_of(dates: Any) -> list[tuple[date, int]]:
    """How many milestones lie in each month."""
    counted = dates.order_by().annotate(month=TruncMonth("end")).values_list("month")
    return list(counted.annotate(number=Count("pk")).order_by("month"))


def by_unit(rows: Any, limit: int) -> list[tuple[Organisation, dict[str, int]]]:
    """Units that answer for tasks with their lights: who has most overdue first, then who has most; two queries."""
    lit = standing.with_light(
        rows.order_by().filter(units__principal=True, units__organisation__isnull=False)
    )
    found: dict[int, dict[str, int]] = {}
    counted = lit.annotate(unit=F("units__organisation")).values_list("unit", "light")
    for unit, light, number in counted.annotate(number=Count("pk", distinct=True)):
        _add(found.setdefault(unit, {}), light, number)
    first = sorted(found, key=lambda key: (-found[key].get("red", 0), -sum(found[key].values()), key))[:limit]
    known = Organisation.objects.in_bulk(first)
    return [(known[key], found[key]) for key in first]
