"""Ledgers as files, for the tests of the way back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

import openpyxl

from lantian.apps.core.actions import Actor
from lantian.apps.core.importers.base import Report
from lantian.apps.plans import exporters, queries, standing
from lantian.apps.plans.importers import ImportTasks


def exported(actor: Actor, **filters: Any) -> bytes:
    """The ledger of an account as the page gives it."""
    target = BytesIO()
    rows = standing.with_light(queries.tasks(actor).filter(**filters)).order_by("plan_id", "order")
    exporters.write_ledger(rows, "任务台账", target)
    return target.getvalue()


class Book:
    """An exported ledger that somebody works in."""

    def __init__(self, content: bytes) -> None:
        self.book = openpyxl.load_workbook(BytesIO(content))
        self.sheet = self.book.worksheets[0]
        self.head = next(
            row for row in range(1, 6) if "任务" in [cell.value for cell in self.sheet[row]]
        )

    def column(self, heading: str) -> int:
        return next(cell.column for cell in self.sheet[self.head] if cell.value == heading)

    def row(self, title: str) -> int:
        column = self.column("任务")
        return next(
            row
            for row in range(self.head + 1, self.sheet.max_row + 1)
            if self.sheet.cell(row, column).value == title
        )

    def get(self, title: str, heading: str) -> Any:
        return self.sheet.cell(self.row(title), self.column(heading)).value

    def put(self, title: str, heading: str, value: Any) -> Book:
        self.sheet.cell(self.row(title), self.column(heading)).value = value
        return self

    def drop(self, heading: str) -> Book:
        """Take a column out, as people do; the title over it is merged, which the library leaves behind."""
        for area in list(self.sheet.merged_cells.ranges):
            self.sheet.unmerge_cells(str(area))
        self.sheet.delete_cols(self.column(heading))
        return self

    def content(self) -> bytes:
        target = BytesIO()
        self.book.save(target)
        return target.getvalue()


def sheet_of(rows: Sequence[Sequence[Any]], change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook of one sheet with these rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(list(row))
    if change is not None:
        change(sheet)
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def checked(actor: Actor, content: bytes, name: str = "台账.xlsx", **options: Any) -> Report:
    """The dry run of a file."""
    return ImportTasks(actor, content, name, **options).examine()


def imported(actor: Actor, content: bytes, name: str = "台账.xlsx", **options: Any) -> Report:
    """The import of a file."""
    report: Report = ImportTasks(actor, content, name, **options).execute()
    return report


def told(report: Report) -> list[tuple[str, str, str]]:
    """The problems of a report: code, address, column."""
    return [(problem.code, problem.address, problem.column) for problem in report.problems]
