"""Sheets of .xlsx, .xls and .ods files as plain data; runs inside :mod:`lantian.office.worker`."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import python_calamine

from lantian.office.errors import CorruptFile, EmptyFile, OfficeError, PasswordProtected, TooLarge, _
from lantian.office.limits import Deadline, Limits


def read_workbook(data: bytes, limits: Limits, deadline: Deadline) -> dict[str, Any]:
    """Read all sheets.

    Returns
    -------
    dict
        ``sheets``: a list of ``name``, ``hidden``, ``rows`` and ``merged``; dates and times are pairs of a
        mark and their ISO form, so that JSON carries them.

    Raises
    ------
    CorruptFile, PasswordProtected, TooLarge, TimedOut, EmptyFile
    """
    try:
        return {"sheets": _sheets(data, limits, deadline)}
    except (OfficeError, MemoryError):
        raise
    except python_calamine.PasswordError as error:
        raise PasswordProtected from error
    # the reader is Rust: a broken file comes back as one of many errors, or as a panic, which is no Exception
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        raise CorruptFile from error


def _sheets(data: bytes, limits: Limits, deadline: Deadline) -> list[dict[str, Any]]:
    workbook = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    sheets = []
    cells = 0
    for index, metadata in enumerate(workbook.sheets_metadata):
        deadline.check()
        if metadata.typ != python_calamine.SheetTypeEnum.WorkSheet:
            continue
        sheet = workbook.get_sheet_by_index(index)
        end = sheet.end
        height, width = (end[0] + 1, end[1] + 1) if end else (0, 0)
        if height > limits.rows or width > limits.columns:
            raise TooLarge(
                _("The sheet “%(sheet)s” has more than %(rows)s rows or %(columns)s columns. Split it."),
                sheet=metadata.name, rows=limits.rows, columns=limits.columns,
            )  # fmt: skip
        cells += height * width
        if cells > limits.cells:
            raise TooLarge(_("The workbook has more than %(limit)s cells. Split it."), limit=limits.cells)
        rows = (
            [[_plain(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
            if end
            else []
        )
        sheets.append(
            {
                "name": metadata.name,
                "hidden": metadata.visible != python_calamine.SheetVisibleEnum.Visible,
                "rows": rows,
                "merged": _merged(sheet.merged_cell_ranges or (), height, width, limits),
            }
        )
    if not sheets:
        raise EmptyFile(_("There is no table in the file."))
    return sheets


def _merged(
    ranges: Iterable[tuple[tuple[int, int], tuple[int, int]]], height: int, width: int, limits: Limits
) -> list[list[int]]:
    """Merged areas inside the table; more of them than the table has cells is a crafted file."""
    areas = []
    covered = 0
    for (top, left), (bottom, right) in ranges:
        if top >= height or left >= width or bottom < top or right < left:
            continue
        bottom, right = min(bottom, height - 1), min(right, width - 1)
        covered += (bottom - top + 1) * (right - left + 1)
        if covered > limits.cells:
            raise CorruptFile
        areas.append([top, left, bottom, right])
    return areas


def _plain(value: Any) -> Any:
    """A value as JSON carries it."""
    if value == "" or value is None:
        return None
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 10**15 else value
    if isinstance(value, datetime):
        return ["datetime", value.isoformat()]
    if isinstance(value, date):
        return ["date", value.isoformat()]
    if isinstance(value, time):
        return ["time", value.isoformat()]
    if isinstance(value, timedelta):
        # a duration: Excel shows it as hours, it is kept as days, as Excel itself does
        return value / timedelta(days=1)
    return str(value)
