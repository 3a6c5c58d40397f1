"""Concentrations folded to reference oxygen, dry from wet, mg/m³ from ppm, and flow at standard conditions.

A value that cannot be folded is refused with its reason; it never becomes a large number.

References
----------
HJ 212-2017, Annex D (the same as in HJ 75).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from lantian.rules.monitoring.book import Book, book
from lantian.rules.monitoring.errors import BookError, InputError, Message, Reason, _
from lantian.rules.monitoring.exact import Number, exact, half_even

_HUNDRED = 100


@dataclass(frozen=True, slots=True)
class ReferenceOxygen:
    """What an outlet's values are folded to.

    Attributes
    ----------
    percent
        Reference oxygen [%]; None where nothing is folded, or where it is not known (then ``reasons`` says so).
    folds
        Whether values are folded at all; None where that is not known.
    grade
        H where the permit says so, else how sure the book is.
    """

    percent: Fraction | None
    folds: bool | None
    document: str
    clause: str
    grade: str
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Folded:
    """A concentration folded, or why it is not.

    Attributes
    ----------
    value
        Unrounded [mg/m³]; limits are held against it.
    printed
        Rounded half to even for print.
    """

    value: Fraction | None
    printed: Decimal | None
    reasons: tuple[Reason, ...] = field(default=())


def kinds(oxygen: Book | None = None) -> Mapping[str, Mapping[str, Any]]:
    """The kinds of outlets that reference oxygen and limits go by, by id, with their names."""
    return {str(row["id"]): row for row in (oxygen or book("folding")).rows}


def reference_oxygen(
    kind: str, *, permit: Number | None = None, permit_number: str = "", oxygen: Book | None = None
) -> ReferenceOxygen:
    """What an outlet is folded to: what its permit says, else the book's value of its kind, which says how sure it is.

    Parameters
    ----------
    kind
        Id of a row of the book ``folding``.
    permit
        Reference oxygen of the permit [%].

    Raises
    ------
    BookError
        There is no such kind.
    InputError
        ``reference_oxygen``: the value of the permit is not between 0 and the oxygen of air.
    """
    oxygen = oxygen or book("folding")
    air = exact(oxygen.number("o2_air"))
    if permit is not None:
        given = exact(permit)
        if not 0 <= given < air:
            raise InputError(
                "reference_oxygen",
                Message(
                    _("A reference oxygen of %(given)s %% cannot be: it lies from 0 to below %(air)s %%."
                      " Correct it in the permit of the outlet."),
                    given=str(permit), air=str(oxygen.number("o2_air")),
                ),
            )  # fmt: skip
        return ReferenceOxygen(given, True, permit_number or "排污许可证", "", "H")
    row = kinds(oxygen).get(kind)
    if row is None:
        raise BookError(oxygen.id, "rows", f"there is no kind {kind!r}")
    document, clause, grade = row["document"], row.get("clause", ""), row["grade"]
    if "air_factor" in row:
        # α = 21 / (21 − O2), so the oxygen that belongs to a factor is 21 · (1 − 1/α).
        percent = air * (1 - 1 / Fraction(row["air_factor"]))
        return ReferenceOxygen(percent, True, document, clause, grade)
    if "o2" not in row:
        said = Message(_("no reference oxygen is known for this kind; enter that of the permit"))
        return ReferenceOxygen(None, None, document, clause, grade, (Reason("reference_unknown", said),))
    known = [Fraction(one) for one in row["o2"]]
    if not known:
        return ReferenceOxygen(None, False, document, clause, grade)
    if len(known) > 1:
        said = Message(
            _("%(document)s knows %(values)s %% for this kind; enter that of the permit"),
            document=document, values=" / ".join(row["o2"]),
        )  # fmt: skip
        return ReferenceOxygen(None, None, document, clause, grade, (Reason("reference_unsettled", said),))
    reasons: tuple[Reason, ...] = ()
    if grade not in ("H", "M"):
        said = Message(
            _("the reference oxygen of %(percent)s %% is that of %(document)s for such a furnace and was not checked"
              " against the permit"),
            percent=row["o2"][0], document=document,
        )  # fmt: skip
        reasons = (Reason("reference_unchecked", said),)
    return ReferenceOxygen(known[0], True, document, clause, grade, reasons)


def fold(
    concentration: Number,
    measured_o2: Number | None,
    reference: ReferenceOxygen,
    *,
    oxygen: Book | None = None,
) -> Folded:
    """A dry concentration folded to reference oxygen.

    C_zs = C · (21 − O2_ref) / (21 − O2_meas); without reference oxygen in the standard C_zs = C.

    Parameters
    ----------
    concentration
        Dry, at standard conditions [mg/m³].
    measured_o2
        Dry oxygen at the same time [%]; None where it is missing.

    Examples
    --------
    >>> coal = reference_oxygen("power_coal")
    >>> fold(Decimal("30"), Decimal("9"), coal).value
    Fraction(75, 2)
    >>> str(fold(30, Decimal("20.4"), coal).reasons[0])
    'not folded: oxygen of 20.4 % is too near to that of air'
    """
    oxygen = oxygen or book("folding")
    digits = oxygen.whole("digits")
    given = exact(concentration)
    if reference.folds is False:
        return Folded(given, half_even(given, digits), reference.reasons)
    if reference.percent is None:
        return Folded(None, None, reference.reasons)
    if measured_o2 is None:
        return Folded(None, None, (Reason("oxygen_missing", Message(_("not folded: oxygen is missing"))),))
    measured, air = exact(measured_o2), exact(oxygen.number("o2_air"))
    refused = _refused(measured, measured_o2, air, oxygen)
    if refused is not None:
        return Folded(None, None, (refused,))
    value = given * (air - reference.percent) / (air - measured)
    return Folded(value, half_even(value, digits), reference.reasons)


def _refused(measured: Fraction, printed: Number, air: Fraction, oxygen: Book) -> Reason | None:
    if measured < 0:
        said = Message(_("not folded: oxygen of %(o2)s %% is below zero"), o2=str(printed))
        return Reason("oxygen_negative", said)
    if measured >= air:
        said = Message(
            _("not folded: oxygen of %(o2)s %% is not below that of air (%(air)s %%)"),
            o2=str(printed), air=str(oxygen.number("o2_air")),
        )  # fmt: skip
        return Reason("oxygen_of_air", said)
    if measured >= exact(oxygen.number("o2_guard")):
        said = Message(_("not folded: oxygen of %(o2)s %% is too near to that of air"), o2=str(printed))
        return Reason("oxygen_too_near", said)
    return None


def fold_columns(
    concentration: np.ndarray[Any, Any],
    measured_o2: np.ndarray[Any, Any],
    reference: np.ndarray[Any, Any] | float,
    *,
    oxygen: Book | None = None,
) -> np.ndarray[Any, Any]:
    """Many concentrations folded at once, for curves and signs; NaN where :func:`fold` refuses.

    Parameters
    ----------
    concentration, measured_o2
        [mg/m³] and [%], of one shape; NaN is missing.
    reference
        Reference oxygen of each [%]; NaN where nothing is folded.
    """
    oxygen = oxygen or book("folding")
    air, guard = float(oxygen.number("o2_air")), float(oxygen.number("o2_guard"))
    wanted = np.broadcast_to(np.asarray(reference, float), concentration.shape)
    usable = (measured_o2 >= 0) & (measured_o2 < guard)
    with np.errstate(invalid="ignore", divide="ignore"):
        folded = concentration * (air - wanted) / (air - measured_o2)
    folded = np.where(usable, folded, np.nan)
    return np.where(np.isnan(wanted), concentration, folded)


def solved_reference(
    measured: np.ndarray[Any, Any],
    folded: np.ndarray[Any, Any],
    measured_o2: np.ndarray[Any, Any],
    *,
    oxygen: Book | None = None,
) -> np.ndarray[Any, Any]:
    """The reference oxygen that a station must have folded with [%]: 21 − Zs/Rtd · (21 − O2); NaN where it cannot be told.

    Only where oxygen lies between two bounds of the book, so that the ratio says something.
    """
    oxygen = oxygen or book("folding")
    air = float(oxygen.number("o2_air"))
    usable = (measured > 0) & (folded > 0)
    usable &= (measured_o2 > float(oxygen.number("solve_low"))) & (
        measured_o2 < float(oxygen.number("solve_high"))
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        solved = air - folded / measured * (air - measured_o2)
    return np.where(usable, solved, np.nan)


def dry_from_wet(wet: Number, moisture_percent: Number) -> Fraction:
    """C_dry = C_wet / (1 − X_H2O) [mg/m³].

    Raises
    ------
    InputError
        ``moisture``: it is not from 0 to below 100 %.
    """
    moisture = exact(moisture_percent)
    _check_moisture(moisture, moisture_percent)
    return exact(wet) / (1 - moisture / _HUNDRED)


def mg_from_ppm(ppm: Number, gas: str, *, oxygen: Book | None = None) -> Fraction:
    """C · M / 22.4 [mg/m³ at standard conditions].

    Parameters
    ----------
    gas
        ``so2``, ``no2``, ``no`` or ``co``.
    """
    oxygen = oxygen or book("folding")
    return exact(ppm) * exact(oxygen.number(f"molar_{gas}")) / exact(oxygen.number("molar_volume"))


def nox_as_no2(no: Number, no2: Number, *, oxygen: Book | None = None) -> Fraction:
    """NO · 46/30 + NO2 [mg/m³]."""
    oxygen = oxygen or book("folding")
    return exact(no) * exact(oxygen.number("molar_no2")) / exact(oxygen.number("molar_no")) + exact(no2)


def hour_flow(area_m2: Number, velocity_m_s: Number) -> Fraction:
    """Actual flow of an hour, 3600 · area · velocity [m³/h]."""
    return 3600 * exact(area_m2) * exact(velocity_m_s)


def dry_standard_flow(
    actual_m3_h: Number,
    temperature_c: Number,
    air_pressure_pa: Number,
    stack_pressure_pa: Number,
    moisture_percent: Number,
    *,
    oxygen: Book | None = None,
) -> Fraction:
    """Q · 273/(273 + t) · (P_a + P_s)/101325 · (1 − X_H2O) [m³/h, dry, standard].

    Raises
    ------
    InputError
        ``moisture``, or ``temperature``: it is not above absolute zero.
    """
    oxygen = oxygen or book("folding")
    kelvin = exact(oxygen.number("standard_kelvin"))
    moisture, temperature = exact(moisture_percent), exact(temperature_c)
    _check_moisture(moisture, moisture_percent)
    if temperature <= -kelvin:
        said = Message(_("A temperature of %(given)s °C cannot be."), given=str(temperature_c))
        raise InputError("temperature", said)
    pressure = exact(air_pressure_pa) + exact(stack_pressure_pa)
    return (
        exact(actual_m3_h)
        * kelvin
        / (kelvin + temperature)
        * pressure
        / exact(oxygen.number("standard_pascal"))
        * (1 - moisture / _HUNDRED)
    )


def _check_moisture(moisture: Fraction, printed: Number) -> None:
    if not 0 <= moisture < _HUNDRED:
        said = Message(
            _("A moisture of %(given)s %% cannot be: it lies from 0 to below 100 %%."), given=str(printed)
        )
        raise InputError("moisture", said)
