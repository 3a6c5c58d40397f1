"""Amounts as pages show them: the last hour and today out of the lake, ended days, months and years as they are kept."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as __

from lantian.apps.core.display import CAMPAIGN_TIME
from lantian.apps.monitoring.amount_sums import DAY, KINDS, amounts_book, begin_of
from lantian.apps.monitoring.amounts_permit import (
    Place,
    Year,
    held,
    permitted,
    standing_of,
    sums_between,
    sums_of_year,
)
from lantian.apps.monitoring.choices_amounts import LABELS, TONES, AmountStanding
from lantian.apps.monitoring.emitted import HOUR, Emitted, emitted
from lantian.apps.monitoring.models import AmountQuarter, Device, PermittedAmount
from lantian.apps.sources.models import Source
from lantian.lake.errors import LakeError
from lantian.rules.monitoring.amounts import AgainstPermit, Sum
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.exact import exact, half_even

logger = logging.getLogger(__name__)
#: decimals of what is printed
KG_DIGITS, T_DIGITS, SHARE_DIGITS, PACE_DIGITS = 2, 3, 1, 2


def tonnes(kg: Decimal | Fraction) -> Decimal:
    """[t] for print, half to even."""
    return half_even(exact(kg) / 1000, T_DIGITS)


@dataclass(slots=True)
class Row:
    """A pollutant of an enterprise, an outlet or a point.

    Attributes
    ----------
    hour, hour_at
        The last hour that came [kg], and its start; None where it has no amount.
    today
        Measured hours of today so far.
    yesterday, month
        As they are kept; `month` is that of the last kept day.
    """

    source: Source
    factor: str
    label: str = ""
    unit: int | None = None
    hour: Fraction | None = None
    hour_at: datetime | None = None
    today: Sum = field(default_factory=Sum)
    yesterday: Sum | None = None
    month: Sum | None = None
    year: Year | None = None
    permit: PermittedAmount | None = None
    found: AgainstPermit | None = None

    @property
    def pollutant(self) -> str:
        """Its name."""
        return str(LABELS.get(self.factor, self.factor))

    @property
    def standing(self) -> AmountStanding:
        """How the year stands to the permit."""
        return AmountStanding.NO_PERMIT if self.found is None else standing_of(self.found)

    @property
    def tone(self) -> str:
        """Of its badge."""
        return TONES[self.standing.value]

    @property
    def first(self) -> date | None:
        """The first day that counts."""
        return None if self.year is None else self.year.first

    @property
    def last(self) -> date | None:
        """The last day that counts."""
        return None if self.year is None else self.year.last

    @property
    def hour_kg(self) -> Decimal | None:
        """Of the last hour [kg]."""
        return None if self.hour is None else half_even(self.hour, KG_DIGITS)

    @property
    def today_kg(self) -> Decimal | None:
        """Measured today [kg]."""
        return half_even(self.today.measured_kg, KG_DIGITS) if self.today.measured else None

    @property
    def yesterday_kg(self) -> Decimal | None:
        """With substitutes [kg]; None where no hour counts."""
        one = self.yesterday
        return None if one is None or one.open == one.hours else half_even(one.kg, KG_DIGITS)

    @property
    def month_t(self) -> Decimal | None:
        """With substitutes [t]."""
        return None if self.month is None or self.month.open == self.month.hours else tonnes(self.month.kg)

    @property
    def year_t(self) -> Decimal | None:
        """With substitutes [t]."""
        return None if self.year is None or self.year.sum.open == self.year.sum.hours else tonnes(self.year.sum.kg)

    @property
    def permitted_t(self) -> Decimal | None:
        """[t/a]"""
        return None if self.permit is None else self.permit.tonnes.normalize()

    @property
    def share(self) -> Decimal | None:
        """Share of the permit that is used [%]."""
        given = None if self.found is None else self.found.share
        return None if given is None else half_even(given * 100, SHARE_DIGITS)

    @property
    def pace(self) -> Decimal | None:
        """Share of the permit by share of the year."""
        given = None if self.found is None else self.found.pace
        return None if given is None else half_even(given, PACE_DIGITS)

    @property
    def measured(self) -> int:
        """Hours of the year."""
        return 0 if self.year is None else self.year.sum.measured

    @property
    def substituted(self) -> int:
        """Hours of the year."""
        return 0 if self.year is None else self.year.sum.substituted

    @property
    def stopped(self) -> int:
        """Hours of the year."""
        return 0 if self.year is None else self.year.sum.stopped

    @property
    def open(self) -> int:
        """Hours of the year without a substitute."""
        return 0 if self.year is None else self.year.sum.open

    @property
    def why(self) -> list[str]:
        """The verdict and what goes with it, in words."""
        if self.found is None:
            return []
        return [one.text(__) for one in (self.found.reason, *self.found.notes)]


def of_sources(sources: Sequence[Source], year: int, today: date, factors: Iterable[str] = ()) -> list[Row]:
    """A row for each enterprise and pollutant that has an amount or a permitted one; without hours of today."""
    by_key = {source.pk: source for source in sources}
    rules, wanted = amounts_book(), set(factors)
    sums = sums_of_year(year, AmountQuarter.objects.filter(device__source__in=by_key))
    allowed = permitted(year, PermittedAmount.objects.filter(source__in=by_key))
    rows: dict[Place, Row] = {}
    for place in sorted({one for one in (*sums, *allowed) if one[1] is None}, key=lambda one: (one[0], one[2])):
        if not wanted or place[2] in wanted:
            rows[place] = _row(by_key[place[0]], place, year, sums.get(place), allowed.get(place), rules)
    _add_days(rows, year, today, by_key, lambda source, _unit, _device, factor: (source, None, factor))
    return list(rows.values())


def of_source(source: Source, devices: Sequence[Device], year: int, now: datetime) -> list[Row]:
    """An enterprise as a whole, then each of its outlets and points of no outlet, pollutant by pollutant, with hours of today."""
    today = now.astimezone(CAMPAIGN_TIME).date()
    rules = amounts_book()
    sums = sums_of_year(year, AmountQuarter.objects.filter(device__source=source))
    allowed = permitted(year, PermittedAmount.objects.filter(source=source))
    units = {device.unit_id: device.unit for device in devices if device.unit is not None}
    units |= {row.unit_id: row.unit for row in allowed.values() if row.unit is not None}
    rows: dict[Place, Row] = {}
    for place in sorted({*sums, *allowed}, key=lambda one: (one[1] is not None, one[1] or 0, one[2])):
        row = _row(source, place, year, sums.get(place), allowed.get(place), rules)
        row.label = str(units.get(place[1], place[1])) if place[1] is not None else ""
        rows[place] = row
    _add_days(rows, year, today, {source.pk: source}, lambda _source, unit, _device, factor: (source.pk, unit, factor))
    if year == today.year:
        for device in devices:
            one = _today([device], now).get(device.pk)
            if one is not None:
                for unit in {None, device.unit_id}:
                    _add_today(one, now, lambda factor, at=unit: rows.get((source.pk, at, factor)))
    return list(rows.values())


def of_device(device: Device, year: int, now: datetime) -> list[Row]:
    """A point, pollutant by pollutant, with hours of today; the permit of its outlet where it is the only point there."""
    assert device.source is not None
    today = now.astimezone(CAMPAIGN_TIME).date()
    sums = sums_of_year(year, AmountQuarter.objects.filter(device=device))
    alone = device.unit_id is not None and not (
        Device.objects.filter(unit=device.unit_id, kind__in=KINDS).exclude(pk=device.pk).exists()
    )
    allowed = permitted(year, PermittedAmount.objects.filter(source=device.source, unit=device.unit_id)) if alone else {}
    rules = amounts_book()
    live = _today([device], now).get(device.pk) if year == today.year else None
    factors = {place[2] for place in (*sums, *allowed)} | (set(live.came) if live is not None else set())
    rows: dict[str, Row] = {}
    for factor in sorted(factors):
        place = (device.source.pk, device.unit_id if alone else None, factor)
        own = sums.get((device.source.pk, None, factor))
        rows[factor] = _row(device.source, place, year, own, allowed.get(place), rules)
    places: dict[Place, Row] = {(device.source.pk, None, factor): row for factor, row in rows.items()}
    _add_days(
        places, year, today, {device.source.pk: device.source},
        lambda source, _unit, key, factor: (source, None, factor) if key == device.pk else None,
    )  # fmt: skip
    if live is not None:
        _add_today(live, now, rows.get)
    return list(rows.values())


def _row(
    source: Source, place: Place, year: int, found: Year | None, permit: PermittedAmount | None, rules: Book
) -> Row:
    return Row(
        source, place[2], unit=place[1], year=found, permit=permit, found=held(place, year, found, permit, rules)
    )


def _add_days(rows: dict[Place, Row], year: int, today: date, sources: Any, place_of: Any) -> None:
    """Yesterday and the month of it; of a year that is over its last day and month."""
    last = min(today - DAY, date(year, 12, 31))
    begin = last.replace(day=1)
    if last.year != year:
        return
    for first, name in ((last, "yesterday"), (begin, "month")):
        for source, unit, device, factor, one in sums_between(first, last, sources):
            places = {place_of(source, unit, device, factor), place_of(source, None, device, factor)}
            for place in places - {None}:
                row = rows.get(place)
                if row is not None:
                    setattr(row, name, (getattr(row, name) or Sum()) + one)


def _today(devices: Sequence[Device], now: datetime) -> dict[int, Emitted]:
    begin = begin_of(now.astimezone(CAMPAIGN_TIME).date())
    try:
        return emitted(devices, begin, now.astimezone(CAMPAIGN_TIME).replace(minute=0, second=0, microsecond=0) + HOUR)
    except (LakeError, OSError):
        logger.warning("the hours of today could not be read", exc_info=True)
        return {}


def _add_today(one: Emitted, now: datetime, row_of: Any) -> None:
    for factor, hours in one.kg.items():
        row = row_of(factor)
        if row is None or not hours:
            continue
        total = half_even(sum(hours.values(), Fraction(0)), 6)
        row.today = row.today + Sum(measured_kg=total, measured=len(hours))
        latest = max(hours)
        if row.hour_at is None or latest > row.hour_at:
            row.hour, row.hour_at = hours[latest], latest
        elif latest == row.hour_at and row.hour is not None:
            row.hour += hours[latest]
