"""From a year to its months, days and hours, without losing a gram.

Printed shares are rounded: seven times 0.143 are 1.001, and the months of open burning in Henan sum to 0.98. They are
weights here and are divided by their sum, so the parts of a year sum to the year exactly, in fractions. A day of a
week weighs the same wherever in a month it falls; a month without shares of its own weighs as much as its days.

References
----------
T/CSES 144-2024, tables B.1 to B.3: weekday, hour and month shares by class of sources.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from lantian.rules.sources.books import Books, Profile
from lantian.rules.sources.errors import FactorError, InputError, Message, _
from lantian.rules.sources.quantities import Number

#: how many shares a kind has
LENGTHS = {"month": 12, "weekday": 7, "hour": 24}


@dataclass(frozen=True, slots=True)
class Shape:
    """Weights of months (None: by days), weekdays from Monday, and hours from 0."""

    months: tuple[Fraction, ...] | None
    weekdays: tuple[Fraction, ...]
    hours: tuple[Fraction, ...]

    def month_shares(self, year: int) -> tuple[Fraction, ...]:
        """Share of each month in the year; their sum is 1."""
        if self.months is not None:
            return self.months
        weights = [self._weight(year, month) for month in range(1, 13)]
        return normalised(weights, "month")

    def day_shares(self, year: int, month: int) -> tuple[Fraction, ...]:
        """Share of each day in its month; their sum is 1."""
        days = calendar.monthrange(year, month)[1]
        weights = [self.weekdays[date(year, month, day).weekday()] for day in range(1, days + 1)]
        if not any(weights):
            # A month that has none of the days on which anything happens still holds its mass.
            weights = [Fraction(1)] * days
        return normalised(weights, "day")

    def _weight(self, year: int, month: int) -> Fraction:
        days = calendar.monthrange(year, month)[1]
        return sum(
            (self.weekdays[date(year, month, day).weekday()] for day in range(1, days + 1)), start=Fraction(0)
        )

    def by_month(self, year_t: Fraction, year: int) -> tuple[Fraction, ...]:
        """A year's emission by month [t]."""
        return tuple(year_t * share for share in self.month_shares(year))

    def by_day(self, year_t: Fraction, year: int) -> dict[date, Fraction]:
        """A year's emission by day [t]."""
        found: dict[date, Fraction] = {}
        for month, month_t in enumerate(self.by_month(year_t, year), 1):
            for day, share in enumerate(self.day_shares(year, month), 1):
                found[date(year, month, day)] = month_t * share
        return found

    def by_hour(self, day_t: Fraction) -> tuple[Fraction, ...]:
        """A day's emission by hour [t]; the first hour is 00:00 to 01:00."""
        return tuple(day_t * share for share in self.hours)


def normalised(weights: Sequence[Number], kind: str) -> tuple[Fraction, ...]:
    """Weights divided by their sum; what is returned sums to 1 exactly.

    Raises
    ------
    InputError
        ``profile_weights``: a weight is below zero, or all are zero.

    Examples
    --------
    >>> normalised([1, 2, 1], "part")
    (Fraction(1, 4), Fraction(1, 2), Fraction(1, 4))
    """
    total = sum((Fraction(weight) for weight in weights), start=Fraction(0))
    if not total or any(weight < 0 for weight in weights):
        raise InputError(
            "profile_weights",
            Message(_("The shares by %(kind)s must not be below zero, and not all be zero."), kind=kind),
            kind,
        )
    return tuple(Fraction(weight) / total for weight in weights)


def shape_of(
    books: Books, source_class: str, region: str = "", *, own: Mapping[str, Sequence[Number]] | None = None
) -> Shape:
    """The shape of a class of sources, with shares of one's own in the place of printed ones.

    Parameters
    ----------
    region
        Administrative code: shares of a province hold there only.
    own
        ``month``, ``weekday`` or ``hour`` → shares, for example months with a stop of work.

    Raises
    ------
    FactorError
        ``profile_missing``
    InputError
        ``profile_length`` or ``profile_weights``
    """
    given = dict(own or {})
    for kind, shares in given.items():
        if kind not in LENGTHS or len(shares) != LENGTHS[kind]:
            raise InputError(
                "profile_length",
                Message(
                    _("Shares by %(kind)s: %(found)s were given, %(wanted)s are wanted."),
                    kind=kind, found=len(shares), wanted=LENGTHS.get(kind, 0),
                ),
                kind,
            )  # fmt: skip
    found: dict[str, tuple[Fraction, ...]] = {
        kind: normalised(shares, kind) for kind, shares in given.items()
    }
    for kind in LENGTHS:
        if kind not in found:
            profile = _printed(books, source_class, kind, region)
            if profile is not None:
                found[kind] = normalised(profile.shares, kind)
    missing = [kind for kind in ("weekday", "hour") if kind not in found]
    if missing:
        names = "、".join(dict.fromkeys(profile.source_class for profile in books.profiles))
        raise FactorError(
            "profile_missing",
            Message(
                _("There are no shares by %(kind)s for “%(name)s”. Classes that have some: %(names)s."),
                kind=missing[0], name=source_class, names=names,
            ),
        )  # fmt: skip
    return Shape(found.get("month"), found["weekday"], found["hour"])


def _printed(books: Books, source_class: str, kind: str, region: str) -> Profile | None:
    fitting = [
        profile
        for profile in books.profiles
        if profile.kind == kind
        and profile.source_class == source_class
        and (not profile.region or region.startswith(profile.region[:2]))
    ]
    return max(fitting, key=lambda profile: len(profile.region), default=None)


def accumulated(shares: Sequence[Fraction], whole: int) -> tuple[int, ...]:
    """A whole number (grams, for example) in whole parts that sum to it: the running sums are rounded, not the parts.

    Examples
    --------
    >>> accumulated([Fraction(1, 3)] * 3, 100)
    (33, 34, 33)
    """
    sums = [0]
    running = Fraction(0)
    for share in shares:
        running += share
        sums.append(round(running * whole))
    return tuple(right - left for left, right in pairwise(sums))
