"""What is wrong with a line, told beside the cell that is to blame."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lantian.apps.core.exceptions import CoreError
from lantian.apps.core.importers.base import Report
from lantian.apps.plans.excel.columns import HEADINGS
from lantian.apps.plans.excel.compare import WrongCell
from lantian.apps.plans.excel.sheets import LedgerFile, Line

#: field of an action → column
_COLUMN_OF = {"deadlines": "dates", "quantities": "amount", "units": "responsible", "on": "reported"}


class Teller:
    """Puts problems of lines into the report."""

    def __init__(self, report: Report, file: LedgerFile) -> None:
        self.report, self.file = report, file

    def tell(self, line: Line, key: str, code: str, message: Any) -> None:
        """Note a problem of a line, at a cell where one is to blame."""
        letters = self.file.letters.get(key, "")
        address = f"{line.place}{letters}{line.row}" if letters or line.place else ""
        heading = self.file.headings.get(key, HEADINGS.get(key, "")) if letters else ""
        self.report.problem(code, str(message).replace("%", "%%"), line.row, heading, address)

    def wrong(self, line: Line, error: WrongCell) -> None:
        """Note what is wrong with a cell."""
        self.tell(line, error.key, error.code, error.message)

    def refused(self, line: Line, after: Iterable[str], error: CoreError) -> None:
        """Put what an action refuses beside the cell that it means.

        Parameters
        ----------
        after
            The columns that the line changes; the first is to blame where the action names none.
        """
        for name, texts in error.fields.items():
            key = _COLUMN_OF.get(name, "done" if name.startswith("quantity_") else name)
            text = "；".join(map(str, texts)) if isinstance(texts, list | tuple) else str(texts)
            self.tell(line, key, error.code, text)
        if not error.fields:
            self.tell(line, next(iter(after), ""), error.code, str(error))
