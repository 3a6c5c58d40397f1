"""What all importers share: reading the table, problems by row and column, the report, and the file of changes."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from lantian.apps.core import files
from lantian.apps.core.actions import Action, Actor
from lantian.apps.core.exceptions import Invalid
from lantian.office.errors import OfficeError
from lantian.office.limits import DEFAULT_LIMITS
from lantian.office.sheets import Column, Records, read_records, read_tables

#: Problems that a report carries; the number of all is told besides.
MOST_PROBLEMS = 500
Progress = Callable[[int, int, str], None]


class ImportRefused(Invalid):
    """The file was not imported; ``data["report"]`` says row by row why."""

    code = "import_refused"
    message = _("Nothing was imported: the file has errors.")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, where, and how to mend it; an empty ``row`` means the file as a whole."""

    code: str
    message: str
    row: int = 0
    column: str = ""
    address: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the row of the job."""
        return {
            "code": self.code,
            "message": self.message,
            "row": self.row,
            "column": self.column,
            "address": self.address,
        }


@dataclass
class Change:
    """What happens, or has happened, to one row of the register."""

    kind: str
    row: int
    label: str
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """What an import does, or would do."""

    rows: int = 0
    unchanged: int = 0
    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    groups: dict[str, int] = field(default_factory=dict)
    #: what was wrong in the rows that were left out on purpose
    left_out: list[Problem] = field(default_factory=list)
    #: changes that the page can show
    most_shown: int = 20

    def count(self, kind: str) -> int:
        """How many changes of a kind there are: ``create``, ``update``, ``close``, ``succeed``."""
        return sum(change.kind == kind for change in self.changes)

    def problem(
        self, code: str, message: Any, row: int = 0, column: Any = "", address: str = "", /, **places: Any
    ) -> None:
        """Add a problem."""
        self.problems.append(Problem(code, str(message) % places, row, str(column), address))

    def note(self, code: str, message: Any, row: int = 0, column: Any = "", /, **places: Any) -> None:
        """Add something that the user should know but that stops nothing."""
        self.notes.append(Problem(code, str(message) % places, row, str(column)))

    def counts(self) -> dict[str, Any]:
        """Numbers only, for the log."""
        kinds = ("create", "update", "close", "succeed")
        found: dict[str, Any] = {kind: self.count(kind) for kind in kinds}
        return {
            "rows": self.rows,
            **{kind: count for kind, count in found.items() if count},
            "unchanged": self.unchanged,
            **({"groups": self.groups} if self.groups else {}),
        }

    def as_json(self) -> dict[str, Any]:
        """For the row of the job: numbers, the first problems, and a sample of what happens."""
        return {
            **self.counts(),
            "problem_count": len(self.problems),
            "problems": [problem.as_json() for problem in self.problems[:MOST_PROBLEMS]],
            "notes": [note.as_json() for note in self.notes[:MOST_PROBLEMS]],
            "left_out_count": len(self.left_out),
            "left_out": [problem.as_json() for problem in self.left_out[:MOST_PROBLEMS]],
            "sample": [
                {
                    "kind": change.kind,
                    "row": change.row,
                    "label": change.label,
                    "before": plain_values(change.before),
                    "after": plain_values(change.after),
                }
                for change in self.changes[: self.most_shown]
            ],
        }

    @property
    def summary(self) -> str:
        """One line."""
        return __("%(created)d new, %(updated)d changed, %(unchanged)d as before") % {
            "created": self.count("create") + self.count("succeed"),
            "updated": self.count("update") + self.count("close"),
            "unchanged": self.unchanged,
        }

    def changes_file(self) -> bytes:
        """All changes as CSV that Excel opens: kind, row of the file, name, field, before, after."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow([__("Change"), __("Row"), __("Name"), __("Field"), __("Before"), __("After")])
        for change in self.changes:
            keys = list({**change.before, **change.after}) or [""]
            for key in keys:
                writer.writerow(
                    [
                        change.kind,
                        change.row or "",
                        harmless(change.label),
                        key,
                        harmless(change.before.get(key)),
                        harmless(change.after.get(key)),
                    ]
                )
        return out.getvalue().encode("utf-8-sig")


def plain_values(values: dict[str, Any]) -> dict[str, Any]:
    """Values as JSON keeps them; days as text."""
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in values.items()}


def harmless(value: Any) -> str:
    """Text that a spreadsheet does not take for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def unpacked(content: bytes, filename: str, limit: int = DEFAULT_LIMITS.file_bytes) -> tuple[bytes, str]:
    """Take off ``.gz``, reading no more than the limit.

    Raises
    ------
    Invalid
        If the packed file is damaged or unpacks to more than the limit.
    """
    if not filename.lower().endswith(".gz"):
        return content, filename
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
            plain = packed.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        message = __("The packed file is damaged. Pack it again or upload it unpacked.")
        raise Invalid(message, fields={"file": message}) from error
    if len(plain) > limit:
        message = __("The file unpacks to more than %(limit)d MB.") % {"limit": limit // files.MEGABYTE}
        raise Invalid(message, fields={"file": message})
    return plain, filename[:-3]


def said(error: OfficeError) -> str:
    """What an error of the office room says, in the language of the page."""
    return str(__(error.message_id) % error.params)


class FileImport(Action[Report]):
    """Bring a file into the register: all of it or nothing.

    :meth:`examine` does everything but write, and is what a dry run shows. A subclass reads the file in :meth:`read`,
    which fills ``self.report``, and writes in :meth:`write`.
    """

    #: endings that the door takes
    accepts: ClassVar[frozenset[str]] = files.TABLES
    subject_label: Any = ""
    #: whether the rows without errors may be imported without the others, when somebody says so
    partial: ClassVar[bool] = False

    def __init__(
        self,
        actor: Actor,
        content: bytes,
        filename: str,
        *,
        target: Any = None,
        progress: Progress | None = None,
        reason: str = "",
        skip_errors: bool = False,
    ) -> None:
        super().__init__(actor, reason=reason)
        self.skip_errors = skip_errors and self.partial
        self.content, self.filename = content, files.safe_name(filename)
        self.target = target
        self.report = Report()
        self._progress = progress
        self._examined = False

    def progress(self, done: int, total: int, message: Any = "") -> None:
        """Tell who waits."""
        if self._progress is not None:
            self._progress(done, total, str(message))

    def read(self) -> None:
        """Read the file and compare it with the register."""
        raise NotImplementedError

    def write(self) -> None:
        """Write what :meth:`read` has found."""
        raise NotImplementedError

    def examine(self) -> Report:
        """What would happen; checks the right, changes nothing.

        Raises
        ------
        CoreError
            If the actor lacks the right, or the file cannot be read at all.
        """
        self.check()
        self._read_once()
        return self.report

    def _read_once(self) -> None:
        if not self._examined:
            self._examined = True
            self.read()
            self.report.problems.sort(key=lambda problem: problem.row)
            if self.skip_errors:
                self._leave_out()

    def _leave_out(self) -> None:
        """Put the errors of single rows aside; those of the whole file stop it still."""
        self.report.left_out += [problem for problem in self.report.problems if problem.row]
        self.report.problems = [problem for problem in self.report.problems if not problem.row]

    def validate(self) -> None:
        """Refuse a file with errors."""
        super().validate()
        self._read_once()
        self._refuse_problems()

    def _refuse_problems(self) -> None:
        if self.report.problems:
            first = self.report.problems[0]
            where = f"{first.address or first.row or ''} {first.column}".strip()
            message = __(
                "Nothing was imported: the file has %(count)d errors. First: %(where)s %(message)s"
            ) % {
                "count": len(self.report.problems),
                "where": where,
                "message": first.message,
            }
            raise ImportRefused(message, report=self.report, result=self.report.as_json())

    def perform(self) -> Report:
        """Write, and log once with the numbers and the file of all changes."""
        if not self.report.changes:
            self.unchanged = True
            return self.report
        self.write()
        self._refuse_problems()
        kept = files.store(
            self.report.changes_file(),
            f"{__('Changes')}_{self.filename.split('.')[0]}.csv",
            actor=self.actor,
            target=self.target,
        )
        self.report_file = kept
        self.log(
            label=self.filename,
            after={**self.report.counts(), "attachment": kept.pk, "sha256": kept.sha256},
        )
        return self.report

    report_file: Any = None


class TableImport(FileImport):
    """An import of a list."""

    columns: ClassVar[Sequence[Column]]
    #: keys of columns of which at least one must be there
    needs_one_of: ClassVar[Sequence[str]] = ()

    def read_list(self) -> Records:
        """The records of the first sheet that has them; what is wrong with cells is added to the report.

        Raises
        ------
        Invalid
            If the file cannot be read, or no sheet has the header.
        """
        content, name = unpacked(self.content, self.filename)
        try:
            sheets = read_tables(content, name).sheets
            found = [read_records(sheet, self.columns) for sheet in sheets if not sheet.hidden and sheet.rows]
        except OfficeError as error:
            raise Invalid(said(error), fields={"file": said(error)}) from error
        usable = [records for records in found if records.header is not None and self._enough(records)]
        if not usable:
            names = "、".join(column.names[0] for column in self.columns if column.required) or "、".join(
                column.names[0] for column in self.columns if column.key in self.needs_one_of
            )
            message = __(
                "No list was found in the file. It needs a row of headings with %(names)s; the template shows them all."
            ) % {"names": names}
            raise Invalid(message, fields={"file": message})
        records = usable[0]
        header = records.header
        assert header is not None
        by_place = {place: key for key, place in header.columns.items()}
        meant = {column.key: column for column in self.columns}
        for problem in records.problems:
            params = dict(problem.params)
            if problem.code == "not_a_choice" and problem.column in by_place:
                # One word for each meaning is enough for who has to choose.
                params["choices"] = "、".join(one_word_each(meant[by_place[problem.column]]))
            self.report.problems.append(
                Problem(
                    problem.code,
                    __(problem.message_id) % params,
                    problem.row,
                    problem.heading,
                    problem.address,
                )
            )
        for place in header.unknown:
            self.report.note(
                "column_unknown",
                __("The column “%(name)s” is not used."),
                header.last_row,
                header.headings[place],
                name=header.headings[place],
            )
        for number, text in records.skipped:
            self.report.note("row_skipped", __("This row is no entry: “%(text)s”."), number, text=text[:40])
        self.report.rows = len(records.rows)
        self.headings = {key: header.headings[place] for key, place in header.columns.items()}
        return records

    def _enough(self, records: Records) -> bool:
        columns = records.header.columns if records.header is not None else {}
        required = [column.key for column in self.columns if column.required]
        return all(key in columns for key in required) and (
            not self.needs_one_of or any(key in columns for key in self.needs_one_of)
        )

    def has(self, key: str) -> bool:
        """Whether the file has a column; one that it lacks changes nothing in the register."""
        return key in self.headings

    def wrong(self, row: int, key: str, code: str, message: Any, /, **places: Any) -> None:
        """Add a problem at a cell."""
        self.report.problem(code, message, row, self.headings.get(key, ""), **places)


def one_word_each(column: Column) -> list[str]:
    """The first of the words for each choice of a column."""
    if column.kind == "flag":
        return ["是", "否"]
    found: dict[Any, str] = {}
    for written, meaning in column.choices.items():
        found.setdefault(meaning, written)
    return list(found.values())


def first_day(value: Any) -> date | None:
    """The first day of what a cell says: 2023年6月 begins on the first of June."""
    if value is None:
        return None
    day: date = value.on
    if value.precision == "month":
        return day.replace(day=1)
    if value.precision == "year":
        return day.replace(month=1, day=1)
    return day


def last_day(value: Any) -> date | None:
    """The last day of what a cell says."""
    return None if value is None else value.on
