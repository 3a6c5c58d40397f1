"""What stands in the cells of the ledger: a task as a line of the sheet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple, Protocol, TypeVar

from django.utils import translation

from lantian.apps.core import display
from lantian.apps.plans.choices import DeadlineKind, TaskState
from lantian.apps.plans.excel.columns import FIELDS, ROLES
from lantian.apps.plans.models import Task
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


class AnyDate(Protocol):
    """A date of a task, as a row of the database or as values."""

    @property
    def kind(self) -> str: ...
    @property
    def start(self) -> date | None: ...
    @property
    def end(self) -> date | None: ...
    @property
    def text(self) -> str: ...


class AnyAmount(Protocol):
    """An amount of a task, as a row of the database or as values."""

    @property
    def what(self) -> str: ...
    @property
    def comparator(self) -> str: ...
    @property
    def value(self) -> Decimal: ...
    @property
    def value_max(self) -> Decimal | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def counts(self) -> bool: ...


Amount = TypeVar("Amount", bound=AnyAmount)


class DateOf(NamedTuple):
    """A date as values; rows of the database take several times as long to make."""

    kind: str
    start: date | None
    end: date | None
    text: str


class AmountOf(NamedTuple):
    """An amount as values."""

    pk: int
    what: str
    comparator: str
    value: Decimal
    value_max: Decimal | None
    unit: str
    counts: bool
    done: Decimal | None


def number(value: Decimal) -> Decimal | int:
    """A number without the zeros that the column adds."""
    text = plain(value)
    return Decimal(text) if "." in text else int(text)


def date_words(item: AnyDate) -> str:
    """A date of a task where it does not stand alone in its cell."""
    start, end = item.start.isoformat() if item.start else "", item.end.isoformat() if item.end else ""
    if item.kind == DeadlineKind.PERIOD:
        day = f"{start}至{end}" if start or end else ""
    else:
        day = f"{start}起" if item.kind == DeadlineKind.START else end
    if not day:
        return item.text
    return f"{day}（{item.text}）" if item.text else day


def dates_cell(rows: Sequence[AnyDate]) -> date | str:
    """A lone deadline as a date that sorts; anything else in words."""
    if len(rows) == 1 and rows[0].kind == DeadlineKind.DEADLINE and rows[0].end is not None:
        return rows[0].end
    return BETWEEN.join(filter(None, map(date_words, rows)))


def _range(row: AnyAmount) -> str:
    most = f"–{plain(row.value_max)}" if row.value_max is not None else ""
    return f"{_SIGNS.get(row.comparator, '')}{plain(row.value)}{most}"


def amount_words(row: AnyAmount) -> str:
    """An amount with what it counts and its unit: ``燃煤锅炉 12台``."""
    lead = f"{row.what} " if row.what else ""
    return f"{lead}{_range(row)}{row.unit}"


def counted(rows: Iterable[Amount]) -> list[Amount]:
    """The amounts that say how far the task has come."""
    return [row for row in rows if row.counts]


def amount_cells(rows: Sequence[AnyAmount], done: Sequence[Decimal | None]) -> tuple[CellInput, CellInput, CellInput]:
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
MARKED: tuple[str, ...] = tuple(one.key for one in FIELDS if one.key not in _OUTSIDE)


#: texts that are shorter often come again
_SHORT = 60


@lru_cache(maxsize=4096)
def _short_as_read(value: str) -> str:
    return read_text(storable(value))


def as_read(value: CellInput) -> str:
    """The text that a reader of the file gets from a cell."""
    if not value and (value is None or isinstance(value, str)):
        return ""
    if isinstance(value, str):
        return _short_as_read(value) if len(value) < _SHORT else read_text(storable(value))
    if isinstance(value, Decimal):
        return read_text(float(value))
    if isinstance(value, bool | int | float | date | time):
        return read_text(value, check=False)
    return read_text("、".join(map(str, value)))


_SIGNS_OF_MARKS = "abcdefghijklmnopqrstuvwxyz234567"


def mark(texts: Mapping[str, str]) -> str:
    """Six signs that say how a line read, so that one that nobody touched is known whatever happened since."""
    said = json.dumps([texts.get(key, "") for key in MARKED], ensure_ascii=False)
    number = int.from_bytes(hashlib.sha256(said.encode()).digest()[:4], "big")
    return "".join([_SIGNS_OF_MARKS[number >> shift & 31] for shift in (0, 5, 10, 15, 20, 25)])


def system_number(task: Shown, found: Mapping[str, CellInput], day: date | None = None) -> str:
    """The number by which a line finds its task again: key, version, mark; what a past day shows has none."""
    if day is not None:
        return f"T{task.pk}@{day.isoformat()}"
    return f"T{task.pk}-v{task.version}-{mark({key: as_read(found.get(key)) for key in MARKED})}"


@dataclass(slots=True)
class Shown:
    """What a line shows of a task.

    Attributes
    ----------
    units
        Role → names.
    done
        What is done of each counted amount, in their order.
    """

    pk: int
    version: int
    plan: str
    chapter: str | None
    section: str | None
    number: str
    title: str
    subtitle: str
    text: str
    persons: Sequence[Any]
    recurrence: Sequence[Any]
    state: str
    percent: Decimal
    note: str
    reported: date | None
    light: str = ""
    units: Mapping[str, Iterable[str]] = field(default_factory=dict)
    dates: Sequence[AnyDate] = ()
    amounts: Sequence[AnyAmount] = ()
    done: Sequence[Decimal | None] = ()


def of_task(task: Task) -> Shown:
    """A task as it is now, with its units, dates and amounts."""
    units: dict[str, dict[str, None]] = {}
    for row in task.units.all():
        units.setdefault(row.role, {})[row.name] = None
    amounts = list(task.quantities.all())
    own_section = task.section is not None and task.section_id != task.chapter_id
    return Shown(
        task.pk,
        task.version,
        task.plan.title,
        task.chapter.title if task.chapter is not None else None,
        task.section.title if own_section and task.section is not None else None,
        task.label,
        task.title,
        task.subtitle,
        task.text,
        task.persons,
        task.recurrence,
        task.state,
        task.percent,
        task.last_note,
        task.reported_on,
        units=units,
        dates=list(task.deadlines.all()),
        amounts=amounts,
        done=[row.done for row in counted(amounts)],
    )


def line(order: int | None, task: Shown, *, day: date | None = None) -> dict[str, CellInput]:
    """The cells of a task by the keys of the columns.

    Parameters
    ----------
    day
        The past day that the line shows; None is now.
    """
    amount, unit, so_far = amount_cells(counted(task.amounts), task.done)
    found: dict[str, CellInput] = {
        "no": order,
        "plan": task.plan,
        "chapter": task.chapter,
        "section": task.section,
        "number": task.number,
        "title": task.title,
        "subtitle": task.subtitle,
        "text": task.text,
        "persons": "、".join(map(str, task.persons)),
        "dates": dates_cell(task.dates),
        "amount": amount,
        "unit": unit,
        "done": so_far,
        "percent": task.percent / 100,
        "limits": BETWEEN.join([amount_words(row) for row in task.amounts if not row.counts]),
        "recurrence": BETWEEN.join(map(str, task.recurrence)),
        "state": state_words().get(task.state, task.state),
        "light": light_words().get(task.light, task.light),
        "note": task.note,
        "reported": task.reported,
    }
    for role in ROLES:
        found[role] = "、".join(task.units.get(role, ()))
    found["id"] = system_number(task, found, day)
    return found


def keys(without: Iterable[str] = ()) -> list[str]:
    """The columns in their order."""
    left_out = set(without)
    return [one.key for one in FIELDS if one.key not in left_out]
