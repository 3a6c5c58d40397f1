"""From above: what the list burns, makes and uses against the totals of the statistics.

A list that has less than the statistics misses sources (scattered coal, small plants); one that has more counts twice,
or in another unit. Both are results that a person explains, no errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from lantian.rules.sources.books import Books
from lantian.rules.sources.calculations import activity_key
from lantian.rules.sources.details import activity_of
from lantian.rules.sources.errors import Message, SourcesError, _
from lantian.rules.sources.rows import Row
from lantian.rules.sources.units import Quantity, Unit, parse_unit

Verdict = Literal["fits", "short", "over", "unit", "no_activity", "no_total"]
#: raw coal to standard coal, as the energy statistics convert it
_STANDARD_COAL = Fraction("0.7143")


@dataclass(frozen=True, slots=True)
class Balance:
    """A fuel or product: the sum of the list, the total of the statistics, and what that says.

    Attributes
    ----------
    region
        Administrative code that the total is of; empty: all sources.
    listed, total
        In `unit`; None where there is none, or it cannot be turned into the unit.
    rows
        How many rows of activities there are.
    row
        Of the sheet of totals; 0 where there is no total.
    """

    item: str
    region: str
    unit: str
    listed: Fraction | None
    total: Fraction | None
    tolerance: Fraction
    verdict: Verdict
    why: tuple[Message, ...]
    rows: int
    row: int = 0

    @property
    def ratio(self) -> Fraction | None:
        """Listed by total."""
        return self.listed / self.total if self.listed is not None and self.total else None


def balances(rows: Sequence[Row], books: Books, year: int) -> list[Balance]:
    """A balance for each row of the sheet of totals, then for each fuel and product without one."""
    of_year = [row for row in rows if not year or row.number_of("year") in (None, year)]
    regions = {row.source_id: row.text("region") for row in of_year if row.sheet == "sources"}
    activities = _activities(of_year, regions, books)
    found, told = [], set()
    for row in of_year:
        if row.sheet == "totals":
            told.add(row.text("item"))
            found.append(_balance(row, activities.get(row.text("item"), ()), books))
    for item, entries in activities.items():
        if item not in told:
            found.append(_untold(item, entries, books))
    return found


def _activities(
    rows: Iterable[Row], regions: Mapping[str, str], books: Books
) -> dict[str, list[tuple[str, Quantity]]]:
    """Activities by fuel, product or material; rows for one pollutant each are of one activity."""
    seen: set[tuple[str, ...]] = set()
    found: dict[str, list[tuple[str, Quantity]]] = {}
    for row in rows:
        if row.sheet not in ("activities", "solvents") or row.source_id not in regions:
            continue
        activity = activity_of(row, books)
        if activity is None:
            continue
        item = row.text("item" if row.sheet == "activities" else "material")
        if row.text("pollutant"):
            key = (*activity_key(row), str(activity.value))
            if key in seen:
                continue
            seen.add(key)
        found.setdefault(item, []).append((regions[row.source_id], activity))
    return found


def _tolerance(row: Row | None, books: Books) -> Fraction:
    given = row.number_of("tolerance") if row is not None else None
    return Fraction(books.value("totals.tolerance") if given is None else given)


def _balance(row: Row, entries: Sequence[tuple[str, Quantity]], books: Books) -> Balance:
    item, region = row.text("item"), row.text("region")
    tolerance = _tolerance(row, books)
    unit = parse_unit(row.text("total_unit"))
    total = Fraction(row.decimal("total"))
    stem = region.rstrip("0") if len(region) == 6 else region
    stem = stem + "0" if len(stem) % 2 else stem
    inside = [quantity for code, quantity in entries if code.startswith(stem)]
    if not inside:
        why = Message(_("the list has no activity of it here"))
        return Balance(
            item, region, unit.text, Fraction(0), total, tolerance, "no_activity", (why,), 0, row.number
        )
    try:
        listed = sum((quantity.in_unit(unit.text) for quantity in inside), start=Fraction(0))
    except SourcesError as error:
        return Balance(
            item, region, unit.text, None, total, tolerance, "unit", (error.message,), len(inside), row.number
        )
    verdict, why_ = _judged(item, listed, total, tolerance, unit)
    return Balance(item, region, unit.text, listed, total, tolerance, verdict, why_, len(inside), row.number)


def _judged(
    item: str, listed: Fraction, total: Fraction, tolerance: Fraction, unit: Unit
) -> tuple[Verdict, tuple[Message, ...]]:
    if abs(listed - total) <= tolerance * total:
        return "fits", ()
    why: list[Message] = []
    if not total:
        return "over", (Message(_("the statistics have none of it")),)
    ratio = listed / total

    def near(value: Fraction) -> bool:
        return abs(ratio / value - 1) <= Fraction(2, 100)

    if near(Fraction(10_000)) or near(Fraction(1, 10_000)):
        why.append(
            Message(_("the two differ by 10,000: one of them is in 万%(unit)s"), unit=unit.text.lstrip("万"))
        )
    elif near(Fraction(1000)) or near(Fraction(1, 1000)):
        why.append(Message(_("the two differ by 1,000: kilograms and tonnes, or grams and kilograms")))
    elif "煤" in item and (near(_STANDARD_COAL) or near(1 / _STANDARD_COAL)):
        why.append(Message(_("the two differ like raw coal and standard coal: one of them was converted")))
    elif near(Fraction(2)):
        why.append(Message(_("twice the total: the same use may stand in two rows")))
    share = f"{float(100 * ratio):.4g}"
    if ratio < 1:
        said = _(
            "the list has %(share)s %% of the total; what is missing belongs to sources that are not listed"
        )
        return "short", (*why, Message(said, share=share))
    said = _("the list has %(share)s %% of the total; look for rows that count twice")
    return "over", (*why, Message(said, share=share))


def _untold(item: str, entries: Sequence[tuple[str, Quantity]], books: Books) -> Balance:
    unit = entries[0][1].unit.text if entries else ""
    listed: Fraction | None = Fraction(0)
    why = Message(_("no total of the statistics was given"))
    try:
        listed = sum((quantity.in_unit(unit) for _region, quantity in entries), start=Fraction(0))
    except SourcesError as error:
        listed, why = None, error.message
    return Balance(item, "", unit, listed, None, _tolerance(None, books), "no_total", (why,), len(entries))
