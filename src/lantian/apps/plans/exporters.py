"""The ledger as officials keep it in Excel, written row by row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from typing import IO, Any

from django.db.models import F, OuterRef, Subquery

from lantian.apps.core import display
from lantian.apps.plans.choices import Clock, EventKind
from lantian.apps.plans.excel import cells
from lantian.apps.plans.excel.columns import BY_KEY, FIELDS, help_rows
from lantian.apps.plans.models import Plan, Section, TaskDeadline, TaskEvent, TaskQuantity, TaskUnit
from lantian.office.ledger import CellInput, LedgerColumn, Table, write_tables

#: tasks that are in memory at a time
CHUNK = 1000
SHEET, HELP_SHEET = "任务台账", "填写说明"
_HOW = "可在 Excel、WPS 中修改后重新导入；“系统编号”请勿改动，哪些栏目可以修改见“填写说明”。"


def left_out(rows: Any) -> list[str]:
    """Rare columns that no task of the list has."""
    keys = rows.order_by().values("pk")
    units = set(TaskUnit.objects.filter(task__in=keys).order_by().values_list("role", flat=True).distinct())
    filled = {
        "section": rows.exclude(section=None).exclude(section=F("chapter")).exists(),
        "subtitle": rows.exclude(subtitle="").exists(),
        "recurrence": rows.exclude(recurrence=[]).exists(),
    }
    return [
        field.key
        for field in FIELDS
        if field.rare and not filled.get(field.key, field.key in units)
    ]


def _said(day: date, clock: str) -> Any:
    """The key of the last event by a day that said how much is done."""
    events = TaskEvent.objects.filter(task=OuterRef("pk"), kind__in=[EventKind.REPORT, EventKind.SUBMIT], on__lte=day)
    if clock == Clock.RECORDED:
        after = datetime.combine(day + timedelta(1), time(), tzinfo=display.CAMPAIGN_TIME)
        events = events.filter(recorded_at__lt=after)
    return Subquery(events.order_by("-on", "-pk").values("pk")[:1])


_COLUMNS = (
    "pk", "version", "plan", "chapter", "section", "number", "part", "title", "subtitle", "text", "persons", "recurrence",
    "shown_state", "shown_percent", "last_note", "reported_on", "light",
)  # fmt: skip


class _Titles(dict[int, str]):
    """Titles of plans or headings, fetched once each."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def fetch(self, keys: Iterable[int | None]) -> None:
        """Fetch those that are not known yet."""
        missing = {key for key in keys if key is not None} - self.keys()
        if missing:
            self.update(self.model.objects.filter(pk__in=missing).values_list("pk", "title"))


def _children(rows: Any, make: Any) -> dict[int, list[Any]]:
    """Rows below tasks by the key of their task, which comes first."""
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(make(*row[1:]))
    return found


def lines(rows: Any, day: date | None = None, clock: str = Clock.RECORDED) -> Iterator[dict[str, CellInput]]:
    """The cells of each task, in the order of the list; a few statements for each thousand of tasks.

    Parameters
    ----------
    rows
        Tasks with their light (:func:`lantian.apps.plans.standing.with_light`).
    day, clock
        The past day that is asked for, and by what was known.
    """
    names: tuple[str, ...] = _COLUMNS
    if day is not None:
        rows, names = rows.annotate(said_key=_said(day, clock)), (*_COLUMNS, "said_key")
    found = rows.select_related(None).prefetch_related(None).values_list(*names).iterator(chunk_size=CHUNK)
    plans, sections = _Titles(Plan), _Titles(Section)
    number = 0
    while chunk := list(islice(found, CHUNK)):
        plans.fetch(row[2] for row in chunk)
        sections.fetch(key for row in chunk for key in row[3:5])
        for shown in _shown(chunk, plans, sections, day):
            number += 1
            yield cells.line(number, shown, day=day)


def _shown(
    chunk: list[tuple[Any, ...]], plans: Mapping[int, str], sections: Mapping[int, str], day: date | None
) -> Iterator[cells.Shown]:
    keys = [row[0] for row in chunk]
    below = {"task__in": keys}
    units: dict[int, dict[str, dict[str, None]]] = {}
    listed = TaskUnit.objects.filter(**below).order_by("task", "order", "pk")
    for key, role, name in listed.values_list("task", "role", "name"):
        units.setdefault(key, {}).setdefault(role, {})[name] = None
    dates = _children(
        TaskDeadline.objects.filter(**below).order_by("task", "order", "pk").values_list("task", *cells.DateOf._fields),
        cells.DateOf,
    )
    amounts: dict[int, list[cells.AmountOf]] = _children(
        TaskQuantity.objects.filter(**below).order_by("task", "order", "pk").values_list("task", *cells.AmountOf._fields),
        cells.AmountOf,
    )
    said = TaskEvent.objects.in_bulk([row[-1] for row in chunk if row[-1]]) if day is not None else {}
    for row in chunk:
        key, version, plan, chapter, section, number, part, *words = row[: len(_COLUMNS)]
        mine = amounts.get(key, [])
        shown = cells.Shown(
            key,
            version,
            plans[plan],
            sections.get(chapter),
            sections.get(section) if section != chapter else None,
            f"{number}-{part}" if part and part > 1 else number,
            *words,
            units=units.get(key, {}),
            dates=dates.get(key, []),
            amounts=mine,
            done=[amount.done for amount in cells.counted(mine)],
        )
        if day is not None:
            event = said.get(row[-1] or 0)
            past = (event.data or {}).get("quantities", {}) if event is not None else {}
            shown.done = [
                Decimal(past[str(amount.pk)]) if str(amount.pk) in past else None for amount in cells.counted(mine)
            ]
            shown.note, shown.reported = (event.note[:500], event.on) if event is not None else ("", None)
        yield shown


def columns(keys: Sequence[str]) -> list[LedgerColumn]:
    """The columns of the sheet."""
    fills = {cells.light_words()[code]: colour for code, colour in cells.LIGHT_FILLS.items()}
    return [
        LedgerColumn(
            field.heading,
            field.width,
            field.align,
            number_format="0.##%" if field.key == "percent" else "General",
            fills=fills if field.key == "light" else {},
        )
        for field in map(BY_KEY.__getitem__, keys)
    ]


def _help_table() -> Table:
    return Table(
        HELP_SHEET,
        "填写说明",
        [
            LedgerColumn("栏目名称", 14),
            LedgerColumn("能否修改", 24),
            LedgerColumn("怎样填写", 60),
            LedgerColumn("也可写作", 50),
        ],
        help_rows(),
    )


def write_ledger(
    rows: Any,
    title: str,
    target: IO[bytes],
    *,
    day: date | None = None,
    clock: str = Clock.RECORDED,
    made_on: datetime | None = None,
) -> None:
    """Write tasks as a workbook that can be changed and imported again; what a past day shows cannot."""
    keys = cells.keys(left_out(rows))
    said = f"导出时间 {made_on:%Y-%m-%d %H:%M}。" if made_on is not None else ""
    if day is None:
        said += _HOW
    else:
        said += f"本表为 {day.isoformat()} 的情况，仅供查阅，不能重新导入。"
    write_tables(
        [
            Table(
                SHEET,
                title,
                columns(keys),
                ([line[key] for key in keys] for line in lines(rows, day, clock)),
                said,
            ),
            _help_table(),
        ],
        target,
    )


#: columns of the empty file, for tasks that are new
TEMPLATE_KEYS = tuple(
    key for key in BY_KEY if key not in {"plan", "subtitle", "shared", "state", "light", "reported", "id"}
)
TEMPLATE_ROWS = 200


def write_template(target: IO[bytes]) -> None:
    """Write an empty ledger: headings, lines to fill in, and the sheet that explains them."""
    write_tables(
        [
            Table(
                SHEET,
                "任务台账（新增任务）",
                columns(TEMPLATE_KEYS),
                # Lines with the format of text, in which 2017.10 stays what was typed.
                ([None] * len(TEMPLATE_KEYS) for _row in range(TEMPLATE_ROWS)),
                "每行一项任务，“任务”必填，其他栏目可以空着；导入时选择所属的计划。各栏目的填法见“填写说明”。",
            ),
            _help_table(),
        ],
        target,
    )
