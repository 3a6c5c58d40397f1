"""Open tasks that nobody does any more: their unit is closed without a successor, or their person has left."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from lantian.apps.core.actions import Actor
from lantian.apps.core.models import Organisation, Person
from lantian.apps.plans.choices import TaskState, UnitRole
from lantian.apps.plans.models import Task, TaskUnit

PERSON = "person_gone"
UNIT = "unit_closed"
#: roles whose unit is missed when it ends
DOERS = (UnitRole.LEAD, UnitRole.RESPONSIBLE, UnitRole.SHARED)


def person_gone(units: Any, today: date) -> Any:
    """Units of tasks whose person has left: nobody of this name is in the organisation any more, but somebody was."""
    named = Person.objects.filter(name=OuterRef("person"), organisation=OuterRef("organisation"))
    gone = named.filter(left_on__lte=today)
    here = named.filter(Q(left_on__isnull=True) | Q(left_on__gt=today))
    # Few organisations have lost somebody: from there the database finds the units by their index.
    places = (
        Person.objects.filter(left_on__lte=today, organisation__isnull=False)
        .order_by()
        .values("organisation")
    )
    found = units.filter(organisation__in=places).exclude(person="")
    return found.filter(Exists(gone)).exclude(Exists(here))


def unit_closed(units: Any, today: date) -> Any:
    """Units of tasks that do the work and have ended without becoming part of another."""
    return units.filter(
        role__in=DOERS, organisation__valid_to__lt=today, organisation__merged_into__isnull=True
    )


FINDERS = {PERSON: person_gone, UNIT: unit_closed}


def without(rows: Any, kind: str, today: date) -> Any:
    """Those of some tasks that are still open and whose person or unit is missed."""
    units = FINDERS[kind](TaskUnit.objects.order_by(), today)
    return rows.exclude(state=TaskState.ACCEPTED).filter(pk__in=units.values("task"))


def names_gone(task: Task, today: date) -> set[tuple[int | None, str]]:
    """Organisation and name of the persons of a task who have left."""
    return set(person_gone(task.units.all(), today).values_list("organisation", "person"))


def count(rows: Any, today: date) -> dict[str, int]:
    """How many of some tasks miss their person and their unit."""
    return {kind: without(rows, kind, today).count() for kind in FINDERS}


@dataclass(slots=True)
class Group:
    """What one person or one unit has left behind."""

    kind: str
    organisation: Organisation
    person: str = ""
    tasks: list[Task] = field(default_factory=list)
    #: who could go on: people of the organisation
    people: list[str] = field(default_factory=list)


def groups(actor: Actor, rows: Any, kind: str, today: date) -> list[Group]:
    """Those of some tasks that are open by the person or the unit that is missed; few queries."""
    tasks = without(rows, kind, today)
    units = FINDERS[kind](TaskUnit.objects.filter(task__in=tasks.order_by().values("pk")), today)
    found: dict[tuple[int, str], Group] = {}
    seen: set[tuple[int, str, int]] = set()
    named = units.select_related("organisation", "task", "task__plan")
    for unit in named.order_by("organisation__path", "person", "task__plan_id", "task__order"):
        key = (unit.organisation_id, unit.person if kind == PERSON else "")
        group = found.setdefault(key, Group(kind, unit.organisation, key[1]))
        if (*key, unit.task_id) not in seen:
            seen.add((*key, unit.task_id))
            group.tasks.append(unit.task)
    if kind == PERSON:
        here = Person.objects.filter(Q(left_on__isnull=True) | Q(left_on__gt=today))
        people = actor.rows(
            here.filter(organisation__in={unit_key for unit_key, _name in found}), "core.organisation.view"
        )
        for organisation, name in people.order_by("name").values_list("organisation", "name"):
            for (unit_key, _person), group in found.items():
                if unit_key == organisation and name not in group.people:
                    group.people.append(name)
    return list(found.values())
