"""Months of an inventory: by the shares of the class, or by those that a source gives itself; nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from lantian.rules.sources.books import Books
from lantian.rules.sources.details import Detail, class_of
from lantian.rules.sources.errors import FactorError, InputError
from lantian.rules.sources.layout import BY_KEY, BY_NAME
from lantian.rules.sources.placing import curve_of, own_shares
from lantian.rules.sources.profiles import Shape, normalised, shape_of
from lantian.rules.sources.quantities import Number
from lantian.rules.sources.rows import Problem, Row

#: class, sub-class, pollutant
Cell = tuple[str, str, str]
#: class of the profile, province, source and unit with own shares
_Key = tuple[str, str, str, str]
_Own = Mapping[tuple[str, str], Mapping[str, tuple[Number, ...]]]


def by_month(
    details: Iterable[Detail], rows: Sequence[Row], books: Books, year: int, system: int
) -> tuple[dict[Cell, tuple[Fraction, ...]], list[Problem]]:
    """Twelve sums [t] for each class, sub-class and pollutant; and rows of own shares that could not be used.

    The months of each sum to its year exactly.
    """
    own, problems = _own(rows)
    shapes: dict[_Key, Shape | None] = {}
    sums: dict[tuple[Cell, _Key], Fraction] = {}
    for detail in details:
        key = (*class_of(detail, system), detail.pollutant), _profile_key(detail, own)
        sums[key] = sums.get(key, Fraction(0)) + detail.t
    found: dict[Cell, list[Fraction]] = {}
    for (cell, shape), t in sums.items():
        if shape not in shapes:
            shapes[shape] = _shape(books, shape, own)
        known = shapes[shape]
        shares = known.month_shares(year) if known is not None else normalised([1] * 12, "month")
        months = found.setdefault(cell, [Fraction(0)] * 12)
        for month, share in enumerate(shares):
            months[month] += t * share
    return {cell: tuple(months) for cell, months in found.items()}, problems


def _own(rows: Sequence[Row]) -> tuple[_Own, list[Problem]]:
    """Own shares by source and unit, and what is wrong with the others."""
    own: dict[tuple[str, str], Mapping[str, tuple[Number, ...]]] = {}
    problems = []
    for row in rows:
        if row.sheet == "shares":
            try:
                own[row.source_id, row.unit] = dict(own_shares(row))
            except InputError as error:
                problems.append(Problem.of(error, row, BY_KEY["shares"].name, error.field))
    return own, problems


def _profile_key(detail: Detail, own: _Own) -> _Key:
    category, entry = detail.category, detail.emission
    curve = curve_of(
        category.name,
        category.part,
        category.level1,
        BY_NAME[entry.sheet].key if entry.sheet in BY_NAME else "",
    )
    place = next(
        ((entry.source_id, unit) for unit in (entry.unit, "") if (entry.source_id, unit) in own), ("", "")
    )
    return curve, detail.region[:2], *place


def _shape(books: Books, key: _Key, own: _Own) -> Shape | None:
    try:
        return shape_of(books, key[0], key[1], own=own.get((key[2], key[3])))
    except FactorError:
        return None


@dataclass(frozen=True, slots=True)
class ProfileUse:
    """A profile that emissions follow.

    Attributes
    ----------
    curve
        Class of the printed shares.
    province
        Two figures of the code that the months of the class were looked for under; empty where none is known.
    source_id, unit
        Whose own shares these are; both empty: the printed ones of the class.
    own
        Which kinds of shares are own ones: ``month``, ``weekday``, ``hour``.
    shape
        None where no profile is held: the months are alike then, and nothing is known of days and hours.
    tonnes
        By class of the guide and pollutant, what follows the profile in the year [t].
    """

    curve: str
    province: str
    source_id: str
    unit: str
    own: tuple[str, ...]
    shape: Shape | None
    tonnes: Mapping[tuple[str, str], Fraction]


def profiles_used(
    details: Iterable[Detail], rows: Sequence[Row], books: Books
) -> tuple[list[ProfileUse], list[Problem]]:
    """The profiles that the emissions of a year follow; and rows of own shares that could not be used.

    Each emission is under one profile, so the tonnes of all profiles sum to the inventory.
    """
    own, problems = _own(rows)
    sums: dict[_Key, dict[tuple[str, str], Fraction]] = {}
    for detail in details:
        tonnes = sums.setdefault(_profile_key(detail, own), {})
        cell = detail.category.name, detail.pollutant
        tonnes[cell] = tonnes.get(cell, Fraction(0)) + detail.t
    found = []
    for key, tonnes in sums.items():
        curve, province, source_id, unit = key
        given = own.get((source_id, unit))
        found.append(
            ProfileUse(curve, province, source_id, unit, tuple(given or ()), _shape(books, key, own), tonnes)
        )
    return found, problems
