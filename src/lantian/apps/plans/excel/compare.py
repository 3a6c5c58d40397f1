"""A line of the file against the task as it is: what the line wants to change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core.importers.base import Change
from lantian.apps.plans import ledger
from lantian.apps.plans.excel import cells, parse
from lantian.apps.plans.excel.columns import BY_KEY, FIELDS, ROLES
from lantian.apps.plans.excel.sheets import LedgerFile, Line
from lantian.apps.plans.models import Task, TaskQuantity
from lantian.apps.plans.models.tasks import plain
from lantian.office.cells import CellError, read_date
from lantian.rules.progress.amounts import is_counted
from lantian.rules.progress.lights import State

_PLAIN = ("title", "subtitle", "text")


@dataclass
class Progress:
    """What a line reports: done of each counted amount by its place among them, the share, the words, the day."""

    done: dict[int, Decimal] = field(default_factory=dict)
    percent: Decimal | None = None
    note: str = ""
    on: date | None = None

    def says_something(self) -> bool:
        """Whether there is anything to report."""
        return bool(self.done) or self.percent is not None or bool(self.note)


@dataclass
class Wanted:
    """What a line wants of a task.

    Attributes
    ----------
    before, after
        Cells that differ, in words, by the keys of the columns.
    changes
        Values for an edit; units are put together once their names are known.
    units
        Role → names, for the roles that the line changes.
    """

    line: Line
    task: Task
    before: dict[str, str] = field(default_factory=dict)
    after: dict[str, str] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    units: dict[str, list[str]] = field(default_factory=dict)
    progress: Progress = field(default_factory=Progress)
    #: what was checked and waits for being performed: an edit, a report
    edit: Any = None
    report: Any = None
    change: Change | None = None

    def drop(self, *keys: str) -> None:
        """Take a difference back that was none."""
        for key in keys:
            self.before.pop(key, None)
            self.after.pop(key, None)


class WrongCell(Exception):
    """A cell that cannot be taken; carries the column and what to do."""

    def __init__(self, key: str, code: str, message: str) -> None:
        super().__init__(message)
        self.key, self.code, self.message = key, code, message


def told(key: str, error: CellError) -> WrongCell:
    """What a reader of cells says, with the column and in the language of the page."""
    return WrongCell(key, error.code, __(error.message_id) % error.params)


def differences(line: Line, task: Task, file: LedgerFile) -> Wanted:
    """The cells of a line that read otherwise than the task."""
    now = cells.line(None, cells.of_task(task))
    wanted = Wanted(line, task)
    for one in FIELDS:
        if one.key in {"no", "id", "light"} or not file.has(one.key):
            continue
        before, after = cells.as_read(now.get(one.key)), line.cells.get(one.key, "")
        if before != after:
            wanted.before[one.key], wanted.after[one.key] = before, after
    return wanted


def means_the_same(line: Line, task: Task, file: LedgerFile) -> bool:
    """Whether a line that was overtaken says what holds now: somebody brings the same file again."""
    again = differences(line, task, file)
    # What follows from the rest has moved with it.
    again.drop("state", "reported", *(["percent"] if cells.counted(task.quantities.all()) else []))
    try:
        work_out(again)
    except WrongCell:
        return False
    return not again.after


def possible_lights(task: Task, today: date) -> set[str]:
    """The lights that a task as it is has had on some day until now."""
    if task.state == State.ACCEPTED:
        return {"green"}
    if task.state == State.SUSPENDED:
        return {"grey"}
    found = {"grey" if task.state == State.NOT_STARTED else "blue"}
    for day, light in ((task.yellow_from, "yellow"), (task.red_from, "red")):
        if day is not None and day <= today:
            found.add(light)
    return found


def default_year(task: Task) -> int | None:
    """The year of dates that name none."""
    return year_of(task.plan)


def year_of(plan: Any) -> int | None:
    """The year of a plan."""
    day = plan.starts_on or plan.issued_on
    return plan.year or (day.year if day else None)


def work_out(wanted: Wanted) -> None:
    """Turn the cells that differ into values; what turns out to mean the same is no difference.

    Raises
    ------
    WrongCell
        A cell cannot be understood, or stands in a column that Excel does not change.
    """
    task, after = wanted.task, wanted.after
    for key in ("plan", "chapter", "section"):
        if key in after:
            raise WrongCell(
                key,
                "not_changed_here",
                __("A task stays where its plan has it: “%(before)s”. Put this back.") % {"before": wanted.before[key][:80]},
            )
    if "state" in after:
        if not after["state"]:
            wanted.drop("state")
        else:
            raise WrongCell(
                "state",
                "not_changed_here",
                __(
                    "The state is “%(before)s”; Excel does not change it. Put it back, and take the step (begin, hand in,"
                    " accept, send back …) on the page of the task."
                )
                % {"before": wanted.before["state"]},
            )
    values = ledger.task_values(task) if after.keys() - {"percent", "done", "note", "reported"} else {}
    _words(wanted, values)
    for role in ROLES:
        if role in after:
            before = list(dict.fromkeys(unit["name"] for unit in values["units"] if unit["role"] == role))
            named = parse.names(after[role], before)
            if named == before:
                wanted.drop(role)
            else:
                wanted.units[role] = named
    if "dates" in after:
        _dates(wanted, values)
    amounts = _amounts(wanted, values)
    _progress(wanted, amounts)


def _words(wanted: Wanted, values: Mapping[str, Any]) -> None:
    task, after = wanted.task, wanted.after
    for key in _PLAIN:
        if key in after:
            if key == "title" and not after[key]:
                raise WrongCell(key, "cell_empty", __("“%(heading)s” must not be empty.") % {"heading": BY_KEY[key].heading})
            wanted.changes[key] = after[key]
    if "number" in after:
        # The part behind the number belongs to the task, not to the number.
        ending = f"-{task.part}" if task.part and task.part > 1 else ""
        wanted.changes["number"] = after["number"].removesuffix(ending)
        if ending and not after["number"].endswith(ending):
            wanted.changes["part"] = None
    for key, marks in (("persons", "、，,；;\n"), ("recurrence", "；;\n")):
        if key in after:
            listed = parse.split(after[key], marks)
            if listed == list(values[key]):
                wanted.drop(key)
            else:
                wanted.changes[key] = listed


def _cell(wanted: Wanted, key: str, call: Any, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except CellError as error:
        raise told(key, error) from error


def _dates(wanted: Wanted, values: Mapping[str, Any]) -> None:
    rows = list(wanted.task.deadlines.all())
    stored = [dict(item) for item in values["deadlines"]]
    words = {cells.date_words(row): item for row, item in zip(rows, stored, strict=True)}
    found = _cell(wanted, "dates", parse.dates, wanted.after["dates"], words, default_year(wanted.task))
    known = {(item["kind"], item["start"], item["end"]): item for item in stored}
    # The same day in other words is the same date.
    kept = [
        known[place] if (place := (item["kind"], item["start"], item["end"])) in known and (item["start"] or item["end"]) else item
        for item in found
    ]
    if kept == stored:
        wanted.drop("dates")
    else:
        wanted.changes["deadlines"] = kept


def counts(item: Mapping[str, Any]) -> bool:
    """Whether an amount says how far a task has come."""
    return is_counted(
        str(item["unit"]), str(item["comparator"]), str(item.get("what") or ""), str(item.get("text") or "")
    )


@dataclass
class Counted:
    """The counted amounts of a task as they will be: unit, and what is done of those that stay."""

    units: list[str]
    done: list[Decimal | None]


def _amounts(wanted: Wanted, values: Mapping[str, Any]) -> Counted:
    """Amounts and limits; gives the counted amounts as they will be."""
    task, after = wanted.task, wanted.after
    rows: list[TaskQuantity] = list(task.quantities.all())
    counted = cells.counted(rows)
    present = Counted([row.unit for row in counted], [row.done for row in counted])
    if not after.keys() & {"amount", "unit", "limits"}:
        return present
    stored = {row.pk: item for row, item in zip(rows, values["quantities"], strict=True)}
    counting = [stored[row.pk] for row in counted]
    limits = [stored[row.pk] for row in rows if not row.counts]
    line = wanted.line.cells
    if after.keys() & {"amount", "unit"}:
        amount_text = line.get("amount", wanted.before.get("amount", "")) or ""
        unit_text = line["unit"] if "unit" in line else (counted[0].unit if len(counted) == 1 else "")
        if "amount" not in line:
            amount_text = cells.as_read(cells.amount_cells(counted, [None] * len(counted))[0])
        fresh = _counting(wanted, counted, counting, amount_text, unit_text)
    else:
        fresh = counting
    if "limits" in after:
        words = {cells.amount_words(row): stored[row.pk] for row in rows if not row.counts}
        limits = _cell(wanted, "limits", parse.amounts, after["limits"], words)
    whole = [*limits, *fresh]
    if sorted(map(_key, whole)) == sorted(map(_key, stored.values())):
        wanted.drop("amount", "unit", "limits")
        return present
    # The order of the plan where nothing was added.
    order: dict[tuple[str, ...], int] = {_same(item): place for place, item in reversed(list(enumerate(stored.values())))}
    order |= {_key(item): place for place, item in enumerate(stored.values())}
    whole.sort(key=lambda item: order.get(_key(item), order.get(_same(item), len(order))))
    wanted.changes["quantities"] = whole
    before = {_same(item): row.done for item, row in zip(counting, counted, strict=True)}
    listed = [item for item in whole if counts(item) or any(item is kept for kept in counting)]
    return Counted([str(item["unit"]) for item in listed], [before.get(_same(item)) for item in listed])


def _key(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(str(item[name] or "") for name in ("what", "comparator", "value", "value_max", "unit"))


def _same(item: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(item["what"]), str(item["unit"]))


def _counting(
    wanted: Wanted, rows: list[TaskQuantity], stored: list[dict[str, Any]], amount_text: str, unit_text: str
) -> list[dict[str, Any]]:
    if len(rows) > 1:
        words = {cells.amount_words(row): item for row, item in zip(rows, stored, strict=True)}
        if unit_text:
            raise WrongCell(
                "unit",
                "unit_in_the_cell",
                __("This task has several amounts; their units stand in “%(amount)s”. Empty this cell.")
                % {"amount": BY_KEY["amount"].heading},
            )
        found: list[dict[str, Any]] = _cell(wanted, "amount", parse.amounts, amount_text, words)
        return found
    found = _cell(wanted, "amount", parse.amounts, amount_text, {}, unit_text)
    if len(rows) == 1 and len(found) == 1:
        base, item = stored[0], found[0]
        # What is counted stays said where the cell has a bare number.
        changed = {**base, **{name: item[name] for name in ("comparator", "value", "value_max", "unit")}}
        if item["what"]:
            changed["what"] = item["what"]
        return [changed]
    return found


def _progress(wanted: Wanted, amounts: Counted) -> None:
    task, after, progress = wanted.task, wanted.after, wanted.progress
    if "done" in after:
        _done(wanted, amounts)
    if "percent" in after:
        share = _cell(wanted, "percent", parse.share, after["percent"])
        if share is None or share == task.percent:
            wanted.drop("percent")
        elif amounts.units:
            if "done" not in wanted.after:
                raise WrongCell(
                    "percent",
                    "follows_from_done",
                    __("The share follows from “%(done)s”. Put it back, and write there how much is done.")
                    % {"done": BY_KEY["done"].heading},
                )
            wanted.drop("percent")
        else:
            progress.percent = share
    if "note" in after:
        if after["note"]:
            progress.note = after["note"]
        else:
            wanted.drop("note")
    if "reported" in after:
        day = _cell(wanted, "reported", lambda text: read_date(text, default_year=default_year(task)), after["reported"])
        if day is not None and progress.says_something():
            progress.on = day.on
        else:
            wanted.drop("reported")


def _done(wanted: Wanted, amounts: Counted) -> None:
    text = wanted.after["done"]
    if not amounts.units:
        raise WrongCell(
            "done",
            "nothing_counted",
            __("This task has no amount that is counted. Write the share done into “%(percent)s”, or fill in “%(amount)s”.")
            % {"percent": BY_KEY["percent"].heading, "amount": BY_KEY["amount"].heading},
        )
    found: list[Decimal | None] = _cell(wanted, "done", parse.done, text, amounts.units)
    for place, (said, before) in enumerate(zip(found, amounts.done, strict=True)):
        if said is None and before is not None:
            raise WrongCell(
                "done",
                "not_emptied",
                __("%(before)s have been reported. What is done cannot be emptied; write the right number, or 0.")
                % {"before": f"{plain(before)}{amounts.units[place]}"},
            )
        if said is not None and said != before:
            wanted.progress.done[place] = said
    if not wanted.progress.done:
        wanted.drop("done")
