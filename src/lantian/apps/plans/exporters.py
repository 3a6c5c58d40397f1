"""The ledger as officials keep it in Excel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.plans import values
from lantian.apps.plans.choices import DeadlineKind, UnitRole
from lantian.apps.plans.models import Task

_ROLES = (
    UnitRole.LEAD,
    UnitRole.RESPONSIBLE,
    UnitRole.SHARED,
    UnitRole.COOPERATING,
    UnitRole.SUPERVISING,
    UnitRole.ACCEPTING,
)


def task_columns() -> list[str]:
    """Heads of the columns, in the order in which officials expect them."""
    return [
        __("No."),
        __("Action plan"),
        __("Chapter"),
        __("Section"),
        __("Number"),
        __("Task"),
        __("Subtitle"),
        __("Text"),
        *(str(role.label) for role in _ROLES),
        __("Persons"),
        __("Deadline"),
        __("Dates"),
        __("Amounts"),
        __("Recurrence"),
    ]


def task_rows(rows: Any) -> Iterator[list[Any]]:
    """Values of the columns, row by row.

    Parameters
    ----------
    rows
        Tasks with what :func:`lantian.apps.plans.queries.for_export` fetches.
    """
    for number, task in enumerate(rows.iterator(chunk_size=500), 1):
        yield task_row(number, task)


def task_row(number: int, task: Task) -> list[Any]:
    """One line of the ledger."""
    units = list(task.units.all())
    dates = [
        values.date_in_words({"kind": item.kind, "start": item.start, "end": item.end, "text": item.text})
        for item in task.deadlines.all()
    ]
    amounts = [
        values.amount_in_words(
            {"what": item.what, "comparator": item.comparator, "value": item.number, "unit": item.unit}
        )
        for item in task.quantities.all()
    ]
    single = [item for item in task.deadlines.all() if item.kind == DeadlineKind.DEADLINE]
    return [
        number,
        task.plan.title,
        task.chapter.title if task.chapter is not None else "",
        task.section.title if task.section is not None else "",
        task.label,
        task.title,
        task.subtitle,
        task.text,
        *("、".join(dict.fromkeys(unit.name for unit in units if unit.role == role)) for role in _ROLES),
        "、".join(task.persons),
        single[0].end if single else task.next_deadline,
        "；".join(dates),
        "；".join(amounts),
        "、".join(task.recurrence),
    ]
