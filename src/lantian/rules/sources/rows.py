"""Rows of a workbook as the rules get them, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from lantian.rules.sources.errors import Message, SourcesError

Value = str | Decimal | bool | int | tuple[Decimal, ...] | None


@dataclass(frozen=True, slots=True)
class Row:
    """A row: sheet by its key, number as Excel counts, values by column key, columns (from 1) by key."""

    sheet: str
    number: int
    values: Mapping[str, Value]
    columns: Mapping[str, int] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """A text; empty where there is none."""
        value = self.values.get(key)
        return value if isinstance(value, str) else ""

    def number_of(self, key: str) -> Decimal | None:
        """A number, or None."""
        value = self.values.get(key)
        return value if isinstance(value, Decimal) else None

    def decimal(self, key: str) -> Decimal:
        """A number that the layout requires."""
        value = self.values[key]
        assert isinstance(value, Decimal)
        return value

    def flag(self, key: str) -> bool:
        """Whether a cell says yes."""
        return self.values.get(key) is True

    def share(self, key: str, default: int = 1) -> Fraction:
        """A share, or what stands for an empty cell."""
        value = self.number_of(key)
        return Fraction(default if value is None else value)

    @property
    def source_id(self) -> str:
        """The source that it belongs to."""
        return self.text("source_id")

    @property
    def unit(self) -> str:
        """The unit of the source, or empty."""
        return self.text("unit")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row or cell.

    Attributes
    ----------
    sheet
        Name of the sheet as it stands in the file.
    row, column
        From 1; 0 where the whole sheet or row is meant.
    source_id
        Of the row, where it can be told.
    sheet_key, unit, targets
        What the problem takes away: see :func:`lantian.rules.sources.inventory.run`.
    """

    sheet: str
    row: int
    column: int
    code: str
    message: Message
    source_id: str = ""
    sheet_key: str = ""
    unit: str = ""
    targets: tuple[str, ...] = ()
    offer: str = ""

    @classmethod
    def of(cls, error: SourcesError, row: Row, sheet: str, key: str = "") -> Problem:
        """An error of the rules at a row, or at one of its cells."""
        return cls(
            sheet, row.number, row.columns.get(key, 0), error.code, error.message, row.source_id, row.sheet, row.unit,
            offer=getattr(error, "offer", ""),
        )  # fmt: skip
