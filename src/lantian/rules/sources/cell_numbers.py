"""Cells of numbers, with or without their unit: ``1,200``, ``3万t``, ``10蒸吨``, ``95%``, ``20万元``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction
from functools import lru_cache

from lantian.rules.sources.cell_words import NOTHING
from lantian.rules.sources.errors import InputError, Message, UnitError, _
from lantian.rules.sources.fields import FieldKind, ListField, Value
from lantian.rules.sources.keys import quoted
from lantian.rules.sources.units import parse_unit

Reader = Callable[[str], Value]

_CONTEXT = Context(prec=28)
_PLAIN = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_NUMBER = re.compile(
    r"[¥￥]?(?P<number>[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d*)?|[-+]?\.\d+)(?:E(?P<power>[-+]?\d{1,3})(?![A-Za-z]))?(?P<unit>[^\d\-+~～—－.,至].*)?",
    re.IGNORECASE,
)
_TIMES = {"百": 100, "千": 1000, "万": 10**4, "百万": 10**6, "千万": 10**7, "亿": 10**8}
#: what is said for units that are written otherwise in the books
_SAID = {
    "t/h": frozenset({"蒸吨", "蒸吨/小时", "蒸吨/时", "蒸吨/h", "吨", "吨/小时", "吨/时", "T", "t", "T/H"}),
    "℃": frozenset({"°C", "℃", "度", "摄氏度"}),
    "°": frozenset({"度"}),
}
_LARGEST = Decimal(10) ** 15


def number_reader(field: ListField) -> Reader:
    """A reader of numbers in the unit of the field."""
    whole = field.kind is FieldKind.INTEGER
    least, most, digits = field.least, field.most, field.digits

    def reader(text: str) -> Value:
        word = text.strip()
        if _PLAIN.fullmatch(word):
            value = Decimal(word)
        elif word in NOTHING:
            return None
        else:
            value = _number_with_unit(field, word)
        if least is not None and value < least:
            raise _out_of_bounds(field, text, least, below=True)
        if most is not None and value > most:
            raise _out_of_bounds(field, text, most, below=False)
        if whole:
            if value != value.to_integral_value():
                raise InputError(
                    "not_whole",
                    Message(_("“%(value)s” is not a whole number."), value=quoted(word)),
                    field.key,
                )
            return int(value)
        if digits is not None and value != round(value, digits):
            raise InputError(
                "too_many_digits",
                Message(
                    _(
                        "“%(value)s” has too many figures behind the point; %(digits)s are kept. Round the number."
                    ),
                    value=quoted(word),
                    digits=digits,
                ),
                field.key,
            )
        return value

    return reader


def _number_with_unit(field: ListField, word: str) -> Decimal:
    plain = unicodedata.normalize("NFKC", word).replace("−", "-")
    plain = plain.replace(" ", "").replace("，", ",")
    if plain in NOTHING:  # signs that look otherwise in full width
        raise _no_number(field, word)
    found = _NUMBER.fullmatch(plain)
    if found is None or len(plain) > 60:
        raise _no_number(field, word)
    value = Decimal(found["number"].replace(",", ""))
    power = int(found["power"] or 0)
    if abs(power) > 30:
        raise _no_number(field, word)
    if power:
        value = value.scaleb(power)
    unit = found["unit"] or ""
    if unit:
        factor = _factor(unit, field.unit, field.kind)
        if factor is None:
            raise _no_number(field, word)
        value = _times(value, factor)
    if abs(value) >= _LARGEST or -int(value.as_tuple().exponent) > 30:
        raise _no_number(field, word)
    return value


@lru_cache(maxsize=2048)
def _factor(unit: str, wanted: str, kind: FieldKind) -> Fraction | None:
    """What a number in a unit that was written is multiplied with; None where it is no unit."""
    if kind is FieldKind.PERCENT:
        return {"%": Fraction(1), "‰": Fraction(1, 10)}.get(unit)
    if kind is FieldKind.SHARE:
        return {"%": Fraction(1, 100), "‰": Fraction(1, 1000)}.get(unit)
    if kind is FieldKind.MONEY:
        unit, wanted = unit.removesuffix("人民币"), "元"
    if unit in _TIMES:
        return Fraction(_TIMES[unit])
    norm = unicodedata.normalize("NFKC", wanted)
    for times in ("", *_TIMES):
        rest = unit.removeprefix(times) if times else unit
        if (not times or unit.startswith(times)) and (
            rest in (wanted, norm) or rest in _SAID.get(wanted, ())
        ):
            return Fraction(_TIMES.get(times, 1))
    if not wanted or kind is FieldKind.MONEY:
        return None
    try:
        target = parse_unit(wanted)
    except UnitError:
        return None
    written = parse_unit(unit)
    if written.dimension != target.dimension:
        raise UnitError(
            "unit_dimension",
            Message(
                _("“%(unit)s” cannot be turned into “%(wanted)s”: they measure different things. Correct the unit"
                  " or the number."),
                unit=unit, wanted=wanted,
            ),
        )  # fmt: skip
    return written.factor / target.factor


def _times(value: Decimal, factor: Fraction) -> Decimal:
    if factor == 1:
        return value
    exact = Fraction(value) * factor
    return _CONTEXT.divide(Decimal(exact.numerator), Decimal(exact.denominator))


def _no_number(field: ListField, word: str) -> InputError:
    if field.unit:
        return InputError(
            "not_a_number",
            Message(
                _("“%(value)s” is not a number. Write figures, with or without the unit %(unit)s."),
                value=quoted(word), unit=field.unit,
            ),
            field.key,
        )  # fmt: skip
    return InputError(
        "not_a_number",
        Message(_("“%(value)s” is not a number. Write figures."), value=quoted(word)),
        field.key,
    )


def _out_of_bounds(field: ListField, text: str, bound: Decimal, *, below: bool) -> InputError:
    message = (
        _("“%(field)s” must not be below %(bound)s (%(value)s). Correct the number.")
        if below
        else _("“%(field)s” must not be above %(bound)s (%(value)s). Correct the number.")
    )
    return InputError(
        "below_least" if below else "above_most",
        Message(message, field=field.label, bound=f"{bound:f}", value=quoted(text.strip())),
        field.key,
    )
