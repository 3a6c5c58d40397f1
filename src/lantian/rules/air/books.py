"""What stands in the rule books of the AQI.

A book is one JSON file of ``lantian/rules/books/air``. Each figure stands with its clause and a mark that says how it was
seen: S in the text itself, T in a transcription, R in a report, I in a program, K from knowledge, U unsure. The entries
under ``defaults`` with the marks I, K or U are the house's own choice; an office may set them otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from lantian.rules.air.errors import BookError

MARKS = frozenset("STRIKU")
#: marks of what is told by the standard or a report of it
SETTLED_MARKS = frozenset("STR")
UNITS = frozenset({"µg/m³", "mg/m³"})
POLLUTANTS = ("PM2.5", "PM10", "SO2", "NO2", "CO", "O3")
INTERVALS = ("hour", "day")
#: columns of a table of air data, in the order in which results are given
COLUMNS = ("pm25", "pm10", "so2", "no2", "co", "o3", "o3_8h")
#: further columns that some rules ask for
EXTRA_COLUMNS = ("pm25_24h", "pm10_24h", "so2_24h")
SKIP, WITHHOLD = "skip", "withhold"


@dataclass(frozen=True, slots=True)
class Segment:
    """A straight piece between two nodes of a breakpoint table."""

    low: int
    high: int
    index_low: int
    index_high: int


@dataclass(frozen=True, slots=True)
class Table:
    """One column of the breakpoint table."""

    name: str
    pollutant: str
    averaging: str
    unit: str
    clause: str
    mark: str
    segments: tuple[Segment, ...]

    @property
    def top(self) -> int:
        """The highest node, in the unit of the table."""
        return self.segments[-1].high


@dataclass(frozen=True, slots=True)
class Beyond:
    """What holds above a concentration: a fixed index, or the index of another value."""

    above: int
    index: int | None
    by: str | None
    by_table: str | None
    clause: str
    mark: str


@dataclass(frozen=True, slots=True)
class Item:
    """One of the items that an index is made from.

    Attributes
    ----------
    column
        Where the result stands.
    prefer
        Column that is read in its place where a table has it.
    supplement
        Its absence is not worth a word.
    """

    column: str
    table: str
    prefer: str | None = None
    supplement: bool = False


@dataclass(frozen=True, slots=True)
class Default:
    """An entry that may be overridden unless it is settled."""

    value: int | str
    mark: str
    note: str
    clause: str = ""
    #: who set it otherwise and on what grounds
    override: str = ""

    @property
    def settled(self) -> bool:
        """Whether the standard itself says so."""
        return self.mark in SETTLED_MARKS


@dataclass(frozen=True, slots=True)
class Layout:
    """The items of an interval (and variant), and what a missing one leads to."""

    interval: str
    variant: str
    items: tuple[Item, ...]
    missing: str
    withhold_up_to: int
    clause: str
    mark: str
    note: str


@dataclass(frozen=True, slots=True)
class Level:
    """A class of the index with its colour."""

    level: int
    first: int
    last: int | None
    name: str
    class_name: str
    colour: str
    hex: str


@dataclass(frozen=True, slots=True)
class AqiBook:
    """An edition of the technical regulation on the AQI."""

    id: str
    edition: str
    valid_from: date
    valid_to: date | None
    #: from when on it was used before it held everywhere
    early_from: date
    formula_clause: str
    tables: Mapping[str, Table]
    beyond: Mapping[str, Beyond]
    layouts: tuple[Layout, ...]
    defaults: Mapping[str, Default]
    primary_above: int
    levels: tuple[Level, ...]
    #: pollutant → groups of people that it troubles first, where the edition names them
    sensitive: Mapping[str, tuple[str, ...]]
    sensitive_above: int
    #: from when on the edition is in doubt, and why
    review_from: date | None
    review_note: str

    def number(self, name: str) -> int:
        """A default that is a number."""
        return int(self.defaults[name].value)

    def digits(self, unit: str) -> int:
        """Decimals that a concentration has when it enters an index."""
        return self.number(f"digits_{unit}")

    def layout(self, interval: str, variant: str | None = None) -> Layout:
        """The items of an interval; of several variants that of the default."""
        found = [layout for layout in self.layouts if layout.interval == interval]
        if len(found) == 1:
            return found[0]
        wanted = variant or str(self.defaults[f"{interval}_variant"].value)
        for layout in found:
            if layout.variant == wanted:
                return layout
        raise BookError(self.id, f"schemes.{interval}", f"no variant {wanted!r}")

    def level_of(self, index: int) -> Level:
        """The class of an index."""
        for level in self.levels:
            if level.last is None or index <= level.last:
                return level
        raise AssertionError("the last class is open")
