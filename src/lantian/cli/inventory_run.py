"""``lantian inventory run``: the emissions of the sources of a workbook, without a database."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.inventory_full import Full, compare, extras_json, extras_lines, write_workbook
from lantian.cli.sources_files import books_of, fail, read, spoken, write_template

if TYPE_CHECKING:
    from lantian.rules.sources.details import Detail
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
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="OUT.xlsx",
            help=_("Write the inventory as a workbook: totals, list, months, checks, and what it was computed from."),
            show_default=False,
        ),
    ] = None,
    classes: Annotated[
        int, typer.Option("--classes", help=_("Classes of the totals: 8 of the guide in four levels, or the older 10."))
    ] = 8,
    months: Annotated[bool, typer.Option("--months", help=_("Months of each class and pollutant, too."))] = False,
    uncertain: Annotated[
        bool, typer.Option("--uncertainty", help=_("How far the sums may lie from the truth, by Monte Carlo."))
    ] = False,
    seed: Annotated[int, typer.Option("--seed", min=0, help=_("Of the draws; the same seed gives the same."))] = 1,
    totals: Annotated[
        bool, typer.Option("--totals", help=_("Hold fuels and products against the totals of the statistics."))
    ] = False,
) -> None:  # fmt: skip
    """Compute an inventory."""
    if template:
        write_template(file, overrides)
        return
    if year is None:
        raise fail(_("Name the year: --year 2025."), 2)
    if classes not in (8, 10):
        raise fail(_("There are 8 classes or 10: --classes 8, --classes 10."), 2)
    from lantian.rules.sources.details import detailed
    from lantian.rules.sources.inventory import run as compute

    found, known = read(file), books_of(overrides)
    result = compute(found.rows, found.problems, known, year, abroad=abroad)
    full = Full(year, classes, found.rows, result, detailed(result, found.rows, known), known)
    wanted = frozenset(
        name for name, given in (("months", months), ("uncertainty", uncertain), ("totals", totals)) if given
    )
    if output is not None:
        write_workbook(full, file, output, seed if uncertain else None)
    if as_json:
        places = {id(detail.emission): detail for detail in full.details}
        emissions = [emission_json(entry, places.get(id(entry))) for entry in result.emissions]
        print(
            json.dumps({"emissions": emissions, **extras_json(full, wanted, seed)} if wanted else emissions,
                       ensure_ascii=False, indent=1)
        )  # fmt: skip
    elif output is None:
        for line in (*table(result), *extras_lines(full, wanted, seed)):
            print(line)
    _say(result)


inventory_app.command(
    name="compare",
    help=_("What changed between two years: list, activity, factors and removal, adding up exactly."),
)(compare)


def emission_json(entry: Emission, detail: Detail | None = None) -> dict[str, Any]:
    """The contract of ``--json``; a gap has ``t`` null, a code and no class."""
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
        "class": detail.category.name if detail else None,
        "part": (detail.category.part or None) if detail else None,
        "levels": [level or None for level in detail.category.levels] if detail else None,
        "ten_class": detail.ten.name if detail else None,
        "ten_subsector": detail.ten.subsector if detail else None,
        "ten_unsure": (detail.ten.unsure or None) if detail else None,
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
