"""``lantian air …``: tables of air data evaluated without a database.

Results go into the file that is named, or alone to standard output; everything for people goes to standard error.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

if TYPE_CHECKING:
    from lantian.office.csv_stream import CsvReader, Write
    from lantian.rules.air.evaluation_books import EvaluationLibrary
    from lantian.rules.air.library import Library
    from lantian.rules.air.office_books import Books
    from lantian.rules.air.text_rows import HeaderError, TableAqi

#: rows that are worked on at a time: about a megabyte, whatever the length of the table
_ROWS = 4_000
#: cells that are shown to the person at the console
_SHOWN = 5
#: in the data folder: entries of the books that the office sets otherwise
_OVERRIDES = Path("books", "air-overrides.json")

air_app = typer.Typer(
    help=_("Evaluate tables of air data; no database is needed."),
    no_args_is_help=True,
    add_completion=False,
)


class Standard(StrEnum):
    """Edition of the regulation."""

    AUTO = "auto"
    OF_2012 = "2012"
    OF_2026 = "2026"


class Interval(StrEnum):
    """What a row covers."""

    HOUR = "hour"
    DAY = "day"


class Variant(StrEnum):
    """How an hour is read under HJ 633-2012."""

    PLATFORM = "platform"
    CLAUSE = "clause"


#: the option that sets unsure entries of the books otherwise
Overrides = Annotated[
    Path | None,
    typer.Option(
        "--overrides",
        metavar="FILE",
        help=_(
            "Unsure entries of the books set otherwise (JSON); by default books/air-overrides.json of the data"
            " folder, if it is there."
        ),
        show_default=False,
    ),
]


@air_app.callback()
def air() -> None:
    """Group of the commands for air data."""


@air_app.command(
    help=_(
        "Add IAQI, AQI, level and primary pollutants to the rows of a CSV file (µg/m³, CO in mg/m³; columns time, pm25,"
        " pm10, so2, no2, co, o3, o3_8h)."
    )
)
def aqi(
    file: Annotated[
        Path, typer.Argument(metavar="IN.csv[.gz]", help=_("The table to read."), show_default=False)
    ],
    interval: Annotated[
        Interval,
        typer.Option(
            "--interval",
            help=_("What a row covers: an hour, labelled by its end, or a day."),
            show_default=False,
        ),
    ],
    standard: Annotated[
        Standard,
        typer.Option(
            "--standard",
            help=_(
                "Edition of HJ 633: auto takes that of the day of each row, 2012 or 2026 this one for all."
            ),
        ),
    ] = Standard.AUTO,
    variant: Annotated[
        Variant | None,
        typer.Option(
            "--variant",
            help=_(
                "Hours under HJ 633-2012: platform as they were published (by default), clause by the letter (24 h"
                " means of particles, O3 8 h)."
            ),
            show_default=False,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT.csv[.gz]",
            help=_("The file to write; without it the table goes to standard output."),
            show_default=False,
        ),
    ] = None,
    overrides: Overrides = None,
) -> None:
    """Add the AQI to a table."""
    from lantian.office.csv_stream import open_csv
    from lantian.office.errors import OfficeError
    from lantian.rules.air.text_rows import HeaderError, RowTooLong, TableAqi

    library, _of_evaluation = libraries(overrides)
    try:
        if file.is_dir():
            raise fail(f"{file}: {_('This is a folder. Name the files in it.')}")
        with open_csv(file) as reader:
            table = TableAqi(reader.header, library, standard, interval, variant, _)
            _say_beforehand(table, variant)
            with _target(output, reader.marked or reader.encoding == "gb18030") as write:
                write([table.header])
                for first, rows in with_progress(reader, file):
                    write(table.evaluate(rows, first))
    except HeaderError as error:
        raise fail(f"{file}: {_of_header(error)}") from None
    except RowTooLong as error:
        message = _("row %(row)s has %(found)s cells, the header %(wanted)s; nothing was written.")
        raise fail(
            f"{file}: " + message % {"row": error.row, "found": error.found, "wanted": error.wanted}
        ) from None
    except OfficeError as error:
        raise fail(f"{file}: {_(error.message_id) % error.params}") from None
    except BrokenPipeError:
        # The reader of standard output went away; nobody is left to tell.
        raise
    except FileNotFoundError:
        raise fail(f"{file}: {_('There is no such file.')}") from None
    except OSError as error:
        reason = _("The file cannot be opened: %(reason)s.") % {"reason": error.strerror or error}
        raise fail(f"{file}: {reason}") from None
    _say_afterwards(table)


# --- books ---


def libraries(overrides: Path | None) -> tuple[Library, EvaluationLibrary]:
    """The books of the AQI and of evaluation, with what the office sets otherwise."""
    books = all_books(overrides)
    return books.aqi, books.evaluation


def all_books(overrides: Path | None) -> Books:
    """The books of the AQI, of evaluation, of rankings and of dustfall, with what the office sets otherwise."""
    from lantian.rules.air.errors import BookError
    from lantian.rules.air.office_books import books_with, shipped_books
    from lantian.web import conf

    path = overrides
    if path is None:
        path = conf.data_path() / _OVERRIDES
        if not path.is_file():
            return shipped_books()
    try:
        given: Any = json.loads(path.read_text("utf-8-sig"))
        if not isinstance(given, list):
            raise ValueError(_("a list of entries is wanted"))
        books = books_with(given)
    except BookError as error:
        raise fail(f"{path}: {error}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise fail(f"{path}: {_('The file cannot be read: %(reason)s.') % {'reason': reason}}") from None
    for entry in given:
        values: Mapping[str, Any] = {**entry, "path": path}
        say(_("%(book)s: %(entry)s set to %(value)s (%(grounds)s) by %(path)s") % values)
    return books


# --- reading and writing ---


class _NotWritten(Exception):
    """The result cannot be written; holds the error of the system."""


def with_progress(reader: CsvReader, file: Path) -> Iterator[tuple[int, list[list[str]]]]:
    """The rows in chunks; a bar by the bytes read where somebody sits at the console."""
    size = file.stat().st_size
    with typer.progressbar(
        length=max(size, 1), file=sys.stderr, hidden=not sys.stderr.isatty(), label=_("Evaluating")
    ) as bar:
        at = 0
        for chunk in reader.chunks(_ROWS):
            yield chunk
            now = reader.position()
            bar.update(now - at)
            at = now


@contextlib.contextmanager
def _target(output: Path | None, marked: bool) -> Iterator[Write]:
    """Where the result goes; what goes wrong with it is told apart from what goes wrong with the table that is read."""
    from lantian.office.csv_stream import rows_to, write_csv

    if output is None:
        sys.stdout.flush()
        stream = io.TextIOWrapper(sys.stdout.buffer, encoding="utf-8", newline="")
        try:
            yield rows_to(stream)
            stream.flush()
        finally:
            with contextlib.suppress(OSError):
                stream.detach()
        return
    inside: BaseException | None = None
    try:
        with write_csv(output, marked=marked) as write:
            try:
                yield _guarded(write)
            except BaseException as error:
                inside = error
                raise
    except (OSError, _NotWritten) as error:
        if error is inside and not isinstance(error, _NotWritten):
            raise
        cause = error.args[0] if isinstance(error, _NotWritten) else error
        values = {"path": output, "reason": cause.strerror or cause}
        raise fail(_("%(path)s cannot be written: %(reason)s.") % values) from None


def _guarded(write: Write) -> Write:
    def guarded(rows: Sequence[Sequence[str]]) -> None:
        try:
            write(rows)
        except OSError as error:
            raise _NotWritten(error) from error

    return guarded


def fail(message: str) -> typer.Exit:
    """The end of a command, said to the person at the console."""
    say(message)
    return typer.Exit(1)


def say(text: str) -> None:
    """Say something to the person at the console."""
    print(text, file=sys.stderr, flush=True)


# --- words ---


def _of_header(error: HeaderError) -> str:
    if error.code == "twice":
        return _("The column %(column)s stands twice. Rename or remove one.") % {"column": error.column}
    if error.code == "no_time":
        return _(
            "There is no column time, by which the edition is chosen. Add it, or name the edition with --standard."
        )
    return _("There is none of the columns pm25, pm10, so2, no2, co, o3, o3_8h. Is the first row the header?")


def _say_beforehand(table: TableAqi, variant: Variant | None) -> None:
    """What the reader of the result has to know about how the table was read."""
    if table.absent:
        say(
            _("Not in the table, so missing in every row: %(columns)s") % {"columns": ", ".join(table.absent)}
        )
    layouts = [scheme.layout for scheme in table.schemes]
    if variant is not None and variant not in {layout.variant for layout in layouts}:
        say(_("--variant concerns hours under HJ 633-2012 only; it changes nothing here."))
    read_as_means = sorted(
        item.column
        for layout in layouts
        for item in layout.items
        if item.prefer and item.prefer not in table.places and item.column in table.places
    )
    if read_as_means:
        message = _(
            "No columns pm25_24h and pm10_24h: %(columns)s are read as 24 h moving means for HJ 633-2012."
        )
        say(message % {"columns": ", ".join(read_as_means)})
    renamed = [f"{name} → {new}" for name, new in zip(table.given, table.header, strict=False) if name != new]
    if renamed:
        say(
            _("Columns of the table with the name of a result are kept as: %(columns)s")
            % {"columns": ", ".join(renamed)}
        )


def _say_afterwards(table: TableAqi) -> None:
    names = {scheme.book.edition: scheme.book for scheme in table.schemes}
    for edition, rows in sorted(table.rows_of.items()):
        if edition:
            book = names[edition]
            values = {"rows": rows, "book": book.id, "clause": book.formula_clause}
            say(_("%(rows)s rows by %(book)s (%(clause)s)") % values)
        else:
            say(_("%(rows)s rows without an edition: see the column reason") % {"rows": rows})
    if table.bad_count:
        say(_("%(count)s cells could not be used:") % {"count": table.bad_count})
        for cell in table.bad_cells[:_SHOWN]:
            values = {"row": cell.row, "column": cell.column, "text": cell.text}
            say("  " + _("row %(row)s, column %(column)s: “%(text)s”") % values)
        if table.bad_count > _SHOWN:
            say("  …")
