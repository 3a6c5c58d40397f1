"""Judge of amounts: a year's amount above the permitted one, and an early notice by the share of the permit that is used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring.amount_sums import DAY, amounts_book, begin_of
from lantian.apps.monitoring.amounts_permit import (
    Place,
    days_of,
    held,
    permitted,
    sums_of_year,
    year_begin,
    years_due,
)
from lantian.apps.monitoring.choices_alarms import AlarmCause
from lantian.apps.monitoring.choices_amounts import LABELS
from lantian.apps.monitoring.models import AmountQuarter, PermittedAmount
from lantian.rules.monitoring.alarms.findings import Evidence, Finding, Series
from lantian.rules.monitoring.amounts import RULE, AgainstPermit, AmountVerdict
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import Message, Reason, _
from lantian.rules.monitoring.exact import exact, half_even
from lantian.rules.monitoring.factors import NAMES

#: so that what reaches to the end of a year is not joined with the next one
_MINUTE = timedelta(minutes=1)
_BOOKED = ("high_percent", "low_percent", "near_percent")


def amounts_above(now: datetime) -> Iterator[Finding]:
    """Places of which a permitted amount is kept, and whose year is above it or near to it; the same ones each time."""
    today = now.astimezone(CAMPAIGN_TIME).date()
    rules = amounts_book()
    for year in years_due(today):
        allowed = permitted(year)
        sources = {source for source, _unit, _factor in allowed}
        sums = sums_of_year(year, AmountQuarter.objects.filter(device__source__in=sources))
        for place, row in sorted(allowed.items(), key=lambda item: item[1].pk):
            found = held(place, year, sums.get(place), row, rules)
            if found.verdict in (AmountVerdict.EXCEEDS, AmountVerdict.RECKONED, AmountVerdict.NEAR):
                yield from _findings(place, year, row, found, rules)


def _findings(place: Place, year: int, row: PermittedAmount, found: AgainstPermit, rules: Book) -> Iterator[Finding]:
    days = days_of(place, year)
    permitted_kg = exact(row.tonnes) * 1000
    measured, reckoned = Decimal(0), Decimal(0)
    #: cause → the day on which the sum passed
    passed: dict[AlarmCause, Any] = {}
    near = permitted_kg * exact(rules.number("near_percent")) / 100
    curves: dict[str, list[tuple[datetime, Decimal, str]]] = {"measured": [], "with": []}
    for day, one in days:
        measured, reckoned = measured + one.measured_kg, reckoned + one.kg
        curves["measured"].append((begin_of(day), half_even(exact(measured) / 1000, 3), ""))
        curves["with"].append((begin_of(day), half_even(exact(reckoned) / 1000, 3), ""))
        if reckoned >= near:
            passed.setdefault(AlarmCause.AMOUNT_NEAR, day)
        if measured > permitted_kg:
            passed.setdefault(AlarmCause.AMOUNT, day)
    name = Message(NAMES[row.factor])
    for cause, day in passed.items():
        said = Message(
            _("%(pollutant)s of %(year)s: permitted are %(permitted)s t (%(basis)s)"),
            pollutant=name, year=str(year), permitted=str(row.tonnes.normalize()), basis=row.basis,
        )  # fmt: skip
        why = [said_of(said), found.reason, *found.notes]
        peak = None
        if cause == AlarmCause.AMOUNT and found.share is not None:
            peak = (Decimal(found.share.numerator) / Decimal(found.share.denominator)).quantize(Decimal("0.001"), ROUND_FLOOR)
        yield Finding(
            cause,
            year_begin(year),
            begin_of(day + DAY) - _MINUTE,
            source=row.source_id,
            unit=row.unit_id,
            factor=row.factor,
            peak=peak,
            why=why,
            evidence=Evidence(
                series=[
                    Series(str(LABELS[row.factor]), "t", curves["measured"]),
                    *(
                        [Series(f"{LABELS[row.factor]} ({RULE})", "t", curves["with"])]
                        if curves["with"] != curves["measured"]
                        else []
                    ),
                ],
                limits=[(row.basis[:40], row.tonnes.normalize(), "t")],
                books=[rules.entry(entry).told() for entry in _BOOKED],
            ),
        )


def said_of(message: Message) -> Reason:
    """The sentence with which a finding begins."""
    return Reason("permitted", message)
