"""``lantian sources admit``: whether a proposed project may be, without a database."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.sources_check import sources_app
from lantian.cli.sources_files import fail, spoken

if TYPE_CHECKING:
    from lantian.rules.sources.admission import Decision
    from lantian.rules.sources.admission_books import AdmissionLibrary


@sources_app.command(
    help=_("Judge a proposed project by the decision books of its place and day; no database is needed.")
)
def admit(
    file: Annotated[
        Path, typer.Argument(metavar="PROJECT.json", help=_("The project; with --template the one to write."))
    ],
    on: Annotated[
        datetime | None,
        typer.Option("--on", formats=["%Y-%m-%d"], metavar="DATE",
                     help=_("Day of the judgement; by default the date of the project."), show_default=False),
    ] = None,
    books: Annotated[
        Path | None,
        typer.Option("--books", metavar="DIR", show_default=False,
                     help=_("Folder with decision books of the office; by default books/admission of the data folder.")),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print the decision as JSON."))] = False,
    everything: Annotated[
        bool, typer.Option("--all", help=_("Show rules that do not apply, too."))
    ] = False,
    template: Annotated[
        str | None,
        typer.Option("--template", metavar="REGION", show_default=False,
                     help=_("Write an empty project with all that the books of a place ask on the day, and do nothing else.")),
    ] = None,
) -> None:  # fmt: skip
    """Judge a project."""
    from lantian.rules.sources.admission import judge
    from lantian.rules.sources.admission_project import read_project
    from lantian.rules.sources.admission_words import as_json as contract
    from lantian.rules.sources.errors import InputError

    library = library_of_office(books)
    day = on.date() if on else None
    if template is not None:
        if day is None:
            raise fail(_("Name the day: --on 2022-06-01."), 2)
        _write_template(file, template, day, library)
        return
    try:
        project = read_project(_read(file), on=day, extra=library.facts)
    except InputError as error:
        raise fail(f"{file}: {error.message.text(spoken)}") from None
    decision = judge(project, library)
    if as_json:
        print(json.dumps(contract(decision, library, spoken), ensure_ascii=False, indent=1))
        return
    for line in lines(decision, library, everything=everything):
        print(line)


def library_of_office(folder: Path | None) -> AdmissionLibrary:
    """The decision books, with those of the office and what it sets otherwise."""
    from lantian.office.own_books import OwnBooksError, own_admission
    from lantian.web import conf

    if folder is not None and not folder.is_dir():
        raise fail(f"{folder}: {_('There is no such folder.')}")
    try:
        return own_admission(conf.data_path(), folder)
    except OwnBooksError as error:
        raise fail(error.text(spoken)) from None


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_text("utf-8-sig"), parse_float=Decimal)
    except FileNotFoundError:
        raise fail(f"{file}: {_('There is no such file.')}") from None
    except OSError as error:
        reason = _("The file cannot be opened: %(reason)s.") % {"reason": error.strerror or error}
        raise fail(f"{file}: {reason}") from None
    except ValueError as error:
        raise fail(f"{file}: {error}") from None


def _write_template(file: Path, region: str, day: date, library: AdmissionLibrary) -> None:
    from lantian.rules.sources.admission_template import template_of
    from lantian.rules.sources.errors import IdentifierError

    try:
        record = template_of(library, region, day)
        with file.open("x", encoding="utf-8") as stream:
            json.dump(record, stream, ensure_ascii=False, indent=1)
            stream.write("\n")
    except IdentifierError as error:
        raise fail(error.message.text(spoken), 2) from None
    except FileExistsError:
        raise fail(f"{file}: {_('This file is there already. Choose another name.')}") from None
    except OSError as error:
        reason = _("The file cannot be written: %(reason)s.") % {"reason": error.strerror or error}
        raise fail(f"{file}: {reason}") from None
    print(_("Empty project written: %(file)s") % {"file": file}, file=sys.stderr)


def lines(decision: Decision, library: AdmissionLibrary, *, everything: bool = False) -> list[str]:
    """The decision for people: verdict, what is missing, every rule with its clause."""
    from lantian.rules.sources import admission_words as words

    project = decision.project
    title = "  ".join(filter(None, (project.id, project.name, project.region, project.day.isoformat())))
    found = [title, f"{_('Judgement')}: {spoken(words.VERDICTS[decision.verdict])}"]
    if decision.missing:
        found.append(_("To be told:"))
        found += [f"  - {words.fact_label(key, library, spoken)}  ({key})" for key in decision.missing]
    state = ""
    for finding in decision.findings:
        if finding.state == "not_applicable" and not everything:
            continue
        if finding.state != state:
            state = finding.state
            found.append(f"{spoken(words.STATES[state])}:")
        rule = finding.rule
        found.append(f"  - {rule.label}  [{finding.book.document} {rule.clause}, {rule.grade}]  {rule.key}")
        reason = words.why(finding, library, spoken)
        if reason:
            found.append(f"    {reason}")
        if rule.note:
            found.append(f"    {rule.note}")
    hidden = len(decision.of("not_applicable"))
    if hidden and not everything:
        found.append(_("%(count)d rules do not apply (--all shows them).") % {"count": hidden})
    for book, reason in decision.passed_over:
        found.append(f"{book.id}: {words.passed_over(book, reason, spoken)}")
    return found
