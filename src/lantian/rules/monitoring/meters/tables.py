"""Tables of readings: what their columns are, and the readings in them, row by row.

Three shapes are told apart: a row for each reading (meter, time, value); a row for each meter and day with a column for
each quarter of an hour (96 points); a row for each time with a column for each meter. Cells are texts as they were written.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise

from lantian.rules.air.labels import BEIJING, moment_of
from lantian.rules.monitoring.errors import InputError, Message, Reason, _
from lantian.rules.monitoring.meters.readings import UNITS, Kind, Reading, moment, number_of

Rows = Sequence[Sequence[str]]

METER = frozenset(
    {
        "电表号", "表号", "电表编号", "电能表编号", "表计编号", "电表资产号", "资产编号", "测点编号", "meter",
        "meternumber", "meterno",
    }
)  # fmt: skip
TIME = frozenset({"时间", "数据时间", "采集时间", "抄表时间", "采样时间", "time", "timestamp", "datetime"})
START = frozenset({"开始时间", "起始时间", "时段开始", "start", "starttime"})
END = frozenset({"结束时间", "截止时间", "终止时间", "时段结束", "end", "endtime"})
DATE = frozenset({"日期", "数据日期", "date", "day"})
VALUES: Mapping[Kind, frozenset[str]] = {
    Kind.REGISTER: frozenset(
        {
            "示数", "示值", "表码", "读数", "止码", "止度", "正向有功总", "正向有功总示值", "正向有功示值", "register",
            "registerkwh",
        }
    ),
    Kind.ENERGY: frozenset({"电量", "用电量", "有功电量", "正向有功电量", "energy", "energykwh", "kwh"}),
    Kind.POWER: frozenset(
        {
            "功率", "有功功率", "总有功功率", "瞬时功率", "瞬时有功功率", "平均功率", "负荷", "power", "powerkw", "kw",
            "load",
        }
    ),
}  # fmt: skip
#: rows from the top among which the headings are looked for
_SEARCH = 20
#: points of a day that a table may have
_POINTS = (24, 48, 96)
_UNIT = re.compile(r"[(（\[【/](?P<unit>[^()（）\[\]【】/]+)[)）\]】]?$")
_CLOCK = re.compile(r"(?P<h>\d{1,2})[:：时](?P<m>\d{2})?分?(?::00)?")
_POINT = re.compile(r"(?:p|v|t|点|第)?(?P<n>\d{1,2})点?", re.IGNORECASE)
#: what a table may hold
MOST_READINGS = 1_000_000


class Shape(StrEnum):
    """How a table lies."""

    LONG = "long"
    DAYS = "days"
    METERS = "meters"


@dataclass(frozen=True, slots=True)
class Choices:
    """What somebody says of a table; empty: as found.

    Attributes
    ----------
    label
        ``start`` or ``end``: what the time of a period is.
    minutes
        Length of a period.
    """

    kind: Kind | None = None
    label: str = ""
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a table are; columns count from 0.

    Attributes
    ----------
    header
        The row of the headings, from 0.
    factor
        How many kW or kWh the unit of the values is.
    values
        Column → the meter (by meters), or minutes after midnight at which its period ends (by days).
    """

    shape: Shape
    header: int
    kind: Kind
    factor: Decimal
    label: str
    minutes: int
    meter: int = -1
    time: int = -1
    start: int = -1
    end: int = -1
    values: Mapping[int, str | int] = field(default_factory=dict)
    unit_said: bool = True
    label_said: bool = True


@dataclass(frozen=True, slots=True)
class Read:
    """A reading of a table, or what is wrong with its cell; rows and columns count from 1.

    Attributes
    ----------
    text
        The value as it is written.
    """

    row: int
    column: int
    meter: str
    reading: Reading | None
    reason: Reason | None = None
    text: str = ""


def layout_of(rows: Rows, known: Collection[str], choices: Choices | None = None) -> Layout:
    """What the columns are.

    Parameters
    ----------
    known
        Numbers of meters of the register, by which columns of meters are recognised.

    Raises
    ------
    InputError
        ``no_layout``, ``no_value``.
    """
    choices = choices or Choices()
    numbers = set(known)
    for at, row in enumerate(rows[:_SEARCH]):
        found = _headings(at, row, numbers, choices)
        if found is not None:
            return _timed(found, rows, choices)
    raise InputError(
        "no_layout",
        Message(
            _(
                "No readings were found. A table needs headings: number of the meter, time and a value (power in kW,"
                " energy in kWh or counter); or number of the meter, day and 96 points; or time and the numbers of"
                " known meters."
            )
        ),
    )


def _headings(at: int, row: Sequence[str], known: set[str], choices: Choices) -> Layout | None:
    names = [_plain(cell) for cell in row]
    meter = _place(names, METER)
    time, start, end = _place(names, TIME), _place(names, START), _place(names, END)
    day = _place(names, DATE)
    points = _points(row)
    if meter >= 0 and day >= 0 and points and time < 0:
        kind, factor, said = _kind_of_title(row, choices)
        label, label_said = _label_of_points(row, points, choices)
        values: dict[int, str | int] = {**points}
        step = 1440 // len(points)
        return Layout(
            Shape.DAYS, at, kind, factor, label, step, meter, day, values=values, unit_said=said, label_said=label_said
        )
    columns = {column: cell.strip() for column, cell in enumerate(row) if _meter_of(cell) in known}
    if meter < 0 and columns and (time >= 0 or day >= 0 or end >= 0 or start >= 0):
        kind, factor, said = _kind_of_title(list(columns.values()), choices)
        place = next(column for column in (time, end, start, day) if column >= 0)
        label = choices.label or ("start" if place == start else "end")
        by_meter: dict[int, str | int] = {column: _meter_of(cell) for column, cell in columns.items()}
        return Layout(
            Shape.METERS, at, kind, factor, label, 0, time=place, values=by_meter, unit_said=said,
            label_said=bool(choices.label) or place in (start, end),
        )  # fmt: skip
    if meter < 0 or (time < 0 and end < 0 and start < 0):
        return None
    found = _value_column(row, names, choices)
    if found is None:
        return None
    column, kind, factor, said = found
    label = choices.label or ("start" if time < 0 <= start and end < 0 else "end")
    return Layout(
        Shape.LONG, at, kind, factor, label, 0, meter, time if time >= 0 else (end if end >= 0 else start),
        start, end, {column: ""}, said, bool(choices.label) or time < 0,
    )  # fmt: skip


def _plain(cell: str) -> str:
    text = _UNIT.sub("", cell.strip().lower()) or cell.strip().lower()
    return re.sub(r"[\s_*]+", "", text)


def _place(names: Sequence[str], wanted: Collection[str]) -> int:
    return next((column for column, name in enumerate(names) if name in wanted), -1)


def _meter_of(cell: str) -> str:
    """The number of a meter in a heading, which may carry a unit behind it."""
    return _UNIT.sub("", cell.strip()).strip()


def _unit_of(cell: str) -> tuple[Kind | None, Decimal] | None:
    found = _UNIT.search(cell.strip())
    text = found["unit"].strip().lower() if found else ""
    return UNITS.get(text)


def _value_column(
    row: Sequence[str], names: Sequence[str], choices: Choices
) -> tuple[int, Kind, Decimal, bool] | None:
    """The column of the values: the kind that was chosen, else the counter, else energy, else power."""
    for kind in (choices.kind,) if choices.kind is not None else (Kind.REGISTER, Kind.ENERGY, Kind.POWER):
        column = _place(names, VALUES[kind])
        if column >= 0:
            unit = _unit_of(row[column])
            if unit is not None and (unit[0] is Kind.POWER) != (kind is Kind.POWER):
                said = _("The column “%(name)s” has the unit of something else. Correct its heading.")
                raise InputError("unit", Message(said, name=row[column].strip()[:40]))
            return column, kind, unit[1] if unit else Decimal(1), unit is not None
    return None


def _kind_of_title(cells: Sequence[str], choices: Choices) -> tuple[Kind, Decimal, bool]:
    """What values without a heading of their own are: by the unit that a heading names, else power in kW."""
    for cell in cells:
        unit = _unit_of(cell)
        if unit is not None:
            kind = unit[0] or (choices.kind if choices.kind in (Kind.ENERGY, Kind.REGISTER) else Kind.ENERGY)
            return kind, unit[1], True
    return choices.kind or Kind.POWER, Decimal(1), choices.kind is not None


def _points(row: Sequence[str]) -> dict[int, int]:
    """Columns of a day: column → minute after midnight that its heading names; points count from the first."""
    clocks: dict[int, int] = {}
    numbers: dict[int, int] = {}
    for column, cell in enumerate(row):
        text = _UNIT.sub("", cell.strip()).strip()
        clock = _CLOCK.fullmatch(text)
        if clock is not None:
            minute = int(clock["h"]) * 60 + int(clock["m"] or 0)
            if minute <= 1440:
                clocks[column] = minute
            continue
        point = _POINT.fullmatch(text)
        if point is not None:
            numbers[column] = int(point["n"])
    if len(clocks) in _POINTS:
        return clocks
    if len(numbers) in _POINTS and sorted(numbers.values()) == list(range(1, len(numbers) + 1)):
        step = 1440 // len(numbers)
        return {column: number * step for column, number in numbers.items()}
    return {}


def _label_of_points(row: Sequence[str], points: Mapping[int, int], choices: Choices) -> tuple[str, bool]:
    """Whether the headings of a day name beginnings (from 00:00) or ends (up to 24:00) of its quarters."""
    if any(_POINT.fullmatch(row[column].strip()) for column in points):
        return "end", False
    if choices.label:
        return choices.label, True
    minutes = set(points.values())
    return ("start" if 0 in minutes and 1440 not in minutes else "end"), True


def _timed(layout: Layout, rows: Rows, choices: Choices) -> Layout:
    """With the length of a period: as chosen, else the commonest step of a meter, else a quarter of an hour."""
    if layout.minutes or layout.kind is Kind.REGISTER or (layout.start >= 0 and layout.end >= 0):
        return layout
    if choices.minutes:
        return replace(layout, minutes=choices.minutes)
    by_meter: dict[str, list[datetime]] = {}
    for row in rows[layout.header + 1 : layout.header + 5_001]:
        at = moment(_cell(row, layout.time))
        if at is not None:
            name = _cell(row, layout.meter) if layout.meter >= 0 else ""
            by_meter.setdefault(name, []).append(at)
    steps: Counter[int] = Counter()
    for moments in by_meter.values():
        ordered = sorted(set(moments))
        for earlier, later in pairwise(ordered):
            steps[(later - earlier) // timedelta(minutes=1)] += 1
    usual = [minutes for minutes, _count in steps.most_common(1) if 1 <= minutes <= 1440]
    return replace(layout, minutes=usual[0] if usual else 15)


def _cell(row: Sequence[str], column: int) -> str:
    return row[column].strip() if 0 <= column < len(row) else ""


def readings(layout: Layout, rows: Rows) -> Iterator[Read]:
    """The readings of a table, and what is wrong with cells; an empty cell is no reading.

    Raises
    ------
    InputError
        ``too_many``: more than a million.
    """
    count = 0
    for number, row in enumerate(rows[layout.header + 1 :], layout.header + 2):
        if not any(cell.strip() for cell in row):
            continue
        for read in _of_row(layout, number, row):
            count += 1
            if count > MOST_READINGS:
                said = _("A table takes at most %(most)s readings. Split it.")
                raise InputError("too_many", Message(said, most=MOST_READINGS))
            yield read


def _of_row(layout: Layout, number: int, row: Sequence[str]) -> Iterator[Read]:
    meter = _cell(row, layout.meter)
    if layout.shape is not Shape.METERS and not meter:
        said = Message(_("the number of the meter is missing"))
        yield Read(number, layout.meter + 1, "", None, Reason("no_meter", said), "")
        return
    midnight = _midnight(_cell(row, layout.time)) if layout.shape is Shape.DAYS else None
    span = None if layout.shape is Shape.DAYS else _span(layout, row)
    if midnight is None and span is None:
        written = _cell(row, layout.time)
        said = Message(_("“%(text)s” is no time. Write 2026-03-01 15:15."), text=written[:40])
        yield Read(number, layout.time + 1, meter, None, Reason("time_bad", said), written[:60])
        return
    for column, what in layout.values.items():
        text = _cell(row, column)
        name = str(what) if layout.shape is Shape.METERS else meter
        try:
            value = number_of(text)
        except ValueError:
            said = Message(_("“%(text)s” is no number"), text=text[:40])
            yield Read(number, column + 1, name, None, Reason("number_bad", said), text[:60])
            continue
        if value is None:
            continue
        if midnight is not None:
            start, end = _of_day(layout, midnight, int(what))
        else:
            assert span is not None
            start, end = span
        counter = layout.kind is Kind.REGISTER
        reading = Reading(name, None if counter else start, end, layout.kind, value * layout.factor)
        yield Read(number, column + 1, name, reading, None, text)


def _midnight(text: str) -> datetime | None:
    found = moment_of(text)
    if found is None:
        return None
    day = found[0]
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def _of_day(layout: Layout, midnight: datetime, minute: int) -> tuple[datetime, datetime]:
    """The period of a point of a day; 00:00 as the label of an end is that of the day before."""
    at = midnight + timedelta(minutes=minute)
    if layout.kind is Kind.REGISTER:
        return at.astimezone(UTC), at.astimezone(UTC)
    step = timedelta(minutes=layout.minutes)
    start, end = (at, at + step) if layout.label == "start" else (at - step, at)
    return start.astimezone(UTC), end.astimezone(UTC)


def _span(layout: Layout, row: Sequence[str]) -> tuple[datetime, datetime] | None:
    if layout.start >= 0 and layout.end >= 0:
        start, end = moment(_cell(row, layout.start)), moment(_cell(row, layout.end))
        return None if start is None or end is None else (start, end)
    at = moment(_cell(row, layout.time))
    if at is None:
        return None
    if layout.kind is Kind.REGISTER:
        return at, at
    step = timedelta(minutes=layout.minutes)
    return (at, at + step) if layout.label == "start" else (at - step, at)
