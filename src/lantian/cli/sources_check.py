"""``lantian sources check``: what is wrong with the lists of a workbook, without a database."""

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
    from lantian.rules.sources.coordinates import Area
    from lantian.rules.sources.rows import Problem

sources_app = typer.Typer(
    help=_("Check lists of pollution sources; no database is needed."),
    no_args_is_help=True,
    add_completion=False,
)


@sources_app.callback()
def sources() -> None:
    """Group of the commands for sources."""


@sources_app.command(help=_("Check the keys, places, units and references of a workbook of sources."))
def check(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.xlsx", help=_("The workbook; with --template the one to write."))
    ],
    as_json: Annotated[bool, typer.Option("--json", help=_("Print the findings as JSON."))] = False,
    outline: Annotated[
        Path | None,
        typer.Option(
            "--outline", metavar="FILE.geojson",
            help=_("Outline of the place in WGS-84 (GeoJSON); without it the box of Henan."), show_default=False,
        ),
    ] = None,
    within: Annotated[
        str, typer.Option("--within", help=_("Figures that administrative codes must begin with, for example 4101."))
    ] = "",
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
    """Check a workbook."""
    if template:
        write_template(file, overrides)
        return
    from lantian.rules.sources.checks import check as find

    found = read(file)
    area = _area(outline) if outline else None
    problems = find(found.rows, found.problems, books_of(overrides), area=area, within=within)
    if as_json:
        print(json.dumps([problem_json(problem) for problem in problems], ensure_ascii=False, indent=1))
    else:
        for problem in problems:
            print(problem_line(problem))
    if problems:
        print(_("%(count)d findings.") % {"count": len(problems)}, file=sys.stderr)
    else:
        print(_("Nothing was found that is wrong."), file=sys.stderr)


def problem_json(problem: Problem) -> dict[str, Any]:
    """The contract of ``--json``."""
    from openpyxl.utils import get_column_letter

    return {
        "sheet": problem.sheet,
        "row": problem.row or None,
        "column": get_column_letter(problem.column) if problem.column else None,
        "code": problem.code,
        "message": problem.message.text(spoken),
        "source_id": problem.source_id or None,
        "offer": problem.offer or None,
    }


def problem_line(problem: Problem) -> str:
    """A finding for people: address, code, message and what may be meant."""
    entry = problem_json(problem)
    address = f"{entry['sheet']}!{entry['column'] or ''}{entry['row'] or ''}".rstrip("!")
    line = f"{address}  [{problem.code}]  {entry['message']}"
    return line + (" → " + problem.offer if problem.offer else "")


def _area(outline: Path) -> Area:
    from lantian.rules.geo import GeometryError, bounds, read_polygons
    from lantian.rules.sources.coordinates import Area

    try:
        given: Any = json.loads(outline.read_text("utf-8-sig"))
        features = given["features"] if given.get("type") == "FeatureCollection" else [given]
        polygons = [
            polygon
            for feature in features
            for polygon in read_polygons(
                feature.get("geometry", feature) if feature.get("type") == "Feature" else feature
            )
        ]
        name = str((features[0].get("properties") or {}).get("name") or outline.stem)
        return Area(name, bounds(polygons), polygons)
    except GeometryError as error:
        raise fail(f"{outline}: {error}") from None
    except (OSError, ValueError, KeyError, AttributeError, IndexError, TypeError) as error:
        raise fail(
            f"{outline}: {getattr(error, 'strerror', None) or _('This is no GeoJSON outline.')}"
        ) from None
