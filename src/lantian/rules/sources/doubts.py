"""What looks wrong about a value that was taken, by rules that no standard at hand settles: a person looks at it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from lantian.rules.region_codes import PROVINCES
from lantian.rules.sources.errors import Message, _
from lantian.rules.sources.fields import FieldKind, ListField, Value


@dataclass(frozen=True, slots=True)
class Doubt:
    """What looks wrong; ``code`` is stable."""

    code: str
    message: Message


_VIN_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "12345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def vin_check_sign(vin: str) -> str:
    """The ninth sign for the others of a vehicle identification number.

    >>> vin_check_sign("1M8GDM9A_KP042788")
    'X'
    """
    total = sum(
        weight * (int(sign) if sign.isdigit() else _VIN_VALUES.get(sign, 0))
        for weight, sign in zip(_VIN_WEIGHTS, vin, strict=True)
    )
    return "X" if total % 11 == 10 else str(total % 11)


def doubts_of(field: ListField, value: Value) -> tuple[Doubt, ...]:
    """What looks wrong about a value that was taken, by rules that are not settled.

    The forms of vehicle identification numbers, food licences, farm codes, works permits and project codes are known
    from secondary sources only, so nothing is refused for them.
    """
    if isinstance(value, Decimal):
        if field.kind is FieldKind.PERCENT and 0 < value < 1:
            return (
                Doubt(
                    "percent_small",
                    Message(
                        _("“%(field)s” is wanted in per cent; %(value)s is less than 1 %%. Write 95 for 95 %%, if that is"
                          " meant."),
                        field=field.label, value=f"{value:f}",
                    ),
                ),
            )  # fmt: skip
        return ()
    check = _DOUBTS.get(field.kind)
    return check(value) if check is not None and isinstance(value, str) else ()


def _vin_doubts(vin: str) -> tuple[Doubt, ...]:
    if len(vin) != 17 or set("IOQ") & set(vin):
        return (
            Doubt(
                "vin_form",
                Message(
                    _("The vehicle identification number “%(vin)s” should have 17 signs without I, O and Q. Compare it"
                      " with the driving licence."),
                    vin=vin,
                ),
            ),
        )  # fmt: skip
    if vin[8] != vin_check_sign(vin):
        return (
            Doubt(
                "vin_check",
                Message(
                    _("The check sign (sign 9) of the vehicle identification number “%(vin)s” should be %(wanted)s."
                      " Compare it with the driving licence."),
                    vin=vin, wanted=vin_check_sign(vin),
                ),
            ),
        )  # fmt: skip
    return ()


def _form_doubt(code: str, pattern: str, message: str, province: int) -> Callable[[str], tuple[Doubt, ...]]:
    """A check of the form, and that the figures from place `province` on begin with a province."""
    form = re.compile(pattern)

    def check(value: str) -> tuple[Doubt, ...]:
        if form.fullmatch(value) and (province < 0 or value[province : province + 2] in PROVINCES):
            return ()
        return (Doubt(code, Message(message, value=value)),)

    return check


_DOUBTS: dict[FieldKind, Callable[[str], tuple[Doubt, ...]]] = {
    FieldKind.VIN: _vin_doubts,
    FieldKind.DISCLOSURE_NUMBER: _form_doubt(
        "disclosure_parts",
        r"CN[A-Z]{2}[A-Z]\d[0-9A-Z]{18}",
        _("The disclosure number “%(value)s” should have CN, two letters of the kind and the stage, as in CNFJG3."
          " Compare it with the label."),
        -1,
    ),
    FieldKind.FOOD_LICENCE: _form_doubt(
        "food_licence_form",
        r"JY\d{14}",
        _("The food licence “%(value)s” should be JY and 14 figures, the second to seventh of them the place. Compare"
          " it with the licence."),
        3,
    ),
    FieldKind.FARM_CODE: _form_doubt(
        "farm_code_form",
        r"\d{10}",
        _("The farm code “%(value)s” should have 10 figures, the first six of them the county."),
        0,
    ),
    FieldKind.WORKS_PERMIT: _form_doubt(
        "works_permit_form",
        r"\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}",
        _("The works permit “%(value)s” should have 18 figures: place (6), date (8), serial (2), kind (2)."),
        0,
    ),
    FieldKind.PROJECT_CODE: _form_doubt(
        "project_code_form",
        r"(?:19|20)\d{2}-\d{6}-\d{2}-\d{2}-\d{6}",
        _("The project code “%(value)s” should be written as in 2018-410100-01-01-000001."),
        5,
    ),
}  # fmt: skip
