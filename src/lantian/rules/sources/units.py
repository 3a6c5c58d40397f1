"""Units as people write them, with their dimension: ``万m3``, ``g/kg``, ``kg/(件·h)``, ``t/(m2·月)``.

Months and years have no fixed length here, so they are dimensions of their own. Things that are counted (vehicles,
animals, pieces) are one dimension. Energy is not taken apart into mass, length and time. Values are exact fractions.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from lantian.rules.sources.errors import Message, UnitError, _

Dimension = Mapping[str, int]

_SYMBOLS: dict[str, tuple[Fraction, dict[str, int]]] = {}


def _define(names: str, factor: Fraction | int | str, **dimension: int) -> None:
    for name in names.split():
        _SYMBOLS[name] = Fraction(factor), dimension


_define("kg 千克 公斤", 1, mass=1)
_define("t 吨 Mg", 1000, mass=1)
_define("kt 千吨", 10**6, mass=1)
_define("g 克", Fraction(1, 1000), mass=1)
_define("mg 毫克", Fraction(1, 10**6), mass=1)
_define("µg μg ug 微克", Fraction(1, 10**9), mass=1)
_define("m 米", 1, length=1)
_define("km 公里 千米", 1000, length=1)
_define("m2 平方米 ㎡", 1, length=2)
_define("km2 平方公里 平方千米", 10**6, length=2)
_define("hm2 ha 公顷", 10**4, length=2)
_define("亩", Fraction(2000, 3), length=2)
_define("m3 立方米 方 Nm3 Nm³ 标立方米 标方", 1, length=3)
_define("L l 升", Fraction(1, 1000), length=3)
_define("h 小时 时", 1, time=1)
_define("min 分钟", Fraction(1, 60), time=1)
_define("s 秒", Fraction(1, 3600), time=1)
_define("d 天 日", 24, time=1)
_define("月", 1, month=1)
_define("a 年", 1, year=1)
_define("件 个 辆 台 头 只 条 口 座 人 辆次 车次 具", 1, count=1)
_define("kWh kW·h 千瓦时 度", 1, energy=1)
_define("MWh", 1000, energy=1)
_define("MJ", Fraction(10, 36), energy=1)
_define("GJ", Fraction(10000, 36), energy=1)
_define("kW 千瓦", 1, energy=1, time=-1)
_define("MW 兆瓦", 1000, energy=1, time=-1)
_define("1", 1)
_define("%", Fraction(1, 100))

_PREFIXES = {"万": 10**4, "亿": 10**8, "百万": 10**6, "千": 1000, "百": 100}


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: how many base units it is, and of which dimension."""

    text: str
    factor: Fraction
    dimension: tuple[tuple[str, int], ...]

    def per(self, other: Unit) -> Unit:
        """This unit divided by another one."""
        return _combined(f"{self.text}/({other.text})", self, other, -1)

    def times(self, other: Unit) -> Unit:
        """This unit times another one."""
        return _combined(f"{self.text}·{other.text}", self, other, 1)


def _combined(text: str, left: Unit, right: Unit, sign: int) -> Unit:
    dimension = dict(left.dimension)
    for name, power in right.dimension:
        dimension[name] = dimension.get(name, 0) + sign * power
    factor = left.factor * right.factor if sign > 0 else left.factor / right.factor
    return Unit(text, factor, _sorted(dimension))


def _sorted(dimension: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name, power) for name, power in dimension.items() if power))


@lru_cache(maxsize=512)
def parse_unit(text: str) -> Unit:
    """Read a unit.

    Raises
    ------
    UnitError
        ``unit_unknown``

    Examples
    --------
    >>> parse_unit("万t").factor, parse_unit("mg/m³").dimension
    (Fraction(10000000, 1), (('length', -3), ('mass', 1)))
    >>> parse_unit("kg/(hm2·d)") == parse_unit("kg/hm2/d")
    False
    >>> parse_unit("kg/(hm2·d)").factor == parse_unit("kg/hm2/d").factor
    True
    """
    written = unicodedata.normalize("NFKC", text).strip().replace("μ", "µ")
    if not written or len(written) > 40:
        raise _unknown(text)
    unit, rest = _product(written, text)
    if rest:
        raise _unknown(text)
    return Unit(written, unit.factor, unit.dimension)


def _product(rest: str, whole: str) -> tuple[Unit, str]:
    unit, rest = _atom(rest, whole)
    while rest and rest[0] in "·*×/":
        sign = -1 if rest[0] == "/" else 1
        right, rest = _atom(rest[1:], whole)
        unit = _combined("", unit, right, sign)
    return unit, rest


def _atom(rest: str, whole: str) -> tuple[Unit, str]:
    rest = rest.lstrip()
    if rest.startswith("("):
        unit, rest = _product(rest[1:], whole)
        if not rest.startswith(")"):
            raise _unknown(whole)
        return unit, rest[1:].lstrip()
    found = re.match(r"[^\s·*×/()]+", rest)
    if found is None:
        raise _unknown(whole)
    symbol = found[0].replace("^", "")
    for prefix, factor in (("", 1), *_PREFIXES.items()):
        known = _SYMBOLS.get(symbol[len(prefix) :]) if symbol.startswith(prefix) else None
        if known is not None and (not prefix or len(symbol) > len(prefix)):
            return Unit(symbol, known[0] * factor, _sorted(known[1])), rest[found.end() :].lstrip()
    raise _unknown(whole)


def _unknown(text: str) -> UnitError:
    return UnitError(
        "unit_unknown",
        Message(
            _(
                "The unit “%(unit)s” is not known. Write one such as t, 万t, m3, 万m3, km, h, g/kg, kg/t, mg/m3."
            ),
            unit=text.strip()[:40] or "—",
        ),
    )


@dataclass(frozen=True, slots=True)
class Quantity:
    """An exact value with its unit."""

    value: Fraction
    unit: Unit

    @classmethod
    def of(cls, value: Decimal | Fraction | int, unit: str) -> Quantity:
        """A value with a unit as it was written."""
        return cls(Fraction(value), parse_unit(unit))

    def __mul__(self, other: Quantity) -> Quantity:
        return Quantity(self.value * other.value, self.unit.times(other.unit))

    def in_unit(self, wanted: str) -> Fraction:
        """The value in another unit of the same dimension.

        Raises
        ------
        UnitError
            ``unit_dimension``

        Examples
        --------
        >>> Quantity.of(3, "万t").in_unit("kg")
        Fraction(30000000, 1)
        """
        unit = parse_unit(wanted)
        if unit.dimension != self.unit.dimension:
            raise UnitError(
                "unit_dimension",
                Message(
                    _("“%(unit)s” cannot be turned into “%(wanted)s”: they measure different things. Correct the unit"
                      " or the number."),
                    unit=self.unit.text, wanted=wanted,
                ),
            )  # fmt: skip
        return self.value * self.unit.factor / unit.factor


def product(*factors: Quantity, wanted: str) -> Fraction:
    """The product of quantities in a unit; the dimension is checked, so no power of ten is written by hand.

    >>> flow = Quantity.of(100_000, "m3/h")
    >>> product(Quantity.of(35, "mg/m3"), flow, Quantity.of(8000, "h"), wanted="t")
    Fraction(28, 1)
    """
    value = Fraction(1)
    for factor in factors:
        value *= factor.value
    return value * _scale(tuple(factor.unit for factor in factors), wanted)


@lru_cache(maxsize=4096)
def _scale(units: tuple[Unit, ...], wanted: str) -> Fraction:
    """What a product of values in these units is multiplied with to be in another one."""
    result = Quantity(Fraction(1), parse_unit("1"))
    for unit in units:
        result = result * Quantity(Fraction(1), unit)
    return result.in_unit(wanted)
