"""Limits of concentration by the day of the data: GB 3095-2012 and GB 3095-2026 with its two steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from itertools import pairwise
from typing import Any

from lantian.rules.air.library import shipped
from lantian.rules.air.reading import Reader


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of concentration of GB 3095 with its days."""

    book: str
    item: str
    averaging: str
    unit: str
    grade_1: Decimal
    grade_2: Decimal
    valid_from: date
    valid_to: date | None
    clause: str
    mark: str

    def holds_on(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


AVERAGINGS = ("1h", "day_max_8h", "day", "quarter", "year")


def read_limits(record: Mapping[str, Any]) -> tuple[Limit, ...]:
    """The limits of a book, proved sound: for each item and averaging the days follow on each other.

    Raises
    ------
    BookError
        A gap or an overlap in the days, an unknown unit, a limit that is no number.
    """
    read = Reader(str(record.get("id") or "?"))
    book_from = read.day(record, "early_from", "book") or read.day(record, "valid_from", "book")
    book_to = read.day(record, "valid_to", "book")
    if book_from is None:
        raise read.fail("book.valid_from", "the days of validity are missing")
    limits = []
    for number, row in enumerate(read.get(record, "limits", list, "book"), 1):
        place = f"limits[{number}]"
        if row.get("averaging") not in AVERAGINGS:
            raise read.fail(f"{place}.averaging", f"{row.get('averaging')!r} is unknown")
        grades = []
        for name in ("grade_1", "grade_2"):
            try:
                grades.append(Decimal(read.get(row, name, str, place)))
            except InvalidOperation:
                raise read.fail(f"{place}.{name}", f"{row[name]!r} is no number") from None
        if not 0 < grades[0] <= grades[1]:
            raise read.fail(place, "grade 1 has to be above 0 and not above grade 2")
        limits.append(
            Limit(
                record["id"],
                read.get(row, "item", str, place),
                row["averaging"],
                read.unit(row, place),
                grades[0],
                grades[1],
                read.day(row, "valid_from", place) or book_from,
                read.day(row, "valid_to", place) or book_to,
                read.get(row, "clause", str, place),
                read.mark(row, place),
            )
        )
    for key in {(limit.item, limit.averaging) for limit in limits}:
        days = sorted((x for x in limits if (x.item, x.averaging) == key), key=lambda limit: limit.valid_from)
        place = f"limits of {key[0]}, {key[1]}"
        if days[0].valid_from != book_from or days[-1].valid_to != book_to:
            raise read.fail(place, "they do not cover the validity of the book")
        for left, right in pairwise(days):
            if left.valid_to is None or right.valid_from != left.valid_to + timedelta(days=1):
                raise read.fail(place, f"a gap or an overlap before {right.valid_from}")
    return tuple(limits)


@lru_cache(maxsize=1)
def all_limits() -> tuple[Limit, ...]:
    """The limits of GB 3095-2012 and GB 3095-2026."""
    return read_limits(shipped("gb3095-2012.json")) + read_limits(shipped("gb3095-2026.json"))


def limit_on(day: date, item: str, averaging: str) -> Limit | None:
    """The limit of an item that holds on a day; None where there is none.

    >>> limit_on(date(2026, 2, 28), "PM2.5", "year").grade_2
    Decimal('35')
    >>> limit_on(date(2026, 3, 1), "PM2.5", "year").grade_2, limit_on(date(2031, 1, 1), "PM2.5", "year").grade_2
    (Decimal('30'), Decimal('25'))
    """
    for limit in all_limits():
        if (limit.item, limit.averaging) == (item, averaging) and limit.holds_on(day):
            return limit
    return None


@dataclass(frozen=True, slots=True)
class State:
    """The temperature and pressure that concentrations are stated at."""

    book: str
    valid_from: date
    valid_to: date | None
    #: K and hPa
    gases: tuple[Decimal, Decimal]
    #: K and hPa; None: as they were at the time of monitoring
    particles: tuple[Decimal, Decimal] | None
    clause: str
    mark: str


def read_states(record: Mapping[str, Any]) -> tuple[State, ...]:
    """The states of concentrations of a book, proved to follow on each other.

    Raises
    ------
    BookError
        A gap or an overlap in the days, a temperature or pressure that is no number.
    """
    read = Reader(str(record.get("id") or "?"))
    book_from = read.day(record, "early_from", "book") or read.day(record, "valid_from", "book")
    book_to = read.day(record, "valid_to", "book")

    def conditions(value: Any, place: str) -> tuple[Decimal, Decimal]:
        try:
            return Decimal(value["temperature_K"]), Decimal(value["pressure_hPa"])
        except (TypeError, KeyError, InvalidOperation):
            raise read.fail(place, f"a temperature and a pressure are wanted, not {value!r}") from None

    states: list[State] = []
    following = book_from
    for number, row in enumerate(read.get(record, "states", list, "book"), 1):
        place = f"states[{number}]"
        first = read.day(row, "valid_from", place)
        if first is None or first != following:
            raise read.fail(f"{place}.valid_from", f"{first} does not follow: {following} is wanted")
        last = read.day(row, "valid_to", place)
        as_monitored = row.get("particles") == "as monitored"
        states.append(
            State(
                record["id"],
                first,
                last,
                conditions(row.get("gases"), f"{place}.gases"),
                None if as_monitored else conditions(row.get("particles"), f"{place}.particles"),
                read.get(row, "clause", str, place),
                read.mark(row, place),
            )
        )
        following = None if last is None else last + timedelta(days=1)
    if not states or states[-1].valid_to != book_to:
        raise read.fail("states", "they do not cover the validity of the book")
    return tuple(states)


@lru_cache(maxsize=1)
def all_states() -> tuple[State, ...]:
    """The states of GB 3095-2012, of its amendment of 2018 and of GB 3095-2026."""
    return read_states(shipped("gb3095-2012.json")) + read_states(shipped("gb3095-2026.json"))


def state_on(day: date) -> State | None:
    """The state that concentrations of a day are stated at; None before the standard."""
    for state in all_states():
        if state.valid_from <= day and (state.valid_to is None or day <= state.valid_to):
            return state
    return None
