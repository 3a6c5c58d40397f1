"""``lantian air trend`` and ``lantian air dustfall``: what changes over years, and what falls into jars; without a database."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.air import Overrides, Standard, air_app, all_books, fail, libraries, say
from lantian.cli.air_evaluate import (
    By,
    EditionOption,
    EntitiesOption,
    Validity,
    ValidityOption,
    number,
    read_names,
    say_of_table,
)
from lantian.cli.air_rank import read_periods, small_table

if TYPE_CHECKING:
    from lantian.rules.air.evaluation import Evaluation
    from lantian.rules.air.evaluation_books import EvaluationBook

#: most years that are read
_MOST_YEARS = 30


@air_app.command(
    help=_(
        "Tell whether a figure rises or falls over years (Spearman), all years judged by the edition of the last one, and"
        " the average of the last three years."
    )
)
def trend(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv[.gz]", help=_("The table to read."), show_default=False)
    ],
    years: Annotated[
        str, typer.Option("--years", metavar="FIRST:LAST", help=_("Such as 2019:2025."), show_default=False)
    ],
    by: Annotated[
        str,
        typer.Option(
            "--by", metavar="FIGURE", help=_("The figure: index, max, pm25, pm10, good_days, good_ratio …")
        ),
    ] = "index",
    of: Annotated[By, typer.Option("--of", help=_("What is evaluated and ranked."))] = By.CITY,
    validity: ValidityOption = Validity.STRICT,
    standard: EditionOption = Standard.AUTO,
    entities: EntitiesOption = None,
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON instead of a table."))] = False,
) -> None:
    """Tell the trends of years."""
    from lantian.rules.air.comparison import footing
    from lantian.rules.air.errors import AirError
    from lantian.rules.air.evaluation import evaluate_days
    from lantian.rules.air.measures import KEY_NAMES, UnknownMeasure, key_by
    from lantian.rules.air.periods import period_of

    wanted = re.fullmatch(r"(\d{4}):(\d{4})", years.strip())
    if wanted is None or not 1 <= int(wanted[2]) - int(wanted[1]) + 1 <= _MOST_YEARS:
        raise fail(_("“%(text)s” names no years. Write 2019:2025.") % {"text": years})
    try:
        key = key_by(by)
    except UnknownMeasure:
        key = None
    if key is None or key.change:
        names_of_figures = "、".join(name for name in KEY_NAMES if not name.startswith("change"))
        message = _("“%(name)s” is no figure. There are: %(names)s")
        raise fail(message % {"name": by, "names": names_of_figures})
    aqi_books, books = libraries(overrides)
    periods = [period_of(str(year)) for year in range(int(wanted[1]), int(wanted[2]) + 1)]
    try:
        sides = [footing(periods[-1], one, standard.value, books, aqi_books) for one in periods]
    except AirError:
        message = _("No edition of the standard holds on the days of %(period)s. Name one with --standard.")
        raise fail(message % {"period": periods[-1].text}) from None
    names = None if entities is None else read_names(entities, of)
    tables = read_periods(file, periods, of)
    found: dict[str, dict[int, Evaluation]] = {}
    scheme = sides[-1].base or sides[-1].this
    for table, period, side in zip(tables, periods, sides, strict=True):
        of_year = side.base or side.this
        days = table.entities(of_year, available=validity is Validity.AVAILABLE)
        say_of_table(table, of_year, period)
        for name in names if names is not None else sorted(days):
            values, few = days.get(name, ({}, 0))
            found.setdefault(name, {})[period.first.year] = evaluate_days(
                name, values, period, of_year, validity=validity.value, few_points=few
            )
    records = [
        _trend_of(name, of_years, key.figure, [one.first.year for one in periods], scheme.book)
        for name, of_years in found.items()
    ]
    if as_json:
        print(json.dumps(records, ensure_ascii=False, indent=1))
        return
    heads = [one.text for one in periods]
    print("\t".join([_("entity"), *heads, "r", _("critical value"), _("trend"), _("reasons")]))
    for one in records:
        cells = [one["entity"], *one["values"].values(), one["r"], one["critical"], _word(one["trend"])]
        cells.append(" ".join([*one["reasons"], *filter(None, [one["three_year_reason"]])]))
        print("\t".join("" if cell is None else str(cell) for cell in cells))


def _word(direction: str | None) -> str:
    words = {"rising": _("rising"), "falling": _("falling"), "steady": _("no significant trend")}
    return words.get(direction or "", "")


def _trend_of(
    name: str, found: dict[int, Evaluation], figure: str, years: Sequence[int], book: EvaluationBook
) -> dict[str, Any]:
    from lantian.rules.air.evaluation_words import reason_in_words
    from lantian.rules.air.indices import three_year_average
    from lantian.rules.air.measures import figure_of, unrounded_of
    from lantian.rules.air.statistics import rounded
    from lantian.rules.air.trend import trend as trend_of

    values = {year: figure_of(found[year], figure) if year in found else None for year in years}
    result = trend_of(values, book)
    average, reason = None, None
    if len(years) >= 3:
        exact = [unrounded_of(found[year], figure) if year in found else None for year in years[-3:]]
        average, reason = three_year_average(exact, book)
    return {
        "entity": name,
        "figure": figure,
        "values": {str(year): number(value) for year, value in values.items()},
        "r": number(result.r),
        "critical": number(result.critical),
        "trend": result.direction,
        "clause": result.clause,
        "reasons": [reason_in_words(one, _) for one in result.reasons],
        "three_year": None if average is None else float(rounded(average, 6)),
        "three_year_reason": None if reason is None else reason_in_words(reason, _),
        "standard": book.id,
    }


@air_app.command(
    help=_(
        "Dustfall of jars and the mean of each city and month, held against the limit (CSV: city, month, net_mass_g,"
        " diameters_cm joined with |, days)."
    )
)
def dustfall(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv[.gz]", help=_("The table to read."), show_default=False)
    ],
    elsewhere: Annotated[
        bool,
        typer.Option(
            "--elsewhere", help=_("The cities lie outside the regions for which the state has set the limit.")
        ),
    ] = False,
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON instead of a table."))] = False,
) -> None:
    """Dustfall of cities."""
    from lantian.rules.air.dustfall import city_dustfall
    from lantian.rules.air.dustfall import dustfall as of_jar
    from lantian.rules.air.evaluation_words import reason_in_words
    from lantian.rules.air.periods import MONTH, PeriodUnreadable, period_of

    book = all_books(overrides).dust
    least = int(book.entries["least_diameters"].value)
    jars: dict[tuple[str, str], list[Fraction | None]] = {}
    ends: dict[tuple[str, str], date] = {}
    for row, cells in small_table(file, "city", "month", "net_mass_g", "diameters_cm", "days"):
        here = {"row": row}
        try:
            month = period_of(cells.get("month", ""))
        except PeriodUnreadable:
            month = None
        if month is None or month.kind != MONTH or not cells.get("city"):
            raise fail(f"{file}: " + _("row %(row)s: a city and a month such as 2026-10 are wanted.") % here)
        key = cells["city"], month.text
        ends[key] = month.last
        if not cells.get("net_mass_g"):
            jars.setdefault(key, []).append(None)
            continue
        try:
            diameters = [Decimal(part) for part in cells.get("diameters_cm", "").split("|")]
            value = of_jar(Decimal(cells["net_mass_g"]), diameters, Decimal(cells.get("days", "")))
        except (InvalidOperation, ValueError, OverflowError):
            message = _("row %(row)s: mass, diameters and days are numbers above 0, diameters joined with |.")
            raise fail(f"{file}: " + message % here) from None
        if len(diameters) < least:
            message = _(
                "row %(row)s: %(count)s diameters, at least %(least)s directions are to be measured (%(clause)s)."
            )
            clause = book.entries["least_diameters"].clause
            say(message % {**here, "count": len(diameters), "least": least, "clause": clause})
        jars.setdefault(key, []).append(value)
    records: list[dict[str, Any]] = []
    for key in sorted(jars):
        found = city_dustfall(jars[key], ends[key], in_scope=not elsewhere, book=book)
        records.append(
            {
                "entity": key[0],
                "period": key[1],
                "value": number(found.value),
                "unit": "t/(km²·30 d)",
                "jars": found.jars,
                "limit": number(found.limit),
                "source": found.source,
                "attains": found.attains,
                "reasons": [reason_in_words(reason, _) for reason in found.reasons],
            }
        )
    if as_json:
        print(json.dumps(records, ensure_ascii=False, indent=1))
        return
    heads = [
        _("entity"),
        _("period"),
        f"{_('dustfall')} t/(km²·30 d)",
        _("jars"),
        _("limit"),
        _("verdict"),
        _("reasons"),
    ]
    print("\t".join(heads))
    words = {True: _("attains"), False: _("does not attain"), None: ""}
    for one in records:
        cells_of = [one[name] for name in ("entity", "period", "value", "jars", "limit")]
        said = [*([str(one["source"])] if one["source"] else []), *one["reasons"]]
        line = [*cells_of, words[one["attains"]], " ".join(said)]
        print("\t".join("" if cell is None else str(cell) for cell in line))
