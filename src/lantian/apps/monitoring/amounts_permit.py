"""Amounts of a year of enterprises and outlets, added up from what is kept, and held against the permit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Max, Min, Q
from django.db.models import Sum as Total

from lantian.apps.monitoring.amount_sums import amounts_book, begin_of
from lantian.apps.monitoring.choices_amounts import AmountStanding
from lantian.apps.monitoring.models import AmountDay, AmountQuarter, PermittedAmount
from lantian.rules.monitoring.amounts import AgainstPermit, AmountVerdict, Sum, against_permit
from lantian.rules.monitoring.book import Book

#: source, outlet (none: all of the source), pollutant
Place = tuple[int, int | None, str]
SUMS = ("measured_kg", "substituted_kg", "measured", "substituted", "stopped", "open")


def days_of_year(year: int) -> int:
    """How many days a year has."""
    return (date(year + 1, 1, 1) - date(year, 1, 1)).days


def permitted(year: int, rows: Any = None) -> dict[Place, PermittedAmount]:
    """What permits allow in a year, by place; where two stand for the same place, the smaller one."""
    found: dict[Place, PermittedAmount] = {}
    given = PermittedAmount.objects.all() if rows is None else rows
    holding = given.filter(first_year__lte=year).filter(Q(last_year__isnull=True) | Q(last_year__gte=year))
    for row in holding.select_related("source", "unit").order_by("-tonnes", "pk"):
        found[row.source_id, row.unit_id, row.factor] = row
    return found


@dataclass(frozen=True, slots=True)
class Year:
    """What is kept of a place in a year: the sum, and from which day to which it goes."""

    sum: Sum
    first: date
    last: date


def sums_of_year(year: int, rows: Any = None) -> dict[Place, Year]:
    """Sums of a year of sources and of their outlets, as far as they are kept.

    Parameters
    ----------
    rows
        Quarters to add up; all if not given.
    """
    given = AmountQuarter.objects.all() if rows is None else rows
    given = given.filter(first__gte=date(year, 1, 1), first__lte=date(year, 12, 31)).order_by()
    found: dict[Place, Year] = {}
    grouped = given.values_list("device__source", "device__unit", "factor").annotate(
        *(Total(name) for name in SUMS), since=Min("begin"), until=Max("last")
    )
    for source, unit, factor, *sums, first, last in grouped:
        if source is None:
            continue
        one = Sum(*sums)
        for place in {(source, None, factor), (source, unit, factor)}:
            former = found.get(place)
            if former is None:
                found[place] = Year(one, first, last)
            else:
                found[place] = Year(former.sum + one, min(former.first, first), max(former.last, last))
    return found


def held(place: Place, year: int, found: Year | None, row: PermittedAmount | None, rules: Book | None = None) -> AgainstPermit:
    """A year of a place held against its permit; substitutes are no evidence.

    The pace goes by the days that are counted, so that a point that began to report late does not seem slow.
    """
    gone = 0 if found is None else (found.last - found.first).days + 1
    return against_permit(
        place[2], None if found is None else found.sum.kg, None if row is None else row.tonnes.normalize(), gone,
        days_of_year(year), substituted_kg=0 if found is None else found.sum.substituted_kg,
        open_hours=0 if found is None else found.sum.open, rules=rules or amounts_book(),
    )  # fmt: skip


def standing_of(found: AgainstPermit) -> AmountStanding:
    """The state of a list."""
    if found.verdict is AmountVerdict.NOT_JUDGED:
        return AmountStanding.NO_PERMIT if found.permitted_t is None else AmountStanding.OPEN
    return AmountStanding(found.verdict.value)


def days_of(place: Place, year: int) -> list[tuple[date, Sum]]:
    """Kept days of a place in a year, in order."""
    source, unit, factor = place
    rows = AmountDay.objects.filter(
        quarter__device__source=source, quarter__factor=factor, day__gte=date(year, 1, 1), day__lte=date(year, 12, 31)
    )
    if unit is not None:
        rows = rows.filter(quarter__device__unit=unit)
    grouped = rows.order_by("day").values_list("day").annotate(*(Total(name) for name in SUMS))
    return [(day, Sum(*sums)) for day, *sums in grouped]


def months_of(rows: Iterable[tuple[date, Sum]]) -> dict[int, Sum]:
    """Months of a year from its days."""
    found: dict[int, Sum] = {}
    for day, one in rows:
        found[day.month] = found.get(day.month, Sum()) + one
    return found


def sums_between(first: date, last: date, sources: Collection[int]) -> Iterator[tuple[int, int | None, int, str, Sum]]:
    """Kept days from one to the other, both included: source, unit, device, pollutant, sum."""
    rows = AmountDay.objects.filter(quarter__device__source__in=sources, day__gte=first, day__lte=last).order_by()
    grouped = rows.values_list(
        "quarter__device__source", "quarter__device__unit", "quarter__device", "quarter__factor"
    ).annotate(*(Total(name) for name in SUMS))
    for source, unit, device, factor, *sums in grouped:
        yield source, unit, device, factor, Sum(*sums)


def year_begin(year: int) -> datetime:
    """The moment at which a year of the campaign begins."""
    return begin_of(date(year, 1, 1))


def years_due(today: date) -> list[int]:
    """Years that are judged: this one, and in its first quarter the one before, of which hours may still come."""
    return [today.year] if today - timedelta(days=90) >= date(today.year, 1, 1) else [today.year - 1, today.year]
