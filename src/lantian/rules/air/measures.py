"""What places are ordered by: figures of an evaluation, and their change against that of another period.

References
----------
Notes of rankings (change: below 0 is better; ratios of days change in percentage points); HJ 663 table 3 (decimals).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from lantian.rules.air.books import POLLUTANTS
from lantian.rules.air.errors import AirError
from lantian.rules.air.evaluation import Evaluation
from lantian.rules.air.evaluation_books import UNROUNDED
from lantian.rules.air.indices import leading
from lantian.rules.air.statistics import ratio_percent, rounded

COMPOSITE, GREATEST = "composite_index", "max_index"
GOOD_DAYS, GOOD_RATIO, HEAVY_DAYS = "good_days", "good_ratio", "heavy_days"
FIGURES = (COMPOSITE, GREATEST, *POLLUTANTS, GOOD_DAYS, GOOD_RATIO, HEAVY_DAYS)
CHANGE = "change:"
ASCENDING, DESCENDING = "ascending", "descending"
#: pollutants whose percentile is ranked; of the others it is the mean
OF_PERCENTILE = ("CO", "O3")
PERCENT, POINTS, DAYS = "percent", "points", "days"


class UnknownMeasure(AirError):
    """There is no such figure to order by."""

    code = "unknown_measure"


@dataclass(frozen=True, slots=True)
class Key:
    """A figure with the direction in which it gets worse.

    Attributes
    ----------
    figure
        One of `FIGURES`.
    change
        Whether it is its change against the base period that counts.
    descending
        Whether the greatest comes first.
    """

    figure: str
    change: bool = False
    descending: bool = False

    @property
    def text(self) -> str:
        """As it stands in a book."""
        name = (CHANGE if self.change else "") + self.figure
        return f"{name} {DESCENDING if self.descending else ASCENDING}"

    @property
    def unit(self) -> str:
        """Unit of a change: per cent, percentage points or days; empty of a figure."""
        if not self.change:
            return ""
        return {GOOD_RATIO: POINTS, GOOD_DAYS: DAYS, HEAVY_DAYS: DAYS}.get(self.figure, PERCENT)


def key_of(text: str) -> Key:
    """A key as it stands in a book: ``PM2.5 ascending``, ``change:composite_index ascending``.

    Raises
    ------
    UnknownMeasure
        The figure or the direction is unknown.
    """
    name, _space, direction = text.strip().partition(" ")
    change = name.startswith(CHANGE)
    figure = name.removeprefix(CHANGE)
    if figure not in FIGURES or direction not in (ASCENDING, DESCENDING):
        raise UnknownMeasure(f"{text!r} is no figure with a direction")
    return Key(figure, change, direction == DESCENDING)


#: what a person calls a figure at the console
_NAMES: Mapping[str, str] = {
    "index": COMPOSITE,
    "max": GREATEST,
    "good_days": GOOD_DAYS,
    "good_ratio": GOOD_RATIO,
    "heavy_days": HEAVY_DAYS,
    **{name.lower().replace(".", ""): name for name in POLLUTANTS},
}
#: names for `key_by`
KEY_NAMES = (*_NAMES, *(f"change-{name}" for name in _NAMES))


def key_by(name: str) -> Key:
    """The key that a person names: ``index``, ``pm25``, ``good_days``, ``change`` (of the index), ``change-pm25`` …; best first.

    Raises
    ------
    UnknownMeasure
        There is none of this name.

    >>> key_by("change-pm25").text, key_by("good_ratio").text
    ('change:PM2.5 ascending', 'good_ratio descending')
    """
    change = name == "change" or name.startswith("change-")
    short = (name.removeprefix("change").removeprefix("-") or "index") if change else name
    figure = _NAMES.get(short)
    if figure is None:
        raise UnknownMeasure(f"{name!r} is none of {', '.join(KEY_NAMES)}")
    return Key(figure, change, figure in (GOOD_DAYS, GOOD_RATIO))


def figure_of(found: Evaluation, figure: str) -> Decimal | None:
    """A figure as it is printed; None where there is none.

    A pollutant is ranked by the statistic that its single index is made of.
    """
    if figure in found.statistics:
        one = found.statistics[figure]
        return one.percentile if figure in OF_PERCENTILE else one.mean
    if figure == COMPOSITE:
        return found.composite_index
    if figure == GREATEST:
        most = leading(found)
        return most.index if most else None
    if figure == GOOD_RATIO:
        return ratio_percent(found.good_days, found.aqi_days)
    if not found.aqi_days:
        return None
    return Decimal(found.good_days if figure == GOOD_DAYS else found.heavy_days)


def unrounded_of(found: Evaluation, figure: str) -> Fraction | None:
    """A figure with nothing rounded."""
    if figure in found.statistics:
        one = found.statistics[figure]
        return one.percentile_exact if figure in OF_PERCENTILE else one.mean_exact
    if figure == COMPOSITE:
        return found.composite_exact
    if figure == GREATEST:
        quotients = [
            (unrounded_of(found, name) or Fraction(0)) / Fraction(one.limit)
            for name, one in found.statistics.items()
        ]
        return max(quotients) if leading(found) else None
    if figure == GOOD_RATIO:
        return Fraction(100 * found.good_days, found.aqi_days) if found.aqi_days else None
    printed = figure_of(found, figure)
    return None if printed is None else Fraction(printed)


def change_of(
    this: Evaluation, base: Evaluation, figure: str, *, digits: int = 1, source: str = "rounded"
) -> Decimal | None:
    """The change of a figure against the base period; below 0 it has become less.

    In per cent; of a ratio in percentage points, of days in days. None where a side is missing, or the base is 0.

    Parameters
    ----------
    source
        ``rounded``: made of the printed figures; ``unrounded``: of the exact ones.
    """
    take = unrounded_of if source == UNROUNDED else figure_of
    new, old = take(this, figure), take(base, figure)
    if new is None or old is None:
        return None
    difference = Fraction(new) - Fraction(old)
    unit = Key(figure, change=True).unit
    if unit == DAYS:
        return rounded(difference, 0)
    if unit == POINTS:
        return rounded(difference, digits)
    return rounded(difference / Fraction(old) * 100, digits) if old else None


def value_of(
    this: Evaluation, base: Evaluation | None, key: Key, *, digits: int = 1, source: str = "rounded"
) -> Decimal | None:
    """What a place is ordered by."""
    if not key.change:
        return figure_of(this, key.figure)
    return None if base is None else change_of(this, base, key.figure, digits=digits, source=source)
