"""Months of an inventory: by the shares of the class, or by those that a source gives itself; nothing is lost."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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


def by_month(
    details: Iterable[Detail], rows: Sequence[Row], books: Books, year: int, system: int
) -> tuple[dict[Cell, tuple[Fraction, ...]], list[Problem]]:
    """Twelve sums [t] for each class, sub-class and pollutant; and rows of own shares that could not be used.

    The months of each sum to its year exactly.
    """
    own: dict[tuple[str, str], dict[str, tuple[Number, ...]]] = {}
    problems = []
    for row in rows:
        if row.sheet == "shares":
            try:
                own[row.source_id, row.unit] = dict(own_shares(row))
            except InputError as error:
                problems.append(Problem.of(error, row, BY_KEY["shares"].name, error.field))
    shapes: dict[tuple[str, str, str, str], Shape | None] = {}
    sums: dict[tuple[Cell, tuple[str, str, str, str]], Fraction] = {}
    for detail in details:
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
        shape = curve, detail.region[:2], *place
        key = (*class_of(detail, system), detail.pollutant), shape
        sums[key] = sums.get(key, Fraction(0)) + detail.t
    found: dict[Cell, list[Fraction]] = {}
    for (cell, shape), t in sums.items():
        if shape not in shapes:
            try:
                shapes[shape] = shape_of(books, shape[0], shape[1], own=own.get((shape[2], shape[3])))
            except FactorError:
                shapes[shape] = None
        known = shapes[shape]
        shares = known.month_shares(year) if known is not None else normalised([1] * 12, "month")
        months = found.setdefault(cell, [Fraction(0)] * 12)
        for month, share in enumerate(shares):
            months[month] += t * share
    return {cell: tuple(months) for cell, months in found.items()}, problems
