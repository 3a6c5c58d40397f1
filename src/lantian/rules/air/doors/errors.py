"""What can be wrong with a table of observations as a whole; ``code`` is stable.

LayoutError
    ``no_header``         no row of headings among the first rows
    ``twice``             a column stands twice
    ``no_time``           no column of times
    ``no_station``        nothing says which station or city the rows belong to
    ``no_concentration``  no column of concentrations
    ``unit_unknown``      a unit that is none of mass (ppb, ppm)
    ``no_rows``           headings and nothing below
    ``long_row``          a row with more cells than the headings
TooManyHeld
    ``too_many_held``     more held values than anybody can look at: the table is to be mended first
"""

from __future__ import annotations

from lantian.rules.air.errors import AirError


class LayoutError(AirError):
    """A table whose columns do not serve."""

    def __init__(self, code: str, column: str = "", row: int = 0) -> None:
        super().__init__(f"{code} {column}".strip())
        self.code, self.column, self.row = code, column, row


class TooManyHeld(AirError):
    """More held values than anybody can look at."""

    code = "too_many_held"

    def __init__(self, most: int, reason: str) -> None:
        super().__init__(f"more than {most}, mostly {reason}")
        self.most, self.reason = most, reason
