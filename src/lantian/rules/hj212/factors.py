"""Codes of factors in words.

References
----------
HJ 212-2017, table B.2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Factor:
    """A pollutant or a parameter of the gas.

    Attributes
    ----------
    unit
        In which the standard has it sent; a station may send another one.
    """

    code: str
    name: str
    english: str = ""
    code_2005: str = ""
    unit: str = ""


@cache
def factors() -> dict[str, Factor]:
    """Every factor under its code of 2017 and, where it has one, of 2005."""
    text = resources.files("lantian.rules.books").joinpath("hj212", "factors.json").read_text(encoding="utf-8")
    found: dict[str, Factor] = {}
    for row in json.loads(text)["factors"]:
        one = Factor(**row)
        found[one.code] = one
        if one.code_2005:
            found[one.code_2005] = one
    return found


def factor_of(code: str) -> Factor | None:
    """The factor of a code, whatever the case of its letters; None where the table has none."""
    known = factors()
    return known.get(code) or known.get(code.lower()) or known.get(code.upper())


#: what a stack is judged by, in the order in which pages show it
POLLUTANTS = ("a34013", "a21026", "a21002", "a24088", "a21005", "a21001", "a34001", "a34002", "a34004")
#: what tells of the gas and of the load
GAS = ("a19001", "a01012", "a01011", "a01014", "a01013", "a00000")


def order_of(code: str) -> tuple[int, str]:
    """Pollutants first, then the gas, then everything else by code."""
    known = factor_of(code)
    name = known.code if known is not None else code
    listed = (*POLLUTANTS, *GAS)
    return (listed.index(name) if name in listed else len(listed), code)
