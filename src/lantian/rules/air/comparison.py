"""Two periods on one footing: both judged by one edition and by the same limits."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lantian.rules.air.errors import NoEdition
from lantian.rules.air.evaluation import AUTO, Reason, Scheme, scheme_for
from lantian.rules.air.evaluation_books import EvaluationLibrary
from lantian.rules.air.library import Library
from lantian.rules.air.periods import Period


@dataclass(frozen=True, slots=True)
class Footing:
    """The schemes of a period and of the one that it is compared with."""

    this: Scheme
    base: Scheme | None
    reasons: tuple[Reason, ...] = ()


def footing(
    this: Period,
    base: Period | None,
    standard: str = AUTO,
    books: EvaluationLibrary | None = None,
    aqi: Library | None = None,
) -> Footing:
    """The schemes by which a period and a base period can be compared.

    Across a change of the edition, or of the limits within one, the base is computed anew by what holds on the last day of
    the period; good days, too. It is said.

    Raises
    ------
    NoEdition
        No edition holds on the days of the period.
    """
    scheme = scheme_for(this, standard, books, aqi)
    if base is None:
        return Footing(scheme, None)
    edition = scheme.book.edition if standard == AUTO else standard
    on_edition = scheme_for(base, edition, books, aqi)
    own = _own(base, books, aqi)
    same_book = own is not None and own.book is scheme.book and not own.two_editions
    reasons = []
    if standard == AUTO and (not same_book or scheme.two_editions):
        scheme = scheme_for(this, edition, books, aqi)
    else:
        on_edition = replace(on_edition, aqi_edition=scheme.aqi_edition)
    if own is None or own.book is not scheme.book or own.limits != scheme.limits:
        said = {"base": base.text, "book": scheme.book.id, "limits": _limits(scheme)}
        reasons.append(Reason("recomputed", said))
    same = replace(
        on_edition, limits=scheme.limits, year_limits=scheme.year_limits, day_limits=scheme.day_limits
    )
    return Footing(scheme, same, tuple(reasons))


def _own(base: Period, books: EvaluationLibrary | None, aqi: Library | None) -> Scheme | None:
    try:
        return scheme_for(base, AUTO, books, aqi)
    except NoEdition:
        return None


def _limits(scheme: Scheme) -> str:
    one = next(iter(scheme.limits.values()))
    return f"{one.book} ({one.valid_from.isoformat()})"
