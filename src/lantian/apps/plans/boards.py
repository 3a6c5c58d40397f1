"""Reads of the views of a plan at work: the wall-map board, what stands how, what comes when.

Every count starts from the tasks that the actor may see, so that nobody counts what nobody showed him.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, F, FilteredRelation, Q, Value, When
from django.db.models.functions import Coalesce

from lantian.apps.core.models import Organisation
from lantian.apps.plans import standing
from lantian.apps.plans.choices import Clock
from lantian.apps.plans.models import Section

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
