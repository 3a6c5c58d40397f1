"""``lantian inventory run``: the emissions of the sources of a workbook, without a database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.sources_files import books_of, fail, read, spoken, write_template

if TYPE_CHECKING:
    from lantian.rules.sources.inventory import Inventory
    from lantian.rules.sources.results import Emission

inventory_app = typer.Typer(
    help=_("Compute emission inventories; no database is needed."), no_args_is_help=True, add_completion=False
)


@inventory_app.callback()
def inventory() -> None:
    """Group of the commands for inventories."""


@inventory_app.command(
    help=_(
        "Compute what the sources of a workbook emit in a year, with method, factor and reason; gaps are reported."
    )
)
def run(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.xlsx", help=_("The workbook; with --template the one to write."))
    ],
    year: Annotated[
        int | None, typer.Option("--year", min=1949, max=2199, help=_("The year."), show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print the emissions as JSON."))] = False,
    abroad: Annotated[
        bool, typer.Option("--abroad", help=_("Fill gaps with factors from abroad; they are marked."))
    ] = False,
    overrides: Annotated[
        Path | None,
        typer.Option(
            "--overrides", metavar="FILE",
            help=_("Unsure entries of the books set otherwise (JSON); by default books/sources-overrides.json of the"
                   " data folder, if it is there."), show_default=False,
        ),
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help=_("Write an example workbook with every sheet, and do nothing else."))
    ] = False,
) -> None:  # fmt: skip
    """Compute an inventory."""
    if template:
        write_template(file, overrides)
        return
    if year is None:
        raise fail(_("Name the year: --year 2025."), 2)
    from lantian.rules.sources.inventory import run as compute

    found = read(file)
    result = compute(found.rows, found.problems, books_of(overrides), year, abroad=abroad)
    if as_json:
        print(json.dumps([emission_json(entry) for entry in result.emissions], ensure_ascii=False, indent=1))
    else:
        for line in table(result):
            print(line)
    _say(result)


def emission_json(entry: Emission) -> dict[str, Any]:
    """The contract of ``--json``; a gap has ``t`` null, and a code."""
    from openpyxl.utils import get_column_letter

    from lantian.rules.sources.quality import grade_of

    factor = entry.factor
    return {
        "source_id": entry.source_id or None,
        "unit": entry.unit or None,
        "pollutant": entry.pollutant,
        "t": None if entry.t is None else float(entry.t),
        "method": entry.method,
        "factor": None
        if factor is None
        else {
            "value": float(factor.value),
            "unit": factor.unit,
            "source": factor.source,
            "grade": factor.grade or None,
            "region": factor.region or None,
            "year": factor.year,
            "abroad": factor.abroad,
            "own": factor.own,
        },
        "reason": reason(entry),
        "sheet": entry.sheet,
        "row": entry.row or None,
        "column": get_column_letter(entry.column) if entry.column else None,
        "code": entry.code or None,
        "quality": grade_of(entry),
    }


def reason(entry: Emission) -> str:
    """Why this number, or why none."""
    return "；".join(said.text(spoken) for said in entry.why)


def table(result: Inventory) -> list[str]:
    """Lines for people."""
    methods = {"monitored": _("Monitored"), "mass_balance": _("Mass balance"), "factor": _("Factor")}
    lines = []
    for entry in result.emissions:
        if entry.t is not None:
            unit = f"/{entry.unit}" if entry.unit else ""
            lines.append(
                f"{entry.source_id}{unit}  {entry.pollutant}  {float(entry.t):.6g} t  [{methods[entry.method or 'factor']}]"
                f"  {reason(entry)}"
            )
    totals: dict[str, None] = {}
    for entry in result.emissions:
        if entry.pollutant and entry.t is not None:
            totals.setdefault(entry.pollutant)
    lines += ["", _("Total")]
    lines += [f"  {name}  {float(result.total(name)):.6g} t" for name in totals]
    return lines


def _say(result: Inventory) -> None:
    for gap in result.gaps:
        entry = emission_json(gap)
        address = f"{gap.sheet}!{entry['column'] or ''}{entry['row'] or ''}".rstrip("!")
        what = f"{gap.source_id} {gap.pollutant or ''}".strip()
        print(f"{address}  {what}  [{gap.code}]  {reason(gap)}", file=sys.stderr)
    if result.gaps:
        print(
            _("%(count)d gaps: these emissions are not in the totals.") % {"count": len(result.gaps)},
            file=sys.stderr,
        )
    if result.skipped:
        print(_("%(count)d rows of other years were left out.") % {"count": result.skipped}, file=sys.stderr)
