"""Rows of large .xlsx, .xls and .ods files one after another, read in a process of its own, for lists that are staged.

Unlike :func:`~lantian.office.sheets.read_tables`, which holds a whole workbook, this gives row by row, so the memory of the
asking process does not grow with the file; that of the reading process is bounded.
"""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from lantian.office.errors import CorruptFile, OfficeError, TimedOut, TooLarge, UnsupportedType, _
from lantian.office.files import check_size, detect_kind
from lantian.office.limits import MEGABYTE, Limits
from lantian.office.worker import ERRORS, bound_memory

#: for lists of hundreds of thousands of rows
LARGE_LIMITS = Limits(
    file_bytes=200 * MEGABYTE,
    seconds=900.0,
    unpacked_bytes=2_048 * MEGABYTE,
    member_bytes=1_536 * MEGABYTE,
    rows=1_048_576,
    columns=400,
    cells=40_000_000,
    worker_memory_bytes=1_024 * MEGABYTE,
)
_OUT_OF_MEMORY = _("Reading the file takes more memory than allowed. Split it.")


@dataclass(frozen=True, slots=True)
class SheetStart:
    """A sheet begins."""

    name: str
    height: int
    width: int


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row that is not empty; `number` from 1, cells as text, empty ones as ``""``."""

    number: int
    cells: list[str]


@contextmanager
def open_rows(
    path: Path, filename: str, *, limits: Limits = LARGE_LIMITS
) -> Iterator[Iterator[SheetStart | SheetRow]]:
    """The sheets of a workbook and their rows, in order.

    Raises
    ------
    OfficeError
        One of its children; while iterating, too.
    """
    data = path.read_bytes()
    check_size(data, limits)
    if detect_kind(data, filename, limits) not in ("xlsx", "xls", "ods"):
        raise UnsupportedType(_("This is not a table. Choose an .xlsx, .xls, .ods or .csv file."))
    del data
    needed = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "TEMP")
    environment = {name: os.environ[name] for name in needed if name in os.environ}
    environment["PYTHONPATH"] = str(Path(__file__).resolve().parents[2])
    with path.open("rb") as source:
        process = subprocess.Popen(
            [
                sys.executable,
                "-X",
                "utf8",
                "-m",
                "lantian.office.row_stream",
                json.dumps(dataclasses.asdict(limits)),
            ],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    watch = threading.Timer(limits.seconds, stop)
    watch.daemon = True
    watch.start()
    try:
        assert process.stdout is not None
        yield _rows(process.stdout, late, limits)
    finally:
        watch.cancel()
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _rows(lines: IO[bytes], late: threading.Event, limits: Limits) -> Iterator[SheetStart | SheetRow]:
    for line in lines:
        try:
            found = json.loads(line)
        except ValueError as error:
            raise CorruptFile from error
        kind = found[0]
        if kind == "row":
            yield SheetRow(found[1], found[2])
        elif kind == "sheet":
            yield SheetStart(found[1], found[2], found[3])
        elif kind == "end":
            return
        else:
            raise ERRORS.get(found[1], CorruptFile)(found[2], **found[3])
    if late.is_set():
        raise TimedOut(seconds=f"{limits.seconds:g}")
    raise CorruptFile


def _text(value: Any) -> str:
    """A cell as text: dates as ISO, whole numbers without a point."""
    if value is None or value == "":
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return str(text.removesuffix("T00:00:00"))
    return str(value)


def main() -> None:
    """Entry of the reading process: the workbook on standard input, a line of JSON per row on standard output."""
    import python_calamine

    limits = Limits(**json.loads(sys.argv[1]))
    data = sys.stdin.buffer.read()
    bound_memory(limits.worker_memory_bytes)
    out = io.TextIOWrapper(sys.stdout.buffer, encoding="ascii", write_through=False)

    def say(*what: Any) -> None:
        out.write(json.dumps(what) + "\n")

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        del data
        cells = 0
        for index, metadata in enumerate(book.sheets_metadata):
            if (
                metadata.typ != python_calamine.SheetTypeEnum.WorkSheet
                or metadata.visible != python_calamine.SheetVisibleEnum.Visible
            ):
                continue
            sheet = book.get_sheet_by_index(index)
            height, width = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
            cells += height * width
            if height > limits.rows or width > limits.columns:
                raise TooLarge(
                    _("The sheet “%(sheet)s” has more than %(rows)s rows or %(columns)s columns. Split it."),
                    sheet=metadata.name, rows=limits.rows, columns=limits.columns,
                )  # fmt: skip
            if cells > limits.cells:
                raise TooLarge(_("The workbook has more than %(limit)s cells. Split it."), limit=limits.cells)
            say("sheet", metadata.name, height, width)
            if not height:
                continue
            # The reader gives the empty rows before the first cell, but not the empty columns.
            left = sheet.start[1] if sheet.start else 0
            for number, row in enumerate(sheet.iter_rows(), 1):
                texts = [_text(value) for value in row]
                if any(texts):
                    say("row", number, [""] * left + texts)
            del sheet
        say("end")
    except OfficeError as error:
        say("error", error.code, error.message_id, dict(error.params))
    except MemoryError:
        say("error", TooLarge.code, _OUT_OF_MEMORY, {})
    except python_calamine.PasswordError:
        from lantian.office.errors import PasswordProtected

        say("error", PasswordProtected.code, PasswordProtected.default_message, {})
    # The reader is native code: a broken file comes back as one of many errors, or as a panic.
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise
        say("error", CorruptFile.code, CorruptFile.default_message, {})
    out.flush()


if __name__ == "__main__":
    main()
