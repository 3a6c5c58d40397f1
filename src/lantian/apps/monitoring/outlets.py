"""Monitored points as the rules of limits see them: kind, place, permit, features; and the limit that holds on a day.

What decides stands with the device: its kind of outlet, features and exemptions among its options, its kept limits, and the
region of its source. Points whose facts are alike share what was worked out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from django.conf import settings

from lantian.apps.monitoring.models import Device, OutletLimit
from lantian.office.own_books import own_limits, own_monitoring
from lantian.rules.monitoring import limits as rules
from lantian.rules.monitoring.book import Book
from lantian.rules.monitoring.errors import InputError
from lantian.rules.monitoring.exceedance import judged_by
from lantian.rules.monitoring.factors import STACK_CODES
from lantian.rules.monitoring.folding import ReferenceOxygen, kinds, reference_oxygen
from lantian.rules.monitoring.limits import Applies, LimitRow, Outlet, PermitLimit

#: options of a device that decide which limits it has
KIND, FEATURES, CLAIMS, SIZE = "outlet_kind", "outlet_features", "outlet_claims", "boiler_t_h"
OXYGEN = "o2"
#: what was worked out of points whose facts are alike, and the rows that it was worked out from
_known: tuple[tuple[LimitRow, ...], dict[Outlet, dict[tuple[str, date], Applies]]] = ((), {})
#: so many kinds of points are remembered, each for so many days and factors
_MOST, _DAYS = 20_000, 400


@dataclass(frozen=True, slots=True)
class Books:
    """The books of this office by which hours are judged, opened once for many points.

    Attributes
    ----------
    rows
        Limits of documents.
    """

    rows: tuple[LimitRow, ...]
    limits: Book
    marks: Book
    folding: Book


def books() -> Books:
    """The books of this office.

    Raises
    ------
    OwnBooksError
        One of them is not sound.
    """
    data = Path(settings.DATA)
    return Books(own_limits(data), *(own_monitoring(data, name) for name in ("limits", "marks", "folding")))


def name_of(code: str) -> str:
    """What the rules call a factor of a stack; a code that they do not know stays as it is."""
    return STACK_CODES.get(code, code)


@dataclass(slots=True)
class Point:
    """A device with what decides its limits.

    Attributes
    ----------
    kept
        Its own limits, by the name that the rules have for the factor.
    """

    device: Device
    outlet: Outlet
    books: Books
    kept: Mapping[str, list[OutletLimit]] = field(default_factory=dict)
    #: limits that were worked out for this one, or another with the same facts
    known: dict[tuple[str, date], Applies] = field(default_factory=dict)

    def limit(self, code: str, day: date) -> Applies:
        """Which limit holds for a factor on a day, and why."""
        name = name_of(code)
        found = self.known.get((name, day))
        if found is None:
            found = self.known[name, day] = rules.applicable(self.outlet, name, day, rows=self.books.rows)
        return found

    def oxygen(self, code: str, day: date) -> ReferenceOxygen | None:
        """What values of a factor are folded to: what a kept limit says, else the book of its kind; None where nothing says."""
        own = [row for row in self.kept.get(name_of(code), ()) if _holds(row, day)]
        of_outlet = own or [row for rows in self.kept.values() for row in rows if _holds(row, day)]
        told = next((row for row in of_outlet if row.reference_oxygen_percent is not None), None)
        try:
            if told is not None:
                return reference_oxygen(
                    self.outlet.kind, permit=told.reference_oxygen_percent, permit_number=told.basis
                )
            if own or not self.outlet.kind:
                # A kept limit without reference oxygen is one of values that are not folded.
                return None
            return reference_oxygen(self.outlet.kind, oxygen=self.books.folding)
        except InputError:
            return None

    @property
    def by_day(self) -> bool:
        """Whether its exceedance is judged by the mean of the day."""
        return judged_by(self.outlet.kind, rules=self.books.limits) == "day"


def points_of(devices: Iterable[Device]) -> dict[int, Point]:
    """Devices with what decides their limits, by key; their source and its region should be selected with them.

    Raises
    ------
    OwnBooksError
        A book of the office is not sound.
    """
    listed = {device.pk: device for device in devices}
    kept: dict[int, dict[str, list[OutletLimit]]] = {}
    for row in OutletLimit.objects.filter(device__in=listed).order_by("device", "factor", "valid_from"):
        kept.setdefault(row.device_id, {}).setdefault(name_of(row.factor), []).append(row)
    opened = books()
    found = {}
    for key, device in listed.items():
        outlet = _outlet(device, kept.get(key, {}))
        found[key] = Point(device, outlet, opened, kept.get(key, {}), _of(outlet, opened.rows))
    return found


def _of(outlet: Outlet, rows: tuple[LimitRow, ...]) -> dict[tuple[str, date], Applies]:
    global _known
    if _known[0] is not rows or len(_known[1]) >= _MOST:
        _known = rows, {}
    found = _known[1].setdefault(outlet, {})
    if len(found) >= _DAYS:
        found.clear()
    return found


def _holds(row: OutletLimit, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)


def _outlet(device: Device, kept: Mapping[str, list[OutletLimit]]) -> Outlet:
    options = device.options
    region = device.source.region if device.source is not None else None
    kind = str(options.get(KIND) or "")
    return Outlet(
        # None of its own: points whose facts are alike are one to the rules.
        id="",
        kind=kind if kind in kinds() else "",
        region=region.code if region is not None else "",
        permit=tuple(
            PermitLimit(name, row.limit_mg_m3.normalize(), row.basis, first=row.valid_from, last=row.valid_to)
            for name, rows in sorted(kept.items())
            for row in rows
        ),
        size_t_h=_size(options.get(SIZE)),
        features=frozenset(one for one in _texts(options.get(FEATURES)) if one in rules.FEATURES),
        claims=frozenset(one for one in _texts(options.get(CLAIMS)) if one in rules.CLAIMS),
    )


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list) else []


def _size(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value)) if value not in (None, "") else None
    except InvalidOperation:
        return None
