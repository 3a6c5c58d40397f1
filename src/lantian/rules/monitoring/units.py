"""Particles in another unit than is registered: µg or ng where mg is meant, found per outlet from the values themselves.

The unit that a standard prints and the one that a station sends differ a thousandfold; nothing else in a stack does. So
the median of the values tells the unit, wherever only one of the units makes it plausible.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import BookError, Message, Reason, _

#: how many of a unit make a milligram in a cubic metre
PER_MG = {"mg/m3": 1.0, "µg/m3": 1e3, "ng/m3": 1e6}


class UnitVerdict(StrEnum):
    """What the values say of the registered unit."""

    AGREES = "agrees"
    #: exactly one other unit is plausible
    CONFUSED = "confused"
    #: no unit, or several others, would be plausible
    IMPLAUSIBLE = "implausible"
    TOO_FEW = "too_few"


@dataclass(frozen=True, slots=True)
class UnitCheck:
    """The unit of an outlet's factor, held against its values.

    Attributes
    ----------
    median
        Of the positive values, as sent.
    meant
        The unit that makes them plausible, where there is exactly one other.
    """

    outlet: int
    verdict: UnitVerdict
    registered: str
    meant: str
    median: float
    count: int
    reason: Reason


def check_units(
    factor: str,
    outlets: np.ndarray[Any, Any],
    values: np.ndarray[Any, Any],
    registered: str,
    *,
    neighbours: np.ndarray[Any, Any] | None = None,
    rules: Book | None = None,
) -> list[UnitCheck]:
    """Hold the registered unit against the values, per outlet.

    Parameters
    ----------
    factor
        ``dust``, ``tsp``, ``pm10`` or ``pm25``.
    outlets
        Number of the outlet of each value.
    values
        As sent; NaN is missing. Zeros say nothing about a unit.
    registered
        The unit that the register holds for them.
    neighbours
        By number of outlet, what a reference nearby measured in the unit of the book's row; NaN where there is none.

    Raises
    ------
    BookError
        The factor or the unit is not in the book.
    """
    rules = rules or book("units")
    row = next((one for one in rules.rows if one["factor"] == factor), None)
    if row is None:
        raise BookError(rules.id, "rows", f"there is no factor {factor!r}")
    if registered not in row["units"]:
        raise BookError(rules.id, "rows", f"{registered!r} is none of {', '.join(row['units'])}")
    least, factor_near = rules.whole("least_values"), float(rules.number("neighbour_factor"))
    low, high, canonical = float(row["low"]), float(row["high"]), PER_MG[row["unit"]]
    usable = np.isfinite(values) & (values > 0)
    order = np.argsort(outlets[usable], kind="stable")
    numbers, sorted_values = outlets[usable][order], values[usable][order]
    found: list[UnitCheck] = []
    known, starts = np.unique(numbers, return_index=True)
    groups = dict(zip(known.tolist(), np.split(sorted_values, starts[1:]), strict=False))
    for outlet in np.unique(outlets).tolist():
        group = groups.get(outlet, np.array([]))
        if len(group) < least:
            said = Message(
                _("%(count)s values above 0; %(least)s are needed to tell the unit"), count=len(group), least=least
            )
            found.append(
                UnitCheck(
                    outlet, UnitVerdict.TOO_FEW, registered, "", float("nan"), len(group), Reason("too_few", said)
                )
            )
            continue
        median = float(np.median(group))
        near = float("nan") if neighbours is None else float(neighbours[outlet])
        plausible = []
        for unit in row["units"]:
            value = median / PER_MG[unit] * canonical
            beside = np.isnan(near) or near <= 0 or near / factor_near <= value <= near * factor_near
            if low <= value <= high and beside:
                plausible.append(unit)
        found.append(_verdict(outlet, registered, plausible, median, len(group)))
    return found


def _verdict(outlet: int, registered: str, plausible: list[str], median: float, count: int) -> UnitCheck:
    shown = f"{median:.6g}"
    if registered in plausible:
        said = Message(_("a median of %(median)s %(unit)s is plausible"), median=shown, unit=registered)
        return UnitCheck(
            outlet, UnitVerdict.AGREES, registered, registered, median, count, Reason("unit_agrees", said)
        )
    if len(plausible) == 1:
        said = Message(
            _("a median of %(median)s cannot be in %(unit)s; it would be plausible in %(meant)s: ask the station and"
              " correct the register"),
            median=shown, unit=registered, meant=plausible[0],
        )  # fmt: skip
        return UnitCheck(
            outlet, UnitVerdict.CONFUSED, registered, plausible[0], median, count, Reason("unit_confused", said)
        )
    said = Message(
        _("a median of %(median)s is not plausible in %(unit)s, and the values alone do not tell the unit"),
        median=shown, unit=registered,
    )  # fmt: skip
    return UnitCheck(
        outlet, UnitVerdict.IMPLAUSIBLE, registered, "", median, count, Reason("unit_implausible", said)
    )
