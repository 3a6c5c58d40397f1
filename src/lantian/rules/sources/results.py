"""What a calculation gives before and after control."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from lantian.rules.sources.books import Factor
from lantian.rules.sources.errors import Message, SourcesError

#: in order of preference
Method = Literal["monitored", "mass_balance", "factor"]
METHODS: tuple[Method, ...] = ("monitored", "mass_balance", "factor")


@dataclass(frozen=True, slots=True)
class UsedFactor:
    """A factor as a result names it; `abroad` and `own` are shown wherever it is shown."""

    value: Fraction
    unit: str
    source: str
    grade: str = ""
    region: str = ""
    year: int | None = None
    abroad: bool = False
    own: bool = False

    @classmethod
    def of(cls, factor: Factor) -> UsedFactor:
        """A factor of a book."""
        return cls(
            Fraction(factor.value),
            factor.units[0],
            f"{factor.document} {factor.clause}".strip(),
            factor.grade,
            factor.region,
            factor.year,
            factor.abroad,
        )


@dataclass(frozen=True, slots=True)
class Raw:
    """An emission before the facilities of the source, or why there is none."""

    pollutant: str
    t: Fraction
    method: Method
    factor: UsedFactor | None
    why: tuple[Message, ...] = ()
    #: the factor or the measurement has control in it already
    controlled: bool = False


@dataclass(frozen=True, slots=True)
class Missing:
    """An emission that cannot be computed; None as pollutant: nothing of the row can."""

    pollutant: str | None
    error: SourcesError


@dataclass(frozen=True, slots=True)
class Emission:
    """An emission of a source in the year, or a gap.

    Attributes
    ----------
    t
        Exact [t]; None where it could not be computed.
    code
        Of the gap; empty where there is none.
    """

    source_id: str
    unit: str
    pollutant: str | None
    t: Fraction | None
    method: Method | None
    factor: UsedFactor | None
    why: tuple[Message, ...]
    sheet: str
    row: int
    column: int = 0
    code: str = ""
    #: what was burnt, made or used: a balance replaces factors of the same only
    subject: str = ""
    #: it leaves by a stack, so a monitor at the stack has it
    stack: bool = False
    #: before control [t]
    before: Fraction | None = None
