"""``lantian plan …``: read action plans without a database.

The JSON of ``plan parse`` is a contract: an array with one object per file, in the order of the command
line, alone on standard output.  Everything for people goes to standard error, or to standard output where
no JSON was asked for.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

if TYPE_CHECKING:
    from lantian.rules.conformity.model import Side

#: a text within the size limit is read in seconds; past this something is wrong [s]
_PARSE_SECONDS = 60

plan_app = typer.Typer(
    help=_("Read action plans into tables; no database is needed."),
    no_args_is_help=True,
    add_completion=False,
)


@plan_app.callback()
def plan() -> None:
    """Group of the commands for plans."""


@plan_app.command(
    help=_(
        "Read plans (.docx, .pdf with text, .txt, .md; .doc and .wps with LibreOffice) and print their tasks, targets"
        " and duties."
    )
)
def parse(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help=_("Files to read."), show_default=False)
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help=_("Print a JSON array with one object for each file."))
    ] = False,
    text_out: Annotated[
        Path | None,
        typer.Option(
            "--text-out",
            metavar="FILE",
            help=_(
                "Write the text that the spans count in; with several files, a folder for one text of each."
            ),
            show_default=False,
        ),
    ] = None,
    xlsx: Annotated[
        Path | None,
        typer.Option(
            "--xlsx", metavar="OUT", help=_("Write the task ledger as an Excel file."), show_default=False
        ),
    ] = None,
) -> None:
    """Read plans and print what is in them."""
    texts = _text_targets(files, text_out)
    results: list[dict[str, Any]] = []
    failed = False
    for number, file in enumerate(files):
        result, text = _read(file)
        results.append(result)
        failed = failed or "error" in result
        if text is not None and texts:
            failed = not _write_file(texts[number], text.encode("utf-8", "surrogatepass")) or failed
    if as_json:
        _print(json.dumps(results, ensure_ascii=False, indent=1) + "\n")
    else:
        for result in results:
            if "error" in result:
                _complain(f"{result['file']}: {result['error']['message']}")
            else:
                _print("\n".join(_summary(result)) + "\n\n")
    if xlsx is not None:
        failed = not _write_ledger(results, xlsx) or failed
    if failed:
        raise typer.Exit(1)


@plan_app.command(
    help=_(
        "Hold a lower plan against the plan above it: which task carries which, what is missing, later or looser."
    )
)
def compare(
    upper: Annotated[
        Path, typer.Argument(metavar="UPPER", help=_("File of the plan above."), show_default=False)
    ],
    lower: Annotated[
        Path, typer.Argument(metavar="LOWER", help=_("File of the plan below."), show_default=False)
    ],
    as_json: Annotated[
        bool,
        typer.Option("--json", help=_("Print a JSON array with one object for each task and target above.")),
    ] = False,
    xlsx: Annotated[
        Path | None,
        typer.Option(
            "--xlsx", metavar="OUT", help=_("Write the findings as an Excel file."), show_default=False
        ),
    ] = None,
    docx: Annotated[
        Path | None,
        typer.Option(
            "--docx", metavar="OUT", help=_("Write the findings as a Word file."), show_default=False
        ),
    ] = None,
) -> None:
    """Compare two plans."""
    from lantian.cli.plan_compare import findings_json, report_bytes, table
    from lantian.rules.conformity.compare import compare as compare_sides

    sides = []
    for file in (upper, lower):
        try:
            text, _notes = _extract(file)
            side = _side(text)
            sides.append(side)
            if not side.tasks:
                _complain(f"{file}: {_('No tasks were found in this text')}")
        except _Failure as failure:
            _complain(f"{file}: {failure}")
    if len(sides) < 2:
        raise typer.Exit(1)
    try:
        with _time_limit(_PARSE_SECONDS):
            findings = compare_sides(sides[0], sides[1])
    except TimeoutError as error:
        message = _("The plans could not be compared within %(seconds)s seconds. Split the documents.")
        _complain(message % {"seconds": _PARSE_SECONDS})
        raise typer.Exit(1) from error
    if as_json:
        _print(json.dumps(findings_json(findings), ensure_ascii=False, indent=1) + "\n")
    else:
        _print("\n".join(table(findings, sides[0], sides[1])) + "\n")
    written = [
        _write_file(target, report_bytes(kind, findings, sides[0], sides[1], date.today()))
        for kind, target in (("xlsx", xlsx), ("docx", docx))
        if target is not None
    ]
    if not all(written):
        raise typer.Exit(1)


# --- reading ---


class _Failure(Exception):
    """A file that was not read, with the code and the message of the contract."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def _read(file: Path) -> tuple[dict[str, Any], str | None]:
    """The object of a file for the JSON, and its text where there is one."""
    text = None
    try:
        text, notes = _extract(file)
        result = _parse(text, str(file))
    except _Failure as failure:
        return {"file": str(file), "error": {"code": failure.code, "message": str(failure)}}, text
    if notes:
        result["notes"] = notes
    return result, text


def _extract(file: Path) -> tuple[str, list[dict[str, str]]]:
    from lantian.office.errors import OfficeError, TooLarge
    from lantian.office.limits import DEFAULT_LIMITS, size_text
    from lantian.office.text import extract_text

    try:
        if file.is_dir():
            raise _Failure("not_a_file", _("This is a folder. Name the files in it."))
        with file.open("rb") as stream:
            # one byte more than allowed tells that there is more, whatever kind of file it is
            data = stream.read(DEFAULT_LIMITS.file_bytes + 1)
        if len(data) > DEFAULT_LIMITS.file_bytes:
            raise TooLarge(limit=size_text(DEFAULT_LIMITS.file_bytes))
        extracted = extract_text(data, file.name)
    except FileNotFoundError as error:
        raise _Failure("not_found", _("There is no such file.")) from error
    except (OSError, ValueError) as error:
        message = _("The file cannot be opened: %(reason)s.") % {
            "reason": getattr(error, "strerror", None) or error
        }
        raise _Failure("unreadable", message) from error
    except OfficeError as error:
        raise _Failure(error.code, _(error.message_id) % error.params) from error
    return extracted.text, [
        {"code": note.code, "message": _(note.message_id) % note.params} for note in extracted.notes
    ]


def _parse(text: str, source: str) -> dict[str, Any]:
    from lantian.office.limits import DEFAULT_LIMITS
    from lantian.rules.documents.as_json import plan_as_dict
    from lantian.rules.documents.parse import parse_plan

    with _reading():
        return plan_as_dict(parse_plan(text, max_bytes=DEFAULT_LIMITS.text_bytes), source)


def _side(text: str) -> Side:
    from lantian.office.limits import DEFAULT_LIMITS
    from lantian.rules.conformity.sides import side_from_plan
    from lantian.rules.documents.parse import parse_plan

    with _reading():
        return side_from_plan(parse_plan(text, max_bytes=DEFAULT_LIMITS.text_bytes), text)


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Whatever keeps a text from being read, as a failure with a code and a message."""
    from lantian.office.limits import size_text
    from lantian.rules.documents.errors import PlanTooLarge

    try:
        with _time_limit(_PARSE_SECONDS):
            yield
    except PlanTooLarge as error:
        if error.unit == "lines":
            message = _("The text of the file has more than %(limit)s lines. Split the document.")
            raise _Failure("too_large", message % {"limit": error.limit}) from error
        message = _("The text of the file is longer than %(limit)s. Split the document.")
        raise _Failure("too_large", message % {"limit": size_text(error.limit)}) from error
    except TimeoutError as error:
        message = _("The text could not be read within %(seconds)s seconds. Split the document.")
        raise _Failure("timeout", message % {"seconds": _PARSE_SECONDS}) from error
    except Exception as error:
        # one document that the reader breaks on must not keep the others from being printed
        message = _("The reader failed on this text (%(error)s). Please report the document.")
        raise _Failure("internal", message % {"error": f"{type(error).__name__}: {error}"}) from error


@contextlib.contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Raise ``TimeoutError`` after a time, where the system has alarms."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def stop(_signal: int, _frame: object) -> None:
        raise TimeoutError

    try:
        before = signal.signal(signal.SIGALRM, stop)
    except ValueError:
        # alarms belong to the main thread
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


# --- writing ---


def _text_targets(files: Sequence[Path], text_out: Path | None) -> list[Path]:
    """Where the text of each file goes: into the named file, or into files of a folder."""
    if text_out is None:
        return []
    if len(files) == 1 and not text_out.is_dir():
        return [text_out]
    if text_out.exists() and not text_out.is_dir():
        raise typer.BadParameter(
            _("With several files, --text-out has to name a folder; %(path)s is a file.")
            % {"path": text_out},
            param_hint="--text-out",
        )
    try:
        text_out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise typer.BadParameter(
            _("The folder %(path)s cannot be made: %(reason)s.")
            % {"path": text_out, "reason": error.strerror},
            param_hint="--text-out",
        ) from error
    targets: list[Path] = []
    taken: set[str] = set()
    for file in files:
        name, number = f"{file.stem}.txt", 1
        while name in taken:
            number += 1
            name = f"{file.stem} ({number}).txt"
        taken.add(name)
        targets.append(text_out / name)
    return targets


def _write_ledger(results: Sequence[Mapping[str, Any]], target: Path) -> bool:
    from lantian.office.ledger import write_task_ledger

    if all("error" in result for result in results):
        _complain(_("No plan was read; the Excel file was not written."))
        return False
    import io

    buffer = io.BytesIO()
    write_task_ledger(results[0] if len(results) == 1 else results, buffer)
    return _write_file(target, buffer.getvalue())


def _write_file(target: Path, content: bytes) -> bool:
    """Write a file whole or not at all; say so and return False where it cannot be written."""
    try:
        if target.exists() and not target.is_file():
            # a pipe or device that somebody named on purpose
            target.write_bytes(content)
            return True
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".lantian-")
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            mask = os.umask(0)
            os.umask(mask)
            Path(name).chmod(0o666 & ~mask)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        _complain(
            _("%(path)s cannot be written: %(reason)s.") % {"path": target, "reason": error.strerror or error}
        )
        return False
    return True


def _print(text: str) -> None:
    """Print in UTF-8 whatever the console's encoding is: a pipe behind it reads JSON."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _complain(text: str) -> None:
    print(text, file=sys.stderr)


# --- the summary for people ---


def _summary(result: Mapping[str, Any]) -> list[str]:
    meta, tasks = result["meta"], result["tasks"]
    lines = [str(result["file"])]
    for label, value in (
        (_("Title of the plan"), meta["title"]),
        (_("Issued by"), meta["issuer"]),
        (_("Document number"), meta["document_number"]),
        (_("Issued on"), meta["issued_on"]),
        (_("Copied to"), "、".join(meta["copied_to"] or ())),
    ):
        if value:
            lines.append(f"  {label}：{value}")
    if len(result["documents"]) > 1:
        lines.append("  " + _("Documents in the file: %(count)s") % {"count": len(result["documents"])})
        lines.extend(f"    《{document['title']}》" for document in result["documents"] if document["title"])
    without = sum(1 for task in tasks if not _units(task))
    lines.append(
        "  "
        + _(
            "%(tasks)s tasks (%(without)s without a responsible unit), %(targets)s targets, %(duties)s reporting duties"
        )
        % {
            "tasks": len(tasks),
            "without": without,
            "targets": len(result["targets"]),
            "duties": len(result["duties"]),
        }
    )
    lines.extend(f"  {note['message']}" for note in result.get("notes", ()))
    section: list[str] = []
    for task in tasks:
        if task["section"] != section:
            section = task["section"]
            lines.append("  " + "／".join(section))
        part = _(" part %(number)s") % {"number": task["part"]} if task["part"] else ""
        deadline = "、".join(map(str, task["deadlines"]))
        facts = "；".join(fact for fact in ("、".join(_units(task)), deadline) if fact)
        lines.append(
            f"    {task['number']}{part} {_shortened(task['title'])}" + (f" 【{facts}】" if facts else "")
        )
    if result["warnings"]:
        lines.append("  " + _("Please check (%(count)s):") % {"count": len(result["warnings"])})
        lines.extend(
            f"    [{warning['span'][0]}–{warning['span'][1]}] {_(warning['message'])}"
            for warning in result["warnings"]
        )
    return lines


def _units(task: Mapping[str, Any]) -> list[str]:
    """The units that answer for a task first: those in the lead, else those responsible or sharing it."""
    return list(task["leads"] or task["responsible"] or task["shared"])


def _shortened(text: str) -> str:
    text = " ".join(str(text).split())
    return text if len(text) <= 40 else text[:39] + "…"
