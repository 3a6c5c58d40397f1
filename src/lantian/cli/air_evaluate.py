"""``lantian air evaluate``: the air of a period by city or station, from a table, without a database."""

from __future__ import annotations

import json
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from lantian.cli.text import gettext as _  # before Typer, which asks for its own words when it is imported

# isort: split
import typer

from lantian.cli.air import Overrides, Standard, air_app, fail, libraries, say, with_progress

if TYPE_CHECKING:
    from lantian.rules.air.air_tables import AirTable
    from lantian.rules.air.attainment import ItemVerdict
    from lantian.rules.air.evaluation import Evaluation, Scheme
    from lantian.rules.air.periods import Period

#: cells and names that are shown to the person at the console
_SHOWN = 5


class By(StrEnum):
    """What is evaluated."""

    CITY = "city"
    STATION = "station"


class Validity(StrEnum):
    """What happens below the minimum of data."""

    STRICT = "strict"
    AVAILABLE = "available"


#: options of all commands that evaluate a period
ValidityOption = Annotated[
    Validity,
    typer.Option(
        "--validity",
        help=_("strict: nothing below the minimum of data; available: what there is, and it is said."),
    ),
]
EditionOption = Annotated[
    Standard,
    typer.Option(
        "--standard",
        help=_("Edition: auto takes that of the last day of the period, 2012 or 2026 this one for all."),
    ),
]
EntitiesOption = Annotated[
    Path | None,
    typer.Option(
        "--entities",
        metavar="FILE",
        help=_("The cities or stations to evaluate and rank (CSV); without it all of the table."),
        show_default=False,
    ),
]

@air_app.command(
    help=_(
        "Evaluate a period by city or station from a CSV file of days of cities or of hours of stations: statistics,"
        " composite index, rank, good and heavy days."
    )
)
def evaluate(
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv[.gz]", help=_("The table to read."), show_default=False)
    ],
    period: Annotated[
        str,
        typer.Option(
            "--period",
            help=_(
                "2015-07, 2015-07-上旬, 2015Q1, 2015H1, 2015-winter, 2015, 2015YTD-11-25 or 2015-07-01:2015-07-10."
            ),
            show_default=False,
        ),
    ],
    by: Annotated[By, typer.Option("--by", help=_("What is evaluated and ranked."))] = By.CITY,
    validity: ValidityOption = Validity.STRICT,
    standard: EditionOption = Standard.AUTO,
    entities: EntitiesOption = None,
    overrides: Overrides = None,
    as_json: Annotated[bool, typer.Option("--json", help=_("Print JSON instead of a table."))] = False,
) -> None:
    """Evaluate a period."""
    from lantian.rules.air.errors import AirError
    from lantian.rules.air.evaluation import evaluate_days, ranked, scheme_for
    from lantian.rules.air.periods import PeriodUnreadable, period_of

    try:
        wanted = period_of(period)
    except PeriodUnreadable:
        message = _(
            "“%(text)s” is no period. Write 2015-07, 2015-07-上旬, 2015Q1, 2015H1, 2015-winter, 2015, 2015YTD-11-25 or"
            " 2015-07-01:2015-07-10."
        )
        raise fail(message % {"text": period}) from None
    aqi_books, books = libraries(overrides)
    try:
        scheme = scheme_for(wanted, standard.value, books, aqi_books)
    except AirError:
        message = _("No edition of the standard holds on the days of %(period)s. Name one with --standard.")
        raise fail(message % {"period": wanted.text}) from None
    names = None if entities is None else read_names(entities, by)
    table = _table(file, wanted, by)
    available = validity is Validity.AVAILABLE
    days = table.entities(scheme, available=available)
    if names is None:
        names = sorted(days)
    found = ranked(
        [
            evaluate_days(name, values, wanted, scheme, validity=validity.value, few_points=few)
            for name in names
            for values, few in [days.get(name, ({}, 0))]
        ]
    )
    _say_about(table, scheme, wanted, [name for name in names if name not in days])
    if as_json:
        print(json.dumps([as_record(one, scheme) for one in found], ensure_ascii=False, indent=1))
    else:
        _print(found)


# --- reading ---


def read_names(path: Path, by: By) -> list[str]:
    """Whom a list names."""
    from lantian.office.csv_stream import open_csv
    from lantian.rules.air.air_tables import names_of

    with read_errors(path), open_csv(path) as reader:
        names = names_of(
            reader.header, (row for _first, rows in reader.chunks(4_000) for row in rows), by.value
        )
    if not names:
        raise fail(f"{path}: {_('It names nothing to evaluate.')}")
    return names


def _table(file: Path, period: Period, by: By) -> AirTable:
    from lantian.office.csv_stream import open_csv
    from lantian.rules.air.air_tables import AirTable

    with read_errors(file), open_csv(file) as reader:
        table = AirTable(reader.header, period, by.value)
        for first, rows in with_progress(reader, file):
            table.add(rows, first)
    return table


class read_errors:
    """What goes wrong with a file, said in words and with its name."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        if self.path.is_dir():
            raise fail(f"{self.path}: {_('This is a folder. Name the files in it.')}")

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        from lantian.office.errors import OfficeError
        from lantian.rules.air.air_tables import NoSuchEntities
        from lantian.rules.air.text_rows import HeaderError, RowTooLong

        if isinstance(error, HeaderError):
            said = {
                "twice": _("The column %(column)s stands twice. Rename or remove one.")
                % {"column": error.column},
                "no_time": _(
                    "There is neither a column date nor a column time. Is the first row the header?"
                ),
                "no_concentration": _(
                    "There is none of the columns pm25, pm10, so2, no2, co, o3. Is the first row the header?"
                ),
            }[error.code]
        elif isinstance(error, NoSuchEntities):
            said = (
                _("There is no column city. Evaluate with --by station, or add it.")
                if error.code == "no_city"
                else _("There is no column station_code or station_name. Is this a table of cities?")
            )
        elif isinstance(error, RowTooLong):
            message = _("row %(row)s has %(found)s cells, the header %(wanted)s; nothing was written.")
            said = message % {"row": error.row, "found": error.found, "wanted": error.wanted}
        elif isinstance(error, OfficeError):
            said = _(error.message_id) % error.params
        elif isinstance(error, FileNotFoundError):
            said = _("There is no such file.")
        elif isinstance(error, OSError):
            said = _("The file cannot be opened: %(reason)s.") % {"reason": error.strerror or error}
        else:
            return
        raise fail(f"{self.path}: {said}") from None


# --- results ---


def number(value: Any) -> float | None:
    """A decimal as it stands in JSON."""
    return None if value is None else float(value)


def _verdicts(found: ItemVerdict) -> dict[str, Any]:
    """Whether a pollutant attains, statistic by statistic, as it stands in JSON."""
    return {
        "attains": found.attains,
        "attaining_days": found.attaining,
        "attainment_ratio": number(found.ratio),
        "verdicts": [
            {
                "statistic": one.statistic,
                "value": number(one.value),
                "limit": number(one.limit),
                "attains": one.attains,
                "multiple": number(one.multiple),
                "clauses": list(one.clauses),
            }
            for one in found.verdicts
        ],
    }


def as_record(found: Evaluation, scheme: Scheme) -> dict[str, Any]:
    """An evaluation as it stands in JSON; the numbers have the digits of the rounded decimals."""
    from lantian.rules.air.attainment import attainment
    from lantian.rules.air.evaluation_words import reason_in_words
    from lantian.rules.air.indices import annex_c, leading

    verdict, annex, most = attainment(found, scheme), annex_c(found, scheme), leading(found)
    return {
        "entity": found.entity,
        "period": found.period.text,
        "statistics": {
            name: {
                "mean": number(one.mean),
                "percentile": number(one.percentile),
                "percentile_of": one.percentile_of,
                "valid": one.valid,
                "required": one.required,
                "single_index": number(one.single_index),
                "mean_unrounded": number(one.mean_unrounded),
                "percentile_unrounded": number(one.percentile_unrounded),
                "limit": number(one.limit),
                "clauses": list(one.clauses),
                **_verdicts(verdict.items[name]),
            }
            for name, one in found.statistics.items()
        },
        "attains": verdict.attains,
        "leading": None
        if most is None
        else {"index": number(most.index), "pollutants": list(most.pollutants)},
        "annex_c": {
            "index": number(annex.index),
            "singles": {name: number(value) for name, value in annex.singles.items()},
            "leading": None if annex.greatest is None else list(annex.greatest.pollutants),
            "clause": annex.clause,
            "mark": annex.mark,
        },
        "composite_index": number(found.composite_index),
        "rank": found.rank,
        "good_days": found.good_days,
        "heavy_days": found.heavy_days,
        "aqi_days": found.aqi_days,
        "coverage": number(found.coverage),
        # That a month is no year is true of every month; it is told with the verdicts where people read them.
        "formal": verdict.formal,
        "reasons": [
            reason_in_words(reason, _)
            for reason in (*found.reasons, *(one for one in verdict.reasons if one.code != "not_a_year"))
        ],
        "standard": [found.book, found.limits],
    }


def _print(found: Sequence[Evaluation]) -> None:
    from lantian.rules.air.evaluation_words import reason_in_words

    if not found:
        return
    names = list(found[0].statistics)
    print(
        "\t".join([_("rank"), _("entity"), _("index"), *names, _("good days"), _("heavy days"), _("reasons")])
    )
    for one in found:
        cells: list[object] = [one.rank, one.entity, one.composite_index]
        for name in names:
            statistics = one.statistics[name]
            # what the index is made of, as rankings print it
            cells.append(statistics.percentile if name in ("CO", "O3") else statistics.mean)
        cells += [
            one.good_days,
            one.heavy_days,
            " ".join(reason_in_words(reason, _) for reason in one.reasons),
        ]
        print("\t".join("" if cell is None else str(cell) for cell in cells))


def _say_about(table: AirTable, scheme: Scheme, period: Period, absent: Sequence[str]) -> None:
    """What the reader of the result has to know about how it came about; to standard error."""
    say_of_table(table, scheme, period)
    if absent:
        shown = _(", ").join(absent[:_SHOWN]) + (" …" if len(absent) > _SHOWN else "")
        say(_("Not in the table in this period: %(names)s") % {"names": shown})


def say_of_table(table: AirTable, scheme: Scheme, period: Period) -> None:
    """How a table was read and by what it is judged; to standard error."""
    limits = next(iter(scheme.limits.values())).book
    values = {"rows": table.rows, "period": period.text, "book": scheme.book.id, "limits": limits}
    say(_("%(rows)s rows of %(period)s, by %(book)s and the limits of %(limits)s") % values)
    if table.ozone_assumed:
        say(_("There is no column o3_8h: o3 is read as the daily maximum 8 h."))
    if table.repeated:
        say(_("%(count)s rows repeat an earlier one; the later one counts.") % {"count": table.repeated})
    if table.bad_times:
        say(_("%(count)s rows left out, as their time is no label.") % {"count": table.bad_times})
    if table.bad_count:
        say(_("%(count)s cells could not be used:") % {"count": table.bad_count})
        for cell in table.bad_cells[:_SHOWN]:
            told = {"row": cell.row, "column": cell.column, "text": cell.text}
            say("  " + _("row %(row)s, column %(column)s: “%(text)s”") % told)
        if table.bad_count > _SHOWN:
            say("  …")
