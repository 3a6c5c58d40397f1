"""What stands in the cells of the ledger: a task as a line of the sheet."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.utils import translation

from lantian.apps.core import display
from lantian.apps.plans.choices import DeadlineKind, TaskState
from lantian.apps.plans.excel.columns import FIELDS, ROLES
from lantian.apps.plans.models import Task, TaskDeadline, TaskQuantity
from lantian.apps.plans.models.tasks import plain
from lantian.office.cells import read_text
from lantian.office.ledger import CellInput, storable

#: between several dates, amounts or recurrences of one cell
BETWEEN = "；"
#: an amount of several of which nothing has been reported
UNSAID = "—"
LIGHT_FILLS = {"grey": "D9D9D9", "blue": "9DC3E6", "yellow": "FFD966", "red": "F4837D", "green": "A9D18E"}
_SIGNS = {"=": "", **{sign: shown for sign, shown in display.COMPARATORS.items() if sign in {"<=", ">=", "<", ">", "~"}}}


@lru_cache(maxsize=1)
def state_words() -> dict[str, str]:
    """State → its word in the file."""
    with translation.override("zh-hans"):
        return {state: str(TaskState(state).label) for state in TaskState.values}


@lru_cache(maxsize=1)
def light_words() -> dict[str, str]:
    """Light → its word in the file."""
    with translation.override("zh-hans"):
        return {code: str(light.label) for code, light in display.LIGHTS.items()}


def number(value: Decimal) -> Decimal | int:
    """A number without the zeros that the column adds."""
    text = plain(value)
    return Decimal(text) if "." in text else int(text)


def date_words(item: TaskDeadline) -> str:
    """A date of a task where it does not stand alone in its cell."""
    start, end = item.start.isoformat() if item.start else "", item.end.isoformat() if item.end else ""
    if item.kind == DeadlineKind.PERIOD:
        day = f"{start}至{end}" if start or end else ""
    else:
        day = f"{start}起" if item.kind == DeadlineKind.START else end
    if not day:
        return item.text
    return f"{day}（{item.text}）" if item.text else day


def dates_cell(rows: Sequence[TaskDeadline]) -> date | str:
    """A lone deadline as a date that sorts; anything else in words."""
    if len(rows) == 1 and rows[0].kind == DeadlineKind.DEADLINE and rows[0].end is not None:
        return rows[0].end
    return BETWEEN.join(filter(None, map(date_words, rows)))


def _range(row: TaskQuantity) -> str:
    return f"{_SIGNS.get(row.comparator, '')}{row.number}"


def amount_words(row: TaskQuantity) -> str:
    """An amount with what it counts and its unit: ``燃煤锅炉 12台``."""
    lead = f"{row.what} " if row.what else ""
    return f"{lead}{_range(row)}{row.unit}"


def counted(rows: Iterable[TaskQuantity]) -> list[TaskQuantity]:
    """The amounts that say how far the task has come."""
    return [row for row in rows if row.counts]


def amount_cells(rows: Sequence[TaskQuantity], done: Sequence[Decimal | None]) -> tuple[CellInput, CellInput, CellInput]:
    """Amount, unit and what is done: numbers where there is one amount, words where there are several."""
    if not rows:
        return None, None, None
    if len(rows) == 1:
        row = rows[0]
        bare = row.value_max is None and row.comparator == "="
        said = done[0]
        return (
            number(row.value) if bare else _range(row),
            row.unit,
            number(said) if said is not None else None,
        )
    words = BETWEEN.join(
        UNSAID if said is None else f"{plain(said)}{row.unit}" for row, said in zip(rows, done, strict=True)
    )
    return BETWEEN.join(map(amount_words, rows)), None, words


#: columns that a line is not known by: they change without anybody changing the task
_OUTSIDE = frozenset({"no", "light", "id"})
MARKED: tuple[str, ...] = tuple(field.key for field in FIELDS if field.key not in _OUTSIDE)


def as_read(value: CellInput) -> str:
    """The text that a reader of the file gets from a cell."""
    if value is None or isinstance(value, str):
        return read_text(storable(value)) if value else ""
    if isinstance(value, Decimal):
        return read_text(float(value))
    if isinstance(value, bool | int | float | date | time):
        return read_text(value, check=False)
    return read_text("、".join(map(str, value)))


def mark(texts: Mapping[str, str]) -> str:
    """Six signs that say how a line read, so that one that nobody touched is known whatever happened since."""
    said = json.dumps([texts.get(key, "") for key in MARKED], ensure_ascii=False)
    return base64.b32encode(hashlib.sha256(said.encode()).digest()[:4])[:6].decode().lower()


def system_number(task: Task, found: Mapping[str, CellInput], day: date | None = None) -> str:
    """The number by which a line finds its task again: key, version, mark; what a past day shows has none."""
    if day is not None:
        return f"T{task.pk}@{day.isoformat()}"
    return f"T{task.pk}-v{task.version}-{mark({key: as_read(found.get(key)) for key in MARKED})}"


def line(order: int | None, task: Task, *, day: date | None = None, said: Any = None) -> dict[str, CellInput]:
    """The cells of a task by the keys of the columns.

    Parameters
    ----------
    task
        With its plan, chapter, section, units, dates and amounts, and where a ledger is written the light.
    day
        The past day that the line shows; None is now.
    said
        The last event by that day that said how much is done.
    """
    amounts = list(task.quantities.all())
    counts = counted(amounts)
    if day is None:
        done = [row.done for row in counts]
        state, percent, note, reported = task.state, task.percent, task.last_note, task.reported_on
    else:
        past: dict[str, str] = (said.data or {}).get("quantities", {}) if said is not None else {}
        done = [Decimal(past[str(row.pk)]) if str(row.pk) in past else None for row in counts]
        shown: Any = task
        state, percent = shown.shown_state, shown.shown_percent
        note, reported = (said.note[:500], said.on) if said is not None else ("", None)
    amount, unit, so_far = amount_cells(counts, done)
    light = getattr(task, "light", "")
    found: dict[str, CellInput] = {
        "no": order,
        "plan": task.plan.title,
        "chapter": task.chapter.title if task.chapter is not None else None,
        "section": task.section.title if task.section is not None and task.section_id != task.chapter_id else None,
        "number": task.label,
        "title": task.title,
        "subtitle": task.subtitle,
        "text": task.text,
        "persons": "、".join(map(str, task.persons)),
        "dates": dates_cell(list(task.deadlines.all())),
        "amount": amount,
        "unit": unit,
        "done": so_far,
        "percent": percent / 100,
        "limits": BETWEEN.join(amount_words(row) for row in amounts if not row.counts),
        "recurrence": BETWEEN.join(map(str, task.recurrence)),
        "state": state_words().get(state, state),
        "light": light_words().get(light, light),
        "note": note,
        "reported": reported,
    }
    names: dict[str, dict[str, None]] = {}
    for row in task.units.all():
        names.setdefault(row.role, {})[row.name] = None
    for role in ROLES:
        found[role] = "、".join(names.get(role, ()))
    found["id"] = system_number(task, found, day)
    return found


def keys(without: Iterable[str] = ()) -> list[str]:
    """The columns in their order."""
    left_out = set(without)
    return [field.key for field in FIELDS if field.key not in left_out]
