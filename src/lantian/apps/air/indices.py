"""The AQI of hours and of days, by the tables of `lantian.rules.air.columns`, with what a page says of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np
from django.utils.translation import gettext as __

from lantian.apps.air.books import office
from lantian.rules.air.aqi import scheme_of
from lantian.rules.air.books import POLLUTANTS as NAMES
from lantian.rules.air.columns import MISSING, MOST, compiled, evaluate_grids
from lantian.rules.air.errors import NoEdition
from lantian.rules.air.evaluation import THOUSAND
from lantian.rules.air.words import ADVICE, CLASSES, GROUPS

#: column of an AQI of a day → column of daily values
_OF_DAY = {"o3_8h": "o3", "o3": "o3_1h"}
Value = int | Fraction | None


@dataclass(frozen=True, slots=True)
class Index:
    """An AQI; None where there is none."""

    aqi: int | None
    level: int
    primary: tuple[str, ...]
    iaqi: Mapping[str, int]
    book: str

    @property
    def word(self) -> str:
        """The class."""
        return __(CLASSES[self.level]) if self.level else __("No AQI")

    @property
    def pollutants(self) -> str:
        """The primary pollutants as they are written."""
        return "、".join(written(name) for name in self.primary)

    @property
    def advice(self) -> str:
        """What people had better do, in our own words."""
        return __(ADVICE[self.level]) if self.level else ""

    @property
    def sensitive(self) -> str:
        """Groups of people whom the primary pollutants trouble first, where the edition names them."""
        book = next((one for one in office().aqi.books if one.id == self.book), None)
        if book is None or self.aqi is None or self.aqi <= book.sensitive_above:
            return ""
        groups = dict.fromkeys(group for name in self.primary for group in book.sensitive.get(name, ()))
        return "、".join(__(GROUPS[group]) for group in groups)


NOTHING = Index(None, 0, (), {}, "")


def written(name: str) -> str:
    """A pollutant with its figures set low."""
    return name.replace("O3", "O₃").replace("SO2", "SO₂").replace("NO2", "NO₂")


def _grid(value: Value, digits: int) -> int:
    if value is None:
        return MISSING
    return min(round(Fraction(value * 10**digits, THOUSAND)), MOST)


def of_rows(
    rows: Sequence[tuple[date, Mapping[str, Value]]], interval: str = "day", edition: str | None = None
) -> list[Index]:
    """The index of each row, by the edition of its day unless one is given.

    Parameters
    ----------
    rows
        Day, and column → value in thousandths: of an hour ``pm25`` … ``o3``; of a day ``o3`` is the greatest mean of 8
        hours and ``o3_1h`` that of one hour.
    interval
        ``hour`` or ``day``.
    """
    found: list[Index] = [NOTHING] * len(rows)
    by_book: dict[str, list[int]] = {}
    books: dict[str, Any] = {}
    library = office().aqi
    for number, (day, _values) in enumerate(rows):
        try:
            book = library.on(day) if edition is None else library.of_edition(edition)
        except NoEdition:
            continue
        books[book.id] = book
        by_book.setdefault(book.id, []).append(number)
    for name, numbers in by_book.items():
        scheme = scheme_of(books[name], interval)
        grids = {
            column: np.array(
                [
                    _grid(
                        rows[number][1].get(_OF_DAY.get(column, column) if interval == "day" else column),
                        digits,
                    )
                    for number in numbers
                ],
                dtype=np.uint16,
            )
            for column, digits in compiled(scheme).digits.items()
        }
        columns = evaluate_grids(grids, scheme, details=True)
        for place, number in enumerate(numbers):
            aqi = int(columns.aqi[place])
            mask = int(columns.primary[place])
            found[number] = Index(
                aqi if aqi >= 0 else None,
                int(columns.level[place]),
                tuple(item for bit, item in enumerate(NAMES) if mask >> bit & 1),
                {column: int(values[place]) for column, values in columns.iaqi.items() if values[place] >= 0},
                name,
            )
    return found


def of_days(
    days: Mapping[date, Mapping[str, int | Fraction]], edition: str | None = None
) -> dict[date, Index]:
    """The index of each day, by the edition of the day unless one is given."""
    wanted = sorted(days)
    return dict(zip(wanted, of_rows([(day, days[day]) for day in wanted], edition=edition), strict=True))


def shown(value: Value, column: str) -> str:
    """A concentration as it is written: whole µg/m³, CO in mg/m³ with one place; empty where there is none."""
    if value is None:
        return ""
    digits = 1 if column == "co" else 0
    whole = round(Fraction(value * 10**digits, THOUSAND))
    return f"{whole / 10:.1f}" if digits else str(whole)
